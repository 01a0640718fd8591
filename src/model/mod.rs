//! What logs and traces are made of, in OpenTelemetry's data model and by its names.
//!
//! Owns the plain data that every other module passes around: ids, severities, attribute values, log records,
//! spans and when two of them are one, the questions that are asked for traces, the gaps where something was lost, and the
//! zones of clocks. Knows nothing of bytes on a wire, of files or of screens, and reads no clock. All times are signed nanoseconds since 1970-01-01 UTC ([`Nanos`]).

mod attributes;
mod id;
mod log;
mod loss;
mod same_span;
mod search;
mod severity;
mod source_state;
mod span;
mod span_index;
mod value;
mod zone;

pub use attributes::{Attributes, Key};
pub use id::{SpanId, TraceId};
pub use log::{FormatId, LogRecord, Resource, Scope};
pub use loss::{Loss, LossReason};
pub use search::{Dependency, FetchedTrace, Names, TraceHit, TracePage, TraceQuery, WantedTrace, Window};
pub use severity::{Level, Severity};
pub use source_state::SourceState;
pub use span::{Span, SpanEvent, SpanKind, SpanLink, Status, StatusCode};
pub use span_index::SpanIndex;
pub use value::Value;
pub use zone::Zone;

/// A point in time: signed nanoseconds since 1970-01-01 00:00:00 UTC. Zero means "unknown".
pub type Nanos = i64;
