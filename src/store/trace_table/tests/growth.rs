//! Traces that grow: whatever the order in which spans come, repeated, in parts or from two systems, what is known in the end
//! is the same.

use proptest::prelude::*;

use super::*;
use crate::model::{Attributes, SpanIndex};

/// How a span is made: its parent among those before it (or one that never comes), its kind, service, begin, length, whether it
/// failed, whether the other half of its call has its id, and the spans of this trace or another that it links to.
type Recipe = (usize, usize, usize, i64, i64, bool, bool, Vec<(u64, u64)>);

const KINDS: [SpanKind; 5] =
    [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
const SERVICES: [&str; 3] = ["a", "b", "c"];
const NOW: Nanos = 1_000_000_000_000;

/// The spans of one trace, each once.
fn trace(recipes: &[Recipe]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for (n, (parent, kind, service, start, length, is_failed, is_shared, links)) in recipes.iter().enumerate() {
        let (&parent, &kind, &service, &start, &length, &is_shared) = (parent, kind, service, start, length, is_shared);
        let id = n as u64 + 1;
        let parent = if n == 0 {
            0
        } else if parent == 99 {
            999
        } else {
            (parent % n) as u64 + 1
        };
        let start = 1_000_000_123 + start * 10_000_000 + i64::try_from(n).unwrap() * 1_001;
        let status =
            Status { code: if *is_failed { StatusCode::Error } else { StatusCode::Unset }, message: "".into() };
        let made = Span {
            kind: KINDS[kind],
            name: format!("op{}", n % 4).into(),
            start,
            end: start + length * 1_000_003,
            status,
            links: links.iter().map(|(trace, span)| link(*trace, *span)).collect(),
            ..span(1, id, parent, SERVICES[service])
        };
        if is_shared {
            let server = SERVICES[(service + 1) % SERVICES.len()];
            let half = Span { kind: SpanKind::Server, start: start + 77, resource: resource(server), ..made.clone() };
            out.push(Span { kind: SpanKind::Client, ..made });
            out.push(half);
        } else {
            out.push(made);
        }
    }
    out
}

/// What a second report of a span may be: the same, one of a system that keeps microseconds and fewer attributes, what was
/// known before it ended, one that does not say what called it, or one without the links, which the whole one brings.
fn report(span: &Span, which: u8) -> Span {
    match which {
        0 => span.clone(),
        1 => Span {
            start: span.start / 1_000 * 1_000,
            end: span.end / 1_000 * 1_000,
            attributes: Attributes::default(),
            ..span.clone()
        },
        2 => Span { end: span.start, status: Status::default(), ..span.clone() },
        3 => Span { parent_id: None, ..span.clone() },
        4 => Span { end: span.start, links: Vec::new(), ..span.clone() },
        _ => Span { links: Vec::new(), ..span.clone() },
    }
}

/// Everything that is told of the trace.
fn told(reader: &TraceReader) -> Vec<String> {
    let trace = reader.get(TraceId::from_low64(1).unwrap()).unwrap();
    let index = SpanIndex::of(trace.spans());
    let name = |span: &Span| format!("{}/{:?}/{}", span.span_id, span.kind, span.service());
    let mut out: Vec<String> = (0..)
        .zip(trace.spans())
        .map(|(at, span)| {
            let parent = index.parent_of(at, trace.spans()).map(|parent| name(&trace.spans()[parent as usize]));
            format!("{} in {parent:?}: {} {}..{} {:?}", name(span), span.name, span.start, span.end, span.status.code)
        })
        .collect();
    out.sort();
    out.push(format!("{:?} {}", trace.summary(), trace.bytes()));
    out.extend(super::links::told(reader));
    let (services, edges) = reader.services();
    out.extend(services.iter().filter(|it| it.spans + it.calls > 0).map(|it| format!("{it:?}")));
    out.extend(edges.iter().map(|it| format!("{it:?}")));
    for service in SERVICES {
        for n in 0..4 {
            let figures = reader.operation(service, &format!("op{n}"));
            out.push(format!("{service} op{n} {:?}", figures.map(|it| (it.calls(), it.errors(), it.quantile(0.5)))));
        }
    }
    out
}

fn stored(batches: impl Iterator<Item = Vec<Span>>) -> TraceReader {
    let (mut writer, reader) = trace_table(1 << 26);
    let mut sum = SpansAdded::default();
    for batch in batches {
        let count = batch.len() as u64;
        let added = writer.add(batch, "otlp", NOW);
        assert_eq!(added.stored, count, "every span is taken in");
        sum = SpansAdded { stored: sum.stored + added.stored, evicted: sum.evicted + added.evicted };
    }
    let held: usize = reader.all().iter().map(|trace| trace.spans().len()).sum();
    assert_eq!((held as u64, sum.evicted), (sum.stored - sum.evicted, reader.span_counts().1), "nothing is lost");
    reader
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let parent = prop_oneof![9 => 0usize..12, 1 => Just(99)];
    let links = prop::collection::vec((1u64..3, 1u64..6), 0..3);
    (parent, 0usize..5, 0usize..3, 0i64..50, 1i64..40, any::<bool>(), prop::bool::weighted(0.3), links)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn what_is_known_in_the_end_does_not_depend_on_the_order(
        recipes in prop::collection::vec(recipe(), 1..12),
        again in prop::collection::vec((0usize..24, 0u8..6), 0..20),
        order in prop::collection::vec(any::<u32>(), 64),
        batch in 1usize..9,
    ) {
        let whole = trace(&recipes);
        let expected = told(&stored(std::iter::once(whole.clone())));
        let reports = again.iter().map(|(at, which)| report(&whole[at % whole.len()], *which));
        let mut all: Vec<(u32, Span)> = order.into_iter().zip(whole.iter().cloned().chain(reports)).collect();
        all.sort_by_key(|(key, _)| *key);
        let all: Vec<Span> = all.into_iter().map(|(_, span)| span).collect();
        let got = told(&stored(all.chunks(batch).map(<[Span]>::to_vec)));
        prop_assert_eq!(got, expected);
    }
}

#[test]
fn the_first_of_what_a_called_service_does_is_the_call_until_its_own_half_comes() {
    let client = Span { kind: SpanKind::Client, ..span(1, 1, 0, "a") };
    let inner = |id: u64, start| Span {
        kind: SpanKind::Internal,
        start,
        end: start + id.cast_signed() * 1_000_000,
        ..span(1, id, 1, "b")
    };
    let (mut writer, reader) = trace_table(1 << 20);
    let calls = || reader.services().1.iter().map(|it| (it.calls, it.p95_ns / 100_000)).collect::<Vec<_>>();
    writer.add(vec![client, inner(3, 500)], "zipkin", NOW);
    let late = calls();
    writer.add(vec![inner(2, 400)], "zipkin", NOW);
    assert!(late[0].0 == 1 && calls()[0].0 == 1 && calls()[0].1 < late[0].1, "{late:?} {:?}", calls());
    let half = Span { start: 300, end: 300 + 9_000_000, ..span(1, 1, 0, "b") };
    writer.add(vec![half], "zipkin", NOW);
    assert!(calls().len() == 1 && calls()[0].0 == 1 && calls()[0].1 > late[0].1, "{:?}", calls());
    assert_eq!(reader.get(TraceId::from_low64(1).unwrap()).unwrap().summary().service.as_ref(), "a");
}
