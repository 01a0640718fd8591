//! What the text loggers' lines have in common: a head of time, level, logger and a few named parts, then the message.
//!
//! A format cuts its head with a [`Cursor`] and says in a [`Head`] what it found; facts, readings and single fields follow.

use memchr::memmem;

use super::Probe;
use super::tail::Tail;
use crate::model::{Attributes, FormatId, Nanos, Severity, Value};
use crate::parse::pairs::{self, Pair, text_of};
use crate::parse::{Facts, Reading, context};

/// Named parts that a head has at most.
const MAX_PARTS: usize = 8;
/// A part of a head that is longer than this is part of a message.
const MAX_PART: usize = 200;

/// A line that was cut into its head and its message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head<'a> {
    pub(super) time: Option<Nanos>,
    pub(super) severity: Severity,
    /// The level as the line spells it.
    pub(super) level: &'a [u8],
    /// The program or logger.
    pub(super) service: Option<&'a [u8]>,
    /// All that follows the head, further lines included.
    pub(super) message: &'a [u8],
    /// Whether objects of JSON may end the first line of the message; their members are fields. See [`Tail`].
    pub(super) has_tail: bool,
    /// Named parts, those in use first; see [`Head::part`].
    pub(super) parts: [(&'static str, &'a [u8]); MAX_PARTS],
}

impl<'a> Head<'a> {
    /// A head that begins with the line's own stamp, and what follows that.
    #[inline]
    pub(super) fn stamped(probe: &Probe<'a, '_>) -> Option<(Self, Cursor<'a>)> {
        let stamp = probe.stamp()?;
        let rest = probe.line.get(stamp.len..)?;
        Some((Self { time: stamp.time, ..Self::default() }, Cursor { rest }))
    }

    /// Names a part of the head. An empty one is left out.
    #[inline]
    pub(super) fn part(&mut self, key: &'static str, value: &'a [u8]) {
        if let Some(free) = self.parts.iter_mut().find(|(key, _)| key.is_empty()).filter(|_| !value.is_empty()) {
            *free = (key, value);
        }
    }

    /// Names a part of the head unless one of that name is there already.
    pub(super) fn part_once(&mut self, key: &'static str, value: &'a [u8]) {
        if !self.has_part(key) {
            self.part(key, value);
        }
    }

    /// Whether there is a part of that name.
    pub(super) fn has_part(&self, key: &str) -> bool {
        self.parts.iter().any(|(name, _)| *name == key)
    }

    /// Takes `word` as the level if it is one; one letter is none.
    #[inline]
    pub(super) fn level(&mut self, word: &'a [u8]) -> Option<()> {
        self.severity = Severity::from_name(word).filter(|_| word.len() > 1)?;
        self.level = word;
        Some(())
    }

    /// What the store keeps.
    #[inline]
    pub(super) fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        Facts {
            format,
            time: self.time,
            severity: self.severity,
            service: self.service.filter(|name| !name.is_empty()),
            trace_id: ids.trace_id,
            span_id: ids.span_id,
        }
    }

    /// The whole line: the parts and the pairs within the message are its fields.
    pub(super) fn reading(&self, line: &'a [u8], format: FormatId) -> Reading<'a> {
        let mut fields = Attributes::default();
        self.parts().for_each(|pair| pairs::add(&mut fields, &pair));
        let tail = self.tail();
        let members = tail.members().filter(|(key, _)| self.parts().all(|part| part.key != key.as_bytes()));
        members.for_each(|(key, value)| fields.set(key, value));
        pairs::loose(tail.message).for_each(|pair| pairs::add(&mut fields, &pair));
        Reading {
            facts: self.facts(line, format),
            severity_text: text_of(self.level),
            message: text_of(tail.message),
            fields,
        }
    }

    /// One field by its name.
    pub(super) fn field(&self, key: &str) -> Option<Value> {
        let part = self.parts().find(|pair| pair.key == key.as_bytes()).map(|pair| pair.typed());
        let tail = self.tail();
        let behind = || tail.member(key).or_else(|| pairs::loose_field(tail.message, key));
        part.or_else(behind)
    }

    /// The message without the objects that end it.
    fn tail(&self) -> Tail<'a> {
        if self.has_tail { Tail::of(self.message) } else { Tail::none(self.message) }
    }

    fn parts(&self) -> impl Iterator<Item = Pair<'a>> {
        let parts = self.parts.into_iter().take_while(|(key, _)| !key.is_empty());
        parts.map(|(key, value)| Pair { key: key.as_bytes(), value, is_quoted: false })
    }
}

/// A place in a line's head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    /// What is not read yet.
    pub(super) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Passes over blanks and tabs.
    #[inline]
    pub(super) fn blanks(&mut self) {
        let count = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Passes over `mark`, which must come next.
    #[inline]
    pub(super) fn eat(&mut self, mark: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(mark)?;
        Some(())
    }

    /// The bytes up to the next blank, tab or line end; at least one.
    #[inline]
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        let head = self.rest.get(..MAX_PART).unwrap_or(self.rest);
        let len = head.iter().position(u8::is_ascii_whitespace).unwrap_or(head.len());
        self.take(len).filter(|word| !word.is_empty())
    }

    /// What stands before `mark`, which is passed over as well.
    #[inline]
    pub(super) fn until(&mut self, mark: &[u8]) -> Option<&'a [u8]> {
        let head = self.rest.get(..MAX_PART).unwrap_or(self.rest);
        let part = self.take(memmem::find(head, mark)?)?;
        self.eat(mark)?;
        Some(part)
    }

    /// What stands in the brackets that come next; they may hold others.
    #[inline]
    pub(super) fn brackets(&mut self) -> Option<&'a [u8]> {
        self.enclosed(b'[', b']')
    }

    /// What stands in the parentheses that come next; they may hold others.
    #[inline]
    pub(super) fn parentheses(&mut self) -> Option<&'a [u8]> {
        self.enclosed(b'(', b')')
    }

    fn enclosed(&mut self, open: u8, close: u8) -> Option<&'a [u8]> {
        let (_, inner) = self.rest.split_first().filter(|(first, _)| **first == open)?;
        let mut depth = 1_usize;
        let end = inner.iter().take(MAX_PART).position(|byte| {
            depth += usize::from(*byte == open);
            depth -= usize::from(*byte == close);
            depth == 0
        })?;
        self.rest = inner.get(end + 1..)?;
        inner.get(..end)
    }

    /// A number of digits, at least one.
    #[inline]
    pub(super) fn digits(&mut self) -> Option<&'a [u8]> {
        let count = self.rest.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
        self.take(count).filter(|digits| !digits.is_empty())
    }

    #[inline]
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }
}

/// Writes the three readings of a format whose `head` function cuts a line.
macro_rules! headed {
    ($head:path) => {
        #[inline]
        fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
            Some($head(probe)?.facts(probe.line, id))
        }

        fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
            Some($head(probe)?.reading(probe.line, id))
        }

        fn field(&self, line: &[u8], key: &str) -> Option<Value> {
            let hints = crate::parse::time::Hints::default();
            $head(&Probe::new(line, &hints))?.field(key)
        }
    };
}
pub(super) use headed;

/// Asserts what a format makes of lines: service, severity, message, and fields as `key=value` with a blank between.
#[cfg(test)]
pub(super) fn check(name: &str, cases: &[(&str, &str, u8, &str, &str)]) {
    let format = crate::parse::format_by_name(name).unwrap();
    for (line, service, severity, message, fields) in cases {
        let seen = crate::parse::LineParser::new(&crate::parse::ParseOptions::default()).parse(line.as_bytes()).format;
        assert_eq!(crate::parse::format_name(seen), name, "{line}");
        let reading = crate::parse::read(format, line.as_bytes());
        assert_eq!(String::from_utf8_lossy(reading.facts.service.unwrap_or_default()), *service, "{line}");
        assert_eq!(reading.facts.severity.number(), *severity, "{line}");
        assert_eq!(reading.message, *message, "{line}");
        let found: Vec<_> = reading.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(found.join(" "), *fields, "{line}");
    }
}
