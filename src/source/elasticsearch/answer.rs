//! What Elasticsearch and OpenSearch answer, as it stands on the wire.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::Nanos;

/// The answer to a search.
#[derive(Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    pub(super) timed_out: bool,
    #[serde(rename = "_shards", default)]
    pub(super) shards: Shards,
    /// The point in time to use from now on.
    pub(super) pit_id: Option<String>,
    pub(super) hits: Hits,
}

/// How the parts of the indices fared.
#[derive(Deserialize, Default)]
pub(super) struct Shards {
    #[serde(default)]
    pub(super) total: u64,
    #[serde(default)]
    pub(super) failed: u64,
    #[serde(default)]
    pub(super) failures: Vec<Failure>,
}

/// Why a part did not answer.
#[derive(Deserialize)]
pub(super) struct Failure {
    #[serde(default)]
    pub(super) reason: Value,
}

#[derive(Deserialize)]
pub(super) struct Hits {
    #[serde(default)]
    pub(super) hits: Vec<Hit>,
}

/// One document.
#[derive(Deserialize)]
pub(super) struct Hit {
    #[serde(rename = "_index", default)]
    pub(super) index: String,
    #[serde(rename = "_id", default)]
    pub(super) id: String,
    #[serde(rename = "_source")]
    pub(super) source: Option<Box<RawValue>>,
    /// Where the document itself is not kept, its fields: each a list.
    #[serde(default)]
    pub(super) fields: BTreeMap<String, Value>,
    /// What it was sorted by: its time, and what tells equal times apart. Handed back as it came.
    #[serde(default)]
    pub(super) sort: Vec<Box<RawValue>>,
}

/// What `/` says.
#[derive(Deserialize)]
pub(super) struct Root {
    #[serde(default)]
    pub(super) cluster_name: String,
    pub(super) version: Version,
}

#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) number: String,
    /// `opensearch` where it is that.
    #[serde(default)]
    pub(super) distribution: String,
}

/// The answer to opening a point in time: Elasticsearch and OpenSearch name it differently.
#[derive(Deserialize)]
pub(super) struct Opened {
    #[serde(alias = "pit_id")]
    pub(super) id: String,
}

#[derive(Deserialize)]
struct Refused {
    error: Value,
}

impl Hit {
    /// Its time, as it was sorted by: milliseconds, nanoseconds where the field has them, or a text.
    pub(super) fn time(&self) -> Option<Nanos> {
        /// More than this are nanoseconds: as milliseconds they would be in the year 318,857.
        const MILLISECONDS: i64 = 10_000_000_000_000_000;
        let text = self.sort.first()?.get();
        if let Ok(number) = text.parse::<i64>() {
            return if number.abs() < MILLISECONDS { number.checked_mul(1_000_000) } else { Some(number) };
        }
        let text: String = serde_json::from_str(text).ok()?;
        chrono::DateTime::parse_from_rfc3339(&text).ok()?.timestamp_nanos_opt()
    }

    /// The document: its source, else an object of its fields.
    pub(super) fn document(&self) -> Option<String> {
        if let Some(source) = &self.source {
            return Some(source.get().to_owned());
        }
        let single = |(name, value): (&String, &Value)| match value {
            Value::Array(values) if values.len() == 1 => (name.clone(), values.first().cloned().unwrap_or_default()),
            other => (name.clone(), other.clone()),
        };
        let fields: serde_json::Map<String, Value> = self.fields.iter().map(single).collect();
        (!fields.is_empty()).then(|| Value::Object(fields).to_string())
    }
}

/// The kind of an error and what it says, from the body of a refusal. The innermost cause says most.
pub(super) fn refused(body: &str) -> Option<(String, String)> {
    let error = serde_json::from_str::<Refused>(body).ok()?.error;
    if let Some(text) = error.as_str() {
        return Some((String::new(), text.to_owned()));
    }
    let cause = error.get("root_cause").and_then(|causes| causes.get(0)).unwrap_or(&error);
    let kind = cause.get("type").and_then(Value::as_str).unwrap_or_default();
    let reason = innermost(error.pointer("/failed_shards/0/reason").unwrap_or(cause), 0);
    Some((kind.to_owned(), format!("{kind}: {reason}")))
}

/// What a reason says, or what caused it.
pub(super) fn innermost(reason: &Value, depth: u8) -> String {
    match reason.get("caused_by") {
        Some(cause) if depth < 8 => innermost(cause, depth + 1),
        _ => reason.get("reason").and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}
