//! One entry of a stream: its id, and its fields as a line.
//!
//! An entry that is nothing but a text in an envelope (`XADD orders * log "level=info …"`) becomes a record of that text with
//! its other fields beside it. Any other is a structured document: one line of JSON, which the ingest reads like any
//! JSON line. Neither loses the time in the id: the server's clock when the entry was added, unless its writer chose ids of
//! his own.

use std::fmt;
use std::sync::Arc;

use redis::Value;
use serde_json::{Map, Value as Json};

use super::texts::Part;
use crate::model::{LogRecord, Nanos, Value as Field};
use crate::source::MAX_LINE_BYTES;

/// Fields whose value is a whole line of a log, under whatever else stands beside it.
const ENVELOPES: &[&str] = &["log", "line", "raw", "data", "payload", "json", "entry", "record"];

/// Fields whose value may be one.
const MESSAGES: &[&str] = &["message", "msg", "body", "text", "event", "value"];

/// Ids before September 2001 count entries instead of milliseconds.
const FIRST_TIME: u64 = 1_000_000_000_000;

/// The id of an entry: compared as two numbers, never as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct Id {
    /// Milliseconds since 1970, or what the writer chose.
    pub(super) millis: u64,
    /// Counts the entries of one millisecond.
    pub(super) number: u64,
}

impl Id {
    /// Reads `1771000000000-1`; an id without its second part means `-0`.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (millis, number) = text.split_once('-').unwrap_or((text, "0"));
        Some(Self { millis: millis.parse().ok()?, number: number.parse().ok()? })
    }

    /// The last id before all those at or after `time`.
    pub(super) fn before(time: Nanos) -> Self {
        let millis = u64::try_from(time / 1_000_000).unwrap_or_default();
        millis.checked_sub(1).map_or_else(Self::default, |millis| Self { millis, number: u64::MAX })
    }

    /// When the entry was added, 0 where the id says no time.
    pub(super) fn time(self) -> Nanos {
        let millis = if self.millis < FIRST_TIME { 0 } else { self.millis };
        i64::try_from(millis).ok().and_then(|millis| millis.checked_mul(1_000_000)).unwrap_or_default()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.number)
    }
}

/// One entry as it came.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    pub(super) id: Id,
    /// In the order of the entry; a name may repeat.
    fields: Vec<(String, Vec<u8>)>,
}

/// What becomes of an entry.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    /// A text of its own with fields beside it.
    Record(Box<LogRecord>),
    /// A document, as one line of JSON.
    Document(Vec<u8>),
}

impl Entry {
    /// Takes `[id, [name, value, …]]` apart; `None` for anything else, and for an entry that was deleted meanwhile.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let Value::Array(parts) = value else { return None };
        let [id, Value::Array(fields)] = parts.as_slice() else { return None };
        let pairs = fields.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((String::from_utf8_lossy(bytes(name)?).into_owned(), bytes(value)?.to_vec())),
            _ => None,
        });
        Some(Self { id: Id::parse(bytes(id)?)?, fields: pairs.collect() })
    }

    /// Makes a record or a line of it.
    pub(super) fn shape(&self, part: &Part) -> Shape {
        match self.text() {
            Some(at) => Shape::Record(Box::new(self.record(at, part))),
            None => Shape::Document(self.document()),
        }
    }

    /// Which field is the whole text, if any.
    fn text(&self) -> Option<usize> {
        let named = |names: &[&str]| {
            self.fields.iter().position(|(name, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known)))
        };
        let is_document = |at: &usize| self.fields.get(*at).is_some_and(|(_, value)| value.starts_with(b"{"));
        match self.fields.len() {
            1 => Some(0),
            _ => named(ENVELOPES).or_else(|| named(MESSAGES).filter(is_document)),
        }
    }

    fn record(&self, text: usize, part: &Part) -> LogRecord {
        let mut record =
            LogRecord { observed_time: self.id.time(), resource: Arc::clone(&part.resource), ..LogRecord::default() };
        record.attributes.set("messaging.message.id", self.id.to_string());
        for (at, (name, value)) in self.fields.iter().enumerate() {
            let value = cut(value, self.fields.len());
            if at == text {
                record.body = Field::Str(value.into_boxed_str());
            } else {
                record.attributes.set(name.as_str(), value.as_str());
            }
        }
        record
    }

    /// The time of the id stands under a name that is asked last, so that a time among the fields is preferred.
    fn document(&self) -> Vec<u8> {
        let mut object = Map::new();
        for (name, value) in &self.fields {
            let value = Json::String(cut(value, self.fields.len()));
            match object.get_mut(name) {
                None => {
                    object.insert(name.clone(), value);
                }
                Some(Json::Array(values)) => values.push(value),
                Some(first) => *first = Json::Array(vec![first.take(), value]),
            }
        }
        let time = self.id.time();
        if time > 0 {
            object.entry("observedTimeUnixNano").or_insert_with(|| Json::String(time.to_string()));
        }
        object.entry("messaging.message.id").or_insert_with(|| Json::String(self.id.to_string()));
        Json::Object(object).to_string().into_bytes()
    }
}

/// The bytes of a text in an answer.
pub(super) fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// `value` as text, cut so that `count` of them make no line that is too long, even where half of it is escaped.
fn cut(value: &[u8], count: usize) -> String {
    let most = MAX_LINE_BYTES / 4 / count.max(1);
    let (kept, rest) = value.split_at_checked(most).unwrap_or((value, b""));
    let text = String::from_utf8_lossy(kept);
    if rest.is_empty() { text.into_owned() } else { format!("{text} …[{} bytes cut]", rest.len()) }
}
