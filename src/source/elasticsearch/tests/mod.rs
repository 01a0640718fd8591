//! The source against an Elasticsearch and an OpenSearch in the test that page, freeze, refuse and forget as real ones do.

pub(in crate::source) mod fake;
#[cfg(feature = "real-servers")]
mod real;
mod trouble;

use serde_json::json;

use self::fake::{Document, FakeCluster};
use crate::config::{SourceOptions, StartAt};
use crate::source::asked::{Running, Server, run};
use crate::source::elasticsearch::answer::{Found, refused};
use crate::source::open;

/// Documents of the tests begin at this millisecond, 2026-03-01T10:00:00Z.
const T: i64 = 1_772_359_200_000;
/// When the source is started, a minute later.
const NOW: i64 = (T + 60_000) * 1_000_000;

#[expect(clippy::needless_pass_by_value, reason = "numbers and texts are written alike where it is called")]
fn document(at: i64, id: impl ToString) -> Document {
    let source = json!({"@timestamp": T + at, "message": format!("m {}", id.to_string())});
    Document { time: T + at, id: id.to_string(), source: Some(source) }
}

fn lines(documents: impl IntoIterator<Item = (i64, i64)>) -> Vec<String> {
    documents.into_iter().map(|(at, id)| format!(r#"{{"@timestamp":{},"message":"m {id}"}}"#, T + at)).collect()
}

/// A source that reads the index `logs` of `cluster`.
async fn start(cluster: &FakeCluster, parameters: &str, start: StartAt, follow: bool) -> (Server, Running) {
    let fake = cluster.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let argument = format!("es+http://{}/logs?interval=100ms&{parameters}", server.address);
    let options = SourceOptions { start, follow, ..SourceOptions::default() };
    let running = run(&argument, &options, NOW);
    (server, running)
}

#[tokio::test]
async fn the_last_documents_come_in_the_order_of_time() {
    let cluster = FakeCluster::new("8.11.1", false, (0..50).map(|n| document(50 - n, 50 - n)));
    for (parameters, first) in [("history=10", 41), ("", 1), ("lookback=59990ms", 10)] {
        let (_server, running) = start(&cluster, parameters, StartAt::Tail, false).await;
        let taken = running.end().await;
        assert_eq!(taken.texts, lines((first..=50).map(|n| (n, n))), "{parameters}");
        let resource = taken.batches[0].resource.as_ref().unwrap();
        assert_eq!(resource.attributes.text("elasticsearch.cluster.name"), Some("testing"));
        assert_eq!(resource.attributes.text("elasticsearch.index.name"), Some("logs-1"));
        assert_eq!(taken.batches[0].origin.as_deref(), Some("logs-1"));
    }
}

#[tokio::test]
async fn all_is_read_page_by_page_also_where_many_share_a_millisecond() {
    // Three thousand in one millisecond, among others.
    let time = |n: i64| if (700..3700).contains(&n) { 700 } else { n };
    let documents = || (0..4500).map(|n| document(time(n), n));
    for (version, is_opensearch, refuses_points, forgets_after) in [
        ("8.11.1", false, false, None),
        ("8.11.1", false, false, Some(2)),
        ("8.11.1", false, true, None),
        ("7.3.0", false, false, None),
        ("6.2.4", false, false, None),
        ("2.15.0", true, false, None),
        ("2.15.0", true, false, Some(1)),
        ("1.3.0", true, false, None),
    ] {
        let cluster = FakeCluster::new(version, is_opensearch, documents());
        cluster.state().refuses_points = refuses_points;
        cluster.state().forgets_after = forgets_after;
        let (server, running) = start(&cluster, "", StartAt::Since(T * 1_000_000), false).await;
        let taken = running.end().await;
        let what = format!("{version} {is_opensearch} {refuses_points} {forgets_after:?}");
        assert_eq!(taken.texts, lines((0..4500).map(|n| (time(n), n))), "{what}");
        let asked = server.asked();
        let count =
            |method: &str, path: &str| asked.iter().filter(|it| it.method == method && it.path.ends_with(path)).count();
        let opened = count("POST", "_pit") + count("POST", "point_in_time");
        let has_points = matches!(version, "8.11.1" | "2.15.0");
        assert_eq!(opened > 0, has_points, "{what}");
        let lost = i64::from(forgets_after.is_some());
        assert_eq!(cluster.state().open_points, lost, "given back: {what}");
    }
}

#[tokio::test]
async fn what_comes_is_found_also_late_and_at_equal_times() {
    let cluster = FakeCluster::new("8.11.1", false, [document(0, 0)]);
    let (server, running) = start(&cluster, "", StartAt::Tail, true).await;
    let said = running.until_said(&["live"]).await;
    assert_eq!(said, format!("live: {}, logs (Elasticsearch 8.11)", server.address));
    let mut expected = vec![(0, 0)];
    for (at, id) in [(20_000, 1), (20_000, 2), (19_999, 3), (6_000, 4), (20_001, 5), (20_000, 6)] {
        cluster.state().documents.push(document(at, id));
        expected.push((at, id));
        assert_eq!(running.until(|taken| taken.texts.len() >= expected.len()).await.texts, lines(expected.clone()));
    }
    // Far ahead of its time: the others are still found.
    for (at, id) in [(3_600_000, 7), (50_000, 8), (50_001, 9)] {
        cluster.state().documents.push(document(at, id));
        expected.push((at, id));
        running.until(|taken| taken.texts.len() >= expected.len()).await;
    }
    assert_eq!(running.stop().await.texts, lines(expected));
}

#[tokio::test]
async fn the_oldest_of_history_comes_once() {
    // All of them within the overlap, and nothing new.
    let cluster = FakeCluster::new("8.11.1", false, (0..50).map(|n| document(n / 2, n)));
    let (server, running) = start(&cluster, "history=11", StartAt::Tail, true).await;
    while server.asked().len() < 8 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(running.stop().await.texts, lines((39..50).map(|n| (n / 2, n))));
}

#[tokio::test]
async fn documents_without_a_time_or_without_themselves_get_what_is_known() {
    let mut odd = vec![document(0, 0), document(1, 1), document(2, 2)];
    odd[0].source = Some(json!({"message": "no time"}));
    odd[1].source = None;
    let cluster = FakeCluster::new("8.11.1", false, odd);
    for (begin, follow) in [(StartAt::Tail, false), (StartAt::Beginning, false)] {
        let (_server, running) = start(&cluster, "", begin, follow).await;
        let taken = running.end().await;
        let expected = [
            r#"{"@timestamp":"2026-03-01T10:00:00.000000000Z","message":"no time"}"#,
            r#"{"@timestamp":"2026-03-01T10:00:00.001000000Z","message":"from fields","tags":["a","b"]}"#,
            r#"{"@timestamp":1772359200002,"message":"m 2"}"#,
        ];
        assert_eq!(taken.texts, expected);
    }
}

#[tokio::test]
async fn the_query_and_who_asks_are_told() {
    let cluster = FakeCluster::new("8.11.1", false, [document(0, 0)]);
    let parameters = "query=log.level:error&api_key_command=printf%20a2V5";
    let (server, running) = start(&cluster, parameters, StartAt::Tail, false).await;
    running.end().await;
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.headers.get("authorization").is_some_and(|value| value == "ApiKey a2V5")));
    assert!(asked[1].body.contains(r#"{"query_string":{"query":"log.level:error"}}"#), "{}", asked[1].body);
}

#[test]
fn answers_are_read_as_they_are_told() {
    let page = include_str!("../../../../tests/fixtures/elasticsearch/search_after_page.json");
    let found: Found = serde_json::from_str(page).unwrap();
    assert_eq!(found.pit_id.as_deref(), Some("a-newer-pit-id"));
    let times: Vec<_> = found.hits.hits.iter().map(|hit| hit.time().unwrap()).collect();
    assert_eq!(times, [1_772_359_200_123_456_789; 2]);
    assert_eq!(found.hits.hits[1].sort[1].get(), "4294967299");
    assert!(!found.timed_out && found.shards.failed == 0);
    let errors = include_str!("../../../../tests/fixtures/elasticsearch/errors.json");
    let errors: Vec<serde_json::Value> = serde_json::from_str(errors).unwrap();
    let told: Vec<_> = errors.iter().map(|error| refused(&error["body"].to_string()).unwrap()).collect();
    assert_eq!(told[0], ("index_not_found_exception".into(), "index_not_found_exception: no such index [logs]".into()));
    assert_eq!(told[1].0, "search_context_missing_exception");
    assert!(told[2].1.starts_with("security_exception: missing authentication"));
    assert_eq!(refused(r#"{"error":"bare"}"#).unwrap().1, "bare");
    assert_eq!(refused("<html>"), None);
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked() {
    let told = [
        ("es+http://h", "has to name one index or pattern"),
        ("es+http://h/a/b", "has to name one index or pattern"),
        ("es+http://h/a?history=0", "from 1 to 10000"),
        ("es+http://h/a?interval=soon", "interval=soon"),
        ("es+https:///a", "the host is missing"),
    ];
    for (argument, expected) in told {
        let error = open(argument, &SourceOptions::default()).err().unwrap().to_string();
        assert!(error.contains(expected), "{argument}: {error}");
    }
}
