//! Traces asked in the filter language.

use super::super::tests::{MINUTE, NOON, plan};
use super::*;
use crate::model::{SpanId, SpanKind, Status, StatusCode, TraceId, Value, Zone};
use crate::query::plan::CompileContext;

#[test]
fn a_range_of_times_may_pass_midnight() {
    let plan =
        Plan::compile("time:23:50..00:10", &CompileContext::new(NOON + 12 * 60 * MINUTE + 20 * MINUTE, Zone::UTC))
            .unwrap();
    let early = Plan::compile("time:11:00..13:00", &CompileContext::new(NOON, Zone::UTC)).unwrap();
    let summary = |start| TraceSummary { start, ..trace() };
    assert!(plan.matches_trace(&summary(NOON + 12 * 60 * MINUTE), &spans()));
    assert!(!plan.matches_trace(&summary(NOON), &spans()));
    assert!(early.matches_trace(&summary(NOON), &spans()));
}

fn trace() -> TraceSummary {
    TraceSummary {
        id: TraceId::from_low64(0xabc).unwrap(),
        start: NOON,
        duration: 1_500_000_000,
        service: Arc::from("Checkout"),
        operation: "POST /pay".into(),
        spans: 12,
        errors: 1,
        services: 3,
        is_complete: true,
        origins: ["otlp".into(), "tempo".into()].into(),
    }
}

/// Two spans of that trace: its root, and a call that failed.
fn spans() -> Vec<Arc<Span>> {
    let root = Span {
        trace_id: TraceId::from_low64(0xabc).unwrap(),
        span_id: SpanId::from_u64(1).unwrap(),
        parent_id: None,
        trace_state: Box::default(),
        name: "POST /pay".into(),
        kind: SpanKind::Server,
        start: NOON,
        end: NOON + 1_500_000_000,
        status: Status::default(),
        flags: 0,
        attributes: [("http.status_code", Value::Int(502))].into_iter().collect(),
        events: Vec::new(),
        links: Vec::new(),
        resource: resource("Checkout"),
        scope: Arc::default(),
    };
    let call = Span {
        span_id: SpanId::from_u64(2).unwrap(),
        parent_id: SpanId::from_u64(1),
        name: "charge".into(),
        kind: SpanKind::Client,
        status: Status { code: StatusCode::Error, message: "card refused".into() },
        attributes: [("card", Value::from("visa"))].into_iter().collect(),
        resource: resource("Bank"),
        ..root.clone()
    };
    vec![Arc::new(root), Arc::new(call)]
}

fn resource(service: &str) -> Arc<Resource> {
    Arc::new(Resource { attributes: [("service.name", service), ("host.name", "h1")].into_iter().collect() })
}

#[test]
fn traces_are_asked_in_the_same_language() {
    for (text, expected) in [
        ("", true),
        ("pay", true),
        ("service:checkout", true),
        ("service:cart", false),
        ("op:\"POST /pay\"", true),
        ("op:POST*", true),
        ("op:POST", false),
        ("duration:>1s", true),
        ("duration:>2s", false),
        ("duration:1.5s", true),
        ("status:error", true),
        ("status:ok", false),
        ("spans:>10 spans:12", true),
        ("spans:10..11", false),
        ("trace:abc", true),
        ("time:12:00", true),
        ("time:<12:00", false),
        ("level:error", false),
        ("-host:*", false),
        ("host:h1", true),
        ("checkout -status:ok", true),
        ("source:tempo", true),
        ("source:jaeger", false),
        ("span:2 refused", true),
        ("kind:client", true),
        ("kind:consumer", false),
        ("status:502", true),
        ("http.status_code:>=500 service:checkout", true),
        ("http.status_code:>=500 service:bank", false),
        ("service:bank status:error", true),
        ("service:checkout status:error", false),
        ("card:visa op:charge", true),
        ("-card:visa", false),
        ("-card:amex", true),
        ("service:checkout -card:visa", false),
        ("card:visa OR card:amex", true),
        ("caller:Checkout service:bank", true),
        ("caller:Check* status:error", true),
        ("caller:bank service:Checkout", false),
        ("caller:Checkout service:Checkout", false),
        ("caller:/^Ch/ op:charge", true),
        ("caller:* op:charge", true),
        ("caller:* op:POST*", false),
        ("-caller:bank", true),
        ("-(caller:Checkout service:bank)", false),
    ] {
        assert_eq!(plan(text).matches_trace(&trace(), &spans()), expected, "{text}");
    }
}

#[test]
fn spans_are_asked_one_by_one() {
    let mut spans = spans();
    let mut quick = Span::clone(&spans[0]);
    (quick.start, quick.end) = (NOON - MINUTE, NOON - MINUTE + 1_000);
    quick.span_id = SpanId::from_u64(3).unwrap();
    quick.status = Status { code: StatusCode::Ok, message: Box::default() };
    spans.push(Arc::new(quick));
    for (text, expected) in [
        ("", [true, true, true]),
        ("card", [false, true, false]),
        ("-card:visa", [true, false, true]),
        ("service:checkout", [true, false, true]),
        ("service:checkout OR card:visa", [true, true, true]),
        ("-(service:bank OR duration:<1ms)", [true, false, false]),
        ("duration:>1s", [true, true, false]),
        ("duration:<1ms", [false, false, true]),
        ("time:11:59", [false, false, true]),
        ("status:error", [false, true, false]),
        ("status:ok", [false, false, true]),
        ("-status:error", [true, false, true]),
        ("span:2", [false, true, false]),
        ("trace:abc spans:12", [true, true, true]),
        ("level:error", [false, false, false]),
    ] {
        assert_eq!(plan(text).matching_spans(&trace(), &spans), expected, "{text}");
    }
}
