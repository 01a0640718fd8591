//! Where a receiver listens: what stands behind its scheme, the socket, and how long requests may outlast the end.

use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::SourceError;

const LOOPBACK: &str = "127.0.0.1";

/// How long requests in flight may take to finish once the source has to stop.
const GRACE: Duration = Duration::from_millis(500);

/// Ends when requests that are still in flight have to be given up: a while after the source was told to stop.
pub async fn overdue(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

/// What is listened for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Protocol {
    /// The scheme that means it.
    pub scheme: &'static str,
    /// The port that its senders expect it at.
    pub port: u16,
    /// What people call it.
    pub name: &'static str,
}

/// The address to listen on. The port 0 asks the system for a free one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listen {
    protocol: Protocol,
    /// A name or an address, IPv6 without its brackets.
    host: String,
    port: u16,
}

impl Listen {
    /// Takes nothing, `//HOST`, `//HOST:PORT`, `//:PORT` and `PORT`, where HOST may be an IPv6 address in brackets.
    /// What is not said is loopback and the protocol's own port: `:4317` alone opens nothing to the network.
    pub fn parse(protocol: Protocol, rest: &str) -> Result<Self, SourceError> {
        let wrong = || {
            SourceError::Spec(format!(
                "`{scheme}:{rest}` is no address to listen on; expected {scheme}://HOST:PORT, such as {scheme}://{LOOPBACK}:{port}",
                scheme = protocol.scheme,
                port = protocol.port
            ))
        };
        let address = rest.strip_prefix("//").unwrap_or(rest);
        let address = address.strip_suffix('/').unwrap_or(address);
        let (host, port) = split(address).ok_or_else(wrong)?;
        if host.contains(['/', '?', '#', '@', '[', ']', ' ']) {
            return Err(wrong());
        }
        let host = if host.is_empty() { LOOPBACK } else { host }.to_owned();
        let port = match port {
            None => protocol.port,
            Some(digits) => digits.parse().map_err(|_| wrong())?,
        };
        Ok(Self { protocol, host, port })
    }

    /// Opens the socket; the address that it got, where any port was asked for.
    pub async fn bind(&self) -> Result<(TcpListener, SocketAddr), SourceError> {
        let listener = TcpListener::bind((&*self.host, self.port)).await.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => self.failed(format!(
                "address already in use: another collector or spantail? choose another with {}",
                self.elsewhere()
            )),
            _ => self.failed(error.to_string()),
        })?;
        let address = listener.local_addr().map_err(|error| self.failed(error.to_string()))?;
        Ok((listener, address))
    }

    /// What it means that listening failed.
    pub fn failed(&self, why: String) -> SourceError {
        SourceError::Io { doing: format!("receiving {} on {}", self.protocol.name, self.address()), why }
    }

    /// `HOST:PORT`.
    fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// A SOURCE argument for the same host and another port that is easy to remember.
    fn elsewhere(&self) -> String {
        let port = self.port.checked_add(10_000).unwrap_or(self.protocol.port + 10_000);
        format!("{}://{}", self.protocol.scheme, Self { port, ..self.clone() }.address())
    }
}

/// The host, possibly empty, and the port, if one is written.
fn split(address: &str) -> Option<(&str, Option<&str>)> {
    if let Some(bracketed) = address.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    if !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(("", Some(address)));
    }
    match address.split_once(':') {
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((address, None)),
    }
}

/// As the screen names the source: `otlp 127.0.0.1:4317`.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.protocol.scheme, self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRPC: Protocol = Protocol { scheme: "otlp", port: 4317, name: "OTLP" };
    const HTTP: Protocol = Protocol { scheme: "otlp+http", port: 4318, name: "OTLP" };

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        let cases = [
            (GRPC, "", "otlp 127.0.0.1:4317"),
            (HTTP, "", "otlp+http 127.0.0.1:4318"),
            (GRPC, "//", "otlp 127.0.0.1:4317"),
            (GRPC, "//0.0.0.0:4317", "otlp 0.0.0.0:4317"),
            (GRPC, "//localhost", "otlp localhost:4317"),
            (HTTP, "//localhost:80/", "otlp+http localhost:80"),
            (GRPC, "//:14317", "otlp 127.0.0.1:14317"),
            (GRPC, "14317", "otlp 127.0.0.1:14317"),
            (GRPC, "//[::1]:4317", "otlp [::1]:4317"),
            (GRPC, "//[::1]", "otlp [::1]:4317"),
        ];
        for (protocol, rest, expected) in cases {
            assert_eq!(Listen::parse(protocol, rest).unwrap().to_string(), expected, "{rest}");
        }
    }

    #[test]
    fn other_addresses_are_refused_with_an_example() {
        for rest in ["//host:port", "//host:70000", "//::1", "//[::1", "//[::1]x", "//a/b", "//user@host:1", "//h:"] {
            let error = Listen::parse(HTTP, rest).unwrap_err().to_string();
            assert!(error.contains(rest) && error.contains("otlp+http://127.0.0.1:4318"), "{error}");
        }
    }

    #[test]
    fn another_port_is_proposed() {
        let cases = [("", "otlp://127.0.0.1:14317"), ("//[::1]:60000", "otlp://[::1]:14317")];
        for (rest, expected) in cases {
            assert_eq!(Listen::parse(GRPC, rest).unwrap().elsewhere(), expected);
        }
    }
}
