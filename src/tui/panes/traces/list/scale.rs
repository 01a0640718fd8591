//! How long the bar of a duration is, among the durations that are listed.
//!
//! Durations of traces differ by powers of ten: on a linear scale one that hangs makes a hair of every other bar. So the scale
//! is logarithmic, as that of the view of durations over time is.

/// Powers of ten that a bar stands for at least, so that durations that are nearly alike have bars that are.
const LEAST: f64 = 3.0;
/// Powers of ten that a bar stands for at most, so that one very short trace does not make all others alike.
const MOST: f64 = 6.0;

/// The scale of all bars of a list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scale {
    /// The duration of a whole bar, in nanoseconds; 0 where nothing takes any time.
    longest: i64,
    /// How many powers of ten lie between a whole bar and none.
    decades: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Self { longest: 0, decades: LEAST }
    }
}

impl Scale {
    /// The scale of these durations, in nanoseconds. A whole number of powers of ten, so that it seldom changes while
    /// traces come. O(durations).
    pub(super) fn of(durations: impl Iterator<Item = i64>) -> Self {
        let ends = durations.filter(|duration| *duration > 0).fold(None, |ends: Option<(i64, i64)>, it| {
            let (least, most) = ends.unwrap_or((it, it));
            Some((least.min(it), most.max(it)))
        });
        let Some((shortest, longest)) = ends else { return Self::default() };
        Self { longest, decades: (logarithm(longest) - logarithm(shortest)).ceil().clamp(LEAST, MOST) }
    }

    /// The part of a bar that stands for a duration in nanoseconds, 0 to 1: the longest has a whole one, and each power of
    /// ten less takes the same part away. Nothing is left of what takes no time, and something of all that does.
    pub(super) fn share(self, duration: i64) -> f64 {
        if duration <= 0 || self.longest <= 0 {
            return 0.0;
        }
        let below = logarithm(self.longest) - logarithm(duration);
        (1.0 - below / self.decades).clamp(f64::EPSILON, 1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a part of a screen's width")]
fn logarithm(duration: i64) -> f64 {
    (duration as f64).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_power_of_ten_takes_the_same_part_away() {
        let share = |all: &[i64], of: i64| (Scale::of(all.iter().copied()).share(of) * 1000.0).round();
        for (all, of, expected) in [
            (&[1_000, 10, 100][..], 1_000, 1000.0),
            (&[1_000, 10, 100], 100, 667.0),
            (&[1_000, 10, 100], 10, 333.0),
            (&[900, 1_000], 900, 985.0),
            (&[1_000_000, 10], 10, 0.0),
            (&[1_000_000, 10], 1_000, 400.0),
            (&[i64::MAX, 1], i64::MAX, 1000.0),
            (&[5, 0, -3], 0, 0.0),
            (&[5, i64::MIN], i64::MIN, 0.0),
            (&[], 7, 0.0),
        ] {
            assert!((share(all, of) - expected).abs() < 1e-9, "{of} of {all:?}: {}", share(all, of));
        }
        assert!(Scale::of([10, 1_000_000].into_iter()).share(10) > 0.0, "the shortest is seen as well");
    }
}
