//! Asking a Tempo: as which tenant, by which version of a path, and what its refusals mean.

use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, HeaderValue};

use crate::parse::tempo::NotTempo;
use crate::source::backend::{Answer, Endpoints};
use crate::source::http::Usual;
use crate::source::retry::Trouble;
use crate::source::{Address, SourceError};

/// What Tempo listens on unless told otherwise.
const PORT: u16 = 3200;
const TENANT: &str = "x-scope-orgid";
/// How much of a query is shown behind the place where Tempo stopped understanding it.
const SHOWN_CHARS: usize = 40;

/// A question: its path and its parameters.
pub(super) struct Question<'a> {
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, &'a str)>,
}

/// The servers, as one tenant.
pub(super) struct Api {
    endpoints: Endpoints,
    tenant: Option<HeaderValue>,
    /// Of traces by id, new in 2.7.
    pub(super) traces: Version,
    /// Of names and values of tags, new in 2.2.
    pub(super) tags: Version,
}

/// Which version of a group of paths the server has.
#[derive(Default)]
pub(super) struct Version {
    is_old: AtomicBool,
}

impl Version {
    /// Whether only the first is there.
    pub(super) fn is_old(&self) -> bool {
        self.is_old.load(Ordering::Relaxed)
    }

    /// The second is not there and the first is: it is not asked for again.
    pub(super) fn is_found_old(&self) {
        self.is_old.store(true, Ordering::Relaxed);
    }
}

impl Api {
    /// The Tempo at `address`, spoken to by `http` or `https`.
    pub(super) fn new(scheme: &str, address: &Address) -> Result<Self, SourceError> {
        let default_port = if scheme == "https" { 443 } else { PORT };
        let tenant = address.parameters.text("tenant").map(|name| {
            let wrong = |_| SourceError::Spec(format!("tenant={name}: expected the name of a tenant"));
            HeaderValue::from_str(name).map_err(wrong)
        });
        Ok(Self {
            endpoints: Endpoints::new(scheme, address, default_port, Usual::default())?,
            tenant: tenant.transpose()?,
            traces: Version::default(),
            tags: Version::default(),
        })
    }

    /// `HOST:PORT`, as the screen shows it.
    pub(super) fn place(&self) -> String {
        self.endpoints.place()
    }

    /// Asks, and gives the answer whatever it says. `accept`: in which encoding it is to come.
    pub(super) async fn get(&self, question: &Question<'_>, accept: &'static str) -> Result<Answer, Trouble> {
        let Question { path, query } = question;
        self.endpoints
            .ask(|client, base| {
                let request = client.get(format!("{base}{path}")).query(query).header(ACCEPT, accept);
                match &self.tenant {
                    Some(tenant) => request.header(TENANT, tenant),
                    None => request,
                }
            })
            .await
    }

    /// Asks, and gives what it says in JSON. `traceql` is the query in it, to be shown where Tempo does not understand it.
    pub(super) async fn json(&self, question: &Question<'_>, traceql: &str) -> Result<Vec<u8>, Trouble> {
        let answer = self.get(question, "application/json").await?;
        self.success(answer, traceql)
    }

    /// The body of a success, else what the refusal means.
    pub(super) fn success(&self, answer: Answer, traceql: &str) -> Result<Vec<u8>, Trouble> {
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        let text = String::from_utf8_lossy(&answer.body);
        if answer.status == StatusCode::UNAUTHORIZED && text.contains("no org id") {
            let place = self.place();
            return Err(Trouble::lasting(format!(
                "{place} answered 401 no org id: it holds traces of several tenants; say whose are asked for: tenant=NAME"
            )));
        }
        if answer.status == StatusCode::BAD_REQUEST && text.contains("TraceQL") {
            return Err(not_understood(&text, traceql));
        }
        Err(answer.trouble(None))
    }

    /// An answer that is none of Tempo's.
    pub(super) fn is_another(&self, error: &NotTempo) -> Trouble {
        let place = self.place();
        Trouble::lasting(format!("{place} gives no answer of Tempo ({error}); is this Tempo itself, and not Grafana?"))
    }
}

/// `invalid TraceQL query: parse error at line 1, col 12: syntax error: unexpected $end`, with what stands there.
fn not_understood(text: &str, traceql: &str) -> Trouble {
    let text = text.trim();
    let column = text.split_once(", col ").and_then(|(_, rest)| rest.split(':').next()?.parse::<usize>().ok());
    let there: Option<String> =
        column.map(|column| traceql.chars().skip(column.saturating_sub(1)).take(SHOWN_CHARS).collect());
    let shown = match there.as_deref().map(str::trim) {
        Some("") => format!(", at the end of `{traceql}`"),
        Some(there) => format!(", at `{there}`"),
        None => format!(" in `{traceql}`"),
    };
    Trouble::lasting(format!("Tempo says {text}{shown}; is it what the parameter query says, or the name of a tag?"))
}
