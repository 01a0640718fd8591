//! The receiver: stands where tracers expect Zipkin, and takes what they report.
//!
//! `POST /api/v2/spans` in JSON or protobuf and `POST /api/v1/spans` in JSON, plain or compressed; either path takes either
//! version. Answers as Zipkin's collector does: 202 and nothing, 400 with a text; and as it may, 503 with `Retry-After` while
//! the queue is full, before anything is dropped.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::parse::zipkin::{Decoded, Extent, decode_json, decode_proto};
use crate::source::listen::{Listen, Protocol, overdue};
use crate::source::upload::{self, Compression, Unread};
use crate::source::{Batch, Intake, Signal, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

const PROTOCOL: Protocol = Protocol { scheme: "zipkin+listen", port: 9411, name: "Zipkin spans" };

/// Where tracers send to.
const PATHS: &[&str] = &["/api/v2/spans", "/api/v1/spans"];

/// The longest request that is taken, before and after decompression.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// Requests whose bodies are held at the same time; the others wait. Bounds what senders make us hold.
const CONCURRENT_REQUESTS: usize = 8;

/// What a sender is asked to wait under backpressure, in seconds.
const RETRY_SECONDS: u16 = 1;

/// The kind of source that receives what tracers report to Zipkin.
pub(in crate::source) struct ZipkinReceiverKind;

impl SourceKind for ZipkinReceiverKind {
    fn name(&self) -> &'static str {
        "zipkin-listen"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &[PROTOCOL.scheme]
    }

    fn about(&self) -> &'static str {
        "Receives what tracers report to Zipkin, in JSON or protobuf."
    }

    fn example(&self) -> &'static str {
        "zipkin+listen://127.0.0.1:9411"
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(ZipkinReceiver { listen: Listen::parse(PROTOCOL, &spec.rest)? }))
    }
}

struct ZipkinReceiver {
    listen: Listen,
}

impl Source for ZipkinReceiver {
    fn label(&self) -> String {
        self.listen.to_string()
    }

    fn is_pausable(&self) -> bool {
        false
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        serve(self.listen, cx).boxed()
    }
}

async fn serve(listen: Listen, cx: SourceContext) -> Result<(), SourceError> {
    let (listener, address) = listen.bind().await?;
    cx.status.set(SourceState::Live(address.to_string()));
    let slots = Semaphore::new(CONCURRENT_REQUESTS);
    let collector = Collector { intake: cx.intake, slots, shutdown: cx.shutdown.clone() };
    let router = Router::new().fallback(handle).with_state(Arc::new(collector));
    let serving = axum::serve(listener, router).with_graceful_shutdown(cx.shutdown.clone().cancelled_owned());
    tokio::select! {
        ended = serving.into_future() => ended.map_err(|error| listen.failed(error.to_string())),
        () = overdue(&cx.shutdown) => Ok(()),
    }
}

struct Collector {
    intake: Arc<dyn Intake>,
    slots: Semaphore,
    shutdown: CancellationToken,
}

/// How the list of spans is written.
#[derive(Clone, Copy)]
enum Encoding {
    Json,
    Protobuf,
}

/// Why a request is not taken.
struct Refusal {
    status: StatusCode,
    message: String,
}

async fn handle(State(collector): State<Arc<Collector>>, request: Request) -> Response {
    if !PATHS.contains(&request.uri().path()) {
        return (StatusCode::NOT_FOUND, "404 not found: spans go to /api/v2/spans\n").into_response();
    }
    if request.method() != Method::POST {
        let allow = [(header::ALLOW, HeaderValue::from_static("POST"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "405 method not allowed, supported: [POST]\n").into_response();
    }
    let taken = tokio::select! {
        taken = collector.take(request) => taken,
        () = collector.shutdown.cancelled() => Err(Refusal::busy("spantail is shutting down")),
    };
    match taken {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(refusal) => refusal.response(),
    }
}

impl Collector {
    /// Reads, decodes and hands over one request.
    async fn take(&self, request: Request) -> Result<(), Refusal> {
        let decoded = self.decode(request).await;
        match decoded {
            Ok(Decoded { spans, rejected }) => {
                if rejected > 0 {
                    self.intake.reject(Signal::Spans, rejected);
                }
                if !spans.is_empty() {
                    self.intake.offer(Batch::Spans(spans));
                }
                Ok(())
            }
            Err(refusal) => {
                if refusal.status != StatusCode::SERVICE_UNAVAILABLE {
                    self.intake.reject(Signal::Spans, 1);
                }
                Err(refusal)
            }
        }
    }

    async fn decode(&self, request: Request) -> Result<Decoded, Refusal> {
        let encoding = Encoding::of(request.headers())?;
        let compression = Compression::of(request.headers())?;
        let _slot = self.slots.acquire().await.map_err(|_| Refusal::busy("spantail is shutting down"))?;
        let body = upload::read(request, MAX_MESSAGE_BYTES).await?;
        // Not before the body is read: a sender that is still writing may never see the answer.
        if self.intake.is_pressed() {
            return Err(Refusal::busy("spantail has more pending than it may; try again later"));
        }
        // Megabytes take long enough to hold up other tasks of this thread.
        tokio::task::spawn_blocking(move || encoding.decode(&compression.unpack(body, MAX_MESSAGE_BYTES)?))
            .await
            .map_err(|error| Refusal::bad(format!("reading the request failed: {error}")))?
    }
}

impl Encoding {
    /// From Content-Type, parameters aside; as with Zipkin, what is not said otherwise is JSON.
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" => Ok(Self::Protobuf),
            "application/x-thrift" => Err(Refusal {
                status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
                message: "thrift is not supported; send application/json or application/x-protobuf".to_owned(),
            }),
            _ => Ok(Self::Json),
        }
    }

    fn decode(self, body: &[u8]) -> Result<Decoded, Refusal> {
        let decoded = match self {
            Self::Json => decode_json(body, Extent::Report),
            Self::Protobuf => decode_proto(body, Extent::Report),
        };
        decoded.map_err(|error| Refusal::bad(error.to_string()))
    }
}

impl Refusal {
    fn bad(message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message }
    }

    /// The sender is to keep the spans and try again.
    fn busy(message: &str) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message: message.to_owned() }
    }

    fn response(self) -> Response {
        let is_retryable = self.status == StatusCode::SERVICE_UNAVAILABLE;
        let mut response = (self.status, format!("{}\n", self.message)).into_response();
        if is_retryable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
        }
        response
    }
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        let status = match unread {
            Unread::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Unread::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Unread::Broken(_) | Unread::Packed(_) => StatusCode::BAD_REQUEST,
        };
        Self { status, message: unread.to_string() }
    }
}
