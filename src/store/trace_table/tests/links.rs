//! Who links to which span: what the index says is what the spans that are held say, however they came and went.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What links to what, as the index has it: targets with those that link to them.
pub(super) fn told(reader: &TraceReader) -> Vec<String> {
    let mut traces: Vec<TraceId> = reader.all().iter().flat_map(|trace| targets(trace)).map(|(id, _)| id).collect();
    traces.sort();
    traces.dedup();
    traces.into_iter().flat_map(|trace| told_of(reader, trace)).collect()
}

fn told_of(reader: &TraceReader, trace: TraceId) -> Vec<String> {
    let linked = reader.linked(trace);
    assert_eq!(reader.is_linked(trace), !linked.is_empty());
    let line = |span: SpanId| {
        let linking = reader.linking(trace, span, usize::MAX);
        assert_eq!((linking.count, vec![linking.count]), (linking.first.len(), reader.link_counts(trace, [span])));
        let from: Vec<String> = linking.first.iter().map(|span| name(span)).collect();
        format!("{trace}/{span}: {from:?}")
    };
    linked.into_iter().map(line).collect()
}

fn name(span: &Span) -> String {
    format!("{}/{}/{} {} {}", span.trace_id, span.span_id, span.kind.name(), span.service(), span.start)
}

fn targets(trace: &Trace) -> Vec<(TraceId, SpanId)> {
    let links = trace.spans().iter().flat_map(|span| &span.links);
    links.map(|link| (link.trace_id, link.span_id)).collect()
}

/// The same, from the spans that are held.
fn expected(reader: &TraceReader) -> Vec<String> {
    type From = (i64, TraceId, SpanId, i32, String);
    let mut into: BTreeMap<(TraceId, SpanId), Vec<From>> = BTreeMap::new();
    for trace in reader.all() {
        for span in trace.spans() {
            let mut targets: Vec<_> = span.links.iter().map(|link| (link.trace_id, link.span_id)).collect();
            targets.sort();
            targets.dedup();
            for target in targets {
                let from = (span.start, span.trace_id, span.span_id, span.kind.number(), name(span));
                into.entry(target).or_default().push(from);
            }
        }
    }
    let line = |((trace, span), mut from): ((TraceId, SpanId), Vec<From>)| {
        from.sort();
        format!("{trace}/{span}: {:?}", from.into_iter().map(|it| it.4).collect::<Vec<_>>())
    };
    into.into_iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn links_are_those_of_the_spans_that_are_held(
        spans in prop::collection::vec(
            (1u64..30, 1u64..6, any::<bool>(), 0i64..4, prop::collection::vec((1u64..40, 1u64..4), 0..4)),
            1..120,
        ),
        budget in 1usize..40_000,
        batch in 1usize..20,
    ) {
        let (mut writer, reader) = trace_table(budget);
        let spans: Vec<Span> = spans
            .into_iter()
            .map(|(trace, id, is_failed, later, links)| {
                let links = links.into_iter().map(|(trace, span)| link(trace, span)).collect();
                let made = Span { end: 2_000 + later * 1_000_000, links, ..span(trace, id, 0, "a") };
                if is_failed { failed(made) } else { made }
            })
            .collect();
        for batch in spans.chunks(batch) {
            writer.add(batch.to_vec(), "otlp", 0);
            prop_assert_eq!(told(&reader), expected(&reader));
        }
    }
}

#[test]
fn a_second_report_brings_its_links_and_takes_none_away() {
    let (mut writer, reader) = trace_table(1 << 20);
    let target = TraceId::from_low64(9).unwrap();
    let count = |span| reader.link_counts(target, [SpanId::from_u64(span).unwrap()])[0];
    let begun = Span { end: 1_000, links: vec![link(9, 1)], ..span(1, 1, 0, "a") };
    writer.add(vec![begun], "otlp", 0);
    assert_eq!((count(1), count(2)), (1, 0));
    writer.add(vec![Span { links: vec![link(9, 2), link(9, 2)], ..span(1, 1, 0, "a") }], "otlp", 0);
    assert_eq!((count(1), count(2)), (1, 1), "one span counts once, however often it names another");
    let whole = &reader.linking(target, SpanId::from_u64(1).unwrap(), 9).first[0];
    assert_eq!((whole.end, whole.links.len()), (2_000, 3), "the span as it is by now");
}

#[test]
fn links_go_with_the_trace_that_has_them_and_not_with_the_one_they_lead_to() {
    let (mut writer, reader) = trace_table(1);
    writer.add(vec![span(9, 1, 0, "a")], "otlp", 0);
    writer.add(vec![Span { links: vec![link(9, 1)], ..span(1, 1, 0, "a") }], "otlp", 0);
    assert!(reader.is_empty(), "a budget of one byte holds nothing");
    assert!(!reader.is_linked(TraceId::from_low64(9).unwrap()));
    let (mut writer, reader) = trace_table(2_000);
    writer.add(vec![span(9, 1, 0, "a")], "otlp", 0);
    writer.add(vec![failed(Span { links: vec![link(9, 1)], ..span(1, 1, 0, "a") })], "otlp", 0);
    for n in 20..40 {
        writer.add(vec![span(n, 1, 0, "a")], "otlp", 0);
    }
    let target = TraceId::from_low64(9).unwrap();
    assert!(reader.get(target).is_none() && reader.is_linked(target));
}

#[test]
fn a_trace_is_linked_to_by_its_id_and_by_the_low_half_of_it() {
    let whole = TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let half = TraceId::from_low64(whole.low64()).unwrap();
    let other = TraceId::from_hex(b"00000000000000ffa3ce929d0e0e4736").unwrap();
    let id = SpanId::from_u64(7).unwrap();
    let (mut writer, reader) = trace_table(1 << 20);
    let by = |n: u64, trace_id: TraceId, start| {
        let links = vec![SpanLink { trace_id, ..link(1, 7) }];
        Span { start, links, ..span(n, 1, 0, "a") }
    };
    writer.add(vec![by(1, whole, 3), by(2, half, 2), by(3, half, 0), by(4, other, 1)], "otlp", 0);
    let from = |trace, limit| {
        let linking = reader.linking(trace, id, limit);
        (linking.first.iter().map(|span| span.trace_id.low64()).collect::<Vec<_>>(), linking.count)
    };
    assert_eq!(from(whole, 9), (vec![2, 1, 3], 3), "by time, and what has none at last");
    assert_eq!(from(whole, 2), (vec![2, 1], 3));
    assert_eq!(from(half, 9), (vec![2, 3], 2), "as a 64-bit trace is looked up by its id alone");
    assert_eq!(from(other, 9), (vec![4, 2, 3], 3));
    assert_eq!(reader.linked(whole), [id]);
}

#[test]
fn what_links_name_is_found_as_it_is_looked_up() {
    let (mut writer, reader) = trace_table(1 << 20);
    let whole = TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let half = TraceId::from_low64(whole.low64()).unwrap();
    let (short, absent) = (TraceId::from_low64(5).unwrap(), TraceId::from_low64(6).unwrap());
    writer.add(vec![Span { trace_id: whole, ..span(1, 1, 0, "a") }, span(5, 1, 0, "a")], "otlp", 0);
    let asked = [whole, half, short, absent];
    let held = reader.held(asked);
    for id in asked {
        assert_eq!(held.get(&id).map(|trace| trace.id), reader.get(id).map(|trace| trace.id), "{id}");
    }
    assert_eq!(held.len(), 3);
}

#[test]
fn links_count_as_memory_of_the_trace_that_has_them() {
    let bytes = |links: u64| {
        let (mut writer, reader) = trace_table(1 << 20);
        let links = (0..links).map(|n| link(9, n + 1)).collect();
        writer.add(vec![Span { links, ..span(1, 1, 0, "a") }], "otlp", 0);
        reader.get(TraceId::from_low64(1).unwrap()).unwrap().bytes()
    };
    assert_eq!(bytes(10) - bytes(0), 10 * (80 + crate::store::link_index::ENTRY_BYTES));
}
