//! A piece of a stretch: read, parsed and made a draft of, by whichever thread is free.

use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use crate::extent::Gone;
use crate::store::{Buffers, Draft, FileLines, Fresh, MAX_PLACED_LINE};

/// How much of a text is looked at to guess how many lines it has.
const SAMPLE: usize = 64 << 10;
/// How much is read at a time to find where a line begins.
const PROBE: u64 = 4096;
/// The same, when the line is long.
const MAX_PROBE: u64 = 1 << 20;

/// The lines of `within` that begin in `nominal`, which may begin and end anywhere, also inside a line.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) lines: Arc<FileLines>,
    /// Whole lines of the file.
    pub(super) within: Range<u64>,
    pub(super) nominal: Range<u64>,
    /// Whether the text stays at hand for those who look at the lines next.
    pub(super) lends: bool,
}

impl Chunk {
    /// Reads into a buffer of `spare` and parses. Several drafts where the lines are short. However long the lines are,
    /// no more is read than twice the chunk and one line as it is kept: an endless line is no reason to read the file
    /// through.
    pub(super) fn read(&self, spare: &Buffers) -> Result<Vec<Draft>, Gone> {
        let nominal_end = self.nominal.end;
        let Some(start) = self.line_start(self.nominal.start, nominal_end)?.filter(|start| *start < nominal_end) else {
            return Ok(Vec::new());
        };
        // Of a last line that is longer only the beginning is wanted.
        let limit = (nominal_end + MAX_PLACED_LINE as u64 + 1).min(self.within.end);
        let end = self.line_start(nominal_end, limit)?.unwrap_or(limit);
        let mut text = spare.take();
        self.lines.file.read(start..end, &mut text)?;
        let mut drafts = Vec::new();
        let mut draft = Draft::with_capacity(likely_lines(&text));
        self.lines.reader.reread(&text, start, &mut |line, range| {
            if !draft.has_room(0, usize::MAX) {
                drafts.push(std::mem::take(&mut draft));
            }
            draft.push_placed(line, &self.lines, &(start + u64::from(range.start)..start + u64::from(range.end)));
        });
        if !draft.is_empty() {
            drafts.push(draft);
        }
        if self.lends {
            let fresh = Arc::new(Fresh::new(text, start, spare.clone()));
            for draft in &drafts {
                draft.lend(&fresh);
            }
        } else {
            spare.give(text);
        }
        Ok(drafts)
    }

    /// Where the first line begins at or after `offset`, when it is at `limit` at the latest.
    fn line_start(&self, offset: u64, limit: u64) -> Result<Option<u64>, Gone> {
        if offset <= self.within.start {
            return Ok(Some(self.within.start));
        }
        let mut buf = Vec::new();
        let mut from = offset - 1;
        let mut step = PROBE;
        while from < limit {
            let to = (from + step).min(limit);
            self.lines.file.read(from..to, &mut buf)?;
            if let Some(at) = memchr(b'\n', &buf) {
                return Ok(Some(from + at as u64 + 1));
            }
            (from, step) = (to, (step * 4).min(MAX_PROBE));
        }
        Ok(None)
    }
}

/// How many lines a text has, to judge by its beginning, and a few more.
fn likely_lines(text: &[u8]) -> usize {
    let sample = text.get(..SAMPLE).unwrap_or(text);
    let lines = memchr_iter(b'\n', sample).count() + 1;
    lines * (text.len() / sample.len().max(1) + 1) * 17 / 16
}
