//! What the user says of a Log Analytics workspace: which rows, how often to ask.

use std::time::Duration;

use super::AzureLogsKind;
use super::kql::Kql;
use crate::config::StartAt;
use crate::source::azure::{AUDIENCE, audience};
use crate::source::http::{Server, Usual};
use crate::source::secret::TOKEN;
use crate::source::tls::TLS;
use crate::source::{Address, Parameter, SourceError, SourceKind as _, SourceSpec};

const ENDPOINT: &str = "https://api.loganalytics.azure.com";
const USUAL_HISTORY: usize = 1000;
const MOST_HISTORY: usize = 100_000;
const USUAL_LOOKBACK: Duration = Duration::from_secs(24 * 3600);
/// Rows show up some seconds to minutes after they were written; asking more often finds nothing sooner.
const USUAL_INTERVAL: Duration = Duration::from_secs(15);
const USUAL_OVERLAP: Duration = Duration::from_secs(300);

const OWN: &[Parameter] = &[
    Parameter { name: "query", value: "KQL", about: "which rows, in Kusto's query language: AppTraces | where …" },
    Parameter { name: "table", value: "NAME", about: "the table to read all rows of, where no query says more" },
    Parameter { name: "history", value: "ROWS", about: "how many earlier ones to show first, 1000 without it" },
    Parameter { name: "lookback", value: "TIME", about: "how far back these are looked for, 24h without it" },
    Parameter { name: "interval", value: "TIME", about: "how often new rows are asked for, 15s without it" },
    Parameter {
        name: "overlap",
        value: "TIME",
        about: "how far back late ones are looked for each time, 5m without it",
    },
    Parameter { name: "endpoint", value: "URL", about: "another address of the service, such as another cloud's" },
    Parameter { name: "header.", value: "VALUE", about: "one more header of every request: header.X-Team=ops" },
];

/// All parameters of this kind.
pub(super) const PARAMETERS: &[&[Parameter]] = &[OWN, AUDIENCE, TOKEN, TLS];

/// What a source needs to know, checked.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) server: Server,
    /// For what a token is asked for.
    pub(super) audience: String,
    pub(super) workspace: String,
    pub(super) query: Kql,
    pub(super) history: usize,
    pub(super) lookback: Duration,
    pub(super) interval: Duration,
    pub(super) overlap: Duration,
    pub(super) start: StartAt,
    pub(super) follow: bool,
}

impl Settings {
    /// Reads what `spec` says.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let example = AzureLogsKind.example();
        let address = spec.address(PARAMETERS, example)?;
        let wrong = |what: &str| {
            SourceError::Spec(format!("`{}:{}` {what}; expected such as {example}", spec.scheme, spec.rest))
        };
        if address.host.is_empty() || !address.path.is_empty() || address.port.is_some() {
            return Err(wrong("has to name a workspace by its id and nothing else"));
        }
        let given = &address.parameters;
        let query = given.text("query").or_else(|| given.text("table"));
        let query = Kql::of(query.ok_or_else(|| wrong("names neither a query nor a table"))?);
        let (server, audience) = server(&address)?;
        Ok(Self {
            server,
            audience,
            query,
            history: given.count("history", MOST_HISTORY)?.unwrap_or(USUAL_HISTORY),
            lookback: given.duration("lookback")?.unwrap_or(USUAL_LOOKBACK),
            interval: given.duration("interval")?.unwrap_or(USUAL_INTERVAL).max(Duration::from_millis(10)),
            overlap: given.duration("overlap")?.unwrap_or(USUAL_OVERLAP),
            start: spec.options.start,
            follow: spec.options.follow,
            workspace: address.host,
        })
    }
}

/// The service, at its own address or the one that the user names, and for what a token is asked for.
fn server(address: &Address) -> Result<(Server, String), SourceError> {
    let endpoint = address.parameters.text("endpoint").unwrap_or(ENDPOINT).trim_end_matches('/');
    let server = Server::at_endpoint(endpoint, ENDPOINT, &address.parameters, Usual::default())?;
    Ok((server, audience(&address.parameters, endpoint)))
}
