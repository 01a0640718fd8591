//! Tests of attributes: of a structured record's own, its resource's and its scope's, and of the fields in a text line.

use std::ops::Bound;

use super::FieldReader;
use crate::model::{Attributes, FormatId, Value};
use crate::parse::{self, ansi};
use crate::query::glob::Glob;
use crate::query::key::Key;
use crate::query::needle::Needle;
use crate::query::number::{self, Unit};
use crate::query::pattern::Pattern;
use crate::store::{Line, RecordParts};

/// The name under which a record's event name is asked for.
const EVENT_NAME: &str = "event.name";

/// A test of the value that any of some attributes has.
#[derive(Clone, Debug)]
pub(super) struct AttributeTest {
    /// The key as it was written means this; over traces some keys have a column of their own.
    pub(super) key: Key,
    pub(super) names: Vec<String>,
    pub(super) any_of: Vec<ValueTest>,
    /// One of these occurs in the bytes of every line of text that matches; empty when nothing is known.
    pub(super) required: Vec<Needle>,
    /// One of these occurs in the bytes of every structured record that has one of the attributes itself.
    pub(super) keys: Vec<Needle>,
}

/// What is asked of a value.
#[derive(Clone, Debug)]
pub(super) enum ValueTest {
    Exists,
    Equals(Literal),
    Glob(Glob),
    Regex(Box<Pattern>),
    Between(Interval),
}

/// A value to be equal to, as text and as a number if it is one.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub(super) text: Box<str>,
    pub(super) any_case: bool,
    int: Option<i64>,
    float: Option<f64>,
}

/// Numbers between two bounds, in nanoseconds or bytes where the unit says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval {
    pub(super) unit: Unit,
    pub(super) from: Bound<f64>,
    pub(super) to: Bound<f64>,
}

impl AttributeTest {
    pub(super) fn matches(&self, line: &Line<'_>, fields: FieldReader) -> bool {
        if line.format() == FormatId::RECORD {
            return self.may_be_in(line) && line.parts().is_some_and(|parts| self.matches_record(line, &parts));
        }
        let text = line.text();
        let text = &*ansi::strip(&text);
        let possible = self.required.is_empty() || self.required.iter().any(|needle| needle.find(text).is_some());
        possible
            && self
                .names
                .iter()
                .any(|name| (fields.field)(line.format(), text, name).is_some_and(|value| self.accepts(&value, name)))
    }

    /// Whether a structured record may have one of the attributes. Its parts are not decoded, which takes much longer.
    fn may_be_in(&self, line: &Line<'_>) -> bool {
        let is_shared = |name: &String| name == EVENT_NAME || shared(line, name).is_some();
        let raw = line.raw();
        self.keys.is_empty() || self.keys.iter().any(|key| key.find(&raw).is_some()) || self.names.iter().any(is_shared)
    }

    fn matches_record(&self, line: &Line<'_>, parts: &RecordParts) -> bool {
        self.names.iter().any(|name| {
            if name == EVENT_NAME && !parts.event_name.is_empty() {
                return self.accepts(&Value::from(&*parts.event_name), name);
            }
            let own = lookup(&parts.attributes, name);
            own.or_else(|| shared(line, name)).is_some_and(|value| self.accepts(value, name))
        })
    }

    fn accepts(&self, value: &Value, name: &str) -> bool {
        self.any_of.iter().any(|test| test.accepts(value, name))
    }
}

impl ValueTest {
    /// Whether a value passes. Of a list one of its members must.
    pub(super) fn accepts(&self, value: &Value, name: &str) -> bool {
        match (self, value) {
            (_, Value::Null) => false,
            (Self::Exists, _) => true,
            (_, Value::Array(items)) => items.iter().any(|item| self.accepts(item, name)),
            (Self::Equals(literal), value) => literal.equals(value),
            (Self::Glob(glob), Value::Str(text)) => glob.matches(text.as_bytes()),
            (Self::Glob(glob), value) => glob.matches(value.to_string().as_bytes()),
            (Self::Regex(regex), Value::Str(text)) => regex.is_match(text.as_bytes()),
            (Self::Regex(regex), value) => regex.is_match(value.to_string().as_bytes()),
            (Self::Between(interval), value) => interval.contains_value(value, name),
        }
    }
}

impl Literal {
    pub(super) fn new(text: &str, any_case: bool) -> Self {
        let float = number::plain(text);
        Self { text: text.into(), any_case, int: text.parse().ok(), float }
    }

    /// Whether a line of text that has this value shows it just so: `1.50` may also be written `1.5`.
    pub(super) fn stands_as_written(&self) -> bool {
        match (self.int, self.float) {
            (Some(int), _) => int.to_string() == *self.text,
            (None, Some(float)) => float.to_string() == *self.text,
            (None, None) => true,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "integers beyond 2^53 are compared as such")]
    fn equals(&self, value: &Value) -> bool {
        match value {
            Value::Str(text) => self.is_text(text),
            Value::Int(number) => match self.int {
                Some(int) => int == *number,
                None => self.float == Some(*number as f64),
            },
            Value::Double(number) => self.float == Some(*number),
            other => self.is_text(&other.to_string()),
        }
    }

    pub(super) fn is_text(&self, text: &str) -> bool {
        *text == *self.text || (self.any_case && text.eq_ignore_ascii_case(&self.text))
    }
}

impl Interval {
    pub(super) fn contains(&self, number: f64) -> bool {
        std::ops::RangeBounds::contains(&(self.from, self.to), &number)
    }

    fn contains_value(&self, value: &Value, name: &str) -> bool {
        let number = match value {
            Value::Str(text) => match number::quantity(text) {
                Some(quantity) if quantity.unit == self.unit => Some(quantity.value),
                Some(quantity) if quantity.unit == Unit::None => Some(self.in_base(quantity.value, name)),
                _ => None,
            },
            other => other.as_f64().map(|number| self.in_base(number, name)),
        };
        number.is_some_and(|number| self.contains(number))
    }

    /// A bare number in nanoseconds where a duration is asked for: by the ending of its key, else from milliseconds.
    fn in_base(&self, number: f64, name: &str) -> f64 {
        if self.unit != Unit::Duration {
            return number;
        }
        let unit = name.rsplit(['_', '.']).next().unwrap_or_default();
        number
            * match unit {
                "ns" | "nanos" | "nanoseconds" => 1.0,
                "us" | "micros" | "microseconds" => 1e3,
                "s" | "sec" | "secs" | "seconds" => 1e9,
                _ => 1e6,
            }
    }
}

/// The value that a record's resource or scope has.
fn shared<'a>(line: &'a Line<'_>, name: &str) -> Option<&'a Value> {
    let (resource, scope) = line.context()?;
    lookup(&resource.attributes, name).or_else(|| lookup(&scope.attributes, name))
}

/// Literals of which one stands in the bytes of whatever has one of these attributes: the last parts of their names,
/// for the parts before may be names of maps. None when one of them is not written as it is, or need not be written.
pub(super) fn key_needles(names: &[String]) -> Vec<Needle> {
    if names.iter().any(|name| parse::is_given(name)) {
        return Vec::new();
    }
    let last = |name: &String| unescaped_part(name.rsplit('.').next()?).map(Needle::exact);
    names.iter().map(last).collect::<Option<_>>().unwrap_or_default()
}

/// The value of a key, or what its dotted parts lead to within maps.
pub(super) fn lookup<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a Value> {
    attributes.get(name).or_else(|| {
        name.match_indices('.').find_map(|(dot, _)| match attributes.get(name.get(..dot)?)? {
            Value::Map(inner) => lookup(inner, name.get(dot + 1..)?),
            _ => None,
        })
    })
}

/// Whether a key or a single value within says yes. Raw bytes are not text and not asked.
pub(super) fn any_text(attributes: &Attributes, test: &dyn Fn(&str) -> bool) -> bool {
    attributes.iter().any(|(key, value)| test(key) || any_value_text(value, test))
}

fn any_value_text(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Null | Value::Bytes(_) => false,
        Value::Str(text) => test(text),
        Value::Array(items) => items.iter().any(|item| any_value_text(item, test)),
        Value::Map(inner) => any_text(inner, test),
        other => test(&other.to_string()),
    }
}

/// A run of characters of `text` that a line format writes as they are: the longest of ASCII letters, digits and a few
/// signs. Others may be escaped (`\/`, `\u00e9`, `\u003c`).
pub(super) fn unescaped_part(text: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:@".contains(c);
    text.split(|c: char| !plain(c)).max_by_key(|part| part.len()).filter(|part| !part.is_empty())
}
