//! Every field of every encoding, real traces, partial reports, and what is not readable.

use std::io::Read as _;

use prost::Message as _;

use super::proto::{ListOfSpans, Moment, Place, Span as ProtoSpan};
use super::*;
use crate::model::{SpanKind, StatusCode, Value};

fn whole(json: &str) -> Vec<Span> {
    let decoded = decode_json(json.as_bytes(), Extent::Whole).unwrap();
    assert_eq!(decoded.rejected, 0, "{json}");
    decoded.spans
}

/// The one span of a list of one, whose fields stand in `fields` behind its ids.
fn one(fields: &str) -> Span {
    let json = format!(r#"[{{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"a2fb4a1d1a96d312"{fields}}}]"#);
    let mut spans = whole(&json);
    assert_eq!(spans.len(), 1, "{json}");
    spans.remove(0)
}

fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

fn attributes(attributes: &crate::model::Attributes) -> Vec<String> {
    attributes.iter().map(|(key, value)| format!("{key}={value}:{}", value.type_name())).collect()
}

/// The span of zipkin-api's example, with everything that a span can have.
const FULL: &str = r#","parentId":"352bff9a74ca9ad2","name":"get /api","timestamp":1556604172355737,"duration":1431,
    "kind":"SERVER","localEndpoint":{"serviceName":"backend","ipv4":"192.168.99.1","ipv6":"2001:db8::c001","port":3306},
    "remoteEndpoint":{"serviceName":"frontend","ipv4":"172.19.0.2","port":58648},
    "annotations":[{"timestamp":1556604172355800,"value":"wr"}],
    "tags":{"http.method":"GET","http.path":"/api"},"debug":true,"shared":true"#;

#[test]
fn everything_of_a_span_is_kept() {
    let span = one(FULL);
    assert_eq!(span.trace_id.to_string(), "463ac35c9f6413ad48485a3953bb6124");
    assert_eq!((span.span_id.to_string().as_str(), &*span.name), ("a2fb4a1d1a96d312", "get /api"));
    assert_eq!(span.parent_id.unwrap().to_string(), "352bff9a74ca9ad2");
    assert_eq!((span.kind, span.start, span.duration()), (SpanKind::Server, 1_556_604_172_355_737_000, 1_431_000));
    assert_eq!(
        attributes(&span.resource.attributes),
        [
            "service.name=backend:string",
            "network.local.address=192.168.99.1:string",
            "network.local.port=3306:int",
            "zipkin.local.ipv6=2001:db8::c001:string"
        ]
    );
    assert_eq!(
        attributes(&span.attributes),
        [
            "http.method=GET:string",
            "http.path=/api:string",
            "peer.service=frontend:string",
            "network.peer.address=172.19.0.2:string",
            "network.peer.port=58648:int",
            "zipkin.shared=true:bool",
            "zipkin.debug=true:bool"
        ]
    );
    assert_eq!((span.events.len(), &*span.events[0].name, span.events[0].time), (1, "wr", 1_556_604_172_355_800_000));
    assert_eq!(span.status.code, StatusCode::Unset);
}

#[test]
fn protobuf_says_the_same_as_json() {
    let id = |hex: u128, length: usize| hex.to_be_bytes()[16 - length..].to_vec();
    let place =
        |name: &str, ipv4: [u8; 4], port| Place { service_name: name.into(), ipv4: ipv4.into(), ipv6: vec![], port };
    let span = ProtoSpan {
        trace_id: id(0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124, 16),
        parent_id: id(0x352b_ff9a_74ca_9ad2, 8),
        id: id(0xa2fb_4a1d_1a96_d312, 8),
        kind: 2,
        name: "get /api".into(),
        timestamp: 1_556_604_172_355_737,
        duration: 1431,
        local_endpoint: Some(Place {
            ipv6: id(0x2001_0db8_0000_0000_0000_0000_0000_c001, 16),
            ..place("backend", [192, 168, 99, 1], 3306)
        }),
        remote_endpoint: Some(place("frontend", [172, 19, 0, 2], 58648)),
        annotations: vec![Moment { timestamp: 1_556_604_172_355_800, value: "wr".into() }],
        tags: [("http.method", "GET"), ("http.path", "/api")].map(|(k, v)| (k.into(), v.into())).into(),
        debug: true,
        shared: true,
    };
    let short = ProtoSpan { trace_id: id(7, 8), id: id(8, 8), ..ProtoSpan::default() };
    let bad = [ProtoSpan::default(), ProtoSpan { trace_id: vec![0; 16], id: id(8, 8), ..ProtoSpan::default() }];
    let list = ListOfSpans { spans: [vec![span.clone(), short], bad.to_vec()].concat() };
    let decoded = decode_proto(&list.encode_to_vec(), Extent::Report).unwrap();
    assert_eq!((decoded.spans.len(), decoded.rejected), (2, 2));
    assert_eq!(decoded.spans[1], one(FULL));
    assert!(decoded.spans[0].trace_id.is_64_bit());
    assert_eq!(decode_proto(b"", Extent::Report).unwrap(), Decoded::default());
    assert!(decode_proto(b"\x0a\xff", Extent::Report).unwrap_err().to_string().contains("protobuf"));
}

#[test]
fn normal_form() {
    let cases: [(&str, fn(&Span) -> String, &str); 9] = [
        (r#","parentId":"0000000000000000""#, |it| format!("{:?}", it.parent_id), "None"),
        (r#","parentId":"A2FB4a1d1a96d312""#, |it| format!("{:?}", it.parent_id), "None"),
        (r#","parentId":"1""#, |it| format!("{:?}", it.parent_id), "Some(0000000000000001)"),
        (r#","kind":null,"name":null,"tags":null,"annotations":null"#, |it| it.kind.name().into(), "internal"),
        (r#","kind":"consumer""#, |it| it.kind.name().into(), "consumer"),
        (r#","timestamp":"12","duration":3.0"#, |it| format!("{}+{}", it.start, it.duration()), "12000+3000"),
        (r#","timestamp":18446744073709551615"#, |it| it.start.to_string(), "0"),
        (
            r#","tags":{"n":5,"t":true,"m":{"a":1},"x":null}"#,
            |it| format!("{:?}", attributes(&it.attributes)),
            r#"["n=5:string", "t=true:string", "m={\"a\":1}:string", "x=:string", "zipkin.absent=timestamp and duration:string"]"#,
        ),
        (r#","timestamp":5"#, |it| format!("{:?}", attributes(&it.attributes)), r#"["zipkin.absent=duration:string"]"#),
    ];
    for (fields, what, expected) in cases {
        assert_eq!(what(&one(fields)), expected, "{fields}");
    }
    let upper = whole(r#"[{"traceId":"0000000000000000463AC35C9F6413AD","id":"1"}]"#);
    assert!(upper[0].trace_id.is_64_bit());
}

#[test]
fn a_tag_error_is_a_verdict_and_otels_tags_become_fields() {
    let cases: [(&str, StatusCode, &str); 8] = [
        (r#"{"error":"timed out"}"#, StatusCode::Error, "timed out"),
        (r#"{"error":""}"#, StatusCode::Error, ""),
        (r#"{"error":"true"}"#, StatusCode::Error, ""),
        (r#"{"error":"false"}"#, StatusCode::Error, "false"),
        (r#"{"otel.status_code":"ERROR","error":"no"}"#, StatusCode::Error, "no"),
        (r#"{"otel.status_code":"STATUS_CODE_ERROR","otel.status_description":"no"}"#, StatusCode::Error, "no"),
        (r#"{"otel.status_code":"OK"}"#, StatusCode::Ok, ""),
        (r#"{"http.status_code":"500"}"#, StatusCode::Unset, ""),
    ];
    for (tags, code, message) in cases {
        let span = one(&format!(r#","tags":{tags}"#));
        assert_eq!((span.status.code, &*span.status.message), (code, message), "{tags}");
        assert!(span.attributes.get("error").is_none());
    }
    let tags = r#"{"otel.scope.name":"lib","otel.library.version":"1.2","w3c.tracestate":"a=b","span.kind":"internal",
        "service.name":"shop","otel.status_code":"odd","peer.service":"bank","network.peer.port":"443",
        "otlp.link.0":"463ac35c9f6413ad48485a3953bb6124|a2fb4a1d1a96d312|x=y|{\"n\":1}|0","otlp.link.1":"broken"}"#;
    let remote = r#","remoteEndpoint":{"serviceName":"teller","port":443},"localEndpoint":{"serviceName":"shop"}"#;
    let span = one(&format!(r#","timestamp":1,"duration":1,"tags":{tags}{remote}"#));
    assert_eq!((&*span.scope.name, &*span.scope.version, &*span.trace_state), ("lib", "1.2", "a=b"));
    assert_eq!((span.links.len(), &*span.links[0].trace_state), (1, "x=y"));
    assert_eq!(span.links[0].attributes.get("n"), Some(&Value::Int(1)));
    assert_eq!(
        attributes(&span.attributes),
        [
            "otel.status_code=odd:string",
            "peer.service=bank:string",
            "otlp.link.1=broken:string",
            "zipkin.remote.service=teller:string",
            "network.peer.port=443:int"
        ]
    );
}

#[test]
fn attributes_of_events_are_unpacked() {
    let cases = [
        ("sent", "sent", ""),
        (r#"retry|{\"n\":2,\"list\":[1,\"a\"]}|0"#, "retry", r#"n=2:int list=[1,"a"]:array"#),
        (r#"\"retry\":{\"why\":\"busy\"}"#, "retry", "why=busy:string"),
        (r#"{\"retry\": {\"deep\": {\"a\": [1]}}}"#, "retry", r#"deep={"a":[1]}:string"#),
        (r#"retry: {\"share\":0.5,\"ok\":true}"#, "retry", "ok=true:bool share=0.5:double"),
        (r#"{\"a\":1}"#, r#"{"a":1}"#, ""),
        (r#"{\"a\":{},\"b\":{}}"#, r#"{"a":{},"b":{}}"#, ""),
        (r"state: {open", "state: {open", ""),
    ];
    for (value, name, expected) in cases {
        let span = one(&format!(r#","annotations":[{{"timestamp":5,"value":"{value}"}}]"#));
        let event = &span.events[0];
        let mut told = attributes(&event.attributes);
        told.sort_by_key(|it| expected.find(it.as_str()));
        assert_eq!((&*event.name, told.join(" ").as_str()), (name, expected), "{value}");
    }
}

#[test]
fn version_1_becomes_the_halves_it_tells_of() {
    let json = r#"[{"traceId":"1","id":"2","parentId":"1","name":"get","timestamp":1000,"duration":400,
        "annotations":[
            {"timestamp":1000,"value":"cs","endpoint":{"serviceName":"web","ipv4":"10.0.0.1","port":80}},
            {"timestamp":1100,"value":"sr","endpoint":{"serviceName":"api"}},
            {"timestamp":1150,"value":"cache miss","endpoint":{"serviceName":"api"}},
            {"timestamp":1300,"value":"ss","endpoint":{"serviceName":"api"}},
            {"timestamp":1400,"value":"cr","endpoint":{"serviceName":"web"}}],
        "binaryAnnotations":[
            {"key":"http.path","value":"/a","endpoint":{"serviceName":"api"}},
            {"key":"size","value":17,"endpoint":{"serviceName":"web"}},
            {"key":"sa","value":true,"endpoint":{"serviceName":"api","port":8080}},
            {"key":"ca","value":true,"endpoint":{"ipv4":"10.0.0.1"}}]},
      {"traceId":"1","id":"3","name":"serve","annotations":[
            {"timestamp":2000,"value":"sr","endpoint":{"serviceName":"api"}},
            {"timestamp":2600,"value":"ss","endpoint":{"serviceName":"api"}}],"binaryAnnotations":[]},
      {"traceId":"1","id":"4","name":"local","timestamp":9,"duration":3,
        "binaryAnnotations":[{"key":"lc","value":"","endpoint":{"serviceName":"api"}}]}]"#;
    let spans = whole(json);
    let told: Vec<String> = spans
        .iter()
        .map(|it| {
            let events: Vec<&str> = it.events.iter().map(|event| &*event.name).collect();
            let times = format!("{}+{}", it.start / 1000, it.duration() / 1000);
            format!("{} {} {times} {events:?} {:?}", it.kind.name(), it.service(), attributes(&it.attributes))
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"internal api 9+3 [] []"#,
            r#"client web 1000+400 [] ["size=17:string", "peer.service=api:string", "network.peer.port=8080:int"]"#,
            r#"server api 1100+200 ["cache miss"] ["http.path=/a:string", "network.peer.address=10.0.0.1:string", "zipkin.shared=true:bool"]"#,
            r#"server api 2000+600 [] ["zipkin.shared=true:bool"]"#,
        ]
    );
    // Annotations of two letters in a v2 span are annotations.
    let merged = whole(include_str!("../../../tests/fixtures/zipkin/collector-zipkin_v1_merged_spans.json"));
    assert_eq!(merged.iter().map(|it| it.events.len()).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn real_traces_are_read_whole() {
    let mobile = unpacked(include_bytes!("../../../tests/fixtures/zipkin/smartthings-mobile-web-install.json.gz"));
    let oauth = unpacked(include_bytes!("../../../tests/fixtures/zipkin/smartthings-oauth-authorization.json.gz"));
    // Reported, left after partial reports were put together, of those the server's halves of shared ids.
    let cases: [(&str, usize, usize); 7] = [
        (&mobile, 957, 294),
        (&oauth, 172, 42),
        (include_str!("../../../tests/fixtures/zipkin/yelp.json"), 16, 4),
        (include_str!("../../../tests/fixtures/zipkin/skew.json"), 4, 1),
        (include_str!("../../../tests/fixtures/zipkin/ascend.json"), 8, 2),
        (include_str!("../../../tests/fixtures/zipkin/messaging.json"), 4, 0),
        (include_str!("../../../tests/fixtures/zipkin/envoy.json"), 1, 1),
    ];
    for (json, count, shared) in cases {
        let spans = whole(json);
        let is_shared = |it: &&Span| it.attributes.get(SHARED).is_some();
        assert_eq!((spans.len(), spans.iter().filter(is_shared).count()), (count, shared), "{}", &json[..80]);
        assert!(spans.iter().all(|it| it.start > 0) && spans.is_sorted_by_key(|it| it.start));
    }
    let listed = whole(&format!("[{mobile},{oauth},[]]"));
    assert_eq!(listed.len(), 957 + 172);
}

#[test]
fn what_an_sdk_of_opentelemetry_sends() {
    let spans = whole(include_str!("../../../tests/fixtures/zipkin/node-sdk.json"));
    let client = spans.iter().find(|it| it.kind == SpanKind::Client).unwrap();
    assert_eq!((client.status.code, &*client.status.message), (StatusCode::Error, "connect failed"));
    assert_eq!(client.events.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["exception", "retry"]);
    assert_eq!((client.service(), client.attributes.text("service.name")), ("storefront", None));
    assert_eq!(client.attributes.text("service.version"), Some("5.4.0"));
    let server = spans.iter().find(|it| it.kind == SpanKind::Server).unwrap();
    assert_eq!((server.status.code, &*server.status.message), (StatusCode::Error, ""));
}

#[test]
fn parts_of_one_half_become_one_and_halves_stay_two() {
    let json = r#"[
        {"traceId":"1","id":"5","kind":"SERVER","shared":true,"timestamp":110,"localEndpoint":{"serviceName":"b","port":1}},
        {"traceId":"1","id":"5","timestamp":0,"tags":{"late":"1"},"localEndpoint":{"serviceName":"b"}},
        {"traceId":"1","id":"5","kind":"SERVER","shared":true,"duration":50,"localEndpoint":{"serviceName":"b","ipv4":"1.2.3.4"},
            "annotations":[{"timestamp":111,"value":"x"}]},
        {"traceId":"1","id":"5","parentId":"1","kind":"CLIENT","timestamp":100,"duration":90,"localEndpoint":{"serviceName":"a"}},
        {"traceId":"1","id":"5","kind":"SERVER","shared":true,"timestamp":120,"localEndpoint":{"serviceName":"c"}}]"#;
    let told: Vec<String> = whole(json)
        .iter()
        .map(|it| {
            let parent = it.parent_id.map(|id| id.to_string()).unwrap_or_default();
            let (late, events) = (it.attributes.get("late").is_some(), it.events.len());
            format!("{} {} {}+{} {parent} {late} {events}", it.service(), it.kind.name(), it.start, it.duration())
        })
        .collect();
    assert_eq!(
        told,
        [
            "a client 100000+90000 0000000000000001 false 0",
            "b server 110000+50000 0000000000000001 true 1",
            "c server 120000+0 0000000000000001 false 0"
        ]
    );
}

#[test]
fn a_trace_with_ids_of_two_lengths_is_one() {
    let ids = |json: &str, extent| {
        let spans = decode_json(json.as_bytes(), extent).unwrap().spans;
        spans.iter().map(|it| it.trace_id.is_64_bit()).collect::<Vec<_>>()
    };
    let long = "48485a3953bb6124463ac35c9f6413ad";
    let both = format!(r#"[{{"traceId":"463ac35c9f6413ad","id":"1"}},{{"traceId":"{long}","id":"2"}}]"#);
    assert_eq!(ids(&both, Extent::Whole), [false, false]);
    assert_eq!(ids(&both, Extent::Report), [true, false]);
    let doubt = both.replace(']', r#",{"traceId":"58485a3953bb6124463ac35c9f6413ad","id":"3"}]"#);
    assert_eq!(ids(&doubt, Extent::Whole), [true, false, false]);
}

#[test]
fn spans_without_a_time_stand_by_those_around_them() {
    let json = r#"[{"traceId":"1","id":"1","timestamp":100,"duration":50},{"traceId":"1","id":"2","parentId":"1"},
        {"traceId":"1","id":"3","parentId":"2","timestamp":120},{"traceId":"1","id":"4","parentId":"1"},
        {"traceId":"1","id":"5","annotations":[{"timestamp":130,"value":"x"}]},{"traceId":"2","id":"6"}]"#;
    let starts = |extent| {
        let mut spans = decode_json(json.as_bytes(), extent).unwrap().spans;
        spans.sort_by_key(|it| it.span_id);
        spans.iter().map(|it| it.start / 1000).collect::<Vec<_>>()
    };
    assert_eq!(starts(Extent::Whole), [100, 120, 120, 100, 130, 0]);
    assert_eq!(starts(Extent::Report), [100, 0, 120, 0, 0, 0]);
}

#[test]
fn what_is_no_list_is_refused_and_a_bad_span_only_counted() {
    for bad in ["{", "{}", "7", "\"x\"", "[{\"traceId\":\"1\"", "[[1]", "<html>"] {
        let error = decode_json(bad.as_bytes(), Extent::Report).unwrap_err().to_string();
        assert!(error.starts_with("not a list of Zipkin spans"), "{bad}: {error}");
    }
    for (json, rejected) in [
        ("", 0),
        (" \n", 0),
        ("[]", 0),
        ("[[],[]]", 0),
        ("[1,null,{}]", 3),
        (r#"[{"traceId":"x","id":"1"},{"traceId":"1","id":""},{"traceId":"0","id":"1"},{"id":"1"}]"#, 4),
        (r#"[{"traceId":"1","id":"1","tags":[]}, {"traceId":"1","id":"1","timestamp":"soon"}]"#, 2),
        (r#"[{"traceId":"1","id":"1","annotations":[7],"binaryAnnotations":7}]"#, 1),
    ] {
        let decoded = decode_json(json.as_bytes(), Extent::Report).unwrap();
        assert_eq!((decoded.spans.len(), decoded.rejected), (0, rejected), "{json}");
    }
    let deep = format!("[{}1{}]", "[".repeat(100_000), "]".repeat(100_000));
    assert!(decode_json(deep.as_bytes(), Extent::Report).is_err());
    let broken_text = decode_json(b"[{\"traceId\":\"1\",\"id\":\"1\",\"name\":\"a\xffb\"}]", Extent::Report).unwrap();
    assert_eq!(&*broken_text.spans[0].name, "a\u{fffd}b");
}

#[test]
fn a_hundred_thousand_reports_of_one_id_are_no_trouble() {
    let span =
        |n: usize| format!(r#"{{"traceId":"1","id":"1","timestamp":{n},"localEndpoint":{{"serviceName":"s{n}"}}}}"#);
    let json = format!("[{}]", (1..=100_000).map(span).collect::<Vec<_>>().join(","));
    assert_eq!(decode_json(json.as_bytes(), Extent::Whole).unwrap().spans.len(), 100_000);
}
