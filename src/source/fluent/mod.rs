//! Fluentd's forward protocol, received: Fluentd, Fluent Bit, Docker's `fluentd` log driver and the loggers of many
//! languages send their events here.
//!
//! All modes are taken: Message, Forward, PackedForward and CompressedPackedForward (gzip and zstd). A chunk is acknowledged
//! once it was handed over; while the intake is full nothing is read and nothing acknowledged, so that senders keep what
//! they have. A chunk that comes again, because its acknowledgement was lost, is not taken twice.
//!
//! Limits: [`MAX_SENDERS`] connections, a message of 64 MiB ([`connection`]), an event of 4 MiB, 512 MiB unpacked from one
//! message ([`unpack`]), a million values and 64 levels in one message ([`wire`]), a line of
//! [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES).

mod connection;
mod handshake;
mod hub;
mod message;
mod record;
mod sink;
#[cfg(test)]
mod tests;
mod unpack;
mod wire;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use self::connection::{Connection, Ended};
use self::hub::Hub;
use super::secret::Keeper;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec};

/// The port that Fluentd's own receiver has.
const PORT: u16 = 24224;
const EXAMPLE: &str = "fluent://127.0.0.1:24224";
/// Senders that are connected at once.
const MAX_SENDERS: usize = 512;
/// The pause after a connection could not be accepted: the system is short of something.
const PAUSE: Duration = Duration::from_millis(100);

/// The parameters of the source.
const FLUENT: &[Parameter] = &[
    Parameter {
        name: "shared_key_env",
        value: "VARIABLE",
        about: "the environment variable that holds the key that senders have to know (`shared_key` in Fluentd)",
    },
    Parameter { name: "shared_key_file", value: "PATH", about: "the file that holds that key" },
    Parameter { name: "shared_key_command", value: "COMMAND", about: "the command that prints that key" },
];

/// The kind of source that receives from Fluentd and its like.
pub(super) struct FluentKind;

impl SourceKind for FluentKind {
    fn name(&self) -> &'static str {
        "fluent"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["fluent"]
    }

    fn about(&self) -> &'static str {
        "Receives logs over Fluentd's forward protocol, from Fluentd, Fluent Bit and Docker."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[FLUENT]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let address = spec.address(&[FLUENT], EXAMPLE)?;
        if address.user.is_some() || !address.path.is_empty() {
            return Err(SourceError::Spec(format!("fluent: takes an address to listen on, such as {EXAMPLE}")));
        }
        let host = if address.host.is_empty() { "127.0.0.1".to_owned() } else { address.host.clone() };
        let port = address.port.unwrap_or(PORT);
        Ok(Box::new(FluentSource { host, port, key: Keeper::of(&address.parameters, "shared_key", &[])? }))
    }
}

struct FluentSource {
    host: String,
    port: u16,
    key: Option<Keeper>,
}

impl FluentSource {
    fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    async fn listen(&self) -> Result<(TcpListener, SocketAddr), SourceError> {
        let failed = |error: std::io::Error| {
            let hint = match error.kind() {
                ErrorKind::AddrInUse => {
                    let elsewhere = self.port.checked_add(10_000).unwrap_or(PORT + 10_000);
                    format!(
                        "; is Fluentd or another spantail there? choose another: fluent://{}:{elsewhere}",
                        self.host
                    )
                }
                _ => String::new(),
            };
            let doing = format!("receiving Fluentd's forward protocol on {}", self.address());
            SourceError::Io { doing, why: format!("{error}{hint}") }
        };
        let listener = TcpListener::bind((&*self.host, self.port)).await.map_err(failed)?;
        // The port that was asked for may have been 0, "any".
        let address = listener.local_addr().map_err(failed)?;
        Ok((listener, address))
    }
}

impl Source for FluentSource {
    fn label(&self) -> String {
        format!("fluent {}", self.address())
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_parts(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let shutdown = cx.shutdown.clone();
            tokio::select! {
                biased;
                () = shutdown.cancelled() => Ok(()),
                outcome = serve(&self, cx) => outcome,
            }
        }
        .boxed()
    }
}

/// Takes senders until it is dropped, and their connections with it.
async fn serve(source: &FluentSource, cx: SourceContext) -> Result<(), SourceError> {
    // A key that is not there is told now and not to the first sender.
    if let Some(key) = &source.key {
        key.fetch().await?;
    }
    let (listener, address) = source.listen().await?;
    // Old senders ask by UDP whether we are alive; the others do without.
    let heartbeat = UdpSocket::bind(address).await.ok();
    let hub = Arc::new(Hub::new(cx, address.to_string()));
    let mut senders = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) if hub.enter(MAX_SENDERS) => {
                    // A sender that was switched off never says so. A system that can not ask lets it be.
                    SockRef::from(&stream).set_keepalive(true).ok();
                    senders.spawn(receive(stream, from, Arc::clone(&hub), source.key.clone()));
                }
                Ok(_) => {}
                Err(error) => {
                    hub.note(&format!("a sender could not be let in: {error}"));
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = senders.join_next() => {}
            () = answer_heartbeat(heartbeat.as_ref()) => {}
        }
    }
}

async fn receive(stream: TcpStream, from: SocketAddr, hub: Arc<Hub>, key: Option<Keeper>) {
    let outcome = match key {
        Some(key) => match key.fetch().await {
            Ok(key) => Connection::new(stream, Arc::clone(&hub)).run(Some(key)).await,
            Err(error) => Err(Ended::Broken(std::io::Error::other(error.to_string()))),
        },
        None => Connection::new(stream, Arc::clone(&hub)).run(None).await,
    };
    if let Err(error) = outcome {
        if matches!(error, Ended::Unreadable(_)) {
            hub.cx.intake.reject(super::Signal::Logs, 1);
        }
        hub.note(&format!("closed {from}: {error}"));
    }
    hub.leave();
}

/// Answers one question with a byte, as Fluentd does.
async fn answer_heartbeat(socket: Option<&UdpSocket>) {
    let Some(socket) = socket else { return std::future::pending().await };
    let mut byte = [0; 1];
    match socket.recv_from(&mut byte).await {
        // One that is lost is asked for again.
        Ok((_, from)) => drop(socket.send_to(&[0], from).await),
        Err(_) => tokio::time::sleep(PAUSE).await,
    }
}
