//! W3C Trace Context: `traceparent` and `tracestate` of a request, `traceresponse` and `Server-Timing` of an answer.

use super::{Headers, TraceContext, TraceState, Written};
use crate::parse::context::parse_traceparent;

pub(super) const PARENT: &str = "traceparent";
pub(super) const STATE: &str = "tracestate";
/// The header of level 2's draft, and where browsers let scripts read it.
pub(super) const RESPONSE: &[&str] = &["traceresponse", "server-timing"];

const SAMPLED: u8 = 1;
const RANDOM: u8 = 2;

/// Upper case is invalid here, unlike in logs, which change the case of what they print.
fn of_parent(value: &str) -> Option<TraceContext> {
    let ids = parse_traceparent(value.as_bytes()).filter(|_| !value.bytes().any(|byte| byte.is_ascii_uppercase()))?;
    let flags = u8::from_str_radix(value.get(53..55)?, 16).ok()?;
    Some(TraceContext {
        trace_id: ids.trace_id,
        span_id: ids.span_id,
        sampled: Some(flags & SAMPLED != 0),
        is_random: flags & RANDOM != 0,
        ..TraceContext::default()
    })
}

/// `00-<trace>-<span>-<flags>`. There is no flag for "undecided", which is written as "not sampled".
fn parent(context: &TraceContext) -> Option<String> {
    let (trace, span) = (context.trace_id?, context.span_id?);
    let sampled = if context.sampled == Some(true) { SAMPLED } else { 0 };
    let random = if context.is_random { RANDOM } else { 0 };
    Some(format!("00-{trace}-{span}-{:02x}", sampled | random))
}

pub(super) fn read(headers: &Headers<'_>) -> Option<TraceContext> {
    let context = of_parent(headers.get(PARENT)?)?;
    Some(TraceContext { trace_state: TraceState::of(headers.all(STATE)), ..context })
}

pub(super) fn write(context: &TraceContext) -> Written {
    let Some(parent) = parent(context) else { return Written::new() };
    let state = (!context.trace_state.is_empty()).then(|| (STATE, context.trace_state.to_string()));
    [(PARENT, parent)].into_iter().chain(state).collect()
}

/// `traceresponse: 00-…`, or `Server-Timing: traceparent;desc="00-…"` among other members.
pub(super) fn read_response(headers: &Headers<'_>) -> Option<TraceContext> {
    let [plain, timing] = RESPONSE else { return None };
    let in_timing = || {
        let mut members = headers.all(timing).flat_map(|line| line.split(','));
        members.find_map(|member| member.trim_ascii().strip_prefix("traceparent;desc="))
    };
    of_parent(headers.get(plain).or_else(in_timing)?.trim_matches('"'))
}

pub(super) fn write_response(context: &TraceContext) -> Written {
    parent(context).map(|parent| ("traceresponse", parent)).into_iter().collect()
}
