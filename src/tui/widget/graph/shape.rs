//! What a service is drawn as: a box with figures, its name with one figure, or with a mark where it fails.

use super::super::text;
use crate::tui::text::visible;

/// Cells of a label on a line: `12.5k/s`, `100% ✗`.
pub(super) const LABEL: u16 = 7;
/// Names longer than this are cut in a box.
const LONGEST_IN_BOX: u16 = 24;
/// Names longer than this are cut where there are no boxes.
const LONGEST_BARE: u16 = 18;
/// Names longer than this are cut where there is little room.
const LONGEST_TIGHT: u16 = 10;
/// Cells of a mark behind a name.
const MARK: u16 = 1;
/// The figures in a box at their widest, so that the box stands still while they change: `12.5k/s  100% ✗`.
const FIGURES: u16 = 15;

/// What services are drawn as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Whether it is a box.
    pub is_box: bool,
    /// Whether lines have room for a label.
    pub has_labels: bool,
    /// Whether figures are shown at all.
    pub has_figures: bool,
    /// Empty rows between services: room that lines can be told apart in.
    pub(super) gap: u16,
    /// The cells of the longest name; longer ones are cut.
    longest: u16,
}

impl Shape {
    /// All shapes, the roomiest first.
    pub const ALL: [Self; 6] = [
        Self { has_labels: true, ..Self::BOX },
        Self::BOX,
        Self { gap: 1, ..Self::NAME },
        Self::NAME,
        Self::MARK,
        Self { longest: LONGEST_TIGHT, ..Self::MARK },
    ];
    /// A box with figures.
    pub const BOX: Self = Self { is_box: true, has_labels: false, has_figures: true, gap: 1, longest: LONGEST_IN_BOX };
    /// A name with one figure, row upon row.
    pub const NAME: Self = Self { is_box: false, has_labels: false, has_figures: true, gap: 0, longest: LONGEST_BARE };
    /// A name with a mark where it fails, row upon row.
    pub const MARK: Self = Self { has_figures: false, ..Self::NAME };

    /// Rows of a service.
    pub(super) fn height(self) -> u16 {
        if self.is_box { 4 } else { 1 }
    }

    /// Rows from a service's top to the line in which calls leave and enter.
    pub(super) fn port(self) -> u16 {
        u16::from(self.is_box)
    }

    /// Cells of a service of this name, and whether it also calls itself.
    pub(super) fn width(self, name: &str, calls_itself: bool) -> u16 {
        let name = text::columns(visible(name)) + if calls_itself { 2 } else { 0 };
        if self.is_box {
            name.clamp(FIGURES, self.longest) + 4
        } else {
            name.clamp(1, self.longest) + 1 + if self.has_figures { LABEL + 1 } else { MARK }
        }
    }

    /// Columns of a channel between layers beside those of its lines.
    pub(super) fn channel(self) -> u16 {
        match (self.has_labels, self.has_figures) {
            (true, _) => 3 + LABEL + 1,
            (false, true) => 3,
            // The arrow stands right behind the line.
            (false, false) => 2,
        }
    }
}
