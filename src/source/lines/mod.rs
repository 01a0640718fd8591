//! Chunks of bytes to records: the one place where text sources cut their input at line ends, and join the lines that
//! belong together ([`crate::parse::join`]).
//!
//! A chunk may end anywhere, also inside a `\r\n` or a UTF-8 sequence: what is unfinished is carried over to the next
//! chunk. Bytes are not decoded; only `\n` ends a line, and one `\r` before it is taken off the end of a record. Within a
//! record line ends stay as they are.
//!
//! A stream's records are copied ([`LineSplitter::feed`]). Those of a file that stays where it is keep their last line end
//! and know their place ([`LineSplitter::feed_placed`]).
//!
//! A record whose next line may still belong to it is held back for a moment: see [`LineSplitter::patience`].

#[cfg(test)]
mod tests;

use std::time::Duration;

use memchr::{memchr, memchr_iter};

use super::{LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES, Place};
use crate::config::SourceOptions;
use crate::parse::join::{self, JoinRule, Joiner, Outlook, without_line_end};

/// Room for the longest mark of a cut, so that a cut line is no longer than [`MAX_LINE_BYTES`] with its mark.
const CUT_MARK_BYTES: usize = 40;

/// The longest line end, `\r\n`.
const LINE_END: usize = 2;

/// A batch has no more lines than this: empty lines have no bytes, but cost memory all the same.
pub(super) const MAX_BATCH_LINES: usize = 64 * 1024;

/// A carry-over buffer larger than this is given back when its line is done: one huge line must not cost its size
/// for as long as the source lives.
const KEPT_CAPACITY: usize = 64 * 1024;

/// An unfinished line that has not grown for this long is handed over as it is.
const UNFINISHED: Duration = Duration::from_millis(1500);

/// A record that is likely to go on, and has not for this long, is handed over: its writer writes it in one go.
pub(super) const LIKELY: Duration = Duration::from_millis(100);

/// Any other record waits for so long: what was written together may have been read in two pieces.
pub(super) const UNLIKELY: Duration = Duration::from_millis(10);

/// Cuts a stream of chunks into records. One per stream; it remembers the record that is not complete.
///
/// A line longer than [`MAX_LINE_BYTES`] is a record of its own, is cut and ends in ` …[N bytes cut]`; memory is bounded
/// by twice that length.
#[derive(Debug)]
pub struct LineSplitter {
    joiner: Joiner,
    /// The open record: whole lines with their line ends, then the beginning of the unfinished line, at most one byte
    /// more than a line may have: that byte may be a `\r`.
    partial: Vec<u8>,
    /// Where in `partial` the unfinished line begins.
    line: usize,
    /// How many bytes of the unfinished line are not kept in `partial`.
    skipped: u64,
    /// The last byte that was skipped.
    last_skipped: u8,
    /// Whether the beginning of the current line was handed over already.
    is_resumed: bool,
    /// Where `partial` stands in its file.
    place: Option<Place>,
    /// Whether a whole line has come yet.
    has_begun: bool,
    /// Whether the open record would go on with one that was handed over before.
    is_cut: bool,
}

impl LineSplitter {
    /// A splitter that joins lines by `rule`.
    pub fn new(rule: &JoinRule) -> Self {
        Self {
            joiner: Joiner::new(rule),
            partial: Vec::new(),
            line: 0,
            skipped: 0,
            last_skipped: 0,
            is_resumed: false,
            place: None,
            has_begun: false,
            is_cut: false,
        }
    }

    /// Appends the records that `chunk` completes to `batch` and keeps what is not complete. Returns how many bytes were
    /// taken: fewer than `chunk` has when the next record would take `batch` over [`MAX_BATCH_BYTES`] or 65,536 lines.
    /// Then hand the batch over and feed the rest. An empty batch always has room. Linear in the bytes taken.
    pub fn feed(&mut self, chunk: &[u8], batch: &mut LineBatch) -> usize {
        self.take(chunk, None, batch)
    }

    /// Like [`Self::feed`], for a chunk that stands at `place` and follows what was fed before without a gap. Puts what
    /// the chunk completes into `batch`, which has to be empty, in one piece with its place. Where fewer bytes were taken
    /// than `chunk` has, hand the batch over and feed the rest to an empty one.
    ///
    /// A line that does not fit into a batch with its line end is handed over alone, cut, and without a place. Linear
    /// in the bytes taken, which are copied once.
    pub fn feed_placed(&mut self, chunk: &[u8], place: &Place, batch: &mut LineBatch) -> usize {
        self.take(chunk, Some(place), batch)
    }

    /// How long to wait for more before [`Self::settle`] hands over what is held back; `None` while nothing is.
    pub fn patience(&self) -> Option<Duration> {
        match self.line {
            0 if self.partial.is_empty() => None,
            0 => Some(UNFINISHED),
            _ if self.goes_on() => Some(UNFINISHED),
            _ if self.joiner.outlook() == Outlook::Likely => Some(LIKELY),
            _ => Some(UNLIKELY),
        }
    }

    /// Hands over what was held back for long enough, to `batch`, which has to be empty: the open record, else the
    /// unfinished line as it is. Returns whether there was anything. Where the rest of an unfinished line comes later
    /// after all, that is a line of its own, unless it is nothing but a line end.
    pub fn settle(&mut self, batch: &mut LineBatch) -> bool {
        if self.partial.is_empty() {
            return false;
        }
        if self.line > 0 {
            let rest = self.partial.split_off(self.line);
            let place = self.place.take();
            let after = place.as_ref().map(|place| place.plus(self.line));
            self.hand_over(b"", place, batch);
            self.carry(&rest, after);
        } else {
            self.finish(batch);
            self.is_resumed = true;
        }
        true
    }

    /// Hands over what is held back at the end of the stream: like [`Self::settle`], but an unfinished line that belongs
    /// to the open record goes with it. To be called until it returns `false`, each time with an empty batch.
    pub fn flush(&mut self, batch: &mut LineBatch) -> bool {
        if self.goes_on() {
            self.line = 0;
        }
        self.settle(batch)
    }

    /// Whether the unfinished line, as far as it is known, goes on with the open record.
    fn goes_on(&self) -> bool {
        let has_both = self.line > 0 && self.line < self.partial.len() && self.skipped == 0;
        let line = self.partial.get(self.line..).unwrap_or_default();
        has_both && self.joiner.clone().continues(line)
    }

    fn take(&mut self, chunk: &[u8], place: Option<&Place>, batch: &mut LineBatch) -> usize {
        let mut begin = 0;
        if self.line < self.partial.len() || self.is_resumed {
            let Some(end) = memchr(b'\n', chunk) else {
                self.carry(chunk, place.cloned());
                return chunk.len();
            };
            let (rest, _) = chunk.split_at(end + 1);
            if !has_room(batch, self.partial.len() + rest.len()) {
                return 0;
            }
            match self.complete(rest, place, batch) {
                Completed::Open => begin = rest.len(),
                Completed::Alone => return rest.len(),
                Completed::Later => return 0,
            }
        }
        let place_at = |at: usize| place.map(|place| place.plus(at));
        let tail = chunk.get(begin..).unwrap_or_default();
        let (first, mut record) = (begin, begin);
        for end in memchr_iter(b'\n', tail).map(|end| first + end) {
            let open = chunk.get(record..begin).unwrap_or_default();
            let line = without_line_end(chunk.get(begin..=end).unwrap_or_default());
            if !has_room(batch, self.partial.len() + open.len()) {
                self.keep(open, place_at(record));
                return begin;
            }
            let has_open = !open.is_empty() || !self.partial.is_empty();
            if is_long(line.len() + LINE_END) {
                if has_open {
                    self.hand_over(open, place_at(record), batch);
                }
                if (place.is_some() && !batch.is_empty()) || !has_room(batch, line.len()) {
                    return begin;
                }
                self.joins(line, false);
                self.carry(line, None);
                self.finish(batch);
                if place.is_some() {
                    return end + 1;
                }
                record = end + 1;
            } else if !self.joins(line, has_open) {
                if has_open {
                    self.hand_over(open, place_at(record), batch);
                }
                record = begin;
            }
            begin = end + 1;
        }
        let open = chunk.get(record..begin).unwrap_or_default();
        if !open.is_empty() || !self.partial.is_empty() {
            let is_complete = self.joiner.outlook() == Outlook::Complete;
            if is_complete && has_room(batch, self.partial.len() + open.len()) {
                self.hand_over(open, place_at(record), batch);
            } else {
                self.keep(open, place_at(record));
            }
        }
        self.carry(chunk.get(begin..).unwrap_or_default(), place_at(begin));
        chunk.len()
    }

    /// Ends the unfinished line with `rest`, which ends in its line end. The open record has room in `batch`.
    fn complete(&mut self, rest: &[u8], place: Option<&Place>, batch: &mut LineBatch) -> Completed {
        let length = self.partial.len() - self.line + rest.len() + usize::try_from(self.skipped).unwrap_or(usize::MAX);
        let is_long = self.skipped > 0 || is_long(length);
        if is_long && (self.line > 0 || (place.is_some() && !batch.is_empty())) {
            // What was before goes first, and in placed batches alone.
            let line = self.partial.split_off(self.line);
            let known = self.place.take();
            if !self.partial.is_empty() {
                self.hand_over(b"", known, batch);
            }
            self.partial = line;
            return Completed::Later;
        }
        if is_long {
            self.carry(rest.strip_suffix(b"\n").unwrap_or(rest), None);
            let line = std::mem::take(&mut self.partial);
            self.joins(&line, false);
            self.partial = line;
            self.finish(batch);
            return if place.is_some() { Completed::Alone } else { Completed::Open };
        }
        let start = self.line;
        if self.partial.is_empty() {
            self.place = place.cloned();
        }
        self.partial.extend_from_slice(rest);
        let line = self.partial.split_off(start);
        // What was handed over by a flush ended there; its late line end is no line.
        let is_only_end = std::mem::take(&mut self.is_resumed) && without_line_end(&line).is_empty();
        if is_only_end {
            if self.partial.is_empty() {
                self.place = None;
            }
        } else if self.joins(without_line_end(&line), start > 0) {
            self.partial.extend_from_slice(&line);
        } else {
            let after = self.place.as_ref().map(|place| place.plus(start));
            if start > 0 {
                let known = self.place.take();
                self.hand_over(b"", known, batch);
            }
            (self.partial, self.place) = (line, after);
        }
        self.line = self.partial.len();
        Completed::Open
    }

    /// Whether `line` belongs to the record that is open. Where it would, but that was handed over, it is cut off from it.
    fn joins(&mut self, line: &[u8], has_open: bool) -> bool {
        let goes_on = self.joiner.continues(line);
        if !self.has_begun {
            self.has_begun = true;
            self.is_cut = !join::is_start(line);
        }
        if goes_on && !has_open {
            self.joiner.begin(line);
            self.is_cut = true;
        }
        goes_on && has_open
    }

    /// Appends the open record to `batch`: what was carried, and `rest`, which stands at `place`.
    fn hand_over(&mut self, rest: &[u8], place: Option<Place>, batch: &mut LineBatch) {
        let is_cut = std::mem::take(&mut self.is_cut);
        let carried = std::mem::take(&mut self.place);
        if let Some(place) = place {
            let first = if self.partial.is_empty() { place } else { carried.unwrap_or(place) };
            batch.place.get_or_insert(Place { is_cut, ..first });
            batch.bytes.extend_from_slice(&self.partial);
            batch.push(rest);
        } else if self.partial.is_empty() {
            batch.push(without_line_end(rest));
        } else {
            self.partial.extend_from_slice(rest);
            batch.push(without_line_end(&self.partial));
        }
        self.forget();
    }

    /// Carries the whole lines of `open`, which stand at `place`.
    fn keep(&mut self, open: &[u8], place: Option<Place>) {
        self.carry(open, place);
        self.line = self.partial.len();
    }

    fn carry(&mut self, bytes: &[u8], place: Option<Place>) {
        if self.partial.is_empty() && !bytes.is_empty() {
            self.place = place;
        }
        let room = (MAX_LINE_BYTES + 1).saturating_sub(self.partial.len() - self.line);
        let (kept, skipped) = bytes.split_at(room.min(bytes.len()));
        self.partial.extend_from_slice(kept);
        self.skipped += skipped.len() as u64;
        if let Some(last) = skipped.last() {
            self.last_skipped = *last;
        }
    }

    /// Hands over what is carried as it is, and cut if it is too long.
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
        (self.skipped, self.is_resumed, self.is_cut) = (0, false, false);
        self.forget();
    }

    fn forget(&mut self) {
        self.partial.clear();
        self.partial.shrink_to(KEPT_CAPACITY);
        (self.line, self.place) = (0, None);
    }
}

/// What became of a line that was unfinished.
enum Completed {
    /// It is part of the open record.
    Open,
    /// It was too long, and fills the batch.
    Alone,
    /// Something had to be handed over first; nothing was taken.
    Later,
}

/// How the lines of a source with these options are joined to records. An error is a pattern that is none.
pub fn join_rule(options: &SourceOptions) -> Result<JoinRule, regex::Error> {
    options.join.as_deref().map_or(Ok(JoinRule::default()), str::parse)
}

/// Whether a line of `length` bytes with its line end has to be looked at alone: it may have to be cut, and a batch with
/// its place has no room for it.
fn is_long(length: usize) -> bool {
    length > MAX_LINE_BYTES
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
