//! What rules tell of a line when it comes: the facts that the store keeps in columns.
//!
//! Only rules with such facts are asked here, and of those without literals only the ones that the user wrote so. A rule
//! that knows but a level is asked only of lines that have none. What is found depends on nothing but the line, so that
//! it is found again when the line is read again.

use std::sync::Arc;

use super::Rules;
use super::rule::{Found, Role, Rule};
use crate::model::{FormatId, Severity};
use crate::parse::Facts;
use crate::parse::context::{self, SpanStyle, TraceStyle};
use crate::parse::level::{self, Scale};
use crate::parse::time::{self, Hints};

/// The rules that are asked of the lines of one source as they come.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::parse) struct IngestRules {
    /// Those that capture facts.
    facts: Option<Rules>,
    /// Those that know nothing but a level.
    levels: Option<Rules>,
}

impl IngestRules {
    pub(in crate::parse) fn new(rules: &Rules) -> Self {
        let some = |rules: Rules| (!rules.is_empty()).then_some(rules);
        Self {
            facts: some(rules.keeping(Rule::has_facts)),
            levels: some(rules.keeping(|rule| !rule.has_facts() && rule.spec.severity.is_some())),
        }
    }

    /// The facts of `line` with what the rules know. On a line of plain text, whose facts are guessed, a rule's word
    /// counts; on others it fills in what is missing.
    #[inline]
    pub(in crate::parse) fn complete<'a>(&self, line: &'a [u8], facts: Facts<'a>, hints: &Hints) -> Facts<'a> {
        let facts = match &self.facts {
            Some(rules) if rules.may_match(line) => captured(rules, line, facts, hints),
            _ => facts,
        };
        match &self.levels {
            Some(rules) if facts.severity == Severity::UNSET && rules.may_match(line) => with_level(rules, line, facts),
            _ => facts,
        }
    }
}

#[cold]
fn captured<'a>(rules: &Rules, line: &'a [u8], mut facts: Facts<'a>, hints: &Hints) -> Facts<'a> {
    let is_guessed = facts.format == FormatId::TEXT;
    rules.each_match(line, &mut |found| {
        let rule = of_match(&found, hints, facts.format);
        facts = if is_guessed { rule.or_carrier(facts) } else { facts.or_carrier(rule) };
    });
    facts
}

#[cold]
fn with_level<'a>(rules: &Rules, line: &'a [u8], mut facts: Facts<'a>) -> Facts<'a> {
    rules.each_match(line, &mut |found| {
        if facts.severity == Severity::UNSET {
            facts.severity = found.rule.spec.severity.unwrap_or_default();
        }
    });
    facts
}

/// The facts that one match gives. Its constant level stands behind a captured one.
fn of_match<'a>(found: &Found<'_, 'a>, hints: &Hints, format: FormatId) -> Facts<'a> {
    let ids = found.fact(Role::Trace).and_then(|raw| context::trace_of(raw, TraceStyle::Plain)).unwrap_or_default();
    let span = || found.fact(Role::Span).and_then(|raw| context::span_of(raw, SpanStyle::Plain));
    let level = found.fact(Role::Level).and_then(|raw| level::from_value(raw, Scale::Usual));
    Facts {
        format,
        time: found.fact(Role::Time).and_then(|raw| time::parse_value(raw, hints)),
        severity: level.or(found.rule.spec.severity).unwrap_or_default(),
        service: found.fact(Role::Service).filter(|name| !name.is_empty()),
        trace_id: ids.trace_id,
        span_id: ids.span_id.or_else(span),
    }
}

impl Rules {
    /// Calls `each` with the match of every rule, in their order.
    fn each_match<'a>(&self, line: &'a [u8], each: &mut dyn FnMut(Found<'_, 'a>)) {
        let rules = Arc::clone(&self.set);
        rules.matches(line).for_each(each);
    }
}
