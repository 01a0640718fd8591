//! Jaeger's JSON: answers of its query API, what its web UI downloads, spans as Elasticsearch keeps them, and answers of its
//! api_v3 ([`read_v3`]), which are OTLP's.
//!
//! Owns the way into all but the last, [`read`], which tells these forms apart by their keys: the API's envelope (`data` is a list of traces;
//! one trace in a UI's download), bare traces and lists of them (`spans`, `processes`), and bare spans and lists of them that
//! embed their process (`spanID`, `process`). Pure: no sockets, no files, no clock.
//!
//! What OpenTelemetry has a field for becomes that field (`span.kind`, `error`, `otel.status_code`, `otel.scope.name` …, as
//! Jaeger's own translator writes them); everything else keeps its name and its type. A span that can not be read is counted
//! and loses no other. Source: Jaeger's `internal/uimodel/model.go`, and recorded answers of Jaeger 2.20 and VictoriaTraces.

mod ids;
#[cfg(test)]
pub(crate) mod kept;
mod span;
mod tag;
#[cfg(test)]
mod tests;
mod told;
mod v3;
mod wire;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::span::{Origins, Trace};
pub use self::v3::{read_v3, read_v3_error};
use crate::model::Span;

/// What a document held.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Document {
    /// The spans of all its traces, in the order of the document.
    pub spans: Vec<Span>,
    /// Spans that could not be read, or whose trace id or span id is missing or zero.
    pub rejected_spans: u64,
    /// What it says of its traces as a whole: their warnings, and the errors of the envelope.
    pub notes: Vec<String>,
}

/// Why a whole document could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON.
    #[error("no JSON: {0}")]
    Json(String),
    /// The text ends in the middle of a JSON value.
    #[error("the JSON is cut off: {0}")]
    Incomplete(String),
    /// JSON, but without anything that looks like Jaeger's traces.
    #[error("no traces as Jaeger writes them: neither `data` nor `spans` nor `spanID` is there")]
    NoTraces,
}

impl ReadError {
    fn of(error: &serde_json::Error) -> Self {
        let why = error.to_string();
        if error.is_eof() { Self::Incomplete(why) } else { Self::Json(why) }
    }
}

/// Reads a document of any of Jaeger's forms. Linear in its length; invalid UTF-8 is replaced.
pub fn read(document: &[u8]) -> Result<Document, ReadError> {
    let text = String::from_utf8_lossy(document);
    let top: &RawValue =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| ReadError::of(&error))?;
    let mut reader = Reader::default();
    let envelope = object::<wire::Envelope<'_>>(top);
    match envelope.as_ref().and_then(|envelope| envelope.data) {
        Some(data) => reader.all(data),
        // An envelope of errors alone: `{"data":null,"errors":[…]}`.
        None if envelope.as_ref().is_some_and(|envelope| envelope.errors.is_some()) => {}
        None => reader.all(top),
    }
    reader.notes(envelope.and_then(|envelope| envelope.errors).map(errors));
    if reader.strangers > 0 && !reader.has_any {
        return Err(ReadError::NoTraces);
    }
    reader.document.rejected_spans += reader.strangers;
    Ok(reader.document)
}

/// What an envelope says went wrong, in one line; `None` where the answer is no envelope or tells no error.
#[must_use]
pub fn read_errors(answer: &[u8]) -> Option<String> {
    let envelope: wire::Envelope<'_> = serde_json::from_slice(answer).ok()?;
    let told = errors(envelope.errors?);
    (!told.is_empty()).then(|| told.join(" · "))
}

/// The value of a part of a document, `None` where it has another shape.
fn one<'a, T: Deserialize<'a>>(text: &'a RawValue) -> Option<T> {
    serde_json::from_str(text.get()).ok()
}

/// The same of an object: a list would be taken for its values without their keys.
fn object<'a, T: Deserialize<'a>>(text: &'a RawValue) -> Option<T> {
    if text.get().starts_with('{') { one(text) } else { None }
}

fn errors(list: &RawValue) -> Vec<String> {
    one::<Vec<wire::Error<'_>>>(list).unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[derive(Default)]
struct Reader<'a> {
    document: Document,
    origins: Origins<'a>,
    /// Whether there was a trace or a span, readable or not.
    has_any: bool,
    /// Values that are neither.
    strangers: u64,
}

impl<'a> Reader<'a> {
    /// Reads a list of traces or spans, or one of these.
    fn all(&mut self, value: &'a RawValue) {
        match one::<Vec<&RawValue>>(value) {
            Some(list) => {
                self.has_any |= list.is_empty();
                for value in list {
                    self.trace_or_span(value);
                }
            }
            None => self.trace_or_span(value),
        }
    }

    fn trace_or_span(&mut self, value: &'a RawValue) {
        match object::<wire::Trace<'_>>(value) {
            Some(wire::Trace { spans: Some(spans), trace_id, processes, warnings, .. }) => {
                self.has_any = true;
                let trace = Trace { id: trace_id, processes: processes.unwrap_or_default() };
                for span in spans {
                    self.span(span, &trace);
                }
                self.notes(warnings.and_then(one::<Vec<String>>));
            }
            Some(wire::Trace { span_id: Some(_), .. }) => {
                self.has_any = true;
                self.span(value, &Trace::default());
            }
            _ => self.strangers += 1,
        }
    }

    fn span(&mut self, text: &'a RawValue, trace: &Trace<'a>) {
        match object::<wire::Span<'_>>(text).and_then(|span| self.origins.span(span, trace)) {
            Some(span) => self.document.spans.push(span),
            None => self.document.rejected_spans += 1,
        }
    }

    fn notes(&mut self, notes: Option<Vec<String>>) {
        self.document.notes.extend(notes.unwrap_or_default());
    }
}
