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
        self.counts[bucket(nanos)] += 1;
        self.total += 1;
    }

    /// Takes in all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
        } else {
            self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        }
        self.total += other.total;
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.total
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
}
