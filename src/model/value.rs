//! Attribute values: OpenTelemetry's `AnyValue`.

use std::fmt::{self, Write as _};

use super::Attributes;

/// A value of any type that OpenTelemetry knows. `Null` stands for an `AnyValue` with nothing set.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Value {
    /// Nothing was set.
    #[default]
    Null,
    /// A text.
    Str(Box<str>),
    /// A truth value.
    Bool(bool),
    /// A signed 64-bit number.
    Int(i64),
    /// A double-precision number.
    Double(f64),
    /// A list, possibly of mixed types.
    Array(Vec<Value>),
    /// A map, in the order it was written.
    Map(Attributes),
    /// Raw bytes.
    Bytes(Box<[u8]>),
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number as a double, if it is a number of either type.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "comparisons of very large integers may round")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// The name of the type, as the detail view shows it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Str(_) => "string",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Bytes(_) => "bytes",
        }
    }

    fn write_json(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Str(text) => write_json_text(text, out),
            Self::Array(items) => {
                out.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.write_char(',')?;
                    }
                    item.write_json(out)?;
                }
                out.write_char(']')
            }
            Self::Map(map) => {
                out.write_char('{')?;
                for (index, (key, value)) in map.iter().enumerate() {
                    if index > 0 {
                        out.write_char(',')?;
                    }
                    write_json_text(key, out)?;
                    out.write_char(':')?;
                    value.write_json(out)?;
                }
                out.write_char('}')
            }
            other => write!(out, "{other}"),
        }
    }
}

/// Texts as they are, numbers in their shortest form, lists and maps as JSON, bytes as hex.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Str(text) => f.write_str(text),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Double(number) => write!(f, "{number}"),
            Self::Array(_) | Self::Map(_) => self.write_json(f),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

fn write_json_text(text: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c))?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into_boxed_str())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_are_shown_as_json() {
        let mut map = Attributes::default();
        map.set("a \"b\"", Value::Array(vec![1.into(), "x\ny".into(), Value::Null, true.into()]));
        assert_eq!(Value::Map(map).to_string(), r#"{"a \"b\"":[1,"x\ny",null,true]}"#);
        assert_eq!(Value::from("plain").to_string(), "plain");
        assert_eq!(Value::Bytes([1, 255].into()).to_string(), "01ff");
    }
}
