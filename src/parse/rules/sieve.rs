//! Whether one of many literals stands in a line: a quick no for nearly every line.
//!
//! Where the shortest literal has `n` bytes, every literal that stands in a line covers one whole block of three bytes that
//! begins at a multiple of `n - 2`. So only these blocks are looked at, in no order that depends on what is found (sampled
//! q-grams, after Fredriksson and Grabowski, "Average-optimal string matching", 2009).

/// The bytes that are looked at together.
const BLOCK: usize = 3;
/// Blocks are told apart by so many bits.
const HASH_BITS: u32 = 14;
const SLOTS: usize = 1 << HASH_BITS;

/// Literals to look for in any case of their ASCII letters.
#[derive(Debug)]
pub(super) struct Sieve {
    /// From one block that is looked at to the next.
    stride: usize,
    /// For each hash of a block one more than the first of its `places`, or 0.
    slots: Box<[u16; SLOTS]>,
    /// Where blocks stand in literals, in the order of their hashes.
    places: Vec<Place>,
    literals: Vec<Vec<u8>>,
}

/// A block of a literal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    hash: usize,
    literal: usize,
    /// Where in the literal the block begins.
    at: usize,
}

impl Sieve {
    /// `None` when a literal is shorter than a block, there is none, or there are more than ten thousand.
    pub(super) fn new<'l>(literals: impl Iterator<Item = &'l str>) -> Option<Self> {
        let literals: Vec<Vec<u8>> = literals.map(|literal| literal.as_bytes().to_vec()).collect();
        let shortest = literals.iter().map(Vec::len).min().filter(|length| *length >= BLOCK)?;
        let stride = shortest - BLOCK + 1;
        let mut places: Vec<Place> = Vec::new();
        for (number, literal) in literals.iter().enumerate() {
            let blocks = literal.windows(BLOCK).take(stride).enumerate();
            places.extend(blocks.filter_map(|(at, block)| Some(Place { hash: hash(block)?, literal: number, at })));
        }
        places.sort_unstable();
        let mut slots: Box<[u16; SLOTS]> = vec![0; SLOTS].into_boxed_slice().try_into().ok()?;
        for (at, place) in places.iter().enumerate().rev() {
            *slots.get_mut(place.hash)? = u16::try_from(at + 1).ok()?;
        }
        Some(Self { stride, slots, places, literals })
    }

    /// Whether one of the literals stands in `line`. Linear in the line for few literals, and far less for most lines.
    #[inline]
    pub(super) fn is_match(&self, line: &[u8]) -> bool {
        let mut at = 0;
        while let Some(block) = line.get(at..at + BLOCK) {
            let first = hash(block).and_then(|hash| self.slots.get(hash)).copied().unwrap_or_default();
            if first > 0 && self.stands_around(line, at, usize::from(first - 1)) {
                return true;
            }
            at += self.stride;
        }
        false
    }

    /// Whether a literal stands around the block at `at`, whose first place has this number.
    #[cold]
    fn stands_around(&self, line: &[u8], at: usize, first: usize) -> bool {
        let places = self.places.get(first..).unwrap_or_default();
        let ours = places.iter().take_while(|place| Some(place.hash) == places.first().map(|place| place.hash));
        ours.into_iter().any(|place| {
            let Some(literal) = self.literals.get(place.literal) else { return false };
            let text = at.checked_sub(place.at).and_then(|start| line.get(start..start + literal.len()));
            text.is_some_and(|text| text.eq_ignore_ascii_case(literal))
        })
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
