//! What the named fields of a line add up to: the best value for each fact, chosen while walking the line once.

use super::context::{self, SpanStyle, TraceStyle};
use super::key::{Meaning, Role};
use super::time::{self, Hints};
use super::{Facts, level};
use crate::model::{FormatId, Nanos, Severity, SpanId, TraceId};

/// A fact chosen from one of several fields, with where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a, T> {
    pub(super) value: T,
    /// The field's own key, without its parents'.
    pub(super) key: &'a [u8],
    /// The text of the field's value as it stands in the line, without quotes.
    pub(super) raw: &'a [u8],
    rank: u8,
}

/// The facts of a line of named fields so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) time: Option<Choice<'a, Nanos>>,
    pub(super) severity: Option<Choice<'a, Severity>>,
    /// How the request that the line tells of ended, as a severity. It stands in for a level and stays a field.
    status: Option<Choice<'a, Severity>>,
    pub(super) message: Option<Choice<'a, Kind>>,
    pub(super) service: Option<Choice<'a, ()>>,
    pub(super) trace_id: Option<Choice<'a, TraceId>>,
    pub(super) span_id: Option<Choice<'a, SpanId>>,
    /// Whether the line is one of a Claude Code transcript.
    pub(super) is_transcript: bool,
    subsecond: Option<Choice<'a, Nanos>>,
}

/// How a value is written. A service is a text, the other facts may be numbers too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A number or another bare word.
    Bare,
    /// A list of the text's bytes as numbers, as journald writes a message that is not plain.
    Bytes,
}

impl<'a> Found<'a> {
    /// Takes in one field that has a meaning. Of several fields with one role the preferred that can be read counts; of
    /// equally preferred ones the last.
    pub(super) fn take(&mut self, meaning: Meaning, key: &'a [u8], raw: &'a [u8], kind: Kind, hints: &Hints) {
        let rank = meaning.rank;
        match meaning.role {
            Role::Time => choose(&mut self.time, rank, key, raw, || time::parse_value(raw, hints)),
            Role::TimeNanos => choose(&mut self.subsecond, rank, key, raw, || nanos_of_second(raw)),
            Role::Level(scale) => choose(&mut self.severity, rank, key, raw, || level::from_value(raw, scale)),
            Role::Status => choose(&mut self.status, rank, key, raw, || severity_of_status(raw)),
            Role::Message => choose(&mut self.message, rank, key, raw, || Some(kind)),
            Role::Service => {
                choose(&mut self.service, rank, key, raw, || (kind == Kind::Text && !raw.is_empty()).then_some(()));
            }
            Role::Trace(style) => self.take_trace(rank, key, raw, style),
            Role::Span(style) => choose(&mut self.span_id, rank, key, raw, || whole_span(raw, style)),
            Role::Session => self.is_transcript = true,
        }
    }

    fn take_trace(&mut self, rank: u8, key: &'a [u8], raw: &'a [u8], style: TraceStyle) {
        let Some(ids) = context::trace_of(raw, style) else { return };
        choose(&mut self.trace_id, rank, key, raw, || ids.trace_id);
        choose(&mut self.span_id, rank, key, raw, || ids.span_id);
    }

    /// The facts. Ids that no field had are looked for in the whole line.
    pub(super) fn facts(&self, format: FormatId, line: &'a [u8]) -> Facts<'a> {
        let keyed_trace = self.trace_id.map(|choice| choice.value);
        let (trace_id, span_id) = if keyed_trace.is_some() {
            (keyed_trace, self.span_id.map(|choice| choice.value))
        } else {
            let ids = context::find(line);
            (ids.trace_id, ids.span_id)
        };
        Facts {
            format,
            time: self.time.map(|choice| choice.value.saturating_add(self.subsecond_of(choice))),
            severity: self.severity.or(self.status).map(|choice| choice.value).unwrap_or_default(),
            service: self.service.map(|choice| choice.raw),
            trace_id,
            span_id,
        }
    }

    /// What another field adds to a time that is whole seconds since 1970.
    fn subsecond_of(&self, time: Choice<'a, Nanos>) -> Nanos {
        let is_whole = time.raw.len() < 12 && time.raw.iter().all(u8::is_ascii_digit);
        self.subsecond.filter(|_| is_whole).map_or(0, |nanos| nanos.value)
    }

    /// The values that the facts and the message were taken from, as they stand in the line. Those that say more than the
    /// fact are left out, such as a path that ends in a trace's id.
    pub(super) fn origins(&self) -> impl Iterator<Item = &'a [u8]> {
        let is_id = |raw: &&[u8]| raw.iter().all(u8::is_ascii_alphanumeric);
        let Self { time, severity, message, service, trace_id, span_id, subsecond, .. } = *self;
        [
            time.map(|choice| choice.raw),
            subsecond.map(|choice| choice.raw),
            severity.map(|choice| choice.raw),
            message.map(|choice| choice.raw),
            service.map(|choice| choice.raw),
            trace_id.map(|choice| choice.raw).filter(is_id),
            span_id.map(|choice| choice.raw).filter(is_id),
        ]
        .into_iter()
        .flatten()
    }
}

/// Replaces the choice so far if this field is at least as much preferred and its value can be read.
#[inline]
fn choose<'a, T>(
    slot: &mut Option<Choice<'a, T>>,
    rank: u8,
    key: &'a [u8],
    raw: &'a [u8],
    read: impl FnOnce() -> Option<T>,
) {
    if slot.as_ref().is_some_and(|choice| choice.rank < rank) {
        return;
    }
    if let Some(value) = read() {
        *slot = Some(Choice { value, key, raw, rank });
    }
}

/// A field that holds a span id holds nothing else.
fn whole_span(raw: &[u8], style: SpanStyle) -> Option<SpanId> {
    raw.iter().all(u8::is_ascii_alphanumeric).then(|| context::span_of(raw, style)).flatten()
}

/// How severe an HTTP status is: a server's error is one, a client's is worth a warning.
fn severity_of_status(digits: &[u8]) -> Option<Severity> {
    match digits {
        [b'5', b'0'..=b'9', b'0'..=b'9'] => Some(Severity::ERROR),
        [b'4', b'0'..=b'9', b'0'..=b'9'] => Some(Severity::WARN),
        [b'1'..=b'3', b'0'..=b'9', b'0'..=b'9'] => Some(Severity::INFO),
        _ => None,
    }
}

fn nanos_of_second(digits: &[u8]) -> Option<Nanos> {
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|nanos| (0..1_000_000_000).contains(nanos))
}
