//! Formats of few words: Google's, Microsoft's older one, and the plain `X-Trace-Id`.

use super::{Headers, TraceContext, Written};
use crate::model::{SpanId, TraceId};
use crate::parse::context::ids::{decimal_span, trace_ids};

pub(super) const GOOGLE: &str = "X-Cloud-Trace-Context";
pub(super) const REQUEST: &str = "Request-Id";
const TRACE: &str = "X-Trace-Id";
const SPAN: &str = "X-Span-Id";
pub(super) const PLAIN: &[&str] = &[TRACE, SPAN];

/// `<32 hex>/<span in decimal>;o=1`; span and options may be missing.
pub(super) fn read_google(headers: &Headers<'_>) -> Option<TraceContext> {
    let value = headers.get(GOOGLE)?;
    let (ids, options) = value.split_once(';').map_or((value, None), |(ids, options)| (ids, Some(options)));
    let (trace, span) = ids.split_once('/').map_or((ids, None), |(trace, span)| (trace, Some(span)));
    let sampled = match options {
        Some("o=1") => Some(true),
        Some("o=0") => Some(false),
        _ => None,
    };
    Some(TraceContext {
        trace_id: Some(TraceId::from_hex(Some(trace).filter(|trace| trace.len() == 32)?.as_bytes())?),
        span_id: span.and_then(|span| span.parse().ok()).and_then(SpanId::from_u64),
        sampled,
        ..TraceContext::default()
    })
}

pub(super) fn write_google(context: &TraceContext) -> Written {
    let Some(trace) = context.trace_id else { return Written::new() };
    let span = context.span_id.map(|span| format!("/{}", decimal_span(span))).unwrap_or_default();
    let options = context.sampled.map(|sampled| format!(";o={}", u8::from(sampled))).unwrap_or_default();
    vec![(GOOGLE, format!("{trace}{span}{options}"))]
}

/// `|<root>.<…>.`: the root is the trace where it is an id; what follows is a hierarchy and no span.
pub(super) fn read_request(headers: &Headers<'_>) -> Option<TraceContext> {
    let value = headers.get(REQUEST)?;
    let root = root_of(value)?;
    Some(TraceContext {
        trace_id: Some(root).filter(|root| root.len() == 32).and_then(|root| TraceId::from_hex(root.as_bytes())),
        request_id: Some(value.to_owned()),
        ..TraceContext::default()
    })
}

/// The text between the bar and the first dot.
pub(super) fn root_of(request_id: &str) -> Option<&str> {
    request_id.strip_prefix('|')?.split('.').next().filter(|root| !root.is_empty())
}

/// Only what was read as one: a hierarchy can not be made up.
pub(super) fn write_request(context: &TraceContext) -> Written {
    context.request_id.iter().map(|id| (REQUEST, id.clone())).collect()
}

/// Ids under names that say so, in hex, or the trace's in another notation.
pub(super) fn read_plain(headers: &Headers<'_>) -> Option<TraceContext> {
    let [trace, ..] = *trace_ids(headers.get(TRACE)?) else { return None };
    let span_id = headers.get(SPAN).and_then(|span| SpanId::from_hex(span.as_bytes()));
    Some(TraceContext { trace_id: Some(trace), span_id, ..TraceContext::default() })
}

pub(super) fn write_plain(context: &TraceContext) -> Written {
    let trace = context.trace_id.map(|id| (TRACE, id.to_string()));
    let span = context.span_id.filter(|_| trace.is_some()).map(|id| (SPAN, id.to_string()));
    trace.into_iter().chain(span).collect()
}
