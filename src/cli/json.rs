//! JSON written by hand into a buffer: objects are made once a line, and a tree for each would cost more than the line.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::model::{Attributes, Value};
use crate::theme::safe::is_safe;

/// Writes one JSON value after another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Json {
    /// Whether characters that act on a terminal are written by their numbers.
    pub(super) is_safe: bool,
}

impl Json {
    /// A key of an object with its colon, and the comma before it unless it is the first.
    pub(super) fn key(self, key: &str, out: &mut Vec<u8>) {
        if !matches!(out.last(), Some(b'{' | b'[') | None) {
            out.push(b',');
        }
        self.text(key, out);
        out.push(b':');
    }

    /// A key and a text, unless that is empty.
    pub(super) fn field(self, key: &str, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            self.key(key, out);
            self.text(text, out);
        }
    }

    /// A key and a number.
    pub(super) fn number(self, key: &str, number: u64, out: &mut Vec<u8>) {
        self.key(key, out);
        Self::bare(&number, out);
    }

    /// A text.
    pub(super) fn text(self, text: &str, out: &mut Vec<u8>) {
        let start = out.len();
        // Writing a text to memory can not fail.
        let _written = serde_json::to_writer(&mut *out, text);
        if self.is_safe && !text.chars().all(is_safe) {
            let written = String::from_utf8_lossy(out.get(start..).unwrap_or_default()).into_owned();
            out.truncate(start);
            written.chars().for_each(|c| escaped(c, out));
        }
    }

    /// A value of any type: bytes as base64, numbers that JSON has no notation for as texts, as in OTLP.
    pub(super) fn value(self, value: &Value, out: &mut Vec<u8>) {
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Str(text) => self.text(text, out),
            Value::Bool(truth) => Self::bare(truth, out),
            Value::Int(number) => Self::bare(number, out),
            Value::Double(number) if number.is_finite() => {
                let _written = serde_json::to_writer(out, number);
            }
            Value::Double(number) => {
                let word = if number.is_nan() { "NaN" } else { "Infinity" };
                self.text(&format!("{}{word}", if *number < 0.0 { "-" } else { "" }), out);
            }
            Value::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    self.value(item, out);
                }
                out.push(b']');
            }
            Value::Map(map) => self.map(map, out),
            Value::Bytes(bytes) => self.text(&BASE64_STANDARD.encode(bytes), out),
        }
    }

    /// An object.
    pub(super) fn map(self, map: &Attributes, out: &mut Vec<u8>) {
        out.push(b'{');
        for (key, value) in map.iter() {
            self.key(key, out);
            self.value(value, out);
        }
        out.push(b'}');
    }

    fn bare(value: &dyn std::fmt::Display, out: &mut Vec<u8>) {
        use std::io::Write as _;

        // Writing to memory can not fail.
        let _written = write!(out, "{value}");
    }
}

fn escaped(c: char, out: &mut Vec<u8>) {
    let mut units = [0; 2];
    if is_safe(c) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        for unit in c.encode_utf16(&mut units) {
            out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value, is_safe: bool) -> String {
        let mut out = Vec::new();
        Json { is_safe }.value(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_has_its_notation() {
        let map: Attributes = [("a", Value::Null), ("b", true.into())].into_iter().collect();
        for (value, expected) in [
            (Value::from("a\"\n\u{1b}"), r#""a\"\n\u001b""#),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Double(1.0), "1.0"),
            (Value::Double(f64::NAN), "\"NaN\""),
            (Value::Double(f64::NEG_INFINITY), "\"-Infinity\""),
            (Value::Bytes([1, 255].into()), "\"Af8=\""),
            (Value::Array(vec![Value::Map(map), Value::Array(Vec::new())]), r#"[{"a":null,"b":true},[]]"#),
        ] {
            assert_eq!(written(&value, false), expected);
        }
    }

    #[test]
    fn nothing_acts_on_a_terminal_and_the_text_is_the_same() {
        let text = "\u{7f}\u{9b}31m\u{202e}\u{e0041}é";
        let safe = written(&Value::from(text), true);
        assert!(safe.chars().all(is_safe), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        assert_eq!(serde_json::from_str::<String>(&written(&Value::from(text), false)).unwrap(), text);
    }
}
