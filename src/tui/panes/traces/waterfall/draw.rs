//! A waterfall on the screen: what is in sight is copied, then drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;

use super::Waterfall;
use super::heading::Heading;
use super::measure::Measured;
use crate::theme::Role;
use crate::tui::frame::Frame;
use crate::tui::pane::Paint;
use crate::tui::widget::minimap::MinimapStyles;
use crate::tui::widget::waterfall::{self as widget, Overview, SpanRow, Wanted, WaterfallStyles};
use crate::tui::world::World;

/// Cells of the line that stands for short spans: `└ ⋯ 1,204 under 2 ms`.
const REST: u16 = 20;
/// Cells of a number of log lines or of links beside others, and of one alone, which may be larger.
const NOTE: u16 = 3;
const LEAST_NOTES: u16 = 4;

impl Waterfall {
    /// Copies what is visible within a frame of this size.
    pub(in crate::tui::panes::traces) fn project(&mut self, world: &World, size: Size) {
        (self.share, self.width) = (world.names_share, size.width.saturating_sub(4));
        self.is_growing = self.growth.is_going_on(world.now);
        let lines = usize::from(size.height.saturating_sub(3));
        self.height = lines.saturating_sub(usize::from(self.has_overview(lines)));
        self.list.clamp(self.lines.len(), self.height);
        self.rows = self.rows_in_sight(self.height);
        self.count_links_here(world);
        self.heading = self.heading(world, usize::from(size.width));
    }

    /// Whether the whole trace stands above the axis: where not all of it is in sight.
    fn has_overview(&self, lines: usize) -> bool {
        lines > 3 && (self.zoom.is_zoomed() || self.lines.len() > lines)
    }

    pub(in crate::tui::panes::traces) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let Heading { title, right, bottom, tells_keys } = &self.heading;
        let bottom = if *tells_keys && !paint.is_focused { &[][..] } else { bottom };
        let inner = Frame { title, right, bottom }.render(area, buf, paint);
        let rows: Vec<SpanRow<'_>> = self.rows.iter().map(|row| row.as_widget(&self.study, paint)).collect();
        let styles = styles(paint);
        let lines = usize::from(inner.height.saturating_sub(1));
        let overview = self
            .has_overview(lines)
            .then(|| Overview { density: &self.study.density, window: self.zoom.shares(self.whole()) });
        let widget = widget::Waterfall {
            rows: &rows,
            selected: self.list.selected().checked_sub(self.list.offset()),
            window: self.zoom.window(self.whole()),
            overview,
            wanted: self.wanted(),
            styles: &styles,
            is_ascii: paint.ascii,
        };
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        widget.render(inner.intersection(area), buf);
    }

    /// The room that columns are to have. Marks and counts stand behind names.
    pub(super) fn wanted(&self) -> Wanted {
        let Measured { service, operation } = self.measured;
        let operation = if self.folds.short().is_some() { operation.max(REST) } else { operation };
        let notes = [!self.logs.is_empty(), self.study.has_links, self.is_linked_to];
        let notes = notes.into_iter().filter(|is_told| *is_told).fold(0, |sum, _| (sum + NOTE).max(LEAST_NOTES));
        Wanted { service, operation: operation.saturating_add(4), notes, share: self.share }
    }
}

fn styles(paint: &Paint<'_>) -> WaterfallStyles {
    let theme = paint.theme;
    let selected = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
    WaterfallStyles {
        header: theme.style(Role::Muted),
        text: theme.style(Role::Text),
        found: theme.style(Role::Match),
        muted: theme.style(Role::Muted),
        error: theme.style(Role::Error),
        warning: theme.style(Role::Warning),
        notes: theme.style(Role::Link),
        event: theme.style(Role::Accent),
        selected: theme.style(selected),
        minimap: MinimapStyles {
            busy: theme.style(Role::Muted),
            error: theme.style(Role::Error),
            window: theme.style(Role::SelectedUnfocused),
        },
    }
}
