//! What every finished frame goes through, so that no widget can forget it: no half of a wide symbol is left, and there
//! is ASCII alone where no more is allowed.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// Blanks wide symbols of which something else covers a part: a terminal would draw them over what covers them.
/// O(cells).
pub(super) fn mend(buf: &mut Buffer) {
    let width = usize::from(buf.area.width).max(1);
    for row in buf.content.chunks_mut(width) {
        for at in 0..row.len() {
            let Some((cell, behind)) = row.get_mut(at..).and_then(<[_]>::split_first_mut) else { continue };
            let symbol = cell.symbol();
            if symbol.len() == 1 {
                continue;
            }
            let covered = symbol.width().saturating_sub(1);
            let is_whole = behind.get(..covered).is_some_and(|rest| rest.iter().all(|cell| cell.symbol() == " "));
            if !is_whole {
                cell.set_symbol(" ");
            }
        }
    }
}

/// Replaces every symbol that is not ASCII by one that is: `--ascii`. Widgets that draw shapes choose better ones
/// before. O(cells).
pub(super) fn reduce_to_ascii(buf: &mut Buffer) {
    for cell in buf.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let stand_in = cell.symbol().chars().next().map_or(" ", stand_in);
        cell.set_symbol(stand_in);
    }
}

/// What stands for a symbol. The cell behind a wide one is blank already.
fn stand_in(symbol: char) -> &'static str {
    match symbol {
        '…' | '⋯' => "~",
        '·' | '–' | '─' | '━' => "-",
        '│' | '┃' | '▏' => "|",
        '╭' | '╮' | '╰' | '╯' | '├' | '┤' | '┬' | '┴' | '┼' | '✓' => "+",
        '✗' => "x",
        '▼' | '▾' | '↓' => "v",
        '↑' | '▲' => "^",
        '←' => "<",
        '↗' => "@",
        '↙' => "&",
        '→' | '▶' | '▸' | '▌' => ">",
        '◆' | '●' => "*",
        '≡' | '▁'..='█' | '▰' => "#",
        '▱' => ".",
        'µ' => "u",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn halves_of_wide_symbols_are_blanked() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        buf.set_string(0, 0, "a漢字b漢", Style::new());
        buf.set_string(4, 0, "│", Style::new());
        mend(&mut buf);
        assert_eq!(buf, Buffer::with_lines(["a漢 │b漢"]));
    }

    #[test]
    fn what_is_not_ascii_gets_a_stand_in_of_one_cell() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 1));
        buf.set_string(0, 0, "a…1.5 µs漢 é", Style::new());
        reduce_to_ascii(&mut buf);
        assert_eq!(buf, Buffer::with_lines(["a~1.5 us?  ?"]));
    }
}
