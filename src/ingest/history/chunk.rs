//! A piece of a stretch: read, parsed and made a draft of, by whichever thread is free.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use memchr::{memchr, memchr_iter};

use crate::extent::Gone;
use crate::store::{Buffers, Draft, FileLines, Fresh, MAX_PLACED_LINE};

/// How much of a text is looked at to guess how many lines it has.
const SAMPLE: usize = 64 << 10;
/// Stretches without a line end that are remembered.
const MAX_ENDLESS: usize = 64;
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
    /// Stretches without a line end that are known, so that an endless line is not searched again from every place in it.
    pub(super) endless: Arc<Mutex<Vec<Range<u64>>>>,
}

impl Chunk {
    /// Reads into a buffer of `spare` and parses. Several drafts where the lines are short.
    pub(super) fn read(&self, spare: &Buffers) -> Result<Vec<Draft>, Gone> {
        let start = self.line_start(self.nominal.start)?;
        if start >= self.nominal.end {
            return Ok(Vec::new());
        }
        // Of an endless line at the end only the beginning is wanted.
        let end = self.line_start(self.nominal.end)?.min(self.nominal.end + MAX_PLACED_LINE as u64 + 1);
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

    /// Where the first line begins at or after `offset`.
    fn line_start(&self, offset: u64) -> Result<u64, Gone> {
        if offset <= self.within.start {
            return Ok(self.within.start);
        }
        let mut buf = Vec::new();
        let mut from = offset - 1;
        let mut step = PROBE;
        while from < self.within.end {
            if let Some(end) = self.known_end(from) {
                from = end;
                continue;
            }
            let to = (from + step).min(self.within.end);
            self.lines.file.read(from..to, &mut buf)?;
            if let Some(at) = memchr(b'\n', &buf) {
                return Ok(from + at as u64 + 1);
            }
            if to - from == MAX_PROBE {
                self.note_endless(from..to);
            }
            (from, step) = (to, (step * 4).min(MAX_PROBE));
        }
        Ok(self.within.end)
    }

    /// Where a stretch without a line end that `from` lies in ends.
    fn known_end(&self, from: u64) -> Option<u64> {
        let known = self.endless.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|stretch| stretch.contains(&from)).map(|stretch| stretch.end)
    }

    fn note_endless(&self, stretch: Range<u64>) {
        let mut known = self.endless.lock().unwrap_or_else(PoisonError::into_inner);
        let touches = |other: &Range<u64>| other.start <= stretch.end && stretch.start <= other.end;
        if let Some(other) = known.iter_mut().find(|other| touches(other)) {
            *other = other.start.min(stretch.start)..other.end.max(stretch.end);
        } else if known.len() < MAX_ENDLESS {
            known.push(stretch);
        }
    }
}

/// How many lines a text has, to judge by its beginning, and a few more.
fn likely_lines(text: &[u8]) -> usize {
    let sample = text.get(..SAMPLE).unwrap_or(text);
    let lines = memchr_iter(b'\n', sample).count() + 1;
    lines * (text.len() / sample.len().max(1) + 1) * 17 / 16
}
