//! OTLP over gRPC: the three collector services on one port.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::codegen::{Service, http};
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use super::MAX_MESSAGE_BYTES;
use super::collector::{Collector, Logs, Traces};
use super::inbox::Inbox;
use crate::source::Signal;

/// Requests of one connection that are read at the same time; bounds what a connection makes us hold.
const REQUESTS_PER_CONNECTION: usize = 4;

/// Serves until `shutdown`, then finishes what is in flight. The error says why it had to stop.
pub(super) async fn serve(listener: TcpListener, inbox: Inbox, shutdown: CancellationToken) -> Result<(), String> {
    let metrics = MetricsServiceServer::new(Ignored)
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let (traces, logs) = (Collector::<Traces>::new(inbox.clone()), Collector::<Logs>::new(inbox.clone()));
    // Without it an answer waits for the sender to acknowledge the one before, which it puts off for 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .concurrency_limit_per_connection(REQUESTS_PER_CONNECTION)
        .add_service(Verdict { inner: traces, signal: Some(Signal::Spans), inbox: inbox.clone() })
        .add_service(Verdict { inner: logs, signal: Some(Signal::Logs), inbox: inbox.clone() })
        .add_service(Verdict { inner: metrics, signal: None, inbox })
        .serve_with_incoming_shutdown(incoming, shutdown.cancelled_owned())
        .await
        .map_err(|error| error.to_string())
}

/// Takes metrics and throws them away: an SDK that is told "unimplemented" complains for ever.
struct Ignored;

#[tonic::async_trait]
impl MetricsService for Ignored {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

/// Counts requests of which nothing could be read, and says so in OTLP's codes.
///
/// tonic calls a message that is too long OUT_OF_RANGE, which OTLP senders take as "send it again", for ever; and one
/// that does not decompress INTERNAL, which reads as our fault.
#[derive(Clone)]
struct Verdict<S> {
    inner: S,
    signal: Option<Signal>,
    inbox: Inbox,
}

impl<S: NamedService> NamedService for Verdict<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B, R> Service<http::Request<B>> for Verdict<S>
where
    S: Service<http::Request<B>, Response = http::Response<R>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<R>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<R>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let (signal, inbox) = (self.signal, self.inbox.clone());
        self.inner
            .call(request)
            .map(move |response| {
                let mut response = response?;
                if let Some(code) = refusal(response.headers()) {
                    response.headers_mut().insert(Status::GRPC_STATUS, http::HeaderValue::from(code as i32));
                    if let Some(signal) = signal {
                        inbox.reject_request(signal);
                    }
                }
                Ok(response)
            })
            .boxed()
    }
}

/// OTLP's code for a request that could not be read; `None` for every other answer.
fn refusal(headers: &http::HeaderMap) -> Option<Code> {
    let status = Status::from_header_map(headers)?;
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Some(Code::ResourceExhausted),
        Code::Internal | Code::InvalidArgument => Some(Code::InvalidArgument),
        _ => None,
    }
}
