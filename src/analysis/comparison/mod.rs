//! Two traces beside each other, or one beside what is usual for its operation: what is there in one alone, what grew.
//!
//! Traces are compared call by call, where a call is a place in the tree: the spans that are reached from the roots through
//! the same services, operations and kinds. Repeated spans of one place are one row with their count, so that three
//! queries in one trace and fifty in the other are one line. Every span of either trace is in exactly one row.
//!
//! **Busy time** of a trace is the sum of the own times of its spans (`self_time`). The difference of the busy times
//! of two traces is the sum of the rows' own-time differences, where a row that is on one side alone counts whole: so
//! what a trace took longer is explained, row by row, without counting a child's time in its callers again.

mod paths;

use std::cmp::Ordering;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::model::{SpanId, SpanKind, TraceId};
use crate::store::Trace;
use paths::Paths;

/// A difference of own time that is worth a mark is at least this share of the longer trace, as its reciprocal,
const LEAST_OF_TRACE: i64 = 100;
/// and at least this share of what the row itself takes, as its reciprocal.
const LEAST_OF_ROW: i64 = 10;

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
    /// The service of its root.
    pub service: Arc<str>,
    /// The operation of its root.
    pub operation: Arc<str>,
    /// How many traces it is made of.
    pub traces: usize,
    /// Whether only traces without errors were chosen.
    pub is_error_free: bool,
    /// From begin to end, in nanoseconds; of many traces the median.
    pub duration_ns: i64,
    /// Its busy time (see above), in nanoseconds; of many traces that of its rows.
    pub busy_ns: i64,
    /// How many spans; of many traces the median.
    pub spans: u64,
    /// How many of them failed; of many traces the median.
    pub errors: u64,
}

/// One call: a place in the common tree, with the spans of both sides that are there.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparedRow {
    /// The same for the same place in another comparison, as far as a hash can tell.
    pub id: u64,
    /// The service.
    pub service: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// The spans' role.
    pub kind: SpanKind,
    /// The row of its caller.
    pub parent: Option<usize>,
    /// How many ancestors it has.
    pub depth: usize,
    /// The row behind its subtree.
    pub end: usize,
    /// Whether no sibling comes after it.
    pub is_last: bool,
    /// What it is in `a`; `None` where it is not there: of many traces, not in half of them.
    pub a: Option<Figures>,
    /// What it is in `b`; `None` where it is not there.
    pub b: Option<Figures>,
    /// The share of the traces of `a` that have it, in per mille.
    pub seen_permille: u16,
    /// Between what it lies in nine of ten of those that have it; of one trace what it is there.
    pub usual: UsualRange,
    /// What is to be said of it.
    pub change: Change,
}

/// A call on one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Figures {
    /// How many spans; of many traces the median.
    pub count: u64,
    /// The time in which at least one of them ran, in nanoseconds; of many traces the median.
    pub duration_ns: i64,
    /// The sum of their own times in nanoseconds; of many traces the median.
    pub self_ns: i64,
    /// How many of them failed; of many traces the median.
    pub errors: u64,
    /// The longest of them; of many traces that of the one with the median duration.
    pub longest: (TraceId, SpanId),
}

/// Between what figures lie, from the 5th to the 95th percentile by nearest rank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsualRange {
    /// How many spans.
    pub count: RangeInclusive<u64>,
    /// The sum of their own times in nanoseconds.
    pub self_ns: RangeInclusive<i64>,
}

/// How the two sides of a row differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Not worth a word.
    Same,
    /// In `b` alone.
    Added,
    /// In `a` alone.
    Missing,
    /// More calls in `b` than usual, or as many that took longer themselves than is usual.
    Grew,
    /// Fewer calls in `b` than usual, or as many that took less themselves than is usual.
    Shrank,
}

/// Compares two traces. O(n log n) in the spans of both.
pub fn compare(a: &Trace, b: &Trace) -> Comparison {
    beside(&[a], b)
}

/// Compares `trace` with what is usual in `others`, which are traces of the same operation: what at least half of them have,
/// as often and for as long as the median of those that have it. O(n log n) in the spans of all.
pub fn compare_with_usual(trace: &Trace, others: &[Arc<Trace>]) -> Comparison {
    let others: Vec<&Trace> = others.iter().map(|other| &**other).collect();
    let mut comparison = beside(&others, trace);
    comparison.a.trace = None;
    comparison
}

fn beside(others: &[&Trace], trace: &Trace) -> Comparison {
    let mut paths = Paths::default();
    paths.add_b(trace);
    for other in others {
        paths.add_a(other);
    }
    let mut b = side(trace);
    let mut a = others.first().map(|first| side(first)).unwrap_or_default();
    a.traces = others.len();
    a.duration_ns = median(others.iter().map(|other| other.summary().duration));
    a.spans = median(others.iter().map(|other| other.spans().len() as u64));
    a.errors = median(others.iter().map(|other| u64::from(other.summary().errors)));
    let mut rows = paths.into_rows(others.len());
    a.busy_ns = rows.iter().filter_map(|row| row.a).map(|it| it.self_ns).sum();
    b.busy_ns = rows.iter().filter_map(|row| row.b).map(|it| it.self_ns).sum();
    let longer_ns = a.duration_ns.max(b.duration_ns);
    for row in &mut rows {
        row.change = row.judged(longer_ns);
    }
    Comparison { a, b, rows }
}

fn side(trace: &Trace) -> Side {
    let summary = trace.summary();
    Side {
        trace: Some(trace.id),
        service: summary.service,
        operation: Arc::from(&*summary.operation),
        traces: 1,
        is_error_free: false,
        duration_ns: summary.duration,
        busy_ns: 0,
        spans: trace.spans().len() as u64,
        errors: u64::from(summary.errors),
    }
}

/// The median; of an even number the greater of the two, so that what half of all have is usual. 0 of none.
fn median<T: Ord + Default>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return T::default();
    }
    std::mem::take(values.select_nth_unstable(middle).1)
}

impl Comparison {
    /// Spans that `b` has more than `a`, and that it has fewer, each summed over the rows.
    pub fn more_and_fewer(&self) -> (u64, u64) {
        self.rows
            .iter()
            .map(ComparedRow::counts)
            .fold((0, 0), |(more, fewer), (a, b)| (more + b.saturating_sub(a), fewer + a.saturating_sub(b)))
    }

    /// The lines in front of a row's name, two columns a level, `│ ├ `, or one where there is little room: `│├`. Of a row
    /// deeper than `max_depth` only the innermost levels are drawn, behind `…`. Takes O(`max_depth`).
    pub fn prefix(&self, row: usize, max_depth: usize, is_narrow: bool) -> String {
        let mut levels = Vec::new();
        let mut at = row;
        while let Some(it) = self.rows.get(at) {
            let Some(parent) = it.parent else { break };
            if levels.len() >= max_depth {
                levels.push("…");
                break;
            }
            levels.push(match (at == row, it.is_last) {
                (true, true) => "└",
                (true, false) => "├",
                (false, true) => " ",
                (false, false) => "│",
            });
            at = parent;
        }
        levels.reverse();
        if is_narrow { levels.concat() } else { levels.iter().flat_map(|level| [level, " "]).collect() }
    }
}

impl ComparedRow {
    /// How many spans there are on both sides.
    pub fn counts(&self) -> (u64, u64) {
        (self.a.map_or(0, |it| it.count), self.b.map_or(0, |it| it.count))
    }

    /// By how much it took longer in `b`, in nanoseconds; what is not there took nothing.
    pub fn duration_delta(&self) -> i64 {
        let duration = |side: Option<Figures>| side.map_or(0, |it| it.duration_ns);
        duration(self.b).saturating_sub(duration(self.a))
    }

    /// By how much its own time is longer in `b`, in nanoseconds; what is not there took nothing.
    pub fn self_delta(&self) -> i64 {
        let own = |side: Option<Figures>| side.map_or(0, |it| it.self_ns);
        own(self.b).saturating_sub(own(self.a))
    }

    /// What is to be said of it where the longer of both traces took `longer_ns`.
    fn judged(&self, longer_ns: i64) -> Change {
        let (Some(a), Some(b)) = (self.a, self.b) else {
            return if self.a.is_none() { Change::Added } else { Change::Missing };
        };
        let delta = self.self_delta();
        let is_worth = delta.saturating_abs() >= (longer_ns / LEAST_OF_TRACE).max(1)
            && delta.saturating_abs() >= a.self_ns.max(b.self_ns) / LEAST_OF_ROW
            && !self.usual.self_ns.contains(&b.self_ns);
        let count = if self.usual.count.contains(&b.count) { Ordering::Equal } else { b.count.cmp(&a.count) };
        match (count, is_worth) {
            (Ordering::Equal, false) => Change::Same,
            (Ordering::Greater, _) => Change::Grew,
            (Ordering::Equal, true) if delta > 0 => Change::Grew,
            (Ordering::Less | Ordering::Equal, _) => Change::Shrank,
        }
    }
}

#[cfg(test)]
mod tests;
