//! JSON's escapes resolved as bytes, so that a line within a text can be scanned without making a string of it.

/// Texts up to this length are unescaped on the stack.
const NEAR: usize = 1024;

/// Calls `read` with the text of `raw`, its escapes resolved. Allocates for long texts only.
#[inline]
pub(super) fn with_unescaped<R>(raw: &[u8], read: impl FnOnce(&[u8]) -> R) -> R {
    if raw.len() > NEAR {
        return read(&unescaped(raw));
    }
    let mut room = [0; NEAR];
    let len = unescape_into(raw, &mut room);
    read(room.get(..len).unwrap_or_default())
}

/// The text of `raw`, its escapes resolved.
pub(super) fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut text = vec![0; raw.len()];
    let len = unescape_into(raw, &mut text);
    text.truncate(len);
    text
}

/// Writes the text of `raw` to the start of `out` and answers its length, which is never more than that of `raw`. What has
/// no room is left out. Half a surrogate pair is replaced, an escape that does not exist is kept.
fn unescape_into(raw: &[u8], out: &mut [u8]) -> usize {
    let mut out = Out { room: out, len: 0 };
    let mut rest = raw;
    while let Some((before, escape)) = memchr::memchr(b'\\', rest).and_then(|at| rest.split_at_checked(at)) {
        out.push(before);
        rest = match escape {
            [_, b'u', digits @ ..] => match code_point(digits) {
                Some((point, rest)) => {
                    out.push(point.encode_utf8(&mut [0; 4]).as_bytes());
                    rest
                }
                None => out.keep(escape),
            },
            [_, letter, after @ ..] => match resolved(*letter) {
                Some(byte) => {
                    out.push(&[byte]);
                    after
                }
                None => out.keep(escape),
            },
            _ => out.keep(escape),
        };
    }
    out.push(rest);
    out.len
}

struct Out<'o> {
    room: &'o mut [u8],
    len: usize,
}

impl Out<'_> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        if let Some(room) = self.room.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    /// Keeps the backslash of what is no escape, and answers what follows it.
    fn keep<'a>(&mut self, escape: &'a [u8]) -> &'a [u8] {
        self.push(b"\\");
        escape.get(1..).unwrap_or_default()
    }
}

/// The byte that a backslash and `letter` stand for.
fn resolved(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x8,
        b'f' => 0xc,
        b'"' | b'\\' | b'/' => letter,
        _ => return None,
    })
}

/// The character of the hex digits behind `\u`, of both halves where it takes two, and what follows.
fn code_point(digits: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = code_unit(digits)?;
    let second = rest.strip_prefix(b"\\u").and_then(code_unit);
    if let (0xd800..=0xdbff, Some((low @ 0xdc00..=0xdfff, rest))) = (first, second) {
        let point = 0x1_0000 + (u32::from(first & 0x3ff) << 10) + u32::from(low & 0x3ff);
        return Some((char::from_u32(point)?, rest));
    }
    Some((char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), rest))
}

fn code_unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_at_checked(4)?;
    let unit = digits.iter().try_fold(0, |unit, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(unit * 16 + u16::try_from(value).ok()?)
    })?;
    Some((unit, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse::formats::json;

    #[test]
    fn long_texts_are_unescaped_as_short_ones() {
        for len in [0, NEAR - 2, NEAR - 1, NEAR, NEAR + 1, 3 * NEAR] {
            let raw = ["x".repeat(len), r"\n".to_owned()].concat();
            assert_eq!(
                with_unescaped(raw.as_bytes(), <[u8]>::to_vec),
                ["x".repeat(len), "\n".to_owned()].concat().as_bytes()
            );
        }
    }

    proptest! {
        #[test]
        fn bytes_are_unescaped_as_strings_are(raw in r#"([ -~é]|\\["\\/bfnrtu]|\\u[0-9a-fD]{4}|\\ud83d\\ude00){0,40}"#) {
            let text = unescaped(raw.as_bytes());
            prop_assert_eq!(String::from_utf8(text).unwrap(), json::unescape(raw.as_bytes()));
        }
    }
}
