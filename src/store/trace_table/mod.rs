//! Traces by id, under a budget of their own.
//!
//! Spans come in any order and late; each joins its trace. When the budget is spent, whole traces go: complete, fast
//! and error-free ones first. The ids of evicted traces are remembered for a while, so that a straggler does not bring
//! back a trace of which only a shred is left. Service statistics are counted as spans arrive and survive eviction.

mod links;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

pub use self::links::Linking;
use super::link_index::LinkIndex;
use super::operation_stats::{OperationFigures, OperationStats};
use super::service_stats::{EdgeStats, ServiceStats, ServiceSummary};
use super::span_tail::{SpanTail, Tails};
use super::trace::{Added, CallChange, Trace, TraceSummary};
use crate::model::{Nanos, Span, TraceId};

/// Evicted ids that are remembered.
const MAX_REMEMBERED: usize = 65_536;

/// What adding a batch of spans did to the numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SpansAdded {
    /// Spans that were taken in, repeated and at once evicted ones included.
    pub stored: u64,
    /// Spans that left: with their trace, as a straggler of an evicted trace, or as the older of two that repeat.
    pub evicted: u64,
}

/// The only one who adds spans.
#[derive(Debug)]
pub struct TraceWriter {
    table: Arc<RwLock<Table>>,
    budget: usize,
}

/// Looks traces up. Cheap to clone; answers are copies, so no lock outlives a call.
#[derive(Clone, Debug)]
pub struct TraceReader {
    table: Arc<RwLock<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    traces: HashMap<TraceId, Entry>,
    /// The low halves of ids of 128 bits: one side of a call may know only that.
    halves: BTreeSet<(u64, TraceId)>,
    /// By order of arrival of the first span.
    order: BTreeMap<u64, TraceId>,
    next: u64,
    bytes: usize,
    spans: u64,
    evicted_spans: u64,
    /// Who links to which span, of all traces that are held.
    links: LinkIndex,
    evicted: HashSet<TraceId>,
    evicted_order: VecDeque<TraceId>,
    stats: ServiceStats,
    operations: OperationStats,
    /// What the span that is being added changes of calls; empty in between.
    changes: Vec<CallChange>,
    /// Traces of which a second report has changed something, within one batch.
    unsettled: Vec<TraceId>,
    services: HashSet<Arc<str>>,
    /// The labels of the sources that brought spans; as few as there are sources.
    origins: Vec<Arc<str>>,
    tails: Tails,
    generation: u64,
}

#[derive(Debug)]
struct Entry {
    trace: Arc<Trace>,
    order: u64,
}

/// A trace table that holds at most about `budget` bytes.
pub fn trace_table(budget: usize) -> (TraceWriter, TraceReader) {
    let table = Arc::<RwLock<Table>>::default();
    (TraceWriter { table: Arc::clone(&table), budget }, TraceReader { table })
}

impl TraceWriter {
    /// Adds spans that came from `origin`, a source's label; `now` bounds the times that are counted in the statistics.
    /// Amortised O(spans).
    pub fn add(&mut self, spans: Vec<Span>, origin: &str, now: Nanos) -> SpansAdded {
        let spans: Vec<_> = spans.into_iter().map(Arc::new).collect();
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.tails.extend(&spans);
        let origin = table.origin(origin);
        let mut out = SpansAdded { stored: spans.len() as u64, evicted: 0 };
        for span in &spans {
            out.evicted += table.add(span, &origin, now);
        }
        table.settle();
        if table.bytes > self.budget {
            out.evicted += table.evict(self.budget - self.budget / 8);
        }
        table.spans += out.stored;
        table.evicted_spans += out.evicted;
        table.generation += 1;
        out
    }

    /// Lets spans of the traces of `spans` in again where these were evicted: somebody has asked for them.
    pub fn readmit(&mut self, spans: &[Span]) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for span in spans {
            table.evicted.remove(&span.trace_id);
        }
    }
}

impl Table {
    /// Adds one span; answers how many were evicted by that.
    fn add(&mut self, span: &Arc<Span>, origin: &Arc<str>, now: Nanos) -> u64 {
        if self.evicted.contains(&span.trace_id) {
            return 1;
        }
        let service = self.service(span.service());
        let id = span.trace_id;
        let entry = self.traces.entry(id).or_insert_with(|| {
            self.order.insert(self.next, id);
            self.next += 1;
            if !id.is_64_bit() {
                self.halves.insert((id.low64(), id));
            }
            let trace = Trace::new(id, self.next);
            self.bytes += trace.bytes();
            Entry { trace: Arc::new(trace), order: self.next - 1 }
        });
        let trace = Arc::make_mut(&mut entry.trace);
        let before = trace.bytes();
        trace.came_from(origin);
        let added = trace.add(Arc::clone(span), &service, &mut self.changes);
        if trace.is_unsettled() && self.unsettled.last() != Some(&id) {
            self.unsettled.push(id);
        }
        self.bytes = (self.bytes + trace.bytes()).saturating_sub(before);
        for change in self.changes.drain(..) {
            self.stats.call(&change, now);
        }
        match added {
            Added::New => {
                self.links.add(span);
                self.stats.span(&service, span.end.min(now));
                self.operations.add(&service, span);
                0
            }
            Added::Repeated(changed) => {
                if let Some((before, after)) = changed {
                    self.operations.remove(&before);
                    self.operations.add(&service, &after);
                    self.links.remove(&before);
                    self.links.add(&after);
                }
                1
            }
        }
    }

    /// Brings what is told of traces up to date with second reports of their spans.
    fn settle(&mut self) {
        for id in std::mem::take(&mut self.unsettled) {
            if let Some(entry) = self.traces.get_mut(&id).filter(|entry| entry.trace.is_unsettled()) {
                Arc::make_mut(&mut entry.trace).settle();
            }
        }
    }

    /// One `Arc` for every occurrence of a service's name.
    fn service(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.services.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        if self.services.len() < usize::from(u16::MAX) {
            self.services.insert(Arc::clone(&name));
        }
        name
    }

    /// One `Arc` for every occurrence of an origin.
    fn origin(&mut self, label: &str) -> Arc<str> {
        if let Some(known) = self.origins.iter().find(|known| ***known == *label) {
            return Arc::clone(known);
        }
        let label: Arc<str> = Arc::from(label);
        self.origins.push(Arc::clone(&label));
        label
    }

    /// The trace with this id, or of a 64-bit id the least of those whose low half it is.
    fn trace(&self, id: TraceId) -> Option<&Arc<Trace>> {
        let whole = || {
            let half = id.low64();
            let (low, whole) = self.halves.range((half, id)..).next().filter(|_| id.is_64_bit())?;
            self.traces.get(whole).filter(|_| *low == half)
        };
        self.traces.get(&id).or_else(whole).map(|entry| &entry.trace)
    }

    /// Evicts whole traces until at most `target` bytes are left; answers how many spans went.
    fn evict(&mut self, target: usize) -> u64 {
        let mut candidates: Vec<_> = self
            .traces
            .iter()
            .map(|(id, entry)| {
                let duration_class = entry.trace.summary().duration.max(1).ilog10();
                ((entry.trace.worth(), duration_class, entry.order), *id)
            })
            .collect();
        candidates.sort_unstable();
        // The trace that grows right now is never the one to go, unless it is alone over the budget.
        let newest = self.next.saturating_sub(1);
        let mut spans = 0;
        for (_, id) in candidates {
            if self.bytes <= target {
                break;
            }
            if self.traces.len() > 1 && self.traces.get(&id).is_some_and(|entry| entry.order == newest) {
                continue;
            }
            spans += self.remove(id);
        }
        spans
    }

    fn remove(&mut self, id: TraceId) -> u64 {
        let Some(entry) = self.traces.remove(&id) else { return 0 };
        self.order.remove(&entry.order);
        self.halves.remove(&(id.low64(), id));
        self.bytes -= entry.trace.bytes().min(self.bytes);
        if !self.links.is_empty() {
            entry.trace.spans().iter().for_each(|span| self.links.remove(span));
        }
        self.evicted.insert(id);
        self.evicted_order.push_back(id);
        if self.evicted_order.len() > MAX_REMEMBERED
            && let Some(oldest) = self.evicted_order.pop_front()
        {
            self.evicted.remove(&oldest);
        }
        entry.trace.spans().len() as u64
    }
}

impl TraceReader {
    /// The trace with this id, also by the low half where one side knows only that. O(1), or O(log traces) for a 64-bit id.
    pub fn get(&self, id: TraceId) -> Option<Arc<Trace>> {
        self.read().trace(id).map(Arc::clone)
    }

    /// At most `limit` traces that `keep` wants, the latest first, after leaving out the first `skip` of them.
    pub fn recent(&self, skip: usize, limit: usize, keep: impl Fn(&TraceSummary) -> bool) -> Vec<TraceSummary> {
        let table = self.read();
        let latest = table.order.values().rev().filter_map(|id| table.traces.get(id));
        latest.map(|entry| entry.trace.summary()).filter(|summary| keep(summary)).skip(skip).take(limit).collect()
    }

    /// At most `limit` traces, the latest first. O(limit).
    pub fn latest(&self, limit: usize) -> Vec<Arc<Trace>> {
        self.latest_before(u64::MAX, limit).0
    }

    /// At most `limit` of the traces that come after `place` on the way from the latest back, which begins at `u64::MAX`,
    /// and the place of the last of them. A place means the same whatever comes or is evicted meanwhile. O(limit).
    pub fn latest_before(&self, place: u64, limit: usize) -> (Vec<Arc<Trace>>, u64) {
        let table = self.read();
        let latest = table.order.range(..place).rev().filter_map(|(_, id)| table.traces.get(id)).take(limit);
        let mut last = place;
        let of = |entry: &Entry| {
            last = entry.order;
            Arc::clone(&entry.trace)
        };
        (latest.map(of).collect(), last)
    }

    /// All traces, oldest first, for saving.
    pub fn all(&self) -> Vec<Arc<Trace>> {
        let table = self.read();
        table.order.values().filter_map(|id| table.traces.get(id)).map(|entry| Arc::clone(&entry.trace)).collect()
    }

    /// Every span that is added from now on, for recording.
    pub fn tail(&self) -> SpanTail {
        self.table.write().unwrap_or_else(PoisonError::into_inner).tails.start()
    }

    /// How many traces are held.
    pub fn len(&self) -> usize {
        self.read().traces.len()
    }

    /// Whether no trace is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Spans held now and evicted since the start.
    pub fn span_counts(&self) -> (u64, u64) {
        let table = self.read();
        (table.spans - table.evicted_spans, table.evicted_spans)
    }

    /// Figures of services and of the calls between them in the last five minutes.
    pub fn services(&self) -> (Vec<ServiceSummary>, Vec<EdgeStats>) {
        let table = self.read();
        (table.stats.services(), table.stats.edges())
    }

    /// Figures of one operation of a service since the start, evicted traces included; `None` where it is not known, or is
    /// one of too many.
    pub fn operation(&self, service: &str, name: &str) -> Option<OperationFigures> {
        self.read().operations.get(service, name).cloned()
    }

    /// A number that grows with every batch of spans: to see whether anything changed.
    pub fn generation(&self) -> u64 {
        self.read().generation
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
