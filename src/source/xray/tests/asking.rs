//! Questions and answers: pages, slices, retrievals, refusals.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Region, answer, refusal, service, shown};
use crate::model::{Names, TraceId, TraceQuery, WantedTrace, Window};
use crate::source::asked::Reply;
use crate::source::xray::search::{SLICE, search};
use crate::source::xray::{fetch, graph, notation};

/// 2017-07-08T00:23:00Z and the hour before.
const WINDOW: Window = Window { from: 1_499_469_780_000_000_000, to: 1_499_473_380_000_000_000 };

fn shown_trace() -> WantedTrace {
    WantedTrace::of(notation::trace_id("1-59602603-23fc5b688855d396af79b496").unwrap())
}

fn summaries(ids: std::ops::Range<u32>, next: Option<&str>) -> Json {
    let summaries: Vec<Json> = ids
        .map(|n| {
            json!({"Id": format!("1-{:08x}-23fc5b688855d396af79b496", 1_499_473_000 - n), "Duration": 0.25,
            "EntryPoint": {"Name": "web"}, "HasFault": n % 2 == 1, "ServiceIds": [{"Name": "web"}, {"Name": "db"}]})
        })
        .collect();
    json!({"TraceSummaries": summaries, "NextToken": next, "TracesProcessedCount": 9})
}

#[tokio::test]
async fn summaries_become_hits() {
    let region = Region::start(|_| answer(&shown("get-trace-summaries.response.json"))).await;
    let query =
        TraceQuery { service: Some("Scorekeep".into()), operation: Some("x".into()), ..TraceQuery::all(WINDOW, 20) };
    let page = search(&region.service, &query, None).await.unwrap();
    let rows: Vec<String> = page
        .hits
        .iter()
        .map(|hit| format!("{} {} {:?} {} {:?}", hit.id, hit.start, hit.duration, hit.operation, hit.errors))
        .collect();
    assert_eq!(
        rows,
        [
            "59602606a43a1ac52fc7ee0eea12a82c 1499473414000000000 Some(84000000) POST /api/session Some(0)",
            "5960260323fc5b688855d396af79b496 1499473411000000000 Some(3232000000) POST /api/user Some(0)",
        ]
    );
    assert_eq!(page.next, None);
    assert!(page.notes[0].contains("`x` was not asked for"), "{:?}", page.notes);
    let asked = region.asked("/TraceSummaries");
    assert_eq!(asked[0]["FilterExpression"], "service(\"Scorekeep\")");
    assert_eq!(
        (asked[0]["StartTime"].as_f64(), asked[0]["TimeRangeType"].as_str()),
        (Some(1_499_469_780.0), Some("Event"))
    );
    let authorization = &region.server.asked()[0].headers["authorization"];
    assert!(authorization.contains("/eu-west-1/xray/aws4_request"), "{authorization}");
    assert!(authorization.contains("host;") && authorization.contains("x-amz-date"), "{authorization}");
}

#[tokio::test]
async fn pages_follow_the_tokens_and_keep_to_the_limit() {
    let region = Region::start(|asked| {
        let body: Json = serde_json::from_str(&asked.body).unwrap();
        answer(&match body["NextToken"].as_str() {
            None => summaries(0..5, Some("a:b")),
            Some("a:b") => summaries(5..5, Some("c")),
            _ => summaries(5..7, None),
        })
    })
    .await;
    let query = TraceQuery::all(WINDOW, 3);
    let (mut ids, mut page, mut sizes) = (Vec::new(), None, Vec::new());
    loop {
        let found = search(&region.service, &query, page.as_deref()).await.unwrap();
        sizes.push(found.hits.len());
        ids.extend(found.hits.iter().map(|hit| (hit.id, hit.errors, hit.services)));
        page = found.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!((sizes, ids.len()), (vec![3, 3, 1], 7));
    assert!(ids.is_sorted_by(|a, b| a.0 > b.0), "{ids:?}");
    assert_eq!((ids[1].1, ids[1].2), (Some(1), Some(2)));
}

#[tokio::test]
async fn long_windows_are_asked_for_in_slices_and_not_for_ever() {
    let region = Region::start(|_| answer(&summaries(0..0, None))).await;
    let window = Window::before(WINDOW.to, 12 * SLICE);
    let page = search(&region.service, &TraceQuery::all(window, 3), None).await.unwrap();
    assert_eq!((page.hits.len(), region.asked("/TraceSummaries").len()), (0, 10));
    let page = search(&region.service, &TraceQuery::all(window, 3), page.next.as_deref()).await.unwrap();
    assert_eq!((page.next, region.asked("/TraceSummaries").len()), (None, 12));
    let asked = region.asked("/TraceSummaries");
    assert_eq!(asked[11]["EndTime"], asked[10]["StartTime"]);
    let trouble = search(&region.service, &TraceQuery::all(window, 3), Some("?")).await.unwrap_err();
    assert!(trouble.why().contains("search anew"));
}

#[tokio::test]
async fn a_trace_is_fetched_by_its_id() {
    let region = Region::start(|_| answer(&shown("batch-get-traces.response.json"))).await;
    let fetched = fetch::trace(&region.service, &shown_trace()).await.unwrap();
    assert_eq!((fetched.spans.len(), fetched.notes.len()), (9, 0));
    assert_eq!(region.asked("/Traces")[0]["TraceIds"], json!(["1-59602603-23fc5b688855d396af79b496"]));
    let large = Region::start(|_| {
        let mut body = shown("batch-get-traces.response.json");
        body["Traces"][0]["LimitExceeded"] = json!(true);
        body["Traces"][0]["Segments"][0]["Document"] = json!("{");
        answer(&body)
    })
    .await;
    let notes = fetch::trace(&large.service, &shown_trace()).await.unwrap().notes.join(" · ");
    assert!(notes.contains("left out segments") && notes.contains("1 segments could not be read"), "{notes}");
    let id = "1-59602603-23fc5b688855d396af79b496";
    let later = Region::start(move |_| answer(&json!({"Traces": [], "UnprocessedTraceIds": [id]}))).await;
    let fetched = fetch::trace(&later.service, &shown_trace()).await.unwrap();
    assert!(fetched.spans.is_empty() && fetched.notes[0].contains("ask again"));
}

#[tokio::test]
async fn transaction_search_is_asked_where_x_ray_has_nothing() {
    let lists = AtomicUsize::new(0);
    let span = |id: u32| {
        json!({"Id": "x", "Document": json!({"traceId": "5960260323fc5b688855d396af79b496",
        "spanId": format!("{id:016x}"), "name": "n", "startTimeUnixNano": 1, "endTimeUnixNano": 2}).to_string()})
    };
    let region = Region::start(move |asked| match asked.path.as_str() {
        "/Traces" => answer(&json!({"Traces": [], "UnprocessedTraceIds": []})),
        "/GetTraceSegmentDestination" => answer(&json!({"Destination": "CloudWatchLogs", "Status": "ACTIVE"})),
        "/StartTraceRetrieval" => answer(&json!({"RetrievalToken": "t"})),
        _ => answer(&match lists.fetch_add(1, Ordering::Relaxed) {
            0 => json!({"RetrievalStatus": "RUNNING", "Traces": []}),
            1 => json!({"RetrievalStatus": "COMPLETE", "Traces": [{"Spans": [span(1)]}], "NextToken": "2"}),
            _ => json!({"RetrievalStatus": "COMPLETE", "Traces": [{"Spans": [span(2), {"Document": "{"}]}]}),
        }),
    })
    .await;
    let fetched = fetch::trace(&region.service, &shown_trace()).await.unwrap();
    assert_eq!((fetched.spans.len(), &*fetched.notes.join(" ")), (2, "1 segments could not be read"));
    let asked = region.asked("/ListRetrievedTraces");
    assert_eq!((asked[0]["TraceFormat"].as_str(), asked[2]["NextToken"].as_str()), (Some("OTEL"), Some("2")));
    let start = &region.asked("/StartTraceRetrieval")[0];
    assert_eq!(start["StartTime"].as_f64(), Some(f64::from(0x5960_2603) - 6.0 * 3600.0));
}

#[tokio::test]
async fn a_trace_that_is_nowhere_is_no_trouble() {
    let region = Region::start(|asked| match asked.path.as_str() {
        "/Traces" => answer(&json!({"Traces": []})),
        _ => answer(&json!({"Destination": "XRay", "Status": "ACTIVE"})),
    })
    .await;
    let fetched = fetch::trace(&region.service, &shown_trace()).await.unwrap();
    assert!(fetched.spans.is_empty() && fetched.notes.is_empty());
    let unknown = Region::start(|asked| match asked.path.as_str() {
        "/Traces" => answer(&json!({"Traces": []})),
        _ => refusal(403, "AccessDeniedException", "no"),
    })
    .await;
    let fetched = fetch::trace(&unknown.service, &shown_trace()).await.unwrap();
    assert!(fetched.notes[0].contains("xray:GetTraceSegmentDestination"), "{:?}", fetched.notes);
    let failed = Region::start(|asked| match asked.path.as_str() {
        "/Traces" => answer(&json!({"Traces": []})),
        "/GetTraceSegmentDestination" => answer(&json!({"Destination": "CloudWatchLogs"})),
        "/StartTraceRetrieval" => answer(&json!({"RetrievalToken": "t"})),
        _ => answer(&json!({"RetrievalStatus": "TIMEOUT"})),
    })
    .await;
    let trouble = fetch::trace(&failed.service, &shown_trace()).await.unwrap_err();
    assert!(trouble.why().contains("ended with TIMEOUT"), "{}", trouble.why());
}

#[tokio::test]
async fn the_service_graph_says_who_called_whom() {
    let region = Region::start(|_| answer(&shown("get-service-graph.response.json"))).await;
    let calls = graph::dependencies(&region.service, WINDOW).await.unwrap();
    let rows: Vec<String> =
        calls.iter().map(|call| format!("{} > {} {} {:?}", call.parent, call.child, call.calls, call.errors)).collect();
    assert_eq!(
        rows,
        [
            "client > xray-sample.elasticbeanstalk.com 4 Some(1)",
            "xray-sample.elasticbeanstalk.com > SNS 2 Some(0)",
            "xray-sample.elasticbeanstalk.com > awseb-e-dixzws4s9p-stack-StartupSignupsTable-4IMSMHAYX2BA 2 Some(0)",
        ]
    );
    let names = graph::names(&region.service, &Names::Services).await.unwrap();
    assert!(names.contains(&"xray-sample.elasticbeanstalk.com".to_owned()) && !names.contains(&"client".to_owned()));
    // Two slices are two questions, and their calls add up.
    let twice = graph::dependencies(&region.service, Window::before(WINDOW.to, 2 * SLICE)).await.unwrap();
    assert_eq!(twice[0].calls, 8);
}

#[tokio::test]
async fn annotations_are_names() {
    let region = Region::start(|_| answer(&shown("get-trace-summaries.response.json"))).await;
    let tags = graph::names(&region.service, &Names::Tags).await.unwrap();
    assert!(tags.contains(&"UserID".to_owned()) && tags.contains(&"http.url".to_owned()), "{tags:?}");
    let values = graph::names(&region.service, &Names::TagValues { tag: "Name".into() }).await.unwrap();
    assert_eq!(values, ["Ola"]);
    assert!(graph::names(&region.service, &Names::Operations { service: "x".into() }).await.unwrap().is_empty());
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    for (status, kind, words) in [
        (403, "AccessDeniedException", &["no.", "xray:GetTraceSummaries"][..]),
        (403, "InvalidSignatureException", &["secret key", "clock"]),
        (403, "ExpiredTokenException", &["expired", "aws sso login"]),
        (403, "UnrecognizedClientException", &["does not know these credentials", "aws configure"]),
        (400, "InvalidRequestException", &["no.", "condition"]),
        (429, "ThrottledException", &["ThrottledException: no."]),
    ] {
        let region = Region::start(move |_| refusal(status, kind, "no.")).await;
        let trouble = region.service.health().await.unwrap_err();
        let place = format!("http://{} answered {kind}", region.server.address);
        assert!(words.iter().all(|word| trouble.why().contains(word)), "{}", trouble.why());
        assert!(trouble.why().starts_with(&place) && !trouble.why().contains("geheim"), "{}", trouble.why());
    }
}

#[tokio::test]
async fn no_answer_and_half_ones_are_told() {
    for reply in [
        (|| Reply::Nothing) as fn() -> Reply,
        || Reply::Half { body: b"{\"TraceSummaries\": []}".to_vec(), at: 9 },
        || Reply::ok("<html>"),
        || Reply::status(502, "<html>bad gateway"),
    ] {
        let region = Region::start(move |_| reply()).await;
        let trouble = region.service.health().await.unwrap_err();
        assert!(trouble.why().contains(&region.server.address.to_string()), "{}", trouble.why());
    }
    let late = Region::start(|_| Reply::Late(Duration::from_secs(60), Box::new(Reply::Nothing))).await;
    let parameters = format!("//eu-west-1?timeout=50ms&endpoint=http://{}&config=/no/such", late.server.address);
    let trouble = service(&parameters).health().await.unwrap_err();
    assert!(trouble.why().contains("looking for AWS credentials") && trouble.why().contains("aws configure"));
    let path = late.config.path().to_str().unwrap();
    let parameters = format!("//eu-west-1?timeout=50ms&endpoint=http://{}&config={path}", late.server.address);
    let trouble = service(&parameters).health().await.unwrap_err();
    assert!(trouble.why().contains("has not answered GetTraceSummaries for 0.05 s"), "{}", trouble.why());
}

#[tokio::test]
async fn health_counts_and_a_link_leads_to_the_console() {
    let region = Region::start(|_| answer(&summaries(0..2, None))).await;
    assert_eq!(region.service.health().await.unwrap(), "eu-west-1, 9 traces in the last minute");
    let id = TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    assert_eq!(
        region.service.link(id).unwrap(),
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#xray:traces/1-4bf92f35-77b34da6a3ce929d0e0e4736"
    );
    assert_eq!((service("//").link(id), service("//").label()), (None, "xray of the usual region".to_owned()));
    assert_eq!(service("//-?link=http://x/{trace_id}").link(id).unwrap(), format!("http://x/{id}"));
    for (rest, words) in [("eu-west-1", "//"), ("//eu-west-1/x", "and nothing else"), ("//a?also=http://x", "also")] {
        let spec = crate::source::SourceSpec { scheme: "xray".into(), rest: rest.into(), ..Default::default() };
        let error = crate::source::xray::service::Service::of(&spec, crate::source::Clock::system()).err().unwrap();
        assert!(error.to_string().contains(words), "{error}");
    }
}
