//! `query_range`, page by page.
//!
//! Loki gives the newest or the oldest so many lines of a range, and pages have to be told apart by time. Where a page is
//! full, its last nanosecond may go on behind it; it is left to the next page, which has it whole. A nanosecond of more
//! lines than a page holds is asked for with a larger page.

use reqwest::Client;
use reqwest::header::HeaderValue;

use super::answer::{self, Entries};
use super::settings::Settings;
use crate::model::Nanos;
use crate::source::http;
use crate::source::retry::Trouble;

/// The largest page that is tried where one nanosecond fills it: Loki's own limit, unless it was told another.
const LARGEST: usize = 5000;
/// Loki refuses ranges of more than 30 days and an hour.
const LONGEST: Nanos = 30 * 24 * 3600 * 1_000_000_000;

/// A connection to one Loki, for questions.
pub(super) struct Asker<'a> {
    pub(super) settings: &'a Settings,
    pub(super) client: Client,
    pub(super) authorization: Option<HeaderValue>,
}

/// Where in a range reading is.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    /// The next page begins here, inclusive.
    start: Nanos,
    /// The range ends here, exclusive.
    end: Nanos,
    is_forward: bool,
    limit: usize,
    /// The largest page that the server gives, once it has said so.
    largest: usize,
}

/// One page: its lines in the order of their times.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) entries: Entries,
    /// The range is read to its end.
    pub(super) is_last: bool,
    /// A nanosecond with more lines than the server gives at once: some of them are missing.
    pub(super) torn: Option<Nanos>,
}

impl Asker<'_> {
    /// A client with what proves who it is, fetched now.
    pub(super) async fn new(settings: &Settings) -> Result<Asker<'_>, Trouble> {
        let client = settings.server.client()?;
        let authorization = settings.server.authorization().await?;
        Ok(Asker { settings, client, authorization })
    }

    async fn ask(&self, pages: &Pages, end: Nanos) -> Result<Entries, Trouble> {
        let direction = if pages.is_forward { "forward" } else { "backward" };
        let mut request = self.client.get(self.settings.url("query_range")).query(&[
            ("query", &*self.settings.query),
            ("start", &*pages.start.to_string()),
            ("end", &*end.to_string()),
            ("limit", &*pages.limit.to_string()),
            ("direction", direction),
        ]);
        for (name, value) in self.settings.headers() {
            request = request.header(name, value);
        }
        let bytes = http::ask(request, self.authorization.as_ref()).await?;
        answer::range(&bytes).map_err(|why| {
            let why = format!("{}: {why}", self.settings.place);
            // Half an answer, or that of a proxy, may be gone the next time; a query does not change.
            if why.contains("gives numbers") { Trouble::lasting(why) } else { Trouble::passing(why) }
        })
    }
}

impl Pages {
    /// The range `start..end` from its beginning, so many lines at once.
    pub(super) fn forward(start: Nanos, end: Nanos, limit: usize) -> Self {
        Self { start, end, is_forward: true, limit, largest: LARGEST }
    }

    /// The range `start..end` from its end. It must not be longer than 30 days.
    pub(super) fn backward(start: Nanos, end: Nanos, limit: usize) -> Self {
        let start = start.max(end.saturating_sub(LONGEST));
        Self { start, end, is_forward: false, limit, largest: LARGEST }
    }

    /// Wants at most so many lines in the next page.
    pub(super) fn shorten(&mut self, limit: usize) {
        self.limit = self.limit.min(limit.max(1));
    }

    /// Asks for the next page. After trouble it can be asked for again.
    pub(super) async fn next(&mut self, asker: &Asker<'_>) -> Result<Page, Trouble> {
        loop {
            let end = if self.is_forward { self.end.min(self.start.saturating_add(LONGEST)) } else { self.end };
            let answered = match asker.ask(self, end).await {
                Err(trouble) if self.halve(&trouble) => continue,
                Err(Trouble::Lasting { why }) if self.shrink(&why) => continue,
                answered => answered?,
            };
            if let Some(page) = self.cut(answered, end) {
                return Ok(page);
            }
        }
    }

    /// Takes what the next page has as well off a full one, and moves on. `None`: a larger page is needed.
    fn cut(&mut self, mut all: Entries, end: Nanos) -> Option<Page> {
        if !self.is_forward {
            // Equal times come in the order in which they were written, once all is turned round.
            all.entries.reverse();
        }
        all.entries.sort_by_key(|entry| entry.time);
        let is_full = all.entries.len() + usize::try_from(all.rejected).unwrap_or(0) >= self.limit;
        let (Some(first), Some(last)) = (all.entries.first(), all.entries.last()) else {
            self.start = end;
            return Some(Page { is_last: end >= self.end, entries: all, torn: None });
        };
        let (oldest, newest) = (first.time, last.time);
        if !is_full {
            self.start = end;
            let is_last = !self.is_forward || end >= self.end;
            return Some(Page { is_last, entries: all, torn: None });
        }
        let edge = if self.is_forward { newest } else { oldest };
        let mut torn = None;
        if oldest == newest {
            if self.limit < self.largest {
                self.limit = (self.limit * 2).min(self.largest);
                return None;
            }
            torn = Some(edge);
            self.pass(edge, 1, 0);
        } else {
            all.entries.retain(|entry| entry.time != edge);
            self.pass(edge, 0, 1);
        }
        Some(Page { entries: all, is_last: self.start >= self.end, torn })
    }

    /// Moves behind the nanosecond `edge`, so many further on (forward) or back.
    fn pass(&mut self, edge: Nanos, onward: Nanos, back: Nanos) {
        if self.is_forward {
            self.start = edge.saturating_add(onward);
        } else {
            self.end = edge.saturating_add(back);
        }
    }

    /// Whether the page was too long to be taken and half of it may not be; that is asked for then.
    fn halve(&mut self, trouble: &Trouble) -> bool {
        // A full page of one line would never end.
        let can = http::is_too_long(trouble) && self.limit > 2;
        if can {
            self.limit = (self.limit / 2).max(2);
            self.largest = self.limit;
        }
        can
    }

    /// Whether the server said that the page is larger than it gives; it is smaller then.
    /// (`limit > max_entries_limit_per_query (1000 > 500)`)
    fn shrink(&mut self, why: &str) -> bool {
        let told = why.rsplit_once("max_entries_limit_per_query (").and_then(|(_, rest)| rest.split_once("> "));
        let most = told.and_then(|(_, rest)| rest.split_once(')')?.0.parse::<usize>().ok());
        match most {
            Some(most) if (1..self.limit).contains(&most) => {
                (self.limit, self.largest) = (most, most);
                true
            }
            _ => false,
        }
    }
}
