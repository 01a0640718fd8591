//! A Zipkin on this machine: what is posted there is found, by search and by id, as it was.
//!
//! Its executable jar is found by `SPANTAIL_ZIPKIN_JAR`, else where Maven puts it; `tests/real_servers/zipkin.sh` fetches it.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Client;
use rustix::process::Signal;

use super::backend::asking;
use crate::model::{Names, Span, TraceQuery, WantedTrace, Window};
use crate::parse::zipkin::{Extent, decode_json};
use crate::source::real_server::{RealServer, free_port, program};
use crate::source::tls;

/// How long the server may take to start.
const START: Duration = Duration::from_secs(120);

const MS: i64 = 1_000_000;

fn jar() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let usual = || {
        glob::glob(&format!("{}/.m2/repository/io/zipkin/zipkin-server/*/*-exec.jar", home()?.display()))
            .ok()?
            .last()?
            .ok()
    };
    let jar = std::env::var_os("SPANTAIL_ZIPKIN_JAR").map(PathBuf::from).or_else(usual);
    if jar.is_none() {
        eprintln!("no jar of Zipkin: not tried against it; tests/real_servers/zipkin.sh fetches one");
    }
    jar
}

/// A Zipkin that runs, and where.
async fn start(variables: &[(&str, &str)]) -> Option<(RealServer, String)> {
    let (java, jar) = (program("java")?, jar()?);
    let port = free_port();
    let mut command = Command::new(java);
    command.arg("-Xmx256m").arg("-jar").arg(jar).env("QUERY_PORT", port.to_string()).envs(variables.iter().copied());
    let server = RealServer::start(&mut command, Signal::KILL);
    let place = format!("127.0.0.1:{port}");
    tls::install_provider();
    let begun = Instant::now();
    while Client::new().get(format!("http://{place}/health")).send().await.is_err() {
        assert!(begun.elapsed() < START, "Zipkin does not start");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Some((server, place))
}

fn mobile() -> String {
    let packed = include_bytes!("../../../../tests/fixtures/zipkin/smartthings-mobile-web-install.json.gz");
    let mut json = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut json).unwrap();
    json
}

/// The spans by id and side, for comparing.
fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.span_id, span.kind.number(), span.start, span.service().to_owned()));
    spans
}

#[tokio::test]
async fn what_was_posted_is_found_as_it_was() {
    let Some((_server, place)) = start(&[("AUTOCOMPLETE_KEYS", "region")]).await else { return };
    let yelp = include_str!("../../../../tests/fixtures/zipkin/yelp.json").to_owned();
    let both = [yelp, mobile()];
    for json in &both {
        let post = Client::new().post(format!("http://{place}/api/v2/spans")).body(json.clone());
        let answer = post.header("Content-Type", "application/json").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 202);
    }
    let asking = asking(&place).await;
    for json in &both {
        let expected = decode_json(json.as_bytes(), Extent::Whole).unwrap().spans;
        let id = expected[0].trace_id;
        let begun = Instant::now();
        let found = loop {
            let found = asking.handle.trace(&WantedTrace::of(id)).await.unwrap();
            if found.spans.len() >= expected.len() || begun.elapsed() > START {
                break found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        // Zipkin writes names of services in lower case, and gives the spans in another order.
        let (found, expected) = (sorted(found.spans), sorted(expected));
        let ids = |spans: &[Span]| {
            spans.iter().map(|span| (span.span_id, span.parent_id, span.start, span.end)).collect::<Vec<_>>()
        };
        assert_eq!(ids(&found), ids(&expected));
        for (ours, theirs) in found.iter().zip(&expected) {
            assert_eq!((ours.kind, &ours.status), (theirs.kind, &theirs.status));
            assert_eq!(ours.service(), theirs.service().to_lowercase());
            assert_eq!(ours.attributes.len(), theirs.attributes.len(), "{theirs:?}");
        }
    }
    let window = Window { from: 1_543_000_000_000 * MS, to: 1_572_000_000_000 * MS };
    let search = async |query: TraceQuery| {
        let page = asking.handle.search(&query, None).await.unwrap();
        page.hits.iter().map(|hit| hit.spans.unwrap()).collect::<Vec<_>>()
    };
    let all = TraceQuery::all(window, 10);
    assert_eq!(search(all.clone()).await, [16, 957]);
    let yelp = TraceQuery { service: Some("Mobile_API".to_owned()), operation: Some("POST".to_owned()), ..all.clone() };
    assert_eq!(search(yelp).await, [16]);
    let tagged =
        vec![("habitat".to_owned(), "uswest1aprod".to_owned()), ("peer.service".to_owned(), "Memcache".to_owned())];
    assert_eq!(search(TraceQuery { tags: tagged.clone(), service: None, ..all.clone() }).await, [16]);
    let long = TraceQuery { min_duration: Some(500 * MS), max_duration: Some(3_600_000 * MS), ..all.clone() };
    assert_eq!(search(long).await, [957]);
    assert_eq!(search(TraceQuery { is_error: true, ..all.clone() }).await, [957]);
    let page = asking.handle.search(&TraceQuery { limit: 1, ..all }, None).await.unwrap();
    assert!(page.hits.len() == 1 && page.next.is_some());
    assert!(asking.handle.names(&Names::Services).await.unwrap().contains(&"spectre".to_owned()));
    let region = Names::TagValues { tag: "region".to_owned() };
    assert_eq!(asking.handle.names(&Names::Tags).await.unwrap(), ["region"]);
    assert_eq!(asking.handle.names(&region).await.unwrap(), ["uswest1-prod"]);
    let calls =
        asking.handle.dependencies(Window { from: window.to - 86_400_000 * MS * 2, to: window.to }).await.unwrap();
    assert!(calls.iter().any(|it| it.parent == "yelp-main" && it.child == "mobile_api" && it.calls > 0), "{calls:?}");
}

#[tokio::test]
async fn a_zipkin_that_does_not_search_says_so() {
    let Some((_server, place)) = start(&[("SEARCH_ENABLED", "false")]).await else { return };
    let asking = asking(&place).await;
    let query = TraceQuery::all(Window { from: 0, to: 1_572_000_000_000 * MS }, 10);
    let error = asking.handle.search(&query, None).await.unwrap_err();
    assert!(error.contains("SEARCH_ENABLED=false"), "{error}");
}
