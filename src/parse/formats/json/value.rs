//! The cold half: values with their types, for the screen and for filters on fields.

use super::cursor::{Cursor, Raw};
use super::text::unescape;
use crate::model::{Attributes, Value};
use crate::parse::key::{self, Role};
use crate::parse::pairs;

/// Objects nested deeper stay text.
pub(in crate::parse::formats) const MAX_DEPTH: usize = 32;
/// Members of one object beyond this are left out of a reading; setting one is linear in those before it. The line
/// itself still shows them.
const MAX_MEMBERS: usize = 1000;

/// All members of `object` as typed fields, but for `origins`, values that already were taken for facts. And
/// what follows the object, or the place from which on it is none.
pub(in crate::parse::formats) fn fields<'a>(object: &'a [u8], origins: &[&[u8]]) -> (Attributes, &'a [u8]) {
    let taken = taken(object, origins);
    let mut fields = Attributes::default();
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    let mut member = cursor;
    while let Some(key) = cursor.key() {
        let is_origin = taken.contains(&key);
        let Some(raw) = cursor.value() else {
            let cut = cut_value(&cursor);
            if !cut.is_empty() && !is_origin {
                fields.set(&*unescape(key), &*unescape(cut));
            }
            member.take(b',');
            return (fields, if cut.is_empty() { member.rest() } else { b"" });
        };
        member = cursor;
        if fields.len() >= MAX_MEMBERS || is_origin {
            continue;
        }
        let value = typed(raw, origins, MAX_DEPTH);
        let is_emptied = matches!(&value, Value::Map(map) if map.is_empty()) && raw.bytes().len() > 2;
        if !is_emptied {
            fields.set(&*unescape(key), value);
        }
    }
    cursor.take(b'}');
    (fields, cursor.rest())
}

/// The keys of `object` whose values were taken for facts, though not those of nested objects. All members of such a key
/// are meant, for of a repeated one the last counts.
fn taken<'a>(object: &'a [u8], origins: &[&[u8]]) -> Vec<&'a [u8]> {
    let mut keys = Vec::new();
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        let raw = cursor.value();
        let bytes = raw.map_or_else(|| cut_value(&cursor), Raw::bytes);
        if origins.iter().any(|origin| std::ptr::eq(*origin, bytes)) {
            keys.push(key);
        }
        if raw.is_none() {
            break;
        }
    }
    keys
}

/// The beginning of the message of a line that was cut within it.
pub(super) fn cut_message(object: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        if cursor.value().is_none() {
            let is_message = key::meaning(key).is_some_and(|meaning| meaning.role == Role::Message);
            return is_message.then(|| cut_value(&cursor));
        }
    }
    None
}

/// What there is of a value whose end is missing.
fn cut_value<'a>(cursor: &Cursor<'a>) -> &'a [u8] {
    let rest = cursor.rest();
    rest.strip_prefix(b"\"").unwrap_or(rest)
}

/// The value of the member called `key` or reached by it as a dotted path; the last one of several.
pub(in crate::parse::formats) fn member(object: &[u8], key: &[u8], depth: usize) -> Option<Value> {
    let mut cursor = Cursor::new(object);
    let mut found = None;
    cursor.take(b'{');
    while let Some(name) = cursor.key() {
        let Some(raw) = cursor.value() else { break };
        if is_named(name, key) {
            found = Some(typed(raw, &[], depth));
        } else if let (Raw::Composite(inner @ [b'{', ..]), Some(rest)) = (raw, below(key, name)) {
            found = depth.checked_sub(1).and_then(|depth| member(inner, rest, depth)).or(found);
        }
    }
    found
}

/// The last member of `object` called `key`, as it stands there.
pub(super) fn last_member<'a>(object: &'a [u8], key: &[u8]) -> Option<Raw<'a>> {
    let mut cursor = Cursor::new(object);
    let mut found = None;
    cursor.take(b'{');
    while let Some(name) = cursor.key() {
        let Some(raw) = cursor.value() else { break };
        found = if name == key { Some(raw) } else { found };
    }
    found
}

/// Whether the member `name` is asked for by `key`. A name that begins with `@@` is CLEF's spelling of one with a single `@`.
fn is_named(name: &[u8], key: &[u8]) -> bool {
    let is_spelt_twice = || name.strip_prefix(b"@").is_some_and(|name| name.starts_with(b"@") && name == key);
    name == key || is_spelt_twice() || (name.contains(&b'\\') && unescape(name).as_bytes() == key)
}

/// What of the dotted `key` lies below `name`.
fn below<'k>(key: &'k [u8], name: &[u8]) -> Option<&'k [u8]> {
    key.strip_prefix(name)?.strip_prefix(b".")
}

fn typed(raw: Raw<'_>, origins: &[&[u8]], depth: usize) -> Value {
    match raw {
        Raw::Text(text) => Value::Str(unescape(text).into()),
        Raw::Bare(bare) => bare_value(bare),
        Raw::Composite(text) if depth == 0 => Value::Str(String::from_utf8_lossy(text).into()),
        Raw::Composite(text @ [b'[', ..]) => Value::Array(items(text, depth)),
        Raw::Composite(text) => Value::Map(nested(text, origins, depth)),
    }
}

/// A nested object. Of it only the very value that was taken for a fact is left out, not another of the same name.
fn nested(object: &[u8], origins: &[&[u8]], depth: usize) -> Attributes {
    let mut map = Attributes::default();
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        let Some(raw) = cursor.value() else { break };
        let is_origin = origins.iter().any(|origin| std::ptr::eq(*origin, raw.bytes()));
        if map.len() < MAX_MEMBERS && !is_origin {
            map.set(&*unescape(key), typed(raw, origins, depth - 1));
        }
    }
    map
}

fn items(list: &[u8], depth: usize) -> Vec<Value> {
    let mut cursor = Cursor::new(list);
    let mut items = Vec::new();
    cursor.take(b'[');
    while let Some(raw) = cursor.value() {
        items.push(typed(raw, &[], depth - 1));
        cursor.take(b',');
    }
    items
}

/// A value without quotes: a number or one of JSON's words. A number that 64 bits can not hold keeps its text.
fn bare_value(bare: &[u8]) -> Value {
    match bare {
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        b"null" => Value::Null,
        _ => pairs::number(bare).unwrap_or_else(|| String::from_utf8_lossy(bare).into_owned().into()),
    }
}
