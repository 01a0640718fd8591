//! The receiver on a free loopback port: real SDK clients, raw requests, refusals, shutdown.

#[cfg(feature = "real-servers")]
mod collector;
mod raw_http;
mod sdk;

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::codegen::{Service, http};
use tonic::transport::{Channel, Endpoint};

use super::rpc::{Delay, RetryInfo, RpcStatus};
use crate::config::SourceOptions;
use crate::source::collected::{Collected, DEADLINE, state};
use crate::source::in_time::in_time;
use crate::source::{SourceError, SourceState, open};

/// A receiver that runs, and what it has received.
struct Running {
    address: SocketAddr,
    collected: Arc<Collected>,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), SourceError>>,
}

async fn start(argument: &str) -> Running {
    let source = open(argument, &SourceOptions::default()).unwrap();
    assert!(!source.is_pausable());
    let (collected, cx) = Collected::context();
    let (status, shutdown) = (cx.status.clone(), cx.shutdown.clone());
    let task = tokio::spawn(source.run(cx));
    let address = state(&status, |state| match state {
        SourceState::Live(detail) => detail.split(' ').next()?.parse().ok(),
        _ => None,
    })
    .await;
    Running { address, collected, shutdown, task }
}

impl Running {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it, which must not take longer than a source may.
    async fn stop(self) {
        self.shutdown.cancel();
        in_time(self.task).await.unwrap().unwrap();
    }
}

fn logs(records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

fn spans(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

fn span(id: u8) -> Span {
    Span { trace_id: vec![1; 16], span_id: vec![id; 8], ..Span::default() }
}

#[tokio::test]
async fn grpc_takes_all_three_signals_plain_and_compressed() {
    let running = start("otlp://127.0.0.1:0").await;
    let mut traces = TraceServiceClient::connect(running.url()).await.unwrap();
    assert_eq!(traces.export(spans(vec![span(1)])).await.unwrap().into_inner().partial_success, None);
    let mut traces = traces.send_compressed(CompressionEncoding::Gzip);
    traces.export(spans(vec![span(2)])).await.unwrap();
    let mut log_client = LogsServiceClient::connect(running.url()).await.unwrap();
    log_client.export(logs(vec![LogRecord::default(); 3])).await.unwrap();
    let mut metrics = MetricsServiceClient::connect(running.url()).await.unwrap();
    metrics.export(ExportMetricsServiceRequest::default()).await.unwrap();

    let harvest = running.collected.harvest();
    assert_eq!((harvest.spans.len(), harvest.logs.len(), harvest.rejected_spans), (2, 3, 0));
    running.stop().await;
}

#[tokio::test]
async fn grpc_tells_how_many_spans_it_did_not_take() {
    let running = start("otlp:0").await;
    let mut traces = TraceServiceClient::connect(running.url()).await.unwrap();
    let answer = traces.export(spans(vec![span(1), Span::default(), span(0)])).await.unwrap().into_inner();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 2);
    assert!(!partial.error_message.is_empty());
    let harvest = running.collected.harvest();
    assert_eq!((harvest.spans.len(), harvest.rejected_spans), (1, 2));
}

#[tokio::test]
async fn grpc_asks_to_come_again_while_the_queue_is_full() {
    let running = start("otlp:0").await;
    running.collected.press(true);
    let mut traces = TraceServiceClient::connect(running.url()).await.unwrap();
    let status = traces.export(spans(vec![span(1)])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let told = RpcStatus::decode(status.details()).unwrap();
    assert_eq!((told.code, &*told.details[0].type_url), (14, "type.googleapis.com/google.rpc.RetryInfo"));
    assert_eq!(RetryInfo::decode(&*told.details[0].value).unwrap().retry_delay, Some(Delay { seconds: 1 }));
    let mut log_client = LogsServiceClient::connect(running.url()).await.unwrap();
    assert_eq!(log_client.export(logs(vec![LogRecord::default()])).await.unwrap_err().code(), Code::Unavailable);
    running.collected.press(false);
    traces.export(spans(vec![span(1)])).await.unwrap();

    let harvest = running.collected.harvest();
    assert_eq!((harvest.spans.len(), harvest.logs.len()), (1, 0));
    assert_eq!((harvest.rejected_spans, harvest.rejected_logs), (0, 0), "what is asked for again is not lost");
}

#[tokio::test]
async fn grpc_refuses_for_good_what_is_too_long() {
    let running = start("otlp:0").await;
    let huge = LogRecord { severity_text: "x".repeat(super::MAX_MESSAGE_BYTES + 1), ..LogRecord::default() };
    let client = LogsServiceClient::connect(running.url()).await.unwrap();
    let packing = client.clone().send_compressed(CompressionEncoding::Gzip);
    for mut client in [client, packing] {
        let status = client.export(logs(vec![huge.clone()])).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    }
    let harvest = running.collected.until(|harvest| harvest.rejected_logs > 1).await;
    assert_eq!((harvest.logs.len(), harvest.rejected_logs), (0, 2));
}

/// Leads requests for traces to the service for logs, where their bytes make no sense.
struct Detour(Channel);

impl Service<http::Request<Body>> for Detour {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = <Channel as Service<http::Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let path = request.uri().to_string().replace("trace.v1.TraceService", "logs.v1.LogsService");
        *request.uri_mut() = path.parse().unwrap();
        self.0.call(request)
    }
}

#[tokio::test]
async fn grpc_counts_what_does_not_decode() {
    let running = start("otlp:0").await;
    let channel = Endpoint::from_shared(running.url()).unwrap().connect().await.unwrap();
    let status = TraceServiceClient::new(Detour(channel)).export(spans(vec![span(1)])).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let harvest = running.collected.harvest();
    assert_eq!((harvest.logs.len(), harvest.rejected_logs, harvest.rejected_spans), (0, 1, 0));
}

#[tokio::test]
async fn a_taken_port_is_named_with_a_way_out() {
    for scheme in ["otlp", "otlp+http"] {
        let first = start(&format!("{scheme}://127.0.0.1:0")).await;
        let port = first.address.port();
        let second = open(&format!("{scheme}://127.0.0.1:{port}"), &SourceOptions::default()).unwrap();
        let (_, cx) = Collected::context();
        let error = second.run(cx).await.unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{port}")) && error.contains("already in use"), "{error}");
        assert!(error.contains(&format!("choose another with {scheme}://127.0.0.1:")), "{error}");
    }
}

#[tokio::test]
async fn open_connections_do_not_delay_the_end() {
    for scheme in ["otlp", "otlp+http"] {
        let running = start(&format!("{scheme}://127.0.0.1:0")).await;
        let mut idle = TcpStream::connect(running.address).await.unwrap();
        let mut half = TcpStream::connect(running.address).await.unwrap();
        let beginning =
            b"POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
        tokio::io::AsyncWriteExt::write_all(&mut half, beginning).await.unwrap();
        let address = running.address;
        running.stop().await;
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
        drop(tokio::time::timeout(DEADLINE, idle.read_u8()).await.unwrap());
    }
}

#[test]
fn the_kind_is_registered_under_both_schemes() {
    assert_eq!(open("otlp:", &SourceOptions::default()).unwrap().label(), "otlp 127.0.0.1:4317");
    assert_eq!(open("otlp+http:", &SourceOptions::default()).unwrap().label(), "otlp+http 127.0.0.1:4318");
    assert!(open("otlp://x:y", &SourceOptions::default()).is_err());
}
