//! How the list of traces looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::super::missing::no_trace;
use super::super::table::{self, Row};
use super::columns::Layout;
use super::{TraceList, What, columns};
use crate::analysis::question::MAX_LISTED;
use crate::model::TraceId;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::pane::Paint;
use crate::tui::piece::Piece;
use crate::tui::text::{self, Dated};
use crate::tui::world::World;

/// From this width on the frame has room for keys.
const WIDE: u16 = 110;

/// Below this width a filter takes the place of the order in the title.
const NARROW: u16 = 72;

/// Rows that durations over time take above the list, axes included.
pub(in super::super) const FIELD_ROWS: u16 = 7;

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    title: Vec<Piece>,
    right: String,
    bottom: Vec<Piece>,
    header: Vec<Piece>,
    rows: Vec<Row>,
    /// Rows above the header.
    field_rows: u16,
    nothing: Vec<String>,
}

impl TraceList {
    /// Copies what is in sight at `size`, frame included; `marked` is the trace that others are compared with, and with
    /// `has_field` durations stand over time above the list.
    pub(in super::super) fn project(&mut self, world: &World, marked: Option<TraceId>, size: Size, has_field: bool) {
        let field_rows = if has_field { FIELD_ROWS } else { 0 };
        self.height = usize::from(size.height.saturating_sub(3 + field_rows));
        self.list.clamp(self.traces.len(), self.height);
        let first = self.list.offset().min(self.traces.len());
        let end = (first + self.height).min(self.traces.len());
        let shown = self.traces.get(first..end).unwrap_or_default();
        self.has_origin = !world.backends().is_empty() || shown.iter().any(|entry| entry.origins.len() > 1);
        if field_rows > 0 {
            let room = Size::new(size.width.saturating_sub(4), field_rows);
            self.field.renew(&self.traces, self.revision, room, &world.settings);
            self.field.select(self.traces.get(self.list.selected()).map(|entry| &**entry));
        }
        let (order, has_origin, scale) = (self.order, self.has_origin, self.scale);
        self.room.make(shown);
        let dated = |at| Dated::of(at, world.now, &world.settings);
        let dated = self.began.map_or(Dated::No, |(first, last)| dated(first).max(dated(last)));
        let layout = Layout { order, has_origin, dated, scale, room: self.room };
        let table = columns::fit(layout, table::cells(size.width));
        let row = |(at, entry): (usize, &std::sync::Arc<super::Entry>)| Row {
            mark: entry.mark(marked == Some(entry.id)),
            pieces: table.row(|what, width| entry.cell(what, width, layout, world)),
            is_selected: at == self.list.selected(),
        };
        let rows = (first..).zip(shown).map(row).collect();
        self.drawn = Drawn {
            title: self.title(size.width),
            right: self.amount(),
            bottom: self.bottom(world, marked, size.width),
            header: table.header(What::By(self.order.by), self.order.is_ascending()),
            rows,
            field_rows,
            nothing: if self.traces.is_empty() { self.nothing(world) } else { Vec::new() },
        };
    }

    /// What is listed. Where there is little room for a filter the mark in the header has to say the order.
    fn title(&self, width: u16) -> Vec<Piece> {
        let mut title = vec![Piece::new(Role::Title, "Traces")];
        match &self.search {
            Some(search) if self.order.follows() => title.push(Piece::new(Role::Muted, search.title.as_str())),
            Some(search) => title.push(Piece::new(Role::Muted, format!("{}, {}", search.title, self.order.name()))),
            None if self.filter.is_some() && width < NARROW => {}
            None => title.push(Piece::new(Role::Muted, format!(" {}", self.order.name()))),
        }
        if !self.filter().is_empty() {
            title.push(Piece::new(Role::Faint, " ── "));
            title.push(Piece::new(Role::Prompt, "& "));
            title.push(Piece::new(Role::Text, safe(self.filter())));
        }
        title
    }

    /// How many are listed, of how many.
    fn amount(&self) -> String {
        let listed = text::count(self.traces.len() as u64);
        let all = match &self.search {
            Some(search) => search.count,
            None => self.total,
        };
        let has_filter = self.filter.is_some();
        match (&self.search, self.left_out()) {
            (Some(_), _) if has_filter => format!("{listed} of {} found", text::count(all as u64)),
            (Some(_), _) => format!("{listed} found"),
            (None, 0) if has_filter => format!("{listed} of {}", text::counted(all as u64, "trace")),
            (None, 0) => text::counted(all as u64, "trace"),
            (None, _) if has_filter => format!("{listed} of the latest {}", text::count(MAX_LISTED as u64)),
            (None, _) => format!("latest {listed} of {} traces", text::count(all as u64)),
        }
    }

    fn bottom(&self, world: &World, marked: Option<TraceId>, width: u16) -> Vec<Piece> {
        let mut bottom = self.search.as_ref().map(|search| search.backends.clone()).unwrap_or_default();
        let mut add = |role, text: String| {
            let gap = if bottom.is_empty() { "" } else { "  " };
            bottom.push(Piece::new(role, format!("{gap}{text}")));
        };
        if self.index.is_looking() && self.search.is_none() {
            add(Role::Accent, "looking …".to_owned());
        }
        if let Some(marked) = marked {
            add(Role::Marked, format!("◆ {}", marked.short()));
        }
        let key = |action| world.key(Context::Traces, action);
        if width >= WIDE && self.search.is_some() {
            add(Role::Muted, format!("{} search again  {} all traces", key(Action::FindTraces), key(Action::Back)));
        } else if width >= WIDE / 2 && self.search.is_none() && self.filter.is_some() {
            let back = if self.is_step { format!("  {} back", key(Action::Back)) } else { String::new() };
            add(Role::Muted, format!("{} all traces{back}", key(Action::ClearFilter)));
        } else if width >= WIDE / 2 && self.search.is_none() && !self.traces.is_empty() {
            add(Role::Muted, format!("{} sort", key(Action::SortNext)));
        }
        bottom
    }

    /// What an empty list says.
    fn nothing(&self, world: &World) -> Vec<String> {
        let all = self.search.as_ref().map_or(self.total.min(MAX_LISTED), |search| search.count);
        if self.filter.is_some() && all > 0 {
            let hidden = text::counted(all as u64, "trace");
            let first = if self.index.is_looking() && self.search.is_none() {
                format!("Looking through {hidden} …")
            } else {
                format!("The filter hides all {hidden}.")
            };
            let mut lines =
                vec![first, format!("{} shows them again.", world.key(Context::Traces, Action::ClearFilter))];
            if self.search.is_none() && self.left_out() > 0 {
                lines.push(format!("{} older ones are not looked at.", text::count(self.left_out() as u64)));
            }
            return lines;
        }
        match &self.search {
            Some(_) => {
                vec!["Nothing found so far.".to_owned(), "A longer time or less conditions find more.".to_owned()]
            }
            None => no_trace(world, Context::Traces),
        }
    }

    /// Draws what was projected.
    pub(in super::super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let Drawn { title, right, bottom, header, rows, field_rows, nothing } = &self.drawn;
        let inner = Frame { title, right, bottom }.render(area, buf, paint);
        if rows.is_empty() {
            return frame::message(nothing, inner, buf, paint);
        }
        let field_rows = inner.height.min(*field_rows);
        if field_rows > 0 {
            let field = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), height: field_rows, ..inner };
            self.field.render(field, buf, paint);
        }
        let listed = Rect { y: inner.y + field_rows, height: inner.height - field_rows, ..inner };
        table::draw(header, rows, listed, buf, paint);
    }
}
