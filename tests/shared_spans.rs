//! Real traces in which client and server of a call have one span id, from Zipkin's JSON to the tree, the critical path and
//! the service graph.

#![expect(clippy::unwrap_used, reason = "a test stops where a fixture can not be read")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use spantail::analysis::critical_path::CriticalPath;
use spantail::analysis::trace_tree::TraceTree;
use spantail::model::{Span, SpanKind};
use spantail::parse::zipkin::{Extent, decode_json};
use spantail::store::{Trace, trace_table};

/// The traces, with how many spans are left once partial reports are one, and how many are servers' halves under their
/// clients'.
const TRACES: &[(&str, &[u8], usize, usize)] = &[
    ("mobile", include_bytes!("fixtures/zipkin/smartthings-mobile-web-install.json.gz"), 957, 294),
    ("oauth", include_bytes!("fixtures/zipkin/smartthings-oauth-authorization.json.gz"), 172, 42),
    ("yelp", include_bytes!("fixtures/zipkin/yelp.json"), 16, 3),
    ("skew", include_bytes!("fixtures/zipkin/skew.json"), 4, 1),
    ("ascend", include_bytes!("fixtures/zipkin/ascend.json"), 8, 2),
    ("messaging", include_bytes!("fixtures/zipkin/messaging.json"), 4, 0),
];

fn spans(bytes: &[u8]) -> Vec<Span> {
    let mut json = Vec::new();
    match bytes.first() {
        Some(b'[') => json.extend_from_slice(bytes),
        _ => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut json).unwrap()),
    }
    decode_json(&json, Extent::Whole).unwrap().spans
}

/// The trace as the store has it, and its calls between services.
fn stored(spans: Vec<Span>) -> (Arc<Trace>, BTreeMap<String, u64>) {
    let id = spans[0].trace_id;
    let (mut writer, reader) = trace_table(64 << 20);
    // Everything is counted as of one moment: a trace may be longer than what statistics are kept of.
    let now = spans.iter().map(|it| it.start).min().unwrap();
    writer.add(spans, "zipkin", now);
    let (_, edges) = reader.services();
    let edges = edges.iter().map(|it| (format!("{} > {}", it.from, it.to), it.calls)).collect();
    (reader.get(id).unwrap(), edges)
}

#[test]
fn every_servers_half_hangs_under_its_clients() {
    for (name, bytes, count, halves) in TRACES {
        let (trace, _) = stored(spans(bytes));
        let spans = trace.spans();
        let tree = TraceTree::build(spans);
        assert_eq!((spans.len(), tree.rows().len()), (*count, *count), "{name}");
        let parent = |row: usize| tree.rows()[row].parent.map(|parent| &spans[tree.rows()[parent].span]);
        let mut under = 0;
        for (at, row) in tree.rows().iter().enumerate() {
            let span = &spans[row.span];
            let is_half = |other: &&Arc<Span>| other.span_id == span.span_id && other.kind == SpanKind::Client;
            if span.kind == SpanKind::Server && spans.iter().any(|other| is_half(&other)) {
                assert!(parent(at).as_ref().is_some_and(is_half), "{name}: {span:?}");
                under += 1;
            }
            let twins = |id| spans.iter().filter(move |other| other.span_id == id);
            if let Some(parent) = parent(at).filter(|parent| parent.span_id != span.span_id) {
                let is_home = twins(parent.span_id).any(|twin| twin.service() == span.service());
                let is_right = if is_home { parent.service() == span.service() } else { true };
                assert!(is_right, "{name}: {} is under {}", span.name, parent.service());
            }
        }
        assert_eq!(under, *halves, "{name}");
        let lost = spans.iter().filter(|it| it.parent_id.is_some_and(|id| !spans.iter().any(|it| it.span_id == id)));
        assert_eq!(trace.is_complete(), lost.count() == 0, "{name}");
    }
}

#[test]
fn calls_between_services_are_counted_once_whatever_comes_first() {
    for (name, bytes, ..) in TRACES {
        let spans = spans(bytes);
        let (trace, calls) = stored(spans.clone());
        // What the finished tree says: an edge for each span that ran in another service than its parent.
        let tree = TraceTree::build(trace.spans());
        let mut expected = BTreeMap::<String, u64>::new();
        for row in tree.rows() {
            let Some(parent) = row.parent else { continue };
            let (from, to) = (trace.spans()[tree.rows()[parent].span].service(), trace.spans()[row.span].service());
            if from != to {
                *expected.entry(format!("{from} > {to}")).or_default() += 1;
            }
        }
        assert_eq!(calls, expected, "{name}");
        let (_, backwards) = stored(spans.iter().rev().cloned().collect());
        assert_eq!(backwards, expected, "{name}, backwards");
    }
}

#[test]
fn a_second_delivery_adds_nothing() {
    for (name, bytes, count, _) in TRACES {
        let once = spans(bytes);
        let cut = |span: &Span| Span { start: span.start / 1_000_000 * 1_000_000, ..span.clone() };
        let twice: Vec<Span> = once.iter().cloned().chain(once.iter().map(cut)).collect();
        let (trace, calls) = stored(twice);
        assert_eq!((trace.spans().len(), calls), (*count, stored(once).1), "{name}");
    }
}

#[test]
fn the_critical_path_goes_through_both_halves() {
    for (name, bytes, ..) in TRACES {
        let (trace, _) = stored(spans(bytes));
        let tree = TraceTree::build(trace.spans());
        let path = CriticalPath::find(trace.spans(), &tree);
        let root = &trace.spans()[tree.rows()[0].span];
        let length: i64 = path.segments().iter().map(|segment| segment.to - segment.from).sum();
        assert_eq!(length, root.duration(), "{name}");
    }
    let (trace, _) = stored(spans(include_bytes!("fixtures/zipkin/yelp.json")));
    let path = CriticalPath::find(trace.spans(), &TraceTree::build(trace.spans()));
    let servers = path.spans().filter(|&at| trace.spans()[at].kind == SpanKind::Server);
    assert!(servers.count() > 1);
}
