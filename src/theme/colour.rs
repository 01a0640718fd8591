//! Colours: how theme files write them, how many a terminal can show, and how one is reduced to fewer.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum ColorDepth {
    /// None: what matters is told apart by bold, underline and reverse.
    None,
    /// The sixteen that the terminal's own palette names.
    Ansi16,
    /// xterm's 256.
    #[default]
    Ansi256,
    /// 2^24.
    True,
}

impl ColorDepth {
    /// Guesses from the environment: `no_color`, `colorterm` and `term` are the values of `NO_COLOR`, `COLORTERM`
    /// and `TERM`. A non-empty `NO_COLOR` wins (no-color.org), then what `COLORTERM` promises, then the name of the
    /// terminal.
    pub fn detect(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|value| !value.is_empty()) || term == "dumb" || term.starts_with("vt1") {
            return Self::None;
        }
        let promises = |word: &str| colorterm.is_some_and(|value| value.eq_ignore_ascii_case(word));
        if promises("truecolor") || promises("24bit") || term.ends_with("-direct") {
            return Self::True;
        }
        // These are known for 24 bits; over SSH COLORTERM is not passed on, while TERM is.
        if ["xterm-kitty", "xterm-ghostty", "alacritty", "wezterm", "foot", "contour"].contains(&term) {
            return Self::True;
        }
        match term {
            "" | "linux" | "ansi" | "cygwin" | "xterm-color" | "xterm-16color" | "screen" => Self::Ansi16,
            _ => Self::Ansi256,
        }
    }
}

/// The sixteen names that theme files may use beside `#rrggbb`, with xterm's values. What the terminal really shows
/// for them is its user's choice.
const ANSI: [(&str, Color, Rgb); 16] = [
    ("black", Color::Black, (0, 0, 0)),
    ("red", Color::Red, (205, 0, 0)),
    ("green", Color::Green, (0, 205, 0)),
    ("yellow", Color::Yellow, (205, 205, 0)),
    ("blue", Color::Blue, (0, 0, 238)),
    ("magenta", Color::Magenta, (205, 0, 205)),
    ("cyan", Color::Cyan, (0, 205, 205)),
    ("white", Color::Gray, (229, 229, 229)),
    ("bright-black", Color::DarkGray, (127, 127, 127)),
    ("bright-red", Color::LightRed, (255, 0, 0)),
    ("bright-green", Color::LightGreen, (0, 255, 0)),
    ("bright-yellow", Color::LightYellow, (255, 255, 0)),
    ("bright-blue", Color::LightBlue, (92, 92, 255)),
    ("bright-magenta", Color::LightMagenta, (255, 0, 255)),
    ("bright-cyan", Color::LightCyan, (0, 255, 255)),
    ("bright-white", Color::White, (255, 255, 255)),
];

/// Red, green, blue.
pub(super) type Rgb = (u8, u8, u8);

/// The colour that `text` writes: `#rrggbb`, one of the sixteen ANSI names, or `default` for the terminal's own.
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        // `from_str_radix` would take a sign; only six hex digits are a colour.
        let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        return is_hex.then_some(Color::Rgb(red, green, blue));
    }
    match text {
        "default" => Some(Color::Reset),
        name => ANSI.iter().find(|(known, ..)| *known == name).map(|(_, color, _)| *color),
    }
}

/// The names that [`parse`] knows, for "did you mean".
pub(super) fn names<'a>() -> impl Iterator<Item = &'a str> {
    ANSI.iter().map(|(name, ..)| *name).chain(["default"])
}

/// Red, green and blue of `color`; `None` for the terminal's own.
pub(super) fn rgb(color: Color) -> Option<Rgb> {
    match color {
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(index) => Some(indexed(index)),
        Color::Reset => None,
        named => ANSI.iter().find(|(_, known, _)| *known == named).map(|(.., rgb)| *rgb),
    }
}

/// The nearest to `color` among xterm's 256. Only 16 to 255 are answered: the first sixteen mean something else on
/// every terminal. Named colours stay.
pub(super) fn to_256(color: Color) -> Color {
    let Color::Rgb(red, green, blue) = color else { return color };
    let nearest = (16..=255).min_by_key(|index| distance(indexed(*index), (red, green, blue)));
    nearest.map_or(color, Color::Indexed)
}

/// The one of the sixteen that stands for `color`. Hues go by angle rather than by distance, since by distance nearly
/// every pastel is grey; `is_dark` says that the ground is dark, so that hues are taken from the bright half.
pub(super) fn to_16(color: Color, is_dark: bool) -> Color {
    let Some((red, green, blue)) = rgb(color).filter(|_| matches!(color, Color::Rgb(..) | Color::Indexed(_))) else {
        return color;
    };
    let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
    let chroma = high - low;
    if chroma < 40 || u16::from(chroma) * 4 < u16::from(high) {
        return match (u16::from(high) + u16::from(low)) / 2 {
            0..=48 => Color::Black,
            49..=140 => Color::DarkGray,
            141..=210 => Color::Gray,
            _ => Color::White,
        };
    }
    // A very dark hue can only be a ground; as a bright colour it would shout.
    let is_bright = is_dark && high > 140;
    match (hue(red, green, blue), is_bright) {
        (0..=19 | 340..=360, true) => Color::LightRed,
        (0..=19 | 340..=360, false) => Color::Red,
        (20..=69, true) => Color::LightYellow,
        (20..=69, false) => Color::Yellow,
        (70..=159, true) => Color::LightGreen,
        (70..=159, false) => Color::Green,
        (160..=199, true) => Color::LightCyan,
        (160..=199, false) => Color::Cyan,
        (200..=259, true) => Color::LightBlue,
        (200..=259, false) => Color::Blue,
        (_, true) => Color::LightMagenta,
        (_, false) => Color::Magenta,
    }
}

/// The hue in degrees, 0 to 360, as HSV defines it; 0 for a grey.
fn hue(red: u8, green: u8, blue: u8) -> i32 {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    let high = red.max(green).max(blue);
    let chroma = high - red.min(green).min(blue);
    if chroma == 0 {
        return 0;
    }
    let degrees = if high == red {
        60 * (green - blue) / chroma
    } else if high == green {
        120 + 60 * (blue - red) / chroma
    } else {
        240 + 60 * (red - green) / chroma
    };
    degrees.rem_euclid(360)
}

/// Red, green and blue of xterm's colour `index`: sixteen named ones, a 6×6×6 cube, a ramp of 24 greys.
fn indexed(index: u8) -> Rgb {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..=15 => ANSI[usize::from(index)].2,
        16..=231 => {
            let index = usize::from(index - 16);
            (STEPS[index / 36], STEPS[index / 6 % 6], STEPS[index % 6])
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// How different two colours look: the "redmean" approximation (compuphase.com/cmetric.htm), squared and scaled.
fn distance(a: Rgb, b: Rgb) -> i32 {
    let mean = i32::midpoint(i32::from(a.0), i32::from(b.0));
    let [red, green, blue] = [(a.0, b.0), (a.1, b.1), (a.2, b.2)].map(|(a, b)| (i32::from(a) - i32::from(b)).pow(2));
    (512 + mean) * red + 1024 * green + (767 - mean) * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_what_is_none_is_refused() {
        assert_eq!(parse("#0a0Bff"), Some(Color::Rgb(10, 11, 255)));
        assert_eq!(parse("bright-red"), Some(Color::LightRed));
        assert_eq!(parse("default"), Some(Color::Reset));
        for bad in ["", "#", "#12", "#12345", "#1234567", "#+12345", "#ééé", "#gggggg", "Red", "light-red"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert!(names().all(|name| parse(name).is_some()));
    }

    #[test]
    fn the_depth_follows_the_environment() {
        use ColorDepth::{Ansi16, Ansi256, None as Plain, True};
        for (no_color, colorterm, term, expected) in [
            (Some("1"), Some("truecolor"), Some("xterm-256color"), Plain),
            (Some(""), Some("truecolor"), Some("xterm-256color"), True),
            (None, Some("24bit"), Some("screen"), True),
            (None, None, Some("xterm-kitty"), True),
            (None, None, Some("xterm-direct"), True),
            (None, Some("yes"), Some("xterm-256color"), Ansi256),
            (None, None, Some("tmux-256color"), Ansi256),
            (None, None, Some("xterm"), Ansi256),
            (None, None, Some("linux"), Ansi16),
            (None, None, None, Ansi16),
            (None, Some("truecolor"), Some("dumb"), Plain),
            (None, None, Some("vt100"), Plain),
        ] {
            assert_eq!(ColorDepth::detect(no_color, colorterm, term), expected, "{no_color:?} {colorterm:?} {term:?}");
        }
    }

    #[test]
    fn a_colour_of_the_256_is_its_own_nearest() {
        for index in 16..=255 {
            let (red, green, blue) = indexed(index);
            let Color::Indexed(nearest) = to_256(Color::Rgb(red, green, blue)) else { panic!("not reduced") };
            assert_eq!(indexed(nearest), (red, green, blue), "{index} became {nearest}");
        }
        assert_eq!(to_256(Color::Red), Color::Red);
    }

    #[test]
    fn sixteen_colours_keep_the_hue() {
        for (text, on_dark, on_light) in [
            ("#f38ba8", Color::LightRed, Color::Red),
            ("#a6e3a1", Color::LightGreen, Color::Green),
            ("#89b4fa", Color::LightBlue, Color::Blue),
            ("#e0af68", Color::LightYellow, Color::Yellow),
            ("#c0caf5", Color::White, Color::White),
            ("#101418", Color::Black, Color::Black),
            ("#6b7280", Color::DarkGray, Color::DarkGray),
            ("red", Color::Red, Color::Red),
            ("default", Color::Reset, Color::Reset),
        ] {
            let color = parse(text).unwrap();
            assert_eq!((to_16(color, true), to_16(color, false)), (on_dark, on_light), "{text}");
        }
    }
}
