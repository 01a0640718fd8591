//! The list of traces, the latest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::TraceId;
use crate::store::TraceSummary;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::list::List;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// Traces that one can scroll over; the latest of them are what one looks for here.
const MAX_LISTED: usize = 2000;

/// Traces of which one is selected. While the selection is on the first row the list moves with what arrives; below
/// it, the list stands still until one returns to the top.
#[derive(Clone, Debug, Default)]
pub(super) struct TraceList {
    traces: Vec<TraceSummary>,
    list: List,
    rows: Vec<(Vec<Piece>, bool)>,
    total: usize,
    height: usize,
    is_narrow: bool,
}

impl TraceList {
    pub(super) fn selected(&self) -> Option<TraceId> {
        self.traces.get(self.list.selected()).map(|summary| summary.id)
    }

    pub(super) fn changed(&mut self, world: &World) {
        self.total = world.traces.len();
        let stands_still = self.list.selected() > 0 && !self.traces.is_empty();
        if stands_still {
            for summary in &mut self.traces {
                if !summary.is_complete
                    && let Some(trace) = world.traces.get(summary.id)
                {
                    *summary = trace.summary();
                }
            }
        } else {
            self.traces = world.traces.recent(0, self.height.max(1), |_| true);
        }
    }

    /// Moves the selection by an action that moves it; answers whether it was one.
    pub(super) fn navigate(&mut self, action: Action, world: &World) -> bool {
        if self.list.selected() == 0 {
            self.traces = world.traces.recent(0, MAX_LISTED, |_| true);
        }
        if matches!(action, Action::NextError | Action::PreviousError) {
            self.seek_error(action == Action::NextError);
            return true;
        }
        self.list.navigate(action, self.traces.len(), self.height)
    }

    fn seek_error(&mut self, forward: bool) {
        let at = self.list.selected();
        let is_failed = |row: &usize| self.traces.get(*row).is_some_and(|summary| summary.errors > 0);
        let found = if forward { (at + 1..self.traces.len()).find(is_failed) } else { (0..at).rev().find(is_failed) };
        if let Some(found) = found {
            self.list.select(found);
        }
    }

    pub(super) fn project(&mut self, world: &World, width: usize, height: usize) {
        self.is_narrow = width < WIDE;
        self.height = height.saturating_sub(1);
        if self.traces.is_empty() {
            self.changed(world);
        }
        self.list.clamp(self.traces.len(), self.height);
        let visible = self.traces.iter().enumerate().skip(self.list.offset()).take(self.height);
        self.rows =
            visible.map(|(at, summary)| (row(summary, self.is_narrow, world), at == self.list.selected())).collect();
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Traces"), Piece::new(Role::Muted, " latest first")];
        let right = format!("{} traces", text::count(self.total as u64));
        let inner = Frame { title: &title, right: &right, bottom: &[] }.render(area, buf, paint);
        if self.rows.is_empty() {
            let lines = ["No trace yet.".to_owned(), "Traces come by OTLP: spantail otlp: otlp+http:".to_owned()];
            return frame::message(&lines, inner, buf, paint);
        }
        let header = [Piece::new(Role::Muted, if self.is_narrow { NARROW_HEADER } else { HEADER })];
        piece::draw(&header, buf, inner.x + 1, inner.y, inner.width.saturating_sub(1), Style::new(), paint.theme);
        for ((pieces, is_selected), y) in self.rows.iter().zip(inner.y + 1..inner.bottom()) {
            let base = match (is_selected, paint.is_focused) {
                (true, true) => paint.theme.style(Role::Selected),
                (true, false) => paint.theme.style(Role::SelectedUnfocused),
                (false, _) => Style::new(),
            };
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(pieces, buf, inner.x + 1, y, inner.width.saturating_sub(1), base, paint.theme);
        }
    }
}

const HEADER: &str = "time           duration  spans  errors  service       operation";
const NARROW_HEADER: &str = "time      duration  err  service     operation";
/// Below this width times are written to the second and spans are not counted, so that there is room for operations.
const WIDE: usize = 72;

fn row(summary: &TraceSummary, is_narrow: bool, world: &World) -> Vec<Piece> {
    let errors = if summary.errors > 0 { summary.errors.to_string() } else { "·".to_owned() };
    let error_role = if summary.errors > 0 { Role::Error } else { Role::Faint };
    let state = if summary.is_complete { "" } else { " (incomplete)" };
    let duration = text::duration(summary.duration);
    let (spans, errors, widest) = if is_narrow {
        (format!("  {duration:>8}"), format!("  {errors:>3}"), 10)
    } else {
        (format!("  {duration:>9}  {:>5}", summary.spans), format!("  {errors:>6}"), 12)
    };
    vec![
        Piece::new(Role::Time, text::time_of_day(summary.start, &world.settings, !is_narrow)),
        Piece::new(Role::Text, spans),
        Piece::new(error_role, errors),
        Piece {
            text: format!("  {}", text::fit(&safe(&summary.service), widest)),
            look: Look::Service(summary.service.clone()),
        },
        Piece::new(Role::Text, format!("  {}", safe(&summary.operation))),
        Piece::new(Role::Muted, state),
    ]
}
