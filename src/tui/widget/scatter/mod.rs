//! Points in a field with two axes, as braille dots: eight in a cell, so that a crowd is seen as one.
//!
//! Which cell has which dots is for the caller to find out; so the work grows with the screen and not with the points.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use super::text;

/// Dots that a cell is wide.
pub const DOT_COLUMNS: u16 = 2;
/// Dots that a cell is high.
pub const DOT_ROWS: u16 = 4;
/// Rows below the field: the axis and its labels.
pub const AXIS_ROWS: u16 = 2;

/// The cells of the field with dots in them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spot {
    /// Its column in the field.
    pub x: u16,
    /// Its row in the field, from the top.
    pub y: u16,
    /// Its dots as the low byte of a braille pattern.
    pub dots: u8,
    /// How many points it stands for.
    pub count: usize,
    /// Whether one of them is bad.
    pub is_bad: bool,
}

/// The bit of the braille dot at `column` (0 or 1) and `row` (0 to 3) of a cell.
pub fn dot(column: u16, row: u16) -> u8 {
    const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    BITS[usize::from(row % DOT_ROWS)][usize::from(column % DOT_COLUMNS)]
}

/// The styles of a field of points.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ScatterStyles {
    /// Of points.
    pub point: Style,
    /// Of bad points.
    pub bad: Style,
    /// Of axes and labels.
    pub axis: Style,
    /// Of the selected cell.
    pub selected: Style,
}

/// A field of points.
#[derive(Clone, Copy, Debug)]
pub struct Scatter<'a> {
    /// What is in the field.
    pub spots: &'a [Spot],
    /// The cell that is selected.
    pub selected: Option<(u16, u16)>,
    /// The columns at the left that are for labels; the axis stands behind them.
    pub margin: u16,
    /// Labels at the left, by row of the field.
    pub left: &'a [(u16, String)],
    /// Labels below, by column of the field.
    pub below: &'a [(u16, String)],
    /// How it looks.
    pub styles: &'a ScatterStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

impl Widget for &Scatter<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let left = self.margin.saturating_add(1);
        if area.width <= left || area.height <= AXIS_ROWS {
            return;
        }
        let field = Rect { x: area.x + left, width: area.width - left, height: area.height - AXIS_ROWS, ..area };
        self.draw_axes(field, buf);
        for spot in self.spots.iter().filter(|spot| spot.x < field.width && spot.y < field.height) {
            let style = if spot.is_bad { self.styles.bad } else { self.styles.point };
            // A dot of an error is no text that is to be underlined.
            let style = style.remove_modifier(Modifier::UNDERLINED);
            if let Some(cell) = buf.cell_mut((field.x + spot.x, field.y + spot.y)) {
                cell.set_char(self.glyph(spot)).set_style(style);
            }
        }
        if let Some((x, y)) = self.selected.filter(|(x, y)| *x < field.width && *y < field.height)
            && let Some(cell) = buf.cell_mut((field.x + x, field.y + y))
        {
            cell.set_char(if self.is_ascii { '@' } else { '◉' }).set_style(self.styles.selected);
        }
    }
}

impl Scatter<'_> {
    fn draw_axes(&self, field: Rect, buf: &mut Buffer) {
        let [bar, corner, line, left, below] =
            if self.is_ascii { ["|", "+", "-", "+", "+"] } else { ["│", "╰", "─", "┤", "┬"] };
        let (x, y) = (field.x - 1, field.bottom());
        for row in field.y..field.bottom() {
            text::draw(buf, (x, row), 1, bar, self.styles.axis);
        }
        text::draw(buf, (x, y), 1, corner, self.styles.axis);
        for column in field.x..field.right() {
            text::draw(buf, (column, y), 1, line, self.styles.axis);
        }
        for (row, label) in self.left.iter().filter(|(row, _)| *row < field.height) {
            text::draw(buf, (x, field.y + row), 1, left, self.styles.axis);
            text::draw_right(buf, (x - self.margin, x), field.y + row, label, self.styles.axis);
        }
        for (column, label) in self.below.iter().filter(|(column, _)| *column < field.width) {
            text::draw(buf, (field.x + column, y), 1, below, self.styles.axis);
            let room = field.width - column;
            if text::columns(label) <= room {
                text::draw(buf, (field.x + column, y + 1), room, label, self.styles.axis);
            }
        }
    }

    fn glyph(&self, spot: &Spot) -> char {
        if !self.is_ascii {
            return char::from_u32(0x2800 + u32::from(spot.dots)).unwrap_or('·');
        }
        match (spot.is_bad, spot.count) {
            (true, _) => 'x',
            (false, ..2) => '.',
            (false, 2..5) => ':',
            (false, _) => '*',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::{drawn, survives_all_sizes};
    use super::*;

    #[test]
    fn points_stand_between_their_axes() {
        let spot = |x, y, dots, count, is_bad| Spot { x, y, dots, count, is_bad };
        let spots = [spot(0, 2, dot(0, 3), 1, false), spot(3, 1, 0xff, 9, false), spot(9, 0, dot(1, 0), 1, true)];
        let styles = ScatterStyles::default();
        let left = [(0, "1 s".to_owned()), (2, "10 ms".to_owned())];
        let below = [(1, "12:03".to_owned()), (7, "12:04".to_owned())];
        let scatter = Scatter {
            spots: &spots,
            selected: Some((6, 2)),
            margin: 6,
            left: &left,
            below: &below,
            styles: &styles,
            is_ascii: false,
        };
        assert_eq!(
            drawn(&scatter, 17, 5),
            ["   1 s┤         ⠈", "      │   ⣿", " 10 ms┤⡀     ◉", "      ╰─┬─────┬──", "        12:03"]
        );
        let ascii = Scatter { is_ascii: true, ..scatter };
        assert_eq!(drawn(&ascii, 17, 3)[0], "   1 s+         x");
        survives_all_sizes(&scatter);
    }
}
