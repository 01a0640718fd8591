//! The names of a trace that take most room, so that whoever draws them has few to measure.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::analysis::trace_tree::{TraceTree, TreeRow};
use crate::model::Span;

/// Names that are told, at most.
const MAX_TOLD: usize = 64;
/// Characters of a name that count.
const COUNTED: usize = 64;
/// Columns that a level of the tree takes before a name,
const LEVEL: usize = 2;
/// of as many levels as this at most.
const LEVELS: u32 = 8;

/// About how many columns a name takes: what is not ASCII may take two.
fn room(name: &str) -> usize {
    if name.is_ascii() {
        return name.len().min(COUNTED);
    }
    name.chars().take(COUNTED).map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Columns that the lines of the tree take before a name at this depth, as far as they count for the width of a table.
pub fn indent(depth: u32) -> usize {
    depth.min(LEVELS) as usize * LEVEL
}

/// The rows whose operations take most room behind the lines of the tree: the widest of these is the widest of all, or very
/// nearly so. O(n).
pub(super) fn widest(tree: &TraceTree, spans: &[Arc<Span>]) -> Vec<usize> {
    let taken = |row: &TreeRow| indent(row.depth) + spans.get(row.span).map_or(0, |span| room(&span.name));
    let mut rows: Vec<(Reverse<usize>, usize)> =
        tree.rows().iter().enumerate().map(|(at, row)| (Reverse(taken(row)), at)).collect();
    if rows.len() > MAX_TOLD {
        rows.select_nth_unstable(MAX_TOLD);
        rows.truncate(MAX_TOLD);
    }
    rows.into_iter().map(|(_, row)| row).collect()
}
