//! What each operation of each service costs: calls, failures, durations, its own time. Over one trace or over many.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::self_time::self_times;
use super::trace_tree::TraceTree;
use crate::model::{Nanos, Span};
use crate::store::Trace;

/// Operations that are told apart, at most: names that carry an id are as many as there are calls. Those with the least own
/// time are one row together beyond it.
pub const MAX_OPERATIONS: usize = 5000;
/// What the row of all others is called.
const OTHERS: &str = "(others)";

/// One operation of one service in figures.
#[derive(Clone, PartialEq, Debug)]
pub struct OperationStats {
    /// The service.
    pub service: Arc<str>,
    /// The operation: the spans' name.
    pub operation: Arc<str>,
    /// Whether it stands for all operations beyond the first [`MAX_OPERATIONS`], whose service is empty.
    pub is_rest: bool,
    /// How many spans there are.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Calls a second over the time of all traces that were looked at; 0 where that is no time at all.
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

/// What is counted of one operation.
#[derive(Default)]
struct Sum {
    durations: Vec<i64>,
    errors: u64,
    total: i64,
    own: i64,
}

/// The figures of every operation in `traces`, most own time first, at most [`MAX_OPERATIONS`] and one row for all others.
/// Percentiles are exact, by nearest rank. O(spans · log spans).
pub fn operations(traces: &[Arc<Trace>]) -> Vec<OperationStats> {
    let mut sums: HashMap<(&str, &str), Sum> = HashMap::new();
    for trace in traces {
        let spans = trace.spans();
        let own = self_times(spans, &TraceTree::of(trace));
        for (span, own) in spans.iter().zip(own) {
            sums.entry((span.service(), &span.name)).or_default().add(span, own);
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable_by(|(a, x), (b, y)| (Reverse(x.own), a).cmp(&(Reverse(y.own), b)));
    let all_own = sums.iter().fold(0i64, |all, (_, sum)| all.saturating_add(sum.own));
    let beyond = sums.split_off(sums.len().min(MAX_OPERATIONS));
    let seconds = seconds(traces);
    let mut out: Vec<_> = sums.into_iter().map(|(name, sum)| sum.told(name, false, all_own, seconds)).collect();
    if !beyond.is_empty() {
        let mut rest = Sum::default();
        for (_, sum) in beyond {
            rest.merge(sum);
        }
        out.push(rest.told(("", OTHERS), true, all_own, seconds));
    }
    out
}

/// From the begin of the first span to the end of the last one, in seconds. Spans without a begin do not count.
fn seconds(traces: &[Arc<Trace>]) -> f64 {
    let timed = || traces.iter().flat_map(|trace| trace.spans()).filter(|span| span.start != 0);
    let from: Option<Nanos> = timed().map(|span| span.start).min();
    let to = timed().map(|span| span.end).max();
    #[expect(clippy::cast_precision_loss, reason = "a rate is shown with three digits")]
    from.zip(to).map_or(0.0, |(from, to)| to.saturating_sub(from).max(0) as f64 / 1e9)
}

impl Sum {
    fn add(&mut self, span: &Span, own: Nanos) {
        self.durations.push(span.duration());
        self.errors += u64::from(span.is_error());
        self.total = self.total.saturating_add(span.duration());
        self.own = self.own.saturating_add(own);
    }

    fn merge(&mut self, other: Self) {
        self.durations.extend(other.durations);
        self.errors += other.errors;
        self.total = self.total.saturating_add(other.total);
        self.own = self.own.saturating_add(other.own);
    }

    #[expect(clippy::cast_precision_loss, reason = "rates and shares are shown with three digits")]
    fn told(mut self, (service, operation): (&str, &str), is_rest: bool, all_own: i64, seconds: f64) -> OperationStats {
        self.durations.sort_unstable();
        let calls = self.durations.len();
        let percentile = |percent: usize| nearest_rank(&self.durations, percent);
        OperationStats {
            service: Arc::from(service),
            operation: Arc::from(operation),
            is_rest,
            calls: calls as u64,
            errors: self.errors,
            rate: if seconds > 0.0 { calls as f64 / seconds } else { 0.0 },
            total_ns: self.total,
            self_ns: self.own,
            share: if all_own > 0 { self.own as f64 / all_own as f64 } else { 0.0 },
            p50_ns: percentile(50),
            p90_ns: percentile(90),
            p95_ns: percentile(95),
            p99_ns: percentile(99),
            max_ns: percentile(100),
        }
    }
}

/// The least of `sorted` that at least `percent` of them do not exceed; 0 of none.
fn nearest_rank(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
