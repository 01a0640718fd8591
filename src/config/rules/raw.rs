//! Rules as they are written in TOML, and their places in the file.

use serde::Deserialize;
use toml::Spanned;

use super::{Example, RuleEntry};
use crate::config::ConfigError;
use crate::config::diagnostic::Diagnostic;
use crate::model::{Attributes, Severity, Value};
use crate::parse::rules::RuleSpec;

/// The field that `family` sets.
const FAMILY: &str = "error.family";

/// Tables within the fields of a rule are taken apart to this depth.
const MAX_DEPTH: usize = 16;

/// A file of nothing but rules.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(in crate::config) struct RawFile {
    pub(in crate::config) rule: Vec<RawRule>,
}

/// The section that says which packs are in force.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(in crate::config) struct RawRules {
    pub(in crate::config) packs: Option<Vec<Spanned<String>>>,
}

/// One `[[rule]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(in crate::config) struct RawRule {
    name: Spanned<String>,
    pattern: Spanned<String>,
    level: Option<Spanned<String>>,
    family: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    fields: toml::Table,
    #[serde(default)]
    text: Vec<String>,
    #[serde(default)]
    examples: Vec<Spanned<RawExample>>,
    #[serde(default)]
    misses: Vec<Spanned<String>>,
}

/// A line that a rule must match.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawExample {
    line: String,
    #[serde(default)]
    fields: toml::Table,
}

impl RawRule {
    /// The rule with its places in `text`, the text of `file`.
    pub(super) fn entry(self, file: &str, text: &str) -> Result<RuleEntry, ConfigError> {
        let wrong = |offset, why: &str| Err(ConfigError::File(Diagnostic::at(file, text, offset, why)));
        let name = self.name.get_ref().trim();
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return wrong(self.name.span().start, "rule.name: a name is a word without blanks, as `card-declined`");
        }
        let severity = match &self.level {
            None => None,
            Some(level) => match Severity::from_name(level.get_ref().as_bytes()) {
                Some(severity) => Some(severity),
                None => {
                    return wrong(level.span().start, "rule.level: no level; trace, debug, info, warn, error or fatal");
                }
            },
        };
        let mut fields = Attributes::default();
        if let Some(family) = self.family {
            fields.set(FAMILY, family);
        }
        flatten("", &self.fields, MAX_DEPTH, &mut fields);
        let place = |offset| Diagnostic::at(file, text, offset, "");
        let examples = self.examples.into_iter().map(|example| {
            let at = place(example.span().start);
            let RawExample { line, fields } = example.into_inner();
            let mut expected = Attributes::default();
            flatten("", &fields, MAX_DEPTH, &mut expected);
            Example { at, line, expected }
        });
        let misses = self.misses.into_iter().map(|miss| (place(miss.span().start), miss.into_inner()));
        Ok(RuleEntry {
            at: place(self.name.span().start),
            pattern_at: place(self.pattern.span().start),
            examples: examples.collect(),
            misses: misses.collect(),
            spec: RuleSpec {
                name: name.to_owned(),
                pattern: self.pattern.into_inner(),
                severity,
                sources: self.sources,
                fields,
                text: self.text,
            },
        })
    }
}

/// The values of a table under their dotted names: `error.family` and `error = { family = … }` are the same.
fn flatten(prefix: &str, table: &toml::Table, depth: usize, out: &mut Attributes) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) if depth > 0 => flatten(&name, inner, depth - 1, out),
            other => out.set(name, value_of(other)),
        }
    }
}

fn value_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::Int(*number),
        toml::Value::Float(number) => Value::Double(*number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Array(items) => Value::Array(items.iter().map(value_of).collect()),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        // Deeper than anybody writes.
        toml::Value::Table(_) => Value::Null,
    }
}
