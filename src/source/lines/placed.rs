//! Lines that stay where they are: a batch carries the very bytes of the file, line ends and all, and says where they
//! stand, so that the store can refer to the file and keep no copy.

use std::mem;

use memchr::{memchr, memchr_iter};

use super::{LineSplitter, MAX_BATCH_LINES};
use crate::source::{LineBatch, MAX_BATCH_BYTES, Place, without_line_end};

impl LineSplitter {
    /// Like [`Self::feed`], for a chunk that stands at `place` and follows what was fed before without a gap. Puts what
    /// the chunk completes into `batch`, which has to be empty, in one piece with its place. Returns how many bytes
    /// were taken; where that is fewer than `chunk` has, hand the batch over and feed the rest to an empty one.
    ///
    /// A line that does not fit into a batch with its line end is handed over alone, cut, and without a place. Linear
    /// in the bytes taken; the bytes of whole lines are copied once.
    pub fn feed_placed(&mut self, chunk: &[u8], place: Place, batch: &mut LineBatch) -> usize {
        let mut begin = 0;
        let start = place.start.saturating_sub(self.partial.len() as u64);
        if self.has_partial() || self.is_resumed {
            let Some(end) = memchr(b'\n', chunk) else {
                self.carry(chunk);
                return chunk.len();
            };
            begin = end + 1;
            let (first, _) = chunk.split_at(begin);
            if !self.complete(first, batch) {
                return begin;
            }
        }
        let tail = chunk.get(begin..).unwrap_or_default();
        let carried = batch.bytes.len();
        let (whole, is_full) = whole_lines(tail, batch);
        batch.bytes.extend_from_slice(tail.get(..whole).unwrap_or_default());
        let first = if carried > 0 { start } else { place.start + begin as u64 };
        batch.place = Some(Place { start: first, ..place });
        let rest = tail.get(whole..).unwrap_or_default();
        if !is_full {
            self.carry(rest);
            return chunk.len();
        }
        if !batch.is_empty() {
            return begin + whole;
        }
        batch.place = None;
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        self.carry(rest.get(..end).unwrap_or_default());
        self.finish(batch);
        begin + end + 1
    }

    /// Ends the unfinished line with `rest`, which ends in its line end, and puts it into `batch` as it stands in the
    /// file. Returns whether the batch may go on with what follows there: not after a line that had to be cut.
    fn complete(&mut self, rest: &[u8], batch: &mut LineBatch) -> bool {
        let is_long = self.skipped > 0 || self.partial.len() + rest.len() > MAX_BATCH_BYTES;
        if is_long {
            self.carry(rest.strip_suffix(b"\n").unwrap_or(rest));
            self.finish(batch);
            return false;
        }
        let mut line = mem::take(&mut self.partial);
        line.extend_from_slice(rest);
        // What was handed over by a flush ended there; its late line end is no line.
        let is_only_end = self.is_resumed && without_line_end(&line).is_empty();
        self.is_resumed = false;
        if !is_only_end {
            batch.bytes = line;
            batch.end_line(0);
        }
        true
    }
}

/// Notes in `batch` where the lines of `text` end that fit into it behind what it has. Returns how many bytes they
/// are, and whether a whole line is left that does not fit.
fn whole_lines(text: &[u8], batch: &mut LineBatch) -> (usize, bool) {
    let mut whole = 0;
    for end in memchr_iter(b'\n', text) {
        if batch.bytes.len() + end + 1 > MAX_BATCH_BYTES || batch.len() >= MAX_BATCH_LINES {
            return (whole, true);
        }
        whole = end + 1;
        batch.end_line(whole);
    }
    (whole, false)
}

impl LineBatch {
    /// Ends a line `ahead` bytes behind the batch's text, which are still to be appended.
    fn end_line(&mut self, ahead: usize) {
        self.ends.push(u32::try_from(self.bytes.len() + ahead).unwrap_or(u32::MAX));
    }
}
