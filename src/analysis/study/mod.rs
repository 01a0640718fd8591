//! What one trace says when it is laid out: worked out once for the spans that there are, shared by all that show it.

mod names;
mod path_parts;
mod row_sums;

use std::sync::Arc;

pub use self::names::indent;
pub use self::path_parts::PathPart;
use self::path_parts::PathParts;
pub use self::row_sums::RowSums;
use super::clock_skew;
use super::critical_path::CriticalPath;
use super::density::Density;
use super::error_propagation::{ErrorRole, Errors};
use super::self_time::self_times;
use super::trace_tree::{TraceTree, TreeRow};
use crate::model::{Nanos, Span, SpanId, SpanKind};
use crate::store::{Trace, TraceSummary};

/// A trace laid out. Immutable; what takes O(n) or more is done when it is made.
#[derive(Debug)]
pub struct Study {
    /// The trace as it came.
    pub trace: Arc<Trace>,
    /// Whether it is at other times than those at which it came: with what clocks did to them taken out.
    pub is_corrected: bool,
    /// The trace at a glance, at the times that are shown.
    pub summary: TraceSummary,
    /// Who called whom.
    pub tree: TraceTree,
    /// What its duration is made of.
    pub path: CriticalPath,
    /// How many nanoseconds each span was moved, or would have to be where times are shown as they came.
    pub shifts: Vec<Nanos>,
    /// What its rows say together.
    pub rows: RowSums,
    /// How busy the trace is in the course of its time.
    pub density: Density,
    /// The rows whose operations take most room, see [`names`](self::indent); a bounded number.
    pub widest: Vec<usize>,
    /// Whether a span has links.
    pub has_links: bool,
    /// Whether clocks differ, so that a span is not within the one that called it.
    pub is_skewed: bool,
    /// The spans at other times, where they are shown so.
    moved: Option<Vec<Arc<Span>>>,
    own: Vec<Nanos>,
    roles: Vec<ErrorRole>,
    /// Of each row the one below it that its error came from.
    causes: Vec<Option<usize>>,
    /// The span where the error began that most spans failed of.
    worst_origin: Option<usize>,
    parts: PathParts,
}

/// Two are equal that were made of one state of a trace in the same way: all else follows from that.
impl PartialEq for Study {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.trace, &other.trace) && self.is_corrected == other.is_corrected
    }
}

impl Study {
    /// Lays a trace out, with its clocks corrected if that is asked for. O(n log n).
    pub fn of(trace: Arc<Trace>, is_corrected: bool) -> Self {
        let mut tree = TraceTree::of(&trace);
        let shifts = clock_skew::adjust(trace.spans(), &tree);
        let is_skewed = shifts.iter().any(|shift| *shift != 0);
        let moved = (is_corrected && is_skewed).then(|| clock_skew::moved(trace.spans(), &shifts));
        let mut summary = trace.summary();
        if let Some(moved) = &moved {
            // Siblings stand in the order of their times.
            tree = TraceTree::indexed(moved, trace.index());
            summary = summary_of(summary, moved);
        }
        let spans = moved.as_deref().unwrap_or(trace.spans());
        let path = CriticalPath::find(spans, &tree);
        let errors = Errors::of(spans, &tree);
        Self {
            rows: RowSums::of(&tree, spans, &path),
            parts: PathParts::of(&path, spans.len(), summary.start),
            density: Density::of(spans, summary.start, summary.duration),
            widest: names::widest(&tree, spans),
            has_links: spans.iter().any(|span| !span.links.is_empty()),
            own: self_times(spans, &tree),
            worst_origin: errors.found().first().map(|error| error.origin),
            causes: errors.causes(),
            roles: errors.roles(),
            is_corrected,
            is_skewed,
            summary,
            tree,
            path,
            shifts,
            moved,
            trace,
        }
    }

    /// The spans in the order of their arrival, at the times that are shown.
    pub fn spans(&self) -> &[Arc<Span>] {
        self.moved.as_deref().unwrap_or(self.trace.spans())
    }

    /// The row at a place of the tree.
    pub fn row(&self, at: usize) -> Option<&TreeRow> {
        self.tree.rows().get(at)
    }

    /// The span of a row, at the time that is shown.
    pub fn span(&self, row: usize) -> Option<&Arc<Span>> {
        self.spans().get(self.row(row)?.span)
    }

    /// The row of the span with this id. Where the two halves of a call share it, that is the server's: lines are written
    /// while a call is handled.
    pub fn row_of(&self, id: SpanId) -> Option<usize> {
        let is_server = |at: &u32| self.spans().get(*at as usize).is_some_and(|span| span.kind == SpanKind::Server);
        let at = self.trace.index().all(id).find(is_server).or_else(|| self.trace.index().all(id).next())?;
        self.tree.row_of(at as usize)
    }

    /// The row of a span that was laid out before, maybe at another time. Of several with its id it is the one on the same
    /// side of the call.
    pub fn row_like(&self, span: &Span) -> Option<usize> {
        let is_it = |at: &u32| {
            let known = self.spans().get(*at as usize);
            known.is_some_and(|known| known.kind == span.kind && known.service() == span.service())
        };
        let at = self.trace.index().all(span.span_id).find(is_it);
        at.map_or_else(|| self.row_of(span.span_id), |at| self.tree.row_of(at as usize))
    }

    /// What a span has to do with an error. O(1).
    pub fn role(&self, span: usize) -> ErrorRole {
        self.roles.get(span).copied().unwrap_or_default()
    }

    /// The row where the error began that a row failed of, or that it absorbed. Of a row without one it is that of the
    /// nearest failed row below it, else where the error began that most spans of the trace failed of. O(levels below).
    pub fn origin_of(&self, row: usize) -> Option<usize> {
        let end = self.row(row)?.end;
        let below = || self.rows.failed.get(self.rows.failed.partition_point(|failed| *failed < row)).copied();
        let is_concerned = self.role(self.row(row)?.span) != ErrorRole::None;
        let start = if is_concerned { Some(row) } else { below().filter(|failed| *failed < end) };
        let worst = || self.tree.row_of(self.worst_origin?);
        let cause = |at: &usize| self.causes.get(*at).copied().flatten();
        start.and_then(|start| std::iter::successors(Some(start), cause).last()).or_else(worst)
    }

    /// Whether the clock of a row differs from that of its parent. Of all that stand below one clock only the first is told.
    pub fn is_first_skewed(&self, row: usize) -> bool {
        let shift = |row: usize| self.row(row).and_then(|row| self.shifts.get(row.span)).copied().unwrap_or(0);
        shift(row) != 0 && self.above(row).next().is_none_or(|above| shift(above) != shift(row))
    }

    /// A span's own time, in nanoseconds.
    pub fn own_time(&self, span: usize) -> Nanos {
        self.own.get(span).copied().unwrap_or(0)
    }

    /// The parts of the critical path that are a span's own, in the order of time. O(1).
    pub fn parts_of(&self, span: usize) -> &[PathPart] {
        self.parts.of_span(span)
    }

    /// The rows above a row, the nearest first.
    pub fn above(&self, row: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.row(row).and_then(|row| row.parent), |at| self.row(*at).and_then(|row| row.parent))
    }
}

/// The trace at a glance when its spans are moved.
fn summary_of(as_it_came: TraceSummary, spans: &[Arc<Span>]) -> TraceSummary {
    // A span without a time of its own says nothing of when the trace was.
    let timed = || spans.iter().filter(|span| span.start != 0);
    let (Some(start), Some(end)) = (timed().map(|span| span.start).min(), timed().map(|span| span.end).max()) else {
        return as_it_came;
    };
    TraceSummary { start, duration: end.saturating_sub(start).max(0), ..as_it_came }
}

#[cfg(test)]
mod tests;
