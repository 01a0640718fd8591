//! api_v3 over HTTP: OTLP JSON in `result`, one document after another. By `http_gateway.go` and `query_parser.go` of Jaeger.
//!
//! Its parameters have had three spellings: `num_traces`, then `search_depth`, now `searchDepth`. What a server does not know
//! it passes over, and the newest wins where it knows several, so all are sent.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use super::api::{Failed, absent, is_absent};
use super::json::{go_duration, unreadable};
use super::page::{self, Found, Search, bounded, rejected};
use super::web::Asking;
use crate::model::{FetchedTrace, Nanos, Span, TraceHit, TraceId};
use crate::parse::jaeger::{Document, read_v3, read_v3_error};
use crate::source::retry::Trouble;

/// Times of this API are in nanoseconds.
const UNIT: i64 = 1;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Names {
    services: Vec<String>,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Summaries {
    summaries: Vec<Summary>,
}

/// A trace at a glance; counts that are zero are left out.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Summary {
    trace_id: String,
    root_service_name: String,
    root_operation_name: String,
    min_start_time_unix_nano: String,
    max_end_time_unix_nano: String,
    span_count: u32,
    error_span_count: u32,
    services: Vec<serde::de::IgnoredAny>,
}

pub(super) async fn services(asking: &Asking) -> Result<Vec<String>, Failed> {
    Ok(names(asking, "/api/v3/services", &[]).await?.services)
}

pub(super) async fn operations(asking: &Asking, service: &str) -> Result<Vec<String>, Failed> {
    let names = names(asking, "/api/v3/operations", &[("service", service)]).await?;
    Ok(names.operations.into_iter().map(|operation| operation.name).collect())
}

pub(super) async fn trace(asking: &Asking, id: TraceId) -> Result<FetchedTrace, Failed> {
    let (spans, mut notes) = traces(asking, &format!("/api/v3/traces/{id}"), &[]).await?;
    let spans = bounded(spans, &mut notes);
    Ok(FetchedTrace { spans, notes })
}

/// Searches for whole traces.
pub(super) async fn search(asking: &Asking, search: &Search) -> Result<Found, Failed> {
    let (spans, mut notes) = traces(asking, "/api/v3/traces", &parameters(search)).await?;
    if !search.query.tags.is_empty() {
        notes.push("api_v3 of Jaeger before 2.19 passes over tags; api=json does not".to_owned());
    }
    Ok(Found::of_spans(search, spans, notes, UNIT))
}

/// Searches for traces at a glance.
pub(super) async fn summaries(asking: &Asking, search: &Search) -> Result<Found, Failed> {
    let path = "/api/v3/trace-summaries";
    let Some(body) = ask(asking, path, &parameters(search)).await? else { return Ok(Found::default()) };
    let list: Summaries = serde_json::from_slice(&body).map_err(|error| not_read(path, &error))?;
    let count = list.summaries.len();
    let hits: Vec<TraceHit> = list.summaries.into_iter().filter_map(hit).collect();
    let notes = page::unreadable(count - hits.len()).into_iter().collect();
    Ok(Found::new(search, hits, count, notes, UNIT))
}

fn hit(summary: Summary) -> Option<TraceHit> {
    let start: Nanos = summary.min_start_time_unix_nano.parse().unwrap_or(0);
    let end: Option<Nanos> = summary.max_end_time_unix_nano.parse().ok();
    Some(TraceHit {
        id: TraceId::from_hex(summary.trace_id.as_bytes())?,
        start,
        duration: end.map(|end| end.saturating_sub(start).max(0)),
        service: summary.root_service_name,
        operation: summary.root_operation_name,
        spans: Some(summary.span_count),
        errors: Some(summary.error_span_count),
        services: u32::try_from(summary.services.len()).ok(),
        whole: Vec::new(),
    })
}

/// What is asked for, in all spellings. The end is not part of the time that is searched, so it is one behind.
fn parameters(search: &Search) -> Vec<(&'static str, String)> {
    let query = &search.query;
    let tags: BTreeMap<&str, &str> = search.tags().into_iter().collect();
    let tags = (!tags.is_empty()).then(|| serde_json::json!(tags).to_string());
    let limit = Some(query.limit.to_string());
    let optional: [(&[&str], Option<String>); 8] = [
        (&["query.serviceName", "query.service_name"], query.service.clone()),
        (&["query.operationName", "query.operation_name"], query.operation.clone()),
        (&["query.attributes"], tags),
        (&["query.durationMin", "query.duration_min"], query.min_duration.map(go_duration)),
        (&["query.durationMax", "query.duration_max"], query.max_duration.map(go_duration)),
        (&["query.startTimeMin", "query.start_time_min"], Some(rfc3339(query.window.from))),
        (&["query.startTimeMax", "query.start_time_max"], Some(rfc3339(query.window.to.saturating_add(1)))),
        (&["query.searchDepth", "query.search_depth", "query.num_traces"], limit),
    ];
    let given = optional.into_iter().filter_map(|(names, value)| Some((names, value?)));
    given.flat_map(|(names, value)| names.iter().map(move |name| (*name, value.clone()))).collect()
}

fn rfc3339(time: Nanos) -> String {
    DateTime::<Utc>::from_timestamp_nanos(time).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// The spans of an answer, and what there is to say of them; none where nothing is found.
async fn traces(
    asking: &Asking,
    path: &str,
    query: &[(&'static str, String)],
) -> Result<(Vec<Span>, Vec<String>), Failed> {
    let Some(body) = ask(asking, path, query).await? else { return Ok((Vec::new(), Vec::new())) };
    let Document { spans, rejected_spans, mut notes } = read_v3(&body).map_err(|error| unreadable(path, &error))?;
    notes.extend(rejected(rejected_spans));
    Ok((spans, notes))
}

async fn names(asking: &Asking, path: &str, query: &[(&'static str, &str)]) -> Result<Names, Failed> {
    let query: Vec<(&str, String)> = query.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let Some(body) = ask(asking, path, &query).await? else { return Ok(Names::default()) };
    serde_json::from_slice(&body).map_err(|error| Failed::Trouble(not_read(path, &error)))
}

/// The body of an answer; `None` where it says that there is nothing like it, which is a 404 with words of its own.
async fn ask(asking: &Asking, path: &str, query: &[(&'static str, String)]) -> Result<Option<Vec<u8>>, Failed> {
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = asking.get(path, &query).await?;
    if is_absent(&answer, |body| read_v3_error(body).is_some()) {
        return Err(absent(&answer, path));
    }
    if answer.status.as_u16() == 404 {
        return Ok(None);
    }
    Ok(Some(answer.success(read_v3_error)?))
}

/// The trouble with an answer that is none of this API's.
fn not_read(path: &str, error: &serde_json::Error) -> Trouble {
    let why = format!("the answer of {path}: {error}");
    if error.is_eof() { Trouble::passing(why) } else { Trouble::lasting(why) }
}
