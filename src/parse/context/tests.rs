//! Headers, conversions and log lines of `tests/fixtures/context`, and the spellings that they do not have.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

const HEADERS: &str = include_str!("../../../tests/fixtures/context/headers.json");
const CONVERSIONS: &str = include_str!("../../../tests/fixtures/context/id-conversions.json");
const LINES: &str = include_str!("../../../tests/fixtures/context/log-lines.json");

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn rows<'a>(document: &'a Json, list: &str) -> &'a [Json] {
    document.get(list).and_then(Json::as_array).unwrap()
}

fn text<'a>(row: &'a Json, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(row, |value, key| value.get(key)).and_then(Json::as_str)
}

/// Both ids as text, empty when there is none.
fn show(ids: Ids) -> (String, String) {
    let trace = ids.trace_id.map(|id| id.to_string()).unwrap_or_default();
    (trace, ids.span_id.map(|id| id.to_string()).unwrap_or_default())
}

fn expected(row: &Json) -> (String, String) {
    let id = |key| text(row, &["expect", key]).unwrap_or_default().to_owned();
    (id("trace_id"), id("span_id"))
}

fn found(line: &str) -> (String, String) {
    show(find(line.as_bytes()))
}

fn pair(trace: &str, span: &str) -> (String, String) {
    (trace.to_owned(), span.to_owned())
}

#[test]
fn single_headers_are_read_as_their_specifications_say() {
    let document: Json = serde_json::from_str(HEADERS).unwrap();
    let mut seen = 0;
    for row in rows(&document, "headers") {
        let parsers: [(&str, fn(&[u8]) -> Option<Ids>); 4] = [
            ("traceparent", parse_traceparent),
            ("b3", parse_b3),
            ("uber-trace-id", parse_uber),
            ("X-Amzn-Trace-Id", parse_xray),
        ];
        for (header, parse) in parsers {
            let Some(value) = text(row, &["headers", header]) else { continue };
            let name = text(row, &["name"]).unwrap();
            // The one leniency: what is printed is not always in the case it has on the wire.
            let is_lenient = name == "w3c upper-case hex";
            let is_valid = row.get("valid") == Some(&Json::Bool(true)) || is_lenient;
            let ids = parse(value.as_bytes());
            assert_eq!(ids.is_some(), is_valid, "{name}");
            if let Some(ids) = ids.filter(|_| !is_lenient) {
                assert_eq!(show(ids), expected(row), "{name}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen} headers in the fixture");
}

#[test]
fn headers_printed_into_a_line_are_found() {
    let document: Json = serde_json::from_str(HEADERS).unwrap();
    for row in rows(&document, "headers") {
        let name = text(row, &["name"]).unwrap();
        let format = text(row, &["format"]).unwrap();
        if format == "request-id" || name == "w3c upper-case hex" {
            continue;
        }
        let headers = row.get("headers").and_then(Json::as_object).unwrap();
        for style in [": ", "="] {
            let printed: Vec<_> =
                headers.iter().map(|(key, value)| format!("{key}{style}{}", value.as_str().unwrap())).collect();
            let line = format!("2026-03-01T10:00:00Z INFO call with {}", printed.join(" "));
            assert_eq!(found(&line), expected(row), "{name}: {line}");
        }
        let line = serde_json::to_string(headers).unwrap();
        assert_eq!(found(&line), expected(row), "{name}: {line}");
    }
}

#[test]
fn every_notation_means_the_same_id() {
    let document: Json = serde_json::from_str(CONVERSIONS).unwrap();
    for row in rows(&document, "ids") {
        let get = |key| text(row, &[key]).unwrap_or_default();
        let (trace, span) = (get("w3c_trace_id"), get("w3c_span_id"));
        for key in [
            "w3c_trace_id",
            "zipkin_trace_id",
            "jaeger_trace_id",
            "tempo_search_trace_id",
            "otlp_json_hex",
            "xray_trace_id",
        ] {
            assert_eq!(found(&format!("trace_id={}", get(key))).0, trace, "{key}");
        }
        let low = get("datadog_decimal_low64");
        let line =
            format!("dd.trace_id={low} dd.span_id={} _dd.p.tid={}", get("datadog_span_decimal"), get("datadog_p_tid"));
        assert_eq!(found(&line), pair(trace, span), "{line}");
        assert_eq!(TraceId::from_hex(trace.as_bytes()).unwrap().low64().to_string(), low);
    }
}

#[test]
fn lines_of_every_producer_are_read() {
    let document: Json = serde_json::from_str(LINES).unwrap();
    for row in rows(&document, "lines") {
        let (line, (mut trace, span)) = (text(row, &["line"]).unwrap(), expected(row));
        if let Some(low) = text(row, &["expect", "trace_id_low64"]) {
            trace = format!("0000000000000000{low}");
        }
        let (found_trace, found_span) = found(line);
        assert_eq!(found_trace, trace, "{line}");
        if text(row, &["expect", "span_id"]).is_some() {
            assert_eq!(found_span, span, "{line}");
        }
    }
}

#[test]
fn more_spellings() {
    let cases = [
        ("traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7'", TRACE, SPAN),
        (r#"{"msg":"{\"traceID\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}"}"#, TRACE, ""),
        ("otelTraceID=4bf92f3577b34da6a3ce929d0e0e4736 otelSpanID=00f067aa0ba902b7 ok", TRACE, SPAN),
        (
            "trace.id=4BF92F3577B34DA6A3CE929D0E0E4736 parent_span_id=1111111111111111 span.id=00F067AA0BA902B7",
            TRACE,
            SPAN,
        ),
        ("TRACEPARENT is traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.", TRACE, SPAN),
        ("[trace_id=abc123...] [span_id=def456...] - done", "00000000000000000000000000abc123", "0000000000def456"),
        ("INFO [my-app,4bf92f3577b34da6a3ce929d0e0e4736,00f067aa0ba902b7,true] 1 --- x", TRACE, SPAN),
        ("INFO 1 --- [app] [main] [4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7] c.a.B : x", TRACE, SPAN),
        ("trace_id=4bf92f35-77b3-4da6-a3ce-929d0e0e4736", TRACE, ""),
        ("X-Cloud-Trace-Context: 4bf92f3577b34da6a3ce929d0e0e4736/67667974448284343;o=1", TRACE, SPAN),
        ("trace=4bf92f3577b34da6a3ce929d0e0e4736 span=00f067aa0ba902b7", TRACE, SPAN),
        ("traceid=- trace_id=null trace_id=4bf92f3577b34da6a3ce929d0e0e4736", TRACE, ""),
    ];
    for (line, trace, span) in cases {
        assert_eq!(found(line), pair(trace, span), "{line}");
    }
}

#[test]
fn what_only_looks_like_an_id_is_left_alone() {
    for line in [
        "md5 4bf92f3577b34da6a3ce929d0e0e4736 of the file",
        "x-request-id=4bf92f3577b34da6a3ce929d0e0e4736",
        "backtrace=4bf92f3577b34da6a3ce929d0e0e4736",
        "trace=cafe",
        "trace_id=cafe-babe",
        "trace_id=decade_of",
        "trace_id=xyz",
        "trace_id=",
        "trace_id",
        "trace_ids=cafe",
        "trace_id=00000000000000000000000000000000",
        "trace_id=4bf92f3577b34da6a3ce929d0e0e47361",
        "span_id=00f067aa0ba902b7",
        "[a,b,c]",
        "[,,]",
        "[4bf92f3577b34da6a3ce929d0e0e4736]",
        "race",
        "trace",
        "b3",
        "b3=",
        "Root=1-",
        "oot=1-",
        "pan",
        "",
        "b3=0",
        "ab3=80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1",
        "dd.trace_id=18446744073709551616",
    ] {
        assert_eq!(find(line.as_bytes()), Ids::default(), "{line}");
    }
}

proptest! {
    #[test]
    fn no_line_panics(line in "(race|trace|t|_id|dd\\.|b3|span|pan|Root=1-|[=:\"{,\\[-]|[0-9a-f]{8}| ){0,24}") {
        find(line.as_bytes());
    }

    #[test]
    fn no_header_panics(value in prop::collection::vec(any::<u8>(), 0..80)) {
        for parse in [parse_traceparent, parse_b3, parse_uber, parse_xray] {
            parse(&value);
        }
    }

    #[test]
    fn any_id_is_found_behind_its_key(high in any::<u64>(), low in 1..u64::MAX, before in "[ -Z]{0,40}") {
        let id = format!("{high:016x}{low:016x}");
        prop_assert_eq!(found(&format!("{before} trace_id={id}.")).0, id);
    }
}
