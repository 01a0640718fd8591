//! The single tests that a query is made of, and how a line passes one.

use std::ops::RangeInclusive;

use super::attribute::{AttributeTest, any_text};
use super::{FieldReader, Reader};
use crate::model::{FormatId, Nanos, Severity, SpanId, TraceId};
use crate::parse::{Rules, ansi};
use crate::query::glob::Glob;
use crate::query::key::Key;
use crate::query::needle::Needle;
use crate::query::pattern::Pattern;
use crate::store::{Line, Names};

/// The names behind the numbers in a line's columns.
pub(super) struct NameTables<'a> {
    pub(super) services: &'a Names,
    pub(super) sources: &'a Names,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Level(LevelSet),
    Time(TimeSet),
    Name(NameTest),
    Trace(Vec<IdTest<TraceId>>),
    Span(Vec<IdTest<SpanId>>),
    Text(Box<Pattern>),
    Message(MessageTest),
    Attribute(AttributeTest),
}

/// A set of severities: bit n for number n.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct LevelSet(pub(super) u32);

/// Moments in any of some spans of time.
#[derive(Clone, Debug)]
pub(super) struct TimeSet(pub(super) Vec<RangeInclusive<Nanos>>);

/// Which column of names is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NameColumn {
    Service,
    Source,
}

/// A test of a service's or source's name. Names repeat, so a scan asks once for each name ([`super::Bound`]).
#[derive(Clone, Debug)]
pub(super) struct NameTest {
    pub(super) column: NameColumn,
    /// Which of the plan's tests of names this is.
    pub(super) slot: usize,
    pub(super) any_of: Vec<NamePattern>,
}

#[derive(Clone, Debug)]
pub(super) enum NamePattern {
    Exists,
    /// In any case.
    Is(Box<str>),
    Glob(Glob),
    Regex(Box<Pattern>),
}

/// What is asked of a trace's or span's id.
#[derive(Clone, Debug)]
pub(super) enum IdTest<T> {
    Exists,
    Is(T),
    Glob(Glob),
}

/// A test of the message.
#[derive(Clone, Debug)]
pub(super) struct MessageTest {
    pub(super) any_of: Vec<MessagePattern>,
    /// One of these occurs in the bytes of every line of text that matches; empty when nothing is known.
    pub(super) required: Vec<Needle>,
    /// The rules that say what of a line is its message.
    pub(super) rules: Rules,
}

#[derive(Clone, Debug)]
pub(super) enum MessagePattern {
    Exists,
    Contains(Box<Pattern>),
    Glob(Glob),
}

impl Test {
    pub(super) fn cost(&self) -> u8 {
        match self {
            Self::Level(_) | Self::Time(_) | Self::Name(_) => 0,
            Self::Trace(_) | Self::Span(_) => 1,
            Self::Text(pattern) => match **pattern {
                Pattern::Literal(_) => 2,
                Pattern::Regex { ref literal, .. } => 3 + u8::from(literal.is_none()),
            },
            Self::Attribute(test) => 5 + u8::from(test.required.is_empty()),
            Self::Message(test) => 7 + u8::from(test.required.is_empty()),
        }
    }

    pub(super) fn matches(&self, line: &Line<'_>, names: &NameTables<'_>, fields: FieldReader) -> bool {
        match self {
            Self::Name(test) => test.matches(match test.column {
                NameColumn::Service => names.services.get(line.service()),
                NameColumn::Source => names.sources.get(line.source()),
            }),
            other => other.matches_nameless(line, Reader { fields, sources: names.sources }),
        }
    }

    /// As [`Test::matches`], for all tests but those of names.
    pub(super) fn matches_nameless(&self, line: &Line<'_>, reader: Reader<'_>) -> bool {
        match self {
            Self::Level(set) => set.contains(line.severity()),
            Self::Time(set) => set.contains(line.time()),
            Self::Name(_) => false,
            Self::Trace(ids) => line.trace_id().is_some_and(|id| ids.iter().any(|test| test.matches(id))),
            Self::Span(ids) => line.span_id().is_some_and(|id| ids.iter().any(|test| test.matches(id))),
            Self::Text(pattern) => text_matches(pattern, line),
            Self::Message(test) => test.matches(line, reader),
            Self::Attribute(test) => test.matches(line, reader),
        }
    }
}

/// Whether a pattern stands in a line's text, terminal sequences left out, or, of a structured record, in an attribute's
/// key or value.
pub(super) fn text_matches(pattern: &Pattern, line: &Line<'_>) -> bool {
    if pattern.is_match(&ansi::strip(&line.text())) {
        return true;
    }
    // Texts stand in a record's bytes as they are, numbers do not. To look for one there is much faster than to decode.
    let may_stand = |needle: &Needle| needle.fits_a_scalar() || needle.find(&line.raw()).is_some();
    line.format() == FormatId::RECORD
        && pattern.required().is_none_or(may_stand)
        && line.parts().is_some_and(|parts| any_text(&parts.attributes, &|text| pattern.is_match(text.as_bytes())))
}

impl LevelSet {
    pub(super) fn contains(self, severity: Severity) -> bool {
        self.0 >> severity.number() & 1 == 1
    }
}

impl TimeSet {
    pub(super) fn contains(&self, time: Nanos) -> bool {
        self.0.iter().any(|range| range.contains(&time))
    }
}

impl NameTest {
    pub(super) fn matches(&self, name: &str) -> bool {
        self.any_of.iter().any(|pattern| match pattern {
            NamePattern::Exists => !name.is_empty(),
            NamePattern::Is(wanted) => name.eq_ignore_ascii_case(wanted),
            NamePattern::Glob(glob) => glob.matches(name.as_bytes()),
            NamePattern::Regex(regex) => regex.is_match(name.as_bytes()),
        })
    }
}

impl IdTest<TraceId> {
    /// Ids mean one trace when they are equal, or equal in the low half where one side knows only that.
    pub(super) fn matches(&self, id: TraceId) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(wanted) => {
                *wanted == id || ((wanted.is_64_bit() || id.is_64_bit()) && wanted.low64() == id.low64())
            }
            Self::Glob(glob) => glob.matches(id.to_string().as_bytes()),
        }
    }
}

impl IdTest<SpanId> {
    pub(super) fn matches(&self, id: SpanId) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(wanted) => *wanted == id,
            Self::Glob(glob) => glob.matches(id.to_string().as_bytes()),
        }
    }
}

impl MessageTest {
    fn matches(&self, line: &Line<'_>, reader: Reader<'_>) -> bool {
        let text = line.text();
        let text = &*ansi::strip(&text);
        let format = line.text_format();
        if line.format() == FormatId::RECORD && format == FormatId::TEXT {
            return self.accepts(text);
        }
        let possible = self.required.is_empty() || self.required.iter().any(|needle| needle.find(text).is_some());
        if !possible {
            return false;
        }
        let source = reader.sources.get(line.source());
        let told = if self.rules.is_empty() { None } else { self.rules.message(source, text) };
        let message = told.unwrap_or_else(|| (reader.fields.message)(format, text));
        // What a format has unescaped may have brought new sequences.
        self.accepts(&ansi::strip(message.as_bytes()))
    }

    fn accepts(&self, message: &[u8]) -> bool {
        self.any_of.iter().any(|pattern| match pattern {
            MessagePattern::Exists => !message.is_empty(),
            MessagePattern::Contains(pattern) => pattern.is_match(message),
            MessagePattern::Glob(glob) => glob.matches(message),
        })
    }
}

/// The attributes that stand for `key`, the likeliest first, an attribute of that very name last.
pub(super) fn attribute_names(key: Key, written: &str, aliases: &[(String, String)]) -> Vec<String> {
    let aliased = aliases.iter().filter(|(alias, _)| alias == written).map(|(_, attribute)| attribute.clone());
    let mut names: Vec<String> = aliased.chain(key.attributes().iter().map(|name| (*name).to_owned())).collect();
    if !names.iter().any(|name| name == written) {
        names.push(written.to_owned());
    }
    names
}
