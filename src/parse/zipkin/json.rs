//! Lists of spans in JSON, v2 or v1, each span read on its own: a bad one does not lose its neighbours.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::DecodeError;
use super::record::{Annotation, Endpoint, Record, nanos, owned};
use super::v1;
use crate::model::SpanKind;
use crate::parse::otlp::scalar::{Text, Unsigned};

/// The kinds of v2, by name.
const KINDS: &[(&str, SpanKind)] = &[
    ("CLIENT", SpanKind::Client),
    ("SERVER", SpanKind::Server),
    ("PRODUCER", SpanKind::Producer),
    ("CONSUMER", SpanKind::Consumer),
];

/// A v2 span as written.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Span<'a> {
    #[serde(borrow)]
    trace_id: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    parent_id: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    timestamp: Unsigned,
    duration: Unsigned,
    #[serde(borrow)]
    local_endpoint: Option<Place<'a>>,
    #[serde(borrow)]
    remote_endpoint: Option<Place<'a>>,
    #[serde(borrow)]
    annotations: Option<Vec<Moment<'a>>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
    debug: Option<bool>,
    shared: Option<bool>,
}

/// An endpoint as written, in both versions.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Place<'a> {
    #[serde(borrow)]
    service_name: Text<'a>,
    #[serde(borrow)]
    ipv4: Text<'a>,
    #[serde(borrow)]
    ipv6: Text<'a>,
    port: Unsigned,
}

/// An annotation as written; only v1 has an endpoint here.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Moment<'a> {
    pub(super) timestamp: Unsigned,
    #[serde(borrow)]
    pub(super) value: Text<'a>,
    #[serde(borrow)]
    pub(super) endpoint: Option<Place<'a>>,
}

/// Tags in the order in which they were written. Values that are no texts are kept as their JSON.
struct Tags<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// What tells a v1 span from a v2 one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version<'a> {
    #[serde(borrow)]
    binary_annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    annotations: Option<Vec<Version1Annotation<'a>>>,
}

#[derive(Deserialize)]
struct Version1Annotation<'a> {
    #[serde(borrow)]
    endpoint: Option<&'a RawValue>,
}

/// The spans of a list, or of a list of lists, and how many could not be read.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Record>, u64), DecodeError> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Default::default());
    }
    let text = String::from_utf8_lossy(bytes);
    let (mut records, mut rejected) = (Vec::new(), 0);
    for item in list(&text)? {
        if item.get().starts_with('[') {
            list(item.get())?.into_iter().for_each(|item| rejected += one(item.get(), &mut records));
        } else {
            rejected += one(item.get(), &mut records);
        }
    }
    Ok((records, rejected))
}

fn list(text: &str) -> Result<Vec<&RawValue>, DecodeError> {
    serde_json::from_str(text).map_err(|error| DecodeError::Json(error.to_string()))
}

/// Reads one span; answers how many were rejected. A v1 span may be two of v2.
fn one(text: &str, records: &mut Vec<Record>) -> u64 {
    let is_v1 = serde_json::from_str::<Version<'_>>(text).is_ok_and(|version| version.is_1());
    let before = records.len();
    if is_v1 {
        records.extend(v1::read(text));
    } else {
        records.extend(serde_json::from_str::<Span<'_>>(text).ok().and_then(record));
    }
    u64::from(records.len() == before)
}

fn record(span: Span<'_>) -> Option<Record> {
    let mut record = Record::of_hex(&span.trace_id.0, &span.id.0, &span.parent_id.0)?;
    record.kind = KINDS.iter().find(|(name, _)| span.kind.0.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind);
    record.name = owned(span.name.0);
    record.start = nanos(span.timestamp.0);
    record.duration = nanos(span.duration.0);
    record.local = span.local_endpoint.map(endpoint).unwrap_or_default();
    record.remote = span.remote_endpoint.map(endpoint).unwrap_or_default();
    record.annotations = span.annotations.into_iter().flatten().map(annotation).collect();
    record.tags = span.tags.map_or_else(Vec::new, |tags| tags.0.into_iter().map(tag).collect());
    record.is_debug = span.debug.unwrap_or_default();
    record.is_shared = span.shared.unwrap_or_default();
    Some(record)
}

/// An endpoint in normal form. A port that is none is absent.
pub(super) fn endpoint(place: Place<'_>) -> Endpoint {
    Endpoint {
        service: owned(place.service_name.0),
        ipv4: owned(place.ipv4.0),
        ipv6: owned(place.ipv6.0),
        port: u16::try_from(place.port.0).unwrap_or(0),
    }
}

/// An annotation in normal form.
pub(super) fn annotation(moment: Moment<'_>) -> Annotation {
    Annotation { time: nanos(moment.timestamp.0), value: owned(moment.value.0) }
}

fn tag((key, value): (Cow<'_, str>, &RawValue)) -> (String, String) {
    (owned(key), text_of(value))
}

/// A value as text: null is empty, what is no text is its JSON.
pub(super) fn text_of(value: &RawValue) -> String {
    let json = value.get();
    serde_json::from_str::<Text<'_>>(json).map_or_else(|_| json.to_owned(), |text| owned(text.0))
}

impl Version<'_> {
    fn is_1(&self) -> bool {
        let annotations = self.annotations.as_deref().unwrap_or_default();
        self.binary_annotations.is_some() || annotations.iter().any(|annotation| annotation.endpoint.is_some())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tags<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of tags")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut tags = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    tags.push((key.0, value));
                }
                Ok(tags)
            }
        }
        deserializer.deserialize_map(InOrder).map(Self)
    }
}
