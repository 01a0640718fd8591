//! Files merged into one timeline, whatever the size of the chunks they are read in.

use std::fs::File;
use std::io::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use proptest::prelude::*;

use super::merge::Merge;
use super::pool::Pool;
use super::timeline::Timeline;
use super::*;
use crate::extent::TextFile;
use crate::ingest::file_reader::FileReader;
use crate::model::Nanos;
use crate::parse::ParseOptions;
use crate::store::{FileLines, LogWriter, NewLine, Reread, Snapshot, log_store};

const SECOND: Nanos = 1_000_000_000;

/// A file of lines; a second of `None` is a line without a time.
fn file(lines: &[(Option<u8>, String)], name: &str) -> (tempfile::TempPath, Vec<String>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = |(at, (second, rest)): (usize, &(Option<u8>, String))| match second {
        Some(second) => format!("2026-11-21T10:{:02}:{:02}Z INFO {name} {at} {rest}", second / 60, second % 60),
        None => format!("- {name} {at} {rest}"),
    };
    let lines: Vec<String> = lines.iter().enumerate().map(text).collect();
    for line in &lines {
        writeln!(file, "{line}").unwrap();
    }
    (file.into_temp_path(), lines)
}

fn merged(files: &[(tempfile::TempPath, Vec<String>)], order: HistoryOrder, chunk: u64, budget: usize) -> Snapshot {
    let (mut writer, reader) = log_store(budget, 1 << 20);
    let timelines = files.iter().enumerate().map(|(at, (path, _))| timeline(&mut writer, at, path, order, chunk));
    let mut merge = Merge::new(order, timelines.collect());
    let pool = Pool::with_threads(2);
    while let Some(parts) = merge.next(&pool) {
        for part in parts {
            assert_eq!(part.shares.iter().map(|share| share.lines).sum::<u64>(), part.draft.len() as u64);
            match order {
                HistoryOrder::FromStart => writer.append(part.draft),
                HistoryOrder::FromEnd => writer.prepend(part.draft),
            }
        }
    }
    writer.publish();
    reader.snapshot()
}

fn timeline(writer: &mut LogWriter, at: usize, path: &std::path::Path, order: HistoryOrder, chunk: u64) -> Timeline {
    let handle = Arc::new(File::open(path).unwrap());
    let length = handle.metadata().unwrap().len();
    let text = Arc::new(TextFile::new(handle, path.to_owned()).unwrap());
    let source = writer.source(&at.to_string());
    let lines = FileReader::lines(text, &ParseOptions::default(), source, writer.services(), SECOND, 0);
    Timeline::new((at, source), lines, 0..length, order, Arc::default()).in_chunks_of(chunk)
}

fn texts(snapshot: &Snapshot) -> Vec<String> {
    let lines = snapshot.segments().flat_map(|segment| segment.lines());
    lines.map(|line| String::from_utf8(line.text().into_owned()).unwrap()).collect()
}

/// The second that each line of a file is ordered by: its own or that of the line before, made to run in one direction.
fn keys(lines: &[(Option<u8>, String)], order: HistoryOrder) -> Vec<i64> {
    let mut last = None;
    let mut keys: Vec<i64> = lines
        .iter()
        .map(|(second, _)| {
            last = second.map(i64::from).or(last);
            // Before the first time stands that of the file, which was long ago.
            last.unwrap_or(i64::MIN)
        })
        .collect();
    match order {
        HistoryOrder::FromStart => (1..keys.len()).for_each(|at| keys[at] = keys[at].max(keys[at - 1])),
        HistoryOrder::FromEnd => (1..keys.len()).rev().for_each(|at| keys[at - 1] = keys[at - 1].min(keys[at])),
    }
    keys
}

fn some_lines() -> impl Strategy<Value = Vec<(Option<u8>, String)>> {
    let line = (proptest::option::weighted(0.8, 0u8..120), "[a-z]?[a-z ]{0,40}");
    proptest::collection::vec(line, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_line_once_in_the_order_of_time(
        contents in proptest::collection::vec(some_lines(), 1..4),
        from_end in any::<bool>(),
        chunk in 1u64..400,
        is_cold in any::<bool>(),
    ) {
        let order = if from_end { HistoryOrder::FromEnd } else { HistoryOrder::FromStart };
        let files: Vec<_> = contents.iter().zip(["a", "b", "c"]).map(|(lines, name)| file(lines, name)).collect();
        let mut expected: Vec<(i64, usize, usize)> = Vec::new();
        for (part, lines) in contents.iter().enumerate() {
            expected.extend(keys(lines, order).into_iter().enumerate().map(|(row, key)| (key, part, row)));
        }
        expected.sort_unstable();
        let expected: Vec<String> = expected.into_iter().map(|(_, part, row)| files[part].1[row].clone()).collect();
        // In a ring without room the columns are given up at once, and all is parsed again.
        let snapshot = merged(&files, order, chunk, if is_cold && from_end { 1 } else { 64 << 20 });
        if is_cold && from_end {
            // The newest segment stays; what else is there is the end of the timeline.
            prop_assert!(expected.ends_with(&texts(&snapshot)));
        } else {
            prop_assert_eq!(texts(&snapshot), expected);
        }
    }
}

#[test]
fn cold_segments_give_the_same_lines_again() {
    let contents: Vec<(Option<u8>, String)> = (0..4000usize)
        .map(|n| (Some(u8::try_from(n / 40).unwrap()), format!("line {n} trace_id={:032x}", n + 1)))
        .collect();
    let files = [file(&contents, "a"), file(&contents, "b")];
    let hot = merged(&files, HistoryOrder::FromEnd, 16_384, 64 << 20);
    // Room for summaries, not for columns.
    let cold = merged(&files, HistoryOrder::FromEnd, 16_384, 100_000);
    assert!(cold.segments().any(|segment| segment.is_cold()), "{} of {} bytes", cold.bytes, hot.bytes);
    assert_eq!((hot.len(), cold.len()), (8000, 8000));
    let columns = |snapshot: &Snapshot| -> Vec<_> {
        let lines = snapshot.segments().flat_map(|segment| segment.lines());
        lines.map(|line| (line.id(), line.time(), line.trace_id(), line.source(), line.text().into_owned())).collect()
    };
    assert_eq!(columns(&hot), columns(&cold));
}

#[test]
fn of_an_endless_line_the_beginning_is_kept_and_the_others_are_whole() {
    let long = "x".repeat(7 << 20);
    let contents: Vec<(Option<u8>, String)> =
        ["before", &long, "between", &long, "after"].iter().map(|text| (Some(1), (*text).to_owned())).collect();
    let files = [file(&contents, "a")];
    for order in [HistoryOrder::FromStart, HistoryOrder::FromEnd] {
        for budget in [64 << 20, 3000] {
            let texts = texts(&merged(&files, order, 64 << 10, budget));
            let ends: Vec<&str> = texts.iter().filter_map(|text| text.rsplit(' ').next()).collect();
            assert_eq!(ends, ["before", "cut]", "between", "cut]", "after"]);
            assert!(texts.iter().all(|text| text.len() <= 1 << 20));
        }
    }
}

#[test]
fn a_file_that_is_truncated_beneath_says_so_on_its_lines() {
    let contents: Vec<(Option<u8>, String)> = (0..2000).map(|n| (Some(1), format!("line {n}"))).collect();
    let files = [file(&contents, "a")];
    let hot = merged(&files, HistoryOrder::FromEnd, 8192, 64 << 20);
    let cold = merged(&files, HistoryOrder::FromEnd, 8192, 30_000);
    std::fs::write(&files[0].0, "2026-11-21T10:00:01Z INFO new\n").unwrap();
    for snapshot in [hot, cold] {
        assert!(snapshot.len() > 100);
        for line in snapshot.segments().flat_map(|segment| segment.lines()) {
            assert!(line.gone().is_some() && line.text().is_empty());
        }
        let one = snapshot.line(snapshot.end() - 1).unwrap();
        assert!(one.gone().is_some());
    }
}

#[test]
fn a_file_that_is_gone_takes_no_other_with_it() {
    let contents: Vec<_> = (0..4000usize).map(|n| (Some(u8::try_from(n / 40).unwrap()), format!("line {n}"))).collect();
    let files = [file(&contents, "a"), file(&contents, "b")];
    let cold = merged(&files, HistoryOrder::FromEnd, 16_384, 60_000);
    assert!(cold.segments().any(|segment| segment.is_cold()));
    std::fs::write(&files[0].0, "").unwrap();
    let lines: Vec<_> = cold.segments().flat_map(|segment| segment.lines()).collect();
    let left = lines.iter().filter(|line| line.gone().is_none());
    let left: Vec<String> = left.map(|line| String::from_utf8(line.text().into_owned()).unwrap()).collect();
    assert_eq!((lines.len(), left), (8000, files[1].1.clone()));
}

/// A file of zeros as large as a file may be; it takes no room.
fn sparse() -> Arc<TextFile> {
    let file = tempfile::tempfile().unwrap();
    file.set_len(1 << 40).unwrap();
    Arc::new(TextFile::new(Arc::new(file), "sparse".into()).unwrap())
}

#[test]
fn the_beginning_of_an_endless_line_is_read_without_the_rest_of_it() {
    let (mut writer, _) = log_store(1 << 20, 0);
    let source = writer.source("sparse");
    let lines = FileReader::lines(sparse(), &ParseOptions::default(), source, writer.services(), SECOND, 0);
    let timeline = Timeline::new((0, source), lines, 0..1 << 40, HistoryOrder::FromStart, Arc::default());
    let merged = Merge::new(HistoryOrder::FromStart, vec![timeline]).next(&Pool::with_threads(2)).unwrap();
    assert_eq!(merged.iter().map(|part| part.draft.len()).sum::<usize>(), 1);
}

#[test]
fn who_gives_up_is_not_read_for_any_longer() {
    let (mut writer, _) = log_store(1 << 20, 0);
    let source = writer.source("sparse");
    let lines = FileReader::lines(sparse(), &ParseOptions::default(), source, writer.services(), SECOND, 0);
    let reading: Weak<FileLines> = Arc::downgrade(&lines);
    let mut history = History::default();
    history.await_lane(0);
    let timeline = Timeline::new((0, source), lines, 0..1 << 40, HistoryOrder::FromEnd, Arc::default());
    history.told(0, vec![timeline]);
    history.begin(&Arc::default(), false);
    assert!(history.next().is_none() && !history.is_done());
    history.give_up();
    let start = Instant::now();
    while reading.strong_count() > 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "somebody reads on");
        thread::yield_now();
    }
}

/// Panics at the line `bug`.
struct Buggy(Arc<dyn Reread>);

impl Reread for Buggy {
    fn reread(&self, text: &[u8], at: u64, each: &mut dyn FnMut(&NewLine<'_>, Range<u32>)) {
        self.0.reread(text, at, &mut |line, range| {
            assert!(!line.text.ends_with(b"bug"), "as the test wants it");
            each(line, range);
        });
    }
}

#[test]
fn a_bug_costs_a_piece_and_not_the_rest_and_threads_are_no_must() {
    for (threads, bugs) in [(2, true), (0, true), (0, false)] {
        let word = |n: usize| if bugs && n % 20 == 7 { "bug" } else { "fine" };
        let contents: Vec<_> = (0..100).map(|n| (Some(1), word(n).to_owned())).collect();
        let (path, _) = file(&contents, "a");
        let (mut writer, _) = log_store(1 << 20, 0);
        let mut timeline = timeline(&mut writer, 0, &path, HistoryOrder::FromStart, 1);
        timeline.edit(|lines| FileLines {
            file: Arc::clone(&lines.file),
            reader: Arc::new(Buggy(Arc::clone(&lines.reader))),
        });
        let mut merge = Merge::new(HistoryOrder::FromStart, vec![timeline]);
        let pool = Pool::with_threads(threads);
        let lines: u64 = std::iter::from_fn(|| merge.next(&pool))
            .flatten()
            .flat_map(|part| part.shares)
            .map(|share| share.lines)
            .sum();
        assert!(lines >= if bugs { 1 } else { 100 }, "{lines} lines of {threads} threads");
    }
}

#[test]
fn a_file_that_is_truncated_while_it_is_indexed_is_not_read_to_its_end() {
    let contents: Vec<_> = (0..1000).map(|n| (Some(1), format!("line {n}"))).collect();
    let (path, _) = file(&contents, "a");
    let (mut writer, _) = log_store(1 << 20, 0);
    let handle = Arc::new(File::open(&path).unwrap());
    let total = handle.metadata().unwrap().len();
    let text = Arc::new(TextFile::new(handle, path.to_path_buf()).unwrap());
    let source = writer.source("a");
    let lines = FileReader::lines(Arc::clone(&text), &ParseOptions::default(), source, writer.services(), SECOND, 0);
    let done = Arc::<AtomicU64>::default();
    let timeline = Timeline::new((0, source), lines, 0..total, HistoryOrder::FromStart, Arc::clone(&done));
    let mut merge = Merge::new(HistoryOrder::FromStart, vec![timeline.in_chunks_of(100)]);
    let pool = Pool::with_threads(2);
    assert!(merge.next(&pool).is_some());
    text.truncated();
    let rest = std::iter::from_fn(|| merge.next(&pool)).count();
    assert!(rest < 10, "what was read ahead, and no more: {rest}");
    assert_eq!(done.load(Ordering::Relaxed), total, "nothing is left to be read");
}
