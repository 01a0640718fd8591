//! The source against a server that speaks the protocol of `logs-2014-03-28`, with the SDK's own client between.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::config::{SourceOptions, StartAt};
use crate::model;
use crate::source::collected::{Collected, DEADLINE, state};
use crate::source::in_time::in_time;
use crate::source::{Clock, registry};

/// By our clock it is 2026-02-13T16:26:40Z.
const NOW: i64 = 1_771_000_000_000;

/// What is answered next.
pub(in crate::source) enum Answer {
    Page(Value),
    Refusal(StatusCode, &'static str, &'static str),
    /// The bytes of an event stream, and whether it stays open.
    Stream(Vec<u8>, bool),
    Nothing,
    Text(&'static str),
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    /// Operation and body of each request.
    requests: Vec<(String, Value)>,
}

type Shared = Arc<Mutex<Script>>;

/// A server that answers what it is told to, then empty pages.
pub(in crate::source) struct Server {
    script: Shared,
    task: JoinHandle<()>,
    endpoint: String,
    /// What the AWS tools would be told, with keys in it.
    config: tempfile::NamedTempFile,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(in crate::source) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script { answers: answers.into_iter().collect(), ..Script::default() }));
        let router = Router::new().fallback(handle).with_state(Arc::clone(&script));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { script, task, endpoint, config: config(KEYS) }
    }

    /// What a source has to be told to come here.
    pub(in crate::source) fn parameters(&self) -> BTreeMap<String, String> {
        let config = self.config.path().to_str().unwrap().to_owned();
        BTreeMap::from([("endpoint".to_owned(), self.endpoint.clone()), ("config".to_owned(), config)])
    }

    pub(in crate::source) fn then(&self, answer: Answer) {
        self.script.lock().unwrap().answers.push_back(answer);
    }

    fn requests(&self) -> Vec<(String, Value)> {
        self.script.lock().unwrap().requests.clone()
    }

    async fn until(&self, enough: impl Fn(&[(String, Value)]) -> bool) -> Vec<(String, Value)> {
        let asked = async {
            while !enough(&self.requests()) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let in_time = tokio::time::timeout(DEADLINE, asked).await.is_ok();
        assert!(in_time, "{:#?}", self.requests());
        self.requests()
    }
}

async fn handle(State(script): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let target = headers.get("x-amz-target").unwrap().to_str().unwrap();
    let operation = target.strip_prefix("Logs_20140328.").unwrap().to_owned();
    assert!(headers[header::AUTHORIZATION].to_str().unwrap().contains("/eu-west-1/logs/aws4_request"));
    script.lock().unwrap().requests.push((operation.clone(), serde_json::from_str(&body).unwrap()));
    if operation == "DescribeLogGroups" {
        return page(&json!({"logGroups": [
            {"logGroupName": "/shop/web-old", "logGroupArn": "arn:aws:logs:eu-west-1:1:log-group:/shop/web-old"},
            {"logGroupName": "/shop/web", "logGroupArn": "arn:aws:logs:eu-west-1:1:log-group:/shop/web"}]}));
    }
    let next = || script.lock().unwrap().answers.pop_front();
    let mut answer = next();
    while answer.is_none() && operation == "StartLiveTail" {
        tokio::time::sleep(Duration::from_millis(2)).await;
        answer = next();
    }
    match answer {
        None => page(&json!({"events": []})),
        Some(Answer::Page(value)) => page(&value),
        Some(Answer::Refusal(status, kind, message)) => {
            let body = json!({"__type": format!("com.amazonaws.logs#{kind}"), "message": message}).to_string();
            (status, [("x-amzn-errortype", kind)], body).into_response()
        }
        Some(Answer::Stream(bytes, stays_open)) => {
            let first = stream::iter([Ok::<_, std::io::Error>(bytes)]);
            let kind = [(header::CONTENT_TYPE, "application/vnd.amazon.eventstream")];
            if stays_open {
                (kind, Body::from_stream(futures_util::StreamExt::chain(first, stream::pending()))).into_response()
            } else {
                (kind, Body::from_stream(first)).into_response()
            }
        }
        Some(Answer::Nothing) => std::future::pending().await,
        Some(Answer::Text(text)) => text.into_response(),
    }
}

fn page(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], value.to_string()).into_response()
}

pub(in crate::source) fn event(id: &str, timestamp: i64) -> Value {
    json!({"logStreamName": "web/1", "timestamp": timestamp, "message": format!("{id}\n"), "ingestionTime": timestamp + 400,
        "eventId": id})
}

/// Two profiles with keys.
const KEYS: &str = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = geheim\n\
                    [profile dev]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = geheim\n";

fn config(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// The source, as it runs.
struct Running {
    collected: Arc<Collected>,
    cx: SourceContext,
    task: JoinHandle<Result<(), SourceError>>,
}

impl Running {
    fn start(server: &Server, parameters: &str, start: StartAt, follow: bool) -> Self {
        let options = SourceOptions { start, follow, parameters: server.parameters(), ..SourceOptions::default() };
        Self::open(&format!("cloudwatch://eu-west-1//shop/web?{parameters}"), &options)
    }

    fn open(argument: &str, options: &SourceOptions) -> Self {
        let source = registry::open(argument, options).unwrap();
        let (collected, mut cx) = Collected::context();
        cx.clock = Clock::from_fn(|| NOW * 1_000_000);
        let task = tokio::spawn(source.run(cx.clone()));
        Self { collected, cx, task }
    }

    fn follow(server: &Server, parameters: &str) -> Self {
        Self::start(server, parameters, StartAt::Tail, true)
    }

    /// Waits for so many records in all, and gives their texts.
    async fn texts(&self, count: usize) -> Vec<String> {
        let harvest = self.collected.until(|harvest| harvest.logs.len() >= count).await;
        harvest.logs.iter().map(|log| log.body.as_str().unwrap().to_owned()).collect()
    }

    async fn says(&self, parts: &[&str]) -> String {
        state(&self.cx.status, |state| {
            let (SourceState::Live(text) | SourceState::Retrying { why: text, .. }) = state else { return None };
            parts.iter().all(|part| text.contains(part)).then(|| text.clone())
        })
        .await
    }

    async fn stop(self) {
        self.cx.shutdown.cancel();
        in_time(self.task).await.unwrap().unwrap();
    }
}

#[test]
fn a_target_is_read_from_its_uri() {
    let options = SourceOptions { follow: true, ..SourceOptions::default() };
    let read = |rest: &str| {
        Target::of(&SourceSpec { scheme: "cloudwatch".to_owned(), rest: rest.to_owned(), options: options.clone() })
    };
    for (rest, region, group, name) in [
        ("//eu-west-1/aws/lambda/x", Some("eu-west-1"), "/aws/lambda/x", "/aws/lambda/x"),
        ("//eu-west-1//shop/web", Some("eu-west-1"), "/shop/web", "/shop/web"),
        ("///shop#1", None, "shop#1", "shop#1"),
        ("//-/shop", None, "shop", "shop"),
        (
            "///arn:aws:logs:eu-west-1:1:log-group:/shop/web:*",
            None,
            "arn:aws:logs:eu-west-1:1:log-group:/shop/web:*",
            "/shop/web",
        ),
    ] {
        let target = read(rest).unwrap();
        assert_eq!((target.caller.region.as_deref(), &*target.group, target.name()), (region, group, name), "{rest}");
    }
    for (rest, expected) in [
        ("eu-west-1/x", "//"),
        ("//eu-west-1", "group's name is missing"),
        ("//eu-west-1/", "group's name is missing"),
        ("//eu-west-1/x?streams=a&stream_prefix=b", "100 names"),
        ("//eu-west-1/x?live=yes&since=5m", "live=yes"),
        ("//eu-west-1/x?filtre=a", "did you mean `filter`"),
    ] {
        let error = read(rest).unwrap_err().to_string();
        assert!(error.contains(expected), "{rest}: {error}");
    }
    assert!(registry::open(EXAMPLE, &options).is_ok());
}

#[tokio::test]
async fn pages_are_followed_to_the_end_also_through_empty_ones() {
    let pages: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/cloudwatch/filter_log_events.json")).unwrap();
    let server = Server::start(pages["pages"].as_array().unwrap().iter().cloned().map(Answer::Page)).await;
    let running = Running::follow(&server, "filter=%3FERROR+%3FWARN&streams=web/1,web/2&interval=200ms");
    assert_eq!(running.texts(2).await, ["a", "b"]);
    running.says(&["eu-west-1, group /shop/web"]).await;
    let requests = server.until(|requests| requests.len() >= 4).await;
    let asked = |at: usize| &requests[at].1;
    assert_eq!(asked(0)["logGroupName"], "/shop/web");
    assert_eq!(asked(0)["filterPattern"], "?ERROR ?WARN");
    assert_eq!(asked(0)["logStreamNames"], json!(["web/1", "web/2"]));
    assert_eq!(asked(0)["startTime"], NOW - 600_000, "ten minutes");
    assert_eq!((&asked(1)["nextToken"], &asked(2)["nextToken"]), (&json!("t1"), &json!("t2")));
    // The newest event is younger than our clock; so the next round begins an overlap before the last.
    assert_eq!((&asked(3)["startTime"], &asked(3)["nextToken"]), (&json!(NOW - 120_000), &Value::Null));
    let logs = running.collected.harvest().logs;
    assert_eq!((logs[0].time, logs[0].observed_time), (0, 1_771_000_000_123 * 1_000_000));
    let told: Vec<String> = logs[1].resource.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        told.join(" "),
        "cloud.provider=aws cloud.region=eu-west-1 aws.log.group.names=[\"/shop/web\"] service.name=web \
         aws.log.stream.names=[\"web/2\"]"
    );
    running.stop().await;
}

#[tokio::test]
async fn what_comes_again_is_left_out_and_what_comes_late_is_not() {
    let server = Server::start([
        Answer::Page(json!({"events": [event("a", NOW - 9000), event("b", NOW - 8000)]})),
        Answer::Page(json!({"events": [event("a", NOW - 9000), event("late", NOW - 8500), event("b", NOW - 8000)]})),
        Answer::Page(
            json!({"events": [event("late", NOW - 8500), event("b", NOW - 8000), event("c", NOW - 8000), {}]}),
        ),
    ])
    .await;
    let running = Running::follow(&server, "interval=200ms&overlap=1m");
    assert_eq!(running.texts(4).await, ["a", "b", "late", "c"]);
    let requests = server.until(|requests| requests.len() >= 5).await;
    assert_eq!(requests[1].1["startTime"], NOW - 8000 - 60_000);
    let harvest = running.collected.harvest();
    assert_eq!((harvest.logs.len(), harvest.rejected_logs), (4, 1));
    running.stop().await;
}

#[tokio::test]
async fn where_to_begin_is_asked_of_the_server() {
    for (start, parameters, expected) in [
        (StartAt::Tail, "", NOW - 600_000),
        (StartAt::End, "", NOW),
        (StartAt::End, "since=1h", NOW - 3_600_000),
        (StartAt::Beginning, "", 0),
        (StartAt::Since((NOW - 5) * 1_000_000), "", NOW - 5),
    ] {
        let server = Server::start([]).await;
        let running = Running::start(&server, parameters, start, true);
        let requests = server.until(|requests| !requests.is_empty()).await;
        assert_eq!(requests[0].1["startTime"], expected, "{start:?} {parameters}");
        running.stop().await;
    }
}

#[tokio::test]
async fn without_following_it_ends_with_what_is_there() {
    let server = Server::start([Answer::Page(json!({"events": [event("a", NOW - 9000)]}))]).await;
    let running = Running::start(&server, "", StartAt::Beginning, false);
    assert_eq!(running.texts(1).await, ["a"]);
    tokio::time::timeout(DEADLINE, running.task).await.unwrap().unwrap().unwrap();
    assert!(matches!(running.cx.status.get(), SourceState::Ended(_)));
    assert_eq!(server.requests()[0].1["endTime"], NOW);
}

#[tokio::test]
async fn a_round_that_breaks_goes_on_with_its_token() {
    let server = Server::start([
        Answer::Page(json!({"events": [event("a", NOW - 9000)], "nextToken": "t1"})),
        Answer::Refusal(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded"),
        Answer::Page(json!({"events": [event("b", NOW - 8000)], "nextToken": "t2"})),
        Answer::Refusal(StatusCode::BAD_REQUEST, "InvalidParameterException", "The specified nextToken is invalid."),
        Answer::Page(json!({"events": [event("a", NOW - 9000), event("b", NOW - 8000), event("c", NOW - 7000)]})),
    ])
    .await;
    let running = Running::follow(&server, "");
    running.says(&["ThrottlingException: Rate exceeded"]).await;
    assert_eq!(running.texts(3).await, ["a", "b", "c"]);
    let tokens: Vec<Value> = server.requests().iter().map(|(_, body)| body["nextToken"].clone()).collect();
    assert_eq!(tokens[..5], [Value::Null, json!("t1"), json!("t1"), json!("t2"), Value::Null]);
    running.stop().await;
}

#[tokio::test]
async fn a_refusal_is_told_with_what_to_do() {
    for (status, kind, message, parts) in [
        (
            400,
            "ResourceNotFoundException",
            "The specified log group does not exist.",
            &["does not exist", "`/shop/web`", "region"][..],
        ),
        (
            400,
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/x is not authorized",
            &["not authorized", "logs:FilterLogEvents"],
        ),
        (
            400,
            "ExpiredTokenException",
            "The security token is expired",
            &["have expired", "aws sso login --profile dev"],
        ),
        (400, "UnrecognizedClientException", "invalid token", &["does not know these credentials"]),
        (400, "InvalidSignatureException", "Signature not yet current", &["clock"]),
        (400, "InvalidParameterException", "Invalid filter pattern", &["Invalid filter pattern", "filter"]),
        (500, "ServiceUnavailableException", "busy", &["ServiceUnavailableException: busy"]),
    ] {
        let server = Server::start([Answer::Refusal(StatusCode::from_u16(status).unwrap(), kind, message)]).await;
        let running = Running::follow(&server, "profile=dev");
        let why = running.says(&["answered"]).await;
        assert!(parts.iter().all(|part| why.contains(part)), "{why}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_is_another_is_told() {
    let server = Server::start([]).await;
    server.task.abort();
    let running = Running::follow(&server, "");
    running.says(&["connecting to http://127.0.0.1:"]).await;
    running.stop().await;
    let server = Server::start([Answer::Text("<html>")]).await;
    let running = Running::follow(&server, "");
    running.says(&["reading from http://127.0.0.1:"]).await;
    running.stop().await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_does_not_hold_up_the_shutdown() {
    let server = Server::start([Answer::Nothing]).await;
    let running = Running::follow(&server, "");
    server.until(|requests| !requests.is_empty()).await;
    running.stop().await;
}

fn live_tail() -> Vec<u8> {
    include_bytes!("../../../tests/fixtures/cloudwatch/start_live_tail.bin").to_vec()
}

/// The frames before the one at which the session times out.
fn without_end(bytes: &[u8]) -> Vec<u8> {
    let (mut at, mut starts) = (0, Vec::new());
    while at < bytes.len() {
        starts.push(at);
        at += u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    }
    bytes[..*starts.last().unwrap()].to_vec()
}

#[tokio::test]
async fn a_live_tail_brings_what_comes_and_says_what_it_leaves_out() {
    let server = Server::start([Answer::Stream(without_end(&live_tail()), true)]).await;
    let running = Running::follow(&server, "live=yes&filter=ERROR&stream_prefix=web");
    assert_eq!(running.texts(1).await, ["hello"]);
    running.says(&["live tail (charged by the minute)", "over 500 events a second: some were left out"]).await;
    let (operation, asked) = server.requests().pop().unwrap();
    assert_eq!(operation, "StartLiveTail");
    assert_eq!(
        asked,
        json!({"logGroupIdentifiers": ["arn:aws:logs:eu-west-1:1:log-group:/shop/web"],
            "logStreamNamePrefixes": ["web"], "logEventFilterPattern": "ERROR"})
    );
    running.stop().await;
}

#[tokio::test]
async fn a_live_tail_that_ends_begins_anew_and_tells_of_the_gap() {
    let server = Server::start([Answer::Stream(live_tail(), false)]).await;
    let running = Running::follow(&server, "live=yes");
    running.says(&["the live tail has reached its three hours"]).await;
    server.then(Answer::Stream(without_end(&live_tail()), true));
    assert_eq!(running.texts(2).await, ["hello", "hello"]);
    running.says(&["a gap of unknown size at "]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_live_tail_that_is_damaged_is_begun_anew() {
    let good = without_end(&live_tail());
    let mut flipped = good.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    for damaged in [flipped, good[..good.len() - 20].to_vec(), vec![0xff; 64]] {
        let server = Server::start([Answer::Stream(damaged, false)]).await;
        let running = Running::follow(&server, "live=yes");
        server.until(|requests| requests.iter().any(|(operation, _)| operation == "StartLiveTail")).await;
        state(&running.cx.status, |state| matches!(state, SourceState::Retrying { .. }).then_some(())).await;
        server.then(Answer::Stream(good.clone(), true));
        running
            .collected
            .until(|harvest| harvest.logs.last().is_some_and(|log| log.body == model::Value::from("hello")))
            .await;
        running.stop().await;
    }
}

#[tokio::test]
async fn a_live_tail_that_falls_silent_is_begun_anew() {
    let server = Server::start([Answer::Stream(without_end(&live_tail()), true)]).await;
    let options = SourceOptions { follow: true, parameters: server.parameters(), ..SourceOptions::default() };
    let rest = "//eu-west-1//shop/web?live=yes".to_owned();
    let target = Target::of(&SourceSpec { scheme: "cloudwatch".to_owned(), rest, options }).unwrap();
    let (collected, cx) = Collected::context();
    let mut live = Live::default();
    live.silence = Duration::from_millis(500);
    let mut group = Group { source: CloudwatchSource { target }, cx: cx.clone(), poll: Poll::new(0), live };
    let task = tokio::spawn({
        let cx = cx.clone();
        async move {
            keep_trying(&cx, &mut group).await;
            Ok(())
        }
    });
    let running = Running { collected, cx, task };
    running.says(&["the live tail has been silent"]).await;
    assert_eq!(running.texts(1).await, ["hello"]);
    running.stop().await;
}

#[tokio::test]
async fn without_credentials_the_next_step_is_told() {
    let file = config(
        "[profile empty]\nregion = eu-west-1\n\
         [profile broken]\ncredential_process = /bin/false geheim\n",
    );
    for (profile, parts) in [
        ("empty", &["looking for AWS credentials", "`aws sso login --profile empty`"][..]),
        ("broken", &["looking for AWS credentials", "--profile broken"]),
        ("missing", &["looking for AWS credentials", "missing"]),
    ] {
        let path = file.path().to_str().unwrap().to_owned();
        let parameters = BTreeMap::from([("config".to_owned(), path), ("profile".to_owned(), profile.to_owned())]);
        let options = SourceOptions { follow: true, parameters, ..SourceOptions::default() };
        let running = Running::open("cloudwatch://eu-west-1//shop/web", &options);
        let why = running.says(parts).await;
        assert!(!why.contains("geheim"), "{why}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_live_tail_of_no_group_is_told() {
    let server = Server::start([]).await;
    let options = SourceOptions { follow: true, parameters: server.parameters(), ..SourceOptions::default() };
    let running = Running::open("cloudwatch://eu-west-1//shop/we?live=yes", &options);
    running.says(&["there is no log group `/shop/we` in eu-west-1"]).await;
    running.stop().await;
}
