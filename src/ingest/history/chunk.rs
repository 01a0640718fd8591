//! A piece of a stretch: read, parsed and made a draft of, by whichever thread is free.

use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;

use crate::extent::{Gone, TextFile};
use crate::store::{Draft, FileLines};

/// How much is read at a time to find where a line begins.
const PROBE: u64 = 4096;

/// The lines of `within` that begin in `nominal`, which may begin and end anywhere, also inside a line.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) lines: Arc<FileLines>,
    /// Whole lines of the file.
    pub(super) within: Range<u64>,
    pub(super) nominal: Range<u64>,
}

impl Chunk {
    /// Reads into `text` and parses. Several drafts where the lines are short.
    pub(super) fn read(&self, text: &mut Vec<u8>) -> Result<Vec<Draft>, Gone> {
        let (start, end) = (self.line_start(self.nominal.start)?, self.line_start(self.nominal.end)?);
        self.lines.file.read(start..end, text)?;
        let mut drafts = Vec::new();
        let mut draft = Draft::default();
        self.lines.reader.reread(text, start, &mut |line, range| {
            if !draft.has_room(0, usize::MAX) {
                drafts.push(std::mem::take(&mut draft));
            }
            draft.push_placed(line, &self.lines, &(start + u64::from(range.start)..start + u64::from(range.end)));
        });
        if !draft.is_empty() {
            drafts.push(draft);
        }
        Ok(drafts)
    }

    /// Where the first line begins at or after `offset`.
    fn line_start(&self, offset: u64) -> Result<u64, Gone> {
        if offset <= self.within.start {
            return Ok(self.within.start);
        }
        line_start(&self.lines.file, offset, self.within.end)
    }
}

fn line_start(file: &TextFile, offset: u64, end: u64) -> Result<u64, Gone> {
    let mut buf = Vec::new();
    let mut from = offset - 1;
    let mut step = PROBE;
    while from < end {
        let to = (from + step).min(end);
        file.read(from..to, &mut buf)?;
        if let Some(at) = memchr(b'\n', &buf) {
            return Ok(from + at as u64 + 1);
        }
        (from, step) = (to, (step * 4).min(1 << 20));
    }
    Ok(end)
}
