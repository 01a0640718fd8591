//! The ring of log lines: one writer, any number of readers.
//!
//! The writer fills a draft of its own and [`LogWriter::publish`]es it a few dozen times a second. Published
//! segments never change. So that many small publications do not leave many small segments, a new one is merged with
//! those before it while they are not much larger (as in a log-structured merge tree): each line is copied O(log n)
//! times in all, and there are O(log n) small segments at any time.
//!
//! The ring grows at both ends: what comes is appended, and the history of files is [prepended](LogWriter::prepend)
//! behind what was shown first. Ids begin in the middle of their range then, so that both have room.

mod live_sources;
mod snapshot;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::names::Interner;
use super::segment::{Draft, FileLines, MAX_MEMORY, NewLine, Segment, Warm};
use super::volume::Volume;
use super::{LineId, NameId};
use live_sources::LiveSources;
pub use snapshot::{LogReader, Snapshot};

/// Segments that the budget is divided into at least, so that eviction takes small bites of a small ring.
const SEGMENTS_IN_BUDGET: usize = 16;
/// So many lines that are appended at once are a segment of their own: there are few enough of them.
const LARGE: usize = 2048;
/// Segments whose text, just read, stays at hand for those who look at them next.
const MAX_FRESH: usize = 8;
/// Ids below the first line that was shown, for the lines of its files that were there before.
pub const HISTORY_IDS: LineId = 1 << 40;

/// Lines that made room, by source, loss rows left out.
pub type Evicted = Vec<(NameId, u64)>;

/// The only one who appends.
#[derive(Debug)]
pub struct LogWriter {
    shared: Arc<Mutex<Snapshot>>,
    segments: VecDeque<Arc<Segment>>,
    open: Draft,
    /// Lines of `open` that were there at the last [`LogWriter::settle`].
    settled: usize,
    live: LiveSources,
    next: LineId,
    services: Interner,
    sources: Interner,
    volume: Arc<Mutex<Volume>>,
    warm: Warm,
    stored: u64,
    evicted: u64,
    has_evicted: bool,
    /// Segments whose text may be at hand still.
    fresh: VecDeque<Arc<Segment>>,
    /// How many of the oldest segments have nothing to give up.
    cold: usize,
    /// Whether lines were appended since the last publication.
    has_appended: bool,
    /// Lines from here on are not evicted, as somebody has yet to read them.
    unread_from: LineId,
    bytes: usize,
    budget: usize,
    segment_bytes: usize,
}

/// A ring that holds at most about `budget` bytes, and whose first line has the id `first`: 0, or [`HISTORY_IDS`] where
/// lines are to be prepended.
pub fn log_store(budget: usize, first: LineId) -> (LogWriter, LogReader) {
    let services = Interner::new();
    let sources = Interner::new();
    let volume = Arc::<Mutex<Volume>>::default();
    let empty = Snapshot::empty(first, budget as u64, services.names(), sources.names(), Arc::clone(&volume));
    let shared = Arc::new(Mutex::new(empty));
    let writer = LogWriter {
        shared: Arc::clone(&shared),
        segments: VecDeque::new(),
        open: Draft::default(),
        settled: 0,
        live: LiveSources::default(),
        next: first,
        services,
        sources,
        volume,
        warm: Warm::default(),
        stored: 0,
        evicted: 0,
        has_evicted: false,
        fresh: VecDeque::new(),
        has_appended: false,
        cold: 0,
        unread_from: LineId::MAX,
        bytes: 0,
        budget,
        segment_bytes: (budget / SEGMENTS_IN_BUDGET).min(MAX_MEMORY),
    };
    (writer, LogReader { shared })
}

impl LogWriter {
    /// The number of a service's name.
    pub fn service(&mut self, name: &[u8]) -> NameId {
        self.services.intern(name)
    }

    /// The number of a source's name.
    pub fn source(&mut self, name: &str) -> NameId {
        self.sources.intern(name.as_bytes())
    }

    /// The numbers of services, for threads that parse by themselves.
    pub fn services(&self) -> Interner {
        self.services.sibling()
    }

    /// Appends a line; readers see it after the next [`LogWriter::publish`]. Amortised O(line).
    pub fn push(&mut self, line: &NewLine<'_>) {
        if !self.open.has_room(line.text.len(), self.segment_bytes) {
            self.seal();
        }
        self.open.push(line);
    }

    /// Appends a line that stands, line end and all, at `range` of a file, and is not copied.
    pub fn push_placed(&mut self, line: &NewLine<'_>, lines: &Arc<FileLines>, range: &Range<u64>, is_cut: bool) {
        if !self.open.has_room(0, self.segment_bytes) {
            self.seal();
        }
        self.open.push_placed(line, lines, range, is_cut);
    }

    /// Appends many lines at once, behind all that were pushed.
    pub fn append(&mut self, draft: Draft) {
        self.seal();
        let is_large = draft.len() >= LARGE;
        self.add(draft, !is_large);
        self.has_appended = true;
        if let Some(segment) = self.segments.back() {
            self.fresh.push_back(Arc::clone(segment));
        }
        if self.fresh.len() > MAX_FRESH
            && let Some(oldest) = self.fresh.pop_front()
        {
            oldest.forget_fresh();
        }
    }

    /// Lets go of text at hand when no more of its kind has come.
    fn forget_fresh(&mut self) {
        if !std::mem::take(&mut self.has_appended) {
            for segment in self.fresh.drain(..) {
                segment.forget_fresh();
            }
        }
    }

    /// Puts many lines in front of all others, which must be later than they. What they take is freed again at once by
    /// giving up columns where the ring is full. Only while it [takes history](LogWriter::takes_history).
    pub fn prepend(&mut self, draft: Draft) {
        let Some(first) = self.first().checked_sub(draft.len() as LineId).filter(|_| !draft.is_empty()) else { return };
        self.count(&draft.volume());
        let segment = Segment::new(first, draft, &self.warm);
        self.bytes += segment.bytes();
        self.stored += lines_of(&segment);
        self.segments.push_front(Arc::new(segment));
        // Those behind it need not be looked at again, unless it is kept as it is.
        if self.bytes > self.budget && self.cold > 0 {
            self.bytes -= self.segments.front().map_or(0, |segment| segment.chill()).min(self.bytes);
            self.cold += 1;
        } else {
            self.cold = 0;
        }
        self.chill();
    }

    /// Whether older lines may be prepended: not any more once lines were evicted, which were newer than they, and not
    /// when they would be evicted at once.
    pub fn takes_history(&self) -> bool {
        !self.has_evicted
            && (self.bytes <= self.budget || self.segments.range(self.cold..).any(|segment| segment.can_chill()))
    }

    /// Lines from `id` on that are published, and the bytes of memory they take.
    pub fn unread(&self, id: LineId) -> (u64, usize) {
        let unread = self.segments.iter().rev().take_while(|segment| segment.end() > id);
        let bytes = unread.map(|segment| segment.bytes()).sum();
        (self.next.saturating_sub(id.max(self.first())), bytes)
    }

    /// Keeps all lines from `id` on, even over the budget, until this is called again.
    pub fn keep_from(&mut self, id: LineId) {
        self.unread_from = id;
    }

    /// The budget in bytes.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Whether another publication is due: lines wait for it, or text at hand to be let go of.
    pub fn has_unpublished(&self) -> bool {
        !self.open.is_empty() || !self.fresh.is_empty()
    }

    /// Makes visible what may be: lines at once while one source alone is live, else when they have waited from one call
    /// to the next, so that lines which were written earlier but come a little later stand before them.
    pub fn settle(&mut self) -> Evicted {
        let is_one = self.live.is_one(self.open.sources());
        let order = if is_one { None } else { self.open.order_by_time() };
        let waited = |row: &usize| order.as_ref().map_or(*row, |order| order[*row]) < self.settled;
        let due =
            if is_one { self.open.len() } else { (0..self.open.len()).rev().find(waited).map_or(0, |row| row + 1) };
        if due == self.open.len() {
            self.seal();
        } else if due > 0 {
            let rest = self.open.gathered(due..self.open.len());
            let due = self.open.gathered(0..due);
            self.add(due, true);
            self.open = rest;
        }
        self.settled = self.open.len();
        self.show()
    }

    /// Makes all lines visible to readers and evicts what is over the budget.
    pub fn publish(&mut self) -> Evicted {
        self.seal();
        self.show()
    }

    fn show(&mut self) -> Evicted {
        self.forget_fresh();
        self.chill();
        let evicted = self.evict();
        let (services, sources) = (self.services.names(), self.sources.names());
        let segments = Arc::new(self.segments.clone());
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut shared.segments, segments);
        shared.first = self.first();
        shared.end = self.next;
        shared.services = services;
        shared.sources = sources;
        shared.stored = self.stored;
        shared.evicted = self.evicted;
        shared.bytes = self.bytes as u64;
        // The old list may be the last of its kind: it is let go of when nobody waits for the lock.
        drop(shared);
        drop(before);
        evicted
    }

    /// The id of the first line that is held.
    fn first(&self) -> LineId {
        self.segments.front().map_or(self.next, |segment| segment.first())
    }

    fn seal(&mut self) {
        self.settled = 0;
        let mut draft = std::mem::take(&mut self.open);
        draft.order_by_time();
        self.add(draft, true);
    }

    /// Adds a segment at the end; if it may, joined with those before it while they are not much larger.
    fn add(&mut self, draft: Draft, may_join: bool) {
        if draft.is_empty() {
            return;
        }
        self.count(&draft.volume());
        let mut sealed = Segment::new(self.next, draft, &self.warm);
        self.next = sealed.end();
        self.stored += lines_of(&sealed);
        while let Some(before) = self.segments.back().filter(|_| may_join) {
            if before.len() >= 2 * sealed.len() || !before.can_join(&sealed, self.segment_bytes) {
                break;
            }
            let mut joined = before.reopen();
            joined.append(&sealed.view());
            self.bytes -= before.bytes().min(self.bytes);
            sealed = Segment::new(before.first(), joined, &self.warm);
            self.segments.pop_back();
            self.cold = self.cold.min(self.segments.len());
        }
        self.bytes += sealed.bytes();
        self.segments.push_back(Arc::new(sealed));
    }

    fn count(&self, volume: &Volume) {
        self.volume.lock().unwrap_or_else(PoisonError::into_inner).merge(volume);
    }

    /// Has the oldest segments of files give up their columns until all fits, as far as it will.
    fn chill(&mut self) {
        while self.bytes > self.budget
            && let Some(segment) = self.segments.get(self.cold)
        {
            self.bytes -= segment.chill().min(self.bytes);
            self.cold += 1;
        }
    }

    /// Drops whole segments, oldest first; the newest always stays.
    fn evict(&mut self) -> Evicted {
        let mut out = Evicted::new();
        while self.bytes > self.budget
            && self.segments.len() > 1
            && self.segments.front().is_some_and(|oldest| oldest.end() <= self.unread_from)
            && let Some(oldest) = self.segments.pop_front()
        {
            self.has_evicted = true;
            self.cold = self.cold.saturating_sub(1);
            self.bytes -= oldest.bytes().min(self.bytes);
            for (source, count) in oldest.per_source() {
                self.evicted += u64::from(*count);
                match out.iter_mut().find(|(known, _)| known == source) {
                    Some((_, sum)) => *sum += u64::from(*count),
                    None => out.push((*source, u64::from(*count))),
                }
            }
        }
        out
    }
}

impl Drop for LogWriter {
    /// No more will be read: text that is at hand need not stay.
    fn drop(&mut self) {
        self.has_appended = false;
        self.forget_fresh();
    }
}

/// How many lines, loss rows left out.
fn lines_of(segment: &Segment) -> u64 {
    segment.levels().iter().map(|count| u64::from(*count)).sum()
}

#[cfg(test)]
mod tests;
