//! Quantiles of latencies in constant space.
//!
//! A DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
//! guarantees", VLDB 2019) with a fixed range: bucket `i` counts values in `(γ^(i-1), γ^i]` microseconds with γ = 1.04,
//! which makes every quantile right to 2 %. Values under a microsecond or over γ^[`BUCKETS`] µs (8 minutes) are
//! counted in the first and the last bucket.

/// Ratio between the bounds of a bucket.
const GAMMA: f64 = 1.04;
/// Number of buckets: reaches 1.04^512 µs ≈ 528 s.
const BUCKETS: usize = 512;

/// Counts of durations in logarithmic buckets.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// Empty until the first value, so that idle sketches cost nothing.
    counts: Vec<u32>,
    total: u64,
}

impl Sketch {
    /// Counts one duration in nanoseconds. O(1).
    pub fn add(&mut self, nanos: i64) {
        if self.counts.is_empty() {
            self.counts.resize(BUCKETS, 0);
        }
        let count = &mut self.counts[bucket(nanos)];
        *count = count.saturating_add(1);
        self.total += 1;
    }

    /// Takes back a duration that was counted. O(1).
    pub fn remove(&mut self, nanos: i64) {
        if let Some(count) = self.counts.get_mut(bucket(nanos)).filter(|count| **count > 0) {
            *count -= 1;
            self.total -= 1;
        }
    }

    /// Takes in all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
        } else {
            self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
        }
        self.total += other.total;
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The share (0 to 1) of the durations that were shorter: those in buckets below that of `nanos`. 0 without any.
    pub fn rank(&self, nanos: i64) -> f64 {
        let shorter: u64 = self.counts.iter().take(bucket(nanos)).map(|count| u64::from(*count)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = shorter as f64 / self.total.max(1) as f64;
        share
    }

    /// The duration in nanoseconds below which the share `q` (0 to 1) of all lie; `None` without any.
    pub fn quantile(&self, q: f64) -> Option<i64> {
        let last = self.total.checked_sub(1)?;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation,
            reason = "a rank"
        )]
        let rank = (q.clamp(0.0, 1.0) * last as f64).round() as u64;
        let mut below = 0;
        let at = self.counts.iter().position(|count| {
            below += u64::from(*count);
            below > rank
        })?;
        Some(value(at))
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded here"
)]
fn bucket(nanos: i64) -> usize {
    let micros = (nanos.max(1) as f64 / 1000.0).max(1.0);
    ((micros.ln() / GAMMA.ln()).ceil() as usize).min(BUCKETS - 1)
}

/// The value in the middle of a bucket, in relative terms: 2 γ^i / (γ + 1).
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most 8 minutes in nanoseconds")]
fn value(bucket: usize) -> i64 {
    (2.0 * GAMMA.powf(bucket as f64) / (GAMMA + 1.0) * 1000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_two_percent() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.quantile(0.5), None);
        for ms in 1..=1000 {
            sketch.add(ms * 1_000_000);
        }
        for (q, exact) in [(0.0, 1e6), (0.5, 500e6), (0.95, 950e6), (1.0, 1000e6)] {
            #[expect(clippy::cast_precision_loss, reason = "a test's tolerance")]
            let got = sketch.quantile(q).unwrap() as f64;
            assert!((got / exact - 1.0).abs() < 0.025, "{q}: {got} is not {exact}");
        }
    }

    #[test]
    fn merging_equals_adding_all() {
        let (mut a, mut b, mut all) = (Sketch::default(), Sketch::default(), Sketch::default());
        for n in 0..1000 {
            if n % 2 == 0 {
                a.add(n * 7919);
            } else {
                b.add(n * 7919);
            }
            all.add(n * 7919);
        }
        a.merge(&b);
        assert_eq!(a.counts, all.counts);
        assert_eq!(a.count(), 1000);
        a.add(-5);
        a.add(i64::MAX);
    }

    #[test]
    fn the_rank_of_a_quantile_is_its_share_and_what_is_taken_back_is_gone() {
        let mut sketch = Sketch::default();
        assert!(sketch.rank(5).abs() < f64::EPSILON);
        sketch.remove(5);
        for ms in 1..=1000 {
            sketch.add(ms * 1_000_000);
        }
        for q in [0.1, 0.5, 0.9] {
            let rank = sketch.rank(sketch.quantile(q).unwrap());
            assert!(rank <= q && rank > q - 0.04, "{rank} is not {q}");
        }
        assert!((sketch.rank(i64::MAX) - 1.0).abs() < f64::EPSILON && sketch.rank(-1).abs() < f64::EPSILON);
        (501..=1000).for_each(|ms| sketch.remove(ms * 1_000_000));
        assert_eq!((sketch.count(), sketch.rank(510_000_000) > 0.99), (500, true));
        (1..=1000).for_each(|ms| sketch.remove(ms * 1_000_000));
        assert_eq!((sketch.count(), sketch.quantile(0.5)), (0, None), "what was not counted is not taken back");
    }
}
