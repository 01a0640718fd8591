//! The rules that are in force: those of the user's files, and the packs that come with the program.
//!
//! Owns how rules are written down (TOML, see docs/RULES.md), which packs there are, and running the examples of each
//! rule. What a rule means is said by [`crate::parse::rules`].

mod check;
mod raw;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::check::RuleCheck;
pub(super) use self::raw::{RawFile, RawRule, RawRules};
use super::ConfigError;
use super::diagnostic::{Diagnostic, unknown};
use crate::model::Attributes;
use crate::parse::Rules;
use crate::parse::rules::{RuleError, RuleSpec};

/// The packs of rules that are built in, in the order in which they are asked. A pack is a file in `rules/` and a line here.
pub const PACKS: &[(&str, &str)] = &[
    ("claude-code", include_str!("../../../rules/claude-code.toml")),
    ("kubernetes", include_str!("../../../rules/kubernetes.toml")),
    ("terraform", include_str!("../../../rules/terraform.toml")),
    ("errors", include_str!("../../../rules/errors.toml")),
];

/// The built-in packs that are in force, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packs(pub Vec<String>);

/// All rules of a configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleBook {
    /// The user's own first, then those of the packs.
    entries: Vec<RuleEntry>,
    rules: Rules,
}

/// A rule with its places in the file that it was read from.
#[derive(Clone, PartialEq, Debug)]
struct RuleEntry {
    /// Where its name stands.
    at: Diagnostic,
    /// Where its pattern stands.
    pattern_at: Diagnostic,
    spec: RuleSpec,
    examples: Vec<Example>,
    /// Lines that it must not match.
    misses: Vec<(Diagnostic, String)>,
}

/// A line that a rule must match, and fields that it must find there.
#[derive(Clone, PartialEq, Debug)]
struct Example {
    at: Diagnostic,
    line: String,
    expected: Attributes,
}

/// The rules of one of the user's files.
pub(super) struct Written<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) rules: Vec<RawRule>,
}

impl Default for Packs {
    fn default() -> Self {
        Self(PACKS.iter().map(|(name, _)| (*name).to_owned()).collect())
    }
}

impl fmt::Display for Packs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("none") } else { f.write_str(&self.0.join(",")) }
    }
}

impl RuleBook {
    /// The rules of the user's files before those of the packs. One of the user's that is called like one of a pack stands
    /// in its place.
    pub(super) fn new(written: Vec<Written<'_>>, packs: &Packs) -> Result<Self, ConfigError> {
        let mut book = Self { entries: Vec::new(), rules: Rules::default() };
        for Written { file, text, rules } in written {
            for rule in rules {
                book.add(rule.entry(file, text)?, true)?;
            }
        }
        let own = book.entries.len();
        for (name, text) in PACKS.iter().filter(|(name, _)| packs.0.iter().any(|pack| pack == name)) {
            let file = format!("rules/{name}.toml (built in)");
            let RawFile { rule: rules } = super::raw::parse(&file, text)?;
            for rule in rules {
                let entry = rule.entry(&file, text)?;
                if !book.entries.iter().take(own).any(|known| known.spec.name == entry.spec.name) {
                    book.add(entry, false)?;
                }
            }
        }
        Ok(book)
    }

    /// The rules, ready to be asked.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    fn add(&mut self, entry: RuleEntry, is_checked: bool) -> Result<(), ConfigError> {
        let name = &entry.spec.name;
        if let Some(known) = self.entries.iter().find(|known| known.spec.name == *name) {
            let message = format!("there are two rules `{name}`; the first stands in {}", known.place());
            return Err(ConfigError::File(Diagnostic { message, ..entry.at }));
        }
        self.rules.push(entry.spec.clone(), is_checked).map_err(|error| ConfigError::File(entry.wrong(&error)))?;
        self.entries.push(entry);
        Ok(())
    }
}

impl RuleEntry {
    /// `rules/own.toml:12`.
    fn place(&self) -> String {
        format!("{}:{}", self.at.file, self.at.line)
    }

    fn wrong(&self, error: &RuleError) -> Diagnostic {
        let message = format!("rule `{}`: {error}", self.spec.name);
        match error {
            RuleError::Pattern(_) | RuleError::Empty | RuleError::Captures => {
                Diagnostic { message, ..self.pattern_at.clone() }
            }
            RuleError::Source(..) | RuleError::Text(_) => Diagnostic { message, ..self.at.clone() },
        }
    }
}

/// The packs that a config file names.
pub(super) fn packs(raw: &RawRules, file: &str, text: &str) -> Result<Option<Packs>, ConfigError> {
    let Some(named) = &raw.packs else { return Ok(None) };
    let known = |name: &str| PACKS.iter().any(|(known, _)| *known == name);
    if let Some(wrong) = named.iter().find(|name| !known(name.get_ref())) {
        let message = format!("rules.packs: {}", unknown("pack", wrong.get_ref(), PACKS.iter().map(|(name, _)| *name)));
        return Err(ConfigError::File(Diagnostic::at(file, text, wrong.span().start, message)));
    }
    Ok(Some(Packs(named.iter().map(|name| name.get_ref().clone()).collect())))
}
