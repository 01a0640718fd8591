//! A plan run over traces: the same language, asked of a trace at a glance.

use super::attribute::{AttributeTest, ValueTest};
use super::test::{IdTest, NameColumn, Test};
use super::{Node, Plan};
use crate::query::key::Key;
use crate::store::TraceSummary;

impl Plan {
    /// Whether a trace matches. Text is looked for in its service and operation; `status` is `error` or `ok`. A test
    /// of a key that a summary does not have fails.
    pub fn matches_trace(&self, summary: &TraceSummary) -> bool {
        self.root.matches_trace(summary)
    }
}

impl Node {
    fn matches_trace(&self, summary: &TraceSummary) -> bool {
        match self {
            Self::All(all) => all.iter().all(|node| node.matches_trace(summary)),
            Self::Any(any) => any.iter().any(|node| node.matches_trace(summary)),
            Self::Not(inner) => !inner.matches_trace(summary),
            Self::Test(test) => test.matches_trace(summary),
        }
    }
}

impl Test {
    fn matches_trace(&self, summary: &TraceSummary) -> bool {
        match self {
            Self::Name(test) if test.column == NameColumn::Service => test.matches(&summary.service),
            Self::Time(set) => set.contains(summary.start),
            Self::Trace(ids) => ids.iter().any(|test: &IdTest<_>| test.matches(summary.id)),
            Self::Text(pattern) => {
                pattern.is_match(summary.service.as_bytes()) || pattern.is_match(summary.operation.as_bytes())
            }
            Self::Attribute(test) => test.any_of.iter().any(|value| accepts(test, value, summary)),
            Self::Level(_) | Self::Name(_) | Self::Span(_) | Self::Message(_) => false,
        }
    }
}

fn accepts(test: &AttributeTest, value: &ValueTest, summary: &TraceSummary) -> bool {
    match test.key {
        Key::Op => accepts_text(value, &summary.operation),
        Key::Status => accepts_text(value, if summary.errors > 0 { "error" } else { "ok" }),
        #[expect(clippy::cast_precision_loss, reason = "exact for 104 days")]
        Key::Duration => accepts_number(value, summary.duration as f64),
        Key::Spans => accepts_number(value, f64::from(summary.spans)),
        _ => false,
    }
}

fn accepts_text(value: &ValueTest, text: &str) -> bool {
    match value {
        ValueTest::Exists => !text.is_empty(),
        ValueTest::Equals(literal) => literal.is_text(text),
        ValueTest::Glob(glob) => glob.matches(text.as_bytes()),
        ValueTest::Regex(regex) => regex.is_match(text.as_bytes()),
        ValueTest::Between(_) => false,
    }
}

fn accepts_number(value: &ValueTest, number: f64) -> bool {
    match value {
        ValueTest::Exists => true,
        ValueTest::Between(interval) => interval.contains(number),
        ValueTest::Equals(_) | ValueTest::Glob(_) | ValueTest::Regex(_) => false,
    }
}
