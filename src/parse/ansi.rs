//! Colours and other terminal sequences within a line: told apart from the text, so that the text is what is parsed,
//! searched and drawn.
//!
//! Only a line that holds an ESC byte has sequences; in such a line their eight-bit forms (C1 controls as UTF-8) and the
//! overstriking of man pages (`a`, backspace, `a`) count too. What a sequence is follows ECMA-48 and xterm's control
//! sequences. No text hides in a sequence: an unfinished operating system command loses its beginning only, an
//! unfinished colour ends where it ceases to be one.

use std::borrow::Cow;

use memchr::{memchr, memchr3_iter, memmem};

const ESC: u8 = 0x1b;
const BELL: u8 = 0x07;
const BACKSPACE: u8 = 0x08;
/// The first byte of the C1 controls, U+0080 to U+009F, in UTF-8.
const C1_LEAD: u8 = 0xc2;

/// A piece of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Text, never empty.
    Text(&'a [u8]),
    /// The parameters of a sequence that selects how what follows is rendered (SGR): `1;31` of `ESC [ 1 ; 3 1 m`.
    Style(&'a [u8]),
}

/// Whether `line` may hold sequences.
#[inline]
pub fn has_sequences(line: &[u8]) -> bool {
    memchr(ESC, line).is_some()
}

/// `line` without sequences. Borrows, after one search for a byte, where there is none.
#[inline]
pub fn strip(line: &[u8]) -> Cow<'_, [u8]> {
    if !has_sequences(line) {
        return Cow::Borrowed(line);
    }
    let mut out = Vec::with_capacity(line.len());
    strip_into(line, &mut out);
    Cow::Owned(out)
}

/// `line` with its escapes of JSON resolved, if it has sequences only so (`\u001b[31m`): what a text within it says in
/// colour. Borrows where it has none.
pub fn unescaped(line: &[u8]) -> Cow<'_, [u8]> {
    let is_escaped = |line| memmem::find(line, br"\u001b").or_else(|| memmem::find(line, br"\u001B")).is_some();
    if has_sequences(line) || !is_escaped(line) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(super::formats::unescape(line).into_owned().into_bytes())
}

/// Appends the text of `line` to `out`.
pub(super) fn strip_into(line: &[u8], out: &mut Vec<u8>) {
    for piece in pieces(line) {
        if let Piece::Text(text) = piece {
            out.extend_from_slice(text);
        }
    }
}

/// Where in `line` the text `part` stands that was found in the line without sequences; `None` when a sequence stands
/// within it.
pub(super) fn in_original<'a>(line: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::find(line, part)?;
    line.get(at..at + part.len())
}

/// The texts and styles of `line`, in order; other sequences are left out. Linear in the line.
pub fn pieces(line: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    Pieces { rest: line, next: None }
}

struct Pieces<'a> {
    rest: &'a [u8],
    /// The style behind the text that was answered last.
    next: Option<Piece<'a>>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            if let Some(style) = self.next.take() {
                return Some(style);
            }
            if self.rest.is_empty() {
                return None;
            }
            let (text, sequence, rest) = split(self.rest);
            self.rest = rest;
            self.next = style(sequence);
            if !text.is_empty() {
                return Some(Piece::Text(text));
            }
        }
    }
}

/// The text that `rest` begins with, the sequence behind it, and what follows that.
fn split(rest: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let marks = memchr3_iter(ESC, C1_LEAD, BACKSPACE, rest);
    let found = marks.filter_map(|at| Some((at, rest.get(at..)?))).find_map(|(at, from)| match from {
        [ESC, ..] | [C1_LEAD, 0x80..=0x9f, ..] => Some((at, sequence_len(from))),
        [BACKSPACE, over, ..] if *over >= b' ' => {
            let start = last_char(rest.get(..at)?)?;
            Some((start, at + 1 - start))
        }
        _ => None,
    });
    let (at, len) = found.unwrap_or((rest.len(), 0));
    let (text, behind) = rest.split_at_checked(at).unwrap_or((rest, b""));
    let (sequence, behind) = behind.split_at_checked(len).unwrap_or((behind, b""));
    (text, sequence, behind)
}

/// Where the character begins that `text` ends with; `None` for a control character and where there is none.
fn last_char(text: &[u8]) -> Option<usize> {
    let continuations = text.iter().rev().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    let start = text.len().checked_sub(continuations + 1)?;
    text.get(start).filter(|first| **first >= b' ').map(|_| start)
}

/// How many bytes the sequence takes that `bytes` begin with: at least one.
fn sequence_len(bytes: &[u8]) -> usize {
    match bytes {
        [ESC, b'[', body @ ..] | [C1_LEAD, 0x9b, body @ ..] => 2 + control_len(body),
        // Device control, start of string, operating system command, privacy message, application program command.
        [ESC, b'P' | b'X' | b']' | b'^' | b'_', body @ ..] | [C1_LEAD, 0x90 | 0x98 | 0x9d | 0x9e | 0x9f, body @ ..] => {
            2 + string_len(body)
        }
        [ESC, body @ ..] => {
            let lead = body.iter().take_while(|byte| matches!(byte, b' '..=b'/')).count();
            1 + lead + usize::from(matches!(body.get(lead), Some(b'0'..=b'~')))
        }
        _ => 2,
    }
}

/// The length of a control sequence behind its introducer: parameters, intermediates and the final byte if it has one.
fn control_len(body: &[u8]) -> usize {
    let parameters = body.iter().take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    let behind = body.get(parameters..).unwrap_or_default();
    let lead = behind.iter().take_while(|byte| matches!(byte, b' '..=b'/')).count();
    parameters + lead + usize::from(matches!(behind.get(lead), Some(b'@'..=b'~')))
}

/// The length of a string behind its introducer, with its terminator; 0 when it is not terminated within the line.
fn string_len(body: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let is_mark = |byte: &u8| matches!(*byte, BELL | ESC | C1_LEAD | b'\n');
        let Some(mark) = body.get(at..).and_then(|rest| rest.iter().position(is_mark)) else { return 0 };
        at += mark;
        match body.get(at..) {
            Some([BELL, ..]) => return at + 1,
            Some([ESC, b'\\', ..] | [C1_LEAD, 0x9c, ..]) => return at + 2,
            Some([C1_LEAD, next, ..]) if !matches!(next, 0x80..=0x9f) => at += 1,
            _ => return 0,
        }
    }
}

/// The parameters of a sequence if it is SGR's and well-formed.
fn style(sequence: &[u8]) -> Option<Piece<'_>> {
    let (introducer, body) = sequence.split_at_checked(2)?;
    let parameters = body.strip_suffix(b"m")?;
    let is_control = matches!(introducer, [ESC, b'['] | [C1_LEAD, 0x9b]);
    let is_plain = parameters.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
    (is_control && is_plain).then_some(Piece::Style(parameters))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_left_and_everything_else_goes() {
        let cases: &[(&str, &str)] = &[
            ("plain \u{9b}31m\u{8}", "plain \u{9b}31m\u{8}"),
            ("2022-06-22T10:20:33 \x1b[0;31mExample\x1b[0m foo", "2022-06-22T10:20:33 Example foo"),
            ("\x1b[38;2;0;255;0mbaz\x1b[39;49;00m \x1b[4:3mx", "baz x"),
            ("\x1b[A\x1b[230C \x1b[34;01m[ \x1b[32;01mok", " [ ok"),
            ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
            ("\x1bP1$r0m\x1b\\a\x1b_x\u{9c}b\x1b^y\x07c\x1bXz\x1b\\d", "abcd"),
            ("\x1b(B\x1b=\x1b7\x1b#8a\x1bcb", "ab"),
            ("\u{9b}31mred\u{9d}52;c;x\x07 \u{85}é\x1b[m", "red é"),
            ("\x1b]0;never ended", "0;never ended"),
            ("\x1b]0;cut\nsecond \x07line", "0;cut\nsecond \x07line"),
            ("cut \x1b[31", "cut "),
            ("cut \x1b", "cut "),
            ("\x1b\x1b[1mtwo", "two"),
            ("\x1b[1mN\x08NA\x08AM\x08M\x1b[m _\x08x é\x08é", "NAM x é"),
            ("\x1b[m\x08a b\x08", "\x08a b\x08"),
            ("", ""),
        ];
        for (line, text) in cases {
            assert_eq!(String::from_utf8_lossy(&strip(line.as_bytes())), *text, "{line:?}");
        }
    }

    #[test]
    fn styles_stand_between_the_texts() {
        let found: Vec<_> = pieces(b"\x1b[1;31mred\x1b[0m\x1b[K \x1b[?25ma\x1b[m").collect();
        let expected = [
            Piece::Style(b"1;31"),
            Piece::Text(b"red"),
            Piece::Style(b"0"),
            Piece::Text(b" "),
            Piece::Text(b"a"),
            Piece::Style(b""),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_found_in_the_text_is_found_in_the_line() {
        let line = b"\x1b[1mcart\x1b[0m: c\x1b[4mart2";
        assert_eq!(in_original(line, b"cart"), Some(&b"cart"[..]));
        assert_eq!(in_original(line, b"cart2"), None);
    }

    proptest! {
        #[test]
        fn no_escape_is_left_and_no_byte_is_made_up(
            line in prop::collection::vec(prop::sample::select(b"\x1b\x1b[]m;31\x07\x08\\P\xc2\x9b\x9c\x9da\xc3\xa9\n ".to_vec()), 0..60),
        ) {
            let text = strip(&line);
            prop_assert!(!has_sequences(&text));
            let mut rest = line.iter();
            prop_assert!(text.iter().all(|byte| rest.any(|other| other == byte)), "a subsequence of the line");
        }

        #[test]
        fn sequences_between_words_leave_the_words(
            parts in prop::collection::vec(("[a-z]{1,8}", "\x1b\\[[0-9;]{0,8}[mKHJ]|\x1b\\][a-z;]{0,8}(\x07|\x1b\\\\)|\x1b\\([AB0]|\x1b[78=>cMDE]"), 0..8),
        ) {
            let line: String = parts.iter().flat_map(|(word, sequence)| [word.as_str(), sequence.as_str()]).collect();
            let words: String = parts.iter().map(|(word, _)| word.as_str()).collect();
            prop_assert_eq!(strip(line.as_bytes()), words.as_bytes());
        }
    }
}
