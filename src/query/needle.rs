//! Finding a literal in many bytes at once, with or without regard to case.
//!
//! A literal whose case counts is left to memchr's memmem. For one whose case does not, the two rarest bytes of the
//! literal are looked for together, block by block, in a loop that the compiler turns into vector instructions on
//! every platform. Measured over 180 MB of log lines (benches/query.rs, a release build) it takes 1.2 times as long as
//! memmem with regard to case; a case-blind regex takes twice as long.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use memchr::memmem;
use regex::bytes::Regex;

/// A literal to find.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    text: Box<str>,
    search: Search,
}

/// Up to so many literals are found faster one after the other.
const FEW: usize = 3;

#[derive(Clone, Debug)]
enum Search {
    Exact(Box<memmem::Finder<'static>>),
    AnyCase(AnyCase),
    /// Several literals of any case, of which one is enough.
    Any(Box<AhoCorasick>),
    /// Beyond ASCII a letter's cases differ in length.
    Unicode(Regex),
}

impl Needle {
    /// A literal in smart case: exact if it has a capital letter, else of any case. An empty one is found everywhere.
    pub(super) fn smart(text: &str) -> Self {
        if text.chars().any(char::is_uppercase) { Self::exact(text) } else { Self::any_case(text) }
    }

    /// A literal whose case counts.
    pub(super) fn exact(text: &str) -> Self {
        let search = Search::Exact(Box::new(memmem::Finder::new(text.as_bytes()).into_owned()));
        Self { text: text.into(), search }
    }

    /// A literal of any case.
    pub(super) fn any_case(text: &str) -> Self {
        if !text.chars().any(char::is_alphabetic) {
            return Self::exact(text);
        }
        if let Some(search) = AnyCase::new(text) {
            return Self { text: text.into(), search: Search::AnyCase(search) };
        }
        match Regex::new(&format!("(?i){}", regex::escape(text))) {
            Ok(regex) => Self { text: text.into(), search: Search::Unicode(regex) },
            Err(_) => Self::exact(text),
        }
    }

    /// What finds any of several literals, in any case of their ASCII letters; `None` for no literal. A few are looked
    /// for one after the other, many at once.
    pub(super) fn any_of(literals: &[&str]) -> Vec<Self> {
        let each = || literals.iter().map(|literal| Self::any_case(literal)).collect();
        if literals.len() <= FEW {
            return each();
        }
        match AhoCorasick::builder().ascii_case_insensitive(true).build(literals) {
            Ok(search) => vec![Self { text: "".into(), search: Search::Any(Box::new(search)) }],
            Err(_) => each(),
        }
    }

    /// The first place in `haystack` where it stands.
    pub(super) fn find(&self, haystack: &[u8]) -> Option<Range<usize>> {
        let start = match &self.search {
            Search::Exact(finder) => finder.find(haystack)?,
            Search::AnyCase(search) => search.find(haystack)?,
            Search::Any(search) => return search.find(haystack).map(|found| found.range()),
            Search::Unicode(regex) => return regex.find(haystack).map(|found| found.range()),
        };
        Some(start..start + self.text.len())
    }

    /// Whether a number or truth value could contain it when written out.
    pub(super) fn fits_a_scalar(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        text.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte))
            || ["true", "false", "nan", "inf", "-inf"].iter().any(|word| word.contains(&text))
    }

    /// The literal as it was given; empty where there are several.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// An ASCII literal of any case.
#[derive(Clone, Debug)]
struct AnyCase {
    lower: Box<[u8]>,
    /// Positions in the literal of its two rarest bytes; the same one twice when it has but one byte.
    rare: [usize; 2],
}

/// Sets the bit that tells the cases of an ASCII letter apart. Joins a few signs too, so a hit is to be confirmed.
const CASE_BIT: u8 = 0x20;
/// Bytes looked at together: four vectors of the smallest common width.
const BLOCK: usize = 64;
/// Bytes of a block looked at one by one once they may hold a match: one vector.
const PART: usize = 16;

impl AnyCase {
    fn new(text: &str) -> Option<Self> {
        if text.is_empty() || !text.is_ascii() {
            return None;
        }
        let lower = text.to_ascii_lowercase().into_bytes();
        let mut by_rarity: Vec<usize> = (0..lower.len()).collect();
        by_rarity.sort_by_key(|at| commonness(lower[*at]));
        let first = by_rarity[0];
        let other = by_rarity.iter().copied().find(|at| lower[*at] != lower[first]);
        Some(Self { rare: [first, other.unwrap_or(*by_rarity.last()?)], lower: lower.into() })
    }

    fn find(&self, haystack: &[u8]) -> Option<usize> {
        let starts = (haystack.len() + 1).checked_sub(self.lower.len())?;
        let [one, two] = self.rare;
        let (ones, twos) = (haystack.get(one..one + starts)?, haystack.get(two..two + starts)?);
        let wanted = [self.lower[one] | CASE_BIT, self.lower[two] | CASE_BIT];
        let (one_blocks, one_rest) = ones.as_chunks::<BLOCK>();
        let (two_blocks, two_rest) = twos.as_chunks::<BLOCK>();
        for (block, (ones, twos)) in one_blocks.iter().zip(two_blocks).enumerate() {
            if any_candidate(ones, twos, wanted)
                && let Some(at) = self.confirm_block(haystack, block * BLOCK, ones, twos, wanted)
            {
                return Some(at);
            }
        }
        self.confirm(haystack, one_blocks.len() * BLOCK, one_rest, two_rest, wanted)
    }

    /// As [`AnyCase::confirm`], after leaving out the parts without a candidate: one byte at a time is slow.
    fn confirm_block(
        &self,
        haystack: &[u8],
        base: usize,
        ones: &[u8; BLOCK],
        twos: &[u8; BLOCK],
        wanted: [u8; 2],
    ) -> Option<usize> {
        let parts = ones.as_chunks::<PART>().0.iter().zip(twos.as_chunks::<PART>().0).enumerate();
        parts
            .filter(|(_, (ones, twos))| any_candidate(ones, twos, wanted))
            .find_map(|(part, (ones, twos))| self.confirm(haystack, base + part * PART, ones, twos, wanted))
    }

    /// The first start at or after `base` where the whole literal stands.
    fn confirm(&self, haystack: &[u8], base: usize, ones: &[u8], twos: &[u8], wanted: [u8; 2]) -> Option<usize> {
        ones.iter().zip(twos).enumerate().find_map(|(index, (one, two))| {
            let at = base + index;
            let candidate = one | CASE_BIT == wanted[0] && two | CASE_BIT == wanted[1];
            let whole = candidate && haystack.get(at..at + self.lower.len())?.eq_ignore_ascii_case(&self.lower);
            whole.then_some(at)
        })
    }
}

/// Whether both bytes stand at the same index of their blocks. No branch inside, so that it becomes vector code.
#[inline]
fn any_candidate<const N: usize>(ones: &[u8; N], twos: &[u8; N], wanted: [u8; 2]) -> bool {
    let mut found = 0u8;
    for (one, two) in ones.iter().zip(twos) {
        found |= u8::from(one | CASE_BIT == wanted[0]) & u8::from(two | CASE_BIT == wanted[1]);
    }
    found != 0
}

/// How common a byte is in log lines, roughly: letters by their frequency in English, digits and blanks above them.
fn commonness(byte: u8) -> usize {
    const RISING: &[u8] = b"zqjxkvbywgpfmucdlhrsnioate";
    match byte {
        b' ' | b'0'..=b'9' => 100,
        b'.' | b':' | b'-' | b'"' | b'=' | b'/' | b',' | b'_' => 60,
        _ => RISING.iter().position(|letter| *letter == byte).map_or(0, |rank| 20 + rank),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_is_smart() {
        for (needle, text, found) in [
            ("timeout", "a TimeOut here", Some(2..9)),
            ("Timeout", "a timeout here", None),
            ("Timeout", "a Timeout here", Some(2..9)),
            ("straße", "STRAßE", Some(0..7)),
            ("été", "en ÉTÉ", Some(3..8)),
            ("500", "x500", Some(1..4)),
            ("[a]", "{A} [A]", Some(4..7)),
            ("x", "aX", Some(1..2)),
        ] {
            assert_eq!(Needle::smart(needle).find(text.as_bytes()), found, "{needle} in {text}");
        }
        assert!(Needle::smart("50").fits_a_scalar() && Needle::smart("rue").fits_a_scalar());
        assert!(!Needle::smart("50ms").fits_a_scalar());
    }

    proptest! {
        #[test]
        fn any_case_finds_what_a_plain_loop_finds(
            text in proptest::collection::vec(prop::sample::select(b"aAbB@` \xff[{".to_vec()), 0..300),
            needle in "[ab@` \\[]{1,4}",
        ) {
            let plain = text.windows(needle.len()).position(|at| at.eq_ignore_ascii_case(needle.as_bytes()));
            prop_assert_eq!(Needle::any_case(&needle).find(&text).map(|found| found.start), plain);
        }
    }
}
