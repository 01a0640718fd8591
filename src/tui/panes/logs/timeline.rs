//! The histogram above the rows: which columns it has, what they count, and what it says of the one under the cursor.
//!
//! Counts come from the store's [`Volume`], or from the filter's own; no line is looked at.

use ratatui::layout::Size;

use super::LogsPane;
use super::axis::{Axis, length};
use crate::model::{Level, Nanos};
use crate::store::{Volume, VolumeBucket};
use crate::theme::Role;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::widget::histogram;
use crate::tui::world::World;

/// Below this height there is no histogram.
const LEAST_HEIGHT: u16 = 10;
/// Rows of the histogram while it has the keys, at most.
const MOST_ROWS: u16 = 5;
/// An axis that is longer than this is labelled with days.
const DAY: Nanos = 86_400_000_000_000;

/// The histogram as it is drawn.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    pub(super) axis: Axis,
    pub(super) columns: Vec<VolumeBucket>,
    pub(super) from: String,
    pub(super) to: String,
    /// The column of the cursor, or of the selected line.
    pub(super) cursor: Option<usize>,
    /// The columns that are selected.
    pub(super) range: Option<std::ops::Range<usize>>,
    pub(super) height: u16,
    /// Whether it has the keys.
    pub(super) is_scoped: bool,
}

impl LogsPane {
    /// Rows that the histogram takes of a pane of `height` rows.
    pub(super) fn timeline_rows(&self, height: u16) -> u16 {
        match (height >= LEAST_HEIGHT, &self.scope) {
            (false, _) => 0,
            (true, None) => 1,
            (true, Some(_)) => (height / 5).clamp(1, MOST_ROWS),
        }
    }

    /// The histogram for a pane of `size`, borders included.
    pub(super) fn timeline(&self, world: &World, size: Size) -> Option<Timeline> {
        let height = self.timeline_rows(size.height);
        let (from, to) = self.span_of_rows(world).filter(|_| height > 0)?;
        let width = size.width.saturating_sub(4);
        let auto = |label: &str| Axis::covering(from, to, bar_columns(width, label));
        let label = |axis: Axis, at| text::moment(at, &world.settings, axis.end().saturating_sub(axis.start) > DAY);
        // The labels take room from the axis, and how long the axis is says how long they are.
        let rough = self.scope.as_ref().map_or_else(|| auto("12:03:06"), |scope| scope.axis);
        let columns = bar_columns(width, &label(rough, rough.start));
        let axis = match &self.scope {
            Some(scope) => Axis { columns, ..scope.axis }.showing(scope.at),
            None => Axis::covering(from, to, columns),
        };
        let selected = || self.selected(world).and_then(|id| self.rows(world).line(id)).map(|line| line.time());
        let cursor = match &self.scope {
            Some(scope) => Some(scope.at),
            None => self.pause.and_then(|_| selected()),
        };
        Some(Timeline {
            axis,
            columns: self.volume(world, |volume| volume.columns(axis.start, axis.end(), axis.columns)),
            from: label(axis, axis.start),
            to: label(axis, axis.end()),
            cursor: cursor.and_then(|at| axis.column(at)),
            range: self.scope.as_ref().and_then(|scope| scope.columns_on(axis)),
            height,
            is_scoped: self.scope.is_some(),
        })
    }

    /// Asks the volume of the rows: the filter's own while there is one.
    fn volume<T>(&self, world: &World, ask: impl FnOnce(&Volume) -> T) -> T {
        if self.filter.plan.is_some() { ask(&self.volume) } else { world.snapshot.volume(ask) }
    }

    /// The earliest and the latest time of a row, to the second.
    pub(super) fn span_of_rows(&self, world: &World) -> Option<(Nanos, Nanos)> {
        let held = world.snapshot.time_range()?;
        if self.filter.plan.is_none() {
            return Some(held);
        }
        // What was counted and is evicted since is no row any more.
        let (from, end) = self.volume.range()?;
        let (from, to) = (from.max(held.0), end.saturating_sub(1).min(held.1));
        (from <= to).then_some((from, to))
    }

    /// What stands in the title while the histogram has the keys: `12:03:06 +2s  1,204 lines  3 errors`.
    pub(super) fn scope_title(&self, world: &World) -> Vec<Piece> {
        let Some(scope) = &self.scope else { return Vec::new() };
        let (from, to) = scope.span();
        let is_dated = self.view.timeline.as_ref().is_some_and(|it| it.axis.end().saturating_sub(it.axis.start) > DAY);
        let time = |at| text::moment(at, &world.settings, is_dated);
        let when = match scope.anchor {
            None => format!("{} +{}", time(from), scope.axis.step_text()),
            Some(_) => format!("{}–{} +{}", time(from), time(to), length(to.saturating_sub(from))),
        };
        let counts = self.volume(world, |volume| volume.columns(from, to, 1));
        let mut pieces = vec![Piece::new(Role::Faint, " ── "), Piece::new(Role::Accent, when)];
        pieces.extend(counts.first().map(count_pieces).unwrap_or_default());
        pieces
    }
}

/// How many lines, and how many of each level, the worst first.
fn count_pieces(counts: &VolumeBucket) -> Vec<Piece> {
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let mut pieces = vec![Piece::new(Role::Text, format!("  {}", text::counted(all, "line")))];
    for level in Level::ALL.into_iter().rev() {
        let count = u64::from(counts[level.index()]);
        if count > 0 && level != Level::Unset {
            let text = match level {
                Level::Error => text::counted(count, "error"),
                Level::Warn => text::counted(count, "warning"),
                _ => format!("{} {}", text::count(count), level.name()),
            };
            pieces.push(Piece { text: format!("  {text}"), look: Look::Level(level) });
        }
    }
    pieces
}

/// The columns that are left for bars beside two labels like `label`.
fn bar_columns(width: u16, label: &str) -> usize {
    let styles = histogram::HistogramStyles::default();
    let empty = histogram::Histogram {
        buckets: &[],
        selection: None,
        cursor: None,
        left: label,
        right: label,
        styles: &styles,
        is_ascii: false,
    };
    usize::from(empty.bar_columns(width))
}
