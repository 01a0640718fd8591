//! OTLP over HTTP: POST to `/v1/traces`, `/v1/logs` and `/v1/metrics`, in protobuf or JSON, plain or compressed.
//!
//! Answers come in the encoding of the request, errors as a `google.rpc.Status`; requests that are not OTLP at all get
//! plain text. Status codes are those of the specification and, where it is silent, of the OpenTelemetry Collector.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::MAX_MESSAGE_BYTES;
use super::inbox::{BAD_LOGS, BAD_SPANS, Inbox};
use super::rpc::{RETRY_SECONDS, RpcStatus};
use crate::parse::otlp::{
    DecodeError, Decoded, data_points_in_json, data_points_in_proto, decode_logs_proto, decode_spans_proto,
    logs_from_json, spans_from_json,
};
use crate::source::Signal;
use crate::source::upload::{self, Compression, Unread};

/// Requests whose bodies are held at the same time; the others wait. Bounds what senders make us hold.
const CONCURRENT_REQUESTS: usize = 8;

/// Serves until `shutdown`, then finishes what is in flight. The error says why it had to stop.
pub(super) async fn serve(listener: TcpListener, inbox: Inbox, shutdown: CancellationToken) -> Result<(), String> {
    let receiver = Receiver { inbox, slots: Semaphore::new(CONCURRENT_REQUESTS), shutdown: shutdown.clone() };
    let router = Router::new().fallback(handle).with_state(Arc::new(receiver));
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
        .map_err(|error| error.to_string())
}

struct Receiver {
    inbox: Inbox,
    slots: Semaphore,
    shutdown: CancellationToken,
}

/// What a path takes.
#[derive(Clone, Copy)]
enum Endpoint {
    Traces,
    Logs,
    Metrics,
}

/// How a request is written, and its answer.
#[derive(Clone, Copy)]
enum Encoding {
    Protobuf,
    Json,
}

/// Why a request is not taken.
struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
}

async fn handle(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    let Some(endpoint) = Endpoint::of(request.uri().path()) else {
        return (StatusCode::NOT_FOUND, "404 page not found: OTLP is at /v1/traces, /v1/logs and /v1/metrics\n")
            .into_response();
    };
    if request.method() != Method::POST {
        let allow = [(header::ALLOW, HeaderValue::from_static("POST"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "405 method not allowed, supported: [POST]\n").into_response();
    }
    let Some(encoding) = Encoding::of(request.headers()) else {
        let text = "415 unsupported media type, supported: [application/json, application/x-protobuf]\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    };
    let taken = tokio::select! {
        taken = receiver.take(endpoint, encoding, request) => taken,
        () = receiver.shutdown.cancelled() => Err(Refusal::busy("spantail is shutting down")),
    };
    match taken {
        Ok(rejected) => encoding.success(endpoint, rejected),
        Err(refusal) => encoding.refusal(refusal),
    }
}

impl Receiver {
    /// Reads, decodes and hands over one request; how many of its records were rejected.
    async fn take(&self, endpoint: Endpoint, encoding: Encoding, request: Request) -> Result<u64, Refusal> {
        let outcome = self.decode(endpoint, encoding, request).await;
        match outcome {
            Ok(decoded) => {
                let rejected = decoded.rejected_logs + decoded.rejected_spans;
                self.inbox.accept(decoded);
                Ok(rejected)
            }
            Err(refusal) => {
                if let Some(signal) = endpoint.signal().filter(|_| refusal.is_final()) {
                    self.inbox.reject_request(signal);
                }
                Err(refusal)
            }
        }
    }

    async fn decode(&self, endpoint: Endpoint, encoding: Encoding, request: Request) -> Result<Decoded, Refusal> {
        let compression = Compression::of(request.headers())?;
        let _slot = self.slots.acquire().await.map_err(|_| Refusal::busy("spantail is shutting down"))?;
        let body = upload::read(request, MAX_MESSAGE_BYTES).await?;
        // Not before the body is read: a sender that is still writing may never see the answer.
        if !self.inbox.has_room().await {
            return Err(Refusal::busy("spantail has more pending than it may; try again later"));
        }
        // Megabytes take long enough to hold up other tasks of this thread.
        tokio::task::spawn_blocking(move || encoding.decode(endpoint, &compression.unpack(body, MAX_MESSAGE_BYTES)?))
            .await
            .map_err(|error| Refusal::bad(format!("reading the request failed: {error}")))?
    }
}

impl Endpoint {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/traces" => Some(Self::Traces),
            "/v1/logs" => Some(Self::Logs),
            "/v1/metrics" => Some(Self::Metrics),
            _ => None,
        }
    }

    /// The ledger that its records are counted in.
    fn signal(self) -> Option<Signal> {
        match self {
            Self::Traces => Some(Signal::Spans),
            Self::Logs => Some(Signal::Logs),
            Self::Metrics => None,
        }
    }
}

impl Encoding {
    /// From Content-Type, parameters aside.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim();
        if media_type.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else if media_type.eq_ignore_ascii_case("application/x-protobuf") {
            Some(Self::Protobuf)
        } else {
            None
        }
    }

    fn decode(self, endpoint: Endpoint, body: &[u8]) -> Result<Decoded, Refusal> {
        let counted =
            |points: Result<u64, DecodeError>| points.map(|data_points| Decoded { data_points, ..Decoded::default() });
        let decoded = match (endpoint, self) {
            (Endpoint::Traces, Self::Json) => spans_from_json(body),
            (Endpoint::Traces, Self::Protobuf) => decode_spans_proto(body),
            (Endpoint::Logs, Self::Json) => logs_from_json(body),
            (Endpoint::Logs, Self::Protobuf) => decode_logs_proto(body),
            (Endpoint::Metrics, Self::Json) => counted(data_points_in_json(body)),
            (Endpoint::Metrics, Self::Protobuf) => counted(data_points_in_proto(body)),
        };
        decoded.map_err(|error| Refusal::bad(error.to_string()))
    }

    fn success(self, endpoint: Endpoint, rejected: u64) -> Response {
        let (json_key, message) = match endpoint {
            Endpoint::Logs => ("rejectedLogRecords", BAD_LOGS),
            Endpoint::Traces | Endpoint::Metrics => ("rejectedSpans", BAD_SPANS),
        };
        let body = match self {
            _ if rejected == 0 => {
                if matches!(self, Self::Json) {
                    b"{}".to_vec()
                } else {
                    Vec::new()
                }
            }
            Self::Json => {
                json!({"partialSuccess": {json_key: rejected.to_string(), "errorMessage": message}}).to_string().into()
            }
            Self::Protobuf => {
                partial_success(endpoint, i64::try_from(rejected).unwrap_or(i64::MAX), message.to_owned())
            }
        };
        (StatusCode::OK, [self.content_type()], body).into_response()
    }

    fn refusal(self, refusal: Refusal) -> Response {
        let is_retryable = refusal.status == StatusCode::SERVICE_UNAVAILABLE;
        let status = RpcStatus { code: refusal.code as i32, message: refusal.message, details: Vec::new() };
        let body = match self {
            Self::Protobuf => status.encode_to_vec(),
            Self::Json => json!({"code": status.code, "message": status.message}).to_string().into(),
        };
        let mut response = (refusal.status, [self.content_type()], body).into_response();
        if is_retryable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(u16::from(RETRY_SECONDS)));
        }
        response
    }

    fn content_type(self) -> (HeaderName, HeaderValue) {
        let media_type = match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        };
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type))
    }
}

fn partial_success(endpoint: Endpoint, rejected: i64, error_message: String) -> Vec<u8> {
    match endpoint {
        Endpoint::Logs => {
            let partial = ExportLogsPartialSuccess { rejected_log_records: rejected, error_message };
            ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
        }
        Endpoint::Traces | Endpoint::Metrics => {
            let partial = ExportTracePartialSuccess { rejected_spans: rejected, error_message };
            ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
        }
    }
}

impl Refusal {
    fn bad(message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: Code::InvalidArgument, message }
    }

    /// The sender is to keep the batch and try again.
    fn busy(message: &str) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code: Code::Unavailable, message: message.to_owned() }
    }

    /// Whether the sender will give the batch up, so that it counts as rejected.
    fn is_final(&self) -> bool {
        self.status != StatusCode::SERVICE_UNAVAILABLE
    }
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        let (status, code) = match unread {
            Unread::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted),
            Unread::TooSlow => (StatusCode::REQUEST_TIMEOUT, Code::DeadlineExceeded),
            Unread::Broken(_) | Unread::Packed(_) => (StatusCode::BAD_REQUEST, Code::InvalidArgument),
        };
        Self { status, code, message: unread.to_string() }
    }
}
