//! Both forms of spans as the model.

use serde_json::{Value as Json, json};

use super::recorded;
use crate::model::{Span, SpanKind, StatusCode, TraceId};
use crate::source::datadog::raw::Raw;
use crate::source::datadog::span::Spans;

fn events(name: &str) -> Vec<Json> {
    let answer: Json = serde_json::from_str(&recorded(name)).unwrap();
    answer["data"].as_array().unwrap().clone()
}

fn span(raw: &Raw) -> Span {
    let id = raw.trace_id;
    Spans::default().span(raw, id)
}

fn attribute(span: &Span, name: &str) -> String {
    span.attributes.get(name).map(|value| format!("{value}:{}", value.type_name())).unwrap_or_default()
}

#[test]
fn a_recorded_event_keeps_everything() {
    let span = span(&Raw::of_event(events("search-ok")[0].clone()).unwrap());
    assert_eq!(span.trace_id, TraceId::from_low64(3_740_652_481_065_462_946).unwrap());
    assert_eq!(span.span_id.bytes(), &9_270_756_141_854_228_302_u64.to_be_bytes());
    assert_eq!((span.parent_id, span.kind, &*span.name), (None, SpanKind::Server, "GET /"));
    assert_eq!((span.start, span.duration()), (1_688_032_252_472_000_000, 3_402_932));
    assert_eq!(span.status.code, StatusCode::Unset);
    let resource = &span.resource.attributes;
    for (name, expected) in [
        ("service.name", "python-sample-app-spartancrimson"),
        ("service.version", "1.0.0"),
        ("deployment.environment.name", "pcf-spartancrimson"),
        ("host.name", "compute-0-7cf8c81f-0dee-468b-af1b-bb6ba06b4b29"),
        ("telemetry.sdk.language", "python"),
    ] {
        assert_eq!(resource.text(name), Some(expected));
    }
    assert!(resource.get("tags").unwrap().to_string().contains("bosh_az:us-central1-f"));
    for (name, expected) in [
        ("http.status_code", "200:string"),
        ("http.url_details.port", "8080:string"),
        ("flask.url_rule", "/:string"),
        ("type", "web:string"),
        ("single_span", "false:bool"),
        ("retained_by", "diversity_sampling:string"),
        ("id", "AYkGkCVkAADfl3Kz2yGWhekz:string"),
        ("span.kind", ""),
        ("duration", ""),
        ("resource_name", ""),
    ] {
        assert_eq!(attribute(&span, name), expected, "{name}");
    }
}

#[test]
fn all_recorded_events_are_read_and_share_their_resources() {
    let (mut made, mut read) = (Spans::default(), Vec::new());
    for raw in events("search-ok").into_iter().filter_map(Raw::of_event) {
        let id = raw.trace_id;
        read.push(made.span(&raw, id));
    }
    assert_eq!(read.len(), 25);
    let distinct: std::collections::HashSet<_> =
        read.iter().map(|span| std::sync::Arc::as_ptr(&span.resource)).collect();
    assert_eq!(distinct.len(), 22);
}

#[test]
fn errors_and_ids_are_told_in_many_ways() {
    let event = |more: Json| {
        let mut attributes = json!({"trace_id": "11803532876627986230", "span_id": "18446744073709551615", "parent_id": "7",
            "start_timestamp": "2023-06-29T09:50:52.472Z", "end_timestamp": "2023-06-29T09:50:52.475Z"});
        attributes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span(&Raw::of_event(json!({"id": "x", "attributes": attributes})).unwrap())
    };
    let plain = event(json!({}));
    assert_eq!((plain.duration(), plain.parent_id.unwrap().bytes()[7], plain.is_error()), (3_000_000, 7, false));
    for (more, message) in [
        (json!({"status": "error"}), ""),
        (json!({"custom": {"error": 1}}), ""),
        (json!({"custom": {"error": true}}), ""),
        (json!({"custom": {"error": {"type": "E", "message": "no disk", "stack": "at x"}}}), "no disk"),
    ] {
        let span = event(more.clone());
        assert_eq!((span.status.code, &*span.status.message), (StatusCode::Error, message), "{more}");
    }
    let fine = event(json!({"status": "ok", "custom": {"error": 0, "otel": {"status_code": "Ok"}}}));
    assert_eq!(fine.status.code, StatusCode::Ok);
    for (code, message) in [("Error", ""), ("ERROR", "late")] {
        let failed = event(json!({"custom": {"otel": {"status_code": code, "status_description": message}}}));
        assert_eq!((failed.status.code, &*failed.status.message), (StatusCode::Error, message));
        assert_eq!(attribute(&failed, "otel.status_code"), "");
    }
    let whole = event(json!({"custom": {"_dd": {"p": {"tid": "4bf92f3577b34da6"}}}}));
    assert_eq!(whole.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    for wrong in [json!({}), json!({"attributes": 5}), json!({"attributes": {"trace_id": "0"}}), json!(null)] {
        assert!(Raw::of_event(wrong.clone()).is_none() && Raw::of_trace(wrong).is_none());
    }
}

#[test]
fn what_opentelemetry_said_is_said_again_and_no_tag_is_lost() {
    let event = json!({"id": "event-1", "attributes": {"trace_id": "11803532876627986230", "span_id": "5",
        "start_timestamp": "2023-06-29T09:50:52.472Z", "service": "web", "type": "web", "custom": {
        "id": 7, "service": "web", "type": "b2b", "span": {"kind": "entry"}, "w3c": {"tracestate": "dd=s:1"},
        "otel": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "library": {"name": "io.http", "version": "2"}}}}});
    let span = span(&Raw::of_event(event).unwrap());
    assert_eq!(span.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!((&*span.scope.name, &*span.scope.version, &*span.trace_state), ("io.http", "2", "dd=s:1"));
    for (name, expected) in [
        ("id", "event-1:string"),
        ("custom.id", "7:int"),
        ("type", "web:string"),
        ("custom.type", "b2b:string"),
        ("custom.service", ""),
        ("span.kind", "entry:string"),
        ("otel.library.name", ""),
        ("otel.trace_id", ""),
    ] {
        assert_eq!(attribute(&span, name), expected, "{name}");
    }
}

#[test]
fn a_span_of_the_preview_is_the_same_model() {
    let text = r#"{"traceID": 11803532876627986230, "traceIDFull": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanID": 18446744073709551615, "parentID": 0, "startTime": 1688032252472000123, "endTime": 1688032252475000123,
        "duration": 3000000, "error": 1, "meta": {"span.kind": "client", "error.message": "no", "env": "prod"},
        "metrics": {"_sampling_priority_v1": 1, "x": 0.5}, "name": "http.request", "resource": "GET /", "service": "web",
        "type": "http", "self_time": 0.25, "restricted": false}"#;
    let raw = Raw::of_trace(serde_json::from_str(text).unwrap()).unwrap();
    let span = span(&raw);
    assert_eq!(span.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!((span.start, span.duration(), span.parent_id), (1_688_032_252_472_000_123, 3_000_000, None));
    assert_eq!(
        (span.kind, &*span.name, span.service(), &*span.status.message),
        (SpanKind::Client, "GET /", "web", "no")
    );
    for (name, expected) in [
        ("operation_name", "http.request:string"),
        ("_sampling_priority_v1", "1:int"),
        ("x", "0.5:double"),
        ("self_time", "0.25:double"),
        ("restricted", "false:bool"),
    ] {
        assert_eq!(attribute(&span, name), expected, "{name}");
    }
    for start in ["1688032252.472", "1688032252472", "1688032252472000", "\"2023-06-29T09:50:52.472Z\""] {
        let text = format!(r#"{{"traceID": 1, "spanID": 2, "startTime": {start}}}"#);
        let raw = Raw::of_trace(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(raw.start, 1_688_032_252_472_000_000, "{start}");
    }
}
