//! Which rows the last question gave, so that the next, which asks for some of them again, hands over only others.
//!
//! Rows need not say when they came, by which they are asked for: what counts is the question. Equal rows count, as two
//! rows that say the same are two.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};

/// More rows are remembered only of the last question: where no answer is whole for days.
const MOST: usize = 1_000_000;

/// The rows of the last questions, by a hash of 64 bits.
#[derive(Debug, Default)]
pub(super) struct Seen {
    hasher: RandomState,
    rows: HashMap<u64, Count>,
    question: u64,
}

#[derive(Clone, Copy, Default, Debug)]
struct Count {
    handed: u32,
    had: u32,
    question: u64,
}

impl Seen {
    /// Another question is asked, which may give rows of those before.
    pub(super) fn begin(&mut self) {
        if self.rows.len() > MOST {
            self.end();
        }
        self.question += 1;
    }

    /// Whether a row is to be handed over: this question gave it more often than it was handed over before.
    pub(super) fn is_new(&mut self, identity: &impl Hash) -> bool {
        let count = self.rows.entry(self.hasher.hash_one(identity)).or_default();
        if count.question != self.question {
            (count.question, count.had) = (self.question, 0);
        }
        count.had += 1;
        let is_new = count.had > count.handed;
        count.handed = count.handed.max(count.had);
        is_new
    }

    /// The question was answered whole: what it did not give no later one gives.
    pub(super) fn end(&mut self) {
        let question = self.question;
        self.rows.retain(|_, count| count.question == question);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_count_and_are_forgotten_with_their_question() {
        let mut seen = Seen::default();
        seen.begin();
        assert_eq!(["a", "a", "b"].map(|row| seen.is_new(&row)), [true; 3]);
        seen.end();
        seen.begin();
        assert_eq!(["a", "a", "a", "c"].map(|row| seen.is_new(&row)), [false, false, true, true]);
        seen.begin();
        assert_eq!(["b", "a"].map(|row| seen.is_new(&row)), [false, false], "the one before did not end");
        seen.end();
        assert_eq!(seen.rows.len(), 2);
    }
}
