//! How the fields of a structured log record lie in the arena, behind the text that is shown.
//!
//! The text of a record is its body; what else it carries (attributes, the body's own type, the severity's word,
//! times, flags) follows as a compact tag-and-length encoding that only this file reads and writes. The last four
//! bytes are the length of the text, so that a reader finds the seam.

use crate::model::{Attributes, FormatId, LogRecord, Nanos, Value};

/// A structured record's parts that are neither text nor column.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RecordParts {
    /// When a collector saw it; 0 when nobody said.
    pub observed_time: Nanos,
    /// The sender's own word for the severity.
    pub severity_text: Box<str>,
    /// The body when it is not a text.
    pub body: Option<Value>,
    /// The record's attributes.
    pub attributes: Attributes,
    /// W3C trace flags.
    pub flags: u32,
    /// The event's name, empty when it is none.
    pub event_name: Box<str>,
    /// Of which format the body is, where it is a line of text.
    pub body_format: FormatId,
}

/// Nesting beyond this is cut off when writing: deeper data is an attack, not a log.
const MAX_DEPTH: usize = 64;

/// Appends the text of `record`, its parts and the seam to `arena`.
pub(super) fn write(record: &LogRecord, body_format: FormatId, arena: &mut Vec<u8>) {
    let start = arena.len();
    let body = match &record.body {
        Value::Str(text) => {
            arena.extend_from_slice(text.as_bytes());
            None
        }
        Value::Null => None,
        other => {
            arena.extend_from_slice(other.to_string().as_bytes());
            Some(other)
        }
    };
    let text_len = u32::try_from(arena.len() - start).unwrap_or(u32::MAX);
    arena.push(body_format.0);
    arena.extend_from_slice(&record.observed_time.to_le_bytes());
    arena.extend_from_slice(&record.flags.to_le_bytes());
    put_bytes(arena, record.severity_text.as_bytes());
    put_bytes(arena, record.event_name.as_bytes());
    match body {
        Some(value) => put_value(arena, value, 0),
        None => arena.push(TAG_ABSENT),
    }
    put_map(arena, &record.attributes, 0);
    arena.extend_from_slice(&text_len.to_le_bytes());
}

/// Splits what [`write`] wrote into the text and its parts, still encoded.
pub(super) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((rest, seam)) = bytes.split_last_chunk::<4>() else { return (bytes, &[]) };
    rest.split_at_checked(u32::from_le_bytes(*seam) as usize).unwrap_or((rest, &[]))
}

/// Of which format the body is; the first of the parts that [`split`] found.
pub(super) fn body_format(parts: &[u8]) -> FormatId {
    parts.first().map_or(FormatId::TEXT, |id| FormatId(*id))
}

/// Decodes the parts that [`split`] found. What can not be read is left empty.
pub(super) fn read(parts: &[u8]) -> RecordParts {
    let mut reader = Reader(parts);
    let mut out = RecordParts::default();
    let _complete = reader.parts(&mut out);
    out
}

const TAG_NULL: u8 = 0;
const TAG_STR: u8 = 1;
const TAG_FALSE: u8 = 2;
const TAG_TRUE: u8 = 3;
const TAG_INT: u8 = 4;
const TAG_DOUBLE: u8 = 5;
const TAG_ARRAY: u8 = 6;
const TAG_MAP: u8 = 7;
const TAG_BYTES: u8 = 8;
const TAG_ABSENT: u8 = 9;

fn put_len(out: &mut Vec<u8>, mut len: usize) {
    while len >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
        out.push((len & 0x7f) as u8 | 0x80);
        len >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than 0x80 here")]
    out.push(len as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_len(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_map(out: &mut Vec<u8>, map: &Attributes, depth: usize) {
    put_len(out, map.len());
    for (key, value) in map.iter() {
        put_bytes(out, key.as_bytes());
        put_value(out, value, depth + 1);
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value, depth: usize) {
    match value {
        _ if depth > MAX_DEPTH => {
            out.push(TAG_STR);
            put_bytes(out, "…".as_bytes());
        }
        Value::Null => out.push(TAG_NULL),
        Value::Bool(truth) => out.push(if *truth { TAG_TRUE } else { TAG_FALSE }),
        Value::Str(text) => {
            out.push(TAG_STR);
            put_bytes(out, text.as_bytes());
        }
        Value::Int(number) => {
            out.push(TAG_INT);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Double(number) => {
            out.push(TAG_DOUBLE);
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        Value::Bytes(bytes) => {
            out.push(TAG_BYTES);
            put_bytes(out, bytes);
        }
        Value::Array(items) => {
            out.push(TAG_ARRAY);
            put_len(out, items.len());
            for item in items {
                put_value(out, item, depth + 1);
            }
        }
        Value::Map(map) => {
            out.push(TAG_MAP);
            put_map(out, map, depth);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn parts(&mut self, out: &mut RecordParts) -> Option<()> {
        let [format] = self.fixed()?;
        out.body_format = FormatId(format);
        out.observed_time = i64::from_le_bytes(self.fixed()?);
        out.flags = u32::from_le_bytes(self.fixed()?);
        out.severity_text = self.text()?;
        out.event_name = self.text()?;
        out.body = match self.value()? {
            Tagged::Absent => None,
            Tagged::Value(value) => Some(value),
        };
        out.attributes = self.map()?;
        Some(())
    }

    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn len(&mut self) -> Option<usize> {
        let mut len = 0usize;
        for shift in (0..63).step_by(7) {
            let [byte] = self.fixed()?;
            len |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(len);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&[u8]> {
        let len = self.len()?;
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    fn text(&mut self) -> Option<Box<str>> {
        Some(String::from_utf8_lossy(self.bytes()?).into())
    }

    fn map(&mut self) -> Option<Attributes> {
        let mut map = Attributes::default();
        for _ in 0..self.len()? {
            let key = self.text()?;
            if let Tagged::Value(value) = self.value()? {
                map.set(key, value);
            }
        }
        Some(map)
    }

    fn value(&mut self) -> Option<Tagged> {
        let [tag] = self.fixed()?;
        Some(Tagged::Value(match tag {
            TAG_NULL => Value::Null,
            TAG_STR => Value::Str(self.text()?),
            TAG_FALSE => Value::Bool(false),
            TAG_TRUE => Value::Bool(true),
            TAG_INT => Value::Int(i64::from_le_bytes(self.fixed()?)),
            TAG_DOUBLE => Value::Double(f64::from_bits(u64::from_le_bytes(self.fixed()?))),
            TAG_BYTES => Value::Bytes(self.bytes()?.into()),
            TAG_MAP => Value::Map(self.map()?),
            TAG_ARRAY => {
                let mut items = Vec::new();
                for _ in 0..self.len()? {
                    if let Tagged::Value(item) = self.value()? {
                        items.push(item);
                    }
                }
                Value::Array(items)
            }
            _ => return Some(Tagged::Absent),
        }))
    }
}

enum Tagged {
    Absent,
    Value(Value),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> LogRecord {
        let mut inner = Attributes::default();
        inner.set("deep", Value::Array(vec![Value::Null, Value::Bool(true), Value::Double(1.5)]));
        LogRecord {
            observed_time: 7,
            severity_text: "Warnung".into(),
            body: Value::Map(inner.clone()),
            attributes: [("a", Value::Int(-1)), ("m", Value::Map(inner)), ("b", Value::Bytes([0, 255].into()))]
                .into_iter()
                .collect(),
            flags: 1,
            event_name: "shop.order".into(),
            ..LogRecord::default()
        }
    }

    #[test]
    fn a_record_comes_back_whole() {
        let record = sample();
        let mut arena = b"before".to_vec();
        write(&record, FormatId(3), &mut arena);
        let (text, parts) = split(&arena[6..]);
        assert_eq!(text, br#"{"deep":[null,true,1.5]}"#);
        let parts = read(parts);
        assert_eq!(parts.body, Some(record.body));
        assert_eq!(parts.attributes, record.attributes);
        assert_eq!((parts.observed_time, parts.flags), (7, 1));
        assert_eq!((&*parts.severity_text, &*parts.event_name), ("Warnung", "shop.order"));
    }

    #[test]
    fn cut_and_garbled_parts_never_panic() {
        let mut arena = Vec::new();
        write(&sample(), FormatId::TEXT, &mut arena);
        for end in 0..arena.len() {
            let (_, parts) = split(&arena[..end]);
            let _parts = read(parts);
            let _parts = read(&arena[end..]);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = (0..10_000).fold(Value::Int(1), |inner, _| Value::Array(vec![inner]));
        let mut bytes = Vec::new();
        put_value(&mut bytes, &deep, 0);
        assert!(bytes.len() < 300);
    }
}
