//! Errors of small traces of each shape, and of large ones in time.

use super::super::trace_tree::tests::span;
use super::*;
use crate::model::{SpanKind, Status, StatusCode};

/// A span that failed or not, from its id and its parent's.
fn node(id: u64, parent: u64, is_error: bool) -> Arc<Span> {
    let code = if is_error { StatusCode::Error } else { StatusCode::Unset };
    let plain = span(id, parent, 0, 100);
    Arc::new(Span { status: Status { code, message: Box::default() }, ..Span::clone(&plain) })
}

/// Origin, cascade and recovery of each error, by ids.
fn told(spans: &[Arc<Span>]) -> Vec<(u64, Vec<u64>, Option<u64>)> {
    let tree = TraceTree::build(spans);
    let id = |at: usize| spans[at].span_id.to_string().trim_start_matches('0').parse().unwrap();
    let tell = |it: &ErrorPropagation| {
        let cascade: Vec<u64> = it.cascade(&tree).map(id).collect();
        assert_eq!((cascade.len(), cascade.last().copied()), (it.affected + 1, Some(id(it.outermost))));
        (id(it.origin), cascade, it.recovery.map(id))
    };
    Errors::of(spans, &tree).found().iter().map(tell).collect()
}

/// What a case is about, its spans as (parent, failed) with ids from 1 on, its errors, and the spans' roles in short.
type Case = (&'static str, &'static [(u64, bool)], &'static [(u64, &'static [u64], Option<u64>)], &'static str);

const CASES: &[Case] = &[
    ("nothing failed", &[(0, false), (1, false)], &[], "--"),
    ("up to the root", &[(0, true), (1, true)], &[(2, &[2, 1], None)], "po"),
    ("absorbed", &[(0, false), (1, true), (2, true)], &[(3, &[3, 2], Some(1))], "rpo"),
    ("tried again", &[(0, false), (1, true), (1, false)], &[(2, &[2], Some(1))], "ro-"),
    (
        "two below one that failed",
        &[(0, true), (1, true), (1, true), (3, false)],
        &[(2, &[2, 1], None), (3, &[3, 1], None)],
        "poo-",
    ),
    (
        "one that was dealt with, and another that was not",
        &[(0, true), (1, false), (2, true), (1, true)],
        &[(4, &[4, 1], None), (3, &[3], Some(2))],
        "proo",
    ),
    (
        "a failed span above one that did not fail is another error",
        &[(0, true), (1, false), (2, true)],
        &[(1, &[1], None), (3, &[3], Some(2))],
        "oro",
    ),
    ("a parent that is not there", &[(0, false), (77, true), (2, true)], &[(3, &[3, 2], None)], "-po"),
    ("its own parent", &[(1, true)], &[(1, &[1], None)], "o"),
    (
        "most affected first",
        &[(0, false), (1, true), (1, true), (3, true), (4, true)],
        &[(5, &[5, 4, 3], Some(1)), (2, &[2], Some(1))],
        "roppo",
    ),
];

#[test]
fn errors_are_followed_from_where_they_began() {
    for (name, shapes, expected, expected_roles) in CASES {
        let spans: Vec<_> = (1..).zip(*shapes).map(|(id, &(parent, failed))| node(id, parent, failed)).collect();
        let expected: Vec<_> = expected.iter().map(|&(origin, cascade, end)| (origin, cascade.to_vec(), end)).collect();
        assert_eq!(told(&spans), expected, "{name}");
        let roles: String = Errors::of(&spans, &TraceTree::build(&spans))
            .roles()
            .iter()
            .map(|role| match role {
                ErrorRole::None => '-',
                ErrorRole::Origin => 'o',
                ErrorRole::Anew => 'a',
                ErrorRole::Propagated => 'p',
                ErrorRole::Recovered => 'r',
            })
            .collect();
        assert_eq!(roles, *expected_roles, "{name}");
    }
}

#[test]
fn the_servers_half_of_a_call_is_where_it_began() {
    let half = |kind| Arc::new(Span { kind, ..Span::clone(&node(2, 1, true)) });
    let spans = [node(1, 0, false), half(SpanKind::Server), half(SpanKind::Client)];
    let found = Errors::of(&spans, &TraceTree::build(&spans)).found();
    assert_eq!(found, [ErrorPropagation { origin: 1, affected: 1, outermost: 2, recovery: Some(0) }]);
}

#[test]
fn of_equals_the_one_that_was_there_first_is_told_first() {
    let at = |id, end| Arc::new(Span { end, ..Span::clone(&node(id, 1, true)) });
    let spans = [node(1, 0, true), at(2, 90), at(3, 20), at(4, 50)];
    let order: Vec<usize> = Errors::of(&spans, &TraceTree::build(&spans)).found().iter().map(|it| it.origin).collect();
    assert_eq!(order, [2, 3, 1]);
}

#[test]
fn an_exception_alone_is_no_failure() {
    let event = |time, name: &str| SpanEvent { time, name: name.into(), ..SpanEvent::default() };
    let events = vec![event(5, "exception"), event(9, "exception"), event(12, "retry")];
    let thrown = Arc::new(Span { events, ..Span::clone(&node(1, 0, false)) });
    assert_eq!(exception(&thrown).map(|event| event.time), Some(9));
    assert_eq!(exception(&node(1, 0, true)), None);
    let spans = [thrown];
    assert_eq!(Errors::of(&spans, &TraceTree::build(&spans)).roles(), [ErrorRole::None]);
}

#[test]
fn large_traces_take_no_recursion_and_no_square() {
    // A comb: each failed span of a chain has a failed leaf, so that all cascades together have 200 million spans.
    let comb = (1..=20_000).flat_map(|at| [node(2 * at, 2 * (at - 1), true), node(2 * at + 1, 2 * at, true)]);
    let comb: Vec<Arc<Span>> = comb.collect();
    let found = Errors::of(&comb, &TraceTree::build(&comb)).found();
    assert_eq!((found.len(), found[0].affected, found[0].outermost), (20_000, 20_000, 0));
}
