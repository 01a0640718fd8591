//! Which children of a span count, and for what time: they are cut to the time of their parent, or left out.

use std::sync::Arc;

use super::super::clock_skew::host;
use super::super::trace_tree::TraceTree;
use super::siblings::Stretch;
use crate::model::{Span, SpanKind};

/// The children of a span that count while it lasts. O(children).
pub(super) fn children(spans: &[Arc<Span>], tree: &TraceTree, parent: &Stretch) -> Vec<Stretch> {
    let stretches = tree.children(parent.row).filter_map(|row| Stretch::of(spans, tree, row));
    stretches.filter_map(|child| fitted(spans, tree, parent, child)).collect()
}

fn fitted(spans: &[Arc<Span>], tree: &TraceTree, parent: &Stretch, child: Stretch) -> Option<Stretch> {
    if is_other_side(spans, tree, parent, &child) {
        return Some(Stretch { duration: child.duration.min(parent.duration), ..child });
    }
    let is_early = child.start < parent.start;
    let is_late = child.end > parent.end;
    if (is_early && (is_late || child.end <= parent.start)) || (is_late && child.start >= parent.end) {
        return None;
    }
    let (start, end) = (child.start.max(parent.start), child.end.min(parent.end));
    Some(Stretch { start, end, duration: end.saturating_sub(start), ..child })
}

/// Whether parent and child are the two sides of one call, so that what sticks out is the clock's doing: the child
/// serves what its parent calls, or what a parent within a server's span calls, or runs on another host; it is the
/// only child, and at most 1 % longer than its parent.
fn is_other_side(spans: &[Arc<Span>], tree: &TraceTree, parent: &Stretch, child: &Stretch) -> bool {
    let span_at = |row: usize| spans.get(tree.rows().get(row)?.span);
    let (Some(row), Some(here), Some(below)) = (tree.rows().get(parent.row), span_at(parent.row), span_at(child.row))
    else {
        return false;
    };
    let is_server = |span: &Arc<Span>| span.kind == SpanKind::Server;
    let is_within_server = || row.parent.and_then(span_at).is_some_and(is_server);
    let is_served = is_server(below) && !is_server(here) && (here.kind == SpanKind::Client || is_within_server());
    let is_elsewhere = || matches!((host(here), host(below)), (Some(here), Some(below)) if here != below);
    row.children == 1
        && i128::from(child.duration) * 100 <= i128::from(parent.duration) * 101
        && (is_served || is_elsewhere())
}
