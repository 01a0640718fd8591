//! Chunks of bytes to whole lines: the one place where text sources cut their input at line ends.
//!
//! A chunk may end anywhere, also inside a `\r\n` or a UTF-8 sequence: what is unfinished is carried over to the next
//! chunk. Bytes are not decoded; only `\n` ends a line, and one `\r` before it is taken off.
//!
//! A stream's lines are copied without their line ends ([`LineSplitter::feed`]). Those of a file that stays where it is
//! keep them and know their place ([`LineSplitter::feed_placed`]).

mod placed;
#[cfg(test)]
mod tests;

use memchr::{memchr, memchr_iter};

use super::{LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES};

/// Room for the longest mark of a cut, so that a cut line is no longer than [`MAX_LINE_BYTES`] with its mark.
const CUT_MARK_BYTES: usize = 40;

/// A batch has no more lines than this: empty lines have no bytes, but cost memory all the same.
const MAX_BATCH_LINES: usize = 64 * 1024;

/// A carry-over buffer larger than this is given back when its line is done: one huge line must not cost its size
/// for as long as the source lives.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Cuts a stream of chunks into lines. One per stream; it remembers the unfinished last line.
///
/// A line longer than [`MAX_LINE_BYTES`] is cut and ends in ` …[N bytes cut]`; memory is bounded by that length.
#[derive(Debug, Default)]
pub struct LineSplitter {
    /// The beginning of the unfinished line, at most one byte more than a line may have: that byte may be a `\r`.
    partial: Vec<u8>,
    /// How many bytes of the unfinished line are not kept in `partial`.
    skipped: u64,
    /// The last byte that was skipped.
    last_skipped: u8,
    /// Whether the beginning of the current line was handed over by [`Self::flush`].
    is_resumed: bool,
}

impl LineSplitter {
    /// Appends the lines that `chunk` completes to `batch` and keeps what is unfinished. Returns how many bytes were
    /// taken: fewer than `chunk` has when the next line would take `batch` over [`MAX_BATCH_BYTES`] or 65,536 lines.
    /// Then hand the batch over and feed the rest. An empty batch always has room. Linear in the bytes taken.
    pub fn feed(&mut self, chunk: &[u8], batch: &mut LineBatch) -> usize {
        let mut start = 0;
        if self.has_partial() || self.is_resumed {
            let Some(end) = memchr(b'\n', chunk) else {
                self.carry(chunk);
                return chunk.len();
            };
            let (rest, _) = chunk.split_at(end);
            if !has_room(batch, self.partial.len() + rest.len()) {
                return 0;
            }
            self.carry(rest);
            self.finish(batch);
            start = end + 1;
        }
        let tail = chunk.get(start..).unwrap_or_default();
        batch.bytes.reserve(tail.len().min(MAX_BATCH_BYTES.saturating_sub(batch.bytes.len())));
        let mut begin = 0;
        for end in memchr_iter(b'\n', tail) {
            let line = tail.get(begin..end).unwrap_or_default();
            if !has_room(batch, line.len()) {
                return start + begin;
            }
            if line.len() > MAX_LINE_BYTES {
                self.carry(line);
                self.finish(batch);
            } else {
                batch.push(line.strip_suffix(b"\r").unwrap_or(line));
            }
            begin = end + 1;
        }
        self.carry(tail.get(begin..).unwrap_or_default());
        chunk.len()
    }

    /// Appends the unfinished line to `batch`, which should be empty, as if it had ended here. Returns whether there
    /// was one. Where its rest comes later after all, that is a line of its own, unless it is nothing but a line end.
    pub fn flush(&mut self, batch: &mut LineBatch) -> bool {
        let had_partial = self.has_partial();
        if had_partial {
            self.finish(batch);
            self.is_resumed = true;
        }
        had_partial
    }

    /// Whether a line has begun and not ended yet.
    pub fn has_partial(&self) -> bool {
        !self.partial.is_empty()
    }

    fn carry(&mut self, bytes: &[u8]) {
        let room = (MAX_LINE_BYTES + 1).saturating_sub(self.partial.len());
        let (kept, skipped) = bytes.split_at(room.min(bytes.len()));
        self.partial.extend_from_slice(kept);
        self.skipped += skipped.len() as u64;
        if let Some(last) = skipped.last() {
            self.last_skipped = *last;
        }
    }

    fn finish(&mut self, batch: &mut LineBatch) {
        let last = if self.skipped > 0 { Some(&self.last_skipped) } else { self.partial.last() };
        let is_crlf = last == Some(&b'\r');
        let length = self.partial.len() as u64 + self.skipped - u64::from(is_crlf);
        if length > MAX_LINE_BYTES as u64 {
            self.partial.truncate(char_boundary(&self.partial, MAX_LINE_BYTES - CUT_MARK_BYTES));
            let cut = length - self.partial.len() as u64;
            self.partial.extend_from_slice(format!(" …[{cut} bytes cut]").as_bytes());
        } else if is_crlf {
            self.partial.pop();
        }
        if !(self.is_resumed && self.partial.is_empty()) {
            batch.push(&self.partial);
        }
        self.partial.clear();
        self.partial.shrink_to(KEPT_CAPACITY);
        self.skipped = 0;
        self.is_resumed = false;
    }
}

/// Whether a line of `length` bytes before any cut still fits into `batch`.
fn has_room(batch: &LineBatch, length: usize) -> bool {
    let fits = batch.bytes.len() + length.min(MAX_LINE_BYTES) <= MAX_BATCH_BYTES;
    batch.is_empty() || (fits && batch.len() < MAX_BATCH_LINES)
}

/// The largest length up to `limit` at which `bytes` can be cut without cutting a UTF-8 sequence; `limit` itself
/// where the bytes are not UTF-8.
fn char_boundary(bytes: &[u8], limit: usize) -> usize {
    let is_continuation = |idx: usize| bytes.get(idx).is_some_and(|byte| byte & 0xC0 == 0x80);
    (limit.saturating_sub(3)..=limit).rev().find(|idx| !is_continuation(*idx)).unwrap_or(limit)
}
