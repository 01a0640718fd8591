//! The names under which loggers write time, level, message, service and trace ids, in order of preference.
//!
//! One table for all formats of named fields. Names are dotted: `log.level` means both a key spelled so and `level`
//! within the object `log`. Looking a name up is one hash of four of its bytes, because it happens for every field of
//! every line. To add a name: a line in [`NAMES`], the preferred first.

use super::context::{SpanStyle, TraceStyle};
use super::level::Scale;

/// What a field says of its line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// When it was written.
    Time,
    /// The nanoseconds within the second that another field gives (Log4j's `instant`).
    TimeNanos,
    /// How severe it is.
    Level(Scale),
    /// How a request ended, as HTTP numbers it: how severe it is where no level says so.
    Status,
    /// What it says.
    Message,
    /// Who wrote it.
    Service,
    /// The trace it belongs to.
    Trace(TraceStyle),
    /// The span it belongs to.
    Span(SpanStyle),
    /// The session of a Claude Code transcript: the line's `type` then tells who speaks.
    Session,
}

/// A name's meaning, and how much it is preferred over other names of the same role: lower is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Meaning {
    pub(super) role: Role,
    pub(super) rank: u8,
}

/// The longest dotted name that is looked up; longer ones have no meaning.
pub(super) const MAX_NAME: usize = 32;

/// Every known name. The order within a role is the order of preference.
const NAMES: &[(&str, Role)] = &[
    ("@timestamp", Role::Time),
    ("timestamp", Role::Time),
    ("time", Role::Time),
    ("ts", Role::Time),
    ("@t", Role::Time),
    ("t", Role::Time),
    ("t.$date", Role::Time),
    ("date", Role::Time),
    ("datetime", Role::Time),
    ("eventTime", Role::Time),
    ("timeUnixNano", Role::Time),
    ("timestamp_ns", Role::Time),
    ("timeMillis", Role::Time),
    ("instant.epochSecond", Role::Time),
    ("instant", Role::Time),
    ("asctime", Role::Time),
    ("created", Role::Time),
    ("T", Role::Time),
    ("start_time", Role::Time),
    ("syslog_timestamp", Role::Time),
    ("_SOURCE_REALTIME_TIMESTAMP", Role::Time),
    ("__REALTIME_TIMESTAMP", Role::Time),
    ("Timestamp", Role::Time),
    ("observedTimeUnixNano", Role::Time),
    ("timestamp.seconds", Role::Time),
    ("timestampSeconds", Role::Time),
    ("started_at", Role::Time),
    ("EdgeStartTimestamp", Role::Time),
    ("EdgeEndTimestamp", Role::Time),
    ("receiveTimestamp", Role::Time),
    ("requestReceivedTimestamp", Role::Time),
    ("TimeGenerated", Role::Time),
    ("instant.nanoOfSecond", Role::TimeNanos),
    ("timestamp.nanos", Role::TimeNanos),
    ("timestampNanos", Role::TimeNanos),
    ("level", Role::Level(Scale::Usual)),
    ("severity", Role::Level(Scale::Google)),
    ("error_severity", Role::Level(Scale::Usual)),
    ("log.level", Role::Level(Scale::Usual)),
    ("@l", Role::Level(Scale::Usual)),
    ("@level", Role::Level(Scale::Usual)),
    ("Level", Role::Level(Scale::Usual)),
    ("LogLevel", Role::Level(Scale::Usual)),
    ("lvl", Role::Level(Scale::Usual)),
    ("loglevel", Role::Level(Scale::Usual)),
    ("levelname", Role::Level(Scale::Usual)),
    ("level_name", Role::Level(Scale::Usual)),
    ("log_level", Role::Level(Scale::Usual)),
    ("logLevel", Role::Level(Scale::Usual)),
    ("severity_text", Role::Level(Scale::Usual)),
    ("severityText", Role::Level(Scale::Usual)),
    ("PRIORITY", Role::Level(Scale::Syslog)),
    ("s", Role::Level(Scale::Usual)),
    ("L", Role::Level(Scale::Usual)),
    ("severity_number", Role::Level(Scale::OpenTelemetry)),
    ("severityNumber", Role::Level(Scale::OpenTelemetry)),
    ("level_value", Role::Level(Scale::Usual)),
    ("levelno", Role::Level(Scale::Python)),
    ("at", Role::Level(Scale::Usual)),
    ("@fields.level", Role::Level(Scale::Usual)),
    ("@fields.lvl", Role::Level(Scale::Usual)),
    ("SeverityLevel", Role::Level(Scale::AppInsights)),
    ("severityLevel", Role::Level(Scale::AppInsights)),
    ("response_code", Role::Status),
    ("status_code", Role::Status),
    ("statusCode", Role::Status),
    ("EdgeResponseStatus", Role::Status),
    ("DownstreamStatus", Role::Status),
    ("httpRequest.status", Role::Status),
    ("response.status", Role::Status),
    ("status", Role::Status),
    ("message", Role::Message),
    ("msg", Role::Message),
    ("@message", Role::Message),
    ("Message", Role::Message),
    ("RenderedMessage", Role::Message),
    ("@m", Role::Message),
    ("@mt", Role::Message),
    ("event", Role::Message),
    ("fields.message", Role::Message),
    ("body", Role::Message),
    ("text", Role::Message),
    ("MESSAGE", Role::Message),
    ("log", Role::Message),
    ("textPayload", Role::Message),
    ("jsonPayload.message", Role::Message),
    ("M", Role::Message),
    ("short_message", Role::Message),
    ("full_message", Role::Message),
    ("MessageTemplate", Role::Message),
    ("@fields.message", Role::Message),
    ("@fields.msg", Role::Message),
    ("error.message", Role::Message),
    ("LogMessage", Role::Message),
    ("SyslogMessage", Role::Message),
    ("OuterMessage", Role::Message),
    ("protoPayload.methodName", Role::Message),
    ("service", Role::Service),
    ("service.name", Role::Service),
    ("service_name", Role::Service),
    ("serviceName", Role::Service),
    ("dd.service", Role::Service),
    ("app", Role::Service),
    ("application", Role::Service),
    ("logger", Role::Service),
    ("logger_name", Role::Service),
    ("loggerName", Role::Service),
    ("log.logger", Role::Service),
    ("name", Role::Service),
    ("target", Role::Service),
    ("@module", Role::Service),
    ("Category", Role::Service),
    ("component", Role::Service),
    ("c", Role::Service),
    ("resource.service.name", Role::Service),
    ("resource.attributes.service.name", Role::Service),
    ("SYSLOG_IDENTIFIER", Role::Service),
    ("_SYSTEMD_UNIT", Role::Service),
    ("_COMM", Role::Service),
    ("resource.labels.service_name", Role::Service),
    ("resource.labels.container_name", Role::Service),
    ("jsonPayload.component", Role::Service),
    ("N", Role::Service),
    ("AppRoleName", Role::Service),
    ("cloud_RoleName", Role::Service),
    ("trace_id", Role::Trace(TraceStyle::Plain)),
    ("traceId", Role::Trace(TraceStyle::Plain)),
    ("traceID", Role::Trace(TraceStyle::Plain)),
    ("traceid", Role::Trace(TraceStyle::Plain)),
    ("trace.id", Role::Trace(TraceStyle::Plain)),
    ("dd.trace_id", Role::Trace(TraceStyle::Datadog)),
    ("dd_trace_id", Role::Trace(TraceStyle::Datadog)),
    ("@tr", Role::Trace(TraceStyle::Plain)),
    ("logging.googleapis.com/trace", Role::Trace(TraceStyle::Bare)),
    ("trace", Role::Trace(TraceStyle::Bare)),
    ("otelTraceID", Role::Trace(TraceStyle::Plain)),
    ("TraceId", Role::Trace(TraceStyle::Plain)),
    ("TraceID", Role::Trace(TraceStyle::Plain)),
    ("span.trace_id", Role::Trace(TraceStyle::Plain)),
    ("fields.trace_id", Role::Trace(TraceStyle::Plain)),
    ("attributes.trace_id", Role::Trace(TraceStyle::Plain)),
    ("context.trace_id", Role::Trace(TraceStyle::Plain)),
    ("mdc.trace_id", Role::Trace(TraceStyle::Plain)),
    ("mdc.traceId", Role::Trace(TraceStyle::Plain)),
    ("contextMap.trace_id", Role::Trace(TraceStyle::Plain)),
    ("contextMap.traceId", Role::Trace(TraceStyle::Plain)),
    ("traceparent", Role::Trace(TraceStyle::Traceparent)),
    ("b3", Role::Trace(TraceStyle::B3)),
    ("X-B3-TraceId", Role::Trace(TraceStyle::Plain)),
    ("uber-trace-id", Role::Trace(TraceStyle::Uber)),
    ("X-Amzn-Trace-Id", Role::Trace(TraceStyle::Xray)),
    ("OperationId", Role::Trace(TraceStyle::Plain)),
    ("operation_Id", Role::Trace(TraceStyle::Plain)),
    ("span_id", Role::Span(SpanStyle::Plain)),
    ("spanId", Role::Span(SpanStyle::Plain)),
    ("spanID", Role::Span(SpanStyle::Plain)),
    ("spanid", Role::Span(SpanStyle::Plain)),
    ("span.id", Role::Span(SpanStyle::Plain)),
    ("dd.span_id", Role::Span(SpanStyle::Decimal)),
    ("dd_span_id", Role::Span(SpanStyle::Decimal)),
    ("@sp", Role::Span(SpanStyle::Plain)),
    ("logging.googleapis.com/spanId", Role::Span(SpanStyle::Plain)),
    ("otelSpanID", Role::Span(SpanStyle::Plain)),
    ("SpanId", Role::Span(SpanStyle::Plain)),
    ("SpanID", Role::Span(SpanStyle::Plain)),
    ("span.span_id", Role::Span(SpanStyle::Plain)),
    ("fields.span_id", Role::Span(SpanStyle::Plain)),
    ("attributes.span_id", Role::Span(SpanStyle::Plain)),
    ("context.span_id", Role::Span(SpanStyle::Plain)),
    ("mdc.span_id", Role::Span(SpanStyle::Plain)),
    ("mdc.spanId", Role::Span(SpanStyle::Plain)),
    ("contextMap.span_id", Role::Span(SpanStyle::Plain)),
    ("contextMap.spanId", Role::Span(SpanStyle::Plain)),
    ("X-B3-SpanId", Role::Span(SpanStyle::Plain)),
    ("span", Role::Span(SpanStyle::Bare)),
    ("transaction.id", Role::Span(SpanStyle::Plain)),
    ("ParentId", Role::Span(SpanStyle::Plain)),
    ("operation_ParentId", Role::Span(SpanStyle::Plain)),
    ("sessionId", Role::Session),
];

/// Objects that are looked into: the parents of the dotted names.
const PARENTS: &[&str] = &[
    "t",
    "instant",
    "log",
    "service",
    "dd",
    "trace",
    "span",
    "resource",
    "resource.attributes",
    "resource.service",
    "resource.attributes.service",
    "fields",
    "attributes",
    "context",
    "mdc",
    "contextMap",
    "jsonPayload",
    "protoPayload",
    "transaction",
    "timestamp",
    "@fields",
    "httpRequest",
    "response",
    "error",
    "resource.labels",
];

const SLOTS: usize = 1024;
const EMPTY: u8 = u8::MAX;

/// Open addressing over the hash of a name: an index into [`NAMES`], or [`EMPTY`].
static TABLE: [u8; SLOTS] = table();

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a bad index is a compile error")]
const fn table() -> [u8; SLOTS] {
    let mut table = [EMPTY; SLOTS];
    let mut index = 0;
    while index < NAMES.len() {
        let mut slot = slot_of(NAMES[index].0.as_bytes());
        while table[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 255 names")]
        let entry = index as u8;
        table[slot] = entry;
        index += 1;
    }
    table
}

/// A hash of the length and of three bytes; names of the table rarely share it.
const fn slot_of(name: &[u8]) -> usize {
    let (_, back) = name.split_at(name.len() / 2);
    let (Some(first), Some(middle), Some(last)) = (name.first(), back.first(), name.last()) else { return 0 };
    let mixed = *first as usize * 31 + *last as usize * 7 + *middle as usize * 113 + name.len() * 59;
    mixed % SLOTS
}

/// What a field of this dotted name means.
#[inline]
pub(super) fn meaning(name: &[u8]) -> Option<Meaning> {
    if name.is_empty() || name.len() > MAX_NAME {
        return None;
    }
    let mut slot = slot_of(name);
    loop {
        let index = *TABLE.get(slot)?;
        let (known, role) = NAMES.get(usize::from(index))?;
        if known.as_bytes() == name {
            return Some(Meaning { role: *role, rank: index });
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Whether an object of this dotted name may hold fields that have a meaning.
pub(super) fn is_parent(name: &[u8]) -> bool {
    PARENTS.iter().any(|parent| parent.as_bytes() == name)
}

/// Every known name.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_once_with_its_rank() {
        for (index, (name, role)) in NAMES.iter().enumerate() {
            let found = meaning(name.as_bytes()).unwrap();
            assert_eq!((found.role, usize::from(found.rank)), (*role, index), "{name}");
            assert!(name.len() <= MAX_NAME, "{name}");
        }
        for unknown in ["", "user", "levels", "msgs", "a.very.long.name.that.nobody.would.ever.write.so"] {
            assert_eq!(meaning(unknown.as_bytes()), None, "{unknown}");
        }
    }

    #[test]
    fn every_dotted_name_has_its_parents() {
        for (name, _) in NAMES.iter().filter(|(name, _)| !name.contains('/')) {
            for (at, _) in name.match_indices('.') {
                assert!(is_parent(name.get(..at).unwrap().as_bytes()), "{name}");
            }
        }
    }

    #[test]
    fn most_names_are_found_at_once() {
        let mut taken = std::collections::HashSet::new();
        let clashes = NAMES.iter().filter(|(name, _)| !taken.insert(slot_of(name.as_bytes()))).count();
        assert!(clashes <= NAMES.len() / 6, "{clashes} of {}", NAMES.len());
    }
}
