//! Several stretches to one timeline: a merge by time, whole drafts at a time where files do not overlap.

use super::pool::Pool;
use super::timeline::{MAX_CHUNK, Timeline};
use crate::model::Nanos;
use crate::source::HistoryOrder;
use crate::store::{Draft, NameId};

/// Text that is read ahead in all, as far as the smallest chunks allow.
const READ_AHEAD: u64 = 128 << 20;
/// The largest chunks of very many files.
const MIN_CHUNK: u64 = 16 << 10;

/// Lines that follow each other in the timeline, and how many of them each source has.
pub(in crate::ingest) struct Merged {
    pub(in crate::ingest) draft: Draft,
    pub(in crate::ingest) order: HistoryOrder,
    pub(in crate::ingest) shares: Vec<Share>,
}

/// How many of some lines are of one source.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Share {
    pub(in crate::ingest) lane: usize,
    /// Under which name they are stored.
    pub(in crate::ingest) source: NameId,
    pub(in crate::ingest) lines: u64,
}

/// Stretches being merged.
pub(super) struct Merge {
    order: HistoryOrder,
    timelines: Vec<Timeline>,
}

impl Merge {
    pub(super) fn new(order: HistoryOrder, mut timelines: Vec<Timeline>) -> Self {
        let max_chunk = max_chunk(timelines.len());
        timelines.iter_mut().enumerate().for_each(|(rank, timeline)| timeline.enrol(rank, max_chunk));
        Self { order, timelines }
    }

    /// The next lines of the timeline, several drafts where they are many; `None` at its end. Reads ahead meanwhile.
    pub(super) fn next(&mut self, pool: &Pool) -> Option<Vec<Merged>> {
        // All first chunks are asked for before the first is waited for.
        let first = if self.timelines.len() == 1 { pool.threads() + 1 } else { 1 };
        self.timelines.iter_mut().for_each(|timeline| timeline.read_ahead(pool, first));
        let depth = depth(self.timelines.len(), pool.threads());
        self.timelines.retain_mut(|timeline| timeline.fill(pool, depth));
        if self.timelines.is_empty() {
            return None;
        }
        let horizons = self.timelines.iter().filter(|timeline| timeline.has_more()).filter_map(Timeline::horizon);
        let bound = match self.order {
            HistoryOrder::FromStart => horizons.min(),
            HistoryOrder::FromEnd => horizons.max(),
        };
        let counts: Vec<usize> = self.timelines.iter().map(|timeline| timeline.count(bound)).collect();
        let taking = counts.iter().filter(|count| **count > 0).count();
        Some(if taking == 1 { self.alone(&counts) } else { self.woven(&counts) })
    }

    fn alone(&mut self, counts: &[usize]) -> Vec<Merged> {
        let taken = self.timelines.iter_mut().zip(counts).find(|(_, count)| **count > 0);
        let merged = taken.map(|(timeline, count)| {
            let draft = timeline.take(*count);
            let share = Share { lane: timeline.lane, source: timeline.source, lines: draft.len() as u64 };
            Merged { shares: vec![share], order: self.order, draft }
        });
        merged.into_iter().collect()
    }

    fn woven(&mut self, counts: &[usize]) -> Vec<Merged> {
        let parts: Vec<(Share, Draft, Vec<Nanos>)> = self
            .timelines
            .iter_mut()
            .zip(counts)
            .filter(|(_, count)| **count > 0)
            .map(|(timeline, count)| {
                let (draft, keys) = timeline.take_keyed(*count);
                (Share { lane: timeline.lane, source: timeline.source, lines: 0 }, draft, keys)
            })
            .collect();
        let mut rows: Vec<(Nanos, usize, usize)> = Vec::with_capacity(counts.iter().sum());
        for (part, (_, _, keys)) in parts.iter().enumerate() {
            rows.extend(keys.iter().enumerate().map(|(row, key)| (*key, part, row)));
        }
        rows.sort_unstable();
        let mut out: Vec<Merged> = Vec::new();
        for (_, part, row) in rows {
            let Some((share, draft, _)) = parts.get(part) else { continue };
            if out.last().is_none_or(|merged| !merged.draft.has_room(0, usize::MAX)) {
                out.push(Merged { draft: Draft::default(), order: self.order, shares: Vec::new() });
            }
            let Some(merged) = out.last_mut() else { continue };
            merged.draft.push_row(draft, row);
            let is_same = |known: &&mut Share| (known.lane, known.source) == (share.lane, share.source);
            match merged.shares.iter_mut().find(is_same) {
                Some(known) => known.lines += 1,
                None => merged.shares.push(Share { lines: 1, ..*share }),
            }
        }
        if self.order == HistoryOrder::FromEnd {
            out.reverse();
        }
        out
    }
}

/// How much is read at a time of each of so many files.
fn max_chunk(files: usize) -> u64 {
    (READ_AHEAD / 8 / files.max(1) as u64).clamp(MIN_CHUNK, MAX_CHUNK)
}

/// How many chunks are read ahead of each of so many files: those that follow each other in time are read one by one,
/// and all threads have to do all the same.
fn depth(files: usize, threads: usize) -> usize {
    let in_all = READ_AHEAD / max_chunk(files) / files.max(1) as u64;
    usize::try_from(in_all).unwrap_or(usize::MAX).clamp(1, threads.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_ahead_is_bounded_whatever_the_number_of_files() {
        for files in [1, 5, 16, 64, 1000, 10_000, 100_000] {
            let ahead = files as u64 * max_chunk(files) * depth(files, 8) as u64;
            assert!(ahead <= READ_AHEAD.max(files as u64 * MIN_CHUNK), "{files}: {ahead}");
        }
        assert_eq!((max_chunk(4), depth(4, 8)), (MAX_CHUNK, 8), "a few files keep all threads busy");
    }
}
