//! Matches within a stretch of at most 65,536 lines: a bit for each line, or a list of those that match.
//!
//! Whichever is smaller, as in Roaring bitmaps (Chambi, Lemire, Kaser, Godin, "Better bitmap performance with Roaring
//! bitmaps", Software: Practice and Experience 46(5), 2016). A run begins at any line rather than at a multiple of
//! 65,536, so that one run is what one search of one segment found.

use crate::query::bits::Bits;
use crate::store::LineId;

/// Lines that a run spans at most: places within it fit a `u16`.
pub(super) const MAX_SPAN: u64 = 1 << 16;
const BITS: usize = u64::BITS as usize;
/// Words of a run of the largest span.
const MAX_WORDS: usize = 1024;

/// Matching lines that lie near each other; at least one. Never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// What places are counted from.
    base: LineId,
    /// The places of the first and the last match.
    ends: (u16, u16),
    /// At most [`MAX_SPAN`].
    count: u32,
    body: Body,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Body {
    /// Bit n of word m is place 64·m + n.
    Bits(Box<[u64]>),
    /// Rising.
    Places(Box<[u16]>),
}

impl Run {
    /// The matches whose bits are set, bit 0 of the first word being line `base`; `None` when there is none. Words
    /// beyond the largest span are not looked at. O(words).
    pub(in crate::query) fn of_words(base: LineId, words: &[u64]) -> Option<Self> {
        let words = words.get(..MAX_WORDS).unwrap_or(words);
        let used = words.iter().rposition(|word| *word != 0)? + 1;
        let words = words.get(..used)?;
        let count: u32 = words.iter().map(|word| word.count_ones()).sum();
        let places = || places(words).filter_map(|place| u16::try_from(place).ok());
        let ends = (places().next()?, places().next_back()?);
        let is_sparse = count as usize * size_of::<u16>() <= size_of_val(words);
        let body = if is_sparse { Body::Places(places().collect()) } else { Body::Bits(words.into()) };
        Some(Self { base, ends, count, body })
    }

    /// Runs of these lines, which must rise. O(lines).
    pub(super) fn of_rising(ids: impl Iterator<Item = LineId>) -> Vec<Self> {
        let mut runs = Vec::new();
        let mut words: Vec<u64> = Vec::new();
        let mut base = 0;
        for id in ids {
            if id - base >= MAX_SPAN || words.is_empty() {
                runs.extend(Self::of_words(base, &words));
                words.clear();
                base = id;
            }
            let place = usize::try_from(id - base).unwrap_or_default();
            words.resize(words.len().max(place / BITS + 1), 0);
            words[place / BITS] |= 1 << (place % BITS);
        }
        runs.extend(Self::of_words(base, &words));
        runs
    }

    /// The first match.
    pub fn first(&self) -> LineId {
        self.base + u64::from(self.ends.0)
    }

    /// The last match.
    pub fn last(&self) -> LineId {
        self.base + u64::from(self.ends.1)
    }

    /// How many matches, at least one.
    pub fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// Bytes of memory that the matches take.
    pub fn bytes(&self) -> usize {
        let body = match &self.body {
            Body::Bits(words) => size_of_val(&**words),
            Body::Places(places) => size_of_val(&**places),
        };
        size_of::<Self>() + body
    }

    /// How many matches are below `id`. O(log) of a list, O(words) of bits.
    pub(super) fn rank(&self, id: LineId) -> u64 {
        let place = self.place(id);
        let below = match &self.body {
            Body::Places(places) => places.partition_point(|known| usize::from(*known) < place),
            Body::Bits(words) => {
                let (whole, rest) = (place / BITS, place % BITS);
                let ones = |words: &[u64]| words.iter().map(|word| word.count_ones() as usize).sum::<usize>();
                let partial = words.get(whole).map_or(0, |word| word & ((1 << rest) - 1));
                ones(words.get(..whole).unwrap_or(words)) + partial.count_ones() as usize
            }
        };
        below as u64
    }

    /// The match that `rank` others are below. O(1) of a list, O(words) of bits.
    pub(super) fn select(&self, rank: u64) -> Option<LineId> {
        let mut rank = usize::try_from(rank).ok()?;
        let place = match &self.body {
            Body::Places(places) => usize::from(*places.get(rank)?),
            Body::Bits(words) => words.iter().enumerate().find_map(|(at, word)| {
                let ones = word.count_ones() as usize;
                let here = (rank < ones).then(|| Bits(*word).nth(rank)).flatten();
                rank = rank.saturating_sub(ones);
                here.map(|bit| at * BITS + bit)
            })?,
        };
        Some(self.base + place as u64)
    }

    /// All matches, rising.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = LineId> {
        self.between(0, LineId::MAX)
    }

    /// The matches from `start` on and below `end`.
    pub(super) fn between(&self, start: LineId, end: LineId) -> impl DoubleEndedIterator<Item = LineId> {
        let (start, end) = (self.place(start), self.place(end));
        let (words, listed): (&[u64], &[u16]) = match &self.body {
            Body::Bits(words) => (words, &[]),
            Body::Places(places) => (&[], places),
        };
        let at = |limit: usize| listed.partition_point(|place| usize::from(*place) < limit);
        let listed = listed.get(at(start)..at(end)).unwrap_or_default();
        let first = (start / BITS).min(words.len());
        let last = end.div_ceil(BITS).clamp(first, words.len());
        let set = (first..last).flat_map(move |at| {
            let above = if at == start / BITS { u64::MAX << (start % BITS) } else { u64::MAX };
            let below = if at == end / BITS { (1 << (end % BITS)) - 1 } else { u64::MAX };
            Bits(words[at] & above & below).map(move |bit| at * BITS + bit)
        });
        set.chain(listed.iter().map(|place| usize::from(*place))).map(|place| self.base + place as u64)
    }

    /// Where `id` would stand, as far as places go.
    fn place(&self, id: LineId) -> usize {
        usize::try_from(id.saturating_sub(self.base).min(MAX_SPAN)).unwrap_or(usize::MAX)
    }
}

fn places(words: &[u64]) -> impl DoubleEndedIterator<Item = usize> {
    words.iter().enumerate().flat_map(|(at, word)| Bits(*word).map(move |bit| at * BITS + bit))
}
