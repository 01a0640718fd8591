//! One trace as a waterfall: what it says ([`Study`]), what of it is folded away, searched for, looked at and selected.

mod divider;
mod draw;
mod folding;
mod folds;
mod going;
mod growth;
mod heading;
mod lines;
mod logs;
mod measure;
mod row;
mod search;
#[cfg(test)]
mod tests;
mod zoom;

use std::sync::Arc;

use self::folds::Folds;
use self::growth::Growth;
use self::heading::Heading;
use self::lines::{Lines, Shown};
use self::logs::SpanLogs;
use self::measure::Measured;
use self::row::Row;
use self::search::Search;
use self::zoom::{Whole, Zoom};
use crate::analysis::study::Study;
use crate::model::{Nanos, Span, SpanId, TraceId};
use crate::query::Plan;
use crate::store::{Trace, TraceSummary};
use crate::tui::action::Action;
use crate::tui::list::List;
use crate::tui::world::World;

/// A trace laid out. A clone shares what is large.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Waterfall {
    study: Arc<Study>,
    /// The room that its names take.
    measured: Measured,
    folds: Folds,
    lines: Arc<Lines>,
    list: List,
    /// The span to be selected as soon as it comes, until one goes elsewhere.
    awaited: Option<SpanId>,
    zoom: Zoom,
    search: Search,
    /// Whether times are to be shown with what clocks did to them taken out.
    is_corrected: bool,
    logs: Arc<SpanLogs>,
    growth: Growth,
    /// Whether spans were still coming when it was projected last.
    is_growing: bool,
    /// Whether spans link to some of this trace.
    is_linked_to: bool,
    /// Whether traces may come from several places, so that it is told where this one is from.
    shows_origin: bool,
    /// The part of the width that somebody chose for the names, in percent.
    share: Option<u16>,
    /// Cells of a row.
    width: u16,
    /// Rows in sight.
    height: usize,
    rows: Vec<Row>,
    heading: Heading,
}

impl Waterfall {
    /// Lays a trace out. O(n log n).
    pub(super) fn new(trace: Arc<Trace>, world: &World) -> Self {
        let study = Arc::new(Study::of(trace, false));
        let folds = Folds::default();
        let mut out = Self {
            measured: Measured::of(&study),
            lines: Arc::new(folds.lines(&study)),
            study,
            folds,
            list: List::default(),
            awaited: None,
            zoom: Zoom::default(),
            search: Search::default(),
            is_corrected: false,
            logs: Arc::default(),
            growth: Growth::new(world.now),
            is_growing: false,
            is_linked_to: false,
            shows_origin: false,
            share: None,
            width: 0,
            height: 0,
            rows: Vec::new(),
            heading: Heading::default(),
        };
        out.count_logs(world);
        out
    }

    pub(super) fn id(&self) -> TraceId {
        self.study.trace.id
    }

    /// How many spans there are.
    pub(super) fn len(&self) -> usize {
        self.study.spans().len()
    }

    /// The trace at a glance, at the times that are shown.
    pub(super) fn summary(&self) -> &TraceSummary {
        &self.study.summary
    }

    /// Works out the lines anew and stands where one stood, or at what hides it.
    fn refold(&mut self) {
        let row = self.selected_row();
        let is_rest = matches!(self.lines.at(self.list.selected()), Some(Shown::Rest(_)));
        self.lines = Arc::new(self.folds.lines(&self.study));
        self.stand_at(row, is_rest);
    }

    fn stand_at(&mut self, row: Option<usize>, is_rest: bool) {
        let place = row.and_then(|row| self.lines.nearest(&self.study, row));
        let rest = row.filter(|_| is_rest).and_then(|row| self.lines.rest_of(row));
        if let Some(place) = rest.or(place) {
            self.list.select(place);
        }
    }

    /// The selected span as it came; of short spans the one they are below.
    pub(super) fn selected(&self) -> Option<&Arc<Span>> {
        self.study.trace.spans().get(self.study.row(self.selected_row()?)?.span)
    }

    /// When the selected line begins and ends, at the time that is shown.
    fn selected_time(&self) -> Option<Whole> {
        match self.lines.at(self.list.selected())? {
            Shown::Row(row) => self.study.span(row).map(|span| (span.start, span.end.max(span.start))),
            Shown::Rest(rest) => Some((rest.from, rest.to.max(rest.from))),
        }
    }

    /// Logs of a span.
    pub(super) fn log_count(&self, span: SpanId) -> u64 {
        self.logs.of(span)
    }

    /// The own time of the selected span in nanoseconds.
    pub(super) fn own_time(&self) -> Nanos {
        self.selected_row().and_then(|row| self.study.row(row)).map_or(0, |row| self.study.own_time(row.span))
    }

    /// Whether the parent of the selected span is not here.
    pub(super) fn is_orphan(&self) -> bool {
        self.selected_row().and_then(|row| self.study.row(row)).is_some_and(|row| row.is_orphan)
    }

    /// By how many nanoseconds the clock of the selected span is behind that of its caller.
    pub(super) fn shift(&self) -> Nanos {
        let row = self.selected_row().and_then(|row| self.study.row(row));
        row.and_then(|row| self.study.shifts.get(row.span)).copied().unwrap_or(0)
    }

    /// Moves the selection or looks at another part of the time by an action that does so; answers whether it was one.
    pub(super) fn navigate(&mut self, action: Action) -> bool {
        if self.list.navigate(action, self.lines.len(), self.height) {
            self.awaited = None;
            return true;
        }
        let whole = self.whole();
        let span = self.selected_time().unwrap_or(whole);
        match action {
            Action::ZoomIn | Action::ZoomOut => {
                let middle = span.0.saturating_add(span.1.saturating_sub(span.0) / 2);
                self.zoom.scale(whole, middle, action == Action::ZoomIn);
            }
            Action::ZoomAll => self.zoom.all(),
            Action::ZoomToSpan => self.zoom.fit(whole, span),
            Action::PanLeft | Action::PanRight => self.zoom.pan(whole, action == Action::PanRight),
            _ => return false,
        }
        true
    }

    /// Whether less than all of the time is shown.
    pub(super) fn is_zoomed(&self) -> bool {
        self.zoom.is_zoomed()
    }

    /// When the trace begins and ends.
    fn whole(&self) -> Whole {
        let summary = &self.study.summary;
        (summary.start, summary.start.saturating_add(summary.duration))
    }

    /// Searches for what `plan` asks, which was written as `text`.
    pub(super) fn search(&mut self, text: &str, plan: Option<Arc<Plan>>) {
        self.search = Search::new(text, plan, &self.study);
    }

    /// The search in force and how many spans match.
    pub(super) fn searched(&self) -> (&str, u64) {
        (self.search.text(), self.search.rows().len() as u64)
    }
}
