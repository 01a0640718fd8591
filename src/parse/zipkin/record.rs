//! A span in Zipkin's normal form: ids of full length, absent times 0, texts empty where nothing was said.

use std::borrow::Cow;

use crate::model::{Nanos, SpanId, SpanKind, TraceId};

/// A span as reported, of any encoding.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Record {
    pub(super) trace_id: TraceId,
    pub(super) id: SpanId,
    pub(super) parent: Option<SpanId>,
    /// `None`: local, or not said in this report.
    pub(super) kind: Option<SpanKind>,
    pub(super) name: String,
    /// Nanoseconds since 1970, 0 where absent.
    pub(super) start: Nanos,
    /// Nanoseconds, 0 where absent.
    pub(super) duration: i64,
    /// Who ran it.
    pub(super) local: Endpoint,
    /// Who was at the other end.
    pub(super) remote: Endpoint,
    pub(super) annotations: Vec<Annotation>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) is_debug: bool,
    pub(super) is_shared: bool,
    /// Whether `start` is a guess from the spans around it.
    pub(super) is_placed: bool,
}

/// A service at an address.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Endpoint {
    pub(super) service: String,
    pub(super) ipv4: String,
    pub(super) ipv6: String,
    /// 0 where absent.
    pub(super) port: u16,
}

/// What happened at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Annotation {
    pub(super) time: Nanos,
    pub(super) value: String,
}

impl Record {
    /// A span of which only its ids are known. `None` when they do not tell which span it is. A parent that is zero or the
    /// span itself is none.
    pub(super) fn new(trace_id: Option<TraceId>, id: Option<SpanId>, parent: Option<SpanId>) -> Option<Self> {
        let (trace_id, id) = (trace_id?, id?);
        Some(Self {
            trace_id,
            id,
            parent: parent.filter(|parent| *parent != id),
            kind: None,
            name: String::new(),
            start: 0,
            duration: 0,
            local: Endpoint::default(),
            remote: Endpoint::default(),
            annotations: Vec::new(),
            tags: Vec::new(),
            is_debug: false,
            is_shared: false,
            is_placed: false,
        })
    }

    /// The same from hex digits of either case, which may lack zeros in front.
    pub(super) fn of_hex(trace_id: &str, id: &str, parent: &str) -> Option<Self> {
        let span = |digits: &str| SpanId::from_hex(digits.as_bytes());
        Self::new(TraceId::from_hex(trace_id.as_bytes()), span(id), span(parent))
    }

    /// Whether it is the server's half of a call: flagged so, or a server's span.
    pub(super) fn is_server_half(&self) -> bool {
        self.is_shared || self.kind == Some(SpanKind::Server)
    }
}

/// Nanoseconds from Zipkin's microseconds; what does not fit is absent, 0.
pub(super) fn nanos(micros: u64) -> Nanos {
    i64::try_from(micros).ok().and_then(|micros| micros.checked_mul(1_000)).unwrap_or(0)
}

/// A text as it is kept.
pub(super) fn owned(text: Cow<'_, str>) -> String {
    text.into_owned()
}
