//! How many lines of each level came when: the numbers behind the histogram.
//!
//! Counts are kept at three resolutions (a second, a minute, an hour), each with a bounded number of buckets, so that
//! adding is cheap, memory is bounded and a histogram over any range reads at most a few thousand buckets.

use std::collections::BTreeMap;

use crate::model::{Level, Nanos, Severity};

/// Lines of each level, in the order of [`Level::ALL`].
pub type VolumeBucket = [u32; Level::COUNT];

const SECOND: Nanos = 1_000_000_000;
/// Width in nanoseconds and number of buckets of each resolution, finest first.
const RESOLUTIONS: [(Nanos, usize); 3] = [(SECOND, 7200), (60 * SECOND, 10_080), (3600 * SECOND, 17_520)];

/// Counts of lines by level and time.
#[derive(Clone, Debug, Default)]
pub struct Volume {
    buckets: [BTreeMap<i64, VolumeBucket>; RESOLUTIONS.len()],
}

impl Volume {
    /// Counts one line. O(log buckets).
    pub fn add(&mut self, time: Nanos, severity: Severity) {
        self.add_many(time, severity, 1);
    }

    /// Counts lines. Neighbours of one second and level are added together, so lines in the order of time take O(1).
    pub fn add_lines(&mut self, lines: impl Iterator<Item = (Nanos, Level)>) {
        let (mut second, mut counts) = (0, VolumeBucket::default());
        for (time, level) in lines {
            let at = time.div_euclid(SECOND);
            if at != second {
                self.add_bucket(second, &mut counts);
                second = at;
            }
            counts[level.index()] += 1;
        }
        self.add_bucket(second, &mut counts);
    }

    fn add_bucket(&mut self, second: i64, counts: &mut VolumeBucket) {
        for (level, count) in Level::ALL.into_iter().zip(counts) {
            if *count > 0 {
                self.add_many(second.saturating_mul(SECOND), level.floor(), std::mem::take(count));
            }
        }
    }

    /// Counts `count` lines of the same second and level. O(log buckets).
    pub fn add_many(&mut self, time: Nanos, severity: Severity, count: u32) {
        for ((width, limit), buckets) in RESOLUTIONS.iter().zip(&mut self.buckets) {
            let bucket = buckets.entry(time.div_euclid(*width)).or_default();
            let sum = &mut bucket[severity.level().index()];
            *sum = sum.saturating_add(count);
            if buckets.len() > *limit {
                buckets.pop_first();
            }
        }
    }

    /// Takes in all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for ((mine, theirs), (_, limit)) in self.buckets.iter_mut().zip(&other.buckets).zip(RESOLUTIONS) {
            for (slot, counts) in theirs {
                let bucket = mine.entry(*slot).or_default();
                bucket.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
            }
            while mine.len() > limit {
                mine.pop_first();
            }
        }
    }

    /// The earliest and the latest moment that is counted, to the second.
    pub fn range(&self) -> Option<(Nanos, Nanos)> {
        let (first, _) = self.buckets[0].first_key_value()?;
        let (last, _) = self.buckets[0].last_key_value()?;
        let coarse = self.buckets[2].first_key_value().map_or(*first, |(hour, _)| hour.saturating_mul(3600));
        let from = if self.buckets[0].len() < RESOLUTIONS[0].1 { *first } else { coarse };
        Some((from.saturating_mul(SECOND), (last + 1).saturating_mul(SECOND)))
    }

    /// The counts of `columns` equal spans of time from `from` to `to`, at the finest resolution that has them.
    pub fn columns(&self, from: Nanos, to: Nanos, columns: usize) -> Vec<VolumeBucket> {
        let mut out = vec![VolumeBucket::default(); columns];
        let span = i128::from(to) - i128::from(from);
        if span <= 0 || columns == 0 {
            return out;
        }
        // A resolution that never ran over its limit has everything, also where nothing was counted at the beginning.
        let kept = |at: &usize| {
            let ((width, limit), buckets) = (RESOLUTIONS[*at], &self.buckets[*at]);
            buckets.len() < limit
                || buckets.first_key_value().is_some_and(|(slot, _)| slot.saturating_mul(width) <= from)
        };
        let finest = (0..RESOLUTIONS.len()).find(kept).unwrap_or(0);
        let (width, _) = RESOLUTIONS[finest];
        for (slot, counts) in self.buckets[finest].range(from.div_euclid(width)..=to.div_euclid(width)) {
            let offset = i128::from(slot.saturating_mul(width)) - i128::from(from);
            let column = usize::try_from(offset.max(0) * columns as i128 / span).unwrap_or(0);
            if let Some(bucket) = out.get_mut(column) {
                bucket.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_where_they_belong() {
        let mut volume = Volume::default();
        for second in 0..10 {
            volume.add(second * SECOND + 5, Severity::INFO);
        }
        volume.add(9 * SECOND, Severity::ERROR);
        assert_eq!(volume.range(), Some((0, 10 * SECOND)));
        let columns = volume.columns(0, 10 * SECOND, 5);
        let info: Vec<u32> = columns.iter().map(|c| c[Level::Info.index()]).collect();
        assert_eq!(info, [2, 2, 2, 2, 2]);
        assert_eq!(columns[4][Level::Error.index()], 1);
        assert!(volume.columns(5, 5, 3).iter().flatten().all(|count| *count == 0));
    }

    #[test]
    fn what_begins_with_nothing_is_still_counted_by_the_second() {
        let mut volume = Volume::default();
        (5..8).for_each(|second| volume.add(second * SECOND, Severity::INFO));
        let info: Vec<u32> = volume.columns(0, 10 * SECOND, 10).iter().map(|c| c[Level::Info.index()]).collect();
        assert_eq!(info, [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn neither_times_nor_counts_run_over() {
        let mut volume = Volume::default();
        for time in [Nanos::MIN, 0, Nanos::MAX] {
            volume.add_lines([(time, Level::Info); 2].into_iter());
            volume.add_many(time, Severity::INFO, u32::MAX);
        }
        let doubled = volume.clone();
        volume.merge(&doubled);
        assert_eq!(volume.range(), Some((Nanos::MIN, Nanos::MAX)));
        let info: Vec<u32> =
            volume.columns(Nanos::MIN, Nanos::MAX, 3).iter().map(|counts| counts[Level::Info.index()]).collect();
        assert_eq!(info, [u32::MAX; 3]);
    }

    #[test]
    fn buckets_are_bounded_and_old_ones_stay_visible_coarsely() {
        let mut volume = Volume::default();
        for second in 0..20_000 {
            volume.add(second * SECOND, Severity::INFO);
        }
        assert_eq!(volume.buckets[0].len(), 7200);
        let sum: u32 = volume.columns(0, 20_000 * SECOND, 7).iter().map(|c| c[Level::Info.index()]).sum();
        assert_eq!(sum, 20_000);
    }
}
