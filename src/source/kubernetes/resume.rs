//! The cursor of one log stream. The server takes a time to go on from, but rounds it down to the whole second; so what
//! was written in the newest second is counted, line by line, and as many of each are left out when they come again.
//!
//! The last line that was handed over has to be among those: if something new comes before it, a rotation has taken away
//! what was between, and nobody knows how much.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use crate::model::Nanos;

/// Nanoseconds in a second.
const SECOND: Nanos = 1_000_000_000;
/// How many different lines of one second are remembered; of a writer that is faster some may come twice.
const MAX_LINES: usize = 1 << 18;

/// Where a stream is, and what may come again.
#[derive(Debug, Default)]
pub(super) struct Resume {
    /// The newest whole second that a line was handed over of.
    second: Option<i64>,
    /// How often each line of that second, and of later ones, was handed over.
    counts: HashMap<u64, u32>,
    /// The line that was handed over last.
    last: Option<u64>,
    /// What is still to be left out.
    repeats: HashMap<u64, u32>,
    /// The line that has to come again before anything new does.
    unproved: Option<u64>,
    hasher: RandomState,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// New.
    New,
    /// New, and something is missing before it.
    NewAfterGap,
    /// Handed over before.
    Repeated,
}

impl Resume {
    /// The stream is asked for once more: from which second on, if any line of it has come.
    pub(super) fn again(&mut self) -> Option<i64> {
        self.repeats.clone_from(&self.counts);
        self.unproved = self.last.filter(|last| self.counts.contains_key(last));
        self.second
    }

    /// The newest second that a line was handed over of.
    pub(super) fn second(&self) -> Option<i64> {
        self.second
    }

    /// Looks at a line with its time; what is new counts as handed over.
    pub(super) fn admit(&mut self, time: Nanos, line: &[u8]) -> Admission {
        let key = self.hasher.hash_one(line);
        if let Some(count) = self.repeats.get_mut(&key).filter(|count| **count > 0) {
            *count -= 1;
            if self.unproved == Some(key) {
                self.unproved = None;
            }
            return Admission::Repeated;
        }
        self.note(time.div_euclid(SECOND), key);
        if self.unproved.take().is_some() { Admission::NewAfterGap } else { Admission::New }
    }

    fn note(&mut self, second: i64, key: u64) {
        if self.second.is_none_or(|newest| second > newest) {
            self.second = Some(second);
            self.counts.clear();
            self.repeats.clear();
        }
        if self.second == Some(second) && self.counts.len() < MAX_LINES {
            *self.counts.entry(key).or_default() += 1;
        }
        self.last = Some(key);
    }
}

#[cfg(test)]
mod tests {
    use super::Admission::{New, NewAfterGap, Repeated};
    use super::*;

    fn admit(resume: &mut Resume, lines: &[(Nanos, &str)]) -> Vec<Admission> {
        lines.iter().map(|(millis, line)| resume.admit(millis * 1_000_000, line.as_bytes())).collect()
    }

    #[test]
    fn the_newest_second_is_left_out_as_often_as_it_came() {
        let mut resume = Resume::default();
        assert_eq!(resume.again(), None);
        assert_eq!(admit(&mut resume, &[(900, "a"), (1100, "b"), (1200, "b"), (1300, "c")]), [New; 4]);
        assert_eq!(resume.again(), Some(1));
        let again = [(1100, "b"), (1200, "b"), (1300, "c"), (1300, "c"), (2000, "b")];
        assert_eq!(admit(&mut resume, &again), [Repeated, Repeated, Repeated, New, New]);
        assert_eq!(resume.again(), Some(2));
        assert_eq!(admit(&mut resume, &[(2000, "b"), (2000, "b")]), [Repeated, New]);
    }

    #[test]
    fn a_cut_within_what_comes_again_is_no_harm() {
        let mut resume = Resume::default();
        admit(&mut resume, &[(1100, "a"), (1200, "b"), (1300, "c")]);
        resume.again();
        assert_eq!(admit(&mut resume, &[(1100, "a")]), [Repeated]);
        resume.again();
        let again = [(1100, "a"), (1200, "b"), (1300, "c"), (1400, "d")];
        assert_eq!(admit(&mut resume, &again), [Repeated, Repeated, Repeated, New]);
    }

    #[test]
    fn what_is_missing_is_noticed_once() {
        let mut resume = Resume::default();
        admit(&mut resume, &[(1100, "a"), (1200, "b")]);
        resume.again();
        assert_eq!(admit(&mut resume, &[(5000, "x"), (5100, "y")]), [NewAfterGap, New]);
        // A clock that went back: the last line is not asked for again, and proves nothing.
        assert_eq!(admit(&mut resume, &[(4000, "z")]), [New]);
        resume.again();
        assert_eq!(admit(&mut resume, &[(5000, "x"), (5100, "y"), (6000, "w")]), [Repeated, Repeated, New]);
    }
}
