//! The bar of one row: where it is solid, what happened on it, how long it took.

use ratatui::buffer::Buffer;

use super::super::text;
use super::axis::{Axis, Bar};
use super::sign;
use super::{SpanRow, Waterfall};
use crate::analysis::study::PathPart;

impl Waterfall<'_> {
    /// Draws a bar with its events and its duration, or an arrow to where it is.
    pub(super) fn draw_bar(&self, row: &SpanRow<'_>, (left, width): (u16, u16), axis: &Axis, y: u16, buf: &mut Buffer) {
        if width == 0 {
            return;
        }
        let Some(bar) = axis.bar(row.start_ns, row.duration_ns) else {
            return self.draw_arrow(row, (left, width), y, buf);
        };
        for column in bar.first..bar.first + bar.columns() {
            if let Some(cell) = buf.cell_mut((left + column, y)) {
                let is_solid = is_on_path(row, axis, column);
                cell.set_symbol(self.glyph(is_solid, bar.fill(column))).set_style(row.style);
            }
        }
        for tick in row.ticks {
            let Some(column) = axis.column(tick.at_ns).filter(|column| *column < width) else { continue };
            // What happened at the very end is on the bar and not behind it.
            let is_within = tick.at_ns >= row.start_ns && tick.at_ns <= row.start_ns.saturating_add(row.duration_ns);
            let column = if is_within { column.clamp(bar.first, bar.first + bar.columns() - 1) } else { column };
            if let Some(cell) = buf.cell_mut((left + column, y)) {
                let style = if tick.is_error { self.styles.error } else { self.styles.event };
                cell.set_symbol(sign::EVENT.shape(self.is_ascii)).set_style(style);
            }
        }
        self.draw_duration(row, bar, (left, width), y, buf);
    }

    /// Points at a bar that is out of the window.
    fn draw_arrow(&self, row: &SpanRow<'_>, (left, width): (u16, u16), y: u16, buf: &mut Buffer) {
        let is_before = row.start_ns < self.window.from_ns;
        let mark = if is_before { sign::EARLIER } else { sign::LATER }.shape(self.is_ascii);
        text::draw(buf, (if is_before { left } else { left + width - 1 }, y), 1, mark, self.styles.muted);
    }

    /// The duration behind the bar, or in front of it where there is no room.
    fn draw_duration(&self, row: &SpanRow<'_>, bar: Bar, (left, width): (u16, u16), y: u16, buf: &mut Buffer) {
        let label = self.duration_label(row.duration_ns);
        let style = if row.mark.is_failed() { self.styles.error } else { self.styles.muted };
        let length = text::columns(&label);
        let end = bar.first + bar.columns();
        if width.saturating_sub(end) > length {
            text::draw(buf, (left + end + 1, y), length, &label, style);
        } else if bar.first > length {
            text::draw(buf, (left + bar.first - 1 - length, y), length, &label, style);
        }
    }

    /// A cell of a bar of which `eighths` (1 to 8) are filled from the left.
    fn glyph(&self, is_solid: bool, eighths: u16) -> &'static str {
        const PARTS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
        match (self.is_ascii, is_solid) {
            (true, true) => sign::ON_PATH.shape(true),
            (_, false) if self.is_ascii || eighths > 4 => sign::OFF_PATH.shape(self.is_ascii),
            (_, false) => "▖",
            (false, true) => PARTS[usize::from(eighths.clamp(1, 8)) - 1],
        }
    }
}

/// Whether at least half of what a column shows of a span is on the critical path. O(log parts).
pub(super) fn is_on_path(row: &SpanRow<'_>, axis: &Axis, column: u16) -> bool {
    let end = row.start_ns.saturating_add(row.duration_ns);
    let (from, to) = axis.time_of(column);
    let (from, to) = (from.max(row.start_ns), to.min(end));
    // A bar of less than a column may be drawn in the one beside its time.
    let (from, to) = if from < to { (from, to) } else { (row.start_ns, end) };
    let on_path = i128::from(time_before(row.path, to)) - i128::from(time_before(row.path, from));
    on_path > 0 && 2 * on_path >= i128::from(to) - i128::from(from)
}

/// How much of `path` lies before `time`, in nanoseconds.
fn time_before(path: &[PathPart], time: i64) -> i64 {
    let at = path.partition_point(|part| part.from_ns < time);
    let part = at.checked_sub(1).and_then(|at| path.get(at));
    part.map_or(0, |part| part.before_ns.saturating_add(time.min(part.to_ns).saturating_sub(part.from_ns)))
}
