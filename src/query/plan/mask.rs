//! A set of rows of one block, a bit each.

use crate::query::bits::Bits;
use crate::query::matches::Run;
use crate::store::LineId;

/// Rows `0..len`, each in or out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mask {
    words: Vec<u64>,
    len: usize,
}

const BITS: usize = u64::BITS as usize;

impl Mask {
    /// No row of `len`.
    pub(super) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(BITS)], len }
    }

    /// All of `len` rows.
    pub(super) fn all(len: usize) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(BITS)];
        if let Some(last) = words.last_mut().filter(|_| !len.is_multiple_of(BITS)) {
            *last >>= BITS - len % BITS;
        }
        Self { words, len }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(super) fn set(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / BITS) {
            *word |= 1 << (row % BITS);
        }
    }

    /// Takes in all rows of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Drops all rows of `other`.
    pub(super) fn remove(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= !theirs);
    }

    /// Drops all rows that `other` does not have.
    pub(super) fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= theirs);
    }

    /// Drops the rows for which `keep` says no; asks for those only that are in.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        for (index, word) in self.words.iter_mut().enumerate() {
            for bit in Bits(*word) {
                if !keep(index * BITS + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Drops the rows whose value in `column` does not pass. Values of rows that are out are tested too, without a
    /// branch, which is faster while most rows are in.
    pub(super) fn retain_column<T: Copy>(&mut self, column: &[T], pass: impl Fn(T) -> bool) {
        for (word, values) in self.words.iter_mut().zip(column.chunks(BITS)) {
            if *word != 0 {
                let passing = values.iter().rev().fold(0u64, |bits, value| bits << 1 | u64::from(pass(*value)));
                *word &= passing;
            }
        }
    }

    /// The rows that are in, rising.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(index, word)| Bits(*word).map(move |bit| index * BITS + bit))
    }

    /// The rows that are in as lines, row 0 being line `first`; `None` when there is none.
    pub(super) fn run(&self, first: LineId) -> Option<Run> {
        Run::of_words(first, &self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_and_out() {
        let mut mask = Mask::all(130);
        assert_eq!((mask.count(), mask.len()), (130, 130));
        let column: Vec<usize> = (0..130).collect();
        mask.retain_column(&column, |value| value % 3 == 0);
        mask.retain(|row| row > 100);
        assert_eq!(mask.rows().collect::<Vec<_>>(), [102, 105, 108, 111, 114, 117, 120, 123, 126, 129]);
        let mut other = Mask::none(130);
        assert!(other.is_empty());
        other.set(105);
        other.set(3);
        let mut both = mask.clone();
        both.intersect(&other);
        assert_eq!(both.rows().collect::<Vec<_>>(), [105]);
        mask.remove(&other);
        assert!(!mask.rows().any(|row| row == 105));
        mask.add(&other);
        assert_eq!(mask.count(), 11);
        assert_eq!(Mask::all(0).count(), 0);
        assert_eq!(Mask::all(64).count(), 64);
    }
}
