//! The source against an API server that speaks as kube-apiserver does.

mod logs;
mod pods;
pub(in crate::source) mod server;
mod trouble;

use std::time::Duration;

use serde_json::{Value, json};

use super::KubernetesSource;
use super::follower::Waits;
use super::instance::instances;
use super::object::{Event, Pod};
use super::target::Target;
use super::watch::{Change, Watch};
use crate::config::{SourceOptions, StartAt};
use crate::source::collected_lines::Running;
use crate::source::{Source, SourceSpec, SourceState, registry};
use server::Server;

/// Nothing to wait for: here pods tell at once what has become of their containers.
const WAITS: Waits = Waits { quiet: Duration::from_secs(300), settle: Duration::from_millis(5) };

/// A source of `place?parameters` with the server's kubeconfig.
fn source(server: &Server, place: &str, start: StartAt, follow: bool) -> Box<dyn Source> {
    let mut options = SourceOptions { start, follow, ..SourceOptions::default() };
    let path = server.kubeconfig.path().to_str().unwrap().to_owned();
    options.parameters.insert("kubeconfig".to_owned(), path);
    let spec = SourceSpec { scheme: "k8s".to_owned(), rest: format!("//{place}"), options };
    Box::new(KubernetesSource { target: Target::of(&spec).unwrap(), waits: WAITS })
}

/// The source runs, from the beginning of everything.
fn run(server: &Server, place: &str) -> Running {
    Running::start(source(server, place, StartAt::Beginning, true))
}

/// A pod of one container that runs with this id.
pub(in crate::source) fn pod(name: &str, id: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "shop/web:1.4"}]},
        "status": {"phase": "Running", "containerStatuses": [running("web", id, 0)]}
    })
}

fn running(name: &str, id: &str, restarts: u32) -> Value {
    json!({"name": name, "ready": true, "restartCount": restarts, "containerID": id,
        "state": {"running": {"startedAt": "2026-03-01T10:00:00Z"}}})
}

fn terminated(id: &str, reason: &str) -> Value {
    json!({"terminated": {"exitCode": 137, "reason": reason, "startedAt": "2026-03-01T10:00:00Z",
        "finishedAt": "2026-03-01T10:04:58Z", "containerID": id}})
}

/// The container has ended with this id, and another runs.
fn restarted(name: &str, old: &str, new: &str, reason: &str) -> Value {
    let mut pod = pod(name, new);
    pod["status"]["containerStatuses"][0]["restartCount"] = 1.into();
    pod["status"]["containerStatuses"][0]["lastState"] = terminated(old, reason);
    pod
}

fn event(uid: &str, pod: &str, kind: &str, reason: &str, count: u32) -> Value {
    json!({
        "metadata": {"name": format!("{pod}.{uid}"), "namespace": "shop", "uid": uid},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": pod, "uid": format!("uid-{pod}"),
            "fieldPath": "spec.containers{web}"},
        "reason": reason, "message": "what happened", "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": "2026-03-01T10:00:00Z", "lastTimestamp": format!("2026-03-01T10:00:{count:02}Z"),
        "count": count, "type": kind, "eventTime": null, "reportingComponent": ""
    })
}

async fn live(running: &Running, parts: &[&str]) -> SourceState {
    let is_live = |state: &SourceState| match state {
        SourceState::Live(text) => parts.iter().all(|part| text.contains(part)),
        _ => false,
    };
    running.wait_for_state(is_live).await
}

fn target(argument: &str) -> Target {
    let rest = argument.strip_prefix("k8s:").unwrap().to_owned();
    Target::of(&SourceSpec { scheme: "k8s".to_owned(), rest, options: SourceOptions::default() }).unwrap()
}

#[test]
fn a_target_is_read_from_its_uri() {
    use super::target::Namespace::{All, Current, One};
    for (argument, context, namespace, labels, label) in [
        ("k8s:", None, Current, None, "k8s"),
        ("k8s://", None, Current, None, "k8s"),
        ("k8s://-/-/*", None, Current, None, "k8s"),
        ("k8s://prod", Some("prod"), Current, None, "k8s prod"),
        ("k8s://prod/*", Some("prod"), All, None, "k8s prod/*"),
        ("k8s:///shop/web-*", None, One("shop".to_owned()), None, "k8s shop/web-*"),
        (
            "k8s://me@prod:1/shop/app=a,tier!=b",
            Some("me@prod:1"),
            One("shop".to_owned()),
            Some("app=a,tier!=b"),
            "k8s me@prod:1/shop/app=a,tier!=b",
        ),
        (
            "k8s://arn:aws:eks:eu:1:cluster%2Fx/shop/app in (a,b)",
            Some("arn:aws:eks:eu:1:cluster/x"),
            One("shop".to_owned()),
            Some("app in (a,b)"),
            "k8s arn:aws:eks:eu:1:cluster/x/shop/app in (a,b)",
        ),
        ("k8s://?label_selector=app", None, Current, Some("app"), "k8s app"),
        ("k8s:///shop/a=b?label_selector=!c", None, One("shop".to_owned()), Some("a=b,!c"), "k8s shop/a=b,!c"),
    ] {
        let got = target(argument);
        let read = (got.context.as_deref(), &got.namespace, got.labels.as_deref(), &*got.label());
        assert_eq!(read, (context, &namespace, labels, label), "{argument}");
    }
    let web = target("k8s:///shop/web-*?container=app*,side&exclude_container=side");
    assert!(web.has_pod("web-1") && !web.has_pod("db-1"));
    assert!(web.has_container("app-2") && !web.has_container("side") && !web.has_container("db"));
}

#[test]
fn a_target_that_is_none_says_why() {
    for (argument, expected) in [
        ("k8s://*/shop", "one context"),
        ("k8s:///shop/web-[", "pattern"),
        ("k8s:///shop?tial=5", "did you mean `tail`"),
        ("k8s:///shop?tail=all", "whole number"),
    ] {
        let error = registry::open(argument, &SourceOptions::default()).err().unwrap().to_string();
        assert!(error.contains(expected), "{argument}: {error}");
    }
}

#[test]
fn a_container_is_told_by_the_names_of_the_conventions() {
    let mut pod = pod("web-7f9c-x2x", "containerd://0a1b");
    pod["metadata"]["labels"] = json!({"pod-template-hash": "7f9c", "app.kubernetes.io/name": "checkout"});
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "web-7f9c"}]);
    let read: Pod = serde_json::from_value(pod.clone()).unwrap();
    let found = instances(&read, &target("k8s:"), true);
    let [web] = &*found else { panic!("{found:?}") };
    let told: Vec<String> = web.resource.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        told.join(" "),
        "k8s.namespace.name=shop k8s.pod.name=web-7f9c-x2x k8s.pod.uid=uid-web-7f9c-x2x k8s.node.name=node-1 \
         k8s.deployment.name=web service.name=checkout k8s.container.name=web container.id=0a1b \
         k8s.container.restart_count=0 container.image.name=shop/web container.image.tags=[\"1.4\"]"
    );
    assert_eq!(&*web.origin, "shop/web-7f9c-x2x");
    pod["spec"]["initContainers"] = json!([{"name": "init", "image": "busybox"}]);
    pod["metadata"]["labels"] = Value::Null;
    let read: Pod = serde_json::from_value(pod).unwrap();
    let [web] = &*instances(&read, &target("k8s:"), false) else { panic!("one container has run") };
    assert_eq!(&*web.origin, "web-7f9c-x2x/web");
    assert_eq!(web.resource.attributes.text("k8s.replicaset.name"), Some("web-7f9c"));
    assert_eq!(web.resource.attributes.text("service.name"), Some("web-7f9c"));
}

#[test]
fn a_watch_is_read_line_by_line() {
    let text = include_str!("../../../../tests/fixtures/kubernetes/pod_watch.jsonl");
    let mut watch = Watch::new("pods", Vec::new());
    let kinds: Vec<String> = text
        .lines()
        .map(|line| match watch.read::<Pod>(line.as_bytes(), "server").unwrap() {
            Change::Is(pod) => {
                let found = instances(&pod, &target("k8s:///shop?previous=yes"), false);
                let found: Vec<_> = found.iter().map(|one| format!("{:?} {}", one.phase, one.key.id)).collect();
                found.join(", ")
            }
            Change::Gone(pod) => format!("gone {}", pod.metadata.name),
            other => format!("{other:?}"),
        })
        .collect();
    let restarted = "Previous containerd://0a1b, Running containerd://0a1c";
    assert_eq!(kinds, ["", "Running containerd://0a1b", "Nothing", restarted, "gone web-1", "Nothing"]);
    assert!(watch.has_expired());
    for garbage in ["", "{", "[]", "{\"type\":\"ADDED\"}", "{\"type\":\"ADDED\",\"object\":{\"spec\":5}}", "\u{0}"] {
        assert!(matches!(watch.read::<Pod>(garbage.as_bytes(), ""), Ok(Change::Garbled)), "{garbage}");
    }
}

#[test]
fn events_of_real_clusters_are_read() {
    let list = include_str!("../../../../tests/fixtures/kubernetes/fluentbit_eventlist_v1_with_lastTimestamp.json");
    let list: super::object::List<Event> = serde_json::from_str(list).unwrap();
    assert_eq!((list.items.len(), &*list.metadata.resource_version), (1, "177157"));
    assert_eq!(list.items[0].reason, "LeaderElection");
    let line = include_str!("../../../../tests/fixtures/kubernetes/fluentbit_watch_v1_with_lastTimestamp.json");
    let change = Watch::new("events", Vec::new()).read::<Event>(line.as_bytes(), "").unwrap();
    let Change::Is(event) = change else { panic!("{change:?}") };
    assert_eq!((&*event.reason, event.count, &*event.involved_object.kind), ("FailedMount", Some(16), "Pod"));
}
