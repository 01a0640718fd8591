//! The config file as it is written: the TOML's shape and nothing else.
//!
//! What is missing stays missing here, so that the layers can be told apart. To add a setting: a field here, one in
//! [`super::Settings`], its place in `resolve`, and a line in `assets/config.example.toml`.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::columns::Columns;
use super::diagnostic::{Diagnostic, unknown};
use super::rules::{RawRule, RawRules};
use super::time::When;
use super::value::{Address, Size, StartWord, Text, TimeZone};
use super::zone::ZoneName;
use super::{ConfigError, DropPolicy};

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Raw {
    pub(super) ui: RawUi,
    pub(super) ingest: RawIngest,
    pub(super) otlp: RawOtlp,
    pub(super) query: RawQuery,
    pub(super) logs: RawLogs,
    pub(super) rules: RawRules,
    pub(super) rule: Vec<RawRule>,
    pub(super) source: Vec<RawSource>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawUi {
    pub(super) theme: Option<String>,
    pub(super) keymap: Option<String>,
    pub(super) ascii: Option<bool>,
    pub(super) time: Option<Text<TimeZone>>,
    pub(super) mouse: Option<bool>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawIngest {
    pub(super) max_lines_per_second: Option<u64>,
    pub(super) buffer_size: Option<NonZeroU64>,
    pub(super) backpressure_limit: Option<NonZeroU64>,
    pub(super) drop_policy: Option<Text<DropPolicy>>,
    pub(super) memory: Option<Text<Size>>,
    pub(super) trace_memory: Option<Text<Size>>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawOtlp {
    pub(super) listen: Option<bool>,
    pub(super) grpc: Option<Text<Address>>,
    pub(super) http: Option<Text<Address>>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawQuery {
    /// A key as typed, and the attribute that it means as well.
    pub(super) aliases: BTreeMap<String, String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct RawLogs {
    pub(super) columns: Option<Columns>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawSource {
    pub(super) uri: String,
    pub(super) name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) format: Option<String>,
    pub(super) join: Option<String>,
    pub(super) zone: Option<Text<ZoneName>>,
    pub(super) start: Option<Text<StartWord>>,
    pub(super) since: Option<Spanned<Text<When>>>,
    pub(super) max_lines_per_second: Option<u64>,
    pub(super) buffer_size: Option<NonZeroU64>,
    pub(super) backpressure_limit: Option<Spanned<NonZeroU64>>,
    pub(super) drop_policy: Option<Text<DropPolicy>>,
    #[serde(default)]
    pub(super) options: toml::Table,
}

impl RawSource {
    /// Its options as text by name; what stands in a table within has a dot in its name.
    pub(super) fn parameters(&self) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        flatten(&self.options, "", &mut out);
        out
    }
}

fn flatten(table: &toml::Table, prefix: &str, out: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = format!("{prefix}{key}");
        let text = match value {
            toml::Value::Table(inner) => {
                flatten(inner, &format!("{name}."), out);
                continue;
            }
            toml::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
            single => plain(single),
        };
        out.insert(name, text);
    }
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Raw {
    /// Reads the config `file`. What is wrong is an error, not a guess: a misspelt limit that is passed over in
    /// silence costs its user an incident.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        parse(file, text)
    }
}

/// Reads a file of any shape; what is wrong with it is told with the name of the key.
pub(super) fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::File(told(file, text, &error)))
}

/// Where the value of `key`, a section and a name with a dot between, begins in `text`.
pub(super) fn offset_of(text: &str, key: &str) -> Option<usize> {
    let (section, name) = key.split_once('.')?;
    let table = DeTable::parse(text).ok()?;
    let section = table.get_ref().get(section)?.get_ref().as_table()?;
    section.get(name).map(|value| value.span().start)
}

/// `error` in words that name the key and, for a misspelt one, the nearest right one.
fn told(file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let diagnostic = Diagnostic::from_toml(file, text, error);
    let offset = error.span().map_or(0, |span| span.start);
    let key = DeTable::parse(text).ok().and_then(|table| key_at(table.get_ref(), offset));
    let message = match unknown_field(error.message()) {
        Some((wrong, known)) => unknown("key", wrong, known),
        None => diagnostic.message,
    };
    let message = key.map_or(message.clone(), |key| format!("{key}: {message}"));
    Diagnostic { message, ..diagnostic }
}

/// The misspelt field and the known ones, out of serde's fixed words "unknown field `a`, expected one of `b`, `c`":
/// toml hands the words on but not what they were made of.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    Some((quoted.next()?, quoted.collect()))
}

/// The dotted path of the key or value that holds the byte `offset`; elements of a list are counted from 1.
fn key_at(table: &DeTable<'_>, offset: usize) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        let below = match value.get_ref() {
            DeValue::Table(table) => key_at(table, offset).map(|below| format!("{name}.{below}")),
            DeValue::Array(list) => list.iter().enumerate().find_map(|(index, element)| {
                let below = element.get_ref().as_table().and_then(|table| key_at(table, offset));
                let holds = element.span().contains(&offset);
                let path = format!("{name}[{}]", index + 1);
                below.map(|below| format!("{path}.{below}")).or_else(|| holds.then_some(path))
            }),
            _ => None,
        };
        let holds = key.span().contains(&offset) || value.span().contains(&offset);
        below.or_else(|| holds.then(|| name.to_string()))
    })
}
