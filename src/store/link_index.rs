//! Who links to which span: the links of all spans that are held, turned round.
//!
//! A span links to another as long as it is held itself, whether the other one has come, is still to come, or was evicted. So
//! what is known is a function of the spans that are held, and bounded as they are: an entry counts as memory of the trace
//! that links ([`ENTRY_BYTES`]) and goes with it. How many spans link to one is always exact; which they are is told of the
//! first so many alone, as the one who asks wants.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Span, SpanId, TraceId};

/// Bytes of memory that a link takes here, estimated: its part of a node that is two thirds full, and a leaf of its own, as
/// most spans that are linked to are so once.
pub(super) const ENTRY_BYTES: usize = size_of::<(Target, BTreeSet<Referrer>)>() * 3 / 2 + 104;

/// What a link names.
type Target = (TraceId, SpanId);

/// The links of all spans that are held, by what they name.
#[derive(Debug, Default)]
pub(super) struct LinkIndex {
    /// To each span that is linked to those that do, once each however often they name it.
    into: BTreeMap<Target, BTreeSet<Referrer>>,
}

/// A span that links to another; the earliest is the first. Two are the same only if they are one in memory: what tells two
/// spans apart is for their trace to say.
#[derive(Clone, Debug)]
struct Referrer(Arc<Span>);

impl LinkIndex {
    /// Notes the links of a span. O(1) without any, else O(log all links) for each.
    pub(super) fn add(&mut self, span: &Arc<Span>) {
        for link in &span.links {
            let linking = self.into.entry((link.trace_id, link.span_id)).or_default();
            linking.insert(Referrer(Arc::clone(span)));
        }
    }

    /// Forgets the links of a span: the one in memory that was added. As fast as [`Self::add`].
    pub(super) fn remove(&mut self, span: &Arc<Span>) {
        for link in &span.links {
            let target = (link.trace_id, link.span_id);
            let Some(linking) = self.into.get_mut(&target) else { continue };
            linking.remove(&Referrer(Arc::clone(span)));
            if linking.is_empty() {
                self.into.remove(&target);
            }
        }
    }

    /// Whether no span that is held has a link. O(1).
    pub(super) fn is_empty(&self) -> bool {
        self.into.is_empty()
    }

    /// The spans of a trace that are linked to, held or not; one that some name by the low half of the trace's id and some by
    /// all of it comes twice. O(log all links + answer).
    pub(super) fn linked(&self, trace: TraceId) -> impl Iterator<Item = SpanId> {
        let of = |name| self.into.range((name, SpanId::MIN)..=(name, SpanId::MAX));
        names(trace).flat_map(of).map(|((_, span), _)| *span)
    }

    /// How many spans link to a span. O(log all links).
    pub(super) fn count(&self, trace: TraceId, span: SpanId) -> usize {
        names(trace).filter_map(|name| self.into.get(&(name, span))).map(BTreeSet::len).sum()
    }

    /// The first `limit` spans that link to a span, by their beginning. O(log all links + limit · log limit).
    pub(super) fn linking(&self, trace: TraceId, span: SpanId, limit: usize) -> Vec<Arc<Span>> {
        let sets = names(trace).filter_map(|name| self.into.get(&(name, span)));
        let mut first: Vec<&Referrer> = sets.flat_map(|linking| linking.iter().take(limit)).collect();
        first.sort_unstable();
        first.into_iter().take(limit).map(|Referrer(span)| Arc::clone(span)).collect()
    }
}

/// What a link may call a trace: its id, or the low half of it, as whoever looks a trace up may.
fn names(trace: TraceId) -> impl Iterator<Item = TraceId> {
    let half = TraceId::from_low64(trace.low64()).filter(|half| *half != trace);
    std::iter::once(trace).chain(half)
}

impl Ord for Referrer {
    fn cmp(&self, other: &Self) -> Ordering {
        // A time that is not known is the latest. The place in memory tells apart what nothing else does.
        let rank = |Self(span): &Self| {
            (span.start == 0, span.start, span.trace_id, span.span_id, span.kind.number(), Arc::as_ptr(span))
        };
        rank(self).cmp(&rank(other))
    }
}

impl PartialOrd for Referrer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Referrer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Referrer {}
