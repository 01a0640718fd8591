//! The cold half: values with their types, for the screen and for filters on fields.

use std::borrow::Cow;

use super::cursor::{Cursor, Raw};
use crate::model::{Attributes, Value};
use crate::parse::key::{self, Role};
use crate::parse::pairs;

/// Objects nested deeper stay text.
pub(super) const MAX_DEPTH: usize = 32;
/// Members of one object beyond this are left out of a reading; setting one is linear in those before it. The line
/// itself still shows them.
const MAX_MEMBERS: usize = 1000;

/// All members of `object` as typed fields, but for `origins`: keys and values that already were taken for facts.
pub(super) fn fields(object: &[u8], origins: &[(&[u8], &[u8])]) -> Attributes {
    let mut fields = Attributes::default();
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        let is_origin = origins.iter().any(|(origin, _)| *origin == key);
        let Some(raw) = cursor.value() else {
            let cut = cut_value(&cursor);
            if !cut.is_empty() && !is_origin {
                fields.set(&*unescape(key), &*unescape(cut));
            }
            break;
        };
        if fields.len() >= MAX_MEMBERS || is_origin {
            continue;
        }
        let value = typed(raw, origins, MAX_DEPTH);
        let is_emptied = matches!(&value, Value::Map(map) if map.is_empty()) && raw.bytes().len() > 2;
        if !is_emptied {
            fields.set(&*unescape(key), value);
        }
    }
    fields
}

/// Key and beginning of the message of a line that was cut within it.
pub(super) fn cut_message(object: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        if cursor.value().is_none() {
            let is_message = key::meaning(key).is_some_and(|meaning| meaning.role == Role::Message);
            return is_message.then(|| (key, cut_value(&cursor)));
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
pub(super) fn member(object: &[u8], key: &[u8], depth: usize) -> Option<Value> {
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

fn is_named(name: &[u8], key: &[u8]) -> bool {
    name == key || (name.contains(&b'\\') && unescape(name).as_bytes() == key)
}

/// What of the dotted `key` lies below `name`.
fn below<'k>(key: &'k [u8], name: &[u8]) -> Option<&'k [u8]> {
    key.strip_prefix(name)?.strip_prefix(b".")
}

fn typed(raw: Raw<'_>, origins: &[(&[u8], &[u8])], depth: usize) -> Value {
    match raw {
        Raw::Text(text) => Value::Str(unescape(text).into()),
        Raw::Bare(bare) => bare_value(bare),
        Raw::Composite(text) if depth == 0 => Value::Str(String::from_utf8_lossy(text).into()),
        Raw::Composite(text @ [b'[', ..]) => Value::Array(items(text, depth)),
        Raw::Composite(text) => Value::Map(nested(text, origins, depth)),
    }
}

/// A nested object. Of it only the very value that was taken for a fact is left out, not another of the same name.
fn nested(object: &[u8], origins: &[(&[u8], &[u8])], depth: usize) -> Attributes {
    let mut map = Attributes::default();
    let mut cursor = Cursor::new(object);
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        let Some(raw) = cursor.value() else { break };
        let is_origin = origins.iter().any(|(_, origin)| std::ptr::eq(*origin, raw.bytes()));
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

/// Resolves JSON's escapes. Lone surrogates and invalid UTF-8 are replaced, an escape that does not exist is kept.
pub(in crate::parse) fn unescape(raw: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(raw);
    if memchr::memchr(b'\\', raw).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = resolve(after, &mut out);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Resolves the escape that `text` is the rest of, and answers what follows it.
fn resolve<'a>(text: &'a str, out: &mut String) -> &'a str {
    let mut chars = text.chars();
    match chars.next() {
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some('b') => out.push('\u{8}'),
        Some('f') => out.push('\u{c}'),
        Some(same @ ('"' | '\\' | '/')) => out.push(same),
        Some('u') => {
            if let Some((unit, rest)) = code_unit(chars.as_str()) {
                return surrogates(unit, rest, out);
            }
            out.push_str("\\u");
        }
        Some(other) => {
            out.push('\\');
            out.push(other);
        }
        None => out.push('\\'),
    }
    chars.as_str()
}

/// Writes the character of `unit` and, if it is the first half of a pair, of the escape behind it.
fn surrogates<'a>(unit: u16, rest: &'a str, out: &mut String) -> &'a str {
    let second = rest.strip_prefix("\\u").and_then(code_unit);
    if let (0xd800..=0xdbff, Some((low @ 0xdc00..=0xdfff, rest))) = (unit, second) {
        out.extend(char::decode_utf16([unit, low]).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        return rest;
    }
    out.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    rest
}

/// The four hex digits of `\uXXXX`.
fn code_unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?, rest))
}

/// Fills the holes of a Serilog message template (`Hello, {User}`) from the line's own fields; `{User:000}` and
/// `{@User}` only say how to print it. A hole without a field stays as it is.
pub(super) fn fill_holes<'a>(template: Cow<'a, str>, fields: &Attributes) -> Cow<'a, str> {
    if !template.contains('{') {
        return template;
    }
    let mut out = String::with_capacity(template.len());
    let mut rest = &*template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((hole, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let name = hole.split([':', ',']).next().unwrap_or(hole).trim_start_matches(['@', '$']);
        match fields.get(name) {
            Some(value) => out.push_str(&value.to_string()),
            None => out.extend(["{", hole, "}"]),
        }
        rest = behind;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
