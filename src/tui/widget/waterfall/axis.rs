//! Time to columns: round ticks, and where a bar begins and ends.

use super::super::text;

/// Ticks do not stand closer than labels of this many columns would, so that short ones do not crowd.
const LEAST_LABEL: u16 = 5;
/// A window that begins so many units of its ticks after the trace is labelled from its own begin on.
const FAR: i128 = 1_000_000;
const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;
/// Steps between fifty seconds and a day.
const LONG: [i128; 11] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
];

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

    /// The column of a moment, `None` where it is not in the window.
    pub(super) fn column(&self, time: i64) -> Option<u16> {
        let after = i128::from(time) - i128::from(self.from);
        let is_inside = self.columns > 0 && (0..=self.span).contains(&after);
        is_inside.then(|| (self.eighth(after) / 8).min(self.columns - 1))
    }

    /// The time that a column stands for, in nanoseconds: from and to.
    pub(super) fn time_of(&self, column: u16) -> (i64, i64) {
        let time = |column: i128| {
            let time = i128::from(self.from) + self.span * column / i128::from(self.columns.max(1));
            i64::try_from(time.clamp(i128::from(i64::MIN), i128::from(i64::MAX))).unwrap_or(i64::MAX)
        };
        (time(i128::from(column)), time(i128::from(column) + 1))
    }

    /// Ticks as column and label, from left to right without overlap. The unit stands behind the last one, whose label
    /// may reach beyond the axis up to `width` columns from its left.
    pub(super) fn labels(&self, width: u16, is_ascii: bool) -> Vec<(u16, String)> {
        let from = i128::from(self.from);
        let step = self.step();
        let (unit, name) = unit_of(step, is_ascii);
        // The first multiple of the step that is not before the window.
        let mut tick = -(-from).div_euclid(step) * step;
        let first = tick;
        let mut labels: Vec<(u16, String)> = Vec::new();
        while tick <= from + self.span {
            let text = match (self.is_far(unit), tick == first) {
                (false, _) => label(tick, unit),
                (true, true) => format!("{} {name}", label(tick, unit)),
                (true, false) => format!("+{}", label(tick - first, unit)),
            };
            let column = self.eighth(tick - from) / 8;
            let free = labels.last().map_or(0, |(left, label)| left + text::columns(label) + 1);
            if column >= free || labels.is_empty() {
                labels.push((column, text));
            }
            tick += step;
        }
        fit(labels, name, width)
    }

    /// The smallest round step at which neighbouring labels do not touch.
    fn step(&self) -> i128 {
        let from = i128::from(self.from);
        let mut step = round_up(self.span / i128::from(self.columns.max(1)));
        loop {
            let (unit, _) = unit_of(step, false);
            let ticks = if self.is_far(unit) { [0, -self.span] } else { [from, from + self.span] };
            let widest = ticks.map(|tick| text::columns(&label(tick, unit))).into_iter().max();
            let room = i128::from(widest.unwrap_or_default().max(LEAST_LABEL)) + 2;
            if step * i128::from(self.columns) >= room * self.span || step >= self.span {
                return step;
            }
            step = round_up(step + 1);
        }
    }

    /// Whether ticks of this unit would all have long labels that differ little.
    fn is_far(&self, unit: i128) -> bool {
        i128::from(self.from).abs() / unit >= FAR
    }

    /// A time after the begin of the window, in eighths of a column, kept within the axis.
    fn eighth(&self, time: i128) -> u16 {
        let full = i128::from(self.columns) * 8;
        u16::try_from((time.clamp(0, self.span) * full) / self.span).unwrap_or_default()
    }
}

/// Drops the labels at the end that have no room with the unit, which it gives to the last one left.
fn fit(mut labels: Vec<(u16, String)>, unit: &str, width: u16) -> Vec<(u16, String)> {
    while let Some((column, label)) = labels.pop() {
        let label = if label.ends_with(unit) { label } else { format!("{label} {unit}") };
        let free = labels.last().map_or(0, |(left, label)| left + text::columns(label) + 1);
        // A label that does not fit behind its tick ends at the right edge.
        let column = column.min(width.saturating_sub(text::columns(&label)));
        if column >= free || labels.is_empty() {
            labels.push((column, label));
            break;
        }
    }
    labels
}

/// The unit that ticks of this step are written in: in nanoseconds, and its name.
fn unit_of(step: i128, is_ascii: bool) -> (i128, &'static str) {
    match step {
        it if it >= DAY => (DAY, "d"),
        it if it >= HOUR => (HOUR, "h"),
        it if it >= MINUTE => (MINUTE, "m"),
        it if it >= 1_000_000_000 => (1_000_000_000, "s"),
        it if it >= 1_000_000 => (1_000_000, "ms"),
        it if it >= 1000 => (1000, if is_ascii { "us" } else { "µs" }),
        _ => (1, "ns"),
    }
}

fn label(tick: i128, unit: i128) -> String {
    text::grouped(i64::try_from(tick / unit).unwrap_or(i64::MAX))
}

/// The next step that is not below `value`: 1, 2, 5, 10, 20, 50 … of a unit, or minutes and hours as clocks divide them.
fn round_up(value: i128) -> i128 {
    if value <= 50 * SECOND {
        return decimal(value);
    }
    LONG.into_iter().find(|step| *step >= value).unwrap_or_else(|| DAY * decimal((value - 1) / DAY + 1))
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below `value`.
fn decimal(value: i128) -> i128 {
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
