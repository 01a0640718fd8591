//! Segment documents as spans.

use serde_json::json;

use super::shown;
use crate::model::{Span, SpanKind, StatusCode, TraceId};
use crate::source::xray::segments::{self, Read};
use crate::source::xray::{notation, retrieved};

fn id() -> TraceId {
    notation::trace_id("1-59602603-23fc5b688855d396af79b496").unwrap()
}

fn read(documents: &[String]) -> Read {
    segments::spans(documents.iter().map(String::as_str), id())
}

fn of_files(names: &[&str]) -> Read {
    read(&names.iter().map(|name| shown(&format!("segments/{name}.json")).to_string()).collect::<Vec<_>>())
}

fn find<'a>(spans: &'a [Span], id: &str) -> &'a Span {
    spans.iter().find(|span| span.span_id.to_string() == id).unwrap()
}

fn parent(span: &Span) -> String {
    span.parent_id.map(|id| id.to_string()).unwrap_or_default()
}

fn attribute(span: &Span, name: &str) -> String {
    span.attributes.get(name).map(|value| format!("{value}:{}", value.type_name())).unwrap_or_default()
}

#[test]
fn the_shown_trace_is_one_tree() {
    let batch = shown("batch-get-traces.response.json");
    let segments = batch["Traces"][0]["Segments"].as_array().unwrap();
    let documents: Vec<String> =
        segments.iter().map(|segment| segment["Document"].as_str().unwrap().to_owned()).collect();
    let spans = read(&documents).spans;
    let rows: Vec<String> = spans
        .iter()
        .map(|span| format!("{} {} {} {} {}", span.span_id, parent(span), span.service(), span.name, span.kind.name()))
        .collect();
    assert_eq!(
        rows,
        [
            "1fb07842d944e714 0c544c1b1bbff948 random-name random-name server",
            "194fcc8747581230  Scorekeep Scorekeep server",
            "0c544c1b1bbff948 194fcc8747581230 Scorekeep Lambda client",
            "071684f2e555e571 194fcc8747581230 Scorekeep ## UserModel.saveUser internal",
            "4cd3f10b76c624b4 071684f2e555e571 Scorekeep DynamoDB client",
            "00f91aa01f4984fd 1fb07842d944e714 random-name random-name server",
            "e6d2fe619f827804 00f91aa01f4984fd random-name annotations internal",
            "b29b548af4d54a0f 00f91aa01f4984fd random-name SNS client",
            "2279c0030c955e52 00f91aa01f4984fd random-name Initialization internal",
        ]
    );
    let web = find(&spans, "194fcc8747581230");
    assert_eq!((web.start, web.end), (1_499_473_411_562_000_000, 1_499_473_414_794_000_000));
    assert_eq!(attribute(web, "url.full"), "http://scorekeep.elasticbeanstalk.com/api/user:string");
    assert_eq!(attribute(web, "http.response.status_code"), "200:int");
    assert_eq!(attribute(web, "enduser.id"), "5M388M1E:string");
    let said: Vec<String> = web.resource.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        said,
        [
            "service.name=Scorekeep",
            "cloud.provider=aws",
            "cloud.platform=aws_elastic_beanstalk",
            "aws.xray.origin=AWS::ElasticBeanstalk::Environment",
            "cloud.availability_zone=us-west-2c",
            "host.id=i-0cd9e448944061b4a",
            "aws.elastic_beanstalk.deployment_id=406",
            "deployment.environment.name=scorekeep-dev",
            "aws.elastic_beanstalk.version_label=app-abb9-170708_002045",
            "telemetry.sdk.name=X-Ray for Java",
            "telemetry.sdk.version=1.1.2",
        ]
    );
    // The two segments that X-Ray inferred are told with the calls that they repeat.
    let call = find(&spans, "4cd3f10b76c624b4");
    assert_eq!(attribute(call, "peer.service"), "DynamoDB:string");
    assert_eq!(attribute(call, "aws.xray.origin"), "AWS::DynamoDB::Table:string");
    assert_eq!(attribute(call, "rpc.method"), "UpdateItem:string");
    assert_eq!(attribute(find(&spans, "e6d2fe619f827804"), "UserID"), "5M388M1E:string");
    let metadata = find(&spans, "071684f2e555e571");
    assert_eq!(
        attribute(metadata, "aws.xray.metadata.debug"),
        r#"{"test":"Metadata string from UserModel.saveUser"}:map"#
    );
}

#[test]
fn exceptions_are_events_and_the_first_is_the_message() {
    let spans = of_files(&["fault-with-exception-stack-nested"]).spans;
    assert_eq!(spans.len(), 14);
    let root = find(&spans, "88ad1df59cd7a7be");
    assert_eq!(root.status.code, StatusCode::Error);
    assert_eq!(&*root.status.message, "ResourceNotFoundException: Requested resource not found");
    assert_eq!(attribute(root, "aws.xray.fault"), "true:bool");
    assert_eq!((root.start, root.end), (1_596_566_305_535_414_000, 1_596_566_305_592_854_500));
    let event = &root.events[0];
    assert_eq!((&*event.name, event.time), ("exception", root.end));
    assert_eq!(event.attributes.text("exception.type"), Some("dynamodb.ResourceNotFoundException"));
    assert_eq!(
        event.attributes.text("exception.stacktrace"),
        Some("at main (runtime/proc.go:203)\nat goexit (runtime/asm_amd64.s:1373)")
    );
    assert_eq!(event.attributes.get("aws.xray.exception.remote"), Some(&true.into()));
    let dns = find(&spans, "0cab02b318413eb1");
    assert_eq!((parent(dns), dns.service()), ("417b81b977b9563b".to_owned(), "DDB"));
    assert_eq!(attribute(dns, "aws.xray.Dummy"), "false:bool");
    let healthy = find(&spans, "7318c46a385557f5");
    assert_eq!(healthy.status.code, StatusCode::Unset);
    assert_eq!(attribute(healthy, "aws.retries"), "0:int");
    let told = of_files(&["cause-is-exception-id"]).spans;
    assert_eq!((told[0].is_error(), &*told[0].status.message), (true, ""));
    let elsewhere = json!({"id": "1", "name": "b", "start_time": 1, "cause": {"exceptions": [{"id": "abcdefghijklmnop",
        "type": "T", "message": "no disk"}], "working_directory": "/srv"}});
    let both = read(&[shown("segments/cause-is-exception-id.json").to_string(), elsewhere.to_string()]).spans;
    assert_eq!(&*both[0].status.message, "no disk");
    assert_eq!(attribute(&both[1], "aws.xray.cause.working_directory"), "/srv:string");
}

#[test]
fn what_runs_is_replaced_by_what_has_ended() {
    let running = shown("segments/in-progress-without-end-time.json");
    let mut ended = running.clone();
    ended["in_progress"] = json!(false);
    ended["end_time"] = json!(1_595_437_652.25);
    for documents in [[&running, &ended], [&ended, &running]] {
        let spans = read(&documents.map(ToString::to_string)).spans;
        assert_eq!((spans.len(), spans[0].end), (1, 1_595_437_652_250_000_000));
        assert_eq!(attribute(&spans[0], "aws.xray.in_progress"), "");
    }
    let spans = read(&[running.to_string()]).spans;
    assert_eq!(attribute(&spans[0], "aws.xray.in_progress"), "true:bool");
    assert_eq!(spans[0].start, spans[0].end);
}

#[test]
fn a_call_says_what_its_callee_was_inferred_to_be() {
    let caller = json!({"id": "00000000000000a1", "name": "web", "start_time": 1, "end_time": 2, "subsegments": [
        {"id": "00000000000000b1", "name": "call", "namespace": "remote", "start_time": 1, "end_time": 2,
         "http": {"request": {"method": "GET"}}, "aws": {"operation": "PutItem"}}]});
    let inferred = |id: &str, name: &str| {
        json!({"id": id, "name": name, "parent_id": "00000000000000b1", "inferred": true, "start_time": 1, "end_time": 2,
            "fault": true, "origin": "AWS::X", "http": {"request": {"method": "POST", "url": "http://x/"},
            "response": {"status": 500}}, "aws": {"table_name": "t"}})
    };
    let documents = [caller, inferred("00000000000000c1", "first"), inferred("00000000000000c2", "second")];
    let spans = read(&documents.map(|document| document.to_string())).spans;
    assert_eq!(spans.len(), 3);
    let call = find(&spans, "00000000000000b1");
    for (name, expected) in [
        ("peer.service", "first:string"),
        ("http.request.method", "GET:string"),
        ("url.full", "http://x/:string"),
        ("http.response.status_code", "500:int"),
        ("rpc.method", "PutItem:string"),
        ("aws.table_name", "t:string"),
    ] {
        assert_eq!(attribute(call, name), expected, "{name}");
    }
    assert!(call.is_error());
    // A second one of the same call has no room there, and stays.
    let second = find(&spans, "00000000000000c2");
    assert_eq!((parent(second), second.service(), second.is_error()), ("00000000000000b1".into(), "second", true));
}

#[test]
fn subsegments_of_their_own_find_their_service() {
    let read = of_files(&["segment-with-embedded-subsegment", "independent-subsegment"]);
    // Both documents have the same subsegment: the later one counts.
    let call = find(&read.spans, "53995c3f42cd8ad8");
    assert_eq!(
        (parent(call), call.service(), call.kind),
        ("defdfd9912dc5a56".into(), "www.example.com", SpanKind::Client)
    );
    let alone = of_files(&["independent-subsegment"]).spans;
    assert_eq!(alone[0].service(), "unknown_service");
    let sql = of_files(&["subsegment-with-an-sql-query"]).spans;
    assert_eq!(attribute(&sql[0], "db.system.name"), "PostgreSQL:string");
    assert_eq!(attribute(&sql[0], "sql.driver_version"), "PostgreSQL 9.4.1211.jre7:string");
}

#[test]
fn what_is_inferred_is_shown_once_or_where_its_caller_is_missing() {
    let both = of_files(&["inferred-segment-for-a-downstream-http-call", "subsegment-for-a-downstream-http-call"]);
    assert_eq!(both.spans.len(), 1);
    assert_eq!(attribute(&both.spans[0], "peer.service"), "names.example.com:string");
    let alone = of_files(&["inferred-segment-for-a-downstream-http-call"]).spans;
    assert_eq!(attribute(&alone[0], "aws.xray.inferred"), "true:bool");
    // What hangs from the inferred one hangs from the call.
    let child = json!({"id": "c", "name": "x", "start_time": 1, "end_time": 2, "parent_id": "168416dc2ea97781"});
    let names = ["inferred-segment-for-a-downstream-http-call", "subsegment-for-a-downstream-http-call"];
    let mut documents: Vec<String> = names.map(|name| shown(&format!("segments/{name}.json")).to_string()).into();
    documents.push(child.to_string());
    assert_eq!(parent(find(&read(&documents).spans, "000000000000000c")), "004f72be19cddc2a");
    // One that is its own caller is no call.
    let circle = json!({"id": "c", "name": "x", "start_time": 1, "parent_id": "c", "inferred": true});
    assert_eq!(read(&[circle.to_string()]).spans.len(), 1);
}

#[test]
fn links_lead_to_other_spans() {
    let document = json!({"id": "b", "name": "x", "start_time": 1, "precursor_ids": ["a", 7],
        "links": [{"trace_id": "1-4bf92f35-77b34da6a3ce929d0e0e4736", "id": "a", "attributes": {"why": "batch"}}, 5]});
    let span = &read(&[document.to_string()]).spans[0];
    let links: Vec<String> = span.links.iter().map(|link| format!("{} {}", link.trace_id, link.span_id)).collect();
    assert_eq!(
        links,
        [format!("{} 000000000000000a", id()), "4bf92f3577b34da6a3ce929d0e0e4736 000000000000000a".into()]
    );
    assert_eq!(span.links[1].attributes.text("why"), Some("batch"));
}

#[test]
fn what_can_not_be_read_is_counted_and_loses_no_neighbour() {
    let nested = (0..200)
        .fold("{}".to_owned(), |inner, _| format!(r#"{{"id":"a","name":"n","start_time":1,"subsegments":[{inner}]}}"#));
    for (document, spans, unread) in [
        ("{", 0, 1),
        ("[]", 0, 1),
        (r#"{"id":"xyz","start_time":1,"name":"n"}"#, 0, 1),
        (r#"{"id":"a","name":"n"}"#, 0, 1),
        (r#"{"id":"a","start_time":1,"subsegments":[{"id":"b","start_time":"x"},{"id":"c","start_time":1}]}"#, 2, 1),
        (r#"{"id":"a","start_time":1,"subsegments":{"id":"b"},"http":5,"aws":[],"annotations":"x","cause":7}"#, 1, 0),
        (&nested, 1, 1),
    ] {
        let read = read(&[document.to_owned()]);
        assert_eq!((read.spans.len(), read.unread), (spans, unread), "{document:.80}");
    }
}

#[test]
fn spans_of_transaction_search_are_read_as_well() {
    let span = json!({"resource": {"attributes": {"service.name": "cart", "n": 1}}, "scope": {"name": "lib", "version": "2"},
        "traceId": "5960260323fc5b688855d396af79b496", "spanId": "00f067aa0ba902b7", "parentSpanId": "00f067aa0ba902b8",
        "flags": 256, "name": "GET /", "kind": "SERVER", "startTimeUnixNano": 1_499_473_411_562_000_001_i64,
        "endTimeUnixNano": "1499473411562000009", "attributes": {"a": true, "b": 1.5, "c": ["x", 2], "d": {"e": "f"}},
        "events": [{"name": "exception", "timeUnixNano": 5, "attributes": {"exception.type": "E"}}],
        "status": {"code": "ERROR", "message": "no"}});
    let segment = json!({"id": "a", "name": "x", "start_time": 1, "trace_id": "1-5960260323fc5b688855d396af79b496"});
    let documents = [span.to_string(), segment.to_string(), "{}".to_owned(), "{".to_owned()];
    let mut spans = Vec::new();
    assert_eq!(retrieved::spans(&documents, id(), &mut spans), 2);
    assert_eq!(spans.len(), 2);
    let span = &spans[0];
    assert_eq!((span.trace_id, span.service(), span.kind), (id(), "cart", SpanKind::Server));
    assert_eq!(
        (span.start, span.end, parent(span)),
        (1_499_473_411_562_000_001, 1_499_473_411_562_000_009, "00f067aa0ba902b8".into())
    );
    assert_eq!((span.status.code, &*span.status.message), (StatusCode::Error, "no"));
    let said: Vec<String> = span.attributes.iter().map(|(key, _)| attribute(span, key)).collect();
    assert_eq!(said, ["true:bool", "1.5:double", r#"["x",2]:array"#, r#"{"e":"f"}:map"#]);
    assert_eq!(span.events[0].attributes.text("exception.type"), Some("E"));
    assert_eq!((&*span.scope.name, &*span.scope.version), ("lib", "2"));
}
