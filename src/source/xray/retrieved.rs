//! Spans of Transaction Search: JSON like OTLP's, with attributes as an object, kinds and codes as words; or segment
//! documents, where a program sent those.
//!
//! Source: "Transaction Search" in the CloudWatch user guide, where spans stand in the log group `aws/spans`.

use serde_json::{Value as Json, json};

use super::segments;
use crate::model::{Span, TraceId};
use crate::parse::otlp::spans_from_json;

/// The words for kinds, in the order of OTLP's numbers.
const KINDS: &[&str] = &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
/// The words for codes of a status, in the order of OTLP's numbers.
const CODES: &[&str] = &["UNSET", "OK", "ERROR"];

/// Reads documents to the end of `spans`; answers how many could not be read.
pub(super) fn spans(documents: &[String], id: TraceId, spans: &mut Vec<Span>) -> usize {
    let (mut unread, mut segments, mut groups) = (0, Vec::new(), Vec::new());
    for document in documents {
        match serde_json::from_str::<Json>(document) {
            Ok(json) if json.get("start_time").is_some() => segments.push(document.as_str()),
            Ok(mut json) if json.get("spanId").is_some() => groups.push(export(&mut json)),
            _ => unread += 1,
        }
    }
    if !groups.is_empty() {
        let count = groups.len();
        match spans_from_json(json!({"resourceSpans": groups}).to_string().as_bytes()) {
            Ok(decoded) => {
                unread += usize::try_from(decoded.rejected_spans).unwrap_or(count);
                spans.extend(decoded.spans);
            }
            Err(_) => unread += count,
        }
    }
    let read = segments::spans(segments.into_iter(), id);
    spans.extend(read.spans);
    unread + read.unread
}

/// A span with its resource and scope around it, as OTLP has them.
fn export(span: &mut Json) -> Json {
    let [resource, scope] = ["resource", "scope"].map(|name| {
        let mut part = span.get_mut(name).map_or_else(|| json!({}), Json::take);
        list_attributes(&mut part);
        part
    });
    list_attributes(span);
    for name in ["events", "links"] {
        span.get_mut(name).and_then(Json::as_array_mut).into_iter().flatten().for_each(list_attributes);
    }
    number(span.get_mut("kind"), "SPAN_KIND_", KINDS);
    number(span.get_mut("status").and_then(|status| status.get_mut("code")), "STATUS_CODE_", CODES);
    json!({"resource": resource, "scopeSpans": [{"scope": scope, "spans": [span.take()]}]})
}

/// Attributes as an object become a list of keys and values.
fn list_attributes(part: &mut Json) {
    let Some(attributes) = part.get_mut("attributes") else { return };
    if let Json::Object(members) = attributes {
        let members = std::mem::take(members).into_iter();
        let list = members.map(|(key, value)| json!({"key": key, "value": any_value(value)}));
        *attributes = Json::Array(list.collect());
    }
}

/// A value as OTLP writes it. serde_json reads at most 128 levels, which bounds the recursion.
fn any_value(value: Json) -> Json {
    match value {
        Json::Null => json!({}),
        Json::Bool(truth) => json!({"boolValue": truth}),
        Json::String(text) => json!({"stringValue": text}),
        Json::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        Json::Number(number) => json!({"intValue": number.to_string()}),
        Json::Array(items) => {
            json!({"arrayValue": {"values": items.into_iter().map(any_value).collect::<Vec<_>>()}})
        }
        Json::Object(members) => {
            let values = members.into_iter().map(|(key, value)| json!({"key": key, "value": any_value(value)}));
            json!({"kvlistValue": {"values": values.collect::<Vec<_>>()}})
        }
    }
}

/// A word, with or without its prefix, becomes its number.
fn number(value: Option<&mut Json>, prefix: &str, words: &[&str]) {
    let Some(value) = value else { return };
    let Some(word) = value.as_str() else { return };
    let word = word.trim_start_matches(prefix).to_ascii_uppercase();
    *value = json!(words.iter().position(|known| **known == *word).unwrap_or(0));
}
