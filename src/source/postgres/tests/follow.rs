//! Rows of a real server.

use super::server::{AGENT_LOGS, Server};
use crate::config::StartAt;
use crate::source::witness::Witness;

/// The messages in lines of JSON.
fn messages(lines: &[String]) -> Vec<String> {
    let message = |line: &String| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["message"].as_str().unwrap().to_owned()
    };
    lines.iter().map(message).collect()
}

fn numbers(range: std::ops::RangeInclusive<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// Adds rows with such messages, a second apart.
fn rows(range: std::ops::RangeInclusive<usize>) -> String {
    let (first, last) = range.into_inner();
    format!(
        "INSERT INTO agent_logs (timestamp, log_level, message) \
         SELECT timestamptz '2026-03-01 10:00:00Z' + n * interval '1 second', 'info', n::text \
         FROM generate_series({first}, {last}) n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_one_line_of_json_and_every_start_is_kept() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    let insert = "INSERT INTO agent_logs (timestamp, log_level, message, service, trace_id, duration_ms, memory_mb, raw_log, \
                  stack_trace, execution_id) VALUES ('2026-03-01 10:00:00.123456+00', 'ERROR', 'zéro \"quoted\"', 'planner', \
                  '0af7651916cd43dd8448eb211c80319c', 12.5, 12345678901234567890.5, '{\"a\": {\"b\": [1, 2]}}', \
                  E'Error: x\\n    at y', '5b2c1b0e-9c5c-4f4e-8d8a-1f5a3c9d0e11')";
    client.batch_execute(insert).await.unwrap();
    let seen = Witness::open(&server.uri(""), StartAt::Tail, false).end().await;
    let [(_, line)] = seen.texts.as_slice() else { panic!("one row: {:?}", seen.texts) };
    let expected = r#"{"id":1,"timestamp":"2026-03-01T10:00:00.123456+00:00","log_level":"ERROR","message":"zéro \"quoted\"","service":"planner","trace_id":"0af7651916cd43dd8448eb211c80319c","execution_id":"5b2c1b0e-9c5c-4f4e-8d8a-1f5a3c9d0e11","duration_ms":12.5,"memory_mb":12345678901234567890.5,"stack_trace":"Error: x\n    at y","raw_log":{"a":{"b":[1,2]}}}"#;
    assert_eq!(line, expected);
    client.batch_execute("DELETE FROM agent_logs").await.unwrap();
    client.batch_execute(&rows(1..=1200)).await.unwrap();
    let since = 1_772_359_200_000_000_000 + 1_198_000_000_000;
    let table = [
        ("", StartAt::Tail, 201..=1200),
        ("history=2", StartAt::Tail, 1199..=1200),
        ("where=message='7' or message='8'", StartAt::Beginning, 7..=8),
        ("", StartAt::Beginning, 1..=1200),
        ("", StartAt::Since(since), 1198..=1200),
        #[expect(clippy::reversed_empty_ranges, reason = "nothing")]
        ("", StartAt::End, 1..=0),
    ];
    for (parameters, start, expected) in table {
        let seen = Witness::open(&server.uri(parameters), start, false).end().await;
        let lines: Vec<String> = seen.texts.into_iter().map(|(_, line)| line).collect();
        assert_eq!(messages(&lines), numbers(expected), "{parameters} {start:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_committed_behind_the_cursor_come_once_and_survive_a_restart() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    client.batch_execute(&rows(1..=3)).await.unwrap();
    let witness = Witness::open(&server.uri("history=2"), StartAt::Tail, true);
    witness.texts(2).await;
    // Takes its ids and times first, in a transaction within a transaction, and is committed last.
    let slow = server.client().await;
    slow.batch_execute("BEGIN").await.unwrap();
    slow.batch_execute(&rows(4..=5)).await.unwrap();
    slow.batch_execute("SAVEPOINT s").await.unwrap();
    slow.batch_execute(&rows(6..=6)).await.unwrap();
    slow.batch_execute("RELEASE s").await.unwrap();
    client.batch_execute(&rows(7..=20)).await.unwrap();
    let lines = witness.texts(16).await;
    assert_eq!(messages(&lines), [numbers(2..=3), numbers(7..=20)].concat());
    slow.batch_execute("COMMIT").await.unwrap();
    let lines = witness.texts(19).await;
    assert_eq!(messages(&lines[16..]), numbers(4..=6));
    server.stop();
    witness.says(&["refused", "is PostgreSQL running there?"]).await;
    server.go_on().await;
    server.client().await.batch_execute(&rows(21..=1700)).await.unwrap();
    let lines = witness.texts(19 + 1680).await;
    assert_eq!(messages(&lines[19..]), numbers(21..=1700));
    // What came twice would have come before this one.
    server.client().await.batch_execute(&rows(1701..=1701)).await.unwrap();
    let lines = witness.texts(19 + 1681).await;
    assert_eq!(messages(&lines[19 + 1680..]), numbers(1701..=1701));
    assert_eq!(witness.stop().await.texts.len(), 19 + 1681, "nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_tables_views_and_columns_are_read_too_and_a_notification_wakes() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    let made = "CREATE SCHEMA \"Audit\"; \
                CREATE TABLE \"Audit\".\"odd \"\"name\" (\"When\" timestamp, sev int, \"text\" text, j json) PARTITION BY RANGE (\"When\"); \
                CREATE TABLE p1 PARTITION OF \"Audit\".\"odd \"\"name\" DEFAULT; \
                CREATE VIEW seen AS SELECT \"When\" AS ts, \"text\" AS message FROM p1; \
                INSERT INTO p1 VALUES ('2026-03-01 10:00:00.5', 3, 'a', E'{\"x\":\\n1}'), ('infinity', 1, 'never', NULL)";
    client.batch_execute(made).await.unwrap();
    let table = "table=Audit.odd%20%22name&columns.time=When&columns.level=sev&columns.message=text&interval=10m&notify=Log%20ged";
    let uri = server.uri(table).replace("interval=20ms&", "");
    let witness = Witness::open(&uri, StartAt::Beginning, true);
    assert_eq!(witness.texts(1).await, [r#"{"time":"2026-03-01T10:00:00.5","level":3,"message":"a","j":{"x":1}}"#]);
    witness.live().await;
    client.batch_execute("INSERT INTO p1 VALUES ('2026-03-01 10:00:01', 4, 'b'); NOTIFY \"Log ged\"").await.unwrap();
    assert_eq!(witness.texts(2).await[1], r#"{"time":"2026-03-01T10:00:01","level":4,"message":"b"}"#);
    witness.stop().await;
    let witness = Witness::open(&server.uri("table=seen&key=message"), StartAt::Tail, true);
    assert_eq!(messages(&witness.texts(2).await), ["a", "b"]);
    witness.live().await;
    client.batch_execute("INSERT INTO p1 VALUES ('2026-03-01 10:00:00.7', 4, 'late')").await.unwrap();
    assert_eq!(messages(&witness.texts(3).await), ["a", "b", "late"]);
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_intake_holds_no_transaction_and_loses_nothing() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    let witness = Witness::open(&server.uri(""), StartAt::Tail, true);
    witness.live().await;
    witness.fill(true).await;
    client.batch_execute(&rows(1..=3000)).await.unwrap();
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'spantail' AND state LIKE 'idle in%'";
    let count: i64 = client.query_one(idle, &[]).await.unwrap().get(0);
    assert_eq!(count, 0);
    witness.fill(false).await;
    assert_eq!(messages(&witness.texts(3000).await), numbers(1..=3000));
    witness.stop().await;
}

/// Waits until the source's connection is in such a `state` with a question like `pattern`, of which the server keeps the
/// beginning alone.
async fn asked(client: &tokio_postgres::Client, state: &str, pattern: &str) {
    let question =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'spantail' AND state = $1 AND query LIKE $2";
    let waiting = async {
        while client.query_one(question, &[&state, &pattern]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.expect("a question");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_all_is_read_from_the_beginning_comes_once() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    client.batch_execute(&rows(1..=700)).await.unwrap();
    let witness = Witness::open(&server.uri(""), StartAt::Beginning, true);
    witness.fill(true).await;
    // The first page waits, and later transactions than the round knows of add to the second.
    asked(&client, "idle", "%row_to_json%").await;
    for number in 701..=705 {
        client.batch_execute(&rows(number..=number)).await.unwrap();
    }
    witness.fill(false).await;
    witness.texts(705).await;
    client.batch_execute(&rows(706..=706)).await.unwrap();
    witness.texts(706).await;
    client.batch_execute(&rows(707..=707)).await.unwrap();
    assert_eq!(messages(&witness.texts(707).await), numbers(1..=707), "nothing twice");
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_while_it_is_looked_what_there_is_comes_once() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    client.batch_execute(&rows(1..=3)).await.unwrap();
    // Each question takes a while.
    let slow = "where=(SELECT count(*) FROM pg_sleep(0.5)) > 0";
    let witness = Witness::open(&server.uri(slow), StartAt::Tail, true);
    asked(&client, "active", "%row_to_json%").await;
    client.batch_execute(&rows(4..=4)).await.unwrap();
    witness.texts(4).await;
    client.batch_execute(&rows(5..=5)).await.unwrap();
    assert_eq!(messages(&witness.texts(5).await), numbers(1..=5));
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_came_back_is_live_although_the_intake_is_full() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    client.batch_execute(&rows(1..=3)).await.unwrap();
    server.stop();
    let witness = Witness::open(&server.uri(""), StartAt::Beginning, true);
    witness.says(&["is PostgreSQL running there?"]).await;
    witness.fill(true).await;
    server.go_on().await;
    witness.live().await;
    assert!(witness.seen().texts.is_empty());
    witness.stop().await;
}
