//! What readers ask of links: who links to a span, and what a link names.

use std::collections::HashMap;
use std::sync::Arc;

use super::TraceReader;
use crate::model::{Span, SpanId, TraceId};
use crate::store::trace::Trace;

/// Spans that link to one span.
#[derive(Clone, Debug, Default)]
pub struct Linking {
    /// The first of them by their beginning, as many as were asked for.
    pub first: Vec<Arc<Span>>,
    /// How many there are.
    pub count: usize,
}

impl TraceReader {
    /// Whether a span that is held links to a span of the trace, held or not. O(log links held).
    pub fn is_linked(&self, trace: TraceId) -> bool {
        self.read().links.linked(trace).next().is_some()
    }

    /// The spans of the trace that are linked to, held or not, by their ids. O(log links held + answer).
    pub fn linked(&self, trace: TraceId) -> Vec<SpanId> {
        let mut spans: Vec<SpanId> = self.read().links.linked(trace).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// How many spans link to each of these spans of a trace. O(log links held) for each.
    pub fn link_counts(&self, trace: TraceId, spans: impl IntoIterator<Item = SpanId>) -> Vec<usize> {
        let table = self.read();
        spans.into_iter().map(|span| table.links.count(trace, span)).collect()
    }

    /// The spans that link to a span, at most `limit` of them. Links that name the trace by the low half of its id count like
    /// those that name all of it. O(log links held + limit · log limit).
    pub fn linking(&self, trace: TraceId, span: SpanId, limit: usize) -> Linking {
        let table = self.read();
        Linking { first: table.links.linking(trace, span, limit), count: table.links.count(trace, span) }
    }

    /// Those of the traces that are held, by the ids they are asked for by, each as [`Self::get`] has it. O(ids · log traces).
    pub fn held(&self, ids: impl IntoIterator<Item = TraceId>) -> HashMap<TraceId, Arc<Trace>> {
        let table = self.read();
        ids.into_iter().filter_map(|id| Some((id, Arc::clone(table.trace(id)?)))).collect()
    }
}
