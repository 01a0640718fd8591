//! Which API is asked: what the server has, what the user wants, and what is done when that changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::config::SourceOptions;
use crate::model::Names;
use crate::source::backend::Backend as _;
use crate::source::open;

/// Which parts of the two APIs a server has, and what it says of the rest.
#[derive(Clone, Copy)]
struct Has {
    summaries: bool,
    json: bool,
    v3: bool,
    unknown: fn() -> Reply,
}

impl Has {
    fn answer(self, asked: &Asked) -> Reply {
        match &*asked.path {
            "/api/v3/trace-summaries" if self.summaries && asked.query.is_empty() => {
                Reply::status(400, fixture!("v3_find_missing_time.json"))
            }
            "/api/v3/trace-summaries" if self.summaries => Reply::ok(fixture!("v3_summaries.json")),
            "/api/v3/services" if self.v3 => Reply::ok(fixture!("v3_services.json")),
            "/api/v3/operations" if self.v3 => Reply::ok(fixture!("v3_operations.json")),
            "/api/v3/traces" if self.v3 => Reply::ok(fixture!("v3_find.json")),
            path if self.v3 && path.starts_with("/api/v3/traces/") => Reply::ok(fixture!("v3_trace.json")),
            _ if !self.json => (self.unknown)(),
            "/api/v3/services" => (self.unknown)(),
            _ => match json_alone(asked) {
                Reply::Answer { status: 200, body, .. } if body == PAGE.as_bytes() => (self.unknown)(),
                reply => reply,
            },
        }
    }
}

const UNKNOWN: [fn() -> Reply; 4] = [
    missing,
    || Reply::ok(PAGE),
    || Reply::status(400, fixture!("victoriatraces/operations.json")),
    || Reply::status(501, "not implemented"),
];

#[tokio::test]
async fn the_best_api_that_the_server_has_is_asked() {
    let of = |summaries, json, v3| Has { summaries, json, v3, unknown: missing };
    let cases = [
        ("", of(true, true, true), "/api/v3/trace-summaries", "/api/v3/traces/"),
        ("", of(true, false, true), "/api/v3/trace-summaries", "/api/v3/traces/"),
        ("", of(false, true, true), "/api/traces", "/api/traces/"),
        ("", of(false, true, false), "/api/traces", "/api/traces/"),
        ("", of(false, false, true), "/api/v3/traces", "/api/v3/traces/"),
        ("?api=auto", of(true, true, true), "/api/v3/trace-summaries", "/api/v3/traces/"),
        ("?api=json", of(true, true, true), "/api/traces", "/api/traces/"),
        ("?api=v3", of(false, true, true), "/api/v3/traces", "/api/v3/traces/"),
    ];
    for (parameters, has, search, trace) in cases {
        for unknown in UNKNOWN {
            let has = Has { unknown, ..has };
            let server = Server::start(move |asked| has.answer(asked)).await;
            let jaeger = web(&server, parameters);
            assert_eq!(jaeger.names(&Names::Services).await.unwrap().len(), 9);
            let page = jaeger.search(&query(Some("storefront"), 3), None).await.unwrap();
            assert!(!page.hits.is_empty());
            assert_eq!(paths(&server).last().unwrap(), search);
            let found = jaeger.trace(&wanted("a3f61f78895e1fc4767d8de74c4ff08d")).await.unwrap();
            assert_eq!(found.spans.len(), 23);
            assert_eq!(*paths(&server).last().unwrap(), format!("{trace}a3f61f78895e1fc4767d8de74c4ff08d"));
            // What was found out once is not asked again.
            let count = server.asked().len();
            assert_eq!(jaeger.names(&Names::Operations { service: "checkout".to_owned() }).await.unwrap().len(), 6);
            assert_eq!(server.asked().len(), count + 1);
        }
    }
}

#[tokio::test]
async fn a_server_that_is_replaced_is_asked_in_its_new_api() {
    let generation = Arc::new(AtomicUsize::new(0));
    let current = Arc::clone(&generation);
    let server = Server::start(move |asked| {
        let generations = [(false, true, true), (true, false, true), (false, true, false)];
        let (summaries, json, v3) = generations[current.load(Ordering::Relaxed)];
        Has { summaries, json, v3, unknown: || Reply::ok(PAGE) }.answer(asked)
    })
    .await;
    let jaeger = web(&server, "");
    for (now, expected) in ["/api/traces", "/api/v3/trace-summaries", "/api/traces"].into_iter().enumerate() {
        generation.store(now, Ordering::Relaxed);
        assert!(!jaeger.search(&query(Some("storefront"), 5), None).await.unwrap().hits.is_empty());
        assert_eq!(paths(&server).last().unwrap(), expected);
    }
}

#[tokio::test]
async fn where_there_is_no_jaeger_that_is_told() {
    for (unknown, words) in [
        (UNKNOWN[0], "answered 404 Not Found: 404 page not found); is this Jaeger's query service, and"),
        (UNKNOWN[1], "something else than Jaeger's JSON); is this"),
    ] {
        let server = Server::start(move |_: &Asked| unknown()).await;
        let (passes, why) = told(web(&server, "/wrong").health().await);
        assert!(why.contains("/api/v3/trace-summaries, /api/services, /api/v3/services"), "{why}");
        assert!(why.contains(words) && !passes, "{why}");
        assert!(server.asked().iter().all(|asked| asked.path.starts_with("/wrong/api/")));
        let (_, why) = told(web(&server, "?api=json").health().await);
        assert!(why.starts_with("none of /api/services is there"), "{why}");
    }
    // A refusal says nothing of what is there.
    let server = Server::start(|_: &Asked| Reply::status(401, "who are you?")).await;
    let (_, why) = told(web(&server, "").health().await);
    assert!(why.contains("401 Unauthorized: who are you?; say who you are"), "{why}");
    assert_eq!(server.asked().len(), 1);
    // The port of gRPC.
    let server = Server::start(|_: &Asked| Reply::Nothing).await;
    let (passes, why) = told(web(&server, "").health().await);
    assert!(passes && why.ends_with("; is this the port of HTTP (16686)? jaeger+grpc: asks over gRPC"), "{why}");
}

#[tokio::test]
async fn a_service_that_is_unavailable_is_no_service_that_is_missing() {
    let server = Server::start(|asked: &Asked| match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/traces" => Reply::status(503, "overloaded"),
        _ => missing(),
    })
    .await;
    let (passes, why) = told(web(&server, "?api=json").search(&query(None, 5), None).await);
    assert!(passes && why.contains("503 Service Unavailable: overloaded"), "{why}");
    assert_eq!(paths(&server), ["/api/services", "/api/traces"], "each service was not asked for");
}

#[test]
fn addresses_are_read() {
    let label = |uri: &str| open(uri, &SourceOptions::default()).map(|source| source.label());
    for (uri, expected) in [
        ("jaeger+http://j", "jaeger j:16686"),
        ("jaeger+https://j/jaeger", "jaeger j:443/jaeger"),
        ("jaeger+grpc://j", "jaeger j:16685"),
        ("jaeger+grpcs://j:1?also=https://k:2", "jaeger j:1 +1"),
    ] {
        assert_eq!(label(uri).unwrap(), expected);
    }
    for (uri, words) in [
        ("jaeger+http://", "the host is missing"),
        ("jaeger+http://j?api=v2", "api=v2: expected auto, json or v3"),
        ("jaeger+grpc://j?api=json", "gRPC has api_v3 alone; ask"),
        ("jaeger+http://j?link=http://x", "the trace's id has no place in it"),
        ("jaeger+http://j?tenants=a", "did you mean `tenant`"),
    ] {
        let error = label(uri).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let link = |rest: &str| try_web(rest).unwrap().link(id("abc")).unwrap();
    assert_eq!(link("//j/x"), "http://j:16686/x/trace/00000000000000000000000000000abc");
    assert_eq!(link("//j?link=https://ui/{trace_id_64}"), "https://ui/0000000000000abc");
}
