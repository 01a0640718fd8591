//! The backend that asks over HTTP: each question in the API that the server has.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::api::{Api, Failed, Known, absent, is_absent};
use super::page::{self, Asked, Found, Search, sorted};
use super::{json, v3};
use crate::model::{Dependency, FetchedTrace, Names, TraceId, TracePage, TraceQuery, WantedTrace, Window};
use crate::parse::jaeger::{read_errors, read_v3_error};
use crate::source::backend::{Answer, Backend, Endpoints, LinkTemplate};
use crate::source::retry::Trouble;

/// A Jaeger that is asked over HTTP.
pub(super) struct WebJaeger {
    asking: Asking,
    known: Known,
    link: Option<LinkTemplate>,
}

/// The way to ask.
pub(super) struct Asking {
    pub(super) endpoints: Endpoints,
    pub(super) tenant: Option<String>,
}

impl Asking {
    /// The answer to a GET, whatever it is.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Trouble> {
        self.endpoints
            .ask(|client, base| {
                let request = client.get(format!("{base}{path}")).query(query);
                self.tenant.iter().fold(request, |request, tenant| request.header("x-tenant", tenant))
            })
            .await
    }
}

impl WebJaeger {
    pub(super) fn new(asking: Asking, wanted: Option<Api>, link: Option<LinkTemplate>) -> Self {
        Self { asking, known: Known::new(wanted), link }
    }

    /// Asks in the API that the server has. Where it turns out to have it no longer, it is found out anew, once.
    async fn ask<'q, T>(
        &self,
        question: impl Fn(Api) -> BoxFuture<'q, Result<T, Failed>> + Send,
    ) -> Result<T, Trouble> {
        if let Some(api) = self.known.get() {
            match question(api).await {
                Err(Failed::Absent(_)) => self.known.forget(),
                other => return Ok(other?),
            }
        }
        let api = self.find_out().await?;
        Ok(question(api).await?)
    }

    /// Finds out which API the server has.
    async fn find_out(&self) -> Result<Api, Trouble> {
        let mut missed = Vec::new();
        for api in self.known.candidates() {
            let path = api.probe();
            let answer = self.asking.get(path, &[]).await?;
            let said = read_errors(&answer.body).or_else(|| read_v3_error(&answer.body));
            if is_absent(&answer, |_| said.is_some()) {
                missed.push((path, absent(&answer, path)));
            } else if answer.status.is_success() || said.is_some() {
                self.known.set(api);
                return Ok(api);
            } else {
                return Err(answer.trouble(None));
            }
        }
        let paths: Vec<&str> = missed.iter().map(|(path, _)| *path).collect();
        let last = missed.into_iter().next_back().map(|(_, failed)| Trouble::from(failed));
        let why = last.as_ref().map(Trouble::why).unwrap_or_default();
        let why = why.split("; ").next().unwrap_or_default();
        Err(Trouble::lasting(format!(
            "none of {} is there ({why}); is this Jaeger's query service, and does it have a path in front (…/jaeger)?",
            paths.join(", ")
        )))
    }

    async fn operations(&self, service: &str) -> Result<Vec<String>, Trouble> {
        let names = self.ask(|api| match api {
            Api::Json => json::operations(&self.asking, service).boxed(),
            Api::V3 | Api::Summaries => v3::operations(&self.asking, service).boxed(),
        });
        names.await.map(sorted)
    }
}

impl Asked for WebJaeger {
    async fn find(&self, search: &Search) -> Result<Found, Trouble> {
        self.ask(|api| match api {
            Api::Json => json::search(&self.asking, search).boxed(),
            Api::V3 => v3::search(&self.asking, search).boxed(),
            Api::Summaries => v3::summaries(&self.asking, search).boxed(),
        })
        .await
    }

    fn summarizes(&self) -> bool {
        self.known.get() == Some(Api::Summaries)
    }

    async fn services(&self) -> Result<Vec<String>, Trouble> {
        let names = self.ask(|api| match api {
            Api::Json => json::services(&self.asking).boxed(),
            Api::V3 | Api::Summaries => v3::services(&self.asking).boxed(),
        });
        names.await.map(sorted)
    }
}

impl Backend for WebJaeger {
    fn label(&self) -> String {
        format!("jaeger {}", self.asking.endpoints.place())
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        page::health(self, "is this the port of HTTP (16686)? jaeger+grpc: asks over gRPC").boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        self.ask(|api| match api {
            Api::Json => json::trace(&self.asking, wanted.id).boxed(),
            Api::V3 | Api::Summaries => v3::trace(&self.asking, wanted.id).boxed(),
        })
        .boxed()
    }

    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        page::search(self, query, page).boxed()
    }

    fn names<'a>(&'a self, of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        async move {
            match of {
                Names::Services => self.services().await,
                Names::Operations { service } => self.operations(service).await,
                Names::Tags | Names::TagValues { .. } => Ok(Vec::new()),
            }
        }
        .boxed()
    }

    /// In the JSON API alone, which keeps it. Others do not have it.
    fn dependencies(&self, window: Window) -> BoxFuture<'_, Result<Vec<Dependency>, Trouble>> {
        async move {
            match json::dependencies(&self.asking, window).await {
                Err(Failed::Absent(_)) => Ok(Vec::new()),
                other => Ok(other?),
            }
        }
        .boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.link.as_ref().map(|link| link.fill(id))
    }
}
