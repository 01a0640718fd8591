//! One page of the spans that Datadog has indexed.

use serde_json::{Value as Json, json};

use super::raw::Raw;
use super::service::Service;
use crate::model::Window;
use crate::source::retry::Trouble;

/// The most spans that a page may have.
pub(super) const MAX_SPANS: usize = 1000;

/// A page, and where the next one begins.
#[derive(Default)]
pub(super) struct Page {
    pub(super) spans: Vec<Raw>,
    pub(super) next: Option<String>,
    pub(super) notes: Vec<String>,
    /// How many spans could not be read.
    pub(super) unread: usize,
}

/// Asks for a page of at most `limit` spans, the latest first.
pub(super) async fn ask(
    service: &Service,
    query: &str,
    window: Window,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page, Trouble> {
    let mut page = json!({"limit": limit.clamp(1, MAX_SPANS)});
    if let (Some(cursor), Some(page)) = (cursor, page.as_object_mut()) {
        page.insert("cursor".to_owned(), Json::from(cursor));
    }
    let question = json!({"data": {"type": "search_request", "attributes": {
        "filter": filter(query, window), "options": {"timezone": "GMT"}, "page": page, "sort": "-timestamp"}}});
    let mut answer = service.post("/api/v2/spans/events/search", &question).await?;
    let Some(Json::Array(events)) = answer.get_mut("data").map(Json::take) else {
        return Err(Trouble::passing("Datadog answered a search without `data`"));
    };
    let all = events.len();
    let spans: Vec<Raw> = events.into_iter().filter_map(Raw::of_event).collect();
    // The last page may have no `meta` at all.
    let meta = answer.get("meta");
    let next = meta.and_then(|meta| meta.get("page")?.get("after")?.as_str()).filter(|after| !after.is_empty());
    // A cursor that leads to where it came from leads nowhere, at the price of a request each time.
    let next = next.filter(|next| all > 0 && cursor != Some(*next));
    let unread = all - spans.len();
    Ok(Page { spans, next: next.map(str::to_owned), notes: notes(meta), unread })
}

/// The part of a question that says what of which time.
pub(super) fn filter(query: &str, window: Window) -> Json {
    // Both ends are within, and the service counts in milliseconds.
    let text = |millis: i64| {
        let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
        time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    let (from, to) = (window.from.div_euclid(1_000_000), window.to.div_euclid(1_000_000).saturating_add(1));
    json!({"query": query, "from": text(from), "to": text(to)})
}

/// What an answer says of what it lacks.
pub(super) fn notes(meta: Option<&Json>) -> Vec<String> {
    let Some(meta) = meta else { return Vec::new() };
    let mut notes = Vec::new();
    if meta.get("status").and_then(Json::as_str) == Some("timeout") {
        notes.push("Datadog ran out of time: some spans are missing".to_owned());
    }
    let warnings = meta.get("warnings").and_then(Json::as_array).into_iter().flatten();
    let said = warnings.filter_map(|warning| warning.get("detail").or_else(|| warning.get("title"))?.as_str());
    notes.extend(said.map(|said| format!("Datadog warns: {}", said.chars().take(300).collect::<String>())));
    notes
}
