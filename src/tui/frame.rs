//! The frame around a pane: border, title, position, mode; and the message in the middle of an empty one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::widgets::{Block, Widget};
use unicode_width::UnicodeWidthStr;

use super::pane::Paint;
use super::piece::{self, Piece};
use super::text;
use crate::theme::Role;

const ASCII: border::Set<'_> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// What stands on the frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// At the top left: what is shown.
    pub title: &'a [Piece],
    /// At the top right: how much of it.
    pub right: &'a str,
    /// At the bottom right: in which mode.
    pub bottom: &'a [Piece],
}

impl Frame<'_> {
    /// Draws the frame and answers the area within.
    pub fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) -> Rect {
        let area = area.intersection(buf.area);
        if area.width < 2 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let theme = paint.theme;
        let border = theme.style(if paint.is_focused { Role::BorderFocused } else { Role::Border });
        let set = if paint.ascii { ASCII } else { border::ROUNDED };
        let block = Block::bordered().border_set(set).border_style(border);
        let inner = block.inner(area);
        block.render(area, buf);
        let right = u16::try_from(self.right.width()).unwrap_or(u16::MAX);
        let room = area.width.saturating_sub(4);
        let right = if self.right.is_empty() || right + 12 > room { 0 } else { right + 3 };
        if right > 0 {
            let x = area.right() - right - 1;
            buf.set_stringn(x, area.y, format!(" {} ", self.right), usize::from(right), theme.style(Role::Muted));
        }
        let title = theme.style(if paint.is_focused { Role::TitleFocused } else { Role::Title });
        let line = Rect { x: area.x + 1, width: room.saturating_sub(right), height: 1, ..area };
        labels(self.title, line, title, buf, paint);
        let wide = u16::try_from(piece::width(self.bottom)).unwrap_or(u16::MAX).min(room.saturating_sub(2));
        if !self.bottom.is_empty() && room > 8 {
            let x = area.right().saturating_sub(wide + 4);
            let line = Rect { x, y: area.bottom() - 1, width: wide + 2, height: 1 };
            labels(self.bottom, line, Style::new(), buf, paint);
        }
        inner
    }
}

/// Writes the first of these labels that has room at the left of a frame's bottom line, beside what stands there already.
pub fn aside(labelled: &[Vec<Piece>], area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    let area = area.intersection(buf.area);
    if area.width < 2 || area.height < 2 {
        return;
    }
    let line = if paint.ascii { ASCII } else { border::ROUNDED }.horizontal_bottom;
    let (x, y) = (area.x + 1, area.bottom() - 1);
    let is_free = |x: &u16| buf.cell((*x, y)).is_some_and(|cell| cell.symbol() == line);
    let free = (x..area.right() - 1).take_while(is_free).count();
    // A blank on both sides, and some of the line is left.
    let fitting = labelled.iter().map(|pieces| (pieces, piece::width(pieces) + 2)).find(|(_, wide)| *wide < free);
    if let Some((pieces, wide)) = fitting {
        let width = u16::try_from(wide).unwrap_or(area.width);
        labels(pieces, Rect { x, y, width, height: 1 }, Style::new(), buf, paint);
    }
}

/// Writes pieces onto a border line, with a blank on both sides; the first one in `lead`'s style where it is a title.
fn labels(pieces: &[Piece], line: Rect, lead: Style, buf: &mut Buffer, paint: &Paint<'_>) {
    if pieces.is_empty() || line.width < 3 {
        return;
    }
    let Rect { x, y, width, .. } = line;
    buf.set_stringn(x, y, " ", 1, Style::new());
    let is_title = pieces.first().is_some_and(|piece| piece.look == piece::Look::Role(Role::Title));
    let mut used = 1;
    let rest = if is_title { pieces.get(1..).unwrap_or_default() } else { pieces };
    if let Some(first) = pieces.first().filter(|_| is_title) {
        let (end, _) = buf.set_stringn(
            x + 1,
            y,
            text::truncate(&first.text, usize::from(width - 2)),
            usize::from(width - 2),
            lead,
        );
        used = end - x;
    }
    let drawn = piece::draw(rest, buf, x + used, y, width.saturating_sub(used + 1), Style::new(), paint.theme);
    buf.set_stringn(x + used + drawn, y, " ", 1, Style::new());
}

/// Writes lines in the middle of `area`, muted.
pub fn message(lines: &[String], area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    let style = paint.theme.style(Role::Muted);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let top = area.y + (area.height - height) / 2;
    let widest = lines.iter().map(|line| line.width()).max().unwrap_or(0).min(usize::from(area.width));
    let x = area.x + (area.width - u16::try_from(widest).unwrap_or(area.width)) / 2;
    for (line, y) in lines.iter().zip(top..top + height) {
        buf.set_stringn(x, y, text::truncate(line, usize::from(area.right() - x)), usize::from(area.width), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    fn bottom_line(hint: &str, width: u16) -> String {
        let theme = Theme::shipped("dark").unwrap();
        let paint = Paint { theme: &theme, is_focused: true, ascii: false };
        let area = Rect::new(0, 0, width, 3);
        let mut buf = Buffer::empty(area);
        let keys = [Piece::new(Role::Muted, hint)];
        Frame { title: &[], right: "", bottom: &keys }.render(area, &mut buf, &paint);
        let labels = ["one or another", "one"].map(|label| vec![Piece::new(Role::Muted, label)]);
        aside(&labels, area, &mut buf, &paint);
        (0..width).map(|x| buf[(x, 2)].symbol()).collect()
    }

    #[test]
    fn what_stands_aside_gives_way_to_what_is_there() {
        for (hint, width, expected) in [
            ("key", 30, "╰ one or another ─────── key ─╯"),
            ("a longer one", 30, "╰ one ──────── a longer one ─╯"),
            ("a longer one", 22, "╰───── a longer one ─╯"),
            ("", 4, "╰──╯"),
        ] {
            assert_eq!(bottom_line(hint, width), expected);
        }
    }
}
