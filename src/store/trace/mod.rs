//! One trace: its spans and what can be said of it at a glance.

mod calls;

use std::collections::HashMap;
use std::sync::Arc;

pub(super) use calls::CallChange;

use super::link_index;
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
    /// The earliest span without a parent.
    root: Option<u32>,
    /// The earliest span.
    earliest: Option<u32>,
    /// Whether a second report has changed what start, end, root or earliest span were told by.
    is_unsettled: bool,
    /// Spans whose parent has not come, by that parent.
    waiting: Children,
    /// All spans with a parent, by that parent; made when it is first asked for.
    children: Option<Children>,
    /// Spans of which the first stands for a call (see `calls`), by the place of the client's span and their service.
    folded: HashMap<(u32, Arc<str>), Vec<u32>>,
    services: Vec<Arc<str>>,
    origins: Arc<[Arc<str>]>,
    bytes: usize,
    revision: u64,
}

/// Places of spans by the parent that they name.
type Children = HashMap<SpanId, Vec<u32>>;

/// A line of the trace list.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceSummary {
    /// The trace.
    pub id: TraceId,
    /// When its first span began.
    pub start: Nanos,
    /// From the first span's begin to the last span's end, in nanoseconds.
    pub duration: i64,
    /// The service of the root, or of the earliest span while the root is missing.
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
    /// It is new.
    New,
    /// It was there already: a sender repeated itself, or another system has it too. What both say was kept; where that is
    /// more than was known before, here is the span as it was and as it is.
    Repeated(Option<(Arc<Span>, Arc<Span>)>),
}

impl Trace {
    /// The `place`th trace that was begun: one that was evicted and comes again has other revisions than before.
    pub(super) fn new(id: TraceId, place: u64) -> Self {
        Self {
            id,
            spans: Vec::new(),
            index: SpanIndex::default(),
            errors: 0,
            start: Nanos::MAX,
            end: Nanos::MIN,
            root: None,
            earliest: None,
            is_unsettled: false,
            waiting: HashMap::new(),
            children: None,
            folded: HashMap::new(),
            services: Vec::new(),
            origins: Arc::default(),
            bytes: size_of::<Self>(),
            revision: place << 32,
        }
    }

    /// Adds a span; what that means for calls between services is put into `changes`. O(1) amortised.
    pub(super) fn add(&mut self, span: Arc<Span>, service: &Arc<str>, changes: &mut Vec<CallChange>) -> Added {
        let is_shared = self.index.contains(span.span_id);
        let is_same = |at: &usize| self.spans.get(*at).is_some_and(|it| it.is_same(&span));
        let same = if is_shared { self.index.all(span.span_id).map(|at| at as usize).find(is_same) } else { None };
        if let Some(at) = same {
            return Added::Repeated(self.unite(at, &span, changes));
        }
        let at = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.revision = self.revision.wrapping_add(1);
        self.errors += u32::from(span.is_error());
        self.bytes += span_bytes(&span);
        if !self.services.contains(service) {
            self.services.push(Arc::clone(service));
        }
        let id = span.span_id;
        // Where another span has the id, its children may be this one's.
        let mut around = if is_shared && self.index.has_room(id) { self.around(id) } else { Vec::new() };
        if !self.waiting.is_empty() {
            around.extend(self.waiting.remove(&id).into_iter().flatten());
        }
        for at in &around {
            self.discount(*at, changes);
        }
        self.index.insert(id, at);
        self.spans.push(span);
        self.place(at);
        for at in &around {
            self.count(*at, changes);
        }
        self.count(at, changes);
        // A root may turn out to be the other half of a call.
        if is_shared && self.root.is_some_and(|root| self.index.parent_of(root, &self.spans).is_some()) {
            self.is_unsettled = true;
        }
        self.consider(at);
        Added::New
    }

    /// Keeps of two reports of one span what both say; gives what it was before and is now, where that differs.
    fn unite(&mut self, at: usize, later: &Arc<Span>, changes: &mut Vec<CallChange>) -> Option<(Arc<Span>, Arc<Span>)> {
        let before = Arc::clone(self.spans.get(at)?);
        let united = before.united(later)?;
        self.revision = self.revision.wrapping_add(1);
        let place = u32::try_from(at).unwrap_or(u32::MAX);
        let is_placed_anew =
            before.parent_id != united.parent_id || before.kind != united.kind || before.resource != united.resource;
        let around = if is_placed_anew { self.around(before.span_id) } else { vec![place] };
        for at in &around {
            self.discount(*at, changes);
        }
        if let Some(known) = self.spans.get_mut(at) {
            *known = Arc::clone(&united);
        }
        self.errors = self.errors + u32::from(united.is_error()) - u32::from(before.is_error());
        self.bytes = (self.bytes + span_bytes(&united)).saturating_sub(span_bytes(&before));
        if before.parent_id != united.parent_id {
            self.unplace(place, before.parent_id);
            self.place(place);
        }
        for at in &around {
            self.count(*at, changes);
        }
        self.is_unsettled |= before.parent_id != united.parent_id
            || before.kind != united.kind
            || before.start != united.start
            || before.end != united.end;
        Some((before, united))
    }

    /// Notes under its parent the span at `at`, also as one that waits where that has not come.
    fn place(&mut self, at: u32) {
        let Some(parent) = self.spans.get(at as usize).and_then(|span| span.parent_id) else { return };
        if let Some(children) = &mut self.children {
            children.entry(parent).or_default().push(at);
        }
        if !self.index.contains(parent) {
            self.waiting.entry(parent).or_default().push(at);
        }
    }

    /// Takes back that the span at `at` is under a parent.
    fn unplace(&mut self, at: u32, parent: Option<SpanId>) {
        let Some(parent) = parent else { return };
        for children in [Some(&mut self.waiting), self.children.as_mut()].into_iter().flatten() {
            if let Some(siblings) = children.get_mut(&parent) {
                siblings.retain(|sibling| *sibling != at);
                if siblings.is_empty() {
                    children.remove(&parent);
                }
            }
        }
    }

    /// Takes the span at `at` into account for what is told of the trace as a whole: its time, its root, its earliest span.
    fn consider(&mut self, at: u32) {
        let Some(span) = self.spans.get(at as usize).map(Arc::clone) else { return };
        self.widen(&span);
        let is_earlier = |than: Option<u32>| {
            let than = than.and_then(|than| self.spans.get(than as usize));
            than.is_none_or(|than| order(&span) < order(than))
        };
        let is_root =
            span.parent_id.is_none() && is_earlier(self.root) && self.index.parent_of(at, &self.spans).is_none();
        let is_earliest = is_earlier(self.earliest);
        if is_root {
            self.root = Some(at);
        }
        if is_earliest {
            self.earliest = Some(at);
        }
    }

    /// Tells anew what is told of the trace as a whole, where second reports have changed what it was told by. O(n) then.
    pub(super) fn settle(&mut self) {
        if !std::mem::take(&mut self.is_unsettled) {
            return;
        }
        (self.start, self.end, self.root, self.earliest) = (Nanos::MAX, Nanos::MIN, None, None);
        (0..u32::try_from(self.spans.len()).unwrap_or(u32::MAX)).for_each(|at| self.consider(at));
    }

    /// Whether [`Self::settle`] has something to do.
    pub(super) fn is_unsettled(&self) -> bool {
        self.is_unsettled
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
            self.revision = self.revision.wrapping_add(1);
        }
    }

    /// A number that is another after every change: to see whether a trace is as it was. O(1).
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// All spans, in the order of arrival.
    pub fn spans(&self) -> &[Arc<Span>] {
        &self.spans
    }

    /// The span with this id; where the two halves of a call share it, the server's. O(1).
    pub fn span(&self, id: SpanId) -> Option<&Arc<Span>> {
        let halves = || self.index.all(id).filter_map(|at| self.spans.get(at as usize));
        halves().find(|span| span.kind == SpanKind::Server).or_else(|| halves().next())
    }

    /// The places of the spans by their ids.
    pub fn index(&self) -> &SpanIndex {
        &self.index
    }

    /// The services that took part, each once, in the order of their first spans.
    pub fn services(&self) -> &[Arc<str>] {
        &self.services
    }

    /// Bytes of memory, estimated.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The trace at a glance. O(1).
    pub fn summary(&self) -> TraceSummary {
        let lead = self.root.or(self.earliest).and_then(|at| self.spans.get(at as usize));
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

/// What spans are ordered by where one of them stands for the trace; a time that is not known is the latest.
fn order(span: &Span) -> (bool, Nanos, SpanId, i32) {
    (span.start == 0, span.start, span.span_id, span.kind.number())
}

/// Bytes of memory of a span, estimated from its parts, with what the table has of its links. Resource and scope are
/// shared and not counted.
fn span_bytes(span: &Span) -> usize {
    let events: usize =
        span.events.iter().map(|event| 64 + event.name.len() + attributes_bytes(&event.attributes)).sum();
    let links: usize = span
        .links
        .iter()
        .map(|link| 80 + link_index::ENTRY_BYTES + link.trace_state.len() + attributes_bytes(&link.attributes))
        .sum();
    let fixed = size_of::<Span>() + 3 * size_of::<usize>() + size_of::<(SpanId, u32)>();
    let texts = span.name.len() + span.status.message.len() + span.trace_state.len();
    fixed + texts + attributes_bytes(&span.attributes) + events + links
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
