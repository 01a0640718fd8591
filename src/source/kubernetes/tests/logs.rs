//! Logs: from where they are asked for, and what becomes of answers that break.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::super::api::Api;
use super::super::config::connect;
use super::super::follower::Follower;
use super::super::report::Report;
use super::super::start::Start;
use super::*;
use crate::source::retry::keep_trying;
use crate::source::{SourceContext, SourceError};

const AT: &str = "2026-03-01T10:00:0";

/// `0.5 text` as the server writes it, at that second of the minute.
fn line(second: &str, text: &str) -> String {
    format!("{AT}{second}00000000Z {text}\n")
}

/// The same as it is handed over.
fn cri(second: &str, text: &str) -> String {
    format!("{AT}{second}00000000Z stdany F {text}")
}

async fn server_with(text: &str) -> Server {
    let server = Server::start().await;
    server.set_pod(pod("web-1", "c://1"));
    server.set_log("web-1/web", text.as_bytes());
    server
}

#[tokio::test]
async fn what_is_there_and_what_comes() {
    let server = server_with(&(line("0.1", "one") + &line("0.1", r#"{"level":"info"}"#) + &line("1.0", ""))).await;
    let mut running = run(&server, "test/shop/web-*?events=no");
    assert_eq!(running.take_texts(3).await, [cri("0.1", "one"), cri("0.1", r#"{"level":"info"}"#), cri("1.0", "")]);
    server.write("web-1/web", line("2.0", "four").as_bytes());
    let four = running.take(1).await;
    assert_eq!(four[0].origin.as_deref(), Some("web-1"));
    assert_eq!(four[0].text, cri("2.0", "four").as_bytes());
    live(&running, &["context test", "namespace shop", "1 pod, 1 container"]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_stack_trace_is_one_record() {
    let trace = line("0.1", "java.lang.Exception: x") + &line("0.2", "\tat a.b(C.java:1)") + &line("0.3", "ok");
    let server = server_with(&trace).await;
    let mut running = run(&server, "test/shop?events=no");
    let expected = cri("0.1", "java.lang.Exception: x") + "\n" + &cri("0.2", "\tat a.b(C.java:1)");
    assert_eq!(running.take_texts(2).await, [expected, cri("0.3", "ok")]);
    running.stop().await;
}

#[tokio::test]
async fn where_to_begin_is_asked_of_the_server() {
    let text = line("0.1", "old") + &line("1.0", "new") + &line("1.5", "newer");
    for (start, parameters, asked, expected) in [
        (StartAt::Tail, "", "tailLines=1000", 3),
        (StartAt::Beginning, "&tail=1", "tailLines=1", 1),
        (StartAt::Since(1_772_359_201_200_000_000), "", "sinceTime=2026-03-01T10:00:01Z", 1),
        (StartAt::End, "&since=10m", "sinceSeconds=600", 3),
        (StartAt::End, "", "tailLines=0", 0),
    ] {
        let server = server_with(&text).await;
        let mut running = Running::start(source(&server, &format!("test/shop?events=no{parameters}"), start, true));
        server.until_asked(&["/log", "follow=true", asked]).await;
        running.take(expected).await;
        server.write("web-1/web", line("3.0", "next").as_bytes());
        assert_eq!(running.take_texts(1).await, [cri("3.0", "next")], "{start:?} {parameters}");
        running.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_anywhere_loses_and_repeats_nothing() {
    let text = line("0.9", "größe") + &line("1.1", "twice") + &line("1.1", "twice") + &line("1.2", "größer");
    let expected =
        [cri("0.9", "größe"), cri("1.1", "twice"), cri("1.1", "twice"), cri("1.2", "größer"), cri("2.0", "x")];
    // Within the first line, within a character, at a line's end, within the second that is read again, at the end.
    let within_a_character = text.find('ß').unwrap() + 1;
    for at in [10, within_a_character, line("0.9", "größe").len(), 90, 130, text.len()] {
        let server = server_with(&text).await;
        server.break_after(at);
        let mut running = run(&server, "test/shop?events=no");
        server.until(|requests| requests.iter().filter(|request| request.contains("/log")).count() == 2).await;
        server.write("web-1/web", line("2.0", "x").as_bytes());
        assert_eq!(running.take_texts(5).await, expected, "{at}");
        running.expect_nothing_for(Duration::from_millis(20)).await;
        running.stop().await;
    }
}

#[tokio::test]
async fn an_end_of_a_container_that_runs_is_no_end() {
    let server = server_with(&line("0.1", "one")).await;
    let mut running = run(&server, "test/shop?events=no");
    running.take(1).await;
    // A proxy that ends what is idle: the server's answer ends, and the container runs on.
    server.end_log("web-1/web");
    server.until_asked(&["/log", "sinceTime=2026-03-01T10:00:00Z"]).await;
    server.set_log("web-1/web", (line("0.1", "one") + &line("0.1", "two")).as_bytes());
    assert_eq!(running.take_texts(1).await, [cri("0.1", "two")]);
    running.stop().await;
}

#[tokio::test]
async fn a_rotation_while_we_were_away_is_told() {
    let server = server_with(&line("0.1", "one")).await;
    let mut running = run(&server, "test/shop?events=no");
    running.take(1).await;
    server.set_log("web-1/web", line("5.0", "after the rotation").as_bytes());
    server.end_log("web-1/web");
    assert_eq!(running.take_texts(1).await, [cri("5.0", "after the rotation")]);
    live(&running, &["a gap of unknown size at "]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_restart_is_a_new_log_from_its_start() {
    let server = server_with(&line("0.1", "first")).await;
    let mut running = run(&server, "test/shop?events=no");
    running.take(1).await;
    server.write("web-1/web", line("0.2", "last words").as_bytes());
    server.end_log("web-1/web");
    server.rotate("web-1/web");
    server.write("web-1/web", line("1.0", "again").as_bytes());
    server.set_pod(restarted("web-1", "c://1", "c://2", "Error"));
    let mut got = running.take_texts(2).await;
    got.sort();
    assert_eq!(got, [cri("0.2", "last words"), cri("1.0", "again")]);
    running.expect_nothing_for(Duration::from_millis(20)).await;
    running.stop().await;
}

#[tokio::test]
async fn a_restart_while_we_were_away_leaves_out_nothing() {
    let first = line("0.1", "first");
    let server = server_with(&(first.clone() + &line("0.2", "last words"))).await;
    server.break_after(first.len() + 5);
    let mut running = run(&server, "test/shop?events=no");
    assert_eq!(running.take_texts(1).await, [cri("0.1", "first")]);
    server.rotate("web-1/web");
    server.write("web-1/web", line("1.0", "again").as_bytes());
    server.set_pod(restarted("web-1", "c://1", "c://2", "Error"));
    let mut got = running.take_texts(2).await;
    got.sort();
    assert_eq!(got, [cri("0.2", "last words"), cri("1.0", "again")]);
    server.until_asked(&["previous=true", "sinceTime=2026-03-01T10:00:00Z"]).await;
    running.expect_nothing_for(Duration::from_millis(20)).await;
    running.stop().await;
}

#[tokio::test]
async fn a_restart_before_the_log_could_be_read_mixes_up_nothing() {
    let server = server_with(&line("0.1", "first")).await;
    server.refuse("/log", axum::http::StatusCode::INTERNAL_SERVER_ERROR, "{}");
    let mut running = run(&server, "test/shop?events=no");
    live(&running, &["no log of web-1", "500"]).await;
    server.rotate("web-1/web");
    server.write("web-1/web", line("1.0", "again").as_bytes());
    server.set_pod(restarted("web-1", "c://1", "c://2", "Error"));
    server.allow_all();
    let mut got = running.take_texts(2).await;
    got.sort();
    assert_eq!(got, [cri("0.1", "first"), cri("1.0", "again")]);
    running.expect_nothing_for(Duration::from_millis(20)).await;
    running.stop().await;
}

#[tokio::test]
async fn what_the_last_one_wrote_is_read_when_it_is_asked_for() {
    for (parameters, expected) in [("&previous=yes", 2), ("", 1)] {
        let server = Server::start().await;
        server.set_pod(restarted("web-1", "c://1", "c://2", "Error"));
        server.set_log("web-1/web", line("0.1", "died").as_bytes());
        server.rotate("web-1/web");
        server.write("web-1/web", line("1.0", "lives").as_bytes());
        let mut running = run(&server, &format!("test/shop?events=no{parameters}"));
        let mut got = running.take_texts(expected).await;
        got.sort();
        assert_eq!(got.last(), Some(&cri("1.0", "lives")));
        assert_eq!(got.contains(&cri("0.1", "died")), expected == 2);
        running.expect_nothing_for(Duration::from_millis(20)).await;
        running.stop().await;
    }
}

#[tokio::test]
async fn containers_that_have_ended_are_read_once_init_and_ephemeral_ones_too() {
    let server = Server::start().await;
    let mut pod = pod("job-1", "c://1");
    pod["spec"]["initContainers"] = json!([{"name": "init", "image": "i"}]);
    pod["status"]["initContainerStatuses"] =
        json!([{"name": "init", "restartCount": 0, "containerID": "c://0", "state": terminated("c://0", "Completed")}]);
    pod["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": "d"}]);
    pod["status"]["ephemeralContainerStatuses"] = json!([running("debug", "c://2", 0)]);
    server.set_pod(pod);
    server.set_log("job-1/init", (line("0.1", "init") + &line("0.2", "no line end")).trim_end().as_bytes());
    server.set_log("job-1/web", line("0.3", "web").as_bytes());
    server.set_log("job-1/debug", line("0.4", "debug").as_bytes());
    let mut running = run(&server, "test/shop?events=no");
    let mut got: Vec<_> = running.take(4).await.iter().map(|line| line.origin.clone().unwrap()).collect();
    got.sort();
    assert_eq!(
        got.iter().map(|origin| &**origin).collect::<Vec<_>>(),
        ["job-1/debug", "job-1/init", "job-1/init", "job-1/web"]
    );
    live(&running, &["1 pod, 2 containers"]).await;
    running.stop().await;
}

#[tokio::test]
async fn without_following_it_ends_with_what_is_there() {
    let server = server_with(&line("0.1", "one")).await;
    server.set_event(event("e1", "web-1", "Warning", "BackOff", 3));
    let running = Running::start(source(&server, "test/shop", StartAt::Tail, false));
    let mut got = running.end().await.unwrap();
    got.sort();
    assert_eq!(got[0], cri("0.1", "one"));
    assert!(got[1].contains("BackOff: what happened"), "{got:?}");
    assert!(!server.requests().iter().any(|request| request.contains("follow") || request.contains("watch")));
}

#[tokio::test]
async fn what_is_no_line_of_a_log_is_shown_as_it_is() {
    let server = server_with("unable to retrieve container logs for containerd://1\n\u{0}\u{1b}[31m\n").await;
    server.write("web-1/web", b"\xff\xfe\n");
    let mut running = run(&server, "test/shop?events=no");
    let got = running.take(3).await;
    assert!(got[0].text.starts_with(b"unable to retrieve"));
    assert_eq!((&*got[1].text, &*got[2].text), (&b"\0\x1b[31m"[..], &b"\xff\xfe"[..]));
    running.stop().await;
}

#[tokio::test]
async fn a_full_queue_does_not_hold_up_the_shutdown() {
    let server = server_with(&line("0.1", "one")).await;
    let running = Running::start_full(source(&server, "test/shop", StartAt::Beginning, true));
    running.wait_until_blocked().await;
    running.stop().await;
}

/// One container, followed by somebody impatient.
struct Impatient(watch::Sender<Option<Api>>, Target, Value);

impl Source for Impatient {
    fn label(&self) -> String {
        String::new()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let pod: Pod = serde_json::from_value(self.2).unwrap();
            let instance = instances(&pod, &self.1, false).remove(0);
            let start = Start { follows: true, ..Start::default() };
            let report = Report::new(cx.status.clone());
            report.connected("here".to_owned());
            let waits = Waits { quiet: Duration::from_millis(20), ..WAITS };
            let mut follower = Follower::new(cx.clone(), report, self.0.subscribe(), instance, start, waits);
            keep_trying(&cx, &mut follower).await;
            Ok(())
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_log_that_stops_coming_is_asked_for_again_and_a_quiet_one_is_not() {
    let server = server_with(&line("0.1", "one")).await;
    let target = target(&format!("k8s://test?kubeconfig={}", server.kubeconfig.path().display()));
    let api = Api { connected: connect(&target).await.unwrap(), namespace: Some("shop".to_owned()) };
    let mut running = Running::start(Box::new(Impatient(watch::Sender::new(Some(api)), target, pod("web-1", "c://1"))));
    assert_eq!(running.take_texts(1).await, [cri("0.1", "one")]);
    let asked = |requests: &[String], what: &str| requests.iter().filter(|request| request.contains(what)).count();
    server.until(|requests| asked(requests, "tailLines=1") >= 3).await;
    assert_eq!(asked(&server.requests(), "follow"), 1, "it is quiet, and nothing is wrong");
    server.stall(true);
    server.write("web-1/web", line("3.0", "not told").as_bytes());
    server.until(|requests| asked(requests, "follow") >= 2).await;
    server.stall(false);
    assert_eq!(running.take_texts(1).await, [cri("3.0", "not told")]);
    running.stop().await;
}
