//! The hot half: where the object of a line begins, and one walk over it for the facts.

use super::cursor::{Cursor, Raw};
use super::implied;
use crate::model::{FormatId, Severity};
use crate::parse::Facts;
use crate::parse::formats::docker;
use crate::parse::found::{Found, Kind};
use crate::parse::key::{self, MAX_NAME};
use crate::parse::time::Hints;

/// Finds the object of a line; `None` when the line is not JSON or is Docker's, whose object only wraps a line.
#[inline]
pub(super) fn locate(line: &[u8]) -> Option<&[u8]> {
    if line.first() == Some(&b'{') {
        return (!docker::takes(line)).then_some(line);
    }
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.strip_prefix(b"\x1e").unwrap_or(line).trim_ascii_start();
    (line.first() == Some(&b'{')).then_some(line)
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

/// The facts of a walked line, with what only the shape of the whole object tells.
#[inline]
pub(super) fn facts<'a>(found: &Found<'a>, object: &'a [u8], id: FormatId, line: &'a [u8]) -> Facts<'a> {
    let mut facts = found.facts(id, line);
    if facts.severity == Severity::UNSET {
        facts.severity = implied::severity(found, object);
    }
    facts.service = facts.service.or_else(|| implied::service(found, object));
    facts
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
