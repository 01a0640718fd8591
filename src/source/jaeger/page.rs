//! What is the same for all of Jaeger's APIs, none of which has pages: the end of the time that is searched moves to the
//! oldest trace of the page before.

use std::collections::HashSet;

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};

use crate::model::{Nanos, Span, TraceHit, TracePage, TraceQuery};
use crate::source::http;
use crate::source::retry::Trouble;

/// The most traces that are asked for at once: some servers refuse more.
const MOST: usize = 1000;
/// No more spans of one trace are kept.
const MAX_SPANS: usize = 200_000;
/// A search without a service asks for each of them where the server can not do without; for so many at most.
const MAX_SERVICES: usize = 50;

/// Services that are searched at the same time.
const AT_ONCE: usize = 4;

/// Who is asked.
pub(super) trait Asked: Sync {
    /// Searches once.
    fn find(&self, search: &Search) -> impl Future<Output = Result<Found, Trouble>> + Send;

    /// All services.
    fn services(&self) -> impl Future<Output = Result<Vec<String>, Trouble>> + Send;
}

/// One search as it is asked.
pub(super) struct Search {
    pub(super) query: TraceQuery,
}

/// What one search found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) hits: Vec<TraceHit>,
    pub(super) notes: Vec<String>,
    /// Whether the server gave as many traces as it was asked for: there may be more.
    pub(super) is_full: bool,
    /// What times are whole multiples of there, in nanoseconds.
    pub(super) unit: i64,
}

/// The page of `query` that `page` names. Where a search needs a service and has none, all services are searched.
pub(super) async fn search(asked: &impl Asked, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, Trouble> {
    let search = Search::new(query, page)?;
    match find(asked, &search).await {
        Ok(found) => Ok(search.page(vec![found])),
        Err(trouble) if query.service.is_none() && needs_service(&trouble) => everywhere(asked, &search).await,
        Err(trouble) => Err(trouble),
    }
}

async fn everywhere(asked: &impl Asked, search: &Search) -> Result<TracePage, Trouble> {
    let services = asked.services().await?;
    let count = services.len();
    let searches: Vec<Search> = services.into_iter().take(MAX_SERVICES).map(|name| search.within(name)).collect();
    let finds: Vec<_> = searches.iter().map(|search| find(asked, search).boxed()).collect();
    let mut page = search.page(stream::iter(finds).buffered(AT_ONCE).try_collect().await?);
    if count > MAX_SERVICES {
        page.notes.push(format!("only {MAX_SERVICES} of {count} services were searched; name one"));
    }
    Ok(page)
}

/// Searches, for fewer traces where the answer is too long.
async fn find(asked: &impl Asked, search: &Search) -> Result<Found, Trouble> {
    let mut limit = search.query.limit;
    loop {
        let fewer = Search { query: TraceQuery { limit, ..search.query.clone() } };
        match asked.find(&fewer).await {
            Err(trouble) if http::is_too_long(&trouble) && limit > 1 => limit /= 4,
            other => return other,
        }
        limit = limit.max(1);
    }
}

impl Search {
    pub(super) fn new(query: &TraceQuery, page: Option<&str>) -> Result<Self, Trouble> {
        let mut query = TraceQuery { limit: query.limit.clamp(1, MOST), ..query.clone() };
        if let Some(token) = page {
            query.window.to =
                token.parse().map_err(|_| Trouble::lasting(format!("`{token}` is no page of Jaeger's")))?;
        }
        Ok(Self { query })
    }

    /// The tags that a span must have. That it has failed is a tag for Jaeger.
    pub(super) fn tags(&self) -> Vec<(&str, &str)> {
        let tags = self.query.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        tags.chain(self.query.is_error.then_some(("error", "true"))).collect()
    }

    /// The same search in one service.
    fn within(&self, service: String) -> Self {
        Self { query: TraceQuery { service: Some(service), ..self.query.clone() } }
    }

    /// The page of what was found: at most as many traces as were asked for, the latest first, each once.
    pub(super) fn page(&self, found: Vec<Found>) -> TracePage {
        let mut page = TracePage::default();
        let (mut is_full, mut unit) = (false, 1);
        let mut seen = HashSet::new();
        for found in found {
            is_full |= found.is_full;
            unit = unit.max(found.unit);
            page.hits.extend(found.hits.into_iter().filter(|hit| seen.insert(hit.id)));
            page.notes.extend(found.notes);
        }
        page.notes.dedup();
        page.hits.sort_by_key(|hit| std::cmp::Reverse(hit.start));
        is_full |= page.hits.len() > self.query.limit;
        page.hits.truncate(self.query.limit);
        if is_full {
            page.next = self.next(&page.hits, unit, &mut page.notes).map(|end| end.to_string());
        }
        page
    }

    /// Where the next page ends: at the oldest trace, or one unit before where that moves nothing.
    fn next(&self, hits: &[TraceHit], unit: i64, notes: &mut Vec<String>) -> Option<Nanos> {
        let window = self.query.window;
        let moves = |time: &Nanos| (window.from..window.to).contains(time);
        let oldest = hits.iter().map(|hit| self.found_at(hit)).min().filter(moves);
        let oldest = oldest.or_else(|| hits.iter().map(|hit| hit.start).filter(moves).min());
        if oldest.is_some() {
            return oldest;
        }
        let before = window.to.checked_sub(unit).filter(|before| *before >= window.from)?;
        notes.push(
            "all traces of this page are of one moment; there may be more of it than can be asked for".to_owned(),
        );
        Some(before)
    }

    /// By which time the server found this trace: that of the service's span where that is known. A trace may have begun long
    /// before, and then the time between must not be passed over.
    fn found_at(&self, hit: &TraceHit) -> Nanos {
        let Some(service) = &self.query.service else { return hit.start };
        let asked = hit.whole.iter().filter(|span| span.service() == service).map(|span| span.start);
        asked.max().unwrap_or(hit.start)
    }
}

/// The spans of one trace, of which too many are left out, which is told.
pub(super) fn bounded(mut spans: Vec<Span>, notes: &mut Vec<String>) -> Vec<Span> {
    if spans.len() > MAX_SPANS {
        notes.push(format!("{} of {} spans are left out", spans.len() - MAX_SPANS, spans.len()));
        spans.truncate(MAX_SPANS);
    }
    spans
}

/// A word on spans that could not be read.
pub(super) fn rejected(count: u64) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 span could not be read".to_owned()),
        _ => Some(format!("{count} spans could not be read")),
    }
}

/// Names, sorted, each once.
pub(super) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// How many services there are, in words.
pub(super) fn counted(services: usize) -> String {
    if services == 1 { "1 service".to_owned() } else { format!("{services} services") }
}

/// The same trouble, with a hint where what answered speaks something else: Jaeger has a port for each.
pub(super) fn wrong_port(trouble: Trouble, hint: &str) -> Trouble {
    if trouble.why().starts_with("reading from ") {
        Trouble::passing(format!("{}; {hint}", trouble.why()))
    } else {
        trouble
    }
}

/// Whether a refusal says that a search needs a service.
fn needs_service(trouble: &Trouble) -> bool {
    trouble.why().to_ascii_lowercase().contains("service")
}
