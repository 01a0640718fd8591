//! Requests to an API server: lists, watches and logs. Every answer is bounded, and what is refused is told apart from
//! what broke.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, Request, header};
use futures_util::StreamExt as _;
use memchr::memchr;
use serde::de::DeserializeOwned;
use url::form_urlencoded::Serializer;

use super::config::Connected;
use super::failure::{Failure, Refusal, connecting, unreachable};
use super::object::{List, Status};
use crate::source::http::MAX_ANSWER_BYTES;
use crate::source::retry::Trouble;

/// For how long an answer that has an end may take.
pub(super) const ANSWER: Duration = Duration::from_secs(60);
/// How many objects one part of a list has.
const PAGE: &str = "500";
/// The most objects that are listed: more than a cluster may have pods (150,000).
const MAX_OBJECTS: usize = 200_000;
/// How long the server keeps a watch open.
const WATCH: Duration = Duration::from_secs(290);
/// A watch that is silent for so long after its end is dead.
const GRACE: Duration = Duration::from_secs(30);
/// How much of a refusal is read.
const MAX_REFUSAL_BYTES: usize = 1 << 16;
/// etcd holds no object that is larger than 1.5 MiB; JSON and managed fields may add to that.
const MAX_EVENT_BYTES: usize = 16 << 20;

/// The API server, and the namespace that requests are about.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) connected: Connected,
    /// `None` is all of them.
    pub(super) namespace: Option<String>,
}

/// The parameters of a request.
pub(super) type Query<'a> = Vec<(&'a str, String)>;

impl Api {
    /// The path of the namespace's `resource`: `/api/v1/namespaces/shop/pods`.
    fn path(&self, resource: &str) -> String {
        match &self.namespace {
            Some(namespace) => format!("/api/v1/namespaces/{namespace}/{resource}"),
            None => format!("/api/v1/{resource}"),
        }
    }

    /// Sends a request and gives its answer, which is a success, as it begins to come.
    pub(super) async fn open(&self, path: &str, query: &Query<'_>) -> Result<Answer, Failure> {
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        let request = Request::get(format!("{path}?{query}")).body(kube::client::Body::empty());
        let request = request.map_err(|error| Failure::Broken(Trouble::lasting(format!("{path}: {error}"))))?;
        let server = &self.connected.server;
        let answer = self.connected.client.send(request).await;
        let answer = answer.map_err(|error| Failure::Broken(connecting(server, &error, None)))?;
        let (head, body) = answer.into_parts();
        let answer = Answer {
            server: server.clone(),
            headers: head.headers,
            body: Body::new(body).into_data_stream(),
            buffer: Vec::new(),
        };
        if head.status.is_success() { Ok(answer) } else { Err(answer.refusal(head.status.as_u16()).await) }
    }

    /// All objects of a kind, and the version that a watch goes on from.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        resource: &str,
        query: &Query<'_>,
    ) -> Result<(Vec<T>, String), Failure> {
        let (path, mut items, mut next) = (self.path(resource), Vec::new(), String::new());
        loop {
            let mut query = query.clone();
            query.push(("limit", PAGE.to_owned()));
            if !next.is_empty() {
                query.push(("continue", next));
            }
            let page: List<T> = self.json(&path, &query).await?;
            items.extend(page.items);
            next = page.metadata.next;
            if next.is_empty() && page.metadata.resource_version.is_empty() {
                return Err(self.strange(&path, "the list has no version"));
            }
            if next.is_empty() {
                return Ok((items, page.metadata.resource_version));
            }
            if items.len() > MAX_OBJECTS {
                let why = format!("{path} has more than {MAX_OBJECTS} entries; choose a namespace or a selector");
                return Err(Failure::Broken(Trouble::lasting(why)));
            }
        }
    }

    /// What happens to the objects of a kind after `version`.
    pub(super) async fn watch(&self, resource: &str, query: &Query<'_>, version: &str) -> Result<Answer, Failure> {
        let mut query = query.clone();
        query.push(("watch", "1".to_owned()));
        query.push(("resourceVersion", version.to_owned()));
        query.push(("allowWatchBookmarks", "true".to_owned()));
        query.push(("timeoutSeconds", WATCH.as_secs().to_string()));
        within(self.open(&self.path(resource), &query), &self.connected.server).await
    }

    async fn json<T: DeserializeOwned>(&self, path: &str, query: &Query<'_>) -> Result<T, Failure> {
        let server = &self.connected.server;
        let asking = async { self.open(path, query).await?.whole(MAX_ANSWER_BYTES).await };
        let bytes = within(asking, server).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.strange(path, &error.to_string()))
    }

    fn strange(&self, path: &str, why: &str) -> Failure {
        let server = &self.connected.server;
        let why = format!("{server}{path} answered what is not Kubernetes' ({why}); is this an API server?");
        Failure::Broken(Trouble::passing(why))
    }
}

/// Waits for an answer that has an end.
async fn within<T>(asking: impl Future<Output = Result<T, Failure>>, server: &str) -> Result<T, Failure> {
    let late = || {
        let why =
            format!("{server} has not answered for {} s; is it overloaded, or behind a firewall?", ANSWER.as_secs());
        Failure::Broken(Trouble::passing(why))
    };
    tokio::time::timeout(ANSWER, asking).await.unwrap_or_else(|_| Err(late()))
}

/// An answer as it comes.
pub(super) struct Answer {
    server: String,
    headers: HeaderMap,
    body: BodyDataStream,
    /// The beginning of a line that has not ended.
    buffer: Vec<u8>,
}

impl Answer {
    /// The server's time, in seconds since 1970.
    pub(super) fn date(&self) -> Option<i64> {
        let text = self.headers.get(header::DATE)?.to_str().ok()?;
        Some(chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp())
    }

    /// The next bytes; `None` at the end. May be dropped while it waits.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let broken = |error: axum::Error| Failure::Broken(unreachable(&self.server, &error));
        self.body.next().await.transpose().map_err(broken)
    }

    /// The next line of a watch, without its line end; `None` at the end, also when it does not come in time. May be
    /// dropped while it waits.
    pub(super) async fn line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            if let Some(end) = memchr(b'\n', &self.buffer) {
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.truncate(end);
                return Ok(Some(line));
            }
            if self.buffer.len() > MAX_EVENT_BYTES {
                let why = format!("{}: a line of a watch is longer than {} MiB", self.server, MAX_EVENT_BYTES >> 20);
                return Err(Failure::Broken(Trouble::passing(why)));
            }
            match tokio::time::timeout(WATCH + GRACE, self.chunk()).await {
                Ok(chunk) => match chunk? {
                    Some(chunk) => self.buffer.extend_from_slice(&chunk),
                    None => return Ok(None),
                },
                Err(_) => return Ok(None),
            }
        }
    }

    /// All of it, if it is no longer than `limit` bytes.
    async fn whole(mut self, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > limit {
                let why = format!("{}: an answer is longer than {} MiB", self.server, limit >> 20);
                return Err(Failure::Broken(Trouble::lasting(why)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn refusal(self, code: u16) -> Failure {
        let after = self.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let server = self.server.clone();
        let text = tokio::time::timeout(GRACE, self.whole(MAX_REFUSAL_BYTES)).await;
        let text = text.ok().and_then(Result::ok).unwrap_or_default();
        let Status { message, reason, .. } = serde_json::from_slice(&text)
            .unwrap_or_else(|_| Status { message: String::from_utf8_lossy(&text).into_owned(), ..Status::default() });
        Failure::Refused(Refusal { code, reason, message, after: after.map(Duration::from_secs), server })
    }
}
