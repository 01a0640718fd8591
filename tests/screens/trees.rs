//! Traces of any size and shape, the same in every run.

use std::sync::Arc;

use spantail::model::{
    Attributes, Nanos, Resource, Scope, Span, SpanEvent, SpanId, SpanKind, SpanLink, Status, StatusCode, TraceId, Value,
};

use super::harness::{MILLI, NOW, SECOND};

/// When the traces begin.
pub(super) const BEGIN: Nanos = NOW - 10 * SECOND;

const SERVICES: [&str; 8] = ["frontend", "checkout", "cart", "pricing", "payment", "bank", "inventory", "shipping"];
const NAMES: [&str; 6] = ["GET /cart", "POST /orders", "SELECT items", "charge", "cache get", "publish order.created"];

/// The id of the traces here.
pub(super) fn id() -> TraceId {
    TraceId::from_hex(b"5b8aa5a2d2c872e8321cf37308d69df2").unwrap()
}

/// The id of span `n`, counted from 1.
pub(super) fn span_id(n: usize) -> SpanId {
    SpanId::from_u64(0x0a00_0000_0000_0000 + n as u64).unwrap()
}

fn resource(service: &str) -> Arc<Resource> {
    let attributes = [("service.name", service), ("host.name", service)];
    Arc::new(Resource { attributes: attributes.map(|(key, value)| (key, Value::from(value))).into_iter().collect() })
}

/// Span `n` of `service` below span `parent` (0 for none), from and to in nanoseconds after [`BEGIN`].
pub(super) fn span(n: usize, parent: usize, service: &str, name: &str, from: Nanos, to: Nanos) -> Span {
    Span {
        trace_id: id(),
        span_id: span_id(n),
        parent_id: (parent > 0).then(|| span_id(parent)),
        trace_state: Box::default(),
        name: name.into(),
        kind: SpanKind::Internal,
        start: BEGIN + from,
        end: BEGIN + to,
        status: Status::default(),
        flags: 1,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: resource(service),
        scope: Arc::new(Scope::default()),
    }
}

/// The same span, failed.
pub(super) fn failed(mut span: Span, message: &str) -> Span {
    span.status = Status { code: StatusCode::Error, message: message.into() };
    span
}

/// The same span with an exception at its end, of which the stack is known.
pub(super) fn raised(mut span: Span, kind: &str, message: &str, stack: &str) -> Span {
    let attributes = [("exception.type", kind), ("exception.message", message), ("exception.stacktrace", stack)];
    let attributes = attributes.map(|(key, value)| (key, Value::from(value))).into_iter().collect();
    span.events.push(SpanEvent { time: span.end - MILLI, name: "exception".into(), attributes });
    span
}

/// The same span with a link to span `to` of `trace`.
pub(super) fn linked(mut span: Span, trace: TraceId, to: SpanId) -> Span {
    let attributes = [("reason", "follows")].into_iter().collect();
    span.links.push(SpanLink { trace_id: trace, span_id: to, trace_state: Box::default(), attributes });
    span
}

/// A number that looks random (the finalizer of SplitMix64).
fn noise(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 27)
}

fn below(n: u64, limit: usize) -> usize {
    usize::try_from(noise(n) % limit.max(1) as u64).unwrap()
}

/// A tree of `count` spans that takes four seconds: each below one of those before it, most below one of the last few, within
/// its time, in twelve levels; one in fifty fails.
pub(super) fn tree(count: usize) -> Vec<Span> {
    let resources = SERVICES.map(resource);
    let kinds = [SpanKind::Server, SpanKind::Client, SpanKind::Internal, SpanKind::Producer];
    let mut spans: Vec<Span> = vec![span(1, 0, SERVICES[0], "GET /checkout", 0, 4 * SECOND)];
    spans[0].kind = SpanKind::Server;
    let mut depths = vec![1];
    for n in 2..=count {
        let seed = n as u64 * 7;
        let mut above = if n % 4 == 0 { below(seed, n - 1) } else { n - 2 - below(seed, 6.min(n - 1)) };
        while depths[above] == 12 {
            above = below(seed, above);
        }
        depths.push(depths[above] + 1);
        let (from, length) = (spans[above].start - BEGIN, spans[above].end - spans[above].start);
        let begin = from + length * i64::try_from(below(seed + 1, 60)).unwrap() / 100;
        let end = (begin + length * i64::try_from(10 + below(seed + 2, 80)).unwrap() / 100).min(from + length);
        let mut next = span(n, above + 1, "", NAMES[below(seed + 3, NAMES.len())], begin, end.max(begin));
        next.resource = Arc::clone(&resources[(above + below(seed + 4, 3)) % resources.len()]);
        next.kind = kinds[n % kinds.len()];
        spans.push(if noise(seed + 5).is_multiple_of(50) { failed(next, "timed out") } else { next });
    }
    spans
}

/// A chain: each span calls the next.
pub(super) fn chain(count: usize) -> Vec<Span> {
    let step = |n: usize| i64::try_from(n).unwrap() * 1_000;
    (1..=count).map(|n| span(n, n - 1, SERVICES[n % 8], "next", step(n), step(2 * count - n))).collect()
}

/// One span that calls all others, one after the other; one in a thousand takes long.
pub(super) fn wide(count: usize) -> Vec<Span> {
    let step = 50 * MILLI / 1_000;
    let at = |n: usize| i64::try_from(n).unwrap() * step;
    let length = |n: usize| if n.is_multiple_of(1_000) { 40 * step } else { step / 2 };
    let call = |n: usize| span(n, 1, "bank", "SELECT", at(n), at(n) + length(n));
    std::iter::once(span(1, 0, "checkout", "report", 0, at(count + 40))).chain((2..=count).map(call)).collect()
}

/// An order that fails at first and works in the end, with clocks that differ, a span without its parent, messages and links.
pub(super) fn troubled() -> Vec<Span> {
    let ms = |n: i64| n * MILLI;
    let stack =
        "BankError: 503\n  at charge (bank.js:88:13)\n  at retry (retry.js:12:5)\n  at async POST (orders.js:31:9)";
    let kinds = [SpanKind::Server, SpanKind::Client, SpanKind::Server, SpanKind::Client, SpanKind::Server];
    let mut spans = vec![
        span(1, 0, "checkout", "POST /orders", 0, ms(1_000)),
        span(2, 1, "checkout", "charge", ms(100), ms(700)),
        raised(failed(span(3, 2, "bank", "charge", ms(120), ms(300)), "503"), "BankError", "503 from the bank", stack),
        span(4, 2, "checkout", "charge again", ms(350), ms(690)),
        span(5, 4, "bank", "charge", ms(4_360), ms(4_650)),
        failed(span(6, 1, "cart", "empty", ms(720), ms(800)), "no such cart"),
        failed(span(7, 6, "cart", "DELETE", ms(730), ms(780)), "locked"),
        span(8, 99, "shipping", "label", ms(820), ms(900)),
        span(9, 1, "checkout", "publish order.created", ms(950), ms(960)),
    ];
    for (span, kind) in spans.iter_mut().zip(kinds) {
        span.kind = kind;
    }
    spans[8].kind = SpanKind::Producer;
    spans[7].kind = SpanKind::Consumer;
    spans
}

/// Spans whose names and services are not made to be drawn.
pub(super) fn hostile() -> Vec<Span> {
    let long = "long ".repeat(2_000);
    let names = [
        "",
        long.as_str(),
        "漢字かな交じり文の操作名",
        "e\u{301}\u{301}\u{301}clair",
        "\u{202e}לפני אחרי\u{202c}",
        "a\u{1b}[31mred\u{7}\r\n\tb",
        "👩‍👩‍👧‍👦 family",
        "\u{0}",
        "\u{feff}\u{200b}",
    ];
    let ms = |n: usize| i64::try_from(n).unwrap() * MILLI;
    let mut spans = vec![span(1, 0, "", "root", 0, ms(100))];
    for (at, name) in names.iter().enumerate() {
        spans.push(span(at + 2, at / 2 + 1, name, name, ms(at), ms(100 - at)));
        spans.push(span(at + 40, at + 2, names[(at + 3) % names.len()], name, ms(90), ms(10)));
    }
    // Times that no clock has.
    spans.push(Span { start: 0, end: i64::MAX, ..span(90, 1, "x", "for ever", 0, 0) });
    spans.push(Span { start: BEGIN + ms(200), end: BEGIN, ..span(91, 1, "x", "backwards", 0, 0) });
    spans
}

/// An order whose reservation worked at the second try, and that failed of its payment's own limit all the same.
pub(super) fn failed_anew() -> Vec<Span> {
    let ms = |n: i64| n * MILLI;
    let mut spans = vec![
        failed(span(1, 0, "frontend", "POST /orders", 0, ms(900)), "no more credit"),
        failed(span(2, 1, "checkout", "POST /orders", ms(10), ms(890)), "no more credit"),
        failed(span(3, 2, "checkout", "reserve", ms(20), ms(220)), "timeout"),
        failed(span(4, 3, "inventory", "reserve", ms(30), ms(200)), "timeout"),
        span(5, 2, "checkout", "reserve", ms(250), ms(500)),
        span(6, 5, "inventory", "reserve", ms(260), ms(490)),
    ];
    for (at, span) in spans.iter_mut().enumerate() {
        span.kind = if [2, 4].contains(&at) { SpanKind::Client } else { SpanKind::Server };
    }
    spans
}

/// An order whose root has not come: its three steps stand side by side, and of one there is only what it called.
pub(super) fn rootless() -> Vec<Span> {
    let ms = |n: i64| n * MILLI;
    vec![
        span(2, 77, "cart", "GET /cart", 0, ms(90)),
        span(3, 77, "pricing", "quote", ms(20), ms(80)),
        span(4, 77, "payment", "charge", ms(120), ms(700)),
        span(5, 4, "bank", "charge", ms(150), ms(690)),
        span(6, 78, "shipping", "label", ms(720), ms(800)),
    ]
}
