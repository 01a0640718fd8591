//! A query that stays in force while lines come and go.
//!
//! What is held when it begins is searched newest first, so that the first screen is there at once; what comes later
//! is searched as it comes. Pure: whoever owns it decides how much to do in one go and when.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::plan::{Bound, Plan};
use crate::model::FormatId;
use crate::store::{LineId, Segment, Snapshot, Volume};

/// Lines of one segment that are searched in one go: the grain of the budget, and small enough that a slow plan
/// shows its first matches within a few milliseconds.
const PIECE: u64 = 16_384;

/// A query in force, and the lines that match it.
#[derive(Clone, Debug)]
pub struct LiveQuery {
    plan: Arc<Plan>,
    results: VecDeque<LineId>,
    volume: Volume,
    /// Held when the query began and not searched yet, below everything that was.
    backlog: Range<LineId>,
    /// All from the end of the backlog to here is searched.
    scanned_to: LineId,
    has_begun: bool,
    /// Lines below are not searched at all.
    from: LineId,
}

/// What one [`LiveQuery::advance`] found.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The new matches, in the order in which they are to be put to the ends of the list.
    pub chunks: Vec<Chunk>,
    /// The new matches by time and level, to be merged into a histogram.
    pub volume: Volume,
    /// How many of the oldest results were evicted, before the chunks were added.
    pub evicted: usize,
    /// Every line below is searched, but for what is left of the backlog.
    pub scanned_to: LineId,
    /// Lines of the backlog that are yet to be searched.
    pub remaining: u64,
    /// Whether all lines of the snapshot are searched.
    pub done: bool,
}

/// Matches that follow each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chunk {
    /// The lines, rising.
    pub ids: Vec<LineId>,
    /// Whether they stand before all earlier results; else they follow them.
    pub at_front: bool,
}

impl LiveQuery {
    /// A query that has looked at nothing yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            results: VecDeque::new(),
            volume: Volume::default(),
            backlog: 0..0,
            scanned_to: 0,
            has_begun: false,
            from: 0,
        }
    }

    /// A query that passes over all lines below `from`, which were searched before.
    pub fn since(plan: Arc<Plan>, from: LineId) -> Self {
        Self { from, ..Self::new(plan) }
    }

    /// The plan in force.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// All matches found so far that are held, rising.
    pub fn results(&self) -> &VecDeque<LineId> {
        &self.results
    }

    /// All matches found so far by time and level, those evicted since included.
    pub fn volume(&self) -> &Volume {
        &self.volume
    }

    /// Searches about `budget_lines` lines that were not searched yet, at least one piece: first what is new, then the
    /// backlog from its end. Results that are no longer held go. Snapshots must be given in their order.
    pub fn advance(&mut self, snapshot: &Snapshot, budget_lines: usize) -> Progress {
        let mut progress = Progress { evicted: self.evict(snapshot.first()), ..Progress::default() };
        if !self.has_begun {
            self.has_begun = true;
            self.backlog = snapshot.first().max(self.from).min(snapshot.end())..snapshot.end();
            self.scanned_to = snapshot.end();
        }
        let plan = Arc::clone(&self.plan);
        let bound = Bound::new(&plan, snapshot);
        let mut budget = budget_lines.max(1) as u64;
        while budget > 0 && self.scanned_to < snapshot.end() {
            let Some(segment) = snapshot.segment_of(self.scanned_to) else { break };
            let ids = self.scanned_to..segment.end().min(self.scanned_to + PIECE);
            self.scanned_to = ids.end;
            budget = budget.saturating_sub(ids.end - ids.start);
            self.search(&bound, segment, ids, false, &mut progress);
        }
        while budget > 0 && !self.backlog.is_empty() {
            let Some(segment) = snapshot.segment_of(self.backlog.end - 1) else { break };
            let start = self.backlog.end.saturating_sub(PIECE).max(segment.first()).max(self.backlog.start);
            let ids = start..self.backlog.end;
            self.backlog.end = start;
            budget = budget.saturating_sub(ids.end - ids.start);
            self.search(&bound, segment, ids, true, &mut progress);
        }
        self.volume.merge(&progress.volume);
        progress.scanned_to = self.scanned_to;
        progress.remaining = self.backlog.end - self.backlog.start;
        progress.done = self.backlog.is_empty() && self.scanned_to >= snapshot.end();
        progress
    }

    /// Forgets everything below `first`.
    fn evict(&mut self, first: LineId) -> usize {
        let gone = self.results.partition_point(|id| *id < first);
        self.results.drain(..gone);
        self.backlog.start = self.backlog.start.max(first).min(self.backlog.end);
        if self.has_begun {
            self.scanned_to = self.scanned_to.max(first);
        }
        gone
    }

    fn search(
        &mut self,
        bound: &Bound<'_>,
        segment: &Segment,
        ids: Range<LineId>,
        at_front: bool,
        progress: &mut Progress,
    ) {
        let mut found = Vec::new();
        bound.scan_segment(segment, ids, &mut found);
        if found.is_empty() {
            return;
        }
        count(segment, &found, &mut progress.volume);
        if at_front {
            found.iter().rev().for_each(|id| self.results.push_front(*id));
        } else {
            self.results.extend(&found);
        }
        progress.chunks.push(Chunk { ids: found, at_front });
    }
}

/// Adds the lines to `volume`, rows of loss left out.
fn count(segment: &Segment, ids: &[LineId], volume: &mut Volume) {
    let view = segment.view();
    let rows = ids.iter().filter_map(|id| usize::try_from(id.checked_sub(segment.first())?).ok());
    let lines = rows.filter(|row| view.formats().get(*row).is_some_and(|format| *format != FormatId::LOSS));
    volume.add_lines(lines.map(|row| (view.times()[row], view.severities()[row].level())));
}

#[cfg(test)]
mod tests;
