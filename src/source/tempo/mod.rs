//! Grafana Tempo: traces by id, and searches in TraceQL.
//!
//! Owns the kind and its backend. `api` asks and knows which version of the API a server speaks; `trace` fetches one trace;
//! `traceql` writes queries; `find` looks for traces page by page, as Tempo itself has no pages; `names` completes what
//! somebody types. Speaks the "Tempo HTTP API" of versions 1.5 to 3.

mod api;
mod find;
mod names;
#[cfg(test)]
mod tests;
mod trace;
mod traceql;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::api::Api;
use self::find::Finder;
use super::backend::{Backend, BackendSource, LinkTemplate, with_backend};
use super::retry::Trouble;
use super::{Parameter, Source, SourceError, SourceKind, SourceSpec};
use crate::model::{FetchedTrace, Names, TraceId, TracePage, TraceQuery, WantedTrace};

/// The parameters of this kind alone.
const OWN: &[Parameter] = &[
    Parameter { name: "tenant", value: "NAME", about: "the tenant (X-Scope-OrgID) whose traces they are" },
    Parameter {
        name: "query",
        value: "TRACEQL",
        about: "what every search asks for too: conditions of the span, or a whole {…} that its trace has to match as well",
    },
];

/// The kind of source that asks a Tempo.
pub(super) struct TempoKind;

impl SourceKind for TempoKind {
    fn name(&self) -> &'static str {
        "tempo"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["tempo+http", "tempo+https"]
    }

    fn about(&self) -> &'static str {
        "Fetches traces from Grafana Tempo by id, and searches it with TraceQL."
    }

    fn example(&self) -> &'static str {
        "tempo+http://localhost:3200"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        const PARAMETERS: &[&[Parameter]] = &with_backend(OWN);
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(BackendSource::around(Tempo::of(spec)?, spec.options.follow))
    }
}

/// A Tempo that is asked.
struct Tempo {
    api: Api,
    finder: Finder,
    /// Tempo has no page for people; Grafana has, at an address that only the user knows.
    link: Option<LinkTemplate>,
}

impl Tempo {
    /// The one that `spec` says. Touches nothing outside.
    fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let address = spec.address(TempoKind.parameters(), TempoKind.example())?;
        let scheme = spec.scheme.strip_prefix("tempo+").unwrap_or("http");
        Ok(Self {
            api: Api::new(scheme, &address)?,
            finder: Finder::new(address.parameters.text("query")),
            link: LinkTemplate::of(&address.parameters, None)?,
        })
    }
}

impl Backend for Tempo {
    fn label(&self) -> String {
        format!("tempo {}", self.api.place())
    }

    /// Asks for services and not for `/ready`, which says no for 15 seconds after a start though everything answers, and
    /// not for `/api/echo`, which answers whoever asks.
    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        async {
            let services = names::of(&self.api, &Names::Services).await?;
            Ok(format!("{} service{}", services.len(), if services.len() == 1 { "" } else { "s" }))
        }
        .boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        trace::fetch(&self.api, wanted).boxed()
    }

    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        self.finder.page(&self.api, query, page).boxed()
    }

    fn names<'a>(&'a self, of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        names::of(&self.api, of).boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.link.as_ref().map(|link| link.fill(id))
    }
}
