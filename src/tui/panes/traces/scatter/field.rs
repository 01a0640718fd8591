//! The field of points as it is drawn: made anew when the traces, the size or the writing of times change.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;

use super::super::list::entry::Entry;
use super::plot::Plot;
use crate::theme::Role;
use crate::tui::pane::Paint;
use crate::tui::widget::scatter::{AXIS_ROWS, Scatter, ScatterStyles};
use crate::tui::world::{Settings, TimeFormat};

/// Cells for the durations at the left.
const MARGIN: u16 = 7;

/// The points of traces with their axes.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Field {
    plot: Plot,
    /// What it was made for: the state of the traces, its size with its axes, and how times are told.
    made_for: Option<(u64, Size, TimeFormat)>,
    /// The cell of the selected trace.
    pub(super) cell: Option<(u16, u16)>,
}

impl Field {
    /// The points of `traces`, whose state `revision` tells, in `size` cells, axes included. O(traces) where something has
    /// changed.
    pub(in super::super) fn renew(&mut self, traces: &[Arc<Entry>], revision: u64, size: Size, settings: &Settings) {
        let wanted = Some((revision, size, settings.time));
        if self.made_for != wanted {
            let (width, height) = (size.width.saturating_sub(MARGIN + 1), size.height.saturating_sub(AXIS_ROWS));
            self.plot = Plot::new(traces, width, height, settings);
            self.made_for = wanted;
        }
    }

    /// Marks the cell of this trace.
    pub(in super::super) fn select(&mut self, entry: Option<&Entry>) {
        self.cell = entry.and_then(|entry| self.plot.cell_of(entry));
    }

    /// What lies where.
    pub(super) fn plot(&self) -> &Plot {
        &self.plot
    }

    /// Draws it.
    pub(in super::super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let styles = ScatterStyles {
            point: paint.theme.style(Role::Accent),
            bad: paint.theme.style(Role::Error),
            axis: paint.theme.style(Role::Muted),
            selected: paint.theme.style(Role::Marked),
        };
        let scatter = Scatter {
            spots: &self.plot.spots,
            selected: self.cell,
            margin: MARGIN,
            left: &self.plot.left,
            below: &self.plot.below,
            styles: &styles,
            is_ascii: paint.ascii,
        };
        scatter.render(area, buf);
    }
}
