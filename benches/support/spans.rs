//! Spans as a receiver hands them over: a name, a few attributes, a resource that many share.

use std::sync::Arc;

use spantail::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, TraceId};

/// When the first span begins, in nanoseconds since 1970.
const BEGIN: Nanos = 1_773_489_780_000_000_000;

/// Makes spans of one service.
pub(crate) struct Maker {
    resource: Arc<Resource>,
    scope: Arc<Scope>,
}

impl Default for Maker {
    fn default() -> Self {
        let mut attributes = Attributes::default();
        attributes.set("service.name", "catalog");
        let resource = Arc::new(Resource { attributes });
        Self { resource, scope: Arc::default() }
    }
}

impl Maker {
    /// Span `n`: the first of ten is a root, the others are called by the one before them.
    pub(crate) fn span(&self, trace_id: TraceId, n: u64) -> Option<Span> {
        let start = BEGIN + i64::try_from(n).ok()? * 1_000;
        let mut attributes = Attributes::default();
        attributes.set("http.request.method", "GET");
        attributes.set("url.path", format!("/api/v1/items/{n}"));
        attributes.set("http.response.status_code", 200_i64);
        let parent_id = if n.is_multiple_of(10) { None } else { SpanId::from_u64(n) };
        Some(Span {
            trace_id,
            span_id: SpanId::from_u64(n + 1)?,
            parent_id,
            trace_state: Box::default(),
            name: "GET /api/v1/items/{id}".into(),
            kind: if parent_id.is_none() { SpanKind::Server } else { SpanKind::Internal },
            start,
            end: start + 1_000_000,
            status: Status::default(),
            flags: 0,
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            resource: Arc::clone(&self.resource),
            scope: Arc::clone(&self.scope),
        })
    }
}
