//! The hot half: where the object of a line begins, and one walk over it for the facts.

use memchr::memchr;

use super::cursor::{Cursor, Raw};
use super::implied;
use crate::model::{FormatId, Severity};
use crate::parse::Facts;
use crate::parse::found::{Found, Kind};
use crate::parse::key::{self, MAX_NAME};
use crate::parse::time::{self, Hints};

/// A prefix longer than this is text with some JSON in it, not JSON with a prefix.
const MAX_PREFIX: usize = 128;

/// A line split into what stands before its object and the object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located<'a> {
    prefix: &'a [u8],
    /// From the opening brace to the end of the line.
    pub(super) object: &'a [u8],
}

/// Finds the object of a line; `None` when the line is not JSON.
#[inline]
pub(super) fn locate(line: &[u8]) -> Option<Located<'_>> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    if line.first() == Some(&b'{') {
        return Some(Located { prefix: b"", object: line });
    }
    let at = memchr(b'{', line.get(..MAX_PREFIX).unwrap_or(line))?;
    let (prefix, object) = line.split_at_checked(at)?;
    is_carrier(prefix.trim_ascii()).then_some(Located { prefix, object })
}

/// Whether `prefix` is what a carrier of logs puts before a line. Other text before an object is a message that ends in
/// one.
fn is_carrier(prefix: &[u8]) -> bool {
    let is_pipe = prefix.ends_with(b"|");
    let is_kubectl = prefix.starts_with(b"[") && prefix.ends_with(b"]");
    let is_runtime =
        [&b" stdout F"[..], b" stdout P", b" stderr F", b" stderr P"].iter().any(|end| prefix.ends_with(end));
    prefix.is_empty() || is_pipe || is_kubectl || is_runtime || prefix.ends_with(b"]:")
}

/// Walks the object once. `None` when it has not even one whole member and is not the empty object.
#[inline]
pub(super) fn walk<'a>(object: &'a [u8], hints: &Hints) -> Option<Found<'a>> {
    let mut cursor = Cursor::new(object);
    let mut found = Found::default();
    if !cursor.take(b'{') {
        return None;
    }
    let mut members = 0;
    while let Some(key) = cursor.key() {
        let is_whole = match cursor.peek() {
            Some(b'{') if key::is_parent(key) => descend(&mut cursor, &mut Path::new(key), &mut found, hints),
            _ => cursor.value().is_some_and(|raw| {
                take(key, key, raw, &mut found, hints);
                true
            }),
        };
        if !is_whole {
            break;
        }
        members += 1;
    }
    (members > 0 || cursor.take(b'}')).then_some(found)
}

/// Walks a nested object whose dotted name is `path`; tells whether its end was found. The table of parents bounds how
/// deep this goes.
fn descend<'a>(cursor: &mut Cursor<'a>, path: &mut Path, found: &mut Found<'a>, hints: &Hints) -> bool {
    cursor.take(b'{');
    while let Some(key) = cursor.key() {
        let outer = path.len;
        let is_known = path.push(key);
        let is_whole = match cursor.peek() {
            Some(b'{') if is_known && key::is_parent(path.name()) => descend(cursor, path, found, hints),
            _ => cursor.value().is_some_and(|raw| {
                if is_known {
                    take(path.name(), key, raw, found, hints);
                }
                true
            }),
        };
        path.len = outer;
        if !is_whole {
            return false;
        }
    }
    cursor.take(b'}')
}

#[inline]
fn take<'a>(name: &[u8], key: &'a [u8], raw: Raw<'a>, found: &mut Found<'a>, hints: &Hints) {
    let Some(meaning) = key::meaning(name) else { return };
    match raw {
        Raw::Text(text) => found.take(meaning, key, text, Kind::Text, hints),
        Raw::Composite(list @ [b'[', ..]) if key == b"MESSAGE" => found.take(meaning, key, list, Kind::Bytes, hints),
        Raw::Bare(b"null") | Raw::Composite(_) => {}
        Raw::Bare(bare) => found.take(meaning, key, bare, Kind::Bare, hints),
    }
}

/// The facts of a walked line, with what only the shape of the whole line tells.
#[inline]
pub(super) fn facts<'a>(
    found: &Found<'a>,
    located: &Located<'a>,
    id: FormatId,
    line: &'a [u8],
    hints: &Hints,
) -> Facts<'a> {
    let mut facts = found.facts(id, line);
    if facts.severity == Severity::UNSET {
        facts.severity = implied::severity(found, located.object);
    }
    facts.service = facts.service.or_else(|| implied::service(found, located.object));
    if !located.prefix.is_empty() {
        facts.time = facts.time.or_else(|| time::parse_prefix_with(located.prefix, hints).map(|(time, _)| time));
        facts.service = facts.service.or_else(|| compose_name(located.prefix));
    }
    facts
}

/// The container's name of compose's `web-1  | `.
fn compose_name(prefix: &[u8]) -> Option<&[u8]> {
    let name = prefix.trim_ascii().strip_suffix(b"|")?.trim_ascii_end();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!name.is_empty() && name.iter().all(is_name)).then_some(name)
}

/// The dotted name of a nested field, in place.
struct Path {
    name: [u8; MAX_NAME],
    len: usize,
}

impl Path {
    fn new(key: &[u8]) -> Self {
        let mut path = Self { name: [0; MAX_NAME], len: 0 };
        path.append(key);
        path
    }

    /// Appends a dot and `key`; `false` if it does not fit, and then nothing of it has a meaning.
    fn push(&mut self, key: &[u8]) -> bool {
        self.append(b".") && self.append(key)
    }

    fn append(&mut self, part: &[u8]) -> bool {
        let Some(room) = self.name.get_mut(self.len..self.len + part.len()) else { return false };
        room.copy_from_slice(part);
        self.len += part.len();
        true
    }

    fn name(&self) -> &[u8] {
        self.name.get(..self.len).unwrap_or_default()
    }
}
