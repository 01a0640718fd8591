//! Zipkin's spans: v2 in JSON and protobuf, and v1 in JSON, to the model.
//!
//! Each encoding is brought into one normal form ([`record`]); reports of one half of a call that came in parts are put
//! together ([`merge`]); what is left becomes spans ([`convert`]). Client and server of a call may have one span id: both
//! stay, and whoever builds a tree of them keeps them apart (`model::shared`). Pure: no sockets, no files, no clock.
//!
//! Sources: zipkin-api's `zipkin2-api.yaml` and `zipkin.proto`, `V1SpanConverter`, `Trace` and `SpanNode` of
//! openzipkin/zipkin, and what OpenTelemetry's specification ("Zipkin exporter") and Collector write into tags.

mod convert;
mod event;
mod json;
mod merge;
mod place;
mod proto;
mod record;
#[cfg(test)]
mod tests;
mod v1;

use self::record::Record;
use crate::model::Span;

/// What was marked as reported by the server half of a call whose client has the same span id.
pub const SHARED: &str = "zipkin.shared";
/// What was to be kept whatever sampling says.
pub const DEBUG: &str = "zipkin.debug";
/// Which times of a span were not reported: `timestamp`, `duration` or both. Its place in time is then a guess.
pub const ABSENT: &str = "zipkin.absent";

/// What one list of spans held.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decoded {
    /// Spans, those of one trace in the order of their start.
    pub spans: Vec<Span>,
    /// Spans that could not be read, or whose trace id or id is missing, malformed or zero.
    pub rejected: u64,
}

/// Why a whole list could not be read. A single bad span is no reason: it is counted in [`Decoded`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON, or no list.
    #[error("not a list of Zipkin spans in JSON: {0}")]
    Json(String),
    /// Not the message `ListOfSpans`.
    #[error("not a list of Zipkin spans in protobuf: {0}")]
    Proto(#[from] prost::DecodeError),
}

/// How much of its traces a list has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Some spans of some traces, as clients report them; the rest comes later.
    Report,
    /// All there is of them: the answer to a query, an export. Spans without a time get one from those around them, and a
    /// trace of which some spans have 64-bit ids gets one id.
    Whole,
}

/// Reads a list of spans, v2 or v1, or a list of such lists. No bytes at all are an empty list. O(n log n) in the number of
/// spans, linear in bytes.
pub fn decode_json(bytes: &[u8], extent: Extent) -> Result<Decoded, DecodeError> {
    let (records, rejected) = json::read(bytes)?;
    Ok(finish(records, rejected, extent))
}

/// Reads a `ListOfSpans`; no bytes at all are an empty one. O(n log n) in the number of spans, linear in bytes.
pub fn decode_proto(bytes: &[u8], extent: Extent) -> Result<Decoded, DecodeError> {
    let (records, rejected) = proto::read(bytes)?;
    Ok(finish(records, rejected, extent))
}

fn finish(mut records: Vec<Record>, rejected: u64, extent: Extent) -> Decoded {
    if extent == Extent::Whole {
        merge::unite_ids(&mut records);
    }
    let mut records = merge::merge(records);
    if extent == Extent::Whole {
        place::place(&mut records);
    }
    Decoded { spans: convert::spans(records), rejected }
}
