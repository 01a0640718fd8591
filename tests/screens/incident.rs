//! What is looked at: an order that fails because the bank refuses, and what goes on around it.
//!
//! Small enough to know by heart: four sources, thirty lines, a loss, three traces. Times are those of
//! 2026-03-14 12:03 UTC.

use std::sync::Arc;
use std::time::Duration;

use spantail::model::{
    Attributes, LogRecord, Loss, LossReason, Nanos, Resource, Scope, Severity, SourceState, Span, SpanEvent, SpanId,
    SpanKind, SpanLink, Status, StatusCode, TraceId, Value,
};

use super::harness::{MILLI, NOW, SECOND, Screen, Store};

/// The trace of the order that fails.
pub(super) const ORDER: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// The trace of a cart that is shown.
const CART: &str = "0af7651916cd43dd8448eb211c80319c";
/// A trace of which only a part has come.
const LABEL: &str = "7b5cde9f1a2b3c4d5e6f708192a3b4c5";
/// A trace that a line names and nobody has.
pub(super) const LOST: &str = "deadbeefdeadbeefdeadbeefdeadbeef";

/// Names of the sources.
pub(super) const CHECKOUT: &str = "logs/checkout.log";
/// A file of logfmt.
pub(super) const PAYMENT: &str = "logs/payment.log";
/// A receiver.
pub(super) const OTLP: &str = "otlp://127.0.0.1:4317";
/// A backend that is not there.
const LOKI: &str = "loki+http://loki:3100";

/// `millis` after 12:03:00.000.
pub(super) fn at(millis: i64) -> Nanos {
    NOW - 10 * SECOND + millis * MILLI
}

/// The whole incident.
pub(super) fn store() -> Store {
    let mut store = Store::new();
    sources(&mut store);
    before(&mut store);
    order(&mut store);
    after(&mut store);
    store.spans(OTLP, [order_spans(), cart_spans(), label_spans()].concat());
    store
}

/// The sources without anything that they sent.
pub(super) fn sources(store: &mut Store) {
    store.source(CHECKOUT, SourceState::Live("1 file".into()));
    store.source(PAYMENT, SourceState::CatchingUp { what: String::new(), done: 3 << 20, total: 12 << 20 });
    store.source(OTLP, SourceState::Live("gRPC 127.0.0.1:4317, HTTP 127.0.0.1:4318".into()));
    let wait = Duration::from_secs(4);
    store.source(LOKI, SourceState::Retrying { wait, why: "connection refused".into() });
}

fn json(store: &mut Store, millis: i64, level: &str, message: &str, more: &str) {
    let time = time_text(millis);
    let line = format!(
        r#"{{"ts":"{time}","level":"{level}","service":"checkout","caller":"orders/handler.go:88","msg":"{message}"{more}}}"#
    );
    store.line(CHECKOUT, at(millis), line);
}

fn logfmt(store: &mut Store, millis: i64, level: &str, rest: &str) {
    let time = time_text(millis);
    store.line(PAYMENT, at(millis), format!("ts={time} level={level} service=payment {rest}"));
}

fn time_text(millis: i64) -> String {
    format!("2026-03-14T12:03:{:02}.{:03}Z", millis / 1000, millis % 1000)
}

fn record(store: &mut Store, millis: i64, severity: Severity, service: &str, body: &str, ids: Option<(&str, u8)>) {
    let attributes = [("thread.name", Value::from("worker-3")), ("code.line", Value::Int(212))];
    store.record(
        OTLP,
        &LogRecord {
            time: at(millis),
            observed_time: at(millis + 2),
            severity,
            body: Value::from(body),
            attributes: attributes.into_iter().collect(),
            trace_id: ids.map(|(trace, _)| trace_id(trace)),
            span_id: ids.map(|(_, span)| span_id(span)),
            resource: resource(service),
            scope: scope(),
            ..LogRecord::default()
        },
    );
}

fn before(store: &mut Store) {
    for n in 0..8 {
        json(store, 400 * n, "info", &format!("order 8c1f{n:x} accepted"), r#","amount":42.10,"currency":"EUR""#);
        logfmt(store, 400 * n + 120, "debug", &format!("msg=\"token refreshed\" user=88{n:02} ttl=300s"));
    }
    let shown = Some((CART, 0x21));
    record(store, 3_300, Severity::INFO, "cart", "cache miss key=user:8817:cart", shown);
    store.line(CHECKOUT, at(3_310), "panic: runtime error: invalid memory address");
    store.line(CHECKOUT, at(3_310), "\tgoroutine 17 [running]:");
    let (from, to) = (at(3_400), at(4_900));
    store.loss(PAYMENT, &Loss { count: 1_204, from, to, reason: LossReason::RateLimit });
}

fn order(store: &mut Store) {
    let ids = |span: u8| format!(r#","trace_id":"{ORDER}","span_id":"{}""#, span_id(span));
    let pairs = |span: u8| format!("trace_id={ORDER} span_id={}", span_id(span));
    json(store, 5_002, "info", "order 8c200 received", &(ids(1) + r#","amount":129.90,"currency":"EUR","items":3"#));
    record(store, 5_010, Severity::DEBUG, "cart", "cart of user 8817 has 3 items", Some((ORDER, 2)));
    logfmt(store, 5_305, "info", &format!("msg=\"charging card\" provider=acme {}", pairs(4)));
    for attempt in 1..=2 {
        let rest = format!("msg=\"bank timed out, retrying\" attempt={attempt} backoff=40ms {}", pairs(4));
        logfmt(store, 5_300 + 240 * attempt, "warn", &rest);
    }
    record(store, 6_040, Severity::ERROR, "bank", "connection pool exhausted: 64 of 64 in use", Some((ORDER, 7)));
    logfmt(store, 6_058, "error", &format!("msg=\"bank refused: 503 after 3 attempts\" attempts=3 {}", pairs(4)));
    json(store, 6_230, "error", "order 8c200 failed", &(ids(1) + r#","error":{"kind":"payment","retryable":true}"#));
}

fn after(store: &mut Store) {
    json(store, 7_000, "info", "order 8c201 accepted", r#","amount":8.00,"currency":"EUR""#);
    json(store, 7_400, "warn", "slow upstream", &format!(r#","upstream":"bank","trace_id":"{LOST}""#));
    record(store, 8_000, Severity::INFO, "shipping", "label created for 漢字 street 5", Some((LABEL, 0x31)));
    logfmt(store, 8_500, "info", "msg=\"circuit breaker opened\" upstream=bank");
}

/// A trace id from its hex digits.
pub(super) fn trace_id(hex: &str) -> TraceId {
    TraceId::from_hex(hex.as_bytes()).unwrap()
}

/// The `number`th span of the incident.
pub(super) fn span_id(number: u8) -> SpanId {
    SpanId::from_u64(0x00f0_67aa_0ba9_0200 + u64::from(number)).unwrap()
}

fn resource(service: &str) -> Arc<Resource> {
    let attributes = [("service.name", service), ("host.name", "node-7"), ("k8s.pod.name", "shop-5d9f")];
    Arc::new(Resource { attributes: attributes.map(|(key, value)| (key, Value::from(value))).into_iter().collect() })
}

fn scope() -> Arc<Scope> {
    Arc::new(Scope { name: "shop.http".into(), version: "1.4.0".into(), attributes: Attributes::default() })
}

/// A span of `service` from `from` to `to`, in milliseconds after 12:03:05.
pub(super) fn span(trace: &str, number: u8, parent: Option<u8>, service: &str, name: &str, from: i64, to: i64) -> Span {
    Span {
        trace_id: trace_id(trace),
        span_id: span_id(number),
        parent_id: parent.map(span_id),
        trace_state: Box::default(),
        name: name.into(),
        kind: SpanKind::Server,
        start: at(5_000 + from),
        end: at(5_000 + to),
        status: Status::default(),
        flags: 1,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: resource(service),
        scope: scope(),
    }
}

fn failed(span: Span, message: &str) -> Span {
    let attributes = [("http.response.status_code", Value::Int(503)), ("error.type", Value::from("timeout"))];
    let status = Status { code: StatusCode::Error, message: message.into() };
    Span { status, attributes: attributes.into_iter().collect(), ..span }
}

fn order_spans() -> Vec<Span> {
    let mut charge = failed(span(ORDER, 4, Some(1), "payment", "POST /charge", 300, 1_060), "bank refused the charge");
    charge.attributes.set("peer.service", "bank");
    charge.attributes.set("payment.provider", "acme");
    charge.events = [(240, 1), (480, 2)].map(|(after, attempt)| event(charge.start, after, attempt)).into();
    let mut out = vec![
        failed(span(ORDER, 1, None, "checkout", "POST /orders", 0, 1_240), "payment failed"),
        span(ORDER, 2, Some(1), "cart", "GET /cart", 8, 190),
        span(ORDER, 3, Some(1), "pricing", "POST /quote", 195, 286),
        charge,
    ];
    for (number, from, to) in [(5, 320, 520), (6, 560, 760), (7, 800, 1_040)] {
        out.push(failed(span(ORDER, number, Some(4), "bank", "CALL auth", from, to), "pool exhausted"));
    }
    out.push(span(ORDER, 8, Some(1), "inventory", "POST /release", 1_080, 1_200));
    out
}

fn event(start: Nanos, after: i64, attempt: i64) -> SpanEvent {
    let attributes = [("retry.attempt", attempt), ("retry.backoff_ms", 40)];
    SpanEvent {
        time: start + after * MILLI,
        name: "retry".into(),
        attributes: attributes.map(|(key, value)| (key, Value::Int(value))).into_iter().collect(),
    }
}

fn cart_spans() -> Vec<Span> {
    vec![
        span(CART, 0x20, None, "frontend", "GET /cart", -1_720, -1_640),
        span(CART, 0x21, Some(0x20), "cart", "GET /cart", -1_710, -1_650),
    ]
}

/// A span whose parent has not come.
fn label_spans() -> Vec<Span> {
    let mut label = span(LABEL, 0x31, Some(0x30), "shipping", "create label", 2_950, 3_020);
    let link = SpanLink {
        trace_id: trace_id(ORDER),
        span_id: span_id(1),
        trace_state: Box::default(),
        attributes: [("reason", "follows order")].into_iter().collect(),
    };
    label.links.push(link);
    label.kind = SpanKind::Consumer;
    vec![label]
}

/// The incident at 80×24.
pub(super) fn small() -> Screen {
    Screen::new(store(), 80, 24)
}

/// The row of the log list that is selected, without the sign and the border.
pub(super) fn selected(screen: &mut Screen) -> String {
    let text = screen.text();
    // Bars of other panes have the same glyph.
    let row = text.lines().find(|row| row.starts_with("│▌")).unwrap_or_default();
    row.split(['▌', '│']).nth(2).unwrap_or_default().trim().to_owned()
}

/// The log rows on the screen, without histogram, frame and bars.
pub(super) fn rows(screen: &mut Screen) -> Vec<String> {
    let pane = screen.pane("Logs");
    let inner = pane.lines().skip(2).map(|row| row.trim_matches('│').trim().to_owned());
    inner.filter(|row| !row.is_empty() && !row.starts_with('╰')).collect()
}
