//! Colours that a log line brings itself: what the parameters of an SGR sequence do to a style (ECMA-48, with the colours
//! of ISO 8613-6 and the bright ones of aixterm).
//!
//! Taken is what changes how text looks. Blinking and concealing are not: a line may not make itself invisible, neither
//! by that nor by a ground of the text's own colour.

use ratatui::style::{Color, Modifier, Style};

/// The style after a sequence with these parameters, which are separated by `;` or `:`. What is unknown is passed over.
#[must_use]
pub fn apply(style: Style, parameters: &[u8]) -> Style {
    let mut style = style;
    let mut groups = parameters.split(|byte| *byte == b';');
    while let Some(group) = groups.next() {
        let mut numbers = group.split(|byte| *byte == b':').map(number);
        let Some(code) = numbers.next().flatten() else { continue };
        if !matches!(code, 38 | 48) {
            // `4:0` is no underline; the other kinds of it are lines all the same.
            let is_off = code == 4 && numbers.next().flatten() == Some(0);
            style = simple(style, if is_off { 24 } else { code });
            continue;
        }
        let nested: Vec<u8> = numbers.map(Option::unwrap_or_default).collect();
        let color = if nested.is_empty() { separate(&mut groups) } else { within(&nested) };
        match color {
            Some(color) if code == 38 => style.fg = Some(color),
            Some(color) => style.bg = Some(color),
            None => {}
        }
    }
    style
}

/// `style` without what would hide its text.
#[must_use]
pub fn legible(style: Style) -> Style {
    if style.fg.is_some() && style.fg == style.bg { Style { fg: None, bg: None, ..style } } else { style }
}

/// The number that a parameter writes: 0 for none, nothing for one that no code is as large as.
fn number(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() {
        return Some(0);
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A colour whose numbers are parameters of their own: `5;n` or `2;r;g;b`.
fn separate<'a>(groups: &mut impl Iterator<Item = &'a [u8]>) -> Option<Color> {
    let mut next = || groups.next().and_then(number);
    match next()? {
        5 => Some(Color::Indexed(next()?)),
        2 => Some(Color::Rgb(next()?, next()?, next()?)),
        _ => None,
    }
}

/// A colour whose numbers stand within one parameter: `5:n`, `2:r:g:b`, or with a colour space before the red.
fn within(numbers: &[u8]) -> Option<Color> {
    match *numbers {
        [5, index, ..] => Some(Color::Indexed(index)),
        [2, red, green, blue] | [2, _, red, green, blue, ..] => Some(Color::Rgb(red, green, blue)),
        _ => None,
    }
}

/// The colours of 0 to 7 as SGR counts them.
const NORMAL: [Color; 8] =
    [Color::Black, Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan, Color::Gray];
/// Their bright counterparts.
const BRIGHT: [Color; 8] = [
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// A code that stands for itself.
fn simple(style: Style, code: u8) -> Style {
    let without = |modifier| Style { add_modifier: style.add_modifier.difference(modifier), ..style };
    let of = |colors: &[Color; 8], base: u8| colors.get(usize::from(code - base)).copied();
    match code {
        0 => Style::new(),
        1 => style.add_modifier(Modifier::BOLD),
        2 => style.add_modifier(Modifier::DIM),
        3 => style.add_modifier(Modifier::ITALIC),
        4 | 21 => style.add_modifier(Modifier::UNDERLINED),
        7 => style.add_modifier(Modifier::REVERSED),
        9 => style.add_modifier(Modifier::CROSSED_OUT),
        22 => without(Modifier::BOLD | Modifier::DIM),
        23 => without(Modifier::ITALIC),
        24 => without(Modifier::UNDERLINED),
        27 => without(Modifier::REVERSED),
        29 => without(Modifier::CROSSED_OUT),
        30..=37 => Style { fg: of(&NORMAL, 30), ..style },
        39 => Style { fg: None, ..style },
        40..=47 => Style { bg: of(&NORMAL, 40), ..style },
        49 => Style { bg: None, ..style },
        90..=97 => Style { fg: of(&BRIGHT, 90), ..style },
        100..=107 => Style { bg: of(&BRIGHT, 100), ..style },
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_change_what_they_name() {
        let red = Style::new().fg(Color::Red);
        let cases: &[(&str, Style)] = &[
            ("", Style::new()),
            ("0", Style::new()),
            ("1", red.add_modifier(Modifier::BOLD)),
            ("0;92;41", Style::new().fg(Color::LightGreen).bg(Color::Red)),
            ("38;5;208", red.fg(Color::Indexed(208))),
            ("48;2;1;2;3;4", red.bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::UNDERLINED)),
            ("38:2::9:8:7", red.fg(Color::Rgb(9, 8, 7))),
            ("38:2:9:8:7", red.fg(Color::Rgb(9, 8, 7))),
            ("39;49;00", Style::new()),
            ("39", Style::new()),
            ("4:3", red.add_modifier(Modifier::UNDERLINED)),
            ("4;4:0", red),
            ("1;3;7;9;22;23;27;29", red),
            ("5;8;10;53;200;999;99999999999", red),
            ("38", red),
            ("38;5", red),
            ("38;5;300", red),
            ("38;7;1", red.add_modifier(Modifier::BOLD)),
        ];
        for (parameters, expected) in cases {
            assert_eq!(apply(red, parameters.as_bytes()), *expected, "{parameters}");
        }
    }

    #[test]
    fn a_line_can_not_hide_its_text() {
        let hidden = apply(Style::new(), b"1;31;41");
        assert_eq!(legible(hidden), Style::new().add_modifier(Modifier::BOLD));
        let seen = apply(Style::new(), b"31;42");
        assert_eq!(legible(seen), seen);
    }
}
