//! Log records as structured sources send them, and where they come from.

use std::sync::Arc;

use super::{Attributes, Nanos, Severity, SpanId, TraceId, Value};

/// Who produced a signal: OpenTelemetry's resource.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Resource {
    /// What describes it: `service.name`, `host.name`, `k8s.pod.name` …
    pub attributes: Attributes,
}

/// Which library produced a signal: OpenTelemetry's instrumentation scope.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scope {
    /// The scope's name.
    pub name: Box<str>,
    /// Its version, empty when unknown.
    pub version: Box<str>,
    /// What else describes it.
    pub attributes: Attributes,
}

/// A log record with its fields apart, as OTLP, Loki or Elasticsearch deliver it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LogRecord {
    /// When it happened; 0 when the sender did not say.
    pub time: Nanos,
    /// When a collector saw it; 0 when nobody said.
    pub observed_time: Nanos,
    /// How severe it is.
    pub severity: Severity,
    /// The sender's own word for the severity, empty when it gave none.
    pub severity_text: Box<str>,
    /// The message, of any type.
    pub body: Value,
    /// The record's own attributes.
    pub attributes: Attributes,
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// W3C trace flags in the low byte.
    pub flags: u32,
    /// A non-empty name says that the record is an event of that kind.
    pub event_name: Box<str>,
    /// Who wrote it.
    pub resource: Arc<Resource>,
    /// Which library wrote it.
    pub scope: Arc<Scope>,
}

/// How the bytes of a stored line are to be read: an index into the registry of line formats, or one of the constants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FormatId(pub u8);

impl FormatId {
    /// A line of text of no known format, shown as it came. Always the first of the registry.
    pub const TEXT: Self = Self(0);
    /// A record whose fields came apart from its text ([`LogRecord`]).
    pub const RECORD: Self = Self(254);
    /// A line whose text, and all that was known of it, is gone with the file that it stood in.
    pub const GONE: Self = Self(253);
    /// Not a line: the place where lines were lost ([`super::Loss`]).
    pub const LOSS: Self = Self(255);
}

impl Resource {
    /// `service.name`, or `None` when it is missing or empty.
    #[must_use]
    pub fn service_name(&self) -> Option<&str> {
        self.attributes.text("service.name").filter(|name| !name.is_empty())
    }
}
