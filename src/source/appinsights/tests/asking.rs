//! Questions and answers: queries, pages, ids of any text, refusals.

use std::time::Duration;

use serde_json::json;

use super::{app, query, settings, shown, table};
use crate::model::{Names, TraceId, TraceQuery, WantedTrace, Window};
use crate::source::appinsights::tables::Schema;
use crate::source::appinsights::{kql, search, spans};
use crate::source::asked::Reply;

/// 2026-03-01T09:00:00Z and the hour from then on.
const WINDOW: Window = Window { from: 1_772_355_600_000_000_000, to: 1_772_359_200_000_000_000 };

const HIT: &[(&str, &str)] = &[
    ("trace", "string"),
    ("rank", "datetime"),
    ("role", "string"),
    ("name", "string"),
    ("began", "datetime"),
    ("ended", "datetime"),
    ("spans", "long"),
    ("errors", "long"),
    ("services", "long"),
    ("found", "long"),
    ("ticks", "long"),
];

#[tokio::test]
async fn hits_are_pages_of_summed_up_traces() {
    let (server, service) = app("", |asked| {
        let began = "2026-03-01T09:59:59.1234567Z";
        let row =
            |trace: &str, errors: &str| json!([trace, began, "web", "GET /", began, began, 5, errors, "2", 1, "1500"]);
        let is_next = query(asked).contains("strcmp(trace, \"0qRud6jz3k0=\") > 0");
        let rows = if is_next {
            json!([])
        } else {
            json!([row("e5d21caf619d4ef564a4b5920cadce47", "1"), row("0qRud6jz3k0=", "0")])
        };
        Reply::ok(table(HIT, &rows).to_string())
    })
    .await;
    let asked_for = TraceQuery::all(WINDOW, 2);
    let page = search::search(&service, &asked_for, None).await.unwrap();
    let hit = &page.hits[0];
    assert_eq!(
        (hit.id.to_string().as_str(), hit.start),
        ("e5d21caf619d4ef564a4b5920cadce47", 1_772_359_199_123_456_700)
    );
    assert_eq!((hit.duration, hit.spans, hit.errors, hit.services), (Some(150_000), Some(5), Some(1), Some(2)));
    assert_eq!((&*hit.service, &*hit.operation), ("web", "GET /"));
    let next = search::search(&service, &asked_for, page.next.as_deref()).await.unwrap();
    assert_eq!((next.hits.len(), next.next), (0, None));
    assert_eq!(
        (server.asked()[0].path.as_str(), &*server.asked()[0].headers["authorization"]),
        ("/v1/apps/app-1/query", "Bearer eyJ")
    );
    // The service gives up before we do, and not long before.
    assert_eq!(server.asked()[0].headers["prefer"], "wait=4");
    assert!(query(&server.asked()[1]).contains("began < datetime(2026-03-01T09:59:59.1234567Z)"));
    // The trace whose id is a text is asked for by its text.
    spans::trace(&service, &WantedTrace::of(page.hits[1].id)).await.unwrap();
    let asked = query(&server.asked()[2]);
    assert!(asked.contains("operation_Id == \"0qRud6jz3k0=\""), "{asked}");
    assert!(search::search(&service, &asked_for, Some("x")).await.unwrap_err().why().contains("search anew"));
}

#[tokio::test]
async fn a_trace_is_asked_for_in_all_tables_around_its_time() {
    let shown_rows = shown("apps-query-requests-classic-ids.response.json");
    let (server, service) = app("", move |_| Reply::ok(shown_rows.clone())).await;
    let wanted = WantedTrace::of(TraceId::from_hex(b"e5d21caf619d4ef564a4b5920cadce47").unwrap());
    let fetched = spans::trace(&service, &wanted).await.unwrap();
    assert_eq!(fetched.spans.len(), 2);
    assert_eq!(
        query(&server.asked()[0]),
        "union isfuzzy=true requests, dependencies, pageViews, availabilityResults, exceptions, traces, customEvents\n\
         | where timestamp between (datetime(2025-12-01T11:00:00.0000000Z) .. datetime(2026-03-01T11:00:00.0000000Z))\n\
         | where operation_Id == \"e5d21caf619d4ef564a4b5920cadce47\"\n| order by timestamp asc\n| take 200000"
    );
    let written = Some("a\"b\\\n".to_owned());
    spans::trace(&service, &WantedTrace { written, window: Some(WINDOW), ..wanted }).await.unwrap();
    let asked = query(&server.asked()[1]);
    assert!(asked.contains(r#"operation_Id == "a\"b\\\u000a""#), "{asked}");
    assert!(asked.contains("datetime(2026-03-01T08:00:00.0000000Z) .. datetime(2026-03-01T11:00:00"), "{asked}");
}

#[test]
fn a_search_becomes_conditions_in_either_set_of_names() {
    let all = TraceQuery::all(WINDOW, 20);
    let asked = kql::search(Schema::Workspace, &all, None);
    assert!(
        asked.contains("union isfuzzy=true AppRequests, AppDependencies, AppPageViews, AppAvailabilityResults\n"),
        "{asked}"
    );
    assert!(asked.contains("found = countif(true) by trace") && asked.ends_with("| take 20"), "{asked}");
    assert!(asked.contains("role = tostring(column_ifexists(\"AppRoleName\", \"\"))"), "{asked}");
    let query = TraceQuery {
        service: Some("we\"b".to_owned()),
        operation: Some("GET /".to_owned()),
        tags: vec![
            ("http.response.status_code".into(), "500".into()),
            ("shop.id".into(), "7".into()),
            ("service.name".into(), "a\\".into()),
        ],
        min_duration: Some(1_500_000),
        max_duration: Some(2_000_000_001),
        is_error: true,
        ..all
    };
    let asked = kql::search(Schema::Application, &query, None);
    let conditions = r#"countif(role == "we\"b" and name == "GET /" and length >= 1.500000 and length <= 2000.000001 and failed and resultCode == "500" and tostring(dims["shop.id"]) == "7" and cloud_RoleName == "a\\")"#;
    assert!(asked.contains(conditions), "{asked}");
}

#[tokio::test]
async fn calls_and_names_are_rows() {
    let (server, service) = app("", |asked| {
        let asked = query(asked);
        Reply::ok(if asked.contains("join kind=leftouter") {
            let columns = [("caller", "string"), ("callee", "string"), ("calls", "long"), ("errors", "long")];
            table(&columns, &json!([["web", "cart", 7, "1"], ["cart", null, 1, 0]])).to_string()
        } else if asked.contains("| count") {
            table(&[("Count", "long")], &json!([[12]])).to_string()
        } else {
            table(&[("value", "string")], &json!([["b"], ["a"], ["b"]])).to_string()
        })
    })
    .await;
    let calls = search::dependencies(&service, WINDOW).await.unwrap();
    assert_eq!((calls.len(), &*calls[0].child, calls[0].calls, calls[0].errors), (1, "cart", 7, Some(1)));
    assert_eq!(search::names(&service, &Names::Services).await.unwrap(), ["a", "b"]);
    let tags = search::names(&service, &Names::Tags).await.unwrap();
    assert!(tags.contains(&"url.full".to_owned()) && tags.contains(&"a".to_owned()), "{tags:?}");
    search::names(&service, &Names::Operations { service: "x".into() }).await.unwrap();
    search::names(&service, &Names::TagValues { tag: "k".into() }).await.unwrap();
    assert_eq!(search::health(&service).await.unwrap(), "12 requests in the last 5 minutes");
    let asked: Vec<String> = server.asked().iter().map(query).collect();
    assert!(asked[3].contains("role == \"x\"") && asked[4].contains("value = tostring(dims[\"k\"])"), "{asked:?}");
}

#[tokio::test]
async fn nothing_ingested_is_no_trouble_and_a_part_is_told() {
    let (_server, service) = app("", |_| Reply::status(204, "")).await;
    assert_eq!(search::health(&service).await.unwrap(), "0 requests in the last 5 minutes");
    assert!(search::search(&service, &TraceQuery::all(WINDOW, 2), None).await.unwrap().hits.is_empty());
    let (_server, service) = app("", |_| {
        let mut answer = table(&[("Count", "long")], &json!([[1]]));
        answer["error"] =
            json!({"code": "PartialError", "message": "slow", "details": [{"code": "EngineError", "message": "late"}]});
        Reply::ok(answer.to_string())
    })
    .await;
    let told = search::health(&service).await.unwrap();
    assert_eq!(told, "1 requests in the last 5 minutes · only a part: EngineError: late");
    assert_eq!(search::search(&service, &TraceQuery::all(WINDOW, 2), None).await.unwrap().notes.len(), 1);
}

#[tokio::test]
async fn each_refusal_is_told_by_its_innermost_words() {
    for (file, words) in [
        ("400-BadArgumentError-SyntaxError", &["400", "SyntaxError: Syntax Error"][..]),
        ("401-AuthenticationFailed", &["401", "header is missing", "say who you are"]),
        (
            "403-InsufficientAccessError-UnauthorizedClient",
            &["403", "UnauthorizedClient: The service principal", "may not read"],
        ),
        ("403-InsufficientAccessError", &["InsufficientAccessError: The provided credentials"]),
        ("403-InvalidAuthenticationToken", &["The access token is invalid"]),
        ("403-InvalidAuthenticationTokenAudience", &["wrong audience"]),
        ("403-token-endpoint-invalid_grant", &["invalid_grant", "AADSTS70002"]),
        ("404-PathNotFoundError", &["PathNotFoundError", "right server and path"]),
    ] {
        let body = shown(&format!("errors/{file}.json"));
        let status: u16 = file.split('-').next().unwrap().parse().unwrap();
        let (_server, service) = app("", move |_| Reply::status(status, body.clone())).await;
        let trouble = search::health(&service).await.unwrap_err();
        assert!(words.iter().all(|word| trouble.why().contains(word)), "{file}: {}", trouble.why());
        assert!(!trouble.why().contains("eyJ"), "{}", trouble.why());
    }
}

#[tokio::test]
async fn a_key_is_sent_as_one_and_told_to_be_retired() {
    let (server, service) =
        app("api_key_command=printf%20k-1", |_| Reply::status(403, shown("errors/403-InsufficientAccessError.json")))
            .await;
    let trouble = search::health(&service).await.unwrap_err();
    assert!(trouble.why().contains("; Azure retired API keys") && !trouble.why().contains("k-1"), "{}", trouble.why());
    assert_eq!(trouble.why().matches("; ").count(), 1, "{}", trouble.why());
    let headers = &server.asked()[0].headers;
    assert_eq!((&*headers["x-api-key"], headers.get("authorization")), ("k-1", None));
}

#[tokio::test]
async fn no_answer_and_half_ones_are_told_and_the_next_question_signs_in_anew() {
    for reply in [
        (|| Reply::Nothing) as fn() -> Reply,
        || Reply::Half { body: b"{\"tables\": []}".to_vec(), at: 9 },
        || Reply::ok(""),
        || Reply::status(504, "<html>timed out"),
    ] {
        let (server, service) = app("", move |_| reply()).await;
        let trouble = search::health(&service).await.unwrap_err();
        assert!(trouble.why().contains(&server.address.to_string()), "{}", trouble.why());
    }
    let (_server, service) = app("token_command=printf%20eyJ&timeout=50ms", |_| {
        Reply::Late(Duration::from_secs(60), Box::new(Reply::Nothing))
    })
    .await;
    assert!(search::health(&service).await.unwrap_err().why().contains("waiting too long"));
    let (server, service) = app("token_command=date%20%2B%25N", |_| Reply::status(401, "{}")).await;
    for _ in 0..2 {
        search::health(&service).await.unwrap_err();
    }
    let [first, second] = &server.asked()[..] else { panic!("two questions") };
    assert_ne!(first.headers["authorization"], second.headers["authorization"]);
}

#[test]
fn a_place_is_read_from_its_uri() {
    let id = TraceId::from_hex(b"e5d21caf619d4ef564a4b5920cadce47").unwrap();
    let app = settings("//a-1?link=https://portal/{trace_id}").unwrap();
    assert_eq!((&*app.path(), app.schema, &*app.shown()), ("/v1/apps/a-1/query", Schema::Application, "a-1"));
    assert_eq!(app.link.as_ref().unwrap().fill(id), format!("https://portal/{id}"));
    let workspace = settings("//workspace/w-1").unwrap();
    assert_eq!((&*workspace.path(), &*workspace.shown()), ("/v1/workspaces/w-1/query", "workspace w-1"));
    assert_eq!(
        (&*workspace.audience, &*app.audience),
        ("https://api.loganalytics.io", "https://api.applicationinsights.io")
    );
    assert_eq!(settings("//a-1?audience=https://x/").unwrap().audience, "https://x");
    assert_eq!((workspace.server.base(), workspace.link.is_none()), ("https://api.loganalytics.azure.com:443", true));
    for (rest, words) in [
        ("//", "names no application"),
        ("//workspace", "//workspace/ID"),
        ("//a/b", "nothing else"),
        ("//a?also=http://x", "also"),
        ("//a?lookback=long", "lookback"),
        ("//a?link=portal", "link=portal"),
    ] {
        assert!(settings(rest).err().unwrap().contains(words), "{rest}");
    }
}
