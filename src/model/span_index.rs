//! Spans of one trace by their ids, and which of those with one id is meant.
//!
//! A span id is unique within its trace, but not with B3 headers as Zipkin's tracers send them: there client and server of
//! a call have one id, and a message to many has one for all of its receivers. The rules by which such halves are told
//! apart are those of Zipkin's `SpanNode`; systems that give the server's half an id of its own (Jaeger, Tempo) meet none
//! of them.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Span, SpanId, SpanKind};

/// Spans with one id that are told apart; what comes after them is nobody's parent.
const HALVES: usize = 32;

/// What tells the instances of a service apart, where both sides say it.
const INSTANCE: &[&str] = &["service.instance.id", "host.name", "network.local.address"];

/// The places of spans in a list, by id. Takes O(1) for each span.
#[derive(Clone, Debug, Default)]
pub struct SpanIndex {
    first: HashMap<SpanId, u32>,
    /// The next with the same id, in the order of arrival; few spans have one.
    next: HashMap<u32, u32>,
}

impl SpanIndex {
    /// The index of these spans.
    #[must_use]
    pub fn of<S: Borrow<Span>>(spans: &[S]) -> Self {
        let mut index = Self { first: HashMap::with_capacity(spans.len()), next: HashMap::new() };
        for (at, span) in (0..).zip(spans) {
            index.insert(span.borrow().span_id, at);
        }
        index
    }

    /// Notes that the span at `at` has this id.
    pub fn insert(&mut self, id: SpanId, at: u32) {
        let mut known = 0;
        let mut last = None;
        for other in self.all(id) {
            (known, last) = (known + 1, Some(other));
        }
        match last {
            None => drop(self.first.insert(id, at)),
            Some(last) if known < HALVES => drop(self.next.insert(last, at)),
            Some(_) => {}
        }
    }

    /// Whether one more span with this id is told apart from the others; else it is nobody's parent.
    #[must_use]
    pub fn has_room(&self, id: SpanId) -> bool {
        self.all(id).count() < HALVES
    }

    /// Whether there is a span with this id.
    #[must_use]
    pub fn contains(&self, id: SpanId) -> bool {
        self.first.contains_key(&id)
    }

    /// The places of the spans with this id, in the order of arrival; a bounded number.
    pub fn all(&self, id: SpanId) -> impl Iterator<Item = u32> {
        std::iter::successors(self.first.get(&id).copied(), |at| self.next.get(at).copied())
    }

    /// The place of the parent of the span at `at`, if it is there: for the server's half of a call the client's half; else
    /// the span that is named as parent, of several with that id the one that ran in the same instance, or in the same
    /// service, else the server's half.
    #[must_use]
    pub fn parent_of<S: Borrow<Span>>(&self, at: u32, spans: &[S]) -> Option<u32> {
        let get = |at: u32| spans.get(at as usize).map(Borrow::borrow);
        let span = get(at)?;
        let others = |id| self.all(id).filter(move |other| *other != at).filter_map(|other| Some((other, get(other)?)));
        if span.kind == SpanKind::Server {
            let clients = others(span.span_id).filter(|(_, other)| other.kind == SpanKind::Client);
            if let Some((client, _)) = clients.min_by_key(|(_, client)| client.start.abs_diff(span.start)) {
                return Some(client);
            }
        }
        let parent = span.parent_id.filter(|parent| *parent != span.span_id)?;
        let mut named = others(parent).peekable();
        let first = named.next()?;
        if named.peek().is_none() {
            return Some(first.0);
        }
        let rank = |other: &Span| {
            let is_here = span.service() == other.service();
            Reverse((is_here && !span.is_elsewhere(other), is_here, other.kind == SpanKind::Server))
        };
        // The first of equals is the least.
        std::iter::once(first).chain(named).min_by_key(|(_, other)| rank(other)).map(|(other, _)| other)
    }
}

impl Span {
    /// Whether another instance of the service ran the other, as far as both say.
    #[must_use]
    pub(super) fn is_elsewhere(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.resource.attributes, &other.resource.attributes);
        INSTANCE.iter().any(|key| match (ours.get(key), theirs.get(key)) {
            (Some(ours), Some(theirs)) => ours != theirs,
            _ => false,
        })
    }
}
