//! Searching: summaries of traces, the latest stretch of time first.
//!
//! X-Ray decides how long its pages are and refuses long stretches of time. So the window is asked for in slices, and the
//! token of a page says where to go on: `END:SKIP:TOKEN`, the end of the slice in nanoseconds, how many of the page that
//! `TOKEN` gives were handed out before, and the token, empty for the first page of a slice.

use aws_sdk_xray::types::TraceSummary;

use super::filter::expression;
use super::notation::{of_seconds, second, trace_id};
use super::service::{Asker, Service};
use crate::model::{Nanos, TraceHit, TracePage, TraceQuery, Window};
use crate::source::retry::Trouble;

/// The longest stretch of time that is asked for at once, in nanoseconds: the service graph allows no more.
pub(super) const SLICE: i64 = 6 * 3_600 * 1_000_000_000;
/// After so many questions a page is handed out, however many traces it has.
const MAX_QUESTIONS: usize = 10;

/// Where a search goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    end: Nanos,
    skip: usize,
    token: Option<String>,
}

impl Place {
    fn of(page: Option<&str>, window: Window) -> Result<Self, Trouble> {
        let Some(page) = page else { return Ok(Self { end: window.to, skip: 0, token: None }) };
        let mut parts = page.splitn(3, ':');
        let read = (|| {
            let (end, skip) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some(Self { end, skip, token: parts.next().filter(|token| !token.is_empty()).map(str::to_owned) })
        })();
        read.ok_or_else(|| Trouble::lasting(format!("`{page}` is no page of X-Ray; search anew")))
    }

    fn written(&self) -> String {
        format!("{}:{}:{}", self.end, self.skip, self.token.as_deref().unwrap_or_default())
    }

    /// The slice before this one, where any of the window is left.
    fn before(slice: Window, window: Window) -> Option<Self> {
        (slice.from > window.from).then_some(Self { end: slice.from, skip: 0, token: None })
    }
}

/// One page of the traces that `query` means.
pub(super) async fn search(service: &Service, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, Trouble> {
    let asker = service.enter().await?;
    let mut at = Some(Place::of(page, query.window)?);
    let mut found = TracePage::default();
    if let Some(operation) = &query.operation {
        found.notes.push(format!("X-Ray knows no names of operations: `{operation}` was not asked for"));
    }
    for _ in 0..MAX_QUESTIONS {
        let Some(place) = at.take() else { break };
        at = ask(&asker, query, place, &mut found).await?;
        if found.hits.len() >= query.limit {
            break;
        }
    }
    found.next = at.map(|place| place.written());
    Ok(found)
}

/// Takes in one page of summaries; answers where to go on.
async fn ask(
    asker: &Asker<'_>,
    query: &TraceQuery,
    place: Place,
    found: &mut TracePage,
) -> Result<Option<Place>, Trouble> {
    let slice = Window { from: query.window.from.max(place.end.saturating_sub(SLICE)), to: place.end };
    let answer = asker.summaries(slice, expression(query), place.token.clone()).await?;
    let mut hits: Vec<TraceHit> = answer.trace_summaries().iter().filter_map(hit).collect();
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.start), hit.id));
    let all = hits.len();
    let room = query.limit.max(1).saturating_sub(found.hits.len());
    found.hits.extend(hits.into_iter().skip(place.skip).take(room));
    if place.skip.saturating_add(room) < all {
        return Ok(Some(Place { skip: place.skip + room, ..place }));
    }
    Ok(match answer.next_token() {
        Some(token) => Some(Place { end: place.end, skip: 0, token: Some(token.to_owned()) }),
        None => Place::before(slice, query.window),
    })
}

fn hit(summary: &TraceSummary) -> Option<TraceHit> {
    let id = trace_id(summary.id()?)?;
    let start = summary.start_time().and_then(|time| i64::try_from(time.as_nanos()).ok());
    let entry = summary.entry_point().or_else(|| summary.service_ids().first());
    let http = summary.http();
    let url = http.and_then(|http| http.http_url()).map(path);
    let operation = [http.and_then(|http| http.http_method()), url].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let failed = [summary.has_error(), summary.has_fault(), summary.has_throttle()].contains(&Some(true));
    Some(TraceHit {
        id,
        start: start.unwrap_or_else(|| second(id).saturating_mul(1_000_000_000)),
        duration: summary.duration().map(of_seconds),
        service: entry.and_then(|entry| entry.name()).unwrap_or_default().to_owned(),
        operation,
        spans: None,
        errors: Some(u32::from(failed)),
        services: u32::try_from(summary.service_ids().len()).ok().filter(|count| *count > 0),
        whole: Vec::new(),
    })
}

/// The path of a URL.
fn path(url: &str) -> &str {
    let rest = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest.split_once('/').map_or("/", |(host, _)| rest.get(host.len()..).unwrap_or(rest)));
    rest.split(['?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_to_go_on() {
        let window = Window { from: 0, to: 9 };
        let place = Place { end: 5, skip: 3, token: Some("a:b".to_owned()) };
        assert_eq!(Place::of(Some(&place.written()), window).unwrap(), place);
        assert_eq!(Place::of(None, window).unwrap(), Place { end: 9, skip: 0, token: None });
        for wrong in ["", "5", "x:0:", "5:-1:"] {
            assert!(Place::of(Some(wrong), window).unwrap_err().why().contains("search anew"), "{wrong}");
        }
    }

    #[test]
    fn an_operation_is_the_path() {
        for (url, expected) in [("http://h/api/user?x=1", "/api/user"), ("https://h", "/"), ("/a#b", "/a"), ("", "")] {
            assert_eq!(path(url), expected, "{url}");
        }
    }
}
