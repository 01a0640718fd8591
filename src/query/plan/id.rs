//! Trace and span ids in the notations that people paste.

use crate::model::{SpanId, TraceId};

/// The traces that `text` may mean: hex of either case, with or without zeros in front, with `0x`, as a UUID, X-Ray's
/// `1-58406520-a006649127e371903a2de979`, a W3C traceparent, and Datadog's decimals, which can look like hex too.
pub fn trace_ids(text: &str) -> Vec<TraceId> {
    let hex = match *parts(text) {
        ["1", epoch, unique] if epoch.len() == 8 && unique.len() == 24 => format!("{epoch}{unique}"),
        [_, trace, span, _] if trace.len() == 32 && span.len() == 16 => trace.to_owned(),
        [_, _, _, _, _] if text.len() == 36 => text.replace('-', ""),
        _ => unprefixed(text).to_owned(),
    };
    let from_decimal = decimal(text).and_then(TraceId::from_low64);
    TraceId::from_hex(hex.as_bytes()).into_iter().chain(from_decimal).collect()
}

/// The spans that `text` may mean: hex, with `0x`, a W3C traceparent, or a decimal.
pub(super) fn span_ids(text: &str) -> Vec<SpanId> {
    let hex = match *parts(text) {
        [_, trace, span, _] if trace.len() == 32 && span.len() == 16 => span,
        _ => unprefixed(text),
    };
    SpanId::from_hex(hex.as_bytes()).into_iter().chain(decimal(text).and_then(SpanId::from_u64)).collect()
}

fn parts(text: &str) -> Box<[&str]> {
    text.split('-').collect()
}

fn unprefixed(text: &str) -> &str {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

/// A decimal long enough to be a random 64-bit number.
fn decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_in_every_notation() {
        for (text, hex) in [
            ("5840652", "00000000000000000000000005840652"),
            ("0xAB", "000000000000000000000000000000ab"),
            ("1-58406520-a006649127e371903a2de979", "58406520a006649127e371903a2de979"),
            ("58406520-a006-6491-27e3-71903a2de979", "58406520a006649127e371903a2de979"),
            ("00-58406520a006649127e371903a2de979-00f067aa0ba902b7-01", "58406520a006649127e371903a2de979"),
        ] {
            assert_eq!(trace_ids(text).first().map(ToString::to_string).as_deref(), Some(hex), "{text}");
        }
        assert_eq!(trace_ids("11803532876627986230").last().map(TraceId::low64), Some(11_803_532_876_627_986_230));
        assert_eq!(span_ids("67667974448284343").last(), SpanId::from_hex(b"f067aa0ba902b7").as_ref());
        for bad in ["", "xyz", "0", "1-2-3"] {
            assert!(trace_ids(bad).is_empty() && span_ids(bad).is_empty(), "{bad}");
        }
    }
}
