//! Whose lines the ring holds, so that what it evicts is counted to the source that brought it.
//!
//! Lines are stored under names, and two sources may use the same name: two files called `app.log`, or a session and
//! the file it was recorded from. The ring gives up lines in the order in which it took them, so a queue of runs for
//! each name is enough to tell.

use std::collections::{HashMap, VecDeque};

use crate::store::NameId;

/// For each name, runs of lines by the number of the lane that brought them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<NameId, VecDeque<(usize, u64)>>);

impl Owners {
    /// Notes that `lane` stored so many lines under `name`.
    pub(super) fn stored(&mut self, name: NameId, lane: usize, count: u64) {
        let runs = self.0.entry(name).or_default();
        match runs.back_mut() {
            Some((owner, sum)) if *owner == lane => *sum += count,
            _ => runs.push_back((lane, count)),
        }
    }

    /// Notes that `lane` stored so many lines under `name` in front of all others.
    pub(super) fn stored_before(&mut self, name: NameId, lane: usize, count: u64) {
        let runs = self.0.entry(name).or_default();
        match runs.front_mut() {
            Some((owner, sum)) if *owner == lane => *sum += count,
            _ => runs.push_front((lane, count)),
        }
    }

    /// Whose the oldest `count` lines under `name` were: lanes, each with how many. Forgets them.
    pub(super) fn evicted(&mut self, name: NameId, mut count: u64) -> Vec<(usize, u64)> {
        let mut out = Vec::new();
        let Some(runs) = self.0.get_mut(&name) else { return out };
        while count > 0
            && let Some((lane, run)) = runs.front_mut()
        {
            let gone = count.min(*run);
            out.push((*lane, gone));
            count -= gone;
            *run -= gone;
            if *run == 0 {
                runs.pop_front();
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_first_is_evicted_first() {
        let mut owners = Owners::default();
        for (name, lane, count) in [(1, 0, 5), (1, 0, 5), (2, 0, 100), (1, 1, 3), (1, 0, 1)] {
            owners.stored(name, lane, count);
        }
        assert_eq!(owners.evicted(1, 8), [(0, 8)]);
        assert_eq!(owners.evicted(1, 4), [(0, 2), (1, 2)]);
        assert_eq!(owners.evicted(1, 9), [(1, 1), (0, 1)]);
        assert_eq!(owners.evicted(1, 1), []);
        assert_eq!(owners.evicted(3, 1), []);
        assert_eq!(owners.evicted(2, 1), [(0, 1)]);
        owners.stored_before(2, 7, 4);
        assert_eq!(owners.evicted(2, 5), [(7, 4), (0, 1)]);
    }
}
