//! Why a segment failed: exceptions as events, and exceptions that are told in another segment.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::document::Piece;
use crate::model::{Attributes, Nanos, SpanEvent};
use crate::source::json_value::{flatten, typed};

/// The messages of all exceptions of a trace, by their ids.
#[derive(Debug, Default)]
pub(super) struct Causes(HashMap<String, String>);

impl Causes {
    /// Of these pieces.
    pub(super) fn of(pieces: &[Piece]) -> Self {
        let exceptions = pieces.iter().filter_map(|piece| piece.fields.0.get("cause")?.get("exceptions")?.as_array());
        let known = exceptions.flatten().filter_map(|exception| Some((text(exception, "id")?, said(exception)?)));
        Self(known.collect())
    }

    /// What the first exception of a cause says; a cause may be the id of an exception elsewhere.
    pub(super) fn message(&self, cause: &Json) -> Option<String> {
        match cause {
            Json::String(id) => self.0.get(id).cloned(),
            _ => said(cause.get("exceptions")?.get(0)?),
        }
    }
}

/// The message of an exception, or its type where it has none.
fn said(exception: &Json) -> Option<String> {
    text(exception, "message").or_else(|| text(exception, "type"))
}

fn text(of: &Json, name: &str) -> Option<String> {
    of.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The exceptions of a cause as events at `time`, as nobody says when they happened. What else the cause says becomes
/// attributes of the span.
pub(super) fn events(mut cause: Json, time: Nanos, attributes: &mut Attributes) -> Vec<SpanEvent> {
    let exceptions = match cause.get_mut("exceptions").map(Json::take) {
        Some(Json::Array(exceptions)) => exceptions,
        _ => Vec::new(),
    };
    flatten(cause, "aws.xray.cause", 1, &mut |path, value| attributes.set(path, value));
    exceptions.into_iter().map(|exception| event(exception, time)).collect()
}

fn event(exception: Json, time: Nanos) -> SpanEvent {
    let mut attributes = Attributes::default();
    if let Json::Object(members) = exception {
        for (name, value) in members {
            match (name.as_str(), value) {
                (_, Json::Null) => {}
                ("type" | "message", value) => attributes.set(format!("exception.{name}"), typed(value)),
                ("stack", Json::Array(frames)) => attributes.set("exception.stacktrace", stack(&frames)),
                (_, value) => attributes.set(format!("aws.xray.exception.{name}"), typed(value)),
            }
        }
    }
    SpanEvent { time, name: "exception".into(), attributes }
}

/// One line a frame: `at main (runtime/proc.go:203)`.
fn stack(frames: &[Json]) -> String {
    let line = |frame: &Json| {
        let label = text(frame, "label").unwrap_or_default();
        let path = text(frame, "path").unwrap_or_default();
        let line = frame.get("line").map(|line| format!(":{line}")).unwrap_or_default();
        format!("at {label} ({path}{line})")
    };
    frames.iter().map(line).collect::<Vec<_>>().join("\n")
}
