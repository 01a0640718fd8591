//! What Grafana Tempo answers: traces, search results, names of tags and their values.
//!
//! A trace comes in the protobuf of OTLP or in the old JSON of protobuf, which is not OTLP's: ids in base64, enums by
//! name, 64-bit integers in strings. The first version of the API gives `{"batches":[…]}`, the second
//! `{"trace":{"resourceSpans":[…]},"status":"PARTIAL","message":…}`; [`trace_from_json`] reads either, so it also reads what
//! somebody saved. [`search`] and the names are in `answer`. Sources: Tempo's documentation "Tempo HTTP API" and
//! `tempopb/tempo.proto`, versions 2 and 3. Pure: no sockets, no files, no clock.

mod answer;
#[cfg(test)]
mod tests;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use answer::{FoundTrace, search, tag_names, tag_values};

use super::otlp::{DecodeError, Decoded, decode_spans_proto, spans_from_proto, spans_with_base64_ids};
use crate::model::Span;

/// What Tempo has of one trace.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TempoTrace {
    /// Its spans, in the order of the answer; none where Tempo does not know the trace.
    pub spans: Vec<Span>,
    /// How many spans could not be read.
    pub rejected: u64,
    /// Tempo gave only a part of it: why, in its words, which may be none.
    pub partial: Option<String>,
}

/// Why an answer could not be read: it is none of Tempo's, or not whole.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotTempo(String);

impl NotTempo {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<DecodeError> for NotTempo {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Json(why) | DecodeError::Incomplete(why) => Self(why),
            DecodeError::Proto(error) => Self::of(error),
            DecodeError::NoSignal | DecodeError::Unusual | DecodeError::TooMuch => Self::of(error),
        }
    }
}

/// The status of an answer that has all of the trace, and of one that has not (`PartialStatus` in tempo.proto).
const PARTIAL: (&str, i32) = ("PARTIAL", 1);

/// An answer in JSON, of either version of the API.
#[derive(Deserialize)]
struct JsonAnswer<'a> {
    #[serde(borrow)]
    trace: Option<&'a RawValue>,
    status: Option<String>,
    message: Option<String>,
}

/// `TraceByIDResponse` of the second version; field 2 is figures.
#[derive(Clone, PartialEq, Message)]
struct ProtoAnswer {
    #[prost(message, optional, tag = "1")]
    trace: Option<ExportTraceServiceRequest>,
    #[prost(int32, tag = "3")]
    status: i32,
    #[prost(string, tag = "4")]
    message: String,
}

/// Reads a trace in JSON, as `/api/traces/ID` and `/api/v2/traces/ID` answer it. Linear in the length of `bytes`.
pub fn trace_from_json(bytes: &[u8]) -> Result<TempoTrace, NotTempo> {
    let text = String::from_utf8_lossy(bytes);
    let answer: JsonAnswer<'_> = serde_json::from_str(&text).map_err(NotTempo::of)?;
    let groups = answer.trace.map_or(&*text, RawValue::get);
    let partial = (answer.status.as_deref() == Some(PARTIAL.0)).then(|| answer.message.unwrap_or_default());
    Ok(whole(spans_with_base64_ids(groups.as_bytes())?, partial))
}

/// Reads a trace in the protobuf of `/api/traces/ID`: a `Trace`, which is OTLP's `TracesData`.
pub fn trace_from_proto_v1(bytes: &[u8]) -> Result<TempoTrace, NotTempo> {
    Ok(whole(decode_spans_proto(bytes)?, None))
}

/// Reads a trace in the protobuf of `/api/v2/traces/ID`: a `TraceByIDResponse`.
pub fn trace_from_proto_v2(bytes: &[u8]) -> Result<TempoTrace, NotTempo> {
    let answer = ProtoAnswer::decode(bytes).map_err(NotTempo::of)?;
    let partial = (answer.status == PARTIAL.1).then_some(answer.message);
    Ok(whole(spans_from_proto(answer.trace.unwrap_or_default()), partial))
}

fn whole(decoded: Decoded, partial: Option<String>) -> TempoTrace {
    TempoTrace { spans: decoded.spans, rejected: decoded.rejected_spans, partial }
}
