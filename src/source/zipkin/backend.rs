//! Zipkin as a backend: its traces come whole, so that what a search finds can be opened at once.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use reqwest::StatusCode;

use super::answer;
use super::question::{Question, stretch};
use crate::model::{
    Dependency, FetchedTrace, Names, Span, TraceHit, TraceId, TracePage, TraceQuery, WantedTrace, Window,
};
use crate::parse::zipkin::{Extent, decode_json};
use crate::source::backend::{Answer, Backend, Endpoints, LinkTemplate, escaped};
use crate::source::retry::Trouble;

/// Spans of one trace that are kept.
const MAX_TRACE_SPANS: usize = 200_000;

/// What is said where a server searches for nobody.
const NO_SEARCH: &str = "searching is switched off there (SEARCH_ENABLED=false)";

/// A Zipkin, asked over its HTTP API.
#[derive(Debug)]
pub(super) struct Zipkin {
    pub(super) endpoints: Endpoints,
    /// The path of the page for people, behind that of the API's server.
    pub(super) page: &'static str,
    pub(super) link: Option<LinkTemplate>,
}

impl Backend for Zipkin {
    fn label(&self) -> String {
        format!("zipkin {}", self.endpoints.place())
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        async {
            let answer = self.endpoints.get("/api/v2/services", &[]).await?;
            if is_nothing(&answer) && !self.searches().await {
                return Ok(format!("traces by their ids only: {NO_SEARCH}"));
            }
            let services = answer::names(&answer.success(|_| None)?, &self.endpoints.place())?;
            Ok(format!("{} services", services.len()))
        }
        .boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        async {
            let found = self.by_id(&written(wanted.id)).await?;
            if !found.spans.is_empty() || wanted.id.is_64_bit() {
                return Ok(found);
            }
            let Some(half) = TraceId::from_low64(wanted.id.low64()) else { return Ok(found) };
            let mut by_half = self.by_id(&written(half)).await?;
            if !by_half.spans.is_empty() {
                by_half.spans.iter_mut().for_each(|span| span.trace_id = wanted.id);
                by_half.notes.push(format!("found by the lower half of its id, {}: a guess", written(half)));
            }
            Ok(by_half)
        }
        .boxed()
    }

    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        async move {
            let Some(question) = Question::new(query, page) else { return Ok(TracePage::default()) };
            let answer = self.searching("/api/v2/traces", &question.parameters).await?;
            let mut notes = question.notes.clone();
            let all = TraceHit::of_spans(self.spans(&answer, &mut notes)?);
            let (next, missed) = question.next(&all, all.len(), query.limit);
            notes.extend(missed);
            // Zipkin's condition `error` is also met by an annotation of that name.
            let hits = all.into_iter().filter(|hit| !query.is_error || hit.errors.is_some_and(|errors| errors > 0));
            let hits = hits.map(|hit| bounded(hit, &mut notes)).collect();
            Ok(TracePage { hits, next, notes })
        }
        .boxed()
    }

    fn names<'a>(&'a self, of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        async move {
            let (path, parameters) = match of {
                Names::Services => ("/api/v2/services", vec![]),
                Names::TagValues { tag } if tag == "service.name" => ("/api/v2/services", vec![]),
                Names::Operations { service } => ("/api/v2/spans", vec![("serviceName", service.to_lowercase())]),
                Names::Tags => ("/api/v2/autocompleteKeys", vec![]),
                Names::TagValues { tag } => ("/api/v2/autocompleteValues", vec![("key", tag.clone())]),
            };
            answer::names(&self.searching(path, &parameters).await?, &self.endpoints.place())
        }
        .boxed()
    }

    fn dependencies(&self, window: Window) -> BoxFuture<'_, Result<Vec<Dependency>, Trouble>> {
        async move {
            let answer = self.get("/api/v2/dependencies", &stretch(window)).await?;
            answer::dependencies(&answer.success(|_| None)?, &self.endpoints.place())
        }
        .boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.link.as_ref().map(|link| link.fill(id))
    }
}

impl Zipkin {
    async fn get(&self, path: &str, parameters: &[(&str, String)]) -> Result<Answer, Trouble> {
        let query: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.endpoints.get(path, &query).await
    }

    /// Asks what only a server that searches answers.
    async fn searching(&self, path: &str, parameters: &[(&str, String)]) -> Result<Vec<u8>, Trouble> {
        let answer = self.get(path, parameters).await?;
        if is_nothing(&answer) && !self.searches().await {
            let place = self.endpoints.place();
            return Err(Trouble::lasting(format!("{place}: {NO_SEARCH}; ask for traces by their ids")));
        }
        answer.success(|_| None)
    }

    /// Whether it searches at all, by what it tells its own page; a server without that page does.
    async fn searches(&self) -> bool {
        let answer = self.endpoints.get(&format!("{}/config.json", self.page), &[]).await;
        answer.ok().and_then(|answer| answer::is_search_enabled(&answer.body)).unwrap_or(true)
    }

    /// What there is under an id; an unknown one is told by 404, with a text.
    async fn by_id(&self, id: &str) -> Result<FetchedTrace, Trouble> {
        let answer = self.get(&format!("/api/v2/trace/{}", escaped(id)), &[]).await?;
        if answer.status == StatusCode::NOT_FOUND && answer.content_type() != "text/html" {
            return Ok(FetchedTrace::default());
        }
        let body = answer.success(|_| None)?;
        let mut notes = Vec::new();
        let mut spans = self.spans(&body, &mut notes)?;
        cut(&mut spans, &mut notes);
        Ok(FetchedTrace { spans, notes })
    }

    fn spans(&self, body: &[u8], notes: &mut Vec<String>) -> Result<Vec<Span>, Trouble> {
        let place = self.endpoints.place();
        let decoded = decode_json(body, Extent::Whole).map_err(|error| answer::unreadable(&place, error))?;
        if decoded.rejected > 0 {
            notes.push(format!("{} spans could not be read", decoded.rejected));
        }
        Ok(decoded.spans)
    }
}

/// Whether it may be the answer of a server that does not search: Zipkin 3 finds nothing then, others do not know the path.
fn is_nothing(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND || answer.body.trim_ascii() == b"[]"
}

/// The id as Zipkin writes it: 16 digits where the upper half is zero.
fn written(id: TraceId) -> String {
    if id.is_64_bit() { format!("{:016x}", id.low64()) } else { id.to_string() }
}

fn bounded(mut hit: TraceHit, notes: &mut Vec<String>) -> TraceHit {
    cut(&mut hit.whole, notes);
    hit
}

fn cut(spans: &mut Vec<Span>, notes: &mut Vec<String>) {
    if spans.len() > MAX_TRACE_SPANS {
        notes.push(format!("only the first {MAX_TRACE_SPANS} of {} spans are shown", spans.len()));
        spans.truncate(MAX_TRACE_SPANS);
    }
}
