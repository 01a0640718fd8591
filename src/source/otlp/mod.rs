//! The OTLP receiver: applications and collectors send their logs and traces here, over gRPC or HTTP.
//!
//! Owns the two listeners and what they answer. Metrics are accepted and thrown away, because an SDK that is told
//! "unimplemented" complains for ever. Listens on loopback unless the user writes another address; a message is at
//! most [`MAX_MESSAGE_BYTES`] long, compressed or not. Under backpressure it answers with the protocol's own retryable
//! refusal and drops nothing. Speaks OTLP 1.x as the OpenTelemetry specification has it ("OTLP/gRPC", "OTLP/HTTP").

mod grpc;
mod http;
mod inbox;
mod options;
mod rpc;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use self::inbox::Inbox;
use self::options::{Listen, Transport};
use super::{Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

/// The longest request that is taken, before and after decompression: what the OTLP specification advises.
const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// How long requests in flight may take to finish once the source has to stop.
const GRACE: Duration = Duration::from_millis(500);

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
        let transport = if spec.scheme == "otlp+http" { Transport::Http } else { Transport::Grpc };
        Ok(Box::new(OtlpSource { listen: Listen::parse(transport, &spec.rest)? }))
    }
}

struct OtlpSource {
    listen: Listen,
}

impl Source for OtlpSource {
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
    let failed = |why: String| SourceError::Io { doing: format!("receiving OTLP on {}", listen.address()), why };
    let listener = TcpListener::bind((&*listen.host, listen.port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => failed(format!(
            "address already in use: another collector or spantail? choose another with {}",
            listen.elsewhere()
        )),
        _ => failed(error.to_string()),
    })?;
    // The port that was asked for may have been 0, "any".
    let address = listener.local_addr().map_err(|error| failed(error.to_string()))?;
    cx.status.set(SourceState::Live(format!("{address} ({})", listen.transport.name())));
    let inbox = Inbox::new(cx.intake);
    let serving = match listen.transport {
        Transport::Grpc => grpc::serve(listener, inbox, cx.shutdown.clone()).boxed(),
        Transport::Http => http::serve(listener, inbox, cx.shutdown.clone()).boxed(),
    };
    let overdue = async {
        cx.shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = serving => ended.map_err(failed),
        () = overdue => Ok(()),
    }
}
