//! A run of consecutive lines: their bytes in memory or in files, their fields in columns.
//!
//! A segment never changes once built and is shared behind an `Arc`. It sums up what is in it ([`Summary`]), so that a
//! query can pass over it without looking at its lines. Where all its text stands in files it can give up its columns
//! as well ([`Segment::chill`]): it is cold then, and who looks at its lines has them parsed again, which takes some
//! milliseconds. So a file of any size fits into any budget.

mod columns;
mod draft;
mod line;
mod summary;
mod text;
mod view;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use self::columns::{Columns, Spot};
use self::summary::Summary;
use self::text::Text;
use super::{LineId, NameId};
use crate::extent::Gone;
use crate::model::{FormatId, Level, LogRecord, Nanos, Resource, Severity, SpanId, TraceId};

pub use draft::Draft;
pub(super) use draft::MAX_MEMORY;
use draft::Size;
pub use line::Line;
pub use text::{Buffers, FileLines, Fresh, MAX_PLACED_LINE, Reread};
pub use view::{TextLines, View};

/// Columns that were parsed again and are kept for the next look, in all cold segments together.
const MAX_WARM: usize = 8;

/// A line to be stored. Borrows everything.
#[derive(Clone, Copy, Debug)]
pub struct NewLine<'a> {
    /// When it happened, or when it was seen where it does not say.
    pub time: Nanos,
    /// How severe it is.
    pub severity: Severity,
    /// Where it came from, as [`super::LogWriter::source`] numbered it.
    pub source: NameId,
    /// The service it names, as [`super::LogWriter::service`] numbered it.
    pub service: NameId,
    /// How its bytes are to be read.
    pub format: FormatId,
    /// Its bytes. Ignored for a structured record.
    pub text: &'a [u8],
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// The record itself where it came with its fields apart, and of which format its body is where that is a line of text.
    pub record: Option<(&'a LogRecord, FormatId)>,
    /// Who wrote it, of a line of text; a record has its own.
    pub resource: Option<&'a Arc<Resource>>,
}

/// An immutable run of lines.
#[derive(Debug)]
pub struct Segment {
    first: LineId,
    len: usize,
    summary: Summary,
    texts: Vec<Text>,
    /// Locked for as long as a pointer is copied, so that the writer never waits for a disk.
    columns: Mutex<Kept>,
    /// Held while the columns are parsed again, so that two who want them do not both do it.
    thawing: Mutex<()>,
    /// Whether a text has an escape character, once somebody asked.
    escapes: OnceLock<bool>,
    warm: Warm,
}

/// The columns of a segment.
#[derive(Debug)]
enum Kept {
    Hot(Arc<Columns>),
    Cold {
        /// Those that somebody holds still.
        columns: Weak<Columns>,
        /// In which text each line lies, where there are several.
        order: Arc<[u8]>,
    },
}

/// Columns that were parsed again lately, the latest last, and buffers. Shared by all segments of a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Warm {
    columns: Arc<Mutex<VecDeque<Arc<Columns>>>>,
    /// What text is read into.
    spare: Buffers,
}

impl Warm {
    fn keep(&self, columns: &Arc<Columns>) {
        let mut kept = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_WARM {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(columns));
    }
}

impl Segment {
    /// The lines of `draft`, from line `first` on.
    pub(super) fn new(first: LineId, draft: Draft, warm: &Warm) -> Self {
        let Draft { mut columns, mut texts } = draft;
        columns.shrink();
        for text in &mut texts {
            if let Text::Memory(arena) = text {
                arena.shrink_to_fit();
            }
        }
        let summary = Summary::of(&columns);
        let (len, columns) = (columns.len(), Mutex::new(Kept::Hot(Arc::new(columns))));
        Self {
            first,
            len,
            summary,
            texts,
            columns,
            thawing: Mutex::default(),
            escapes: OnceLock::new(),
            warm: warm.clone(),
        }
    }

    /// The id of the first line.
    pub fn first(&self) -> LineId {
        self.first
    }

    /// One more than the id of the last line.
    pub fn end(&self) -> LineId {
        self.first + self.len as LineId
    }

    /// How many lines, loss rows among them.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it has the line with this id.
    pub fn holds(&self, id: LineId) -> bool {
        (self.first..self.end()).contains(&id)
    }

    /// How many lines of each level, loss rows left out; in the order of [`Level::ALL`].
    pub fn levels(&self) -> &[u32; Level::COUNT] {
        &self.summary.levels
    }

    /// How many lines of each source, loss rows left out.
    pub fn per_source(&self) -> &[(NameId, u32)] {
        &self.summary.per_source
    }

    /// How many lines of each service, loss rows left out; `None` when there are too many services to tell.
    pub fn per_service(&self) -> Option<&[(NameId, u32)]> {
        self.summary.per_service.as_deref()
    }

    /// The earliest and the latest time of a line, loss rows left out.
    pub fn time_range(&self) -> Option<(Nanos, Nanos)> {
        self.summary.time_range
    }

    /// Whether a line of this trace may be here: no when there is none, yes wrongly for one segment in four hundred.
    pub fn may_hold_trace(&self, trace: TraceId) -> bool {
        self.summary.may_hold_trace(trace)
    }

    /// The lines of a trace, each with its span.
    pub fn lines_of_trace(&self, trace: TraceId) -> Vec<(LineId, Option<SpanId>)> {
        if !self.may_hold_trace(trace) {
            return Vec::new();
        }
        let columns = self.columns();
        let is_ours = |row: &usize| columns.trace_of(*row).is_some_and(|id| id.is_same(trace));
        (0..columns.len()).filter(is_ours).map(|row| (self.first + row as LineId, columns.span_of(row))).collect()
    }

    /// The columns of all lines. O(1), but for a cold segment, which is read and parsed again.
    pub fn view(&self) -> View<'_> {
        View::new(self, self.columns())
    }

    /// The columns of all lines and the text of those that stand in files.
    pub fn loaded(&self) -> View<'_> {
        self.view().load()
    }

    /// The line at `index`, counted from the segment's first.
    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        (index < self.len).then(|| Arc::new(self.view()).owned_line(index))
    }

    /// The line with this id.
    pub fn line(&self, id: LineId) -> Option<Line<'_>> {
        self.get(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }

    /// All lines in order, their text loaded. Each holds the segment's view, so it may be kept; a loop over many is a
    /// little faster over [`View::lines`].
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> + ExactSizeIterator {
        let view = Arc::new(self.loaded());
        (0..self.len).map(move |index| view.owned_line(index))
    }

    /// Calls `each` with the bytes of every text, line ends of files among them, until it answers `true`, and answers
    /// whether it did. Needs no columns: a cold segment stays cold. Text that is gone is passed over.
    pub fn any_text(&self, each: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.texts.iter().any(|text| match text {
            Text::Memory(arena) => each(arena),
            Text::File(text) => text.read(self.spare()).is_ok_and(|bytes| each(&bytes)),
        })
    }

    /// Whether an escape character stands in any text. The texts are searched for it once, when it is first asked.
    pub fn has_escapes(&self) -> bool {
        *self.escapes.get_or_init(|| self.any_text(&mut has_escape))
    }

    /// Whether lines in which something stands may be there, colours left out: `find` finds it in a text as it is, or a
    /// text has an escape character.
    pub fn may_hold(&self, find: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        if self.escapes.get().is_some() {
            return self.has_escapes() || self.any_text(find);
        }
        // The texts are read once for both questions.
        let mut has_escapes = false;
        let is_there = self.any_text(&mut |text| {
            has_escapes |= has_escape(text);
            has_escapes || find(text)
        });
        if has_escapes || !is_there {
            self.escapes.get_or_init(|| has_escapes);
        }
        is_there
    }

    /// Lets go of text that was lent to it.
    pub(super) fn forget_fresh(&self) {
        for text in &self.texts {
            if let Text::File(text) = text {
                text.set_fresh(None);
            }
        }
    }

    /// Whether the columns were given up.
    pub fn is_cold(&self) -> bool {
        matches!(*self.kept(), Kept::Cold { .. })
    }

    /// Whether the columns can be given up: all text stands in files.
    pub(super) fn can_chill(&self) -> bool {
        !self.is_cold() && self.texts.iter().all(|text| matches!(text, Text::File(_)))
    }

    /// Gives up the columns. Answers how many bytes that frees.
    pub(super) fn chill(&self) -> usize {
        if !self.can_chill() {
            return 0;
        }
        let before = self.bytes();
        let mut kept = self.kept();
        if let Kept::Hot(columns) = &*kept {
            let order = columns.texts().into();
            *kept = Kept::Cold { columns: Arc::downgrade(columns), order };
        }
        drop(kept);
        before - self.bytes()
    }

    /// Bytes of memory that the lines take.
    pub fn bytes(&self) -> usize {
        let memory = |text: &Text| match text {
            Text::Memory(arena) => arena.len(),
            Text::File(_) => size_of::<Text>(),
        };
        let columns = match &*self.kept() {
            Kept::Hot(columns) => columns.bytes(),
            Kept::Cold { order, .. } => order.len(),
        };
        size_of::<Self>() + columns + self.summary.bytes() + self.texts.iter().map(memory).sum::<usize>()
    }

    fn spare(&self) -> &Buffers {
        &self.warm.spare
    }

    fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// Whether it and `later` may become one segment with at most `limit` bytes of text in memory.
    pub(super) fn can_join(&self, later: &Self, limit: usize) -> bool {
        let size = |segment: &Self| Size::of(segment.len, &segment.texts);
        !self.is_cold() && size(self).plus(&size(later)).fits(limit)
    }

    /// A draft with the same lines.
    pub(super) fn reopen(&self) -> Draft {
        Draft { columns: Columns::clone(&self.columns()), texts: self.texts.clone() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn columns(&self) -> Arc<Columns> {
        if let Ok(columns) = self.at_hand() {
            return columns;
        }
        let _alone = self.thawing.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever was faster may have parsed them meanwhile.
        let order = match self.at_hand() {
            Ok(columns) => return columns,
            Err(order) => order,
        };
        let thawed = Arc::new(self.thaw(&order));
        *self.kept() = Kept::Cold { columns: Arc::downgrade(&thawed), order };
        self.warm.keep(&thawed);
        thawed
    }

    /// The columns where somebody has them; else in which text each line lies.
    fn at_hand(&self) -> Result<Arc<Columns>, Arc<[u8]>> {
        match &*self.kept() {
            Kept::Hot(columns) => Ok(Arc::clone(columns)),
            Kept::Cold { columns, order } => columns.upgrade().ok_or_else(|| Arc::clone(order)),
        }
    }

    /// Parses all lines again. Those of a text that is gone are gone; the others are what they were.
    fn thaw(&self, order: &[u8]) -> Columns {
        let mut parsed: Vec<Columns> = Vec::with_capacity(self.texts.len());
        for (at, text) in (0..).zip(&self.texts) {
            let count = if order.is_empty() { self.len } else { memchr::memchr_iter(at, order).count() };
            let columns = parsed_again(text, at, self.spare()).ok().filter(|columns| columns.len() == count);
            parsed.push(columns.unwrap_or_else(|| self.gone(count)));
        }
        if order.is_empty() { parsed.pop().unwrap_or_default() } else { interleaved(&parsed, order) }
    }

    fn gone(&self, count: usize) -> Columns {
        let source = self.summary.per_source.first().map_or(0, |(source, _)| *source);
        Columns::gone(count, self.summary.time_range.map_or(0, |(from, _)| from), source)
    }
}

/// The lines of the text with this number.
fn parsed_again(text: &Text, at: u8, spare: &Buffers) -> Result<Columns, Gone> {
    let Text::File(text) = text else { return Err(Gone::Truncated) };
    let bytes = text.read(spare)?;
    let mut columns = Columns::default();
    text.lines.reader.reread(&bytes, text.start, &mut |line, range| {
        columns.push(line, Spot { text: at, start: range.start, end: range.end });
    });
    Ok(columns)
}

/// The lines of several texts in the order that says for each line which text it is from.
fn interleaved(parsed: &[Columns], order: &[u8]) -> Columns {
    let mut next = vec![0; parsed.len()];
    let mut out = Columns::default();
    for text in order {
        let at = usize::from(*text);
        let (Some(columns), Some(row)) = (parsed.get(at), next.get_mut(at)) else { continue };
        if *row < columns.len() {
            out.push_from(columns, *row, Spot { text: *text, ..columns.spot(*row) });
            *row += 1;
        }
    }
    out
}

fn has_escape(text: &[u8]) -> bool {
    memchr::memchr(0x1b, text).is_some()
}
