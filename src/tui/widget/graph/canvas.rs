//! Lines drawn cell by cell, whose corners and branches join by themselves.
//!
//! A cell remembers in which of the four directions lines leave it; the glyph follows from that. Lines that only cross do not
//! join: the one of the higher rank is drawn through. What lies outside of the window is not drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

const UP: u8 = 1;
const RIGHT: u8 = 2;
const DOWN: u8 = 4;
const LEFT: u8 = 8;
const UPRIGHT: u8 = UP | DOWN;
const LEVEL: u8 = LEFT | RIGHT;

/// The glyphs by their directions: bit 0 up, 1 right, 2 down, 3 left.
const LINES: [&str; 16] = [" ", "│", "─", "╰", "│", "│", "╭", "├", "─", "╯", "─", "┴", "╮", "┤", "┬", "┼"];
const ASCII: [&str; 16] = [" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"];

/// A place on the sheet, counted from its top left.
pub(super) type Point = (u16, u16);

/// How a line looks.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Pen {
    pub(super) style: Style,
    /// Where lines share a cell the highest is seen.
    pub(super) rank: u8,
    pub(super) is_dashed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    directions: u8,
    level: Pen,
    upright: Pen,
    /// Whether a line turns or ends here, so that others join it.
    is_knot: bool,
}

/// A window onto a sheet of lines.
pub(super) struct Canvas {
    /// The part of the sheet that is seen.
    window: Rect,
    cells: Vec<Cell>,
}

impl Canvas {
    /// A window onto an empty sheet.
    pub(super) fn new(window: Rect) -> Self {
        Self { window, cells: vec![Cell::default(); window.area() as usize] }
    }

    /// A line through these points, each of which shares its row or its column with the one before.
    pub(super) fn way(&mut self, points: &[Point], pen: Pen) {
        for pair in points.windows(2) {
            self.line(pair[0], pair[1], pen);
        }
        for point in points {
            if let Some(cell) = self.cell(*point) {
                cell.is_knot = true;
            }
        }
    }

    /// The four sides of a box.
    pub(super) fn frame(&mut self, area: Rect, pen: Pen) {
        let (left, right) = (area.left(), area.right().saturating_sub(1));
        let (top, bottom) = (area.top(), area.bottom().saturating_sub(1));
        self.way(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], pen);
    }

    /// Draws the lines at the top left of `area`.
    pub(super) fn draw(&self, area: Rect, is_ascii: bool, buf: &mut Buffer) {
        let rows = self.cells.chunks(usize::from(self.window.width.max(1)));
        for (row, y) in rows.zip(area.top()..area.bottom()) {
            for (cell, x) in row.iter().zip(area.left()..area.right()).filter(|(cell, _)| cell.directions != 0) {
                if let Some(drawn) = buf.cell_mut((x, y)) {
                    let (glyph, style) = cell.glyph(is_ascii);
                    drawn.set_symbol(glyph).set_style(style);
                }
            }
        }
    }

    fn line(&mut self, a: Point, b: Point, pen: Pen) {
        let (from, to) = (a.min(b), a.max(b));
        let window = self.window;
        if from.1 == to.1 {
            let seen = from.0.max(window.left().saturating_sub(1))..to.0.min(window.right());
            for x in seen.filter(|_| (window.top()..window.bottom()).contains(&from.1)) {
                self.join((x, from.1), RIGHT, pen);
                self.join((x + 1, from.1), LEFT, pen);
            }
        } else {
            let seen = from.1.max(window.top().saturating_sub(1))..to.1.min(window.bottom());
            for y in seen.filter(|_| (window.left()..window.right()).contains(&from.0)) {
                self.join((from.0, y), DOWN, pen);
                self.join((from.0, y + 1), UP, pen);
            }
        }
    }

    fn join(&mut self, point: Point, direction: u8, pen: Pen) {
        let Some(cell) = self.cell(point) else { return };
        cell.directions |= direction;
        let seen = if direction & LEVEL != 0 { &mut cell.level } else { &mut cell.upright };
        if pen.rank >= seen.rank {
            *seen = pen;
        }
    }

    fn cell(&mut self, (x, y): Point) -> Option<&mut Cell> {
        let window = self.window;
        if !(window.left()..window.right()).contains(&x) || y < window.top() {
            return None;
        }
        let at = usize::from(y - window.top()) * usize::from(window.width) + usize::from(x - window.left());
        self.cells.get_mut(at)
    }
}

impl Cell {
    fn glyph(&self, is_ascii: bool) -> (&'static str, Style) {
        let is_upright_above = self.upright.rank >= self.level.rank;
        let is_crossing = self.directions == UPRIGHT | LEVEL && !self.is_knot;
        let directions = match (is_crossing, is_upright_above) {
            (true, true) => UPRIGHT,
            (true, false) => LEVEL,
            (false, _) => self.directions,
        };
        let pen = match (directions & UPRIGHT != 0, directions & LEVEL != 0) {
            (true, false) => self.upright,
            (false, true) => self.level,
            _ if is_upright_above => self.upright,
            _ => self.level,
        };
        let glyph = match (pen.is_dashed, directions, is_ascii) {
            (true, LEVEL | LEFT | RIGHT, false) => "┄",
            (true, UPRIGHT, false) => "┆",
            (true, LEVEL | LEFT | RIGHT, true) => ".",
            (true, UPRIGHT, true) => ":",
            (_, at, false) => LINES[usize::from(at & 15)],
            (_, at, true) => ASCII[usize::from(at & 15)],
        };
        (glyph, pen.style)
    }
}
