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
//! Traces come without their root, and with several spans that have none above them. Where these compete (`roots` states
//! which do), they are taken for the children of one span from the first one's begin to the last one's end, which is not
//! there itself: rules 2 and 3 choose among them, and time of which none of those on the path tells is nobody's. Of one
//! such span the path is its own, as in the reference.
//!
//! Of the same path, [`CriticalPath::segments`] are a timeline: in an overlap the later child is on, and a child
//! whose clock is another is on as far as it lies where its parent is. So of a span with such children segments and
//! exclusive time differ.

use std::sync::Arc;

use self::siblings::{Siblings, Stretch};
use super::trace_tree::TraceTree;
use crate::model::{Nanos, Span};

mod fit;
mod roots;
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
    share: Share,
}

/// What a span on the path and all below it have to share out among them.
#[derive(Clone, Copy)]
struct Share {
    duration: Nanos,
    /// The part of the timeline that they fill.
    window: (Nanos, Nanos),
    /// What overlaps take off their exclusive times.
    debt: Nanos,
}

impl CriticalPath {
    /// Finds the critical path of the trace that `tree` was built from `spans` of. Takes O(n log n) and no recursion.
    pub fn find(spans: &[Arc<Span>], tree: &TraceTree) -> Self {
        let mut path = Self {
            segments: Vec::new(),
            exclusive: vec![0; spans.len()],
            on_path: vec![false; spans.len()],
            length: 0,
        };
        let mut open = path.begin(roots::of(spans, tree));
        while let Some(Visit { stretch, share }) = open.pop() {
            let Some(span) = tree.rows().get(stretch.row).map(|row| row.span) else { continue };
            let chosen = Siblings::of(fit::children(spans, tree, &stretch)).chain(stretch.duration);
            path.on_path[span] = true;
            path.exclusive[span] = path.share_out(Some(span), share, chosen, &mut open);
        }
        path.segments.sort_unstable_by_key(|segment| (segment.from, segment.to));
        path
    }

    /// Its stretches in the order of time. They do not overlap, and fill a root span without a gap.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The time that `span` (its place in the slice) itself adds to the path, in nanoseconds; never negative.
    pub fn exclusive(&self, span: usize) -> Nanos {
        self.exclusive.get(span).copied().unwrap_or_default()
    }

    /// How long it is in nanoseconds: the sum of all exclusive times. The duration of the root, if there is one; never more than
    /// passes from the first begin of a span to the last end.
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

    /// Begins with the root, or with those of several spans without a parent that are on the path.
    fn begin(&mut self, roots: Vec<Stretch>) -> Vec<Visit> {
        let mut open = Vec::new();
        let window = (roots.iter().map(|it| it.start).min(), roots.iter().map(|it| it.end).max());
        let (Some(from), Some(to)) = window else { return open };
        if let [root] = *roots {
            self.length = root.duration;
            open.push(Visit { stretch: root, share: Share { duration: root.duration, window: (from, to), debt: 0 } });
            return open;
        }
        let duration = to.saturating_sub(from);
        let chosen = Siblings::of(roots).chain(duration);
        let nobodys = self.share_out(None, Share { duration, window: (from, to), debt: 0 }, chosen, &mut open);
        self.length = duration.saturating_sub(nobodys);
        open
    }

    /// Gives the children of `span` that are on the path, which come the last first, their parts of what it has, and answers
    /// what is left for itself. Nobody is told where what is left has been if it is no span that is there.
    fn share_out(&mut self, span: Option<usize>, share: Share, chosen: Vec<Stretch>, open: &mut Vec<Visit>) -> Nanos {
        let below = chosen.iter().fold(0, |sum: Nanos, child| sum.saturating_add(child.duration));
        let own = share.duration.saturating_sub(below).saturating_sub(share.debt);
        let mut missing = own.min(0).saturating_neg();
        let (from, mut point) = share.window;
        for child in chosen {
            let end = child.end.clamp(from, point);
            let start = child.start.clamp(from, end);
            self.add(span, end, point);
            let debt = missing.min(child.duration);
            missing -= debt;
            open.push(Visit { stretch: child, share: Share { duration: child.duration, window: (start, end), debt } });
            point = start;
        }
        self.add(span, from, point);
        own.max(0)
    }

    fn add(&mut self, span: Option<usize>, from: Nanos, to: Nanos) {
        if let Some(span) = span.filter(|_| from < to) {
            self.segments.push(Segment { span, from, to });
        }
    }
}

#[cfg(test)]
mod tests;
