//! The listed traces as points: how long each took over when it began.

pub(super) mod field;
mod plot;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use self::field::Field;
use super::list::TraceList;
use super::list::entry::Entry;
use super::table;
use super::view::{Scope, SideView};
use crate::model::TraceId;
use crate::query::field_text;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// From this width on the frame names keys.
const WIDE: u16 = 60;

/// The view.
#[derive(Clone, Debug)]
pub(super) struct ScatterView {
    scope: Scope,
    traces: Vec<Arc<Entry>>,
    /// Which state of the list that is.
    revision: Option<u64>,
    selected: Option<TraceId>,
    /// Whether the selection was moved here.
    has_moved: bool,
    /// How many of them failed.
    failed: usize,
    field: Field,
    figures: Vec<Piece>,
    keys: Vec<Piece>,
    right: String,
    nothing: Vec<String>,
}

impl ScatterView {
    /// A view of `scope`, of which it is shown the traces next.
    pub(super) fn new(scope: Scope) -> Self {
        Self {
            scope,
            traces: Vec::new(),
            revision: None,
            selected: None,
            has_moved: false,
            failed: 0,
            field: Field::default(),
            figures: Vec::new(),
            keys: Vec::new(),
            right: String::new(),
            nothing: Vec::new(),
        }
    }

    fn entry(&self) -> Option<&Arc<Entry>> {
        let id = self.selected?;
        self.traces.iter().find(|entry| entry.id == id)
    }

    /// The place in the list of the trace that an action of moving leads to.
    fn target(&self, action: Action) -> Option<usize> {
        let (from, plot) = (self.field.cell?, self.field.plot());
        let by_start = |wanted: &dyn Fn(&Entry) -> bool| {
            let start = self.entry().map_or(0, |entry| entry.start);
            (start, self.traces.iter().enumerate().filter(|(_, entry)| wanted(entry)).collect::<Vec<_>>())
        };
        match action {
            Action::ScrollRight => plot.beside(from, (1, 0)),
            Action::ScrollLeft => plot.beside(from, (-1, 0)),
            Action::SelectNext => plot.beside(from, (0, 1)),
            Action::SelectPrevious => plot.beside(from, (0, -1)),
            Action::SelectFirst => by_start(&|_| true).1.into_iter().min_by_key(|(_, it)| it.start).map(|(at, _)| at),
            Action::SelectLast => by_start(&|_| true).1.into_iter().max_by_key(|(_, it)| it.start).map(|(at, _)| at),
            Action::NextError => {
                let (start, failed) = by_start(&Entry::is_failed);
                failed.into_iter().filter(|(_, it)| it.start > start).min_by_key(|(_, it)| it.start).map(|(at, _)| at)
            }
            Action::PreviousError => {
                let (start, failed) = by_start(&Entry::is_failed);
                failed.into_iter().filter(|(_, it)| it.start < start).max_by_key(|(_, it)| it.start).map(|(at, _)| at)
            }
            _ => None,
        }
    }

    /// The selected trace in words, and how many others share its cell.
    fn figures(&self, world: &World, width: usize) -> Vec<Piece> {
        let Some(entry) = self.entry() else { return Vec::new() };
        let time = text::time_of_day(entry.start, &world.settings, true);
        let duration = entry.duration.map_or_else(|| "?".to_owned(), text::duration);
        let service = Look::Service(Arc::clone(&entry.service));
        let mut line = vec![
            Piece::new(Role::Time, time),
            Piece::new(Role::Text, format!("  {duration}  ")),
            Piece { text: table::name(&entry.service).into_owned(), look: service },
            Piece::new(Role::Text, format!(" {}", table::name(&entry.operation))),
        ];
        let mut tail = Vec::new();
        if let Some(errors) = entry.errors.filter(|errors| *errors > 0) {
            tail.push(Piece::new(Role::Error, format!("  {errors} ✗")));
        }
        let others = self.field.cell.map_or(0, |cell| self.field.plot().count_at(cell)).saturating_sub(1);
        if others > 0 {
            tail.push(Piece::new(Role::Muted, format!("  and {}", text::counted(others as u64, "other"))));
        }
        let room = width.saturating_sub(piece::width(&tail));
        if piece::width(&line) > room {
            line = piece::fit(line, room);
        }
        line.extend(tail);
        line
    }
}

impl SideView for ScatterView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Scatter
    }

    fn update(&mut self, action: Action, _cx: &mut Cx<'_>) -> Reply {
        match action {
            Action::DrillDown | Action::OpenTrace => {
                let open = self.entry().map(|it| Request::OpenTrace { trace: it.id, span: None, near: Some(it.start) });
                return open.map_or_else(|| Reply::tell("there is no trace yet"), Reply::Ask);
            }
            Action::ShowLogs => {
                let filter = self.entry().map(|entry| field_text("trace", &entry.id.to_string()));
                return filter.map_or_else(
                    || Reply::tell("there is no trace yet"),
                    |filter| Reply::Ask(Request::ShowLogs { filter }),
                );
            }
            Action::Copy => {
                let copied = self.entry().map(|entry| Request::Copy(entry.id.to_string()));
                return copied.map_or_else(|| Reply::tell("there is no trace yet"), Reply::Ask);
            }
            Action::ScrollLeft
            | Action::ScrollRight
            | Action::SelectNext
            | Action::SelectPrevious
            | Action::SelectFirst
            | Action::SelectLast
            | Action::NextError
            | Action::PreviousError => {}
            _ => return Reply::Ignored,
        }
        let target = self.target(action).and_then(|at| self.traces.get(at)).map(|entry| entry.id);
        if let Some(id) = target {
            (self.selected, self.has_moved) = (Some(id), true);
        } else if matches!(action, Action::NextError | Action::PreviousError) {
            return Reply::tell("no other failed trace");
        }
        Reply::Done
    }

    fn changed(&mut self, _cx: &mut Cx<'_>) {}

    fn turn_to(&mut self, scope: Scope, _cx: &mut Cx<'_>) {
        self.scope = scope;
    }

    fn see(&mut self, list: &TraceList) {
        if self.revision == Some(list.revision()) {
            return;
        }
        (self.revision, self.traces) = (Some(list.revision()), list.entries().to_vec());
        self.failed = self.traces.iter().filter(|entry| entry.is_failed()).count();
        if self.entry().is_none() {
            self.selected = list.selected().map(|entry| entry.id);
        }
    }

    fn pointed(&self) -> Option<TraceId> {
        self.selected.filter(|_| self.has_moved)
    }

    fn project(&mut self, world: &World, size: Size) {
        let room = Size::new(size.width.saturating_sub(4), size.height.saturating_sub(3));
        self.field.renew(&self.traces, self.revision.unwrap_or_default(), room, &world.settings);
        let selected = self.entry().map(Arc::clone);
        self.field.select(selected.as_deref());
        self.figures = self.figures(world, table::cells(size.width));
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(" · {} ✗", text::count(failed as u64)),
        };
        self.right = format!("{}{failed}", text::counted(self.traces.len() as u64, "trace"));
        let (open, errors) =
            (world.key(Context::Scatter, Action::DrillDown), world.key(Context::Scatter, Action::NextError));
        let keys = format!("arrows move  {open} open  {errors} failed");
        self.keys = if size.width < WIDE { Vec::new() } else { vec![Piece::new(Role::Muted, keys)] };
        self.nothing = if self.field.plot().spots.is_empty() {
            vec![
                "No trace is listed.".to_owned(),
                format!("{} leads to the list.", world.key(Context::Scatter, Action::Back)),
            ]
        } else {
            Vec::new()
        };
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let mut title = vec![Piece::new(Role::Title, "Traces"), Piece::new(Role::Muted, " duration over time")];
        title.extend(self.scope.told());
        let inner = Frame { title: &title, right: &self.right, bottom: &self.keys }.render(area, buf, paint);
        if !self.nothing.is_empty() {
            return frame::message(&self.nothing, inner, buf, paint);
        }
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let field = Rect { height: inner.height.saturating_sub(1), ..inner };
        self.field.render(field, buf, paint);
        if inner.height > 0 {
            piece::draw(&self.figures, buf, inner.x, field.bottom(), inner.width, Style::new(), paint.theme);
        }
    }
}
