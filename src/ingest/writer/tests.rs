//! Lines of files on their way into the store: what is read again of a cold segment is what was read the first time.

use std::io::Write as _;
use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::config::SourceOptions;
use crate::model::{FormatId, LogRecord, Resource, Severity, TraceId, Value};
use crate::parse::format_name;
use crate::parse::join::JoinRule;
use crate::source::lines::LineSplitter;
use crate::source::{Batch, Intake as _, LineBatch, MAX_LINE_BYTES, Place};
use crate::store::{Line, LogReader, Snapshot, log_store, trace_table};

const NOW: Nanos = 1_767_323_045_000_000_000;

fn writer(budget: usize) -> (Writer, LogReader) {
    let (logs, reader) = log_store(budget, 0);
    let (wake, clock) = (Arc::<Wake>::default(), Clock::from_fn(|| NOW));
    let queue = Arc::new(Queue::new(&SourceOptions::default(), Arc::clone(&wake), clock.clone()));
    let lane = Lane::new(queue, "a.log".to_owned(), StatusReporter::default(), ParseOptions::default());
    let writer = Writer {
        lanes: vec![lane],
        logs,
        traces: trace_table(1 << 20).0,
        clock,
        wake,
        published: watch::channel(0).0,
        owners: Owners::default(),
        history: History::default(),
        shutdown: CancellationToken::new(),
        gate: None,
        arrivals: Arc::default(),
        stays: false,
    };
    (writer, reader)
}

/// What is done with a piece of a file that was read.
#[derive(Clone, Copy, Debug)]
struct Piece {
    bytes: usize,
    /// Its batches are cut after so many lines, as a full queue does.
    cut: usize,
    is_flushed: bool,
    is_published: bool,
}

fn some_pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (1..400_usize, 1..9_usize, proptest::bool::weighted(0.1), proptest::bool::weighted(0.3));
    let piece = piece.prop_map(|(bytes, cut, is_flushed, is_published)| Piece { bytes, cut, is_flushed, is_published });
    proptest::collection::vec(piece, 1..40)
}

/// Bytes that are lines of a log, and bytes that are none.
fn some_text() -> impl Strategy<Value = Vec<u8>> {
    let time = (0..60_u8).prop_map(|second| format!("2026-01-02T03:04:{second:02}Z ERROR [shop] boom").into_bytes());
    let json = (0..9_u8).prop_map(|n| format!(r#"{{"level":"warn","service":"s{n}","msg":"x"}}"#).into_bytes());
    let trace = prop_oneof![
        Just("\tat shop.Cart.add(Cart.java:7)"),
        Just("java.lang.IllegalStateException: boom"),
        Just("Caused by: x"),
        Just("Traceback (most recent call last):"),
        Just("  File \"a.py\", line 1, in f"),
        Just("panic: x"),
        Just("goroutine 1 [running]:"),
        Just("2026-01-02T03:04:05.000000000Z stderr P a"),
        Just("2026-01-02T03:04:05.000000000Z stderr F   b"),
    ];
    let trace = trace.prop_map(|line| line.as_bytes().to_vec());
    let noise = proptest::collection::vec(any::<u8>(), 0..40);
    let ends = prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n\n"), 1 => Just("\r"), 1 => Just("\0\0")];
    let line = (prop_oneof![2 => time, 2 => json, 3 => trace, 1 => noise], ends).prop_map(|(mut line, end)| {
        line.extend_from_slice(end.as_bytes());
        line
    });
    proptest::collection::vec(line, 1..200).prop_map(|lines| lines.concat())
}

/// Follows a file of this text into a store.
fn stored(text: &[u8], pieces: &[Piece], budget: usize) -> Snapshot {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text).unwrap();
    let file = Arc::new(TextFile::new(Arc::new(file), "a.log".into()).unwrap());
    let ((mut writer, reader), mut splitter) = (writer(budget), LineSplitter::new(&JoinRule::default()));
    let (mut rest, mut at) = (text, 0);
    for piece in pieces.iter().cycle() {
        let (mut chunk, after) = rest.split_at(piece.bytes.min(rest.len()));
        rest = after;
        while !chunk.is_empty() {
            let (mut batch, place) =
                (LineBatch::default(), Place { file: Arc::clone(&file), start: at, is_cut: false });
            let taken = splitter.feed_placed(chunk, &place, &mut batch);
            (chunk, at) = (&chunk[taken..], at + taken as u64);
            let mut batch = Batch::Lines(batch);
            while !batch.is_empty() {
                let Batch::Lines(front) = batch.take_front(piece.cut) else { unreachable!("they are lines") };
                writer.lines(0, &front);
            }
        }
        let mut partial = LineBatch::default();
        if piece.is_flushed && splitter.settle(&mut partial) {
            writer.lines(0, &std::mem::take(&mut partial));
        }
        while rest.is_empty() && splitter.flush(&mut partial) {
            writer.lines(0, &std::mem::take(&mut partial));
        }
        if piece.is_published {
            writer.publish();
        }
        if rest.is_empty() {
            break;
        }
    }
    let evicted = writer.logs.publish();
    writer.told(evicted);
    reader.snapshot()
}

/// Checks that what is held of `cold` is what the same lines are in `hot`. Answers how many segments were cold.
fn same_again(hot: &Snapshot, cold: &Snapshot) -> usize {
    assert_eq!((hot.first(), hot.end()), (0, cold.end()), "as many rows");
    let was_cold = cold.segments().filter(|segment| segment.is_cold()).count();
    for id in cold.first()..cold.end() {
        let (hot, cold) = (hot.line(id).unwrap(), cold.line(id).unwrap());
        assert_eq!((cold.gone(), cold.text()), (None, hot.text()), "line {id}");
        assert_eq!((cold.source(), cold.severity()), (hot.source(), hot.severity()), "line {id}");
    }
    was_cold
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_cold_segment_has_the_lines_that_it_had(text in some_text(), pieces in some_pieces(), room in 1..10_usize) {
        let hot = stored(&text, &pieces, 64 << 20);
        let cold = stored(&text, &pieces, usize::try_from(hot.bytes).unwrap() * room / 10);
        same_again(&hot, &cold);
    }
}

#[test]
fn lines_of_every_length_come_back_from_the_cold() {
    let lengths = [0, 1, 60, MAX_LINE_BYTES - 2, MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1];
    for end in ["\n", "\r\n"] {
        let lines =
            lengths.iter().flat_map(|length| vec![vec![b'x'; *length]; 40].into_iter().take(1 + 2_000 / (length + 1)));
        let text: Vec<u8> = lines.flat_map(|line| [&line, end.as_bytes()].concat()).collect();
        let piece = Piece { bytes: 300_000, cut: 1_000, is_flushed: false, is_published: true };
        let hot = stored(&text, &[piece], 64 << 20);
        // What was cut is in memory; all other segments have to go cold to fit.
        let cold = stored(&text, &[piece], usize::try_from(hot.bytes).unwrap() - 500);
        assert!(same_again(&hot, &cold) > 0, "{} of {} bytes", cold.bytes, hot.bytes);
    }
}

#[test]
fn ten_thousand_files_are_told_apart_and_no_more_than_are_bounded() {
    let (mut writer, reader) = writer(64 << 20);
    for file in 0..MAX_ORIGINS + 10 {
        let mut batch = LineBatch { origin: Some(file.to_string().into()), ..LineBatch::default() };
        batch.push(b"INFO hello");
        writer.lines(0, &batch);
    }
    writer.logs.publish();
    let snapshot = reader.snapshot();
    let names = |range: Range<u64>| -> Vec<String> {
        let line = |id| snapshot.line(id).unwrap();
        range.map(|id| snapshot.sources.get(line(id).source()).to_owned()).collect()
    };
    assert_eq!(names(9_998..10_000), ["9998", "9999"]);
    let (first, last) = (MAX_ORIGINS as u64, MAX_ORIGINS as u64 + 10);
    assert_eq!(names(first..last), vec!["a.log"; 10], "the name of the source");
    assert_eq!(writer.lanes[0].origins.len(), MAX_ORIGINS + 1);
}

#[test]
fn a_body_that_is_a_line_says_what_its_sender_left_open() {
    let (mut writer, reader) = writer(1 << 20);
    let body = |text: &str| LogRecord { body: Value::from(text), ..LogRecord::default() };
    let trace = TraceId::from_hex(b"58406520a006649127e371903a2de979");
    let json = r#"{"time":"2026-01-02T03:04:05Z","level":"error","service":"pay","msg":"declined","trace_id":"58406520a006649127e371903a2de979"}"#;
    let resource = Resource { attributes: [("service.name", Value::from("shop"))].into_iter().collect() };
    let told = LogRecord {
        time: 7,
        severity: Severity::INFO,
        trace_id: TraceId::from_hex(b"00000000000000000000000000000001"),
        resource: Arc::new(resource),
        ..body(json)
    };
    let records = vec![body(json), told, LogRecord { observed_time: 9, ..body("plain text") }];
    writer.lanes[0].queue.offer(Batch::Logs(records));
    let taken = writer.lanes[0].queue.take(10);
    writer.store(0, taken);
    writer.publish_all();
    let snapshot = reader.snapshot();
    let line = |time: Nanos| {
        let line =
            (snapshot.first()..snapshot.end()).filter_map(|id| snapshot.line(id)).find(|line| line.time() == time);
        line.unwrap_or_else(|| panic!("no line at {time}"))
    };
    let service = |line: &Line<'_>| snapshot.services.get(line.service()).to_owned();
    let open = line(NOW - NOW % 1_000_000_000);
    assert_eq!((open.severity(), &*service(&open), open.trace_id()), (Severity::ERROR, "pay", trace));
    assert_eq!(format_name(open.text_format()), "json");
    let told = line(7);
    assert_eq!((told.severity(), &*service(&told), told.span_id()), (Severity::INFO, "shop", None));
    assert_ne!(told.trace_id(), trace);
    assert_eq!(line(9).text_format(), FormatId::TEXT);
}

#[test]
fn lines_know_who_wrote_them() {
    let (mut writer, reader) = writer(1 << 20);
    let attributes = [("service.name", Value::from("cart")), ("container.name", Value::from("cart-1"))];
    let resource = Arc::new(Resource { attributes: attributes.into_iter().collect() });
    let mut batch = LineBatch { resource: Some(Arc::clone(&resource)), ..LineBatch::default() };
    batch.push(b"plain");
    batch.push(br#"{"service":"pay","msg":"x"}"#);
    writer.lanes[0].queue.offer(Batch::Lines(batch));
    let taken = writer.lanes[0].queue.take(10);
    writer.store(0, taken);
    writer.publish_all();
    let snapshot = reader.snapshot();
    let lines: Vec<Line<'_>> = (snapshot.first()..snapshot.end()).filter_map(|id| snapshot.line(id)).collect();
    let services: Vec<&str> = lines.iter().map(|line| snapshot.services.get(line.service())).collect();
    assert_eq!(services, ["cart", "pay"]);
    assert!(lines.iter().all(|line| line.context().is_some_and(|(known, _)| Arc::ptr_eq(known, &resource))));
}
