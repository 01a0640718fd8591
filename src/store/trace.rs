//! One trace: its spans and what can be said of it at a glance.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Attributes, Nanos, Span, SpanId, TraceId, Value};

/// The spans of one trace, in the order of arrival. Immutable for whoever holds it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    spans: Vec<Arc<Span>>,
    index: HashMap<SpanId, u32>,
    errors: u32,
    start: Nanos,
    end: Nanos,
    root: Option<u32>,
    /// Spans whose parent has not come, by that parent.
    waiting: HashMap<SpanId, Vec<u32>>,
    services: Vec<Arc<str>>,
    origins: Arc<[Arc<str>]>,
    bytes: usize,
}

/// A line of the trace list.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceSummary {
    /// The trace.
    pub id: TraceId,
    /// When its first span began.
    pub start: Nanos,
    /// From the first span's begin to the last span's end, in nanoseconds.
    pub duration: i64,
    /// The service of the root, or of the first span while the root is missing.
    pub service: Arc<str>,
    /// The operation of that span.
    pub operation: Box<str>,
    /// How many spans there are.
    pub spans: u32,
    /// How many of them failed.
    pub errors: u32,
    /// How many services took part.
    pub services: u32,
    /// Whether the root and every parent are there.
    pub is_complete: bool,
    /// The labels of the sources that its spans came from.
    pub origins: Arc<[Arc<str>]>,
}

/// What adding a span meant.
pub(super) enum Added {
    /// It is new. Lists the positions of spans that waited for it as their parent.
    New(Vec<u32>),
    /// It was there already (the sender repeated itself); the one that ends later was kept.
    Repeated,
}

impl Trace {
    pub(super) fn new(id: TraceId) -> Self {
        Self {
            id,
            spans: Vec::new(),
            index: HashMap::new(),
            errors: 0,
            start: Nanos::MAX,
            end: Nanos::MIN,
            root: None,
            waiting: HashMap::new(),
            services: Vec::new(),
            origins: Arc::default(),
            bytes: size_of::<Self>(),
        }
    }

    /// Adds a span. O(1) amortised.
    pub(super) fn add(&mut self, span: Arc<Span>, service: &Arc<str>) -> Added {
        let at = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        if let Some(known) = self.index.get(&span.span_id).copied() {
            let old = &mut self.spans[known as usize];
            if old.start == span.start {
                self.end = self.end.max(span.end);
                if span.end > old.end {
                    self.errors = self.errors + u32::from(span.is_error()) - u32::from(old.is_error());
                    *old = span;
                }
                return Added::Repeated;
            }
        }
        self.start = self.start.min(span.start);
        self.end = self.end.max(span.end);
        self.errors += u32::from(span.is_error());
        self.bytes += span_bytes(&span);
        if !self.services.contains(service) {
            self.services.push(Arc::clone(service));
        }
        match span.parent_id {
            None => self.root = self.root.or(Some(at)),
            Some(parent) if !self.index.contains_key(&parent) => self.waiting.entry(parent).or_default().push(at),
            Some(_) => {}
        }
        self.index.entry(span.span_id).or_insert(at);
        let waited = self.waiting.remove(&span.span_id).unwrap_or_default();
        self.spans.push(span);
        Added::New(waited)
    }

    /// Notes a source that spans of it came from. O(sources of this trace).
    pub(super) fn came_from(&mut self, origin: &Arc<str>) {
        if !self.origins.iter().any(|known| Arc::ptr_eq(known, origin)) {
            self.origins = self.origins.iter().chain([origin]).cloned().collect();
        }
    }

    /// All spans, in the order of arrival.
    pub fn spans(&self) -> &[Arc<Span>] {
        &self.spans
    }

    /// The span with this id.
    pub fn span(&self, id: SpanId) -> Option<&Arc<Span>> {
        self.spans.get(*self.index.get(&id)? as usize)
    }

    /// Bytes of memory, estimated.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The trace at a glance. O(1).
    pub fn summary(&self) -> TraceSummary {
        let lead = self.root.and_then(|at| self.spans.get(at as usize)).or_else(|| self.spans.first());
        TraceSummary {
            id: self.id,
            start: self.start,
            duration: self.end.saturating_sub(self.start).max(0),
            service: Arc::from(lead.map_or("", |span| span.service())),
            operation: lead.map_or_else(Box::default, |span| span.name.clone()),
            spans: u32::try_from(self.spans.len()).unwrap_or(u32::MAX),
            errors: self.errors,
            services: u32::try_from(self.services.len()).unwrap_or(u32::MAX),
            is_complete: self.is_complete(),
            origins: Arc::clone(&self.origins),
        }
    }

    /// Whether the root and every parent are there.
    pub fn is_complete(&self) -> bool {
        self.root.is_some() && self.waiting.is_empty()
    }

    /// How urgently it should be kept: failed traces most, then incomplete ones (more may come), then the rest.
    pub(super) fn worth(&self) -> u8 {
        match (self.errors > 0, self.is_complete()) {
            (true, _) => 2,
            (false, false) => 1,
            (false, true) => 0,
        }
    }
}

/// Bytes of memory of a span, estimated from its parts. Resource and scope are shared and not counted.
fn span_bytes(span: &Span) -> usize {
    let events: usize =
        span.events.iter().map(|event| 64 + event.name.len() + attributes_bytes(&event.attributes)).sum();
    let links: usize = span.links.iter().map(|link| 80 + attributes_bytes(&link.attributes)).sum();
    let fixed = size_of::<Span>() + 3 * size_of::<usize>() + size_of::<(SpanId, u32)>();
    fixed + span.name.len() + span.status.message.len() + attributes_bytes(&span.attributes) + events + links
}

fn attributes_bytes(attributes: &Attributes) -> usize {
    attributes.iter().map(|(key, value)| 56 + key.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Str(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(items) => items.iter().map(|item| 24 + value_bytes(item)).sum(),
        Value::Map(map) => attributes_bytes(map),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) => 0,
    }
}
