//! A segment's lines, ready to be looked at: with columns even if they had been given up, with text if asked for.

use std::ops::Range;
use std::sync::Arc;

use super::Segment;
use super::columns::{Columns, Spot};
use super::line::{Held, Line};
use super::text::{Bytes, Text};
use crate::extent::Gone;
use crate::model::{FormatId, Nanos, Resource, Scope, Severity, TraceId};
use crate::store::{LineId, NameId};

/// The lines of a segment.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub(super) segment: &'a Segment,
    pub(super) columns: Arc<Columns>,
    /// The text of each file; empty when it was not loaded.
    pub(super) loaded: Vec<Option<Result<Bytes, Gone>>>,
}

/// One text of a segment, and the lines in it.
pub struct TextLines<'a> {
    /// The bytes. Lines are ends of ranges in it; of a file the line ends are among them.
    pub bytes: &'a [u8],
    lines: Lines<'a>,
}

enum Lines<'a> {
    /// All lines of the segment, one behind the other.
    All(&'a [u32]),
    /// Rows and where each begins and ends, rising.
    Some(Vec<(u32, u32, u32)>),
}

impl<'a> View<'a> {
    pub(super) fn new(segment: &'a Segment, columns: Arc<Columns>) -> Self {
        Self { segment, columns, loaded: Vec::new() }
    }

    /// Reads the text of all files, so that lines need not be read one by one.
    #[must_use]
    pub fn load(mut self) -> Self {
        let read = |text: &Text| match text {
            Text::Memory(_) => None,
            Text::File(text) => Some(text.read(self.segment.spare())),
        };
        if self.segment.texts().iter().any(|text| matches!(text, Text::File(_))) {
            self.loaded = self.segment.texts().iter().map(read).collect();
        }
        self
    }

    /// The segment.
    pub fn segment(&self) -> &'a Segment {
        self.segment
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

    /// The severities of all lines.
    pub fn severities(&self) -> &[Severity] {
        &self.columns.severities
    }

    /// How the bytes of each line are to be read.
    pub fn formats(&self) -> &[FormatId] {
        &self.columns.formats
    }

    /// The services of all lines.
    pub fn services(&self) -> &[NameId] {
        &self.columns.services
    }

    /// The sources of all lines.
    pub fn sources(&self) -> &[NameId] {
        &self.columns.sources
    }

    /// The resources and scopes of all lines, few in number; some of them perhaps more than once.
    pub fn contexts(&self) -> &[(Arc<Resource>, Arc<Scope>)] {
        self.columns.contexts()
    }

    /// The trace that the line at `index` belongs to.
    pub fn trace_id(&self, index: usize) -> Option<TraceId> {
        (index < self.len()).then(|| self.columns.trace_of(index)).flatten()
    }

    /// The line at `index`, counted from the segment's first.
    pub fn line(&self, index: usize) -> Option<Line<'_>> {
        (index < self.len()).then_some(Line { view: Held::Borrowed(self), index })
    }

    /// The line at `index`, which is there, for as long as one likes.
    pub(super) fn owned_line(self: &Arc<Self>, index: usize) -> Line<'a> {
        Line { view: Held::Owned(Arc::clone(self)), index }
    }

    /// The line with this id.
    pub fn line_of(&self, id: LineId) -> Option<Line<'_>> {
        self.line(usize::try_from(id.checked_sub(self.segment.first())?).ok()?)
    }

    /// All lines in order.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> + ExactSizeIterator {
        (0..self.len()).map(|index| Line { view: Held::Borrowed(self), index })
    }

    /// The texts with the lines in them that are among `rows`, to search many lines at once. Texts that are gone are
    /// left out. The view must be loaded.
    pub fn text_lines(&self, rows: Range<usize>) -> impl Iterator<Item = TextLines<'_>> {
        let texts = self.segment.texts().iter().enumerate();
        texts.filter_map(move |(at, text)| {
            let bytes: &[u8] = match text {
                Text::Memory(arena) => arena,
                Text::File(_) => self.loaded.get(at)?.as_ref()?.as_ref().ok()?,
            };
            let lines = match self.columns.ends() {
                Some(ends) => Lines::All(ends),
                None => Lines::Some(self.spots_in(at, rows.clone())),
            };
            Some(TextLines { bytes, lines })
        })
    }

    /// Rows that lie in text `at`. Lines of one text are in the order of their bytes.
    fn spots_in(&self, at: usize, rows: Range<usize>) -> Vec<(u32, u32, u32)> {
        let spot = |row: usize| {
            let Spot { text, start, end } = self.columns.spot(row);
            (usize::from(text) == at).then_some((u32::try_from(row).unwrap_or(u32::MAX), start, end))
        };
        rows.filter_map(spot).collect()
    }
}

impl TextLines<'_> {
    /// Calls `hit` for each line among `rows` in whose bytes `find` finds something. One pass over the bytes: `find` is
    /// given what is left of them, and a find that begins or ends outside of a line is none.
    pub fn search(
        &self,
        rows: Range<usize>,
        find: &mut dyn FnMut(&[u8]) -> Option<Range<usize>>,
        hit: &mut dyn FnMut(usize),
    ) {
        match &self.lines {
            Lines::All(ends) => {
                let first =
                    rows.start.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| *end as usize);
                let ends = ends.get(rows.clone()).unwrap_or_default();
                search(self.bytes, first, ends.len(), |row| ends[row] as usize, |_| 0, find, &mut |row| {
                    hit(rows.start + row);
                });
            }
            Lines::Some(spots) => {
                let Some((_, first, _)) = spots.first() else { return };
                let (end, start) = (|at: usize| spots[at].2 as usize, |at: usize| spots[at].1 as usize);
                search(self.bytes, *first as usize, spots.len(), end, start, find, &mut |at| hit(spots[at].0 as usize));
            }
        }
    }
}

/// Finds, from `first` on, the lines of `count` that have a find. `start` may answer 0 where lines have no gaps.
fn search(
    bytes: &[u8],
    first: usize,
    count: usize,
    end: impl Fn(usize) -> usize,
    start: impl Fn(usize) -> usize,
    find: &mut dyn FnMut(&[u8]) -> Option<Range<usize>>,
    hit: &mut dyn FnMut(usize),
) {
    let (mut from, mut at) = (first, 0);
    let last = count.checked_sub(1).map_or(0, &end).min(bytes.len());
    while let Some(found) = bytes.get(from..last).and_then(&mut *find) {
        let found = from + found.start..from + found.end;
        at += lines_before(|step| end(at + step), count - at, found.start);
        if at >= count {
            break;
        }
        from = if found.end > end(at) || found.start < start(at) {
            found.start + 1
        } else {
            hit(at);
            end(at)
        };
    }
}

/// How many of `count` lines at the start end at or before `place`. Finds are often near each other, so it looks in
/// growing steps.
fn lines_before(end: impl Fn(usize) -> usize, count: usize, place: usize) -> usize {
    let mut step = 1;
    while step <= count && end(step - 1) <= place {
        step *= 2;
    }
    let (mut low, mut high) = (step / 2, step.min(count));
    while low < high {
        let middle = low + (high - low) / 2;
        if end(middle) <= place { low = middle + 1 } else { high = middle }
    }
    low
}
