//! Trace context in a line: the ids of the trace and span it belongs to, wherever they stand and however spelled.
//!
//! An id counts only behind a known key or in the syntax of a known header: md5 sums, commit ids and UUIDs look like
//! trace ids, so a bare run of hex digits is never taken. Most lines carry none, and for them [`find`] is a few searches
//! for rare byte pairs.
//!
//! `header` reads the ids in the values of propagation headers, `key` recognises keys and their separators, `value` reads
//! what stands behind them. To add a spelling: a case in `key` and one in the tests. [`ids`] has all notations of an id, and
//! [`propagation`] reads and writes whole contexts from and to the headers of a request. `text` makes ids of any other text.

mod header;
pub mod ids;
mod key;
pub mod propagation;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

pub use header::{parse_b3, parse_traceparent, parse_uber, parse_xray};
pub use ids::{span_ids, trace_ids};
pub use text::{span_of_text, trace_of_text};
pub(super) use value::{SpanStyle, TraceStyle, span_of, trace_of};

use crate::model::{SpanId, TraceId};

/// What a line or a header says of its trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ids {
    /// The trace.
    pub trace_id: Option<TraceId>,
    /// The span within it; only ever set together with the trace.
    pub span_id: Option<SpanId>,
}

/// How far into a line Sleuth's brackets are looked for: they are part of the line's head.
const BRACKET_REACH: usize = 160;

struct Needles {
    race: Finder<'static>,
    root: Finder<'static>,
    b3: Finder<'static>,
    span: Finder<'static>,
}

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles {
    race: Finder::new("race"),
    root: Finder::new("oot=1-"),
    b3: Finder::new("b3"),
    span: Finder::new("pan"),
});

/// The ids of the first trace context in `line`. Linear in the line, allocates nothing.
pub fn find(line: &[u8]) -> Ids {
    let needles = &*NEEDLES;
    let unkeyed = || {
        let ids = rooted(line, needles).or_else(|| single_b3(line, needles)).or_else(|| bracketed(line))?;
        Some((0, ids))
    };
    let Some((at, mut ids)) = keyed(line, needles).or_else(unkeyed) else { return Ids::default() };
    if ids.span_id.is_none() {
        // The span mostly stands behind its trace, so it is looked for there first.
        ids.span_id = spelled_span(line, at, needles).or_else(|| spelled_span(line, 0, needles)).or_else(|| {
            let (style, value) = key::other_span(line)?;
            span_of(value, style)
        });
    }
    ids
}

/// `trace_id=…`, `"traceId":"…"`, `traceparent: …` and all other keys with "trace" in their name; and where it stands.
fn keyed(line: &[u8], needles: &Needles) -> Option<(usize, Ids)> {
    needles.race.find_iter(line).find_map(|at| {
        let (style, value) = key::trace(line, at)?;
        let mut ids = trace_of(value, style).filter(|ids| ids.trace_id.is_some())?;
        if style == TraceStyle::Datadog {
            ids.trace_id = ids.trace_id.map(|low| with_upper_half(low, line));
        }
        Some((at, ids))
    })
}

/// `Root=1-…` without its header's name, as AWS load balancers log it.
fn rooted(line: &[u8], needles: &Needles) -> Option<Ids> {
    needles.root.find_iter(line).find_map(|at| trace_of(line.get(at.checked_sub(1)?..)?, TraceStyle::Xray))
}

/// `b3: <trace>-<span>-1`.
fn single_b3(line: &[u8], needles: &Needles) -> Option<Ids> {
    needles.b3.find_iter(line).find_map(|at| {
        let value = key::whole(line, at, b"b3")?;
        trace_of(value, TraceStyle::B3).filter(|ids| ids.trace_id.is_some())
    })
}

/// `[app,<trace>,<span>]` as Spring Cloud Sleuth writes it, and its successor's `[<trace>-<span>]`.
fn bracketed(line: &[u8]) -> Option<Ids> {
    let head = line.get(..BRACKET_REACH).unwrap_or(line);
    memchr::memchr_iter(b'[', head).find_map(|at| value::in_brackets(line.get(at + 1..)?))
}

/// The span under a key with "span" in its name, from `from` on.
fn spelled_span(line: &[u8], from: usize, needles: &Needles) -> Option<SpanId> {
    needles.span.find_iter(line.get(from..)?).find_map(|at| {
        let (style, value) = key::span(line, from + at)?;
        span_of(value, style)
    })
}

/// A Datadog id with its upper half, which travels apart in `_dd.p.tid`. A tid that is not sixteen lower-case hex digits
/// is ignored, as Datadog asks.
fn with_upper_half(low: TraceId, line: &[u8]) -> TraceId {
    const TAG: &[u8] = b"_dd.p.tid=";
    if !low.is_64_bit() {
        return low;
    }
    let upper = memmem::find(line, TAG).and_then(|at| {
        let rest = line.get(at + TAG.len()..)?;
        let digits = rest.get(..16)?;
        let is_end = !rest.get(16).is_some_and(u8::is_ascii_alphanumeric);
        let is_lower_hex = digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_end && is_lower_hex).then(|| SpanId::from_hex(digits)).flatten()
    });
    let Some(upper) = upper else { return low };
    let mut bytes = *low.bytes();
    let (high_half, _) = bytes.split_at_mut(8);
    high_half.copy_from_slice(upper.bytes());
    TraceId::from_bytes(&bytes).unwrap_or(low)
}
