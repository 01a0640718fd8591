//! What is the same for all of Jaeger's APIs, none of which has pages: the end of the time that is searched moves to the
//! oldest trace of the page before.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;

use crate::model::{Nanos, Span, TraceHit, TracePage, TraceQuery, Window};
use crate::source::http;
use crate::source::retry::Trouble;

/// The most traces that are asked for at once: some servers refuse more.
const MOST: usize = 1000;
/// No more spans of one trace are kept.
const MAX_SPANS: usize = 200_000;
/// A search without a service asks for each of them where the server can not do without; for so many at most.
const MAX_SERVICES: usize = 50;

/// So many traces at least are looked through at once where failed ones are picked here.
const PICKED_FROM: usize = 100;
/// What is said then.
const PICKED: &str = "asked for failed traces, the server gives none, or others too: \
    they are picked here from all, a part of the time for each page";
/// So often a time is made shorter.
const NARROWER: usize = 16;
/// So many pages are asked for until one has a trace.
const ROUNDS: usize = 5;
/// A page that took so long without a trace is given as it is.
const PATIENCE: Duration = Duration::from_secs(10);
/// Services that are searched at the same time.
const AT_ONCE: usize = 4;

/// Who is asked.
pub(super) trait Asked: Sync {
    /// Searches once.
    fn find(&self, search: &Search) -> impl Future<Output = Result<Found, Trouble>> + Send;

    /// Whether its searches give traces at a glance, which can not be looked into.
    fn summarizes(&self) -> bool;

    /// All services.
    fn services(&self) -> impl Future<Output = Result<Vec<String>, Trouble>> + Send;
}

/// One search as it is asked.
pub(super) struct Search {
    pub(super) query: TraceQuery,
}

/// What one search found.
#[derive(Default, Debug)]
pub(super) struct Found {
    pub(super) hits: Vec<TraceHit>,
    pub(super) notes: Vec<String>,
    /// Whether the server gave as many traces as it was asked for: there may be more.
    pub(super) is_full: bool,
    /// What times are whole multiples of there, in nanoseconds.
    unit: i64,
    /// Behind which time all traces are among the hits, where that is known though the answer is full.
    complete_behind: Option<Nanos>,
}

impl Found {
    /// What an answer to `search` gave, which had `count` traces, readable or not.
    pub(super) fn new(search: &Search, hits: Vec<TraceHit>, count: usize, notes: Vec<String>, unit: i64) -> Self {
        Self { hits, notes, is_full: count >= search.query.limit, unit, complete_behind: None }
    }

    /// The same of spans of whole traces.
    pub(super) fn of_spans(search: &Search, spans: Vec<Span>, notes: Vec<String>, unit: i64) -> Self {
        let hits = TraceHit::of_spans(spans);
        let count = hits.len();
        Self::new(search, hits, count, notes, unit)
    }
}

/// How many services it has; `hint` is told where what answers speaks something else.
pub(super) async fn health(asked: &impl Asked, hint: &str) -> Result<String, Trouble> {
    let services = asked.services().await.map_err(|trouble| wrong_port(trouble, hint))?;
    Ok(counted(services.len()))
}

/// The page of `query` that `page` names. Where a search needs a service and has none, all services are searched.
pub(super) async fn search(asked: &impl Asked, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, Trouble> {
    let mut search = Search::new(query, page)?;
    let (begun, mut round, mut notes) = (Instant::now(), 0, Vec::<String>::new());
    loop {
        round += 1;
        let may_go_on = || round < ROUNDS && begun.elapsed() < PATIENCE;
        let mut page = one_page(asked, &search).await?;
        notes.extend(page.notes.drain(..).filter(|note| !notes.contains(note)).collect::<Vec<_>>());
        match &page.next {
            Some(next) if page.hits.is_empty() && may_go_on() => search = Search::new(query, Some(next))?,
            next => {
                if page.hits.is_empty() && next.is_some() {
                    notes.push("nothing so far, and there is more time to look at".to_owned());
                }
                return Ok(TracePage { notes, ..page });
            }
        }
    }
}

async fn one_page(asked: &impl Asked, search: &Search) -> Result<TracePage, Trouble> {
    match find(asked, search).await {
        Ok(found) => Ok(search.page(vec![found])),
        Err(trouble) if search.query.service.is_none() && needs_service(&trouble) => everywhere(asked, search).await,
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

/// Searches, and for failed traces not by the server's word alone: the memory store of Jaeger's module 1.76.0 takes the text
/// `true` for false and gives the spans that are explicitly fine (2.20.0 does not). So where it gives none, or one that has not
/// failed, they are picked from all.
async fn find(asked: &impl Asked, search: &Search) -> Result<Found, Trouble> {
    let found = find_latest(asked, search).await?;
    let is_doubtful = || found.hits.is_empty() || !found.hits.iter().all(|hit| search.has_failed(hit));
    if !search.query.is_error || asked.summarizes() || !is_doubtful() {
        return Ok(found);
    }
    let limit = search.query.limit.max(PICKED_FROM);
    let all = Search { query: TraceQuery { is_error: false, limit, ..search.query.clone() } };
    let mut found = find_latest(asked, &all).await?;
    if found.is_full || found.hits.iter().any(|hit| search.has_failed(hit)) {
        found.notes.push(PICKED.to_owned());
    }
    Ok(found)
}

/// Searches, and makes sure that what was found is the latest there is: some stores give any traces of the time, or those that
/// came last, and then the end must not move past those that they did not give. Asks for ever shorter times, until an answer
/// is not full; of a store that gives the latest that is the second one.
async fn find_latest(asked: &impl Asked, search: &Search) -> Result<Found, Trouble> {
    let mut found = find_some(asked, search).await?;
    if !found.is_full {
        return Ok(found);
    }
    let mut since = search.times(&found.hits).first().copied().unwrap_or(search.query.window.from);
    for _ in 0..NARROWER {
        // What began at that moment itself may not all be there.
        let before = since;
        since = since.saturating_add(found.unit);
        if !search.query.window.contains(since) {
            found.complete_behind = Some(before);
            return Ok(found);
        }
        let later = find_some(asked, &search.since(since)).await?;
        let times = search.times(&later.hits);
        since = times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or(since).max(since);
        found.hits.extend(later.hits);
        if !later.is_full {
            found.complete_behind = Some(before);
            return Ok(found);
        }
    }
    found.notes.push("the server gives traces in no order; some of this time may be missing".to_owned());
    Ok(found)
}

/// Searches once, for fewer traces where the answer is too long.
async fn find_some(asked: &impl Asked, search: &Search) -> Result<Found, Trouble> {
    let mut limit = search.query.limit;
    loop {
        let fewer = Search { query: TraceQuery { limit, ..search.query.clone() } };
        match asked.find(&fewer).await {
            Err(trouble) if http::is_too_long(&trouble) && limit > 1 => limit = (limit / 4).max(1),
            other => return other,
        }
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

    /// The same search from then on.
    fn since(&self, from: Nanos) -> Self {
        let window = Window { from, ..self.query.window };
        Self { query: TraceQuery { window, ..self.query.clone() } }
    }

    /// The times by which the server found these traces, in order.
    fn times(&self, hits: &[TraceHit]) -> Vec<Nanos> {
        let mut times: Vec<Nanos> = hits.iter().map(|hit| self.found_at(hit)).collect();
        times.sort_unstable();
        times
    }

    /// The page of what was found: at most as many traces as were asked for, the latest first, each once.
    fn page(&self, found: Vec<Found>) -> TracePage {
        let mut page = TracePage::default();
        let (mut is_full, mut unit, mut complete_behind) = (false, 1, None);
        let mut seen = HashSet::new();
        for found in found {
            is_full |= found.is_full;
            unit = unit.max(found.unit);
            complete_behind = complete_behind.max(found.complete_behind);
            page.hits.extend(found.hits.into_iter().filter(|hit| seen.insert(hit.id)));
            page.notes.extend(found.notes);
        }
        page.notes.sort_unstable();
        page.notes.dedup();
        page.hits.sort_by_key(|hit| Reverse(hit.start));
        let is_meant = |hit: &TraceHit| !self.query.is_error || self.has_failed(hit);
        let mut meant = page.hits.iter().enumerate().filter(|(_, hit)| is_meant(hit)).skip(self.query.limit - 1);
        let (last, more) = (meant.next().map(|(place, _)| place), meant.next());
        if let (Some(last), Some(_)) = (last, more) {
            page.hits.truncate(last + 1);
            is_full = true;
        }
        if is_full {
            page.next = self.next(&page.hits, unit, complete_behind, &mut page.notes).map(|end| end.to_string());
        }
        page.hits.retain(is_meant);
        page
    }

    /// Whether a span that is meant has failed, as far as that can be seen.
    fn has_failed(&self, hit: &TraceHit) -> bool {
        let is_meant = |span: &Span| {
            self.query.service.as_ref().is_none_or(|service| span.service() == service)
                && self.query.operation.as_ref().is_none_or(|operation| *span.name == **operation)
        };
        hit.whole.is_empty() || hit.whole.iter().any(|span| span.is_error() && is_meant(span))
    }

    /// Where the next page ends: at the oldest trace from which on all are known, or one unit before where that moves nothing.
    fn next(
        &self,
        hits: &[TraceHit],
        unit: i64,
        complete_behind: Option<Nanos>,
        notes: &mut Vec<String>,
    ) -> Option<Nanos> {
        let window = self.query.window;
        let oldest = self.times(hits).into_iter().find(|time| *time >= window.from)?;
        let end = complete_behind.map_or(oldest, |behind| behind.max(oldest));
        if end < window.to {
            return Some(end);
        }
        let mut before = window.to.checked_sub(unit)?;
        if oldest >= window.to {
            notes.push("the traces of this page fill one moment; others of it may be missing".to_owned());
            let began = hits.iter().map(|hit| hit.start).filter(|start| *start >= window.from);
            before = before.min(began.min().unwrap_or(before));
        }
        Some(before).filter(|before| *before >= window.from)
    }

    /// By which time the server found this trace: that of the service's span where that is known. A trace may have begun long
    /// before, and then the time between must not be passed over.
    fn found_at(&self, hit: &TraceHit) -> Nanos {
        let Some(service) = &self.query.service else { return hit.start };
        let asked = hit.whole.iter().filter(|span| span.service() == service).map(|span| span.start);
        asked.filter(|start| *start <= self.query.window.to).max().unwrap_or(hit.start)
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

/// A word on traces at a glance without an id.
pub(super) fn unreadable(count: usize) -> Option<String> {
    (count > 0).then(|| format!("{count} traces have no readable id"))
}

/// Names, sorted, each once.
pub(super) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// How many services there are, in words.
fn counted(services: usize) -> String {
    if services == 1 { "1 service".to_owned() } else { format!("{services} services") }
}

/// The same trouble, with a hint where what answered speaks something else: Jaeger has a port for each.
fn wrong_port(trouble: Trouble, hint: &str) -> Trouble {
    if trouble.why().starts_with("reading from ") {
        Trouble::passing(format!("{}; {hint}", trouble.why()))
    } else {
        trouble
    }
}

/// Whether a refusal says that a search needs a service. `503 Service Unavailable`, and a host with that word in its name that
/// does not answer, say nothing of it, and pass.
fn needs_service(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Lasting { .. }) && trouble.why().to_ascii_lowercase().contains("service")
}
