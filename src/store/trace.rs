//! One trace: its spans and what can be said of it at a glance.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Attributes, Nanos, Span, SpanId, SpanIndex, SpanKind, TraceId, Value};

/// The spans of one trace, in the order of arrival. Immutable for whoever holds it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    spans: Vec<Arc<Span>>,
    index: SpanIndex,
    errors: u32,
    start: Nanos,
    end: Nanos,
    root: Option<u32>,
    /// Spans whose parent has not come, by that parent.
    waiting: HashMap<SpanId, Vec<u32>>,
    /// Calls that were counted by what the called service did, by the client's span, before a server's half came.
    early: HashSet<(SpanId, Arc<str>)>,
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
    /// It is new. Lists the positions of spans whose parent it turned out to be.
    New(Vec<u32>),
    /// It was there already: a sender repeated itself, or another system has it too. What both say was kept; where that is
    /// more than was known before, here is the span as it was and as it is.
    Repeated(Option<(Arc<Span>, Arc<Span>)>),
}

impl Trace {
    pub(super) fn new(id: TraceId) -> Self {
        Self {
            id,
            spans: Vec::new(),
            index: SpanIndex::default(),
            errors: 0,
            start: Nanos::MAX,
            end: Nanos::MIN,
            root: None,
            waiting: HashMap::new(),
            early: HashSet::new(),
            services: Vec::new(),
            origins: Arc::default(),
            bytes: size_of::<Self>(),
        }
    }

    /// Adds a span. O(1) amortised.
    pub(super) fn add(&mut self, span: Arc<Span>, service: &Arc<str>) -> Added {
        let known = self.index.all(span.span_id);
        let same = known.map(|at| at as usize).find(|&at| self.spans.get(at).is_some_and(|it| it.is_same(&span)));
        if let Some(at) = same {
            return Added::Repeated(self.unite(at, &span));
        }
        let at = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.errors += u32::from(span.is_error());
        self.bytes += span_bytes(&span);
        if !self.services.contains(service) {
            self.services.push(Arc::clone(service));
        }
        self.widen(&span);
        let servers = self.servers_of(&span);
        self.index.insert(span.span_id, at);
        let mut waited = self.waiting.remove(&span.span_id).unwrap_or_default();
        let (parent, is_client) = (span.parent_id, span.kind == SpanKind::Client);
        self.spans.push(span);
        self.place(at, parent, is_client);
        waited.extend(servers);
        // One that waited may have come to its client's half meanwhile.
        waited.retain(|&child| self.index.parent_of(child, &self.spans) == Some(at));
        waited.sort_unstable();
        waited.dedup();
        Added::New(waited)
    }

    /// Keeps of two reports of one span what both say; gives what it was before and is now, where that differs.
    fn unite(&mut self, at: usize, later: &Arc<Span>) -> Option<(Arc<Span>, Arc<Span>)> {
        let known = self.spans.get_mut(at)?;
        let united = known.united(later)?;
        let before = std::mem::replace(known, united);
        let united = Arc::clone(known);
        self.errors = self.errors + u32::from(united.is_error()) - u32::from(before.is_error());
        self.bytes = (self.bytes + span_bytes(&united)).saturating_sub(span_bytes(&before));
        self.widen(&united);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        if before.parent_id.is_none() && united.parent_id.is_some() {
            self.root = self.root.filter(|root| *root != at);
            self.place(at, united.parent_id, false);
        }
        Some((before, united))
    }

    /// Notes whether the span at `at` is the root or waits for its parent. Of a root's halves the client's is it.
    fn place(&mut self, at: u32, parent: Option<SpanId>, is_client: bool) {
        match parent {
            Some(parent) if !self.index.contains(parent) => self.waiting.entry(parent).or_default().push(at),
            Some(_) => {}
            None => {
                let is_half = |root: u32| self.index.parent_of(root, &self.spans) == Some(at);
                if self.root.is_none_or(|root| is_client && is_half(root)) {
                    self.root = Some(at);
                }
            }
        }
    }

    /// The servers' halves of a call that `client` is the other half of, as far as no parent of theirs in another service is
    /// known: a call is counted once.
    fn servers_of(&self, client: &Span) -> Vec<u32> {
        if client.kind != SpanKind::Client {
            return Vec::new();
        }
        let is_uncounted = |server: &Span, at: u32| {
            let caller = self.parent_of(at);
            server.kind == SpanKind::Server && caller.is_none_or(|caller| caller.service() == server.service())
        };
        let halves = self.index.all(client.span_id);
        halves.filter(|&at| self.spans.get(at as usize).is_some_and(|it| is_uncounted(it, at))).collect()
    }

    /// The time of the trace with that of `span`, as far as it has one.
    fn widen(&mut self, span: &Span) {
        if span.start != 0 {
            self.start = self.start.min(span.start);
            self.end = self.end.max(span.end);
        }
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

    /// The parent of the span at a position, if it has come. O(1).
    pub fn parent_of(&self, at: u32) -> Option<&Arc<Span>> {
        self.spans.get(self.index.parent_of(at, &self.spans)? as usize)
    }

    /// Notes that a call of this client's span into this service is counted though no server's half of it is there; whether
    /// that is news.
    pub(super) fn note_early(&mut self, client: SpanId, service: &Arc<str>) -> bool {
        self.early.insert((client, Arc::clone(service)))
    }

    /// Whether that was noted; not any more then.
    pub(super) fn forget_early(&mut self, client: SpanId, service: &Arc<str>) -> bool {
        self.early.remove(&(client, Arc::clone(service)))
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
            start: if self.start == Nanos::MAX { 0 } else { self.start },
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
