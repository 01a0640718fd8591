//! A cursor over JSON text that borrows everything, allocates nothing and survives damage: what could be read before a
//! line breaks off stays read.
//!
//! It is lenient on purpose: it finds where values begin and end and leaves it to who uses them to judge what is
//! between. Nesting costs no stack: composites that nobody asks for are skipped by counting brackets.

/// A value as it stands in the text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::parse::formats) enum Raw<'a> {
    /// A text without its quotes, its escapes unresolved.
    Text(&'a [u8]),
    /// A number, `true`, `false`, `null`, or something that is none of them.
    Bare(&'a [u8]),
    /// An object or list with its brackets.
    Composite(&'a [u8]),
}

impl<'a> Raw<'a> {
    /// The bytes of the value, without the quotes of a text.
    pub(in crate::parse::formats) fn bytes(self) -> &'a [u8] {
        let (Self::Text(bytes) | Self::Bare(bytes) | Self::Composite(bytes)) = self;
        bytes
    }
}

/// A position in JSON text.
#[derive(Clone, Copy, Debug)]
pub(in crate::parse::formats) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(in crate::parse::formats) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// What is not read yet.
    pub(in crate::parse::formats) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next byte that is no blank, without taking it.
    #[inline]
    pub(in crate::parse::formats) fn peek(&mut self) -> Option<u8> {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    /// Takes `byte` if it is next.
    #[inline]
    pub(in crate::parse::formats) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        is_next
    }

    /// Takes the key of the next member and its colon, without the quotes; `None` at the object's end or where the text
    /// is broken. A comma in front is skipped, a broken key is not.
    #[inline]
    pub(in crate::parse::formats) fn key(&mut self) -> Option<&'a [u8]> {
        self.take(b',');
        let start = self.rest;
        if !self.take(b'"') {
            return None;
        }
        match self.text() {
            Some(key) if self.take(b':') => Some(key),
            _ => {
                self.rest = start;
                None
            }
        }
    }

    /// Takes a text whose opening quote is taken, up to and with its closing quote; `None` when that is missing.
    #[inline]
    fn text(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        let mut len = 0;
        loop {
            let ahead = start.get(len..)?;
            len += quote_or_escape(ahead)?;
            if start.get(len) == Some(&b'"') {
                break;
            }
            len += 2;
        }
        self.rest = start.get(len + 1..)?;
        start.get(..len)
    }

    /// Takes the next value; `None` where it is missing or its end is. Then nothing is taken.
    #[inline]
    pub(in crate::parse::formats) fn value(&mut self) -> Option<Raw<'a>> {
        match self.peek()? {
            b'"' => {
                let start = self.rest;
                self.take(b'"');
                let text = self.text();
                if text.is_none() {
                    self.rest = start;
                }
                text.map(Raw::Text)
            }
            b'{' | b'[' => {
                let len = composite_len(self.rest)?;
                let (composite, rest) = self.rest.split_at_checked(len)?;
                self.rest = rest;
                Some(Raw::Composite(composite))
            }
            b'}' | b']' | b',' | b':' => None,
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' | b'"');
                let len = self.rest.iter().position(is_end).unwrap_or(self.rest.len());
                let (bare, rest) = self.rest.split_at_checked(len)?;
                self.rest = rest;
                Some(Raw::Bare(bare))
            }
        }
    }
}

/// Where the next `"` or `\` stands. Keys and most values end within a few bytes, so the first of them are searched eight at
/// a time in a register; getting a vector search going pays only for what is longer.
#[inline]
fn quote_or_escape(text: &[u8]) -> Option<usize> {
    const WORD: usize = size_of::<u64>();
    const NEAR: usize = 4 * WORD;
    let mut at = 0;
    let mut rest = text;
    while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
        if at == NEAR {
            return memchr::memchr2(b'"', b'\\', rest).map(|far| NEAR + far);
        }
        let word = u64::from_le_bytes(*word);
        let marks = zero_bytes(word ^ (REPEATED * u64::from(b'"'))) | zero_bytes(word ^ (REPEATED * u64::from(b'\\')));
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += WORD;
        rest = behind;
    }
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|near| at + near)
}

/// A one in every byte.
const REPEATED: u64 = u64::MAX / 0xff;

/// The high bit of the lowest zero byte of `word`, and perhaps bits above it; 0 when no byte is zero ("Bit Twiddling Hacks",
/// Sean Eron Anderson).
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(REPEATED) & !word & (REPEATED << 7)
}

/// The length of the object or list that `text` begins with; `None` when its end is missing.
fn composite_len(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        let byte = *text.get(at)?;
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            b'"' => {
                let mut text_cursor = Cursor::new(text.get(at..)?);
                at += text_cursor.text()?.len() + 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_are_found_where_a_plain_search_finds_them(text in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), 0x1fu8.., 0x20u8..0x60], 0..80), from in 0usize..80) {
            let text = text.get(from..).unwrap_or_default();
            prop_assert_eq!(quote_or_escape(text), text.iter().position(|byte| matches!(byte, b'"' | b'\\')));
        }

        #[test]
        fn far_marks_are_found_too(len in 0usize..100, mark in prop_oneof![Just(b'"'), Just(b'\\')], other in any::<u8>()) {
            prop_assume!(!matches!(other, b'"' | b'\\'));
            let mut text = vec![other; len];
            prop_assert_eq!(quote_or_escape(&text), None);
            text.push(mark);
            prop_assert_eq!(quote_or_escape(&text), Some(len));
        }
    }
}
