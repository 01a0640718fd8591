//! One service: drawn on a slip of its own size, of which the visible part is put onto the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::super::text;
use super::{GraphView, Tone};
use crate::analysis::service_graph::{Figures, ServiceNode};
use crate::tui::text as figures;

impl GraphView<'_> {
    /// Draws a service at `place` of the sheet, as far as the window shows it.
    pub(super) fn draw_node(&self, node: usize, place: Rect, (window, area): (Rect, Rect), buf: &mut Buffer) {
        let Some(it) = self.graph.nodes.get(node) else { return };
        let tone = self.emphasis.nodes.get(node).copied().unwrap_or_default();
        let seen = place.intersection(window);
        let on_screen = Rect {
            x: area.x + (seen.x - window.x),
            y: area.y + (seen.y - window.y),
            width: seen.width,
            height: seen.height,
        };
        let mut slip = Buffer::empty(Rect { x: 0, y: 0, ..place });
        // What is there already: the frame and the ground.
        for (from, to) in on_screen.positions().zip(seen.positions()) {
            if let (Some(from), Some(to)) = (buf.cell(from), slip.cell_mut((to.x - place.x, to.y - place.y))) {
                *to = from.clone();
            }
        }
        if self.shape.is_box {
            self.fill_box(node, it, tone, &mut slip);
        } else {
            self.write_line(node, it, tone, &mut slip);
        }
        if tone == Tone::Selected {
            let width = if self.shape.is_box { place.width } else { self.line_width(node).saturating_sub(1) };
            slip.set_style(Rect { width, ..slip.area }.intersection(slip.area), self.styles.selected);
        }
        for (to, from) in on_screen.positions().zip(seen.positions()) {
            if let (Some(from), Some(to)) = (slip.cell((from.x - place.x, from.y - place.y)), buf.cell_mut(to)) {
                *to = from.clone();
            }
        }
        mend_edge(on_screen, buf);
    }

    fn fill_box(&self, node: usize, it: &ServiceNode, tone: Tone, slip: &mut Buffer) {
        let (name, number) = self.node_styles(it, tone);
        let inner = slip.area.width.saturating_sub(4);
        for y in 1..slip.area.height.saturating_sub(1) {
            text::draw(slip, (1, y), inner + 2, &" ".repeat(usize::from(inner) + 2), name);
        }
        text::draw(slip, (2, 0), inner, &self.name(node, it), name);
        let Some(figures) = it.figures else {
            text::draw(slip, (2, 1), inner, "no spans", self.styles.faint);
            return;
        };
        text::draw(slip, (2, 1), inner, &self.load(node, it, &figures), number);
        let latency = format!("p95 {}", self.duration(figures.p95_ns));
        let plain = if tone == Tone::Faint { self.styles.faint } else { self.styles.text };
        text::draw(slip, (2, 2), inner, &latency, plain);
    }

    /// The name and one figure.
    fn write_line(&self, node: usize, it: &ServiceNode, tone: Tone, slip: &mut Buffer) {
        let (name, number) = self.node_styles(it, tone);
        let name = if it.is_failing() && !self.shape.has_figures { number } else { name };
        let (room, figure) = self.line_parts(node, it, slip.area.width);
        let used = text::draw(slip, (0, 0), room, &self.name(node, it), name);
        text::draw(slip, (used, 0), slip.area.width.saturating_sub(used), &figure, number);
    }

    /// The cells that a service's line takes at the moment, with the blank behind.
    pub(super) fn line_width(&self, node: usize) -> u16 {
        let (Some(it), Some(place)) = (self.graph.nodes.get(node), self.sheet.boxes.get(node)) else { return 0 };
        let (room, figure) = self.line_parts(node, it, place.width);
        (text::columns(&self.name(node, it)).min(room) + text::columns(&figure) + 1).min(place.width)
    }

    /// The room for the name, and the figure behind it with its blank: the share of failures of a failing service, else
    /// its rate; where there are no figures, the mark alone.
    fn line_parts(&self, node: usize, it: &ServiceNode, width: u16) -> (u16, String) {
        let figure = match it.figures {
            None => String::new(),
            Some(_) if it.is_failing() && self.shape.has_figures => {
                format!(" {}{}", text::percent(it.failing()), self.failing_mark(node, it))
            }
            Some(_) if !self.shape.has_figures => self.failing_mark(node, it).trim_start().to_owned(),
            Some(figures) => format!(" {}", text::rate(figures.rate)),
        };
        (width.saturating_sub(text::columns(&figure) + 1), figure)
    }

    /// The name, with a mark for a service that calls itself.
    fn name<'n>(&self, node: usize, it: &'n ServiceNode) -> std::borrow::Cow<'n, str> {
        let calls_itself = self.sheet.calls_itself.get(node).copied().unwrap_or_default();
        let name = figures::visible(&it.name);
        if calls_itself {
            return format!("{name} {}", if self.is_ascii { "^" } else { "↺" }).into();
        }
        name.into()
    }

    /// Rate and failures, and the mark of a badly failing service: `38/s  4.1%`.
    fn load(&self, node: usize, it: &ServiceNode, figures: &Figures) -> String {
        let rate = text::rate(figures.rate);
        if figures.errors == 0 {
            return rate;
        }
        format!("{rate}  {}{}", text::percent(it.failing()), self.failing_mark(node, it))
    }

    fn failing_mark(&self, node: usize, it: &ServiceNode) -> &'static str {
        self.mark(it.failing(), self.emphasis.origins.get(node).copied().unwrap_or_default())
    }

    fn duration(&self, nanos: i64) -> String {
        let text = text::duration(nanos, "");
        if self.is_ascii { text.replace('µ', "u") } else { text }
    }

    /// The styles of the name and of the number that tells of failures.
    fn node_styles(&self, it: &ServiceNode, tone: Tone) -> (Style, Style) {
        let styles = self.styles;
        let (name, number) =
            if tone == Tone::Faint { (styles.faint, styles.faint) } else { (styles.name, styles.text) };
        // What fails is seen to fail however far it steps back.
        (
            if it.figures.is_none() && tone < Tone::Near { styles.faint } else { name },
            if it.is_failing() { styles.error } else { number },
        )
    }
}

/// A wide character of which only one half is seen becomes a blank.
fn mend_edge(on_screen: Rect, buf: &mut Buffer) {
    let last = on_screen.right().saturating_sub(1);
    for y in on_screen.top()..on_screen.bottom() {
        if let Some(cell) = buf.cell_mut((last, y)).filter(|cell| cell.symbol().width() > 1) {
            cell.set_symbol(" ");
        }
    }
}
