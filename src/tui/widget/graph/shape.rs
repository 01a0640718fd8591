//! What a service is drawn as: a box with figures, its name with one figure, or with a mark where it fails.

use super::super::text;

/// Cells of a label on a line: `12.5k/s`, `100% ✗`.
pub(super) const LABEL: u16 = 7;
/// Names longer than this are cut in a box.
const LONGEST_IN_BOX: u16 = 24;
/// Names longer than this are cut where there are no boxes.
const LONGEST_BARE: u16 = 18;
/// Cells of a mark behind a name.
const MARK: u16 = 2;
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
}

impl Shape {
    /// All shapes, the roomiest first.
    pub const ALL: [Self; 4] = [
        Self { is_box: true, has_labels: true, has_figures: true },
        Self { is_box: true, has_labels: false, has_figures: true },
        Self { is_box: false, has_labels: false, has_figures: true },
        Self { is_box: false, has_labels: false, has_figures: false },
    ];
    /// A box with figures.
    pub const BOX: Self = Self::ALL[1];
    /// A name with one figure.
    pub const NAME: Self = Self::ALL[2];
    /// A name with a mark where it fails.
    pub const MARK: Self = Self::ALL[3];

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
        let name = text::columns(name) + if calls_itself { 2 } else { 0 };
        if self.is_box {
            name.clamp(FIGURES, LONGEST_IN_BOX) + 4
        } else {
            name.clamp(1, LONGEST_BARE) + 1 + if self.has_figures { LABEL + 1 } else { MARK }
        }
    }

    /// Columns of a channel between layers beside those of its lines.
    pub(super) fn channel(self) -> u16 {
        if self.has_labels { 3 + LABEL + 1 } else { 3 }
    }
}
