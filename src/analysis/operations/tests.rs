//! Figures of operations: of known traces, of too many, and what holds of any.

use proptest::prelude::*;

use super::super::flame::tests::{forest, shapes, traces};
use super::*;

fn of<'a>(all: &'a [OperationStats], name: (&str, &str)) -> &'a OperationStats {
    all.iter().find(|it| (&*it.service, &*it.operation) == name).expect("the operation is there")
}

#[test]
fn figures_are_those_of_all_calls_of_an_operation() {
    // A root of 100 ns with calls of 10, 20, … 50 ns one after the other, the third of which fails.
    let mut spans = vec![(0, "web", "GET /", 1000, 1150, false)];
    let mut at = 1000;
    for (index, length) in [10, 20, 30, 40, 50].into_iter().enumerate() {
        spans.push((1, "db", "query", at, at + length, index == 2));
        at += length;
    }
    let all = operations(&traces(&[&spans]));
    let names: Vec<_> = all.iter().map(|it| (&*it.service, &*it.operation)).collect();
    assert_eq!(names, [("db", "query"), ("web", "GET /")], "most own time first");
    let db = of(&all, ("db", "query"));
    assert_eq!((db.calls, db.errors, db.total_ns, db.self_ns), (5, 1, 150, 150));
    assert_eq!([db.p50_ns, db.p90_ns, db.p95_ns, db.p99_ns, db.max_ns], [30, 50, 50, 50, 50]);
    assert!((db.rate - 5.0 / 150e-9).abs() < 1.0, "{}", db.rate);
    let web = of(&all, ("web", "GET /"));
    assert_eq!((web.self_ns, web.share, db.share), (0, 0.0, 1.0));
    assert_eq!(operations(&[]), []);
}

#[test]
fn percentiles_are_by_nearest_rank() {
    let hundred: Vec<i64> = (1..=100).collect();
    for (percent, expected) in [(50, 50), (90, 90), (95, 95), (99, 99), (100, 100)] {
        assert_eq!(nearest_rank(&hundred, percent), expected);
    }
    assert_eq!((nearest_rank(&[7], 1), nearest_rank(&[], 50), nearest_rank(&[1, 2], 51)), (7, 0, 2));
}

#[test]
fn beyond_the_most_that_are_told_apart_there_is_one_row_for_all_others() {
    let names: Vec<String> = (0..MAX_OPERATIONS + 10).map(|n| format!("GET /{n}")).collect();
    let spans: Vec<_> = names.iter().zip(1000..).map(|(name, at)| (0, "web", name.as_str(), at, 9000, false)).collect();
    let all = operations(&traces(&[&spans]));
    assert_eq!(all.len(), MAX_OPERATIONS + 1);
    let rest = all.last().expect("the rest");
    assert!(rest.is_rest && rest.calls == 10, "{rest:?}");
    assert_eq!(all.iter().map(|it| it.calls).sum::<u64>(), names.len() as u64);
}

proptest! {
    #[test]
    fn nothing_is_lost_and_many_traces_are_the_sum_of_each(shapes in shapes()) {
        let traces = forest(&shapes);
        let all = operations(&traces);
        let spans = || traces.iter().flat_map(|trace| trace.spans());
        prop_assert_eq!(all.iter().map(|it| it.calls).sum::<u64>(), spans().count() as u64);
        prop_assert_eq!(all.iter().map(|it| it.errors).sum::<u64>(), spans().filter(|it| it.is_error()).count() as u64);
        prop_assert_eq!(all.iter().map(|it| it.total_ns).sum::<i64>(), spans().map(|it| it.duration()).sum::<i64>());
        let own = |trace: &Arc<Trace>| self_times(trace.spans(), &TraceTree::build(trace.spans())).iter().sum::<i64>();
        prop_assert_eq!(all.iter().map(|it| it.self_ns).sum::<i64>(), traces.iter().map(own).sum::<i64>());
        let shares: f64 = all.iter().map(|it| it.share).sum();
        let has_own = all.iter().any(|it| it.self_ns > 0);
        prop_assert!((shares - f64::from(u8::from(has_own))).abs() < 1e-9, "{}", shares);
        for it in &all {
            prop_assert!(it.p50_ns <= it.p90_ns && it.p90_ns <= it.p95_ns && it.p95_ns <= it.p99_ns);
            prop_assert!(it.p99_ns <= it.max_ns && it.self_ns <= it.total_ns && it.errors <= it.calls);
            let single = traces.iter().flat_map(|trace| operations(std::slice::from_ref(trace)));
            let alike = single.filter(|one| (&one.service, &one.operation) == (&it.service, &it.operation));
            let sum = alike.fold((0, 0), |sum, one| (sum.0 + one.calls, sum.1 + one.self_ns));
            prop_assert_eq!(sum, (it.calls, it.self_ns));
        }
    }
}
