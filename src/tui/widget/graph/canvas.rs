//! Lines drawn cell by cell, whose crossings and branches join by themselves.
//!
//! A cell remembers in which of the four directions lines leave it; the glyph follows from that.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

const UP: u8 = 1;
const RIGHT: u8 = 2;
const DOWN: u8 = 4;
const LEFT: u8 = 8;

/// The glyphs by their directions: bit 0 up, 1 right, 2 down, 3 left.
const LINES: [&str; 16] = [" ", "│", "─", "╰", "│", "│", "╭", "├", "─", "╯", "─", "┴", "╮", "┤", "┬", "┼"];
const ASCII: [&str; 16] = [" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"];

/// A place, counted from the canvas's top left.
pub(super) type Point = (u16, u16);

/// A sheet of lines. What lies outside is not drawn.
pub(super) struct Canvas {
    width: u16,
    cells: Vec<(u8, Style, u8)>,
}

impl Canvas {
    /// An empty sheet of the size of an area.
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self { width, cells: vec![(0, Style::default(), 0); usize::from(width) * usize::from(height)] }
    }

    /// A straight line between two cells of one row or column. Where lines share a cell the style of the highest
    /// `rank` is seen.
    pub(super) fn line(&mut self, a: Point, b: Point, style: Style, rank: u8) {
        let (from, to) = (a.min(b), a.max(b));
        if from.1 == to.1 {
            for x in from.0..to.0 {
                self.join((x, from.1), RIGHT, style, rank);
                self.join((x + 1, from.1), LEFT, style, rank);
            }
        } else {
            for y in from.1..to.1 {
                self.join((from.0, y), DOWN, style, rank);
                self.join((from.0, y + 1), UP, style, rank);
            }
        }
    }

    /// The four sides of a box.
    pub(super) fn frame(&mut self, area: Rect, style: Style, rank: u8) {
        let (left, right) = (area.left(), area.right().saturating_sub(1));
        let (top, bottom) = (area.top(), area.bottom().saturating_sub(1));
        self.line((left, top), (right, top), style, rank);
        self.line((left, bottom), (right, bottom), style, rank);
        self.line((left, top), (left, bottom), style, rank);
        self.line((right, top), (right, bottom), style, rank);
    }

    /// Draws the lines at the top left of `area`.
    pub(super) fn draw(&self, area: Rect, is_ascii: bool, buf: &mut Buffer) {
        let glyphs = if is_ascii { ASCII } else { LINES };
        for (row, y) in self.cells.chunks(usize::from(self.width.max(1))).zip(area.top()..area.bottom()) {
            for ((directions, style, _), x) in row.iter().zip(area.left()..area.right()) {
                if let Some(cell) = buf.cell_mut((x, y)).filter(|_| *directions != 0) {
                    cell.set_symbol(glyphs[usize::from(directions & 15)]).set_style(*style);
                }
            }
        }
    }

    fn join(&mut self, (x, y): Point, directions: u8, style: Style, rank: u8) {
        if x >= self.width {
            return;
        }
        if let Some(cell) = self.cells.get_mut(usize::from(y) * usize::from(self.width) + usize::from(x)) {
            cell.0 |= directions;
            if rank >= cell.2 {
                (cell.1, cell.2) = (style, rank);
            }
        }
    }
}
