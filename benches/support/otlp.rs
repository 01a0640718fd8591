//! An OTLP client that costs next to nothing: requests are encoded beforehand, and only their bytes are sent.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use spantail::model::SourceState;
use spantail::store::Accounting;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};

/// What a request for spans is.
pub(crate) type Spans = ExportTraceServiceRequest;
/// What a request for log records is.
pub(crate) type Logs = ExportLogsServiceRequest;

/// Where spans are sent to.
pub(crate) const SPANS_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Where log records are sent to.
pub(crate) const LOGS_PATH: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// Requests that are under way at the same time.
const AT_ONCE: usize = 4;
/// How long the sender waits when it is asked to come again.
const COME_AGAIN: Duration = Duration::from_millis(1);
/// When the first span begins, in nanoseconds since 1970.
const BEGIN: u64 = 1_773_489_790_000_000_000;
/// Spans of one trace.
const PER_TRACE: u64 = 8;

/// Request `n` of `count` spans each, in whole traces of a root and its children.
pub(crate) fn spans(n: u64, count: u64) -> Bytes {
    let spans = (n * count..(n + 1) * count).map(span).collect();
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource()), scope_spans, ..ResourceSpans::default() }];
    Spans { resource_spans }.encode_to_vec().into()
}

/// Request `n` of `count` log records each.
pub(crate) fn logs(n: u64, count: u64) -> Bytes {
    let log_records = (n * count..(n + 1) * count).map(log).collect();
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { resource: Some(resource()), scope_logs, ..ResourceLogs::default() }];
    Logs { resource_logs }.encode_to_vec().into()
}

/// The least that can be done with requests: to decode them.
pub(crate) fn decode<M: Message + Default>(requests: &[Bytes]) -> anyhow::Result<()> {
    for request in requests {
        std::hint::black_box(M::decode(request.clone())?);
    }
    Ok(())
}

/// Where the only source listens, once it does.
pub(crate) fn address(accounting: &Accounting) -> Option<String> {
    match &accounting.sources.first()?.state {
        SourceState::Live(detail) => detail.split(' ').next().map(str::to_owned),
        _ => None,
    }
}

/// Sends all requests, again where the receiver asks for it, and returns when all are answered.
pub(crate) async fn send_all(address: &str, path: &'static str, requests: Vec<Bytes>) -> anyhow::Result<()> {
    let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
    let path = PathAndQuery::from_static(path);
    let sent = stream::iter(requests).map(|request| {
        let (channel, path) = (channel.clone(), path.clone());
        async move {
            let mut client = tonic::client::Grpc::new(channel);
            loop {
                client.ready().await?;
                match client.unary(Request::new(request.clone()), path.clone(), Raw).await {
                    Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(COME_AGAIN).await,
                    answer => return answer.map(|_| ()).map_err(anyhow::Error::from),
                }
            }
        }
    });
    sent.buffer_unordered(AT_ONCE).try_collect().await
}

/// Bytes that are a message already.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, dst: &mut EncodeBuf<'_>) -> Result<(), Status> {
        dst.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, src: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        src.advance(src.remaining());
        Ok(Some(()))
    }
}

/// Span `n` with what an HTTP server's span carries.
fn span(n: u64) -> Span {
    let (trace, place) = (n / PER_TRACE + 1, n % PER_TRACE);
    let start = BEGIN + n * 10_000;
    Span {
        trace_id: u128::from(trace).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes().to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        parent_span_id: if place == 0 { Vec::new() } else { (n - place + 1).to_be_bytes().to_vec() },
        name: format!("GET /api/v1/items/{}", n % 32),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 1_000_000 + n % 5_000_000,
        attributes: vec![
            text("http.request.method", "GET"),
            text("url.path", "/api/v1/items"),
            number("http.response.status_code", if n.is_multiple_of(100) { 500 } else { 200 }),
            text("server.address", "catalog.shop.internal"),
            text("user.id", &format!("u{}", n % 10_000)),
            number("order.id", n),
        ],
        ..Span::default()
    }
}

/// Log record `n`, within a span.
fn log(n: u64) -> LogRecord {
    let body = format!("order {n} placed for customer u{} after {} ms", n % 10_000, n % 900);
    LogRecord {
        time_unix_nano: BEGIN + n * 10_000,
        observed_time_unix_nano: BEGIN + n * 10_000,
        severity_number: if n.is_multiple_of(100) { 17 } else { 9 },
        body: Some(AnyValue { value: Some(Value::StringValue(body)) }),
        attributes: vec![text("logger.name", "shop.orders"), text("thread.name", "worker-7"), number("order.id", n)],
        trace_id: u128::from(n / PER_TRACE + 1).to_be_bytes().to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        ..LogRecord::default()
    }
}

fn resource() -> Resource {
    let attributes =
        vec![text("service.name", "catalog"), text("service.version", "1.4.2"), text("host.name", "web-3")];
    Resource { attributes, ..Resource::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(i64::try_from(value).unwrap_or_default()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
