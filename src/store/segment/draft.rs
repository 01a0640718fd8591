//! A segment in the making.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::columns::{Columns, Spot};
use super::text::{FileLines, FileText, Fresh, Text};
use super::view::View;
use crate::model::{FormatId, Nanos};
use crate::store::blob;
use crate::store::volume::Volume;
use crate::store::{NameId, NewLine};

/// Lines that a segment holds at most: line numbers within it fit a `u16`.
const MAX_LINES: usize = 65_535;
/// Bytes of text in memory after which a segment takes no more lines, whatever the budget.
pub(in crate::store) const MAX_MEMORY: usize = 8 << 20;
/// Bytes of text in files after which a segment takes no more lines: it is read into memory to be searched.
const MAX_FILE_TEXT: u64 = 16 << 20;
/// Texts of one segment.
const MAX_TEXTS: usize = 64;

/// What a segment is bounded in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    lines: usize,
    memory: usize,
    in_files: u64,
    texts: usize,
}

impl Size {
    pub(super) fn of(lines: usize, texts: &[Text]) -> Self {
        let mut size = Self { lines, texts: texts.len(), ..Self::default() };
        for text in texts {
            match text {
                Text::Memory(arena) => size.memory += arena.len(),
                Text::File(text) => size.in_files += u64::from(text.length),
            }
        }
        size
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            memory: self.memory + other.memory,
            in_files: self.in_files + other.in_files,
            texts: self.texts + other.texts,
        }
    }

    /// Whether a segment may be so large that has at most `limit` bytes in memory.
    pub(super) fn fits(&self, limit: usize) -> bool {
        self.lines <= MAX_LINES && self.memory <= limit && self.in_files <= MAX_FILE_TEXT && self.texts <= MAX_TEXTS
    }
}

/// Lines being gathered for a segment. Text in memory is copied, text in files is referred to.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(super) columns: Columns,
    pub(super) texts: Vec<Text>,
}

impl Draft {
    /// Whether one more line of `bytes` fits into a segment with at most `limit` bytes in memory. One always does.
    pub fn has_room(&self, bytes: usize, limit: usize) -> bool {
        let size = Size::of(self.len(), &self.texts);
        self.is_empty() || size.plus(&Size { lines: 1, memory: bytes, texts: 1, ..Size::default() }).fits(limit)
    }

    /// A draft with room for so many lines.
    pub fn with_capacity(lines: usize) -> Self {
        Self { columns: Columns::with_capacity(lines.min(MAX_LINES)), texts: Vec::new() }
    }

    /// Lends the text of its files, which was just read, to those who look at it next.
    pub fn lend(&self, fresh: &Arc<Fresh>) {
        for text in &self.texts {
            if let Text::File(text) = text {
                text.set_fresh(Some(fresh));
            }
        }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The times of all lines.
    pub fn times(&self) -> &[Nanos] {
        &self.columns.times
    }

    /// How the bytes of each line are to be read.
    pub fn formats(&self) -> &[FormatId] {
        &self.columns.formats
    }

    /// The sources of all lines.
    pub fn sources(&self) -> &[NameId] {
        &self.columns.sources
    }

    /// Appends a line whose bytes are copied.
    pub fn push(&mut self, line: &NewLine<'_>) {
        let (text, arena) = self.memory();
        let start = offset(arena.len());
        match line.record {
            Some((record, body)) => blob::write(record, body, arena),
            None => arena.extend_from_slice(line.text),
        }
        let end = offset(arena.len());
        self.columns.push(line, Spot { text, start, end });
    }

    /// Appends a record whose bytes, line ends and all, stand at `range` of a file. `is_cut` says that it was cut off from
    /// the record before it in the file.
    pub fn push_placed(&mut self, line: &NewLine<'_>, lines: &Arc<FileLines>, range: &Range<u64>, is_cut: bool) {
        let spot = self.spot_in(lines, range, is_cut);
        self.columns.push(line, spot);
    }

    fn memory(&mut self) -> (u8, &mut Vec<u8>) {
        let known = self.texts.iter().position(|text| matches!(text, Text::Memory(_)));
        let at = known.unwrap_or_else(|| {
            self.texts.push(Text::Memory(Vec::new()));
            self.texts.len() - 1
        });
        match self.texts.get_mut(at) {
            Some(Text::Memory(arena)) => (u8::try_from(at).unwrap_or(u8::MAX), arena),
            _ => unreachable!("it was found or put there"),
        }
    }

    /// Where `range` of a file is among the texts. A text is lengthened only by what follows it without a gap: when its
    /// lines are read again they have to be the same. Nor by a record that was cut off from it.
    fn spot_in(&mut self, lines: &Arc<FileLines>, range: &Range<u64>, is_cut: bool) -> Spot {
        for (at, text) in self.texts.iter_mut().enumerate().rev() {
            let Text::File(text) = text else { continue };
            if is_cut || !Arc::ptr_eq(&text.lines, lines) || text.range().end != range.start {
                continue;
            }
            if let Ok(end) = u32::try_from(range.end - text.start) {
                let start = std::mem::replace(&mut text.length, end);
                return Spot { text: u8::try_from(at).unwrap_or(u8::MAX), start, end };
            }
        }
        let length = u32::try_from(range.end - range.start).unwrap_or(u32::MAX);
        self.texts.push(Text::File(FileText::new(Arc::clone(lines), range.start, length, is_cut)));
        Spot { text: u8::try_from(self.texts.len() - 1).unwrap_or(u8::MAX), start: 0, end: length }
    }

    /// Appends line `row` of another draft or segment.
    fn push_from(&mut self, columns: &Columns, texts: &[Text], row: usize) {
        let spot = columns.spot(row);
        let Some(text) = texts.get(usize::from(spot.text)) else { return };
        let spot = match text {
            Text::Memory(bytes) => {
                let (text, arena) = self.memory();
                let start = offset(arena.len());
                arena.extend_from_slice(bytes.get(spot.range()).unwrap_or_default());
                Spot { text, start, end: offset(arena.len()) }
            }
            Text::File(text) => {
                let range = text.start + u64::from(spot.start)..text.start + u64::from(spot.end);
                self.spot_in(&Arc::clone(&text.lines), &range, text.is_cut && spot.start == 0)
            }
        };
        self.columns.push_from(columns, row, spot);
    }

    /// Appends line `row` of `other`.
    pub fn push_row(&mut self, other: &Self, row: usize) {
        self.push_from(&other.columns, &other.texts, row);
    }

    /// Appends all lines of a segment.
    pub(in crate::store) fn append(&mut self, later: &View<'_>) {
        let texts = later.segment.texts();
        let place: Vec<(u8, u32)> = texts.iter().map(|text| self.place(text)).collect();
        self.columns.extend(&later.columns, &place);
    }

    /// Which text here holds the bytes of `text`, and by how much they are shifted.
    fn place(&mut self, text: &Text) -> (u8, u32) {
        match text {
            Text::Memory(bytes) => {
                let (at, arena) = self.memory();
                let shift = offset(arena.len());
                arena.extend_from_slice(bytes);
                (at, shift)
            }
            Text::File(text) => {
                let spot = self.spot_in(&text.lines, &text.range(), text.is_cut);
                (spot.text, spot.start)
            }
        }
    }

    /// Puts lines of several sources into the order of their times. Lines of one source stay in the order in which they
    /// came, whatever their times say: several threads and stepping clocks write times that go back. O(n log n), O(n)
    /// when they are in order. Answers where each line was, if any moved.
    pub(in crate::store) fn order_by_time(&mut self) -> Option<Vec<usize>> {
        let sources = &self.columns.sources;
        if sources.iter().all(|source| Some(source) == sources.first()) {
            return None;
        }
        let mut latest: HashMap<NameId, Nanos> = HashMap::new();
        let key = |(time, source): (&Nanos, &NameId)| {
            let seen = latest.entry(*source).or_insert(*time);
            *seen = (*seen).max(*time);
            *seen
        };
        let keys: Vec<Nanos> = self.columns.times.iter().zip(sources).map(key).collect();
        if keys.is_sorted() {
            return None;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|at| keys[*at]);
        *self = self.gathered(order.iter().copied());
        Some(order)
    }

    /// The lines of these rows.
    #[must_use]
    pub fn gathered(&self, rows: impl IntoIterator<Item = usize>) -> Self {
        let mut out = Self::default();
        rows.into_iter().for_each(|row| out.push_row(self, row));
        out
    }

    /// How many lines of each level came when, loss rows left out. Linear; lines of one second are counted together.
    pub(in crate::store) fn volume(&self) -> Volume {
        let columns = &self.columns;
        let mut volume = Volume::default();
        volume.add_lines(
            (0..self.len())
                .filter(|row| columns.formats[*row] != FormatId::LOSS)
                .map(|row| (columns.times[row], columns.severities[row].level())),
        );
        volume
    }
}

fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
