//! A span's own time: what is left of its duration without the time in which a child of it ran.

use std::sync::Arc;

use super::trace_tree::TraceTree;
use crate::model::{Nanos, Span};

/// The own time of every span in nanoseconds, in the order of `spans`: its duration minus the union of its children's times,
/// as far as these lie within it. So what children do at once counts once, and what a child does after its parent has
/// ended takes nothing from it. `tree` must have been built from `spans`. O(n): siblings stand in the order of their begin.
pub fn self_times(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<Nanos> {
    let mut own: Vec<Nanos> = spans.iter().map(|span| span.duration()).collect();
    // Up to where the children of each row that were seen so far cover it.
    let mut covered: Vec<Nanos> = tree.rows().iter().map(|_| Nanos::MIN).collect();
    for row in tree.rows() {
        let (Some(parent), Some(child)) = (row.parent, spans.get(row.span)) else { continue };
        let Some(around) = tree.rows().get(parent).and_then(|row| spans.get(row.span)) else { continue };
        let from = child.start.max(around.start).max(covered[parent]);
        let to = child.end.min(around.end);
        if from < to {
            let left = &mut own[tree.rows()[parent].span];
            // Times may be farther apart than a number tells: a duration ends at the largest one then.
            *left = (*left - to.saturating_sub(from)).max(0);
            covered[parent] = to;
        }
    }
    own
}

#[cfg(test)]
mod tests;
