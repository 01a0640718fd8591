//! Fields that a format names: the line holds their values alone, and the place of a value tells its name.
//!
//! A format hands them out one by one with [`Fields::each`]. From that follow both a reading's list of fields and the
//! look-up of a single one, so the two never disagree, and looking one up makes no other.

use std::borrow::Cow;

use memchr::memchr;

use super::json::unescape;
use crate::model::{Attributes, Value};
use crate::parse::pairs::{self, text_of};

/// A value as it stands in the line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// A text.
    Text(&'a [u8]),
    /// A text with JSON's escapes.
    Escaped(&'a [u8]),
    /// A text in which a backslash stands before quotes, brackets and backslashes only, as in syslog's structured data.
    Parameter(&'a [u8]),
    /// A number; what is none after all stays a text.
    Number(&'a [u8]),
}

impl Given<'_> {
    fn value(self) -> Value {
        match self {
            Self::Text(text) => text_of(text).into_owned().into(),
            Self::Escaped(text) => unescape(text).into_owned().into(),
            Self::Parameter(text) => unquoted(&text_of(text)).into(),
            Self::Number(digits) => pairs::number(digits).unwrap_or_else(|| text_of(digits).into_owned().into()),
        }
    }
}

/// Resolves `\"`, `\\` and `\]`; before anything else a backslash is one.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let escaped = chars.peek().copied().filter(|next| char == '\\' && matches!(next, '"' | '\\' | ']'));
        out.push(escaped.unwrap_or(char));
        if escaped.is_some() {
            chars.next();
        }
    }
    out
}

/// Where fields are handed to. Of a repeated name the last counts.
pub(super) type Give<'g, 'a> = dyn FnMut(&str, Given<'a>) + 'g;

/// A line taken apart that knows the names of its fields.
pub(super) trait Fields<'a> {
    /// Hands out every field in the order of the line.
    fn each(&self, give: &mut Give<'_, 'a>);
}

/// All fields.
pub(super) fn attributes<'a>(of: &impl Fields<'a>) -> Attributes {
    let mut fields = Vec::new();
    of.each(&mut |name, value| fields.push((name.to_owned(), value.value())));
    fields.into_iter().collect()
}

/// All fields, and the `key=value` pairs within `text`.
pub(super) fn with_pairs<'a>(of: &impl Fields<'a>, text: &[u8]) -> Attributes {
    let mut fields = attributes(of);
    pairs::loose(text).for_each(|pair| pairs::add(&mut fields, &pair));
    fields
}

/// The field called `key`.
pub(super) fn find<'a>(of: &impl Fields<'a>, key: &str) -> Option<Value> {
    let mut found = None;
    of.each(&mut |name, value| {
        if name == key {
            found = Some(value);
        }
    });
    found.map(Given::value)
}

/// Hands out `value` unless it is the `-` or the nothing that stands for one.
pub(super) fn unless_nil<'a>(give: &mut Give<'_, 'a>, name: &str, value: Given<'a>) {
    let (Given::Text(bytes) | Given::Escaped(bytes) | Given::Parameter(bytes) | Given::Number(bytes)) = value;
    if !matches!(bytes, b"" | b"-") {
        give(name, value);
    }
}

/// The first of the lines that were joined into this one.
#[inline]
pub(super) fn first_line(line: &[u8]) -> &[u8] {
    memchr(b'\n', line).and_then(|end| line.get(..end)).unwrap_or(line)
}

/// A message that is part of the first line of `line`, and all its other lines.
pub(super) fn message<'a>(line: &'a [u8], first: &'a [u8]) -> Cow<'a, str> {
    let rest = line.get(first_line(line).len()..).unwrap_or_default();
    if rest.is_empty() { text_of(first) } else { Cow::Owned(text_of(first).into_owned() + &text_of(rest)) }
}

/// The word that `text` begins with, up to a blank, and what stands behind that blank.
#[inline]
pub(super) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b' ', text).and_then(|at| text.split_at_checked(at)) {
        Some((word, rest)) => (word, rest.get(1..).unwrap_or_default()),
        None => (text, b""),
    }
}

/// What stands before and behind the first `end` in `text`.
#[inline]
pub(super) fn cut(text: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(memchr(end, text)?)?;
    Some((before, rest.get(1..)?))
}

/// Whether `text` is a number without sign or point.
pub(super) fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
