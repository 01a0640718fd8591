//! Jaeger's `uber-trace-id`.

use super::{Headers, TraceContext, Written};
use crate::model::SpanId;
use crate::parse::context::ids::half_hex;
use crate::parse::context::parse_uber;

pub(super) const HEADER: &str = "uber-trace-id";

const SAMPLED: u8 = 1;
const DEBUG: u8 = 2;

/// `<trace>:<span>:<parent>:<flags>`, the colons perhaps escaped; a parent of 0 is none.
pub(super) fn read(headers: &Headers<'_>) -> Option<TraceContext> {
    let value = headers.get(HEADER)?;
    let ids = parse_uber(value.as_bytes())?;
    let value = value.replace("%3A", ":").replace("%3a", ":");
    let mut rest = value.split(':').skip(2);
    let parent_id = SpanId::from_hex(rest.next()?.as_bytes());
    let flags = u8::from_str_radix(rest.next()?, 16).ok()?;
    Some(TraceContext {
        trace_id: ids.trace_id,
        span_id: ids.span_id,
        parent_id,
        sampled: Some(flags & (SAMPLED | DEBUG) != 0),
        is_debug: flags & DEBUG != 0,
        ..TraceContext::default()
    })
}

/// There is no flag for "undecided", which is written as "not sampled".
pub(super) fn write(context: &TraceContext) -> Written {
    let Some((trace, span)) = context.trace_id.zip(context.span_id) else { return Written::new() };
    let parent = context.parent_id.map_or("0".to_owned(), |id| id.to_string());
    let sampled = if context.sampled == Some(true) || context.is_debug { SAMPLED } else { 0 };
    let debug = if context.is_debug { DEBUG } else { 0 };
    vec![(HEADER, format!("{}:{span}:{parent}:{:x}", half_hex(trace), sampled | debug))]
}
