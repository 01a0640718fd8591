//! The drafts of one stretch in their order, with the key by which each line is merged.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use super::chunk::Chunk;
use super::pool::{Outcome, Pool};
use crate::extent::Gone;
use crate::model::Nanos;
use crate::source::HistoryOrder;
use crate::store::{Draft, FileLines, NameId};

/// The first chunk is small, so that the first screen is there at once; they grow to what is fastest.
const FIRST_CHUNK: u64 = 256 << 10;
/// No chunk is larger; of many files smaller ones are read.
pub(super) const MAX_CHUNK: u64 = 2 << 20;

/// A place in the merge: a time, and a rank among lines of one time.
pub(super) type Mark = (Nanos, usize);

/// A stretch on its way into the store.
pub(in crate::ingest) struct Timeline {
    /// Which source it is of.
    pub(super) lane: usize,
    /// Under which name its lines are stored.
    pub(super) source: NameId,
    /// Of lines of one time those of the lower rank stand first.
    pub(super) rank: usize,
    order: HistoryOrder,
    lines: Arc<FileLines>,
    within: Range<u64>,
    /// What no chunk was made of yet.
    rest: Range<u64>,
    chunk: u64,
    /// How large chunks get.
    max_chunk: u64,
    reading: VecDeque<(u64, Receiver<Outcome>)>,
    /// Drafts that were read, in the order of the merge.
    ready: VecDeque<Draft>,
    /// The first of `ready` and the keys of its lines.
    head: Option<Head>,
    /// The key of the line that was taken in last.
    last_key: Option<Nanos>,
    /// Bytes of history of its source that were dealt with.
    done: Arc<AtomicU64>,
}

/// A draft that is being merged.
struct Head {
    draft: Draft,
    /// The time of each line, made to run in one direction: a line is never put past another of its file.
    keys: Vec<Nanos>,
    /// The rows that were not taken yet.
    rows: Range<usize>,
}

impl Timeline {
    /// A stretch of whole lines. `done` counts the bytes that were dealt with.
    pub(in crate::ingest) fn new(
        (lane, source): (usize, NameId),
        lines: Arc<FileLines>,
        range: Range<u64>,
        order: HistoryOrder,
        done: Arc<AtomicU64>,
    ) -> Self {
        Self {
            lane,
            source,
            rank: 0,
            order,
            lines,
            rest: range.clone(),
            within: range,
            chunk: FIRST_CHUNK,
            max_chunk: MAX_CHUNK,
            reading: VecDeque::new(),
            ready: VecDeque::new(),
            head: None,
            last_key: None,
            done,
        }
    }

    /// Gives it its place among those that it is merged with, and says how much may be read of it at a time.
    pub(super) fn enrol(&mut self, rank: usize, max_chunk: u64) {
        (self.rank, self.max_chunk) = (rank, max_chunk);
        self.chunk = self.chunk.min(max_chunk);
    }

    pub(super) fn order(&self) -> HistoryOrder {
        self.order
    }

    /// Has chunks read ahead until `depth` are under way.
    pub(super) fn read_ahead(&mut self, pool: &Pool, depth: usize) {
        while self.reading.len() < depth && !self.rest.is_empty() {
            let length = self.chunk.min(self.rest.end - self.rest.start);
            let nominal = match self.order {
                HistoryOrder::FromStart => self.rest.start..self.rest.start + length,
                HistoryOrder::FromEnd => self.rest.end - length..self.rest.end,
            };
            match self.order {
                HistoryOrder::FromStart => self.rest.start = nominal.end,
                HistoryOrder::FromEnd => self.rest.end = nominal.start,
            }
            self.chunk = (self.chunk * 4).min(self.max_chunk);
            let chunk = Chunk {
                lines: Arc::clone(&self.lines),
                within: self.within.clone(),
                nominal,
                lends: self.order == HistoryOrder::FromStart,
            };
            self.reading.push_back((length, pool.read(chunk)));
        }
    }

    /// Sees to it that there is a line to merge, waiting for it. `false` when all lines were taken, the file is gone, or
    /// nobody wants them any more.
    pub(super) fn fill(&mut self, pool: &Pool, depth: usize) -> bool {
        while self.head.as_ref().is_none_or(|head| head.rows.is_empty()) {
            if let Some(draft) = self.ready.pop_front() {
                self.head = Some(self.keyed(draft));
                continue;
            }
            if pool.is_over() {
                return false;
            }
            self.read_ahead(pool, depth);
            let Some((length, reading)) = self.reading.pop_front() else {
                self.head = None;
                return false;
            };
            self.done.fetch_add(length, Ordering::Relaxed);
            match reading.recv() {
                Ok(Ok(drafts)) if self.order == HistoryOrder::FromStart => self.ready.extend(drafts),
                Ok(Ok(drafts)) => self.ready.extend(drafts.into_iter().rev()),
                Ok(Err(gone)) => self.lose(&gone),
                Err(_) => tracing::error!(path = %self.lines.file.path().display(), "a piece of a file was not read"),
            }
        }
        true
    }

    /// A part of the file could not be read. A file that is another one now is not read any further.
    fn lose(&mut self, gone: &Gone) {
        tracing::warn!(path = %self.lines.file.path().display(), %gone, "a file is gone while it is indexed");
        if matches!(gone, Gone::Truncated | Gone::Replaced) {
            let asked: u64 = self.reading.drain(..).map(|(length, _)| length).sum();
            self.done.fetch_add(asked + self.rest.end - self.rest.start, Ordering::Relaxed);
            self.rest = self.rest.end..self.rest.end;
        }
    }

    fn keyed(&mut self, draft: Draft) -> Head {
        let mut keys = draft.times().to_vec();
        match self.order {
            HistoryOrder::FromStart => run(keys.iter_mut(), &mut self.last_key, Nanos::max),
            HistoryOrder::FromEnd => run(keys.iter_mut().rev(), &mut self.last_key, Nanos::min),
        }
        Head { rows: 0..draft.len(), keys, draft }
    }

    /// Whether more lines come after those of the head.
    pub(super) fn has_more(&self) -> bool {
        !self.rest.is_empty() || !self.reading.is_empty() || !self.ready.is_empty()
    }

    /// Where the last line that can be taken before more has to be read stands in the merge; `None` without any.
    pub(super) fn horizon(&self) -> Option<Mark> {
        let head = self.head.as_ref()?;
        let row = match self.order {
            HistoryOrder::FromStart => head.rows.clone().next_back()?,
            HistoryOrder::FromEnd => head.rows.start,
        };
        head.keys.get(row).map(|key| (*key, self.rank))
    }

    /// How many lines there are up to `bound`, all without one.
    pub(super) fn count(&self, bound: Option<Mark>) -> usize {
        let Some(head) = &self.head else { return 0 };
        let (Some(bound), Some(keys)) = (bound, head.keys.get(head.rows.clone())) else { return head.rows.len() };
        match self.order {
            HistoryOrder::FromStart => keys.partition_point(|key| (*key, self.rank) <= bound),
            HistoryOrder::FromEnd => keys.len() - keys.partition_point(|key| (*key, self.rank) < bound),
        }
    }

    /// Takes `count` lines off, as one draft.
    pub(super) fn take(&mut self, count: usize) -> Draft {
        let Some(head) = &mut self.head else { return Draft::default() };
        if count == head.draft.len() {
            return self.head.take().map(|head| head.draft).unwrap_or_default();
        }
        let rows = match self.order {
            HistoryOrder::FromStart => head.rows.start..head.rows.start + count,
            HistoryOrder::FromEnd => head.rows.end - count..head.rows.end,
        };
        match self.order {
            HistoryOrder::FromStart => head.rows.start = rows.end,
            HistoryOrder::FromEnd => head.rows.end = rows.start,
        }
        head.draft.gathered(rows)
    }

    /// Takes `count` lines off, each with its key.
    pub(super) fn take_keyed(&mut self, count: usize) -> (Draft, Vec<Nanos>) {
        let Some(head) = &self.head else { return (Draft::default(), Vec::new()) };
        let rows = match self.order {
            HistoryOrder::FromStart => head.rows.start..head.rows.start + count,
            HistoryOrder::FromEnd => head.rows.end - count..head.rows.end,
        };
        let keys = head.keys.get(rows).unwrap_or_default().to_vec();
        (self.take(count), keys)
    }
}

/// Makes keys run in one direction, from where the chunk before left off.
fn run<'a>(keys: impl Iterator<Item = &'a mut Nanos>, last: &mut Option<Nanos>, pick: fn(Nanos, Nanos) -> Nanos) {
    for key in keys {
        *key = last.map_or(*key, |last| pick(*key, last));
        *last = Some(*key);
    }
}

#[cfg(test)]
impl Timeline {
    /// The same, read in chunks of this size.
    pub(super) fn in_chunks_of(self, bytes: u64) -> Self {
        Self { chunk: bytes, ..self }
    }

    /// The same with its lines read another way.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&FileLines) -> FileLines) {
        self.lines = Arc::new(edit(&self.lines));
    }
}
