//! How the pane is divided among what it shows.

use ratatui::layout::Rect;

use super::list::FIELD_ROWS;
use super::waterfall::Waterfall;
use super::{Level, TracesPane};

/// From this height on the list has durations over time above it.
const HIGH: u16 = 34;

/// What is drawn where.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) list: Option<Rect>,
    /// Whether durations are drawn over time above the list.
    pub(super) has_field: bool,
    pub(super) waterfall: Option<Rect>,
    pub(super) span: Option<Rect>,
    pub(super) side: Option<Rect>,
}

impl TracesPane {
    /// Divides the pane among what is shown.
    pub(super) fn divide(&self, area: Rect, is_focused: bool) -> Shown {
        if is_focused && self.side.is_some() {
            return Shown { side: Some(area), ..Shown::default() };
        }
        // Without the keys only the waterfall is shown, with its span.
        let level = if is_focused { self.level } else { Level::Waterfall };
        match level {
            Level::Span => Shown { span: Some(area), ..Shown::default() },
            Level::List if area.height < 24 => Shown { list: Some(area), ..Shown::default() },
            Level::List => {
                let has_field = area.height >= HIGH;
                let (list, below) = split(area, area.height * 2 / 5 + if has_field { FIELD_ROWS } else { 0 });
                Shown { list: Some(list), has_field, ..self.divide_waterfall(below) }
            }
            Level::Waterfall => self.divide_waterfall(area),
        }
    }

    fn divide_waterfall(&self, area: Rect) -> Shown {
        if area.height < 12 || self.open.is_none() {
            return Shown { waterfall: Some(area), ..Shown::default() };
        }
        let spans = self.open.as_ref().map_or(0, Waterfall::len);
        let wanted = u16::try_from(spans).unwrap_or(u16::MAX).saturating_add(3);
        let (waterfall, span) = split(area, wanted.clamp(8, area.height - area.height / 3));
        Shown { waterfall: Some(waterfall), span: Some(span), ..Shown::default() }
    }
}

fn split(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area })
}
