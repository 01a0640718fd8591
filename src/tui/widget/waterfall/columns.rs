//! Where the columns of a waterfall stand, and which give way when there is little room.

use ratatui::layout::Rect;

use super::super::text;
use super::Wanted;

pub(super) const SERVICE_TITLE: &str = "service";
pub(super) const OPERATION_TITLE: &str = "operation";
pub(super) const OWN_TITLE: &str = "self";
/// An area narrower than this shows neither services nor kinds, as the operations are what one can not do without.
const LEAST_WITH_SERVICE: u16 = 48;
/// An area narrower than this shows no self times.
const LEAST_WITH_OWN: u16 = 90;
/// Columns of a self time: `123 ms`.
const OWN: u16 = 7;
/// The fewest columns that bars are drawn in.
const LEAST_BARS: u16 = 10;
/// The most columns that are given to numbers of logs and links.
const MOST_NOTES: u16 = 10;
/// Of names whose share was chosen, one third at most are services.
const SERVICES: u16 = 3;

/// Where the columns stand: the left edge and the width of each. What is left out has no width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Columns {
    pub(super) service: (u16, u16),
    pub(super) kind: (u16, u16),
    pub(super) operation: (u16, u16),
    pub(super) bars: (u16, u16),
    pub(super) own: (u16, u16),
    pub(super) notes: (u16, u16),
}

impl Columns {
    /// The columns of `area`: names take what they want up to a part of it, or the part that was chosen for them, and the
    /// bars what is left.
    pub(super) fn of(area: Rect, wanted: Wanted) -> Self {
        let has_service = area.width >= LEAST_WITH_SERVICE;
        let kind = u16::from(has_service);
        let own = if area.width >= LEAST_WITH_OWN { OWN } else { 0 };
        let notes = wanted.notes.min(MOST_NOTES).min(area.width / 4);
        let behind = gap(own) + gap(notes);
        let (service, operation) = names(area.width, behind, wanted);
        let before = gap(service) + gap(kind);
        let bars = area.width.saturating_sub(before + gap(operation) + behind);
        let bars = if bars < LEAST_BARS { 0 } else { bars };
        let operation = if bars == 0 { area.width.saturating_sub(before + behind) } else { operation };
        let operation_x = area.x + before;
        Self {
            service: (area.x, service),
            kind: (area.x + gap(service), kind),
            operation: (operation_x, operation),
            bars: (operation_x + gap(operation), bars),
            own: (area.right().saturating_sub(gap(notes) + own), own),
            notes: (area.right() - notes, notes),
        }
    }

    /// The cells in front of the bars.
    pub(super) fn before_bars(&self, area: Rect) -> u16 {
        self.bars.0.saturating_sub(area.x)
    }
}

fn gap(width: u16) -> u16 {
    width + u16::from(width > 0)
}

/// The cells of services and of operations. Neither these nor the bars vanish whatever share was chosen.
fn names(width: u16, behind: u16, wanted: Wanted) -> (u16, u16) {
    let has_service = width >= LEAST_WITH_SERVICE;
    let least = (if has_service { text::columns(SERVICE_TITLE) } else { 0 }, text::columns(OPERATION_TITLE));
    let service = if has_service { wanted.service.max(least.0) } else { 0 };
    let operation = wanted.operation.max(least.1);
    let Some(share) = wanted.share else {
        return (service.min((width / 6).max(least.0)), operation.min((width / 3).max(least.1)));
    };
    // Between the columns, and for the kind, which is one cell.
    let blank = if has_service { 4 } else { 1 };
    let most = width.saturating_sub(behind + LEAST_BARS + blank).max(least.0 + least.1);
    let chosen = u32::from(width) * u32::from(share) / 100;
    let cells = u16::try_from(chosen).unwrap_or(width).saturating_sub(blank).clamp(least.0 + least.1, most);
    let operation = operation.min(cells - service.min((cells / SERVICES).max(least.0)));
    (service.min(cells - operation), operation)
}
