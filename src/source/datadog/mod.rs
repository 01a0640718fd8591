//! Datadog, asked for the spans that it has indexed and, where its preview is open, for whole traces.
//!
//! | file | what |
//! | --- | --- |
//! | `service` | the servers, the keys, and what a refusal means |
//! | `query` | a search in Datadog's language |
//! | `page` | one page of indexed spans |
//! | `search` | hits, names |
//! | `fetch` | one trace, whole or by its indexed spans |
//! | `ids` | ids as numbers, texts of digits and hex |
//! | `raw` | the two forms of spans, as one |
//! | `span` | a span of the model |
//!
//! Source: Datadog's API reference ("Search spans", "Aggregate spans", version 2) and the models and recorded exchanges of its
//! client libraries.

mod fetch;
mod ids;
mod page;
mod query;
mod raw;
mod search;
mod service;
mod span;
#[cfg(test)]
mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::service::{PARAMETERS, Service};
use super::backend::{Backend, BackendSource};
use super::retry::Trouble;
use super::{Clock, Parameter, Source, SourceError, SourceKind, SourceSpec};
use crate::model::{FetchedTrace, Names, TraceId, TracePage, TraceQuery, WantedTrace};

/// The kind `datadog`.
pub(super) struct DatadogKind;

impl SourceKind for DatadogKind {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["datadog"]
    }

    fn about(&self) -> &'static str {
        "Asks Datadog for the spans and traces that it has kept."
    }

    fn example(&self) -> &'static str {
        "datadog://datadoghq.com"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let service = Service::of(spec, Clock::system())?;
        Ok(BackendSource::around(Datadog { service }, spec.options.follow))
    }
}

/// The traces of one organisation at one site.
struct Datadog {
    service: Service,
}

impl Backend for Datadog {
    fn label(&self) -> String {
        format!("datadog {}", self.service.site)
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        search::health(&self.service).boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        fetch::trace(&self.service, wanted).boxed()
    }

    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        search::search(&self.service, query, page).boxed()
    }

    fn names<'a>(&'a self, of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        search::names(&self.service, of).boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.service.link(id)
    }
}
