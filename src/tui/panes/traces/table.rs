//! Tables that sort: which columns fit, their header with the mark of the sorted one, rows of cells of exact widths.

use std::borrow::Cow;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;

/// Characters of a name that are looked at; several may share a cell.
const MOST_SHOWN: usize = 600;
/// Cells of a service's name in a title.
const TITLED: usize = 32;
/// From this width on columns stand two cells apart.
const ROOMY: usize = 72;

/// A column that a table can have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<C> {
    /// What it shows.
    pub(super) what: C,
    /// What stands above it.
    pub(super) title: &'static str,
    /// The cells that it needs, its title and the mark of the order included.
    pub(super) least: usize,
    /// The cells that it would fill.
    pub(super) most: usize,
    /// Whether it is aligned to the right, as figures are.
    pub(super) is_figure: bool,
    /// How soon it is left out where there is little room: the larger, the sooner.
    pub(super) rank: u8,
}

impl<C> Column<C> {
    /// A column of figures of one width.
    pub(super) fn figure(what: C, title: &'static str, width: usize, rank: u8) -> Self {
        Self { what, title, least: width, most: width, is_figure: true, rank }
    }

    /// A column of texts, of `least` to `most` cells.
    pub(super) fn text(what: C, title: &'static str, (least, most): (usize, usize), rank: u8) -> Self {
        Self { what, title, least, most: most.max(least), is_figure: false, rank }
    }
}

/// The columns that are shown, with their widths.
#[derive(Clone, Debug)]
pub(super) struct Table<C> {
    columns: Vec<(Column<C>, usize)>,
    gap: usize,
}

impl<C> Default for Table<C> {
    fn default() -> Self {
        Self { columns: Vec::new(), gap: 1 }
    }
}

impl<C: Copy + PartialEq> Table<C> {
    /// The columns that fit into `width` cells, by rank, and in any case the `sorted` one and one more. What is left over goes
    /// to the columns that would fill it, by rank again.
    pub(super) fn fit(all: &[Column<C>], sorted: C, width: usize) -> Self {
        let gap = if width >= ROOMY { 2 } else { 1 };
        let mut by_rank: Vec<&Column<C>> = all.iter().collect();
        by_rank.sort_by_key(|column| (column.what != sorted, column.rank));
        let mut taken = 0;
        let mut chosen: Vec<C> = Vec::new();
        for column in by_rank {
            let wanted = taken + column.least + if chosen.is_empty() { 0 } else { gap };
            if wanted <= width || chosen.len() < 2 {
                taken = wanted;
                chosen.push(column.what);
            }
        }
        let mut columns: Vec<_> = all.iter().filter(|it| chosen.contains(&it.what)).map(|it| (*it, it.least)).collect();
        let mut left = width.saturating_sub(taken);
        let mut growing: Vec<&mut (Column<C>, usize)> = columns.iter_mut().collect();
        growing.sort_by_key(|(column, _)| column.rank);
        for (column, cells) in growing {
            let more = column.most.saturating_sub(column.least).min(left);
            *cells += more;
            left -= more;
        }
        Self { columns, gap }
    }

    /// The titles; that of the sorted column is marked.
    pub(super) fn header(&self, sorted: C, is_ascending: bool) -> Vec<Piece> {
        self.line(|column, width| {
            let is_sorted = column.what == sorted;
            let mark = match (is_sorted, is_ascending) {
                (false, _) => "",
                (true, false) => "▼",
                (true, true) => "▲",
            };
            let title = if column.is_figure {
                format!("{:>width$}", format!("{mark}{}", column.title))
            } else {
                text::fit(&format!("{}{mark}", column.title), width)
            };
            vec![Piece::new(if is_sorted { Role::Accent } else { Role::Muted }, title)]
        })
    }

    /// A row of what `cell` says of each column, safe to draw.
    pub(super) fn row(&self, cell: impl Fn(C, usize) -> Vec<Piece>) -> Vec<Piece> {
        self.line(|column, width| {
            let pieces = cell(column.what, width);
            let taken = piece::width(&pieces);
            if column.is_figure && taken <= width {
                let blanks = Piece::new(Role::Text, " ".repeat(width - taken));
                return [blanks].into_iter().chain(pieces).collect();
            }
            piece::fit(pieces, width)
        })
    }

    fn line(&self, cell: impl Fn(&Column<C>, usize) -> Vec<Piece>) -> Vec<Piece> {
        let mut out = Vec::new();
        for (at, (column, width)) in self.columns.iter().enumerate() {
            if at > 0 {
                out.push(Piece::new(Role::Text, " ".repeat(self.gap)));
            }
            out.extend(cell(column, *width));
        }
        out
    }
}

/// A row as it is drawn, with the mark in front of it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) mark: Piece,
    pub(super) pieces: Vec<Piece>,
    pub(super) is_selected: bool,
}

/// Draws a header and rows into `inner`, a cell for marks at their left and a blank one at their right.
pub(super) fn draw(header: &[Piece], rows: &[Row], inner: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    let inner = inner.intersection(buf.area);
    let width = inner.width.saturating_sub(2);
    if inner.is_empty() {
        return;
    }
    piece::draw(header, buf, inner.x + 1, inner.y, width, Style::new(), paint.theme);
    for (row, y) in rows.iter().zip(inner.y + 1..inner.bottom()) {
        let base = match (row.is_selected, paint.is_focused) {
            (true, true) => paint.theme.style(Role::Selected),
            (true, false) => paint.theme.style(Role::SelectedUnfocused),
            (false, _) => Style::new(),
        };
        buf.set_style(Rect { y, height: 1, ..inner }, base);
        piece::draw(std::slice::from_ref(&row.mark), buf, inner.x, y, 1, base, paint.theme);
        piece::draw(&row.pieces, buf, inner.x + 1, y, width, base, paint.theme);
    }
}

/// The cells that a table has within a frame of `width` cells.
pub(super) fn cells(width: u16) -> usize {
    usize::from(width.saturating_sub(4))
}

/// A bar of `width` cells of which `share` (0 to 1) is filled, exact to an eighth; anything at all is seen. Whole
/// cells leave a gap above, so that the bars of neighbouring rows are told apart.
pub(super) fn bar(share: f64, width: usize, is_ascii: bool) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a screen's width"
    )]
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let eighths = eighths.max(usize::from(share > 0.0 && width > 0));
    if is_ascii {
        return "#".repeat(eighths.div_ceil(8));
    }
    format!("{}{}", "▇".repeat(eighths / 8), PARTS[eighths % 8])
}

/// A name that somebody sent, safe to draw, and no more of it than a screen could show.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    let head = text.char_indices().nth(MOST_SHOWN).and_then(|(end, _)| text.get(..end));
    safe(text::visible(head.unwrap_or(text)))
}

/// A service's name in a title: cut before it takes the room of what it did.
pub(super) fn titled(service: &str) -> Piece {
    Piece { text: text::truncate(&name(service), TITLED), look: Look::Service(Arc::from(service)) }
}

/// The cells of the widest of these names.
pub(super) fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|text| name(text).width()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> [Column<char>; 4] {
        [
            Column::text('n', "name", (5, 12), 0),
            Column::figure('a', "all", 4, 1),
            Column::figure('b', "bad", 4, 3),
            Column::text('w', "who", (4, 6), 2),
        ]
    }

    fn header(width: usize, sorted: char) -> String {
        piece::text(&Table::fit(&columns(), sorted, width).header(sorted, false))
    }

    #[test]
    fn columns_go_by_rank_and_the_sorted_one_stays() {
        for (width, sorted, expected) in [
            (30, 'a', "name         ▼all  bad who   "),
            (20, 'a', "name  ▼all  bad who "),
            (15, 'a', "name  ▼all who "),
            (15, 'b', "name   all ▼bad"),
            (10, 'b', "name  ▼bad"),
            (2, 'n', "name▼  all"),
        ] {
            let got = header(width, sorted);
            assert_eq!(got, expected, "{width} {sorted}");
            assert!(got.width() <= width.max(10));
        }
    }

    #[test]
    fn cells_have_exact_widths_whatever_is_in_them() {
        let table = Table::fit(&columns(), 'a', 30);
        let row = table.row(|what, _| vec![Piece::new(Role::Text, if what == 'a' { "9" } else { "漢字漢字漢字漢字" })]);
        assert_eq!(piece::width(&table.header('a', true)), 29);
        assert!(piece::text(&row).starts_with("漢字漢字漢…     9 漢"), "{}", piece::text(&row));
    }

    #[test]
    fn bars_are_exact_to_an_eighth_and_never_too_short_to_see() {
        for (share, ascii, expected) in
            [(0.0, false, ""), (1e-9, false, "▏"), (0.5, false, "▇▇"), (0.53, false, "▇▇▏"), (7.0, true, "####")]
        {
            assert_eq!(bar(share, 4, ascii), expected, "{share}");
        }
    }
}
