//! api_v3 over gRPC, against a server of tonic's.

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, Iter};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

use super::*;
use crate::model::{Dependency, FetchedTrace, Names, Span};
use crate::parse::otlp;
use crate::source::backend::Backend as _;
use crate::source::jaeger::grpc::GrpcJaeger;
use crate::source::jaeger::rpc;

/// What the server has, and what it was asked.
#[derive(Clone, Default)]
struct Fake {
    /// Before 2.19 it has neither summaries nor dependencies.
    is_old: bool,
    /// What every call is refused with.
    refuses: Option<(Code, &'static str)>,
    /// What breaks off the answer behind its first message.
    breaks: Option<Code>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

/// A running server; it is gone when it is dropped.
struct Running {
    address: SocketAddr,
    task: JoinHandle<()>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    async fn start(self) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::clone(&self.asked));
        let serving = tonic::transport::Server::builder().add_service(self);
        let task = tokio::spawn(async move {
            serving.serve_with_incoming(TcpIncoming::from(listener)).await.unwrap();
        });
        Running { address, task, asked }
    }

    /// Answers one call with messages.
    async fn answer<Q, R>(self, request: http::Request<Body>, answer: fn(&Q) -> Vec<R>) -> http::Response<Body>
    where
        Q: Message + Default + Debug + 'static,
        R: Message + Default + Clone + 'static,
    {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let tenant = request.headers().get("x-tenant").map(|tenant| tenant.to_str().unwrap().to_owned());
        let method = format!("{method}{}", tenant.map(|tenant| format!(" of {tenant}")).unwrap_or_default());
        Grpc::new(ProstCodec::<R, Q>::default()).server_streaming(Call { fake: self, method, answer }, request).await
    }
}

struct Call<Q, R> {
    fake: Fake,
    method: String,
    answer: fn(&Q) -> Vec<R>,
}

impl<Q: Message + Debug, R: Message + Clone + 'static> ServerStreamingService<Q> for Call<Q, R> {
    type Response = R;
    type ResponseStream = Iter<std::vec::IntoIter<Result<R, Status>>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let request = request.into_inner();
        self.fake.asked.lock().unwrap().push((self.method.clone(), format!("{request:?}")));
        if let Some((code, words)) = self.fake.refuses {
            return ready(Err(Status::new(code, words)));
        }
        let mut messages: Vec<Result<R, Status>> = (self.answer)(&request).into_iter().map(Ok).collect();
        if messages.is_empty() {
            return ready(Err(Status::not_found("trace not found")));
        }
        if let Some(code) = self.fake.breaks {
            messages.truncate(1);
            messages.push(Err(Status::new(code, "storage is gone")));
        }
        ready(Ok(Response::new(stream::iter(messages))))
    }
}

impl NamedService for Fake {
    const NAME: &'static str = "jaeger.api_v3.QueryService";
}

impl Service<http::Request<Body>> for Fake {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let fake = self.clone();
        let method = request.uri().path().trim_start_matches("/jaeger.api_v3.QueryService/").to_owned();
        async move {
            Ok(match &*method {
                "GetServices" => fake.answer(request, services).await,
                "GetOperations" => fake.answer(request, operations).await,
                "GetTrace" => fake.answer(request, trace).await,
                "FindTraces" => fake.answer(request, find).await,
                "FindTraceSummaries" if !fake.is_old => fake.answer(request, summaries).await,
                "GetDependencies" if !fake.is_old => fake.answer(request, dependencies).await,
                _ => Status::unimplemented(format!("unknown method {method}")).into_http(),
            })
        }
        .boxed()
    }
}

fn services(_: &rpc::GetServicesRequest) -> Vec<rpc::GetServicesResponse> {
    vec![rpc::GetServicesResponse { services: vec!["b".to_owned(), "a".to_owned()] }]
}

fn operations(request: &rpc::GetOperationsRequest) -> Vec<rpc::GetOperationsResponse> {
    let named = |name: &str| rpc::Operation { name: format!("{name} of {}", request.service) };
    vec![rpc::GetOperationsResponse { operations: vec![named("two"), named("one"), named("two")] }]
}

/// The spans of the demo, a message for each resource: a trace is in pieces, and traces are mixed.
fn pieces(is_wanted: impl Fn(&str) -> bool) -> Vec<TracesData> {
    let request: ExportTraceServiceRequest = serde_json::from_slice(fixture!("demo-otlp.json")).unwrap();
    let kept = request.resource_spans.into_iter().filter_map(|mut group| {
        for scope in &mut group.scope_spans {
            scope.spans.retain(|span| is_wanted(&TraceId::from_bytes(&span.trace_id).unwrap().to_string()));
        }
        group.scope_spans.retain(|scope| !scope.spans.is_empty());
        (!group.scope_spans.is_empty()).then(|| TracesData { resource_spans: vec![group] })
    });
    kept.collect()
}

fn trace(request: &rpc::GetTraceRequest) -> Vec<TracesData> {
    pieces(|id| id == request.trace_id)
}

fn find(request: &rpc::FindRequest) -> Vec<TracesData> {
    let query = request.query.as_ref().unwrap();
    if query.service_name == "none" { Vec::new() } else { pieces(|_| true) }
}

fn summaries(request: &rpc::FindRequest) -> Vec<rpc::FindTraceSummariesResponse> {
    let query = request.query.as_ref().unwrap();
    let summary = |id: &str, start: u64| rpc::Summary {
        trace_id: id.to_owned(),
        root_service_name: query.service_name.clone(),
        root_operation_name: "GET /".to_owned(),
        min_start_time_unix_nano: start,
        max_end_time_unix_nano: start + 7,
        span_count: 3,
        error_span_count: 1,
        services: vec![rpc::ServiceSummary {}, rpc::ServiceSummary {}],
    };
    let answer = |id: &str, start: u64| rpc::FindTraceSummariesResponse { summaries: vec![summary(id, start)] };
    vec![answer("a", 1_795_188_000_000_000_001), answer("b", 1_795_188_000_000_000_002)]
}

fn dependencies(_: &rpc::GetDependenciesRequest) -> Vec<rpc::GetDependenciesResponse> {
    let edge = rpc::Edge { parent: "a".to_owned(), child: "b".to_owned(), call_count: 7 };
    vec![rpc::GetDependenciesResponse { dependencies: vec![edge] }]
}

fn jaeger(running: &Running, rest: &str) -> GrpcJaeger {
    let rest = format!("//{}{rest}", running.address);
    crate::source::jaeger::grpc(&spec("jaeger+grpc", &rest), "http").unwrap()
}

fn last(running: &Running) -> (String, String) {
    running.asked.lock().unwrap().last().cloned().unwrap()
}

fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.trace_id, span.span_id));
    spans
}

#[tokio::test]
async fn a_trace_in_pieces_is_the_trace() {
    let running = Fake::default().start().await;
    let jaeger = jaeger(&running, "?tenant=t");
    let found = jaeger.trace(&wanted("bbad4eb5153b984404dfd154094bb031")).await.unwrap();
    let mut sent = otlp::spans_from_json(fixture!("demo-otlp.json")).unwrap().spans;
    sent.retain(|span| span.trace_id == id("bbad4eb5153b984404dfd154094bb031"));
    assert_eq!(found.spans.len(), 18);
    assert_eq!(sorted(found.spans), sorted(sent));
    let (method, request) = last(&running);
    assert_eq!(method, "GetTrace of t");
    assert!(request.contains("bbad4eb5153b984404dfd154094bb031"), "{request}");
    assert_eq!(jaeger.trace(&wanted("abc")).await.unwrap(), FetchedTrace::default());
}

#[tokio::test]
async fn searches_give_summaries_or_whole_traces() {
    let asked = TraceQuery {
        operation: Some("GET".to_owned()),
        tags: vec![("k".to_owned(), "v".to_owned())],
        min_duration: Some(1_500_000_000),
        ..query(Some("frontend"), 2)
    };
    let running = Fake::default().start().await;
    let page = jaeger(&running, "").search(&asked, None).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("1795188000000000001"));
    let hit = &page.hits[0];
    assert_eq!((hit.id, hit.duration, hit.spans, hit.errors), (id("b"), Some(7), Some(3), Some(1)));
    assert_eq!((&*hit.service, &*hit.operation, hit.services), ("frontend", "GET /", Some(2)));
    let (method, request) = last(&running);
    assert_eq!(method, "FindTraceSummaries");
    for part in [
        r#"service_name: "frontend""#,
        r#"operation_name: "GET""#,
        r#"{"k": "v"}"#,
        "start_time_min: Some(Time { seconds: 1795187880, nanos: 0 })",
        "start_time_max: Some(Time { seconds: 1795188980, nanos: 1 })",
        "duration_min: Some(Time { seconds: 1, nanos: 500000000 })",
        "duration_max: None",
        "search_depth: 2",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
    let running = Fake { is_old: true, ..Fake::default() }.start().await;
    let jaeger = jaeger(&running, "");
    for _ in 0..2 {
        let page = jaeger.search(&asked, None).await.unwrap();
        let sizes: Vec<usize> = page.hits.iter().map(|hit| hit.whole.len()).collect();
        assert_eq!(sizes, [18, 7]);
    }
    assert!(jaeger.search(&query(Some("none"), 2), None).await.unwrap().hits.is_empty());
    // That there are no summaries is remembered.
    assert!(running.asked.lock().unwrap().iter().all(|(method, _)| method == "FindTraces"));
}

#[tokio::test]
async fn names_and_callers_are_told() {
    let running = Fake::default().start().await;
    let jaeger = jaeger(&running, "?link=http://ui/{trace_id}");
    assert_eq!(jaeger.health().await.unwrap(), "2 services");
    assert_eq!(jaeger.names(&Names::Services).await.unwrap(), ["a", "b"]);
    let operations = jaeger.names(&Names::Operations { service: "a".to_owned() }).await.unwrap();
    assert_eq!(operations, ["one of a", "two of a"]);
    let edge = Dependency { parent: "a".to_owned(), child: "b".to_owned(), calls: 7, errors: None };
    assert_eq!(jaeger.dependencies(WINDOW).await.unwrap(), [edge]);
    assert_eq!(jaeger.link(id("1")).unwrap(), format!("http://ui/{}1", "0".repeat(31)));
    let old = Fake { is_old: true, ..Fake::default() }.start().await;
    let jaeger = self::jaeger(&old, "");
    assert!(jaeger.dependencies(WINDOW).await.unwrap().is_empty());
    assert_eq!(jaeger.link(id("1")), None);
}

#[tokio::test]
async fn refusals_are_told_in_the_server_s_words() {
    for (code, passes, words) in [
        (Code::Unauthenticated, false, "answered Unauthenticated: nö; say who you are"),
        (Code::PermissionDenied, false, "answered PermissionDenied: nö; these credentials"),
        (Code::Unavailable, true, "answered Unavailable: nö"),
        (Code::InvalidArgument, false, "answered InvalidArgument: nö"),
        (Code::Unimplemented, false, "; is this Jaeger's query service?"),
    ] {
        let running = Fake { refuses: Some((code, "nö")), ..Fake::default() }.start().await;
        let (does_pass, why) = told(jaeger(&running, "").health().await);
        assert!(why.contains(words) && why.contains("GetServices"), "{why}");
        assert_eq!(does_pass, passes, "{why}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let running = Fake { breaks: Some(Code::Internal), ..Fake::default() }.start().await;
    let (passes, why) = told(jaeger(&running, "").trace(&wanted("bbad4eb5153b984404dfd154094bb031")).await);
    assert!(passes && why.contains("answered Internal: storage is gone"), "{why}");
}

#[tokio::test]
async fn another_server_is_asked_where_one_is_gone_and_other_protocols_are_told() {
    let running = Fake::default().start().await;
    let gone = Server::start(|_: &Asked| Reply::Nothing).await;
    let place = gone.address;
    gone.stop().await;
    let rest = format!("//{place}?also=http://{}", running.address);
    let both = crate::source::jaeger::grpc(&spec("jaeger+grpc", &rest), "http").unwrap();
    assert_eq!(both.health().await.unwrap(), "2 services");
    let http = Server::start(|_: &Asked| Reply::ok("{}")).await;
    let rest = format!("//{}", http.address);
    let other = crate::source::jaeger::grpc(&spec("jaeger+grpc", &rest), "http").unwrap();
    let (passes, why) = told(other.health().await);
    assert!(passes && why.contains("; is this the port of gRPC (16685)?"), "{why}");
}
