//! The values of propagation headers: W3C Trace Context, B3, Jaeger's `uber-trace-id`, AWS X-Ray.
//!
//! Each parser takes the whole value of one header and answers `None` for what its specification forbids. `Some` with
//! no ids is a valid header that carries only a sampling decision.

use super::Ids;
use crate::model::{SpanId, TraceId};

/// Reads a W3C `traceparent`: `00-<32 hex>-<16 hex>-<2 hex>` (<https://www.w3.org/TR/trace-context/>). A version
/// above 00 may go on behind another dash; version `ff` and zero ids are invalid. Unlike on the wire, upper-case hex is
/// accepted, since logs and environments change the case of what they print.
pub fn parse_traceparent(value: &[u8]) -> Option<Ids> {
    let value = value.trim_ascii();
    let (head, rest) = value.split_first_chunk::<55>()?;
    let version = head.get(..2)?;
    let is_complete = match version {
        b"00" => rest.is_empty(),
        _ => matches!(rest, [] | [b'-', ..]),
    };
    let is_shaped = head[2] == b'-' && head[35] == b'-' && head[52] == b'-';
    let flags = head.get(53..)?;
    let is_hex = [version, flags].into_iter().flatten().all(u8::is_ascii_hexdigit);
    if !is_complete || !is_shaped || !is_hex || version.eq_ignore_ascii_case(b"ff") {
        return None;
    }
    Some(Ids {
        trace_id: Some(TraceId::from_hex(head.get(3..35)?)?),
        span_id: Some(SpanId::from_hex(head.get(36..52)?)?),
    })
}

/// Reads a single `b3` header: `<trace>-<span>[-<state>[-<parent>]]`, the trace id of 16 or 32 hex digits, or only a
/// state (0, 1 or d), which carries no ids (<https://github.com/openzipkin/b3-propagation>).
pub fn parse_b3(value: &[u8]) -> Option<Ids> {
    let value = value.trim_ascii();
    if is_b3_state(value) {
        return Some(Ids::default());
    }
    let mut parts = value.split(|byte| *byte == b'-');
    let trace = parts.next().filter(|digits| matches!(digits.len(), 16 | 32))?;
    let span = parts.next().filter(|digits| digits.len() == 16)?;
    let is_state_valid = parts.next().is_none_or(is_b3_state);
    let is_parent_valid = parts.next().is_none_or(|digits| digits.len() == 16 && is_hex(digits));
    if !is_state_valid || !is_parent_valid || parts.next().is_some() {
        return None;
    }
    Some(Ids { trace_id: Some(TraceId::from_hex(trace)?), span_id: Some(SpanId::from_hex(span)?) })
}

/// Reads Jaeger's `uber-trace-id`: `<trace>:<span>:<parent>:<flags>` in hex without leading zeros, the colons perhaps
/// percent-encoded (<https://www.jaegertracing.io/docs/1.76/client-libraries/#propagation-format>).
pub fn parse_uber(value: &[u8]) -> Option<Ids> {
    let (trace, rest) = split_colon(value.trim_ascii())?;
    let (span, rest) = split_colon(rest)?;
    let (parent, flags) = split_colon(rest)?;
    let is_valid = parent.len() <= 16 && is_hex(parent) && flags.len() <= 2 && is_hex(flags);
    if !is_valid {
        return None;
    }
    Some(Ids { trace_id: Some(TraceId::from_hex(trace)?), span_id: Some(SpanId::from_hex(span)?) })
}

/// Reads AWS's `X-Amzn-Trace-Id`: `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=1`, the pairs in any order, unknown
/// ones ignored. A value that is only the root id (`1-<8 hex>-<24 hex>`) is taken as well, as X-Ray's own logs have it.
pub fn parse_xray(value: &[u8]) -> Option<Ids> {
    let value = value.trim_ascii();
    if let Some(trace_id) = xray_root(value) {
        return Some(Ids { trace_id: Some(trace_id), span_id: None });
    }
    let mut ids = Ids::default();
    for pair in value.split(|byte| *byte == b';') {
        match pair.trim_ascii() {
            [b'R', b'o', b'o', b't', b'=', root @ ..] => ids.trace_id = Some(xray_root(root)?),
            [b'P', b'a', b'r', b'e', b'n', b't', b'=', parent @ ..] if parent.len() == 16 => {
                ids.span_id = SpanId::from_hex(parent);
            }
            _ => {}
        }
    }
    ids.trace_id.map(|_| ids)
}

/// The id of exactly `1-<8 hex>-<24 hex>`: the two runs of hex, joined.
fn xray_root(value: &[u8]) -> Option<TraceId> {
    let [b'1', b'-', digits @ ..] = value else { return None };
    let (seconds, rest) = digits.split_first_chunk::<8>()?;
    let random: &[u8; 24] = rest.strip_prefix(b"-")?.try_into().ok()?;
    let mut hex = [0; 32];
    let (front, back) = hex.split_first_chunk_mut::<8>()?;
    front.copy_from_slice(seconds);
    back.copy_from_slice(random);
    TraceId::from_hex(&hex)
}

fn split_colon(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = value.iter().position(|byte| matches!(byte, b':' | b'%'))?;
    let (part, rest) = value.split_at_checked(at)?;
    let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"%3A")).or_else(|| rest.strip_prefix(b"%3a"))?;
    Some((part, rest))
}

fn is_b3_state(state: &[u8]) -> bool {
    matches!(state, b"0" | b"1" | b"d")
}

fn is_hex(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
}
