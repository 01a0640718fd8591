//! What a trace says when it is laid out: worked out once for the spans that there are, shared by all that show it.

use std::collections::HashSet;
use std::sync::Arc;

use super::skew;
use crate::analysis::clock_skew;
use crate::analysis::critical_path::CriticalPath;
use crate::analysis::error_propagation::{self, ErrorRole};
use crate::analysis::self_time::self_times;
use crate::analysis::trace_tree::{TraceTree, TreeRow};
use crate::model::{Nanos, Span, SpanId, SpanIndex, SpanKind};
use crate::store::{Trace, TraceSummary};
use crate::theme::safe::safe;
use crate::tui::widget::minimap::Density;
use crate::tui::widget::waterfall::{Mark, PathPart};
use unicode_width::UnicodeWidthStr;

/// Levels of the tree whose indentation counts for the width of the column of operations.
const LEVELS_COUNTED: usize = 8;
/// Characters of a name that count for the width of a column.
const NAME_COUNTED: usize = 64;

/// A trace laid out. Immutable; what takes O(n) or more is done when it is made.
#[derive(Debug)]
pub(super) struct Study {
    /// The spans in the order of their arrival, at the times that are shown.
    pub(super) spans: Vec<Arc<Span>>,
    /// The trace at a glance, at the times that are shown.
    pub(super) summary: TraceSummary,
    pub(super) tree: TraceTree,
    pub(super) path: CriticalPath,
    /// How many nanoseconds each span was moved, or would have to be where times are shown as they came.
    pub(super) shifts: Vec<Nanos>,
    /// What its rows say together.
    pub(super) rows: RowSums,
    /// How busy the trace is in the course of its time.
    pub(super) density: Density,
    /// The cells that the widest service takes, and the widest operation with its lines.
    pub(super) widest: (u16, u16),
    /// Whether a span has links.
    pub(super) has_links: bool,
    /// Whether clocks differ, so that a span is not within the one that called it.
    pub(super) is_skewed: bool,
    own: Vec<Nanos>,
    roles: Vec<ErrorRole>,
    /// Of each row the one below it that its error came from.
    causes: Vec<Option<usize>>,
    /// The span where the error began that most spans failed of.
    worst_origin: Option<usize>,
    parts: Parts,
    index: SpanIndex,
}

/// What the rows of a tree say together.
#[derive(Debug, Default)]
pub(super) struct RowSums {
    /// How many levels the tree has.
    pub(super) levels: u32,
    /// The rows of failed spans, rising.
    pub(super) failed: Vec<usize>,
    /// The rows of spans on the critical path, rising.
    pub(super) critical: Vec<usize>,
    /// Of each row the longest span at or below it.
    longest: Vec<Nanos>,
    /// Failed spans in the rows before each, and in all at last.
    failed_before: Vec<u32>,
}

/// Each span's parts of the critical path, one span after the other; and where those of each begin.
#[derive(Debug)]
struct Parts {
    all: Vec<PathPart>,
    begins: Vec<usize>,
}

impl Study {
    /// Lays a trace out, with its clocks corrected if that is asked for. O(n log n).
    pub(super) fn of(trace: &Trace, is_corrected: bool) -> Self {
        let tree = TraceTree::build(trace.spans());
        let shifts = clock_skew::adjust(trace.spans(), &tree);
        if is_corrected && shifts.iter().any(|shift| *shift != 0) {
            let spans = skew::moved(trace.spans(), &shifts);
            let summary = skew::summary(trace.summary(), &spans);
            return Self::laid_out(TraceTree::build(&spans), spans, summary, shifts);
        }
        Self::laid_out(tree, trace.spans().to_vec(), trace.summary(), shifts)
    }

    fn laid_out(tree: TraceTree, spans: Vec<Arc<Span>>, summary: TraceSummary, shifts: Vec<Nanos>) -> Self {
        let path = CriticalPath::find(&spans, &tree);
        Self {
            rows: RowSums::of(&tree, &spans, &path),
            parts: Parts::of(&path, spans.len(), summary.start),
            density: Density::of(&spans, summary.start, summary.duration),
            widest: widest(&tree, &spans),
            is_skewed: shifts.iter().any(|shift| *shift != 0),
            has_links: spans.iter().any(|span| !span.links.is_empty()),
            own: self_times(&spans, &tree),
            roles: error_propagation::roles(&spans, &tree),
            causes: error_propagation::causes(&spans, &tree),
            worst_origin: error_propagation::find(&spans, &tree).first().map(|error| error.origin),
            index: SpanIndex::of(&spans),
            spans,
            summary,
            tree,
            path,
            shifts,
        }
    }

    /// The row at a place of the tree.
    pub(super) fn row(&self, at: usize) -> Option<&TreeRow> {
        self.tree.rows().get(at)
    }

    /// The span of a row, at the time that is shown.
    pub(super) fn span(&self, row: usize) -> Option<&Arc<Span>> {
        self.spans.get(self.row(row)?.span)
    }

    /// The row of the span with this id. Where the two halves of a call share it, that is the server's: lines are written
    /// while a call is handled.
    pub(super) fn row_of(&self, id: SpanId) -> Option<usize> {
        let is_server = |at: &u32| self.spans.get(*at as usize).is_some_and(|span| span.kind == SpanKind::Server);
        let at = self.index.all(id).find(is_server).or_else(|| self.index.all(id).next())?;
        self.tree.row_of(at as usize)
    }

    /// The row of a span that was laid out before, maybe at another time. Of several with its id it is the one on the same
    /// side of the call.
    pub(super) fn row_like(&self, span: &Span) -> Option<usize> {
        let is_it = |at: &u32| {
            let known = self.spans.get(*at as usize);
            known.is_some_and(|known| known.kind == span.kind && known.service() == span.service())
        };
        let at = self.index.all(span.span_id).find(is_it);
        at.map_or_else(|| self.row_of(span.span_id), |at| self.tree.row_of(at as usize))
    }

    /// What a span has to do with an error.
    pub(super) fn mark(&self, span: usize) -> Mark {
        match self.roles.get(span).copied().unwrap_or_default() {
            ErrorRole::None => Mark::None,
            ErrorRole::Origin => Mark::Failed,
            ErrorRole::Anew => Mark::FailedAnew,
            ErrorRole::Propagated => Mark::Passed,
            ErrorRole::Recovered => Mark::Absorbed,
        }
    }

    /// The row where the error began that a row failed of, or that it absorbed. Of a row without one it is that of the
    /// nearest failed row below it, else where the error began that most spans of the trace failed of. O(levels below).
    pub(super) fn origin_of(&self, row: usize) -> Option<usize> {
        let end = self.row(row)?.end;
        let below = || self.rows.failed.get(self.rows.failed.partition_point(|failed| *failed < row)).copied();
        let is_concerned = self.mark(self.row(row)?.span) != Mark::None;
        let start = if is_concerned { Some(row) } else { below().filter(|failed| *failed < end) };
        let worst = || self.tree.row_of(self.worst_origin?);
        let cause = |at: &usize| self.causes.get(*at).copied().flatten();
        start.and_then(|start| std::iter::successors(Some(start), cause).last()).or_else(worst)
    }

    /// Whether the clock of a row differs from that of its parent. Of all that stand below one clock only the first is told.
    pub(super) fn is_first_skewed(&self, row: usize) -> bool {
        let shift = |row: usize| self.row(row).and_then(|row| self.shifts.get(row.span)).copied().unwrap_or(0);
        shift(row) != 0 && self.above(row).next().is_none_or(|above| shift(above) != shift(row))
    }

    /// A span's own time, in nanoseconds.
    pub(super) fn own_time(&self, span: usize) -> Nanos {
        self.own.get(span).copied().unwrap_or(0)
    }

    /// The parts of the critical path that are a span's own, in the order of time.
    pub(super) fn parts_of(&self, span: usize) -> &[PathPart] {
        let (Some(from), Some(to)) = (self.parts.begins.get(span), self.parts.begins.get(span + 1)) else { return &[] };
        self.parts.all.get(*from..*to).unwrap_or_default()
    }

    /// The rows above a row, the nearest first.
    pub(super) fn above(&self, row: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.row(row).and_then(|row| row.parent), |at| self.row(*at).and_then(|row| row.parent))
    }
}

impl RowSums {
    fn of(tree: &TraceTree, spans: &[Arc<Span>], path: &CriticalPath) -> Self {
        let rows = tree.rows();
        let mut sums = Self { levels: rows.iter().map(|row| row.depth + 1).max().unwrap_or(0), ..Self::default() };
        let mut failed = 0;
        for (at, row) in rows.iter().enumerate() {
            let span = spans.get(row.span);
            sums.failed_before.push(failed);
            sums.longest.push(span.map_or(0, |span| span.duration()));
            if span.is_some_and(|span| span.is_error()) {
                sums.failed.push(at);
                failed += 1;
            }
            if path.contains(row.span) {
                sums.critical.push(at);
            }
        }
        sums.failed_before.push(failed);
        // Children stand behind their parents, so from the back each row is whole before it is handed up.
        for (at, row) in rows.iter().enumerate().rev() {
            let longest = sums.longest.get(at).copied().unwrap_or(0);
            if let Some(above) = row.parent.and_then(|parent| sums.longest.get_mut(parent)) {
                *above = longest.max(*above);
            }
        }
        sums
    }

    /// How long the longest span at or below a row took, in nanoseconds.
    pub(super) fn longest_below(&self, row: usize) -> Nanos {
        self.longest.get(row).copied().unwrap_or(0)
    }

    /// How many spans failed in the rows from `from` up to `to`.
    pub(super) fn failed_within(&self, from: usize, to: usize) -> u32 {
        let before = |row: usize| self.failed_before.get(row).copied().unwrap_or(0);
        before(to).saturating_sub(before(from))
    }
}

impl Parts {
    /// Sorts the stretches of a path by their spans; those of one span stay in the order of time.
    fn of(path: &CriticalPath, spans: usize, start: Nanos) -> Self {
        let mut segments = path.segments().to_vec();
        segments.sort_by_key(|segment| segment.span);
        let (mut all, mut before, mut last) = (Vec::with_capacity(segments.len()), 0, None);
        for segment in &segments {
            if last.replace(segment.span) != Some(segment.span) {
                before = 0;
            }
            let (from_ns, to_ns) = (segment.from.saturating_sub(start), segment.to.saturating_sub(start));
            all.push(PathPart { from_ns, to_ns, before_ns: before });
            before = to_ns.saturating_sub(from_ns).saturating_add(before);
        }
        let begins = (0..=spans).map(|span| segments.partition_point(|segment| segment.span < span)).collect();
        Self { all, begins }
    }
}

/// The cells that the widest service takes, and the widest operation with its lines.
fn widest(tree: &TraceTree, spans: &[Arc<Span>]) -> (u16, u16) {
    let width = |name: &str| {
        let end = name.char_indices().nth(NAME_COUNTED).map_or(name.len(), |(end, _)| end);
        safe(name.get(..end).unwrap_or(name)).width()
    };
    let services: HashSet<&str> = spans.iter().map(|span| span.service()).collect();
    let operations = tree.rows().iter().filter_map(|row| {
        let levels = usize::try_from(row.depth).unwrap_or(LEVELS_COUNTED).min(LEVELS_COUNTED);
        Some(2 * levels + width(&spans.get(row.span)?.name))
    });
    let cells = |width: Option<usize>| u16::try_from(width.unwrap_or(0)).unwrap_or(u16::MAX);
    (cells(services.into_iter().map(width).max()), cells(operations.max()))
}
