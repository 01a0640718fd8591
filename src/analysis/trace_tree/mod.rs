//! The spans of one trace as a tree in the order in which a waterfall shows them.
//!
//! Traces are foreign data: parents may be missing, ids may repeat, and parents may form circles. Every span gets
//! exactly one row all the same. Building takes O(n log n) and no recursion, so a chain of 50,000 spans is fine. Which of
//! several spans with one id is a parent is told by [`SpanIndex::parent_of`].

use std::sync::Arc;

use crate::model::{Nanos, Span, SpanIndex};
use crate::store::Trace;

/// The rows of a trace in pre-order, siblings by their start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TraceTree {
    rows: Vec<TreeRow>,
    row_of_span: Vec<usize>,
}

/// One span's place in the tree. Rows are counted from 0 in pre-order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeRow {
    /// The span, by its place in the slice that the tree was built from.
    pub span: usize,
    /// The row of its parent; `None` for roots and orphans.
    pub parent: Option<usize>,
    /// How many ancestors it has in the tree.
    pub depth: u32,
    /// How many children it has.
    pub children: u32,
    /// The row behind its subtree: its descendants are the rows from its own plus one up to this one.
    pub end: usize,
    /// Whether no sibling comes after it.
    pub is_last: bool,
    /// Whether it names a parent that is not there, or that is its own descendant. Orphans stand behind the roots.
    pub is_orphan: bool,
}

impl TraceTree {
    /// Builds the tree. The server's half of a call hangs under the client's half with the same id.
    pub fn build(spans: &[Arc<Span>]) -> Self {
        Self::indexed(spans, &SpanIndex::of(spans))
    }

    /// The tree of a trace, whose index is there already.
    pub fn of(trace: &Trace) -> Self {
        Self::indexed(trace.spans(), trace.index())
    }

    /// Builds the tree of spans whose `index` is there already.
    pub fn indexed(spans: &[Arc<Span>], index: &SpanIndex) -> Self {
        let mut parents = parents(spans, index);
        break_circles(&mut parents, spans);
        // The times stand beside each other here, so that sorting need not look them up in the spans.
        let mut order: Vec<(Nanos, usize)> = spans.iter().enumerate().map(|(at, span)| (span.start, at)).collect();
        order.sort_unstable();
        let (mut siblings, mut tops) = (Siblings::new(spans.len()), Vec::new());
        for &(_, span) in order.iter().rev() {
            match parents[span] {
                Some(parent) => siblings.put_below(parent, span),
                None => tops.push(span),
            }
        }
        // From the back as well: those without a parent that is named stand before the others.
        tops.sort_by_key(|&span| spans[span].parent_id.is_none());
        let first = tops.into_iter().fold(NONE, |first, span| siblings.put_before(first, span));
        siblings.lay_out(spans, first)
    }

    /// All rows in order.
    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// The row of a span, by its place in the slice that the tree was built from.
    pub fn row_of(&self, span: usize) -> Option<usize> {
        self.row_of_span.get(span).copied()
    }

    /// The rows of the direct children of `row`, in order of their start.
    pub fn children(&self, row: usize) -> impl Iterator<Item = usize> {
        let end = self.rows.get(row).map_or(0, |it| it.end);
        let first = (row + 1 < end).then_some(row + 1);
        std::iter::successors(first, move |&child| self.rows.get(child).map(|it| it.end).filter(|&next| next < end))
    }

    /// The rows that are to be seen when the subtrees of the rows that `is_collapsed` names are folded.
    pub fn visible(&self, is_collapsed: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut visible = Vec::new();
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            visible.push(at);
            at = if is_collapsed(at) { row.end } else { at + 1 };
        }
        visible
    }

    /// The lines in front of a row's name, two columns a level: `│ ├ `. Of a row deeper than `max_depth` only the
    /// innermost levels are drawn, behind `…`. Takes O(`max_depth`).
    pub fn prefix(&self, row: usize, max_depth: usize) -> String {
        let mut levels = Vec::new();
        let mut at = row;
        while let Some(it) = self.rows.get(at) {
            let Some(parent) = it.parent else { break };
            if levels.len() >= max_depth {
                levels.push("… ");
                break;
            }
            levels.push(match (at == row, it.is_last) {
                (true, true) => "└ ",
                (true, false) => "├ ",
                (false, true) => "  ",
                (false, false) => "│ ",
            });
            at = parent;
        }
        levels.iter().rev().copied().collect()
    }
}

/// In the place of a span: there is none.
const NONE: usize = usize::MAX;

/// Who stands behind whom below the same parent, without a list for each parent.
struct Siblings {
    /// Of each span its first child.
    first: Vec<usize>,
    /// Of each span the one behind it.
    next: Vec<usize>,
}

impl Siblings {
    fn new(spans: usize) -> Self {
        Self { first: vec![NONE; spans], next: vec![NONE; spans] }
    }

    /// Puts a span before the other children of `parent`.
    fn put_below(&mut self, parent: usize, span: usize) {
        self.first[parent] = self.put_before(self.first[parent], span);
    }

    /// Puts a span before those that begin with `first`; answers with what they begin now.
    fn put_before(&mut self, first: usize, span: usize) -> usize {
        self.next[span] = first;
        span
    }

    /// The rows of all spans; `top` is the first of those without a parent.
    fn lay_out(&self, spans: &[Arc<Span>], top: usize) -> TraceTree {
        let mut rows: Vec<TreeRow> = Vec::with_capacity(spans.len());
        let mut row_of_span = vec![0; spans.len()];
        // What is still to be placed, the next on top: a span that others stand behind, and its parent's row.
        let mut open: Vec<(usize, Option<usize>)> = vec![(top, None)];
        while let Some((span, parent)) = open.pop() {
            if span == NONE {
                continue;
            }
            let row = rows.len();
            row_of_span[span] = row;
            let depth = parent.map_or(0, |parent| {
                rows[parent].children += 1;
                rows[parent].depth + 1
            });
            let is_last = self.next[span] == NONE;
            let is_orphan = parent.is_none() && spans[span].parent_id.is_some();
            rows.push(TreeRow { span, parent, depth, children: 0, end: row + 1, is_last, is_orphan });
            open.push((self.next[span], parent));
            open.push((self.first[span], Some(row)));
        }
        // Children stand behind their parents, so one pass from the back sees every subtree whole.
        for row in (0..rows.len()).rev() {
            if let Some(parent) = rows[row].parent {
                rows[parent].end = rows[parent].end.max(rows[row].end);
            }
        }
        TraceTree { rows, row_of_span }
    }
}

/// For each span the place of its parent, if that is there and not the span itself.
fn parents(spans: &[Arc<Span>], index: &SpanIndex) -> Vec<Option<usize>> {
    (0..).zip(spans).map(|(at, _)| index.parent_of(at, spans).map(|parent| parent as usize)).collect()
}

/// Cuts every circle of parents at its earliest span. Each span is walked over once.
fn break_circles(parents: &mut [Option<usize>], spans: &[Arc<Span>]) {
    const NEW: usize = usize::MAX;
    // The walk that came by first, so that meeting one's own trail means a circle.
    let mut walk_of = vec![NEW; parents.len()];
    for walk in 0..parents.len() {
        let mut at = walk;
        while walk_of[at] == NEW {
            walk_of[at] = walk;
            let Some(parent) = parents[at] else { break };
            at = parent;
        }
        if walk_of[at] != walk || parents[at].is_none() {
            continue;
        }
        let circle = std::iter::successors(Some(at), |&it| parents[it].filter(|&next| next != at));
        if let Some(earliest) = circle.min_by_key(|&it| (spans[it].start, it)) {
            parents[earliest] = None;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
