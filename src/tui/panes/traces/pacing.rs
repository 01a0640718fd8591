//! When something that was worked out beside the screen is asked for again, because what it is made of has changed.

use crate::model::Nanos;

/// For how long an answer is waited for before it is asked for again: it may have gone to a view that was left.
const GIVE_UP_AFTER: Nanos = 10_000_000_000;
/// An answer is left to stand for so many times as long as it took, so that answering takes a part of one core only.
const REST: Nanos = 4;

/// When a question was asked, and how long it took to answer it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pacing {
    asked_at: Nanos,
    took: Nanos,
    is_waiting: bool,
}

impl Pacing {
    /// It is being asked.
    pub(super) fn ask(&mut self, now: Nanos) {
        (self.asked_at, self.is_waiting) = (now, true);
    }

    /// It was answered.
    pub(super) fn answered(&mut self, now: Nanos) {
        if std::mem::take(&mut self.is_waiting) {
            self.took = now.saturating_sub(self.asked_at).max(0);
        }
    }

    /// Whether the answer is still to come, and likely to.
    pub(super) fn is_waiting(self, now: Nanos) -> bool {
        self.is_waiting && now.saturating_sub(self.asked_at) < GIVE_UP_AFTER
    }

    /// Whether an answer that was waited for is not likely to come any more.
    pub(super) fn is_lost(self, now: Nanos) -> bool {
        self.is_waiting && !self.is_waiting(now)
    }

    /// Whether it is time to ask again what is asked every so many nanoseconds.
    pub(super) fn is_due(self, now: Nanos, every: Nanos) -> bool {
        let wait = self.took.saturating_mul(REST + 1).max(every);
        self.is_lost(now) || !self.is_waiting && now.saturating_sub(self.asked_at) >= wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    #[test]
    fn what_takes_long_is_asked_seldom_and_never_twice_at_once() {
        let mut pacing = Pacing::default();
        for (took, due) in [(0, 1), (SECOND / 10, 1), (SECOND, 5), (2 * SECOND, 10)] {
            pacing.ask(0);
            assert!(!pacing.is_due(SECOND, SECOND) && pacing.is_waiting(SECOND), "{took}");
            pacing.answered(took);
            assert!(!pacing.is_due(due * SECOND - 1, SECOND) && pacing.is_due(due * SECOND, SECOND), "{took}");
        }
        pacing.ask(0);
        assert!(!pacing.is_due(10 * SECOND - 1, SECOND) && pacing.is_due(10 * SECOND, SECOND), "lost");
        pacing.answered(3 * SECOND);
        pacing.answered(9 * SECOND);
        assert!(pacing.is_due(15 * SECOND, SECOND), "an answer that was not asked for says nothing of time");
    }
}
