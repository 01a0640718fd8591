//! The OpenTelemetry SDK for Rust as the sender, over every transport it has.

use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry_otlp::{
    Compression, LogExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::{Running, start};
use crate::model::{Severity as OurSeverity, StatusCode, Value};
use crate::source::tls;

fn resource() -> Resource {
    Resource::builder().with_service_name("shop").build()
}

/// One error span and one log within it, sent and flushed.
fn send(spans: SpanExporter, logs: LogExporter) {
    let tracing = SdkTracerProvider::builder().with_simple_exporter(spans).with_resource(resource()).build();
    let tracer = tracing.tracer("checkout");
    let mut span = tracer.span_builder("pay").with_kind(SpanKind::Client).start(&tracer);
    span.set_attribute(KeyValue::new("order.id", 7));
    span.add_event("declined", vec![KeyValue::new("code", "insufficient_funds")]);
    span.set_status(Status::error("card declined"));
    let context = span.span_context().clone();
    span.end();

    let logging = SdkLoggerProvider::builder().with_simple_exporter(logs).with_resource(resource()).build();
    let logger = logging.logger("checkout");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from("card declined"));
    record.set_severity_number(Severity::Error);
    record.set_trace_context(context.trace_id(), context.span_id(), Some(context.trace_flags()));
    logger.emit(record);
    tracing.shutdown().unwrap();
    logging.shutdown().unwrap();
}

async fn both_arrive(running: Running) {
    let harvest = running.collected.until(|harvest| !harvest.spans.is_empty() && !harvest.logs.is_empty()).await;
    let ([span], [log]) = (&harvest.spans[..], &harvest.logs[..]) else { panic!("{harvest:?}") };
    assert_eq!((&*span.name, span.service(), &*span.scope.name), ("pay", "shop", "checkout"));
    assert_eq!((span.status.code, &*span.status.message), (StatusCode::Error, "card declined"));
    assert_eq!(span.attributes.get("order.id"), Some(&Value::Int(7)));
    assert_eq!(span.events[0].attributes.text("code"), Some("insufficient_funds"));
    assert!(span.start > 0 && span.end >= span.start);
    assert_eq!((log.body.as_str(), log.severity), (Some("card declined"), OurSeverity::ERROR));
    assert_eq!((log.trace_id, log.span_id), (Some(span.trace_id), Some(span.span_id)), "the log finds its span");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_delivers_over_grpc() {
    for compression in [None, Some(Compression::Gzip)] {
        let running = start("otlp:0").await;
        let url = running.url();
        let (mut spans, mut logs) = (SpanExporter::builder().with_tonic(), LogExporter::builder().with_tonic());
        if let Some(compression) = compression {
            (spans, logs) = (spans.with_compression(compression), logs.with_compression(compression));
        }
        let spans = spans.with_endpoint(&url).build().unwrap();
        let logs = logs.with_endpoint(&url).build().unwrap();
        tokio::task::spawn_blocking(move || send(spans, logs)).await.unwrap();
        both_arrive(running).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_delivers_over_http() {
    let cases = [
        (Protocol::HttpBinary, None),
        (Protocol::HttpBinary, Some(Compression::Gzip)),
        (Protocol::HttpJson, None),
        (Protocol::HttpJson, Some(Compression::Gzip)),
    ];
    tls::install_provider();
    for (protocol, compression) in cases {
        let running = start("otlp+http:0").await;
        let url = running.url();
        let sending = move || {
            let (mut spans, mut logs) = (SpanExporter::builder().with_http(), LogExporter::builder().with_http());
            if let Some(compression) = compression {
                (spans, logs) = (spans.with_compression(compression), logs.with_compression(compression));
            }
            let spans = spans.with_protocol(protocol).with_endpoint(format!("{url}/v1/traces")).build().unwrap();
            let logs = logs.with_protocol(protocol).with_endpoint(format!("{url}/v1/logs")).build().unwrap();
            send(spans, logs);
        };
        tokio::task::spawn_blocking(sending).await.unwrap();
        both_arrive(running).await;
    }
}

/// One log through an SDK that exports it at once. Answers whether that went well.
async fn export(logs: LogExporter) -> bool {
    let record = move || {
        let exporting = SdkLoggerProvider::builder().with_simple_exporter(logs).with_resource(resource()).build();
        let logger = exporting.logger("checkout");
        let mut record = logger.create_log_record();
        record.set_body(AnyValue::from("card declined"));
        logger.emit(record);
        exporting.shutdown()
    };
    tokio::task::spawn_blocking(record).await.unwrap().is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_is_held_off_while_the_queue_is_full_and_delivers_after() {
    tls::install_provider();
    for argument in ["otlp:0", "otlp+http:0"] {
        let running = start(argument).await;
        let url = running.url();
        let exporter = || {
            if argument == "otlp:0" {
                LogExporter::builder().with_tonic().with_endpoint(&url).build().unwrap()
            } else {
                LogExporter::builder().with_http().with_endpoint(format!("{url}/v1/logs")).build().unwrap()
            }
        };
        running.collected.press(true);
        // The simple processor tells nobody; what counts is that nothing was taken, and nothing counted as lost.
        let refused = tokio::task::block_in_place(exporter);
        export(refused).await;
        let harvest = running.collected.harvest();
        assert_eq!((harvest.logs.len(), harvest.rejected_logs), (0, 0), "{argument}");
        running.collected.press(false);
        let taken = tokio::task::block_in_place(exporter);
        assert!(export(taken).await, "{argument}");
        running.collected.until(|harvest| harvest.logs.len() == 1).await;
        running.stop().await;
    }
}
