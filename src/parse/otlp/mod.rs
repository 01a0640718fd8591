//! OTLP, the OpenTelemetry protocol: export requests in JSON and protobuf to records and back.
//!
//! Owns the JSON reader ([`decode_json`]), which takes what real senders write and not only what the specification
//! asks for; the conversion from opentelemetry-proto's generated types ([`logs_from_proto`]); and the writer of
//! canonical OTLP JSON ([`encode_logs_json`]), in which sessions are kept, with the form in which lines of text travel in
//! it ([`line_to_record`], [`record_to_line`]). Pure: no sockets, no files, no clock.
//!
//! Fields that the model does not keep (schema URLs, dropped counts, link flags) are read and forgotten. Sources: the
//! OTLP specification 1.x ("JSON Protobuf Encoding") and opentelemetry-proto's `.proto` files.

mod any_value;
mod direct;
mod encode;
mod json;
pub(super) mod keys;
mod line_record;
mod proto;
pub(super) mod scalar;
#[cfg(test)]
mod tests;
mod wire;

pub use encode::{encode_logs_json, encode_spans_json};
pub(in crate::parse) use json::spans_with_base64_ids;
pub use json::{data_points_in_json, decode_json, logs_from_json, spans_from_json};
pub use line_record::{
    LINE_FORMAT, LINE_SOURCE, LOSS_EVENT, LineParts, Restored, RestoredLine, SESSION_SCOPE, line_to_record,
    loss_to_record, record_to_line, record_to_record, session_scope,
};
pub use proto::{
    data_points_in_proto, decode_any_proto, decode_logs_proto, decode_spans_proto, logs_from_proto, spans_from_proto,
};

use std::sync::Arc;

use crate::model::{LogRecord, Nanos, Resource, Scope, Span, Value};

/// How many levels of lists and maps an attribute value or a log body keeps; what lies deeper becomes
/// [`TOO_DEEP`]. At the deepest place of a request that makes 12 + 4 × 25 = 112 levels of JSON and 8 + 3 × 25 = 83
/// nested messages, so that readers with the usual limits (128 levels, 100 messages) can read what we write.
pub const MAX_DEPTH: usize = 24;

/// What stands in the place of a value that was nested deeper than [`MAX_DEPTH`].
pub const TOO_DEEP: &str = "⋯ nested too deep ⋯";

/// What one export request held.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decoded {
    /// Log records, in the order of the request.
    pub logs: Vec<LogRecord>,
    /// Spans, in the order of the request.
    pub spans: Vec<Span>,
    /// Log records that could not be read.
    pub rejected_logs: u64,
    /// Spans that could not be read, or whose trace id or span id is missing, malformed or zero.
    pub rejected_spans: u64,
    /// Metric data points, which are counted and not kept.
    pub data_points: u64,
}

/// Why a whole request could not be read. A single bad record is no reason: it is counted in [`Decoded`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON, or not of an export request's shape.
    #[error("not an OTLP request in JSON: {0}")]
    Json(String),
    /// The text ends in the middle of a JSON value.
    #[error("the OTLP request in JSON is cut off: {0}")]
    Incomplete(String),
    /// JSON, but with none of the keys that an export request has.
    #[error("not an OTLP request: none of resourceLogs, resourceSpans and resourceMetrics")]
    NoSignal,
    /// Not the protobuf message that was expected.
    #[error("not an OTLP request in protobuf: {0}")]
    Proto(#[from] prost::DecodeError),
    /// Longer than 4 MiB, and broken or written as no sender writes it.
    #[error("not an OTLP request in protobuf, or one that is broken; it is too long to find out more")]
    Unusual,
    /// So many records or attributes that they would take hundreds of megabytes.
    #[error("too many records or attributes in one request: send smaller batches")]
    TooMuch,
}

/// Who made the records that are being read: shared by all of one group.
struct Origin {
    resource: Arc<Resource>,
    scope: Arc<Scope>,
}

/// A time from OTLP's unsigned nanoseconds; what does not fit the model's range is unknown, 0.
fn nanos(unsigned: u64) -> Nanos {
    Nanos::try_from(unsigned).unwrap_or(0)
}

/// The value that stands for one nested too deep.
fn too_deep() -> Value {
    Value::from(TOO_DEEP)
}
