//! The keys that have a meaning of their own, and the names of attributes that stand behind them on a log line.

/// What a key means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    /// The severity.
    Level,
    /// The service.
    Service,
    /// The source.
    Source,
    /// The machine.
    Host,
    /// The trace's id.
    Trace,
    /// The span's id.
    Span,
    /// The service that called: of a span's parent. Of a line the field of that name.
    Caller,
    /// The operation.
    Op,
    /// The outcome: `error` or `ok` of a trace, a status code of a line.
    Status,
    /// How long it took.
    Duration,
    /// When it happened.
    Time,
    /// The shape of the message.
    Template,
    /// The message.
    Msg,
    /// The kind of span or event.
    Kind,
    /// How many spans a trace has.
    Spans,
    /// An attribute by its name.
    Attribute,
}

/// Other names for attributes, from what people type to what programs write. The configuration adds to them.
pub const BUILT_IN_ALIASES: [(&str, &str); 3] = [("job", "job_id"), ("worker", "worker_id"), ("queue", "queue_name")];

impl Key {
    /// Every key with a meaning of its own, with its name and what it is in a few words.
    pub const ALL: [(&'static str, Self, &'static str); 15] = [
        ("level", Self::Level, "severity: warn, >=warn, error,fatal"),
        ("service", Self::Service, "service name, * allowed"),
        ("source", Self::Source, "where the line came from, * allowed"),
        ("host", Self::Host, "host name, * allowed"),
        ("trace", Self::Trace, "trace id"),
        ("span", Self::Span, "span id"),
        ("caller", Self::Caller, "service that called a span, * allowed"),
        ("op", Self::Op, "operation"),
        ("status", Self::Status, "status code, or error and ok of a trace"),
        ("duration", Self::Duration, "duration: >1.5s, 10ms..1s"),
        ("time", Self::Time, "time: >12:03, >10m, 12:00..12:10"),
        ("template", Self::Template, "message with <*> where it varies"),
        ("msg", Self::Msg, "the message contains"),
        ("kind", Self::Kind, "kind of span or event"),
        ("spans", Self::Spans, "number of spans of a trace"),
    ];

    /// The meaning of a key by its name.
    pub fn of(name: &str) -> Self {
        Self::ALL.iter().find(|(known, ..)| *known == name).map_or(Self::Attribute, |(_, key, _)| *key)
    }

    /// Whether `a..b` is a range whatever the ends look like.
    pub(super) fn is_ordered(self) -> bool {
        matches!(self, Self::Level | Self::Time | Self::Duration | Self::Spans)
    }

    /// The attributes of a line that carry this key's meaning, the likeliest first.
    pub(super) fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Host => &["host.name", "host", "hostname"],
            Self::Op => &["op", "operation", "span.name"],
            Self::Status => &["status", "status_code", "http.response.status_code", "http.status_code"],
            Self::Duration => &["duration", "duration_ms", "elapsed", "latency"],
            Self::Kind => &["kind", "span.kind", "event.name"],
            Self::Spans => &["spans"],
            _ => &[],
        }
    }
}
