//! Running a rule's examples: it must match them and find what they say, and must not match its misses.

use super::{Diagnostic, Example, RuleBook, RuleEntry};
use crate::model::{Attributes, Value};
use crate::parse::Rules;

/// How the examples of all rules went.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuleCheck {
    /// Rules that were looked at.
    pub rules: usize,
    /// Examples and misses that were run.
    pub examples: usize,
    /// What went wrong, in the order of the rules.
    pub failures: Vec<Diagnostic>,
}

impl RuleBook {
    /// Runs the examples and misses of every rule, each rule by itself.
    pub fn check(&self) -> RuleCheck {
        let mut check = RuleCheck::default();
        for entry in &self.entries {
            check.rules += 1;
            check.examples += entry.examples.len() + entry.misses.len();
            check.failures.extend(entry.check());
        }
        check
    }

    /// The least examples and the least misses that any rule has.
    #[cfg(test)]
    pub(super) fn least(&self) -> (usize, usize) {
        let least = |count: fn(&RuleEntry) -> usize| self.entries.iter().map(count).min().unwrap_or_default();
        (least(|entry| entry.examples.len()), least(|entry| entry.misses.len()))
    }
}

impl RuleEntry {
    fn check(&self) -> Vec<Diagnostic> {
        let mut rules = Rules::default();
        if let Err(error) = rules.push(self.spec.clone(), true) {
            return vec![self.wrong(&error)];
        }
        let name = &self.spec.name;
        let missed = self.misses.iter().filter_map(|(at, line)| {
            let found = rules.everything(line.as_bytes())?;
            let message =
                format!("rule `{name}` matches a line that it should miss: {line}\n    found: {}", told(&found));
            Some(Diagnostic { message, ..at.clone() })
        });
        self.examples.iter().filter_map(|example| example.check(name, &rules)).chain(missed).collect()
    }
}

impl Example {
    fn check(&self, rule: &str, rules: &Rules) -> Option<Diagnostic> {
        let wrong = |what: String| Some(Diagnostic { message: format!("rule `{rule}` {what}"), ..self.at.clone() });
        let Some(found) = rules.everything(self.line.as_bytes()) else {
            return wrong(format!("does not match its example: {}", self.line));
        };
        let differs = |(key, value): &(&std::sync::Arc<str>, &Value)| found.get(key) != Some(*value);
        let different: Attributes =
            self.expected.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect();
        if different.is_empty() {
            return None;
        }
        wrong(format!(
            "finds something else in its example: {}\n    expected: {}\n    found: {}",
            self.line,
            told(&different),
            told(&found)
        ))
    }
}

/// Fields with their values, texts in quotes so that `"1"` and `1` look different.
fn told(fields: &Attributes) -> String {
    let one = |(key, value): (&std::sync::Arc<str>, &Value)| match value {
        Value::Str(text) => format!("{key}={text:?}"),
        other => format!("{key}={other}"),
    };
    fields.iter().map(one).collect::<Vec<_>>().join(" ")
}
