//! AWS X-Ray's `X-Amzn-Trace-Id`.

use super::{Headers, TraceContext, Written};
use crate::parse::context::ids::xray;
use crate::parse::context::parse_xray;

pub(super) const HEADER: &str = "X-Amzn-Trace-Id";

/// `Root=…;Parent=…;Sampled=1`, the pairs in any order. `Sampled=?` asks the next service to decide. `Self`, a load balancer's
/// own id, and whatever else there is are passed over.
pub(super) fn read(headers: &Headers<'_>) -> Option<TraceContext> {
    let value = headers.get(HEADER)?;
    let ids = parse_xray(value.as_bytes())?;
    let sampled = value.split(';').find_map(|pair| match pair.trim_ascii().strip_prefix("Sampled=")? {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    });
    Some(TraceContext { trace_id: ids.trace_id, span_id: ids.span_id, sampled, ..TraceContext::default() })
}

pub(super) fn write(context: &TraceContext) -> Written {
    let Some(trace) = context.trace_id else { return Written::new() };
    let parent = context.span_id.map(|span| format!(";Parent={span}")).unwrap_or_default();
    let sampled = context.sampled.map(|sampled| format!(";Sampled={}", u8::from(sampled))).unwrap_or_default();
    vec![(HEADER, format!("Root={}{parent}{sampled}", xray(trace)))]
}
