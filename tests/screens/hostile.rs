//! Texts that no screen must show as they are, in every place that a sender can fill.

use std::time::Duration;

use spantail::model::{
    Attributes, LogRecord, Severity, SourceState, Span, SpanEvent, SpanLink, Status, StatusCode, Value,
};

use super::harness::{NOW, Store};
use super::incident::{self, ORDER};

/// Escapes, C1, overrides, invisible and wide characters, joined emoji and combining marks.
pub(super) const TEXTS: [&str; 12] = [
    "\u{1b}[2J\u{1b}[H\u{1b}[31mred",
    "\u{1b}]0;owned\u{7}\u{1b}]52;c;aGk=\u{1b}\\",
    "\u{9b}31m\u{85}\u{9d}0;title\u{9c}",
    "a\r\nb\tc\u{8}\u{b}\u{c}\u{0}\u{7f}",
    "\u{202e}gpj.exe\u{202c} \u{2066}x\u{2069} \u{61c}\u{200e}\u{200f}",
    "zero\u{200b}width\u{200d}join\u{feff}er\u{ad}\u{2060}\u{fe0f}",
    "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    "👩\u{200d}👩\u{200d}👧 👍🏽 🇩🇪 ❤\u{fe0f}",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306} \u{301}lone",
    "\u{2028}line\u{2029}paragraph\u{3164}filler\u{e0041}tag",
    "",
    "\"quoted\" \\back\\ {\"a\":1} key=value trace_id=zz",
];

/// Everything hostile at once.
pub(super) fn store() -> Store {
    let texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    let mut store = filled(&texts);
    let long = "x\u{1b}漢".repeat(2_500);
    store.line("\u{1b}[5m", NOW, &long);
    store.line("\u{1b}[5m", NOW, [0xff, 0xfe, 0x80, 0x1b, b'[', b'A', 0xc3, 0x28, 0xe2, 0x82]);
    store
}

/// A store in which every place that a sender can fill holds one of `texts`.
pub(super) fn filled(texts: &[String]) -> Store {
    let mut store = Store::new();
    let pick = |n: usize| texts.get(n % texts.len().max(1)).map_or("", String::as_str);
    for n in 0..texts.len().clamp(1, 12) {
        sources(&mut store, n, &pick);
        lines(&mut store, n, &pick);
        store.record(pick(n), &record(n, &pick));
        store.spans(pick(n), vec![root(n, &pick), child(n, &pick)]);
    }
    store
}

fn sources<'a>(store: &mut Store, n: usize, pick: &impl Fn(usize) -> &'a str) {
    let said = pick(n + 1).to_owned();
    let state = match n % 6 {
        0 => SourceState::Live(said),
        1 => SourceState::Retrying { wait: Duration::from_secs(u64::MAX), why: said },
        2 => SourceState::Failed(said),
        3 => SourceState::Ended(said),
        4 => SourceState::CatchingUp { what: String::new(), done: u64::MAX, total: u64::MAX },
        _ => SourceState::Connecting,
    };
    let source = store.source(pick(n), state);
    source.since = i64::MIN / 2;
    source.logs.received = u64::MAX / 1_000;
}

fn lines<'a>(store: &mut Store, n: usize, pick: &impl Fn(usize) -> &'a str) {
    let quoted = |n: usize| serde_json::to_string(pick(n)).unwrap();
    let json = format!(
        r#"{{"time":"2026-03-14T12:03:05Z","level":"error","service":{},"msg":{},{}:{},"trace_id":"{ORDER}","span_id":"{}"}}"#,
        quoted(n),
        quoted(n + 1),
        quoted(n + 2),
        quoted(n + 3),
        incident::span_id(1),
    );
    store.line(pick(n), NOW, json);
    store.line(pick(n), NOW, format!("time=2026-03-14T12:03:05Z level=warn service={} msg={}", pick(n), pick(n + 1)));
    store.line(pick(n), NOW, pick(n));
}

fn attributes<'a>(n: usize, pick: &impl Fn(usize) -> &'a str) -> Attributes {
    let inner: Attributes = [(pick(n + 1), Value::from(pick(n + 2)))].into_iter().collect();
    [
        (pick(n), Value::from(pick(n + 1))),
        (pick(n + 2), Value::Array(vec![Value::from(pick(n + 3)), Value::Double(f64::NAN)])),
        (pick(n + 4), Value::Map(inner)),
        (pick(n + 5), Value::Bytes(vec![0x1b, 0x9b].into())),
    ]
    .into_iter()
    .collect()
}

fn record<'a>(n: usize, pick: &impl Fn(usize) -> &'a str) -> LogRecord {
    let span = child(n, pick);
    LogRecord {
        time: NOW,
        severity: Severity::FATAL,
        severity_text: pick(n).into(),
        body: if n.is_multiple_of(2) { Value::from(pick(n)) } else { Value::Map(attributes(n, pick)) },
        attributes: attributes(n + 1, pick),
        trace_id: Some(span.trace_id),
        span_id: Some(span.span_id),
        event_name: pick(n + 2).into(),
        resource: span.resource,
        scope: span.scope,
        ..LogRecord::default()
    }
}

fn root<'a>(n: usize, pick: &impl Fn(usize) -> &'a str) -> Span {
    incident::span(ORDER, 1, None, pick(n), pick(n + 1), 0, 1_000)
}

fn child<'a>(n: usize, pick: &impl Fn(usize) -> &'a str) -> Span {
    let number = u8::try_from(n + 2).unwrap();
    let span = incident::span(ORDER, number, Some(1), pick(n + 1), pick(n + 2), 100, -100);
    let event = SpanEvent { time: i64::MAX, name: pick(n + 3).into(), attributes: attributes(n, pick) };
    let link = SpanLink {
        trace_id: span.trace_id,
        span_id: span.span_id,
        trace_state: pick(n).into(),
        attributes: attributes(n + 2, pick),
    };
    Span {
        status: Status { code: StatusCode::Error, message: pick(n + 4).into() },
        attributes: attributes(n, pick),
        trace_state: pick(n).into(),
        events: vec![event],
        links: vec![link],
        ..span
    }
}
