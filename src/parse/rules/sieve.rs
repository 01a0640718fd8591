//! Whether one of many literals stands in a line: a quick no for nearly every line.
//!
//! Wu and Manber's search ("A fast algorithm for multi-pattern searching", TR-94-17, 1994): a window as long as the
//! shortest literal moves over the line, by as much as the last three bytes in it allow. Most bytes are never looked at.

/// The bytes that decide how far the window moves.
const BLOCK: usize = 3;
/// Blocks are told apart by so many bits.
const HASH_BITS: u32 = 14;

/// Literals to look for in any case of their ASCII letters.
#[derive(Debug)]
pub(super) struct Sieve {
    /// The length of the shortest literal.
    window: usize,
    /// For each block how far the window can move; 0 where a literal may end its window with it.
    moves: Box<[u8]>,
    /// The literals, by the block that ends their window.
    literals: Vec<(usize, Vec<u8>)>,
}

impl Sieve {
    /// `None` when a literal is shorter than a block, or there is none.
    pub(super) fn new<'l>(literals: impl Iterator<Item = &'l str>) -> Option<Self> {
        let literals: Vec<&[u8]> = literals.map(str::as_bytes).collect();
        let window = literals.iter().map(|literal| literal.len()).min().filter(|length| *length >= BLOCK)?;
        let farthest = u8::try_from(window - BLOCK + 1).unwrap_or(u8::MAX);
        let mut moves = vec![farthest; 1 << HASH_BITS].into_boxed_slice();
        let mut by_block = Vec::with_capacity(literals.len());
        for literal in literals {
            let head = literal.get(..window)?;
            for (at, block) in head.windows(BLOCK).enumerate() {
                let left = u8::try_from(window - BLOCK - at).unwrap_or(u8::MAX);
                let entry = moves.get_mut(hash(block)?)?;
                *entry = left.min(*entry);
            }
            by_block.push((hash(head.get(window - BLOCK..)?)?, literal.to_vec()));
        }
        by_block.sort_unstable();
        Some(Self { window, moves, literals: by_block })
    }

    /// Whether one of the literals stands in `line`. Linear in the line for few literals, and sublinear for most lines.
    #[inline]
    pub(super) fn is_match(&self, line: &[u8]) -> bool {
        let before = self.window - BLOCK;
        let mut at = before;
        while let Some(block) = line.get(at..at + BLOCK) {
            let Some(hash) = hash(block) else { return true };
            let step = usize::from(self.moves.get(hash).copied().unwrap_or_default());
            if step > 0 {
                at += step;
                continue;
            }
            if self.stands_at(line.get(at - before..).unwrap_or_default(), hash) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Whether `text` begins with a literal whose window ends with the block of this hash.
    fn stands_at(&self, text: &[u8], hash: usize) -> bool {
        let from = self.literals.partition_point(|(block, _)| *block < hash);
        let candidates = self.literals.get(from..).unwrap_or_default().iter().take_while(|(block, _)| *block == hash);
        candidates
            .into_iter()
            .any(|(_, literal)| text.get(..literal.len()).is_some_and(|head| head.eq_ignore_ascii_case(literal)))
    }
}

/// A number for a block, the same for both cases of a letter; `None` for what is none.
#[inline]
fn hash(block: &[u8]) -> Option<usize> {
    let [a, b, c] = *block.first_chunk::<BLOCK>()?;
    let folded = u32::from_le_bytes([a | 0x20, b | 0x20, c | 0x20, 0]);
    // Fibonacci hashing: the upper bits of a product with 2^32 over the golden ratio.
    usize::try_from(folded.wrapping_mul(0x9e37_79b9) >> (u32::BITS - HASH_BITS)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn literals_are_found_wherever_they_stand_and_in_any_case() {
        let sieve = Sieve::new(["refused", "out of memory", "oom"].into_iter()).unwrap();
        for line in ["refused", "Connection REFUSED by", "it is oOm", "oom", "x out of Memory", "ooom"] {
            assert!(sieve.is_match(line.as_bytes()), "{line}");
        }
        for line in ["", "o", "oo", "refuse", "out of memor", "o om", "REFUS ED"] {
            assert!(!sieve.is_match(line.as_bytes()), "{line}");
        }
        assert!(Sieve::new(["ab", "abc"].into_iter()).is_none());
        assert!(Sieve::new(std::iter::empty()).is_none());
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(
            literals in proptest::collection::vec("[ab@`]{3,6}", 1..6),
            line in "[abAB@` ]{0,40}",
        ) {
            let found = Sieve::new(literals.iter().map(String::as_str)).unwrap().is_match(line.as_bytes());
            let lower = line.to_ascii_lowercase();
            prop_assert_eq!(found, literals.iter().any(|literal| lower.contains(literal.as_str())));
        }
    }
}
