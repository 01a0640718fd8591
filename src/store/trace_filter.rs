//! Whether a segment may hold lines of a trace: a Bloom filter over the low halves of its trace ids.
//!
//! Sixteen bits an entry and four probes make about one segment in four hundred a false hit, which costs a pass over it.
//! (Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 1970: with m/n = 16 and k = 4 the rate is
//! (1 - e^(-4/16))⁴ ≈ 0.24 %.)

use crate::model::TraceId;

/// Bits for each entry.
const BITS: usize = 16;

/// A set of trace ids that may answer yes wrongly, never no.
#[derive(Clone, Debug, Default)]
pub(super) struct TraceFilter {
    /// Empty without any id; else a power of two of words.
    words: Vec<u64>,
}

impl TraceFilter {
    /// A filter of these ids. O(ids).
    pub(super) fn of(ids: impl ExactSizeIterator<Item = TraceId>) -> Self {
        if ids.len() == 0 {
            return Self::default();
        }
        let words = (ids.len() * BITS / 64).next_power_of_two();
        let mut filter = Self { words: vec![0; words] };
        for id in ids {
            for (word, bit) in filter.probes(id) {
                filter.words[word] |= bit;
            }
        }
        filter
    }

    /// Whether `id`, or one with the same low half, may be among them.
    pub(super) fn may_hold(&self, id: TraceId) -> bool {
        !self.words.is_empty() && self.probes(id).iter().all(|(word, bit)| self.words[*word] & bit != 0)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    /// The places of the four bits of an id. Ids are random, but not all of their bits always are: they are mixed
    /// first (the finaliser of SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
    #[expect(clippy::cast_possible_truncation, reason = "masked to the number of bits")]
    fn probes(&self, id: TraceId) -> [(usize, u64); 4] {
        let mut hash = id.low64().wrapping_add(0x9e37_79b9_7f4a_7c15);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^= hash >> 31;
        let mask = self.words.len() * 64 - 1;
        // Double hashing: Kirsch, Mitzenmacher, "Less hashing, same performance", ESA 2006.
        let (first, step) = (hash as usize, (hash >> 32) as usize | 1);
        [0, 1, 2, 3]
            .map(|probe: usize| first.wrapping_add(step.wrapping_mul(probe)) & mask)
            .map(|at| (at / 64, 1 << (at % 64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_says_no_wrongly_and_seldom_yes() {
        let id = |n: u64| TraceId::from_low64(n * 7919 + 1).unwrap();
        let filter = TraceFilter::of((0..10_000).map(id).collect::<Vec<_>>().into_iter());
        assert!((0..10_000).all(|n| filter.may_hold(id(n))));
        let wrong = (10_000..20_000).filter(|n| filter.may_hold(id(*n))).count();
        assert!(wrong < 100, "{wrong} of 10,000");
        assert!(!TraceFilter::default().may_hold(id(1)));
        assert!(TraceFilter::of(std::iter::once(id(5)).collect::<Vec<_>>().into_iter()).may_hold(id(5)));
    }
}
