//! Time to columns: round ticks, and where a bar begins and ends.

use super::super::text;

/// Columns that one tick's label has at least, its gap included.
const TICK_COLUMNS: u16 = 9;

/// A stretch of time laid over a number of columns.
pub(super) struct Axis {
    from: i64,
    span: i128,
    columns: u16,
}

/// The cells of a bar: whole ones from `first` on, the last filled by `tail` eighths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bar {
    /// The first column, counted from the axis's left.
    pub(super) first: u16,
    /// How long the bar is, in eighths of a column; at least 1.
    pub(super) eighths: u16,
}

impl Bar {
    /// How many columns it touches.
    pub(super) fn columns(self) -> u16 {
        self.eighths.div_ceil(8)
    }

    /// How many eighths of `column` are filled.
    pub(super) fn fill(self, column: u16) -> u16 {
        self.eighths.saturating_sub(column.saturating_sub(self.first).saturating_mul(8)).min(8)
    }
}

impl Axis {
    pub(super) fn new(from: i64, to: i64, columns: u16) -> Self {
        Self { from, span: (i128::from(to) - i128::from(from)).max(1), columns: columns.min(u16::MAX / 8) }
    }

    /// The bar of a span, `None` where nothing of it is in the window. A bar begins at a whole column.
    pub(super) fn bar(&self, start: i64, duration: i64) -> Option<Bar> {
        let begin = i128::from(start) - i128::from(self.from);
        let end = begin + i128::from(duration.max(0));
        if self.columns == 0 || end < 0 || begin > self.span || (end == 0 && begin < 0) {
            return None;
        }
        let (begin, end) = (self.eighth(begin), self.eighth(end));
        let first = ((begin + 4) / 8).min(self.columns - 1);
        Some(Bar { first, eighths: end.saturating_sub(first * 8).max(1) })
    }

    /// Ticks as column and label, from left to right without overlap. The unit stands behind the last one.
    pub(super) fn labels(&self, is_ascii: bool) -> Vec<(u16, String)> {
        let count = i128::from(self.columns / TICK_COLUMNS).max(1);
        let step = round_up((self.span + count - 1) / count);
        let (unit, name) = match step {
            it if it >= 1_000_000_000 => (1_000_000_000, "s"),
            it if it >= 1_000_000 => (1_000_000, "ms"),
            it if it >= 1000 => (1000, if is_ascii { "us" } else { "µs" }),
            _ => (1, "ns"),
        };
        let from = i128::from(self.from);
        let mut tick = from.div_euclid(step) * step;
        if tick < from {
            tick += step;
        }
        let mut labels: Vec<(u16, String)> = Vec::new();
        while tick <= from + self.span {
            let label = text::grouped(i64::try_from(tick / unit).unwrap_or(i64::MAX));
            labels.push((self.eighth(tick - from) / 8, label));
            tick += step;
        }
        self.fit_labels(labels, name)
    }

    /// Drops the labels that have no room and gives the last one the unit.
    fn fit_labels(&self, mut labels: Vec<(u16, String)>, unit: &str) -> Vec<(u16, String)> {
        while let Some((column, label)) = labels.pop() {
            let label = format!("{label} {unit}");
            let width = text::columns(&label);
            let free = labels.last().map_or(0, |(left, label)| left + text::columns(label) + 1);
            // The label of the last tick ends at the right edge where it can not begin at its tick.
            let column = column.min(self.columns.saturating_sub(width));
            if (column >= free && width <= self.columns) || labels.is_empty() {
                labels.push((column, label));
                break;
            }
        }
        labels
    }

    /// A time after the begin of the window, in eighths of a column, kept within the axis.
    fn eighth(&self, time: i128) -> u16 {
        let full = i128::from(self.columns) * 8;
        u16::try_from((time.clamp(0, self.span) * full) / self.span).unwrap_or_default()
    }
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below `value`.
fn round_up(value: i128) -> i128 {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if factor * power >= value {
                return factor * power;
            }
        }
        power *= 10;
    }
}
