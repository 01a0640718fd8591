//! Raw HTTP requests: what is taken, and how everything else is refused.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Running, start};
use crate::source::collected::DEADLINE;

const JSON: &str = "Content-Type: application/json";
const PROTO: &str = "Content-Type: application/x-protobuf";
const ONE_LOG: &[u8] = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"}}]}]}]}"#;

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// Sends `request_line`, `headers` and `body` and reads the answer to its end.
async fn ask(running: &Running, request_line: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut head = format!("{request_line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    if !headers.iter().any(|header| header.contains("chunked") || header.contains("Length")) {
        head = format!("{head}Content-Length: {}\r\n", body.len());
    }
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut bytes = Vec::new();
    tokio::time::timeout(DEADLINE, stream.read_to_end(&mut bytes)).await.unwrap().unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn recorded_requests_are_taken_in_every_dress() {
    let json = include_bytes!("../../../../tests/fixtures/otlp/node-http-json.v1_traces.1.json");
    let packed = include_bytes!("../../../../tests/fixtures/otlp/node-http-json-gzip.v1_traces.1.json.gz");
    let proto = include_bytes!("../../../../tests/fixtures/otlp/node-http-proto.v1_traces.1.pb");
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(proto).unwrap();
    let zlib = zlib.finish().unwrap();
    let zstd = zstd::encode_all(&proto[..], 1).unwrap();
    let chunked = [format!("{:x}\r\n", json.len()).as_bytes(), json, b"\r\n0\r\n\r\n"].concat();
    let cases: [(&[&str], &[u8]); 7] = [
        (&[JSON], json),
        (&["content-type: Application/JSON ; charset=utf-8"], json),
        (&[JSON, "Transfer-Encoding: chunked"], &chunked),
        (&[JSON, "Content-Encoding: gzip"], packed),
        (&[PROTO], proto),
        (&[PROTO, "Content-Encoding: deflate"], &zlib),
        (&[PROTO, "Content-Encoding: zstd"], &zstd),
    ];
    let running = start("otlp+http:0").await;
    for (headers, body) in cases {
        let before = running.collected.harvest().spans.len();
        let answer = ask(&running, "POST /v1/traces", headers, body).await;
        let is_json = headers[0].to_lowercase().contains("json");
        assert_eq!((answer.status, &answer.body[..]), (200, if is_json { &b"{}"[..] } else { b"" }), "{headers:?}");
        assert!(answer.head.contains(if is_json { "application/json" } else { "application/x-protobuf" }));
        assert!(running.collected.harvest().spans.len() > before, "{headers:?}");
    }
    assert_eq!(running.collected.harvest().rejected_spans, 0);
    running.stop().await;
}

#[tokio::test]
async fn what_is_not_otlp_is_refused_by_the_book() {
    type Case<'a> = (&'a str, &'a [&'a str], &'a [u8], u16, &'a str);
    let running = start("otlp+http:0").await;
    let cases: [Case<'_>; 10] = [
        ("GET /v1/logs", &[], b"", 405, "405 method not allowed"),
        ("POST /v1/nothing", &[JSON], b"{}", 404, "404"),
        ("POST /", &[JSON], b"{}", 404, "404"),
        ("POST /v1/logs", &[], b"{}", 415, "415 unsupported media type"),
        ("POST /v1/logs", &["Content-Type: text/plain"], b"{}", 415, "415"),
        ("POST /v1/logs", &[JSON], b"{\"resourceLogs\":[", 400, r#"{"code":3,"message":"#),
        ("POST /v1/logs", &[JSON], b"not json", 400, r#"{"code":3,"message":"#),
        ("POST /v1/traces", &[PROTO], b"\x0a\xff", 400, "\x08\x03\x12"),
        ("POST /v1/metrics", &[PROTO], b"\x0a\xff", 400, "\x08\x03\x12"),
        ("POST /v1/logs", &[JSON, "Content-Encoding: br"], b"{}", 400, "supported: gzip"),
    ];
    for (request, headers, body, status, expected) in cases {
        let answer = ask(&running, request, headers, body).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, status, "{request} {headers:?}: {text}");
        assert!(text.contains(expected), "{request} {headers:?}: {text:?}");
        assert_eq!(answer.head.contains("\nallow: post"), status == 405);
    }
    let broken = ask(&running, "POST /v1/logs", &[JSON, "Content-Encoding: gzip"], b"\x1f\x8bnot gzip").await;
    assert_eq!(broken.status, 400);
    let harvest = running.collected.harvest();
    assert_eq!((harvest.rejected_logs, harvest.rejected_spans), (4, 1), "only what an endpoint gave up on counts");
}

#[tokio::test]
async fn empty_requests_are_fine() {
    let running = start("otlp+http:0").await;
    for path in ["/v1/logs", "/v1/traces", "/v1/metrics"] {
        for (header, body) in [(JSON, &b"{}"[..]), (PROTO, b"")] {
            assert_eq!(ask(&running, &format!("POST {path}"), &[header], body).await.status, 200, "{path} {header}");
        }
    }
    let harvest = running.collected.harvest();
    assert_eq!((harvest.rejected_logs, harvest.rejected_spans), (0, 0));
}

#[tokio::test]
async fn bad_records_are_reported_beside_the_good_ones() {
    let running = start("otlp+http:0").await;
    let body = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"flags":1},{"body":7},{"flags":{}}]}]}]}"#;
    let answer = ask(&running, "POST /v1/logs", &[JSON], body).await;
    assert_eq!(answer.status, 200);
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(told["partialSuccess"]["rejectedLogRecords"], "2");

    let body = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"1","spanId":"0"}]}]}]}"#;
    let answer = ask(&running, "POST /v1/traces", &[JSON], body).await;
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(told["partialSuccess"]["rejectedSpans"], "1");
    let harvest = running.collected.harvest();
    assert_eq!((harvest.logs.len(), harvest.rejected_logs, harvest.rejected_spans), (1, 2, 1));

    let body = super::spans(vec![super::span(1), super::span(0)]).encode_to_vec();
    let answer = ask(&running, "POST /v1/traces", &[PROTO], &body).await;
    let told = ExportTraceServiceResponse::decode(&*answer.body).unwrap().partial_success.unwrap();
    assert_eq!((answer.status, told.rejected_spans), (200, 1));
    assert!(!told.error_message.is_empty());
    assert_eq!(running.collected.harvest().spans.len(), 1);
}

#[tokio::test]
async fn a_full_queue_asks_to_come_again() {
    let running = start("otlp+http:0").await;
    running.collected.press(true);
    let answer = ask(&running, "POST /v1/logs", &[JSON], ONE_LOG).await;
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("\nretry-after: 1"), "{}", answer.head);
    assert!(String::from_utf8_lossy(&answer.body).contains(r#""code":14"#));
    running.collected.press(false);
    assert_eq!(ask(&running, "POST /v1/logs", &[JSON], ONE_LOG).await.status, 200);
    let harvest = running.collected.harvest();
    assert_eq!((harvest.logs.len(), harvest.rejected_logs), (1, 0));
}

#[tokio::test]
async fn what_unpacks_to_too_much_is_refused() {
    let running = start("otlp+http:0").await;
    let bomb = gzip(&vec![b' '; super::super::MAX_MESSAGE_BYTES + 1]);
    assert!(bomb.len() < 1 << 20);
    let answer = ask(&running, "POST /v1/logs", &[JSON, "Content-Encoding: gzip"], &bomb).await;
    assert_eq!(answer.status, 413);
    let announced = ask(&running, "POST /v1/logs", &[JSON, "Content-Length: 99999999999"], b"").await;
    assert_eq!(announced.status, 413);
    assert_eq!(running.collected.harvest().rejected_logs, 2);
}
