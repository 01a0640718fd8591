//! The client of an engine: Docker's, or Podman's compatible one.
//!
//! Speaks the Docker Engine API over HTTP/1.1 on a socket, a pipe or TCP. Bodies of logs are read as bytes and cut by
//! [`super::frames`], whatever their content type says: that was wrong for years.

use std::error::Error as _;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::answer::{Inspected, Listed, Refusal};
use super::cursor::Start;
use super::host::{Certificates, Host};
use crate::source::http::MAX_ANSWER_BYTES;
use crate::source::retry::Trouble;
use crate::source::tls::install_provider;
use crate::source::{Clock, SourceError};

/// The version that is spoken, or the engine's where that is older. All that is asked for is in 1.41 already and is the
/// same in this one; but newer engines refuse old versions (Docker 29 those before 1.44).
const VERSION: (u32, u32) = (1, 52);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take that is no stream.
const ANSWER: Duration = Duration::from_secs(30);
/// How often the other end of a quiet stream is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// What is told of an answer's text.
const TOLD: usize = 300;

/// A connection to an engine that has answered.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    client: Client,
    /// `http://HOST/v1.52`.
    base: String,
    /// When it answered, by its own clock, in seconds since 1970.
    pub(super) answered: i64,
}

/// Why a question was not answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// The status of an answer that is none.
    pub(super) status: Option<StatusCode>,
    /// What came back, and what to do about it.
    pub(super) why: String,
    is_lasting: bool,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        if failure.is_lasting { Self::lasting(failure.why) } else { Self::passing(failure.why) }
    }
}

impl Engine {
    /// Connects, and learns which version the engine speaks.
    pub(super) async fn connect(host: &Host, clock: &Clock) -> Result<Self, Trouble> {
        let (client, root) = client(host)?;
        let answer = client.get(format!("{root}/_ping")).timeout(CONNECT).send().await;
        let answer = answer.map_err(|error| unreachable(host, &error))?;
        let header = |name: &str| answer.headers().get(name)?.to_str().ok();
        let (major, minor) = header("api-version").and_then(version).unwrap_or(VERSION).min(VERSION);
        let answered = header("date").and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
        let answered = answered.map_or(clock.now() / 1_000_000_000, |date| date.timestamp());
        if !answer.status().is_success() {
            return Err(refused(answer, &format!("{host} is no Docker or Podman engine: it")).await.into());
        }
        Ok(Self { client, base: format!("{root}/v{major}.{minor}"), answered })
    }

    /// All containers, also stopped ones.
    pub(super) async fn containers(&self) -> Result<Vec<Listed>, Failure> {
        self.ask("/containers/json", &[("all", "1".to_owned())], "listing containers").await
    }

    /// What there is to know of a container.
    pub(super) async fn inspect(&self, id: &str) -> Result<Inspected, Failure> {
        self.ask(&format!("/containers/{}/json", escaped(id)), &[], "inspecting a container").await
    }

    /// What happens to containers from a second on.
    pub(super) async fn events(&self, since: i64) -> Result<Response, Failure> {
        let query = [("since", since.to_string()), ("filters", r#"{"type":["container"]}"#.to_owned())];
        self.open("/events", &query, None, "asking for events").await
    }

    /// A container's log, with times. May answer only when the first line comes.
    pub(super) async fn logs(&self, id: &str, start: Start, follows: bool) -> Result<Response, Failure> {
        let mut query = vec![("stdout", "1".to_owned()), ("stderr", "1".to_owned()), ("timestamps", "1".to_owned())];
        query.push(("follow", u8::from(follows).to_string()));
        let (tail, since) = match start {
            Start::Last(count, since) => (count.to_string(), since),
            Start::Since(since) => ("all".to_owned(), Some(since)),
            Start::All | Start::Run => ("all".to_owned(), None),
        };
        query.push(("tail", tail));
        if let Some(since) = since.map(|since| since.max(0)) {
            let (seconds, nanos) = (since / 1_000_000_000, since % 1_000_000_000);
            query.push(("since", if nanos == 0 { seconds.to_string() } else { format!("{seconds}.{nanos:09}") }));
        }
        self.open(&format!("/containers/{}/logs", escaped(id)), &query, None, "asking for a log").await
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)], doing: &str) -> Result<T, Failure> {
        let mut answer = self.open(path, query, Some(ANSWER), doing).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(doing, &error))? {
            if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
                let why = format!("{doing}: the answer is longer than {} MiB", MAX_ANSWER_BYTES >> 20);
                return Err(Failure { status: None, why, is_lasting: true });
            }
            bytes.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&bytes).map_err(|error| Failure {
            status: None,
            why: format!("{doing}: the answer can not be read: {error}"),
            is_lasting: true,
        })
    }

    async fn open(
        &self,
        path: &str,
        query: &[(&str, String)],
        limit: Option<Duration>,
        doing: &str,
    ) -> Result<Response, Failure> {
        let request = self.client.get(format!("{}{path}", self.base)).query(query);
        let request = match limit {
            Some(limit) => request.timeout(limit),
            None => request,
        };
        let answer = request.send().await.map_err(|error| broken(doing, &error))?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(refused(answer, &format!("{doing}: the engine")).await)
        }
    }
}

fn client(host: &Host) -> Result<(Client, String), SourceError> {
    install_provider();
    let failed = |why: String| SourceError::Io { doing: format!("setting up the connection to {host}"), why };
    let builder = Client::builder()
        .http1_only()
        .no_proxy()
        .connect_timeout(CONNECT)
        .tcp_keepalive(KEEP_ALIVE)
        .user_agent(concat!("spantail/", env!("CARGO_PKG_VERSION")));
    let (builder, root) = match host {
        Host::Tcp(place, None) => (builder, format!("http://{place}")),
        Host::Tcp(place, Some(certificates)) => (with_tls(builder, certificates)?, format!("https://{place}")),
        Host::Unix(path) => (with_socket(builder, path).map_err(failed)?, "http://docker".to_owned()),
        Host::Pipe(pipe) => (with_pipe(builder, pipe).map_err(failed)?, "http://docker".to_owned()),
    };
    Ok((builder.build().map_err(|error| failed(innermost(&error)))?, root))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "there are no such sockets elsewhere")]
fn with_socket(builder: ClientBuilder, path: &Path) -> Result<ClientBuilder, String> {
    Ok(builder.unix_socket(path))
}

#[cfg(not(unix))]
fn with_socket(_: ClientBuilder, _: &Path) -> Result<ClientBuilder, String> {
    Err("there are no Unix sockets on this system".to_owned())
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "there are no such pipes elsewhere")]
fn with_pipe(builder: ClientBuilder, pipe: &str) -> Result<ClientBuilder, String> {
    Ok(builder.windows_named_pipe(pipe))
}

#[cfg(not(windows))]
fn with_pipe(_: ClientBuilder, _: &str) -> Result<ClientBuilder, String> {
    Err("there are no named pipes on this system".to_owned())
}

/// TLS as Docker's CLI has it: the CA of the folder alone, and the folder's certificate to be known by, where there are.
fn with_tls(builder: ClientBuilder, certificates: &Certificates) -> Result<ClientBuilder, SourceError> {
    let read = |name: &str| {
        let path = certificates.folder.join(name);
        let failed = |why: String| SourceError::Io { doing: format!("reading {}", path.display()), why };
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error.to_string())),
        }
    };
    let wrong = |names: &str, error: &reqwest::Error| SourceError::Io {
        doing: format!("reading {names} in {}", certificates.folder.display()),
        why: innermost(error),
    };
    let mut builder = builder.tls_danger_accept_invalid_certs(!certificates.verifies);
    if let Some(ca) = read("ca.pem")?.filter(|_| certificates.verifies) {
        builder = builder.tls_certs_only(Certificate::from_pem_bundle(&ca).map_err(|error| wrong("ca.pem", &error))?);
    }
    if let (Some(mut own), Some(key)) = (read("cert.pem")?, read("key.pem")?) {
        own.push(b'\n');
        own.extend(key);
        builder = builder.identity(Identity::from_pem(&own).map_err(|error| wrong("cert.pem and key.pem", &error))?);
    }
    Ok(builder)
}

/// `1.43`.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn escaped(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

/// Nobody is there, or lets nobody in.
fn unreachable(host: &Host, error: &reqwest::Error) -> Failure {
    let kind = io_kind(error);
    let hint = match kind {
        Some(ErrorKind::PermissionDenied) => {
            "; add yourself to the group docker (`sudo usermod -aG docker $USER`, then sign in again), or run spantail \
             with sudo"
        }
        Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            "; is Docker or Podman running there? host=unix:///PATH or DOCKER_HOST name another engine"
        }
        _ => "",
    };
    let why = format!("connecting to {host}: {}{hint}", innermost(error));
    Failure { status: None, why, is_lasting: kind == Some(ErrorKind::PermissionDenied) }
}

/// The connection broke.
fn broken(doing: &str, error: &reqwest::Error) -> Failure {
    Failure { status: None, why: format!("{doing}: {}", innermost(error)), is_lasting: false }
}

/// The answer is no success; its body says why.
async fn refused(mut answer: Response, who: &str) -> Failure {
    let status = answer.status();
    let mut body = Vec::new();
    // What of the text comes in time and fits is enough.
    let reading = async {
        while let Ok(Some(chunk)) = answer.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > 16 * TOLD {
                break;
            }
        }
    };
    tokio::time::timeout(CONNECT, reading).await.ok();
    let text = match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => refusal.message,
        Err(_) => String::from_utf8_lossy(&body).into_owned(),
    };
    let said: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect();
    let is_lasting = status.is_client_error() && status != StatusCode::CONFLICT;
    Failure { status: Some(status), why: format!("{who} answered {status}: {said}"), is_lasting }
}

fn io_kind(error: &reqwest::Error) -> Option<ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        source = error.source();
    }
    None
}

/// The innermost reason, which is the one that says something: `Connection refused`.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
