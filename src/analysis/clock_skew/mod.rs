//! Spans that can not be where they say, because the clocks of two hosts differ, and what would put them right.
//!
//! The rules are those of Jaeger's clock skew adjuster (`cmd/query/app/querysvc/adjuster/clockskew.go`): from the
//! roots down, a span of another host than its parent's (which stands corrected by then) is compared with it. If it
//! lies within the parent, nothing is wrong. If it is longer than the parent, it may have outlived it, and is only
//! moved so far that it does not begin before it. Else it is put into the middle of the parent: the way there is
//! taken to be as long as the way back. Spans of the same host below it move with it.
//!
//! There are two departures. Where no host is told, Jaeger compares every span with its parent; here spans of one
//! service have one clock then. And a consumer may well begin after the producer of its message has ended, so that is
//! not mended; that it begins before it is.

use std::collections::HashMap;
use std::sync::Arc;

use super::trace_tree::TraceTree;
use crate::model::{Nanos, Resource, Span, SpanKind};

/// What tells whose clock it is, the surest first. `hostname` is what Jaeger's own clients send.
const HOST: &[&str] = &["host.id", "host.ip", "host.name", "hostname"];

/// By how much each span would have to be moved, in nanoseconds and in the order of `spans`; 0 for those that are in
/// place and for those without a parent to compare with. `tree` must have been built from `spans`. O(n).
pub fn adjust(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<Nanos> {
    let mut shifts = vec![0; spans.len()];
    let mut clocks = Clocks::default();
    for row in tree.rows() {
        let Some(span) = spans.get(row.span) else { continue };
        let above = row.parent.and_then(|parent| tree.rows().get(parent)).map(|row| row.span);
        let Some((above, parent)) = above.and_then(|at| Some((at, spans.get(at)?))) else { continue };
        shifts[row.span] = if clocks.are_one(span, parent) { shifts[above] } else { mend(span, parent, shifts[above]) };
    }
    shifts
}

/// The spans moved by `shifts`, their events with them. Those that stay are shared. O(n).
pub fn moved(spans: &[Arc<Span>], shifts: &[Nanos]) -> Vec<Arc<Span>> {
    let moved = |span: &Arc<Span>, by: Nanos| {
        let mut moved = Span::clone(span);
        moved.start = moved.start.saturating_add(by);
        moved.end = moved.end.saturating_add(by);
        for event in &mut moved.events {
            event.time = event.time.saturating_add(by);
        }
        Arc::new(moved)
    };
    spans.iter().zip(shifts).map(|(span, by)| if *by == 0 { Arc::clone(span) } else { moved(span, *by) }).collect()
}

/// Whether `span` can not be where it says, beside `parent` as that is told.
pub fn is_skewed(span: &Span, parent: &Span) -> bool {
    !is_one_clock(span, parent) && mend(span, parent, 0) != 0
}

/// The host that a span says it ran on.
pub(super) fn host(span: &Span) -> Option<&str> {
    HOST.iter().find_map(|key| span.resource.attributes.text(key)).filter(|host| !host.is_empty())
}

/// Whether both were timed by one clock, as far as their resources say.
pub(super) fn is_one_clock(a: &Span, b: &Span) -> bool {
    Clocks::default().are_one(a, b)
}

/// Whose clocks spans have. Many spans share a resource, and what that says is looked up once.
#[derive(Default)]
struct Clocks<'a> {
    known: HashMap<*const Resource, (Option<&'a str>, &'a str)>,
}

impl<'a> Clocks<'a> {
    /// The host and the service of a span.
    fn of(&mut self, span: &'a Span) -> (Option<&'a str>, &'a str) {
        *self.known.entry(Arc::as_ptr(&span.resource)).or_insert_with(|| (host(span), span.service()))
    }

    fn are_one(&mut self, a: &'a Span, b: &'a Span) -> bool {
        Arc::ptr_eq(&a.resource, &b.resource) || {
            let ((host_a, service_a), (host_b, service_b)) = (self.of(a), self.of(b));
            host_a.zip(host_b).map_or(service_a == service_b, |(a, b)| a == b)
        }
    }
}

/// What would put `span` right within `parent`, which itself is moved by `moved`.
fn mend(span: &Span, parent: &Span, moved: Nanos) -> Nanos {
    // A time of 0 says that it is not known.
    if span.start == 0 || parent.start == 0 {
        return 0;
    }
    let (from, to) = (parent.start.saturating_add(moved), parent.end.saturating_add(moved));
    let early = from.saturating_sub(span.start);
    let slack = parent.duration() - span.duration();
    if early <= 0 && (span.end <= to || span.kind == SpanKind::Consumer) {
        0
    } else if slack < 0 {
        early.max(0)
    } else {
        early.saturating_add(slack / 2)
    }
}

#[cfg(test)]
mod tests;
