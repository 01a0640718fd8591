//! Where to listen: what stands behind `syslog:` and its kin.

use std::fmt;
use std::path::PathBuf;

use crate::source::{Parameter, SourceError, SourceSpec};

const LOOPBACK: &str = "127.0.0.1";

/// Below 1024 only root may listen; this is what people use instead of 514.
const PORT: u16 = 5514;

/// What a socket file may be told.
pub(super) const UNIX: &[Parameter] = &[
    Parameter {
        name: "type",
        value: "TYPE",
        about: "Of a Unix socket: dgram, as /dev/log is, or stream; dgram if not said.",
    },
    Parameter {
        name: "mode",
        value: "MODE",
        about: "Who may write to a Unix socket, in octal as chmod has it: 0666; as the umask says if not said.",
    },
];

/// How messages are exchanged over a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exchange {
    /// One message each.
    Datagrams,
    /// Connections with messages one behind the other.
    Streams,
}

/// Where a source listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Listen {
    /// On a port, for datagrams, for connections or for both. Port 0 asks the system for a free one.
    Port { scheme: String, host: String, port: u16 },
    /// On a file. `mode` is what chmod takes.
    File { path: PathBuf, exchange: Exchange, mode: Option<u32> },
}

impl Listen {
    /// Reads what the user wrote. A port takes nothing, `PORT`, `//HOST`, `//HOST:PORT` and `//:PORT`; what is not said
    /// is loopback and [`PORT`].
    pub(super) fn parse(spec: &SourceSpec) -> Result<Self, SourceError> {
        if spec.scheme == "syslog+unix" { Self::parse_file(spec) } else { Self::parse_port(spec) }
    }

    /// Whether it takes datagrams, and whether connections.
    pub(super) fn takes(&self) -> (bool, bool) {
        match self {
            Self::Port { scheme, .. } => (scheme != "syslog+tcp", scheme != "syslog+udp"),
            Self::File { exchange, .. } => (*exchange == Exchange::Datagrams, *exchange == Exchange::Streams),
        }
    }

    /// `HOST:PORT`, or the path of the file.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Port { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Port { host, port, .. } => format!("{host}:{port}"),
            Self::File { path, .. } => path.display().to_string(),
        }
    }

    /// A SOURCE argument for the same host and a port that needs no rights and is easy to remember.
    pub(super) fn elsewhere(&self) -> String {
        match self {
            Self::Port { scheme, host, port } => {
                let other = if *port < 1024 { port + 5000 } else { port.checked_add(10_000).unwrap_or(PORT) };
                let place = Self::Port { scheme: scheme.clone(), host: host.clone(), port: other }.place();
                format!("{scheme}://{place}")
            }
            Self::File { .. } => "syslog+unix:PATH".to_owned(),
        }
    }

    fn parse_port(spec: &SourceSpec) -> Result<Self, SourceError> {
        let scheme = spec.scheme.clone();
        let is_port = !spec.rest.is_empty() && spec.rest.bytes().all(|byte| byte.is_ascii_digit());
        let rest = match spec.rest.strip_prefix("//") {
            None if spec.rest.is_empty() => format!("//{LOOPBACK}"),
            None if is_port => format!("//{LOOPBACK}:{}", spec.rest),
            Some(port) if port.starts_with(':') => format!("//{LOOPBACK}{port}"),
            _ => spec.rest.clone(),
        };
        let example = format!("{scheme}://{LOOPBACK}:{PORT}");
        let address = SourceSpec { rest, ..spec.clone() }.address(&[], &example)?;
        if !address.path.is_empty() || address.user.is_some() {
            let why = format!("`{scheme}:{}` is no address to listen on; expected such as {example}", spec.rest);
            return Err(SourceError::Spec(why));
        }
        let host = if address.host.is_empty() { LOOPBACK.to_owned() } else { address.host };
        Ok(Self::Port { scheme, host, port: address.port.unwrap_or(PORT) })
    }

    fn parse_file(spec: &SourceSpec) -> Result<Self, SourceError> {
        if cfg!(not(unix)) {
            return Err(SourceError::Spec("Unix sockets are there on Unix only; use syslog+udp:".to_owned()));
        }
        let (path, parameters) = spec.selection(&[UNIX])?;
        // syslog+unix:///run/x.sock is a URL with an empty host.
        let path = if path.starts_with("///") { path.trim_start_matches("//") } else { &path };
        let wrong = |text: String| Err(SourceError::Spec(text));
        if path.is_empty() || path.ends_with('/') {
            return wrong("name the socket's file, such as syslog+unix:/run/spantail.sock".to_owned());
        }
        let exchange = match parameters.text("type") {
            None | Some("dgram") => Exchange::Datagrams,
            Some("stream") => Exchange::Streams,
            Some(other) => return wrong(format!("type={other}: expected dgram or stream")),
        };
        let mode = match parameters.text("mode").map(|text| (text, u32::from_str_radix(text, 8))) {
            None => None,
            Some((_, Ok(mode @ 0..=0o777))) => Some(mode),
            Some((text, _)) => return wrong(format!("mode={text}: expected an octal number such as 0666")),
        };
        Ok(Self::File { path: PathBuf::from(path), exchange, mode })
    }
}

/// As the screen names the source: `syslog 127.0.0.1:5514`.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port { scheme, .. } => write!(f, "{scheme} {}", self.place()),
            Self::File { .. } => write!(f, "syslog {}", self.place()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(uri: &str) -> Result<Listen, String> {
        let (scheme, rest) = uri.split_once(':').unwrap();
        let spec = SourceSpec { scheme: scheme.to_owned(), rest: rest.to_owned(), ..SourceSpec::default() };
        Listen::parse(&spec).map_err(|error| error.to_string())
    }

    #[test]
    fn places_are_taken_as_people_write_them() {
        for (uri, label, takes) in [
            ("syslog:", "syslog 127.0.0.1:5514", (true, true)),
            ("syslog+udp://0.0.0.0:514", "syslog+udp 0.0.0.0:514", (true, false)),
            ("syslog+tcp://[::1]:601", "syslog+tcp [::1]:601", (false, true)),
            ("syslog:1514", "syslog 127.0.0.1:1514", (true, true)),
            ("syslog+tcp://:0", "syslog+tcp 127.0.0.1:0", (false, true)),
            ("syslog+udp://localhost", "syslog+udp localhost:5514", (true, false)),
        ] {
            let listen = listen(uri).unwrap();
            assert_eq!((&*listen.to_string(), listen.takes()), (label, takes), "{uri}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_file_has_a_type_and_a_mode() {
        let file = |path: &str, exchange, mode| Listen::File { path: path.into(), exchange, mode };
        for (uri, expected) in [
            ("syslog+unix:/run/x.sock", file("/run/x.sock", Exchange::Datagrams, None)),
            ("syslog+unix:x.sock?type=stream", file("x.sock", Exchange::Streams, None)),
            ("syslog+unix:///run/x?mode=0666", file("/run/x", Exchange::Datagrams, Some(0o666))),
        ] {
            assert_eq!(listen(uri).unwrap(), expected, "{uri}");
        }
        for (uri, told) in [
            ("syslog+unix:", "name the socket's file"),
            ("syslog+unix:/run/", "name the socket's file"),
            ("syslog+unix:/x?type=seq", "dgram or stream"),
            ("syslog+unix:/x?mode=rw", "octal"),
            ("syslog+unix:/x?mode=7777", "octal"),
            ("syslog+unix:/x?mod=1", "`mode`"),
        ] {
            let error = listen(uri).unwrap_err();
            assert!(error.contains(told), "{uri}: {error}");
        }
    }

    #[test]
    fn what_is_no_place_is_told_with_an_example() {
        for uri in ["syslog:host", "syslog+udp://h:x", "syslog+tcp://h/x", "syslog+tcp://ann@h", "syslog://h?x=1"] {
            let error = listen(uri).unwrap_err();
            assert!(error.contains("://127.0.0.1:5514") || error.contains("it takes none"), "{uri}: {error}");
        }
    }
}
