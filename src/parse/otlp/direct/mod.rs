//! Export requests in protobuf straight to the model, without the generated types in between.
//!
//! A third of what a span costs on its way to the store was to allocate keys, ids and lists that were thrown away at once. This
//! reader borrows from the request and allocates what is kept. It reads what senders write; whatever else protobuf allows (a
//! message in two parts, a group), and whatever is broken, it calls [`Stop::Unusual`] and leaves to `prost`, which says what is
//! wrong with it. So both give the same, which the tests hold.
//!
//! A record of two bytes becomes hundreds in memory. So what is made of a request is counted while it is made, and a request
//! that would become more than [`MAX_MADE`] is refused.

mod fields;
mod record;

use std::sync::Arc;

pub(super) use self::fields::Stop;
use self::fields::{Content, Fields, text};
use super::keys::Keys;
use super::{Decoded, MAX_DEPTH, Origin};
use crate::model::{Attributes, Key, LogRecord, Resource, Scope, Span, Value};

/// The bytes of a span that has ids and nothing else.
const LEAST_OF_SPAN: usize = (2 + 16) + (2 + 8);
/// What may be made of one request, in bytes. Requests of senders become two to three times as large as they were, and they are
/// 64 MiB at most.
const MAX_MADE: usize = 512 << 20;

/// Reads an ExportTraceServiceRequest.
pub(super) fn spans(request: &[u8]) -> Result<Decoded, Stop> {
    spans_with(request, &mut Maker::default())
}

fn spans_with(request: &[u8], maker: &mut Maker) -> Result<Decoded, Stop> {
    let mut decoded = Decoded::default();
    groups(request, maker, |records, count, origin, maker| {
        // Not for members too short to be a span.
        let count = count.min(records.len() / LEAST_OF_SPAN);
        maker.room.take::<Span>(count)?;
        decoded.spans.reserve(count);
        each(records, |record| {
            match record::span(record, origin, maker)? {
                Some(span) => decoded.spans.push(span),
                None => decoded.rejected_spans += 1,
            }
            Ok(())
        })
    })?;
    Ok(decoded)
}

/// Reads an ExportLogsServiceRequest.
pub(super) fn logs(request: &[u8]) -> Result<Decoded, Stop> {
    let mut decoded = Decoded::default();
    let mut maker = Maker::default();
    groups(request, &mut maker, |records, count, origin, maker| {
        maker.room.take::<LogRecord>(count)?;
        decoded.logs.reserve(count);
        each(records, |record| {
            decoded.logs.push(record::log(record, origin, maker)?);
            Ok(())
        })
    })?;
    Ok(decoded)
}

/// Goes through the groups of a request, which both signals have alike: a resource with scopes, a scope with records (their
/// field 2). `scope` is given the fields of a scope's group, how many records it has, and who made them.
fn groups(
    request: &[u8],
    maker: &mut Maker,
    mut scope: impl FnMut(Fields<'_>, usize, &Origin, &mut Maker) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut request = Fields::of(request);
    while let Some((number, content)) = request.next()? {
        let group = match (number, content) {
            (1, Content::Bytes(group)) => group,
            (1, _) => return Err(Stop::Unusual),
            _ => continue,
        };
        let group = Fields::of(group);
        let (head, _) = head_and_count(group)?;
        let resource = resource(head, maker)?;
        each(group, |scoped| {
            let records = Fields::of(scoped);
            let (head, count) = head_and_count(records)?;
            let origin = Origin { resource: Arc::clone(&resource), scope: self::scope(head, maker)? };
            scope(records, count, &origin, maker)
        })?;
    }
    Ok(())
}

/// Of a group the message that its members share (field 1, empty where there is none), and how many members (field 2) it has.
fn head_and_count(mut group: Fields<'_>) -> Result<(&[u8], usize), Stop> {
    let (mut head, mut count) = (None, 0);
    while let Some(field) = group.next()? {
        match field {
            (1, Content::Bytes(message)) if head.is_none() => head = Some(message),
            (2, Content::Bytes(_)) => count += 1,
            (3, Content::Bytes(schema_url)) => drop(text(schema_url)?),
            (1..=3, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    Ok((head.unwrap_or_default(), count))
}

/// Hands over each member (field 2) of a group that [`head_and_count`] has found to be sound.
fn each(mut group: Fields<'_>, mut member: impl FnMut(&[u8]) -> Result<(), Stop>) -> Result<(), Stop> {
    while let Some(field) = group.next()? {
        if let (2, Content::Bytes(message)) = field {
            member(message)?;
        }
    }
    Ok(())
}

fn resource(message: &[u8], maker: &mut Maker) -> Result<Arc<Resource>, Stop> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Bytes(pair)) => maker.pair(pair)?,
            (2, Content::Varint(_)) => {}
            (1..=3, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    Ok(Arc::new(Resource { attributes: maker.attributes() }))
}

fn scope(message: &[u8], maker: &mut Maker) -> Result<Arc<Scope>, Stop> {
    let mut fields = Fields::of(message);
    let mut scope = Scope::default();
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Bytes(name)) => scope.name = text(name)?.into(),
            (2, Content::Bytes(version)) => scope.version = text(version)?.into(),
            (3, Content::Bytes(pair)) => maker.pair(pair)?,
            (4, Content::Varint(_)) => {}
            (1..=4, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    scope.attributes = maker.attributes();
    Ok(Arc::new(scope))
}

/// Makes attributes, with what is used again from one record to the next.
#[derive(Default)]
struct Maker {
    keys: Keys,
    /// The keys at each place of the lists before: senders repeat themselves, and comparing costs less than looking up.
    expected: Vec<Key>,
    /// The attributes of the record that is being read; empty in between.
    pairs: Vec<(Key, Value)>,
    room: Room,
}

/// What may still be made of a request, in bytes.
struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MAX_MADE)
    }
}

impl Room {
    /// Takes what `count` of a type need.
    fn take<T>(&mut self, count: usize) -> Result<(), Stop> {
        self.0 = self.0.checked_sub(size_of::<T>().saturating_mul(count)).ok_or(Stop::TooMuch)?;
        Ok(())
    }
}

/// Places of which the key is expected.
const EXPECTED: usize = 64;

impl Maker {
    /// Reads a KeyValue, one more of the attributes that [`Self::attributes`] gives.
    fn pair(&mut self, message: &[u8]) -> Result<(), Stop> {
        let (name, value) = pair(message, 0, &mut self.room)?;
        let place = self.pairs.len();
        let key = match self.expected.get(place) {
            Some(expected) if **expected == *name => Key::clone(expected),
            _ => {
                let key = self.keys.intern(name);
                if let Some(expected) = self.expected.get_mut(place) {
                    *expected = Key::clone(&key);
                } else if place == self.expected.len() && place < EXPECTED {
                    self.expected.push(Key::clone(&key));
                }
                key
            }
        };
        self.pairs.push((key, value));
        Ok(())
    }

    /// The attributes that were read since the last call.
    fn attributes(&mut self) -> Attributes {
        self.pairs.drain(..).collect()
    }
}

/// A KeyValue whose value lies `depth` lists or maps below its record.
fn pair<'a>(message: &'a [u8], depth: usize, room: &mut Room) -> Result<(&'a str, Value), Stop> {
    room.take::<(Key, Value)>(1)?;
    // Before the value is looked for: one that is not there lies too deep as well.
    if depth > MAX_DEPTH {
        return Err(Stop::Unusual);
    }
    let mut fields = Fields::of(message);
    let (mut key, mut found) = ("", None);
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Bytes(name)) => key = text(name)?,
            (2, Content::Bytes(any)) if found.is_none() => found = Some(value(any, depth, room)?),
            // An index into a table of strings means something within profiles only.
            (3, Content::Varint(_)) => {}
            (1..=3, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    Ok((key, found.unwrap_or_default()))
}

/// An AnyValue that lies `depth` lists or maps below its record. What lies too deep is left to the general reader, so the
/// recursion is bounded.
fn value(message: &[u8], depth: usize, room: &mut Room) -> Result<Value, Stop> {
    if depth > MAX_DEPTH {
        return Err(Stop::Unusual);
    }
    let mut fields = Fields::of(message);
    let Some(field) = fields.next()? else { return Ok(Value::Null) };
    if fields.next()?.is_some() {
        return Err(Stop::Unusual);
    }
    Ok(match field {
        (1, Content::Bytes(bytes)) => Value::Str(text(bytes)?.into()),
        (2, Content::Varint(truth)) => Value::Bool(truth != 0),
        (3, Content::Varint(number)) => Value::Int(number.cast_signed()),
        (4, Content::Fixed64(bits)) => Value::Double(f64::from_bits(bits)),
        (5, Content::Bytes(list)) => {
            let mut items = Vec::new();
            members(list, |item| {
                room.take::<Value>(1)?;
                items.push(value(item, depth + 1, room)?);
                Ok(())
            })?;
            Value::Array(items)
        }
        (6, Content::Bytes(map)) => {
            let mut pairs = Vec::new();
            members(map, |item| {
                pairs.push(pair(item, depth + 1, room)?);
                Ok(())
            })?;
            Value::Map(pairs.into_iter().collect())
        }
        (7, Content::Bytes(bytes)) => Value::Bytes(bytes.into()),
        _ => return Err(Stop::Unusual),
    })
}

/// Hands over each member (field 1) of a list of values or pairs.
fn members<'a>(list: &'a [u8], mut member: impl FnMut(&'a [u8]) -> Result<(), Stop>) -> Result<(), Stop> {
    let mut fields = Fields::of(list);
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Bytes(message)) => member(message)?,
            (1, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
