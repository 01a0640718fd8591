//! The time axis of the histogram: columns of whole seconds that begin at round times.
//!
//! A column is as long as a step that people count in (2 s, 5 min, 1 h), so that what it says of itself is short and
//! what it counts is counted in full: volume is kept by the second.

use crate::model::Nanos;

/// A second in nanoseconds.
pub(super) const SECOND: Nanos = 1_000_000_000;
/// How long a column may be, in seconds; weeks are doubled from the last one on.
const STEPS: [i64; 26] = [
    1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600,
    43_200, 86_400, 172_800, 345_600, 604_800,
];

/// Columns that follow each other in time, oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Axis {
    /// When the first column begins.
    pub(super) start: Nanos,
    /// How long a column is; a whole number of seconds.
    pub(super) step: Nanos,
    /// How many columns there are, at least one.
    pub(super) columns: usize,
}

impl Axis {
    /// The finest axis of `columns` columns that holds both `from` and `to`; `to` stands in the last column.
    pub(super) fn covering(from: Nanos, to: Nanos, columns: usize) -> Self {
        let columns = columns.max(1);
        let doubled = std::iter::successors(STEPS.last().map(|week| week * 2), |step| step.checked_mul(2));
        let steps = STEPS.into_iter().chain(doubled).map_while(|seconds| seconds.checked_mul(SECOND));
        let mut axis = Self { start: from, step: SECOND, columns };
        for step in steps {
            axis = Self::ending_with(to, step, columns);
            if axis.start <= from {
                break;
            }
        }
        axis
    }

    /// The axis whose last column holds `to`.
    fn ending_with(to: Nanos, step: Nanos, columns: usize) -> Self {
        let before = i64::try_from(columns - 1).unwrap_or(i64::MAX).saturating_mul(step);
        Self { start: floor(to, step).saturating_sub(before), step, columns }
    }

    /// The end of the last column.
    pub(super) fn end(self) -> Nanos {
        self.time(self.columns)
    }

    /// When column `column` begins.
    pub(super) fn time(self, column: usize) -> Nanos {
        self.start.saturating_add(i64::try_from(column).unwrap_or(i64::MAX).saturating_mul(self.step))
    }

    /// The column that `time` falls into, `None` outside of the axis.
    pub(super) fn column(self, time: Nanos) -> Option<usize> {
        let offset = usize::try_from(time.checked_sub(self.start)? / self.step).ok()?;
        (time >= self.start && offset < self.columns).then_some(offset)
    }

    /// The beginning of the column, on this axis or beyond it, that `time` falls into.
    pub(super) fn floor(self, time: Nanos) -> Nanos {
        floor(time, self.step)
    }

    /// Moves the axis by whole columns, no further than needed, so that `time` is on it.
    #[must_use]
    pub(super) fn showing(self, time: Nanos) -> Self {
        let at = self.floor(time);
        let last = self.time(self.columns - 1);
        let start = if at < self.start {
            at
        } else if at > last {
            self.start.saturating_add(at.saturating_sub(last))
        } else {
            self.start
        };
        Self { start, ..self }
    }

    /// The next finer axis (`is_in`) or the next coarser one, on which `time` stays in its column if it can. `None`
    /// where there is no finer one.
    pub(super) fn zoomed(self, is_in: bool, time: Nanos) -> Option<Self> {
        let seconds = self.step / SECOND;
        let next = if is_in {
            let doubled = (seconds % 2 == 0 && STEPS.last().is_some_and(|week| seconds > *week)).then_some(seconds / 2);
            doubled.or_else(|| STEPS.into_iter().rev().find(|step| *step < seconds))?
        } else {
            STEPS.into_iter().find(|step| *step > seconds).or_else(|| seconds.checked_mul(2))?
        };
        let step = next.checked_mul(SECOND)?;
        let column = self.column(time).unwrap_or(self.columns / 2);
        let before = i64::try_from(column).unwrap_or(i64::MAX).saturating_mul(step);
        Some(Self { start: floor(time, step).saturating_sub(before), step, ..self })
    }

    /// How long a column is, in one unit: `2s`, `5m`, `1h`, `2d`.
    pub(super) fn step_text(self) -> String {
        length(self.step)
    }
}

/// A length of time in the largest units that leave no rest: `2s`, `1m30s`, `2d`.
pub(super) fn length(nanos: Nanos) -> String {
    let mut rest = nanos / SECOND;
    let mut out = String::new();
    for (seconds, unit) in [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')] {
        if rest >= seconds {
            out.push_str(&(rest / seconds).to_string());
            out.push(unit);
            rest %= seconds;
        }
    }
    out
}

fn floor(time: Nanos, step: Nanos) -> Nanos {
    time.div_euclid(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_as_fine_as_the_range_allows_and_begin_at_round_times() {
        for (seconds, columns, step, text) in [
            (5, 30, 1, "1s"),
            (50, 30, 2, "2s"),
            (3_600, 60, 120, "2m"),
            (86_400, 50, 1_800, "30m"),
            (90, 1, 300, "5m"),
        ] {
            let (from, to) = (1_000_000 * SECOND, (1_000_000 + seconds) * SECOND);
            let axis = Axis::covering(from, to, columns);
            assert_eq!((axis.step / SECOND, axis.step_text().as_str()), (step, text), "{seconds} s in {columns}");
            assert_eq!(axis.start % axis.step, 0);
            assert_eq!(axis.column(to), Some(columns - 1));
            assert!(axis.column(from).is_some());
        }
        assert_eq!([length(90 * SECOND), length(90_061 * SECOND)], ["1m30s", "1d1h1m1s"]);
    }

    #[test]
    fn zooming_in_and_out_keeps_the_time_in_its_column() {
        let axis = Axis { start: 0, step: 10 * SECOND, columns: 20 };
        let at = 70 * SECOND;
        let finer = axis.zoomed(true, at).unwrap();
        assert_eq!((finer.step, finer.column(at)), (5 * SECOND, Some(7)));
        assert_eq!(finer.zoomed(false, at), Some(axis));
        assert_eq!(Axis { step: SECOND, ..axis }.zoomed(true, at), None, "nothing is counted finer than a second");
    }

    #[test]
    fn the_axis_moves_just_as_far_as_it_has_to() {
        let axis = Axis { start: 100 * SECOND, step: 10 * SECOND, columns: 5 };
        let starts: Vec<i64> =
            [75, 100, 149, 150, 171].map(|at| axis.showing(at * SECOND).start / SECOND).into_iter().collect();
        assert_eq!(starts, [70, 100, 100, 110, 130]);
    }

    proptest! {
        #[test]
        fn any_times_have_an_axis(from: i64, to: i64, columns in 0usize..400, at: i64) {
            let axis = Axis::covering(from.min(to), from.max(to), columns);
            prop_assert!(axis.step >= SECOND && axis.end() >= axis.start);
            let shown = axis.showing(at);
            for zoomed in [shown.zoomed(true, at), shown.zoomed(false, at)].into_iter().flatten() {
                prop_assert!(zoomed.step >= SECOND && zoomed.columns == axis.columns);
            }
        }
    }
}
