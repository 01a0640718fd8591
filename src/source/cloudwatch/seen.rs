//! Which events have been handed over, so that those that come again are left out: by id, for as long as the window that
//! is asked for reaches back.

use std::collections::BTreeSet;

/// How many ids are kept; some 20 MB.
const MAX_IDS: usize = 200_000;

/// The events of the window, by time and id.
#[derive(Debug, Default)]
pub(super) struct Seen {
    events: BTreeSet<(i64, Box<str>)>,
    /// Before this millisecond the ids are not known any more, so nothing before it may be asked for.
    floor: i64,
}

impl Seen {
    /// Notes an event; whether it is new. One from before the floor is not.
    pub(super) fn insert(&mut self, timestamp: i64, id: &str) -> bool {
        if timestamp < self.floor || !self.events.insert((timestamp, id.into())) {
            return false;
        }
        if self.events.len() > MAX_IDS
            && let Some((oldest, _)) = self.events.pop_first()
        {
            self.forget(oldest + 1);
        }
        true
    }

    /// Whether an event is known, or too old to be told.
    pub(super) fn has(&self, timestamp: i64, id: &str) -> bool {
        timestamp < self.floor || self.events.contains(&(timestamp, id.into()))
    }

    /// Forgets what was before this millisecond; it will not be asked for again.
    pub(super) fn forget(&mut self, before: i64) {
        self.floor = self.floor.max(before);
        self.events = self.events.split_off(&(self.floor, "".into()));
    }

    /// The first millisecond that may be asked for.
    pub(super) fn floor(&self) -> i64 {
        self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.insert(5, "a") && seen.insert(5, "b") && seen.insert(6, "a"));
        assert!(!seen.insert(5, "a") && seen.has(6, "a") && !seen.has(6, "b"));
        seen.forget(6);
        assert!(seen.has(5, "c") && !seen.insert(5, "c"), "what is before the floor is not told apart");
        assert!(!seen.insert(6, "a"));
        assert_eq!(seen.floor(), 6);
    }

    #[test]
    fn a_flood_moves_the_floor_and_makes_no_repeats() {
        let mut seen = Seen::default();
        let last = i64::try_from(MAX_IDS).unwrap() + 10;
        assert!((0..last).all(|at| seen.insert(at, "x")));
        assert_eq!((seen.events.len(), seen.floor()), (MAX_IDS, 10));
        assert!((0..last).all(|at| !seen.insert(at, "x")));
    }
}
