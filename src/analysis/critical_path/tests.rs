//! Paths of small traces by each rule, of large ones in time, and laws on random trees.

use proptest::prelude::*;

use super::super::trace_tree::tests::span;
use super::*;
use crate::model::{Resource, SpanKind};

fn path(spans: &[Arc<Span>]) -> CriticalPath {
    CriticalPath::find(spans, &TraceTree::build(spans))
}

/// The ids on the path and their exclusive times.
fn on_path(spans: &[Arc<Span>]) -> Vec<(u64, Nanos)> {
    let path = path(spans);
    path.spans().map(|at| (at as u64 + 1, path.exclusive(at))).collect()
}

/// A span of a kind, on a host if that has a name.
fn of_kind(kind: SpanKind, host: &str, span: &Arc<Span>) -> Arc<Span> {
    let attributes = [("host.name", host)].into_iter().filter(|(_, host)| !host.is_empty()).collect();
    Arc::new(Span { kind, resource: Arc::new(Resource { attributes }), ..Span::clone(span) })
}

/// What a case is about, its spans as (parent, begin, end) with ids from 1 on, and what is on the path.
type Case = (&'static str, &'static [(u64, Nanos, Nanos)], &'static [(u64, Nanos)]);

const CASES: &[Case] = &[
    ("alone", &[(0, 5, 105)], &[(1, 100)]),
    (
        "of two at once the one that ends later, and the one before it",
        &[(0, 0, 100), (1, 10, 40), (1, 20, 60), (1, 60, 90), (4, 65, 85), (1, 12, 19)],
        &[(1, 23), (3, 40), (4, 10), (5, 20), (6, 7)],
    ),
    ("end to begin without a gap", &[(0, 0, 100), (1, 0, 50), (1, 50, 100)], &[(1, 0), (2, 50), (3, 50)]),
    ("a third that begins where they meet", &[(0, 0, 100), (1, 0, 50), (1, 50, 100), (1, 50, 60)], &[(1, 50), (3, 50)]),
    ("what sticks out behind is cut", &[(0, 0, 50), (1, 30, 90), (2, 35, 80)], &[(1, 30), (2, 5), (3, 15)]),
    ("what sticks out before is cut", &[(0, 0, 50), (1, -9, 5), (2, -5, 3)], &[(1, 45), (2, 2), (3, 3)]),
    ("what sticks out on both sides is left out", &[(0, 0, 50), (1, -9, 55)], &[(1, 50)]),
    ("what follows is left out with all below", &[(0, 0, 50), (1, 60, 70), (2, 10, 20)], &[(1, 50)]),
    ("what touches the end from behind is left out", &[(0, 0, 50), (1, 50, 70)], &[(1, 50)]),
    ("what ended as it began is left out", &[(0, 0, 50), (1, -10, 0)], &[(1, 50)]),
    ("a moment at the end is on it", &[(0, 0, 50), (1, 50, 50)], &[(1, 50), (2, 0)]),
    ("of those that end at once the longest", &[(0, 0, 50), (1, 20, 50), (1, 10, 50)], &[(1, 10), (3, 40)]),
    ("of those that are alike the first", &[(0, 0, 50), (1, 20, 50), (1, 20, 50)], &[(1, 20), (2, 30)]),
    (
        "an overlap of less than 1 % is let through, and taken off the parent",
        &[(0, 0, 1000), (1, 100, 409), (1, 400, 900)],
        &[(1, 191), (2, 309), (3, 500)],
    ),
    ("one of 1 % is not", &[(0, 0, 1000), (1, 100, 410), (1, 400, 900)], &[(1, 500), (3, 500)]),
    (
        "nor one in which another ends, but that other is",
        &[(0, 0, 1000), (1, 100, 409), (1, 400, 900), (1, 100, 405)],
        &[(1, 195), (3, 500), (4, 305)],
    ),
    ("nor one with a child within the other", &[(0, 0, 1000), (1, 402, 409), (1, 400, 900)], &[(1, 500), (3, 500)]),
    (
        "overlaps that the parent has no time for are taken off the children, the last first",
        &[(0, 0, 1000), (1, 0, 405), (1, 400, 1000), (3, 401, 1000)],
        &[(1, 0), (2, 405), (3, 0), (4, 595)],
    ),
    ("a clock that stepped back", &[(0, 10, 3), (1, 5, 8)], &[(1, 0)]),
    // No span has the ids 77 and 78.
    ("a lone orphan is a root", &[(77, 5, 105), (1, 50, 90)], &[(1, 60), (2, 40)]),
    (
        "below a parent that has not come the last to end, and the one before it",
        &[(77, 1, 40), (77, 10, 45), (77, 50, 90), (3, 60, 70), (78, 55, 80)],
        &[(2, 35), (3, 30), (4, 10)],
    ),
    ("time between them is nobody's", &[(77, 10, 20), (77, 80, 100)], &[(1, 10), (2, 20)]),
    ("several without any parent", &[(0, 10, 20), (0, 80, 100), (2, 85, 95)], &[(1, 10), (2, 10), (3, 10)]),
    ("an orphan within the root is below it", &[(0, 1, 100), (77, 20, 100), (1, 1, 50)], &[(1, 50), (3, 49)]),
    ("nor does it count if less than half of it is not", &[(0, 1, 100), (77, 20, 140)], &[(1, 99)]),
    ("one that came of it and went on is not below it", &[(0, 1, 11), (77, 10, 1011)], &[(1, 10), (2, 1000)]),
    ("one that follows is not either", &[(0, 1, 11), (77, 30, 40)], &[(1, 10), (2, 10)]),
    ("within several roots together", &[(0, 10, 50), (0, 51, 90), (77, 40, 95)], &[(1, 40), (2, 39)]),
    ("a time that is not known", &[(77, 0, 0), (77, 1000, 1040), (77, 1050, 1060)], &[(2, 40), (3, 10)]),
    ("an overlap is let through among roots too", &[(77, 1, 501), (77, 499, 1001)], &[(1, 500), (2, 500)]),
];

#[test]
fn each_rule_holds() {
    for (name, shapes, expected) in CASES {
        let spans: Vec<_> = (1..).zip(*shapes).map(|(id, &(parent, from, to))| span(id, parent, from, to)).collect();
        assert_eq!(on_path(&spans), *expected, "{name}");
    }
    assert_eq!(path(&[]).segments(), []);
    assert!(!path(&[]).contains(0) && path(&[]).exclusive(0) == 0);
}

#[test]
fn the_other_side_of_a_call_counts_wherever_its_clock_puts_it() {
    use SpanKind::{Client, Internal, Server};
    // Kinds and hosts of caller and callee, and when the callee runs; whether it is on the path of a caller of 100.
    let cases = [
        ("a server far away", (Server, ""), (Client, ""), (Server, ""), (900, 990), Some(90)),
        ("within a server", (Server, ""), (Internal, ""), (Server, ""), (900, 990), Some(90)),
        ("not within a server", (Internal, ""), (Internal, ""), (Server, ""), (900, 990), None),
        ("no server", (Server, ""), (Client, ""), (Internal, ""), (900, 990), None),
        ("on another host", (Internal, "a"), (Internal, "a"), (Internal, "b"), (900, 990), Some(90)),
        ("on the same host", (Internal, "a"), (Internal, "a"), (Internal, "a"), (900, 990), None),
        ("a little longer", (Server, ""), (Client, ""), (Server, ""), (900, 1001), Some(100)),
        ("too long", (Server, ""), (Client, ""), (Server, ""), (900, 1002), None),
    ];
    for (name, root, caller, callee, (from, to), expected) in cases {
        let kinds = [root, caller, callee];
        let spans = [span(1, 0, 0, 100), span(2, 1, 0, 100), span(3, 2, from, to)];
        let mut spans: Vec<_> = spans.iter().zip(kinds).map(|(span, (kind, host))| of_kind(kind, host, span)).collect();
        let found = path(&spans);
        assert_eq!(found.contains(2).then(|| found.exclusive(2)), expected, "{name}");
        assert_eq!((0..3).map(|at| found.exclusive(at)).sum::<Nanos>(), 100, "{name}");
        assert_eq!(found.segments(), [Segment { span: 1, from: 0, to: 100 }], "{name}");
        spans.push(of_kind(Internal, "", &span(4, 2, 10, 20)));
        assert!(!path(&spans).contains(2), "{name}: but only an only child");
    }
}

#[test]
fn segments_are_a_timeline_where_exclusive_times_overlap() {
    let spans = [span(1, 0, 0, 1000), span(2, 1, 100, 409), span(3, 1, 400, 900)];
    let found: Vec<_> = path(&spans).segments().iter().map(|it| (it.span, it.from, it.to)).collect();
    assert_eq!(found, [(0, 0, 100), (1, 100, 400), (2, 400, 900), (0, 900, 1000)]);
}

#[test]
fn large_traces_take_no_recursion_and_no_square() {
    let chain: Vec<Arc<Span>> = (1..=20_000).map(|id| span(id, id - 1, 0, 1)).collect();
    assert_eq!(path(&chain).exclusive(19_999), 1);
    // Each overlaps with thousands, and ends and begins within the overlap of others: only counting by search is quick.
    let overlapping = |id: u64, step: i64, length: i64| {
        let at = i64::try_from(id).unwrap() * step;
        span(id, 1, at, at + length)
    };
    for (step, length) in [(1, 60_000), (10, 14), (3, 9_000)] {
        let wide = (2..50_002).map(|id| overlapping(id, step, length));
        let wide: Vec<Arc<Span>> = std::iter::once(span(1, 0, 0, 10_000_000)).chain(wide).collect();
        let found = path(&wide);
        assert_eq!((0..wide.len()).map(|at| found.exclusive(at)).sum::<Nanos>(), 10_000_000);
        assert!(found.contains(50_000));
    }
    // As many that have no parent, half of them because it is not there.
    let roots = (1..=50_000).map(|id| span(id, if id % 2 == 0 { 99_999 } else { 0 }, 0, 1));
    let roots: Vec<Arc<Span>> = roots.map(|it| Arc::new(Span { start: 1, end: 2, ..Span::clone(&it) })).collect();
    assert_eq!(path(&roots).length(), 1);
}

/// Trees of up to 40 spans below a root: parent (by remainder), begin and length.
fn shapes() -> impl Strategy<Value = Vec<(u64, i64, i64)>> {
    proptest::collection::vec((0u64..30, -20i64..1200, 0i64..600), 0..40)
}

fn grown(root: i64, shapes: &[(u64, i64, i64)], kinds: &[i64]) -> Vec<Arc<Span>> {
    let mut spans = vec![span(1, 0, 0, root)];
    for (id, &(parent, start, length)) in (2..).zip(shapes) {
        spans.push(span(id, parent % (id - 1) + 1, start, start + length));
    }
    let kinds = kinds.iter().cycle();
    spans.iter().zip(kinds).map(|(span, kind)| of_kind(SpanKind::from_number(*kind), "", span)).collect()
}

proptest! {
    #[test]
    fn the_path_fills_the_root_without_gap_or_overlap(
        shapes in shapes(),
        root in 0i64..1200,
        kinds in proptest::collection::vec(1i64..6, 1..8),
    ) {
        let spans = grown(root, &shapes, &kinds);
        let path = path(&spans);
        let mut at = 0;
        for segment in path.segments() {
            prop_assert_eq!(segment.from, at);
            prop_assert!(spans[segment.span].start <= segment.from && segment.to <= spans[segment.span].end);
            prop_assert!(segment.from < segment.to && path.contains(segment.span));
            at = segment.to;
        }
        prop_assert_eq!(at, root);
        prop_assert_eq!(path.length(), root);
    }

    #[test]
    fn without_a_root_it_is_no_longer_than_the_trace_and_nobody_is_counted_twice(
        shapes in shapes(),
        kinds in proptest::collection::vec(1i64..6, 1..8),
        lost in proptest::collection::vec(any::<bool>(), 1..12),
    ) {
        let all = grown(1200, &shapes, &kinds);
        let is_lost = |at: usize| lost[at % lost.len()];
        let spans: Vec<Arc<Span>> = all.into_iter().enumerate().filter(|(at, _)| !is_lost(*at)).map(|it| it.1).collect();
        let path = path(&spans);
        let duration = spans.iter().map(|span| span.end).max().unwrap_or(0)
            - spans.iter().map(|span| span.start).min().unwrap_or(0);
        prop_assert!((0..=duration).contains(&path.length()));
        prop_assert_eq!((0..spans.len()).map(|at| path.exclusive(at)).sum::<Nanos>(), path.length());
        let mut before = Nanos::MIN;
        for segment in path.segments() {
            prop_assert!(before <= segment.from && segment.from < segment.to && path.contains(segment.span));
            prop_assert!(spans[segment.span].start <= segment.from && segment.to <= spans[segment.span].end);
            before = segment.to;
        }
        for (at, span) in spans.iter().enumerate() {
            prop_assert!((0..=span.duration()).contains(&path.exclusive(at)));
            prop_assert!(path.contains(at) || path.exclusive(at) == 0);
        }
        prop_assert_eq!(path.spans().next().is_some(), !spans.is_empty());
    }

    #[test]
    fn orphans_within_the_root_change_nothing(
        shapes in shapes(),
        orphans in proptest::collection::vec((0i64..1200, 0i64..600), 0..10),
    ) {
        // A begin of 0 would say that it is not known.
        let later = |it: &Arc<Span>| Arc::new(Span { start: it.start + 100, end: it.end + 100, ..Span::clone(it) });
        let mut spans: Vec<Arc<Span>> = grown(1200, &shapes, &[1, 3, 2]).iter().map(later).collect();
        let alone = path(&spans);
        let orphan = |(id, (start, length)): (u64, (i64, i64))| span(id, 999, start + 100, (start + length).min(1200) + 100);
        spans.extend((500..).zip(orphans).map(orphan));
        let found = path(&spans);
        prop_assert_eq!(alone.segments(), found.segments());
        let expected: Vec<Nanos> = (0..spans.len()).map(|at| alone.exclusive(at)).collect();
        prop_assert_eq!((0..spans.len()).map(|at| found.exclusive(at)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn exclusive_times_make_the_duration_of_the_root(
        shapes in shapes(),
        root in 0i64..1200,
        kinds in proptest::collection::vec(1i64..6, 1..8),
    ) {
        let spans = grown(root, &shapes, &kinds);
        let path = path(&spans);
        for (at, span) in spans.iter().enumerate() {
            prop_assert!((0..=span.duration()).contains(&path.exclusive(at)));
            prop_assert!(path.contains(at) || path.exclusive(at) == 0);
        }
        prop_assert_eq!((0..spans.len()).map(|it| path.exclusive(it)).sum::<Nanos>(), root);
    }

    #[test]
    fn the_order_of_spans_does_not_matter(shapes in shapes(), seed in 0usize..1000) {
        let spans = grown(1000, &shapes, &[1, 3, 2]);
        let told = |spans: &[Arc<Span>]| {
            let path = path(spans);
            let mut told: Vec<_> = path.spans().map(|at| (spans[at].span_id, path.exclusive(at))).collect();
            told.sort_unstable();
            told
        };
        let expected = told(&spans);
        let mut shuffled = spans;
        let count = shuffled.len();
        for at in 0..count {
            shuffled.swap(at, (at * 31 + seed) % count);
        }
        prop_assert_eq!(told(&shuffled), expected);
    }
}
