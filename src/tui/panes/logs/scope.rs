//! The histogram while it has the keys: a cursor that takes the rows along, a range to filter by, and zooming in time.

use std::ops::Range;
use std::sync::Arc;

use super::axis::{Axis, SECOND};
use super::{LogsPane, Pause};
use crate::model::Nanos;
use crate::store::{LineId, Segment};
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::event::Slot;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Reply};
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::world::World;

/// Columns that a page is.
const PAGE: usize = 10;

/// Where one is in the histogram.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The columns that are shown, as wide as they were when they were last drawn.
    pub(super) axis: Axis,
    /// When the column under the cursor begins.
    pub(super) at: Nanos,
    /// When the column begins in which a range was begun.
    pub(super) anchor: Option<Nanos>,
    /// The rows as they were before.
    before: Place,
}

/// What leaving puts back.
#[derive(Clone, Debug)]
struct Place {
    pause: Option<Pause>,
    cursor: Option<LineId>,
    top: Option<LineId>,
    pins: Vec<Arc<Segment>>,
}

impl Scope {
    /// The time under the cursor, or of the range: its beginning and its end, which is excluded.
    pub(super) fn span(&self) -> (Nanos, Nanos) {
        let other = self.anchor.unwrap_or(self.at);
        (self.at.min(other), self.at.max(other).saturating_add(self.axis.step))
    }

    /// The columns of `axis` that lie in the range.
    pub(super) fn columns_on(&self, axis: Axis) -> Option<Range<usize>> {
        self.anchor?;
        let (from, to) = self.span();
        let first = axis.column(from).unwrap_or(0);
        let end = axis.column(to.saturating_sub(1)).map_or(axis.columns, |last| last + 1);
        (from < axis.end() && to > axis.start).then_some(first..end)
    }

    /// What can be pressed.
    pub(super) fn hints(&self, world: &World) -> Vec<Piece> {
        let range = if self.anchor.is_some() { "no range" } else { "range" };
        let keys = [
            (Action::SelectRange, range),
            (Action::DrillDown, "filter"),
            (Action::ZoomIn, "in"),
            (Action::ZoomOut, "out"),
            (Action::ZoomAll, "all"),
        ];
        let pieces = keys.into_iter().enumerate().flat_map(|(at, (action, what))| {
            let gap = if at == 0 { "" } else { " · " };
            [
                Piece::new(Role::Muted, gap),
                Piece::new(Role::StatusKey, world.key(Context::Histogram, action)),
                Piece::new(Role::Muted, format!(" {what}")),
            ]
        });
        pieces.collect()
    }

    /// Takes `axis` and stands on its columns; a range still covers what it covered.
    fn adopt(&mut self, axis: Axis) {
        let (from, to) = self.span();
        let (from, last) = (axis.floor(from), axis.floor(to.saturating_sub(1)));
        match self.anchor {
            None => self.at = axis.floor(self.at),
            Some(anchor) if anchor <= self.at => (self.anchor, self.at) = (Some(from), last),
            Some(_) => (self.at, self.anchor) = (from, Some(last)),
        }
        self.axis = axis.showing(self.at);
    }
}

impl LogsPane {
    /// Gives the keys to the histogram.
    pub(super) fn open_scope(&mut self, world: &World) -> Reply {
        let Some(timeline) = &self.view.timeline else {
            let has_lines = !self.view.rows.is_empty();
            return Reply::tell(if has_lines {
                "the terminal is too low for the histogram"
            } else {
                "there is no line yet"
            });
        };
        let axis = timeline.axis;
        let before = Place { pause: self.pause, cursor: self.cursor, top: self.top, pins: self.pins.clone() };
        self.freeze(world);
        let time = self.selected(world).and_then(|id| self.rows(world).line(id)).map(|line| line.time());
        let at = axis.floor(time.unwrap_or(axis.end().saturating_sub(1)));
        self.scope = Some(Scope { axis: axis.showing(at), at, anchor: None, before });
        Reply::Done
    }

    /// Carries out an action while the histogram has the keys.
    pub(super) fn update_scope(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let world = cx.world;
        match action {
            Action::ScrollLeft => self.move_scope(false, 1, world),
            Action::ScrollRight => self.move_scope(true, 1, world),
            Action::PageUp | Action::HalfPageUp => self.move_scope(false, PAGE, world),
            Action::PageDown | Action::HalfPageDown => self.move_scope(true, PAGE, world),
            Action::SelectFirst => self.move_scope(false, usize::MAX, world),
            Action::SelectLast => self.move_scope(true, usize::MAX, world),
            Action::SelectRange => {
                if let Some(scope) = &mut self.scope {
                    scope.anchor = if scope.anchor.is_some() { None } else { Some(scope.at) };
                }
            }
            Action::ZoomIn => return self.zoom_scope(true, world),
            Action::ZoomOut => return self.zoom_scope(false, world),
            Action::ZoomAll => self.show_all(world),
            Action::DrillDown => return self.filter_by_scope(cx),
            Action::Back | Action::FocusHistogram => self.leave_scope(),
            // The rows stand below: going down goes to them, at the time that was chosen.
            Action::SelectNext => self.scope = None,
            Action::SelectPrevious => {}
            other => {
                let before = self.cursor;
                let reply = self.update_rows(other, cx);
                self.keep_scope(before, cx.world);
                return reply;
            }
        }
        Reply::Done
    }

    /// Moves the cursor by columns within the time of the rows, and the rows with it.
    fn move_scope(&mut self, is_forward: bool, columns: usize, world: &World) {
        let Some((from, to)) = self.span_of_rows(world) else { return };
        let Some(scope) = &mut self.scope else { return };
        let axis = self.view.timeline.as_ref().map_or(scope.axis, |timeline| timeline.axis);
        let by = i64::try_from(columns).unwrap_or(i64::MAX).saturating_mul(axis.step);
        let at = if is_forward { scope.at.saturating_add(by) } else { scope.at.saturating_sub(by) };
        let (first, last) = (axis.floor(from), axis.floor(to));
        scope.at = at.clamp(first.min(scope.at), last.max(scope.at));
        scope.axis = axis.showing(scope.at);
        self.show_scope(world);
    }

    /// Selects the row nearest to the time under the cursor, a third down the screen.
    fn show_scope(&mut self, world: &World) {
        let Some(scope) = &self.scope else { return };
        let column = scope.at..scope.at.saturating_add(scope.axis.step);
        if let Some(id) = self.rows(world).at_time(&column) {
            self.cursor = Some(id);
            self.top = None;
            self.settle = Some(self.view.height / 3);
        }
    }

    fn zoom_scope(&mut self, is_in: bool, world: &World) -> Reply {
        let Some((from, to)) = self.span_of_rows(world) else { return Reply::Done };
        let Some(scope) = &mut self.scope else { return Reply::Done };
        let axis = self.view.timeline.as_ref().map_or(scope.axis, |timeline| timeline.axis);
        let all = Axis::covering(from, to, axis.columns);
        let Some(next) = axis.zoomed(is_in, scope.at) else {
            return Reply::tell("lines are counted by the second: there is nothing finer");
        };
        scope.adopt(if next.step >= all.step && !is_in { all } else { next });
        Reply::Done
    }

    fn show_all(&mut self, world: &World) {
        let Some((from, to)) = self.span_of_rows(world) else { return };
        if let Some(scope) = &mut self.scope {
            scope.adopt(Axis::covering(from, to, scope.axis.columns));
        }
    }

    /// Filters by the range, or by the column under the cursor.
    fn filter_by_scope(&mut self, cx: &mut Cx<'_>) -> Reply {
        let Some(scope) = self.scope.take() else { return Reply::Ignored };
        let (from, to) = scope.span();
        let zone = &cx.world.settings.zone;
        // Both ends are included, and the last one is a second long.
        let (from, to) = (text::date_time(from, zone), text::date_time(to.saturating_sub(SECOND), zone));
        let term = format!("time:{from}..{to}");
        let rest = self.filter_without_time();
        self.time_term = Some(term.clone());
        let filter = match (rest.is_empty(), rest.contains(" OR ")) {
            (true, _) => term,
            (false, true) => format!("({rest}) {term}"),
            (false, false) => format!("{rest} {term}"),
        };
        self.settle = None;
        self.run(Slot::Filter, &filter, cx);
        Reply::Deeper
    }

    /// The filter without the time that was chosen in the histogram before.
    fn filter_without_time(&self) -> String {
        let filter = self.filter.text.as_str();
        let Some(term) = self.time_term.as_deref() else { return filter.to_owned() };
        let Some(rest) = filter.strip_suffix(term) else { return filter.to_owned() };
        let rest = rest.trim_end();
        rest.strip_prefix('(')
            .and_then(|it| it.strip_suffix(')'))
            .filter(|it| it.contains(" OR "))
            .unwrap_or(rest)
            .to_owned()
    }

    fn leave_scope(&mut self) {
        let Some(scope) = self.scope.take() else { return };
        let Place { pause, cursor, top, pins } = scope.before;
        (self.pause, self.cursor, self.top, self.pins) = (pause, cursor, top, pins);
        self.settle = None;
    }

    /// After an action of the rows: the cursor follows the selected line; a view that moves again has none.
    fn keep_scope(&mut self, before: Option<LineId>, world: &World) {
        if self.pause.is_none() || self.record.is_some() {
            self.scope = None;
            return;
        }
        let time = self.cursor.filter(|id| Some(*id) != before).and_then(|id| self.rows(world).line(id));
        let time = time.map(|line| line.time());
        if let (Some(scope), Some(time)) = (&mut self.scope, time) {
            scope.at = scope.axis.floor(time);
            scope.axis = scope.axis.showing(scope.at);
        }
    }
}
