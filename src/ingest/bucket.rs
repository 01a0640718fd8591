//! A token bucket: how many records a second may pass.

use std::time::Duration;

use tokio::time::Instant;

/// Refills at `rate` tokens a second and holds a tenth of a second's worth, at least one token.
#[derive(Debug)]
pub(super) struct TokenBucket {
    rate: u64,
    /// In billionths of a token, so that slow rates refill without rounding.
    level: u128,
    last: Option<Instant>,
}

const TOKEN: u128 = 1_000_000_000;

impl TokenBucket {
    /// A full bucket; `rate` 0 lets everything pass.
    pub(super) fn new(rate: u64) -> Self {
        Self { rate, level: capacity(rate), last: None }
    }

    /// Takes up to `wanted` tokens and answers how many there were.
    pub(super) fn take(&mut self, wanted: usize, now: Instant) -> usize {
        if self.rate == 0 {
            return wanted;
        }
        let passed = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.last = Some(now);
        self.level = (self.level + u128::from(self.rate) * passed.as_nanos()).min(capacity(self.rate));
        let granted = usize::try_from(self.level / TOKEN).unwrap_or(usize::MAX).min(wanted);
        self.level -= granted as u128 * TOKEN;
        granted
    }

    /// How long until there is a token again.
    pub(super) fn wait(&self) -> Duration {
        let missing = TOKEN.saturating_sub(self.level);
        let nanos = missing.checked_div(u128::from(self.rate)).map_or(0, |nanos| nanos + 1);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

fn capacity(rate: u64) -> u128 {
    (u128::from(rate) * TOKEN / 10).max(TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_its_rate_and_no_more() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(1000);
        let mut passed = 0;
        for ms in 0..10_000 {
            passed += bucket.take(10, start + Duration::from_millis(ms));
        }
        assert_eq!(passed, 100 + 9_999);
    }

    #[test]
    fn slow_rates_do_not_round_to_nothing() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(1);
        assert_eq!(bucket.take(5, start), 1);
        assert_eq!(bucket.take(5, start + Duration::from_millis(999)), 0);
        assert_eq!(bucket.take(5, start + Duration::from_millis(999) + bucket.wait()), 1);
        assert_eq!(TokenBucket::new(0).take(5, start), 5);
    }
}
