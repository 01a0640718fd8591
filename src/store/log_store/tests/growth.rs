//! A ring that grows at both ends, gives up columns and evicts, against a plain list of lines.

use std::io::Write as _;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::Duration;

use proptest::prelude::*;

use crate::extent::TextFile;
use crate::model::{FormatId, Severity, TraceId};
use crate::store::log_store::{HISTORY_IDS, log_store};
use crate::store::{Buffers, Draft, FileLines, Fresh, NewLine, Reread, Snapshot};

/// Reads lines as the tests write them: a number, which is their time as well.
struct Numbers;

impl Reread for Numbers {
    fn reread(&self, text: &[u8], _at: u64, each: &mut dyn FnMut(&NewLine<'_>, Range<u32>)) {
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let end = start + u32::try_from(line.len()).unwrap();
            each(&numbered(line.trim_ascii_end()), start..end);
            start = end;
        }
    }
}

fn numbered(text: &[u8]) -> NewLine<'_> {
    let number: i64 = std::str::from_utf8(text).unwrap().trim().parse().unwrap();
    NewLine {
        time: number,
        severity: Severity::INFO,
        source: 1,
        service: 0,
        format: FormatId::TEXT,
        text,
        trace_id: TraceId::from_low64(number.unsigned_abs() + 1),
        span_id: None,
        record: None,
        resource: None,
    }
}

/// The same, but it takes for ever until it is let go.
struct Stuck {
    begun: mpsc::Sender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Reread for Stuck {
    fn reread(&self, text: &[u8], at: u64, each: &mut dyn FnMut(&NewLine<'_>, Range<u32>)) {
        self.begun.send(()).unwrap();
        self.go_on.lock().unwrap().recv().unwrap();
        Numbers.reread(text, at, each);
    }
}

/// A file of numbers, and where each line stands.
type NumberFile = (Arc<FileLines>, Vec<Range<u64>>, tempfile::TempPath);

fn file(range: Range<i64>) -> NumberFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut text = Vec::new();
    let mut at = 0;
    let mut places = Vec::new();
    for number in range {
        let line = format!("{number:5}\r\n");
        text.extend_from_slice(line.as_bytes());
        places.push(at..at + line.len() as u64);
        at += line.len() as u64;
    }
    file.write_all(&text).unwrap();
    let (handle, path) = file.into_parts();
    let text = TextFile::new(Arc::new(handle), path.to_path_buf()).unwrap();
    (Arc::new(FileLines { file: Arc::new(text), reader: Arc::new(Numbers) }), places, path)
}

static FILE: LazyLock<NumberFile> = LazyLock::new(|| file(0..99_999));

#[derive(Clone, Debug)]
enum Step {
    /// Lines with their bytes.
    Push(u8),
    /// Lines that stand in a file.
    PushPlaced(u8),
    /// Lines that stand in a file, in front of all others.
    Prepend(u8),
    Settle,
    Publish,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<u8>().prop_map(Step::Push),
        any::<u8>().prop_map(Step::PushPlaced),
        any::<u8>().prop_map(Step::Prepend),
        Just(Step::Settle),
        Just(Step::Publish),
    ];
    proptest::collection::vec(step, 1..60)
}

fn texts(snapshot: &Snapshot) -> Vec<i64> {
    let lines = snapshot.segments().flat_map(|segment| segment.lines());
    lines.map(|line| std::str::from_utf8(&line.text()).unwrap().trim().parse().unwrap()).collect()
}

proptest! {
    #[test]
    fn what_is_held_is_a_part_without_gaps_of_what_was_stored(steps in steps(), budget in 2_000usize..200_000) {
        const MIDDLE: i64 = 50_000;
        let (mut writer, reader) = log_store(budget, HISTORY_IDS);
        let (lines, places, _path) = &*FILE;
        let (mut low, mut high) = (MIDDLE, MIDDLE);
        let place = |number: i64| places[usize::try_from(number).unwrap()].clone();
        for step in steps {
            match step {
                Step::Push(count) => {
                    for number in high..high + i64::from(count) {
                        writer.push(&numbered(number.to_string().as_bytes()));
                    }
                    high += i64::from(count);
                }
                Step::PushPlaced(count) => {
                    for number in high..high + i64::from(count) {
                        writer.push_placed(&numbered(number.to_string().as_bytes()), lines, &place(number), false);
                    }
                    high += i64::from(count);
                }
                Step::Prepend(count) if writer.takes_history() => {
                    let mut draft = Draft::default();
                    for number in low - i64::from(count)..low {
                        draft.push_placed(&numbered(number.to_string().as_bytes()), lines, &place(number), false);
                    }
                    writer.prepend(draft);
                    low -= i64::from(count);
                }
                Step::Prepend(_) => {}
                Step::Settle => drop(writer.settle()),
                Step::Publish => drop(writer.publish()),
            }
            let snapshot = reader.snapshot();
            if matches!(step, Step::Settle | Step::Publish) {
                let bytes: usize = snapshot.segments().map(|segment| segment.bytes()).sum();
                prop_assert_eq!(snapshot.bytes, bytes as u64, "what is reckoned with is what there is");
            }
            let numbers = texts(&snapshot);
            prop_assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
            prop_assert_eq!(numbers.len() as u64, snapshot.len());
            prop_assert!(snapshot.stored - snapshot.evicted == snapshot.len());
            for segment in snapshot.segments().step_by(3) {
                let (view, first) = (segment.view(), segment.line(segment.first()).unwrap());
                prop_assert!(view.times().is_sorted());
                prop_assert_eq!(segment.time_range().unwrap().0, first.time());
                let trace = first.trace_id().unwrap();
                prop_assert_eq!(segment.lines_of_trace(trace), [(segment.first(), None)]);
            }
        }
        writer.publish();
        let numbers = texts(&reader.snapshot());
        prop_assert_eq!(numbers.last().copied().unwrap_or(high - 1), high - 1);
        prop_assert!(numbers.first().copied().unwrap_or(low) >= low);
    }
}

#[test]
fn readers_see_whole_snapshots_while_the_writer_goes_on() {
    let (mut writer, reader) = log_store(300_000, HISTORY_IDS);
    let (lines, places, _path) = file(0..60_000);
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut end = 0;
                while !is_over.load(std::sync::atomic::Ordering::Acquire) {
                    let snapshot = reader.snapshot();
                    assert!(snapshot.end() >= end, "the end never goes back");
                    end = snapshot.end();
                    let numbers = texts(&snapshot);
                    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
                    assert_eq!(numbers.len() as u64, snapshot.len());
                }
            });
        }
        let (mut low, mut high) = (30_000usize, 30_000usize);
        while high < 60_000 {
            for (number, place) in places.iter().enumerate().take(high + 100).skip(high) {
                let text = number.to_string();
                match number % 700 {
                    0..350 => writer.push(&numbered(text.as_bytes())),
                    _ => writer.push_placed(&numbered(text.as_bytes()), &lines, place, false),
                }
            }
            high += 100;
            if low > 0 && writer.takes_history() {
                let mut draft = Draft::default();
                for (number, place) in places.iter().enumerate().take(low).skip(low - 100) {
                    draft.push_placed(&numbered(number.to_string().as_bytes()), &lines, place, false);
                }
                writer.prepend(draft);
                low -= 100;
            }
            writer.settle();
        }
        is_over.store(true, std::sync::atomic::Ordering::Release);
    });
}

#[test]
fn the_writer_does_not_wait_for_a_disk_that_a_reader_waits_for() {
    let (begun, has_begun) = mpsc::channel();
    let (let_go, go_on) = mpsc::channel();
    let (numbers, places, _path) = file(0..100);
    let reader: Arc<dyn Reread> = Arc::new(Stuck { begun, go_on: Mutex::new(go_on) });
    let lines = Arc::new(FileLines { file: Arc::clone(&numbers.file), reader });
    let (mut writer, reader) = log_store(6_500, HISTORY_IDS);
    let mut draft = Draft::default();
    for (number, place) in places.iter().enumerate() {
        draft.push_placed(&numbered(number.to_string().as_bytes()), &lines, place, false);
    }
    (100..200).for_each(|number| writer.push(&numbered(number.to_string().as_bytes())));
    writer.publish();
    writer.prepend(draft);
    writer.publish();
    let snapshot = reader.snapshot();
    assert!(snapshot.segments().next().unwrap().is_cold());
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| snapshot.segments().next().unwrap().view().times().to_vec());
        has_begun.recv().unwrap();
        let (told, has_published) = mpsc::channel();
        scope.spawn(move || {
            writer.push(&numbered(b"200"));
            assert!(writer.unread(0).0 > 0);
            writer.publish();
            told.send(()).unwrap();
        });
        let outcome = has_published.recv_timeout(Duration::from_secs(10));
        let_go.send(()).unwrap();
        assert_eq!((outcome, looking.join().unwrap()), (Ok(()), (0..100).collect()));
    });
}

#[test]
fn text_at_hand_is_let_go_of_although_nothing_comes_any_more() {
    let (lines, places, _path) = &*FILE;
    let (mut writer, reader) = log_store(1 << 20, HISTORY_IDS);
    let text: Vec<u8> = (0..10).flat_map(|number| format!("{number:5}\r\n").into_bytes()).collect();
    let mut draft = Draft::default();
    for (number, place) in places.iter().enumerate().take(10) {
        draft.push_placed(&numbered(number.to_string().as_bytes()), lines, place, false);
    }
    let fresh = Arc::new(Fresh::new(text, 0, Buffers::default()));
    draft.lend(&fresh);
    let at_hand = Arc::downgrade(&fresh);
    drop(fresh);
    writer.append(draft);
    writer.settle();
    assert_eq!((texts(&reader.snapshot()), at_hand.strong_count()), ((0..10).collect(), 1));
    while writer.has_unpublished() {
        writer.settle();
    }
    assert_eq!(at_hand.strong_count(), 0, "whoever publishes when it is due lets go of it");
}
