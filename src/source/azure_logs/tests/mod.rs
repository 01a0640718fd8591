//! The source against a workspace in the test, which answers by when rows came, in part, too much, or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::config::{SourceOptions, StartAt};
use crate::source::asked::{Asked, Reply, Running, Server, run};
use crate::source::open;

/// Rows of the tests come from this second on, 2026-03-01T10:00:00Z.
const T: i64 = 1_772_359_200;
/// When the source is started, an hour later.
const NOW: i64 = (T + 3600) * 1_000_000_000;

/// Rows: the second behind [`T`] in which they came, the one in which they were written, and their number.
#[derive(Clone, Default)]
pub(in crate::source) struct FakeWorkspace {
    rows: Arc<Mutex<Vec<(i64, i64, i64)>>>,
    has_ids: bool,
}

impl FakeWorkspace {
    pub(in crate::source) fn new(rows: impl IntoIterator<Item = (i64, i64, i64)>) -> Self {
        Self { rows: Arc::new(Mutex::new(rows.into_iter().collect())), has_ids: true }
    }

    /// Has one more row, that came and was written at this nanosecond since 1970.
    pub(in crate::source) fn push_at(&self, time: i64, number: i64) {
        let second = time / 1_000_000_000 - T;
        self.push(second, second, number);
    }

    fn push(&self, came: i64, written: i64, number: i64) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push((came, written, number));
    }

    pub(in crate::source) fn answer(&self, asked: &Asked) -> Reply {
        assert_eq!((&*asked.method, &*asked.path), ("POST", "/v1/workspaces/w-1/query"));
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let query = body["query"].as_str().unwrap();
        let bound = |before: &str| {
            let text = query.split_once(before)?.1.split_once(')')?.0;
            Some(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_nanos_opt().unwrap())
        };
        let from = bound("ingestion_time() >= datetime(").unwrap();
        let to = bound("ingestion_time() < datetime(").unwrap_or(i64::MAX);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        rows.retain(|(came, ..)| (from..to).contains(&((T + came) * 1_000_000_000)));
        rows.sort_by_key(|(_, written, number)| (*written, *number));
        if let Some((_, count)) = query.split_once("| top ") {
            rows.reverse();
            rows.truncate(count.split(' ').next().unwrap().parse().unwrap());
        }
        Reply::ok(self.table(&rows).to_string())
    }

    fn table(&self, rows: &[(i64, i64, i64)]) -> Value {
        let mut columns = vec![
            json!({"name": "TimeGenerated", "type": "datetime"}),
            json!({"name": "Number", "type": "long"}),
            json!({"name": "_ItemId", "type": "string"}),
        ];
        columns.truncate(2 + usize::from(self.has_ids));
        let row = |(_, written, number): &(i64, i64, i64)| {
            let time = chrono::DateTime::from_timestamp(T + written, 0).unwrap().to_rfc3339();
            json!([time, number, format!("id-{number}")])
        };
        let rows: Vec<Value> = rows.iter().map(row).collect();
        json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
    }
}

fn numbers(texts: &[String]) -> Vec<i64> {
    texts.iter().map(|text| serde_json::from_str::<Value>(text).unwrap()["Number"].as_i64().unwrap()).collect()
}

fn start(server: &Server, parameters: &str, start: StartAt, follow: bool) -> Running {
    let endpoint = format!("endpoint=http://{}&token_command=printf%20eyJ&interval=10ms", server.address);
    let options = SourceOptions { start, follow, ..SourceOptions::default() };
    run(&format!("azure-logs://w-1?{endpoint}&{parameters}"), &options, NOW)
}

#[tokio::test]
async fn the_last_rows_come_in_the_order_in_which_they_were_written() {
    for (parameters, first) in [("history=10", 40), ("", 0), ("lookback=59m", 6)] {
        let workspace = FakeWorkspace::new((0..50).map(|n| (n * 10, n, n)));
        let server = Server::start(move |asked| workspace.answer(asked)).await;
        let taken = start(&server, &format!("table=AppTraces&{parameters}"), StartAt::Tail, false).end().await;
        assert_eq!(numbers(&taken.texts), (first..50).collect::<Vec<_>>(), "{parameters}");
        assert_eq!(
            taken.texts[0],
            format!(
                r#"{{"TimeGenerated":"2026-03-01T10:00:{first:02}+00:00","Number":{first},"_ItemId":"id-{first}"}}"#
            )
        );
        let resource = &taken.batches[0].resource.as_ref().unwrap().attributes;
        assert_eq!(resource.text("azure.log_analytics.workspace.id"), Some("w-1"));
        assert_eq!(server.asked()[0].headers["authorization"], "Bearer eyJ");
    }
}

#[tokio::test]
async fn what_comes_is_found_however_late_it_was_written() {
    for has_ids in [true, false] {
        let workspace = FakeWorkspace { has_ids, ..FakeWorkspace::new([(0, 0, 0)]) };
        let fake = workspace.clone();
        let server = Server::start(move |asked| fake.answer(asked)).await;
        let running = start(&server, "query=AppTraces | where SeverityLevel > 1", StartAt::Tail, true);
        let said = running.until_said(&["live"]).await;
        assert_eq!(said, "live: w-1, AppTraces | where SeverityLevel > 1");
        let mut expected = vec![0];
        for (came, written, number) in [(3400, 3399, 1), (3401, 3399, 2), (3590, 5, 3), (3302, 3301, 4)] {
            workspace.push(came, written, number);
            expected.push(number);
            running.until(|taken| taken.texts.len() >= expected.len()).await;
        }
        if !has_ids {
            // The same again is another row.
            workspace.push(3401, 3399, 2);
            expected.push(2);
            running.until(|taken| taken.texts.len() >= expected.len()).await;
        }
        workspace.push(3595, 3595, 5);
        expected.push(5);
        running.until(|taken| taken.texts.len() >= expected.len()).await;
        assert_eq!(numbers(&running.stop().await.texts), expected);
    }
}

#[tokio::test]
async fn long_times_are_read_in_slices() {
    let day = 24 * 3600;
    let workspace = FakeWorkspace::new((0..480).map(|n| (n * 180 - day, n * 180 - day, n)));
    let server = Server::start(move |asked| workspace.answer(asked)).await;
    let begin = StartAt::Since((T - day) * 1_000_000_000);
    let taken = start(&server, "table=AppTraces", begin, false).end().await;
    assert_eq!(numbers(&taken.texts), (0..480).collect::<Vec<_>>());
    assert!(server.asked().len() > 24, "{}", server.asked().len());
}

#[tokio::test]
async fn an_answer_in_part_about_long_ago_is_asked_for_again_and_ends_nothing() {
    let day = 24 * 3600;
    let workspace = FakeWorkspace::new((0..480).map(|n| (n * 180 - day, n * 180 - day, n)));
    let count = Mutex::new(std::collections::HashMap::<String, u32>::new());
    let server = Server::start(move |asked| match workspace.answer(asked) {
        Reply::Answer { body, .. } => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
            let tries = count.entry(asked.body.clone()).or_default();
            *tries += 1;
            if *tries < 4 {
                answer["tables"][0]["rows"].as_array_mut().unwrap().truncate(5);
                answer["error"] = json!({"code": "PartialError", "details": [{"code": "E", "message": "too tired"}]});
            }
            Reply::ok(answer.to_string())
        }
        reply => reply,
    })
    .await;
    let begin = StartAt::Since((T - day) * 1_000_000_000);
    let mut came = numbers(&start(&server, "table=AppTraces", begin, false).end().await.texts);
    came.sort_unstable();
    assert_eq!(came, (0..480).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_in_part_is_told_and_the_rest_is_read_later() {
    let workspace = FakeWorkspace::new((0..4).map(|n| (3500 + n, n, n)));
    let is_partial = Arc::new(AtomicUsize::new(1));
    let (fake, switch) = (workspace.clone(), Arc::clone(&is_partial));
    let server = Server::start(move |asked| match fake.answer(asked) {
        Reply::Answer { body, .. } if switch.load(Ordering::SeqCst) == 1 => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            answer["tables"][0]["rows"].as_array_mut().unwrap().truncate(1);
            answer["error"] =
                json!({"code": "PartialError", "details": [{"code": "EngineError", "message": "too tired"}]});
            Reply::ok(answer.to_string())
        }
        reply => reply,
    })
    .await;
    let running = start(&server, "table=AppTraces", StartAt::Since(T * 1_000_000_000), true);
    running.until_said(&["live", "only a part: EngineError: too tired"]).await;
    is_partial.store(0, Ordering::SeqCst);
    running.until(|taken| taken.texts.len() == 4).await;
    running.until_said(&["live: w-1, AppTraces"]).await;
    assert_eq!(numbers(&running.stop().await.texts), [0, 1, 2, 3]);
}

#[tokio::test]
async fn refusals_are_told_with_what_to_do() {
    fn refusal(status: u16, code: &str, message: &str) -> Reply {
        let inner = json!({"code": code, "message": message});
        let body = json!({"error": {"code": "BadArgumentError", "message": "bad", "innererror": inner}}).to_string();
        Reply::Answer { status, headers: vec![("Retry-After", "40".to_owned())], body: body.into() }
    }
    type Case = (fn() -> Reply, &'static str, &'static str);
    let cases: [Case; 6] = [
        (|| refusal(400, "SyntaxError", "line 1"), "SyntaxError: line 1", "after 30s"),
        (|| refusal(401, "InvalidTokenError", "no"), "InvalidTokenError: no; say who you are", "after 30s"),
        (|| refusal(403, "InsufficientAccessError", "no"), "these credentials may not read this", "after 30s"),
        (|| refusal(404, "PathNotFoundError", "no"), "PathNotFoundError", "after 30s"),
        (|| refusal(429, "ThrottledError", "slow down"), "ThrottledError: slow down", "after 40s"),
        (|| Reply::ok("<html>"), "no answer to a query", "retrying"),
    ];
    for (reply, expected, wait) in cases {
        let server = Server::start(move |_| reply()).await;
        let running = start(&server, "table=AppTraces", StartAt::Tail, true);
        let said = running.until_said(&["retrying", expected]).await;
        assert!(said.contains(wait) && !said.contains("eyJ"), "{said}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_restart_loses_and_repeats_nothing() {
    let workspace = FakeWorkspace::new((0..5).map(|n| (3500, n, n)));
    let fake = workspace.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = start(&server, "table=AppTraces", StartAt::Tail, true);
    running.until(|taken| taken.texts.len() == 5).await;
    let address = server.address;
    server.stop().await;
    running.until_said(&["retrying", &format!("connecting to http://{address}"), "refused"]).await;
    (5..300).for_each(|n| workspace.push(3550, n, n));
    let count = AtomicUsize::new(0);
    let fake = workspace.clone();
    let _server =
        Server::start_at(address, move |asked| match (count.fetch_add(1, Ordering::SeqCst), fake.answer(asked)) {
            (0, Reply::Answer { body, .. }) => Reply::Half { at: body.len() / 2, body },
            (1, reply) => Reply::Late(Duration::from_millis(100), Box::new(reply)),
            (2, _) => Reply::Nothing,
            (_, reply) => reply,
        })
        .await;
    running.until(|taken| taken.texts.len() >= 300).await;
    running.until_said(&["live"]).await;
    assert_eq!(numbers(&running.stop().await.texts), (0..300).collect::<Vec<_>>());
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked() {
    let told = [
        ("azure-logs://w", "names neither a query nor a table"),
        ("azure-logs://?table=T", "has to name a workspace"),
        ("azure-logs://w/x?table=T", "and nothing else"),
        ("azure-logs://w?table=T&history=0", "from 1 to 100000"),
        ("azure-logs://w?table=T&endpoint=x", "endpoint=x: expected such as https://api.loganalytics.azure.com"),
        ("azure-logs://w?tabel=T", "`table`"),
    ];
    for (argument, expected) in told {
        let error = open(argument, &SourceOptions::default()).err().unwrap().to_string();
        assert!(error.contains(expected), "{argument}: {error}");
    }
}
