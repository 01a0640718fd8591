//! A span in either of the forms that Datadog answers with: an indexed event, whose tags are nested objects with texts, or a
//! span of the trace preview, with flat tags (`meta`) and numbers (`metrics`).

use serde_json::{Map, Value as Json};

use super::ids::{span_id, trace_id, with_upper};
use crate::model::{Attributes, Nanos, SpanId, TraceId, Value};
use crate::source::decimal::scaled;
use crate::source::json_value::{flatten, typed};

/// How deep nested tags are taken apart.
const DEPTH: usize = 16;

/// A span, before it is one of the model.
#[derive(Debug)]
pub(super) struct Raw {
    /// As far as it is known: the lower half, or all of it.
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) parent_id: Option<SpanId>,
    pub(super) start: Nanos,
    /// In nanoseconds.
    pub(super) duration: i64,
    pub(super) has_failed: bool,
    /// Everything else, tags by their paths.
    pub(super) tags: Attributes,
}

impl Raw {
    /// An indexed event.
    pub(super) fn of_event(mut event: Json) -> Option<Self> {
        let id = event.get_mut("id").map(Json::take);
        let Json::Object(mut fields) = event.get_mut("attributes")?.take() else { return None };
        let (trace, span, parent) = ids(&mut fields, ["trace_id", "span_id", "parent_id"])?;
        let start = time(&fields.remove("start_timestamp")?)?;
        let end = fields.remove("end_timestamp").as_ref().and_then(time);
        let custom = fields.remove("custom").unwrap_or_default();
        let has_failed = fields.get("status").and_then(Json::as_str) == Some("error");
        let mut tags = Vec::new();
        // A program's tag may be called like something that the event says of itself.
        let own = |path: &str| if path == "id" { id.as_ref() } else { fields.get(path) };
        flatten(custom, "", DEPTH, &mut |path, value| {
            let is_other = own(&path).is_some_and(|own| typed(own.clone()) != value);
            tags.push((if is_other { format!("custom.{path}") } else { path }, value));
        });
        tags.extend(fields.into_iter().map(|(name, value)| (name, typed(value))));
        tags.extend(id.map(|id| ("id".to_owned(), typed(id))));
        Some(Self::new((trace, span, parent), start, end, has_failed, tags.into_iter().collect()))
    }

    /// A span of the preview.
    pub(super) fn of_trace(span: Json) -> Option<Self> {
        let Json::Object(mut fields) = span else { return None };
        let (mut trace, span, parent) = ids(&mut fields, ["traceID", "spanID", "parentID"])?;
        if let Some(full) = fields.remove("traceIDFull").as_ref().and_then(trace_id) {
            trace = full;
        }
        let start = time(&fields.remove("startTime")?)?;
        let end = fields.remove("endTime").as_ref().and_then(time);
        let has_failed = fields.remove("error").is_some_and(|error| error == 1 || error == true);
        let mut tags = Vec::new();
        for name in ["meta", "metrics"] {
            flatten(fields.remove(name).unwrap_or_default(), "", 1, &mut |path, value| tags.push((path, value)));
        }
        let renamed = |name: String| match name.as_str() {
            "name" => "operation_name".to_owned(),
            "resource" => "resource_name".to_owned(),
            _ => name,
        };
        let others = fields.into_iter().filter(|(_, value)| !value.is_null());
        tags.extend(others.map(|(name, value)| (renamed(name), typed(value))));
        Some(Self::new((trace, span, parent), start, end, has_failed, tags.into_iter().collect()))
    }

    fn new(ids: Ids, start: Nanos, end: Option<Nanos>, has_failed: bool, tags: Attributes) -> Self {
        let duration = match tags.get("duration") {
            Some(Value::Int(nanos)) => Some(*nanos),
            Some(other) => scaled(&other.to_string(), 0),
            None => None,
        };
        let joined = tags.text("_dd.p.tid").map_or(ids.0, |upper| with_upper(ids.0, upper));
        // Datadog's intake of OTLP keeps the id as it was.
        let whole = tags.text("otel.trace_id").and_then(|id| trace_id(&Json::from(id)));
        let trace_id = whole.filter(|whole| whole.low64() == ids.0.low64()).unwrap_or(joined);
        let duration = duration.or_else(|| Some(end?.saturating_sub(start))).unwrap_or(0).max(0);
        let is_told = matches!(tags.get("error"), Some(Value::Int(1) | Value::Bool(true)))
            || ["error.type", "error.message", "error.msg"].iter().any(|name| tags.text(name).is_some());
        let is_failed_status = tags.text("otel.status_code").is_some_and(|code| code.eq_ignore_ascii_case("error"));
        let has_failed = has_failed || is_told || is_failed_status;
        Self { trace_id, span_id: ids.1, parent_id: ids.2, start, duration, has_failed, tags }
    }
}

type Ids = (TraceId, SpanId, Option<SpanId>);

fn ids(fields: &mut Map<String, Json>, [trace, span, parent]: [&str; 3]) -> Option<Ids> {
    let trace = trace_id(&fields.remove(trace)?)?;
    let span = span_id(&fields.remove(span)?)?;
    Some((trace, span, fields.remove(parent).as_ref().and_then(span_id)))
}

/// A time in ISO's notation, or a number whose size says whether it counts seconds, milliseconds, microseconds or
/// nanoseconds: which of them the preview counts in is not documented.
fn time(value: &Json) -> Option<Nanos> {
    if let Some(text) = value.as_str() {
        return chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt();
    }
    let number = value.as_f64().filter(|number| *number >= 0.0)?;
    let places = [(1e11, 9), (1e14, 6), (1e17, 3)].into_iter().find(|(below, _)| number < *below);
    scaled(&value.to_string(), places.map_or(0, |(_, places)| places))
}
