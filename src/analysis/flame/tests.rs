//! Flame graphs of known and of random traces; and the traces themselves, which other tests use as well.

use proptest::prelude::*;

use super::super::self_time::self_times;
use super::super::trace_tree::TraceTree;
use super::*;
use crate::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId};
use crate::store::trace_table;

/// A span: its parent by number from 1 (0 for none), service, operation, begin, end, whether it failed.
pub(in crate::analysis) type Spec<'a> = (u64, &'a str, &'a str, Nanos, Nanos, bool);

/// Traces as the store holds them; the spans of each are numbered from 1.
pub(in crate::analysis) fn traces(specs: &[&[Spec<'_>]]) -> Vec<Arc<Trace>> {
    let (mut writer, reader) = trace_table(usize::MAX / 2);
    for (trace, spans) in (1..).zip(specs) {
        let trace = TraceId::from_low64(trace).unwrap();
        writer.add((1..).zip(*spans).map(|(id, spec)| span(trace, id, spec)).collect(), "test", Nanos::MAX);
    }
    let mut all = reader.all();
    all.sort_by_key(|trace| trace.id);
    all
}

fn span(trace_id: TraceId, id: u64, (parent, service, name, start, end, is_error): &Spec<'_>) -> Span {
    let resource = Resource { attributes: [("service.name", *service)].into_iter().collect() };
    Span {
        trace_id,
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(*parent),
        trace_state: Box::default(),
        name: (*name).into(),
        kind: SpanKind::Internal,
        start: *start,
        end: *end,
        status: Status { code: if *is_error { StatusCode::Error } else { StatusCode::Unset }, message: Box::default() },
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(resource),
        scope: Arc::new(Scope::default()),
    }
}

/// The shape of a span: what its parent, names and verdict are chosen by, and its times.
type Shape = (u64, u64, i64, i64);

/// Up to five traces of up to thirty spans.
pub(in crate::analysis) fn shapes() -> impl Strategy<Value = Vec<Vec<Shape>>> {
    let shape = (0u64..30, 0u64..24, 1i64..100, 0i64..80);
    proptest::collection::vec(proptest::collection::vec(shape, 1..30), 0..5)
}

/// Traces of these shapes: any parent that stands before a span, children that outlast it, few names.
pub(in crate::analysis) fn forest(shapes: &[Vec<Shape>]) -> Vec<Arc<Trace>> {
    let spec = |(at, shape): (usize, &Shape)| -> Spec<'static> {
        let (parent, name, start, length) = *shape;
        let service = ["web", "shop", "db"][(name % 3) as usize];
        let operation = ["get", "put"][(name / 3 % 2) as usize];
        (parent % (at as u64 + 1), service, operation, start, start + length, name % 4 == 0)
    };
    let specs: Vec<Vec<Spec<'_>>> = shapes.iter().map(|trace| trace.iter().enumerate().map(spec).collect()).collect();
    traces(&specs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn drawn(graph: &FlameGraph) -> Vec<String> {
    let line = |frame: &Frame| {
        let Frame { service, operation, start_ns, total_ns, self_ns, calls, errors, .. } = frame;
        let indent = " ".repeat(frame.depth);
        format!(
            "{indent}{service} {operation} at {start_ns} for {total_ns}, own {self_ns}, {calls} calls, {errors} failed"
        )
    };
    graph.frames.iter().map(line).collect()
}

#[test]
fn calls_on_one_path_are_one_frame_and_the_widest_stands_first() {
    let first = [
        (0, "web", "GET /", 1000, 1100, false),
        (1, "db", "read", 1000, 1010, false),
        (1, "shop", "price", 1010, 1050, true),
        (1, "db", "read", 1050, 1060, true),
    ];
    let second = [(0, "web", "GET /", 5000, 5040, false), (1, "queue", "later", 5030, 5130, false)];
    assert_eq!(
        drawn(&flame(&traces(&[&first, &second]))),
        [
            "web GET / at 0 for 160, own 70, 2 calls, 0 failed",
            " queue later at 0 for 100, own 100, 1 calls, 0 failed",
            " shop price at 100 for 40, own 40, 1 calls, 1 failed",
            " db read at 140 for 20, own 20, 2 calls, 1 failed",
        ],
        "what outlasts its caller widens it"
    );
    assert_eq!(flame(&[]), FlameGraph::default());
}

#[test]
fn a_chain_of_20_000_spans_and_sums_of_centuries_are_no_trouble() {
    let chain: Vec<Spec<'_>> = (0..20_000).map(|n| (n, "web", "step", 1, i64::MAX, false)).collect();
    let graph = flame(&traces(&[&chain]));
    assert_eq!((graph.frames.len(), graph.depth), (20_000, 20_000));
    let wide: Vec<Spec<'_>> = (0..9).map(|n| (0, "web", ["a", "b", "c"][n % 3], 1, i64::MAX, false)).collect();
    let graph = flame(&traces(&[&wide]));
    assert!(graph.frames.iter().all(|frame| frame.start_ns.checked_add(frame.total_ns).is_some()));
}

#[test]
fn beyond_the_most_frames_the_narrowest_are_one_in_each_caller() {
    let names: Vec<String> = (0..40).map(|n| format!("op{n}")).collect();
    let mut spans = vec![(0, "web", "GET /", 1000, 9000, false)];
    spans.extend(names.iter().zip(1..).map(|(name, n)| (1, "db", name.as_str(), 1000, 1000 + n, false)));
    spans.push((2, "disk", "seek", 1000, 1001, true));
    let graph = flame_within(&traces(&[&spans]), 20);
    assert_eq!(graph.frames.len(), 10, "{:?}", drawn(&graph));
    let rest = graph.frames.iter().find(|frame| frame.is_rest).unwrap();
    assert!(rest.is_rest && (rest.calls, rest.errors, rest.depth) == (33, 1, 1), "{rest:?}");
    assert_eq!(graph.frames.iter().map(|frame| frame.calls).sum::<u64>(), spans.len() as u64);
}

/// What must hold of any graph of `traces`.
fn check(graph: &FlameGraph, traces: &[Arc<Trace>]) -> Result<(), TestCaseError> {
    let spans: Vec<&Arc<Span>> = traces.iter().flat_map(|trace| trace.spans()).collect();
    let failed = spans.iter().filter(|span| span.is_error()).count();
    prop_assert_eq!(graph.frames.iter().map(|frame| frame.calls).sum::<u64>(), spans.len() as u64);
    prop_assert_eq!(graph.frames.iter().map(|frame| frame.errors).sum::<u64>(), failed as u64);
    let own = |trace: &Arc<Trace>| self_times(trace.spans(), &TraceTree::build(trace.spans())).iter().sum::<i64>();
    prop_assert_eq!(graph.frames.iter().map(|it| it.self_ns).sum::<i64>(), traces.iter().map(own).sum::<i64>());
    let mut ends: Vec<i64> = vec![0];
    for (place, frame) in graph.frames.iter().enumerate() {
        prop_assert_eq!(frame.depth, frame.parent.map_or(0, |parent| graph.frames[parent].depth + 1));
        ends.truncate(frame.depth + 1);
        prop_assert_eq!(Some(&frame.start_ns), ends.last(), "behind its elder sibling, or where its parent begins");
        let end = frame.start_ns + frame.total_ns;
        ends[frame.depth] = end;
        ends.push(frame.start_ns);
        let (from, to) = frame.parent.map_or((0, graph.total_ns), |parent| {
            let parent = &graph.frames[parent];
            (parent.start_ns, parent.start_ns + parent.total_ns)
        });
        prop_assert!(from <= frame.start_ns && end <= to, "{frame:?}");
        let children: Vec<&Frame> = graph.frames.iter().filter(|child| child.parent == Some(place)).collect();
        prop_assert_eq!(children.iter().map(|child| child.total_ns).sum::<i64>(), frame.children_ns);
        prop_assert!(children.windows(2).all(|pair| pair[0].total_ns >= pair[1].total_ns));
        let inside = graph.frames.iter().enumerate().skip(place + 1).take_while(|(_, it)| it.depth > frame.depth);
        prop_assert_eq!(frame.end, place + 1 + inside.count());
    }
    Ok(())
}

proptest! {
    #[test]
    fn frames_nest_and_nothing_is_lost(shapes in shapes(), most in 1usize..200) {
        let traces = forest(&shapes);
        check(&flame(&traces), &traces)?;
        let few = flame_within(&traces, most);
        check(&few, &traces)?;
        prop_assert!(few.frames.len() <= most, "{} of {}", few.frames.len(), most);
    }

    #[test]
    fn many_traces_are_the_sum_of_each(shapes in shapes()) {
        let traces = forest(&shapes);
        let path = |graph: &FlameGraph, at: usize| {
            let up = std::iter::successors(Some(at), |at| graph.frames[*at].parent);
            up.map(|at| (graph.frames[at].service.clone(), graph.frames[at].operation.clone())).collect::<Vec<_>>()
        };
        let counts = |graph: &FlameGraph| {
            let frames = graph.frames.iter().enumerate();
            frames.map(|(at, it)| (path(graph, at), (it.calls, it.errors, it.self_ns))).collect::<Vec<_>>()
        };
        let mut sums = std::collections::HashMap::new();
        for (path, count) in traces.iter().flat_map(|trace| counts(&flame(std::slice::from_ref(trace)))) {
            let sum = sums.entry(path).or_insert((0, 0, 0));
            *sum = (sum.0 + count.0, sum.1 + count.1, sum.2 + count.2);
        }
        let all: std::collections::HashMap<_, _> = counts(&flame(&traces)).into_iter().collect();
        prop_assert_eq!(all, sums);
    }
}
