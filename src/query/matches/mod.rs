//! The lines that match a query: tens of millions in a few megabytes, cheap to clone, found by id and by rank.
//!
//! Matches are a list of [`Run`]s behind `Arc`s, so that whoever searches and whoever shows share them. A line costs a
//! bit where many match and two bytes where few do. The list grows at both ends and, where an older answer is taken up
//! again, in the middle.

mod context;
mod run;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

pub use context::context;
use run::MAX_SPAN;
pub use run::Run;

use crate::store::LineId;

/// Matches up to which a run grows with whatever comes; a larger one is joined with what is half as large at least, as
/// in a log-structured merge tree. What live lines bring in is little, and often.
const SMALL: u64 = 256;

/// The lines that match, rising. A clone costs a pointer a run.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    runs: VecDeque<Entry>,
    /// The rank of the first match that is held, counted as the entries count: those before it in the first run are
    /// evicted. A run is let go when all of it is.
    start: i64,
}

/// A run, and how many matches stand before it, counted from anywhere: growing in front makes it negative.
#[derive(Clone, Debug)]
struct Entry {
    start: i64,
    run: Arc<Run>,
}

impl Entry {
    fn end(&self) -> i64 {
        self.start + signed(self.run.count())
    }
}

impl Matches {
    /// No match.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many matches. O(1).
    pub fn len(&self) -> u64 {
        self.runs.back().map_or(0, |last| unsigned(last.end() - self.start))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The first match. O(1), or the size of a run when a part of it was evicted.
    pub fn first(&self) -> Option<LineId> {
        let front = self.runs.front()?;
        if front.start == self.start { Some(front.run.first()) } else { self.select(0) }
    }

    /// The last match. O(1).
    pub fn last(&self) -> Option<LineId> {
        self.runs.back().map(|entry| entry.run.last())
    }

    /// Adds a run wherever it belongs: at either end, or between others, or among them. At the ends amortised O(log)
    /// for each match of a small run, else O(1); elsewhere O(runs) and the size of those it overlaps.
    pub fn insert(&mut self, run: Arc<Run>) {
        if self.last().is_none_or(|last| last < run.first()) {
            return self.push_back(run);
        }
        self.trim();
        if self.runs.front().is_some_and(|front| run.last() < front.run.first()) {
            return self.push_front(run);
        }
        let from = self.runs.partition_point(|entry| entry.run.last() < run.first());
        let to = self.runs.partition_point(|entry| entry.run.first() <= run.last());
        if from == to {
            self.replace(from..to, vec![run]);
        } else {
            let mut ids: Vec<LineId> = self.runs.range(from..to).flat_map(|entry| entry.run.iter()).collect();
            ids.extend(run.iter());
            ids.sort_unstable();
            ids.dedup();
            self.replace(from..to, Run::of_rising(ids.into_iter()).into_iter().map(Arc::new).collect());
        }
    }

    fn push_back(&mut self, mut run: Arc<Run>) {
        let mut start = self.runs.back().map_or(self.start, Entry::end);
        while let Some(back) = self.runs.back().filter(|back| are_joined(&back.run, &run))
            && let Some(both) = joined(&back.run, &run)
        {
            run = both;
            start = back.start;
            self.runs.pop_back();
        }
        self.runs.push_back(Entry { start, run });
    }

    /// Nothing of the first run may be evicted.
    fn push_front(&mut self, mut run: Arc<Run>) {
        let mut end = self.start;
        while let Some(front) = self.runs.front().filter(|front| are_joined(&front.run, &run))
            && let Some(both) = joined(&run, &front.run)
        {
            run = both;
            end = front.end();
            self.runs.pop_front();
        }
        self.start = end - signed(run.count());
        self.runs.push_front(Entry { start: self.start, run });
    }

    /// Puts `runs` in place of those in `range`.
    fn replace(&mut self, range: Range<usize>, runs: Vec<Arc<Run>>) {
        let later = self.runs.split_off(range.end);
        self.runs.truncate(range.start);
        for run in runs.into_iter().chain(later.into_iter().map(|entry| entry.run)) {
            let start = self.runs.back().map_or(self.start, Entry::end);
            self.runs.push_back(Entry { start, run });
        }
    }

    /// Forgets all matches below `id`. Amortised O(1), and the size of one run.
    pub fn evict(&mut self, id: LineId) {
        while self.runs.front().is_some_and(|front| front.run.last() < id) {
            let gone = self.runs.pop_front();
            self.start = self.start.max(gone.map_or(self.start, |entry| entry.end()));
        }
        if let Some(front) = self.runs.front() {
            self.start = self.start.max(front.start + signed(front.run.rank(id)));
        }
    }

    /// Cuts off what was evicted of the first run.
    fn trim(&mut self) {
        let Some(first) = self.first() else { return };
        if let Some(front) = self.runs.front_mut().filter(|front| front.start < self.start)
            && let Some(kept) = Run::of_rising(front.run.between(first, LineId::MAX)).pop()
        {
            *front = Entry { start: self.start, run: Arc::new(kept) };
        }
    }

    /// How many matches are below `id`. O(log runs), and the size of one run.
    pub fn rank(&self, id: LineId) -> u64 {
        let at = self.runs.partition_point(|entry| entry.run.last() < id);
        let below = match self.runs.get(at) {
            Some(entry) => entry.start + signed(entry.run.rank(id)),
            None => return self.len(),
        };
        unsigned(below - self.start)
    }

    /// The match that `rank` others are below. O(log runs), and the size of one run.
    pub fn select(&self, rank: u64) -> Option<LineId> {
        let rank = self.start.checked_add(i64::try_from(rank).ok()?)?;
        let entry = self.runs.get(self.runs.partition_point(|entry| entry.end() <= rank))?;
        entry.run.select(unsigned(rank - entry.start))
    }

    /// The first match from `id` on. O(log runs), and the size of one run.
    pub fn at_or_after(&self, id: LineId) -> Option<LineId> {
        self.range(id..LineId::MAX).next()
    }

    /// The last match up to `id`. O(log runs), and the size of one run.
    pub fn at_or_before(&self, id: LineId) -> Option<LineId> {
        self.range(0..id.saturating_add(1)).next_back()
    }

    /// Whether `id` matches. O(log runs), and the size of one run.
    pub fn contains(&self, id: LineId) -> bool {
        self.at_or_after(id) == Some(id)
    }

    /// The matches within `ids`, rising; from the back, falling.
    pub fn range(&self, ids: Range<LineId>) -> impl DoubleEndedIterator<Item = LineId> {
        let start = self.first().map_or(ids.start, |first| ids.start.max(first));
        let end = ids.end.max(start);
        let from = self.runs.partition_point(|entry| entry.run.last() < start);
        let to = self.runs.partition_point(|entry| entry.run.first() < end).max(from);
        self.runs.range(from..to).flat_map(move |entry| entry.run.between(start, end))
    }

    /// All matches, rising; from the back, falling.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = LineId> {
        self.range(0..LineId::MAX)
    }

    /// The matches and up to `rows` lines before and after each that lie within `bounds`, each line once: a filtered
    /// view with its surroundings. `bounds` are the lines that are held, `snapshot.first()..snapshot.end()`.
    /// O(matches and the lines around them); for the stretches themselves see [`context()`].
    #[must_use]
    pub fn widened(&self, rows: u64, bounds: Range<LineId>) -> Self {
        context(self.iter(), rows, bounds).flatten().collect()
    }

    /// Bytes of memory that the matches take.
    pub fn bytes(&self) -> usize {
        self.runs.iter().map(|entry| entry.run.bytes() + size_of::<Entry>()).sum()
    }
}

/// Whether a run is better joined with a new neighbour.
fn are_joined(old: &Run, new: &Run) -> bool {
    let span = old.last().max(new.last()) - old.first().min(new.first());
    span < MAX_SPAN && (old.count() < SMALL || old.count() < 2 * new.count())
}

fn joined(earlier: &Run, later: &Run) -> Option<Arc<Run>> {
    Run::of_rising(earlier.iter().chain(later.iter())).pop().map(Arc::new)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl PartialEq for Matches {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Matches {}

/// Lines in any order, each as often as one likes.
impl FromIterator<LineId> for Matches {
    fn from_iter<I: IntoIterator<Item = LineId>>(ids: I) -> Self {
        let mut ids: Vec<LineId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut matches = Self::new();
        matches.replace(0..0, Run::of_rising(ids.into_iter()).into_iter().map(Arc::new).collect());
        matches
    }
}

#[cfg(test)]
mod tests;
