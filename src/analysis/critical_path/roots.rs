//! Where a path begins in a trace that has no root, or several.
//!
//! Spans whose parent is not there are the children of spans that nobody reported. Where a span without a parent is there,
//! these are somewhere below it; else they are below one that is still missing.

use std::sync::Arc;

use super::super::trace_tree::TraceTree;
use super::siblings::Stretch;
use crate::model::{Nanos, Span};

/// The spans that a path is looked for among, as if they were the children of one span: all that have no parent in the tree,
/// but for those
///
/// - whose time is not known, where that of others is;
/// - that name a parent which is not there and lie, for half of their time or more, within spans that name none: what these
///   waited for is told by what is below them.
///
/// O(n log n).
pub(super) fn of(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<Stretch> {
    let first = tree.rows().first().map(|_| 0);
    let next = |at: &usize| tree.rows().get(*at).map(|row| row.end).filter(|end| *end < tree.rows().len());
    let all = || std::iter::successors(first, next).filter_map(|row| Some((tree.rows().get(row)?, row)));
    let is_timed = |span: usize| spans.get(span).is_some_and(|span| span.start != 0);
    let is_any_timed = all().any(|(row, _)| is_timed(row.span));
    let all = || all().filter(|(row, _)| !is_any_timed || is_timed(row.span));
    let stretch = |row: usize| Stretch::of(spans, tree, row);
    let covered = Cover::of(all().filter(|(row, _)| !row.is_orphan).filter_map(|(_, row)| stretch(row)));
    let counts = |it: &Stretch| covered.within(it) * 2 < i128::from(it.duration) || covered.is_empty();
    all().filter_map(|(row, at)| stretch(at).filter(|it| !row.is_orphan || counts(it))).collect()
}

/// The time in which at least one of some spans ran.
struct Cover {
    /// Stretches of it in order, which do not overlap; and how much of it lies before each.
    parts: Vec<(Nanos, Nanos, i128)>,
}

impl Cover {
    fn of(spans: impl Iterator<Item = Stretch>) -> Self {
        let mut spans: Vec<(Nanos, Nanos)> = spans.map(|it| (it.start, it.end)).collect();
        spans.sort_unstable();
        let mut parts: Vec<(Nanos, Nanos, i128)> = Vec::new();
        for (from, to) in spans {
            match parts.last_mut() {
                Some((_, end, _)) if from <= *end => *end = to.max(*end),
                last => {
                    let before = last.map_or(0, |&mut (from, to, before)| before + i128::from(to) - i128::from(from));
                    parts.push((from, to, before));
                }
            }
        }
        Self { parts }
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How much of it lies within a stretch. O(log n).
    fn within(&self, stretch: &Stretch) -> i128 {
        self.before(stretch.end) - self.before(stretch.start)
    }

    /// How much of it lies before a moment.
    fn before(&self, moment: Nanos) -> i128 {
        let at = self.parts.partition_point(|(from, _, _)| *from < moment);
        let part = at.checked_sub(1).and_then(|at| self.parts.get(at));
        part.map_or(0, |&(from, to, before)| before + i128::from(moment.min(to)) - i128::from(from))
    }
}
