//! The critical path of a trace: the spans, and the parts of them, that its duration is made of.
//!
//! The definition is CRISP's (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
//! Architectures", USENIX ATC 2022; the rules as in `crisp/graph.py` of uber-research/CRISP). From the root down, of
//! each span on the path:
//!
//! 1. Children are made to fit. What a child has before the begin of its parent, or behind its end, is cut off; a
//!    child that lies outside altogether, or sticks out on both sides, is left out with all that is below it. The
//!    exception is the only child of a span that is the other side of a call (see `fit`), whose clock may be another:
//!    it stays as it is if it is not more than 1 % longer than its parent, and counts no longer than that.
//! 2. The child that ends last is on the path. Then each child that ended before the last one found began, from the
//!    end backwards. Of children that end at once the longest is taken, then the one with the lesser id; the
//!    reference takes the last of the document, which says nothing about the trace.
//! 3. Clocks are not exact, so "before" lets an overlap through that is less than 1 % of the parent, if the earlier
//!    child also began earlier and ended earlier, and no other child begins or ends within the overlap.
//! 4. What a span adds itself (its exclusive time) is its time without that of its children on the path.
//!
//! There are two departures. The reference compares whole microseconds, here times are compared as they come, which
//! is the same for traces of whole microseconds. And where overlaps that were let through are more than a span has of
//! its own, the reference counts them twice; here they are taken off the children, the last one first, so that
//! exclusive times are never negative and always make the duration of the root.
//!
//! Of the same path, [`CriticalPath::segments`] are a timeline: in an overlap the later child is on, and a child
//! whose clock is another is on as far as it lies where its parent is. So of a span with such children segments and
//! exclusive time differ.

use std::sync::Arc;

use self::siblings::{Siblings, Stretch};
use super::trace_tree::TraceTree;
use crate::model::{Nanos, Span};

mod fit;
mod siblings;

/// The critical path of one trace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CriticalPath {
    segments: Vec<Segment>,
    exclusive: Vec<Nanos>,
    on_path: Vec<bool>,
    length: Nanos,
}

/// A stretch of time in which one span alone is what the trace waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The span, by its place in the slice.
    pub span: usize,
    /// When the stretch begins.
    pub from: Nanos,
    /// When it ends; always after `from`.
    pub to: Nanos,
}

/// A span on the path whose children are still to be looked at.
struct Visit {
    stretch: Stretch,
    /// The part of the timeline that it and what is below it fill.
    window: (Nanos, Nanos),
    /// What overlaps take off its exclusive time and that of what is below it.
    debt: Nanos,
}

impl CriticalPath {
    /// Finds the critical path of the first root of `tree`, which must have been built from `spans`. Takes
    /// O(n log n) and no recursion.
    pub fn find(spans: &[Arc<Span>], tree: &TraceTree) -> Self {
        let mut path = Self {
            segments: Vec::new(),
            exclusive: vec![0; spans.len()],
            on_path: vec![false; spans.len()],
            length: 0,
        };
        let Some(root) = Stretch::of(spans, tree, 0) else { return path };
        path.length = root.duration;
        let mut open = vec![Visit { stretch: root, window: (root.start, root.end), debt: 0 }];
        while let Some(visit) = open.pop() {
            let chosen = Siblings::of(fit::children(spans, tree, &visit.stretch)).chain(visit.stretch.duration);
            path.settle(tree, &visit, chosen, &mut open);
        }
        path.segments.sort_unstable_by_key(|segment| (segment.from, segment.to));
        path
    }

    /// Its stretches in the order of time. They do not overlap and fill the root span without a gap.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The time that `span` (its place in the slice) itself adds to the path, in nanoseconds; never negative.
    pub fn exclusive(&self, span: usize) -> Nanos {
        self.exclusive.get(span).copied().unwrap_or_default()
    }

    /// How long it is in nanoseconds: the duration of the root, and the sum of all exclusive times.
    pub fn length(&self) -> Nanos {
        self.length
    }

    /// Whether `span` is on the path, with time of its own or through a child.
    pub fn contains(&self, span: usize) -> bool {
        self.on_path.get(span).copied().unwrap_or_default()
    }

    /// The spans on the path, by their places in the slice.
    pub fn spans(&self) -> impl Iterator<Item = usize> {
        self.on_path.iter().enumerate().filter_map(|(span, is_on_path)| is_on_path.then_some(span))
    }

    /// Gives a span what is left for it beside the children that are on the path, which come the last first.
    fn settle(&mut self, tree: &TraceTree, visit: &Visit, chosen: Vec<Stretch>, open: &mut Vec<Visit>) {
        let Some(span) = tree.rows().get(visit.stretch.row).map(|row| row.span) else { return };
        self.on_path[span] = true;
        let below = chosen.iter().fold(0, |sum: Nanos, child| sum.saturating_add(child.duration));
        let own = visit.stretch.duration.saturating_sub(below).saturating_sub(visit.debt);
        self.exclusive[span] = own.max(0);
        let mut missing = own.min(0).saturating_neg();
        let (from, mut point) = visit.window;
        for child in chosen {
            let end = child.end.clamp(from, point);
            let start = child.start.clamp(from, end);
            self.add(span, end, point);
            let debt = missing.min(child.duration);
            missing -= debt;
            open.push(Visit { stretch: child, window: (start, end), debt });
            point = start;
        }
        self.add(span, from, point);
    }

    fn add(&mut self, span: usize, from: Nanos, to: Nanos) {
        if from < to {
            self.segments.push(Segment { span, from, to });
        }
    }
}

#[cfg(test)]
mod tests;
