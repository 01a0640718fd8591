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

/// The beginning of a record that goes on over the end of a chunk is looked for in this much text behind it; further on
/// the record is cut.
const RECORD_REACH: u64 = 64 << 10;

/// Where a chunk begins.
struct Begin {
    at: u64,
    /// Whether the record before may go on there.
    is_cut: bool,
}

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
        let begin = self.record_start(self.nominal.start, nominal_end)?.filter(|begin| begin.at < nominal_end);
        let Some(Begin { at: start, is_cut }) = begin else {
            return Ok(Vec::new());
        };
        // Of a last line that is longer only the beginning is wanted.
        let limit = (nominal_end + MAX_PLACED_LINE as u64 + 1).min(self.within.end);
        let end = self.record_start(nominal_end, limit)?.map_or(limit, |begin| begin.at);
        let mut text = spare.take();
        self.lines.file.read(start..end, &mut text)?;
        let mut drafts = Vec::new();
        let mut draft = Draft::with_capacity(likely_lines(&text));
        self.lines.reader.reread(&text, start, &mut |line, range| {
            if !draft.has_room(0, usize::MAX) {
                drafts.push(std::mem::take(&mut draft));
            }
            let is_cut = is_cut && range.start == 0;
            let range = start + u64::from(range.start)..start + u64::from(range.end);
            draft.push_placed(line, &self.lines, &range, is_cut);
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

    /// Where the first record begins at or after `offset`, if a line does so at `limit` at the latest. The same whoever
    /// asks: the chunk that ends there and the one that begins there.
    fn record_start(&self, offset: u64, limit: u64) -> Result<Option<Begin>, Gone> {
        let Some(first) = self.line_start(offset, limit)? else { return Ok(None) };
        if first == self.within.start {
            return Ok(Some(Begin { at: first, is_cut: false }));
        }
        let mut text = Vec::new();
        self.lines.file.read(first..(first + RECORD_REACH).min(self.within.end), &mut text)?;
        let begin = match self.lines.reader.first_record(&text) {
            Some(at) => Begin { at: first + at as u64, is_cut: false },
            None => Begin { at: first, is_cut: true },
        };
        Ok(Some(begin))
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
