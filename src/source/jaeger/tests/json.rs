//! The JSON API: what is asked, what comes of answers, pages, and every kind of failure.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::model::{Dependency, FetchedTrace, Names};
use crate::source::backend::Backend as _;

#[tokio::test]
async fn a_search_asks_for_what_was_asked_for() {
    let server = Server::start(json_alone).await;
    let jaeger = web(&server, "?tenant=team-a");
    let asked = TraceQuery {
        operation: Some("POST /checkout".to_owned()),
        tags: vec![("http.response.status_code".to_owned(), "502".to_owned())],
        min_duration: Some(1_500_000),
        max_duration: Some(10_000_000_000),
        is_error: true,
        window: Window { from: WINDOW.from + 1, to: WINDOW.to + 1 },
        ..query(Some("storefront"), 5000)
    };
    let page = jaeger.search(&asked, None).await.unwrap();
    // Failed ones are none of them, so all are looked through.
    assert_eq!((page.hits.len(), page.next.as_deref(), page.notes.len()), (0, None, 0));
    assert_eq!(server.asked().pop().unwrap().query["tags"], r#"{"http.response.status_code":"502"}"#);
    let last = server.asked().into_iter().find(|asked| asked.path == "/api/traces").unwrap();
    let expected = [
        ("service", "storefront"),
        ("operation", "POST /checkout"),
        ("tags", r#"{"error":"true","http.response.status_code":"502"}"#),
        ("minDuration", "1500000ns"),
        ("maxDuration", "10000000000ns"),
        ("start", "1795187880000000"),
        ("end", "1795188980000001"),
        ("limit", "1000"),
    ];
    assert_eq!(last.query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!((&*last.path, &*last.headers["x-tenant"]), ("/api/traces", "team-a"));
}

#[tokio::test]
async fn hits_are_whole_traces_the_latest_first() {
    let server = Server::start(json_alone).await;
    let page = web(&server, "").search(&query(Some("storefront"), 5), None).await.unwrap();
    assert_eq!(page.hits.iter().map(|hit| hit.whole.len()).sum::<usize>(), 68);
    assert!(page.hits.is_sorted_by_key(|hit| std::cmp::Reverse(hit.start)));
    let first = &page.hits[0];
    assert_eq!((&*first.service, first.errors), ("storefront", Some(0)));
    // As many as were asked for: there may be more, from where the service was last seen in the oldest.
    let seen =
        |hit: &TraceHit| hit.whole.iter().filter(|span| span.service() == "storefront").map(|span| span.start).max();
    assert_eq!(page.next, page.hits.iter().filter_map(seen).min().map(|end| end.to_string()));
}

/// Ten traces, the last three of one microsecond; the server gives the latest that began by `end`.
fn many(asked: &Asked) -> Reply {
    let number = |name: &str| asked.query[name].parse::<i64>().unwrap();
    let begin = |n: i64| if n < 7 { 1_000_000 + n * 10 } else { 1_000_100 };
    let all = (0..10).map(|n| (n, begin(n))).filter(|(_, start)| (number("start")..=number("end")).contains(start));
    let latest: Vec<String> = all
        .rev()
        .take(usize::try_from(number("limit")).unwrap())
        .map(|(n, start)| {
            format!(
                r#"{{"traceID":"{id}","spans":[{{"traceID":"{id}","spanID":"1","startTime":{start},"duration":1,
                "process":{{"serviceName":"a"}}}}]}}"#,
                id = n + 1
            )
        })
        .collect();
    Reply::ok(format!(r#"{{"data":[{}]}}"#, latest.join(",")))
}

#[tokio::test]
async fn pages_end_where_the_one_before_began() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/traces" => many(asked),
        _ => missing(),
    })
    .await;
    let jaeger = web(&server, "");
    let asked = TraceQuery { window: Window { from: 0, to: 2_000_000_000 }, ..query(Some("a"), 4) };
    let (mut seen, mut page, mut pages) = (BTreeSet::new(), None, 0);
    loop {
        let found = jaeger.search(&asked, page.as_deref()).await.unwrap();
        assert!(found.notes.is_empty());
        seen.extend(ids(&found.hits));
        pages += 1;
        match found.next {
            None => break,
            next => page = next,
        }
    }
    assert_eq!((seen.len(), pages), (10, 4));
    // Three at once, asked for by twos: what is behind them is found, and told that something may be missing.
    let by_twos = TraceQuery { limit: 2, ..asked.clone() };
    let first = jaeger.search(&by_twos, None).await.unwrap();
    let second = jaeger.search(&by_twos, first.next.as_deref()).await.unwrap();
    assert_eq!(ids(&first.hits), ids(&second.hits));
    assert!(second.notes[0].contains("fill one moment"), "{:?}", second.notes);
    let third = jaeger.search(&by_twos, second.next.as_deref()).await.unwrap();
    assert_eq!(third.hits.iter().map(|hit| hit.start).collect::<Vec<_>>(), [1_000_060_000, 1_000_050_000]);
    assert!(told(jaeger.search(&asked, Some("soon")).await).1.contains("`soon` is no page"));
}

/// Orders in which a server may give twelve traces: any, and as they came, which is nearly the latest first.
const ORDERS: [[i64; 12]; 2] = [[5, 10, 2, 7, 12, 4, 9, 1, 6, 11, 3, 8], [11, 10, 9, 8, 7, 12, 6, 5, 4, 3, 2, 1]];

/// Those of twelve traces that are asked for, in that order.
fn unordered(asked: &Asked, order: [i64; 12]) -> Reply {
    let number = |name: &str| asked.query[name].parse::<i64>().unwrap();
    let within = order.into_iter().filter(|id| (number("start")..=number("end")).contains(id));
    let first = within.take(usize::try_from(number("limit")).unwrap());
    let trace = |id: i64| {
        format!(r#"{{"spans":[{{"traceID":"{id:x}","spanID":"1","startTime":{id},"process":{{"serviceName":"a"}}}}]}}"#)
    };
    Reply::ok(format!(r#"{{"data":[{}]}}"#, first.map(trace).collect::<Vec<_>>().join(",")))
}

#[tokio::test]
async fn no_trace_is_passed_over_where_the_server_gives_them_in_no_order() {
    for (order, limit) in ORDERS.into_iter().flat_map(|order| [1, 2, 3, 5, 12].map(|limit| (order, limit))) {
        let server = Server::start(move |asked: &Asked| match &*asked.path {
            "/api/services" => Reply::ok(fixture!("services.json")),
            "/api/traces" => unordered(asked, order),
            _ => missing(),
        })
        .await;
        let jaeger = web(&server, "");
        let asked = TraceQuery { window: Window { from: 0, to: 20_000 }, ..query(Some("a"), limit) };
        let (mut seen, mut page) = (BTreeSet::new(), None);
        loop {
            let found = jaeger.search(&asked, page.as_deref()).await.unwrap();
            assert!(found.hits.len() <= limit && found.hits.is_sorted_by_key(|hit| std::cmp::Reverse(hit.start)));
            seen.extend(ids(&found.hits));
            match found.next {
                None => break,
                next => page = next,
            }
        }
        assert_eq!(seen.len(), 12, "{limit} of {order:?}");
    }
}

/// A span of the service `a`.
fn span_of_a(trace: i64, name: &str, code: &str) -> String {
    format!(
        r#"{{"traceID":"{trace:x}","spanID":"1","startTime":{trace},"operationName":"{name}",
        "tags":[{{"key":"otel.status_code","type":"string","value":"{code}"}}],"process":{{"serviceName":"a"}}}}"#
    )
}

/// 250 traces, in three of which something of the service failed, once beside something that is fine; and all have failed in
/// another service. Asked for failed ones it gives those with something that is fine, as Jaeger's module 1.76.0 does.
fn taking_fine_for_failed(asked: &Asked) -> Reply {
    const ELSEWHERE: &str = r#"{"traceID":"1","spanID":"2","tags":[{"key":"error","type":"bool","value":true}],
        "process":{"serviceName":"b"}}"#;
    let number = |name: &str| asked.query[name].parse::<i64>().unwrap();
    let trace = |id: i64| {
        let spans = match id {
            3 | 130 => span_of_a(id, "GET", "ERROR"),
            249 => [span_of_a(id, "GET", "OK"), span_of_a(id, "POST", "ERROR")].join(","),
            _ => span_of_a(id, "GET", "OK"),
        };
        format!(r#"{{"spans":[{spans},{}]}}"#, ELSEWHERE.replacen('1', &format!("{id:x}"), 1))
    };
    let all = (1..=250).rev().filter(|id| (number("start")..=number("end")).contains(id));
    let given = all.filter(|id| !asked.query.contains_key("tags") || ![3, 130].contains(id));
    let traces: Vec<String> = given.take(usize::try_from(number("limit")).unwrap()).map(trace).collect();
    Reply::ok(format!(r#"{{"data":[{}]}}"#, traces.join(",")))
}

#[tokio::test]
async fn failed_traces_are_picked_where_the_server_does_not_find_them() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/traces" => taking_fine_for_failed(asked),
        _ => missing(),
    })
    .await;
    let jaeger = web(&server, "");
    let failed = TraceQuery { is_error: true, window: Window { from: 0, to: 1_000_000 }, ..query(Some("a"), 2) };
    let of_get = TraceQuery { operation: Some("GET".to_owned()), ..failed.clone() };
    for (asked, expected) in [(failed, &[249, 130, 3][..]), (of_get, &[130, 3])] {
        let (mut seen, mut page) = (Vec::new(), None);
        loop {
            let found = jaeger.search(&asked, page.as_deref()).await.unwrap();
            let new = found.hits.iter().map(|hit| hit.id.low64()).filter(|id| !seen.contains(id));
            seen.extend(new.collect::<Vec<_>>());
            assert!(found.hits.len() <= 2);
            assert!(found.notes.iter().any(|note| note.contains("picked here")), "{:?}", found.notes);
            match found.next {
                None => break,
                next => page = next,
            }
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_search_for_failed_traces_that_is_given_up_says_so() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/traces" if asked.query.contains_key("tags") => Reply::ok(fixture!("find_none.json")),
        "/api/traces" => {
            let number = |name: &str| asked.query[name].parse::<i64>().unwrap();
            let ids = (number("start")..=number("end")).rev().take(usize::try_from(number("limit")).unwrap());
            let traces: Vec<String> =
                ids.map(|id| format!(r#"{{"spans":[{}]}}"#, span_of_a(id, "GET", "UNSET"))).collect();
            Reply::ok(format!(r#"{{"data":[{}]}}"#, traces.join(",")))
        }
        _ => missing(),
    })
    .await;
    let asked = TraceQuery { is_error: true, window: Window { from: 1_000, to: 5_000_000 }, ..query(Some("a"), 20) };
    let page = web(&server, "").search(&asked, None).await.unwrap();
    assert_eq!((page.hits.len(), page.next.is_some(), page.notes.len()), (0, true, 2));
    assert!(page.notes[1].contains("there is more time to look at"), "{:?}", page.notes);
}

#[tokio::test]
async fn a_search_without_a_service_asks_for_each() {
    let server = Server::start(json_alone).await;
    let page = web(&server, "").search(&query(None, 5), None).await.unwrap();
    assert_eq!(page.hits.len(), 5);
    let services: BTreeSet<String> =
        server.asked().into_iter().filter_map(|asked| asked.query.get("service").cloned()).collect();
    assert_eq!(services.len(), 9);
    assert!(page.next.is_some());
}

#[tokio::test]
async fn a_trace_is_fetched_or_is_not_there() {
    let server = Server::start(json_alone).await;
    let jaeger = web(&server, "");
    let found = jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await.unwrap();
    assert_eq!((found.spans.len(), found.notes.len()), (23, 0));
    assert_eq!(jaeger.trace(&wanted("abc")).await.unwrap(), FetchedTrace::default());
    assert_eq!(server.asked().pop().unwrap().path, "/api/traces/00000000000000000000000000000abc");
}

#[tokio::test]
async fn names_callers_and_links_are_told() {
    let server = Server::start(json_alone).await;
    let jaeger = web(&server, "");
    assert_eq!(jaeger.health().await.unwrap(), "9 services");
    let services = jaeger.names(&Names::Services).await.unwrap();
    assert_eq!((services.len(), &*services[0]), (9, "api-gateway"));
    let operations = jaeger.names(&Names::Operations { service: "checkout".to_owned() }).await.unwrap();
    assert_eq!((operations.len(), &*operations[0]), (6, "GET"));
    assert!(jaeger.names(&Names::Tags).await.unwrap().is_empty());
    let callers = jaeger.dependencies(Window { from: 1_499_999, to: 3_600_000_000_001 }).await.unwrap();
    let first = Dependency { parent: "payment".to_owned(), child: "payment".to_owned(), calls: 344, errors: None };
    assert_eq!((callers.len(), &callers[0]), (20, &first));
    let last = server.asked().pop().unwrap();
    assert_eq!((&*last.query["endTs"], &*last.query["lookback"]), ("3600001", "3600000"));
    let place = server.address;
    assert_eq!(jaeger.link(id("abc")), Some(format!("http://{place}/trace/00000000000000000000000000000abc")));
    assert_eq!(jaeger.label(), format!("jaeger {place}"));
}

#[tokio::test]
async fn a_path_in_front_stands_in_front_of_everything() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/j%20x/api/services" => Reply::ok(fixture!("services.json")),
        "/j%20x/api/services/a%2Fb/operations" => Reply::ok(fixture!("operations_by_service.json")),
        _ => missing(),
    })
    .await;
    let jaeger = web(&server, "/j%20x/");
    let operations = jaeger.names(&Names::Operations { service: "a/b".to_owned() }).await.unwrap();
    assert_eq!(operations.len(), 6);
    assert!(jaeger.link(id("1")).unwrap().contains("/j%20x/trace/0000"));
}

#[tokio::test]
async fn refusals_are_told_in_the_server_s_words() {
    let cases: [(u16, &[u8], bool, &str); 7] = [
        (500, fixture!("find_limit_zero.json"), true, "search depth must be greater than 0"),
        (400, fixture!("find_duration_inverted.json"), false, "400 Bad Request: 'maxDuration'"),
        (400, fixture!("victoriatraces/find_no_service.json"), false, "incorrect trace query params"),
        (401, b"who are you?", false, "who are you?; say who you are"),
        (403, b"", false, "these credentials may not read this"),
        (429, b"later", true, "429 Too Many Requests: later"),
        (503, b"<html>\n<h1>no\nupstream</h1></html>", true, "503 Service Unavailable: <html> <h1>no upstream"),
    ];
    for (status, body, passes, words) in cases {
        let server = Server::start(move |asked: &Asked| match &*asked.path {
            "/api/services" => Reply::ok(fixture!("services.json")),
            "/api/traces" | "/api/traces/00000000000000000000000000000001" => Reply::status(status, body),
            _ => missing(),
        })
        .await;
        let jaeger = web(&server, "");
        for outcome in
            [told(jaeger.search(&query(Some("storefront"), 5), None).await), told(jaeger.trace(&wanted("1")).await)]
        {
            assert!(outcome.1.contains(words), "{status}: {}", outcome.1);
            assert_eq!(outcome.0, passes, "{status}");
        }
    }
}

type Make = fn() -> Reply;

#[tokio::test]
async fn answers_that_are_late_half_or_something_else_are_told() {
    let whole = fixture!("trace_psp.json");
    let cases: [(Make, bool, &str); 6] = [
        (|| Reply::Half { body: fixture!("trace_psp.json").to_vec(), at: 9000 }, true, "reading from http://"),
        (|| Reply::ok(&fixture!("trace_psp.json")[..9000]), true, "the JSON is cut off"),
        (|| Reply::Late(Duration::from_secs(30), Box::new(Reply::Nothing)), true, "waiting too long for"),
        (|| Reply::Nothing, true, "reading from http://"),
        (|| Reply::ok("{}"), false, "no traces as Jaeger writes them"),
        (|| Reply::ok(r#"{"data":[{"traceID":7}]}"#), false, "no traces as Jaeger writes them"),
    ];
    assert!(whole.len() > 9000);
    for (at, (reply, passes, words)) in cases.into_iter().enumerate() {
        let server = Server::start(move |asked: &Asked| match &*asked.path {
            "/api/services" => Reply::ok(fixture!("services.json")),
            path if path.starts_with("/api/traces/") => reply(),
            _ => missing(),
        })
        .await;
        let jaeger = web(&server, "?timeout=200ms");
        let outcome = told(jaeger.trace(&wanted("1")).await);
        assert!(outcome.1.contains(words), "{at}: {}", outcome.1);
        assert_eq!(outcome.0, passes, "{at}");
    }
}

#[tokio::test]
async fn fewer_traces_are_asked_for_where_an_answer_is_too_long() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/traces" if asked.query["limit"] == "20" => {
            Reply::ok(vec![b' '; crate::source::http::MAX_ANSWER_BYTES + 1])
        }
        "/api/traces" => Reply::ok(fixture!("find_service.json")),
        _ => missing(),
    })
    .await;
    let page = web(&server, "").search(&query(Some("storefront"), 20), None).await.unwrap();
    assert_eq!((page.hits.len(), page.next.is_some()), (5, true));
    assert_eq!(server.asked().pop().unwrap().query["limit"], "5");
}

#[tokio::test]
async fn what_is_said_beside_the_traces_is_noted() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/traces" => Reply::ok(fixture!("find_by_ids_one_unknown.json")),
        _ => Reply::ok(r#"{"data":[{"spans":[{"traceID":"1","spanID":"2"},{"traceID":"1"}],"warnings":["w"]}]}"#),
    })
    .await;
    let jaeger = web(&server, "?api=json");
    let page = jaeger.search(&query(Some("storefront"), 5), None).await.unwrap();
    assert_eq!((page.hits.len(), &*page.notes), (1, &["trace not found (0000000000000abc)".to_owned()][..]));
    let found = jaeger.trace(&wanted("1")).await.unwrap();
    assert_eq!((found.spans.len(), found.notes.join(", ")), (1, "w, 1 span could not be read".to_owned()));
}

#[tokio::test]
async fn victoriatraces_is_asked_as_it_can_be() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/select/jaeger/api/services" => Reply::ok(fixture!("victoriatraces/services.json")),
        "/select/jaeger/api/services/checkout/operations" => {
            Reply::ok(fixture!("victoriatraces/operations_by_service.json"))
        }
        "/select/jaeger/api/traces/bbad4eb5153b984404dfd154094bb031" => {
            Reply::ok(fixture!("victoriatraces/trace-bbad4eb5153b984404dfd154094bb031.json"))
        }
        "/select/jaeger/api/dependencies" => Reply::status(400, fixture!("victoriatraces/dependencies.json")),
        path if path.starts_with("/select/jaeger/api/traces/") => {
            Reply::ok(fixture!("victoriatraces/trace_unknown.json"))
        }
        _ => Reply::status(400, fixture!("victoriatraces/operations.json")),
    })
    .await;
    let jaeger = web(&server, "/select/jaeger");
    assert_eq!(jaeger.health().await.unwrap(), "9 services");
    assert_eq!(jaeger.names(&Names::Operations { service: "checkout".to_owned() }).await.unwrap().len(), 6);
    assert_eq!(jaeger.trace(&wanted("BBAD4EB5153B984404DFD154094BB031")).await.unwrap().spans.len(), 18);
    assert_eq!(jaeger.trace(&wanted("abc")).await.unwrap(), FetchedTrace::default());
    assert!(jaeger.dependencies(WINDOW).await.unwrap().is_empty());
}
