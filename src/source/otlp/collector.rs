//! One service of the collector over gRPC, whose requests are read directly from their bytes.
//!
//! tonic's generated services decode every request into generated types first; see `parse::otlp`.

use std::convert::Infallible;
use std::future::ready;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;
use tonic::body::Body;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EnabledCompressionEncodings, EncodeBuf, Encoder};
use tonic::codegen::{Service, StdError, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Code, Request, Response, Status};

use super::MAX_MESSAGE_BYTES;
use super::inbox::{BAD_LOGS, BAD_SPANS, Inbox};
use super::rpc::come_again;
use crate::parse::otlp::{DecodeError, Decoded, decode_logs_proto, decode_spans_proto};

/// A signal as its service has it.
pub(super) trait Export: Send + Sync + 'static {
    /// The service's full name.
    const SERVICE: &'static str;
    /// The path of its one method.
    const PATH: &'static str;
    /// What it answers.
    type Answer: Message + Default + 'static;
    /// Reads a request.
    fn read(request: &[u8]) -> Result<Decoded, DecodeError>;
    /// The answer to a request that was read.
    fn answer(decoded: &Decoded) -> Self::Answer;
}

/// `opentelemetry.proto.collector.trace.v1.TraceService`.
#[derive(Debug)]
pub(super) struct Traces;

impl Export for Traces {
    const SERVICE: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
    const PATH: &'static str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    type Answer = ExportTraceServiceResponse;

    fn read(request: &[u8]) -> Result<Decoded, DecodeError> {
        decode_spans_proto(request)
    }

    fn answer(decoded: &Decoded) -> ExportTraceServiceResponse {
        let partial_success = (decoded.rejected_spans > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(decoded.rejected_spans).unwrap_or(i64::MAX),
            error_message: BAD_SPANS.to_owned(),
        });
        ExportTraceServiceResponse { partial_success }
    }
}

/// `opentelemetry.proto.collector.logs.v1.LogsService`.
#[derive(Debug)]
pub(super) struct Logs;

impl Export for Logs {
    const SERVICE: &'static str = "opentelemetry.proto.collector.logs.v1.LogsService";
    const PATH: &'static str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    type Answer = ExportLogsServiceResponse;

    fn read(request: &[u8]) -> Result<Decoded, DecodeError> {
        decode_logs_proto(request)
    }

    fn answer(decoded: &Decoded) -> ExportLogsServiceResponse {
        let partial_success = (decoded.rejected_logs > 0).then(|| ExportLogsPartialSuccess {
            rejected_log_records: i64::try_from(decoded.rejected_logs).unwrap_or(i64::MAX),
            error_message: BAD_LOGS.to_owned(),
        });
        ExportLogsServiceResponse { partial_success }
    }
}

/// The service of a signal.
pub(super) struct Collector<E> {
    inbox: Inbox,
    export: PhantomData<E>,
}

impl<E> Collector<E> {
    pub(super) fn new(inbox: Inbox) -> Self {
        Self { inbox, export: PhantomData }
    }
}

impl<E> Clone for Collector<E> {
    fn clone(&self) -> Self {
        Self::new(self.inbox.clone())
    }
}

impl<E: Export> NamedService for Collector<E> {
    const NAME: &'static str = E::SERVICE;
}

impl<E: Export> UnaryService<Bytes> for Collector<E> {
    type Response = E::Answer;
    type Future = BoxFuture<'static, Result<Response<E::Answer>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let inbox = self.inbox.clone();
        async move {
            // The refusal that every OTLP sender answers by keeping the batch and trying again.
            if !inbox.has_room().await {
                return Err(come_again("spantail has more pending than it may; try again later"));
            }
            let decoded = read::<E>(request.into_inner()).await?;
            let answer = E::answer(&decoded);
            inbox.accept(decoded);
            Ok(Response::new(answer))
        }
        .boxed()
    }
}

/// Requests that are shorter are read where they arrive: it takes less time than to hand them to another thread.
const SHORT: usize = 16 << 10;

/// Reads a request. A long one takes long enough to hold up what else its connection brings, while other cores are idle.
async fn read<E: Export>(request: Bytes) -> Result<Decoded, Status> {
    let is_short = request.len() < SHORT;
    let read = move || E::read(&request).map_err(|error| Status::invalid_argument(error.to_string()));
    if is_short {
        return read();
    }
    let reading = tokio::task::spawn_blocking(read).await;
    reading.map_err(|error| Status::invalid_argument(format!("reading the request failed: {error}")))?
}

impl<E, B> Service<http::Request<B>> for Collector<E>
where
    E: Export,
    B: tonic::codegen::Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        if request.uri().path() != E::PATH {
            return ready(Ok(Status::new(Code::Unimplemented, "no such method").into_http())).boxed();
        }
        let method = self.clone();
        async move {
            let mut accepted = EnabledCompressionEncodings::default();
            accepted.enable(CompressionEncoding::Gzip);
            let mut grpc = Grpc::new(Direct::<E>(PhantomData))
                .apply_compression_config(accepted, EnabledCompressionEncodings::default())
                .apply_max_message_size_config(Some(MAX_MESSAGE_BYTES), None);
            Ok(grpc.unary(method, request).await)
        }
        .boxed()
    }
}

/// Requests as their bytes, answers as prost writes them.
struct Direct<E>(PhantomData<E>);

impl<E: Export> Codec for Direct<E> {
    type Encode = E::Answer;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(PhantomData)
    }

    fn decoder(&mut self) -> Self {
        Self(PhantomData)
    }
}

impl<E: Export> Encoder for Direct<E> {
    type Item = E::Answer;
    type Error = Status;

    fn encode(&mut self, answer: E::Answer, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        answer.encode(out).map_err(|error| Status::internal(error.to_string()))
    }
}

impl<E: Export> Decoder for Direct<E> {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, request: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        // The bytes are in one piece, which is not copied then.
        Ok(Some(request.copy_to_bytes(request.remaining())))
    }
}
