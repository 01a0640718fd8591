//! One trace, by both versions of the API and in both encodings.

use super::{Case, recorded, serving, typed, why};
use crate::model::{TraceId, WantedTrace, Window};
use crate::source::asked::Reply;
use crate::source::backend::Backend as _;

const ID: &str = "bbad4eb5153b984404dfd154094bb031";
const NEW: &str = "/api/v2/traces/bbad4eb5153b984404dfd154094bb031";
const OLD: &str = "/api/traces/bbad4eb5153b984404dfd154094bb031";

fn wanted() -> WantedTrace {
    WantedTrace::of(TraceId::from_hex(ID.as_bytes()).unwrap())
}

#[tokio::test]
async fn a_trace_is_asked_for_in_protobuf_and_read_in_either_encoding() {
    let answers: [fn() -> Reply; 2] = [
        || typed("application/protobuf", recorded!("real-2.7.2-v2-trace-bbad4eb5153b984404dfd154094bb031.pb")),
        || typed("application/json; x=y", recorded!("real-2.7.2-v2-trace-bbad4eb5153b984404dfd154094bb031.json")),
    ];
    for answer in answers {
        let (server, tempo) = serving(move |asked| (asked.path == NEW).then(answer)).await;
        let fetched = tempo.trace(&wanted()).await.unwrap();
        assert_eq!((fetched.spans.len(), fetched.notes.len()), (18, 0));
        let asked = &server.asked()[0];
        assert_eq!(asked.headers["accept"], "application/protobuf");
        assert!(asked.query.is_empty(), "no time is known");
    }
}

#[tokio::test]
async fn an_older_server_is_asked_by_the_first_version_and_that_is_remembered() {
    let body = recorded!("real-2.7.2-v1-trace-bbad4eb5153b984404dfd154094bb031.pb");
    let (server, tempo) = serving(move |asked| (asked.path == OLD).then(|| typed("application/protobuf", body))).await;
    for _ in 0..2 {
        assert_eq!(tempo.trace(&wanted()).await.unwrap().spans.len(), 18);
    }
    let paths: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, [NEW, OLD, OLD]);
}

#[tokio::test]
async fn a_trace_that_is_not_there_is_no_trouble_but_a_path_is() {
    let unknown: [fn(&str) -> Option<Reply>; 4] = [
        |path| (path == NEW).then(|| typed("application/json", recorded!("real-2.10.8-trace_v2_404.txt"))),
        |path| (path == NEW).then(|| typed("application/protobuf", b"")),
        |path| (path == OLD).then(|| Reply::status(404, "")),
        |path| (path == OLD).then(|| Reply::status(404, "trace not found\n")),
    ];
    for answer in unknown {
        let (_server, tempo) = serving(move |asked| answer(&asked.path)).await;
        assert!(tempo.trace(&wanted()).await.unwrap().spans.is_empty());
    }
    for page in ["404 page not found\n", "<html>no trace of it</html>"] {
        let (_server, tempo) = serving(move |_| Some(Reply::status(404, page))).await;
        assert!(why(tempo.trace(&wanted()).await).contains("; is this the right server and path?"), "{page}");
    }
}

#[tokio::test]
async fn the_likely_time_is_searched_first_and_then_all_time() {
    let (server, tempo) = serving(|asked| {
        let narrow = asked.query.contains_key("start");
        let body = if narrow {
            recorded!("real-3.0.3-trace_v2_404.txt")
        } else {
            recorded!("real-2.7.2-v2-trace-bbad4eb5153b984404dfd154094bb031.json")
        };
        (asked.path == NEW).then(|| typed("application/json", body))
    })
    .await;
    let window = Some(Window { from: 1_730_291_053_500_000_000, to: 1_730_291_054_000_000_000 });
    let fetched = tempo.trace(&WantedTrace { window, ..wanted() }).await.unwrap();
    assert_eq!(fetched.spans.len(), 18);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!((&*asked[0].query["start"], &*asked[0].query["end"]), ("1730287453", "1730294654"));
}

#[tokio::test]
async fn what_is_missing_or_broken_is_told() {
    let partial = br#"{"trace":{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"AA==","spanId":""}]}]}]},
        "status":"PARTIAL","message":"trace exceeds max size (max bytes: 5000000)"}"#;
    let (_server, tempo) = serving(move |_| Some(typed("application/json", partial))).await;
    let notes = tempo.trace(&wanted()).await.unwrap().notes.join(" · ");
    assert!(
        notes.contains("only a part of this trace: trace exceeds max size") && notes.contains("1 spans"),
        "{notes}"
    );
    let cases: [Case; 5] = [
        (|| Reply::status(422, "trace exceeds max size (max bytes: 5000000)"), "422"),
        (|| Reply::status(400, "trace IDs can't be larger than 128 bits"), "128 bits"),
        (|| typed("application/protobuf", b"\x0a\xff\xff"), "gives no answer of Tempo"),
        (|| typed("text/html", b"<html>"), "not Grafana?"),
        (|| Reply::Half { body: recorded!("real-3.0.3-trace_v2.pb").to_vec(), at: 100 }, "reading from"),
    ];
    for (reply, told) in cases {
        let (_server, tempo) = serving(move |_| Some(reply())).await;
        let said = why(tempo.trace(&wanted()).await);
        assert!(said.contains(told), "{said}");
    }
}

#[tokio::test]
async fn there_is_a_link_only_where_the_user_says_which() {
    let (_server, tempo) = serving(|_| None).await;
    assert_eq!(tempo.link(wanted().id), None);
    // The one that the documentation gives.
    let page = include_str!("../../../../docs/sources/tempo.md");
    let template = page.split_once("link = '").and_then(|(_, rest)| rest.split('\'').next()).unwrap();
    let escaped: String = url::form_urlencoded::byte_serialize(template.as_bytes()).collect();
    let linked = super::open(&format!("//h?link={escaped}")).unwrap().link(wanted().id).unwrap();
    assert_eq!(linked, template.replace("{trace_id}", ID));
}
