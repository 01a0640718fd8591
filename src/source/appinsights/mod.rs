//! Application Insights of Azure, asked for traces in Kusto's query language, by itself or through the Log Analytics workspace
//! that its tables stand in.
//!
//! | file | what |
//! | --- | --- |
//! | `settings` | what the user says |
//! | `service` | who is asked, and the ids that are no numbers |
//! | `tables` | the two sets of names for the same tables and columns |
//! | `kql` | the queries |
//! | `search` | their answers as hits, calls and names |
//! | `ids` | ids of any text |
//! | `spans`, `span`, `event` | rows of one trace as its spans and their events |
//!
//! Source: the reference of the query APIs (version 1), "Application Insights telemetry data model", and the schemas of the
//! tables in the Azure Monitor documentation.

mod event;
mod ids;
mod kql;
mod search;
mod service;
mod settings;
mod span;
mod spans;
mod tables;
#[cfg(test)]
mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::service::Service;
use self::settings::{PARAMETERS, Settings};
use super::backend::{Backend, BackendSource};
use super::retry::Trouble;
use super::{Clock, Parameter, Source, SourceError, SourceKind, SourceSpec};
use crate::model::{Dependency, FetchedTrace, Names, TraceId, TracePage, TraceQuery, WantedTrace, Window};

/// The kind `appinsights`.
pub(super) struct AppInsightsKind;

impl SourceKind for AppInsightsKind {
    fn name(&self) -> &'static str {
        "appinsights"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["appinsights"]
    }

    fn about(&self) -> &'static str {
        "Asks Azure Application Insights, or the workspace behind it, for traces."
    }

    fn example(&self) -> &'static str {
        "appinsights://00000000-0000-0000-0000-000000000000"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let service = Service::new(Settings::of(spec)?, Clock::system());
        Ok(BackendSource::around(AppInsights { service }, spec.options.follow))
    }
}

/// The traces of one application, or of a workspace.
struct AppInsights {
    service: Service,
}

impl Backend for AppInsights {
    fn label(&self) -> String {
        format!("appinsights {}", self.service.settings.shown())
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        search::health(&self.service).boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        spans::trace(&self.service, wanted).boxed()
    }

    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        search::search(&self.service, query, page).boxed()
    }

    fn names<'a>(&'a self, of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        search::names(&self.service, of).boxed()
    }

    fn dependencies(&self, window: Window) -> BoxFuture<'_, Result<Vec<Dependency>, Trouble>> {
        search::dependencies(&self.service, window).boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.service.settings.link.as_ref().map(|link| link.fill(id))
    }
}
