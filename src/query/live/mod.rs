//! A query that stays in force while lines come and go, at both ends of the store.
//!
//! What was searched is one stretch of ids that grows: upwards with the lines that come, and downwards through those
//! that were there, newest first, so that the first screen is there at once. Pure: whoever owns it decides how much to
//! do in one go, and on how many threads. It asks for [`Piece`]s, has each searched by a [`Searcher`], and hands the
//! [`Answer`]s back in order; or it calls [`LiveQuery::advance`], which does the same by itself.

use std::ops::Range;
use std::sync::Arc;

use super::matches::Run;
use super::plan::{Bound, Plan};
use crate::model::FormatId;
use crate::store::{LineId, Segment, Snapshot, Volume};

/// Lines that [`LiveQuery::advance`] searches in one go: a slow plan shows its first matches within a few
/// milliseconds.
const PIECE: u64 = 16_384;

/// A query in force, and how far it has come. It keeps no matches: they are in what it reports.
#[derive(Clone, Debug)]
pub struct LiveQuery {
    plan: Arc<Plan>,
    /// Every line in it was searched; empty before the first one was.
    searched: Range<LineId>,
}

/// Lines of one segment that are to be searched in one go.
#[derive(Clone, Debug)]
pub struct Piece {
    segment: Arc<Segment>,
    ids: Range<LineId>,
}

/// A plan made ready for the names of one snapshot: searches pieces of it, on any thread.
pub struct Searcher<'a> {
    bound: Bound<'a>,
}

/// What was found in one piece.
#[derive(Clone, Debug)]
pub struct Answer {
    ids: Range<LineId>,
    run: Option<Arc<Run>>,
    volume: Volume,
}

/// What has been found since the last time.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The new matches. Each run lies beyond one end of what was searched before it.
    pub runs: Vec<Arc<Run>>,
    /// The new matches by time and level, rows of loss left out, to be merged into a histogram.
    pub volume: Volume,
    /// What is searched by now. Matches that are evicted later stay in it.
    pub searched: Range<LineId>,
    /// Lines of the snapshot that are yet to be searched.
    pub remaining: u64,
}

impl LiveQuery {
    /// A query that has looked at nothing yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self::resumed(plan, 0..0)
    }

    /// A query that takes up where one left off that had searched these lines; an empty range is none.
    pub fn resumed(plan: Arc<Plan>, searched: Range<LineId>) -> Self {
        Self { plan, searched }
    }

    /// The plan in force.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The lines that were searched, those evicted since left out.
    pub fn searched(&self) -> Range<LineId> {
        self.searched.clone()
    }

    /// The next lines to search, at most `most` pieces of at most `lines` lines each: first what is new, rising, then
    /// what was there before, newest first. None when all is searched. Snapshots must be given in their order.
    pub fn pieces(&mut self, snapshot: &Snapshot, most: usize, lines: u64) -> Vec<Piece> {
        self.keep_to(snapshot);
        let Range { mut start, mut end } = self.searched;
        let mut pieces = Vec::new();
        while pieces.len() < most {
            let piece = if end < snapshot.end() {
                let Some(segment) = snapshot.segment_of(end) else { break };
                let ids = end..segment.end().min(end + lines);
                end = ids.end;
                Piece { segment: Arc::clone(segment), ids }
            } else if start > snapshot.first() {
                let Some(segment) = snapshot.segment_of(start - 1) else { break };
                let ids = start.saturating_sub(lines).max(segment.first())..start;
                start = ids.start;
                Piece { segment: Arc::clone(segment), ids }
            } else {
                break;
            };
            pieces.push(piece);
        }
        pieces
    }

    /// What is needed to search pieces of `snapshot` with `plan`.
    pub fn searcher<'a>(plan: &'a Plan, snapshot: &Snapshot) -> Searcher<'a> {
        Searcher { bound: Bound::new(plan, snapshot) }
    }

    /// Takes in the answers to the first of the pieces that were asked for last, in their order. Those that were not
    /// searched are asked for again.
    pub fn take(&mut self, answers: impl IntoIterator<Item = Answer>, snapshot: &Snapshot) -> Progress {
        let mut progress = Progress::default();
        for answer in answers {
            if answer.ids.start == self.searched.end {
                self.searched.end = answer.ids.end;
            } else {
                debug_assert_eq!(answer.ids.end, self.searched.start, "answers come in the order of their pieces");
                self.searched.start = answer.ids.start;
            }
            progress.runs.extend(answer.run);
            progress.volume.merge(&answer.volume);
        }
        progress.searched = self.searched();
        let ahead = snapshot.end().saturating_sub(self.searched.end);
        progress.remaining = ahead + self.searched.start.saturating_sub(snapshot.first());
        progress
    }

    /// Searches `budget_lines` lines that were not searched yet, or what there is of them.
    pub fn advance(&mut self, snapshot: &Snapshot, budget_lines: usize) -> Progress {
        let plan = Arc::clone(&self.plan);
        let searcher = Self::searcher(&plan, snapshot);
        let mut budget = budget_lines as u64;
        let mut sum = Progress::default();
        loop {
            let pieces = self.pieces(snapshot, usize::from(budget > 0), budget.min(PIECE));
            let answers: Vec<Answer> = pieces.iter().map(|piece| searcher.search(piece)).collect();
            let lines: u64 = answers.iter().map(|answer| answer.ids.end - answer.ids.start).sum();
            let new = self.take(answers, snapshot);
            sum.runs.extend(new.runs);
            sum.volume.merge(&new.volume);
            if lines == 0 {
                return Progress { runs: sum.runs, volume: sum.volume, ..new };
            }
            budget -= lines;
        }
    }

    /// Leaves out what is no longer held. When nothing is left, or nothing was searched, it begins at the newest.
    fn keep_to(&mut self, snapshot: &Snapshot) {
        self.searched.start = self.searched.start.max(snapshot.first());
        if self.searched.is_empty() {
            self.searched = snapshot.end()..snapshot.end();
        }
    }
}

impl Progress {
    /// Whether all lines of the snapshot are searched.
    pub fn is_done(&self) -> bool {
        self.remaining == 0
    }
}

impl Searcher<'_> {
    /// Searches one piece. O(lines), at most a segment's.
    pub fn search(&self, piece: &Piece) -> Answer {
        let run = self.bound.search(&piece.segment, piece.ids.clone());
        let volume = run.as_ref().map_or_else(Volume::default, |run| volume(&piece.segment, run));
        Answer { ids: piece.ids.clone(), run: run.map(Arc::new), volume }
    }
}

/// The lines by time and level, rows of loss left out.
fn volume(segment: &Segment, run: &Run) -> Volume {
    let view = segment.view();
    let rows = run.iter().filter_map(|id| usize::try_from(id.checked_sub(segment.first())?).ok());
    let lines = rows.filter(|row| view.formats().get(*row).is_some_and(|format| *format != FormatId::LOSS));
    let mut volume = Volume::default();
    volume.add_lines(lines.map(|row| (view.times()[row], view.severities()[row].level())));
    volume
}

#[cfg(test)]
mod tests;
