//! A run of consecutive lines: their bytes in one arena, their fields in columns.
//!
//! A segment is immutable once built and shared behind an `Arc`. It also sums up what is in it (time range, levels,
//! sources), so that a query can pass over it without looking at its lines. A line costs its bytes and 22 bytes of
//! columns, and 24 more when it begins another run of one trace and span.

mod line;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::blob;
pub use line::Line;

use super::trace_filter::TraceFilter;
use super::{LineId, NameId};
use crate::model::{FormatId, Level, LogRecord, Nanos, Resource, Scope, Severity, SpanId, TraceId};

/// Lines that a segment holds at most: line numbers within it fit a `u16`.
pub(super) const MAX_LINES: usize = 65_535;
/// Bytes of text after which a segment takes no more lines, whatever the budget.
pub(super) const MAX_ARENA: usize = 8 << 20;

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
    /// The record itself where it came with its fields apart.
    pub record: Option<&'a LogRecord>,
}

/// An immutable run of lines.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    first: LineId,
    arena: Vec<u8>,
    ends: Vec<u32>,
    times: Vec<Nanos>,
    severities: Vec<Severity>,
    formats: Vec<FormatId>,
    sources: Vec<NameId>,
    services: Vec<NameId>,
    /// 0 for none, else one more than an index into `link_table`.
    links: Vec<u16>,
    /// A trace and a span, whose bytes are zero for none.
    link_table: Vec<Link>,
    /// Made when the segment is sealed.
    traces: TraceFilter,
    /// 0 for none, else one more than an index into `context_table`.
    contexts: Vec<u16>,
    context_table: Vec<(Arc<Resource>, Arc<Scope>)>,
    levels: [u32; Level::COUNT],
    per_source: Vec<(NameId, u32)>,
    time_range: Option<(Nanos, Nanos)>,
}

/// What lines refer to: 24 bytes.
type Link = (TraceId, [u8; 8]);

impl Segment {
    /// A segment without lines that begins with line `first`.
    pub(super) fn starting_at(first: LineId) -> Self {
        Self { first, ..Self::default() }
    }

    /// Whether so many more lines and bytes fit into a segment of at most `limit` bytes. One line always does.
    pub(super) fn has_room(&self, lines: usize, bytes: usize, limit: usize) -> bool {
        self.len() + lines <= MAX_LINES && (self.is_empty() || self.arena.len() + bytes <= limit)
    }

    /// Appends a line.
    pub(super) fn push(&mut self, line: &NewLine<'_>) {
        let context = if let Some(record) = line.record {
            blob::write(record, &mut self.arena);
            self.context(&record.resource, &record.scope)
        } else {
            self.arena.extend_from_slice(line.text);
            0
        };
        self.ends.push(u32::try_from(self.arena.len()).unwrap_or(u32::MAX));
        self.times.push(line.time);
        self.severities.push(line.severity);
        self.formats.push(line.format);
        self.sources.push(line.source);
        self.services.push(line.service);
        self.contexts.push(context);
        let link = line.trace_id.map_or(0, |trace| self.link(trace, line.span_id));
        self.links.push(link);
        if line.format != FormatId::LOSS {
            self.sum_up(line.time, line.severity.level().index(), line.source);
        }
    }

    fn sum_up(&mut self, time: Nanos, level: usize, source: NameId) {
        self.levels[level] += 1;
        self.time_range = Some(match self.time_range {
            Some((from, to)) => (from.min(time), to.max(time)),
            None => (time, time),
        });
        match self.per_source.iter_mut().find(|(known, _)| *known == source) {
            Some((_, count)) => *count += 1,
            None => self.per_source.push((source, 1)),
        }
    }

    /// The lines of one request tend to come together, so only the latest entries are compared.
    fn link(&mut self, trace: TraceId, span: Option<SpanId>) -> u16 {
        let entry = (trace, span.map_or([0; 8], |span| *span.bytes()));
        let start = self.link_table.len().saturating_sub(4);
        let known = self.link_table[start..].iter().position(|known| *known == entry).map(|at| start + at);
        let at = known.unwrap_or_else(|| {
            self.link_table.push(entry);
            self.link_table.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(0)
    }

    fn context(&mut self, resource: &Arc<Resource>, scope: &Arc<Scope>) -> u16 {
        let same = |known: &(Arc<Resource>, Arc<Scope>)| {
            (Arc::ptr_eq(&known.0, resource) || known.0 == *resource)
                && (Arc::ptr_eq(&known.1, scope) || known.1 == *scope)
        };
        let start = self.context_table.len().saturating_sub(8);
        let known = self.context_table[start..].iter().position(same).map(|at| start + at);
        let at = known.unwrap_or_else(|| {
            self.context_table.push((Arc::clone(resource), Arc::clone(scope)));
            self.context_table.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(0)
    }

    /// Appends all lines of `later`, which must follow this segment's.
    pub(super) fn extend(&mut self, later: &Self) {
        debug_assert_eq!(self.end(), later.first, "segments are joined in order");
        let shift =
            |by: usize| move |at: &u16| if *at == 0 { 0 } else { u16::try_from(usize::from(*at) + by).unwrap_or(0) };
        let bytes = u32::try_from(self.arena.len()).unwrap_or(u32::MAX);
        self.ends.extend(later.ends.iter().map(|end| end.saturating_add(bytes)));
        self.links.extend(later.links.iter().map(shift(self.link_table.len())));
        self.contexts.extend(later.contexts.iter().map(shift(self.context_table.len())));
        self.arena.extend_from_slice(&later.arena);
        self.times.extend_from_slice(&later.times);
        self.severities.extend_from_slice(&later.severities);
        self.formats.extend_from_slice(&later.formats);
        self.sources.extend_from_slice(&later.sources);
        self.services.extend_from_slice(&later.services);
        self.link_table.extend_from_slice(&later.link_table);
        self.context_table.extend_from_slice(&later.context_table);
        for (mine, theirs) in self.levels.iter_mut().zip(later.levels) {
            *mine += theirs;
        }
        for (source, count) in &later.per_source {
            match self.per_source.iter_mut().find(|(known, _)| known == source) {
                Some((_, mine)) => *mine += count,
                None => self.per_source.push((*source, *count)),
            }
        }
        self.time_range = match (self.time_range, later.time_range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// Puts lines of several sources into the order of their times. Lines of one source stay in the order in which they
    /// came, whatever their times say: several threads and stepping clocks write times that go back. O(n log n), O(n)
    /// when they are in order.
    pub(super) fn order_by_time(&mut self) {
        if self.per_source.len() < 2 {
            return;
        }
        let mut latest: HashMap<NameId, Nanos> = HashMap::new();
        let key = |(time, source): (&Nanos, &NameId)| {
            let seen = latest.entry(*source).or_insert(*time);
            *seen = (*seen).max(*time);
            *seen
        };
        let keys: Vec<Nanos> = self.times.iter().zip(&self.sources).map(key).collect();
        if keys.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|at| keys[*at]);
        self.reorder(&order);
    }

    /// Puts the line at `order[i]` into place `i`.
    fn reorder(&mut self, order: &[usize]) {
        let mut arena = Vec::with_capacity(self.arena.len());
        let mut ends = Vec::with_capacity(self.ends.len());
        for at in order {
            arena.extend_from_slice(&self.arena[self.range(*at)]);
            ends.push(u32::try_from(arena.len()).unwrap_or(u32::MAX));
        }
        self.arena = arena;
        self.ends = ends;
        permute(&mut self.times, order);
        permute(&mut self.severities, order);
        permute(&mut self.formats, order);
        permute(&mut self.sources, order);
        permute(&mut self.services, order);
        permute(&mut self.links, order);
        permute(&mut self.contexts, order);
    }

    /// Sums up what is summed up once: no line is appended after this, but whole segments may be joined.
    pub(super) fn seal(&mut self) {
        self.traces = TraceFilter::of(self.link_table.iter().map(|(trace, _)| *trace));
    }

    /// The id of the first line.
    pub fn first(&self) -> LineId {
        self.first
    }

    /// One more than the id of the last line.
    pub fn end(&self) -> LineId {
        self.first + self.len() as LineId
    }

    /// How many lines, loss rows among them.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of memory that the lines take.
    pub fn bytes(&self) -> usize {
        let links = self.link_table.len() * size_of::<Link>() + self.traces.bytes();
        self.arena.len() + self.len() * 22 + links
    }

    /// How many lines of each level, loss rows left out; in the order of [`Level::ALL`].
    pub fn levels(&self) -> &[u32; Level::COUNT] {
        &self.levels
    }

    /// How many lines of each source, loss rows left out.
    pub fn per_source(&self) -> &[(NameId, u32)] {
        &self.per_source
    }

    /// The earliest and the latest time of a line, loss rows left out.
    pub fn time_range(&self) -> Option<(Nanos, Nanos)> {
        self.time_range
    }

    /// The bytes of all lines, one behind the other: to search many lines at once.
    pub fn arena(&self) -> &[u8] {
        &self.arena
    }

    /// Where each line ends in [`Segment::arena`].
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The severities of all lines.
    pub fn severities(&self) -> &[Severity] {
        &self.severities
    }

    /// The times of all lines.
    pub fn times(&self) -> &[Nanos] {
        &self.times
    }

    /// The services of all lines.
    pub fn services(&self) -> &[NameId] {
        &self.services
    }

    /// The sources of all lines.
    pub fn sources(&self) -> &[NameId] {
        &self.sources
    }

    /// The line at `index`, counted from the segment's first.
    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        (index < self.len()).then_some(Line { segment: self, index })
    }

    /// The line with this id.
    pub fn line(&self, id: LineId) -> Option<Line<'_>> {
        self.get(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }

    /// All lines in order.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> {
        (0..self.len()).map(|index| Line { segment: self, index })
    }

    /// The lines that belong to `trace`. O(1) when there is none, but for one segment in twenty; else O(lines).
    pub fn lines_of_trace(&self, trace: TraceId) -> impl Iterator<Item = Line<'_>> {
        let lines = if self.traces.may_hold(trace) { self.len() } else { 0 };
        (0..lines)
            .map(|index| Line { segment: self, index })
            .filter(move |line| line.trace_id().is_some_and(|id| same_trace(id, trace)))
    }

    fn range(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        start..self.ends[index] as usize
    }
}

fn permute<T: Copy>(column: &mut Vec<T>, order: &[usize]) {
    *column = order.iter().map(|at| column[*at]).collect();
}

/// Whether two ids mean one trace: equal, or equal in the low half where one side knows only that.
fn same_trace(a: TraceId, b: TraceId) -> bool {
    a == b || ((a.is_64_bit() || b.is_64_bit()) && a.low64() == b.low64())
}
