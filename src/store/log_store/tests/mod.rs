//! Lines through the ring: stored, published, evicted, and counted by source.

mod growth;
mod window;

use super::*;
use crate::model::{FormatId, LogRecord, Nanos, Severity, SpanId, TraceId, Value};

fn line(text: &[u8], time: Nanos) -> NewLine<'_> {
    NewLine {
        time,
        severity: Severity::INFO,
        source: 1,
        service: 0,
        format: FormatId::TEXT,
        text,
        trace_id: None,
        span_id: None,
        record: None,
        resource: None,
    }
}

#[test]
fn lines_come_back_as_they_went_in() {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let source = writer.source("app.log");
    let service = writer.service(b"checkout");
    let trace = TraceId::from_low64(7);
    let record = LogRecord { body: Value::Int(42), ..LogRecord::default() };
    writer.push(&NewLine { source, service, trace_id: trace, ..line(b"hello \xff", 5) });
    writer.push(&NewLine { source, format: FormatId::RECORD, record: Some((&record, FormatId::TEXT)), ..line(b"", 6) });
    assert!(reader.snapshot().is_empty(), "nothing is visible before it is published");
    writer.publish();
    let snapshot = reader.snapshot();
    assert_eq!((snapshot.first(), snapshot.end(), snapshot.stored), (0, 2, 2));
    let first = snapshot.line(0).unwrap();
    assert_eq!((&*first.text(), first.time(), first.trace_id()), (&b"hello \xff"[..], 5, trace));
    assert_eq!((snapshot.services.get(first.service()), snapshot.sources.get(first.source())), ("checkout", "app.log"));
    let second = snapshot.line(1).unwrap();
    assert_eq!(&*second.text(), b"42");
    assert_eq!(second.parts().unwrap().body, Some(Value::Int(42)));
    assert_eq!(snapshot.time_range(), Some((5, 6)));
}

#[test]
fn many_publications_leave_few_segments_and_lose_no_line() {
    let (mut writer, reader) = log_store(64 << 20, 0);
    for n in 0..10_000u64 {
        let text = n.to_string();
        let ids = (n % 3 == 0).then(|| (TraceId::from_low64(n + 1), SpanId::from_u64(n + 1)));
        let (trace_id, span_id) = ids.unwrap_or_default();
        writer.push(&NewLine { trace_id, span_id, ..line(text.as_bytes(), 0) });
        if n % 7 == 0 {
            writer.publish();
        }
    }
    writer.publish();
    let snapshot = reader.snapshot();
    assert!(snapshot.segments().len() < 20, "{} segments", snapshot.segments().len());
    for n in 0..10_000u64 {
        let line = snapshot.line(n).unwrap();
        assert_eq!(&*line.text(), n.to_string().as_bytes());
        assert_eq!(line.trace_id(), if n % 3 == 0 { TraceId::from_low64(n + 1) } else { None });
    }
    assert_eq!(snapshot.lines_of_trace(TraceId::from_low64(10).unwrap(), 0).map(|(id, _)| id).collect::<Vec<_>>(), [9]);
}

#[test]
fn eviction_drops_the_oldest_and_what_a_reader_holds_stays() {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let text = [b'x'; 1000];
    let mut early = None;
    let mut evicted = 0;
    for n in 0..200_000u64 {
        writer.push(&line(&text, 0));
        if n % 100 == 99 {
            evicted += writer.publish().iter().map(|(_, count)| count).sum::<u64>();
            early.get_or_insert_with(|| reader.snapshot());
        }
    }
    let snapshot = reader.snapshot();
    assert!(snapshot.bytes <= (1 << 20));
    assert_eq!(snapshot.stored, 200_000);
    assert_eq!(snapshot.evicted, evicted);
    assert_eq!(snapshot.len(), 200_000 - evicted);
    assert_eq!(snapshot.first(), evicted);
    assert!(snapshot.line(0).is_none());
    assert_eq!(&*early.unwrap().line(0).unwrap().text(), text);
}

#[test]
fn loss_rows_stand_in_their_place_and_are_not_counted() {
    use crate::model::{Loss, LossReason};
    let (mut writer, reader) = log_store(1 << 20, 0);
    let loss = Loss { count: 1204, from: 1, to: 2, reason: LossReason::RateLimit };
    writer.push(&line(b"before", 0));
    writer.push(&NewLine { format: FormatId::LOSS, ..line(&loss.encode(), 1) });
    writer.push(&line(b"after", 3));
    writer.publish();
    let snapshot = reader.snapshot();
    assert_eq!((snapshot.stored, snapshot.len()), (2, 3));
    assert_eq!(snapshot.line(1).unwrap().loss(), Some(loss));
    assert_eq!(snapshot.line(0).unwrap().loss(), None);
}

#[test]
fn lines_of_several_sources_are_published_in_the_order_of_their_times() {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let trace = TraceId::from_low64(9);
    // Source 2 steps back within itself: its lines keep their order all the same.
    for (source, time, text) in [(1, 10, "a"), (1, 40, "b"), (2, 20, "c"), (2, 15, "d"), (2, 50, "e"), (3, 30, "f")] {
        let trace_id = trace.filter(|_| source == 3);
        writer.push(&NewLine { source, trace_id, ..line(text.as_bytes(), time) });
    }
    writer.publish();
    let snapshot = reader.snapshot();
    let texts: Vec<u8> = (0..6).filter_map(|id| snapshot.line(id)?.text().first().copied()).collect();
    assert_eq!(texts, b"acdfbe");
    assert_eq!(snapshot.line(3).unwrap().trace_id(), trace);
    assert_eq!(snapshot.lines_of_trace(trace.unwrap(), 0).map(|(id, _)| id).collect::<Vec<_>>(), [3]);
}
