//! What the user says of Application Insights: which application or workspace, and how to be known there.

use std::time::Duration;

use super::AppInsightsKind;
use super::tables::Schema;
use crate::source::azure::{AUDIENCE, audience};
use crate::source::backend::{LinkTemplate, with_backend_alone};
use crate::source::http::{Server, Usual};
use crate::source::secret::{API_KEY, Keeper, TOKEN};
use crate::source::tls::TLS;
use crate::source::{Parameter, SourceError, SourceKind as _, SourceSpec};

/// Where applications are asked, and where workspaces.
const APPLICATIONS: &str = "https://api.applicationinsights.io";
const WORKSPACES: &str = "https://api.loganalytics.azure.com";
/// How long an answer may take without the parameter `timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How far back a trace is looked for whose time is not known. So long rows are kept where nothing else is said.
const LOOKBACK: Duration = Duration::from_secs(90 * 24 * 3600);

const OWN: &[Parameter] = &[
    Parameter {
        name: "lookback",
        value: "TIME",
        about: "how far back a trace is looked for whose time is not known, 90d without it",
    },
    Parameter { name: "endpoint", value: "URL", about: "another address of the service, such as another cloud's" },
    Parameter { name: "header.", value: "VALUE", about: "one more header of every request: header.X-Team=ops" },
];

/// All parameters of this kind.
pub(super) const PARAMETERS: [&[Parameter]; 6] = {
    let [own, backend] = with_backend_alone(OWN);
    [own, backend, AUDIENCE, TOKEN, API_KEY, TLS]
};

/// What the backend needs to know, checked.
pub(super) struct Settings {
    pub(super) server: Server,
    /// For what a token is asked for.
    pub(super) audience: String,
    pub(super) schema: Schema,
    /// The application's or the workspace's id.
    pub(super) id: String,
    pub(super) key: Option<Keeper>,
    pub(super) timeout: Duration,
    pub(super) lookback: Duration,
    pub(super) link: Option<LinkTemplate>,
}

impl Settings {
    /// Reads `//APP_ID?…` or `//workspace/ID?…`.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let example = AppInsightsKind.example();
        let address = spec.address(&PARAMETERS, example)?;
        let given = &address.parameters;
        let wrong =
            |what: &str| SourceError::Spec(format!("`appinsights:{}` {what}; expected such as {example}", spec.rest));
        let (schema, id) = match (address.host.as_str(), address.path.as_slice()) {
            ("workspace", [id]) => (Schema::Workspace, id.clone()),
            ("" | "workspace", _) => return Err(wrong("names no application, nor a workspace as in //workspace/ID")),
            (id, []) => (Schema::Application, id.to_owned()),
            _ => return Err(wrong("has to name an application, or //workspace/ID, and nothing else")),
        };
        let usual = if schema == Schema::Workspace { WORKSPACES } else { APPLICATIONS };
        let endpoint = given.text("endpoint").unwrap_or(usual).trim_end_matches('/');
        Ok(Self {
            server: Server::at_endpoint(endpoint, usual, given, Usual::default())?,
            audience: audience(given, endpoint),
            schema,
            id,
            key: Keeper::of(given, "api_key", &[])?,
            timeout: given.duration("timeout")?.unwrap_or(TIMEOUT),
            lookback: given.duration("lookback")?.unwrap_or(LOOKBACK),
            link: LinkTemplate::of(given, None)?,
        })
    }

    /// Where a query is posted.
    pub(super) fn path(&self) -> String {
        let kind = if self.schema == Schema::Workspace { "workspaces" } else { "apps" };
        format!("/v1/{kind}/{}/query", crate::source::backend::escaped(&self.id))
    }

    /// The application or workspace as the screen names it.
    pub(super) fn shown(&self) -> String {
        if self.schema == Schema::Workspace { format!("workspace {}", self.id) } else { self.id.clone() }
    }
}
