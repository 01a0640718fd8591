//! The waterfall of a trace: a row a span, with its service, its operation in the tree, and a bar in time.
//!
//! Draws only the rows it is given, so a trace of 50,000 spans costs what fits the screen. What a bar has of the critical
//! path is solid (`█`), the rest lighter (`▄`); the ends of the solid are exact to an eighth of a column.

mod axis;
mod bar;
mod columns;
mod row;
mod sign;

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use self::axis::Axis;
use self::columns::{Columns, OPERATION_TITLE, OWN_TITLE, SERVICE_TITLE};
pub use self::row::{Fold, Mark, SpanRow, Tick};
pub use self::sign::{LEGEND, REST, Sign};
use super::minimap::{Minimap, MinimapStyles};
use super::text;
use crate::analysis::density::Density;

/// The stretch of time that is shown, in nanoseconds after the trace's start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Where it begins.
    pub from_ns: i64,
    /// Where it ends. A window that does not end after its begin is shown as one nanosecond.
    pub to_ns: i64,
}

/// The whole trace in a line above the axis.
#[derive(Clone, Copy, Debug)]
pub struct Overview<'a> {
    /// How busy it is in the course of its time.
    pub density: &'a Density,
    /// The part that is looked at, in shares of one; `None` for all of it.
    pub window: Option<(f64, f64)>,
}

/// What the columns are to have room for, in cells. Measured over the whole trace, so that bars stand still while rows move.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Names of services.
    pub service: u16,
    /// Operations with the lines of the tree and their marks.
    pub operation: u16,
    /// Numbers of log lines and links.
    pub notes: u16,
    /// How much of the width what stands in front of the bars has, in percent, if somebody chose; it takes no more than the
    /// names fill.
    pub share: Option<u16>,
}

/// The cells of the operations and of all that is in front of the bars, in a waterfall of `width` cells.
pub fn division(width: u16, wanted: Wanted) -> (u16, u16) {
    let area = Rect { width, height: 1, ..Rect::default() };
    let columns = Columns::of(area, wanted);
    (columns.operation.1, columns.before_bars(area))
}

/// The styles of a waterfall.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WaterfallStyles {
    /// Of the column titles and the axis.
    pub header: Style,
    /// Of operations.
    pub text: Style,
    /// Of operations that are searched for.
    pub found: Style,
    /// Of the tree's lines, of kinds and of durations.
    pub muted: Style,
    /// Of the mark where an error began, and of the durations of failed spans.
    pub error: Style,
    /// Of the marks of errors that came from elsewhere or were absorbed, and of what is not in its place.
    pub warning: Style,
    /// Of the number of log lines and links.
    pub notes: Style,
    /// Of events on a bar.
    pub event: Style,
    /// Laid over the selected row.
    pub selected: Style,
    /// Of the line above the axis.
    pub minimap: MinimapStyles,
}

/// A waterfall: a header line, then a line a row.
#[derive(Clone, Copy, Debug)]
pub struct Waterfall<'a> {
    /// The rows to be seen, in order.
    pub rows: &'a [SpanRow<'a>],
    /// The selected row, by its place in `rows`.
    pub selected: Option<usize>,
    /// The time to be seen.
    pub window: Window,
    /// What is shown above the axis, where there is something.
    pub overview: Option<Overview<'a>>,
    /// The room that columns are to have.
    pub wanted: Wanted,
    /// How it looks.
    pub styles: &'a WaterfallStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

/// Behind the axis these many columns are kept for the duration of a bar that reaches its end,
const LABEL_ROOM: u16 = 8;
/// if the bars have at least this many.
const LEAST_WITH_LABEL_ROOM: u16 = 18;

impl Widget for &Waterfall<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let columns = Columns::of(area, self.wanted);
        let width = columns.bars.1;
        let room = if width >= LEAST_WITH_LABEL_ROOM { LABEL_ROOM } else { 0 };
        let axis = Axis::new(self.window.from_ns, self.window.to_ns, width - room);
        let mut y = area.y;
        if let Some(overview) = self.overview.filter(|_| area.height > 2) {
            self.draw_overview(overview, Rect { x: columns.bars.0, y, width: width - room, height: 1 }, buf);
            y += 1;
        }
        self.draw_header(&columns, &axis, y, buf);
        for ((index, row), y) in self.rows.iter().enumerate().zip(y + 1..area.bottom()) {
            self.draw_row(row, &columns, &axis, y, buf);
            if self.selected == Some(index) {
                buf.set_style(Rect { y, height: 1, ..area }, self.styles.selected);
            }
        }
        if self.is_ascii {
            text::without_ellipses(buf, area);
        }
    }
}

impl Waterfall<'_> {
    fn draw_overview(&self, overview: Overview<'_>, area: Rect, buf: &mut Buffer) {
        let Overview { density, window } = overview;
        Widget::render(&Minimap { density, window, styles: &self.styles.minimap, is_ascii: self.is_ascii }, area, buf);
    }

    fn draw_header(&self, columns: &Columns, axis: &Axis, y: u16, buf: &mut Buffer) {
        let style = self.styles.header;
        text::draw(buf, (columns.service.0, y), columns.service.1, SERVICE_TITLE, style);
        text::draw(buf, (columns.operation.0, y), columns.operation.1, OPERATION_TITLE, style);
        for (column, label) in axis.labels(columns.bars.1, self.is_ascii) {
            text::draw(buf, (columns.bars.0 + column, y), columns.bars.1 - column, &label, style);
        }
        let (x, width) = columns.own;
        text::draw_right(buf, (x, x + width), y, OWN_TITLE, style);
    }

    fn draw_row(&self, row: &SpanRow<'_>, columns: &Columns, axis: &Axis, y: u16, buf: &mut Buffer) {
        text::draw(buf, (columns.service.0, y), columns.service.1, row.service, row.style);
        text::draw(buf, (columns.kind.0, y), columns.kind.1, row.kind_mark(self.is_ascii), self.styles.muted);
        row.draw_operation(columns.operation, y, buf, self.styles, self.is_ascii);
        self.draw_bar(row, columns.bars, axis, y, buf);
        let (x, width) = columns.own;
        if let Some(own) = row.own_ns.filter(|_| width > 0) {
            text::draw_right(buf, (x, x + width), y, &self.duration_label(own), self.styles.muted);
        }
        let (x, width) = columns.notes;
        text::draw_right(buf, (x, x + width), y, &row.notes(width, self.is_ascii), self.styles.notes);
    }

    fn duration_label(&self, nanos: i64) -> String {
        let label = text::duration(nanos, " ");
        if self.is_ascii { label.replace('µ', "u") } else { label }
    }
}
