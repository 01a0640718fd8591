//! Spans into their traces, late ones and orphans, and what makes room for what.

use super::super::span_tail::MAX_TAIL;
use super::*;
use crate::model::{Resource, SpanId, Status, StatusCode};

fn resource(service: &str) -> Arc<Resource> {
    Arc::new(Resource { attributes: [("service.name", service)].into_iter().collect() })
}

fn span(trace: u64, id: u64, parent: u64, service: &str) -> Span {
    Span {
        trace_id: TraceId::from_low64(trace).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(parent),
        trace_state: Box::default(),
        name: "op".into(),
        kind: SpanKind::Server,
        start: 1_000,
        end: 2_000,
        status: Status::default(),
        flags: 0,
        attributes: [("key", "some value")].into_iter().collect(),
        events: Vec::new(),
        links: Vec::new(),
        resource: resource(service),
        scope: Arc::default(),
    }
}

fn failed(mut span: Span) -> Span {
    span.status = Status { code: StatusCode::Error, message: Box::default() };
    span
}

#[test]
fn spans_join_their_trace_in_any_order() {
    let (mut writer, reader) = trace_table(1 << 20);
    writer.add(vec![span(1, 3, 2, "bank"), span(1, 2, 1, "payment")], "otlp", 10_000);
    let id = TraceId::from_low64(1).unwrap();
    assert!(!reader.get(id).unwrap().is_complete());
    writer.add(vec![span(1, 1, 0, "checkout")], "otlp", 10_000);
    let trace = reader.get(id).unwrap();
    let summary = trace.summary();
    assert!(summary.is_complete);
    assert_eq!((summary.spans, summary.services, &*summary.service), (3, 3, "checkout"));
    let (services, edges) = reader.services();
    assert_eq!(
        edges.iter().map(|e| format!("{}>{}:{}", e.from, e.to, e.calls)).collect::<Vec<_>>(),
        ["checkout>payment:1", "payment>bank:1"]
    );
    assert!(services.iter().all(|s| s.calls == 1 && s.spans == 1), "each entry is counted once: {services:?}");
}

#[test]
fn a_repeated_span_replaces_its_shorter_self() {
    let (mut writer, reader) = trace_table(1 << 20);
    let mut longer = failed(span(1, 1, 0, "a"));
    longer.end = 9_000;
    assert_eq!(writer.add(vec![span(1, 1, 0, "a")], "otlp", 0), SpansAdded { stored: 1, evicted: 0 });
    assert_eq!(writer.add(vec![longer.clone(), span(1, 1, 0, "a")], "otlp", 0), SpansAdded { stored: 2, evicted: 2 });
    let trace = reader.get(longer.trace_id).unwrap();
    assert_eq!((trace.spans().len(), trace.spans()[0].end, trace.summary().errors), (1, 9_000, 1));
    assert_eq!(reader.span_counts(), (1, 2));
}

#[test]
fn eviction_takes_whole_good_traces_first_and_no_shred_comes_back() {
    let (mut writer, reader) = trace_table(64 << 10);
    writer.add(vec![failed(span(1, 1, 0, "a")), span(2, 1, 9, "incomplete")], "otlp", 0);
    let mut sum = SpansAdded { stored: 2, evicted: 0 };
    for n in 10..2000 {
        let added = writer.add(vec![span(n, 2, 1, "b"), span(n, 1, 0, "a")], "otlp", 0);
        sum.stored += added.stored;
        sum.evicted += added.evicted;
    }
    assert!(reader.len() < 200, "{} traces", reader.len());
    assert!(reader.get(TraceId::from_low64(1).unwrap()).is_some(), "the failed trace is kept");
    assert!(reader.get(TraceId::from_low64(2).unwrap()).is_some(), "the incomplete trace is kept");
    assert!(reader.all().iter().skip(2).all(|trace| trace.spans().len() == 2), "no trace is half there");
    assert_eq!(writer.add(vec![span(10, 3, 1, "late")], "otlp", 0), SpansAdded { stored: 1, evicted: 1 });
    assert!(reader.get(TraceId::from_low64(10).unwrap()).is_none());
    assert_eq!(reader.span_counts(), (sum.stored - sum.evicted, sum.evicted + 1));
    let held: usize = reader.all().iter().map(|trace| trace.spans().len()).sum();
    assert_eq!(held as u64, reader.span_counts().0);
}

#[test]
fn the_latest_traces_come_first() {
    let (mut writer, reader) = trace_table(1 << 20);
    for n in 1..=5 {
        writer.add(vec![span(n, 1, 0, if n == 3 { "x" } else { "a" })], "otlp", 0);
    }
    let ids = |summaries: Vec<TraceSummary>| summaries.iter().map(|s| s.id.low64()).collect::<Vec<_>>();
    assert_eq!(ids(reader.recent(1, 2, |_| true)), [4, 3]);
    assert_eq!(ids(reader.recent(0, 9, |summary| &*summary.service == "x")), [3]);
}

#[test]
fn a_tail_sees_every_span_once_and_says_what_it_missed() {
    let (mut writer, reader) = trace_table(1 << 20);
    writer.add(vec![span(1, 1, 0, "before")], "otlp", 0);
    let tail = reader.tail();
    let ids = || tail.take().spans.iter().map(|span| span.trace_id.low64()).collect::<Vec<_>>();
    assert_eq!(ids(), [0; 0]);
    writer.add(vec![span(2, 1, 0, "a"), span(3, 1, 0, "a")], "otlp", 0);
    writer.add(vec![span(2, 1, 0, "a")], "otlp", 0);
    assert_eq!(ids(), [2, 3, 2], "repeated spans too");
    assert_eq!(ids(), [0; 0]);
    for _ in 0..3 {
        writer.add((0..MAX_TAIL as u64 / 2).map(|n| span(7, n + 1, 0, "a")).collect(), "otlp", 0);
    }
    let fresh = tail.take();
    assert_eq!((fresh.spans.len(), fresh.missed), (MAX_TAIL, MAX_TAIL as u64 / 2));
    assert_eq!(tail.take().missed, 0);
}

#[test]
fn a_dropped_tail_holds_nothing() {
    let (mut writer, reader) = trace_table(1);
    let tail = reader.tail();
    writer.add(vec![span(1, 1, 0, "a")], "otlp", 0);
    let weak = Arc::downgrade(&tail.take().spans[0]);
    drop(tail);
    writer.add(vec![span(2, 1, 0, "a")], "otlp", 0);
    writer.add(vec![span(3, 1, 0, "a")], "otlp", 0);
    assert!(reader.get(TraceId::from_low64(1).unwrap()).is_none(), "a budget of one byte holds one trace");
    assert!(weak.upgrade().is_none());
}
