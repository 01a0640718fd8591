//! The waterfall of a trace: a row a span, with its service, its operation in the tree, and a bar in time.
//!
//! Draws only the rows it is given, so a trace of 50,000 spans costs what fits the screen. Spans on the critical path
//! have solid bars (`█`), the others lighter ones (`▇`); the bars' ends are exact to an eighth of a column.

mod axis;

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::text;
use axis::Axis;

/// One span as a row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SpanRow<'a> {
    /// The tree's lines in front of the operation: `│ ├ `.
    pub prefix: &'a str,
    /// The service that ran it.
    pub service: &'a str,
    /// What it did.
    pub operation: &'a str,
    /// When it began, in nanoseconds after the trace's start. Negative where clocks differ.
    pub start_ns: i64,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// Whether it failed.
    pub is_error: bool,
    /// Whether it is on the critical path.
    pub is_critical: bool,
    /// How many log lines belong to it.
    pub log_count: u64,
    /// Whether there are rows beneath it that are folded away.
    pub is_collapsed: bool,
    /// The style of its service, for the name and the bar.
    pub style: Style,
}

impl SpanRow<'_> {
    /// The columns that tree, fold mark, name and error mark take.
    fn operation_width(&self) -> u16 {
        let marks = 2 * (u16::from(self.is_collapsed) + u16::from(self.is_error));
        text::columns(self.prefix).saturating_add(text::columns(self.operation)).saturating_add(marks)
    }
}

/// The stretch of time that is shown, in nanoseconds after the trace's start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Where it begins.
    pub from_ns: i64,
    /// Where it ends. A window that does not end after its begin is shown as one nanosecond.
    pub to_ns: i64,
}

/// The styles of a waterfall.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WaterfallStyles {
    /// Of the column titles and the axis.
    pub header: Style,
    /// Of operations.
    pub text: Style,
    /// Of the tree's lines and of durations.
    pub muted: Style,
    /// Of the mark of a failed span, and of its duration.
    pub error: Style,
    /// Of the number of log lines.
    pub logs: Style,
    /// Laid over the selected row.
    pub selected: Style,
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
    /// How it looks.
    pub styles: &'a WaterfallStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

const SERVICE_TITLE: &str = "service";
const OPERATION_TITLE: &str = "operation";
/// An area narrower than this shows no services, as the operations are what one can not do without.
const LEAST_WIDTH_WITH_SERVICE: u16 = 48;
/// The fewest columns that bars are drawn in.
const LEAST_BAR_COLUMNS: u16 = 10;
/// Behind the axis these many columns are kept for the duration of a bar that reaches its end,
const LABEL_ROOM: u16 = 8;
/// if the bars have at least this many.
const LEAST_WITH_LABEL_ROOM: u16 = 30;

/// Where the columns stand: the left edge and the width of each.
struct Columns {
    service: (u16, u16),
    operation: (u16, u16),
    bars: (u16, u16),
    logs: (u16, u16),
}

impl Widget for &Waterfall<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let columns = self.columns(area);
        let width = columns.bars.1;
        let room = if width >= LEAST_WITH_LABEL_ROOM { LABEL_ROOM } else { 0 };
        let axis = Axis::new(self.window.from_ns, self.window.to_ns, width - room);
        self.draw_header(&columns, &axis, area.y, buf);
        for ((index, row), y) in self.rows.iter().enumerate().zip(area.y + 1..area.bottom()) {
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
    fn columns(&self, area: Rect) -> Columns {
        let widest = |least: u16, most: u16, width: &dyn Fn(&SpanRow<'_>) -> u16| {
            self.rows.iter().map(width).max().unwrap_or_default().max(least).min(most)
        };
        let logs = widest(0, 6, &|row| if row.log_count > 0 { text::columns(&self.log_label(row)) } else { 0 });
        let service = if area.width < LEAST_WIDTH_WITH_SERVICE {
            0
        } else {
            widest(text::columns(SERVICE_TITLE), area.width / 6, &|row| text::columns(row.service))
        };
        let operation = widest(text::columns(OPERATION_TITLE), area.width / 3, &|row| row.operation_width());
        let gap = |width: u16| width + u16::from(width > 0);
        let taken = gap(service) + gap(operation) + if logs > 0 { logs + 1 } else { 0 };
        let bars = area.width.saturating_sub(taken);
        let bars = if bars < LEAST_BAR_COLUMNS { 0 } else { bars };
        let operation_x = area.x + gap(service);
        let operation = if bars == 0 { area.width.saturating_sub(gap(service) + gap(logs)) } else { operation };
        Columns {
            service: (area.x, service),
            operation: (operation_x, operation),
            bars: (operation_x + gap(operation), bars),
            logs: (area.right() - logs.min(area.width), logs.min(area.width)),
        }
    }

    fn log_label(&self, row: &SpanRow<'_>) -> String {
        let mark = if self.is_ascii { "#" } else { "≡" };
        let count = row.log_count;
        if count > 99_999 { format!("{mark}>99k") } else { format!("{mark}{count}") }
    }

    fn draw_header(&self, columns: &Columns, axis: &Axis, y: u16, buf: &mut Buffer) {
        text::draw(buf, (columns.service.0, y), columns.service.1, SERVICE_TITLE, self.styles.header);
        text::draw(buf, (columns.operation.0, y), columns.operation.1, OPERATION_TITLE, self.styles.header);
        for (column, label) in axis.labels(columns.bars.1, self.is_ascii) {
            text::draw(buf, (columns.bars.0 + column, y), columns.bars.1 - column, &label, self.styles.header);
        }
    }

    fn draw_row(&self, row: &SpanRow<'_>, columns: &Columns, axis: &Axis, y: u16, buf: &mut Buffer) {
        text::draw(buf, (columns.service.0, y), columns.service.1, row.service, row.style);
        self.draw_operation(row, columns.operation, y, buf);
        self.draw_bar(row, columns.bars, axis, y, buf);
        if row.log_count > 0 {
            let (x, width) = columns.logs;
            text::draw_right(buf, (x, x + width), y, &self.log_label(row), self.styles.logs);
        }
    }

    /// Tree, fold mark, name and error mark; the name gives way first.
    fn draw_operation(&self, row: &SpanRow<'_>, (x, width): (u16, u16), y: u16, buf: &mut Buffer) {
        let error = if row.is_error { 2.min(width) } else { 0 };
        let room = width - error;
        // However deep the tree, half of the column is left to the name.
        let mut used = text::draw(buf, (x, y), room.min(width / 2), &self.tree_lines(row.prefix), self.styles.muted);
        if row.is_collapsed {
            let mark = if self.is_ascii { "+ " } else { "▸ " };
            used += text::draw(buf, (x + used, y), room - used, mark, self.styles.muted);
        }
        used += text::draw(buf, (x + used, y), room - used, row.operation, self.styles.text);
        if row.is_error {
            let mark = if self.is_ascii { " x" } else { " ✗" };
            text::draw(buf, (x + used, y), error, mark, self.styles.error);
        }
    }

    fn tree_lines(&self, prefix: &str) -> String {
        let plain = |c| match c {
            '│' | '├' => '|',
            '└' => '`',
            '…' => '~',
            other => other,
        };
        if self.is_ascii { prefix.chars().map(plain).collect() } else { prefix.to_owned() }
    }

    fn draw_bar(&self, row: &SpanRow<'_>, (left, width): (u16, u16), axis: &Axis, y: u16, buf: &mut Buffer) {
        if width == 0 {
            return;
        }
        let Some(bar) = axis.bar(row.start_ns, row.duration_ns) else {
            // What is out of the window is pointed at.
            let is_before = row.start_ns < self.window.from_ns;
            let mark = match (self.is_ascii, is_before) {
                (true, true) => "<",
                (true, false) => ">",
                (false, true) => "‹",
                (false, false) => "›",
            };
            text::draw(buf, (if is_before { left } else { left + width - 1 }, y), 1, mark, self.styles.muted);
            return;
        };
        for column in bar.first..bar.first + bar.columns() {
            if let Some(cell) = buf.cell_mut((left + column, y)) {
                cell.set_symbol(self.glyph(row.is_critical, bar.fill(column))).set_style(row.style);
            }
        }
        let label = self.duration_label(row.duration_ns);
        let style = if row.is_error { self.styles.error } else { self.styles.muted };
        let length = text::columns(&label);
        let end = bar.first + bar.columns();
        if width.saturating_sub(end) > length {
            text::draw(buf, (left + end + 1, y), length, &label, style);
        } else if bar.first > length {
            text::draw(buf, (left + bar.first - 1 - length, y), length, &label, style);
        }
    }

    /// A cell of a bar of which `eighths` (1 to 8) are filled from the left.
    fn glyph(&self, is_critical: bool, eighths: u16) -> &'static str {
        const PARTS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
        match (self.is_ascii, is_critical) {
            (true, true) => "#",
            (true, false) => "=",
            (false, false) if eighths >= 8 => "▇",
            (false, _) => PARTS[usize::from(eighths.clamp(1, 8)) - 1],
        }
    }

    fn duration_label(&self, nanos: i64) -> String {
        let label = text::duration(nanos, " ");
        if self.is_ascii { label.replace('µ', "u") } else { label }
    }
}
