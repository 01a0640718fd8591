//! The backend that asks api_v3 over gRPC.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tonic::Code;

use super::call::{Calls, Refused};
use super::page::{self, Asked, Found, Search, bounded, rejected, sorted, unreadable};
use super::rpc;
use crate::model::{
    Dependency, FetchedTrace, Names, Nanos, Span, TraceHit, TraceId, TracePage, TraceQuery, WantedTrace, Window,
};
use crate::parse::otlp::spans_from_proto;
use crate::source::backend::{Backend, LinkTemplate};
use crate::source::retry::Trouble;

/// Times of this API are in nanoseconds.
const UNIT: i64 = 1;

/// A Jaeger that is asked over gRPC.
pub(super) struct GrpcJaeger {
    calls: Calls,
    link: Option<LinkTemplate>,
    /// Whether it turned out to know no summaries, as before 2.19.
    has_no_summaries: AtomicBool,
}

impl GrpcJaeger {
    pub(super) fn new(calls: Calls, link: Option<LinkTemplate>) -> Self {
        Self { calls, link, has_no_summaries: AtomicBool::new(false) }
    }

    async fn operations(&self, service: &str) -> Result<Vec<String>, Trouble> {
        let request = rpc::GetOperationsRequest { service: service.to_owned() };
        let answers: Vec<rpc::GetOperationsResponse> = self.calls.call("GetOperations", &request).await?;
        Ok(sorted(answers.into_iter().flat_map(|answer| answer.operations).map(|operation| operation.name).collect()))
    }

    async fn fetch(&self, id: TraceId) -> Result<FetchedTrace, Trouble> {
        let request = rpc::GetTraceRequest { trace_id: id.to_string() };
        let (spans, mut notes) = spans(self.calls.call("GetTrace", &request).await)?;
        let spans = bounded(spans, &mut notes);
        Ok(FetchedTrace { spans, notes })
    }

    async fn summaries(&self, search: &Search) -> Result<Found, Refused> {
        let answers: Vec<rpc::FindTraceSummariesResponse> =
            self.calls.call("FindTraceSummaries", &find_request(search)).await?;
        let summaries: Vec<rpc::Summary> = answers.into_iter().flat_map(|answer| answer.summaries).collect();
        let count = summaries.len();
        let hits: Vec<TraceHit> = summaries.into_iter().filter_map(hit).collect();
        let notes = unreadable(count - hits.len()).into_iter().collect();
        Ok(Found::new(search, hits, count, notes, UNIT))
    }

    async fn traces(&self, search: &Search) -> Result<Found, Trouble> {
        let (spans, notes) = spans(self.calls.call("FindTraces", &find_request(search)).await)?;
        Ok(Found::of_spans(search, spans, notes, UNIT))
    }

    async fn callers(&self, window: Window) -> Result<Vec<Dependency>, Trouble> {
        let (start_time, end_time) = (Some(rpc::Time::of(window.from)), Some(rpc::Time::of(window.to)));
        let request = rpc::GetDependenciesRequest { start_time, end_time };
        let answers: Vec<rpc::GetDependenciesResponse> = match self.calls.call("GetDependencies", &request).await {
            Err(Refused { code: Code::Unimplemented, .. }) => return Ok(Vec::new()),
            other => other?,
        };
        let edges = answers.into_iter().flat_map(|answer| answer.dependencies);
        let of = |edge: rpc::Edge| Dependency {
            parent: edge.parent,
            child: edge.child,
            calls: edge.call_count,
            errors: None,
        };
        Ok(edges.map(of).collect())
    }
}

impl Asked for GrpcJaeger {
    async fn find(&self, search: &Search) -> Result<Found, Trouble> {
        if self.has_no_summaries.load(Ordering::Relaxed) {
            return self.traces(search).await;
        }
        match self.summaries(search).await {
            Err(Refused { code: Code::Unimplemented, .. }) => {
                self.has_no_summaries.store(true, Ordering::Relaxed);
                self.traces(search).await
            }
            Err(Refused { code: Code::NotFound, .. }) => Ok(Found::default()),
            other => Ok(other?),
        }
    }

    fn summarizes(&self) -> bool {
        !self.has_no_summaries.load(Ordering::Relaxed)
    }

    async fn services(&self) -> Result<Vec<String>, Trouble> {
        let answers: Vec<rpc::GetServicesResponse> =
            self.calls.call("GetServices", &rpc::GetServicesRequest {}).await?;
        Ok(sorted(answers.into_iter().flat_map(|answer| answer.services).collect()))
    }
}

impl Backend for GrpcJaeger {
    fn label(&self) -> String {
        format!("jaeger {}", self.calls.endpoints.place())
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        page::health(self, "is this the port of gRPC (16685)? jaeger+http: asks over HTTP").boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        self.fetch(wanted.id).boxed()
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

    fn dependencies(&self, window: Window) -> BoxFuture<'_, Result<Vec<Dependency>, Trouble>> {
        self.callers(window).boxed()
    }

    fn link(&self, id: TraceId) -> Option<String> {
        self.link.as_ref().map(|link| link.fill(id))
    }
}

/// The search as a request. The end is not part of the time that is searched, so it is one behind.
fn find_request(search: &Search) -> rpc::FindRequest {
    let query = &search.query;
    let attributes = search.tags().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let query = rpc::TraceQueryParameters {
        service_name: query.service.clone().unwrap_or_default(),
        operation_name: query.operation.clone().unwrap_or_default(),
        attributes,
        start_time_min: Some(rpc::Time::of(query.window.from)),
        start_time_max: Some(rpc::Time::of(query.window.to.saturating_add(1))),
        duration_min: query.min_duration.map(rpc::Time::of),
        duration_max: query.max_duration.map(rpc::Time::of),
        search_depth: i32::try_from(query.limit).unwrap_or(i32::MAX),
    };
    rpc::FindRequest { query: Some(query) }
}

/// The spans of the messages of an answer, and what there is to say of them; none where nothing is found.
fn spans(answer: Result<Vec<ExportTraceServiceRequest>, Refused>) -> Result<(Vec<Span>, Vec<String>), Trouble> {
    let messages = match answer {
        Err(Refused { code: Code::NotFound, .. }) => Vec::new(),
        other => other?,
    };
    let (mut spans, mut bad) = (Vec::new(), 0);
    for decoded in messages.into_iter().map(spans_from_proto) {
        spans.extend(decoded.spans);
        bad += decoded.rejected_spans;
    }
    Ok((spans, rejected(bad).into_iter().collect()))
}

fn hit(summary: rpc::Summary) -> Option<TraceHit> {
    let start = Nanos::try_from(summary.min_start_time_unix_nano).unwrap_or(0);
    let end = Nanos::try_from(summary.max_end_time_unix_nano).unwrap_or(start);
    Some(TraceHit {
        id: TraceId::from_hex(summary.trace_id.as_bytes())?,
        start,
        duration: Some(end.saturating_sub(start).max(0)),
        service: summary.root_service_name,
        operation: summary.root_operation_name,
        spans: Some(summary.span_count),
        errors: Some(summary.error_span_count),
        services: u32::try_from(summary.services.len()).ok(),
        whole: Vec::new(),
    })
}
