//! The servers of one system: the one that answered last is asked first, the others where it does not.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode};

use crate::source::http::{self, Refusal, Server, Usual};
use crate::source::retry::Trouble;
use crate::source::{Address, SourceError};

/// How long an answer may take without the parameter `timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The servers of one system that speaks HTTP, any of which will do.
#[derive(Debug)]
pub struct Endpoints {
    servers: Vec<Endpoint>,
    /// Which of them answered last.
    at: AtomicUsize,
    timeout: Duration,
    /// Whether they are spoken to in HTTP/2 alone.
    is_http2: bool,
}

#[derive(Debug)]
struct Endpoint {
    server: Server,
    /// The server's address with the path in front of everything; no slash at its end.
    base: String,
    client: OnceLock<Client>,
}

/// What a server said, whatever it was.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Vec<u8>,
    /// The headers behind its body.
    pub trailers: HeaderMap,
    refusal: Refusal,
}

impl Answer {
    /// The body of a success, else the trouble. `said` finds the words in the body of a refusal: JSON or plain, as servers
    /// mix them; without any, the body itself is told.
    pub fn success(self, said: impl Fn(&[u8]) -> Option<String>) -> Result<Vec<u8>, Trouble> {
        if self.status.is_success() { Ok(self.body) } else { Err(self.trouble(said(&self.body).as_deref())) }
    }

    /// What an answer that is of no use means. `said`: what it says, where the caller could read it.
    pub fn trouble(&self, said: Option<&str>) -> Trouble {
        self.refusal.trouble(said)
    }

    /// Its content type, in lower case and without parameters.
    pub fn content_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

impl Endpoints {
    /// The server at `address`, spoken to by `scheme` (`http`, `https`), and those of the parameter `also`. The path of each
    /// stands in front of every request.
    pub fn new(scheme: &str, address: &Address, default_port: u16, usual: Usual) -> Result<Self, SourceError> {
        let first = Endpoint::new(Server::new(scheme, address, default_port, usual)?, &address.path);
        let mut servers = vec![first];
        for url in address.parameters.list("also") {
            servers.push(Endpoint::also(&url, address, default_port, usual)?);
        }
        let timeout = address.parameters.duration("timeout")?.unwrap_or(TIMEOUT);
        Ok(Self { servers, at: AtomicUsize::new(0), timeout, is_http2: false })
    }

    /// The same servers, spoken to in HTTP/2 alone, as gRPC is.
    #[must_use]
    pub fn over_http2(self) -> Self {
        Self { is_http2: true, ..self }
    }

    /// The address of the first, with its path and without a slash at its end.
    pub fn base(&self) -> &str {
        self.servers.first().map(|endpoint| endpoint.base.as_str()).unwrap_or_default()
    }

    /// The first, as the screen names it: `localhost:16686`, with `+1` where there are others.
    pub fn place(&self) -> String {
        let base = self.base();
        let place = base.split_once("://").map_or(base, |(_, place)| place);
        match self.servers.len() {
            0 | 1 => place.to_owned(),
            more => format!("{place} +{}", more - 1),
        }
    }

    /// Sends the request that `build` makes for an address, and gives the answer, whatever it says. A server that can not be
    /// reached, or that says that it is broken, is passed over while there is another.
    pub async fn ask(&self, build: impl Fn(&Client, &str) -> RequestBuilder) -> Result<Answer, Trouble> {
        let first = self.at.load(Ordering::Relaxed);
        let mut failures: Vec<Trouble> = Vec::new();
        for offset in 0..self.servers.len() {
            let at = (first + offset) % self.servers.len();
            let Some(endpoint) = self.servers.get(at) else { break };
            let is_last = offset + 1 == self.servers.len();
            match endpoint.ask(&build, self).await {
                Ok(answer) if answer.status.is_server_error() && !is_last => failures.push(answer.trouble(None)),
                Ok(answer) => {
                    if !answer.status.is_server_error() {
                        self.at.store(at, Ordering::Relaxed);
                    }
                    return Ok(answer);
                }
                Err(trouble) => failures.push(trouble),
            }
        }
        let all: Vec<&str> = failures.iter().map(Trouble::why).collect();
        let is_nowhere = all.iter().all(|why| why.starts_with("connecting to "));
        if let ([_], false) = (failures.as_slice(), is_nowhere) {
            return Err(failures.remove(0));
        }
        let hint = if is_nowhere { "; is it running there, and may this machine reach it?" } else { "" };
        Err(Trouble::passing(format!("{}{hint}", all.join(" · "))))
    }

    /// Asks with GET for a path that begins with a slash; each value of the query is escaped.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Trouble> {
        self.ask(|client, base| client.get(format!("{base}{path}")).query(query)).await
    }
}

impl Endpoint {
    fn new(server: Server, path: &[String]) -> Self {
        let escaped = path.iter().map(|part| format!("/{}", super::escaped(part)));
        let base = format!("{}{}", server.base(), escaped.collect::<String>());
        Self { server, base, client: OnceLock::new() }
    }

    /// A server of the parameter `also`, where one signs in as at `first`.
    fn also(url: &str, first: &Address, default_port: u16, usual: Usual) -> Result<Self, SourceError> {
        let parsed = reqwest::Url::parse(url).ok().filter(|parsed| ["http", "https"].contains(&parsed.scheme()));
        // What could not be read is not repeated: there may be a password in it.
        let wrong = || SourceError::Spec(format!("also: expected addresses such as http://HOST:{default_port}"));
        let parsed = parsed.filter(|parsed| parsed.host_str().is_some()).ok_or_else(wrong)?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            let why = "also: one signs in at all servers in the same way; leave out the user and the password";
            return Err(SourceError::Spec(why.to_owned()));
        }
        let host = parsed.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let path = parsed.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect::<Vec<_>>();
        let place = Address { host, port: written_port(url, &parsed), ..first.clone() };
        Ok(Self::new(Server::new(parsed.scheme(), &place, default_port, usual)?, &path))
    }

    async fn ask(&self, build: impl Fn(&Client, &str) -> RequestBuilder, all: &Endpoints) -> Result<Answer, Trouble> {
        let client = if let Some(client) = self.client.get() {
            client
        } else {
            let client = if all.is_http2 { self.server.client_of_http2()? } else { self.server.client()? };
            self.client.get_or_init(|| client)
        };
        let authorization = self.server.authorization().await?;
        let request = build(client, &self.base).timeout(all.timeout);
        let answer = http::send(request, authorization.as_ref()).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut refusal = Refusal::begin(&answer);
        let (body, trailers) = http::body_and_trailers(answer).await?;
        if !status.is_success() {
            refusal.text = String::from_utf8_lossy(&body).into_owned();
        }
        Ok(Answer { status, headers, body, trailers, refusal })
    }
}

/// The port that stands in an address, also where it is the usual one of its scheme and would be left out.
fn written_port(url: &str, parsed: &reqwest::Url) -> Option<u16> {
    let authority =
        url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let usual = || authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    parsed.port().or_else(usual)
}

fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}
