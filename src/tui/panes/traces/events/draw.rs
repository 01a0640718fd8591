//! The rows of the events, copied and drawn.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::EventsView;
use super::moments::{Moment, What};
use crate::model::{Level, Span};
use crate::store::{Line, Trace};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::frame::{self, Frame};
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// Cells of the time after the trace's begin: `-123 ms`.
const OFFSET: usize = 8;
/// From this width on the time of the day is shown.
const WITH_TIME: u16 = 72;
/// From this width on the operation of the span is shown.
const WITH_OPERATION: u16 = 100;
/// The most cells of a service and of an operation.
const MOST: (usize, usize) = (14, 24);
/// Rows that are measured to know how wide columns have to be.
const MAX_MEASURED: usize = 10_000;

/// One row in sight, safe to draw.
#[derive(Clone, Debug)]
pub(super) struct Row {
    offset: String,
    time: String,
    service: Piece,
    operation: String,
    level: Level,
    is_line: bool,
    is_error: bool,
    text: String,
}

/// The cells of the columns of names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    service: usize,
    operation: usize,
    /// Rows that may still be measured.
    left: usize,
}

impl Default for Widths {
    fn default() -> Self {
        Self { service: "service".len(), operation: "operation".len(), left: MAX_MEASURED }
    }
}

impl Widths {
    /// Makes room for what stands in a row, as long as columns may become wider and few were measured.
    pub(super) fn make_room(&mut self, service: &str, operation: &str) {
        if self.left == 0 || (self.service, self.operation) == MOST {
            return;
        }
        self.left -= 1;
        self.service = self.service.max(cells(service, MOST.0));
        self.operation = self.operation.max(cells(operation, MOST.1));
    }
}

/// The cells that a name takes, up to `most`.
fn cells(name: &str, most: usize) -> usize {
    let end = name.char_indices().nth(most).map_or(name.len(), |(end, _)| end);
    safe(name.get(..end).unwrap_or(name)).width().min(most)
}

impl EventsView {
    pub(super) fn rows_in_sight(&self, world: &World) -> Vec<Row> {
        let Some(trace) = &self.trace else { return Vec::new() };
        let places = self.list.offset()..self.list.offset() + self.height;
        places.filter_map(|place| Some(row(self.moments.get(place)?, trace, world))).collect()
    }

    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let (events, lines) = self.counts();
        let id = self.id.map(|id| id.short()).unwrap_or_default();
        let title = [
            Piece::new(Role::Title, "Events"),
            Piece::new(Role::Faint, " ── "),
            Piece::new(Role::Text, format!("trace {id}")),
        ];
        let right = format!("{} · {}", text::counted(events, "event"), text::counted(lines, "line"));
        let inner = Frame { title: &title, right: &right, bottom: &[] }.render(area, buf, paint);
        if self.rows.is_empty() {
            return frame::message(&self.empty, inner, buf, paint);
        }
        let widths = self.moments.widths();
        let header = header(widths, inner.width);
        let line = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        piece::draw(&header, buf, line.x, line.y, line.width, Style::new(), paint.theme);
        for ((at, row), y) in self.rows.iter().enumerate().zip(inner.y + 1..inner.bottom()) {
            let is_selected = at + self.list.offset() == self.list.selected();
            let role = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
            let base = if is_selected { paint.theme.style(role) } else { Style::new() };
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(&row.pieces(widths, inner.width, paint.ascii), buf, line.x, y, line.width, base, paint.theme);
        }
    }
}

/// The service that a line names, else that of its span.
pub(super) fn service_of<'a>(line: &Line<'_>, span: Option<&'a Arc<Span>>, world: &'a World) -> &'a str {
    let named = world.snapshot.services.get(line.service());
    if named.is_empty() { span.map_or("", |span| span.service()) } else { named }
}

fn row(moment: &Moment, trace: &Arc<Trace>, world: &World) -> Row {
    let span = moment.span.and_then(|at| trace.spans().get(at));
    let after = moment.time.saturating_sub(trace.summary().start);
    let sign = if after < 0 { "-" } else { "" };
    let (service, level) = match moment.what {
        What::Event(..) => (span.map_or("", |span| span.service()).to_owned(), Level::Unset),
        What::Line(id) => {
            let line = world.snapshot.line(id);
            let service = line.as_ref().map(|line| service_of(line, span, world)).unwrap_or_default();
            let level = line.as_ref().map_or(Level::Unset, |line| line.severity().level());
            (service.to_owned(), level)
        }
    };
    Row {
        offset: format!("{sign}{}", text::duration(after.saturating_abs())),
        time: text::time_of_day(moment.time, &world.settings, true),
        operation: safe(span.map_or("", |span| &span.name)).into_owned(),
        service: Piece { text: safe(&service).into_owned(), look: Look::Service(Arc::from(service)) },
        level,
        is_line: matches!(moment.what, What::Line(_)),
        is_error: moment.is_error,
        text: safe(&moment.text(trace, world)).into_owned(),
    }
}

/// The names of the columns, which are left out one by one where there is little room.
fn header(widths: Widths, width: u16) -> Vec<Piece> {
    let mut out = vec![format!("{:>OFFSET$}  ", "after")];
    if width >= WITH_TIME {
        out.push(format!("{:<13}", "time"));
    }
    out.push(format!("{:<wide$} ", "service", wide = widths.service));
    if width >= WITH_OPERATION {
        out.push(format!("{:<wide$} ", "operation", wide = widths.operation));
    }
    vec![Piece::new(Role::Muted, format!("{}  what", out.concat()))]
}

impl Row {
    fn pieces(&self, widths: Widths, width: u16, is_ascii: bool) -> Vec<Piece> {
        let mut out = vec![Piece::new(Role::Text, format!("{:>OFFSET$}  ", self.offset))];
        if width >= WITH_TIME {
            out.push(Piece::new(Role::Time, format!("{:<13}", self.time)));
        }
        out.push(Piece { text: text::fit(&self.service.text, widths.service), look: self.service.look.clone() });
        if width >= WITH_OPERATION {
            out.push(Piece::new(Role::Muted, format!(" {}", text::fit(&self.operation, widths.operation))));
        }
        let sign = match (self.is_line, is_ascii) {
            (true, false) => " ≡ ",
            (true, true) => " # ",
            (false, false) => " ◆ ",
            (false, true) => " * ",
        };
        let look = if self.is_line { Look::Level(self.level) } else { Look::Role(Role::Accent) };
        out.push(Piece { text: sign.to_owned(), look });
        out.push(Piece::new(if self.is_error { Role::Error } else { Role::Text }, self.text.clone()));
        out
    }
}
