//! The codec against recorded requests, hand-made odd ones, and its own output.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;

use super::*;
use crate::model::{
    Attributes, LogRecord, Severity, Span, SpanEvent, SpanId, SpanKind, SpanLink, Status, StatusCode, TraceId,
};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/otlp/", $name))
    };
}

/// One request with one log record of these JSON members.
fn one_log(members: &str) -> LogRecord {
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{members}}}]}}]}}]}}"#);
    let mut decoded = decode_json(json.as_bytes()).unwrap();
    assert_eq!((decoded.logs.len(), decoded.rejected_logs), (1, 0), "{members}");
    decoded.logs.remove(0)
}

fn body(any_value: &str) -> Value {
    one_log(&format!(r#""body":{any_value}"#)).body
}

#[test]
fn a_recorded_log_of_the_js_sdk_is_read() {
    let decoded = decode_json(fixture!("node-http-json.v1_logs.1.json")).unwrap();
    let [log] = &decoded.logs[..] else { panic!("{decoded:?}") };
    assert_eq!(log.time, 1_795_190_775_273_000_000);
    assert_eq!((log.severity, &*log.severity_text), (Severity::ERROR, "ERROR"));
    assert_eq!(log.body.to_string(), r#"{"message":"structured body","nested":{"a":[1,"two",3.5]}}"#);
    assert_eq!(log.attributes.text("order.id"), Some("ord-1"));
    assert_eq!(log.resource.service_name(), Some("storefront"));
    assert_eq!(&*log.scope.name, "app");
}

#[test]
fn the_specification_s_example_is_read() {
    let decoded = decode_json(fixture!("spec-example-trace.json")).unwrap();
    let [span] = &decoded.spans[..] else { panic!("{decoded:?}") };
    assert_eq!(span.trace_id.to_string(), "5b8efff798038103d269b633813fc60c");
    assert_eq!(span.parent_id.map(|id| id.to_string()).as_deref(), Some("eee19b7ec3c1b173"));
    assert_eq!((span.kind, span.service(), span.duration()), (SpanKind::Server, "my.service", 1_000_000_000));
    assert_eq!(span.scope.attributes.text("my.scope.attribute"), Some("some scope attribute"));
}

#[test]
fn recorded_requests_of_real_clients_are_read_in_both_encodings() {
    type Read = fn(&[u8]) -> Result<Decoded, DecodeError>;
    let cases: [(&[u8], Read, usize, usize); 6] = [
        (fixture!("node-http-json.v1_traces.1.json"), spans_from_json, 6, 0),
        (fixture!("node-http-proto.v1_traces.1.pb"), decode_spans_proto, 6, 0),
        (fixture!("python-http.v1_traces.1.pb"), decode_spans_proto, 8, 0),
        (fixture!("python-http.v1_logs.1.pb"), decode_logs_proto, 0, 3),
        (fixture!("go-http.v1_traces.2.pb"), decode_spans_proto, 4, 0),
        (fixture!("events-typed-attributes.json"), spans_from_json, 1, 0),
    ];
    for (index, (bytes, read, spans, logs)) in cases.into_iter().enumerate() {
        let decoded = read(bytes).unwrap();
        assert_eq!((decoded.spans.len(), decoded.logs.len()), (spans, logs), "case {index}");
        assert_eq!((decoded.rejected_spans, decoded.rejected_logs), (0, 0), "case {index}");
        if !bytes.starts_with(b"{") {
            assert_eq!(decode_any_proto(bytes).unwrap(), decoded, "case {index}: the signal is recognised");
        }
    }
}

#[test]
fn typed_event_attributes_keep_their_types() {
    let decoded = decode_json(fixture!("events-typed-attributes.json")).unwrap();
    let attributes = &decoded.spans[0].events[0].attributes;
    assert_eq!(attributes.get("sameplacetag2"), Some(&Value::Int(123)));
    assert_eq!(attributes.get("sameplacetag3"), Some(&Value::Double(72.5)));
    assert_eq!(attributes.get("blob"), Some(&Value::Bytes([0, 0, 0x30, 0x39].into())));
}

#[test]
fn the_signals_of_the_collector_s_file_are_told_apart() {
    let lines = fixture!("file-exporter-mixed-signals.jsonl").split(|byte| *byte == b'\n');
    let counts: Vec<_> = lines
        .filter(|line| !line.is_empty())
        .map(|line| decode_json(line).unwrap())
        .map(|decoded| (!decoded.logs.is_empty(), decoded.data_points > 0, !decoded.spans.is_empty()))
        .collect();
    assert_eq!(counts, [(true, false, false), (false, true, false), (false, false, true)]);
}

/// Another program's cases: its verdicts are its own, but none of them may make us panic, and what we do read has to
/// survive being written.
#[test]
fn another_collector_s_cases_do_no_harm() {
    let cases: serde_json::Value = serde_json::from_slice(fixture!("fluentbit_logs_cases.json")).unwrap();
    let mut records = 0;
    for (name, case) in cases.as_object().unwrap() {
        let Ok(decoded) = decode_json(case["input"].to_string().as_bytes()) else { continue };
        records += decoded.logs.len();
        let mut again = Vec::new();
        encode_logs_json(&decoded.logs, &mut again);
        assert_eq!(decode_json(&again).unwrap().logs, decoded.logs, "{name}");
    }
    assert!(records > 40, "{records}");
}

#[test]
fn values_are_read_leniently() {
    let cases = [
        (r#"{"intValue":9506}"#, Value::Int(9506)),
        (r#"{"intValue":"-9223372036854775808"}"#, Value::Int(i64::MIN)),
        (r#"{"intValue":2e3}"#, Value::Int(2000)),
        (r#"{"int_value":"7"}"#, Value::Int(7)),
        (r#"{"doubleValue":3}"#, Value::Double(3.0)),
        (r#"{"doubleValue":"Infinity"}"#, Value::Double(f64::INFINITY)),
        (r#"{"doubleValue":"-Infinity"}"#, Value::Double(f64::NEG_INFINITY)),
        (r#"{"doubleValue":1e21}"#, Value::Double(1e21)),
        (r#"{"bytesValue":"-_8"}"#, Value::Bytes([0xfb, 0xff].into())),
        (r#"{"stringValue":"\ud83d\ude00 \u0000"}"#, Value::from("😀 \0")),
        (r#"{"boolValue":true,"later":{"a":[1]}}"#, Value::Bool(true)),
        (r#"{"stringValue":null,"intValue":1}"#, Value::Int(1)),
        (r#"{"arrayValue":{}}"#, Value::Array(vec![])),
        (r#"{"arrayValue":null}"#, Value::Array(vec![])),
        (r#"{"kvlistValue":{"values":[{"key":"a"}]}}"#, Value::Map([("a", Value::Null)].into_iter().collect())),
        ("{}", Value::Null),
        ("null", Value::Null),
    ];
    for (json, expected) in cases {
        assert_eq!(body(json), expected, "{json}");
    }
    assert!(matches!(body(r#"{"doubleValue":"NaN"}"#), Value::Double(number) if number.is_nan()));
}

#[test]
fn record_fields_are_read_leniently() {
    let snake = one_log(
        r#""time_unix_nano":5,"observed_time_unix_nano":"6","severity_number":"SEVERITY_NUMBER_WARN2",
           "trace_id":"5B8EFFF798038103D269B633813FC60C","span_id":"","flags":1,"event_name":"e","unheard":{"of":[]}"#,
    );
    assert_eq!((snake.time, snake.observed_time, snake.severity.number()), (5, 6, 14));
    assert_eq!(snake.trace_id.map(|id| id.to_string()).as_deref(), Some("5b8efff798038103d269b633813fc60c"));
    assert_eq!((snake.span_id, snake.flags, &*snake.event_name), (None, 1, "e"));

    let nulls = one_log(
        r#""timeUnixNano":null,"severityNumber":null,"severityText":null,"body":null,"attributes":null,
           "traceId":null,"flags":null"#,
    );
    assert_eq!(nulls, LogRecord::default());

    assert_eq!(one_log(r#""severityText":"Warning""#).severity, Severity::WARN, "the text speaks when no number does");
    assert_eq!(one_log(r#""severityNumber":9,"severityText":"ERROR""#).severity, Severity::INFO);
    assert_eq!(one_log(r#""timeUnixNano":"18446744073709551615""#).time, 0, "beyond the model's range is unknown");
    assert_eq!(one_log(r#""timeUnixNano":-3"#).time, 0);
    let tempo = one_log(r#""traceId":"xBPVtf6jZXMl/2YzIMf9EA==","spanId":"3vUgh5bUh+Q=""#);
    assert_eq!(tempo.trace_id.map(|id| id.to_string()).as_deref(), Some("c413d5b5fea3657325ff663320c7fd10"));
    assert!(tempo.span_id.is_some());
}

#[test]
fn spans_take_enum_names_and_lose_bad_links_only() {
    let decoded = decode_json(
        br#"{"resource_spans":[{"scope_spans":[{"spans":[
            {"traceId":"01","spanId":"02","parentSpanId":"","kind":"SPAN_KIND_CONSUMER",
             "status":{"code":"STATUS_CODE_ERROR","message":"m"},
             "links":[{"traceId":"00","spanId":"1"},{"traceId":"3","spanId":"4"}]},
            {"traceId":"01","spanId":"03","kind":2,"status":{},"events":null},
            {"traceId":"00000000000000000000000000000000","spanId":"03"},
            {"traceId":"01","spanId":"not hex"}]}]}]}"#,
    )
    .unwrap();
    assert_eq!((decoded.spans.len(), decoded.rejected_spans), (2, 2));
    let [first, second] = &decoded.spans[..] else { panic!() };
    assert_eq!((first.kind, first.status.code, first.parent_id), (SpanKind::Consumer, StatusCode::Error, None));
    assert_eq!(first.links.len(), 1);
    assert_eq!((second.kind, second.status.code), (SpanKind::Server, StatusCode::Unset));
    assert!(Arc::ptr_eq(&first.resource, &second.resource) && Arc::ptr_eq(&first.scope, &second.scope));
}

#[test]
fn a_bad_record_does_not_lose_its_neighbours() {
    let bad_ones: [&[u8]; 6] = [
        br#"{"timeUnixNano":{}}"#,
        br#"{"body":[]}"#,
        br#"{"attributes":{"a":1}}"#,
        br#"{"severityText":5}"#,
        b"7",
        br#"{"body":{"bytesValue":"!"}}"#,
    ];
    for bad in bad_ones {
        let mut json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"flags":1},"#.to_vec();
        json.extend_from_slice(bad);
        json.extend_from_slice(br#",{"flags":3}]}]}]}"#);
        let decoded = decode_json(&json).unwrap();
        let flags: Vec<_> = decoded.logs.iter().map(|log| log.flags).collect();
        assert_eq!((&flags[..], decoded.rejected_logs), (&[1, 3][..], 1), "{}", String::from_utf8_lossy(bad));
    }
}

#[test]
fn broken_text_is_mended_not_refused() {
    let json = b"{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"a\xffb\"}}]}]}]}";
    assert_eq!(decode_json(json).unwrap().logs[0].body, Value::from("a\u{fffd}b"));
    // JavaScript cuts texts between the halves of a pair, and escapes the half.
    assert_eq!(body(r#"{"stringValue":"cut \ud83d"}"#), Value::from("cut \u{fffd}"));
    assert_eq!(body(r#"{"stringValue":"\ude00 \ud83d\u0041 \\ud83d"}"#), Value::from("\u{fffd} \u{fffd}A \\ud83d"));
}

#[test]
fn what_is_no_request_is_said_to_be_none() {
    assert!(matches!(decode_json(b"{\"resourceLogs\":[{"), Err(DecodeError::Incomplete(_))));
    assert!(matches!(decode_json(b""), Err(DecodeError::Incomplete(_))));
    assert!(matches!(decode_json(b"level=info"), Err(DecodeError::Json(_))));
    assert!(matches!(decode_json(b"[1]"), Err(DecodeError::Json(_))));
    assert_eq!(decode_json(br#"{"level":"info"}"#), Err(DecodeError::NoSignal));
    assert_eq!(logs_from_json(b"{}"), Ok(Decoded::default()), "an endpoint says the signal itself");
    assert!(matches!(decode_spans_proto(b"\x0a\xff"), Err(DecodeError::Proto(_))));
    assert!(decode_any_proto(b"\xff\xff").is_err());
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::from("core"), |inner, level| match level % 2 {
        0 => Value::Array(vec![inner]),
        _ => Value::Map([("k", inner)].into_iter().collect()),
    })
}

#[test]
fn nesting_is_cut_where_it_gets_absurd() {
    let mut out = Vec::new();
    encode_logs_json(&[LogRecord { body: nested(MAX_DEPTH), ..LogRecord::default() }], &mut out);
    assert_eq!(decode_json(&out).unwrap().logs[0].body, nested(MAX_DEPTH), "all that is allowed survives");

    out.clear();
    encode_logs_json(&[LogRecord { body: nested(5000), ..LogRecord::default() }], &mut out);
    let read = decode_json(&out).unwrap().logs.remove(0).body.to_string();
    assert!(read.contains(TOO_DEEP) && !read.contains("core"), "{read}");

    let deep = format!("{}null{}", r#"{"arrayValue":{"values":["#.repeat(100_000), "]}}".repeat(100_000));
    assert!(body(&deep).to_string().contains(TOO_DEEP), "a hostile body is cut, not followed");
}

#[test]
fn the_output_is_canonical() {
    let mut out = Vec::new();
    let log = one_log(
        r#""timeUnixNano":1,"severityNumber":17,"body":{"stringValue":"a\"\\\n\u0001é"},"flags":1,
           "attributes":[{"key":"n","value":{"intValue":1}},{"key":"d","value":{"doubleValue":"NaN"}},
           {"key":"b","value":{"bytesValue":"/w=="}}],"traceId":"0A""#,
    );
    encode_logs_json(&[log.clone(), log], &mut out);
    let record = concat!(
        r#"{"timeUnixNano":"1","severityNumber":17,"body":{"stringValue":"a\"\\\n\u0001é"},"#,
        r#""attributes":[{"key":"n","value":{"intValue":"1"}},{"key":"d","value":{"doubleValue":"NaN"}},"#,
        r#"{"key":"b","value":{"bytesValue":"/w=="}}],"flags":1,"traceId":"0000000000000000000000000000000a"}"#,
    );
    let expected = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record},{record}]}}]}}]}}"#);
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

fn text() -> impl Strategy<Value = Box<str>> {
    prop_oneof![4 => "[a-z\"\\\\\\n\\x00-\\x1f]{0,6}", 1 => any::<String>()].prop_map(String::into_boxed_str)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        text().prop_map(Value::Str),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Double),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..4).prop_map(|pairs| Value::Map(pairs.into_iter().collect())),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    prop::collection::vec((text(), value()), 0..4).prop_map(|pairs| pairs.into_iter().collect())
}

fn resource() -> impl Strategy<Value = Arc<Resource>> {
    attributes().prop_map(|attributes| Arc::new(Resource { attributes }))
}

fn scope() -> impl Strategy<Value = Arc<Scope>> {
    (text(), text(), attributes()).prop_map(|(name, version, attributes)| Arc::new(Scope { name, version, attributes }))
}

fn trace_id() -> impl Strategy<Value = TraceId> {
    any::<[u8; 16]>().prop_filter_map("zero", |bytes| TraceId::from_bytes(&bytes))
}

fn span_id() -> impl Strategy<Value = SpanId> {
    any::<[u8; 8]>().prop_filter_map("zero", |bytes| SpanId::from_bytes(&bytes))
}

prop_compose! {
    pub(super) fn log()(
        (time, observed_time) in (0..=i64::MAX, 0..=i64::MAX),
        severity in (1..=24_i64).prop_map(Severity::from_number),
        (severity_text, event_name) in (text(), text()),
        body in value(),
        attributes in attributes(),
        (trace_id, span_id) in (prop::option::of(trace_id()), prop::option::of(span_id())),
        flags in any::<u32>(),
        (resource, scope) in (resource(), scope()),
    ) -> LogRecord {
        LogRecord {
            time, observed_time, severity, severity_text, body, attributes, trace_id, span_id, flags, event_name,
            resource, scope,
        }
    }
}

prop_compose! {
    pub(super) fn span()(
        (trace_id, span_id, parent_id) in (trace_id(), span_id(), prop::option::of(span_id())),
        (trace_state, name, message) in (text(), text(), text()),
        kind in (1..=5_i64).prop_map(SpanKind::from_number),
        (start, end) in (0..=i64::MAX, 0..=i64::MAX),
        code in (0..=2_i64).prop_map(StatusCode::from_number),
        flags in any::<u32>(),
        attributes in attributes(),
        events in prop::collection::vec(
            (0..=i64::MAX, text(), attributes())
                .prop_map(|(time, name, attributes)| SpanEvent { time, name, attributes }),
            0..3,
        ),
        links in prop::collection::vec(
            (trace_id(), span_id(), text(), attributes()).prop_map(|(trace_id, span_id, trace_state, attributes)| {
                SpanLink { trace_id, span_id, trace_state, attributes }
            }),
            0..3,
        ),
        (resource, scope) in (resource(), scope()),
    ) -> Span {
        Span {
            trace_id, span_id, parent_id, trace_state, name, kind, start, end, status: Status { code, message },
            flags, attributes, events, links, resource, scope,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn logs_come_back_as_they_were(logs in prop::collection::vec(log(), 0..4)) {
        let mut out = Vec::new();
        encode_logs_json(&logs, &mut out);
        prop_assert!(!out.contains(&b'\n'));
        prop_assert_eq!(&decode_json(&out).unwrap().logs, &logs);
        let peer: ExportLogsServiceRequest = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(&logs_from_proto(peer).logs, &logs, "opentelemetry-proto reads it differently");
    }

    #[test]
    fn spans_come_back_as_they_were(spans in prop::collection::vec(span(), 0..4)) {
        let mut out = Vec::new();
        encode_spans_json(&spans, &mut out);
        prop_assert_eq!(&decode_json(&out).unwrap().spans, &spans);
        let peer: ExportTraceServiceRequest = serde_json::from_slice(&out).unwrap();
        let bytes = prost::Message::encode_to_vec(&peer);
        prop_assert_eq!(&decode_spans_proto(&bytes).unwrap().spans, &spans, "through protobuf");
    }

    #[test]
    fn neighbours_share_what_they_can(logs in prop::collection::vec(log(), 1..4), repeats in 1_usize..4) {
        let many: Vec<_> = logs.iter().flat_map(|log| vec![log.clone(); repeats]).collect();
        let mut out = Vec::new();
        encode_logs_json(&many, &mut out);
        let read = decode_json(&out).unwrap().logs;
        prop_assert_eq!(&read, &many);
        prop_assert!(read.chunks(repeats).all(|same| Arc::ptr_eq(&same[0].scope, &same[repeats - 1].scope)));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), json in "[{}\\[\\]\",:a-z0-9]{0,40}") {
        drop(decode_json(&bytes));
        drop(decode_any_proto(&bytes));
        drop(decode_json(json.as_bytes()));
        drop(decode_json(format!(r#"{{"resourceLogs":[{{"scopeLogs":[{json}]}}]}}"#).as_bytes()));
    }
}
