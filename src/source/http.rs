//! HTTP as every source that asks a server speaks it: who it says it is, whom it trusts, and what becomes of an answer
//! that is none.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::HttpBody as _;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode};

use super::retry::Trouble;
use super::secret::{API_KEY, Keeper, PASSWORD, TOKEN};
use super::tls::{TLS, Trust};
use super::{Address, Parameter, Parameters, SourceError};

/// For how long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// For how long an answer to a question may take. Streams have no such limit.
const ANSWER: Duration = Duration::from_secs(60);
/// How often the other end of a quiet stream is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// What is told of an answer's text.
const TOLD: usize = 300;
/// No answer is longer; what is, is an error.
pub const MAX_ANSWER_BYTES: usize = 64 << 20;

/// How trouble with longer ones says so.
const TOO_LONG: &str = "the answer is longer than";

/// The parameters of every source that speaks HTTP: `&[OWN, HTTP, …]`.
pub const HTTP: [&[Parameter]; 5] = [
    &[
        Parameter { name: "user", value: "NAME", about: "the user's name for basic authentication" },
        Parameter { name: "header.", value: "VALUE", about: "one more header of every request: header.X-Team=ops" },
    ],
    PASSWORD,
    TOKEN,
    API_KEY,
    TLS,
];

/// The parameters of a source that speaks HTTP: its `own`, then those of [`HTTP`].
pub const fn with_http(own: &'static [Parameter]) -> [&'static [Parameter]; 6] {
    let [basic, password, token, api_key, tls] = HTTP;
    [own, basic, password, token, api_key, tls]
}

/// The variables that a system's own tools read its credentials from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usual {
    /// Of the user's name.
    pub user: &'static [&'static str],
    /// Of the password.
    pub password: &'static [&'static str],
    /// Of the bearer token.
    pub token: &'static [&'static str],
    /// Of the API key.
    pub api_key: &'static [&'static str],
    /// Whether its API key goes into a header of its own, which the caller sends, and not into `Authorization`.
    pub has_key_header: bool,
}

/// A server, and how to be known and to know there.
#[derive(Clone, Debug)]
pub struct Server {
    base: String,
    user: Option<String>,
    password: Option<Keeper>,
    token: Option<Keeper>,
    api_key: Option<Keeper>,
    headers: HeaderMap,
    trust: Trust,
}

impl Server {
    /// The server at `address`, spoken to by `scheme` (`http`, `https`), with what the parameters [`HTTP`] say. Touches
    /// nothing outside. The path is left to the caller.
    pub fn new(scheme: &str, address: &Address, default_port: u16, usual: Usual) -> Result<Self, SourceError> {
        let parameters = &address.parameters;
        if address.host.is_empty() {
            return Err(SourceError::Spec(format!("the host is missing: {scheme}://HOST")));
        }
        let usual_user = || usual.user.iter().find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
        let user = address.user.clone().or_else(|| parameters.text("user").map(str::to_owned)).or_else(usual_user);
        Ok(Self {
            base: format!("{scheme}://{}", address.authority(default_port)),
            user,
            password: Keeper::of(parameters, "password", usual.password)?,
            token: Keeper::of(parameters, "token", usual.token)?,
            api_key: if usual.has_key_header { None } else { Keeper::of(parameters, "api_key", usual.api_key)? },
            headers: headers(parameters)?,
            trust: Trust::of(parameters)?,
        })
    }

    /// The server at a whole URL of http or https, such as `example`, of which only the host and the port count.
    pub fn at_endpoint(
        endpoint: &str,
        example: &str,
        parameters: &Parameters,
        usual: Usual,
    ) -> Result<Self, SourceError> {
        let wrong = || SourceError::Spec(format!("endpoint={endpoint}: expected such as {example}"));
        let url = reqwest::Url::parse(endpoint).map_err(|_| wrong())?;
        let host = url.host_str().filter(|_| ["http", "https"].contains(&url.scheme())).ok_or_else(wrong)?;
        let place = Address {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port_or_known_default(),
            parameters: parameters.clone(),
            ..Address::default()
        };
        Self::new(url.scheme(), &place, 443, usual)
    }

    /// `http://host:port`, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The further headers that the user wants in every request.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whom it is to be trusted by, for connections that are no plain HTTP.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// A client for it. Reads the files of certificates.
    pub fn client(&self) -> Result<Client, SourceError> {
        self.client_of(Client::builder().tls_backend_preconfigured(self.trust.config()?))
    }

    /// A client for it that speaks HTTP/2 from the first byte, also without TLS, as gRPC does.
    pub fn client_of_http2(&self) -> Result<Client, SourceError> {
        let mut tls = self.trust.config()?;
        tls.alpn_protocols = vec![b"h2".to_vec()];
        self.client_of(Client::builder().tls_backend_preconfigured(tls).http2_prior_knowledge())
    }

    fn client_of(&self, builder: ClientBuilder) -> Result<Client, SourceError> {
        builder
            .connect_timeout(CONNECT)
            .tcp_keepalive(KEEP_ALIVE)
            .default_headers(self.headers.clone())
            .user_agent(concat!("spantail/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SourceError::Io { doing: "setting up HTTP".to_owned(), why: chain(&error) })
    }

    /// The value of the header `Authorization`, from secrets that are fetched now; `None` where there are none. An API key
    /// counts most (as Elasticsearch writes it), then a token, then a user with a password.
    pub async fn authorization(&self) -> Result<Option<HeaderValue>, SourceError> {
        let value = if let Some(key) = &self.api_key {
            format!("ApiKey {}", key.fetch().await?.expose())
        } else if let Some(token) = &self.token {
            format!("Bearer {}", token.fetch().await?.expose())
        } else if let Some(user) = &self.user {
            let password = match &self.password {
                Some(password) => password.fetch().await?.expose().to_owned(),
                None => String::new(),
            };
            format!("Basic {}", base64(&format!("{user}:{password}")))
        } else {
            return Ok(None);
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| SourceError::Io {
            doing: "signing in".to_owned(),
            why: "the secret has characters that can not be sent in a header".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// Sends a question and gives the whole answer, which is a success, in at most a minute and [`MAX_ANSWER_BYTES`].
pub async fn ask(request: RequestBuilder, authorization: Option<&HeaderValue>) -> Result<Vec<u8>, Trouble> {
    let request = request.timeout(ANSWER);
    body(open(request, authorization).await?).await
}

/// Sends a request and gives the answer, which is a success, as it begins to come.
pub async fn open(request: RequestBuilder, authorization: Option<&HeaderValue>) -> Result<Response, Trouble> {
    let answer = send(request, authorization).await?;
    if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer).await) }
}

/// Sends a request and gives the answer, whatever it is, as it begins to come.
pub async fn send(request: RequestBuilder, authorization: Option<&HeaderValue>) -> Result<Response, Trouble> {
    let request = match authorization {
        Some(value) => request.header(AUTHORIZATION, value),
        None => request,
    };
    request.send().await.map_err(|error| broken(&error))
}

/// The whole of an answer.
pub async fn body(answer: Response) -> Result<Vec<u8>, Trouble> {
    body_and_trailers(answer).await.map(|(body, _)| body)
}

/// The whole of an answer, and the headers that came behind it, which is where gRPC says how a call ended.
pub async fn body_and_trailers(answer: Response) -> Result<(Vec<u8>, HeaderMap), Trouble> {
    let url = answer.url().clone();
    let mut frames = reqwest::Body::from(answer);
    let (mut bytes, mut trailers) = (Vec::new(), HeaderMap::new());
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut frames).poll_frame(cx)).await {
        let frame = frame.map_err(|error| broken(&error.with_url(url.clone())))?;
        match frame.into_data() {
            Ok(chunk) if bytes.len() + chunk.len() > MAX_ANSWER_BYTES => {
                let place = shown(&url);
                return Err(Trouble::lasting(format!("{place}: {TOO_LONG} {} MiB", MAX_ANSWER_BYTES >> 20)));
            }
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(other) => trailers.extend(other.into_trailers().unwrap_or_default()),
        }
    }
    Ok((bytes, trailers))
}

/// Whether an answer was longer than [`MAX_ANSWER_BYTES`]: one may ask for less.
pub fn is_too_long(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Lasting { why } if why.contains(TOO_LONG))
}

/// What an answer that is no success means.
pub async fn refusal(answer: Response) -> Trouble {
    Refusal::of(answer).await.trouble(None)
}

/// An answer that is no success.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Its status.
    pub status: StatusCode,
    /// Its whole text, or nothing where that does not come.
    pub text: String,
    place: String,
    after: Option<Duration>,
}

impl Refusal {
    /// What its head says; the text is left to the caller.
    pub fn begin(answer: &Response) -> Self {
        let after = answer.headers().get(RETRY_AFTER).and_then(retry_after);
        Self { status: answer.status(), text: String::new(), place: shown(answer.url()), after }
    }

    /// Reads what the server says of it.
    pub async fn of(answer: Response) -> Self {
        let refusal = Self::begin(&answer);
        let text = tokio::time::timeout(CONNECT, body(answer)).await.ok().and_then(Result::ok).unwrap_or_default();
        Self { text: String::from_utf8_lossy(&text).into_owned(), ..refusal }
    }

    /// What it means: what is wrong with the server passes, what is wrong with the question does not. `said`: what the text
    /// says, where the caller knows how to read it.
    pub fn trouble(&self, said: Option<&str>) -> Trouble {
        let (status, text) = (self.status, said.unwrap_or(&self.text));
        let said: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect();
        let colon = if said.is_empty() { "" } else { ": " };
        let why = format!("{} answered {status}{colon}{said}", self.place);
        let is_passing = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT);
        if is_passing {
            return Trouble::Passing { why, after: self.after };
        }
        let hint = match status {
            StatusCode::UNAUTHORIZED => "; say who you are: user and password_env, token_env or api_key_env",
            StatusCode::FORBIDDEN => "; these credentials may not read this",
            StatusCode::NOT_FOUND => "; is this the right server and path?",
            _ => "",
        };
        Trouble::lasting(format!("{why}{hint}"))
    }
}

/// A connection that did not come about, or broke.
pub fn broken(error: &reqwest::Error) -> Trouble {
    let place = error.url().map(shown).unwrap_or_default();
    let what = if error.is_connect() {
        "connecting to "
    } else if error.is_timeout() {
        "waiting too long for "
    } else {
        "reading from "
    };
    Trouble::passing(format!("{what}{place}: {}", chain(error)))
}

/// A URL without what may be long or secret in it.
fn shown(url: &reqwest::Url) -> String {
    let authority = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{authority}{port}{}", url.scheme(), url.path())
}

/// The innermost reason, which is the one that says something: `Connection refused`.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// Seconds, or an HTTP date.
fn retry_after(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    (then.to_utc() - chrono::Utc::now()).to_std().ok()
}

fn headers(parameters: &Parameters) -> Result<HeaderMap, SourceError> {
    let mut out = HeaderMap::new();
    for (name, value) in parameters.family("header.") {
        let wrong = || SourceError::Spec(format!("header.{name}={value}: this is no header of HTTP"));
        let name = name.parse::<HeaderName>().map_err(|_| wrong())?;
        out.insert(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(out)
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
