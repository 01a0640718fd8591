//! The service graph: boxes and arrows from left to right on a [`Sheet`] as large as it takes, of which the area shows a part.
//!
//! Where the area is large enough services are boxes with figures, else names with one figure ([`Shape`]). Calls run along
//! rows and columns: where lines meet they have a caller or a called service in common, and lines that only cross do not
//! join. Calls that lead back run above; what only other systems tell of is dashed.

mod canvas;
mod channel;
mod emphasis;
mod node;
mod rows;
mod shape;
mod sheet;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

pub use self::emphasis::{Emphasis, Selection, Tone};
pub use self::shape::Shape;
pub use self::sheet::Sheet;

use self::canvas::{Canvas, Pen};
use super::text;
use crate::analysis::service_graph::{ServiceEdge, ServiceGraph, ServiceNode};
use crate::tui::text as figures;

/// From this share of failures on there is also a mark, which does not need colour to be seen.
const MARKED: f64 = 0.1;

/// The styles of a service graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GraphStyles {
    /// Of frames and lines.
    pub line: Style,
    /// Of lines to and from what is selected.
    pub near: Style,
    /// Of what steps back.
    pub faint: Style,
    /// Of services' names.
    pub name: Style,
    /// Of their numbers.
    pub text: Style,
    /// Of what fails.
    pub error: Style,
    /// Laid over what is selected.
    pub selected: Style,
}

/// A part of a service graph.
#[derive(Clone, Copy, Debug)]
pub struct GraphView<'a> {
    /// The services and calls.
    pub graph: &'a ServiceGraph,
    /// Where they are.
    pub sheet: &'a Sheet,
    /// What they are drawn as; the sheet was laid out for it.
    pub shape: Shape,
    /// How much each stands out.
    pub emphasis: &'a Emphasis,
    /// The column and row of the sheet at the area's top left.
    pub offset: (u16, u16),
    /// How it looks.
    pub styles: &'a GraphStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

impl Widget for &GraphView<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() || self.sheet.boxes.len() != self.graph.nodes.len() {
            return;
        }
        let window = Rect { x: self.offset.0, y: self.offset.1, ..area };
        self.draw_lines(window, area, buf);
        self.draw_arrows(window, area, buf);
        for (node, place) in self.sheet.boxes.iter().enumerate().filter(|(_, place)| place.intersects(window)) {
            self.draw_node(node, *place, (window, area), buf);
        }
        if self.is_ascii {
            text::without_ellipses(buf, area);
        }
    }
}

impl GraphView<'_> {
    fn draw_lines(&self, window: Rect, area: Rect, buf: &mut Buffer) {
        let mut canvas = Canvas::new(window);
        for (at, way) in self.sheet.ways.iter().enumerate() {
            let mut way = std::borrow::Cow::Borrowed(way);
            if !self.shape.is_box
                && let Some(edge) = self.graph.edges.get(at)
                && let Some(first) = way.to_mut().first_mut()
            {
                // The line begins behind the text itself, however long that is now.
                first.0 = self.sheet.boxes[edge.from].x.saturating_add(self.line_width(edge.from));
            }
            canvas.way(&way, self.pen(at));
        }
        if self.shape.is_box {
            for (node, place) in self.sheet.boxes.iter().enumerate().filter(|(_, place)| place.intersects(window)) {
                canvas.frame(*place, self.frame_pen(node));
            }
        }
        canvas.draw(area, self.is_ascii, buf);
    }

    /// The arrows where calls end, and the labels in front of them.
    fn draw_arrows(&self, window: Rect, area: Rect, buf: &mut Buffer) {
        let mut order: Vec<usize> = (0..self.sheet.ways.len()).collect();
        // Where calls end in the same cell, the arrow of the one that stands out most is seen.
        order.sort_by_key(|at| self.pen(*at).rank);
        for at in order {
            let style = self.pen(at).style;
            if let Some(point) = self.sheet.ways[at].last() {
                let arrow = if self.is_ascii { ">" } else { "▶" };
                put(arrow, style, *point, (window, area), buf);
            }
            if let (Some((x, y)), Some(edge)) = (self.sheet.labels.get(at).copied().flatten(), self.graph.edges.get(at))
            {
                let label = self.label(edge);
                let x = x + shape::LABEL.saturating_sub(text::columns(&label));
                for (column, glyph) in (x..).zip(label.chars()) {
                    put(glyph.encode_utf8(&mut [0; 4]), style, (column, y), (window, area), buf);
                }
            }
        }
    }

    /// The share of a failing call, else how often it is made: by the hour where only other systems tell of it.
    fn label(&self, edge: &ServiceEdge) -> String {
        if edge.is_failing() {
            return format!("{}{}", text::percent(edge.failing()), self.mark(edge.failing(), false));
        }
        match edge.told.iter().map(|told| told.calls).max() {
            Some(most) if edge.is_only_told() => format!("{}/h", figures::short_count(most)),
            None if edge.is_only_told() => String::new(),
            _ => text::rate(edge.rate),
        }
    }

    /// The mark of what fails much, or of where errors begin.
    fn mark(&self, failing: f64, is_origin: bool) -> &'static str {
        match (is_origin, failing >= MARKED, self.is_ascii) {
            (true, _, false) => " ◉",
            (true, _, true) => " @",
            (false, true, false) => " ✗",
            (false, true, true) => " x",
            (false, false, _) => "",
        }
    }

    /// How a call's line looks.
    fn pen(&self, edge: usize) -> Pen {
        let styles = self.styles;
        let tone = self.emphasis.edges.get(edge).copied().unwrap_or_default();
        let Some(edge) = self.graph.edges.get(edge) else { return Pen::default() };
        let own = if edge.is_failing() { styles.error } else { styles.line };
        let style = match tone {
            Tone::Faint => styles.faint,
            Tone::Plain => own,
            Tone::Near => {
                if edge.is_failing() {
                    styles.error
                } else {
                    styles.near
                }
            }
            Tone::Path => styles.error,
            Tone::Selected => styles.selected,
        };
        Pen { style, rank: tone as u8 * 2 + u8::from(edge.is_failing()), is_dashed: edge.is_only_told() }
    }

    fn frame_pen(&self, node: usize) -> Pen {
        let styles = self.styles;
        let tone = self.emphasis.nodes.get(node).copied().unwrap_or_default();
        let is_failing = self.graph.nodes.get(node).is_some_and(ServiceNode::is_failing);
        let style = match (tone, is_failing) {
            (Tone::Faint, _) => styles.faint,
            (Tone::Plain | Tone::Near, true) | (Tone::Path, _) => styles.error,
            (Tone::Plain, false) => styles.line,
            (Tone::Near | Tone::Selected, _) => styles.near,
        };
        Pen { style, rank: u8::MAX, is_dashed: self.graph.nodes.get(node).is_some_and(|it| it.figures.is_none()) }
    }
}

/// Draws one glyph at a point of the sheet, where the window shows it.
fn put(glyph: &str, style: Style, (x, y): (u16, u16), (window, area): (Rect, Rect), buf: &mut Buffer) {
    if window.contains((x, y).into())
        && let Some(cell) = buf.cell_mut((area.x + (x - window.x), area.y + (y - window.y)))
    {
        cell.set_symbol(glyph).set_style(style);
    }
}
