//! Spans, by OpenTelemetry's trace data model.

use std::sync::Arc;

use super::{Attributes, Nanos, Resource, Scope, SpanId, TraceId};

/// One operation within a trace.
#[derive(Clone, PartialEq, Debug)]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its own id, unique within the trace.
    pub span_id: SpanId,
    /// The span that caused it; `None` for a root.
    pub parent_id: Option<SpanId>,
    /// W3C tracestate, as sent.
    pub trace_state: Box<str>,
    /// The operation.
    pub name: Box<str>,
    /// Its role in a call.
    pub kind: SpanKind,
    /// When it began.
    pub start: Nanos,
    /// When it ended; may be before `start` if a clock stepped.
    pub end: Nanos,
    /// How it ended.
    pub status: Status,
    /// W3C trace flags in the low byte; bit 8 says that bit 9 is meaningful, bit 9 that the parent is remote.
    pub flags: u32,
    /// Its attributes.
    pub attributes: Attributes,
    /// What happened during it.
    pub events: Vec<SpanEvent>,
    /// Spans of other traces it is related to.
    pub links: Vec<SpanLink>,
    /// Who ran it.
    pub resource: Arc<Resource>,
    /// Which library made it.
    pub scope: Arc<Scope>,
}

/// A span's role in a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SpanKind {
    /// Within a service; also what "unspecified" means.
    #[default]
    Internal,
    /// Serves a remote call.
    Server,
    /// Makes a remote call.
    Client,
    /// Puts a message into a queue.
    Producer,
    /// Takes a message from a queue.
    Consumer,
}

/// How a span ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Status {
    /// The verdict.
    pub code: StatusCode,
    /// What the program says of an error, empty when it says nothing.
    pub message: Box<str>,
}

/// The verdict on a span. `Unset` is not `Ok`: it says that nobody judged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum StatusCode {
    /// Nobody judged.
    #[default]
    Unset,
    /// Explicitly fine.
    Ok,
    /// Failed.
    Error,
}

/// Something that happened at one moment of a span.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SpanEvent {
    /// When.
    pub time: Nanos,
    /// What; exceptions are called `exception`.
    pub name: Box<str>,
    /// The details.
    pub attributes: Attributes,
}

/// A pointer to a span of any trace.
#[derive(Clone, PartialEq, Debug)]
pub struct SpanLink {
    /// The trace pointed to.
    pub trace_id: TraceId,
    /// The span pointed to.
    pub span_id: SpanId,
    /// W3C tracestate of that span.
    pub trace_state: Box<str>,
    /// Why it is linked.
    pub attributes: Attributes,
}

impl Span {
    /// End minus start in nanoseconds; 0 when the clock stepped back.
    #[must_use]
    pub fn duration(&self) -> i64 {
        self.end.saturating_sub(self.start).max(0)
    }

    /// Whether its status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status.code == StatusCode::Error
    }

    /// The service that ran it; `unknown_service` when its resource does not say, as the SDKs have it.
    #[must_use]
    pub fn service(&self) -> &str {
        self.resource.service_name().unwrap_or("unknown_service")
    }
}

impl SpanKind {
    /// From OTLP's number (`SpanKind` in trace.proto).
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Internal,
        }
    }

    /// OTLP's number, 1 to 5.
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::Internal => 1,
            Self::Server => 2,
            Self::Client => 3,
            Self::Producer => 4,
            Self::Consumer => 5,
        }
    }

    /// The lower-case word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

impl StatusCode {
    /// From OTLP's number: 0 unset, 1 ok, 2 error.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Ok,
            2 => Self::Error,
            _ => Self::Unset,
        }
    }

    /// OTLP's number.
    #[must_use]
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The lower-case word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}
