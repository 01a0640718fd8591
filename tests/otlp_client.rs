//! A real OpenTelemetry SDK sends to the real program, over every transport it has.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files are missing")]

#[path = "support/headless.rs"]
mod headless;
#[path = "support/home.rs"]
mod home;
#[path = "support/recorded.rs"]
mod recorded;

use std::net::{SocketAddr, TcpListener, TcpStream};

use headless::{Headless, wait_until};
use home::Home;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    Compression, LogExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use recorded::Recorded;
use rustix::process::Signal;

/// A recording of what is sent to two receivers.
struct Receivers {
    home: Home,
    program: Headless,
    grpc: SocketAddr,
    http: SocketAddr,
}

impl Receivers {
    fn start() -> Self {
        let home = Home::new();
        let (grpc, http) = free_addresses();
        let (grpc_source, http_source) = (format!("otlp://{grpc}"), format!("otlp+http://{http}"));
        let program = Headless::start(&home, &["record", &grpc_source, &http_source, "-o", "out.zst"], "");
        for address in [grpc, http] {
            wait_until("a receiver", || TcpStream::connect(address).is_ok());
        }
        Self { home, program, grpc, http }
    }

    fn end(self) -> Recorded {
        self.program.signal(Signal::TERM);
        let ended = self.program.wait();
        assert_eq!((ended.code, &*ended.out), (Some(143), ""), "{ended:?}");
        assert!(ended.err.contains("rate-limited 0  dropped 0  rejected 0\n"), "{ended:?}");
        Recorded::read(&self.home.path("out.zst"))
    }
}

/// Two addresses that were free a moment ago.
fn free_addresses() -> (SocketAddr, SocketAddr) {
    let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [one, two] = held.map(|listener| listener.local_addr().unwrap());
    (one, two)
}

/// What one client sent.
struct Sent {
    service: &'static str,
    parent: SpanContext,
    child: SpanContext,
}

/// Sends a trace of two spans and a log line within the inner one.
fn send(service: &'static str, spans: SpanExporter, logs: LogExporter) -> Sent {
    let resource = Resource::builder().with_service_name(service).build();
    let tracing = SdkTracerProvider::builder().with_simple_exporter(spans).with_resource(resource.clone()).build();
    let tracer = tracing.tracer("checkout");
    let parent = Context::new().with_span(tracer.span_builder("POST /pay").with_kind(SpanKind::Server).start(&tracer));
    let child = tracer.span_builder("charge").with_kind(SpanKind::Client).start_with_context(&tracer, &parent);
    let child = parent.with_span(child);
    child.span().set_attribute(KeyValue::new("order.id", 7));
    child.span().set_status(Status::error("card declined"));

    let logging = SdkLoggerProvider::builder().with_simple_exporter(logs).with_resource(resource).build();
    let logger = logging.logger("checkout");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from("card declined"));
    record.set_severity_number(Severity::Error);
    let context = child.span().span_context().clone();
    record.set_trace_context(context.trace_id(), context.span_id(), Some(context.trace_flags()));
    logger.emit(record);

    child.span().end();
    parent.span().end();
    tracing.shutdown().unwrap();
    logging.shutdown().unwrap();
    Sent { service, parent: parent.span().span_context().clone(), child: context }
}

/// Asserts that a recording holds what was sent, once.
fn assert_holds(recorded: &Recorded, sent: &Sent) {
    let spans: Vec<_> =
        recorded.spans.iter().filter(|(service, _)| service == sent.service).map(|(_, span)| span).collect();
    let named = |name: &str| *spans.iter().find(|span| span.name == name).unwrap();
    let (parent, child) = (named("POST /pay"), named("charge"));
    assert_eq!(spans.len(), 2, "{}: {spans:?}", sent.service);
    let trace = sent.parent.trace_id().to_bytes();
    assert_eq!((&parent.trace_id[..], &child.trace_id[..]), (&trace[..], &trace[..]));
    assert_eq!(parent.span_id, sent.parent.span_id().to_bytes());
    assert_eq!(child.span_id, sent.child.span_id().to_bytes());
    assert_eq!((&parent.parent_span_id[..], &child.parent_span_id), (&[][..], &parent.span_id));
    assert!(
        parent.start_time_unix_nano <= child.start_time_unix_nano
            && child.end_time_unix_nano <= parent.end_time_unix_nano
    );
    assert_eq!(child.status.as_ref().map(|status| &*status.message), Some("card declined"));
    let order =
        child.attributes.iter().find(|attribute| attribute.key == "order.id").and_then(|order| order.value.clone());
    assert_eq!(order.and_then(|order| order.value), Some(Value::IntValue(7)));

    let logs: Vec<_> =
        recorded.logs.iter().filter(|(service, _)| service == sent.service).map(|(_, log)| log).collect();
    let [log] = logs[..] else { panic!("{}: {logs:?}", sent.service) };
    assert_eq!((&log.trace_id, &log.span_id), (&child.trace_id, &child.span_id), "the line finds its span");
    let body = log.body.as_ref().and_then(|body| body.value.clone());
    assert_eq!((body, log.severity_number), (Some(Value::StringValue("card declined".to_owned())), 17));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sdk_delivers_over_grpc() {
    let receivers = Receivers::start();
    let url = format!("http://{}", receivers.grpc);
    let mut all = Vec::new();
    for (service, compression) in [("plain", None), ("gzip", Some(Compression::Gzip))] {
        let (mut spans, mut logs) = (SpanExporter::builder().with_tonic(), LogExporter::builder().with_tonic());
        if let Some(compression) = compression {
            (spans, logs) = (spans.with_compression(compression), logs.with_compression(compression));
        }
        let spans = spans.with_endpoint(&url).build().unwrap();
        let logs = logs.with_endpoint(&url).build().unwrap();
        // The SDK's simple exporters block their thread.
        all.push(tokio::task::spawn_blocking(move || send(service, spans, logs)).await.unwrap());
    }
    let recorded = receivers.end();
    for sent in &all {
        assert_holds(&recorded, sent);
    }
}

#[test]
fn an_sdk_delivers_over_http() {
    spantail::source::tls::install_provider();
    let receivers = Receivers::start();
    let url = format!("http://{}", receivers.http);
    let cases = [
        ("protobuf", Protocol::HttpBinary, None),
        ("protobuf-gzip", Protocol::HttpBinary, Some(Compression::Gzip)),
        ("json", Protocol::HttpJson, None),
        ("json-gzip", Protocol::HttpJson, Some(Compression::Gzip)),
    ];
    let mut all = Vec::new();
    for (service, protocol, compression) in cases {
        let (mut spans, mut logs) = (SpanExporter::builder().with_http(), LogExporter::builder().with_http());
        if let Some(compression) = compression {
            (spans, logs) = (spans.with_compression(compression), logs.with_compression(compression));
        }
        let spans = spans.with_protocol(protocol).with_endpoint(format!("{url}/v1/traces")).build().unwrap();
        let logs = logs.with_protocol(protocol).with_endpoint(format!("{url}/v1/logs")).build().unwrap();
        all.push(send(service, spans, logs));
    }
    let recorded = receivers.end();
    for sent in &all {
        assert_holds(&recorded, sent);
    }
}
