//! The reader against recorded documents, their OTLP forms, hand-made odd ones and damaged ones.

use std::sync::Arc;

use proptest::prelude::*;

use super::kept::kept;
use super::*;
use crate::model::{Attributes, Span, SpanKind, StatusCode, Value};
use crate::parse::otlp;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/jaeger/", $name))
    };
}

/// Documents of every form, with the number of their spans.
const DOCUMENTS: &[(&[u8], usize)] = &[
    (fixture!("trace_psp.json"), 23),
    (fixture!("find_lookback.json"), 22),
    (fixture!("find_service.json"), 68),
    (fixture!("victoriatraces/trace-bbad4eb5153b984404dfd154094bb031.json"), 18),
    (fixture!("victoriatraces/trace-not-found.json"), 0),
    (fixture!("transform-telemetrygen-out.json"), 2),
    (fixture!("ui-derived-ride-sharing-2-services.json"), 4),
    (fixture!("ui-trace-all-tag-types.json"), 5),
    (fixture!("es-style-spans-embedded-process.json"), 2),
    (fixture!("mapping-oracle-jaeger-es-span.json"), 1),
    (fixture!("trace_unknown_404.json"), 0),
    (b"[]", 0),
];

fn spans(document: &[u8]) -> Vec<Span> {
    let read = read(document).unwrap();
    assert_eq!(read.rejected_spans, 0);
    read.spans
}

/// A document with one span of these members.
fn one_span(members: &str) -> Span {
    let ids = r#""traceID":"1","spanID":"2","processID":"p""#;
    let mut read = spans(format!(r#"{{"spans":[{{{ids},{members}}}],"processes":null}}"#).as_bytes());
    assert_eq!(read.len(), 1, "{members}");
    read.remove(0)
}

#[test]
fn documents_of_every_form_are_read() {
    for (at, (document, count)) in DOCUMENTS.iter().enumerate() {
        assert_eq!(spans(document).len(), *count, "{at}");
    }
}

#[test]
fn a_recorded_trace_is_the_same_as_in_otlp() {
    let of_v3: serde_json::Value = serde_json::from_slice(fixture!("v3_trace.json")).unwrap();
    let of_v3 = otlp::spans_from_json(of_v3["result"].to_string().as_bytes()).unwrap().spans;
    assert_eq!(kept(spans(fixture!("trace_psp.json")), true), kept(of_v3, true));
}

#[test]
fn the_demo_traces_are_the_same_as_in_otlp_but_for_types() {
    let of_otlp = otlp::spans_from_json(fixture!("demo-otlp.json")).unwrap().spans;
    let mut of_jaeger = spans(fixture!("victoriatraces/trace-bbad4eb5153b984404dfd154094bb031.json"));
    of_jaeger.extend(spans(fixture!("victoriatraces/trace-da869aca75b35fb981a27bce875fb2ac.json")));
    assert_eq!(of_jaeger.iter().filter(|span| span.is_error()).count(), 2);
    let (of_jaeger, of_otlp) = (kept(of_jaeger, false), kept(of_otlp, false));
    assert_eq!(of_jaeger.len(), 25);
    for (jaeger, otlp) in of_jaeger.iter().zip(&of_otlp) {
        assert_eq!(jaeger, otlp);
    }
    assert_eq!(of_jaeger.len(), of_otlp.len());
}

#[test]
fn the_mapping_that_jaeger_itself_tests_holds() {
    let mut of_otlp = otlp::spans_from_json(fixture!("mapping-oracle-otlp.json")).unwrap().spans;
    // That a link follows is what links do.
    of_otlp[0].links[0].attributes = Attributes::default();
    let of_jaeger = spans(fixture!("mapping-oracle-jaeger-es-span.json"));
    assert_eq!(of_jaeger[0].flags, 1);
    assert_eq!(kept(of_jaeger, true), kept(of_otlp, true));
}

#[test]
fn every_type_of_tag_is_kept() {
    let read = read(fixture!("ui-trace-all-tag-types.json")).unwrap();
    assert_eq!(read.notes, ["some trace warning"]);
    let typed = &read.spans[1].attributes;
    let expected = [
        ("peer.service", Value::from("service-y")),
        ("peer.ipv4", Value::Int(23456)),
        ("temperature", Value::Double(72.5)),
        ("javascript_limit", Value::Int(9_223_372_036_854_775_222)),
        ("blob", Value::Bytes([0, 0, 0x30, 0x39].into())),
    ];
    assert_eq!(*typed, expected.into_iter().collect());
    let reference = &read.spans[3];
    assert_eq!(reference.parent_id.unwrap().to_string(), "0000000000000002");
    let pointed: Vec<_> = reference.links.iter().map(|link| (link.trace_id.low64(), link.attributes.len())).collect();
    assert_eq!(pointed, [(0xff, 1), (1, 0)]);
    let warned = Value::Array(vec!["some span warning".into()]);
    assert_eq!(reference.attributes.get("@jaeger@warnings"), Some(&warned));
    assert!(Arc::ptr_eq(&read.spans[0].resource, &read.spans[1].resource));
    assert!(Arc::ptr_eq(&read.spans[0].scope, &read.spans[4].scope));
}

#[test]
fn a_value_is_what_its_type_says_else_what_it_is() {
    let cases = [
        (r#""type":"bool","value":"true""#, Value::Bool(true)),
        (r#""type":"bool","value":"perhaps""#, "perhaps".into()),
        (r#""type":"int64","value":"-7""#, Value::Int(-7)),
        (r#""type":"int64","value":1.5"#, Value::Double(1.5)),
        (r#""type":"float64","value":7"#, Value::Double(7.0)),
        (r#""type":"float64","value":"-0.5""#, Value::Double(-0.5)),
        (r#""type":"string","value":12.50"#, "12.50".into()),
        (r#""type":"string","value":true"#, "true".into()),
        (r#""type":"string","value":"a\"b""#, "a\"b".into()),
        (r#""type":"binary","value":"not bytes!""#, "not bytes!".into()),
        (r#""type":"binary","value":"00003039""#, Value::Bytes([0xd3, 0x4d, 0x34, 0xdf, 0x4d, 0xfd].into())),
        (r#""value":[1,{"a":"b"}]"#, r#"[1,{"a":"b"}]"#.into()),
        (r#""value":18446744073709551615"#, "18446744073709551615".into()),
        (r#""value":1e3"#, Value::Double(1000.0)),
        (r#""value":false"#, Value::Bool(false)),
        (r#""type":"string","value":null"#, Value::Null),
        (r#""type":"string""#, Value::Null),
    ];
    for (members, expected) in cases {
        let span = one_span(&format!(r#""tags":[{{"key":"k",{members}}}]"#));
        assert_eq!(span.attributes.get("k"), Some(&expected), "{members}");
    }
}

#[test]
fn a_span_has_failed_when_its_tags_say_so() {
    const YES: &str = r#"{"key":"error","type":"bool","value":true}"#;
    const TEXT: &str = r#"{"key":"error","type":"string","value":"true"}"#;
    const UNSET: &str = r#"{"key":"error","type":"string","value":"unset"}"#;
    const NO: &str = r#"{"key":"error","type":"bool","value":false}"#;
    const WORDS: &str = r#"{"key":"error","type":"string","value":"no such host"}"#;
    const CODE: &str = r#"{"key":"otel.status_code","type":"string","value":"ERROR"}"#;
    const FINE: &str = r#"{"key":"otel.status_code","type":"string","value":"OK"}"#;
    const ODD: &str = r#"{"key":"otel.status_code","type":"int64","value":2}"#;
    let cases: [(&[&str], StatusCode, Option<Value>); 12] = [
        (&[], StatusCode::Unset, None),
        (&[YES], StatusCode::Error, None),
        (&[TEXT], StatusCode::Error, None),
        (&[CODE], StatusCode::Error, None),
        (&[CODE, YES], StatusCode::Error, None),
        (&[FINE], StatusCode::Ok, None),
        (&[FINE, NO], StatusCode::Ok, Some(false.into())),
        (&[UNSET], StatusCode::Unset, None),
        (&[UNSET, TEXT], StatusCode::Unset, Some("true".into())),
        (&[TEXT, YES], StatusCode::Error, Some("true".into())),
        (&[WORDS], StatusCode::Unset, Some("no such host".into())),
        (&[ODD], StatusCode::Unset, None),
    ];
    for (tags, code, left) in cases {
        let span = one_span(&format!(r#""tags":[{}]"#, tags.join(",")));
        assert_eq!((span.status.code, span.attributes.get("error").cloned()), (code, left), "{tags:?}");
        assert_eq!(span.attributes.get("otel.status_code").is_some(), tags == [ODD]);
    }
}

#[test]
fn tags_that_the_model_has_fields_for_become_these() {
    let tag = |key: &str, value: &str| format!(r#"{{"key":"{key}","type":"string","value":"{value}"}}"#);
    let tags = [
        tag("span.kind", "Producer"),
        tag("otel.status_description", "it broke"),
        tag("otel.library.name", "lib"),
        tag("otel.scope.name", "lib"),
        tag("otel.library.version", "1"),
        tag("otel.scope.version", "2"),
        tag("w3c.tracestate", "a=b"),
    ];
    let span = one_span(&format!(r#""tags":[{}]"#, tags.join(",")));
    assert_eq!((span.kind, &*span.status.message, &*span.trace_state), (SpanKind::Producer, "it broke", "a=b"));
    assert_eq!((&*span.scope.name, &*span.scope.version), ("lib", "2"));
    assert_eq!(span.attributes, [("otel.library.version", "1")].into_iter().collect());
    let span = one_span(&format!(r#""tags":[{}]"#, tag("span.kind", "sideways")));
    assert_eq!((span.kind, span.attributes.text("span.kind")), (SpanKind::Internal, Some("sideways")));
}

#[test]
fn parents_links_events_and_times_are_found() {
    let reference = |kind: &str, trace: &str, span: &str| {
        format!(r#"{{"refType":"{kind}","traceID":"{trace}","spanID":"{span}"}}"#)
    };
    let both = [reference("FOLLOWS_FROM", "01", "3"), reference("CHILD_OF", "00000000000000000000000000000001", "4")];
    let cases = [
        (format!(r#""references":[{}]"#, both.join(",")), Some(4), 1),
        (format!(r#""references":[{}]"#, both[0]), Some(3), 1),
        (format!(r#""references":[{}]"#, reference("CHILD_OF", "1", "2")), None, 1),
        (format!(r#""references":[{}]"#, reference("CHILD_OF", "1", "0")), None, 0),
        (r#""references":null,"parentSpanID":"5""#.to_owned(), Some(5), 0),
        (r#""parentSpanID":"0000000000000000","logs":null,"tags":null"#.to_owned(), None, 0),
    ];
    for (members, parent, links) in cases {
        let span = one_span(&members);
        let parent_id = span.parent_id.map(|id| u64::from_be_bytes(*id.bytes()));
        assert_eq!((parent_id, span.links.len()), (parent, links), "{members}");
    }
    let field = |key: &str, value: &str| format!(r#"{{"key":"{key}","type":"string","value":"{value}"}}"#);
    for (fields, name, left) in [
        (vec![field("message", "m"), field("event", "e")], "e", 1),
        (vec![field("level", "warn"), field("message", "m")], "m", 1),
        (vec![field("level", "warn")], "", 1),
    ] {
        let members =
            format!(r#""startTime":"5","duration":2,"logs":[{{"timestamp":7,"fields":[{}]}}]"#, fields.join(","));
        let span = one_span(&members);
        assert_eq!((span.start, span.end, span.events[0].time), (5000, 7000, 7000));
        assert_eq!((&*span.events[0].name, span.events[0].attributes.len()), (name, left), "{fields:?}");
    }
}

#[test]
fn a_service_without_a_name_has_none() {
    let document =
        |name: &str| format!(r#"[{{"traceID":"1","spanID":"2","process":{{"serviceName":"{name}","tags":[]}}}}]"#);
    for (name, service) in [("a", Some("a")), ("", None), ("OTLPResourceNoServiceName", None)] {
        assert_eq!(spans(document(name).as_bytes())[0].resource.service_name(), service);
    }
}

#[test]
fn ids_are_any_text_and_the_same_in_every_document() {
    let long = ["7", "0000000000000000000000000000000000000007", "00000000000000007"];
    let cases = [
        ("1", "a", "00000000000000000000000000000001", "000000000000000a", false),
        ("00A", "0000A", "0000000000000000000000000000000a", "000000000000000a", false),
        (long[1], long[2], "00000000000000000000000000000007", "0000000000000007", false),
        // The beginnings of their SHA-256.
        ("order-7", "S1", "df8cf80227ec3237922df0ecd88385c5", "3696ad59777e09d5", true),
        ("order-7", "S2", "df8cf80227ec3237922df0ecd88385c5", "adfa2b24c2d924fe", true),
        ("order-7", "11111111111111111111", "df8cf80227ec3237922df0ecd88385c5", "d1b3707fbdc6a22d", true),
    ];
    for (trace, id, trace_id, span_id, is_text) in cases {
        for document in [
            format!(r#"[{{"traceID":"{trace}","spanID":"{id}"}}]"#),
            format!(r#"{{"data":[{{"traceID":"{trace}","spans":[{{"spanID":"{id}"}}]}}]}}"#),
        ] {
            let [span] = spans(document.as_bytes()).try_into().unwrap();
            assert_eq!((span.trace_id.to_string(), span.span_id.to_string()), (trace_id.into(), span_id.into()));
            let texts = ["jaeger.trace_id", "jaeger.span_id"].map(|key| span.attributes.text(key));
            assert_eq!(texts, if is_text { [Some(trace), Some(id)] } else { [None, None] }, "{document}");
        }
    }
    let child = one_span(r#""references":[{"refType":"CHILD_OF","traceID":"0001","spanID":"S1"}]"#);
    assert_eq!(child.parent_id.map(|id| id.to_string()).as_deref(), Some("3696ad59777e09d5"));
    let child = one_span(r#""parentSpanID":"S1""#);
    assert_eq!(child.parent_id.map(|id| id.to_string()).as_deref(), Some("3696ad59777e09d5"));
}

#[test]
fn a_bad_span_loses_no_other() {
    let good = r#"{"traceID":"1","spanID":"2"}"#;
    let bad = [
        r#"{"traceID":"1","spanID":"0"}"#,
        r#"{"traceID":"","spanID":"2"}"#,
        r#"{"traceID":"1"}"#,
        r#"{"traceID":"1","spanID":"2","startTime":"soon"}"#,
        r#"{"traceID":"1","spanID":"2","tags":{}}"#,
        r#"["1","2"]"#,
        "null",
        "7",
    ];
    let document = format!(r#"{{"data":[{{"spans":[{good},{},{good}]}}]}}"#, bad.join(","));
    let found = read(document.as_bytes()).unwrap();
    assert_eq!((found.spans.len(), found.rejected_spans), (2, bad.len() as u64));
    let found = read(format!("[{good},{}]", bad.join(",")).as_bytes()).unwrap();
    assert_eq!((found.spans.len(), found.rejected_spans), (1, bad.len() as u64));
    // Bytes that are no text are replaced, and a byte order mark is passed over.
    let found = read(b"\xef\xbb\xbf[{\"traceID\":\"1\",\"spanID\":\"2\",\"operationName\":\"a\xff\"}]").unwrap();
    assert_eq!(&*found.spans[0].name, "a\u{fffd}");
}

#[test]
fn what_is_none_of_jaeger_s_documents_is_told() {
    let none: [&[u8]; 6] = [
        b"{}",
        br#"{"resourceSpans":[]}"#,
        br#"[{"traceId":"1","id":"2"}]"#,
        fixture!("dependencies.json"),
        fixture!("services.json"),
        b"7",
    ];
    for document in none {
        assert_eq!(read(document), Err(ReadError::NoTraces), "{}", String::from_utf8_lossy(document));
    }
    assert!(matches!(read(b"<html>"), Err(ReadError::Json(_))));
    let whole = fixture!("find_lookback.json");
    assert!(matches!(read(&whole[..whole.len() / 2]), Err(ReadError::Incomplete(_))));
    let depth = 100_000;
    let deep = format!("{{\"data\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(deep.as_bytes()).is_err());
}

#[test]
fn errors_stand_beside_what_was_found() {
    let found = read(fixture!("find_by_ids_one_unknown.json")).unwrap();
    assert_eq!(found.spans.len(), 20);
    assert_eq!(found.notes, ["trace not found (0000000000000abc)"]);
    assert_eq!(read_errors(fixture!("trace_unknown_404.json")).as_deref(), Some("trace not found"));
    assert_eq!(read_errors(fixture!("find_none.json")), None);
    assert_eq!(read_errors(fixture!("victoriatraces/find_no_service.json")), None);
}

/// Documents with a few bytes replaced, cut out or doubled.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<&'static [u8]> =
        DOCUMENTS.iter().map(|(document, _)| *document).filter(|document| document.len() < 40_000).collect();
    let place = any::<prop::sample::Index>;
    let damage = (place(), prop::sample::select(b"\"\\{}[]:,0-9eEtn \xff".to_vec()));
    let cut = (place(), 0_usize..200, 0_usize..3);
    (prop::sample::select(all), prop::collection::vec(damage, 0..4), cut).prop_map(|(document, damages, cut)| {
        let mut bytes = document.to_vec();
        for (at, byte) in damages {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let from = cut.0.index(bytes.len());
        let to = (from + cut.1).min(bytes.len());
        let piece = bytes[from..to].repeat(cut.2);
        bytes.splice(from..to, piece);
        bytes
    })
}

proptest! {
    #[test]
    fn damaged_documents_are_survived(document in damaged()) {
        if let Ok(found) = read(&document) {
            prop_assert!(found.spans.len() <= 200);
        }
        let _told = read_errors(&document);
    }
}
