//! What excuses a failed child, case by case, and laws on random families of attempts.

use proptest::prelude::*;

use super::super::super::trace_tree::tests::span;
use super::super::{ErrorRole, Errors};
use super::*;
use crate::model::{Attributes, Resource, SpanEvent, Status, StatusCode, Value};

/// A call of `shop` out of a span of its own: `reserve` at these times, which failed or not.
fn call_of(id: u64, (start, end): (i64, i64), is_error: bool) -> Span {
    let code = if is_error { StatusCode::Error } else { StatusCode::Unset };
    Span {
        name: "reserve".into(),
        kind: SpanKind::Client,
        status: Status { code, message: Box::default() },
        attributes: [("item", "pen")].into_iter().collect(),
        resource: shop(&[]),
        ..Span::clone(&span(id, 1, start, end))
    }
}

/// The resource of the service `shop`, and what else is to be told of it.
fn shop(more: &[(&str, &str)]) -> Arc<Resource> {
    Arc::new(Resource { attributes: [("service.name", "shop")].iter().chain(more).copied().collect() })
}

/// A failed parent of 100 ns, a child of it that failed at 20, and one like it from 30 to 40 that went well.
fn family() -> [Span; 3] {
    let parent = Span { kind: SpanKind::Server, name: "POST /order".into(), ..call_of(1, (1, 100), true) };
    [Span { parent_id: None, ..parent }, call_of(2, (10, 20), true), call_of(3, (30, 40), false)]
}

fn of(attributes: &[(&str, &str)]) -> Attributes {
    attributes.iter().copied().collect()
}

fn thrown(attributes: &[(&str, &str)]) -> SpanEvent {
    SpanEvent { time: 5, name: "exception".into(), attributes: of(attributes) }
}

fn roles_of(spans: &[Span]) -> Vec<ErrorRole> {
    let spans: Vec<Arc<Span>> = spans.iter().cloned().map(Arc::new).collect();
    Errors::of(&spans, &TraceTree::build(&spans)).roles()
}

type Change = fn(&mut [Span; 3]);

/// What keeps the later call from being proof, and what does not.
const CASES: &[(&str, Change, bool)] = &[
    ("tried again", |_| {}, true),
    ("at once", |it| it[2].start = 20, true),
    ("at the same time", |it| it[2].start = 19, false),
    ("before", |it| (it[2].start, it[2].end) = (2, 9), false),
    ("up to the parent's end", |it| it[2].end = 100, true),
    ("the parent did not wait for it", |it| it[2].end = 101, false),
    ("an attempt that has not ended", |it| it[2].end = 30, false),
    ("a parent that has not ended", |it| it[0].end = 1, false),
    ("a time that is not known", |it| it[1].start = 0, false),
    ("which failed as well", |it| it[2].status.code = StatusCode::Error, false),
    ("which was told to be fine", |it| it[2].status.code = StatusCode::Ok, true),
    ("with an answer that is an error", |it| it[2].attributes.set("http.status_code", 503), false),
    ("with a good answer", |it| it[2].attributes.set("http.response.status_code", 204), true),
    ("another operation", |it| it[2].name = "release".into(), false),
    ("another kind", |it| it[2].kind = SpanKind::Internal, false),
    ("another thing of the same operation", |it| it[2].attributes.set("item", "ink"), false),
    ("a thing that only one of them names", |it| it[2].attributes.set("size", 3), false),
    ("another attempt", |it| it[2].attributes.set("http.request.resend_count", 1), true),
    ("another replica", |it| it[2].attributes.set("network.peer.address", "10.0.0.7"), true),
    ("ids that are text", |it| it[2].attributes.set("jaeger.span_id", "third"), true),
    ("an error that is named", |it| it[1].attributes.set("error.type", "timeout"), true),
    ("within the service", |it| (it[1].kind, it[2].kind) = (SpanKind::Internal, SpanKind::Internal), true),
    ("what others serve", |it| (it[1].kind, it[2].kind) = (SpanKind::Server, SpanKind::Server), false),
    ("of other services", |it| (it[1].resource, it[2].resource) = (Arc::default(), Arc::default()), false),
    (
        "on another host",
        |it| (it[0].resource, it[1].resource) = (shop(&[("host.name", "a")]), shop(&[("host.name", "b")])),
        false,
    ),
    (
        "on one host",
        |it| (it[0].resource, it[1].resource) = (shop(&[("host.name", "a")]), shop(&[("host.name", "a")])),
        true,
    ),
    ("a method alone", |it| (it[1].name, it[2].name) = ("GET".into(), "GET".into()), false),
    (
        "a method and a target",
        |it| {
            for call in &mut it[1..] {
                call.name = "HTTP GET".into();
                call.attributes.set("http.url", "http://stock/pen");
            }
        },
        true,
    ),
    (
        "with a message of its own",
        |it| {
            it[1].status.message = "timeout".into();
            it[0].status.message = "no more credit".into();
        },
        true,
    ),
    (
        "with the child's message",
        |it| {
            it[1].status.message = "timeout".into();
            it[0].status.message = "reserving: timeout".into();
        },
        false,
    ),
    (
        "with an exception of its own",
        |it| {
            it[1].events.push(thrown(&[("exception.type", "Timeout"), ("exception.message", "5 s")]));
            it[0].events.push(thrown(&[("exception.type", "Refused"), ("exception.message", "limit")]));
        },
        true,
    ),
    (
        "with an exception that names the child's",
        |it| {
            it[1].events.push(thrown(&[("exception.type", "Timeout")]));
            it[0].events.push(thrown(&[("exception.stacktrace", "Failed\nCaused by: Timeout")]));
        },
        false,
    ),
    ("after the parent", |it| (it[1].start, it[1].end) = (101, 110), true),
    ("in the parent's last moment", |it| (it[1].start, it[1].end) = (100, 110), false),
    (
        "after the parent, by another clock",
        |it| {
            (it[1].start, it[1].end, it[1].kind) = (101, 110, SpanKind::Server);
        },
        false,
    ),
];

#[test]
fn a_child_is_excused_only_where_it_is_certain() {
    for (name, change, is_excused) in CASES {
        let mut spans = family();
        change(&mut spans);
        let (parent, second) = match (is_excused, spans[2].is_error()) {
            (true, _) => (ErrorRole::Anew, ErrorRole::None),
            (false, true) => (ErrorRole::Propagated, ErrorRole::Origin),
            (false, false) => (ErrorRole::Propagated, ErrorRole::None),
        };
        assert_eq!(roles_of(&spans), [parent, ErrorRole::Origin, second], "{name}");
    }
}

#[test]
fn of_several_attempts_only_those_before_a_good_one_are_excused() {
    let [parent, first, good] = family();
    let again = |id, from| call_of(id, (from, from + 5), true);
    let spans = [parent.clone(), first.clone(), again(4, 22), good.clone()];
    assert_eq!(roles_of(&spans)[0], ErrorRole::Anew);
    let spans: Vec<Arc<Span>> = [parent, first, good, again(4, 50)].map(Arc::new).into();
    let tree = TraceTree::build(&spans);
    assert_eq!(Errors::of(&spans, &tree).roles()[0], ErrorRole::Propagated);
    let told: Vec<_> =
        Errors::of(&spans, &tree).found().iter().map(|it| (it.origin, it.affected, it.recovery)).collect();
    assert_eq!(told, [(3, 1, None), (1, 0, Some(0))]);
    assert_eq!(Errors::of(&spans, &tree).causes(), [Some(3), None, None, None]);
}

#[test]
fn an_error_that_was_made_good_ends_below_and_the_parents_own_begins_there() {
    let [mut parent, first, good] = family();
    parent.parent_id = crate::model::SpanId::from_u64(9);
    let root = Span { parent_id: None, name: "checkout".into(), ..call_of(9, (1, 200), true) };
    let served = Span { kind: SpanKind::Server, resource: Arc::default(), ..Span::clone(&span(5, 2, 12, 19)) };
    let served = Span { status: first.status.clone(), ..served };
    let spans: Vec<Arc<Span>> = [root, parent, first, served, good].map(Arc::new).into();
    let tree = TraceTree::build(&spans);
    let told: Vec<_> =
        Errors::of(&spans, &tree).found().iter().map(|it| (it.cascade(&tree).collect(), it.recovery)).collect();
    let expected: [(Vec<usize>, _); 2] = [(vec![3, 2], Some(1)), (vec![1, 0], None)];
    assert_eq!(told, expected);
    let row = |span| tree.row_of(span).unwrap();
    assert_eq!(Errors::of(&spans, &tree).causes()[row(0)], Some(row(1)), "the reason of the root");
    assert_eq!(Errors::of(&spans, &tree).causes()[row(1)], None, "which began there");
}

#[test]
fn too_many_reasons_excuse_nobody() {
    let mut spans = vec![Arc::new(Span { status: family()[0].status.clone(), ..family()[0].clone() })];
    for at in 0..100 {
        let mut failed = call_of(at + 2, (2, 3), true);
        failed.status.message = format!("reason {at:03}").into();
        spans.push(Arc::new(failed));
    }
    spans.push(Arc::new(call_of(200, (30, 40), false)));
    let excused = |spans: &[Arc<Span>]| {
        let passed = passed_on(spans, &TraceTree::build(spans));
        passed.iter().filter(|has_passed| !**has_passed).count() - 2
    };
    assert_eq!(excused(&spans), MAX_REASONS);
}

#[test]
fn wide_families_take_no_square() {
    let mut spans = vec![Arc::new(Span { end: 1_000_000, ..family()[0].clone() })];
    for id in 2..50_002 {
        let at = i64::try_from(id).unwrap();
        let mut call = call_of(id, (at, at + 1), id % 2 == 0);
        call.attributes.set("part", Value::Int(at / 4));
        call.status.message = "busy".into();
        spans.push(Arc::new(call));
    }
    let passed = passed_on(&spans, &TraceTree::build(&spans));
    assert!(passed.iter().filter(|it| **it).count() < 2);
}

/// Attempts below attempts: parent (by remainder), begin, length, whether it failed, and which of two things it wants.
fn attempts() -> impl Strategy<Value = Vec<(u64, i64, i64, bool, bool)>> {
    proptest::collection::vec((0u64..20, 1i64..60, 0i64..40, any::<bool>(), any::<bool>()), 0..30)
}

fn grown(shapes: &[(u64, i64, i64, bool, bool)]) -> Vec<Arc<Span>> {
    let mut spans = vec![Arc::new(family()[0].clone())];
    for (id, &(parent, start, length, is_error, is_pen)) in (2..).zip(shapes) {
        let mut call = call_of(id, (start, start + length), is_error);
        call.parent_id = crate::model::SpanId::from_u64(parent % (id - 1) + 1);
        call.attributes.set("item", if is_pen { "pen" } else { "ink" });
        spans.push(Arc::new(call));
    }
    spans
}

proptest! {
    #[test]
    fn every_failure_has_a_beginning_and_none_is_told_twice(shapes in attempts()) {
        let spans = grown(&shapes);
        let tree = TraceTree::build(&spans);
        let (roles, causes, errors) = (Errors::of(&spans, &tree).roles(), Errors::of(&spans, &tree).causes(), Errors::of(&spans, &tree).found());
        let mut origins: Vec<usize> = errors.iter().map(|error| error.origin).collect();
        origins.sort_unstable();
        prop_assert_eq!(&origins, &(0..spans.len()).filter(|at| roles[*at].is_origin()).collect::<Vec<_>>());
        let mut told = HashSet::new();
        for error in &errors {
            let cascade: Vec<usize> = error.cascade(&tree).collect();
            prop_assert_eq!((cascade.len(), cascade.last()), (error.affected + 1, Some(&error.outermost)));
            prop_assert!(cascade.iter().all(|at| spans[*at].is_error()));
            let above = tree.row_of(error.outermost).and_then(|row| tree.rows()[row].parent);
            prop_assert_eq!(error.recovery, above.map(|row| tree.rows()[row].span));
            told.extend(cascade);
        }
        for (at, span) in spans.iter().enumerate() {
            prop_assert_eq!(span.is_error(), told.contains(&at));
            let start = tree.row_of(at).filter(|_| roles[at] != ErrorRole::None);
            let end = start.and_then(|row| std::iter::successors(Some(row), |row| causes[*row]).last());
            prop_assert_eq!(end.is_some_and(|row| roles[tree.rows()[row].span].is_origin()), start.is_some());
        }
    }

    #[test]
    fn an_excuse_takes_a_success_and_the_order_of_spans_does_not_matter(shapes in attempts(), seed in 0usize..100) {
        let spans = grown(&shapes);
        let told = |spans: &[Arc<Span>]| {
            let mut told: Vec<_> = spans.iter().map(|it| it.span_id).zip(Errors::of(spans, &TraceTree::build(spans)).roles()).collect();
            told.sort_unstable_by_key(|(id, _)| *id);
            told
        };
        let mut shuffled = spans.clone();
        for at in 0..shuffled.len() {
            let other = (at * 31 + seed) % shuffled.len();
            shuffled.swap(at, other);
        }
        prop_assert_eq!(told(&shuffled), told(&spans));
        let all: Vec<_> = shapes.iter().map(|&(parent, start, length, _, pen)| (parent, start, length, true, pen)).collect();
        let all = grown(&all);
        let passed = passed_on(&all, &TraceTree::build(&all));
        let tree = TraceTree::build(&all);
        for (row, has_passed) in tree.rows().iter().zip(passed) {
            let parent = row.parent.map(|parent| &all[tree.rows()[parent].span]);
            let is_late = parent.is_some_and(|it| is_timed(it) && all[row.span].start > it.end);
            prop_assert_eq!(has_passed, parent.is_some() && !is_late);
        }
    }
}
