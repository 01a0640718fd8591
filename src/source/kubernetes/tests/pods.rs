//! Pods that come and go, watches that end, and events.

use super::*;

fn text(second: u32, text: &str) -> Vec<u8> {
    format!("2026-03-01T10:00:{second:02}.000000000Z {text}\n").into_bytes()
}

fn add(server: &Server, name: &str, said: &str) {
    server.set_log(&format!("{name}/web"), &text(1, said));
    server.set_pod(pod(name, &format!("c://{name}")));
}

async fn said(running: &mut Running, count: usize) -> Vec<String> {
    let mut said: Vec<_> =
        running.take_texts(count).await.iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
    said.sort();
    said
}

#[tokio::test]
async fn pods_are_followed_as_they_come_and_forgotten_as_they_go() {
    let server = Server::start().await;
    let mut running = run(&server, "test/shop/web-*?events=no");
    live(&running, &["no pods yet"]).await;
    add(&server, "db-1", "not-asked-for");
    add(&server, "web-1", "one");
    assert_eq!(said(&mut running, 1).await, ["one"]);
    add(&server, "web-2", "two");
    assert_eq!(said(&mut running, 1).await, ["two"]);
    live(&running, &["2 pods, 2 containers"]).await;
    server.delete_pod("uid-web-1", true);
    server.write("web-1/web", &text(2, "last-words"));
    assert_eq!(said(&mut running, 1).await, ["last-words"]);
    server.end_log("web-1/web");
    live(&running, &["1 pod, 1 container"]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_pod_that_waits_is_followed_when_it_runs() {
    let server = Server::start().await;
    let mut waiting = pod("web-1", "");
    waiting["status"]["containerStatuses"][0]["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
    server.set_pod(waiting);
    let mut running = run(&server, "test/shop?events=no");
    live(&running, &["1 pod, 0 containers"]).await;
    add(&server, "web-1", "created");
    assert_eq!(said(&mut running, 1).await, ["created"]);
    running.stop().await;
}

#[tokio::test]
async fn a_watch_that_ends_goes_on_where_it_was() {
    let server = Server::start().await;
    add(&server, "web-1", "one");
    let mut running = run(&server, "test/shop/app=web?events=no&field_selector=spec.nodeName%3Dnode-1");
    server.until_asked(&["/pods&", "labelSelector=app=web", "fieldSelector=spec.nodeName=node-1"]).await;
    said(&mut running, 1).await;
    server.tell("pods", r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"12746"}}}"#);
    server.end_watch("pods");
    server.until_asked(&["watch=1", "resourceVersion=12746", "allowWatchBookmarks=true"]).await;
    assert_eq!(server.requests().iter().filter(|request| request.contains("limit=")).count(), 1);
    running.stop().await;
}

#[tokio::test]
async fn what_the_server_has_forgotten_is_listed_again() {
    let expired = r#"{"kind":"Status","status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired","code":410}"#;
    for is_event in [true, false] {
        let server = Server::start().await;
        add(&server, "web-1", "one");
        add(&server, "web-2", "two");
        let mut running = run(&server, "test/shop?events=no");
        said(&mut running, 2).await;
        if is_event {
            server.tell("pods", &format!(r#"{{"type":"ERROR","object":{expired}}}"#));
        } else {
            server.refuse("watch=1", axum::http::StatusCode::GONE, expired);
        }
        // What happens meanwhile is told to nobody.
        server.delete_pod("uid-web-1", false);
        server.end_log("web-1/web");
        server.end_watch("pods");
        let is_list = |request: &&String| request.contains("limit=") && !request.contains("metadata.name=");
        server.until(|requests| requests.iter().filter(is_list).count() >= 2).await;
        server.allow_all();
        add(&server, "web-3", "three");
        assert_eq!(said(&mut running, 1).await, ["three"], "{is_event}");
        live(&running, &["2 pods, 2 containers"]).await;
        running.expect_nothing_for(Duration::from_millis(20)).await;
        running.stop().await;
    }
}

#[tokio::test]
async fn what_is_no_event_of_a_watch_does_no_harm() {
    let server = Server::start().await;
    let mut running = run(&server, "test/shop?events=no");
    server.until_asked(&["watch=1"]).await;
    for garbage in ["", "{", "\u{1}\u{2}", r#"{"type":"ADDED","object":{"metadata":{"name":5}}}"#, r#"{"type":7}"#] {
        server.tell("pods", garbage);
    }
    add(&server, "web-1", "still-here");
    assert_eq!(said(&mut running, 1).await, ["still-here"]);
    running.stop().await;
}

fn events_of(lines: &[String]) -> Vec<String> {
    let shown = |line: &String| {
        let line: Value = serde_json::from_str(line).unwrap();
        format!(
            "{} {} {}",
            line["level"].as_str().unwrap(),
            line["k8s.event.reason"].as_str().unwrap(),
            line["k8s.event.count"]
        )
    };
    lines.iter().map(shown).collect()
}

#[tokio::test]
async fn each_event_is_shown_once_with_its_level() {
    let server = Server::start().await;
    server.set_pod(pod("web-1", "c://1"));
    server.set_log("web-1/web", b"");
    server.set_event(event("e1", "web-1", "Normal", "Started", 1));
    server.set_event(event("e2", "web-1", "Warning", "BackOff", 3));
    let mut running = run(&server, "test/shop/app=web");
    let first = running.take(2).await;
    assert_eq!(first[0].origin.as_deref(), Some("web-1"));
    let first: Vec<_> = first.iter().map(|line| String::from_utf8(line.text.clone()).unwrap()).collect();
    assert_eq!(events_of(&first), ["info Started 1", "warn BackOff 3"]);
    let line: Value = serde_json::from_str(&first[1]).unwrap();
    assert_eq!((&line["time"], &line["component"]), (&json!("2026-03-01T10:00:03Z"), &json!("kubelet")));
    server.until_asked(&["/events", "watch=1", "involvedObject.kind=Pod"]).await;
    // The same again, a new count, and one of a pod that is not asked for.
    server.set_event(event("e2", "web-1", "Warning", "BackOff", 3));
    server.set_event(event("e9", "other-1", "Warning", "BackOff", 1));
    server.set_event(event("e2", "web-1", "Warning", "BackOff", 4));
    assert_eq!(events_of(&running.take_texts(1).await), ["warn BackOff 4"]);
    // Listed again, nothing is new.
    server.tell("events", r#"{"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410}}"#);
    server
        .until(|requests| {
            requests.iter().filter(|request| request.contains("/events") && request.contains("limit=")).count() == 2
        })
        .await;
    server.set_event(event("e3", "web-1", "Warning", "Unhealthy", 1));
    assert_eq!(events_of(&running.take_texts(1).await), ["warn Unhealthy 1"]);
    running.stop().await;
}

#[tokio::test]
async fn an_event_waits_for_its_pod() {
    let server = Server::start().await;
    let mut running = run(&server, "test/shop/app=web");
    server.until_asked(&["/events", "watch=1"]).await;
    server.set_event(event("e1", "web-1", "Normal", "Scheduled", 1));
    server.until_asked(&["/pods", "watch=1"]).await;
    server.set_log("web-1/web", b"");
    server.set_pod(pod("web-1", "c://1"));
    assert_eq!(events_of(&running.take_texts(1).await), ["info Scheduled 1"]);
    running.stop().await;
}

#[tokio::test]
async fn a_container_without_memory_is_an_error() {
    let server = Server::start().await;
    server.set_pod(pod("web-1", "c://1"));
    server.set_log("web-1/web", b"");
    let mut running = run(&server, "test/shop");
    live(&running, &["1 pod"]).await;
    for _ in 0..2 {
        server.set_pod(restarted("web-1", "c://1", "c://2", "OOMKilled"));
    }
    let line: Value = serde_json::from_str(&running.take_texts(1).await[0]).unwrap();
    assert_eq!((&line["level"], &line["time"]), (&json!("error"), &json!("2026-03-01T10:04:58Z")));
    assert!(line["msg"].as_str().unwrap().contains("the container web ran out of memory"), "{line}");
    running.expect_nothing_for(Duration::from_millis(20)).await;
    running.stop().await;
}
