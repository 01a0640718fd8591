//! What does not go well: refusals, partial answers, restarts, half answers, garbage.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use super::fake::{FakeCluster, error};
use super::{NOW, T, document, lines, start};
use crate::config::{SourceOptions, StartAt};
use crate::source::asked::{Reply, Server, run};

fn follow() -> SourceOptions {
    SourceOptions { follow: true, ..SourceOptions::default() }
}

#[tokio::test]
async fn refusals_are_told_with_what_to_do() {
    type Case = (fn() -> Reply, &'static str, bool);
    let cases: [Case; 6] = [
        (
            || error(401, "security_exception", "missing authentication credentials"),
            "missing authentication credentials; say who you are",
            true,
        ),
        (
            || error(429, "es_rejected_execution_exception", "queue full"),
            "es_rejected_execution_exception: queue full",
            false,
        ),
        (|| error(503, "no_shard_available_action_exception", "none"), "503", false),
        (|| Reply::status(404, "<html>"), "is this the right server and path?", true),
        (|| Reply::ok("<html>hello</html>"), "is no Elasticsearch or OpenSearch", true),
        (|| Reply::Half { body: "{\"version\":".into(), at: 5 }, "reading from", false),
    ];
    for (reply, expected, is_lasting) in cases {
        let server = Server::start(move |_| reply()).await;
        let running = run(&format!("es+http://{}/logs", server.address), &follow(), NOW);
        let said = running.until_said(&["retrying", expected]).await;
        assert_eq!(said.contains("retrying after 30s"), is_lasting, "{said}");
        assert!(running.stop().await.texts.is_empty());
    }
}

#[tokio::test]
async fn a_missing_index_is_told_with_one_that_is_like_it() {
    let cluster = FakeCluster::new("8.11.1", false, []);
    let server = Server::start(move |asked| cluster.answer(asked)).await;
    for (index, expected) in [("lgos", "has no index lgos; did you mean logs?"), ("zzzzzz", "there are logs, metrics")]
    {
        let running = run(&format!("es+http://{}/{index}", server.address), &follow(), NOW);
        running.until_said(&["retrying after 30s", expected]).await;
        running.stop().await;
    }
}

#[tokio::test]
async fn a_query_that_is_none_is_told_as_the_server_tells_it() {
    let reason = "Cannot parse 'a AND (': Encountered \"<EOF>\"";
    let body = json!({"error": {
        "root_cause": [{"type": "query_shard_exception", "reason": "Failed to parse query [a AND (]"}],
        "failed_shards": [{"reason": {"type": "q", "reason": "Failed", "caused_by": {"type": "p", "reason": reason}}}],
    }});
    let cluster = FakeCluster::new("8.11.1", false, []);
    let server = Server::start(move |asked| match &*asked.path {
        "/" => cluster.answer(asked),
        _ => Reply::status(400, body.to_string()),
    })
    .await;
    let running = run(&format!("es+http://{}/logs?query=a AND (", server.address), &follow(), NOW);
    running.until_said(&["retrying after 30s", "query_shard_exception: Cannot parse 'a AND ('"]).await;
    running.stop().await;
}

#[tokio::test]
async fn partial_answers_are_told_and_what_was_missing_is_read_later() {
    let cluster = FakeCluster::new("8.11.1", false, (0..3).map(|n| document(n, n)));
    let failure = json!({"total": 2, "failed": 1, "failures": [{"reason": {"type": "x", "reason": "disk is full"}}]});
    cluster.state().shards = Some(failure);
    cluster.state().hidden = vec!["1".to_owned()];
    let (_server, running) = start(&cluster, "overlap=1s", StartAt::Since(T * 1_000_000), true).await;
    running.until_said(&["live", "1 of 2 shards failed: disk is full"]).await;
    // So much later that it would not be looked for any more.
    cluster.state().documents.push(document(50_000, 3));
    running.until(|taken| taken.texts.len() == 3).await;
    {
        let mut state = cluster.state();
        (state.shards, state.timed_out) = (None, true);
    }
    running.until_said(&["the search timed out"]).await;
    {
        let mut state = cluster.state();
        state.timed_out = false;
        state.hidden.clear();
    }
    let taken = running.until(|taken| taken.texts.len() == 4).await;
    assert_eq!(taken.texts, lines([(0, 0), (2, 2), (50_000, 3), (1, 1)]));
    cluster.state().shards = Some(json!({"total": 0, "failed": 0}));
    cluster.state().documents.clear();
    running.until_said(&["no index matches yet"]).await;
    running.stop().await;
}

#[tokio::test]
async fn what_was_missing_is_read_after_trouble_too() {
    for begin in [StartAt::Tail, StartAt::Since(T * 1_000_000)] {
        let times = [(0, 0), (1, 1), (2, 2), (50_000, 3)];
        let cluster = FakeCluster::new("8.11.1", false, times.map(|(at, id)| document(at, id)));
        cluster.state().shards = Some(json!({"total": 2, "failed": 1}));
        cluster.state().hidden = vec!["1".to_owned()];
        let is_ill = Arc::new(AtomicBool::new(false));
        let (fake, switch) = (cluster.clone(), Arc::clone(&is_ill));
        let server = Server::start(move |asked| {
            let refuses = switch.load(Ordering::SeqCst) && asked.path.ends_with("_search");
            if refuses { error(503, "unavailable", "later") } else { fake.answer(asked) }
        })
        .await;
        let options = SourceOptions { start: begin, ..follow() };
        let running = run(&format!("es+http://{}/logs?interval=100ms&overlap=1s", server.address), &options, NOW);
        running.until_said(&["live", "1 of 2 shards failed"]).await;
        running.until(|taken| taken.texts.len() == 3).await;
        is_ill.store(true, Ordering::SeqCst);
        running.until_said(&["retrying", "503"]).await;
        {
            let mut state = cluster.state();
            state.shards = None;
            state.hidden.clear();
        }
        is_ill.store(false, Ordering::SeqCst);
        running.until(|taken| taken.texts.len() == 4).await;
        assert_eq!(running.stop().await.texts, lines([(0, 0), (2, 2), (50_000, 3), (1, 1)]), "{begin:?}");
    }
}

#[tokio::test]
async fn answers_that_are_too_long_to_be_taken_are_made_shorter() {
    let cluster = FakeCluster::new("8.11.1", false, (0..30).map(|n| document(n, n)));
    let server = Server::start(move |asked| {
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap_or_default();
        if body["size"].as_u64() > Some(20) { Reply::ok(" ".repeat((64 << 20) + 1)) } else { cluster.answer(asked) }
    })
    .await;
    for (begin, first) in [(StartAt::Tail, 12), (StartAt::Beginning, 0)] {
        let options = SourceOptions { start: begin, follow: false, ..SourceOptions::default() };
        let taken = run(&format!("es+http://{}/logs?history=72", server.address), &options, NOW).end().await;
        assert_eq!(taken.texts, lines((first..30).map(|n| (n, n))));
    }
}

#[tokio::test]
async fn a_restart_loses_and_repeats_nothing() {
    let cluster = FakeCluster::new("8.11.1", false, (0..5).map(|n| document(n, n)));
    let (server, running) = start(&cluster, "", StartAt::Tail, true).await;
    running.until(|taken| taken.texts.len() == 5).await;
    let address = server.address;
    server.stop().await;
    running.until_said(&["retrying", &format!("connecting to http://{address}"), "refused"]).await;
    cluster.state().documents.extend((5..3000).map(|n| document(n / 10, n)));
    let fake = cluster.clone();
    let _server = Server::start_at(address, move |asked| fake.answer(asked)).await;
    running.until(|taken| taken.texts.len() >= 3000).await;
    running.until_said(&["live"]).await;
    let mut texts = running.stop().await.texts;
    assert_eq!(texts.len(), 3000);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 3000, "each once");
}

#[tokio::test]
async fn half_and_late_and_wrong_answers_are_asked_for_again() {
    let cluster = FakeCluster::new("8.11.1", false, (0..2500).map(|n| document(n, n)));
    let fake = cluster.clone();
    let count = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |asked| match (asked.path.ends_with("_search"), fake.answer(asked)) {
        (false, reply) => reply,
        (true, reply) => match (count.fetch_add(1, Ordering::SeqCst), reply) {
            (1, Reply::Answer { body, .. }) => Reply::Half { at: body.len() / 2, body },
            (3, _) => Reply::ok("garbage"),
            (5, reply) => Reply::Late(Duration::from_millis(200), Box::new(reply)),
            (_, reply) => reply,
        },
    })
    .await;
    let options = SourceOptions { start: StartAt::Beginning, follow: false, ..SourceOptions::default() };
    let running = run(&format!("es+http://{}/logs", server.address), &options, NOW);
    let mut texts = running.end().await.texts;
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 2500);
}

#[tokio::test]
async fn a_server_that_never_answers_does_not_hold_up_the_end() {
    let server = Server::start(|_| Reply::Late(Duration::from_secs(3600), Box::new(Reply::Nothing))).await;
    let running = run(&format!("es+http://{}/logs", server.address), &follow(), NOW);
    while server.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    running.stop().await;
}
