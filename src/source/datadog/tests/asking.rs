//! Questions and answers: pages, traces in either notation, limits, refusals.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{question, recorded, service, site};
use crate::model::{Names, TraceId, TraceQuery, WantedTrace, Window};
use crate::source::asked::Reply;
use crate::source::datadog::{fetch, search};
use crate::source::retry::Trouble;

/// A quarter of an hour before 2023-06-29T10:52:07Z.
const WINDOW: Window = Window { from: 1_688_035_027_000_000_000, to: 1_688_035_927_000_000_000 };

fn event(trace: &str, span: u64, parent: &str, start: &str, custom: &Json) -> Json {
    json!({"id": "x", "type": "spans", "attributes": {"trace_id": trace, "span_id": span.to_string(), "parent_id": parent,
        "start_timestamp": start, "service": format!("s{span}"), "resource_name": "GET /", "custom": custom}})
}

#[tokio::test]
async fn recorded_pages_follow_the_cursor_to_one_without_meta() {
    let (server, service) = site(|asked| {
        let cursor = question(asked)["page"]["cursor"].as_str().map(str::to_owned);
        Reply::ok(recorded(match cursor {
            None => "search-pages-page1",
            Some(cursor) if cursor == first_cursor() => "search-pages-page2",
            Some(_) => "search-pages-page3",
        }))
    })
    .await;
    let query = TraceQuery { service: Some("python".to_owned()), ..TraceQuery::all(WINDOW, 2) };
    let page = search::search(&service, &query, None).await.unwrap();
    let asked = question(&server.asked()[0]);
    assert_eq!(
        asked["filter"],
        json!({"query": "service:python", "from": "2023-06-29T10:37:07.000Z", "to": "2023-06-29T10:52:07.001Z"})
    );
    assert_eq!((&asked["page"]["limit"], &asked["sort"]), (&json!(2), &json!("-timestamp")));
    let headers = &server.asked()[0].headers;
    assert_eq!(
        (&*headers["dd-api-key"], &*headers["dd-application-key"], headers.get("authorization")),
        ("k-1", "a-1", None)
    );
    assert!(page.notes[0].contains("indexed"));
    assert_eq!((page.hits.len(), page.next.as_deref()), (2, Some(&*first_cursor())));
    let last = search::search(&service, &query, page.next.as_deref()).await.unwrap();
    assert_eq!((last.hits.len(), last.next), (1, None));
    let asked = server.asked();
    assert_eq!((asked.len(), &question(&asked[1])["page"]["cursor"]), (3, &json!(first_cursor())));
}

fn first_cursor() -> String {
    let page: Json = serde_json::from_str(&recorded("search-pages-page1")).unwrap();
    page["meta"]["page"]["after"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn spans_are_grouped_to_hits_by_the_lower_half() {
    let (server, service) = site(|asked| {
        let is_next = question(asked)["page"]["cursor"] == "c1";
        let (root, child) = ("2023-06-29T10:40:00.000Z", "2023-06-29T10:40:01.000Z");
        let upper = json!({"_dd": {"p": {"tid": "4bf92f3577b34da6"}}, "duration": 5_000_000_000_i64});
        Reply::ok(
            if is_next {
                json!({"data": []})
            } else {
                json!({"data": [
                event("11803532876627986230", 2, "1", child, &json!({"error": 1})),
                event("11803532876627986230", 1, "0", root, &upper),
                event("77", 3, "9", "2023-06-29T10:41:00.000Z", &json!({})),
                {"id": "odd"}],
                "meta": {"status": "timeout", "warnings": [{"detail": "slow"}], "page": {"after": "c1"}}})
            }
            .to_string(),
        )
    })
    .await;
    let page = search::search(&service, &TraceQuery::all(WINDOW, 20), None).await.unwrap();
    let rows: Vec<String> = page
        .hits
        .iter()
        .map(|hit| {
            format!("{} {} {:?} {} {:?} {:?}", hit.id, hit.start, hit.duration, hit.service, hit.errors, hit.spans)
        })
        .collect();
    assert_eq!(
        rows,
        [
            "0000000000000000000000000000004d 1688035260000000000 None s3 None None",
            "4bf92f3577b34da6a3ce929d0e0e4736 1688035200000000000 Some(5000000000) s1 Some(1) None",
        ]
    );
    let notes = page.notes.join(" · ");
    assert!(
        ["ran out of time", "warns: slow", "1 spans could not be read"].iter().all(|note| notes.contains(note)),
        "{notes}"
    );
    assert_eq!((page.next, question(&server.asked()[1])["page"]["limit"].as_u64()), (None, Some(18)));
}

fn wanted() -> WantedTrace {
    WantedTrace::of(TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").unwrap())
}

#[tokio::test]
async fn a_whole_trace_is_taken_where_the_preview_has_it() {
    let (server, service) = site(|_| {
        Reply::ok(
            r#"{"data": {"id": "4bf92f3577b34da6a3ce929d0e0e4736", "type": "trace", "attributes": {"is_truncated": true,
            "spans": [{"traceID": 11803532876627986230, "spanID": 1, "parentID": 0, "startTime": 1688032252472000123},
                {"traceID": 5, "spanID": 2, "startTime": 1}, {"spanID": 3}]}}}"#,
        )
    })
    .await;
    let fetched = fetch::trace(&service, &wanted()).await.unwrap();
    assert_eq!((fetched.spans.len(), fetched.spans[0].trace_id), (1, wanted().id));
    assert_eq!(fetched.notes, ["Datadog has cut the trace off", "1 spans could not be read"]);
    let asked = &server.asked()[0];
    assert_eq!((&*asked.method, &*asked.path), ("GET", "/api/v2/trace/4bf92f3577b34da6a3ce929d0e0e4736"));
}

#[tokio::test]
async fn a_trace_is_looked_for_in_both_notations_where_there_is_no_preview() {
    for (status, expected) in [(404, 1), (403, 1), (413, 2)] {
        let (server, service) = site(move |asked| {
            if asked.method == "GET" {
                return Reply::status(status, r#"{"errors": ["Not found"]}"#);
            }
            let is_decimal = question(asked)["filter"]["query"] == "trace_id:11803532876627986230";
            let event = event("11803532876627986230", 1, "0", "2023-06-29T10:40:00.000Z", &json!({}));
            Reply::ok(if is_decimal { json!({"data": [event]}) } else { json!({"data": []}) }.to_string())
        })
        .await;
        let fetched = fetch::trace(&service, &wanted()).await.unwrap();
        assert_eq!((fetched.spans.len(), fetched.spans[0].trace_id), (1, wanted().id));
        assert_eq!(fetched.notes.len(), expected, "{:?}", fetched.notes);
        let asked = server.asked();
        assert_eq!(asked.len(), 3);
        assert_eq!(question(&asked[1])["filter"]["query"], "trace_id:4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(question(&asked[1])["filter"]["from"], "2023-06-14T10:52:07.000Z");
    }
    // Where only the lower half is known, there is only one notation; and a window narrows the search.
    let (server, service) =
        site(|asked| if asked.method == "GET" { Reply::status(404, "") } else { Reply::ok(r#"{"data": []}"#) }).await;
    let half = WantedTrace { window: Some(WINDOW), ..WantedTrace::of(TraceId::from_low64(77).unwrap()) };
    let fetched = fetch::trace(&service, &half).await.unwrap();
    assert!(fetched.spans.is_empty() && fetched.notes.is_empty());
    assert_eq!(server.asked().len(), 2);
    assert_eq!(question(&server.asked()[1])["filter"]["from"], "2023-06-29T09:37:07.000Z");
    // A span that knows the whole id tells it to those that do not.
    let (_server, service) = site(|asked| {
        let upper = json!({"_dd": {"p": {"tid": "4bf92f3577b34da6"}}});
        let event = |span, custom| event("11803532876627986230", span, "0", "2023-06-29T10:40:00.000Z", custom);
        let is_search = asked.method != "GET";
        Reply::status(
            if is_search { 200 } else { 404 },
            json!({"data": [event(1, &json!({})), event(2, &upper)]}).to_string(),
        )
    })
    .await;
    let half = WantedTrace::of(TraceId::from_low64(wanted().id.low64()).unwrap());
    let fetched = fetch::trace(&service, &half).await.unwrap();
    let ids: Vec<TraceId> = fetched.spans.iter().map(|span| span.trace_id).collect();
    assert_eq!(ids, [wanted().id; 2]);
}

#[tokio::test]
async fn an_endless_trace_ends() {
    let (server, service) = site(|asked| {
        if asked.method == "GET" {
            return Reply::status(404, "");
        }
        let event = event("77", 1, "0", "2023-06-29T10:40:00.000Z", &json!({}));
        let next = format!("{}x", question(asked)["page"]["cursor"].as_str().unwrap_or_default());
        Reply::ok(json!({"data": [event], "meta": {"page": {"after": next}}}).to_string())
    })
    .await;
    let fetched = fetch::trace(&service, &WantedTrace::of(TraceId::from_low64(77).unwrap())).await.unwrap();
    assert_eq!((fetched.spans.len(), server.asked().len()), (20, 21));
    assert!(fetched.notes[0].contains("more than 20 pages"), "{:?}", fetched.notes);
}

#[tokio::test]
async fn a_cursor_that_repeats_itself_costs_one_request() {
    let (server, service) = site(|_| {
        let event = event("77", 1, "0", "2023-06-29T10:40:00.000Z", &json!({}));
        Reply::ok(json!({"data": [event], "meta": {"page": {"after": "again"}}}).to_string())
    })
    .await;
    let page = search::search(&service, &TraceQuery::all(WINDOW, 20), None).await.unwrap();
    assert_eq!((page.hits.len(), page.next, server.asked().len()), (1, None, 2));
}

#[tokio::test]
async fn names_are_the_buckets_of_an_aggregation() {
    let (server, service) = site(|asked| {
        if asked.path.ends_with("/search") {
            return Reply::ok(recorded("search-ok"));
        }
        let bucket = |value: Json| json!({"type": "bucket", "attributes": {"by": {"service": value}, "compute": {"c0": 1}}});
        Reply::ok(json!({"data": [bucket(json!("web")), bucket(json!("cart")), bucket(json!(200)), {"attributes": {"by": {}}}]}).to_string())
    })
    .await;
    assert_eq!(search::names(&service, &Names::Services).await.unwrap(), ["200", "cart", "web"]);
    search::names(&service, &Names::Operations { service: "web".into() }).await.unwrap();
    search::names(&service, &Names::TagValues { tag: "http.status_code".into() }).await.unwrap();
    let asked: Vec<Json> = server.asked().iter().map(question).collect();
    assert_eq!((&asked[0]["group_by"][0]["facet"], &asked[0]["filter"]["query"]), (&json!("service"), &json!("*")));
    assert_eq!(asked[1]["filter"]["query"], "service:web");
    assert_eq!(asked[2]["group_by"][0]["facet"], "@http.status_code");
    let tags = search::names(&service, &Names::Tags).await.unwrap();
    assert!(tags.contains(&"http.status_code".to_owned()) && tags.contains(&"env".to_owned()), "{tags:?}");
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    for (status, body, words) in [
        (
            403,
            r#"{"errors":["Forbidden"]}"#.to_owned(),
            &["403", "Forbidden", "; are both keys right", "datadoghq.com"][..],
        ),
        (
            401,
            r#"{"errors":["Unauthorized"]}"#.to_owned(),
            &["401", "Unauthorized", "may the application key read APM"],
        ),
        (422, recorded("search-422"), &["422", "'from' should be anterior to 'to'"]),
        (500, "<html>".to_owned(), &["500", "<html>"]),
    ] {
        let (_server, service) = site(move |_| Reply::status(status, body.clone())).await;
        let trouble = search::health(&service).await.unwrap_err();
        assert!(words.iter().all(|word| trouble.why().contains(word)), "{}", trouble.why());
        assert!(!trouble.why().contains("k-1") && !trouble.why().contains("a-1"), "{}", trouble.why());
    }
    let (_server, service) = site(|_| Reply::Answer {
        status: 429,
        headers: [("x-ratelimit-limit", "300"), ("x-ratelimit-period", "3600"), ("x-ratelimit-reset", "120")]
            .map(|(name, value)| (name, value.to_owned()))
            .into(),
        body: br#"{"errors":["Too many requests"]}"#.to_vec(),
    })
    .await;
    let trouble = search::health(&service).await.unwrap_err();
    let Trouble::Passing { why, after } = trouble else { panic!("it passes") };
    assert!(why.ends_with("Too many requests; 300 requests in 3600 s are allowed, the next in 120 s"), "{why}");
    assert_eq!(after, Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn no_answer_and_half_ones_are_told() {
    for reply in [
        (|| Reply::Nothing) as fn() -> Reply,
        || Reply::Half { body: b"{\"data\": []}".to_vec(), at: 5 },
        || Reply::ok("<html>"),
    ] {
        let (server, service) = site(move |_| reply()).await;
        let trouble = search::health(&service).await.unwrap_err();
        assert!(trouble.why().contains(&server.address.to_string()), "{}", trouble.why());
    }
    let (_server, odd) = site(|_| Reply::ok("{}")).await;
    assert!(search::health(&odd).await.unwrap_err().why().contains("without `data`"));
    let late =
        crate::source::asked::Server::start(|_| Reply::Late(Duration::from_secs(60), Box::new(Reply::Nothing))).await;
    let keys = "api_key_command=printf%20k-1&app_key_command=printf%20a-1";
    let slow = service(&format!("//datadoghq.com?timeout=50ms&endpoint=http://{}&{keys}", late.address)).unwrap();
    assert!(search::health(&slow).await.unwrap_err().why().contains("waiting too long"));
    let (_server, well) = site(|_| Reply::ok(recorded("search-ok"))).await;
    assert_eq!(search::health(&well).await.unwrap(), "datadoghq.com, spans in the last 15 minutes");
    let (_server, empty) = site(|_| Reply::ok(recorded("search-pages-page3"))).await;
    assert_eq!(search::health(&empty).await.unwrap(), "datadoghq.com, no spans in the last 15 minutes");
}

#[tokio::test]
async fn a_site_is_read_from_its_uri_and_its_keys_are_asked_for() {
    let id = wanted().id;
    let eu = service("//app.datadoghq.eu").unwrap();
    let server = crate::source::asked::Server::start(|_| Reply::ok(recorded("search-ok"))).await;
    let keys = "api_key_command=printf%20k-1&app_key_command=printf%20a-1";
    let behind = service(&format!("//datadoghq.eu?endpoint=http://{}/dd/&{keys}", server.address)).unwrap();
    search::health(&behind).await.unwrap();
    assert_eq!(server.asked()[0].path, "/dd/api/v2/spans/events/search");
    assert_eq!((&*eu.site, eu.link(id).unwrap()), ("datadoghq.eu", format!("https://app.datadoghq.eu/apm/trace/{id}")));
    for (rest, words) in [
        ("//", "has to name a site"),
        ("//datadoghq.com/x", "nothing else"),
        ("//x?endpoint=ftp://y", "endpoint=ftp://y"),
        ("//x?api_key_env=A&api_key_file=b", "exclude each other"),
        ("//x?token_env=A", "token_env"),
    ] {
        assert!(service(rest).err().unwrap().contains(words), "{rest}");
    }
    let lacking = service("//x?app_key_command=true").unwrap();
    let told = search::health(&lacking).await.unwrap_err().why().to_owned();
    assert!(
        told.contains("; it lacks an API key: set DD_API_KEY") || std::env::var_os("DD_API_KEY").is_some(),
        "{told}"
    );
}
