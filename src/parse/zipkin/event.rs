//! What exporters of OpenTelemetry pack into texts, because Zipkin has no other place for it: attributes of events in
//! annotations, links in tags.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::record::Annotation;
use crate::model::{Attributes, SpanEvent, SpanId, SpanLink, TraceId, Value};

/// The tags in which OpenTelemetry's Collector writes links: `otlp.link.0` and so on.
pub(super) const LINK: &str = "otlp.link.";

/// An event from an annotation. One that is not packed is a name and nothing else.
pub(super) fn event(annotation: Annotation) -> SpanEvent {
    let unpacked = SHAPES.iter().find_map(|shape| shape(&annotation.value));
    let (name, attributes) = unpacked.unwrap_or_else(|| (annotation.value.into(), Attributes::default()));
    SpanEvent { time: annotation.time, name, attributes }
}

type Unpacked = (Box<str>, Attributes);

/// How a name and attributes are packed into one text, by whom.
const SHAPES: &[fn(&str) -> Option<Unpacked>] = &[collector, quoted, object, bare];

/// `name|{"key":"value"}|0`: OpenTelemetry's Collector.
fn collector(text: &str) -> Option<Unpacked> {
    let (name, rest) = text.split_once("|{")?;
    let (inner, dropped) = rest.rsplit_once("}|")?;
    dropped.parse::<u32>().ok()?;
    Some((name.into(), attributes(&format!("{{{inner}}}"))?))
}

/// `"name":{"key":"value"}`: OpenTelemetry's specification, Java.
fn quoted(text: &str) -> Option<Unpacked> {
    if !text.starts_with('"') {
        return None;
    }
    object(&format!("{{{text}}}"))
}

/// `{"name":{"key":"value"}}`: Python.
fn object(text: &str) -> Option<Unpacked> {
    if !text.starts_with('{') {
        return None;
    }
    let Ok(Json::Object(outer)) = serde_json::from_str(text) else { return None };
    let mut pairs = outer.into_iter();
    let (Some((name, Json::Object(inner))), None) = (pairs.next(), pairs.next()) else { return None };
    Some((name.into(), inner.into_iter().map(|(key, value)| (key, value_of(value))).collect()))
}

/// `name: {"key":"value"}`: Go.
fn bare(text: &str) -> Option<Unpacked> {
    let (name, inner) = text.split_once(": {")?;
    Some((name.into(), attributes(&format!("{{{inner}"))?))
}

fn attributes(json: &str) -> Option<Attributes> {
    let Ok(Json::Object(map)) = serde_json::from_str(json) else { return None };
    Some(map.into_iter().map(|(key, value)| (key, value_of(value))).collect())
}

/// An attribute of any type. What is nested deeper than a list of single values stays as JSON.
fn value_of(json: Json) -> Value {
    match json {
        Json::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            Value::Array(items.into_iter().map(single).collect())
        }
        other => single(other),
    }
}

fn single(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::String(text) => Value::from(text),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => number.as_f64().map_or_else(|| Value::from(number.to_string()), Value::Double),
        },
        nested => Value::from(nested.to_string()),
    }
}

/// A link from a tag of [`LINK`]: `TRACE|SPAN|STATE|{"key":"value"}|DROPPED`.
pub(super) fn link(text: &str) -> Option<SpanLink> {
    let (trace_id, rest) = text.split_once('|')?;
    let (span_id, rest) = rest.split_once('|')?;
    let (rest, _dropped) = rest.rsplit_once('|')?;
    let (state, json) = rest.split_once('|').map_or((rest, Cow::Borrowed("{}")), |(state, json)| (state, json.into()));
    Some(SpanLink {
        trace_id: TraceId::from_hex(trace_id.as_bytes())?,
        span_id: SpanId::from_hex(span_id.as_bytes())?,
        trace_state: state.into(),
        attributes: attributes(&json).unwrap_or_default(),
    })
}
