//! The conversation with one Loki: some history, then what comes, without losing or repeating lines where it breaks.
//!
//! History is asked for from its end, some pages, and handed over in the order of time. Then, and after every break: what
//! has come since the last line (with some seconds before it, for late ones) is asked for, a tail is opened, what came
//! while it was opened is asked for once more, and the tail is read. All of these overlap; [`Recent`] tells what is new.

use std::time::Duration;

use tokio::time::Instant;

use super::answer::{Entries, Entry};
use super::gather::{Gather, PATIENCE};
use super::pages::{Asker, Page, Pages};
use super::settings::Settings;
use super::tail::{Heard, Tail};
use crate::config::StartAt;
use crate::model::{Loss, LossReason, Nanos};
use crate::source::recent::{Recent, floor};
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Batch, Signal, SourceContext, SourceState};

const SECOND: Nanos = 1_000_000_000;
/// Lines that come so much later than others are asked for again after a break.
const OVERLAP: Nanos = 30 * SECOND;
/// The server's clock may be so much ahead; Loki takes lines no further in the future.
const AHEAD: Nanos = 600 * SECOND;
/// "From the beginning" is so long ago: the longest range that Loki answers at once.
const BEGINNING: Nanos = 30 * 24 * 3600 * SECOND;
/// A tail that ends sooner because its time is over is no reason to open the next at once.
const SHORTEST: Duration = Duration::from_secs(10);
/// What a tail says of the time before it was opened has come by then.
const BACKLOG: Duration = Duration::from_secs(10);

/// One Loki, and what has been read of it.
pub(super) struct Reading {
    settings: Settings,
    cx: SourceContext,
    gather: Gather,
    recent: Recent,
    has_history: bool,
    /// What the state says of lines that are missing.
    gap: String,
}

impl Reading {
    pub(super) fn new(settings: Settings, cx: SourceContext) -> Self {
        let now = cx.clock.now();
        let floor = floor(settings.start, now, settings.lookback, now.saturating_sub(BEGINNING));
        let has_history = settings.start != StartAt::Tail;
        let gather = Gather::new(&cx.join);
        Self { settings, cx, gather, recent: Recent::new(OVERLAP, floor), has_history, gap: String::new() }
    }

    /// The end of ranges that reach to now.
    fn end(&self) -> Nanos {
        self.cx.clock.now().saturating_add(AHEAD)
    }

    fn is_live(&self) {
        let Settings { place, query, .. } = &self.settings;
        self.cx.status.set(SourceState::Live(format!("{place}, {query}{}", self.gap)));
    }

    /// The last lines before now, in the order of their times.
    async fn history(&mut self, asker: &Asker<'_>, backoff: &mut Backoff) -> Result<(), Trouble> {
        let wanted = self.settings.history;
        let mut pages = Pages::backward(self.recent.from(), self.end(), self.settings.limit);
        // Of the newest first: what one page has, in the order of time, behind what the next has.
        let (mut found, mut count) = (Vec::new(), 0);
        loop {
            // One more, as the last nanosecond of a page is left to the next.
            pages.shorten(wanted - count + 1);
            let page = pages.next(asker).await?;
            backoff.is_good();
            let is_last = page.is_last;
            count += page.entries.entries.len();
            let entries = self.take_page(page);
            found.push(entries);
            if is_last || count >= wanted {
                break;
            }
        }
        let mut entries: Vec<Entry> = found.into_iter().rev().flatten().collect();
        if count > wanted {
            entries.drain(..count - wanted);
        }
        if count >= wanted
            && let Some(oldest) = entries.first()
        {
            self.recent.raise_floor(oldest.time.saturating_add(1));
        }
        self.has_history = true;
        self.recent.begin_reading(self.cx.clock.now());
        self.hand_over(entries, true).await;
        Ok(())
    }

    /// All that has come since the cursor, from its beginning on.
    async fn catch_up(&mut self, asker: &Asker<'_>, backoff: &mut Backoff) -> Result<(), Trouble> {
        self.recent.begin_reading(self.cx.clock.now());
        let mut pages = Pages::forward(self.recent.from(), self.end(), self.settings.limit);
        loop {
            let page = pages.next(asker).await?;
            backoff.is_good();
            let is_last = page.is_last;
            let entries = self.take_page(page);
            self.hand_over(entries, is_last).await;
            if is_last {
                return Ok(());
            }
            // Much to catch up with is something to look at already.
            self.is_live();
        }
    }

    /// Reads what comes, until the tail ends.
    async fn follow(&mut self, asker: &Asker<'_>, backoff: &mut Backoff) -> Result<(), Trouble> {
        let mut tail = Tail::open(asker, self.recent.from()).await?;
        // What came between the last answer and the tail's beginning.
        self.catch_up(asker, backoff).await?;
        self.is_live();
        self.recent.begin_reading(self.cx.clock.now());
        let opened = Instant::now();
        loop {
            let heard = if self.gather.is_holding() {
                let Ok(heard) = tokio::time::timeout(PATIENCE, tail.next()).await else {
                    self.hand_over(Vec::new(), true).await;
                    continue;
                };
                heard
            } else {
                tail.next().await
            };
            match heard {
                Ok(Heard::Frame(frame)) => {
                    let entries = self.count_rejected(frame.entries);
                    self.hand_over(entries, false).await;
                    self.make_up(asker, backoff, frame.dropped).await?;
                }
                Ok(Heard::Garbage) => self.cx.intake.reject(Signal::Logs, 1),
                Ok(Heard::HourIsOver) => {
                    self.hand_over(Vec::new(), true).await;
                    if opened.elapsed() < SHORTEST {
                        let place = &self.settings.place;
                        return Err(Trouble::passing(format!("{place} lets nobody follow for more than some seconds")));
                    }
                    return Ok(());
                }
                Err(trouble) => {
                    self.hand_over(Vec::new(), true).await;
                    return Err(trouble);
                }
            }
            backoff.is_good();
            if opened.elapsed() >= BACKLOG {
                self.recent.it_is(self.cx.clock.now());
                self.recent.forget();
            }
        }
    }

    /// Hands over those that are new, in their order.
    async fn hand_over(&mut self, entries: Vec<Entry>, is_end: bool) {
        for entry in entries {
            if self.recent.is_new(entry.time, &(&*entry.labels, &entry.metadata, &entry.line)) {
                self.gather.push(entry);
            }
        }
        self.gather.hand_over(&*self.cx.intake, is_end).await;
    }

    fn take_page(&mut self, page: Page) -> Vec<Entry> {
        if let Some(time) = page.torn {
            self.gap = format!(" · some lines of {} are missing, as too many share it", clock_time(time));
        }
        self.count_rejected(page.entries)
    }

    fn count_rejected(&self, entries: Entries) -> Vec<Entry> {
        if entries.rejected > 0 {
            self.cx.intake.reject(Signal::Logs, entries.rejected);
        }
        entries.entries
    }

    /// Asks for the lines that the tail dropped because they were not taken fast enough (it does not name all of them),
    /// and tells of those that are not to be had.
    async fn make_up(
        &mut self,
        asker: &Asker<'_>,
        backoff: &mut Backoff,
        mut dropped: Vec<Nanos>,
    ) -> Result<(), Trouble> {
        if dropped.is_empty() {
            return Ok(());
        }
        self.catch_up(asker, backoff).await?;
        self.recent.begin_reading(self.cx.clock.now());
        dropped.retain(|time| !self.recent.has(*time));
        let (Some(from), Some(to)) = (dropped.iter().min(), dropped.iter().max()) else { return Ok(()) };
        let count = u64::try_from(dropped.len()).unwrap_or(u64::MAX);
        let loss = Loss { count, from: *from, to: *to, reason: LossReason::Source };
        self.cx.intake.send(Batch::Loss(loss)).await;
        Ok(())
    }
}

impl Connection for Reading {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let settings = self.settings.clone();
        let asker = Asker::new(&settings).await?;
        if !self.has_history {
            self.history(&asker, backoff).await?;
        }
        loop {
            self.catch_up(&asker, backoff).await?;
            self.recent.forget();
            if !settings.follow {
                return Ok(());
            }
            self.follow(&asker, backoff).await?;
        }
    }
}

/// `10:04:05`, in UTC.
fn clock_time(time: Nanos) -> String {
    chrono::DateTime::from_timestamp_nanos(time).format("%H:%M:%SZ").to_string()
}
