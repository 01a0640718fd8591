//! A real Jaeger, by the program that `SPANTAIL_JAEGER` names (`tests/real_servers/jaeger.sh` builds it), else by `jaeger`
//! in the path: what is sent to it over OTLP comes back by each of its APIs.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::*;
use crate::model::{Names, Span, StatusCode};
use crate::parse::jaeger::kept::kept;
use crate::parse::otlp;
use crate::source::backend::Backend;
use crate::source::real_server::{RealServer, free_port, program};

/// A trace with every type of value, a link, an event, a scope with attributes.
const TYPED: &str = r#"{"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"typed"}},{"key":"size","value":{"intValue":"7"}}]},
  "scopeSpans":[{"scope":{"name":"lib","version":"1.2"},"spans":[
    {"traceId":"0000000000000000463ac35c9f6413ad","spanId":"00000000000000a1","name":"root","kind":2,"flags":1,
     "startTimeUnixNano":"1730291053000000001","endTimeUnixNano":"1730291053000501999","traceState":"a=b",
     "status":{"code":2,"message":"it broke"},
     "attributes":[{"key":"yes","value":{"boolValue":true}},{"key":"many","value":{"intValue":"9223372036854775807"}},
       {"key":"half","value":{"doubleValue":0.5}},{"key":"bytes","value":{"bytesValue":"AAAwOQ=="}},
       {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}}}],
     "events":[{"timeUnixNano":"1730291053000000777","name":"e","attributes":[{"key":"n","value":{"intValue":"1"}}]}],
     "links":[{"traceId":"bbad4eb5153b984404dfd154094bb031","spanId":"00000000000000ff"}]},
    {"traceId":"0000000000000000463ac35c9f6413ad","spanId":"00000000000000a2","parentSpanId":"00000000000000a1",
     "name":"child","kind":3,"startTimeUnixNano":"1730291053000002000","endTimeUnixNano":"1730291053000003000",
     "status":{"code":1}}]}]}]}"#;

/// When all of it happened: 2024-10-30.
const THEN: Window = Window { from: 1_730_246_400_000_000_000, to: 1_730_332_800_000_000_000 };

struct RealJaeger {
    _server: RealServer,
    _folder: tempfile::TempDir,
    http: u16,
    grpc: u16,
    otlp: u16,
}

fn start() -> Option<RealJaeger> {
    let program = std::env::var_os("SPANTAIL_JAEGER").map(PathBuf::from).or_else(|| program("jaeger"))?;
    let folder = tempfile::tempdir().unwrap();
    let (http, grpc, otlp) = (free_port(), free_port(), free_port());
    let config = format!(
        "service:\n  extensions: [jaeger_storage, jaeger_query]\n  telemetry: {{metrics: {{level: none}}}}\n  \
         pipelines:\n    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}\n\
         extensions:\n  jaeger_query:\n    base_path: /jaeger\n    storage: {{traces: memory}}\n    \
         http: {{endpoint: '127.0.0.1:{http}'}}\n    grpc: {{endpoint: '127.0.0.1:{grpc}'}}\n  \
         jaeger_storage:\n    backends: {{memory: {{memory: {{max_traces: 1000}}}}}}\n\
         receivers:\n  otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{otlp}'}}}}}}\n\
         exporters:\n  jaeger_storage_exporter: {{trace_storage: memory}}\n"
    );
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, config).unwrap();
    let server = RealServer::start(Command::new(program).arg("--config").arg(path), Signal::KILL);
    Some(RealJaeger { _server: server, _folder: folder, http, grpc, otlp })
}

impl RealJaeger {
    /// All ways to ask it, with whether they keep types and nanoseconds.
    fn ways(&self) -> Vec<(&'static str, Box<dyn Backend>, bool)> {
        let web = |rest: &str| Box::new(try_web(&format!("//127.0.0.1:{}/jaeger{rest}", self.http)).unwrap());
        let grpc = spec("jaeger+grpc", &format!("//127.0.0.1:{}", self.grpc));
        vec![
            ("auto", web(""), false),
            ("json", web("?api=json"), false),
            ("v3", web("?api=v3"), true),
            ("grpc", Box::new(crate::source::jaeger::grpc(&grpc, "http").unwrap()), true),
        ]
    }

    async fn send(&self, body: &'static [u8]) {
        let client = reqwest::Client::builder().build().unwrap();
        let request = client.post(format!("http://127.0.0.1:{}/v1/traces", self.otlp));
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

/// Tries until it is so, for a minute.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let tries = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), tries).await.unwrap_or_else(|_| panic!("{what}"));
}

fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.trace_id, span.span_id));
    spans
}

#[tokio::test]
async fn what_is_sent_to_a_real_one_comes_back_by_each_of_its_apis() {
    crate::source::tls::install_provider();
    let Some(real) = start() else { return };
    let ways = real.ways();
    until("Jaeger did not start", async || ways[0].1.health().await.is_ok()).await;
    let mut sent = otlp::spans_from_json(fixture!("demo-otlp.json")).unwrap().spans;
    sent.extend(otlp::spans_from_json(TYPED.as_bytes()).unwrap().spans);
    real.send(fixture!("demo-otlp.json")).await;
    real.send(TYPED.as_bytes()).await;
    until("the traces did not come", async || ways[0].1.health().await.is_ok_and(|found| found == "7 services")).await;
    for (name, jaeger, is_whole) in &ways {
        for trace in ["bbad4eb5153b984404dfd154094bb031", "463ac35c9f6413ad"] {
            let found = jaeger.trace(&wanted(trace)).await.unwrap();
            let of_it: Vec<Span> = sent.iter().filter(|span| span.trace_id == id(trace)).cloned().collect();
            if *is_whole {
                assert_eq!(sorted(found.spans), sorted(of_it), "{name}");
            } else {
                assert_eq!(kept(found.spans, true), kept(of_it, true), "{name}");
            }
        }
        assert!(jaeger.trace(&wanted("abc")).await.unwrap().spans.is_empty(), "{name}");
        searches(name, jaeger.as_ref()).await;
        let operations = jaeger.names(&Names::Operations { service: "typed".to_owned() }).await.unwrap();
        assert_eq!(operations, ["child", "root"], "{name}");
        let callers = jaeger.dependencies(THEN).await.unwrap();
        assert_eq!(callers.iter().any(|edge| edge.parent == "frontend"), *name != "grpc", "{name}: {callers:?}");
    }
}

async fn searches(name: &str, jaeger: &dyn Backend) {
    let asked = |service: Option<&str>, limit| TraceQuery { window: THEN, ..query(service, limit) };
    let all = jaeger.search(&asked(None, 10), None).await.unwrap();
    assert_eq!((all.hits.len(), all.next.as_deref()), (3, None), "{name}");
    let typed = jaeger.search(&asked(Some("typed"), 10), None).await.unwrap();
    assert_eq!(ids(&typed.hits), ["0000000000000000463ac35c9f6413ad"], "{name}");
    assert_eq!((&*typed.hits[0].operation, typed.hits[0].errors), ("root", Some(1)), "{name}");
    assert_eq!(typed.hits[0].whole.iter().filter(|span| span.status.code == StatusCode::Ok).count(), 1);
    if name != "v3" {
        let tags = vec![("half".to_owned(), "0.5".to_owned())];
        let tagged = TraceQuery { tags, is_error: true, ..asked(None, 10) };
        assert_eq!(jaeger.search(&tagged, None).await.unwrap().hits.len(), 1, "{name}");
    }
    let slow = TraceQuery { min_duration: Some(400_000), max_duration: Some(600_000), ..asked(Some("typed"), 10) };
    assert_eq!(jaeger.search(&slow, None).await.unwrap().hits.len(), 1, "{name}");
    let named = TraceQuery { operation: Some("none".to_owned()), ..asked(Some("typed"), 10) };
    assert!(jaeger.search(&named, None).await.unwrap().hits.is_empty(), "{name}");
    let (mut seen, mut page) = (std::collections::BTreeSet::new(), None);
    loop {
        let found = jaeger.search(&asked(Some("frontend"), 1), page.as_deref()).await.unwrap();
        seen.extend(ids(&found.hits));
        match found.next {
            None => break,
            next => page = next,
        }
    }
    assert_eq!(seen.len(), 2, "{name}");
}
