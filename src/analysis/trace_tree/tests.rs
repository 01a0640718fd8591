//! Trees of well-formed and of broken traces.

use proptest::prelude::*;

use super::*;
use crate::model::{Attributes, Resource, Scope, SpanId, SpanKind, Status, TraceId};

/// A span from its id, its parent's id (0 for none) and its times.
pub(crate) fn span(id: u64, parent: u64, start: i64, end: i64) -> Arc<Span> {
    Arc::new(Span {
        trace_id: TraceId::from_low64(1).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(parent),
        trace_state: Box::default(),
        name: format!("op{id}").into(),
        kind: SpanKind::Internal,
        start,
        end,
        status: Status::default(),
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
    })
}

/// A span of a side of a call and of a service, from its id, its parent's id and its start.
fn half(id: u64, parent: u64, start: i64, kind: SpanKind, service: &str) -> Arc<Span> {
    let resource = Resource { attributes: [("service.name", service)].into_iter().collect() };
    let name = format!("{service}{id}").into();
    Arc::new(Span {
        kind,
        name,
        resource: Arc::new(resource),
        ..Arc::unwrap_or_clone(span(id, parent, start, start + 10))
    })
}

fn sketch(spans: &[Arc<Span>]) -> Vec<String> {
    let tree = TraceTree::build(spans);
    let line = |(row, it): (usize, &TreeRow)| {
        let mark = if it.is_orphan { "?" } else { "" };
        format!("{}{}{mark}", tree.prefix(row, 8), spans[it.span].name)
    };
    tree.rows().iter().enumerate().map(line).collect()
}

#[test]
fn siblings_stand_in_order_of_start_beneath_their_parent() {
    let spans = [
        span(3, 1, 20, 30),
        span(1, 0, 0, 100),
        span(2, 1, 10, 60),
        span(4, 2, 11, 12),
        span(5, 2, 15, 40),
        span(6, 5, 16, 17),
    ];
    assert_eq!(sketch(&spans), ["op1", "├ op2", "│ ├ op4", "│ └ op5", "│   └ op6", "└ op3"]);
    let tree = TraceTree::build(&spans);
    assert_eq!(tree.row_of(1), Some(0));
    assert_eq!(tree.row_of(9), None);
    assert_eq!(tree.children(0).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(tree.children(5).count(), 0);
    assert_eq!(tree.rows()[1].end, 5);
    assert_eq!((tree.rows()[1].children, tree.rows()[4].depth), (2, 3));
    assert_eq!(tree.visible(|row| row == 1), [0, 1, 5]);
    assert_eq!(tree.prefix(4, 1), "… └ ");
}

#[test]
fn broken_traces_show_every_span_once() {
    type Case = (&'static str, Vec<Arc<Span>>, &'static [&'static str]);
    let cases: [Case; 6] = [
        ("empty", vec![], &[]),
        ("orphan behind a later root", vec![span(2, 9, 0, 1), span(1, 0, 5, 9)], &["op1", "op2?"]),
        ("own parent", vec![span(1, 1, 0, 9)], &["op1?"]),
        (
            "circle with a tail",
            vec![span(1, 3, 5, 9), span(2, 1, 3, 9), span(3, 2, 4, 9), span(4, 3, 6, 7)],
            &["op2?", "└ op3", "  ├ op1", "  └ op4"],
        ),
        (
            "repeated id",
            vec![span(1, 0, 0, 9), span(2, 1, 1, 2), span(2, 1, 3, 4), span(3, 2, 5, 6)],
            &["op1", "├ op2", "│ └ op3", "└ op2"],
        ),
        ("child before its parent by clock skew", vec![span(1, 0, 10, 20), span(2, 1, -5, 3)], &["op1", "└ op2"]),
    ];
    for (name, spans, expected) in cases {
        assert_eq!(sketch(&spans), expected, "{name}");
    }
}

#[test]
fn halves_of_a_call_with_one_id_hang_under_each_other() {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    type Case = (&'static str, Vec<Arc<Span>>, &'static [&'static str]);
    let cases: [Case; 7] = [
        (
            "the server's half under the client's, what each did under its own",
            vec![
                half(2, 1, 20, Server, "b"),
                half(3, 2, 25, Internal, "b"),
                half(4, 2, 26, Client, "a"),
                half(5, 2, 27, Internal, "elsewhere"),
                half(2, 1, 15, Client, "a"),
                half(1, 0, 10, Server, "a"),
            ],
            &["a1", "└ a2", "  ├ b2", "  │ ├ b3", "  │ └ elsewhere5", "  └ a4"],
        ),
        (
            "a clock that is behind, and a server that does not tell its parent",
            vec![half(2, 0, 3, Server, "b"), half(2, 1, 15, Client, "a"), half(1, 0, 10, Server, "a")],
            &["a1", "└ a2", "  └ b2"],
        ),
        (
            "the client's half is missing",
            vec![half(2, 1, 15, Server, "b"), half(1, 0, 10, Server, "a")],
            &["a1", "└ b2"],
        ),
        (
            "a root of two halves",
            vec![half(1, 0, 12, Server, "b"), half(1, 0, 10, Client, "a"), half(2, 1, 13, Client, "b")],
            &["a1", "└ b1", "  └ b2"],
        ),
        (
            "many receivers",
            vec![
                half(1, 0, 0, Client, "a"),
                half(1, 0, 3, Server, "b"),
                half(1, 0, 5, Server, "c"),
                half(2, 1, 6, Internal, "c"),
            ],
            &["a1", "├ b1", "└ c1", "  └ c2"],
        ),
        ("messages share no id", vec![half(1, 0, 0, Producer, "a"), half(1, 0, 3, Consumer, "b")], &["a1", "b1"]),
        (
            "a server's half with an id of its own, as Jaeger and Tempo have it",
            vec![half(1, 0, 0, Client, "a"), half(2, 1, 1, Server, "b"), half(3, 2, 2, Internal, "b")],
            &["a1", "└ b2", "  └ b3"],
        ),
    ];
    for (name, spans, expected) in cases {
        assert_eq!(sketch(&spans), expected, "{name}");
    }
}

#[test]
fn of_two_instances_of_a_service_each_has_its_own_children() {
    let at = |span: Arc<Span>, address: &str| {
        let attributes = [("service.name", span.service()), ("network.local.address", address)].into_iter().collect();
        Arc::new(Span { resource: Arc::new(Resource { attributes }), name: address.into(), ..Span::clone(&span) })
    };
    let spans = [
        half(1, 0, 0, SpanKind::Client, "a"),
        at(half(1, 0, 2, SpanKind::Server, "b"), "10.0.0.1"),
        at(half(1, 0, 3, SpanKind::Server, "b"), "10.0.0.2"),
        at(half(2, 1, 4, SpanKind::Internal, "b"), "10.0.0.2"),
    ];
    assert_eq!(sketch(&spans), ["a1", "├ 10.0.0.1", "└ 10.0.0.2", "  └ 10.0.0.2"]);
}

#[test]
fn a_hundred_thousand_spans_with_one_id_are_no_trouble() {
    let kinds = [SpanKind::Client, SpanKind::Server, SpanKind::Internal];
    let spans: Vec<Arc<Span>> = (0..100_000).map(|n| half(1, 1, n, kinds[n as usize % 3], "a")).collect();
    assert_eq!(TraceTree::build(&spans).rows().len(), 100_000);
}

#[test]
fn a_chain_of_50_000_spans_is_no_trouble() {
    let spans: Vec<Arc<Span>> = (1..=50_000).map(|id| span(id, id - 1, 0, 1)).collect();
    let tree = TraceTree::build(&spans);
    assert_eq!(tree.rows().len(), 50_000);
    assert_eq!(tree.rows()[49_999].depth, 49_999);
    assert_eq!(tree.rows()[0].end, 50_000);
    assert!(tree.prefix(49_999, 4).starts_with('…'));
}

proptest! {
    #[test]
    fn any_trace_is_a_tree(edges in proptest::collection::vec((1u64..12, 0u64..14, -20i64..20, 0i64..6), 0..40)) {
        let spans: Vec<Arc<Span>> = edges
            .into_iter()
            .map(|(id, parent, start, kind)| half(id, parent, start, SpanKind::from_number(kind), ["a", "b"][kind as usize % 2]))
            .collect();
        let tree = TraceTree::build(&spans);
        let mut seen: Vec<usize> = tree.rows().iter().map(|row| row.span).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..spans.len()).collect::<Vec<_>>());
        for (at, row) in tree.rows().iter().enumerate() {
            prop_assert_eq!(tree.row_of(row.span), Some(at));
            prop_assert_eq!(tree.children(at).count(), row.children as usize);
            prop_assert!(tree.children(at).all(|child| tree.rows()[child].parent == Some(at)));
            if let Some(parent) = row.parent {
                prop_assert!(parent < at && at < tree.rows()[parent].end);
                prop_assert_eq!(row.depth, tree.rows()[parent].depth + 1);
                let (parent, child) = (&spans[tree.rows()[parent].span], &spans[row.span]);
                let is_call = parent.kind == SpanKind::Client && child.kind == SpanKind::Server;
                let is_named = Some(parent.span_id) == child.parent_id;
                prop_assert!(is_named || (is_call && parent.span_id == child.span_id));
            }
        }
    }
}
