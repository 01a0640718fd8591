//! A backend asked through its source: answers, silence, refusals, other servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_util::sync::CancellationToken;

use super::*;
use crate::model::{Attributes, SourceState, Span, SpanId, SpanKind, Status, TraceHit};
use crate::source::asked::{Reply, Server};
use crate::source::collected::{Collected, state};
use crate::source::{Address, SourceSpec};

fn id() -> TraceId {
    TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").unwrap()
}

#[test]
fn a_link_has_a_place_for_the_id() {
    let filled = |template: &str| LinkTemplate::new(template.to_owned()).map(|link| link.fill(id()));
    assert_eq!(filled("http://j/trace/{trace_id}").unwrap(), "http://j/trace/4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(
        filled("https://d/{trace_id_decimal}?low={trace_id_64}&x={xray_id}").unwrap(),
        "https://d/11803532876627986230?low=a3ce929d0e0e4736&x=1-4bf92f35-77b34da6a3ce929d0e0e4736"
    );
    for (template, told) in [("j/{trace_id}", "http://"), ("http://j/{trace}", "{trace_id}"), ("http://j", "{xray_id}")]
    {
        assert!(filled(template).unwrap_err().to_string().contains(told), "{template}");
    }
}

fn address(rest: &str) -> Address {
    const KNOWN: &[&[Parameter]] = &with_backend(&[]);
    let spec = SourceSpec { scheme: "jaeger+http".to_owned(), rest: rest.to_owned(), ..SourceSpec::default() };
    spec.address(KNOWN, "jaeger+http://localhost:16686").unwrap()
}

fn endpoints(rest: &str) -> Result<Endpoints, crate::source::SourceError> {
    crate::source::tls::install_provider();
    Endpoints::new("http", &address(rest), 16686, http::Usual::default())
}

#[tokio::test]
async fn another_server_is_asked_where_one_is_silent_or_broken_and_stays_the_first() {
    let broken = Server::start(|_| Reply::status(503, "no")).await;
    let well = Server::start(|_| Reply::ok("yes")).await;
    let gone = Server::start(|_| Reply::Nothing).await;
    let rest = format!("//{}/a%2Fb?also=http://{}/c,http://{}/d", gone.address, broken.address, well.address);
    let endpoints = endpoints(&rest).unwrap();
    assert_eq!(endpoints.place(), format!("{}/a%2Fb +2", gone.address));
    for _ in 0..2 {
        let answer = endpoints.get("/x", &[("q", "1 & 2")]).await.unwrap();
        assert_eq!(answer.success(|_| None).unwrap(), b"yes");
    }
    assert_eq!((gone.asked().len(), broken.asked().len(), well.asked().len()), (1, 1, 2));
    assert_eq!((&*gone.asked()[0].path, &*well.asked()[0].path), ("/a%2Fb/x", "/d/x"));
    assert_eq!(well.asked()[0].query["q"], "1 & 2");
    // A refusal is an answer: nobody else is asked.
    let refuses = Server::start(|_| Reply::status(404, "trace not found")).await;
    let rest = format!("//{}?also=http://{}", refuses.address, well.address);
    let answer = self::endpoints(&rest).unwrap().get("/x", &[]).await.unwrap();
    assert_eq!(answer.status.as_u16(), 404);
    assert!(answer.trouble(None).why().contains("trace not found"));
}

#[tokio::test]
async fn one_signs_in_everywhere_in_the_same_way_and_the_usual_port_is_the_same() {
    let gone = Server::start(|_| Reply::Nothing).await;
    let well = Server::start(|_| Reply::ok("yes")).await;
    let rest = format!("//ann@{}?also=http://{}&password_command=echo%20hush", gone.address, well.address);
    endpoints(&rest).unwrap().get("/x", &[]).await.unwrap();
    let sent = |server: &Server| server.asked()[0].headers["authorization"].clone();
    assert_eq!((sent(&gone), sent(&well)), ("Basic YW5uOmh1c2g=".into(), "Basic YW5uOmh1c2g=".into()));
    let endpoints = endpoints("//a?also=http://b,http://[::1]:80/c,https://d:443").unwrap();
    let shown = format!("{endpoints:?}");
    for base in ["http://a:16686", "http://b:16686", "http://[::1]:80/c", "https://d:443"] {
        assert!(shown.contains(&format!("base: {base:?}, client")), "{base}: {shown}");
    }
}

#[tokio::test]
async fn when_nobody_answers_all_are_named() {
    let first = Server::start(|_| Reply::Nothing).await;
    let second = Server::start(|_| Reply::status(500, "storage is down")).await;
    let rest = format!("//{}?also=http://{}", first.address, second.address);
    let answer = endpoints(&rest).unwrap().get("/x", &[]).await.unwrap();
    assert!(answer.trouble(None).why().contains("storage is down"));
    let (one, other) = (first.address.to_string(), second.address.to_string());
    let both = endpoints(&rest).unwrap();
    first.stop().await;
    second.stop().await;
    let trouble = both.get("/x", &[]).await.unwrap_err();
    assert!(trouble.why().contains(&one) && trouble.why().contains(&other), "{}", trouble.why());
    for (also, told) in
        [("ftp://x", "http://HOST:16686"), ("http://", "http://HOST"), ("http://joe:hush@x", "password")]
    {
        let why = endpoints(&format!("//h?also={also}")).unwrap_err().to_string();
        assert!(why.contains(told) && !why.contains("hush"), "{also}: {why}");
    }
    assert!(endpoints("//h?timeout=soon").is_err());
}

/// A backend whose answers come in a given order.
#[derive(Default)]
struct Scripted {
    asked: Arc<AtomicU32>,
}

impl Backend for Scripted {
    fn label(&self) -> String {
        "scripted".to_owned()
    }

    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        async { Ok("2 services".to_owned()) }.boxed()
    }

    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>> {
        async move {
            match self.asked.fetch_add(1, Ordering::Relaxed) {
                0 => Ok(FetchedTrace { spans: vec![span(wanted.id)], notes: Vec::new() }),
                1 => Err(Trouble::lasting("401; say who you are")),
                2 => std::future::pending().await,
                _ => Ok(FetchedTrace::default()),
            }
        }
        .boxed()
    }

    fn search<'a>(&'a self, _: &'a TraceQuery, _: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>> {
        async { Ok(TracePage { hits: TraceHit::of_spans(vec![span(id()), span(id())]), ..TracePage::default() }) }
            .boxed()
    }

    fn link(&self, _: TraceId) -> Option<String> {
        None
    }
}

fn span(trace_id: TraceId) -> Span {
    Span {
        trace_id,
        span_id: SpanId::from_u64(7).unwrap(),
        parent_id: None,
        trace_state: Box::default(),
        name: "GET /".into(),
        kind: SpanKind::Server,
        start: 5,
        end: 9,
        status: Status::default(),
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::default(),
        scope: Arc::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_answers_while_its_source_runs_and_the_state_tells_what_was_wrong() {
    let source = BackendSource::around(Scripted::default(), true);
    let handle = source.backend().unwrap();
    let wanted = WantedTrace::of(id());
    // Whoever asks before it runs waits until it does, or until it is known that it will not.
    let never = BackendSource::around(Scripted::default(), true).backend().unwrap();
    never.close();
    assert!(never.trace(&wanted).await.unwrap_err().contains("switched off"));
    let early = tokio::spawn({
        let handle = handle.clone();
        async move { handle.search(&TraceQuery::all(Window { from: 0, to: 1 }, 10), None).await }
    });
    let (collected, cx) = Collected::context();
    let (status, shutdown): (_, CancellationToken) = (cx.status.clone(), cx.shutdown.clone());
    let running = tokio::spawn(source.run(cx));
    let says = async |words: &str| {
        let live = |now: &SourceState| matches!(now, SourceState::Live(text) if text.contains(words)).then_some(());
        state(&status, live).await;
    };
    says("2 services").await;
    assert_eq!(early.await.unwrap().unwrap().hits.len(), 1);
    assert_eq!(handle.trace(&wanted).await.unwrap().spans.len(), 1);
    assert_eq!(handle.trace(&wanted).await.unwrap_err(), "401; say who you are");
    says("the last question failed: 401").await;
    assert!(handle.trace(&wanted).await.unwrap_err().contains("within 60 s"));
    assert_eq!(handle.trace(&wanted).await.unwrap(), FetchedTrace::default());
    state(&status, |now| (*now == SourceState::Live("2 services".to_owned())).then_some(())).await;
    let page = handle.search(&TraceQuery::all(Window { from: 0, to: 1 }, 10), None).await.unwrap();
    assert_eq!((page.hits.len(), page.hits[0].spans), (1, Some(2)));
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert!(handle.trace(&wanted).await.is_err());
    assert_eq!(collected.harvest().spans.len(), 5);
}
