//! One trace as an object for scripts; docs/OUTPUT.md says what is in it.

use std::collections::BTreeMap;

use super::links;
use super::study::Study;
use crate::analysis::error_propagation::ErrorPropagation;
use crate::cli::json::Json;
use crate::cli::stamp;
use crate::model::{Nanos, Span, Value};
use crate::parse::otlp::encode_spans_json;
use crate::store::TraceReader;

/// Errors beside the main one that are told, those that explain most: all cascades of a trace together can have n²
/// spans.
const MAX_OTHERS: usize = 50;

/// Writes the object; `read` holds all that was read, in which links may lead elsewhere.
pub(super) fn write(study: &Study, read: &TraceReader, json: Json, out: &mut Vec<u8>) {
    let (trace, summary) = (study.trace, study.trace.summary());
    out.push(b'{');
    json.field("trace_id", &trace.id.to_string(), out);
    if let Some(root) = study.tree.rows().first().and_then(|row| study.span(row.span)) {
        json.key("root", out);
        span(root, json, out);
    }
    json.field("start", &stamp::rfc3339(summary.start), out);
    json.number("duration_ns", summary.duration.unsigned_abs(), out);
    json.number("spans", u64::from(summary.spans), out);
    let mut services: Vec<&str> = trace.spans().iter().map(|span| span.service()).collect();
    services.sort_unstable();
    services.dedup();
    list("services", services, json, out);
    edges(study, json, out);
    json.number("errors", u64::from(summary.errors), out);
    critical_path(study, json, out);
    bottlenecks(study, json, out);
    self_times(study, json, out);
    errors(study, json, out);
    clock_skew(study, json, out);
    links::write(trace, read, json, out);
    list("sources", summary.origins.iter().map(|origin| &**origin), json, out);
    json.key("otlp", out);
    encode_spans_json(trace.spans(), out);
    out.push(b'}');
}

/// What is worth knowing of a span at a glance.
fn span(span: &Span, json: Json, out: &mut Vec<u8>) {
    out.push(b'{');
    json.field("span_id", &span.span_id.to_string(), out);
    json.field("service", span.service(), out);
    json.field("operation", &span.name, out);
    json.field("kind", span.kind.name(), out);
    json.field("status", span.status.code.name(), out);
    json.field("status_message", &span.status.message, out);
    json.number("duration_ns", span.duration().unsigned_abs(), out);
    out.push(b'}');
}

fn edges(study: &Study, json: Json, out: &mut Vec<u8>) {
    json.key("edges", out);
    out.push(b'[');
    for (at, edge) in study.edges.iter().enumerate() {
        out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
        json.field("from", &edge.caller, out);
        json.field("to", &edge.callee, out);
        json.number("calls", edge.calls, out);
        json.number("errors", edge.errors, out);
        out.push(b'}');
    }
    out.push(b']');
}

fn critical_path(study: &Study, json: Json, out: &mut Vec<u8>) {
    json.key("critical_path", out);
    out.push(b'{');
    list("spans", ids(study, study.path.spans()), json, out);
    json.number("duration_ns", study.path.length().unsigned_abs(), out);
    let times = study.path.spans().filter_map(|at| Some((operation(study.span(at)?), study.path.exclusive(at))));
    sums("exclusive_ns", times, json, out);
    out.push(b'}');
}

fn bottlenecks(study: &Study, json: Json, out: &mut Vec<u8>) {
    json.key("bottlenecks", out);
    out.push(b'[');
    for (at, it) in study.bottlenecks.iter().enumerate() {
        out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
        json.field("service", &it.service, out);
        json.field("operation", &it.operation, out);
        json.number("spans", it.spans as u64, out);
        json.number("exclusive_ns", it.exclusive_ns.unsigned_abs(), out);
        json.key("share", out);
        json.value(&Value::Double(it.share), out);
        id("longest", study, it.longest, json, out);
        out.push(b'}');
    }
    out.push(b']');
}

/// The own times of spans by id; the halves of a call that have one id count together.
fn self_times(study: &Study, json: Json, out: &mut Vec<u8>) {
    let times = study.trace.spans().iter().zip(&study.own);
    sums("self_ns", times.map(|(span, own)| (span.span_id.to_string(), *own)), json, out);
}

fn errors(study: &Study, json: Json, out: &mut Vec<u8>) {
    let Some((main, others)) = study.errors.split_first() else { return };
    json.key("error_propagation", out);
    out.push(b'{');
    error(study, main, json, out);
    json.number("origins", study.errors.len() as u64, out);
    if !others.is_empty() {
        json.key("others", out);
        out.push(b'[');
        for (at, other) in others.iter().take(MAX_OTHERS).enumerate() {
            out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
            error(study, other, json, out);
            out.push(b'}');
        }
        out.push(b']');
    }
    out.push(b'}');
}

fn error(study: &Study, error: &ErrorPropagation, json: Json, out: &mut Vec<u8>) {
    let cascade: Vec<usize> = error.cascade(&study.tree).collect();
    id("origin", study, error.origin, json, out);
    list("affected", ids(study, cascade.iter().rev().copied().filter(|at| *at != error.origin)), json, out);
    list("cascade", ids(study, cascade.iter().copied()), json, out);
    if let Some(recovery) = error.recovery {
        id("recovery", study, recovery, json, out);
    }
}

fn clock_skew(study: &Study, json: Json, out: &mut Vec<u8>) {
    let shifted = study.trace.spans().iter().zip(&study.shifts).filter(|(_, shift)| **shift != 0);
    let mut shifted = shifted.map(|(span, shift)| (span.span_id.to_string(), *shift)).peekable();
    if shifted.peek().is_some() {
        json.key("clock_skew", out);
        out.push(b'{');
        sums("shift_ns", shifted, json, out);
        out.push(b'}');
    }
}

/// The name by which times are summed.
fn operation(span: &Span) -> String {
    format!("[{}] {}", span.service(), span.name)
}

/// An object of times by name, those of one name added up.
fn sums(key: &str, times: impl Iterator<Item = (String, Nanos)>, json: Json, out: &mut Vec<u8>) {
    let mut sums: BTreeMap<String, Nanos> = BTreeMap::new();
    for (name, time) in times {
        let sum = sums.entry(name).or_default();
        *sum = sum.saturating_add(time);
    }
    json.key(key, out);
    out.push(b'{');
    for (name, sum) in sums {
        json.key(&name, out);
        json.value(&Value::Int(sum), out);
    }
    out.push(b'}');
}

fn id(key: &str, study: &Study, at: usize, json: Json, out: &mut Vec<u8>) {
    if let Some(span) = study.span(at) {
        json.field(key, &span.span_id.to_string(), out);
    }
}

fn ids(study: &Study, places: impl Iterator<Item = usize>) -> impl Iterator<Item = String> {
    places.filter_map(|at| Some(study.span(at)?.span_id.to_string()))
}

fn list(key: &str, texts: impl IntoIterator<Item = impl AsRef<str>>, json: Json, out: &mut Vec<u8>) {
    json.key(key, out);
    out.push(b'[');
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json.text(text.as_ref(), out);
    }
    out.push(b']');
}
