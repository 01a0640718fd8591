//! The critical path of a trace: the spans, and the parts of them, that its duration is made of.
//!
//! The definition is CRISP's (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
//! Architectures", USENIX ATC 2022): from the end of a span walk back to its child that finished last, from that
//! child's start to the child that finished last before it, and so on; then the same within each child met. What lies
//! between is the span's own (exclusive) time. As there, a child that outlasts its parent counts up to the parent's
//! end, and one that starts after it (a consumer of a message) does not count.

use super::trace_tree::TraceTree;
use std::sync::Arc;

use crate::model::{Nanos, Span};

/// The critical path of one trace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CriticalPath {
    segments: Vec<Segment>,
    exclusive: Vec<Nanos>,
    on_path: Vec<bool>,
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

impl CriticalPath {
    /// Finds the critical path of the first root of `tree`, which must have been built from `spans`. Takes
    /// O(n log n) and no recursion.
    pub fn find(spans: &[Arc<Span>], tree: &TraceTree) -> Self {
        let mut path =
            Self { segments: Vec::new(), exclusive: vec![0; spans.len()], on_path: vec![false; spans.len()] };
        let Some(root) = tree.rows().first().and_then(|row| spans.get(row.span)) else { return path };
        // Rows to walk through, each with the window of time in which it counts.
        let mut open = vec![(0, root.start, root.end.max(root.start))];
        while let Some((row, from, to)) = open.pop() {
            path.walk_back(spans, tree, row, (from, to), &mut open);
        }
        path.segments.sort_unstable_by_key(|segment| (segment.from, segment.to));
        path
    }

    /// Its stretches in the order of time. They do not overlap and fill the root span without a gap.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The time that `span` (its place in the slice) itself adds to the trace's duration, in nanoseconds.
    pub fn exclusive(&self, span: usize) -> Nanos {
        self.exclusive.get(span).copied().unwrap_or_default()
    }

    /// Whether `span` is on the path, with time of its own or through a child.
    pub fn contains(&self, span: usize) -> bool {
        self.on_path.get(span).copied().unwrap_or_default()
    }

    /// The spans on the path, by their places in the slice.
    pub fn spans(&self) -> impl Iterator<Item = usize> {
        self.on_path.iter().enumerate().filter_map(|(span, is_on_path)| is_on_path.then_some(span))
    }

    fn walk_back(
        &mut self,
        spans: &[Arc<Span>],
        tree: &TraceTree,
        row: usize,
        (from, to): (Nanos, Nanos),
        open: &mut Vec<(usize, Nanos, Nanos)>,
    ) {
        let span = tree.rows()[row].span;
        self.on_path[span] = true;
        let mut children: Vec<(usize, Nanos, Nanos)> = tree
            .children(row)
            .map(|child| {
                let it = &spans[tree.rows()[child].span];
                (child, it.start.max(from), it.end.min(to))
            })
            .filter(|(_, start, end)| start < end)
            .collect();
        // The last to finish first; of those that finish together the longest, then the first in order.
        children.sort_by_key(|&(child, start, end)| (std::cmp::Reverse(end), start, child));
        let mut point = to;
        for (child, start, end) in children {
            if end <= point {
                self.add(span, end, point);
                open.push((child, start, end));
                point = start;
            }
        }
        self.add(span, from, point);
    }

    fn add(&mut self, span: usize, from: Nanos, to: Nanos) {
        if from < to {
            self.exclusive[span] = self.exclusive[span].saturating_add(to.saturating_sub(from));
            self.segments.push(Segment { span, from, to });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::trace_tree::tests::span;
    use super::*;

    fn path(spans: &[Arc<Span>]) -> CriticalPath {
        CriticalPath::find(spans, &TraceTree::build(spans))
    }

    #[test]
    fn the_last_finishing_child_before_each_point_is_on_the_path() {
        // CRISP's example in small: of two children at once the later-ending one counts, the one before it in turn.
        let spans = [
            span(1, 0, 0, 100),
            span(2, 1, 10, 40),
            span(3, 1, 20, 60),
            span(4, 1, 60, 90),
            span(5, 4, 65, 85),
            span(6, 1, 12, 20),
        ];
        let path = path(&spans);
        assert_eq!(path.spans().collect::<Vec<_>>(), [0, 2, 3, 4, 5]);
        let exclusive: Vec<Nanos> = (0..6).map(|span| path.exclusive(span)).collect();
        assert_eq!(exclusive, [22, 0, 40, 10, 20, 8]);
        assert!(!path.contains(1) && path.contains(3) && !path.contains(99));
    }

    #[test]
    fn children_that_outlast_or_follow_their_parent_are_cut() {
        let spans = [span(1, 0, 0, 50), span(2, 1, 30, 90), span(3, 2, 35, 80), span(4, 1, 60, 70), span(5, 1, -9, 5)];
        let path = path(&spans);
        let exclusive: Vec<Nanos> = (0..5).map(|span| path.exclusive(span)).collect();
        assert_eq!(exclusive, [25, 5, 15, 0, 5]);
    }

    #[test]
    fn a_trace_of_nothing_has_no_path() {
        assert_eq!(path(&[]).segments(), []);
        let backwards = path(&[span(1, 0, 10, 3)]);
        assert!(backwards.contains(0));
        assert_eq!(backwards.segments(), []);
        let chain: Vec<Arc<Span>> = (1..=50_000).map(|id| span(id, id - 1, 0, 1)).collect();
        assert_eq!(path(&chain).exclusive(49_999), 1);
    }

    proptest! {
        #[test]
        fn the_path_fills_the_root_without_gap_or_overlap(
            shapes in proptest::collection::vec((0u64..30, 0i64..100, 0i64..60), 0..40),
            root in 0i64..120,
        ) {
            let mut spans = vec![span(1, 0, 0, root)];
            for (index, (parent, start, length)) in shapes.into_iter().enumerate() {
                let id = index as u64 + 2;
                spans.push(span(id, parent % (id - 1) + 1, start, start + length));
            }
            let path = path(&spans);
            let mut at = 0;
            for segment in path.segments() {
                prop_assert_eq!(segment.from, at);
                prop_assert!(spans[segment.span].start <= segment.from && segment.to <= spans[segment.span].end);
                at = segment.to;
            }
            prop_assert_eq!(at, root);
            prop_assert_eq!((0..spans.len()).map(|it| path.exclusive(it)).sum::<Nanos>(), root);
        }
    }
}
