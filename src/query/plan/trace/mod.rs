//! A plan run over traces: the same language, asked of a trace by its spans, or of each span by itself.

use std::sync::Arc;

use super::attribute::{AttributeTest, ValueTest, any_text};
use super::test::{NameColumn, Test};
use super::{Node, Plan};
use crate::model::{Nanos, Resource, Scope, Span, SpanIndex};
use crate::query::key::Key;
use crate::query::pattern::Pattern;
use crate::store::TraceSummary;

impl Plan {
    /// Whether a trace matches: whether one of its spans has everything that is asked for. What is negated, no span has.
    /// The trace itself is asked for its id, `time`, `duration` and `spans`, and for `status:ok`, which means that no span
    /// failed; `source` is where it came from. O(spans · parts of the query).
    pub fn matches_trace(&self, summary: &TraceSummary, spans: &[Arc<Span>]) -> bool {
        self.is_empty() || self.root.holds(&self.asked(Subject::Trace, summary, spans)).contains(&true)
    }

    /// Which spans of a trace match, in the order of `spans`. A span matches by itself: `time`, `duration` and `status` are
    /// its own, and what is negated it does not have. `trace`, `spans` and `source` are asked of the trace, which `summary`
    /// is of. O(spans · parts of the query).
    pub fn matching_spans(&self, summary: &TraceSummary, spans: &[Arc<Span>]) -> Vec<bool> {
        if self.is_empty() {
            return vec![true; spans.len()];
        }
        self.root.holds(&self.asked(Subject::Span, summary, spans))
    }

    fn asked<'a>(&self, subject: Subject, summary: &'a TraceSummary, spans: &'a [Arc<Span>]) -> Asked<'a> {
        Asked { subject, summary, spans, index: self.root.asks_for_callers().then(|| SpanIndex::of(spans)) }
    }
}

/// Whether the whole trace is meant, or each span by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Trace,
    Span,
}

/// What is asked.
struct Asked<'a> {
    subject: Subject,
    /// The trace, which the spans belong to.
    summary: &'a TraceSummary,
    spans: &'a [Arc<Span>],
    /// Where the parents of spans are found; made only for a query that asks for callers.
    index: Option<SpanIndex>,
}

impl Asked<'_> {
    /// When what is asked began.
    fn time(&self, span: &Span) -> Nanos {
        if self.subject == Subject::Trace { self.summary.start } else { span.start }
    }

    /// How long it took, in nanoseconds.
    fn duration(&self, span: &Span) -> Nanos {
        if self.subject == Subject::Trace { self.summary.duration } else { span.duration() }
    }

    /// What `status` compares with. Where a trace is asked, a span that did not fail is only fine where none did.
    fn status(&self, span: &Span) -> &'static str {
        match (self.subject, span.is_error(), self.summary.errors) {
            (Subject::Span, ..) => span.status.code.name(),
            (Subject::Trace, true, _) => "error",
            (Subject::Trace, false, 0) => "ok",
            (Subject::Trace, false, _) => "unset",
        }
    }

    /// The service of the parent of the span at `at`; empty where there is no such span.
    fn caller(&self, at: usize) -> &str {
        let parent = |index: &SpanIndex| index.parent_of(u32::try_from(at).ok()?, self.spans);
        let parent = self.index.as_ref().and_then(parent).and_then(|parent| self.spans.get(parent as usize));
        parent.map(|parent| parent.service()).unwrap_or_default()
    }
}

impl Node {
    fn asks_for_callers(&self) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(Self::asks_for_callers),
            Self::Not(inner) => inner.asks_for_callers(),
            Self::Test(test) => matches!(&**test, Test::Attribute(test) if test.key == Key::Caller),
        }
    }

    /// Of which spans it is true.
    fn holds(&self, asked: &Asked<'_>) -> Vec<bool> {
        let count = asked.spans.len();
        let joined = |nodes: &[Self], join: fn(bool, bool) -> bool, empty: bool| {
            nodes.iter().fold(vec![empty; count], |so_far, node| {
                so_far.into_iter().zip(node.holds(asked)).map(|(a, b)| join(a, b)).collect()
            })
        };
        match self {
            Self::All(all) => joined(all, |a, b| a && b, true),
            Self::Any(any) => joined(any, |a, b| a || b, false),
            Self::Not(inner) => {
                let holds = inner.holds(asked);
                match asked.subject {
                    Subject::Trace => vec![!holds.contains(&true); count],
                    Subject::Span => holds.into_iter().map(|holds| !holds).collect(),
                }
            }
            Self::Test(test) => (0..count).map(|at| test.is_true_of(at, asked)).collect(),
        }
    }
}

impl Test {
    fn is_true_of(&self, at: usize, asked: &Asked<'_>) -> bool {
        let Some(span) = asked.spans.get(at) else { return false };
        let summary = asked.summary;
        match self {
            Self::Name(test) => match test.column {
                NameColumn::Service => test.matches(span.service()),
                NameColumn::Source => summary.origins.iter().any(|origin| test.matches(origin)),
            },
            Self::Time(set) => set.contains(asked.time(span)),
            Self::Trace(ids) => ids.iter().any(|test| test.matches(summary.id)),
            Self::Span(ids) => ids.iter().any(|test| test.matches(span.span_id)),
            Self::Text(pattern) => has_text(span, pattern),
            Self::Attribute(test) if test.key == Key::Caller => test.is_text(asked.caller(at)),
            Self::Attribute(test) => test.is_true_of(span, asked),
            Self::Level(_) | Self::Message(_) => false,
        }
    }
}

/// Whether a pattern stands in the span's own texts, or in a key or value of an attribute.
fn has_text(span: &Span, pattern: &Pattern) -> bool {
    let is_match = |text: &str| pattern.is_match(text.as_bytes());
    is_match(span.service())
        || is_match(&span.name)
        || is_match(&span.status.message)
        || any_text(&span.attributes, &is_match)
        || any_text(&span.resource.attributes, &is_match)
        || span.events.iter().any(|event| is_match(&event.name) || any_text(&event.attributes, &is_match))
}

impl AttributeTest {
    /// Whether a text passes that is no attribute.
    fn is_text(&self, text: &str) -> bool {
        self.any_of.iter().any(|value| accepts_text(value, text))
    }

    fn is_true_of(&self, span: &Span, asked: &Asked<'_>) -> bool {
        let any = |accepts: &dyn Fn(&ValueTest) -> bool| self.any_of.iter().any(accepts);
        match self.key {
            Key::Op => any(&|value| accepts_text(value, &span.name)),
            Key::Kind => any(&|value| accepts_text(value, span.kind.name())) || self.is_among(span),
            Key::Status => any(&|value| accepts_text(value, asked.status(span))) || self.is_among(span),
            #[expect(clippy::cast_precision_loss, reason = "exact for 104 days")]
            Key::Duration => any(&|value| accepts_number(value, asked.duration(span) as f64)),
            Key::Spans => any(&|value| accepts_number(value, f64::from(asked.summary.spans))),
            _ => self.is_among(span),
        }
    }

    /// Whether an attribute of the span passes, else of who ran it.
    fn is_among(&self, span: &Span) -> bool {
        let context: (Arc<Resource>, Arc<Scope>) = (Arc::clone(&span.resource), Arc::clone(&span.scope));
        self.passes_in(&span.attributes).or_else(|| self.context_passes(&context)).unwrap_or(false)
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

#[cfg(test)]
mod tests;
