//! Tempo's answers to searches, and to questions for names: JSON in which whatever is zero is missing.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::NotTempo;
use crate::model::{Nanos, TraceHit, TraceId};

/// What stands for the service while the root of a trace is missing (`RootSpanNotYetReceivedText` in Tempo).
const NO_ROOT: &str = "<root span not yet received>";

/// The scopes of tags that are attributes of a span or of who ran it, without scope in the old API.
const SCOPES: [&str; 2] = ["span", "resource"];

/// One trace of a search.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FoundTrace {
    /// Its id in hex without leading zeros.
    #[serde(rename = "traceID")]
    pub trace_id: String,
    /// The service of its root.
    pub root_service_name: String,
    /// The name of its root.
    pub root_trace_name: String,
    /// When it began, in nanoseconds.
    #[serde(deserialize_with = "number")]
    pub start_time_unix_nano: Nanos,
    /// How long it took in whole milliseconds; missing where that is 0.
    #[serde(deserialize_with = "number")]
    pub duration_ms: i64,
    /// How many spans of each service there are, and how many of them failed; older servers do not tell.
    pub service_stats: BTreeMap<String, ServiceStats>,
}

/// What a search says of one service of a trace; what is missing is 0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceStats {
    /// How many spans it has.
    #[serde(deserialize_with = "number")]
    pub span_count: i64,
    /// How many of them failed.
    #[serde(deserialize_with = "number")]
    pub error_count: i64,
}

impl FoundTrace {
    /// What it says, in the model's terms; `None` where its id is none.
    #[must_use]
    pub fn hit(&self) -> Option<TraceHit> {
        const NANOS_PER_MS: i64 = 1_000_000;
        let has_root = self.root_service_name != NO_ROOT;
        let only_service = self.service_stats.keys().next().filter(|_| self.service_stats.len() == 1);
        let service = if has_root { Some(&self.root_service_name) } else { only_service };
        let sum = |figure: fn(&ServiceStats) -> i64| {
            let total = self.service_stats.values().map(figure).fold(0_i64, i64::saturating_add);
            (!self.service_stats.is_empty()).then(|| u32::try_from(total).unwrap_or(u32::MAX))
        };
        Some(TraceHit {
            id: TraceId::from_hex(self.trace_id.as_bytes())?,
            start: self.start_time_unix_nano,
            duration: Some(self.duration_ms.saturating_mul(NANOS_PER_MS)),
            service: service.cloned().unwrap_or_default(),
            operation: self.root_trace_name.clone(),
            spans: sum(|stats| stats.span_count),
            errors: sum(|stats| stats.error_count),
            services: u32::try_from(self.service_stats.len()).ok().filter(|count| *count > 0),
            whole: Vec::new(),
        })
    }
}

/// Reads what `/api/search` answers: traces in no order that could be relied on.
pub fn search(bytes: &[u8]) -> Result<Vec<FoundTrace>, NotTempo> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        traces: Option<Vec<FoundTrace>>,
    }
    Ok(read::<Answer>(bytes)?.traces.unwrap_or_default())
}

/// Reads what `/api/v2/search/tags` and `/api/search/tags` answer: the attributes of spans and resources, sorted.
pub fn tag_names(bytes: &[u8]) -> Result<Vec<String>, NotTempo> {
    #[derive(Deserialize)]
    struct Scope {
        name: String,
        #[serde(default)]
        tags: Vec<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        #[serde(default)]
        scopes: Vec<Scope>,
        #[serde(default)]
        tag_names: Vec<String>,
    }
    let Answer { scopes, tag_names } = read(bytes)?;
    let scoped = scopes.into_iter().filter(|scope| SCOPES.contains(&&*scope.name)).flat_map(|scope| scope.tags);
    Ok(sorted(scoped.chain(tag_names)))
}

/// Reads what `/api/v2/search/tag/TAG/values` and `/api/search/tag/TAG/values` answer, sorted. One tag may have `200` as
/// a number and as a text, which is one value here; the empty value is left out.
pub fn tag_values(bytes: &[u8]) -> Result<Vec<String>, NotTempo> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum TagValue {
        Plain(String),
        Typed {
            #[serde(default)]
            value: String,
        },
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        #[serde(default)]
        tag_values: Option<Vec<TagValue>>,
    }
    let values = read::<Answer>(bytes)?.tag_values.unwrap_or_default().into_iter();
    let texts = values.map(|value| match value {
        TagValue::Plain(text) | TagValue::Typed { value: text } => text,
    });
    Ok(sorted(texts))
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, NotTempo> {
    serde_json::from_slice(bytes).map_err(NotTempo::of)
}

/// A whole number, or its digits in a string, as protobuf's JSON writes those of 64 bits; anything else is 0.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Digits(String),
        Other(IgnoredAny),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Number(number) => number,
        Written::Digits(digits) => digits.parse().unwrap_or(0),
        Written::Other(_) => 0,
    })
}
