//! What the user says of a Loki: where it is, what to ask it, how far back.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::LokiKind;
use crate::config::StartAt;
use crate::source::http::{Server, Usual, with_http};
use crate::source::{Address, Parameter, SourceError, SourceKind as _, SourceSpec};

/// What Loki listens on unless told otherwise.
const PORT: u16 = 3100;
/// All streams of a Loki 3, which gives this label to each.
const EVERYTHING: &str = r#"{service_name=~".+"}"#;
/// Loki itself gives at most so many lines at once, unless told otherwise.
const MOST_AT_ONCE: usize = 5000;
const USUAL_LIMIT: usize = 2000;
const USUAL_HISTORY: usize = 1000;
/// More history than this is read from its beginning on: `--since`.
const MOST_HISTORY: usize = 100_000;
const USUAL_LOOKBACK: Duration = Duration::from_secs(6 * 3600);
/// The longest that Loki waits for late lines.
const MOST_DELAY: u64 = 5;

/// The variables that logcli, Loki's own client, reads.
const LOGCLI: Usual = Usual {
    user: &["LOKI_USERNAME"],
    password: &["LOKI_PASSWORD"],
    token: &["LOKI_BEARER_TOKEN"],
    api_key: &[],
    has_key_header: false,
};

/// The parameters of this kind alone.
const OWN: &[Parameter] = &[
    Parameter { name: "query", value: "LOGQL", about: "which lines, in LogQL: all of them without it" },
    Parameter { name: "tenant", value: "NAME", about: "the tenant (X-Scope-OrgID) whose lines they are" },
    Parameter { name: "history", value: "LINES", about: "how many earlier lines to show first, 1000 without it" },
    Parameter { name: "lookback", value: "TIME", about: "how far back these are looked for, 6h without it" },
    Parameter { name: "limit", value: "LINES", about: "how many lines to ask for at once, 2000 without it" },
    Parameter { name: "delay_for", value: "SECONDS", about: "how long Loki waits for late lines, 0 to 5 seconds" },
];

/// All parameters of this kind.
pub(super) const PARAMETERS: &[&[Parameter]] = &with_http(OWN);

/// What a source needs to know, checked.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) server: Server,
    /// The path in front of `/loki/api/v1`, empty or with a slash at its beginning alone.
    pub(super) prefix: String,
    pub(super) query: String,
    pub(super) tenant: Option<HeaderValue>,
    /// How many lines from before to begin with.
    pub(super) history: usize,
    pub(super) lookback: Duration,
    /// How many lines to ask for at once.
    pub(super) limit: usize,
    pub(super) delay_for: u64,
    pub(super) start: StartAt,
    pub(super) follow: bool,
    /// `HOST:PORT`, as the screen shows it.
    pub(super) place: String,
}

impl Settings {
    /// Reads what `spec` says. Looks at the variables of logcli, and at nothing else outside.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let mut address = spec.address(PARAMETERS, LokiKind.example())?;
        let mut scheme = spec.scheme.strip_prefix("loki+").unwrap_or("http").to_owned();
        if address.host.is_empty() {
            scheme = usual_place(&mut address)?.unwrap_or(scheme);
        }
        let given = &address.parameters;
        let number = |name: &str, usual: usize, most: usize| {
            let what = format!("a whole number from 1 to {most}");
            let value = given.read::<usize>(name, &what)?.unwrap_or(usual);
            if (1..=most).contains(&value) { Ok(value) } else { Err(wrong(name, value, &what)) }
        };
        let delay_for = given.read::<u64>("delay_for", "whole seconds from 0 to 5")?.unwrap_or(0);
        if delay_for > MOST_DELAY {
            return Err(wrong("delay_for", delay_for, "whole seconds from 0 to 5"));
        }
        let tenant = given.text("tenant").map(str::to_owned).or_else(|| variable("LOKI_ORG_ID"));
        let default_port = if scheme == "https" { 443 } else { PORT };
        Ok(Self {
            server: Server::new(&scheme, &address, default_port, LOGCLI)?,
            prefix: address.path.iter().flat_map(|part| ["/", part]).collect(),
            query: given.text("query").unwrap_or(EVERYTHING).to_owned(),
            tenant: tenant.map(|name| tenant_header(&name, spec.options.follow)).transpose()?,
            history: number("history", USUAL_HISTORY, MOST_HISTORY)?,
            lookback: given.duration("lookback")?.unwrap_or(USUAL_LOOKBACK),
            limit: number("limit", USUAL_LIMIT, MOST_AT_ONCE)?,
            delay_for,
            start: spec.options.start,
            follow: spec.options.follow,
            place: address.authority(default_port),
        })
    }

    /// The URL of one of Loki's questions: `query_range`, `tail`.
    pub(super) fn url(&self, question: &str) -> String {
        format!("{}{}/loki/api/v1/{question}", self.server.base(), self.prefix)
    }

    /// The headers of every question beside those of HTTP itself: the tenant, and that what was sent with a line is to
    /// come apart from its labels.
    pub(super) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let tenant = self.tenant.clone().map(|tenant| (HeaderName::from_static("x-scope-orgid"), tenant));
        let flags = HeaderName::from_static("x-loki-response-encoding-flags");
        tenant.into_iter().chain([(flags, HeaderValue::from_static("categorize-labels"))])
    }
}

/// Where logcli would look; answers the scheme.
fn usual_place(address: &mut Address) -> Result<Option<String>, SourceError> {
    let Some(usual) = variable("LOKI_ADDR") else { return Ok(None) };
    let wrong = || SourceError::Spec(format!("LOKI_ADDR is {usual}; expected such as http://localhost:3100"));
    let url = Url::parse(&usual).map_err(|_| wrong())?;
    let host = url.host_str().filter(|_| ["http", "https"].contains(&url.scheme())).ok_or_else(wrong)?;
    host.trim_start_matches('[').trim_end_matches(']').clone_into(&mut address.host);
    address.port = url.port_or_known_default();
    let path = url.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned);
    address.path = path.chain(std::mem::take(&mut address.path)).collect();
    Ok(Some(url.scheme().to_owned()))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn tenant_header(name: &str, follow: bool) -> Result<HeaderValue, SourceError> {
    if follow && name.contains('|') {
        return Err(SourceError::Spec(format!(
            "tenant={name}: Loki follows one tenant at a time; make a source for each of them"
        )));
    }
    HeaderValue::from_str(name).map_err(|_| wrong("tenant", name, "the name of a tenant"))
}

fn wrong(name: &str, value: impl std::fmt::Display, what: &str) -> SourceError {
    SourceError::Spec(format!("{name}={value}: expected {what}"))
}
