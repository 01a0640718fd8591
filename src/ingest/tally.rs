//! Of which formats the lines of a source were, so that its user sees what was made of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::FormatId;

/// Lines by format. Counts only grow.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<BTreeMap<u8, u64>>);

impl Tally {
    /// Counts a line of each of these formats. Takes the lock once.
    pub(super) fn add(&self, formats: impl Iterator<Item = FormatId>) {
        let mut counts = [0_u32; 256];
        formats.for_each(|format| counts[usize::from(format.0)] += 1);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (format, count) in (0..=u8::MAX).zip(counts).filter(|(_, count)| *count > 0) {
            *known.entry(format).or_default() += u64::from(count);
        }
    }

    /// All formats that there were, the most frequent first.
    pub(super) fn formats(&self) -> Vec<(FormatId, u64)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut formats: Vec<_> = known.iter().map(|(format, count)| (FormatId(*format), *count)).collect();
        formats.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        formats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_comes_first() {
        let tally = Tally::default();
        assert!(tally.formats().is_empty());
        tally.add([0, 2, 2].map(FormatId).into_iter());
        tally.add([0, 0, 255].map(FormatId).into_iter());
        assert_eq!(tally.formats(), [(0, 3), (2, 2), (255, 1)].map(|(format, count)| (FormatId(format), count)));
    }
}
