//! The receiver on a free loopback port: every encoding, refusals, backpressure, shutdown.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::{Client, Response};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::SourceOptions;
use crate::source::collected::{Collected, state};
use crate::source::in_time::in_time;
use crate::source::{SourceError, SourceState, open};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const PROTO: (&str, &str) = ("Content-Type", "application/x-protobuf");
const ONE: &[u8] = br#"[{"traceId":"1","id":"2","name":"a","timestamp":5}]"#;

/// `ListOfSpans` of one span with the trace id 1 and the id 2.
const ONE_PROTO: &[u8] = b"\x0a\x14\x0a\x08\0\0\0\0\0\0\0\x01\x1a\x08\0\0\0\0\0\0\0\x02";

/// A receiver that runs, and what it has received.
struct Running {
    address: SocketAddr,
    collected: Arc<Collected>,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), SourceError>>,
}

async fn start() -> Running {
    let source = open("zipkin+listen://127.0.0.1:0", &SourceOptions::default()).unwrap();
    assert!(!source.is_pausable() && source.label().starts_with("zipkin+listen 127.0.0.1"));
    let (collected, cx) = Collected::context();
    let (status, shutdown) = (cx.status.clone(), cx.shutdown.clone());
    let task = tokio::spawn(source.run(cx));
    let address = state(&status, |state| match state {
        SourceState::Live(address) => address.parse().ok(),
        _ => None,
    })
    .await;
    Running { address, collected, shutdown, task }
}

impl Running {
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        crate::source::tls::install_provider();
        let request = Client::new().post(format!("http://{}{path}", self.address)).body(body.to_vec());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn reports_are_taken_in_every_dress() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], usize);
    let sdk = include_bytes!("../../../../tests/fixtures/zipkin/node-sdk.json");
    let packed = include_bytes!("../../../../tests/fixtures/zipkin/smartthings-oauth-authorization.json.gz");
    let v1 = br#"[{"traceId":"1","id":"2","name":"a","annotations":[],"binaryAnnotations":[]}]"#;
    let gzipped = gzip(ONE_PROTO);
    let cases: [Case<'_>; 11] = [
        ("/api/v2/spans", &[JSON], sdk, 6),
        ("/api/v2/spans", &[], ONE, 1),
        ("/api/v2/spans", &[("Content-Type", "application/json; charset=utf-8")], ONE, 1),
        ("/api/v2/spans", &[JSON, ("Content-Encoding", "gzip")], packed, 172),
        ("/api/v2/spans", &[PROTO], ONE_PROTO, 1),
        ("/api/v2/spans", &[PROTO, ("Content-Encoding", "gzip")], &gzipped, 1),
        ("/api/v1/spans", &[JSON], v1, 1),
        ("/api/v2/spans", &[JSON], v1, 1),
        ("/api/v2/spans", &[JSON], b"[]", 0),
        ("/api/v2/spans", &[JSON], b"", 0),
        ("/api/v2/spans", &[PROTO], b"", 0),
    ];
    let running = start().await;
    for (path, headers, body, spans) in cases {
        let before = running.collected.harvest().spans.len();
        let answer = running.post(path, headers, body).await;
        assert_eq!(answer.status().as_u16(), 202, "{path} {headers:?}");
        assert_eq!(answer.text().await.unwrap(), "");
        let harvest = running.collected.harvest();
        assert_eq!((harvest.spans.len() - before, harvest.rejected_spans), (spans, 0), "{path} {headers:?}");
    }
}

#[tokio::test]
async fn what_is_no_report_is_refused_and_counted() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str, u64);
    let cases: [Case<'_>; 8] = [
        ("/api/v2/spans", &[JSON], b"{", 400, "not a list of Zipkin spans", 1),
        ("/api/v2/spans", &[JSON], b"[[[]]", 400, "not a list of Zipkin spans", 1),
        ("/api/v2/spans", &[PROTO], b"\x0a\xff", 400, "protobuf", 1),
        ("/api/v2/spans", &[JSON, ("Content-Encoding", "gzip")], b"\x1f\x8bno", 400, "compressed body is broken", 1),
        ("/api/v2/spans", &[JSON, ("Content-Encoding", "br")], ONE, 400, "supported: gzip", 1),
        ("/api/v1/spans", &[("Content-Type", "application/x-thrift")], b"\x0c", 415, "application/json", 1),
        ("/api/v2/traces", &[JSON], ONE, 404, "/api/v2/spans", 0),
        ("/api/v2/spans", &[JSON], br#"[{"traceId":"1","id":"2"},{"traceId":"x","id":"2"}]"#, 202, "", 1),
    ];
    let running = start().await;
    let mut rejected = 0;
    for (path, headers, body, status, told, count) in cases {
        let answer = running.post(path, headers, body).await;
        assert_eq!(answer.status().as_u16(), status, "{path} {headers:?}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(told), "{path}: {text}");
        rejected += count;
        assert_eq!(running.collected.harvest().rejected_spans, rejected, "{path} {headers:?}");
    }
    let asked = Client::new().get(format!("http://{}/api/v2/spans", running.address)).send().await.unwrap();
    assert_eq!((asked.status().as_u16(), asked.headers()["allow"].to_str().unwrap()), (405, "POST"));
    assert_eq!(running.collected.harvest().spans.len(), 1);
}

#[tokio::test]
async fn what_is_too_long_is_refused_packed_or_not() {
    let running = start().await;
    let long = vec![b' '; super::super::receiver::MAX_MESSAGE_BYTES + 1];
    let packed = gzip(&long);
    for (headers, body) in [(&[JSON][..], &long), (&[JSON, ("Content-Encoding", "gzip")], &packed)] {
        let answer = running.post("/api/v2/spans", headers, body).await;
        assert_eq!(answer.status().as_u16(), 413);
        assert!(answer.text().await.unwrap().contains("64 MiB"));
    }
    assert_eq!(running.collected.harvest().rejected_spans, 2);
}

#[tokio::test]
async fn a_full_queue_asks_to_come_again_and_loses_nothing() {
    let running = start().await;
    running.collected.press(true);
    let answer = running.post("/api/v2/spans", &[JSON], ONE).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    let harvest = running.collected.harvest();
    assert_eq!((harvest.spans.len(), harvest.rejected_spans), (0, 0));
    running.collected.press(false);
    assert_eq!(running.post("/api/v2/spans", &[JSON], ONE).await.status().as_u16(), 202);
    assert_eq!(running.collected.harvest().spans.len(), 1);
}

#[tokio::test]
async fn it_ends_in_time_whatever_senders_do_and_names_a_taken_port() {
    let running = start().await;
    let second = open(&format!("zipkin+listen:{}", running.address.port()), &SourceOptions::default()).unwrap();
    let error = second.run(Collected::context().1).await.unwrap_err().to_string();
    assert!(error.contains("already in use") && error.contains("zipkin+listen://127.0.0.1:"), "{error}");
    let mut half = TcpStream::connect(running.address).await.unwrap();
    let beginning = b"POST /api/v2/spans HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n[";
    half.write_all(beginning).await.unwrap();
    running.shutdown.cancel();
    in_time(running.task).await.unwrap().unwrap();
}

#[test]
fn without_an_address_it_is_zipkins_port_on_loopback() {
    let label = |argument: &str| open(argument, &SourceOptions::default()).map(|source| source.label()).ok();
    assert_eq!(label("zipkin+listen:").as_deref(), Some("zipkin+listen 127.0.0.1:9411"));
    assert_eq!(label("zipkin+listen://0.0.0.0:9999").as_deref(), Some("zipkin+listen 0.0.0.0:9999"));
    assert_eq!(label("zipkin+listen://a/b"), None);
}
