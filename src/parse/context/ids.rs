//! Ids in every notation: read from what people paste and systems answer, and written as each system wants them.
//!
//! One table of notations, [`NOTATIONS`]; [`trace_ids`] and [`span_ids`] try all that a text may be, with the headers of
//! [`super::propagation`] among them. Sources: W3C Trace Context, Zipkin's B3, AWS's "Tracing header", Datadog's "128-bit
//! trace ids", and protobuf's JSON for the base64 of Tempo.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Ids, parse_b3, parse_traceparent, parse_uber, parse_xray};
use crate::model::{SpanId, TraceId};

/// How a trace id may be written.
#[derive(Clone, Copy, Debug)]
pub struct Notation {
    /// What it is called.
    pub name: &'static str,
    /// Reads it; `None` for what is another notation.
    pub read: fn(&str) -> Option<TraceId>,
    /// Writes it.
    pub write: fn(TraceId) -> String,
}

/// Every notation, the most usual first. A text may be several of them: twelve digits are hex and decimal.
pub const NOTATIONS: &[Notation] = &[
    Notation { name: "hex", read: hex, write: |id| id.to_string() },
    Notation { name: "hex of 16 digits where the upper half is zero", read: hex, write: half_hex },
    Notation { name: "hex without leading zeros", read: hex, write: short_hex },
    Notation { name: "X-Ray", read: from_xray, write: xray },
    Notation { name: "UUID", read: from_uuid, write: uuid },
    Notation { name: "decimal of the low half", read: from_decimal, write: |id| id.low64().to_string() },
    Notation { name: "decimal", read: from_decimal, write: |id| u128::from_be_bytes(*id.bytes()).to_string() },
    Notation { name: "base64", read: from_base64, write: |id| STANDARD.encode(id.bytes()) },
];

/// Decimals with fewer digits are no random number of 64 bits; as hex they are ids of somebody's own making.
const LEAST_DECIMAL: usize = 12;
/// The digits of the largest number of 64 bits.
const MOST_OF_64_BITS: usize = 20;
/// A hex id has no more digits: what has more is decimal.
const MOST_HEX: usize = 32;

/// The traces that `text` may mean, the likeliest first: in any notation, with or without `0x`, as a whole `traceparent`, B3,
/// `uber-trace-id` or `X-Amzn-Trace-Id` header.
#[must_use]
pub fn trace_ids(text: &str) -> Vec<TraceId> {
    let text = text.trim();
    let in_header = header(text).and_then(|ids| ids.trace_id);
    let noted = NOTATIONS.iter().filter_map(|notation| (notation.read)(text));
    let mut found: Vec<TraceId> = Vec::new();
    for id in in_header.into_iter().chain(noted) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// The spans that `text` may mean, the likeliest first: hex, `0x`, base64, decimal, or the span of a whole header.
#[must_use]
pub fn span_ids(text: &str) -> Vec<SpanId> {
    let text = text.trim();
    let found = match header(text).and_then(|ids| ids.span_id) {
        Some(id) => [Some(id), None, None],
        None => [SpanId::from_hex(unprefixed(text).as_bytes()), span_from_decimal(text), span_from_base64(text)],
    };
    found.into_iter().flatten().collect()
}

/// A trace id as AWS X-Ray writes it: `1-5759e988-bd862e3fe1be46a994272793`. The first eight digits need not be a time.
#[must_use]
pub fn xray(id: TraceId) -> String {
    let digits = id.to_string();
    let (time, rest) = digits.split_at(8);
    format!("1-{time}-{rest}")
}

/// The upper half in hex, which Datadog sends apart from the lower as `_dd.p.tid`; `None` where it is zero.
#[must_use]
pub fn upper_half(id: TraceId) -> Option<String> {
    (!id.is_64_bit()).then(|| id.to_string().chars().take(16).collect())
}

/// The id of two halves, of which the upper is written in Datadog's way: exactly sixteen lower-case hex digits. What is
/// written otherwise is ignored, as Datadog asks.
#[must_use]
pub fn of_halves(upper: Option<&str>, low: u64) -> Option<TraceId> {
    let is_lower_hex = |digits: &&str| {
        digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
    };
    match upper.filter(is_lower_hex) {
        Some(upper) => TraceId::from_hex(format!("{upper}{low:016x}").as_bytes()),
        None => TraceId::from_low64(low),
    }
}

/// A span id in decimal, as Datadog and Google write it.
#[must_use]
pub fn decimal_span(id: SpanId) -> String {
    u64::from_be_bytes(*id.bytes()).to_string()
}

/// Sixteen digits for an id of 64 bits, else 32: as Zipkin's B3 and Jaeger's JSON have it.
#[must_use]
pub fn half_hex(id: TraceId) -> String {
    if id.is_64_bit() { format!("{:016x}", id.low64()) } else { id.to_string() }
}

fn short_hex(id: TraceId) -> String {
    id.to_string().trim_start_matches('0').to_owned()
}

fn header(text: &str) -> Option<Ids> {
    let readers = [parse_traceparent, parse_b3, parse_uber, parse_xray];
    readers.iter().find_map(|read| read(text.as_bytes()).filter(|ids| ids.trace_id.is_some()))
}

fn hex(text: &str) -> Option<TraceId> {
    TraceId::from_hex(unprefixed(text).as_bytes())
}

fn unprefixed(text: &str) -> &str {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

fn from_xray(text: &str) -> Option<TraceId> {
    parse_xray(text.as_bytes())?.trace_id
}

fn uuid(id: TraceId) -> String {
    let digits = id.to_string();
    let mut parts = Vec::with_capacity(5);
    let mut rest = digits.as_str();
    for length in [8, 4, 4, 4] {
        let (part, behind) = rest.split_at(length);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts.join("-")
}

fn from_uuid(text: &str) -> Option<TraceId> {
    let is_shaped = text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    TraceId::from_hex(text.replace('-', "").as_bytes()).filter(|_| is_shaped)
}

fn from_decimal(text: &str) -> Option<TraceId> {
    let is_long = (LEAST_DECIMAL..=MOST_OF_64_BITS).contains(&text.len()) || text.len() > MOST_HEX;
    let number: u128 = text.parse().ok().filter(|_| is_long && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let is_possible = text.len() > MOST_HEX || u64::try_from(number).is_ok();
    TraceId::from_bytes(&number.to_be_bytes()).filter(|_| is_possible)
}

fn from_base64(text: &str) -> Option<TraceId> {
    TraceId::from_bytes(&STANDARD.decode(text).ok()?)
}

fn span_from_decimal(text: &str) -> Option<SpanId> {
    let is_long = text.len() >= LEAST_DECIMAL && text.bytes().all(|byte| byte.is_ascii_digit());
    SpanId::from_u64(text.parse().ok().filter(|_| is_long)?)
}

fn span_from_base64(text: &str) -> Option<SpanId> {
    SpanId::from_bytes(&STANDARD.decode(text).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    const CONVERSIONS: &str = include_str!("../../../tests/fixtures/context/id-conversions.json");

    fn notation(name: &str) -> &'static Notation {
        NOTATIONS.iter().find(|notation| notation.name == name).unwrap()
    }

    #[test]
    fn every_notation_is_written_and_read_back() {
        let document: Json = serde_json::from_str(CONVERSIONS).unwrap();
        let rows = document["ids"].as_array().unwrap();
        let columns = [
            ("w3c_trace_id", "hex"),
            ("otlp_json_hex", "hex"),
            ("zipkin_trace_id", "hex of 16 digits where the upper half is zero"),
            ("jaeger_trace_id", "hex of 16 digits where the upper half is zero"),
            ("tempo_search_trace_id", "hex without leading zeros"),
            ("xray_trace_id", "X-Ray"),
            ("datadog_decimal_low64", "decimal of the low half"),
            ("datadog_decimal_128", "decimal"),
            ("otlp_bytes_base64", "base64"),
        ];
        for row in rows {
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            let id = TraceId::from_hex(text("w3c_trace_id").as_bytes()).unwrap();
            for (column, name) in columns {
                let written = (notation(name).write)(id);
                assert_eq!(written, text(column), "{column}");
                let again = trace_ids(&written);
                let is_there = |wanted: TraceId| again.contains(&wanted);
                let low = TraceId::from_low64(id.low64()).unwrap();
                assert!(is_there(id) || (name == "decimal of the low half" && is_there(low)), "{written}: {again:?}");
            }
            assert_eq!(upper_half(id).as_deref(), row["datadog_p_tid"].as_str());
            assert_eq!(of_halves(row["datadog_p_tid"].as_str(), id.low64()), Some(id));
            assert_eq!(format!("{:016x}", id.low64()), text("low64_hex"));
            if let Some(span) = SpanId::from_hex(text("w3c_span_id").as_bytes()) {
                assert_eq!(decimal_span(span), text("datadog_span_decimal"));
                // A short decimal is read as hex.
                let columns = ["w3c_span_id", "datadog_span_decimal", "otlp_span_base64"].map(text);
                for written in columns.into_iter().filter(|written| written.len() >= LEAST_DECIMAL) {
                    assert!(span_ids(written).contains(&span), "{written}");
                }
            }
            assert_eq!(trace_ids(&uuid(id)), [id]);
        }
        assert_eq!(rows.len(), 9);
    }

    #[test]
    fn what_people_paste_is_read() {
        let w3c = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (text, hex) in [
            ("5840652", "00000000000000000000000005840652"),
            ("0xAB", "000000000000000000000000000000ab"),
            (" 4BF92F3577B34DA6A3CE929D0E0E4736\n", w3c),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", w3c),
            ("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", w3c),
            ("4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:1", w3c),
            ("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Sampled=1", w3c),
            ("12345678901234567890123456789012", "12345678901234567890123456789012"),
        ] {
            assert_eq!(trace_ids(text).first().map(ToString::to_string).as_deref(), Some(hex), "{text}");
        }
        assert_eq!(trace_ids("11803532876627986230").len(), 2, "hex or decimal");
        assert_eq!(span_ids("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").len(), 1);
        for bad in ["", "xyz", "0", "1-2-3", "0x", "=", "AAAAAAAAAAAAAAAAAAAAAA=="] {
            assert!(trace_ids(bad).is_empty() && span_ids(bad).is_empty(), "{bad}");
        }
        assert_eq!(of_halves(Some("12345"), 1), TraceId::from_low64(1));
        assert_eq!(of_halves(Some("640CFD8D00000000"), 1), TraceId::from_low64(1));
        assert_eq!(of_halves(None, 0), None);
    }
}
