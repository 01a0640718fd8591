//! Pieces of a line: texts with the role they play, cut and drawn by cells.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use std::ops::Range;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::model::Level;
use crate::theme::{Role, Theme};

/// What a piece of text is there for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// A role of the theme.
    Role(Role),
    /// A level's word.
    Level(Level),
    /// A service's name.
    Service(Arc<str>),
    /// Text that brings its own style, as lines with terminal sequences do.
    Own(Style),
}

/// A text with its look. The text is safe to draw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What is drawn.
    pub text: String,
    /// How.
    pub look: Look,
}

impl Piece {
    /// A piece that plays `role`.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { text: text.into(), look: Look::Role(role) }
    }

    /// Its style in `theme`.
    pub fn style(&self, theme: &Theme) -> Style {
        match &self.look {
            // The ground is painted once, below everything: painting it again would punch holes into a selected row.
            Look::Role(Role::Text) => Style { bg: None, ..theme.style(Role::Text) },
            Look::Own(style) => Style { bg: None, ..theme.style(Role::Text) }.patch(theme.own(*style)),
            Look::Role(role) => theme.style(*role),
            Look::Level(level) => theme.level(*level),
            Look::Service(name) => theme.service(name),
        }
    }
}

/// The cells that all pieces take.
pub fn width(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.text.width()).sum()
}

/// The text of all pieces.
pub fn text(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// Lays `role` over the byte ranges `marks` of the concatenated text of `pieces`.
pub fn highlight(pieces: Vec<Piece>, marks: &[Range<usize>], role: Role) -> Vec<Piece> {
    if marks.is_empty() {
        return pieces;
    }
    let mut out = Vec::with_capacity(pieces.len() + 2 * marks.len());
    let mut start = 0;
    for piece in pieces {
        let mut at = 0;
        for mark in marks {
            let from = mark.start.saturating_sub(start).clamp(at, piece.text.len());
            let to = mark.end.saturating_sub(start).clamp(from, piece.text.len());
            if let (Some(before), Some(hit)) = (piece.text.get(at..from), piece.text.get(from..to))
                && !hit.is_empty()
            {
                if !before.is_empty() {
                    out.push(Piece { text: before.to_owned(), look: piece.look.clone() });
                }
                out.push(Piece::new(role, hit));
                at = to;
            }
        }
        let length = piece.text.len();
        if let Some(rest) = piece.text.get(at..)
            && !rest.is_empty()
        {
            out.push(Piece { text: rest.to_owned(), look: piece.look });
        }
        start += length;
    }
    out
}

/// Leaves out the first `cells` cells.
pub fn skip(pieces: Vec<Piece>, cells: usize) -> Vec<Piece> {
    if cells == 0 {
        return pieces;
    }
    let mut left = cells;
    let mut out = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        if left > 0 {
            let mut cut = 0;
            for grapheme in piece.text.graphemes(true) {
                if left == 0 {
                    break;
                }
                left = left.saturating_sub(grapheme.width());
                cut += grapheme.len();
            }
            piece.text.drain(..cut);
        }
        if !piece.text.is_empty() {
            out.push(piece);
        }
    }
    out
}

/// Pieces cut or padded with blanks to exactly `width` cells, with an ellipsis where something was left out.
pub fn fit(pieces: Vec<Piece>, width: usize) -> Vec<Piece> {
    let taken = self::width(&pieces);
    if taken <= width {
        let blanks = Piece::new(Role::Text, " ".repeat(width - taken));
        return pieces.into_iter().chain([blanks]).collect();
    }
    let room = width.saturating_sub(1);
    let mut line = if room == 0 { Vec::new() } else { wrap(pieces, room).into_iter().next().unwrap_or_default() };
    let left = width.saturating_sub(self::width(&line)).min(width);
    line.push(Piece::new(Role::Faint, if left == 0 { String::new() } else { format!("{:<left$}", "…") }));
    line
}

/// Breaks pieces into lines of at most `width` cells, `width` being at least one.
pub fn wrap(pieces: Vec<Piece>, width: usize) -> Vec<Vec<Piece>> {
    let width = width.max(1);
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for piece in pieces {
        let mut text = String::new();
        for grapheme in piece.text.graphemes(true) {
            let cells = grapheme.width();
            if used + cells > width && used > 0 {
                push(&mut lines, &mut text, &piece.look);
                lines.push(Vec::new());
                used = 0;
            }
            used += cells;
            text.push_str(grapheme);
        }
        push(&mut lines, &mut text, &piece.look);
    }
    lines
}

/// Puts `head` in front of the first of `lines` and blanks in front of the others.
pub fn with_head(head: Vec<Piece>, lines: Vec<Vec<Piece>>, indent: usize) -> Vec<Vec<Piece>> {
    let mut head = Some(head);
    let blank = || vec![Piece::new(Role::Text, " ".repeat(indent))];
    lines
        .into_iter()
        .map(|line| {
            let mut out = head.take().unwrap_or_else(blank);
            out.extend(line);
            out
        })
        .collect()
}

fn push(lines: &mut [Vec<Piece>], text: &mut String, look: &Look) {
    if let Some(line) = lines.last_mut()
        && !text.is_empty()
    {
        line.push(Piece { text: std::mem::take(text), look: look.clone() });
    }
}

/// Draws pieces from `x` on, at most `width` cells; a text that does not fit ends with an ellipsis. `base` lies beneath
/// every piece. Answers the cells used.
pub fn draw(pieces: &[Piece], buf: &mut Buffer, x: u16, y: u16, width: u16, base: Style, theme: &Theme) -> u16 {
    let mut used = 0u16;
    for piece in pieces {
        let left = width - used;
        if left == 0 {
            break;
        }
        let (end, _) = buf.set_stringn(x + used, y, &piece.text, usize::from(left), base.patch(piece.style(theme)));
        used = end - x;
    }
    if self::width(pieces) > usize::from(width) && width > 0 {
        let last = x + width - 1;
        if let Some(cell) = buf.cell_mut((last, y)) {
            cell.set_symbol("…").set_style(base.patch(theme.style(Role::Faint)));
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pieces: &[Piece]) -> Vec<&str> {
        pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn highlights_split_pieces_where_they_fall() {
        let pieces = vec![Piece::new(Role::Text, "hello "), Piece::new(Role::Muted, "world")];
        let marked = highlight(pieces, &[2..8, 10..11], Role::Match);
        assert_eq!(texts(&marked), ["he", "llo ", "wo", "rl", "d"]);
        let roles: Vec<_> = marked.iter().map(|piece| piece.look == Look::Role(Role::Match)).collect();
        assert_eq!(roles, [false, true, true, false, true]);
    }

    #[test]
    fn pieces_are_cut_and_padded_to_a_width() {
        let pieces = vec![Piece::new(Role::Text, "漢字ab"), Piece::new(Role::Muted, "cd")];
        for (width, expected) in [(10, "漢字abcd  "), (8, "漢字abcd"), (7, "漢字ab…"), (4, "漢… "), (1, "…"), (0, "")]
        {
            let line = fit(pieces.clone(), width);
            assert_eq!((texts(&line).concat().as_str(), self::width(&line)), (expected, width));
        }
    }

    #[test]
    fn skipping_and_wrapping_count_cells() {
        let pieces = vec![Piece::new(Role::Text, "漢字ab"), Piece::new(Role::Muted, "cd")];
        assert_eq!(texts(&skip(pieces.clone(), 4)), ["ab", "cd"]);
        let lines = wrap(pieces, 5);
        assert_eq!(lines.iter().map(|line| texts(line).concat()).collect::<Vec<_>>(), ["漢字a", "bcd"]);
    }
}
