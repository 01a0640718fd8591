//! Where the bytes of a segment's lines are: in memory, or in a file that they are read back from.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, PoisonError};

use super::columns::Spot;
use crate::extent::{Gone, TextFile};
use crate::store::NewLine;

/// Of a longer line of a file only the beginning is stored and shown: as long as a line that is copied may be.
pub const MAX_PLACED_LINE: usize = 1 << 20;
/// What stands at the end of a line that was cut.
const CUT: &[u8] = " …[longer than 1 MiB, cut]".as_bytes();

/// Bytes of lines.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// Lines one behind the other, without line ends.
    Memory(Vec<u8>),
    /// Lines with their line ends, in a file.
    File(FileText),
}

/// A stretch of a file.
#[derive(Debug)]
pub(super) struct FileText {
    pub(super) lines: Arc<FileLines>,
    /// Where in the file it begins.
    pub(super) start: u64,
    pub(super) length: u32,
    /// Whether its first record was cut off from the one before it in the file: read in one piece with that, it would
    /// be no record.
    pub(super) is_cut: bool,
    /// The bytes themselves while they are at hand anyway.
    fresh: Mutex<Option<Arc<Fresh>>>,
}

/// Text that was just read, for those who look at it next. Its buffer goes back to where it came from.
#[derive(Debug)]
pub struct Fresh {
    bytes: Vec<u8>,
    /// Where in the file it begins.
    start: u64,
    spare: Buffers,
}

/// Buffers that are used again.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// More buffers than this, and larger ones, are given back to the system.
const MAX_SPARE: usize = 8;
const MAX_SPARE_BYTES: usize = 6 << 20;

impl Buffers {
    /// A buffer, of any length.
    pub fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub fn give(&self, buffer: Vec<u8>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MAX_SPARE && buffer.capacity() <= MAX_SPARE_BYTES {
            spare.push(buffer);
        }
    }
}

impl Fresh {
    /// The bytes of a file from `start` on, in a buffer of `spare`.
    pub fn new(bytes: Vec<u8>, start: u64, spare: Buffers) -> Self {
        Self { bytes, start, spare }
    }

    fn range(&self, range: &Range<u64>) -> Option<Range<usize>> {
        let at = |offset: u64| usize::try_from(offset.checked_sub(self.start)?).ok();
        let range = at(range.start)?..at(range.end)?;
        (range.end <= self.bytes.len()).then_some(range)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.spare.give(std::mem::take(&mut self.bytes));
    }
}

/// Bytes of a file, read for the purpose or at hand.
#[derive(Clone, Debug)]
pub(super) struct Bytes(Arc<Fresh>, Range<usize>);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.bytes.get(self.1.clone()).unwrap_or_default()
    }
}

impl Clone for FileText {
    /// Without the bytes at hand: a copy is kept for longer than they are.
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.lines), self.start, self.length, self.is_cut)
    }
}

/// A file whose lines are stored by reference, and how they are read again when their columns were given up.
pub struct FileLines {
    /// The file.
    pub file: Arc<TextFile>,
    /// Reads lines again.
    pub reader: Arc<dyn Reread>,
}

impl fmt::Debug for FileLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLines").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Parses lines of a file a second time.
pub trait Reread: Send + Sync {
    /// Calls `each` with every record of `text`, which stands at `at` in the file and begins with one, in order: the record
    /// and its range of bytes in `text`, line ends and all. Of a line longer than [`MAX_PLACED_LINE`] the range is that many
    /// bytes and one, so that it is seen to be cut. Must find the lines that were found the first time.
    fn reread(&self, text: &[u8], at: u64, each: &mut dyn FnMut(&NewLine<'_>, Range<u32>));

    /// Where in `text`, which begins with a line, the first record begins whatever was before the text. At once, where
    /// every line is a record.
    fn first_record(&self, _text: &[u8]) -> Option<usize> {
        Some(0)
    }
}

impl FileText {
    /// The range in the file.
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.start + u64::from(self.length)
    }

    pub(super) fn new(lines: Arc<FileLines>, start: u64, length: u32, is_cut: bool) -> Self {
        Self { lines, start, length, is_cut, fresh: Mutex::default() }
    }

    /// Keeps or lets go of bytes that are at hand.
    pub(super) fn set_fresh(&self, fresh: Option<&Arc<Fresh>>) {
        *self.fresh.lock().unwrap_or_else(PoisonError::into_inner) = fresh.cloned();
    }

    /// Reads all of it into a buffer of `spare`.
    pub(super) fn read(&self, spare: &Buffers) -> Result<Bytes, Gone> {
        let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((fresh, range)) = fresh.and_then(|fresh| fresh.range(&self.range()).map(|range| (fresh, range))) {
            return Ok(Bytes(fresh, range));
        }
        let mut bytes = spare.take();
        self.lines.file.read(self.range(), &mut bytes)?;
        let length = bytes.len();
        Ok(Bytes(Arc::new(Fresh::new(bytes, self.start, spare.clone())), 0..length))
    }

    /// Why it can not be read, when it can not. Reads a single byte.
    pub(super) fn gone(&self) -> Option<Gone> {
        let end = self.range().end;
        self.lines.file.read(end.saturating_sub(1)..end, &mut Vec::new()).err()
    }

    /// Reads one line. A line that is none any more has been rewritten.
    pub(super) fn read_line(&self, spot: Spot) -> Result<Vec<u8>, Gone> {
        let mut buf = Vec::new();
        let range = self.start + u64::from(spot.start)..self.start + u64::from(spot.end);
        self.lines.file.read(range, &mut buf)?;
        let line = without_line_end(&buf);
        if line.len() == buf.len() && spot.end < self.length {
            return Err(Gone::Truncated);
        }
        let length = line.len();
        buf.truncate(length);
        if let Cow::Owned(cut) = shown(&buf) {
            buf = cut;
        }
        Ok(buf)
    }
}

/// A line of a file as it is shown: without its line end, and cut when it is too long.
pub(super) fn line_of(bytes: &[u8]) -> Cow<'_, [u8]> {
    shown(without_line_end(bytes))
}

fn shown(line: &[u8]) -> Cow<'_, [u8]> {
    if line.len() <= MAX_PLACED_LINE {
        return Cow::Borrowed(line);
    }
    let room = MAX_PLACED_LINE - CUT.len();
    let is_continuation = |at: &usize| line.get(*at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let end = (room - 3..=room).rev().find(|at| !is_continuation(at)).unwrap_or(room);
    Cow::Owned([line.get(..end).unwrap_or_default(), CUT].concat())
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let Some(line) = line.strip_suffix(b"\n") else { return line };
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_taken_off_and_endless_lines_cut() {
        for (bytes, line) in [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("\n", ""), ("a\r", "a\r"), ("a\n\n", "a\n")] {
            assert_eq!(line_of(bytes.as_bytes()), line.as_bytes(), "{bytes:?}");
        }
        let long = "é".repeat(MAX_PLACED_LINE);
        let cut = line_of(long.as_bytes());
        let cut = std::str::from_utf8(&cut).unwrap();
        assert!(cut.len() <= MAX_PLACED_LINE && cut.ends_with("é …[longer than 1 MiB, cut]"), "{}", cut.len());
    }
}
