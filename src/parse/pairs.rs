//! `key=value` pairs: strictly, as a whole line of them, and loosely, as they stand within a text.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use super::formats::unescape;
use crate::model::{Attributes, Value};

/// Pairs of one line beyond this are left out of a reading; setting one is linear in those before it.
const MAX_PAIRS: usize = 1000;
/// Values of one repeated key beyond this are left out.
const MAX_REPEATS: usize = 64;

/// One piece of a line of pairs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Item<'a> {
    /// A pair with a value.
    Pair(Pair<'a>),
    /// A word without a value.
    Word(&'a [u8]),
}

/// A key and its value as they stand in the line, the value without its quotes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Pair<'a> {
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) is_quoted: bool,
}

impl Pair<'_> {
    /// The value with its type: numbers and truth values unless they are quoted.
    pub(super) fn typed(&self) -> Value {
        match self.value {
            _ if self.is_quoted => Value::Str(unescape(self.value).into()),
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            // What looks like a number with an exponent is here rather a commit id.
            digits if !digits.iter().any(u8::is_ascii_alphabetic) => {
                number(digits).unwrap_or_else(|| text_of(digits).into_owned().into())
            }
            word => text_of(word).into_owned().into(),
        }
    }
}

/// Iterates over a line of pairs, blanks between them, up to a line end that does not stand in quotes.
#[derive(Clone, Debug)]
pub(super) struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Items<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }

    /// What is not read yet: other lines of the record, once all pairs are.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        while let [b' ' | b'\t' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let rest = self.rest;
        if matches!(rest, [] | [b'\n', ..]) {
            return None;
        }
        let is_key_end = |byte: &u8| matches!(byte, b'=' | b'"') || is_blank(*byte);
        let key_len = rest.iter().position(is_key_end).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(key_len)?;
        match after.strip_prefix(b"=") {
            Some(value) if !key.is_empty() => {
                let (value, is_quoted, rest) = split_value(value);
                self.rest = rest;
                Some(Item::Pair(Pair { key, value, is_quoted }))
            }
            _ => {
                let len = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
                let (word, rest) = rest.split_at_checked(len)?;
                self.rest = rest;
                Some(Item::Word(word))
            }
        }
    }
}

/// What stands between pairs, or ends their line.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The value that `text` begins with, whether it was quoted, and what follows it. A quoted value without its closing quote
/// goes to the end.
fn split_value(text: &[u8]) -> (&[u8], bool, &[u8]) {
    if let Some(quoted) = text.strip_prefix(b"\"") {
        let len = quoted_len(quoted);
        let rest = quoted.get(len + 1..).unwrap_or_default();
        return (quoted.get(..len).unwrap_or_default(), true, rest);
    }
    let len = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(len).unwrap_or((text, b""));
    (value, false, rest)
}

/// How many bytes stand before the closing quote.
fn quoted_len(quoted: &[u8]) -> usize {
    let mut at = 0;
    while let Some(mark) = quoted.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += mark;
        if quoted.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    quoted.len()
}

/// The pairs within a text: a name that begins a word, `=`, and a value up to a blank or closing mark, or in quotes.
pub(super) fn loose(text: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    let mut read_to = 0;
    memchr_iter(b'=', text).filter_map(move |at| {
        // An equals sign within the value before, as of an address.
        if at < read_to {
            return None;
        }
        let key = key_before(text.get(read_to..at)?)?;
        let after = text.get(at + 1..)?;
        let (value, is_quoted) = match after.first() {
            Some(b'"') => (split_value(after).0, true),
            _ => (loose_value(after), false),
        };
        read_to = at + 1 + value.len() + usize::from(is_quoted) * 2;
        (is_quoted || !value.is_empty()).then_some(Pair { key, value, is_quoted })
    })
}

/// A bracket ends a value that did not open it.
fn loose_value(after: &[u8]) -> &[u8] {
    let mut open = 0_usize;
    let is_end = |byte: &u8| match byte {
        b'(' | b'[' | b'{' => {
            open += 1;
            false
        }
        b')' | b']' | b'}' => open.checked_sub(1).map(|left| open = left).is_none(),
        _ => byte.is_ascii_whitespace() || b",;|\"".contains(byte),
    };
    after.get(..after.iter().position(is_end).unwrap_or(after.len())).unwrap_or_default()
}

/// The name at the end of `text`, if it begins a word there. Names that stand in the query of an address do not.
fn key_before(text: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 64;
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@');
    let len = text.iter().rev().take(LONGEST).take_while(is_name).count();
    let (before, key) = text.split_at_checked(text.len() - len)?;
    let begins_word = before.last().is_none_or(|byte| byte.is_ascii_whitespace() || b"[({,;|".contains(byte));
    let is_key = key.first().is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'_' | b'@'));
    (begins_word && is_key).then_some(key)
}

/// A number as JSON writes it; `None` when it is none or 64 bits can not hold it exactly as an integer.
pub(super) fn number(digits: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(digits).ok()?;
    let unsigned = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match unsigned {
        [b'0', b'0'..=b'9', ..] => None,
        [b'0'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => Some(Value::Int(text.parse().ok()?)),
        [b'0'..=b'9', .., b'0'..=b'9'] => text.parse().ok().filter(|float: &f64| float.is_finite()).map(Value::Double),
        _ => None,
    }
}

/// Adds `pair` to `fields`. Repeated keys become a list, so that nothing is hidden.
pub(super) fn add(fields: &mut Attributes, pair: &Pair<'_>) {
    if fields.len() >= MAX_PAIRS {
        return;
    }
    let key = text_of(pair.key);
    let value = match fields.get(&key) {
        None => pair.typed(),
        Some(Value::Array(values)) if values.len() < MAX_REPEATS => {
            let mut values = values.clone();
            values.push(pair.typed());
            Value::Array(values)
        }
        Some(Value::Array(_)) => return,
        Some(first) => Value::Array(vec![first.clone(), pair.typed()]),
    };
    fields.set(&*key, value);
}

/// The last loose pair called `key`.
pub(super) fn loose_field(text: &[u8], key: &str) -> Option<Value> {
    memchr(b'=', text)?;
    loose(text).filter(|pair| pair.key == key.as_bytes()).last().map(|pair| pair.typed())
}

/// Text for the screen: invalid UTF-8 is replaced.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(pairs: impl Iterator<Item = (String, Value)>) -> String {
        pairs.map(|(key, value)| format!("{key}:{}={value}", value.type_name())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn strict_items_are_pairs_and_words() {
        let line = br#"a=1 b="x \"y\" z" c= flag d=http://h/?q=1 e=1.5 f=598e033 g=007 =odd h="open"#;
        let pairs = Items::new(line).map(|item| match item {
            Item::Pair(pair) => (text_of(pair.key).into_owned(), pair.typed()),
            Item::Word(word) => (text_of(word).into_owned(), Value::Null),
        });
        assert_eq!(
            show(pairs),
            r#"a:int=1 b:string=x "y" z c:string= flag:null= d:string=http://h/?q=1 e:double=1.5 f:string=598e033 g:string=007 =odd:null= h:string=open"#
        );
    }

    #[test]
    fn loose_pairs_are_found_within_a_text() {
        let line = b"GET /a?x=1&y=2 [job_id=42] (user=\"Bob B\", ok=true) a==b k=v=w (l=[local] s=A[0].b) end=";
        let pairs = loose(line).map(|pair| (text_of(pair.key).into_owned(), pair.typed()));
        assert_eq!(
            show(pairs),
            "job_id:int=42 user:string=Bob B ok:bool=true a:string==b k:string=v=w l:string=[local] s:string=A[0].b"
        );
    }

    #[test]
    fn numbers_that_do_not_fit_keep_their_text() {
        assert_eq!(number(b"-12"), Some(Value::Int(-12)));
        assert_eq!(number(b"1.5e3"), Some(Value::Double(1500.0)));
        for odd in ["9223372036854775808", "007", "1.", "-", "", "1e999", "0x10", "inf", "nan"] {
            assert_eq!(number(odd.as_bytes()), None, "{odd}");
        }
    }
}
