//! Text in cells: cut to a width, made safe, and numbers in the few forms that the widgets share.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::safe::safe;
use crate::tui::text as figures;

/// No text is measured beyond this many columns; no terminal is wider.
const WIDEST: usize = 1000;

/// Draws `text` at (`x`, `y`) in at most `width` columns, cut with `…` where it is longer. Cells outside the buffer
/// are left out. Returns how many columns were taken.
pub(super) fn draw(buf: &mut Buffer, (x, y): (u16, u16), width: u16, text: &str, style: Style) -> u16 {
    let room = if (buf.area.top()..buf.area.bottom()).contains(&y) && x >= buf.area.left() {
        width.min(buf.area.right().saturating_sub(x))
    } else {
        0
    };
    if room == 0 {
        return 0;
    }
    let (end, _) = buf.set_stringn(x, y, fit(text, room), usize::from(room), style);
    end - x
}

/// Draws `text` so that it ends before column `right`, if all of it fits behind column `left`.
pub(super) fn draw_right(buf: &mut Buffer, (left, right): (u16, u16), y: u16, text: &str, style: Style) {
    let width = columns(text);
    if right.saturating_sub(left) >= width {
        draw(buf, (right - width, y), width, text, style);
    }
}

/// Replaces the ellipses in `area` for terminals that have none.
pub(super) fn without_ellipses(buf: &mut Buffer, area: Rect) {
    for position in area.positions() {
        if let Some(cell) = buf.cell_mut(position).filter(|cell| cell.symbol() == "…") {
            cell.set_symbol("~");
        }
    }
}

/// The columns that `text` takes once it is safe.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(safe(head(text, WIDEST)).width()).unwrap_or(u16::MAX)
}

/// As much of `text` as could be seen in `width` columns. A name of a megabyte costs no more than what is drawn of it.
fn head(text: &str, width: usize) -> &str {
    // Several characters can share a column (accents, joined emoji); nobody misses what is beyond these.
    let most = width.saturating_mul(8).saturating_add(64);
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// `text` made safe and cut to `width` columns, the last of them `…` where something was cut.
pub(super) fn fit(text: &str, width: u16) -> Cow<'_, str> {
    let width = usize::from(width);
    let head = head(text, width);
    let is_whole = head.len() == text.len();
    let text = safe(head);
    if is_whole && text.width() <= width {
        return text;
    }
    let (mut cut, mut taken) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        taken += grapheme.width();
        if taken + 1 > width {
            break;
        }
        cut.push_str(grapheme);
    }
    if width > 0 {
        cut.push('…');
    }
    cut.into()
}

/// A duration in its own unit with up to three digits, `gap` between number and unit: `1.24 s`, `182ms`.
pub(super) fn duration(nanos: i64, gap: &str) -> String {
    figures::duration(nanos.max(0)).replacen(' ', gap, 1)
}

/// A rate: `210/s`, `4.1/s`, `12.5k/s`, `0.2/min`.
pub(super) fn rate(per_second: f64) -> String {
    if let Some((value, unit)) = figures::seldom(per_second) {
        return format!("{value:.1}/{unit}");
    }
    match per_second.max(0.0) {
        v if v >= 999_500.0 => format!("{}M/s", figures::three_digits(v / 1e6)),
        v if v >= 9999.5 => format!("{}k/s", figures::three_digits(v / 1e3)),
        v => format!("{}/s", figures::three_digits((v * 10.0).round() / 10.0)),
    }
}

/// A share from 0 to 1 as a percentage with two digits at least: `4.1%`, `11%`.
pub(super) fn percent(share: f64) -> String {
    let value = share.clamp(0.0, 1.0) * 100.0;
    if value >= 9.95 { format!("{value:.0}%") } else { format!("{value:.1}%") }
}

/// An integer with commas between its thousands.
pub(super) fn grouped(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", figures::count(value.unsigned_abs()))
}

#[cfg(test)]
pub(super) mod tests {
    use ratatui::widgets::Widget;

    use super::*;

    /// What `widget` draws in a space of this size, a line a row, blanks at the ends cut.
    pub(in super::super) fn drawn<W: Widget + Copy>(widget: W, width: u16, height: u16) -> Vec<String> {
        let buf = buffer(widget, width, height);
        assert_eq!(buf, buffer(widget, width, height), "drawing twice gives the same");
        let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(row).collect()
    }

    pub(in super::super) fn buffer<W: Widget>(widget: W, width: u16, height: u16) -> Buffer {
        // Off the origin, so that mixing up the two is seen.
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        widget.render(buf.area, &mut buf);
        buf
    }

    /// Draws into every size from nothing to 200×60 in strides, and into areas that reach out of the buffer.
    pub(in super::super) fn survives_all_sizes<W: Widget + Copy>(widget: W) {
        for width in (0..40).chain((40..=200).step_by(16)) {
            for height in (0..12).chain((12..=60).step_by(12)) {
                buffer(widget, width, height);
                let mut small = Buffer::empty(Rect::new(3, 2, width / 2, height / 2));
                widget.render(Rect::new(0, 0, width, height), &mut small);
            }
        }
    }

    #[test]
    fn text_is_cut_by_columns_and_made_safe() {
        for (text, width, expected) in [
            ("checkout", 8, "checkout"),
            ("checkout", 5, "chec…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("x", 0, ""),
            ("a\x1b[31m\u{202e}b", 20, "a␛[31m⇄b"),
        ] {
            assert_eq!(fit(text, width), expected, "{text:?} {width}");
        }
    }

    #[test]
    fn long_text_is_not_read_to_its_end() {
        let accents = format!("a{}", "\u{301}".repeat(1 << 20));
        assert!(fit(&accents, 5).len() < 1000);
        assert_eq!(columns(&"x".repeat(1 << 20)), 8064);
    }

    #[test]
    fn numbers_are_short() {
        let durations = [0, 830, 12_000, 91_400_000, 182_000_000, 999_700_000, 1_240_000_000, 61_000_000_000];
        assert_eq!(
            durations.map(|nanos| duration(nanos, " ")),
            ["0 ns", "830 ns", "12 µs", "91.4 ms", "182 ms", "1 s", "1.24 s", "1m 1s"]
        );
        assert_eq!([0.0, 4.1, 38.04, 210.0, 12_480.0].map(rate), ["0/s", "4.1/s", "38/s", "210/s", "12.5k/s"]);
        assert_eq!([0.094, 1.0 / 300.0, 1.0 / 3600.0, 1e-9].map(rate), ["5.6/min", "0.2/min", "1.0/h", "0.1/h"]);
        assert_eq!([0.0, 0.041, 0.11, 7.0].map(percent), ["0.0%", "4.1%", "11%", "100%"]);
        assert_eq!([0, -1240, 1_000_000].map(grouped), ["0", "-1,240", "1,000,000"]);
    }
}
