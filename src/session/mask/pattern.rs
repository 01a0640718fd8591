//! The patterns of secrets that are known by their own form, and the running of all patterns over a text.

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::json::Strings;
use super::{Secret, field};
use crate::session::SessionError;

/// Kinds of secrets: what tells them, and what a match must pass beyond its pattern. The first group, or the whole
/// match where there is none, is the secret. Sources: RFC 6750 and 7617 (authorization), RFC 7519 (JWT), RFC 7468
/// (key blocks), ISO/IEC 7812 (card numbers), and the vendors' own pages for the prefixes of their keys.
pub(super) const BUILT_IN: [(&str, Check); 7] = [
    (field::PATTERN, Check::Field),
    (r"(?i)\b(?:bearer|basic)[ \t]+([a-z0-9\-._~+/]{8,}=*)", Check::Opaque),
    (r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,3}", Check::None),
    (
        concat!(
            r"\b(?:(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA)[A-Z0-9]{16}|gh[opsur]_[A-Za-z0-9]{36,}|",
            r"github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{35}|",
            r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[\w-]{32,})\b",
        ),
        Check::None,
    ),
    (
        concat!(
            r#"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----([^"]*?)"#,
            r#"(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|"|\z)"#
        ),
        Check::None,
    ),
    (r#"://[^\s/:@"'\\]*:([^\s/@"'\\]+)@"#, Check::None),
    (r"\b[2-6][0-9](?:[ -]?[0-9]){11,17}\b", Check::Card),
];

/// What a match must pass beyond its pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Check {
    /// Nothing.
    None,
    /// It must not read like a word.
    Opaque,
    /// It is the name of a field; the value behind it is the secret.
    Field,
    /// It must have the length, beginning and check digit of a card number.
    Card,
}

/// Memory that a user's pattern may compile to.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// All patterns: together, to see at once which match at all, and one by one.
#[derive(Debug)]
pub(super) struct Patterns {
    any: RegexSet,
    each: Vec<(Regex, Check)>,
}

impl Patterns {
    /// The built-in patterns and `extra` ones.
    pub(super) fn new(extra: &[String]) -> Result<Self, SessionError> {
        let wrong = |pattern: &str| {
            let pattern = pattern.to_owned();
            move |source| SessionError::Pattern { pattern, source }
        };
        let built_in = BUILT_IN.iter().map(|(pattern, check)| (format!("(?-u){pattern}"), *check));
        let all: Vec<_> = built_in.chain(extra.iter().map(|pattern| (pattern.clone(), Check::None))).collect();
        let compile = |(pattern, check): &(String, Check)| {
            let regex = RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build();
            Ok((regex.map_err(wrong(pattern))?, *check))
        };
        let each = all.iter().map(compile).collect::<Result<_, _>>()?;
        let set = RegexSetBuilder::new(all.iter().map(|(pattern, _)| pattern));
        let any = { set }.size_limit(MAX_PATTERN_BYTES * (1 + extra.len())).build().map_err(wrong("(all)"))?;
        Ok(Self { any, each })
    }

    /// The secrets in `text`, in no particular order.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Secret> {
        let mut found = Vec::new();
        for at in &self.any.matches(text) {
            let (regex, check) = &self.each[at];
            match check {
                Check::Field => field::find(regex, text, &mut found),
                Check::Card => cards(regex, text, &mut found),
                Check::None | Check::Opaque => plain(regex, *check, text, &mut found),
            }
        }
        found
    }
}

fn plain(regex: &Regex, check: Check, text: &[u8], found: &mut Vec<Secret>) {
    for captures in regex.captures_iter(text) {
        let Some(secret) = captures.get(1).or_else(|| captures.get(0)) else { continue };
        if !secret.is_empty() && (check != Check::Opaque || is_opaque(secret.as_bytes())) {
            found.push(Secret { range: secret.range(), quote: 0..0 });
        }
    }
}

/// Whether `text` looks made by a machine: long, or with digits, padding or capitals within.
pub(super) fn is_opaque(text: &[u8]) -> bool {
    let odd = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'=';
    text.len() >= 24 || text.len() >= 8 && text.iter().skip(1).any(odd)
}

fn cards(regex: &Regex, text: &[u8], found: &mut Vec<Secret>) {
    let mut strings = Strings::new(text);
    for number in regex.find_iter(text) {
        let range = number.range();
        let before = range.start.checked_sub(1).map(|at| text[at]);
        let after = text.get(range.end..).unwrap_or_default();
        let is_part = matches!(before, Some(b'.' | b'-' | b'+'))
            || matches!(after, [b'-', ..])
            || matches!(after, [b'.', digit, ..] if digit.is_ascii_digit());
        if is_part || !is_card(number.as_bytes()) {
            continue;
        }
        // A bare number in JSON becomes a text, for which any opening quote before it will do.
        let quote = strings.is_syntax(range.start).then(|| text.iter().position(|byte| *byte == b'"')).flatten();
        found.push(Secret { range, quote: quote.map_or(0..0, |at| at..at + 1) });
    }
}

/// Whether the digits are a card's: 13 to 19 of them, an issuer's first digits, and Luhn's check digit.
fn is_card(number: &[u8]) -> bool {
    let digits: Vec<u8> = number.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
    let is_issued = matches!(digits[..], [4 | 6, ..] | [5, 1..=5, ..] | [2, 2..=7, ..] | [3, 0 | 4..=8, ..]);
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match u32::from(*digit) {
            digit if place % 2 == 0 => digit,
            digit => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    (13..=19).contains(&digits.len()) && is_issued && sum.is_multiple_of(10)
}
