//! What the user says of Google Cloud Logging: which project, which entries, how often to ask.

use std::time::Duration;

use super::GcpLoggingKind;
use crate::config::StartAt;
use crate::source::http::{Server, Usual};
use crate::source::secret::TOKEN;
use crate::source::tls::TLS;
use crate::source::{Address, Parameter, SourceError, SourceKind as _, SourceSpec};

const ENDPOINT: &str = "https://logging.googleapis.com";
const USUAL_HISTORY: usize = 1000;
const MOST_HISTORY: usize = 100_000;
const USUAL_LOOKBACK: Duration = Duration::from_secs(24 * 3600);
/// A project may ask 60 times a minute, all who ask together.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// Entries can be found some seconds after they were written.
const USUAL_OVERLAP: Duration = Duration::from_secs(30);

const OWN: &[Parameter] = &[
    Parameter {
        name: "filter",
        value: "FILTER",
        about: "which entries, in the Logging query language: all without it",
    },
    Parameter {
        name: "resources",
        value: "NAMES",
        about: "further projects/…, folders/… or log views, with commas between",
    },
    Parameter { name: "history", value: "ENTRIES", about: "how many earlier ones to show first, 1000 without it" },
    Parameter { name: "lookback", value: "TIME", about: "how far back these are looked for, 24h without it" },
    Parameter { name: "interval", value: "TIME", about: "how often new entries are asked for, 5s without it" },
    Parameter {
        name: "overlap",
        value: "TIME",
        about: "how far back late ones are looked for each time, 30s without it",
    },
    Parameter { name: "credentials_file", value: "PATH", about: "the key of a service account, as JSON" },
    Parameter {
        name: "quota_project",
        value: "PROJECT",
        about: "the project whose quota is used (X-Goog-User-Project)",
    },
    Parameter { name: "endpoint", value: "URL", about: "another address of the service, such as a private one" },
    Parameter { name: "header.", value: "VALUE", about: "one more header of every request: header.X-Team=ops" },
];

/// All parameters of this kind.
pub(super) const PARAMETERS: &[&[Parameter]] = &[OWN, TOKEN, TLS];

/// The variables that the gcloud command takes an access token from.
const GCLOUD: Usual = Usual {
    user: &[],
    password: &[],
    token: &["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"],
    api_key: &[],
    has_key_header: false,
};

/// What a source needs to know, checked.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) server: Server,
    pub(super) project: String,
    /// `projects/P` and what else is asked for.
    pub(super) resources: Vec<String>,
    pub(super) filter: Option<String>,
    pub(super) history: usize,
    pub(super) lookback: Duration,
    pub(super) interval: Duration,
    pub(super) overlap: Duration,
    pub(super) credentials_file: Option<String>,
    pub(super) quota_project: Option<String>,
    pub(super) start: StartAt,
    pub(super) follow: bool,
}

impl Settings {
    /// Reads what `spec` says.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let example = GcpLoggingKind.example();
        let address = spec.address(PARAMETERS, example)?;
        let wrong = |what: &str| {
            SourceError::Spec(format!("`{}:{}` {what}; expected such as {example}", spec.scheme, spec.rest))
        };
        if address.host.is_empty() || !address.path.is_empty() || address.port.is_some() {
            return Err(wrong("has to name a project and nothing else"));
        }
        let given = &address.parameters;
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let quota_project = given.text("quota_project").map(str::to_owned);
        Ok(Self {
            server: server(&address)?,
            resources: [format!("projects/{}", address.host)].into_iter().chain(given.list("resources")).collect(),
            filter: given.text("filter").map(str::to_owned),
            history: given.count("history", MOST_HISTORY)?.unwrap_or(USUAL_HISTORY),
            lookback: given.duration("lookback")?.unwrap_or(USUAL_LOOKBACK),
            interval: given.duration("interval")?.unwrap_or(USUAL_INTERVAL).max(Duration::from_millis(10)),
            overlap: given.duration("overlap")?.unwrap_or(USUAL_OVERLAP),
            credentials_file: given.text("credentials_file").map(str::to_owned),
            quota_project: quota_project.or_else(|| variable("GOOGLE_CLOUD_QUOTA_PROJECT")),
            start: spec.options.start,
            follow: spec.options.follow,
            project: address.host,
        })
    }
}

/// The service, at its own address or the one that the user names.
fn server(address: &Address) -> Result<Server, SourceError> {
    let endpoint = address.parameters.text("endpoint").unwrap_or(ENDPOINT);
    Server::at_endpoint(endpoint, ENDPOINT, &address.parameters, GCLOUD)
}
