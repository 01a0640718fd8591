//! Styles as the escape sequences that a terminal takes them by (ECMA-48, "select graphic rendition"), for output that
//! is no screen.

use std::fmt::Write as _;

use ratatui::style::{Color, Modifier, Style};

/// Ends every style.
pub const RESET: &str = "\x1b[0m";

/// What begins `style`; empty where it changes nothing.
pub fn begin(style: Style) -> String {
    let mut codes = Vec::new();
    for (modifier, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::CROSSED_OUT, "9"),
    ] {
        if style.add_modifier.contains(modifier) {
            codes.push(code.to_owned());
        }
    }
    codes.extend(style.fg.and_then(|color| code(color, 30)));
    codes.extend(style.bg.and_then(|color| code(color, 40)));
    if codes.is_empty() { String::new() } else { format!("\x1b[{}m", codes.join(";")) }
}

/// The code of a colour, from `base` on: 30 for text, 40 for its ground.
fn code(color: Color, base: u8) -> Option<String> {
    let mut out = String::new();
    let named = |number: u8| if number < 8 { base + number } else { base + 60 + number - 8 };
    // Writing to a String can not fail.
    let _written = match color {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => write!(out, "{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => write!(out, "{};5;{index}", base + 8),
        other => write!(out, "{}", named(number(other)?)),
    };
    Some(out)
}

/// The number of one of the sixteen colours that have names.
fn number(color: Color) -> Option<u8> {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    (0..).zip(NAMED).find(|(_, known)| *known == color).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_become_the_sequences_that_terminals_take() {
        for (style, expected) in [
            (Style::new(), ""),
            (Style::new().fg(Color::Reset), ""),
            (Style::new().fg(Color::Red), "\x1b[31m"),
            (Style::new().fg(Color::LightRed).bg(Color::White), "\x1b[91;107m"),
            (Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD), "\x1b[1;38;2;1;2;3m"),
            (Style::new().bg(Color::Indexed(200)).add_modifier(Modifier::REVERSED), "\x1b[7;48;5;200m"),
        ] {
            assert_eq!(begin(style), expected);
        }
    }
}
