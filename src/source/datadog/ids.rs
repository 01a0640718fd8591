//! Ids as Datadog writes them: numbers, texts of decimal digits, or 32 hex digits.

use serde_json::Value as Json;

use crate::model::{SpanId, TraceId};

/// A trace's id. 32 characters are hex, even where all are decimal digits; up to 20 digits are the low half in decimal.
pub(super) fn trace_id(id: &Json) -> Option<TraceId> {
    match id.as_str() {
        Some(text) if text.len() == 32 => TraceId::from_hex(text.as_bytes()),
        _ => TraceId::from_low64(number(id)?),
    }
}

/// A span's id; zero is none. Texts of 16 hex digits that are no number come from OpenTelemetry.
pub(super) fn span_id(id: &Json) -> Option<SpanId> {
    match number(id) {
        Some(number) => SpanId::from_u64(number),
        None => SpanId::from_hex(id.as_str().filter(|text| text.len() == 16)?.as_bytes()),
    }
}

/// The id with this upper half, which Datadog sends beside the lower one (`_dd.p.tid`).
pub(super) fn with_upper(id: TraceId, upper: &str) -> TraceId {
    let whole = || TraceId::from_hex(format!("{upper}{:016x}", id.low64()).as_bytes());
    if id.is_64_bit() && upper.len() == 16 { whole().unwrap_or(id) } else { id }
}

/// All 64 bits: half of these numbers are above the largest with a sign, and none may go through a double.
fn number(id: &Json) -> Option<u64> {
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_bit_is_lost() {
        let read = |id: Json| trace_id(&id).map(|id| id.to_string()).unwrap_or_default();
        assert_eq!(read(json!("18446744073709551615")), "0000000000000000ffffffffffffffff");
        assert_eq!(read(json!(11_803_532_876_627_986_230_u64)), "0000000000000000a3ce929d0e0e4736");
        assert_eq!(read(json!("12345678901234567890123456789012")), "12345678901234567890123456789012");
        for wrong in [json!("18446744073709551616"), json!("0"), json!(1.5), json!(null), json!("-1")] {
            assert_eq!(trace_id(&wrong), None, "{wrong}");
        }
        assert_eq!(span_id(&json!("67667974448284343")).unwrap().to_string(), "00f067aa0ba902b7");
        assert_eq!(span_id(&json!("00f067aa0ba902b7")).unwrap().to_string(), "00f067aa0ba902b7");
        assert_eq!(span_id(&json!("0")), None);
        let low = trace_id(&json!("11803532876627986230")).unwrap();
        assert_eq!(with_upper(low, "4bf92f3577b34da6").to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(with_upper(low, "x"), low);
    }
}
