//! Flame graphs: what calls what, with times summed over all calls on the same path from the root. Over one trace or over many.
//!
//! The form is Brendan Gregg's ("The Flame Graph", CACM 2016) with durations for samples. What is called may outlast its
//! caller, and calls may run at once, so a frame is as wide as its calls took together, or as its children are where
//! these are wider: so frames nest whatever the times are. What a frame's own calls took without their children is told by
//! its own time, and not by the gap at its right.

mod paths;

use std::cmp::Reverse;
use std::sync::Arc;

use self::paths::{Node, Paths};
use crate::store::Trace;

/// Frames that a graph has, at most. Beyond it those that take least are one frame for each caller.
pub const MAX_FRAMES: usize = 100_000;
/// What the frame of all others is called.
const OTHERS: &str = "(others)";

/// A flame graph. Frames stand in pre-order, siblings by their width, the widest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FlameGraph {
    /// All frames.
    pub frames: Vec<Frame>,
    /// The sum of all roots' widths, in nanoseconds.
    pub total_ns: i64,
    /// How many levels there are.
    pub depth: usize,
}

/// All calls of one operation on the same path from the root.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// The service.
    pub service: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// Whether it stands for several paths that would be too many to tell apart; its service is empty.
    pub is_rest: bool,
    /// The frame that it is called from, by its place; `None` for a root.
    pub parent: Option<usize>,
    /// How many ancestors it has.
    pub depth: usize,
    /// The place behind its last descendant.
    pub end: usize,
    /// Where it begins, in nanoseconds from the left: within its parent, behind its elder siblings.
    pub start_ns: i64,
    /// Its width: the sum of its calls' durations in nanoseconds, or of its children's widths where that is more.
    pub total_ns: i64,
    /// The sum of its children's widths, in nanoseconds.
    pub children_ns: i64,
    /// The sum of its calls' own times, in nanoseconds.
    pub self_ns: i64,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
}

/// The flame graph of `traces`. O(spans · log spans). Sums that no 64 bits hold end at the largest number.
pub fn flame(traces: &[Arc<Trace>]) -> FlameGraph {
    flame_within(traces, MAX_FRAMES)
}

/// The same with at most `most` frames.
fn flame_within(traces: &[Arc<Trace>], most: usize) -> FlameGraph {
    let mut paths = Paths::default();
    for trace in traces {
        paths.take_in(trace);
    }
    paths.widen();
    // A frame for others may stand in every frame that is kept, and beside the roots.
    let kept = if paths.nodes.len() > most { most.saturating_sub(1) / 2 } else { most };
    paths.fold_beyond(kept);
    lay_out(&paths)
}

/// The kept nodes in pre-order, siblings by width, with their places.
fn lay_out(paths: &Paths<'_>) -> FlameGraph {
    let nodes = &paths.nodes;
    let mut order: Vec<usize> = (0..nodes.len()).filter(|at| nodes[*at].is_kept).collect();
    order.sort_unstable_by_key(|at| (Reverse(nodes[*at].width), *at));
    let (mut roots, mut children) = (Vec::new(), vec![Vec::new(); nodes.len()]);
    for at in order {
        match nodes[at].parent {
            Some(parent) => children[parent].push(at),
            None => roots.push(at),
        }
    }
    let total_ns = roots.iter().fold(0i64, |sum, at| sum.saturating_add(nodes[*at].width));
    let mut frames: Vec<Frame> = Vec::new();
    // What is still to be placed, the next on top: the node and its parent's frame.
    let mut stack: Vec<(usize, Option<usize>)> = roots.iter().rev().map(|at| (*at, None)).collect();
    let mut next_root = 0;
    while let Some((at, parent)) = stack.pop() {
        let place = frames.len();
        let frame = place_in(&nodes[at], parent.and_then(|parent| frames.get_mut(parent)), &mut next_root, total_ns);
        frames.push(Frame {
            service: name(paths, at).0,
            operation: name(paths, at).1,
            parent,
            end: place + 1,
            ..frame
        });
        stack.extend(children[at].iter().rev().map(|child| (*child, Some(place))));
    }
    for place in (0..frames.len()).rev() {
        if let Some(parent) = frames[place].parent {
            frames[parent].end = frames[parent].end.max(frames[place].end);
        }
    }
    let depth = frames.iter().map(|frame| frame.depth + 1).max().unwrap_or(0);
    FlameGraph { frames, total_ns, depth }
}

/// A frame behind its elder siblings; `children_ns` of the parent, or `next_root`, says where they end.
fn place_in(node: &Node, parent: Option<&mut Frame>, next_root: &mut i64, all: i64) -> Frame {
    let (from, depth, end, taken) = match parent {
        Some(parent) => {
            let end = parent.start_ns.saturating_add(parent.total_ns);
            (parent.start_ns, parent.depth + 1, end, &mut parent.children_ns)
        }
        None => (0, 0, all, next_root),
    };
    let start_ns = from.saturating_add(*taken).min(end);
    // Sums that ended at the largest number would reach beyond their parent.
    let total_ns = node.width.min(end - start_ns);
    *taken = taken.saturating_add(total_ns);
    Frame {
        service: Arc::default(),
        operation: Arc::default(),
        is_rest: node.is_rest,
        parent: None,
        depth,
        end: 0,
        start_ns,
        total_ns,
        children_ns: 0,
        self_ns: node.own,
        calls: node.calls,
        errors: node.errors,
    }
}

fn name(paths: &Paths<'_>, at: usize) -> (Arc<str>, Arc<str>) {
    match paths.nodes.get(at).and_then(|node| paths.names.get(node.name?)) {
        Some((service, operation)) => (Arc::clone(service), Arc::clone(operation)),
        None => (Arc::default(), Arc::from(OTHERS)),
    }
}

#[cfg(test)]
pub(super) mod tests;
