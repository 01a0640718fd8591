//! Spans whose clocks differ, as Jaeger's adjuster has them.

use proptest::prelude::*;

use super::super::trace_tree::tests::span;
use super::*;
use crate::model::Resource;

/// A span on a host ("" for none), of a service ("" for none).
fn on(host: &str, service: &str, span: &Arc<Span>) -> Arc<Span> {
    let attributes = [("host.name", host), ("service.name", service)].into_iter().filter(|(_, text)| !text.is_empty());
    Arc::new(Span { resource: Arc::new(Resource { attributes: attributes.collect() }), ..Span::clone(span) })
}

fn shifts(spans: &[Arc<Span>]) -> Vec<Nanos> {
    adjust(spans, &TraceTree::build(spans))
}

#[test]
fn a_child_on_another_host_is_put_where_it_can_be() {
    // Begin and end of a child of a span from 1,000 to 1,100, and its shift.
    let cases = [
        ("within", (1_010, 1_060), 0),
        ("as long as it", (1_000, 1_100), 0),
        ("before it", (900, 950), 125),
        ("behind it", (1_200, 1_250), -175),
        ("begins too early", (990, 1_040), 35),
        ("ends too late", (1_060, 1_110), -35),
        ("longer, and begins too early", (900, 1_150), 100),
        ("longer, and begins in time", (1_050, 1_250), 0),
        ("longer by all at once", (900, 2_000), 100),
        ("begins at an unknown time", (0, 50), 0),
    ];
    for (name, (from, to), expected) in cases {
        let child = span(2, 1, from, to);
        let parent = on("a", "", &span(1, 0, 1_000, 1_100));
        let spans = [Arc::clone(&parent), on("b", "", &child)];
        assert_eq!(shifts(&spans), [0, expected], "{name}");
        assert_eq!(is_skewed(&spans[1], &parent), expected != 0, "{name}");
        assert_eq!(shifts(&[Arc::clone(&parent), on("a", "", &child)]), [0, 0], "{name}, on one host");
        let unknown = |service| on("", service, &child);
        assert_eq!(shifts(&[on("", "s", &parent), unknown("s")]), [0, 0], "{name}, of one service");
        assert_eq!(shifts(&[on("", "s", &parent), unknown("t")]), [0, expected], "{name}, of another service");
    }
}

#[test]
fn what_is_below_on_the_same_host_moves_with_it() {
    let spans = [
        on("a", "", &span(1, 0, 1_000, 1_100)),
        on("b", "", &span(2, 1, 2_000, 2_050)),
        on("b", "", &span(3, 2, 2_010, 2_030)),
        // Of a third host, and in place beside its parent once that is moved back by 975.
        on("c", "", &span(4, 3, 1_037, 1_050)),
        on("c", "", &span(5, 3, 2_010, 2_030)),
        // An orphan has nothing to be compared with.
        on("b", "", &span(6, 99, 5_000, 5_001)),
    ];
    assert_eq!(shifts(&spans), [0, -975, -975, 0, -975, 0]);
}

#[test]
fn a_consumer_may_run_late_but_not_early() {
    let consumer = |from, to| {
        let plain = on("b", "", &span(2, 1, from, to));
        Arc::new(Span { kind: SpanKind::Consumer, ..Span::clone(&plain) })
    };
    let producer = on("a", "", &span(1, 0, 1_000, 1_100));
    assert_eq!(shifts(&[Arc::clone(&producer), consumer(9_000, 9_050)]), [0, 0]);
    assert_eq!(shifts(&[producer, consumer(900, 950)]), [0, 125]);
}

#[test]
fn times_at_the_ends_of_the_world_do_not_overflow() {
    let spans = [on("a", "", &span(1, 0, i64::MIN, i64::MAX)), on("b", "", &span(2, 1, i64::MAX, i64::MIN))];
    assert_eq!(shifts(&spans).len(), 2);
    let chain: Vec<_> = (1..=20_000).map(|id| on(&format!("h{id}"), "", &span(id, id - 1, 5, 9))).collect();
    assert_eq!(shifts(&chain), vec![0; 20_000]);
}

proptest! {
    #[test]
    fn corrected_children_begin_within_their_parents(
        shapes in proptest::collection::vec((0u64..30, 1i64..1000, 0i64..300, 0usize..4), 1..40),
    ) {
        let mut spans = vec![on("0", "", &span(1, 0, 100, 600))];
        for (id, (parent, start, length, host)) in (2..).zip(shapes) {
            let child = span(id, parent % (id - 1) + 1, start, start + length);
            spans.push(on(&host.to_string(), "", &child));
        }
        let tree = TraceTree::build(&spans);
        let shifts = adjust(&spans, &tree);
        for row in tree.rows() {
            let Some(parent) = row.parent.map(|parent| tree.rows()[parent].span) else { continue };
            let (child, parent) = ((&spans[row.span], shifts[row.span]), (&spans[parent], shifts[parent]));
            if host(child.0) == host(parent.0) {
                prop_assert_eq!(child.1, parent.1);
            } else {
                prop_assert!(child.0.start + child.1 >= parent.0.start + parent.1);
                let fits = child.0.duration() <= parent.0.duration();
                prop_assert!(!fits || child.0.end + child.1 <= parent.0.end + parent.1);
            }
        }
    }
}
