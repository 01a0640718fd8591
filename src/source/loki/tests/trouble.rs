//! What does not go well: refusals, breaks, restarts, half answers, drops.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::fake::{FakeLoki, Said};
use super::{NOW, T, line, options, texts};
use crate::config::StartAt;
use crate::model::{Loss, LossReason};
use crate::source::asked::{Reply, Server, run};

const PARSE: &str = include_str!("../../../../tests/fixtures/loki/err_parse_400.txt");
const NO_TENANT: &str = include_str!("../../../../tests/fixtures/loki/auth_no_tenant_401.txt");
const MATRIX: &str = include_str!("../../../../tests/fixtures/loki/query_range_metric_matrix.json");
const DROPPED: &str = include_str!("../../../../tests/fixtures/loki/tail_slow_consumer_dropped.frames.jsonl");

#[tokio::test]
async fn refusals_are_told_with_what_to_do() {
    let cases = [
        (Reply::status as fn(u16, &'static str) -> Reply, 400, PARSE, "syntax error: unexpected $end", 30),
        (Reply::status, 401, NO_TENANT, "no org id; say who you are", 30),
        (Reply::status, 404, "404 page not found", "is this the right server and path?", 30),
        (Reply::status, 200, MATRIX, "the query gives numbers (matrix) and no lines", 30),
        (Reply::status, 200, "<html>hello</html>", "no answer of Loki's", 1),
        (Reply::status, 500, "queue is stopped", "500 Internal Server Error: queue is stopped", 1),
    ];
    for (reply, status, body, expected, wait) in cases {
        let server = Server::start(move |_| reply(status, body)).await;
        let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
        let said = running.until_said(&["retrying", expected]).await;
        assert!(said.contains("retrying after 30s") == (wait == 30), "{said}");
        assert!(running.stop().await.texts.is_empty());
    }
}

#[tokio::test]
async fn a_server_that_asks_for_time_gets_it() {
    let server = Server::start(|_| Reply::Answer {
        status: 429,
        headers: vec![("Retry-After", "77".to_owned())],
        body: "too many outstanding requests".into(),
    })
    .await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["retrying after 77s", "too many outstanding requests"]).await;
    running.stop().await;
}

#[tokio::test]
async fn nobody_there_is_told_and_then_somebody_is() {
    let loki = FakeLoki::new([line(0, "web", "line 0")], 5000);
    let server = Server::start(|_| Reply::Nothing).await;
    let address = server.address;
    server.stop().await;
    let running = run(&format!("loki+http://{address}"), &options(StartAt::Tail, true), NOW);
    running.until_said(&["retrying", &format!("connecting to http://{address}"), "refused"]).await;
    let fake = loki.clone();
    let _server = Server::start_at(address, move |asked| fake.answer(asked)).await;
    running.until_said(&["live"]).await;
    assert_eq!(running.stop().await.texts, texts(0..1));
}

#[tokio::test]
async fn a_restart_loses_and_repeats_nothing() {
    let loki = FakeLoki::new((0..250).map(|n| line(n / 2, "web", &format!("line {n}"))), 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let address = server.address;
    let running = run(&format!("loki+http://{address}?limit=100"), &options(StartAt::Since(T), true), NOW);
    running.until_said(&["live"]).await;
    loki.push(line(124, "web", "line 250"), true);
    running.until(|taken| taken.texts.len() == 251).await;
    server.stop().await;
    running.until_said(&["retrying"]).await;
    // More than a tail's backlog, of times that were there already and later ones.
    (251..700).for_each(|n| loki.push(line(n / 2, "web", &format!("line {n}")), false));
    let fake = loki.clone();
    let server = Server::start_at(address, move |asked| fake.answer(asked)).await;
    let taken = running.until(|taken| taken.texts.len() >= 700).await;
    assert_eq!(taken.texts, texts(0..700));
    running.until_said(&["live"]).await;
    loki.push(line(350, "web", "line 700"), true);
    running.until(|taken| taken.texts.len() == 701).await;
    assert_eq!(running.stop().await.texts, texts(0..701));
    drop(server);
}

#[tokio::test]
async fn what_comes_while_the_tail_is_opened_is_not_lost() {
    let loki = FakeLoki::new([line(0, "web", "line 0")], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| {
        if asked.path.ends_with("tail") && fake.tails() == 0 {
            (1..300).for_each(|n| fake.push(line(n, "web", &format!("line {n}")), false));
        }
        fake.answer(asked)
    })
    .await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["live"]).await;
    running.until(|taken| taken.texts.len() >= 300).await;
    assert_eq!(running.stop().await.texts, texts(0..300));
}

#[tokio::test]
async fn tails_end_every_hour_or_with_their_server() {
    let loki = FakeLoki::new([line(0, "web", "line 0")], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["live"]).await;
    loki.say(Said::Close(1000, "reached tail max duration limit"));
    loki.push(line(1, "web", "line 1"), false);
    running.until(|taken| taken.texts.len() == 2).await;
    while loki.tails() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let ends = [
        (Said::Close(1011, "all ingesters closed the connection"), "1011 all ingesters closed"),
        (Said::Close(1011, "max concurrent tail requests limit exceeded, count > limit (11 > 10)"), "too many tails"),
        (Said::Break, "retrying"),
    ];
    for (n, (end, expected)) in (2_i64..).zip(ends) {
        loki.say(end);
        running.until_said(&["retrying", expected]).await;
        loki.push(line(n, "web", &format!("line {n}")), false);
        running.until_said(&["live"]).await;
        while loki.tails() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    running.until(|taken| taken.texts.len() == 5).await;
    assert_eq!(running.stop().await.texts, texts(0..5));
}

#[tokio::test]
async fn dropped_lines_are_told_as_lost_and_garbage_is_counted() {
    let loki = FakeLoki::new([], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["live"]).await;
    let frame: serde_json::Value = serde_json::from_str(DROPPED.lines().next().unwrap()).unwrap();
    loki.say(Said::Text(frame["text"].as_str().unwrap().to_owned()));
    let taken = running.until(|taken| taken.texts.len() == 2 && !taken.losses.is_empty()).await;
    let (from, to) = (1_795_189_365_667_340_218, 1_795_189_365_667_340_223);
    assert_eq!(taken.losses, [Loss { count: 6, from, to, reason: LossReason::Source }]);
    // Times as far apart as can be.
    let apart = format!(r#"{{"streams":[{{"values":[["{}","a"],["{}","b"]]}}]}}"#, i64::MIN, i64::MAX);
    loki.say(Said::Text(apart));
    running.until(|taken| taken.texts.len() == 4).await;
    for garbage in ["", "nonsense", "{\"streams\":7}", "{\"streams\":[{\"values\":[[\"soon\",\"x\"]]}]}"] {
        loki.say(Said::Text(garbage.to_owned()));
    }
    running.until(|taken| taken.rejected == 4).await;
    for nothing in ["{}", "{\"streams\":null,\"dropped_entries\":null}"] {
        loki.say(Said::Text(nothing.to_owned()));
    }
    loki.push(line(0, "web", "goes on"), true);
    assert_eq!(running.until(|taken| taken.texts.len() == 5).await.rejected, 4);
    running.stop().await;
}

#[tokio::test]
async fn dropped_lines_that_are_still_to_be_had_are_asked_for() {
    let loki = FakeLoki::new([line(0, "web", "line 0")], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["live"]).await;
    while loki.tails() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // It names some of those that it dropped.
    (1..40).for_each(|n| loki.push(line(n, "web", &format!("line {n}")), false));
    let dropped: Vec<_> = (5..9).map(|n| serde_json::json!({"timestamp": (T + n).to_string(), "labels": {}})).collect();
    loki.say(Said::Text(serde_json::json!({"streams": [], "dropped_entries": dropped}).to_string()));
    let taken = running.until(|taken| taken.texts.len() >= 40).await;
    assert_eq!((taken.texts, taken.losses.len()), (texts(0..40), 0));
    running.stop().await;
}

#[tokio::test]
async fn a_tail_that_ends_at_once_is_not_opened_again_at_once() {
    let loki = FakeLoki::new([line(0, "web", "line 0")], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| {
        if asked.path.ends_with("tail") {
            fake.say_to_the_next(Said::Close(1000, "reached tail max duration limit"));
        }
        fake.answer(asked)
    })
    .await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["retrying", "lets nobody follow"]).await;
    assert_eq!(running.stop().await.texts, texts(0..1));
}

#[tokio::test]
async fn pages_that_are_too_long_to_be_taken_are_made_shorter() {
    let loki = FakeLoki::new((0..40).map(|n| line(n, "web", &format!("line {n}"))), 5000);
    let server =
        Server::start(move |asked| match asked.query.get("limit").and_then(|limit| limit.parse::<usize>().ok()) {
            Some(12..) => Reply::ok(" ".repeat((64 << 20) + 1)),
            _ => loki.answer(asked),
        })
        .await;
    let running = run(&format!("loki+http://{}?limit=40", server.address), &options(StartAt::Since(T), true), NOW);
    running.until(|taken| taken.texts.len() >= 40).await;
    running.until_said(&["live"]).await;
    assert_eq!(running.stop().await.texts, texts(0..40));
}

#[tokio::test]
async fn half_answers_and_late_ones_are_asked_for_again() {
    let loki = FakeLoki::new((0..20).map(|n| line(n, "web", &format!("line {n}"))), 5000);
    let count = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |asked| match (count.fetch_add(1, Ordering::SeqCst), loki.answer(asked)) {
        (1, Reply::Answer { body, .. }) => Reply::Half { at: body.len() / 2, body },
        (2, _) => Reply::Nothing,
        (3, reply) => Reply::Late(Duration::from_millis(300), Box::new(reply)),
        (_, reply) => reply,
    })
    .await;
    let running = run(&format!("loki+http://{}?limit=6", server.address), &options(StartAt::Since(T), true), NOW);
    running.until_said(&["live"]).await;
    running.until(|taken| taken.texts.len() >= 20).await;
    assert_eq!(running.stop().await.texts, texts(0..20));
}

#[tokio::test]
async fn a_server_that_never_answers_does_not_hold_up_the_end() {
    let server = Server::start(|_| Reply::Late(Duration::from_secs(3600), Box::new(Reply::Nothing))).await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    while server.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    running.stop().await;
}
