//! Rows of one trace as spans.

use serde_json::{Value as Json, json};

use super::{shown, table};
use crate::model::{FetchedTrace, Span, SpanKind, TraceId};
use crate::source::appinsights::ids::trace_id;
use crate::source::appinsights::spans::read;

const OPERATION: &str = "e5d21caf619d4ef564a4b5920cadce47";

fn fetched(answer: &Json) -> FetchedTrace {
    read(&serde_json::from_value(answer.clone()).unwrap(), TraceId::from_hex(OPERATION.as_bytes()).unwrap())
}

fn attribute(span: &Span, name: &str) -> String {
    span.attributes.get(name).map(|value| format!("{value}:{}", value.type_name())).unwrap_or_default()
}

/// Columns of a union of all tables, and rows of these: kind, id, parent, and what else.
fn union(rows: &[(&str, &str, &str, Json)]) -> Json {
    const COLUMNS: &[(&str, &str)] = &[
        ("itemType", "string"),
        ("id", "string"),
        ("operation_ParentId", "string"),
        ("operation_Id", "string"),
        ("timestamp", "datetime"),
        ("name", "string"),
        ("duration", "real"),
        ("success_string", "string"),
        ("resultCode", "string"),
        ("type", "string"),
        ("data", "string"),
        ("url", "string"),
        ("source", "string"),
        ("cloud_RoleName", "string"),
        ("customDimensions", "dynamic"),
        ("customMeasurements", "dynamic"),
        ("message", "string"),
        ("severityLevel", "int"),
        ("outerMessage", "string"),
        ("details", "dynamic"),
        ("itemCount", "int"),
    ];
    let row = |(kind, id, parent, more): &(&str, &str, &str, Json)| {
        let known = json!({"itemType": kind, "id": id, "operation_ParentId": parent, "operation_Id": OPERATION,
            "timestamp": "2026-03-01T10:00:00.1234567Z", "cloud_RoleName": "web"});
        let cell = |name: &str| more.get(name).or_else(|| known.get(name)).cloned().unwrap_or_default();
        COLUMNS.iter().map(|(name, _)| cell(name)).collect::<Vec<_>>()
    };
    table(COLUMNS, &json!(rows.iter().map(row).collect::<Vec<_>>()))
}

#[test]
fn the_shown_rows_of_an_application_are_spans() {
    let answer: Json = serde_json::from_str(&shown("apps-query-requests-classic-ids.response.json")).unwrap();
    let fetched = fetched(&answer);
    assert_eq!((fetched.spans.len(), fetched.notes.len()), (2, 0));
    let span = &fetched.spans[0];
    assert_eq!((&*span.name, span.service(), span.kind), ("GET Reports/Index", "fabrikamfiberapp", SpanKind::Server));
    assert_eq!((span.start, span.duration()), (1_517_506_389_788_000_000, 3_383_300));
    assert_eq!((span.parent_id, span.is_error()), (None, false));
    for (name, expected) in [
        ("url.full", "http://fabrikamfiberapp.azurewebsites.net/Reports:string"),
        ("resultCode", "200:string"),
        ("http.response.status_code", "200:int"),
        ("itemCount", "1:int"),
        ("id", "|0qRud6jz3k0=.c32c2659_:string"),
        ("operation_Id", "0qRud6jz3k0=:string"),
        ("_MS.ProcessedByMetricExtractors", "(Name:'Requests', Ver:'1.0'):string"),
        ("client.address", "52.168.8.0:string"),
        ("source", ""),
        ("duration", ""),
    ] {
        assert_eq!(attribute(span, name), expected, "{name}");
    }
    assert_eq!(span.resource.attributes.text("service.instance.id"), Some("RD00155D5053D1"));
}

#[test]
fn the_shown_rows_of_a_workspace_are_the_same_model() {
    let answer: Json = serde_json::from_str(&shown("workspace-query-AppRequests.response.json")).unwrap();
    let spans = fetched(&answer).spans;
    let span = &spans[0];
    assert_eq!((&*span.name, span.service(), span.kind), ("ServiceBus.process", "unknown_service", SpanKind::Server));
    assert_eq!(span.span_id.to_string(), "a3273b160f86b5c4");
    assert_eq!(span.parent_id.unwrap().to_string(), "c6864f9d3649f302");
    assert_eq!(attribute(span, "x-opt-enqueued-time"), "1622593091:string");
    assert_eq!(attribute(span, "itemType"), "AppRequests:string");
    assert_eq!((attribute(span, "id"), attribute(span, "operation_ParentId")), (String::new(), String::new()));
    let resource = &span.resource.attributes;
    assert_eq!(resource.text("service.instance.id"), Some("srikanta"));
    assert!(resource.text("cloud.resource_id").unwrap().ends_with("/srnagarappinsights"));
    assert!(std::sync::Arc::ptr_eq(&spans[0].resource, &spans[1].resource));
}

#[test]
fn parents_are_found_by_whole_texts_and_roots_by_the_operation() {
    let old = "|e5d21caf619d4ef564a4b5920cadce47.";
    let answer = union(&[
        ("request", old, OPERATION, json!({})),
        ("dependency", "|e5d21caf619d4ef564a4b5920cadce47.1901.", old, json!({"success_string": "False"})),
        ("dependency", "00f067aa0ba902b7", "|e5d21caf619d4ef564a4b5920cadce47.1901.", json!({})),
        ("request", "00f067aa0ba902b8", "|e5d21caf619d4ef564a4b5920cadce47.00f067aa0ba902b7.", json!({})),
        ("request", "00f067aa0ba902b9", "|elsewhere.7.", json!({})),
        ("request", "00f067aa0ba902ba", "00f067aa0ba902ba", json!({})),
    ]);
    let spans = fetched(&answer).spans;
    let places: Vec<Option<usize>> = spans
        .iter()
        .map(|span| span.parent_id.and_then(|parent| spans.iter().position(|other| other.span_id == parent)))
        .collect();
    assert_eq!(places, [None, Some(0), Some(1), Some(2), None, None]);
    let orphans: Vec<bool> = spans.iter().map(|span| span.parent_id.is_some()).collect();
    assert_eq!(orphans, [false, true, true, true, true, false]);
    assert!(spans[1].is_error() && !spans[2].is_error());
    assert_eq!(attribute(&spans[4], "operation_ParentId"), "|elsewhere.7.:string");
}

#[test]
fn kinds_follow_the_table_and_the_type() {
    let cases = [
        ("request", json!({}), SpanKind::Server),
        ("request", json!({"source": "cid-v1:5e"}), SpanKind::Server),
        ("request", json!({"source": "sb://x/queue"}), SpanKind::Consumer),
        ("dependency", json!({"type": "HTTP"}), SpanKind::Client),
        ("dependency", json!({"type": "InProc | Microsoft.ServiceBus"}), SpanKind::Internal),
        ("dependency", json!({"type": "Queue Message | kafka"}), SpanKind::Producer),
        ("pageView", json!({}), SpanKind::Client),
        ("availabilityResult", json!({}), SpanKind::Client),
    ];
    let rows: Vec<_> = cases.iter().map(|(kind, more, _)| (*kind, "00f067aa0ba902b7", "", more.clone())).collect();
    let spans = fetched(&union(&rows)).spans;
    for (span, (kind, more, expected)) in spans.iter().zip(&cases) {
        assert_eq!(span.kind, *expected, "{kind} {more}");
    }
    assert_eq!(spans.len(), cases.len());
}

#[test]
fn what_is_logged_and_thrown_is_an_event_of_its_span() {
    let details = json!([{"type": "E", "message": "no disk", "parsedStack": [
        {"method": "Shop.Save", "fileName": "shop.cs", "line": 7, "assembly": "a"}, {"method": "Main", "line": 0}]}]);
    let answer = union(&[
        ("request", "00f067aa0ba902b7", "", json!({})),
        (
            "dependency",
            "00f067aa0ba902b8",
            "00f067aa0ba902b7",
            json!({"type": "SQL", "data": "select 1", "customMeasurements": "{\"rows\": 5}"}),
        ),
        (
            "trace",
            "",
            "00f067aa0ba902b8",
            json!({"message": "saving", "severityLevel": "2", "customDimensions": "{\"a\":\"b\"}"}),
        ),
        (
            "exception",
            "",
            "00f067aa0ba902b8",
            json!({"type": "E", "outerMessage": "no disk", "details": details.to_string()}),
        ),
        ("customEvent", "", OPERATION, json!({"name": "checkout"})),
        ("trace", "", "00f067aa0ba902ff", json!({"message": "of nobody"})),
    ]);
    let fetched = fetched(&answer);
    let [root, call] = &fetched.spans[..] else { panic!("{:?}", fetched.spans.len()) };
    assert_eq!(attribute(call, "db.query.text"), "select 1:string");
    assert_eq!(attribute(call, "rows"), "5:int");
    let [logged, thrown] = &call.events[..] else { panic!("{:?}", call.events) };
    assert_eq!((&*logged.name, logged.time), ("log", 1_772_359_200_123_456_700));
    let said: Vec<Option<&str>> = ["message", "severity", "a"].map(|name| logged.attributes.text(name)).into();
    assert_eq!(said, [Some("saving"), Some("warning"), Some("b")]);
    assert_eq!(&*thrown.name, "exception");
    assert_eq!(thrown.attributes.text("exception.type"), Some("E"));
    assert_eq!(thrown.attributes.text("exception.message"), Some("no disk"));
    let stack = "E: no disk\n   at Shop.Save in shop.cs:7\n   at Main";
    assert_eq!(thrown.attributes.text("exception.stacktrace"), Some(stack));
    // Those of the operation, and those of spans that are missing, are told with its root.
    assert_eq!(root.events.iter().map(|event| &*event.name).collect::<Vec<_>>(), ["checkout", "log"]);
    let owners: Vec<Option<&str>> =
        root.events.iter().map(|event| event.attributes.text("operation_ParentId")).collect();
    assert_eq!(owners, [Some(OPERATION), Some("00f067aa0ba902ff")]);
}

#[test]
fn what_is_odd_is_noted_and_loses_no_neighbour() {
    let mut answer = union(&[
        ("request", "00f067aa0ba902b7", "", json!({"duration": "NaN", "success_string": "perhaps"})),
        ("request", "00f067aa0ba902b8", "", json!({"timestamp": "soon"})),
        ("request", "", "", json!({})),
        ("request", "00f067aa0ba902b9", "", json!({"duration": 1e300, "customDimensions": "{x", "details": 7})),
    ]);
    answer["error"] = json!({"code": "PartialError", "details": [{"code": "EngineError", "message": "too much"}]});
    let fetched = fetched(&answer);
    assert_eq!((fetched.spans.len(), fetched.spans[0].duration()), (2, 0));
    assert_eq!(fetched.notes, ["only a part: EngineError: too much", "2 rows could not be read"]);
    let alone = super::rows::fetched(&union(&[("trace", "", "", json!({"message": "x"}))]));
    assert!(alone.spans.is_empty() && alone.notes[0].contains("1 log records"), "{:?}", alone.notes);
    assert_eq!(super::rows::fetched(&json!({"tables": []})), FetchedTrace::default());
    assert!(trace_id("0qRud6jz3k0=").is_some());
}
