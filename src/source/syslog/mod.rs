//! The syslog receiver: programs, routers and relays send their messages here, over UDP, TCP or a Unix socket.
//!
//! A message goes over as it came; the line format `syslog` reads it. Over UDP a datagram is a message, whatever stands in
//! it; over TCP both framings of RFC 6587 are understood, message by message (`frames`). Lines are marked with the
//! sender's address.
//!
//! The protocol knows no answer, so that nothing tells a sender of datagrams to wait: what comes when the queue is
//! full is dropped and counted, and what the system drops in front of us is asked for and counted (`drops`). A sender over a
//! connection waits while the queue is full. Listens on loopback unless the user writes another address.

mod drops;
mod frames;
mod options;
mod receive;
mod report;
#[cfg(unix)]
mod socket_file;
mod sockets;
#[cfg(test)]
mod tests;

use std::io;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::options::Listen;
use self::receive::{datagrams, streams};
use self::report::Report;
use self::sockets::{Datagrams, Streams};
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec};

/// The kind of source that receives syslog.
pub(super) struct SyslogKind;

impl SourceKind for SyslogKind {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["syslog", "syslog+udp", "syslog+tcp", "syslog+unix"]
    }

    fn about(&self) -> &'static str {
        "Receives syslog messages over UDP, TCP (syslog: both) or a Unix socket."
    }

    fn example(&self) -> &'static str {
        "syslog+udp://127.0.0.1:5514"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[options::UNIX]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(SyslogSource { listen: Listen::parse(spec)? }))
    }
}

struct SyslogSource {
    listen: Listen,
}

/// The sockets of one source, bound.
struct Bound {
    /// Where they listen, for the user.
    place: String,
    datagrams: Option<Datagrams>,
    streams: Option<Streams>,
    #[cfg(unix)]
    file: Option<socket_file::SocketFile>,
}

impl Source for SyslogSource {
    fn label(&self) -> String {
        self.listen.to_string()
    }

    fn is_pausable(&self) -> bool {
        // Whoever sends over a connection can be made to wait, whoever sends datagrams can not.
        let (datagrams, _) = self.listen.takes();
        !datagrams
    }

    fn has_parts(&self) -> bool {
        // A socket's file does not tell who sends.
        matches!(self.listen, Listen::Port { .. })
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let bound = self.bind().await.map_err(|error| self.explain(&error))?;
            let report = Report::listening(cx.status.clone(), bound.place);
            #[cfg(unix)]
            let _file = bound.file;
            let of_datagrams = async {
                match bound.datagrams {
                    Some(socket) => datagrams(socket, cx.clone(), report.clone()).await,
                    None => std::future::pending().await,
                }
            };
            let of_streams = async {
                match bound.streams {
                    Some(socket) => streams(socket, cx.clone(), report.clone()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // First, as it has a last word to say.
                biased;
                () = of_datagrams => {}
                () = of_streams => {}
                () = cx.shutdown.cancelled() => {}
            }
            report.close();
            Ok(())
        }
        .boxed()
    }
}

impl SyslogSource {
    async fn bind(&self) -> io::Result<Bound> {
        match &self.listen {
            Listen::Port { host, port, .. } => {
                let (udp, tcp) = self.listen.takes();
                let ports = sockets::bind(host, *port, (udp, tcp)).await?;
                let over = match (udp, tcp) {
                    (true, true) => "UDP and TCP",
                    (true, false) => "UDP",
                    (false, _) => "TCP",
                };
                Ok(Bound {
                    place: format!("{} ({over})", ports.address),
                    datagrams: ports.udp.map(Datagrams::Udp),
                    streams: ports.tcp.map(Streams::Tcp),
                    #[cfg(unix)]
                    file: None,
                })
            }
            #[cfg(unix)]
            Listen::File { path, exchange, mode } => {
                let (file, bound) = socket_file::bind(path, *exchange, *mode)?;
                let place = path.display().to_string();
                let (datagrams, streams) = match bound {
                    socket_file::Bound::Datagrams(socket) => (Some(socket), None),
                    socket_file::Bound::Streams(socket) => (None, Some(socket)),
                };
                Ok(Bound { place, datagrams, streams, file: Some(file) })
            }
            #[cfg(not(unix))]
            Listen::File { .. } => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn explain(&self, error: &io::Error) -> SourceError {
        let hint = match (&self.listen, error.kind()) {
            (Listen::Port { .. }, io::ErrorKind::AddrInUse) => {
                format!(": another syslog daemon or spantail? choose another port with {}", self.listen.elsewhere())
            }
            (Listen::Port { port: ..1024, .. }, io::ErrorKind::PermissionDenied) => format!(
                ": ports below 1024 are for root; use {} and tell the senders, or `sudo sysctl \
                 net.ipv4.ip_unprivileged_port_start=514`",
                self.listen.elsewhere()
            ),
            _ => String::new(),
        };
        SourceError::Io { doing: format!("receiving syslog on {}", self.listen.place()), why: format!("{error}{hint}") }
    }
}
