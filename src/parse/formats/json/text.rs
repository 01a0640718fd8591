//! JSON's texts, their escapes resolved.

use std::borrow::Cow;

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
