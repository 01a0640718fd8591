//! What text is searched for: a literal or a regex, both in smart case.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::needle::Needle;

/// Bytes that a compiled regex may take. The default of 10 MB takes too long to build at a keystroke.
const REGEX_BYTES: usize = 2 << 20;

/// A literal or a regex.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Literal(Needle),
    Regex {
        regex: Regex,
        /// A literal that is part of every match, if one could be seen: it is found much faster.
        literal: Option<Needle>,
    },
}

impl Pattern {
    /// A literal in smart case.
    pub(super) fn literal(text: &str) -> Self {
        Self::Literal(Needle::smart(text))
    }

    /// A regex in smart case. The error says in one line what is wrong.
    pub(super) fn regex(text: &str) -> Result<Self, String> {
        let any_case = !has_capital(text);
        let regex = RegexBuilder::new(text)
            .case_insensitive(any_case)
            .multi_line(true)
            .size_limit(REGEX_BYTES)
            .dfa_size_limit(REGEX_BYTES)
            .build()
            .map_err(|error| one_line(&error))?;
        // Parsed with case, so that letters stay literals; the needle takes care of the case.
        let hir = regex_syntax::ParserBuilder::new().utf8(false).multi_line(true).build().parse(text).ok();
        let literal = hir.as_ref().and_then(required).filter(|literal| literal.len() > 1);
        let needle = if any_case { Needle::any_case } else { Needle::exact };
        Ok(Self::Regex { regex, literal: literal.map(|text| needle(&text)) })
    }

    /// The first match in `text`.
    pub(super) fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        match self {
            Self::Literal(needle) => needle.find(text),
            Self::Regex { regex, .. } => regex.find(text).map(|found| found.range()),
        }
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        match self {
            Self::Literal(needle) => needle.find(text).is_some(),
            Self::Regex { regex, .. } => regex.is_match(text),
        }
    }

    /// A literal without which there is no match.
    pub(super) fn required(&self) -> Option<&Needle> {
        match self {
            Self::Literal(needle) => Some(needle),
            Self::Regex { literal, .. } => literal.as_ref(),
        }
    }
}

/// Whether a regex has a capital letter that stands for itself: `\W` and `\p{Lu}` do not count.
fn has_capital(regex: &str) -> bool {
    let mut chars = regex.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            if matches!(chars.next(), Some('p' | 'P' | 'x' | 'u' | 'U')) && chars.clone().next() == Some('{') {
                chars.by_ref().find(|c| *c == '}');
            }
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

/// The longest literal that every match contains, as far as can be seen from sequences and groups.
fn required(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(str::to_owned),
        HirKind::Capture(group) => required(&group.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(required).max_by_key(String::len),
        _ => None,
    }
}

/// The last line of the regex crate's drawing of the error says what it is.
fn one_line(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_regex_is_smart() {
        for (regex, text, matches) in [
            ("time.ut", "TIMEOUT", true),
            ("Time.ut", "TIMEOUT", false),
            (r"\W+x\S", " Xa", true),
            ("(?-i)abc", "ABC", false),
            ("^b$", "a\nB\nc", true),
        ] {
            assert_eq!(Pattern::regex(regex).unwrap().is_match(text.as_bytes()), matches, "{regex} {text}");
        }
        assert_eq!(Pattern::regex("a(b").unwrap_err(), "unclosed group");
        assert_eq!(Pattern::regex("(a{1000}){1000}").unwrap_err(), "it is too large");
    }

    #[test]
    fn the_longest_part_that_every_match_has_is_seen() {
        for (regex, literal) in [
            ("timeout after .* ms", Some(14)),
            ("(timeout)+|x", None),
            ("(?:ab|cd) (timeout)+", Some(7)),
            ("a?bc*", None),
            (r"\d+ms", Some(2)),
            ("(?i)abc", None),
        ] {
            let pattern = Pattern::regex(regex).unwrap();
            assert_eq!(pattern.required().map(|needle| needle.text().len()), literal, "{regex}");
        }
    }
}
