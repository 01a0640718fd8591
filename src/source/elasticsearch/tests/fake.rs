//! An Elasticsearch, or an OpenSearch: documents by time, searched as both do, with points in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::source::asked::{Asked, Reply};

/// One document: its milliseconds, its id, itself.
#[derive(Clone, Debug)]
pub(in crate::source) struct Document {
    pub(super) time: i64,
    pub(super) id: String,
    pub(super) source: Option<Value>,
}

/// What there is, and how it behaves. Each may be changed while it runs.
#[derive(Default)]
pub(in crate::source) struct State {
    pub(super) documents: Vec<Document>,
    points: HashMap<String, Vec<Document>>,
    opened: u32,
    /// How many points in time were opened and not closed.
    pub(super) open_points: i64,
    /// Points in time are refused.
    pub(super) refuses_points: bool,
    /// Points in time are lost after so many searches.
    pub(super) forgets_after: Option<u32>,
    searches: u32,
    /// What an answer says of shards, and of time.
    pub(super) shards: Option<Value>,
    pub(super) timed_out: bool,
    /// Documents that are there and not found, as if their shard failed.
    pub(super) hidden: Vec<String>,
}

/// The server.
#[derive(Clone)]
pub(in crate::source) struct FakeCluster {
    state: Arc<Mutex<State>>,
    version: &'static str,
    is_opensearch: bool,
}

impl FakeCluster {
    pub(in crate::source) fn new(
        version: &'static str,
        is_opensearch: bool,
        documents: impl IntoIterator<Item = Document>,
    ) -> Self {
        let state = State { documents: documents.into_iter().collect(), ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), version, is_opensearch }
    }

    /// Has one more document, of this time and number.
    pub(in crate::source) fn push(&self, milliseconds: i64, number: i64) {
        let source = Some(json!({"@timestamp": milliseconds, "message": format!("m {number}")}));
        self.state().documents.push(Document { time: milliseconds, id: number.to_string(), source });
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::source) fn answer(&self, asked: &Asked) -> Reply {
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let open = if self.is_opensearch { "/logs/_search/point_in_time" } else { "/logs/_pit" };
        let close = if self.is_opensearch { "/_search/point_in_time" } else { "/_pit" };
        match (&*asked.method, &*asked.path) {
            ("GET", "/") => Reply::ok(self.root().to_string()),
            ("POST", "/logs/_search" | "/_search") => self.search(&body),
            ("POST", path) if path == open => self.open(),
            ("DELETE", path) if path == close => {
                self.state().open_points -= 1;
                Reply::ok("{}")
            }
            ("GET", "/_resolve/index/*") => {
                Reply::ok(r#"{"indices":[{"name":"logs"},{"name":".secret"}],"data_streams":[{"name":"metrics"}]}"#)
            }
            _ => error(404, "index_not_found_exception", "no such index"),
        }
    }

    fn root(&self) -> Value {
        let mut root = json!({"name": "n1", "cluster_name": "testing", "version": {"number": self.version}});
        if self.is_opensearch {
            root["version"]["distribution"] = json!("opensearch");
        }
        root
    }

    fn open(&self) -> Reply {
        let mut state = self.state();
        if state.refuses_points {
            return error(403, "security_exception", "action [indices:data/read/open_point_in_time] is unauthorized");
        }
        state.opened += 1;
        state.open_points += 1;
        state.searches = 0;
        let id = format!("point-{}-0", state.opened);
        let documents = state.documents.clone();
        state.points.insert(id.clone(), documents);
        Reply::ok(if self.is_opensearch { json!({"pit_id": id}) } else { json!({"id": id}) }.to_string())
    }

    fn search(&self, body: &Value) -> Reply {
        let mut state = self.state();
        let (documents, point) = match body["pit"]["id"].as_str() {
            None => (state.documents.clone(), None),
            Some(id) => {
                state.searches += 1;
                let is_gone = state.forgets_after.is_some_and(|most| state.searches > most);
                let Some(documents) = state.points.remove(id).filter(|_| !is_gone) else {
                    state.forgets_after = None;
                    return error(404, "search_context_missing_exception", "No search context found for id [12]");
                };
                // Each answer names another id, and only that is good.
                let newer = format!("{}-{}", id.rsplit_once('-').unwrap().0, state.searches);
                state.points.insert(newer.clone(), documents.clone());
                (documents, Some(newer))
            }
        };
        let size = usize::try_from(body["size"].as_u64().unwrap()).unwrap();
        let from = body["query"]["bool"]["filter"][0]["range"]["@timestamp"]["gte"].as_i64().unwrap();
        let mut found: Vec<(i64, usize, Document)> =
            documents.into_iter().enumerate().map(|(place, document)| (document.time, place, document)).collect();
        found.retain(|(time, _, document)| *time >= from && !state.hidden.contains(&document.id));
        found.sort_by_key(|(time, place, _)| (*time, *place));
        if body["sort"][0]["@timestamp"]["order"] == "desc" {
            found.reverse();
        }
        if let Some(after) = body["search_after"].as_array() {
            let after = (after[0].as_i64().unwrap() / 1_000_000, usize::try_from(after[1].as_i64().unwrap()).unwrap());
            found.retain(|(time, place, _)| (*time, *place) > after);
        }
        found.truncate(size);
        let has_place = point.is_some() && !self.is_opensearch;
        let hits: Vec<Value> = found.iter().map(|found| hit(found, has_place, body.get("fields").is_some())).collect();
        let shards = state.shards.clone().unwrap_or_else(|| json!({"total": 2, "successful": 2, "failed": 0}));
        let mut answer = json!({"timed_out": state.timed_out, "_shards": shards, "hits": {"hits": hits}});
        if let Some(point) = point {
            answer["pit_id"] = json!(point);
        }
        Reply::ok(answer.to_string())
    }
}

fn hit((time, place, document): &(i64, usize, Document), has_place: bool, wants_fields: bool) -> Value {
    let mut hit = json!({"_index": "logs-1", "_id": document.id, "_score": null, "sort": [time * 1_000_000]});
    if has_place {
        hit["sort"] = json!([time * 1_000_000, place]);
    }
    match &document.source {
        Some(source) => hit["_source"] = source.clone(),
        None if wants_fields => hit["fields"] = json!({"message": ["from fields"], "tags": ["a", "b"]}),
        None => {}
    }
    hit
}

pub(super) fn error(status: u16, kind: &str, reason: &str) -> Reply {
    let cause = json!({"type": kind, "reason": reason});
    Reply::status(
        status,
        json!({"error": {"root_cause": [cause], "type": kind, "reason": reason}, "status": status}).to_string(),
    )
}
