//! A flame graph as boxes on levels, the root at the top.
//!
//! Draws only the boxes that it is given; which ones are wide enough to be seen is for the caller to find out. A box is a
//! stretch of reversed cells in its service's style with a thin edge at its left, so that neighbours of one service are told
//! apart; a failed one carries a mark however narrow it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use super::text;

/// One box.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FlameBox<'a> {
    /// Its first column, from the left of the area.
    pub x: u16,
    /// How many columns it takes.
    pub width: u16,
    /// Its row, from the top of the area.
    pub row: u16,
    /// What is written into it as far as it fits.
    pub label: &'a str,
    /// The style of its service.
    pub style: Style,
    /// Whether one of its calls failed.
    pub is_failed: bool,
    /// Whether it is the selected one.
    pub is_selected: bool,
}

/// Several frames side by side of which none is a column wide: first column, columns, row.
pub type Shreds = (u16, u16, u16);

/// The styles of a flame graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FlameStyles {
    /// Of the selected box, drawn reversed as all boxes are.
    pub selected: Style,
    /// Of frames too narrow to be told apart.
    pub shreds: Style,
}

/// A flame graph.
#[derive(Clone, Copy, Debug)]
pub struct Flame<'a> {
    /// The boxes in sight.
    pub boxes: &'a [FlameBox<'a>],
    /// What is too narrow for boxes.
    pub shreds: &'a [Shreds],
    /// How it looks.
    pub styles: &'a FlameStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

/// The narrowest box with a label: fewer letters say nothing.
const LEAST_LABEL: u16 = 4;

impl Widget for &Flame<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        for (x, width, row) in self.shreds {
            let stretch = within(area, *x, *width, *row);
            let glyph = if self.is_ascii { ":" } else { "░" };
            for position in stretch.positions() {
                if let Some(cell) = buf.cell_mut(position) {
                    cell.set_symbol(glyph).set_style(self.styles.shreds);
                }
            }
        }
        for it in self.boxes {
            self.draw_box(it, within(area, it.x, it.width, it.row), buf);
        }
        if self.is_ascii {
            text::without_ellipses(buf, area);
        }
    }
}

impl Flame<'_> {
    fn draw_box(&self, it: &FlameBox<'_>, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let style = if it.is_selected { self.styles.selected.add_modifier(Modifier::BOLD) } else { it.style };
        let style = style.add_modifier(Modifier::REVERSED);
        for position in area.positions() {
            if let Some(cell) = buf.cell_mut(position) {
                cell.set_symbol(" ").set_style(style);
            }
        }
        let edge = match (it.is_selected, self.is_ascii) {
            (true, false) => "▸",
            (true, true) => ">",
            (false, false) => "▏",
            (false, true) => "|",
        };
        let mark = if self.is_ascii { "x" } else { "✗" };
        if area.width == 1 {
            text::draw(buf, (area.x, area.y), 1, if it.is_failed && !it.is_selected { mark } else { edge }, style);
            return;
        }
        let mut x = area.x + text::draw(buf, (area.x, area.y), 1, edge, style);
        if it.is_failed {
            x += text::draw(buf, (x, area.y), 1, mark, style);
            x += u16::from(x < area.right());
        }
        let room = area.right().saturating_sub(x);
        if room >= LEAST_LABEL {
            text::draw(buf, (x, area.y), room, it.label, style);
        }
    }
}

/// A stretch of one row as far as it lies in `area`.
fn within(area: Rect, x: u16, width: u16, row: u16) -> Rect {
    let (x, y) = (area.x.saturating_add(x), area.y.saturating_add(row));
    Rect { x, y, width, height: 1 }.intersection(area)
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::{buffer, drawn, survives_all_sizes};
    use super::*;

    fn boxes() -> [FlameBox<'static>; 5] {
        let of = |x, width, row, label, is_failed, is_selected| FlameBox {
            x,
            width,
            row,
            label,
            style: Style::new(),
            is_failed,
            is_selected,
        };
        [
            of(0, 24, 0, "GET /orders", false, false),
            of(0, 16, 1, "POST /charge", true, true),
            of(16, 1, 1, "narrow", true, false),
            of(17, 3, 1, "short", false, false),
            of(0, 9, 2, "漢字漢字漢字", false, false),
        ]
    }

    #[test]
    fn labels_stand_in_boxes_that_have_room_and_failures_are_marked_in_any() {
        let (boxes, styles) = (boxes(), FlameStyles::default());
        let flame = Flame { boxes: &boxes, shreds: &[(20, 3, 1)], styles: &styles, is_ascii: false };
        assert_eq!(drawn(&flame, 24, 3), ["▏GET /orders", "▸✗ POST /charge ✗▏  ░░░", "▏漢 字 漢 …"]);
        let buf = buffer(&flame, 24, 3);
        assert!(buf[(23, 0)].modifier.contains(Modifier::REVERSED), "a box reaches to its end");
        assert!(!buf[(23, 1)].modifier.contains(Modifier::REVERSED));
        let ascii = Flame { is_ascii: true, ..flame };
        assert_eq!(drawn(&ascii, 24, 2), ["|GET /orders", ">x POST /charge x|  :::"]);
    }

    #[test]
    fn any_boxes_in_any_area() {
        let (mut boxes, styles) = (boxes(), FlameStyles::default());
        boxes[0].width = u16::MAX;
        boxes[3].x = u16::MAX;
        let shreds = [(u16::MAX, u16::MAX, u16::MAX), (3, 1000, 0)];
        survives_all_sizes(&Flame { boxes: &boxes, shreds: &shreds, styles: &styles, is_ascii: false });
    }
}
