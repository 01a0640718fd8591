//! How long it takes to look at one large trace: its tree, its critical path, its errors, its clocks.
//!
//! Run with `cargo bench --bench trace`. Prints the best of five runs in milliseconds, and how much of it a walk over
//! the spans takes that only reads their times. The budget is that of opening a trace of 50,000 spans: 100 ms for
//! everything together.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spantail::analysis::bottlenecks::bottlenecks;
use spantail::analysis::clock_skew;
use spantail::analysis::critical_path::CriticalPath;
use spantail::analysis::error_propagation::Errors;
use spantail::analysis::self_time::self_times;
use spantail::analysis::service_map;
use spantail::analysis::trace_tree::TraceTree;
use spantail::model::{Nanos, Span, SpanId, StatusCode, TraceId};

#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/spans.rs"]
mod spans;

const RUNS: usize = 5;
/// What opening a trace may take, in milliseconds.
const BUDGET: f64 = 100.0;

/// A span's parent by its number (0 for none), its begin and its length, from its number and that of all.
type Shape = fn(u64, u64) -> (u64, Nanos, Nanos);

/// Traces of every shape that is dear to somebody, with how many spans they have.
const SHAPES: &[(&str, u64, Shape)] = &[
    ("a tree", 50_000, tree),
    ("a chain", 20_000, |n, all| (n.saturating_sub(1), nanos(n), nanos(2 * (all - n) + 1))),
    ("siblings, one after the other", 50_000, |n, all| child(n, all, nanos(n) * 100, 90)),
    ("siblings, each overlapping with the next", 50_000, |n, all| child(n, all, nanos(n) * 100, 105)),
    ("siblings, all at once", 50_000, |n, all| child(n, all, nanos(n), nanos(all))),
];

fn main() {
    let maker = spans::Maker::default();
    for (name, count, shape) in SHAPES {
        let count = scale::scaled(*count);
        let trace: Vec<Arc<Span>> = (1..=count).filter_map(|n| span(&maker, n, count, *shape)).collect();
        measure(name, &trace);
    }
}

fn measure(name: &str, trace: &[Arc<Span>]) {
    report::head(&format!("{name}, {} spans", trace.len()));
    let read = best(|| trace.iter().map(|span| span.duration()).fold(0, Nanos::wrapping_add));
    let tree = TraceTree::build(trace);
    let path = CriticalPath::find(trace, &tree);
    let steps: [(&str, Duration); 7] = [
        ("the tree", best(|| TraceTree::build(trace))),
        ("the critical path", best(|| CriticalPath::find(trace, &tree))),
        ("own times", best(|| self_times(trace, &tree))),
        ("bottlenecks", best(|| bottlenecks(trace, &path))),
        (
            "errors",
            best(|| {
                let errors = Errors::of(trace, &tree);
                (errors.found(), errors.roles())
            }),
        ),
        ("clocks", best(|| clock_skew::adjust(trace, &tree))),
        ("calls between services", best(|| service_map::edges([trace]))),
    ];
    let beside = |time: Duration| format!("{:.0} × reading the times", time.as_secs_f64() / read.as_secs_f64());
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    for (what, time) in steps {
        report::row(what, milliseconds(time), "ms", &beside(time), ..);
    }
    let all = steps.iter().map(|(_, time)| *time).sum();
    report::row("all of it", milliseconds(all), "ms", &beside(all), ..=BUDGET);
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let run = |_| {
        let begun = Instant::now();
        black_box(work());
        begun.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}

/// One of a hundred fails.
fn span(maker: &spans::Maker, n: u64, all: u64, shape: Shape) -> Option<Arc<Span>> {
    let mut span = maker.span(TraceId::from_low64(1)?, 0)?;
    let (parent, start, length) = shape(n, all);
    span.span_id = SpanId::from_u64(n)?;
    span.parent_id = SpanId::from_u64(parent);
    (span.start, span.end) = (span.start + start, span.start + start + length);
    if n.is_multiple_of(100) {
        span.status.code = StatusCode::Error;
    }
    Some(Arc::new(span))
}

/// Each span has ten children, which follow each other within it.
fn tree(n: u64, all: u64) -> (u64, Nanos, Nanos) {
    let (mut at, mut begin, mut length) = (n, 0, nanos(all) * 1000);
    let mut places = Vec::new();
    while at > 1 {
        places.push((at - 2) % 10);
        at = (at - 2) / 10 + 1;
    }
    for place in places.into_iter().rev() {
        length /= 11;
        begin += nanos(place) * length + length / 2;
    }
    (if n > 1 { (n - 2) / 10 + 1 } else { 0 }, begin, length)
}

/// A child of the first span, which lasts as long as all of them.
fn child(n: u64, all: u64, begin: Nanos, length: Nanos) -> (u64, Nanos, Nanos) {
    if n == 1 { (0, 0, nanos(all) * 200) } else { (1, begin, length) }
}

fn nanos(number: u64) -> Nanos {
    i64::try_from(number).unwrap_or(i64::MAX)
}
