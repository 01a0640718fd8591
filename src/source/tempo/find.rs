//! Searching: pages made of a search that has none.
//!
//! Tempo gives as many traces as it is asked for, as soon as it has found them: of a long time any, not the latest, and in
//! some versions even where the query asks for the latest. Only an answer with fewer traces than were asked for is known to
//! have all. So a page is put together from the end of the time backwards, in slices of whole seconds: one that comes back
//! full is asked for again with a quarter of its length, and one that does not makes the next one longer.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;

use super::api::{Api, Question};
use super::traceql;
use crate::model::{Nanos, TraceHit, TracePage, TraceQuery};
use crate::parse::tempo::{FoundTrace, search};
use crate::source::retry::Trouble;

const SECOND: i64 = 1_000_000_000;
/// Searches for one page, however it goes. A week is narrowed to a second by ten quarters.
const MAX_SEARCHES: usize = 16;
/// A page that took so long is given as it is.
const PATIENCE: Duration = Duration::from_secs(20);
/// No more traces are asked for at once than this, unless a page has more.
const MOST_AT_ONCE: usize = 1000;

/// What is the same for all searches.
pub(super) struct Finder {
    /// What every search asks for too, in TraceQL.
    own: Option<String>,
    /// The longest time that the server searches at once, in seconds, as far as it has told.
    longest: AtomicI64,
}

/// Where a page begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The latest time that a trace may have begun at.
    pub(super) to: Nanos,
    /// How many seconds before it are worth asking for at once.
    pub(super) width: i64,
}

/// A time in whole seconds, `from` before `to`.
#[derive(Clone, Copy, Debug)]
struct Slice {
    from: i64,
    to: i64,
}

/// What came of one search.
enum Found {
    Traces(Vec<FoundTrace>),
    /// The time is longer than so many seconds, which is the most.
    TooLong(i64),
}

impl Place {
    /// The place that [`Self::token`] wrote.
    pub(super) fn of(token: &str) -> Option<Self> {
        let (to, width) = token.split_once('-')?;
        Some(Self { to: to.parse().ok()?, width: width.parse().ok().filter(|width| *width > 0)? })
    }

    pub(super) fn token(self) -> String {
        format!("{}-{}", self.to, self.width)
    }

    fn slice(self, from: Nanos) -> Slice {
        let to = self.to.div_euclid(SECOND).saturating_add(1);
        Slice {
            from: to.saturating_sub(self.width).max(from.div_euclid(SECOND)).clamp(0, (to - 1).max(0)),
            to: to.max(1),
        }
    }
}

impl Finder {
    /// `own`: what every search asks for too.
    pub(super) fn new(own: Option<&str>) -> Self {
        Self { own: own.map(str::to_owned), longest: AtomicI64::new(i64::MAX) }
    }

    /// One page of what `query` looks for, the latest traces first.
    pub(super) async fn page(&self, api: &Api, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, Trouble> {
        let begins = Instant::now();
        let traceql = traceql::of(query, self.own.as_deref());
        let window = query.window;
        let whole = Place { to: window.to, width: window.to.saturating_sub(window.from) / SECOND + 2 };
        let mut place = page.map_or(Some(whole), Place::of).ok_or_else(|| Trouble::lasting("there is no such page"))?;
        let limit = query.limit.saturating_mul(2).min(MOST_AT_ONCE).max(query.limit);
        let mut out = TracePage::default();
        for _ in 0..MAX_SEARCHES {
            place.width = place.width.min(self.longest.load(Ordering::Relaxed)).max(1);
            let slice = place.slice(window.from);
            let found = match search_slice(api, &traceql, slice, limit).await? {
                Found::Traces(found) => found,
                Found::TooLong(longest) if longest < slice.to - slice.from => {
                    self.longest.store(longest, Ordering::Relaxed);
                    continue;
                }
                Found::TooLong(longest) => {
                    let length = slice.to - slice.from;
                    let why = format!("Tempo refuses to search {length} s, and says that it searches {longest} s");
                    return Err(Trouble::lasting(why));
                }
            };
            let (is_full, length) = (found.len() >= limit, slice.to - slice.from);
            if is_full && length > 1 {
                place.width = (length / 4).max(1);
                continue;
            }
            if is_full {
                out.notes.push(format!("more than {limit} traces began in one second; some of them are missing"));
            }
            let starts = (slice.from.saturating_mul(SECOND)).max(window.from)..=place.to;
            out.hits.extend(found.iter().filter_map(FoundTrace::hit).filter(|hit| starts.contains(&hit.start)));
            place = Place { to: slice.from.saturating_mul(SECOND) - 1, width: place.width.saturating_mul(2) };
            if out.hits.len() >= query.limit || place.to < window.from || begins.elapsed() > PATIENCE {
                break;
            }
        }
        finish(&mut out, query, place, page.and_then(Place::of).map_or(whole.to, |place| place.to));
        Ok(out)
    }
}

/// Orders the hits, leaves what is too much to the next page, and says where that begins. `began`: where this one did.
fn finish(out: &mut TracePage, query: &TraceQuery, mut place: Place, began: Nanos) {
    out.hits.sort_by_key(|hit| std::cmp::Reverse(hit.start));
    if out.hits.len() > query.limit {
        out.hits.truncate(query.limit);
        // The next page begins with the last trace of this one, as others may have begun at the same instant.
        let last = out.hits.last().map_or(place.to, |hit: &TraceHit| hit.start);
        if last == began {
            out.notes.push(format!("more than {} traces began at one instant; some of them are missing", query.limit));
        }
        place.to = if last == began { last - 1 } else { last };
    }
    if place.to >= query.window.from {
        out.next = Some(place.token());
        if out.hits.is_empty() {
            out.notes.push("nothing so far, and there is more time to look at".to_owned());
        }
    }
}

async fn search_slice(api: &Api, traceql: &str, slice: Slice, limit: usize) -> Result<Found, Trouble> {
    let [from, to, limit] = [slice.from.to_string(), slice.to.to_string(), limit.to_string()];
    // One span of each spanset is the least that can be asked for; none of them is looked at.
    let query = vec![("q", traceql), ("start", &*from), ("end", &*to), ("limit", &*limit), ("spss", "1")];
    let answer = api.get(&Question { path: "/api/search".to_owned(), query }, "application/json").await?;
    if answer.status == StatusCode::BAD_REQUEST
        && let Some(longest) = longest_range(&String::from_utf8_lossy(&answer.body))
    {
        return Ok(Found::TooLong(longest));
    }
    let body = api.success(answer, traceql)?;
    search(&body).map(Found::Traces).map_err(|error| api.is_another(&error))
}

/// The seconds of `range specified by start and end exceeds 168h0m0s. received …`.
pub(super) fn longest_range(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once("range specified by start and end exceeds ")?;
    let mut seconds = 0_i64;
    let mut number = 0_i64;
    for c in rest.chars() {
        let unit = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => {
                let Some(digit) = c.to_digit(10) else { break };
                number = number.saturating_mul(10).saturating_add(i64::from(digit));
                continue;
            }
        };
        seconds = seconds.saturating_add(number.saturating_mul(unit));
        number = 0;
    }
    (seconds > 0).then_some(seconds)
}
