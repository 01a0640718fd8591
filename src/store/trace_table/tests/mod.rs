//! Spans into their traces, late ones and orphans, and what makes room for what.

mod growth;
mod links;

use super::super::span_tail::MAX_TAIL;
use super::*;
use crate::model::{Attributes, Resource, SpanId, SpanKind, SpanLink, Status, StatusCode};

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

fn link(trace: u64, span: u64) -> SpanLink {
    SpanLink {
        trace_id: TraceId::from_low64(trace).unwrap(),
        span_id: SpanId::from_u64(span).unwrap(),
        trace_state: Box::default(),
        attributes: Attributes::default(),
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
fn every_text_of_a_span_counts_as_memory() {
    type Put = fn(&mut Span, Box<str>);
    let cases: [(&str, Put); 4] = [
        ("name", |span, text| span.name = text),
        ("status", |span, text| span.status.message = text),
        ("state", |span, text| span.trace_state = text),
        ("a link's state", |span, text| {
            span.links.push(SpanLink { trace_state: text, ..link(1, 1) });
        }),
    ];
    for (what, put) in cases {
        let mut large = span(1, 1, 0, "a");
        put(&mut large, "x".repeat(100_000).into());
        let (mut writer, reader) = trace_table(1 << 20);
        writer.add(vec![large], "otlp", 10_000);
        assert!(reader.get(TraceId::from_low64(1).unwrap()).unwrap().bytes() > 100_000, "{what}");
    }
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

/// A side of the call with the id 2 from `a` to `b`, whose parent is the span 1.
fn half(kind: SpanKind, service: &str) -> Span {
    Span { kind, ..span(1, 2, 1, service) }
}

fn calls(spans: Vec<Span>) -> (Vec<String>, Vec<String>) {
    let (mut writer, reader) = trace_table(1 << 20);
    for span in spans {
        writer.add(vec![span], "zipkin", 10_000);
    }
    let (services, edges) = reader.services();
    let mut entries: Vec<String> = services.iter().map(|it| format!("{}:{}", it.name, it.calls)).collect();
    entries.sort();
    (entries, edges.iter().map(|it| format!("{}>{}:{}", it.from, it.to, it.calls)).collect())
}

#[test]
fn a_call_of_two_halves_with_one_id_is_counted_once_in_any_order() {
    let all = [
        span(1, 1, 0, "a"),
        half(SpanKind::Client, "a"),
        half(SpanKind::Server, "b"),
        Span { kind: SpanKind::Internal, ..span(1, 3, 2, "b") },
    ];
    for order in (0..256).map(|n| [n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6]) {
        if (0..4).any(|at| !order.contains(&at)) {
            continue;
        }
        let (entries, edges) = calls(order.map(|at| all[at].clone()).to_vec());
        assert_eq!((entries, edges), (vec!["a:1".into(), "b:1".into()], vec!["a>b:1".into()]), "{order:?}");
    }
}

#[test]
fn a_trace_of_halves_is_complete_with_its_root() {
    let mut trace = Trace::new(TraceId::from_low64(1).unwrap(), 0);
    let mut add = |span: Span| {
        let service = Arc::from(span.service());
        trace.add(Arc::new(span), &service, &mut Vec::new());
        trace.settle();
        let summary = trace.summary();
        (summary.is_complete, summary.service.to_string(), summary.spans)
    };
    assert_eq!(add(half(SpanKind::Server, "b")), (false, "b".into(), 1));
    assert_eq!(add(half(SpanKind::Client, "a")), (false, "b".into(), 2));
    assert_eq!(add(Span { kind: SpanKind::Server, ..span(1, 1, 0, "a") }), (true, "a".into(), 3));
    assert_eq!(add(Span { kind: SpanKind::Client, ..span(1, 1, 0, "browser") }), (true, "browser".into(), 4));
}

#[test]
fn a_trace_that_comes_again_is_told_from_what_it_was() {
    let id = TraceId::from_low64(1).unwrap();
    let (mut roomy, reader) = trace_table(1 << 20);
    roomy.add(vec![span(1, 1, 0, "a")], "otlp", 10_000);
    // Room for one trace and a half.
    let (mut writer, reader) = trace_table(reader.get(id).unwrap().bytes() * 3 / 2);
    writer.add(vec![span(1, 1, 0, "a")], "otlp", 10_000);
    let before = reader.get(id).unwrap().revision();
    writer.add(vec![span(2, 1, 0, "a")], "otlp", 10_000);
    assert!(reader.get(id).is_none(), "evicted");
    writer.readmit(&[span(1, 1, 0, "a")]);
    writer.add(vec![span(1, 1, 0, "a")], "otlp", 10_000);
    assert_ne!(reader.get(id).unwrap().revision(), before);
}

#[test]
fn times_that_are_not_known_do_not_stretch_a_trace() {
    let (mut writer, reader) = trace_table(1 << 20);
    writer.add(vec![Span { start: 0, end: 0, ..span(1, 2, 1, "a") }], "zipkin", 10_000);
    let id = TraceId::from_low64(1).unwrap();
    let times = || (reader.get(id).unwrap().summary().start, reader.get(id).unwrap().summary().duration);
    assert_eq!(times(), (0, 0));
    writer.add(vec![span(1, 1, 0, "a")], "zipkin", 10_000);
    assert_eq!(times(), (1_000, 1_000));
}

#[test]
fn what_is_united_keeps_the_books() {
    let (mut writer, reader) = trace_table(1 << 20);
    let early = Span { parent_id: None, end: 1_000, attributes: Attributes::default(), ..span(1, 2, 1, "a") };
    writer.add(vec![early], "zipkin", 10_000);
    let id = TraceId::from_low64(1).unwrap();
    assert!(reader.get(id).unwrap().is_complete(), "a report without a parent is a root");
    assert_eq!(writer.add(vec![failed(span(1, 2, 1, "a"))], "zipkin", 10_000), SpansAdded { stored: 1, evicted: 1 });
    let trace = reader.get(id).unwrap();
    assert!(!trace.is_complete(), "its parent is told now, and is not there");
    assert_eq!((trace.summary().errors, trace.summary().spans, reader.span_counts()), (1, 1, (1, 1)));
    writer.add(vec![span(1, 1, 0, "a")], "zipkin", 10_000);
    assert!(reader.get(id).unwrap().is_complete());
    let fresh = {
        let (mut writer, reader) = trace_table(1 << 20);
        writer.add(vec![failed(span(1, 2, 1, "a")), span(1, 1, 0, "a")], "zipkin", 10_000);
        reader.get(id).unwrap().bytes()
    };
    assert_eq!(reader.get(id).unwrap().bytes(), fresh);
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

#[test]
fn operations_count_each_span_once_and_outlive_their_traces() {
    let (mut writer, reader) = trace_table(1);
    let named = |trace, name: &str, end| Span { name: name.into(), end, ..span(trace, 1, 0, "a") };
    // Begun, then whole, then again as a system has it that writes names its own way.
    writer.add(vec![named(1, "", 1_000), named(1, "pay", 51_000), named(1, "pay", 51_000)], "otlp", 0);
    writer.add(vec![failed(named(2, "pay", 3_001_000))], "otlp", 0);
    writer.add(vec![named(3, "other", 2_000)], "otlp", 0);
    assert!(reader.is_empty());
    let pay = reader.operation("a", "pay").unwrap();
    assert_eq!((pay.calls(), pay.errors()), (2, 1));
    assert!((pay.rank(3_000_000) - 0.5).abs() < f64::EPSILON && pay.rank(50_000).abs() < f64::EPSILON);
    assert!(reader.operation("a", "").is_none(), "the name that it had before it was whole");
    assert!(reader.operation("b", "pay").is_none());
}
