//! The links of a trace in its object for scripts: where they lead, and which spans lead here.

use crate::cli::json::Json;
use crate::cli::stamp;
use crate::model::{Span, SpanId, TraceId};
use crate::store::{Trace, TraceReader};

/// Writes `links` and `linked_from`, each where there is one; what is known of their other ends is what was read.
pub(super) fn write(trace: &Trace, read: &TraceReader, json: Json, out: &mut Vec<u8>) {
    let own = || trace.spans().iter().flat_map(|span| span.links.iter().map(|link| (span.span_id, link)));
    let held = read.held(own().map(|(_, link)| link.trace_id));
    let links = own().map(|(of, link)| {
        let end = held.get(&link.trace_id).and_then(|trace| trace.span(link.span_id));
        (of, (link.trace_id, link.span_id), end.cloned())
    });
    list("links", links, json, out);
    let from = read.linked(trace.id).into_iter().flat_map(|of| {
        let linking = read.linking(trace.id, of, usize::MAX).first.into_iter();
        linking.map(move |span| (of, (span.trace_id, span.span_id), Some(span)))
    });
    list("linked_from", from, json, out);
}

/// Writes links: of which span of the trace, the ids of the other end, and the span there.
fn list<S: AsRef<Span>>(
    key: &str,
    links: impl Iterator<Item = (SpanId, (TraceId, SpanId), Option<S>)>,
    json: Json,
    out: &mut Vec<u8>,
) {
    let mut links = links.peekable();
    if links.peek().is_none() {
        return;
    }
    json.key(key, out);
    out.push(b'[');
    for (at, (of, (trace, span), end)) in links.enumerate() {
        out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
        json.field("of", &of.to_string(), out);
        json.field("trace_id", &trace.to_string(), out);
        json.field("span_id", &span.to_string(), out);
        if let Some(end) = end.as_ref().map(AsRef::as_ref) {
            json.field("service", end.service(), out);
            json.field("operation", &end.name, out);
            json.field("start", &stamp::rfc3339(end.start), out);
        }
        out.push(b'}');
    }
    out.push(b']');
}
