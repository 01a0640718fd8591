//! Text from outside, made safe before it becomes a cell on the screen or a byte on a terminal.
//!
//! Control characters, escapes, bidirectional overrides and invisible characters are replaced by visible symbols, so
//! that no log line can move the cursor, set the title, write the clipboard or pretend to be another line. The stored
//! bytes are untouched; only what is drawn goes through here.

use std::borrow::Cow;

/// How many columns a tab leads to the next multiple of.
const TAB: usize = 8;

/// `text` with everything that is not plainly visible replaced by one visible symbol each; tabs become blanks up to the
/// next multiple of eight columns from the start. Borrows when nothing had to be replaced.
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(|c| symbol(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    // The column up to which `out` is measured: from tab to tab, so that many tabs cost no more than one.
    let (mut column, mut measured) = (0, 0);
    for c in text.chars() {
        match symbol(c) {
            Some(_) if c == '\t' => {
                column += out.get(measured..).map_or(0, unicode_width::UnicodeWidthStr::width);
                out.extend(std::iter::repeat_n(' ', TAB - column % TAB));
                column += TAB - column % TAB;
                measured = out.len();
            }
            Some(symbol) => out.push(symbol),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Bytes made text (what is no UTF-8 is replaced) and safe.
pub fn safe_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => safe(text),
        Cow::Owned(text) => Cow::Owned(safe(&text).into_owned()),
    }
}

/// The symbol that stands for a character which must not be drawn as such; `None` when it may.
fn symbol(c: char) -> Option<char> {
    match c {
        // The control pictures of Unicode's block U+2400 stand in the order of the codes they picture.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('␡'),
        // C1 controls: as dangerous as ESC on terminals that take eight-bit controls.
        '\u{80}'..='\u{9f}' => Some('\u{fffd}'),
        // Bidirectional marks, embeddings, overrides and isolates reorder what people read.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('⇄'),
        // Invisible: zero-width blanks and joiners, soft hyphen, fillers, byte-order mark, variation selectors, tags.
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some('∅'),
        '\u{2028}' | '\u{2029}' => Some('␤'),
        _ => None,
    }
}

/// Whether `c` may stand on the screen as it is.
pub fn is_safe(c: char) -> bool {
    symbol(c).is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_act_on_a_terminal_becomes_visible() {
        assert_eq!(safe("plain ünïcode 漢字"), "plain ünïcode 漢字");
        assert_eq!(safe("\x1b]0;owned\x07"), "␛]0;owned␇");
        assert_eq!(safe("a\u{202e}b\u{200b}c\u{9b}31m"), "a⇄b∅c\u{fffd}31m");
        assert_eq!(safe("ab\tc\r\n"), "ab      c␍␊");
        assert_eq!(safe("\t漢\tx\t"), "        漢      x       ");
        assert_eq!(safe_bytes(b"\xff\x1bok"), "\u{fffd}␛ok");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(safe(&text).chars().all(|c| is_safe(c) && !c.is_control()));
        }

        #[test]
        fn bytes_are_safe_too(bytes in any::<Vec<u8>>()) {
            prop_assert!(safe_bytes(&bytes).chars().all(is_safe));
        }
    }
}
