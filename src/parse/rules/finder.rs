//! Which of many rules may match a line: one search for the literals of all of them.

use aho_corasick::{AhoCorasick, MatchKind};

use super::rule::Rule;
use super::sieve::Sieve;

/// Looks for the literals of some rules at once.
#[derive(Debug)]
pub(super) struct Finder {
    /// Says no quickly, where it can be asked.
    sieve: Option<Sieve>,
    /// `None` where no rule has a literal.
    literals: Option<AhoCorasick>,
    /// For each literal the place of its rule.
    owners: Vec<usize>,
    /// The places of the rules without a literal.
    always: Vec<usize>,
}

impl Finder {
    /// Should the automaton of the literals be too large, every rule is tried on every line.
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let (mut texts, mut owners, mut always, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (at, rule) in rules.enumerate() {
            all.push(at);
            if rule.literals.is_empty() {
                always.push(at);
            }
            for literal in &rule.literals {
                texts.push(literal.as_str());
                owners.push(at);
            }
        }
        if texts.is_empty() {
            return Self { sieve: None, literals: None, owners, always };
        }
        let sieve = Sieve::new(texts.iter().copied()).filter(|_| always.is_empty());
        let builder = AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(texts);
        match builder {
            Ok(literals) => Self { sieve, literals: Some(literals), owners, always },
            Err(_) => Self { sieve: None, literals: None, owners: Vec::new(), always: all },
        }
    }

    /// Whether any rule may match. Linear in the line, allocates nothing.
    #[inline]
    pub(super) fn may_match(&self, line: &[u8]) -> bool {
        match &self.sieve {
            Some(sieve) => sieve.is_match(line),
            None => !self.always.is_empty() || self.literals.as_ref().is_some_and(|literals| literals.is_match(line)),
        }
    }

    /// The places of the rules that may match, rising.
    pub(super) fn candidates(&self, line: &[u8]) -> Vec<usize> {
        let mut found = self.always.clone();
        if let Some(literals) = &self.literals {
            for hit in literals.find_overlapping_iter(line) {
                let owner = self.owners.get(hit.pattern().as_usize());
                // One literal mostly stands in a line more than once, one after the other.
                found.extend(owner.filter(|owner| found.last() != Some(owner)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
