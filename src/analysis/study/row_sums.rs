//! What the rows of a tree say together.

use std::sync::Arc;

use crate::analysis::critical_path::CriticalPath;
use crate::analysis::trace_tree::TraceTree;
use crate::model::{Nanos, Span};

/// What the rows of a tree say together.
#[derive(Debug, Default)]
pub struct RowSums {
    /// How many levels the tree has.
    pub levels: u32,
    /// The rows of failed spans, rising.
    pub failed: Vec<usize>,
    /// The rows of spans on the critical path, rising.
    pub critical: Vec<usize>,
    /// Of each row the longest span at or below it.
    longest: Vec<Nanos>,
    /// Failed spans in the rows before each, and in all at last.
    failed_before: Vec<u32>,
}

impl RowSums {
    pub(super) fn of(tree: &TraceTree, spans: &[Arc<Span>], path: &CriticalPath) -> Self {
        let rows = tree.rows();
        let mut sums = Self { levels: rows.iter().map(|row| row.depth + 1).max().unwrap_or(0), ..Self::default() };
        let mut failed = 0;
        for (at, row) in rows.iter().enumerate() {
            let span = spans.get(row.span);
            sums.failed_before.push(failed);
            sums.longest.push(span.map_or(0, |span| span.duration()));
            if span.is_some_and(|span| span.is_error()) {
                sums.failed.push(at);
                failed += 1;
            }
            if path.contains(row.span) {
                sums.critical.push(at);
            }
        }
        sums.failed_before.push(failed);
        // Children stand behind their parents, so from the back each row is whole before it is handed up.
        for (at, row) in rows.iter().enumerate().rev() {
            let longest = sums.longest.get(at).copied().unwrap_or(0);
            if let Some(above) = row.parent.and_then(|parent| sums.longest.get_mut(parent)) {
                *above = longest.max(*above);
            }
        }
        sums
    }

    /// How long the longest span at or below a row took, in nanoseconds. O(1).
    pub fn longest_below(&self, row: usize) -> Nanos {
        self.longest.get(row).copied().unwrap_or(0)
    }

    /// How many spans failed in the rows from `from` up to `to`. O(1).
    pub fn failed_within(&self, from: usize, to: usize) -> u32 {
        let before = |row: usize| self.failed_before.get(row).copied().unwrap_or(0);
        before(to).saturating_sub(before(from))
    }
}
