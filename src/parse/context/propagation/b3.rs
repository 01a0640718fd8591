//! Zipkin's B3, in one header and in several.

use super::{Headers, TraceContext, Written};
use crate::model::{SpanId, TraceId};
use crate::parse::context::ids::half_hex;
use crate::parse::context::parse_b3;

pub(super) const SINGLE: &str = "b3";
const TRACE: &str = "X-B3-TraceId";
const SPAN: &str = "X-B3-SpanId";
const PARENT: &str = "X-B3-ParentSpanId";
const SAMPLED: &str = "X-B3-Sampled";
const FLAGS: &str = "X-B3-Flags";
pub(super) const MULTI: &[&str] = &[TRACE, SPAN, PARENT, SAMPLED, FLAGS];

/// What the state says: whether it is sampled, and whether for debugging.
fn decision(state: Option<&str>) -> (Option<bool>, bool) {
    match state {
        Some("1" | "true") => (Some(true), false),
        Some("0" | "false") => (Some(false), false),
        Some("d") => (Some(true), true),
        _ => (None, false),
    }
}

/// `1`, `0`, `d`, or nothing where it is left to whoever comes next.
fn state(context: &TraceContext) -> Option<&'static str> {
    match (context.is_debug, context.sampled) {
        (true, _) => Some("d"),
        (_, Some(true)) => Some("1"),
        (_, Some(false)) => Some("0"),
        _ => None,
    }
}

pub(super) fn read_single(headers: &Headers<'_>) -> Option<TraceContext> {
    let value = headers.get(SINGLE)?;
    let ids = parse_b3(value.as_bytes())?;
    let mut parts = value.split('-').skip(if ids.trace_id.is_some() { 2 } else { 0 });
    let (sampled, is_debug) = decision(parts.next());
    let parent_id = parts.next().and_then(|digits| SpanId::from_hex(digits.as_bytes()));
    Some(TraceContext {
        trace_id: ids.trace_id,
        span_id: ids.span_id,
        parent_id,
        sampled,
        is_debug,
        ..TraceContext::default()
    })
}

/// A parent can be told only behind a state.
pub(super) fn write_single(context: &TraceContext) -> Written {
    let state = state(context);
    let ids = context.trace_id.zip(context.span_id).map(|(trace, span)| format!("{}-{span}", half_hex(trace)));
    let parent = context.parent_id.filter(|_| ids.is_some() && state.is_some()).map(|id| id.to_string());
    let parts: Vec<String> = ids.into_iter().chain(state.map(str::to_owned)).chain(parent).collect();
    if parts.is_empty() { Written::new() } else { vec![(SINGLE, parts.join("-"))] }
}

/// Ids, or only a decision.
pub(super) fn read_multi(headers: &Headers<'_>) -> Option<TraceContext> {
    let is_id = |digits: &&str, lengths: &[usize]| lengths.contains(&digits.len());
    let span =
        |name| headers.get(name).filter(|digits| is_id(digits, &[16])).map(str::as_bytes).and_then(SpanId::from_hex);
    let (sampled, is_debug) = match headers.get(FLAGS) {
        Some("1") => (Some(true), true),
        _ => decision(headers.get(SAMPLED)),
    };
    let trace_id = match headers.get(TRACE) {
        Some(digits) => Some(TraceId::from_hex(Some(digits).filter(|digits| is_id(digits, &[16, 32]))?.as_bytes())?),
        None => None,
    };
    let span_id = if trace_id.is_some() { Some(span(SPAN)?) } else { None };
    if trace_id.is_none() && sampled.is_none() {
        return None;
    }
    let parent_id = trace_id.and_then(|_| span(PARENT));
    Some(TraceContext { trace_id, span_id, parent_id, sampled, is_debug, ..TraceContext::default() })
}

pub(super) fn write_multi(context: &TraceContext) -> Written {
    let ids = context.trace_id.zip(context.span_id);
    let ids = ids.map(|(trace, span)| [(TRACE, half_hex(trace)), (SPAN, span.to_string())]);
    let parent = context.parent_id.filter(|_| ids.is_some()).map(|id| (PARENT, id.to_string()));
    let decision = state(context).map(|state| if state == "d" { (FLAGS, "1") } else { (SAMPLED, state) });
    let decision = decision.map(|(name, value)| (name, value.to_owned()));
    ids.into_iter().flatten().chain(parent).chain(decision).collect()
}
