//! api_v3 over HTTP: summaries, whole traces, answers in pieces, and what is not found.

use super::*;
use crate::model::FetchedTrace;
use crate::source::backend::Backend as _;

/// A server that answers `path` with what `reply` makes, and has api_v3 with summaries.
async fn with(path: &'static str, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Server, WebJaeger) {
    let server = Server::start(move |asked: &Asked| match &*asked.path {
        found if found == path && (path != SUMMARIES || !asked.query.is_empty()) => reply(asked),
        SUMMARIES => Reply::status(400, fixture!("v3_find_missing_time.json")),
        "/api/v3/services" => Reply::ok(fixture!("v3_services.json")),
        _ => missing(),
    })
    .await;
    let jaeger = web(&server, "?api=v3");
    (server, jaeger)
}

const SUMMARIES: &str = "/api/v3/trace-summaries";
const TRACE: &str = "/api/v3/traces/a3f61f78895e1fc4767d8de74c4ff08d";

#[tokio::test]
async fn summaries_are_hits_without_spans() {
    let (server, jaeger) = with(SUMMARIES, |_| Reply::ok(fixture!("v3_summaries.json"))).await;
    let asked = TraceQuery {
        operation: Some("charge".to_owned()),
        tags: vec![("a b".to_owned(), "1".to_owned())],
        is_error: true,
        min_duration: Some(5),
        max_duration: Some(1_000_000_000),
        ..query(Some("payment"), 3)
    };
    let page = jaeger.search(&asked, None).await.unwrap();
    let times: Vec<_> = page.hits.iter().map(|hit| (hit.start, hit.duration, hit.spans, hit.services)).collect();
    assert_eq!(times[0], (1_795_188_886_897_952_512, Some(188_606_438), Some(36), Some(9)));
    assert!(page.hits.iter().all(|hit| hit.whole.is_empty() && hit.errors == Some(0)));
    assert_eq!((&*page.hits[0].service, &*page.hits[0].operation), ("storefront", "POST /checkout"));
    assert_eq!(page.next, Some(page.hits[2].start.to_string()));
    let last = server.asked().into_iter().find(|asked| !asked.query.is_empty()).unwrap().query;
    for (names, value) in [
        (&["query.serviceName", "query.service_name"][..], "payment"),
        (&["query.operationName", "query.operation_name"], "charge"),
        (&["query.attributes"], r#"{"a b":"1","error":"true"}"#),
        (&["query.durationMin", "query.duration_min"], "5ns"),
        (&["query.durationMax", "query.duration_max"], "1000000000ns"),
        (&["query.startTimeMin", "query.start_time_min"], "2026-11-20T15:18:00.000000000Z"),
        (&["query.startTimeMax", "query.start_time_max"], "2026-11-20T15:36:20.000000001Z"),
        (&["query.searchDepth", "query.search_depth", "query.num_traces"], "3"),
    ] {
        assert!(names.iter().all(|name| last[*name] == value), "{names:?} {last:?}");
    }
    assert_eq!(last.len(), 16);
}

#[tokio::test]
async fn the_next_page_ends_at_the_oldest_trace() {
    let (server, jaeger) = with(SUMMARIES, |asked| match &*asked.query["query.startTimeMax"] {
        "2026-11-20T15:36:20.000000001Z" => Reply::ok(fixture!("v3_summaries.json")),
        _ => Reply::status(404, fixture!("v3_trace_404.json")),
    })
    .await;
    let page = jaeger.search(&query(Some("payment"), 3), None).await.unwrap();
    let last = jaeger.search(&query(Some("payment"), 3), page.next.as_deref()).await.unwrap();
    assert_eq!((last.hits.len(), last.next), (0, None));
    // One nanosecond behind the oldest, as the end itself is not searched.
    let end = server.asked().pop().unwrap().query.remove("query.startTimeMax").unwrap();
    let oldest = page.hits[2].start + 1;
    assert_eq!(chrono::DateTime::parse_from_rfc3339(&end).unwrap().timestamp_nanos_opt(), Some(oldest));
}

#[tokio::test]
async fn a_server_that_needs_a_service_gets_one() {
    let (server, jaeger) = with(SUMMARIES, |asked| match asked.query.get("query.serviceName").map(String::as_str) {
        None => Reply::status(400, r#"{"error":{"httpCode":400,"message":"service name is required by this store"}}"#),
        Some("payment") => Reply::ok(fixture!("v3_summaries.json")),
        Some(_) => Reply::status(404, fixture!("v3_trace_404.json")),
    })
    .await;
    assert_eq!(jaeger.search(&query(None, 9), None).await.unwrap().hits.len(), 3);
    assert_eq!(paths(&server).iter().filter(|path| *path == SUMMARIES).count(), 11);
}

#[tokio::test]
async fn a_trace_comes_with_all_its_nanoseconds() {
    let (_server, jaeger) = with(TRACE, |_| Reply::ok(fixture!("v3_trace.json"))).await;
    let found = jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await.unwrap();
    assert_eq!(found.spans.len(), 23);
    assert!(found.spans.iter().any(|span| span.start % 1000 != 0 && span.flags != 0));
}

#[tokio::test]
async fn what_is_not_there_is_no_trouble_and_a_refusal_is() {
    let (_server, jaeger) = with(TRACE, |_| Reply::status(404, fixture!("v3_trace_404.json"))).await;
    let outcome = jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await.unwrap();
    assert_eq!(outcome, FetchedTrace::default());
    for (status, body, words) in [
        (400, fixture!("v3_trace_bad_id.json"), "malformed parameter trace_id: invalid length"),
        (500, &br#"{"error":{"httpCode":500,"message":"no disk"}}"#[..], "500 Internal Server Error: no disk"),
        (502, b"<html>bad gateway</html>", "502 Bad Gateway: <html>bad gateway"),
    ] {
        let (_server, jaeger) = with(TRACE, move |_| Reply::status(status, body)).await;
        let (_, why) = told(jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await);
        assert!(why.contains(words), "{why}");
    }
}

#[tokio::test]
async fn an_answer_may_come_in_several_documents() {
    let span = |id: &str| {
        let span = format!(r#"{{"traceId":"a3f61f78895e1fc4767d8de74c4ff08d","spanId":"{id}"}}"#);
        format!(r#"{{"result":{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}}}"#)
    };
    let (one, two, bad) = (span("0000000000000001"), span("0000000000000002"), span("0"));
    let error = r#"{"error":{"grpcCode":4,"httpCode":504,"message":"took too long"}}"#;
    for (body, spans, notes) in [
        (format!("{one}\n{two}"), 2, ""),
        (format!("{one}{two}{bad}"), 2, "1 span could not be read"),
        (format!("{one}\n{error}\n"), 1, "the answer is incomplete: took too long"),
    ] {
        let (_server, jaeger) = with(TRACE, move |_| Reply::ok(body.clone())).await;
        let found = jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await.unwrap();
        assert_eq!((found.spans.len(), found.notes.join(", ")), (spans, notes.to_owned()));
    }
    let cut = fixture!("v3_trace.json");
    for (body, passes) in [(&cut[..cut.len() / 2], true), (b"{]", false), (b"[1]", false)] {
        let (_server, jaeger) = with(TRACE, move |_| Reply::ok(body)).await;
        let outcome = told(jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await);
        assert_eq!(outcome.0, passes, "{}", outcome.1);
    }
}

#[tokio::test]
async fn whole_traces_of_one_answer_are_told_apart() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/v3/services" => Reply::ok(fixture!("v3_services.json")),
        "/api/v3/traces" => Reply::ok(fixture!("v3_find.json")),
        _ => Reply::ok(PAGE),
    })
    .await;
    let jaeger = web(&server, "");
    let page = jaeger.search(&query(Some("payment"), 5), None).await.unwrap();
    assert_eq!((page.hits.len(), page.notes.len()), (3, 0));
    assert!(page.hits.iter().all(|hit| hit.spans == u32::try_from(hit.whole.len()).ok()));
    let tags = vec![("a".to_owned(), "b".to_owned())];
    let page = jaeger.search(&TraceQuery { tags, ..query(Some("payment"), 5) }, None).await.unwrap();
    assert!(page.notes[0].contains("passes over tags;"), "{:?}", page.notes);
}
