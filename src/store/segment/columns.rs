//! The fields of a segment's lines, one column each.
//!
//! A line costs 18 bytes of columns, 2 more where it is known who wrote some of them and 5 more where the lines of a
//! segment lie in several texts or out of order, and 24 when it begins another run of one trace and span.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::model::{FormatId, Nanos, Resource, Scope, Severity, SpanId, TraceId};
use crate::store::{NameId, NewLine};

/// What lines refer to: a trace, and a span whose bytes are zero for none. 24 bytes.
pub(super) type Link = (TraceId, [u8; 8]);
/// The resource and scope that records of one writer share.
pub(super) type Context = (Arc<Resource>, Arc<Scope>);

/// Runs of one request or one sender tend to come together, so only the latest entries of a table are compared.
const LINK_LOOKBACK: usize = 4;
const CONTEXT_LOOKBACK: usize = 8;

/// Columns of equal length; the optional ones are empty until they are needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// Where a line's bytes begin in its text. Empty while all lines follow each other in text 0.
    starts: Vec<u32>,
    ends: Vec<u32>,
    /// In which of the segment's texts a line lies. Empty together with `starts`.
    texts: Vec<u8>,
    pub(super) times: Vec<Nanos>,
    pub(super) severities: Vec<Severity>,
    pub(super) formats: Vec<FormatId>,
    pub(super) sources: Vec<NameId>,
    pub(super) services: Vec<NameId>,
    /// 0 for none, else one more than an index into `link_table`.
    links: Vec<u16>,
    link_table: Vec<Link>,
    /// 0 for none, else one more than an index into `context_table`. Empty while nobody says who wrote a line.
    contexts: Vec<u16>,
    context_table: Vec<Context>,
}

/// Where the bytes of a line lie: in which text, from where to where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spot {
    pub(super) text: u8,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Columns {
    pub(super) fn with_capacity(lines: usize) -> Self {
        Self {
            ends: Vec::with_capacity(lines),
            times: Vec::with_capacity(lines),
            severities: Vec::with_capacity(lines),
            formats: Vec::with_capacity(lines),
            sources: Vec::with_capacity(lines),
            services: Vec::with_capacity(lines),
            links: Vec::with_capacity(lines),
            link_table: Vec::with_capacity(lines),
            ..Self::default()
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let a_line = 18 + usize::from(!self.contexts.is_empty()) * 2 + usize::from(!self.starts.is_empty()) * 5;
        self.len() * a_line + self.link_table.len() * size_of::<Link>()
    }

    /// Appends a line whose bytes lie at `spot`.
    pub(super) fn push(&mut self, line: &NewLine<'_>, spot: Spot) {
        self.push_spot(spot);
        self.times.push(line.time);
        self.severities.push(line.severity);
        self.formats.push(line.format);
        self.sources.push(line.source);
        self.services.push(line.service);
        let link =
            line.trace_id.map_or(0, |trace| self.link((trace, line.span_id.map_or([0; 8], |span| *span.bytes()))));
        self.links.push(link);
        let context = match (line.record, line.resource) {
            (Some((record, _)), _) => self.context(&record.resource, &record.scope),
            (None, Some(resource)) => self.context_of_line(resource),
            (None, None) => 0,
        };
        self.push_context(context);
    }

    /// Appends line `row` of `from`, whose bytes lie at `spot`.
    pub(super) fn push_from(&mut self, from: &Self, row: usize, spot: Spot) {
        self.push_spot(spot);
        self.times.push(from.times[row]);
        self.severities.push(from.severities[row]);
        self.formats.push(from.formats[row]);
        self.sources.push(from.sources[row]);
        self.services.push(from.services[row]);
        let link = from.link_of(row).map_or(0, |link| self.link(link));
        self.links.push(link);
        let context = from.context_of(row).map_or(0, |(resource, scope)| self.context(resource, scope));
        self.push_context(context);
    }

    fn push_spot(&mut self, spot: Spot) {
        let follows = self.starts.is_empty() && spot.text == 0 && spot.start == self.ends.last().copied().unwrap_or(0);
        if !follows {
            self.spread();
            self.starts.push(spot.start);
            self.texts.push(spot.text);
        }
        self.ends.push(spot.end);
    }

    /// Writes out where lines begin, so that they may lie anywhere.
    fn spread(&mut self) {
        if self.starts.is_empty() && !self.ends.is_empty() {
            self.starts = std::iter::once(0).chain(self.ends.iter().copied()).take(self.ends.len()).collect();
            self.texts = vec![0; self.ends.len()];
        }
    }

    fn push_context(&mut self, context: u16) {
        if context != 0 && self.contexts.is_empty() {
            self.contexts = vec![0; self.ends.len() - 1];
        }
        if !self.contexts.is_empty() || context != 0 {
            self.contexts.push(context);
        }
    }

    fn link(&mut self, link: Link) -> u16 {
        let start = self.link_table.len().saturating_sub(LINK_LOOKBACK);
        let known = self.link_table[start..].iter().rposition(|known| *known == link).map(|at| start + at);
        let at = known.unwrap_or_else(|| {
            self.link_table.push(link);
            self.link_table.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(0)
    }

    /// A line of text was written by no library.
    fn context_of_line(&mut self, resource: &Arc<Resource>) -> u16 {
        static NONE: LazyLock<Arc<Scope>> = LazyLock::new(Arc::default);
        self.context(resource, &NONE)
    }

    fn context(&mut self, resource: &Arc<Resource>, scope: &Arc<Scope>) -> u16 {
        let same = |known: &Context| {
            (Arc::ptr_eq(&known.0, resource) || known.0 == *resource)
                && (Arc::ptr_eq(&known.1, scope) || known.1 == *scope)
        };
        let start = self.context_table.len().saturating_sub(CONTEXT_LOOKBACK);
        let known = self.context_table[start..].iter().position(same).map(|at| start + at);
        let at = known.unwrap_or_else(|| {
            self.context_table.push((Arc::clone(resource), Arc::clone(scope)));
            self.context_table.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(0)
    }

    /// Appends all lines of `later`. `place` says for each of its texts which one that is here, and by how much its
    /// bytes are shifted.
    pub(super) fn extend(&mut self, later: &Self, place: &[(u8, u32)]) {
        let (text, shift) = place.first().copied().unwrap_or_default();
        let follows = self.starts.is_empty() && text == 0 && shift == self.ends.last().copied().unwrap_or(0);
        if follows && later.starts.is_empty() {
            self.ends.extend(later.ends.iter().map(|end| end.saturating_add(shift)));
        } else {
            for row in 0..later.len() {
                let spot = later.spot(row);
                let (text, shift) = place.get(usize::from(spot.text)).copied().unwrap_or_default();
                let (start, end) = (spot.start.saturating_add(shift), spot.end.saturating_add(shift));
                self.push_spot(Spot { text, start, end });
            }
        }
        self.times.extend_from_slice(&later.times);
        self.severities.extend_from_slice(&later.severities);
        self.formats.extend_from_slice(&later.formats);
        self.sources.extend_from_slice(&later.sources);
        self.services.extend_from_slice(&later.services);
        self.links.extend(later.links.iter().map(shifted(self.link_table.len())));
        self.link_table.extend_from_slice(&later.link_table);
        self.extend_contexts(later);
    }

    fn extend_contexts(&mut self, later: &Self) {
        if self.contexts.is_empty() && later.contexts.is_empty() {
            return;
        }
        let before = self.links.len() - later.links.len();
        self.contexts.resize(before, 0);
        self.contexts.extend(later.contexts.iter().map(shifted(self.context_table.len())));
        self.contexts.resize(self.links.len(), 0);
        self.context_table.extend_from_slice(&later.context_table);
    }

    /// Gives back memory that was reserved for more lines, when it is worth a copy.
    pub(super) fn shrink(&mut self) {
        self.link_table.shrink_to(self.link_table.len() * 9 / 8);
        self.context_table.shrink_to_fit();
        if self.ends.capacity() <= self.len() * 9 / 8 {
            return;
        }
        self.starts.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.times.shrink_to_fit();
        self.severities.shrink_to_fit();
        self.formats.shrink_to_fit();
        self.sources.shrink_to_fit();
        self.services.shrink_to_fit();
        self.links.shrink_to_fit();
        self.contexts.shrink_to_fit();
    }

    /// The resources and scopes of all lines, some of them perhaps more than once.
    pub(super) fn contexts(&self) -> &[Context] {
        &self.context_table
    }

    /// Where line `row` lies.
    pub(super) fn spot(&self, row: usize) -> Spot {
        let before = || row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let start = self.starts.get(row).copied().unwrap_or_else(before);
        Spot { text: self.texts.get(row).copied().unwrap_or(0), start, end: self.ends[row] }
    }

    /// Where the lines end, when they follow each other without gaps in one text.
    pub(super) fn ends(&self) -> Option<&[u32]> {
        self.starts.is_empty().then_some(&self.ends)
    }

    /// In which text each line lies, when there are several.
    pub(super) fn texts(&self) -> &[u8] {
        &self.texts
    }

    pub(super) fn link_of(&self, row: usize) -> Option<Link> {
        let at = usize::from(self.links[row]).checked_sub(1)?;
        self.link_table.get(at).copied()
    }

    pub(super) fn trace_of(&self, row: usize) -> Option<TraceId> {
        self.link_of(row).map(|(trace, _)| trace)
    }

    pub(super) fn span_of(&self, row: usize) -> Option<SpanId> {
        self.link_of(row).and_then(|(_, span)| SpanId::from_bytes(&span))
    }

    pub(super) fn context_of(&self, row: usize) -> Option<&Context> {
        let at = usize::from(*self.contexts.get(row)?).checked_sub(1)?;
        self.context_table.get(at)
    }

    /// All traces that lines refer to, some several times.
    pub(super) fn traces(&self) -> impl ExactSizeIterator<Item = TraceId> + '_ {
        self.link_table.iter().map(|(trace, _)| *trace)
    }

    /// Columns of `len` lines of which nothing is known any more.
    pub(super) fn gone(len: usize, time: Nanos, source: NameId) -> Self {
        Self {
            ends: vec![0; len],
            times: vec![time; len],
            severities: vec![Severity::UNSET; len],
            formats: vec![FormatId::GONE; len],
            sources: vec![source; len],
            services: vec![0; len],
            links: vec![0; len],
            ..Self::default()
        }
    }
}

/// Entries of a table that another table was put in front of.
fn shifted(by: usize) -> impl Fn(&u16) -> u16 {
    move |at| if *at == 0 { 0 } else { u16::try_from(usize::from(*at) + by).unwrap_or(0) }
}

/// The bytes that a spot means.
impl Spot {
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
