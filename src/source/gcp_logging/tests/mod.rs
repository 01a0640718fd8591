//! The source against a Cloud Logging in the test, which pages, refuses and breaks off as the real one may.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::config::{SourceOptions, StartAt};
use crate::source::asked::{Asked, Reply, Running, Server, run};
use crate::source::open;

/// Entries of the tests begin at this second, 2026-03-01T10:00:00Z.
const T: i64 = 1_772_359_200;
/// When the source is started, a minute later.
const NOW: i64 = (T + 60) * 1_000_000_000;

/// Entries by their nanosecond behind [`T`] and their insertion id, and how many a page has at most.
#[derive(Clone)]
pub(in crate::source) struct FakeLogging {
    entries: Arc<Mutex<Vec<(i64, i64)>>>,
    page: usize,
}

impl FakeLogging {
    pub(in crate::source) fn new(entries: impl IntoIterator<Item = (i64, i64)>, page: usize) -> Self {
        Self { entries: Arc::new(Mutex::new(entries.into_iter().collect())), page }
    }

    /// Has one more entry, of this nanosecond since 1970.
    pub(in crate::source) fn push_at(&self, time: i64, id: i64) {
        self.push(time - T * 1_000_000_000, id);
    }

    fn push(&self, at: i64, id: i64) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push((at, id));
    }

    /// Pages by a token that says where to go on, and answers every second question with nothing but another token.
    pub(in crate::source) fn answer(&self, asked: &Asked) -> Reply {
        assert_eq!((&*asked.method, &*asked.path), ("POST", "/v2/entries:list"));
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let filter = body["filter"].as_str().unwrap();
        let from = filter.rsplit_once("timestamp >= \"").unwrap().1.trim_end_matches('"');
        let from = chrono::DateTime::parse_from_rfc3339(from).unwrap().timestamp_nanos_opt().unwrap();
        let mut found = self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone();
        found.retain(|(at, _)| T * 1_000_000_000 + at >= from);
        found.sort_unstable();
        if body["orderBy"] == "timestamp desc" {
            found.reverse();
        }
        let token = body["pageToken"].as_str().unwrap_or_default();
        let size = &body["pageSize"];
        let mut parts = token.split(' ');
        let place = parts.next().and_then(|place| place.parse().ok()).unwrap_or(0);
        let is_full = parts.next() == Some("full");
        assert!(
            parts.next().is_none_or(|before| size.as_u64().is_some_and(|size| before.parse() == Ok(size))),
            "what was asked before: {token}, {size}"
        );
        let most = self.page.min(usize::try_from(body["pageSize"].as_u64().unwrap()).unwrap());
        let rest = found.len().saturating_sub(place);
        if !is_full && rest > most {
            return Reply::ok(json!({"nextPageToken": format!("{place} full {size}")}).to_string());
        }
        let entries: Vec<Value> = found.iter().skip(place).take(most).map(|(at, id)| entry(*at, *id)).collect();
        let mut answer = json!({"entries": entries});
        if rest > most {
            answer["nextPageToken"] = json!(format!("{} empty {size}", place + most));
        }
        Reply::ok(answer.to_string())
    }
}

fn entry(at: i64, id: i64) -> Value {
    let time = chrono::DateTime::from_timestamp_nanos(T * 1_000_000_000 + at);
    json!({
        "logName": "projects/p/logs/app",
        "timestamp": time.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true),
        "insertId": id.to_string(),
        "textPayload": format!("entry {id}"),
    })
}

/// The numbers of the entries that came.
fn ids(texts: &[String]) -> Vec<i64> {
    let id =
        |text: &String| serde_json::from_str::<Value>(text).unwrap()["insertId"].as_str().unwrap().parse().unwrap();
    texts.iter().map(id).collect()
}

fn start(server: &Server, parameters: &str, start: StartAt, follow: bool) -> Running {
    let endpoint = format!("endpoint=http://{}&token_command=printf%20ya29", server.address);
    let options = SourceOptions { start, follow, ..SourceOptions::default() };
    run(&format!("gcp-logging://p?{endpoint}&interval=10ms&{parameters}"), &options, NOW)
}

#[tokio::test]
async fn the_last_entries_come_in_the_order_of_time_over_empty_pages() {
    for (parameters, first) in [("history=10", 40), ("", 0), ("history=7", 43), ("lookback=59s", 50)] {
        let logging = FakeLogging::new((0..50).map(|n| (n, n)), 4);
        let server = Server::start(move |asked| logging.answer(asked)).await;
        let taken = start(&server, parameters, StartAt::Tail, false).end().await;
        assert_eq!(ids(&taken.texts), (first..50).collect::<Vec<_>>(), "{parameters}");
    }
}

#[tokio::test]
async fn all_since_a_time_is_read_and_then_what_comes_also_late() {
    let logging = FakeLogging::new((0..30).map(|n| (n / 10, n)), 7);
    let fake = logging.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = start(&server, "filter=severity>=ERROR OR x", StartAt::Since(T * 1_000_000_000), true);
    assert_eq!(running.until_said(&["live"]).await, "live: projects/p, severity>=ERROR OR x");
    running.until(|taken| taken.texts.len() == 30).await;
    let mut expected: Vec<i64> = (0..30).collect();
    for (at, id) in [(9_000_000_000, 30), (9_000_000_000, 31), (5, 32), (9_000_000_001, 33)] {
        logging.push(at, id);
        expected.push(id);
        running.until(|taken| taken.texts.len() == expected.len()).await;
    }
    assert_eq!(ids(&running.stop().await.texts), expected);
    let asked = server.asked();
    let first: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(first["filter"], "(severity>=ERROR OR x) AND timestamp >= \"2026-03-01T10:00:00.000000000Z\"");
    assert_eq!(first["resourceNames"], json!(["projects/p"]));
    assert!(asked.iter().all(|asked| asked.headers["authorization"] == "Bearer ya29"));
}

#[tokio::test]
async fn entries_are_lines_of_json_with_who_wrote_them() {
    let entries = include_str!("../../../../tests/fixtures/gcp/entries_list.json");
    let empty = include_str!("../../../../tests/fixtures/gcp/entries_list_empty_page.json");
    let server = Server::start(move |asked| match &asked.body {
        body if body.contains("keep-going") => Reply::ok("{}"),
        body if body.contains("\"abc\"") => Reply::ok(empty),
        _ => Reply::ok(entries),
    })
    .await;
    let taken = start(&server, "quota_project=q", StartAt::Beginning, false).end().await;
    let [web, app] = &taken.batches[..] else { panic!("{:?}", taken.batches) };
    assert_eq!((web.origin.as_deref(), app.origin.as_deref()), (Some("run.googleapis.com/stderr"), Some("app")));
    let resource = &web.resource.as_ref().unwrap().attributes;
    let named = ["service.name", "cloud.region", "gcp.resource_type"].map(|name| resource.text(name));
    assert_eq!(named, [Some("web"), Some("europe-west1"), Some("cloud_run_revision")]);
    assert!(taken.texts.iter().all(|text| !text.contains('\n')));
    let line: Value = serde_json::from_str(&taken.texts[0]).unwrap();
    assert_eq!(line["jsonPayload"], json!({"message": "boom", "n": 1}));
    assert!(server.asked().iter().all(|asked| asked.headers["x-goog-user-project"] == "q"));
}

#[tokio::test]
async fn refusals_are_told_with_what_to_do() {
    fn refusal(status: u16, kind: &str, message: &str) -> Reply {
        let body = json!({"error": {"code": status, "message": message, "status": kind}}).to_string();
        Reply::Answer { status, headers: vec![("Retry-After", "40".to_owned())], body: body.into() }
    }
    type Case = (fn() -> Reply, &'static str, &'static str);
    let cases: [Case; 6] = [
        (|| refusal(401, "UNAUTHENTICATED", "no token"), "UNAUTHENTICATED: no token; say who you are", "after 30s"),
        (|| refusal(403, "PERMISSION_DENIED", "no"), "PERMISSION_DENIED: no; these credentials may not", "after 30s"),
        (|| refusal(404, "NOT_FOUND", "no project"), "NOT_FOUND: no project", "after 30s"),
        (|| refusal(400, "INVALID_ARGUMENT", "Unparseable filter"), "Unparseable filter", "after 30s"),
        (|| refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), "RESOURCE_EXHAUSTED: Quota", "after 40s"),
        (|| Reply::ok("[garbage"), "no list of entries", "retrying"),
    ];
    for (reply, expected, wait) in cases {
        let server = Server::start(move |_| reply()).await;
        let running = start(&server, "", StartAt::Tail, true);
        let said = running.until_said(&["retrying", expected]).await;
        assert!(said.contains(wait) && !said.contains("ya29"), "{said}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_restart_loses_and_repeats_nothing() {
    let logging = FakeLogging::new((0..5).map(|n| (n, n)), 100);
    let fake = logging.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = start(&server, "", StartAt::Tail, true);
    running.until(|taken| taken.texts.len() == 5).await;
    let address = server.address;
    server.stop().await;
    running.until_said(&["retrying", &format!("connecting to http://{address}"), "refused"]).await;
    (5..500).for_each(|n| logging.push(n, n));
    let fake = logging.clone();
    let count = AtomicUsize::new(0);
    // The first answers break off, come late, or not at all.
    let _server =
        Server::start_at(address, move |asked| match (count.fetch_add(1, Ordering::SeqCst), fake.answer(asked)) {
            (3, Reply::Answer { body, .. }) => Reply::Half { at: body.len() / 2, body },
            (5, reply) => Reply::Late(Duration::from_millis(100), Box::new(reply)),
            (7, _) => Reply::Nothing,
            (_, reply) => reply,
        })
        .await;
    running.until(|taken| taken.texts.len() >= 500).await;
    running.until_said(&["live"]).await;
    let mut came = ids(&running.stop().await.texts);
    came.sort_unstable();
    assert_eq!(came, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_has_no_time_is_counted() {
    let server = Server::start(|_| Reply::ok(r#"{"entries":[{"insertId":"a"},7,{"timestamp":"soon"}]}"#)).await;
    let taken = start(&server, "", StartAt::Beginning, false).end().await;
    assert_eq!((taken.rejected, taken.texts.len()), (3, 0));
}

#[tokio::test]
async fn a_key_that_is_none_is_told() {
    let argument = "gcp-logging://p?credentials_file=/no/such/key.json";
    let running = run(argument, &SourceOptions::default(), NOW);
    running.until_said(&["retrying after 30s", "/no/such/key.json"]).await;
    running.stop().await;
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked() {
    let told = [
        ("gcp-logging://", "has to name a project"),
        ("gcp-logging://p/x", "and nothing else"),
        ("gcp-logging://p?history=0", "from 1 to 100000"),
        ("gcp-logging://p?endpoint=ftp://x", "endpoint=ftp://x: expected such as https://logging.googleapis.com"),
        ("gcp-logging://p?fliter=x", "`filter`"),
    ];
    for (argument, expected) in told {
        let error = open(argument, &SourceOptions::default()).err().unwrap().to_string();
        assert!(error.contains(expected), "{argument}: {error}");
    }
}
