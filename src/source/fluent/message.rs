//! A message of the forward protocol: its tag, its events, and what the sender wants to know of it.
//!
//! Protocol: Fluentd's "Forward Protocol Specification v1" (modes Message, Forward, PackedForward and
//! CompressedPackedForward), and what Fluent Bit 2 makes of it: `[time, metadata]` in the place of a time.

use std::borrow::Cow;

use rmpv::ValueRef;
use rmpv::decode::read_value_ref_with_max_depth;

use super::wire::{Broken, MAX_DEPTH};

/// What a message is, apart from its events.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Message<'a> {
    /// What routes it: `app.web`.
    pub(super) tag: String,
    /// Where its events are.
    pub(super) events: Events<'a>,
    /// What the sender calls it and wants to be told when it was taken, as it came.
    pub(super) chunk: Option<ValueRef<'a>>,
}

/// The events of a message.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Events<'a> {
    /// Decoded with the message: each a time and a record.
    Plain(Vec<(ValueRef<'a>, ValueRef<'a>)>),
    /// One behind the other in bytes that are, or are not, compressed.
    Packed(Cow<'a, [u8]>, Packing),
    /// Metrics and traces, which are not read; how many, if it was said.
    Other(u64),
}

/// How packed events are compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    /// Not at all.
    None,
    /// By gzip, in one member or several.
    Gzip,
    /// By zstd, as newer versions can.
    Zstd,
}

/// Why a message can not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// It is no message.
    #[error("what is no message of the forward protocol: {0}")]
    Shape(&'static str),
    /// It is no MessagePack, or too much of it.
    #[error(transparent)]
    Wire(#[from] Broken),
    /// It is not what it says it is compressed by.
    #[error("events that can not be unpacked: {0}")]
    Packed(String),
}

impl<'a> Message<'a> {
    /// Reads the value that a message is; `None` is a heartbeat.
    pub(super) fn of(value: ValueRef<'a>) -> Result<Option<Self>, Unreadable> {
        let parts = match value {
            ValueRef::Nil => return Ok(None),
            ValueRef::Array(parts) => parts,
            _ => return Err(Unreadable::Shape("neither a list nor a heartbeat")),
        };
        let mut parts = parts.into_iter();
        let tag = parts.next().as_ref().and_then(text).ok_or(Unreadable::Shape("a tag is missing"))?;
        let second = parts.next().ok_or(Unreadable::Shape("the events are missing"))?;
        let third = parts.next();
        let (events, option) = match second {
            ValueRef::Array(events) if !is_time(&events) => (Events::Plain(pairs(events)?), third),
            ValueRef::Binary(bytes) => (Events::Packed(bytes.into(), Packing::None), third),
            // Old senders have no other type for bytes.
            ValueRef::String(text) => {
                let bytes = text.into_str().map_or_else(|| text.into_bytes().into(), |text| text.as_bytes().into());
                (Events::Packed(bytes, Packing::None), third)
            }
            time => {
                let record = third.ok_or(Unreadable::Shape("the record is missing"))?;
                (Events::Plain(vec![(time, record)]), parts.next())
            }
        };
        Self { tag, events, chunk: None }.with(option).map(Some)
    }

    fn with(mut self, option: Option<ValueRef<'a>>) -> Result<Self, Unreadable> {
        let Some(ValueRef::Map(options)) = option else { return Ok(self) };
        let mut size = 0;
        for (key, value) in options {
            match text(&key).unwrap_or_default().as_str() {
                "chunk" if value != ValueRef::Nil => self.chunk = Some(value),
                "size" => size = value.as_u64().unwrap_or_default(),
                "compressed" => {
                    let packing = match text(&value).unwrap_or_default().as_str() {
                        "gzip" => Packing::Gzip,
                        "zstd" => Packing::Zstd,
                        "" | "text" => Packing::None,
                        other => return Err(Unreadable::Packed(format!("compressed by `{}`", other.escape_default()))),
                    };
                    if let Events::Packed(_, known) = &mut self.events {
                        *known = packing;
                    }
                }
                "fluent_signal" if value.as_u64().is_some_and(|signal| signal > 0) => {
                    self.events = Events::Other(size);
                }
                _ => {}
            }
        }
        if let Events::Other(count) = &mut self.events {
            *count = (*count).max(size);
        }
        Ok(self)
    }
}

/// Decodes a value that is known to be whole and within limits.
pub(super) fn decoded(mut bytes: &[u8]) -> Result<ValueRef<'_>, Unreadable> {
    // Every text counts as two more levels there.
    read_value_ref_with_max_depth(&mut bytes, 2 * MAX_DEPTH + 4).map_err(|_| Unreadable::Wire(Broken::Unknown))
}

/// An event: a time and a record.
pub(super) fn pair(event: ValueRef<'_>) -> Result<(ValueRef<'_>, ValueRef<'_>), Unreadable> {
    let shape = Unreadable::Shape("an event that is no pair of a time and a record");
    let ValueRef::Array(parts) = event else { return Err(shape) };
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next()) {
        (Some(time), Some(record)) => Ok((time, record)),
        _ => Err(shape),
    }
}

/// Bytes in lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A text, whichever type the sender has for it.
pub(super) fn text(value: &ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::String(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        ValueRef::Binary(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn pairs(events: Vec<ValueRef<'_>>) -> Result<Vec<(ValueRef<'_>, ValueRef<'_>)>, Unreadable> {
    events.into_iter().map(pair).collect()
}

/// Whether a list is a time with metadata, and not events.
fn is_time(list: &[ValueRef<'_>]) -> bool {
    matches!(list, [ValueRef::Integer(_) | ValueRef::Ext(..) | ValueRef::F64(_), ValueRef::Map(_)])
}
