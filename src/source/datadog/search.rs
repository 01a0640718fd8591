//! Hits and names, by the spans that Datadog has indexed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value as Json, json};

use super::page::{self, Page, filter};
use super::query;
use super::raw::Raw;
use super::service::Service;
use super::span;
use crate::model::{Names, TraceHit, TraceId, TracePage, TraceQuery, Window};
use crate::source::retry::Trouble;

/// So many requests one page of hits may cost; 300 an hour are allowed.
const MAX_REQUESTS: usize = 3;
/// Nanoseconds of a minute.
const MINUTE: i64 = 60_000_000_000;
/// How far back names are looked for.
const LATELY: i64 = 60 * MINUTE;
/// No more names are asked for.
const MAX_NAMES: usize = 1000;
/// So many spans are looked at for the names of their tags.
const LOOKED_AT: usize = 100;

/// What is said of every search.
const ONLY_INDEXED: &str = "only the spans that Datadog has indexed are found; their traces may have more";

/// Whether there are spans of late.
pub(super) async fn health(service: &Service) -> Result<String, Trouble> {
    let found = page::ask(service, "*", Window::before(service.now(), 15 * MINUTE), 1, None).await?;
    let there = if found.spans.is_empty() { "no spans" } else { "spans" };
    Ok(format!("{}, {there} in the last 15 minutes", service.site))
}

/// One page of the traces that have a span which `query` means. As no page has more spans than there is room for traces,
/// Datadog's own cursor says where the next one begins.
pub(super) async fn search(service: &Service, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, Trouble> {
    let (text, mut cursor) = (query::of(query), page.map(str::to_owned));
    let mut traces: Vec<(TraceId, Vec<Raw>)> = Vec::new();
    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut notes = vec![ONLY_INDEXED.to_owned()];
    for _ in 0..MAX_REQUESTS {
        let room = query.limit.max(1).saturating_sub(traces.len());
        let Page { spans, next, notes: told, unread } =
            page::ask(service, &text, query.window, room, cursor.as_deref()).await?;
        notes.extend(told);
        if unread > 0 {
            notes.push(format!("{unread} spans could not be read"));
        }
        for span in spans {
            // One span of a trace may know the upper half of its id, and another not.
            let place = *places.entry(span.trace_id.low64()).or_insert(traces.len());
            match traces.get_mut(place) {
                Some((id, spans)) => {
                    *id = (*id).max(span.trace_id);
                    spans.push(span);
                }
                None => traces.push((span.trace_id, vec![span])),
            }
        }
        cursor = next;
        if cursor.is_none() || traces.len() >= query.limit {
            break;
        }
    }
    let mut hits: Vec<TraceHit> = traces.iter().filter_map(|(id, spans)| hit(*id, spans)).collect();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.start));
    Ok(TracePage { hits, next: cursor, notes })
}

/// What the spans that were found say of their trace. Only a root knows how long it took, and nobody how many spans it has.
fn hit(id: TraceId, spans: &[Raw]) -> Option<TraceHit> {
    let root = spans.iter().find(|span| span.parent_id.is_none());
    let lead = root.or_else(|| spans.iter().min_by_key(|span| span.start))?;
    let errors = u32::try_from(spans.iter().filter(|span| span.has_failed).count()).unwrap_or(u32::MAX);
    Some(TraceHit {
        id,
        start: spans.iter().map(|span| span.start).min()?,
        duration: root.map(|root| root.duration),
        service: lead.tags.text("service").unwrap_or_default().to_owned(),
        operation: span::name(&lead.tags).to_owned(),
        spans: None,
        errors: Some(errors).filter(|errors| *errors > 0),
        services: None,
        whole: Vec::new(),
    })
}

/// Names of the last hour.
pub(super) async fn names(service: &Service, of: &Names) -> Result<Vec<String>, Trouble> {
    let window = Window::before(service.now(), LATELY);
    let all = TraceQuery::all(window, MAX_NAMES);
    match of {
        Names::Services => values(service, "service", &all).await,
        Names::Operations { service: name } => {
            let of_service = TraceQuery { service: Some(name.clone()), ..all };
            values(service, "resource_name", &of_service).await
        }
        Names::TagValues { tag } => values(service, &query::facet(tag), &all).await,
        Names::Tags => {
            let found = page::ask(service, "*", window, LOOKED_AT, None).await?;
            let tags = found.spans.iter().flat_map(|span| span.tags.iter().map(|(key, _)| key.to_string()));
            let names: BTreeSet<String> = tags.chain(query::reserved()).collect();
            Ok(names.into_iter().collect())
        }
    }
}

/// The values of an attribute, those that most spans have.
async fn values(service: &Service, facet: &str, query: &TraceQuery) -> Result<Vec<String>, Trouble> {
    let question = json!({"data": {"type": "aggregate_request", "attributes": {
        "compute": [{"aggregation": "count", "type": "total"}],
        "filter": filter(&query::of(query), query.window),
        "group_by": [{"facet": facet, "limit": query.limit}]}}});
    let answer = service.post("/api/v2/spans/analytics/aggregate", &question).await?;
    let buckets = answer.get("data").and_then(Json::as_array).into_iter().flatten();
    let names = buckets.filter_map(|bucket| {
        let by: BTreeMap<&String, &Json> = bucket.get("attributes")?.get("by")?.as_object()?.iter().collect();
        let value = by.into_values().next()?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
    Ok(names.into_iter().collect())
}
