//! The OTLP receiver: applications and collectors send their logs and traces here, over gRPC or HTTP.
//!
//! Owns the two listeners and what they answer. Metrics are accepted and thrown away, because an SDK that is told
//! "unimplemented" complains for ever. Listens on loopback unless the user writes another address; a message is at
//! most [`MAX_MESSAGE_BYTES`] long, compressed or not. Under backpressure it answers with the protocol's own retryable
//! refusal and drops nothing. Speaks OTLP 1.x as the OpenTelemetry specification has it ("OTLP/gRPC", "OTLP/HTTP").

mod collector;
mod grpc;
mod http;
mod inbox;
mod rpc;
#[cfg(test)]
mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::inbox::Inbox;
use super::listen::{Listen, Protocol, overdue};
use super::{Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

/// The longest request that is taken, before and after decompression: what the OTLP specification advises.
const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// The transports, with the ports that the OTLP specification assigns.
const GRPC: Protocol = Protocol { scheme: "otlp", port: 4317, name: "OTLP" };
const HTTP: Protocol = Protocol { scheme: "otlp+http", port: 4318, name: "OTLP" };

/// The kind of source that receives OTLP.
pub(super) struct OtlpKind;

impl SourceKind for OtlpKind {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["otlp", "otlp+http"]
    }

    fn about(&self) -> &'static str {
        "Receives logs and traces over OTLP, by gRPC (otlp) or HTTP (otlp+http)."
    }

    fn example(&self) -> &'static str {
        "otlp://127.0.0.1:4317"
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let is_http = spec.scheme == HTTP.scheme;
        let listen = Listen::parse(if is_http { HTTP } else { GRPC }, &spec.rest)?;
        Ok(Box::new(OtlpSource { listen, is_http }))
    }
}

struct OtlpSource {
    listen: Listen,
    is_http: bool,
}

impl Source for OtlpSource {
    fn label(&self) -> String {
        self.listen.to_string()
    }

    fn is_pausable(&self) -> bool {
        false
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        serve(*self, cx).boxed()
    }
}

async fn serve(OtlpSource { listen, is_http }: OtlpSource, cx: SourceContext) -> Result<(), SourceError> {
    let (listener, address) = listen.bind().await?;
    cx.status.set(SourceState::Live(format!("{address} ({})", if is_http { "HTTP" } else { "gRPC" })));
    let inbox = Inbox::new(cx.intake);
    let serving = if is_http {
        http::serve(listener, inbox, cx.shutdown.clone()).boxed()
    } else {
        grpc::serve(listener, inbox, cx.shutdown.clone()).boxed()
    };
    tokio::select! {
        ended = serving => ended.map_err(|why| listen.failed(why)),
        () = overdue(&cx.shutdown) => Ok(()),
    }
}
