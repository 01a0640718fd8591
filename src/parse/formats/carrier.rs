//! What all carriers share: a header before the line of some program, on every physical line of a record.
//!
//! A record may have been joined from several physical lines, each with its header: pieces of one long line that the
//! carrier had cut, or the lines of a stack trace. The facts are those of the first line, its pieces put together; a
//! reading has all lines without their headers. A line without a header among them is kept as it stands.

use std::borrow::Cow;

use memchr::memchr;

use super::given::{Fields, attributes, find, first_line};
use super::{Probe, escape, inner};
use crate::model::{Attributes, FormatId, Value};
use crate::parse::pairs::text_of;
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, Reading, ansi};

/// The inner line as it stands in the carrier's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text<'a> {
    /// As its program wrote it.
    Plain(&'a [u8]),
    /// With JSON's escapes.
    Escaped(&'a [u8]),
}

/// One physical line of a carrier, taken apart. Its fields are what the carrier says.
pub(super) trait Header<'a>: Fields<'a> + Sized {
    /// Takes the line apart; `None` when it is not the carrier's.
    fn of(probe: &Probe<'a, '_>) -> Option<Self>;
    /// What the header says itself.
    fn facts(&self, id: FormatId) -> Facts<'a>;
    /// The word by which the header spells its own level, if it does.
    fn severity_text(&self) -> &'a [u8] {
        b""
    }
    /// The inner line, plain to the end of the bytes, or the escaped text alone.
    fn text(&self) -> Text<'a>;
    /// Whether the inner line ends with this physical line, or goes on in the next.
    fn is_whole(&self) -> bool {
        true
    }
    /// The facts of header and inner line together.
    #[inline]
    fn join(&self, inner: Facts<'a>, id: FormatId) -> Facts<'a> {
        inner.or_carrier(self.facts(id))
    }
}

/// The facts of a carrier's record.
#[inline]
pub(super) fn scan<'a, H: Header<'a>>(probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
    let header = H::of(probe)?;
    let (line, hints) = (probe.line, probe.hints);
    let inner = if !header.is_whole() && memchr(b'\n', line).is_some() {
        inner::scan(&ansi::strip(&assembled::<H>(line, hints, Extent::FirstLine)), hints).of_original(line)
    } else {
        match header.text() {
            Text::Plain(text) => inner::scan(first_line(text), hints),
            // Terminal sequences may have been escaped as well, and are only seen now.
            Text::Escaped(text) => {
                escape::with_unescaped(text, |text| inner::scan(&ansi::strip(text), hints).of_original(line))
            }
        }
    };
    Some(header.join(inner, id))
}

/// What a carrier's format does beside naming itself: everything follows from its header.
macro_rules! carried {
    ($header:ident) => {
        fn is_carrier(&self) -> bool {
            true
        }

        #[inline]
        fn scan<'a>(
            &self,
            probe: &crate::parse::formats::Probe<'a, '_>,
            id: crate::model::FormatId,
        ) -> Option<crate::parse::Facts<'a>> {
            crate::parse::formats::carrier::scan::<$header<'a>>(probe, id)
        }

        fn read<'a>(
            &self,
            probe: &crate::parse::formats::Probe<'a, '_>,
            id: crate::model::FormatId,
        ) -> Option<crate::parse::Reading<'a>> {
            crate::parse::formats::carrier::read::<$header<'a>>(probe, id)
        }

        fn field(&self, line: &[u8], key: &str) -> Option<crate::model::Value> {
            crate::parse::formats::carrier::field::<$header<'_>>(line, key)
        }
    };
}
pub(super) use carried;

/// A carrier's record taken apart. The carrier's fields come first; of two with one name the inner line's counts.
pub(super) fn read<'a, H: Header<'a>>(probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
    let header = H::of(probe)?;
    let facts = scan::<H>(probe, id)?;
    let reading = match text::<H>(&header, probe) {
        Cow::Borrowed(text) => inner::read(text, probe.hints),
        Cow::Owned(text) => owned(inner::read(&text, probe.hints), probe.line),
    };
    let carried = attributes(&header);
    let fields = [&carried, &reading.fields].into_iter().flat_map(Attributes::iter);
    let fields = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
    // Where the header's own level counts, the words of the inner line are not what spells it.
    let is_inner_level = facts.severity == reading.facts.severity;
    let severity_text = if is_inner_level { reading.severity_text } else { text_of(header.severity_text()) };
    Some(Reading { facts, severity_text, message: reading.message, fields })
}

/// One field of a carrier's record.
pub(super) fn field<'a, H: Header<'a>>(line: &'a [u8], key: &str) -> Option<Value> {
    let hints = Hints::default();
    let probe = Probe::new(line, &hints);
    let header = H::of(&probe)?;
    inner::field(&text::<H>(&header, &probe), key).or_else(|| find(&header, key))
}

/// The inner lines of a whole record, without terminal sequences that were escaped.
fn text<'a, H: Header<'a>>(header: &H, probe: &Probe<'a, '_>) -> Cow<'a, [u8]> {
    match header.text() {
        _ if memchr(b'\n', probe.line).is_some() => {
            without_sequences(assembled::<H>(probe.line, probe.hints, Extent::AllLines))
        }
        Text::Plain(text) => Cow::Borrowed(text),
        Text::Escaped(text) => without_sequences(escape::unescaped(text)),
    }
}

fn without_sequences<'a>(text: Vec<u8>) -> Cow<'a, [u8]> {
    Cow::Owned(if ansi::has_sequences(&text) { ansi::strip(&text).into_owned() } else { text })
}

/// How much of a record is put together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    FirstLine,
    AllLines,
}

/// The inner lines of a record of several physical lines: pieces of one line end to end, lines with line ends between.
fn assembled<'a, H: Header<'a>>(record: &'a [u8], hints: &Hints, extent: Extent) -> Vec<u8> {
    let mut out = Vec::new();
    let mut is_between_lines = false;
    for line in record.split(|byte| *byte == b'\n') {
        if is_between_lines {
            if extent == Extent::FirstLine {
                break;
            }
            out.push(b'\n');
        }
        let header = H::of(&Probe::new(line, hints));
        is_between_lines = header.as_ref().is_none_or(H::is_whole);
        match header.map(|header| header.text()) {
            Some(Text::Plain(text)) => out.extend_from_slice(text),
            Some(Text::Escaped(text)) => out.extend_from_slice(&escape::unescaped(text)),
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// A reading of a text that was put together, as one of the line it was put together from.
fn owned<'a>(reading: Reading<'_>, line: &'a [u8]) -> Reading<'a> {
    Reading {
        facts: reading.facts.of_original(line),
        severity_text: Cow::Owned(reading.severity_text.into_owned()),
        message: Cow::Owned(reading.message.into_owned()),
        fields: reading.fields,
    }
}

/// The time that Docker and Kubernetes put before a line when asked for timestamps, and the line. They write nanoseconds
/// in UTC, all nine digits (Go's `RFC3339NanoFixed`), which programs themselves rarely do.
#[inline]
pub(super) fn split_stamp<'a>(text: &'a [u8], hints: &Hints) -> Option<(crate::model::Nanos, &'a [u8])> {
    const LEN: usize = "2026-03-01T10:00:00.000000001Z".len();
    if text.get(LEN - 1) != Some(&b'Z') || text.get(10) != Some(&b'T') {
        return None;
    }
    let stamp = time::stamp(text, hints).filter(|stamp| stamp.len == LEN)?;
    let rest = text.get(LEN..)?;
    match rest.split_first() {
        None => Some((stamp.time?, rest)),
        Some((b' ', rest)) => Some((stamp.time?, rest)),
        Some(_) => None,
    }
}
