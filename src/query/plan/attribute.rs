//! Tests of attributes: of a structured record's own, its resource's and its scope's, and of the fields in a text line.

use std::ops::Bound;
use std::sync::Arc;

use super::{FieldReader, Reader};
use crate::model::{Attributes, FormatId, Resource, Scope, Value};
use crate::parse::{self, Rules, ansi};
use crate::query::correlation::{Correlation, TextLine};
use crate::query::glob::Glob;
use crate::query::key::Key;
use crate::query::needle::Needle;
use crate::query::number::{self, Unit};
use crate::query::pattern::Pattern;
use crate::store::{Line, Names};

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
    /// The correlation field that is asked for beside the names, with what its names contain.
    correlation: Option<(&'static Correlation, Vec<Needle>)>,
    /// The rules that may give a line one of the attributes, with the attribute's name.
    rules: Vec<(String, Rules)>,
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
    /// A test of what any of these attributes is. `values` are literals of which one stands in every line whose own field
    /// passes, where they are known.
    pub(super) fn new(
        key: Key,
        names: Vec<String>,
        any_of: Vec<ValueTest>,
        values: Option<Vec<Needle>>,
        rules: &Rules,
    ) -> Self {
        let correlation = names.iter().find_map(|name| Correlation::of(name)).map(|it| (it, it.needles()));
        // The field goes by its own name as well.
        let mut names: Vec<String> = names.into_iter().filter(|name| Correlation::of(name).is_none()).collect();
        names.extend(correlation.iter().flat_map(|(it, _)| it.given()).map(str::to_owned));
        let mut keys = key_needles(&names);
        if let (Some(keys), Some((_, needles))) = (&mut keys, &correlation) {
            keys.extend(needles.iter().cloned());
        }
        let keys = keys.unwrap_or_default();
        let mut test = Self { key, names, any_of, required: Vec::new(), keys, correlation, rules: Vec::new() };
        test.rules = test.rules_of(rules);
        test.required = test.with_rules(values.unwrap_or_else(|| test.keys.clone()));
        test
    }

    /// Of all rules those that may give one of the attributes a value that passes.
    fn rules_of(&self, all: &Rules) -> Vec<(String, Rules)> {
        let giving = |name: &String| (name.clone(), all.giving(name, &|value| self.accepts(value, name)));
        let mut rules: Vec<_> = self.names.iter().map(giving).filter(|(_, rules)| !rules.is_empty()).collect();
        if let Some((correlation, _)) = &self.correlation {
            rules.extend(correlation.rules(all, &|value| self.accepts(value, correlation.key)));
        }
        rules
    }

    /// `own` and the literals of the rules: one of them stands in every line that passes. None when nothing is known.
    fn with_rules(&self, own: Vec<Needle>) -> Vec<Needle> {
        let literals: Option<Vec<_>> = self.rules.iter().map(|(_, rules)| rules.literals()).collect();
        match literals {
            Some(literals) if !own.is_empty() => own.into_iter().chain(Needle::any_of(&literals.concat())).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the line passes: by its own field, else by what rules find.
    pub(super) fn matches(&self, line: &Line<'_>, reader: Reader<'_>) -> bool {
        let is_record = line.format() == FormatId::RECORD;
        if is_record && let Some(passes) = self.record_passes(line) {
            return passes;
        }
        let context = if is_record { None } else { line.context().and_then(|context| self.context_passes(context)) };
        let text = line.text();
        let text = &*ansi::strip(&text);
        let may_be_in = self.required.is_empty() || self.required.iter().any(|needle| needle.find(text).is_some());
        if !may_be_in && context != Some(true) {
            return false;
        }
        // What a line says of itself counts more than what is said of its writer. A structured record's text is a line only
        // where it is of some format.
        let format = line.text_format();
        let is_line = !(is_record && format == FormatId::TEXT);
        let own = if is_line { self.text_passes(format, text, reader.fields) } else { None };
        own.or(context).unwrap_or_else(|| self.rules_pass(line, reader.sources))
    }

    /// Whether what is known of a line's writer passes; `None` when it has none of the attributes.
    pub(super) fn context_passes(&self, (resource, scope): &(Arc<Resource>, Arc<Scope>)) -> Option<bool> {
        self.passes_in(&resource.attributes).or_else(|| self.passes_in(&scope.attributes))
    }

    /// Whether one of these attributes passes; `None` when none of them is asked for.
    pub(super) fn passes_in(&self, attributes: &Attributes) -> Option<bool> {
        let named = self.names.iter().filter_map(|name| Some((lookup(attributes, name)?, name.as_str())));
        let correlated = self.correlation.iter().filter_map(|(it, _)| Some((it.find(attributes)?, it.key)));
        any_passes(named.chain(correlated), |(value, name)| self.accepts(value, name))
    }

    /// Whether a line of text passes by its own fields; `None` when it has none of them.
    fn text_passes(&self, format: FormatId, text: &[u8], fields: FieldReader) -> Option<bool> {
        let correlated = || {
            let (correlation, needles) = self.correlation.as_ref()?;
            let line = TextLine { format, text, field: fields.field };
            Some((correlation.in_text(line, needles)?, correlation.key))
        };
        let values = self.names.iter().filter_map(|name| Some(((fields.field)(format, text, name)?, name.as_str())));
        let values = values.chain(std::iter::once_with(correlated).flatten());
        any_passes(values, |(value, name)| self.accepts(&value, name))
    }

    fn rules_pass(&self, line: &Line<'_>, sources: &Names) -> bool {
        !self.rules.is_empty() && {
            let (text, source) = (line.text(), sources.get(line.source()));
            let passes = |(name, rules): &(String, Rules)| {
                rules.field(source, &text, name).is_some_and(|value| self.accepts(&value, name))
            };
            self.rules.iter().any(passes)
        }
    }

    /// Whether a structured record passes by its own attributes; `None` when it has none of them.
    fn record_passes(&self, line: &Line<'_>) -> Option<bool> {
        if !self.may_be_in(line) {
            return None;
        }
        let parts = line.parts()?;
        let values = self.names.iter().filter_map(|name| {
            if name == EVENT_NAME && !parts.event_name.is_empty() {
                return Some((Value::from(&*parts.event_name), name.as_str()));
            }
            let own = lookup(&parts.attributes, name).or_else(|| shared(line, name));
            Some((own?.clone(), name.as_str()))
        });
        let correlated = || {
            let (correlation, _) = self.correlation.as_ref()?;
            let own = correlation.find(&parts.attributes).or_else(|| shared_correlation(line, correlation));
            Some((own?.clone(), correlation.key))
        };
        let values = values.chain(std::iter::once_with(correlated).flatten());
        any_passes(values, |(value, name)| self.accepts(&value, name))
    }

    /// Whether a structured record may have one of the attributes. Its parts are not decoded, which takes much longer.
    fn may_be_in(&self, line: &Line<'_>) -> bool {
        let is_shared = |name: &String| name == EVENT_NAME || shared(line, name).is_some();
        let raw = line.raw();
        let is_correlated = || {
            self.correlation.as_ref().is_some_and(|(correlation, _)| shared_correlation(line, correlation).is_some())
        };
        self.keys.is_empty()
            || self.keys.iter().any(|key| key.find(&raw).is_some())
            || self.names.iter().any(is_shared)
            || is_correlated()
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

/// Whether any value passes; `None` when there is none.
fn any_passes<T>(values: impl Iterator<Item = T>, passes: impl Fn(T) -> bool) -> Option<bool> {
    let mut verdict = None;
    for value in values {
        verdict = Some(passes(value));
        if verdict == Some(true) {
            break;
        }
    }
    verdict
}

/// The value that a record's resource or scope has for a correlation field.
fn shared_correlation<'a>(line: &'a Line<'_>, correlation: &Correlation) -> Option<&'a Value> {
    let (resource, scope) = line.context()?;
    correlation.find(&resource.attributes).or_else(|| correlation.find(&scope.attributes))
}

/// The value that a record's resource or scope has.
fn shared<'a>(line: &'a Line<'_>, name: &str) -> Option<&'a Value> {
    let (resource, scope) = line.context()?;
    lookup(&resource.attributes, name).or_else(|| lookup(&scope.attributes, name))
}

/// Literals of which one stands in the bytes of whatever has one of these attributes: the last parts of their names,
/// for the parts before may be names of maps. `None` when one of them is not written as it is, or need not be written.
fn key_needles(names: &[String]) -> Option<Vec<Needle>> {
    if names.iter().any(|name| parse::is_given(name)) {
        return None;
    }
    let last = |name: &String| unescaped_part(name.rsplit('.').next()?).map(Needle::exact);
    names.iter().map(last).collect()
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
