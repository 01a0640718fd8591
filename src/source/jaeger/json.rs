//! The JSON API: `/api/…`, of Jaeger up to 2.20, and of others. Its web page's own API, so nothing is promised; the facts are
//! of `http_handler.go` and `query_parser.go` of Jaeger, and of recorded answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::api::{Failed, absent, is_absent};
use super::page::{Found, Search, bounded, rejected};
use super::web::Asking;
use crate::model::{Dependency, FetchedTrace, Nanos, TraceId, Window};
use crate::parse::jaeger::{self, Document, ReadError};
use crate::source::backend::escaped;
use crate::source::retry::Trouble;

/// Times of this API are in whole microseconds.
const UNIT: i64 = 1000;

/// What every answer is wrapped in.
#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
}

/// One edge of the graph of services.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edge {
    parent: String,
    child: String,
    #[serde(default)]
    call_count: u64,
}

pub(super) async fn services(asking: &Asking) -> Result<Vec<String>, Failed> {
    data(asking, "/api/services", &[]).await
}

pub(super) async fn operations(asking: &Asking, service: &str) -> Result<Vec<String>, Failed> {
    data(asking, &format!("/api/services/{}/operations", escaped(service)), &[]).await
}

pub(super) async fn dependencies(asking: &Asking, window: Window) -> Result<Vec<Dependency>, Failed> {
    let end = millis_up(window.to);
    let lookback = end.saturating_sub(window.from.div_euclid(1_000_000));
    let query = [("endTs", &*end.to_string()), ("lookback", &*lookback.to_string())];
    let edges: Vec<Edge> = data(asking, "/api/dependencies", &query).await?;
    let of = |edge: Edge| Dependency { parent: edge.parent, child: edge.child, calls: edge.call_count, errors: None };
    Ok(edges.into_iter().map(of).collect())
}

pub(super) async fn trace(asking: &Asking, id: TraceId) -> Result<FetchedTrace, Failed> {
    let path = format!("/api/traces/{id}");
    let Some(document) = documents(asking, &path, &[]).await? else { return Ok(FetchedTrace::default()) };
    let mut notes = document.notes;
    notes.extend(rejected(document.rejected_spans));
    let spans = bounded(document.spans, &mut notes);
    Ok(FetchedTrace { spans, notes })
}

pub(super) async fn search(asking: &Asking, search: &Search) -> Result<Found, Failed> {
    let query = &search.query;
    let tags: BTreeMap<&str, &str> = search.tags().into_iter().collect();
    let tags = (!tags.is_empty()).then(|| serde_json::json!(tags).to_string());
    let optional = [
        ("service", query.service.clone()),
        ("operation", query.operation.clone()),
        ("tags", tags),
        ("minDuration", query.min_duration.map(go_duration)),
        ("maxDuration", query.max_duration.map(go_duration)),
        ("start", Some(query.window.from.div_euclid(UNIT).to_string())),
        ("end", Some(micros_up(query.window.to).to_string())),
        ("limit", Some(query.limit.to_string())),
    ];
    let asked: Vec<(&str, &str)> =
        optional.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let document = documents(asking, "/api/traces", &asked).await?.unwrap_or_default();
    let mut notes = document.notes;
    notes.extend(rejected(document.rejected_spans));
    Ok(Found::of_spans(search, document.spans, notes, UNIT))
}

/// A duration as Go reads it.
pub(super) fn go_duration(nanos: i64) -> String {
    format!("{nanos}ns")
}

/// The traces of an answer; `None` where there is no such trace.
async fn documents(asking: &Asking, path: &str, query: &[(&str, &str)]) -> Result<Option<Document>, Failed> {
    let answer = asking.get(path, query).await?;
    if is_absent(&answer, |body| jaeger::read_errors(body).is_some()) {
        return Err(absent(&answer, path));
    }
    if answer.status.as_u16() == 404 {
        return Ok(None);
    }
    let body = answer.success(jaeger::read_errors)?;
    jaeger::read(&body).map(Some).map_err(|error| Failed::Trouble(unreadable(path, &error)))
}

async fn data<T: DeserializeOwned + Default>(asking: &Asking, path: &str, query: &[(&str, &str)]) -> Result<T, Failed> {
    let answer = asking.get(path, query).await?;
    if is_absent(&answer, |body| jaeger::read_errors(body).is_some()) {
        return Err(absent(&answer, path));
    }
    let body = answer.success(jaeger::read_errors)?;
    let envelope: Envelope<T> =
        serde_json::from_slice(&body).map_err(|error| Trouble::lasting(format!("the answer of {path}: {error}")))?;
    Ok(envelope.data.unwrap_or_default())
}

/// An answer that breaks off may be whole the next time.
pub(super) fn unreadable(path: &str, error: &ReadError) -> Trouble {
    let why = format!("the answer of {path}: {error}");
    if matches!(error, ReadError::Incomplete(_)) { Trouble::passing(why) } else { Trouble::lasting(why) }
}

fn micros_up(time: Nanos) -> i64 {
    time.div_euclid(UNIT) + i64::from(time.rem_euclid(UNIT) > 0)
}

fn millis_up(time: Nanos) -> i64 {
    time.div_euclid(1_000_000) + i64::from(time.rem_euclid(1_000_000) > 0)
}
