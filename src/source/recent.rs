//! What was handed over lately, so that what a server is asked for twice is handed over once.
//!
//! A source that resumes by time asks again for some of what it has had, as servers give what was written late only when
//! asked again, and as several records share one instant. [`Recent`] is a counted multiset: two records that are equal in
//! all they say are two, as long as they come in one reading.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use crate::config::StartAt;
use crate::model::Nanos;

/// At most so many records are remembered: some ten megabytes.
const MAX_RECORDS: usize = 200_000;

/// The records of the last moments, each by its time and a hash of 64 bits of what makes it that record. That two
/// different ones of the same nanosecond share a hash does not happen in practice.
#[derive(Debug)]
pub struct Recent {
    hasher: RandomState,
    window: Nanos,
    most: usize,
    records: BTreeMap<(Nanos, u64), Count>,
    newest: Option<Nanos>,
    now: Nanos,
    floor: Nanos,
    held: Option<Nanos>,
    reading: u64,
}

/// How often a record was handed over, and how often the present reading had it.
#[derive(Clone, Copy, Default, Debug)]
struct Count {
    handed: u32,
    had: u32,
    reading: u64,
}

/// The time to begin at: for the tail so far back as `lookback` says, from the beginning at `beginning`.
pub fn floor(start: StartAt, now: Nanos, lookback: Duration, beginning: Nanos) -> Nanos {
    let floor = match start {
        StartAt::Tail => now.saturating_sub(nanos(lookback)).max(beginning),
        StartAt::End => now,
        StartAt::Beginning => beginning,
        StartAt::Since(time) => time,
    };
    floor.max(0)
}

/// A span of time as nanoseconds.
pub fn nanos(span: Duration) -> Nanos {
    Nanos::try_from(span.as_nanos()).unwrap_or(Nanos::MAX)
}

impl Recent {
    /// Nothing yet; what is older than `floor` will never be asked for. `window`, in nanoseconds: how far behind the newest
    /// record one looks for late ones.
    pub fn new(window: Nanos, floor: Nanos) -> Self {
        Self {
            hasher: RandomState::new(),
            window,
            most: MAX_RECORDS,
            records: BTreeMap::new(),
            newest: None,
            now: 0,
            floor,
            held: None,
            reading: 0,
        }
    }

    /// Begins, at the time `now`, to read anew from [`Self::from`]: what comes may have been handed over before.
    pub fn begin_reading(&mut self, now: Nanos) {
        self.reading += 1;
        self.it_is(now);
    }

    /// Says what time it is: a record from the future must not let one look for others only there.
    pub fn it_is(&mut self, now: Nanos) {
        self.now = self.now.max(now);
    }

    /// The time to read from, inclusive: all that was handed over since then is remembered.
    pub fn from(&self) -> Nanos {
        let from = self.newest.map_or(self.floor, |newest| newest.min(self.now).saturating_sub(self.window));
        self.held.map_or(from, |held| held.min(from)).max(self.floor)
    }

    /// Whether a record of this time was handed over, and is remembered.
    pub fn has(&self, time: Nanos) -> bool {
        self.records.range((time, 0)..=(time, u64::MAX)).next().is_some()
    }

    /// Wants to read from `from` on again, however new what came since is; `None`: no longer.
    pub fn hold(&mut self, from: Option<Nanos>) {
        self.held = from;
    }

    /// Says that what is older than `floor` is never wanted (again).
    pub fn raise_floor(&mut self, floor: Nanos) {
        self.floor = self.floor.max(floor);
    }

    /// Whether a record is to be handed over: in this reading it came more often than it was handed over in those
    /// before. It counts as handed over then. Logarithmic in what is remembered.
    pub fn is_new(&mut self, time: Nanos, identity: &impl Hash) -> bool {
        let count = self.records.entry((time, self.hasher.hash_one(identity))).or_default();
        if count.reading != self.reading {
            (count.reading, count.had) = (self.reading, 0);
        }
        count.had += 1;
        let is_new = count.had > count.handed;
        count.handed = count.handed.max(count.had);
        self.newest = self.newest.max(Some(time));
        if self.records.len() >= 2 * self.most {
            self.forget();
        }
        is_new
    }

    /// Forgets what will not be asked for again. To be called between readings, or now and then in a long one that is past
    /// what was there before it.
    pub fn forget(&mut self) {
        let from = self.from();
        while let Some((&(time, _), _)) = self.records.first_key_value() {
            let is_over = self.records.len() > self.most;
            if time >= from && !is_over {
                break;
            }
            if is_over {
                self.raise_floor(time.saturating_add(1));
            }
            self.records.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Nanos = 1_000_000;

    #[test]
    fn equal_records_count_and_a_second_reading_repeats_none() {
        let mut recent = Recent::new(10, 0);
        recent.begin_reading(NOW);
        let first = [(5, "a"), (5, "a"), (5, "b")].map(|(time, text)| recent.is_new(time, &text));
        assert_eq!(first, [true; 3]);
        recent.begin_reading(NOW);
        let second = [(5, "b"), (5, "a"), (5, "a"), (5, "a"), (6, "a")].map(|(time, text)| recent.is_new(time, &text));
        assert_eq!(second, [false, false, false, true, true]);
        recent.begin_reading(NOW);
        assert!((0..3).all(|_| !recent.is_new(5, &"a")) && recent.is_new(5, &"a"));
    }

    #[test]
    fn the_window_follows_the_newest_and_late_records_are_new() {
        let mut recent = Recent::new(10, 3);
        assert_eq!(recent.from(), 3);
        recent.begin_reading(NOW);
        assert!(recent.is_new(8, &1));
        assert_eq!(recent.from(), 3);
        assert!(recent.is_new(100, &1) && recent.is_new(95, &1));
        recent.forget();
        assert_eq!((recent.from(), recent.records.len()), (90, 2));
    }

    #[test]
    fn a_record_from_the_future_hides_no_others() {
        let mut recent = Recent::new(10, 0);
        recent.begin_reading(500);
        assert!(recent.is_new(9000, &1) && recent.is_new(495, &1));
        recent.forget();
        assert_eq!((recent.from(), recent.records.len()), (490, 2));
        recent.it_is(600);
        assert_eq!(recent.from(), 590);
    }

    #[test]
    fn what_is_held_is_read_again_and_remembered() {
        let mut recent = Recent::new(10, 3);
        recent.begin_reading(NOW);
        assert!([5, 500].iter().all(|time| recent.is_new(*time, &1)));
        recent.hold(Some(5));
        recent.forget();
        assert_eq!(recent.from(), 5);
        recent.begin_reading(NOW);
        assert!(!recent.is_new(5, &1) && recent.is_new(6, &1));
        assert!(recent.has(6) && !recent.has(7));
        recent.hold(None);
        recent.forget();
        assert_eq!((recent.from(), recent.records.len()), (490, 1));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_records_are_not_asked_for() {
        let mut recent = Recent { most: 3, ..Recent::new(1000, 0) };
        recent.begin_reading(NOW);
        for time in 0..6 {
            assert!(recent.is_new(time, &"x"));
        }
        recent.forget();
        assert_eq!((recent.from(), recent.records.len()), (3, 3));
        recent.begin_reading(NOW);
        assert!((recent.from()..6).all(|time| !recent.is_new(time, &"x")));
    }
}
