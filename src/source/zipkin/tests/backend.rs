//! Searches, pages, names, refusals; what a Zipkin is asked for, word by word.

use std::collections::HashMap;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::fake::{self, recorded};
use crate::config::SourceOptions;
use crate::model::{Names, SpanKind, TraceId, TraceQuery, WantedTrace, Window};
use crate::source::asked::{Reply, Server};
use crate::source::backend::BackendHandle;
use crate::source::collected::{Collected, state};
use crate::source::{SourceState, StatusReporter, open};

const MS: i64 = 1_000_000;

/// A source that runs, asked by its handle.
struct Asking {
    handle: BackendHandle,
    status: StatusReporter,
    shutdown: CancellationToken,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn asking(rest: &str) -> Asking {
    let source = open(&format!("zipkin+http://{rest}"), &SourceOptions::default()).unwrap();
    let handle = source.backend().unwrap();
    let (_, cx) = Collected::context();
    let (status, shutdown) = (cx.status.clone(), cx.shutdown.clone());
    tokio::spawn(source.run(cx));
    state(&status, |state| (!matches!(state, SourceState::Connecting)).then_some(())).await;
    Asking { handle, status, shutdown }
}

async fn zipkin(traces: Vec<Value>) -> (Server, Asking) {
    let server = Server::start(move |asked| fake::answer(asked, &traces)).await;
    let asking = asking(&server.address.to_string()).await;
    (server, asking)
}

fn all(limit: usize) -> TraceQuery {
    TraceQuery::all(Window { from: 0, to: 10_000 * MS }, limit)
}

#[tokio::test]
async fn a_recorded_search_gives_whole_traces() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/api/v2/traces" => Reply::ok(recorded!("traces")),
        _ => fake::answer(asked, &[]),
    })
    .await;
    let asking = asking(&server.address.to_string()).await;
    assert_eq!(asking.status.get(), SourceState::Live("30 services".to_owned()));
    let page = asking.handle.search(&all(5), None).await.unwrap();
    assert_eq!((page.hits.len(), page.next, page.notes.len()), (1, None, 0));
    let hit = &page.hits[0];
    assert_eq!((hit.id.to_string().as_str(), hit.spans), ("0000000000000000a03ee8fff1dcd9b9", Some(16)));
    assert_eq!((hit.whole.len(), &*hit.service, hit.errors), (16, "routing", Some(0)));
    let shared = hit.whole.iter().filter(|span| span.attributes.get("zipkin.shared").is_some());
    assert!(shared.clone().all(|span| span.kind == SpanKind::Server) && shared.count() == 4);
}

#[tokio::test]
async fn a_search_says_all_that_is_asked_for_in_zipkins_units() {
    let (server, asking) = zipkin(Vec::new()).await;
    let query = TraceQuery {
        service: Some("Shop".to_owned()),
        operation: Some("GET /a".to_owned()),
        tags: [("http.method", "GET"), ("peer.service", "Bank"), ("x", "this and that"), ("eq", "a=b")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        min_duration: Some(1_001),
        max_duration: Some(2_999),
        is_error: true,
        window: Window { from: 5 * MS + 1, to: 9 * MS + 1 },
        limit: 7,
    };
    let page = asking.handle.search(&query, None).await.unwrap();
    assert_eq!(page.notes, ["Zipkin can not be asked for x=this and that: left out"]);
    let cases = [
        ("endTs", "10"),
        ("lookback", "5"),
        ("limit", "7"),
        ("serviceName", "shop"),
        ("spanName", "get /a"),
        ("remoteServiceName", "bank"),
        ("minDuration", "2"),
        ("maxDuration", "2"),
        ("annotationQuery", "error and http.method=GET and eq=a=b"),
    ];
    let expected: HashMap<String, String> = cases.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let asked = server.asked().into_iter().find(|asked| asked.path == "/api/v2/traces").unwrap();
    assert_eq!(asked.query, expected);
    let only_most = TraceQuery { max_duration: Some(5_000), ..all(1) };
    asking.handle.search(&only_most, None).await.unwrap();
    let asked = server.asked().into_iter().rfind(|asked| asked.path == "/api/v2/traces").unwrap();
    assert_eq!((&*asked.query["minDuration"], &*asked.query["maxDuration"]), ("1", "5"));
}

/// All pages: which traces came, how many questions it took, and what was said.
async fn pages(asking: &Asking, query: &TraceQuery) -> (Vec<u64>, usize, Vec<String>) {
    let (mut ids, mut asked, mut notes, mut page) = (Vec::new(), 0, Vec::new(), None);
    loop {
        let found = asking.handle.search(query, page.as_deref()).await.unwrap();
        asked += 1;
        notes.extend(found.notes);
        for hit in found.hits {
            if !ids.contains(&hit.id.low64()) {
                ids.push(hit.id.low64());
            }
        }
        page = found.next;
        if page.is_none() {
            return (ids, asked, notes);
        }
        assert!(asked < 50, "no end: {ids:?}");
    }
}

#[tokio::test]
async fn pages_lead_through_all_traces_latest_first() {
    // Some within one millisecond, one of them at its very end.
    let times = [500, 1_000, 1_001, 1_999, 2_000, 3_500, 3_600, 4_000, 9_000];
    let traces = (1..).zip(times).map(|(number, micros)| fake::trace(number, micros)).collect();
    let (_server, asking) = zipkin(traces).await;
    let (ids, asked, notes) = pages(&asking, &all(4)).await;
    assert_eq!(ids, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert!(asked <= 5 && notes.is_empty(), "{asked} {notes:?}");
    let narrow = TraceQuery { window: Window { from: 2 * MS, to: 4 * MS }, ..all(2) };
    assert_eq!(pages(&asking, &narrow).await.0, [8, 7, 6, 5]);
    let failed = TraceQuery { is_error: true, ..all(4) };
    assert_eq!(pages(&asking, &failed).await.0, [8, 6, 4, 2], "what is left out here does not end the pages");
}

#[tokio::test]
async fn more_traces_than_a_page_in_one_millisecond_are_told() {
    let traces = (1..=9).map(|number| fake::trace(number, if number == 1 { 2_000 } else { 5_500 })).collect();
    let (_server, asking) = zipkin(traces).await;
    let (ids, asked, notes) = pages(&asking, &all(3)).await;
    assert!(ids.contains(&1) && asked < 8, "{ids:?} {asked}");
    assert!(notes[0].contains("in one millisecond"), "{notes:?}");
}

#[tokio::test]
async fn a_trace_is_found_by_any_form_of_its_id() {
    let (server, asking) = zipkin(Vec::new()).await;
    let trace = async |hex: &str| {
        let id = TraceId::from_hex(hex.as_bytes()).unwrap();
        asking.handle.trace(&WantedTrace::of(id)).await.unwrap()
    };
    let found = trace("a03ee8fff1dcd9b9").await;
    assert_eq!((found.spans.len(), found.notes.len()), (16, 0));
    let found = trace("48485a3953bb6124a03ee8fff1dcd9b9").await;
    assert!(found.spans.iter().all(|span| !span.trace_id.is_64_bit()) && found.spans.len() == 16);
    assert!(found.notes[0].contains("lower half"), "{:?}", found.notes);
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert!(asked.ends_with(&[
        "/api/v2/trace/48485a3953bb6124a03ee8fff1dcd9b9".into(),
        "/api/v2/trace/a03ee8fff1dcd9b9".into()
    ]));
    assert!(trace("1234").await.spans.is_empty());
    assert!(trace("48485a3953bb61240000000000001234").await.notes.is_empty());
}

#[tokio::test]
async fn names_and_dependencies() {
    let (server, asking) = zipkin(Vec::new()).await;
    let names = async |of: Names| asking.handle.names(&of).await.unwrap();
    assert_eq!(names(Names::Services).await.len(), 30);
    assert_eq!(names(Names::TagValues { tag: "service.name".to_owned() }).await.len(), 30);
    assert!(names(Names::Operations { service: "Mobile_API".to_owned() }).await.contains(&"get".to_owned()));
    assert_eq!(names(Names::Tags).await, ["environment", "region"]);
    assert_eq!(names(Names::TagValues { tag: "region".to_owned() }).await, ["dev", "prod"]);
    let asked = server.asked();
    let query = |path: &str| asked.iter().rfind(|asked| asked.path == path).unwrap().query.clone();
    assert_eq!(
        (&*query("/api/v2/spans")["serviceName"], &*query("/api/v2/autocompleteValues")["key"]),
        ("mobile_api", "region")
    );
    let window = Window { from: 1_571_800_000_000 * MS, to: 1_571_896_375_400 * MS };
    let calls = asking.handle.dependencies(window).await.unwrap();
    let call = calls.iter().find(|it| it.child == "mobile_api").unwrap();
    assert_eq!((&*call.parent, call.calls, call.errors), ("yelp-main", 2, Some(0)));
    let asked = server.asked().pop().unwrap().query;
    assert_eq!((&*asked["endTs"], &*asked["lookback"]), ("1571896375400", "96375400"));
}

#[tokio::test]
async fn a_server_that_does_not_search_says_so_and_gives_traces() {
    type Answer = fn() -> Reply;
    // Zipkin 3 finds nothing, older ones know no such path.
    let answers: [Answer; 2] = [|| Reply::ok("[]"), || Reply::status(404, "404 Not Found")];
    for nothing in answers {
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/zipkin/config.json" => Reply::ok(r#"{"searchEnabled":false}"#),
            path if path.starts_with("/api/v2/trace/") => fake::answer(asked, &[]),
            _ => nothing(),
        })
        .await;
        let asking = asking(&server.address.to_string()).await;
        assert!(matches!(asking.status.get(), SourceState::Live(told) if told.contains("SEARCH_ENABLED=false")));
        let error = asking.handle.search(&all(5), None).await.unwrap_err();
        assert!(error.contains("switched off") && error.contains("by their ids"), "{error}");
        let wanted = WantedTrace::of(TraceId::from_hex(b"a03ee8fff1dcd9b9").unwrap());
        assert_eq!(asking.handle.trace(&wanted).await.unwrap().spans.len(), 16);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_with_its_reason() {
    type Answer = fn() -> Reply;
    let cases: [(Answer, &str); 8] = [
        (|| Reply::status(400, "maxDuration is only valid with minDuration"), "only valid with minDuration"),
        (|| Reply::status(401, ""), "say who you are"),
        (|| Reply::status(500, "Cannot connect to storage"), "Cannot connect to storage"),
        (|| Reply::status(404, "<html>no</html>"), "is this the right server and path?"),
        (|| Reply::ok("<html>hello</html>"), "answered what Zipkin does not"),
        (|| Reply::ok("[[{]"), "answered what Zipkin does not"),
        (|| Reply::Half { body: b"[[]]".to_vec(), at: 2 }, "reading from"),
        (|| Reply::Nothing, "http://127.0.0.1"),
    ];
    for (answer, told) in cases {
        let server = Server::start(move |_| answer()).await;
        let asking = asking(&server.address.to_string()).await;
        let error = asking.handle.search(&all(5), None).await.unwrap_err();
        assert!(error.contains(told), "{told}: {error}");
        assert!(matches!(asking.status.get(), SourceState::Retrying { .. }), "{told}");
    }
    let html = |_: &_| Reply::Answer {
        status: 404,
        headers: vec![("Content-Type", "text/html".to_owned())],
        body: b"<html>no such page</html>".to_vec(),
    };
    let server = Server::start(html).await;
    let asking = asking(&server.address.to_string()).await;
    let wanted = WantedTrace::of(TraceId::from_hex(b"a03ee8fff1dcd9b9").unwrap());
    assert!(asking.handle.trace(&wanted).await.unwrap_err().contains("right server"));
}

#[tokio::test]
async fn spans_that_can_not_be_read_are_told() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/api/v2/traces" => Reply::ok(r#"[[{"traceId":"1","id":"2","timestamp":5},{"traceId":"x","id":"2"},7]]"#),
        _ => fake::answer(asked, &[]),
    })
    .await;
    let asking = asking(&server.address.to_string()).await;
    let page = asking.handle.search(&all(5), None).await.unwrap();
    assert_eq!((page.hits.len(), page.notes), (1, vec!["2 spans could not be read".to_owned()]));
}

#[test]
fn links_and_labels() {
    let link = |argument: &str| {
        let source = open(argument, &SourceOptions::default()).unwrap();
        (source.label(), source.backend().unwrap().link(TraceId::from_hex(b"a03ee8fff1dcd9b9").unwrap()).unwrap())
    };
    let id = "0000000000000000a03ee8fff1dcd9b9";
    assert_eq!(
        link("zipkin+http://zipkin"),
        ("zipkin zipkin:9411".to_owned(), format!("http://zipkin:9411/zipkin/traces/{id}"))
    );
    assert_eq!(link("zipkin+https://host/t/zipkin").1, format!("https://host:443/t/zipkin/traces/{id}"));
    assert_eq!(link("zipkin+http://z?link=http://ui/{trace_id_64}").1, "http://ui/a03ee8fff1dcd9b9");
    for wrong in ["zipkin+http:", "zipkin+http://h?link=x", "zipkin+http://h?servcie=a", "zipkin+http://u:p@h"] {
        assert!(open(wrong, &SourceOptions::default()).is_err(), "{wrong}");
    }
}
