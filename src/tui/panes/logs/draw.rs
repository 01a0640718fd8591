//! Drawing of the log list from its projection.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::timeline::Timeline;
use super::view::{Row, RowKind, View};
use crate::model::Level;
use crate::theme::Role;
use crate::tui::frame::Frame;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Piece};
use crate::tui::widget::histogram::{self, HistogramStyles};

/// Draws the list into `area`.
pub(super) fn render(view: &View, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    let frame = Frame { title: &view.title, right: &view.position, bottom: &view.mode };
    let mut inner = frame.render(area, buf, paint);
    if let Some(timeline) = view.timeline.as_ref().filter(|it| inner.height > it.height) {
        draw_timeline(timeline, Rect { height: timeline.height, ..inner }, buf, paint);
        inner.y += timeline.height;
        inner.height -= timeline.height;
    }
    if let Some(header) = view.header.as_ref().filter(|_| inner.height > 1) {
        let width = inner.width.saturating_sub(1);
        piece::draw(header, buf, inner.x + 1, inner.y, width, Style::new(), paint.theme);
        inner.y += 1;
        inner.height -= 1;
    }
    let mut y = inner.y;
    for row in &view.rows {
        if row.has_rule && y < inner.bottom() {
            let rule = if paint.ascii { "-" } else { "╌" };
            let line = [Piece::new(Role::Faint, rule.repeat(usize::from(inner.width.saturating_sub(2))))];
            piece::draw(&line, buf, inner.x + 1, y, inner.width.saturating_sub(1), Style::new(), paint.theme);
            y += 1;
        }
        for (at, line) in row.lines.iter().enumerate() {
            if y >= inner.bottom() {
                return;
            }
            draw_row(row, line, at == 0, Rect { y, height: 1, ..inner }, buf, paint);
            y += 1;
        }
    }
    let rest = Rect { y, height: inner.bottom() - y, ..inner };
    crate::tui::frame::message(&view.empty, rest, buf, paint);
}

fn draw_row(row: &Row, line: &[Piece], is_first: bool, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    let theme = paint.theme;
    let base = match (row.is_selected, paint.is_focused, row.kind == RowKind::Gap) {
        (true, true, _) => theme.style(Role::Selected),
        (true, false, _) => theme.style(Role::SelectedUnfocused),
        (false, _, true) => theme.style(Role::Loss),
        (false, _, false) => Style::new(),
    };
    buf.set_style(area, base);
    let (sign, role) = match (row.is_marked, row.is_selected) {
        (true, _) => (if paint.ascii { "*" } else { "◆" }, Role::Marked),
        (false, true) => (if paint.ascii { ">" } else { "▌" }, Role::Accent),
        (false, false) => (" ", Role::Gutter),
    };
    if area.width == 0 {
        return;
    }
    if is_first {
        buf.set_stringn(area.x, area.y, sign, 1, base.patch(theme.style(role)));
    }
    piece::draw(line, buf, area.x + 1, area.y, area.width.saturating_sub(1), base, theme);
}

fn draw_timeline(data: &Timeline, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    // The column of the selected line is marked faintly, the cursor so that it is seen.
    let cursor = if data.is_scoped { Role::Cursor } else { Role::SelectedUnfocused };
    let styles = HistogramStyles {
        levels: Level::ALL.map(|level| paint.theme.level(level)),
        label: paint.theme.style(Role::Muted),
        selected: paint.theme.style(Role::Selected),
        cursor: paint.theme.style(cursor),
    };
    let buckets: Vec<[u64; Level::COUNT]> = data.columns.iter().map(|bucket| bucket.map(u64::from)).collect();
    let widget = histogram::Histogram {
        buckets: &buckets,
        selection: data.range.clone(),
        cursor: data.cursor,
        left: &data.from,
        right: &data.to,
        styles: &styles,
        is_ascii: paint.ascii,
    };
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    (&widget).render(area, buf);
}
