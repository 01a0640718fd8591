//! AWS X-Ray, asked for traces by the SDK of AWS.
//!
//! | file | what |
//! | --- | --- |
//! | `service` | the client, its questions, and what their errors mean |
//! | `search`, `filter` | summaries, page by page, by a filter expression |
//! | `fetch` | one trace: `BatchGetTraces`, or a retrieval where Transaction Search is switched on |
//! | `document`, `segments` | segment documents to pieces, and which of these are a trace's spans |
//! | `span`, `cause` | a piece as a span, its exceptions as events |
//! | `retrieved` | spans of Transaction Search, which are like OTLP's |
//! | `graph` | the service graph as dependencies and names |
//! | `notation` | ids and times as X-Ray writes them |
//!
//! Source: the service model of `xray-2016-04-12`, the X-Ray API reference and developer guide.

mod cause;
mod document;
mod fetch;
mod filter;
mod graph;
mod notation;
mod retrieved;
mod search;
mod segments;
mod service;
mod span;
#[cfg(test)]
mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::service::Service;
use super::backend::{Backend, BackendSource, with_backend_alone};
use super::retry::Trouble;
use super::{Clock, Parameter, Source, SourceError, SourceKind, SourceSpec, aws};
use crate::model::{Dependency, FetchedTrace, Names, TraceId, TracePage, TraceQuery, WantedTrace, Window};

const PARAMETERS: [&[Parameter]; 2] = with_backend_alone(aws::PARAMETERS);

/// The kind `xray`.
pub(super) struct XrayKind;

impl SourceKind for XrayKind {
    fn name(&self) -> &'static str {
        "xray"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["xray"]
    }

    fn about(&self) -> &'static str {
        "Asks AWS X-Ray for traces, those of Transaction Search as well."
    }

    fn example(&self) -> &'static str {
        "xray://eu-west-1"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(BackendSource::around(Xray { service: Service::of(spec, Clock::system())? }, spec.options.follow))
    }
}

/// The traces of one region.
struct Xray {
    service: Service,
}

impl Backend for Xray {
    fn label(&self) -> String {
        self.service.label()
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        self.service.health().boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        fetch::trace(&self.service, wanted).boxed()
    }

    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        search::search(&self.service, query, page).boxed()
    }

    fn names<'a>(&'a self, of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        graph::names(&self.service, of).boxed()
    }

    fn dependencies(&self, window: Window) -> BoxFuture<'_, Result<Vec<Dependency>, Trouble>> {
        graph::dependencies(&self.service, window).boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.service.link(id)
    }
}
