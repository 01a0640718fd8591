//! Cells to SVG: a window frame, grounds as rectangles, and text in runs of one style.
//!
//! Every run says how wide it is (`textLength`), so that columns stay in line whatever font the reader has. The format
//! is that of SVG 1.1, https://www.w3.org/TR/SVG11/text.html.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use spantail::theme::{Role, Theme};
use unicode_width::UnicodeWidthStr as _;

/// Width and height of a cell, and the size of the font, in pixels.
const CELL: (f32, f32) = (8.4, 17.0);
const FONT_SIZE: f32 = 14.0;
/// From the top of a cell to the base line of its text.
const BASE: f32 = 13.0;
/// Around the screen, and the height of the title bar.
const MARGIN: f32 = 10.0;
const TITLE_BAR: f32 = 30.0;
const CLASSES_CSS: &str = ".b{font-weight:700}.i{font-style:italic}.u{text-decoration:underline}.d{opacity:.6}";
const FONTS: &str = "ui-monospace, 'DejaVu Sans Mono', 'JetBrains Mono', Menlo, Consolas, monospace";

/// Writes an element on a line of its own. Writing into a string can not fail.
macro_rules! put {
    ($out:expr, $($element:tt)+) => {{ let _written = writeln!($out, $($element)+); }};
}

/// The picture of `buffer`, as `theme` paints it.
pub(crate) fn write(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let ground = hex(theme.background(), "#101418");
    let text = theme.style(Role::Text).fg.map_or_else(|| "#d0d0d0".to_owned(), |color| hex(color, "#d0d0d0"));
    let muted = theme.style(Role::Muted).fg.map_or_else(|| text.clone(), |color| hex(color, &text));
    let inks = Inks { text, muted, ground };
    let (columns, rows) = (f32::from(buffer.area.width), f32::from(buffer.area.height));
    let size = (columns * CELL.0 + 2.0 * MARGIN, rows * CELL.1 + TITLE_BAR + MARGIN);
    let mut out = String::new();
    window(&mut out, size, &inks, &escaped(title));
    for y in 0..buffer.area.height {
        row(&mut out, buffer, y, &inks);
    }
    out.push_str("</svg>\n");
    out
}

/// The beginning of the picture: a window with a title and three lights.
fn window(out: &mut String, (width, height): (f32, f32), inks: &Inks, title: &str) {
    let Inks { muted, ground, .. } = inks;
    put!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" xml:space="preserve" role="img" aria-label="{title}">"#
    );
    put!(out, "<style>text{{font-family:{FONTS};font-size:{FONT_SIZE}px;white-space:pre}}{CLASSES_CSS}</style>");
    put!(
        out,
        r#"<rect x=".5" y=".5" width="{:.0}" height="{:.0}" rx="9" fill="{ground}" stroke="{muted}" stroke-opacity=".5"/>"#,
        width - 1.0,
        height - 1.0
    );
    for (x, fill) in [(20, "#ff5f57"), (39, "#febc2e"), (58, "#28c840")] {
        put!(out, r#"<circle cx="{x}" cy="15" r="5.5" fill="{fill}"/>"#);
    }
    let middle = width / 2.0;
    put!(out, r#"<text x="{middle:.0}" y="20" text-anchor="middle" fill="{muted}">{title}</text>"#);
}

/// The colours of what no cell paints.
struct Inks {
    text: String,
    muted: String,
    ground: String,
}

/// Neighbouring cells that look the same.
struct Run {
    text: String,
    style: Style,
    x: u16,
    /// In cells.
    width: u16,
}

fn row(out: &mut String, buffer: &Buffer, y: u16, inks: &Inks) {
    let runs = runs(buffer, y);
    let top = TITLE_BAR + f32::from(y) * CELL.1;
    for run in &runs {
        let (_, ground) = colours(run.style, inks);
        if ground != inks.ground {
            let (x, width, height) = (left(run.x), f32::from(run.width) * CELL.0, CELL.1);
            put!(out, r#"<rect x="{x:.1}" y="{top:.1}" width="{width:.1}" height="{height}" fill="{ground}"/>"#);
        }
    }
    for run in runs.iter().filter(|run| !run.text.trim().is_empty()) {
        let (ink, _) = colours(run.style, inks);
        let blanks = run.text.chars().take_while(|c| *c == ' ').count();
        let text = run.text.trim();
        let (x, y) = (left(run.x + u16::try_from(blanks).unwrap_or_default()), top + BASE);
        let length = f32::from(u16::try_from(text.width()).unwrap_or(u16::MAX)) * CELL.0;
        let (class, text) = (class(run.style), escaped(text));
        put!(
            out,
            r#"<text x="{x:.1}" y="{y:.1}" textLength="{length:.1}" lengthAdjust="spacingAndGlyphs"{class} fill="{ink}">{text}</text>"#
        );
    }
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let Some(cell) = buffer.cell((x, y)) else { break };
        let width = u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        let style = look(cell);
        match runs.last_mut() {
            Some(run) if run.style == style => {
                run.text.push_str(cell.symbol());
                run.width += width;
            }
            _ => runs.push(Run { text: cell.symbol().to_owned(), style, x, width }),
        }
        x += width;
    }
    runs
}

/// The style of a cell as far as a picture shows it.
fn look(cell: &Cell) -> Style {
    let shown = Modifier::BOLD | Modifier::DIM | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
    Style::new().fg(cell.fg).bg(cell.bg).add_modifier(cell.modifier & shown)
}

/// Ink and ground of a style.
fn colours(style: Style, inks: &Inks) -> (String, String) {
    let ink = hex(style.fg.unwrap_or_default(), &inks.text);
    let ground = hex(style.bg.unwrap_or_default(), &inks.ground);
    if style.add_modifier.contains(Modifier::REVERSED) { (ground, ink) } else { (ink, ground) }
}

fn class(style: Style) -> String {
    const CLASSES: [(Modifier, &str); 4] =
        [(Modifier::BOLD, "b"), (Modifier::ITALIC, "i"), (Modifier::UNDERLINED, "u"), (Modifier::DIM, "d")];
    let on = CLASSES.iter().filter(|(modifier, _)| style.add_modifier.contains(*modifier));
    let names: Vec<&str> = on.map(|(_, name)| *name).collect();
    if names.is_empty() { String::new() } else { format!(" class=\"{}\"", names.join(" ")) }
}

fn left(x: u16) -> f32 {
    MARGIN + f32::from(x) * CELL.0
}

/// `#rrggbb`; `unset` for what the terminal would choose. The shipped themes are written in full colours.
fn hex(color: Color, unset: &str) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        _ => unset.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
