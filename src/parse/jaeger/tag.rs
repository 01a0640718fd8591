//! The values of tags: by the type that stands beside them, else by what they are in JSON.

use super::wire::Tag;
use crate::model::Value;
use crate::parse::otlp::scalar::base64;

/// How bytes are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bytes {
    /// By the query API.
    Base64,
    /// In Elasticsearch.
    Hex,
}

/// The value that a tag means. All values may be written as text, as Elasticsearch has them.
pub(super) fn value(tag: &Tag<'_>, bytes: Bytes) -> Value {
    let Some(raw) = tag.value else { return Value::Null };
    let plain = plain(raw.get());
    let text = match &plain {
        Value::Str(text) => &**text,
        Value::Int(_) | Value::Double(_) | Value::Bool(_) => raw.get(),
        _ => return plain,
    };
    let typed = match &*tag.kind.0 {
        "string" => Some(Value::from(text)),
        "bool" => text.parse().ok().map(Value::Bool),
        "int64" => text.parse().ok().map(Value::Int),
        "float64" => text.parse().ok().map(Value::Double),
        "binary" => decoded(text, bytes).map(|bytes| Value::Bytes(bytes.into_boxed_slice())),
        _ => None,
    };
    typed.unwrap_or(plain)
}

/// What a JSON value is by itself. Lists and objects stay JSON in a text, as Jaeger itself writes those of OpenTelemetry;
/// so does a whole number that the model has no room for.
fn plain(json: &str) -> Value {
    let number = || match json.parse().map(Value::Int) {
        Ok(number) => Some(number),
        Err(_) if json.contains(['.', 'e', 'E']) => json.parse().ok().map(Value::Double),
        Err(_) => None,
    };
    let value = match json.bytes().next() {
        Some(b'"') => serde_json::from_str(json).ok().map(Value::Str),
        Some(b't') => Some(Value::Bool(true)),
        Some(b'f') => Some(Value::Bool(false)),
        Some(b'n') => Some(Value::Null),
        Some(b'-' | b'0'..=b'9') => number(),
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(json))
}

fn decoded(text: &str, notation: Bytes) -> Option<Vec<u8>> {
    match notation {
        Bytes::Base64 => base64(text),
        Bytes::Hex => hex(text).or_else(|| base64(text)),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digits =
            std::str::from_utf8(pair).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        u8::from_str_radix(digits?, 16).ok()
    };
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}
