//! The simulator's random numbers: small, fast, and the same on every machine for the same seed.
//!
//! xoshiro256++ seeded by splitmix64, both by Blackman and Vigna (<https://prng.di.unimi.it>, public domain). Not
//! for secrets.

use crate::model::Nanos;

const MILLISECOND: f64 = 1e6;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random([u64; 4]);

impl Random {
    /// A stream that depends on `seed` alone.
    pub(super) fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| splitmix64(&mut state)))
    }

    /// Sixty-four random bits.
    pub(super) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number in `0..bound` by the multiply-shift method; its bias is below `bound` / 2^64. Zero for a zero bound.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let product = u128::from(self.next()) * u128::from(bound);
        u32::try_from(product >> 64).unwrap_or_default()
    }

    /// A number in `0.0..1.0` with 53 random bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with this probability, 0 to 1.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A waiting time in nanoseconds, exponentially distributed around `mean` nanoseconds; at least 1.
    pub(super) fn wait(&mut self, mean: f64) -> Nanos {
        to_nanos(-(1.0 - self.unit()).ln() * mean)
    }

    /// A latency in nanoseconds, log-normally distributed around a median in milliseconds; at least 1. `sigma` is
    /// the deviation of the logarithm: at 0.5 the 95th percentile is 2.3 times the median.
    pub(super) fn latency(&mut self, median_ms: f64, sigma: f64) -> Nanos {
        // Box and Muller's transform; its second number is not kept, so that a draw has no hidden state.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
        to_nanos(median_ms * MILLISECOND * (sigma * normal).exp())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and simulated times are far below the limit")]
fn to_nanos(nanoseconds: f64) -> Nanos {
    (nanoseconds as i64).max(1)
}

fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_the_published_numbers() {
        let mut state = 1_234_567;
        assert_eq!(splitmix64(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(splitmix64(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn xoshiro_gives_the_reference_numbers() {
        let mut random = Random([1, 2, 3, 4]);
        assert_eq!([random.next(), random.next(), random.next()], [41_943_041, 58_720_359, 3_588_806_011_781_223]);
    }

    #[test]
    fn draws_have_the_distribution_they_promise() {
        let mut random = Random::new(7);
        let mut latencies: Vec<Nanos> = (0..20_000).map(|_| random.latency(10.0, 0.5)).collect();
        latencies.sort_unstable();
        let [median, p95] = [10_000, 19_000].map(|rank| latencies.get(rank).copied().unwrap());
        assert!((9_700_000..10_300_000).contains(&median), "{median}");
        assert!((21_500_000..24_500_000).contains(&p95), "{p95}");
        let mean = (0..20_000).map(|_| random.wait(1e6)).sum::<Nanos>() / 20_000;
        assert!((970_000..1_030_000).contains(&mean), "{mean}");
        assert!((0..1000).all(|_| random.below(3) < 3));
        assert_eq!(random.below(0), 0);
    }
}
