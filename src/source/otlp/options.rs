//! Where to listen: what stands behind `otlp:` and `otlp+http:`.

use std::fmt;

use crate::source::SourceError;

const LOOPBACK: &str = "127.0.0.1";

/// How OTLP is carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Transport {
    Grpc,
    Http,
}

/// The address to listen on. The port 0 asks the system for a free one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listen {
    pub(super) transport: Transport,
    /// A name or an address, IPv6 without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Transport {
    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::Http => "HTTP",
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Grpc => "otlp",
            Self::Http => "otlp+http",
        }
    }

    /// The ports that the OTLP specification assigns.
    fn default_port(self) -> u16 {
        match self {
            Self::Grpc => 4317,
            Self::Http => 4318,
        }
    }
}

impl Listen {
    /// Takes nothing, `//HOST`, `//HOST:PORT`, `//:PORT` and `PORT`, where HOST may be an IPv6 address in brackets.
    /// What is not said is loopback and the transport's own port: `:4317` alone opens nothing to the network.
    pub(super) fn parse(transport: Transport, rest: &str) -> Result<Self, SourceError> {
        let wrong = || {
            SourceError::Spec(format!(
                "`{scheme}:{rest}` is no address to listen on; expected {scheme}://HOST:PORT, such as {scheme}://{LOOPBACK}:{port}",
                scheme = transport.scheme(),
                port = transport.default_port()
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
            None => transport.default_port(),
            Some(digits) => digits.parse().map_err(|_| wrong())?,
        };
        Ok(Self { transport, host, port })
    }

    /// `HOST:PORT`.
    pub(super) fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// A SOURCE argument for the same host and another port that is easy to remember.
    pub(super) fn elsewhere(&self) -> String {
        let port = self.port.checked_add(10_000).unwrap_or(self.transport.default_port() + 10_000);
        format!("{}://{}", self.transport.scheme(), Self { port, ..self.clone() }.address())
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
        write!(f, "{} {}", self.transport.scheme(), self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        let cases = [
            (Transport::Grpc, "", "otlp 127.0.0.1:4317"),
            (Transport::Http, "", "otlp+http 127.0.0.1:4318"),
            (Transport::Grpc, "//", "otlp 127.0.0.1:4317"),
            (Transport::Grpc, "//0.0.0.0:4317", "otlp 0.0.0.0:4317"),
            (Transport::Grpc, "//localhost", "otlp localhost:4317"),
            (Transport::Http, "//localhost:80/", "otlp+http localhost:80"),
            (Transport::Grpc, "//:14317", "otlp 127.0.0.1:14317"),
            (Transport::Grpc, "14317", "otlp 127.0.0.1:14317"),
            (Transport::Grpc, "//[::1]:4317", "otlp [::1]:4317"),
            (Transport::Grpc, "//[::1]", "otlp [::1]:4317"),
        ];
        for (transport, rest, expected) in cases {
            assert_eq!(Listen::parse(transport, rest).unwrap().to_string(), expected, "{rest}");
        }
    }

    #[test]
    fn other_addresses_are_refused_with_an_example() {
        for rest in ["//host:port", "//host:70000", "//::1", "//[::1", "//[::1]x", "//a/b", "//user@host:1", "//h:"] {
            let error = Listen::parse(Transport::Http, rest).unwrap_err().to_string();
            assert!(error.contains(rest) && error.contains("otlp+http://127.0.0.1:4318"), "{error}");
        }
    }

    #[test]
    fn another_port_is_proposed() {
        let cases = [("", "otlp://127.0.0.1:14317"), ("//[::1]:60000", "otlp://[::1]:14317")];
        for (rest, expected) in cases {
            assert_eq!(Listen::parse(Transport::Grpc, rest).unwrap().elsewhere(), expected);
        }
    }
}
