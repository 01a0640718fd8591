//! Objects of JSON that end a message, as some text loggers put their fields: `Undefined index {"userId":7} []`.

use memchr::memchr_iter;

use super::json::cursor::Cursor;
use super::json::value::{MAX_DEPTH, fields, member};
use crate::model::Value;

/// Objects behind one message at most: Monolog's context and extra.
const MAX_OBJECTS: usize = 2;
/// Opening braces of a message that are tried.
const MAX_TRIES: usize = 8;

/// A message and the objects behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail<'a> {
    pub(super) message: &'a [u8],
    objects: [&'a [u8]; MAX_OBJECTS],
}

impl<'a> Tail<'a> {
    /// A message with nothing behind it.
    pub(super) fn none(message: &'a [u8]) -> Self {
        Self { message, objects: [b""; MAX_OBJECTS] }
    }

    /// Cuts the objects off that `text` ends in. Empty lists may stand in place of objects. Linear in the text.
    pub(super) fn of(text: &'a [u8]) -> Self {
        if let Some(message) = text.strip_suffix(b" [] []") {
            return Self::none(message);
        }
        let mut starts = memchr_iter(b'{', text).filter(|at| *at > 0).take(MAX_TRIES);
        starts.find_map(|at| Self::from(text, at)).unwrap_or_else(|| Self::none(text))
    }

    /// The objects from `at` on, if there is nothing else up to the end.
    fn from(text: &'a [u8], at: usize) -> Option<Self> {
        let (message, mut rest) = text.split_at_checked(at)?;
        let message = message.strip_suffix(b"[] ").unwrap_or(message);
        let cut = message.trim_ascii_end();
        let mut tail = Self::none(cut);
        for slot in &mut tail.objects {
            let behind = end_of_object(rest)?;
            *slot = rest.get(..rest.len() - behind.len())?;
            rest = behind.trim_ascii_start();
            rest = rest.strip_prefix(b"[]").unwrap_or(rest).trim_ascii_start();
            if rest.is_empty() {
                return (cut.len() < message.len()).then_some(tail);
            }
        }
        None
    }

    /// All members, in the order of the line.
    pub(super) fn members(&self) -> impl Iterator<Item = (String, Value)> {
        let all = self.objects.into_iter().filter(|object| !object.is_empty()).map(|object| fields(object, &[]).0);
        let members = |fields: crate::model::Attributes| {
            fields.iter().map(|(key, value)| (key.to_string(), value.clone())).collect::<Vec<_>>()
        };
        all.flat_map(members)
    }

    /// The member called `key`, or reached by it as a dotted path; the last one of several.
    pub(super) fn member(&self, key: &str) -> Option<Value> {
        let objects = self.objects.iter().rev().filter(|object| !object.is_empty());
        objects.into_iter().find_map(|object| member(object, key.as_bytes(), MAX_DEPTH))
    }
}

/// What follows the object that `text` begins with.
fn end_of_object(text: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(text);
    cursor.take(b'{').then_some(())?;
    while cursor.key().is_some() {
        cursor.value()?;
    }
    cursor.take(b'}').then(|| cursor.rest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_at_the_end_are_cut_off() {
        let cases = [
            (r#"a {"b":1} []"#, "a", "b=1"),
            (r#"a [] {"b":"x y","c":{"d":2}}"#, "a", "b=x y c={\"d\":2}"),
            (r#"a {"b":1} {"c":2}"#, "a", "b=1 c=2"),
            ("a [] []", "a", ""),
            ("a {b} {\"c\":true}", "a {b}", "c=true"),
            (r#"a {"b":1} c"#, r#"a {"b":1} c"#, ""),
            (r#"a{"b":1}"#, r#"a{"b":1}"#, ""),
            (r#"{"b":1}"#, r#"{"b":1}"#, ""),
            (r#"a {"b":"#, r#"a {"b":"#, ""),
        ];
        for (text, message, members) in cases {
            let tail = Tail::of(text.as_bytes());
            assert_eq!(tail.message, message.as_bytes(), "{text}");
            let found: Vec<_> = tail.members().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!(found.join(" "), members, "{text}");
        }
        assert_eq!(Tail::of(br#"a {"b":{"c":7}}"#).member("b.c"), Some(Value::Int(7)));
    }
}
