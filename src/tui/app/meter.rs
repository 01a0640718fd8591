//! How many records a second come in, from the running total.

use std::collections::VecDeque;

use crate::model::Nanos;

/// The rate is that of the last two seconds.
const WINDOW: Nanos = 2_000_000_000;

/// A rate from samples of a total.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    samples: VecDeque<(Nanos, u64)>,
    rate: f64,
}

impl Meter {
    /// Notes the total at `now`.
    pub fn sample(&mut self, now: Nanos, total: u64) {
        self.samples.push_back((now, total));
        while self.samples.get(1).is_some_and(|(at, _)| now - at >= WINDOW) {
            self.samples.pop_front();
        }
        let Some((then, before)) = self.samples.front().copied() else { return };
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = total.saturating_sub(before) as f64 * 1e9 / (now - then).max(WINDOW / 2) as f64;
        self.rate = rate;
    }

    /// Records a second.
    pub fn per_second(&self) -> f64 {
        self.rate
    }

    /// Records a second, rounded.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, not huge")]
    pub fn rounded(&self) -> u64 {
        self.rate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_two_seconds() {
        let mut meter = Meter::default();
        for tick in 0..50 {
            meter.sample(tick * 100_000_000, tick.unsigned_abs() * 10);
        }
        assert_eq!(meter.rounded(), 100);
        for tick in 50..100 {
            meter.sample(tick * 100_000_000, 490);
        }
        assert_eq!(meter.rounded(), 0);
    }
}
