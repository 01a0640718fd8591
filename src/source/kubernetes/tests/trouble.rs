//! What is said when there is no way to the API server, or it refuses.

use axum::http::StatusCode;

use super::server::kubeconfig;
use super::*;

/// Runs with a kubeconfig, and gives what is said when it has to try again.
async fn told(file: &std::path::Path, place: &str) -> String {
    let mut options = SourceOptions { follow: true, start: StartAt::Beginning, ..SourceOptions::default() };
    options.parameters.insert("kubeconfig".to_owned(), file.to_str().unwrap().to_owned());
    let running = Running::start(registry::open(&format!("k8s://{place}"), &options).unwrap());
    let state = running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    running.stop().await;
    let SourceState::Retrying { why, .. } = state else { panic!("{state:?}") };
    why
}

fn assert_says(why: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| why.contains(part)), "{why}: {parts:?}");
}

#[tokio::test]
async fn a_kubeconfig_that_does_not_do_is_told() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let file = kubeconfig(&closed, "token: t");
    assert_says(&told(file.path(), "").await, &["connecting to http://127.0.0.1:", "refused", "right context?"]);
    let why = told(file.path(), "productoin").await;
    assert_says(&why, &["no context `productoin`", "did you mean `production`?", "there are test, production"]);
    assert_says(&told(std::path::Path::new("/no/such/file"), "").await, &["/no/such/file", "No such file"]);
    let broken = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(broken.path(), "contexts: {").unwrap();
    assert_says(&told(broken.path(), "").await, &["reading the kubeconfig"]);
    std::fs::write(broken.path(), "apiVersion: v1\nkind: Config\n").unwrap();
    assert_says(&told(broken.path(), "").await, &["no current context", "it has none"]);
}

#[tokio::test]
async fn a_credential_plugin_that_does_not_do_is_told() {
    let exec = |command: &str| {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, command: {command}, args: [geheim], interactiveMode: IfAvailable, installHint: get it from your platform team}}"
        )
    };
    let file = kubeconfig("127.0.0.1:1", &exec("no-such-plugin"));
    let why = told(file.path(), "").await;
    assert_says(&why, &["credential plugin `no-such-plugin`", "No such file", "get it from your platform team"]);
    let file = kubeconfig("127.0.0.1:1", &exec("/bin/false"));
    let why = told(file.path(), "").await;
    assert_says(&why, &["`/bin/false` ended with", "kubectl get pods"]);
    assert!(!why.contains("geheim"), "{why}");
}

#[tokio::test]
async fn a_refusal_is_told_with_what_to_do() {
    let errors = include_str!("../../../../tests/fixtures/kubernetes/log_errors.json");
    let errors: Vec<Value> = serde_json::from_str(errors).unwrap();
    let forbidden = errors.iter().find(|error| error["status"] == 403).unwrap()["body"].to_string();
    for (status, body, parts) in [
        (StatusCode::UNAUTHORIZED, "{\"message\":\"Unauthorized\"}", &["401", "Unauthorized", "sign in"][..]),
        (StatusCode::FORBIDDEN, &forbidden, &["403", "User \"dev\"", "can-i list pods"]),
        (StatusCode::NOT_FOUND, "nginx", &["404", "nginx", "right cluster"]),
        (StatusCode::INTERNAL_SERVER_ERROR, "{\"message\":\"etcd\\n down\"}", &["500", "etcd down"]),
    ] {
        let server = Server::start().await;
        server.refuse("/pods", status, body);
        assert_says(&told(server.kubeconfig.path(), "").await, parts);
    }
}

#[tokio::test]
async fn what_is_no_api_server_is_told() {
    let server = Server::start().await;
    for body in ["<html>", "[]", "{\"items\":5}"] {
        server.allow_all();
        server.refuse("/pods", StatusCode::OK, body);
        assert_says(&told(server.kubeconfig.path(), "").await, &["is this an API server?"]);
    }
}

#[tokio::test]
async fn without_the_right_to_events_logs_come() {
    let server = Server::start().await;
    let body = r#"{"message":"events is forbidden: User \"dev\" cannot list resource \"events\"","reason":"Forbidden","code":403}"#;
    server.refuse("/events", StatusCode::FORBIDDEN, body);
    server.set_pod(pod("web-1", "c://1"));
    server.set_log("web-1/web", b"2026-03-01T10:00:00.000000000Z one\n");
    let mut running = run(&server, "test/shop");
    running.take(1).await;
    live(&running, &["1 container", "no events:", "cannot list resource", "can-i list events"]).await;
    running.stop().await;
}

#[tokio::test]
async fn without_the_right_to_logs_that_is_told() {
    let server = Server::start().await;
    server.refuse("/log", StatusCode::FORBIDDEN, r#"{"message":"cannot get resource \"pods/log\""}"#);
    for name in ["web-1", "web-2"] {
        server.set_pod(pod(name, "c://1"));
    }
    let running = run(&server, "test/shop?events=no");
    live(&running, &["no log of web-1 and 1 more:", "403", "can-i get pods --subresource=log"]).await;
    running.stop().await;
    let running = Running::start(source(&server, "test/shop?events=no", StartAt::Tail, false));
    let state = running.wait_for_state(|state| matches!(state, SourceState::Ended(_))).await;
    assert!(matches!(&state, SourceState::Ended(why) if why.contains("no log of web-1 and 1 more")), "{state:?}");
}

#[tokio::test]
async fn a_server_that_comes_back_is_gone_on_with() {
    let server = Server::start().await;
    let one = b"2026-03-01T10:00:00.000000000Z one\n";
    server.set_pod(pod("web-1", "c://1"));
    server.set_log("web-1/web", one);
    let mut running = run(&server, "test/shop?events=no");
    running.take(1).await;
    server.refuse("/pods", StatusCode::SERVICE_UNAVAILABLE, "{}");
    server.end_watch("pods");
    server.end_log("web-1/web");
    running.wait_for_state(|state| matches!(state, SourceState::Retrying { why, .. } if why.contains("503"))).await;
    server.set_log("web-1/web", &[&one[..], b"2026-03-01T10:00:00.500000000Z two\n"].concat());
    server.allow_all();
    assert_eq!(running.take_texts(1).await, ["2026-03-01T10:00:00.500000000Z stdany F two"]);
    live(&running, &["1 pod, 1 container"]).await;
    running.stop().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_again_does_not_count_as_live() {
    let server = Server::start().await;
    let running = run(&server, "test/shop?events=no");
    live(&running, &["no pods yet"]).await;
    server.refuse("watch=1", StatusCode::SERVICE_UNAVAILABLE, "{}");
    server.end_watch("pods");
    running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    server.hush("watch=1");
    let before = server.requests().len();
    server.until(|requests| requests.len() > before).await;
    let state = running.wait_for_state(|_| true).await;
    assert!(matches!(state, SourceState::Retrying { .. }), "{state:?}");
    running.stop().await;
}

/// A proxy that takes one connection after the other to where it is asked to.
async fn proxy() -> (String, tokio::task::JoinHandle<()>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        let mut tunnels = tokio::task::JoinSet::new();
        while let Ok((mut from, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(from.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let place = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
            let mut to = tokio::net::TcpStream::connect(place).await.unwrap();
            from.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            tunnels.spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
        }
    });
    (address, task)
}

#[tokio::test]
async fn a_proxy_of_the_kubeconfig_is_gone_through_and_one_that_is_not_there_is_told() {
    let server = Server::start().await;
    server.set_pod(pod("web-1", "c://1"));
    server.set_log("web-1/web", b"2026-03-01T10:00:00.000000000Z one\n");
    let (address, task) = proxy().await;
    let text = std::fs::read_to_string(server.kubeconfig.path()).unwrap();
    let text = text.replace("{server:", &format!("{{proxy-url: \"http://{address}\", server:"));
    std::fs::write(server.kubeconfig.path(), &text).unwrap();
    let mut running = run(&server, "test/shop?events=no");
    assert_eq!(running.take_texts(1).await, ["2026-03-01T10:00:00.000000000Z stdany F one"]);
    running.stop().await;
    task.abort();
    std::fs::write(server.kubeconfig.path(), text.replace("proxy-url: \"http:", "proxy-url: \"socks5:")).unwrap();
    assert_says(
        &told(server.kubeconfig.path(), "").await,
        &["is behind the proxy at 127.0.0.1", "can not be spoken to"],
    );
}

#[tokio::test]
async fn an_answer_that_does_not_come_does_not_hold_up_the_shutdown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let file = kubeconfig(&listener.local_addr().unwrap().to_string(), "token: t");
    let mut options = SourceOptions { follow: true, ..SourceOptions::default() };
    options.parameters.insert("kubeconfig".to_owned(), file.path().to_str().unwrap().to_owned());
    let running = Running::start(registry::open("k8s:", &options).unwrap());
    let _held = listener.accept().await.unwrap();
    running.stop().await;
}
