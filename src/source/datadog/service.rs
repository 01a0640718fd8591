//! The servers of a site, the two keys, and what a refusal means.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value as Json;

use super::DatadogKind;
use crate::model::{Nanos, TraceId};
use crate::source::backend::{ALSO, Answer, Endpoints, LinkTemplate, with_backend_alone};
use crate::source::http::Usual;
use crate::source::retry::Trouble;
use crate::source::secret::{API_KEY, Keeper};
use crate::source::tls::TLS;
use crate::source::{Address, Clock, Parameter, SourceError, SourceKind as _, SourceSpec};

/// How far back a trace is looked for whose time is not known. So long indexed spans are kept where nothing else is said.
const LOOKBACK: Duration = Duration::from_secs(15 * 24 * 3600);

const OWN: &[Parameter] = &[
    Parameter { name: "app_key_env", value: "VARIABLE", about: "the variable that holds the application key" },
    Parameter { name: "app_key_file", value: "PATH", about: "the file that holds the application key" },
    Parameter { name: "app_key_command", value: "COMMAND", about: "the command that prints the application key" },
    Parameter {
        name: "lookback",
        value: "TIME",
        about: "how far back a trace is looked for whose time is not known, 15d without it",
    },
    Parameter { name: "endpoint", value: "URL", about: "another address than https://api.SITE, such as a proxy's" },
    Parameter { name: "header.", value: "VALUE", about: "one more header of every request: header.X-Team=ops" },
];

/// All parameters of this kind.
pub(super) const PARAMETERS: [&[Parameter]; 5] = {
    let [own, backend] = with_backend_alone(OWN);
    [own, ALSO, backend, API_KEY, TLS]
};

/// One site, and who asks.
pub(super) struct Service {
    pub(super) site: String,
    pub(super) lookback: Duration,
    endpoints: Endpoints,
    api_key: Option<Keeper>,
    app_key: Option<Keeper>,
    link: Option<LinkTemplate>,
    clock: Clock,
}

impl Service {
    /// Reads `//SITE?…`.
    pub(super) fn of(spec: &SourceSpec, clock: Clock) -> Result<Self, SourceError> {
        let address = spec.address(&PARAMETERS, DatadogKind.example())?;
        let given = &address.parameters;
        if address.host.is_empty() || !address.path.is_empty() || address.port.is_some() {
            let example = DatadogKind.example();
            let why =
                format!("`datadog:{}` has to name a site and nothing else; expected such as {example}", spec.rest);
            return Err(SourceError::Spec(why));
        }
        // The site of a browser's address and of the API's are the same but for what stands in front.
        let site = address.host.to_ascii_lowercase();
        let site = ["api.", "app."].iter().find_map(|part| site.strip_prefix(part)).unwrap_or(&site).to_owned();
        let (scheme, at) = match given.text("endpoint") {
            Some(endpoint) => place(endpoint)?,
            None => ("https".to_owned(), Address { host: format!("api.{site}"), ..Address::default() }),
        };
        let at = Address { parameters: given.clone(), ..at };
        // Both keys have headers of their own.
        let usual = Usual { has_key_header: true, ..Usual::default() };
        let default_port = if scheme == "http" { 80 } else { 443 };
        Ok(Self {
            endpoints: Endpoints::new(&scheme, &at, default_port, usual)?,
            api_key: Keeper::of(given, "api_key", &["DD_API_KEY", "DATADOG_API_KEY"])?,
            app_key: Keeper::of(given, "app_key", &["DD_APP_KEY", "DATADOG_APP_KEY", "DD_APPLICATION_KEY"])?,
            lookback: given.duration("lookback")?.unwrap_or(LOOKBACK),
            link: LinkTemplate::of(given, Some(format!("https://app.{site}/apm/trace/{{trace_id}}")))?,
            site,
            clock,
        })
    }

    /// What time it is.
    pub(super) fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// Where a person looks at a trace.
    pub(super) fn link(&self, id: TraceId) -> Option<String> {
        self.link.as_ref().map(|link| link.fill(id))
    }

    /// Posts a question; the answer to it.
    pub(super) async fn post(&self, path: &str, question: &Json) -> Result<Json, Trouble> {
        let answer = self.ask(|client, base| client.post(format!("{base}{path}")).json(question)).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer));
        }
        self.read(&answer.body)
    }

    /// Sends a request with both keys and gives the answer, whatever it is.
    pub(super) async fn ask(&self, build: impl Fn(&Client, &str) -> RequestBuilder) -> Result<Answer, Trouble> {
        let mut keys = HeaderMap::new();
        for (header, key, what) in [
            ("dd-api-key", &self.api_key, "an API key: set DD_API_KEY, or say where it is by api_key_env"),
            (
                "dd-application-key",
                &self.app_key,
                "an application key: set DD_APP_KEY, or say where it is by app_key_env",
            ),
        ] {
            let Some(key) = key else {
                return Err(Trouble::lasting(format!("Datadog is not asked without two keys; it lacks {what}")));
            };
            let wrong = |_| Trouble::lasting(format!("the key in {key} can not be sent in a header"));
            let mut value = HeaderValue::from_str(key.fetch().await?.expose()).map_err(wrong)?;
            value.set_sensitive(true);
            keys.insert(header, value);
        }
        self.endpoints.ask(|client, base| build(client, base).headers(keys.clone())).await
    }

    /// The JSON of an answer.
    pub(super) fn read(&self, body: &[u8]) -> Result<Json, Trouble> {
        let place = self.endpoints.place();
        serde_json::from_slice(body)
            .map_err(|error| Trouble::passing(format!("{place}: what came is no answer of Datadog: {error}")))
    }

    /// What an answer that is no success means.
    pub(super) fn refused(&self, answer: &Answer) -> Trouble {
        let trouble = answer.trouble(said(&answer.body).as_deref());
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let why = trouble.why().rsplit_once("; ").map_or(trouble.why(), |(why, _)| why);
                Trouble::lasting(format!(
                    "{why}; are both keys right, may the application key read APM, and is {} their site?",
                    self.site
                ))
            }
            StatusCode::TOO_MANY_REQUESTS => limited(&trouble, &answer.headers),
            _ => trouble,
        }
    }
}

/// What it means that there were too many requests, and how long that lasts.
fn limited(trouble: &Trouble, headers: &HeaderMap) -> Trouble {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    let allowed = number("x-ratelimit-limit").zip(number("x-ratelimit-period"));
    let allowed =
        allowed.map(|(limit, period)| format!("; {limit} requests in {period} s are allowed")).unwrap_or_default();
    let reset = number("x-ratelimit-reset");
    let next = reset.map(|seconds| format!(", the next in {seconds} s")).unwrap_or_default();
    let asked = match trouble {
        Trouble::Passing { after, .. } => *after,
        Trouble::Lasting { .. } => None,
    };
    let after = reset.map(Duration::from_secs).or(asked);
    Trouble::Passing { why: format!("{}{allowed}{next}", trouble.why()), after }
}

/// The words of a refusal: `{"errors": ["Forbidden"]}` or `{"errors": [{"title", "detail"}]}`.
fn said(body: &[u8]) -> Option<String> {
    let body: Json = serde_json::from_slice(body).ok()?;
    let words = |error: &Json| match error {
        Json::String(text) => Some(text.clone()),
        error => Some(error.get("detail").or_else(|| error.get("title"))?.as_str()?.to_owned()),
    };
    let all: Vec<String> = body.get("errors")?.as_array()?.iter().filter_map(words).collect();
    (!all.is_empty()).then(|| all.join(" · "))
}

/// The scheme of an address such as a proxy's, and where that is. Its path stands in front of Datadog's.
fn place(endpoint: &str) -> Result<(String, Address), SourceError> {
    let wrong = || SourceError::Spec(format!("endpoint={endpoint}: expected such as https://proxy.local:8443"));
    let url = Url::parse(endpoint).map_err(|_| wrong())?;
    let host = url.host_str().filter(|_| ["http", "https"].contains(&url.scheme())).ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let path = url.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    Ok((url.scheme().to_owned(), Address { host, port: url.port(), path, ..Address::default() }))
}
