//! Answers of Tempo 2.7, 2.10 and 3.0, against each other and against the OTLP that was sent.

use std::sync::Arc;

use super::*;
use crate::model::{Attributes, Resource, SpanKind, StatusCode, TraceId, Value};
use crate::parse::otlp::decode_json;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/", $name))
    };
}

const FIRST: &[u8] = b"bbad4eb5153b984404dfd154094bb031";
const SECOND: &[u8] = b"da869aca75b35fb981a27bce875fb2ac";

/// The spans of one trace as its programs sent them, by their ids; without their flags, which are not among the columns of Tempo's blocks.
fn as_sent(id: &[u8]) -> Vec<Span> {
    // The file that Jaeger's form of these traces is held against too.
    let sent = decode_json(include_bytes!("../../../tests/fixtures/jaeger/demo-otlp.json")).unwrap().spans.into_iter();
    let wanted = sent.filter(|span| Some(span.trace_id) == TraceId::from_hex(id));
    by_id(wanted.map(|span| Span { flags: 0, ..span }).collect())
}

/// By their ids, and what has a name by its name: Tempo keeps some attributes in columns of their own, and puts those of a
/// resource behind the others.
fn by_id(mut spans: Vec<Span>) -> Vec<Span> {
    for span in &mut spans {
        span.attributes = by_name(&span.attributes);
        span.events.iter_mut().for_each(|event| event.attributes = by_name(&event.attributes));
        span.resource = Arc::new(Resource { attributes: by_name(&span.resource.attributes) });
    }
    spans.sort_by_key(|span| span.span_id);
    spans
}

fn by_name(attributes: &Attributes) -> Attributes {
    let mut pairs: Vec<_> = attributes.iter().map(|(key, value)| (Arc::clone(key), value.clone())).collect();
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    pairs.into_iter().collect()
}

fn complete(trace: Result<TempoTrace, NotTempo>) -> Vec<Span> {
    let trace = trace.unwrap();
    assert_eq!((trace.rejected, trace.partial), (0, None));
    by_id(trace.spans)
}

#[test]
fn a_trace_is_the_same_in_every_form_as_it_was_sent() {
    let (first, second) = (as_sent(FIRST), as_sent(SECOND));
    assert_eq!((first.len(), second.len()), (18, 7));
    assert_eq!(first.iter().map(|span| span.links.len()).sum::<usize>(), 1);
    assert_eq!(second.iter().filter(|span| span.is_error()).count(), 2);
    let forms = [
        trace_from_json(fixture!("real-2.7.2-v1-trace-bbad4eb5153b984404dfd154094bb031.json")),
        trace_from_json(fixture!("real-2.7.2-v2-trace-bbad4eb5153b984404dfd154094bb031.json")),
        trace_from_proto_v1(fixture!("real-2.7.2-v1-trace-bbad4eb5153b984404dfd154094bb031.pb")),
        trace_from_proto_v2(fixture!("real-2.7.2-v2-trace-bbad4eb5153b984404dfd154094bb031.pb")),
    ];
    for (form, trace) in forms.into_iter().enumerate() {
        assert_eq!(complete(trace), first, "form {form}");
    }
    let forms = [
        trace_from_json(fixture!("real-2.7.2-v1-trace-da869aca75b35fb981a27bce875fb2ac.json")),
        trace_from_json(fixture!("real-2.7.2-v2-trace-da869aca75b35fb981a27bce875fb2ac.json")),
    ];
    for (form, trace) in forms.into_iter().enumerate() {
        assert_eq!(complete(trace), second, "form {form}");
    }
}

#[test]
fn later_versions_give_the_same_in_their_four_forms() {
    let versions: [[&[u8]; 4]; 2] = [
        [
            fixture!("real-2.10.8-trace_v1_json.json"),
            fixture!("real-2.10.8-trace_v2_json.json"),
            fixture!("real-2.10.8-trace_v1.pb"),
            fixture!("real-2.10.8-trace_v2.pb"),
        ],
        [
            fixture!("real-3.0.3-trace_v1_json.json"),
            fixture!("real-3.0.3-trace_v2_json.json"),
            fixture!("real-3.0.3-trace_v1.pb"),
            fixture!("real-3.0.3-trace_v2.pb"),
        ],
    ];
    for [v1, v2, v1_proto, v2_proto] in versions {
        let spans = complete(trace_from_json(v1));
        assert!(spans.len() > 10 && spans.iter().any(|span| !span.events.is_empty()));
        assert_eq!(complete(trace_from_json(v2)), spans);
        assert_eq!(complete(trace_from_proto_v1(v1_proto)), spans);
        assert_eq!(complete(trace_from_proto_v2(v2_proto)), spans);
    }
}

#[test]
fn every_type_of_value_and_a_short_id_are_read() {
    for form in [
        fixture!("real-2.7.2-v1-all-value-types-padded-id.json").as_slice(),
        fixture!("real-2.7.2-v2-all-value-types-padded-id.json"),
    ] {
        let spans = complete(trace_from_json(form));
        let [span, orphan] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!(span.trace_id.to_string(), "00000000000000000000000000abc123");
        assert_eq!(span.span_id.to_string(), "0000000000000005");
        assert_eq!((span.kind, span.duration()), (SpanKind::Server, 1_000_000_000));
        let types: Vec<_> = span.attributes.iter().map(|(_, value)| value.type_name()).collect();
        assert_eq!(types, ["array", "bool", "bytes", "double", "null", "int", "map"]);
        assert_eq!(span.attributes.get("i"), Some(&Value::Int(i64::MAX)));
        assert_eq!((span.events.len(), &*span.links[0].trace_state, &*span.status.message), (1, "a=b", "boom"));
        assert_eq!(orphan.parent_id.unwrap().to_string(), "0000000000000099");
    }
}

#[test]
fn spans_of_one_batch_have_one_resource() {
    let spans = trace_from_json(fixture!("v1-trace-bookinfo.json")).unwrap().spans;
    assert!(spans.len() > 5);
    let distinct =
        |key: fn(&Span) -> *const Resource| spans.iter().map(key).collect::<std::collections::HashSet<_>>().len();
    assert!(distinct(|span| Arc::as_ptr(&span.resource)) < spans.len());
    assert!(spans.iter().all(|span| span.status.code == StatusCode::Unset));
}

#[test]
fn hex_is_no_base64_of_an_id() {
    // Not what a server sends, but what people make of it.
    let spans = trace_from_json(fixture!("v1-shape-but-hex-ids.json")).unwrap().spans;
    assert!(!spans.is_empty());
    // Without its padding, or in the other alphabet, it is base64 here; in OTLP's own JSON it is nothing.
    let groups =
        br#"{"batches":[{"scopeSpans":[{"spans":[{"traceId":"S_kvNXezTaajzpKdDg5HNg","spanId":"APBnqgupArc"}]}]}]}"#;
    let spans = trace_from_json(groups).unwrap().spans;
    assert_eq!(spans[0].trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(spans[0].span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(decode_json(groups).unwrap().rejected_spans, 1);
}

#[test]
fn what_is_partial_unknown_or_broken_is_told_apart() {
    let partial = br#"{"trace":{"resourceSpans":[]},"status":"PARTIAL","message":"trace exceeds max size"}"#;
    assert_eq!(trace_from_json(partial).unwrap().partial.as_deref(), Some("trace exceeds max size"));
    let mut proto = ProtoAnswer { trace: None, status: 1, message: "cut".to_owned() }.encode_to_vec();
    assert_eq!(trace_from_proto_v2(&proto).unwrap().partial.as_deref(), Some("cut"));
    for unknown in [fixture!("real-2.10.8-trace_v2_404.txt").as_slice(), fixture!("real-3.0.3-trace_v2_404.txt"), b"{}"]
    {
        assert_eq!(trace_from_json(unknown).unwrap(), TempoTrace::default());
    }
    assert_eq!(trace_from_proto_v2(b"").unwrap(), TempoTrace::default());
    let bad = br#"{"trace":{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"AA==","spanId":"x"}]}]}]}}"#;
    assert_eq!(trace_from_json(bad).unwrap().rejected, 1);
    proto.pop();
    assert!(trace_from_proto_v2(&proto).is_err());
    for broken in ["", "<html>", "[", r#"{"trace":{"resourceSpans":[{"#] {
        assert!(trace_from_json(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn what_a_search_leaves_out_is_zero() {
    let found = search(fixture!("real-2.7.2-search-unfiltered-edge-cases.json")).unwrap();
    let hits: Vec<_> = found.iter().filter_map(FoundTrace::hit).collect();
    let told: Vec<_> =
        hits.iter().map(|hit| (hit.id.to_string(), &*hit.service, &*hit.operation, hit.duration)).collect();
    let expected = [
        ("ea0982ce5649efddb6af043d73867063", "", "", 30_140_000_000),
        ("14c9caadffd3987fd4ce667ff7223db8", "frontend", "HTTP GET", 4_000_000),
        ("3f5425abc0b1a8020b90b1e8c03f0816", "frontend", "HTTP GET", 0),
        ("0131990d2f4734d331b4d6a6c14d07b3", "loadgenerator", "POST", 9_000_000),
        ("00000000000000000562809467078eab", "servicea", "poll", 649_000_000),
    ];
    let expected = expected.map(|(id, service, name, duration)| (id.to_owned(), service, name, Some(duration)));
    assert_eq!(told, expected);
    assert_eq!(hits[0].start, 1_730_291_050_172_936_579);
    assert_eq!((hits[0].spans, hits[0].errors, hits[0].services), (None, None, None));
}

#[test]
fn figures_of_services_are_added_up() {
    for body in [fixture!("real-2.10.8-search_error.json").as_slice(), fixture!("real-3.0.3-search_error.json")] {
        let found = search(body).unwrap();
        assert_eq!(found.len(), 20);
        for hit in found.iter().filter_map(FoundTrace::hit) {
            assert!(hit.errors > Some(0) && hit.spans > hit.errors && hit.services > Some(0), "{hit:?}");
        }
    }
    let odd = br#"{"traces":[{"traceID":"xyz"},{"traceID":"a","rootServiceName":"<root span not yet received>",
        "startTimeUnixNano":null,"durationMs":"7","serviceStats":{"cart":{"spanCount":2}}}]}"#;
    let hits: Vec<_> = search(odd).unwrap().iter().filter_map(FoundTrace::hit).collect();
    assert_eq!(hits.len(), 1);
    assert_eq!(
        (&*hits[0].service, hits[0].spans, hits[0].errors, hits[0].duration),
        ("cart", Some(2), Some(0), Some(7_000_000))
    );
    for empty in [fixture!("real-3.0.3-search_none.json").as_slice(), b"{}", br#"{"traces":null}"#] {
        assert!(search(empty).unwrap().is_empty());
    }
    assert!(search(b"no org id").is_err());
}

#[test]
fn names_are_those_of_spans_and_resources() {
    let bodies = [
        fixture!("real-2.7.2-tags-v2.json").as_slice(),
        fixture!("real-2.10.8-search_tags_v2.json"),
        fixture!("real-3.0.3-search_tags_v2.json"),
        fixture!("real-2.7.2-tags-v1.json"),
        fixture!("real-2.10.8-search_tags_v1.json"),
    ];
    for body in bodies {
        let names = tag_names(body).unwrap();
        assert!(names.is_sorted() && names.len() > 10);
        assert!(names.contains(&"service.name".to_owned()) && names.iter().all(|name| name != "duration"), "{names:?}");
    }
}

#[test]
fn values_are_texts_whatever_their_type() {
    let values = |body: &[u8]| tag_values(body).unwrap();
    assert_eq!(values(fixture!("real-2.7.2-tag-values-v2-int.json")), ["200", "308", "500"]);
    assert_eq!(
        values(fixture!("real-3.0.3-tag_values_v1_service.json")),
        values(fixture!("real-3.0.3-tag_values_v2_service.json"))
    );
    assert_eq!(values(fixture!("real-2.10.8-tag_values_v2_name_filtered.json")), ["GET /carts/{id}", "HGETALL"]);
    let of_2_7 = values(fixture!("real-2.7.2-tag-values-v2.json"));
    assert!(of_2_7.contains(&"frontend".to_owned()) && of_2_7.iter().all(|value| !value.is_empty()));
    assert!(values(br#"{"tagValues":null}"#).is_empty());
}
