//! The children of one span as the walk along the path meets them: from the one that ends last backwards.

use std::cmp::Reverse;
use std::sync::Arc;

use super::super::trace_tree::TraceTree;
use crate::model::{Nanos, Span, SpanId};

/// The time for which a span counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Its row in the tree.
    pub(super) row: usize,
    /// From when.
    pub(super) start: Nanos,
    /// Until when; not before `start`.
    pub(super) end: Nanos,
    /// For how long: `end` minus `start`, or less of a callee that is longer than its caller.
    pub(super) duration: Nanos,
    /// Decides between spans of the same times.
    pub(super) id: SpanId,
}

/// All children of a span that count.
pub(super) struct Siblings {
    /// The last to end first.
    stretches: Vec<Stretch>,
    starts: Vec<Nanos>,
    ends: Vec<Nanos>,
}

impl Stretch {
    /// The whole of the span at `row`; nothing long where the clock stepped back.
    pub(super) fn of(spans: &[Arc<Span>], tree: &TraceTree, row: usize) -> Option<Self> {
        let span = spans.get(tree.rows().get(row)?.span)?;
        let end = span.end.max(span.start);
        Some(Self { row, start: span.start, end, duration: span.duration(), id: span.span_id })
    }
}

impl Siblings {
    /// Puts children in order. O(n log n).
    pub(super) fn of(mut stretches: Vec<Stretch>) -> Self {
        stretches.sort_unstable_by_key(|it| (Reverse(it.end), it.start, it.id, it.row));
        let mut starts: Vec<Nanos> = stretches.iter().map(|it| it.start).collect();
        starts.sort_unstable();
        let ends = stretches.iter().rev().map(|it| it.end).collect();
        Self { stretches, starts, ends }
    }

    /// The children that are on the path of a parent of this duration, the last first. O(n log n).
    pub(super) fn chain(self, duration: Nanos) -> Vec<Stretch> {
        let mut chain: Vec<Stretch> = Vec::new();
        for stretch in &self.stretches {
            if chain.last().is_none_or(|later| self.is_before(stretch, later, duration)) {
                chain.push(*stretch);
            }
        }
        chain
    }

    /// Whether `earlier` ended before `later` began, or so little after it that clocks explain it.
    fn is_before(&self, earlier: &Stretch, later: &Stretch, duration: Nanos) -> bool {
        if earlier.end < later.start {
            return true;
        }
        let overlap = i128::from(earlier.end) - i128::from(later.start);
        earlier.end < later.end
            && earlier.start < later.start
            && overlap * 100 < i128::from(duration)
            // The end of the one and the begin of the other.
            && self.events_within(later.start, earlier.end) == 2
    }

    /// How many children begin, and how many end, from one moment up to another. O(log n).
    fn events_within(&self, from: Nanos, to: Nanos) -> usize {
        let count =
            |times: &[Nanos]| times.partition_point(|time| *time <= to) - times.partition_point(|time| *time < from);
        count(&self.starts) + count(&self.ends)
    }
}
