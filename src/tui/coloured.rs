//! Foreign text that may bring its own colours, as pieces: the text made safe, the colours as styles, everything else
//! that a terminal would act on left out.

use std::borrow::Cow;

use ratatui::style::Style;

use super::piece::{Look, Piece};
use crate::parse::ansi;
use crate::theme::safe::safe;
use crate::theme::sgr;

/// Bytes of a line in which its colours are looked for. No row is as long.
const MAX_BYTES: usize = 64 << 10;

/// The pieces of `shown`, a part of `line` or what a format made of one. Where it stands in the line as it is, it has the
/// line's colours, also where the line escapes them as JSON does (`\u001b[31m`); its own where it has some itself. What has
/// none looks like `base`.
pub fn pieces(line: &[u8], shown: &str, base: &Look) -> Vec<Piece> {
    let plain = || vec![Piece { text: safe(shown).into_owned(), look: base.clone() }];
    if ansi::has_sequences(shown.as_bytes()) {
        return looks(&styled(shown.as_bytes()), base);
    }
    let line = ansi::unescaped(line.get(..MAX_BYTES).unwrap_or(line));
    if !ansi::has_sequences(&line) {
        return plain();
    }
    part(&styled(&line), shown).map_or_else(plain, |part| looks(&part, base))
}

/// `text` cut where its colours change.
fn styled(text: &[u8]) -> Vec<(Style, Cow<'_, str>)> {
    let mut style = Style::new();
    let mut out = Vec::new();
    for piece in ansi::pieces(text) {
        match piece {
            ansi::Piece::Style(parameters) => style = sgr::apply(style, parameters),
            ansi::Piece::Text(text) => out.push((style, String::from_utf8_lossy(text))),
        }
    }
    out
}

/// Of some text the part that says `shown`.
fn part<'a>(styled: &'a [(Style, Cow<'_, str>)], shown: &str) -> Option<Vec<(Style, Cow<'a, str>)>> {
    let whole: String = styled.iter().map(|(_, text)| &**text).collect();
    let from = whole.find(shown)?;
    let to = from + shown.len();
    let mut start = 0;
    let mut out = Vec::new();
    for (style, text) in styled {
        let range = from.saturating_sub(start).min(text.len())..to.saturating_sub(start).min(text.len());
        start += text.len();
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            out.push((*style, Cow::Borrowed(text)));
        }
    }
    Some(out)
}

fn looks(styled: &[(Style, Cow<'_, str>)], base: &Look) -> Vec<Piece> {
    let piece = |(style, text): &(Style, Cow<'_, str>)| {
        let look = if *style == Style::new() { base.clone() } else { Look::Own(*style) };
        Piece { text: safe(text).into_owned(), look }
    };
    styled.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier};

    use super::*;
    use crate::theme::Role;

    const BASE: Look = Look::Role(Role::Text);

    fn shown(line: &str, part: &str) -> Vec<(String, Look)> {
        pieces(line.as_bytes(), part, &BASE).into_iter().map(|piece| (piece.text, piece.look)).collect()
    }

    fn own(color: Color) -> Look {
        Look::Own(Style::new().fg(color))
    }

    #[test]
    fn a_message_has_the_colours_of_its_line() {
        let line = "\x1b[2m10:00\x1b[0m \x1b[31mERROR\x1b[0m a \x1b[32mgreen \x1b]0;x\x07\x1b[7mone\x1b[m end\x07";
        let green = Style::new().fg(Color::Green);
        let expected = [
            ("a ".to_owned(), BASE),
            ("green ".to_owned(), Look::Own(green)),
            ("one".to_owned(), Look::Own(green.add_modifier(Modifier::REVERSED))),
            (" end␇".to_owned(), BASE),
        ];
        assert_eq!(shown(line, "a green one end\x07"), expected);
    }

    #[test]
    fn colours_within_the_message_itself_count_too() {
        let expected = [("Starting ".to_owned(), BASE), ("up".to_owned(), own(Color::Red)), (" now".to_owned(), BASE)];
        assert_eq!(
            shown(r#"{"msg":"Starting \u001b[31mup\u001b[0m now"}"#, "Starting \x1b[31mup\x1b[0m now"),
            expected
        );
    }

    #[test]
    fn colours_that_the_line_escapes_count_for_the_text_without_them() {
        let expected =
            [("Starting ".to_owned(), BASE), ("up".to_owned(), own(Color::Red)), (" \"now\"".to_owned(), BASE)];
        for line in [
            r#"{"log":"Starting \u001b[31mup\u001b[0m \"now\"\n"}"#,
            r#"{"log":"Starting \u001B[31mup\u001B[m \"now\"\n"}"#,
        ] {
            assert_eq!(shown(line, "Starting up \"now\""), expected, "{line}");
        }
    }

    #[test]
    fn what_has_no_colours_or_is_not_found_stays_plain() {
        for (line, part) in [("a b", "b"), ("\x1b[31mred", "made up"), ("", "")] {
            assert_eq!(shown(line, part), [(part.to_owned(), BASE)], "{line:?}");
        }
    }
}
