//! A real OpenTelemetry Collector as the sender, which `tests/real_servers/collector.sh` builds: over gRPC and over HTTP, both
//! compressed as it does unless told otherwise, and also before there is anybody to receive.

use std::process::Command;

use rustix::process::Signal;

use super::start;
use crate::model::{LogRecord, Span};
use crate::parse::otlp::decode_json;
use crate::source::real_server::{RealServer, free_port};
use crate::source::tls;

/// Where the script says its program is.
const PROGRAM: &str = "SPANTAIL_OTELCOL";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", $name)).as_slice()
    };
}

/// A Collector that takes OTLP over HTTP on `port` and hands it on by `exporter`.
fn collector(port: u16, exporter: &str, endpoint: &str) -> RealServer {
    let program = std::env::var(PROGRAM).expect("run by tests/real_servers/collector.sh");
    let config = format!(
        "{{receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}, \
          exporters: {{{exporter}: {{endpoint: '{endpoint}', tls: {{insecure: true}}, \
            retry_on_failure: {{initial_interval: 50ms, max_interval: 200ms}}}}}}, \
          service: {{telemetry: {{metrics: {{level: none}}}}, pipelines: {{ \
            traces: {{receivers: [otlp], exporters: [{exporter}]}}, \
            logs: {{receivers: [otlp], exporters: [{exporter}]}}}}}}}}"
    );
    RealServer::start(Command::new(program).arg(format!("--config=yaml:{config}")), Signal::TERM)
}

/// Sends a request in JSON, as soon as the Collector listens.
async fn send(port: u16, signal: &str, body: &'static [u8]) {
    let client = reqwest::Client::builder().build().unwrap();
    for _ in 0..200 {
        let request = client.post(format!("http://127.0.0.1:{port}/v1/{signal}"));
        if let Ok(answer) = request.header("content-type", "application/json").body(body).send().await {
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the Collector does not listen");
}

fn ordered(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.trace_id, span.span_id));
    spans
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_hands_on_what_it_was_sent() {
    tls::install_provider();
    let traces = fixture!("jaeger/demo-otlp.json");
    let logs = fixture!("otlp/node-http-json.v1_logs.1.json");
    let sent_spans = ordered(decode_json(traces).unwrap().spans);
    let sent_logs: Vec<LogRecord> = decode_json(logs).unwrap().logs;
    for (scheme, exporter, prefix) in [("otlp", "otlp", ""), ("otlp+http", "otlphttp", "http://")] {
        let (in_port, out_port) = (free_port(), free_port());
        let _collector = collector(in_port, exporter, &format!("{prefix}127.0.0.1:{out_port}"));
        // Nobody receives yet: it keeps what it has.
        send(in_port, "traces", traces).await;
        let running = start(&format!("{scheme}://127.0.0.1:{out_port}")).await;
        send(in_port, "logs", logs).await;
        let is_all = |harvest: &crate::source::collected::Harvest| {
            harvest.spans.len() >= sent_spans.len() && harvest.logs.len() >= sent_logs.len()
        };
        let harvest = running.collected.until(is_all).await;
        assert_eq!(ordered(harvest.spans), sent_spans, "by {scheme}");
        assert_eq!(harvest.logs, sent_logs, "by {scheme}");
        assert_eq!((harvest.rejected_spans, harvest.rejected_logs), (0, 0));
        running.stop().await;
    }
}
