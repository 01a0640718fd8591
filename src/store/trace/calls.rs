//! Which calls into services, and from one service to another, the spans of a trace are.
//!
//! A call is an entry into a service: a server or consumer span, a root, or a span whose parent is in another service.
//! What a called service does may come without the server's half of the call: then the earliest of it that hangs under the
//! client's span is the call, and the others are not.
//!
//! This is a function of the spans that are there, whatever the order in which they came. As they come, what changes is told:
//! calls that are new, and calls that turn out to be none, or others than they seemed.

use std::sync::Arc;

use super::Trace;
use crate::model::{Nanos, Span, SpanId, SpanKind};

/// A call that is to be counted, or that was counted and is none.
#[derive(Clone, Debug)]
pub(in crate::store) struct CallChange {
    /// Whether it is to be counted; else it is to be taken back.
    pub(in crate::store) is_new: bool,
    /// The service that calls, where it is another and is known.
    pub(in crate::store) from: Option<Arc<str>>,
    /// The service that is called.
    pub(in crate::store) to: Arc<str>,
    /// When it ended.
    pub(in crate::store) end: Nanos,
    /// How long it took, in nanoseconds.
    pub(in crate::store) duration: i64,
    /// Whether it failed.
    pub(in crate::store) is_error: bool,
}

impl Trace {
    /// Spans whose place in calls may be another once a span with this id is there or has changed: those that share the id, and
    /// those that name it as parent. O(their number), but O(n) for the first in a trace.
    pub(super) fn around(&mut self, id: SpanId) -> Vec<u32> {
        let mut around: Vec<u32> = self.index.all(id).collect();
        if self.children.is_none() {
            let mut children = super::Children::default();
            for (at, span) in (0..).zip(&self.spans) {
                if let Some(parent) = span.parent_id {
                    children.entry(parent).or_default().push(at);
                }
            }
            self.children = Some(children);
        }
        around.extend(self.children.iter().filter_map(|children| children.get(&id)).flatten());
        around.sort_unstable();
        around.dedup();
        around
    }

    /// Counts the span at a place, which is not counted.
    pub(super) fn count(&mut self, at: u32, changes: &mut Vec<CallChange>) {
        let Some(span) = self.spans.get(at as usize).map(Arc::clone) else { return };
        let from = self.caller(at, &span);
        if let Some(client) = from.filter(|client| self.is_folded(*client, &span)) {
            let group = (client, self.service_of(&span));
            let first = self.folded.get(&group).and_then(|alike| alike.first()).copied();
            let spans = &self.spans;
            let order = |at: u32| spans.get(at as usize).map(|span| (span.start, span.span_id, at));
            let alike = self.folded.entry(group).or_default();
            let place = alike.partition_point(|other| order(*other) < order(at));
            alike.insert(place, at);
            if place > 0 {
                return;
            }
            if let Some(first) = first {
                self.tell(first, Some(client), false, changes);
            }
        } else if from.is_none() && span.parent_id.is_some() && !is_entry(span.kind) {
            return;
        }
        self.tell(at, from, true, changes);
    }

    /// Takes back what the span at a place was counted as, while all is as it was then.
    pub(super) fn discount(&mut self, at: u32, changes: &mut Vec<CallChange>) {
        let Some(span) = self.spans.get(at as usize).map(Arc::clone) else { return };
        let from = self.caller(at, &span);
        if let Some(client) = from.filter(|client| self.is_folded(*client, &span)) {
            let group = (client, self.service_of(&span));
            let Some(alike) = self.folded.get_mut(&group) else { return };
            let Some(place) = alike.iter().position(|other| *other == at) else { return };
            alike.remove(place);
            let next = alike.first().copied();
            if alike.is_empty() {
                self.folded.remove(&group);
            }
            if place > 0 {
                return;
            }
            if let Some(next) = next {
                self.tell(next, Some(client), true, changes);
            }
        } else if from.is_none() && span.parent_id.is_some() && !is_entry(span.kind) {
            return;
        }
        self.tell(at, from, false, changes);
    }

    /// The place of the span's parent, where that is in another service.
    fn caller(&self, at: u32, span: &Span) -> Option<u32> {
        let parent = self.index.parent_of(at, &self.spans)?;
        self.spans.get(parent as usize).filter(|parent| parent.service() != span.service()).map(|_| parent)
    }

    /// Whether the span is one of those of which the first stands for a call that `client` made.
    fn is_folded(&self, client: u32, span: &Span) -> bool {
        !is_entry(span.kind) && self.spans.get(client as usize).is_some_and(|it| it.kind == SpanKind::Client)
    }

    fn tell(&self, at: u32, from: Option<u32>, is_new: bool, changes: &mut Vec<CallChange>) {
        let Some(span) = self.spans.get(at as usize) else { return };
        changes.push(CallChange {
            is_new,
            from: from.and_then(|from| self.spans.get(from as usize)).map(|from| self.service_of(from)),
            to: self.service_of(span),
            end: span.end,
            duration: span.duration(),
            is_error: span.is_error(),
        });
    }

    /// The one `Arc` of a span's service.
    fn service_of(&self, span: &Span) -> Arc<str> {
        let name = span.service();
        let known = self.services.iter().find(|known| ***known == *name);
        known.map_or_else(|| Arc::from(name), Arc::clone)
    }
}

fn is_entry(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Server | SpanKind::Consumer)
}
