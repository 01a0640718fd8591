//! An API server for tests: it answers lists, watches, pods and logs as kube-apiserver does, and can be told to break.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// What a log has, and whether more may come.
#[derive(Default, Clone)]
struct Log {
    text: Vec<u8>,
    has_ended: bool,
    /// Which file it is; an answer ends with its file.
    file: usize,
}

#[derive(Default)]
struct Inner {
    pods: Vec<Value>,
    events: Vec<Value>,
    version: u64,
    watches: BTreeMap<&'static str, mpsc::Sender<Bytes>>,
    /// What was told, of which resource, and at which version: a watch begins with what came after its own.
    journal: Vec<(u64, &'static str, String)>,
    /// By `pod/container`, with `!` behind it for the previous one.
    logs: BTreeMap<String, Log>,
    files: usize,
    /// After how many bytes the next answer with a log breaks.
    breaks: Option<usize>,
    /// Whether answers with a log bring nothing of what is written now.
    stalls: bool,
    /// Which requests are refused, by a part of their path and query, and how.
    refusals: Vec<(String, StatusCode, String)>,
    /// Which requests get no answer, by a part of their path and query.
    hushed: Option<String>,
    requests: Vec<String>,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Notify,
}

/// The server; ends when it is dropped.
pub(in crate::source) struct Server {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    pub(in crate::source) kubeconfig: tempfile::NamedTempFile,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(in crate::source) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared::default());
        shared.inner.lock().unwrap().version = 100;
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, task, kubeconfig: kubeconfig(&address, "token: t") }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap()
    }

    /// Adds or changes a pod, and tells who watches.
    pub(in crate::source) fn set_pod(&self, mut pod: Value) {
        let kind = {
            let mut inner = self.inner();
            inner.version += 1;
            pod["metadata"]["resourceVersion"] = inner.version.to_string().into();
            let uid = pod["metadata"]["uid"].clone();
            let known = inner.pods.iter_mut().find(|known| known["metadata"]["uid"] == uid);
            if let Some(known) = known {
                *known = pod.clone();
                "MODIFIED"
            } else {
                inner.pods.push(pod.clone());
                "ADDED"
            }
        };
        self.tell("pods", &json!({"type": kind, "object": pod}).to_string());
    }

    /// Removes a pod from the list and, if `tells`, says so.
    pub(in crate::source) fn delete_pod(&self, uid: &str, tells: bool) {
        let pod = {
            let mut inner = self.inner();
            inner.version += 1;
            let at = inner.pods.iter().position(|pod| pod["metadata"]["uid"] == uid).unwrap();
            inner.pods.remove(at)
        };
        if tells {
            self.tell("pods", &json!({"type": "DELETED", "object": pod}).to_string());
        }
    }

    pub(in crate::source) fn set_event(&self, mut event: Value) {
        let mut inner = self.inner();
        inner.version += 1;
        event["metadata"]["resourceVersion"] = inner.version.to_string().into();
        let uid = event["metadata"]["uid"].clone();
        inner.events.retain(|known| known["metadata"]["uid"] != uid);
        inner.events.push(event.clone());
        drop(inner);
        self.tell("events", &json!({"type": "ADDED", "object": event}).to_string());
    }

    /// Sends a line to who watches, if anybody does.
    pub(in crate::source) fn tell(&self, resource: &'static str, line: &str) {
        let mut inner = self.inner();
        let version = inner.version;
        inner.journal.push((version, resource, line.to_owned()));
        if let Some(watch) = inner.watches.get(resource) {
            watch.try_send(Bytes::from(format!("{line}\n"))).ok();
        }
    }

    /// Ends a watch.
    pub(in crate::source) fn end_watch(&self, resource: &str) {
        self.inner().watches.remove(resource);
    }

    pub(in crate::source) fn write(&self, log: &str, text: &[u8]) {
        self.inner().logs.entry(log.to_owned()).or_default().text.extend_from_slice(text);
        self.shared.changed.notify_waiters();
    }

    pub(in crate::source) fn set_log(&self, log: &str, text: &[u8]) {
        let mut inner = self.inner();
        inner.files += 1;
        let file = inner.files;
        inner.logs.insert(log.to_owned(), Log { text: text.to_vec(), has_ended: false, file });
        drop(inner);
        self.shared.changed.notify_waiters();
    }

    /// The container of a log ends: so do the answers.
    pub(in crate::source) fn end_log(&self, log: &str) {
        self.inner().logs.entry(log.to_owned()).or_default().has_ended = true;
        self.shared.changed.notify_waiters();
    }

    /// The container restarts: its log is the previous one now, and begins anew.
    pub(in crate::source) fn rotate(&self, log: &str) {
        let old = self.inner().logs.remove(log).unwrap();
        self.inner().logs.insert(format!("{log}!"), Log { has_ended: true, ..old });
        self.set_log(log, b"");
    }

    /// The next answer with a log breaks after so many bytes.
    pub(in crate::source) fn break_after(&self, bytes: usize) {
        self.inner().breaks = Some(bytes);
    }

    pub(in crate::source) fn stall(&self, stalls: bool) {
        self.inner().stalls = stalls;
    }

    /// Refuses requests that have `part` in their path and query.
    pub(in crate::source) fn refuse(&self, part: &str, status: StatusCode, body: &str) {
        self.inner().refusals.push((part.to_owned(), status, body.to_owned()));
    }

    /// Gives no answer to requests that have `part` in their path and query.
    pub(in crate::source) fn hush(&self, part: &str) {
        self.inner().hushed = Some(part.to_owned());
    }

    pub(in crate::source) fn allow_all(&self) {
        self.inner().refusals.clear();
    }

    /// All requests so far, decoded.
    pub(in crate::source) fn requests(&self) -> Vec<String> {
        self.inner().requests.clone()
    }

    /// Waits until a request has all of `parts` in it.
    pub(in crate::source) async fn until_asked(&self, parts: &[&str]) {
        self.until(|requests| requests.iter().any(|request| parts.iter().all(|part| request.contains(part)))).await;
    }

    pub(in crate::source) async fn until(&self, enough: impl Fn(&[String]) -> bool) {
        let asked = async {
            while !enough(&self.requests()) {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        let in_time = tokio::time::timeout(crate::source::collected::DEADLINE, asked).await.is_ok();
        assert!(in_time, "{:#?}", self.requests());
    }
}

/// A kubeconfig with two contexts for a server at `address`.
pub(super) fn kubeconfig(address: &str, user: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters:\n- name: c\n  cluster: {{server: \"http://{address}\"}}\n\
         users:\n- name: u\n  user: {{{user}}}\n\
         contexts:\n- name: test\n  context: {{cluster: c, user: u, namespace: shop}}\n\
         - name: production\n  context: {{cluster: c, user: u}}\n"
    )
    .unwrap();
    file
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let shown = query.iter().fold(path.clone(), |shown, (name, value)| format!("{shown}&{name}={value}"));
    let (is_hushed, refused) = {
        let mut inner = shared.inner.lock().unwrap();
        inner.requests.push(shown.clone());
        let is_hushed = inner.hushed.as_ref().is_some_and(|part| shown.contains(part));
        (is_hushed, inner.refusals.iter().find(|(part, ..)| shown.contains(part)).cloned())
    };
    if is_hushed {
        return std::future::pending().await;
    }
    if let Some((_, status, body)) = refused {
        return (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let parts: Vec<&str> = path.split('/').skip(3).collect();
    match parts.as_slice() {
        ["namespaces", _, resource] | [resource] if query.contains_key("watch") => {
            watch(&shared, resource, query["resourceVersion"].parse().unwrap())
        }
        ["namespaces", _, resource] | [resource] => list(&shared, resource),
        ["namespaces", _, "pods", name] => {
            let inner = shared.inner.lock().unwrap();
            let pod = inner.pods.iter().find(|pod| pod["metadata"]["name"] == *name);
            pod.map_or_else(|| not_found(name), |pod| json_of(pod.to_string()))
        }
        ["namespaces", _, "pods", name, "log"] => log(shared, name, &query),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn json_of(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn not_found(name: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 404,
        "message": format!("pods \"{name}\" not found"), "reason": "NotFound"});
    (StatusCode::NOT_FOUND, body.to_string()).into_response()
}

fn list(shared: &Shared, resource: &str) -> Response {
    let inner = shared.inner.lock().unwrap();
    let items = if resource == "pods" { &inner.pods } else { &inner.events };
    let version = inner.version.to_string();
    json_of(
        json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items})
            .to_string(),
    )
}

fn watch(shared: &Shared, resource: &str, version: u64) -> Response {
    let (sender, receiver) = mpsc::channel(1000);
    let name = if resource == "pods" { "pods" } else { "events" };
    let mut inner = shared.inner.lock().unwrap();
    for (_, _, line) in inner.journal.iter().filter(|(at, of, _)| *at > version && *of == name) {
        sender.try_send(Bytes::from(format!("{line}\n"))).unwrap();
    }
    inner.watches.insert(name, sender);
    let lines = stream::unfold(receiver, |mut receiver| async {
        let line = receiver.recv().await?;
        Some((Ok::<_, std::io::Error>(line), receiver))
    });
    Response::new(Body::from_stream(lines))
}

/// The whole lines of `text` that are wanted.
fn wanted(text: &[u8], query: &BTreeMap<String, String>) -> Vec<u8> {
    let since = query.get("sinceTime").map(|time| time.trim_end_matches('Z').as_bytes().to_vec());
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let tail = query.get("tailLines").map_or(lines.len(), |tail| tail.parse().unwrap());
    let lines = lines.iter().skip(lines.len().saturating_sub(tail));
    lines
        .filter(|line| since.as_ref().is_none_or(|since| line[..19] >= since[..]))
        .copied()
        .collect::<Vec<_>>()
        .concat()
}

fn log(shared: Arc<Shared>, pod: &str, query: &BTreeMap<String, String>) -> Response {
    let is_previous = query.contains_key("previous");
    let name = format!("{pod}/{}{}", query["container"], if is_previous { "!" } else { "" });
    let (first, sent, file, breaks) = {
        let mut inner = shared.inner.lock().unwrap();
        let Some(log) = inner.logs.get(&name).cloned() else {
            let body = json!({"kind": "Status", "code": 400, "reason": "BadRequest",
                "message": format!("previous terminated container \"{name}\" not found")});
            return (StatusCode::BAD_REQUEST, body.to_string()).into_response();
        };
        (wanted(&log.text, query), log.text.len(), log.file, inner.breaks.take())
    };
    let follows = query.contains_key("follow");
    let state = (shared, name, Some(first), sent, breaks);
    let chunks = stream::unfold(state, move |(shared, name, first, mut sent, mut left)| async move {
        let mut chunk = first.unwrap_or_default();
        loop {
            if let Some(bytes) = &mut left {
                chunk.truncate(*bytes);
                *bytes -= chunk.len();
            }
            if !chunk.is_empty() {
                return Some((Ok(Bytes::from(chunk)), (shared, name, None, sent, left)));
            }
            if left == Some(0) {
                return Some((Err(std::io::Error::other("broken")), (shared, name, None, sent, None)));
            }
            let changed = shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let (log, stalls) = {
                let inner = shared.inner.lock().unwrap();
                (inner.logs.get(&name).cloned(), inner.stalls)
            };
            let log = log.filter(|log| log.file == file && follows)?;
            chunk = if stalls { Vec::new() } else { log.text[sent..].to_vec() };
            if chunk.is_empty() {
                if log.has_ended {
                    return None;
                }
                changed.await;
            } else {
                sent = log.text.len();
            }
        }
    });
    Response::new(Body::from_stream(chunks))
}
