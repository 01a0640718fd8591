//! The positions of the bits that are set in a word, in either direction.

/// Yields positions `0..64`, rising; from the back, falling.
#[derive(Clone, Debug)]
pub(super) struct Bits(pub(super) u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

impl DoubleEndedIterator for Bits {
    fn next_back(&mut self) -> Option<usize> {
        let bit = self.0.checked_ilog2()?;
        self.0 ^= 1 << bit;
        Some(bit as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_from_both_ends() {
        let word = 1 | 1 << 7 | 1 << 63;
        assert_eq!(Bits(word).collect::<Vec<_>>(), [0, 7, 63]);
        assert_eq!(Bits(word).rev().collect::<Vec<_>>(), [63, 7, 0]);
        let mut both = Bits(word);
        assert_eq!((both.next(), both.next_back(), both.next(), both.next_back()), (Some(0), Some(63), Some(7), None));
    }
}
