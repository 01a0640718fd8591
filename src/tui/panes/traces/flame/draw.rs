//! How a flame graph looks: the boxes in sight with what is written into them, and the figures of the selected one below.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::super::table;
use super::super::view::Scope;
use super::FlameView;
use crate::analysis::flame::Frame as Calls;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::widget::flame::{Flame, FlameBox, FlameStyles, Shreds};
use crate::tui::world::World;

/// Below this many rows within the frame all are for boxes.
const LEAST_WITH_FIGURES: u16 = 4;
/// From this width on the frame names keys.
const WIDE: u16 = 60;
/// Cells that a label with the service in front needs beside its operation.
const ROOM_FOR_SERVICE: u16 = 24;

/// The columns and the levels that boxes have in a view of this size.
pub(super) fn room(size: Size) -> (u16, usize) {
    let rows = size.height.saturating_sub(2);
    let figures = u16::from(rows >= LEAST_WITH_FIGURES);
    (size.width.saturating_sub(4), usize::from(rows - figures))
}

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    title: Vec<Piece>,
    right: String,
    keys: Vec<Piece>,
    boxes: Vec<Labelled>,
    shreds: Vec<Shreds>,
    figures: Vec<Piece>,
    nothing: Vec<String>,
}

/// A box with its label, before it has a style.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Labelled {
    x: u16,
    width: u16,
    row: u16,
    label: String,
    service: Arc<str>,
    is_rest: bool,
    is_failed: bool,
    is_selected: bool,
    /// Whether it steps back, as others are searched for.
    is_faint: bool,
}

impl FlameView {
    /// What is to be drawn at `size` of what was planned.
    pub(super) fn draw(&self, world: &World, size: Size) -> Drawn {
        let row = |depth: usize| u16::try_from(depth.saturating_sub(self.top)).unwrap_or(u16::MAX);
        let boxes = self.plan.boxes.iter().filter_map(|it| {
            let frame = self.frame(it.frame)?;
            Some(Labelled {
                x: it.x,
                width: it.width,
                row: row(it.depth),
                label: label(frame, it.width),
                service: Arc::clone(&frame.service),
                is_rest: frame.is_rest,
                is_failed: frame.errors > 0,
                is_selected: it.frame == self.selected,
                is_faint: self.searching.is_active() && !self.searching.is_match(it.frame),
            })
        });
        let is_empty = self.graph().is_none();
        Drawn {
            title: self.title(),
            right: self.right(),
            keys: self.bottom(world, size.width),
            boxes: boxes.collect(),
            shreds: self.plan.shreds.iter().map(|(x, width, depth)| (*x, *width, row(*depth))).collect(),
            figures: self.figures(table::cells(size.width)),
            nothing: if is_empty { self.asked.nothing() } else { Vec::new() },
        }
    }

    fn title(&self) -> Vec<Piece> {
        let mut title = vec![Piece::new(Role::Title, "Flame graph")];
        title.extend(self.scope.told());
        if let Some(zoomed) = self.zooms.last().and_then(|at| self.frame(*at)) {
            title.push(Piece::new(Role::Faint, " ── "));
            title.push(Piece::new(Role::Muted, "in "));
            title.extend(names(zoomed));
        }
        title
    }

    fn right(&self) -> String {
        let Some(graph) = self.graph() else { return String::new() };
        let above =
            if self.top > 0 { format!("from level {} of {} · ", self.top + 1, graph.depth) } else { String::new() };
        format!("{above}{} · {}", text::duration(graph.total_ns), self.asked.made_of())
    }

    /// What is searched for with the share of the time that it takes, else what keys do.
    fn bottom(&self, world: &World, width: u16) -> Vec<Piece> {
        let mut told = self.searching.told(self.selected);
        let Some(graph) = self.graph().filter(|_| !told.is_empty()) else { return self.keys(world, width) };
        if !self.searching.found().is_empty() {
            let ns = self.matched_ns();
            let time = format!(" · {} {}", text::duration(ns), text::percent(share(ns, graph.total_ns)));
            told.push(Piece::new(Role::Text, time));
        }
        told
    }

    fn keys(&self, world: &World, width: u16) -> Vec<Piece> {
        if width < WIDE || self.graph().is_none() {
            return Vec::new();
        }
        let open = match self.scope {
            Scope::Trace(_) => "slowest span",
            Scope::Listed(_) => "slowest traces",
        };
        let out = if self.zooms.is_empty() {
            String::new()
        } else {
            format!("{} out  ", world.key(Context::Flame, Action::Back))
        };
        let (zoom, traces) =
            (world.key(Context::Flame, Action::DrillDown), world.key(Context::Flame, Action::OpenTrace));
        vec![Piece::new(Role::Muted, format!("{zoom} zoom  {out}{traces} {open}"))]
    }

    /// The selected frame in figures, as many as fit behind its name.
    fn figures(&self, width: usize) -> Vec<Piece> {
        let Some((graph, frame)) = self.graph().zip(self.frame(self.selected)) else { return Vec::new() };
        let share = |part: i64| text::percent(share(part, graph.total_ns));
        let mut figures = vec![
            Piece::new(Role::Text, format!("  {} {}", text::duration(frame.total_ns), share(frame.total_ns))),
            Piece::new(Role::Muted, format!(" · self {} {}", text::duration(frame.self_ns), share(frame.self_ns))),
            Piece::new(Role::Muted, format!(" · {}", text::counted(frame.calls, "call"))),
        ];
        if frame.errors > 0 {
            figures.insert(1, Piece::new(Role::Error, format!(" {} ✗", text::count(frame.errors))));
        }
        // The name keeps a third, if it needs that much.
        let mut line = names(frame);
        let room = width - piece::width(&line).min(width / 3);
        while figures.len() > 1 && piece::width(&figures) > room {
            figures.pop();
        }
        let room = width.saturating_sub(piece::width(&figures));
        if piece::width(&line) > room {
            line = piece::fit(line, room);
        }
        line.extend(figures);
        line
    }
}

/// A share of the whole, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn share(part: i64, whole: i64) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

/// Service and operation.
fn names(frame: &Calls) -> Vec<Piece> {
    let operation = table::name(&frame.operation);
    if frame.is_rest {
        return vec![Piece::new(Role::Muted, operation)];
    }
    let service = table::name(&frame.service).into_owned();
    vec![
        Piece { text: service, look: Look::Service(Arc::clone(&frame.service)) },
        Piece::new(Role::Text, format!(" {operation}")),
    ]
}

/// What is written into a box: the operation, with the service in front where there is much room.
fn label(frame: &Calls, width: u16) -> String {
    let operation = table::name(&frame.operation);
    if frame.is_rest || width < ROOM_FOR_SERVICE {
        return operation.into_owned();
    }
    format!("{} {operation}", table::name(&frame.service))
}

impl Drawn {
    /// Draws it, frame included.
    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let inner = Frame { title: &self.title, right: &self.right, bottom: &self.keys }.render(area, buf, paint);
        if !self.nothing.is_empty() {
            return frame::message(&self.nothing, inner, buf, paint);
        }
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let figures = u16::from(inner.height >= LEAST_WITH_FIGURES);
        let levels = Rect { height: inner.height - figures, ..inner };
        let boxes: Vec<FlameBox<'_>> = self.boxes.iter().map(|it| it.as_box(paint)).collect();
        let styles =
            FlameStyles { selected: paint.theme.style(Role::Text), shreds: paint.theme.style(Role::HistogramEmpty) };
        let widget = Flame { boxes: &boxes, shreds: &self.shreds, styles: &styles, is_ascii: paint.ascii };
        widget.render(levels, buf);
        if figures > 0 {
            piece::draw(&self.figures, buf, inner.x, levels.bottom(), inner.width, Style::new(), paint.theme);
        }
    }
}

impl Labelled {
    fn as_box(&self, paint: &Paint<'_>) -> FlameBox<'_> {
        let style = match (self.is_faint, self.is_rest) {
            (true, _) => paint.theme.style(Role::HistogramEmpty),
            (false, true) => paint.theme.style(Role::Muted),
            (false, false) => paint.theme.service(&self.service),
        };
        FlameBox {
            x: self.x,
            width: self.width,
            row: self.row,
            label: &self.label,
            style,
            is_failed: self.is_failed,
            is_selected: self.is_selected,
        }
    }
}
