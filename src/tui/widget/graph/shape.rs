//! What a service is drawn as: a box with figures, or its name with one figure.

use super::super::text;

/// Cells of a label on a line: `12.5k/s`, `100% ✗`.
pub(super) const LABEL: u16 = 7;
/// Names longer than this are cut in a box.
const LONGEST_IN_BOX: u16 = 24;
/// Names longer than this are cut where there are no boxes.
const LONGEST_BARE: u16 = 20;
/// The figures in a box at their widest, so that the box stands still while they change: `12.5k/s  100% ✗`.
const FIGURES: u16 = 15;

/// What services are drawn as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Whether it is a box.
    pub is_box: bool,
    /// Whether lines have room for a label.
    pub has_labels: bool,
}

impl Shape {
    /// All shapes, the roomiest first.
    pub const ALL: [Self; 3] = [
        Self { is_box: true, has_labels: true },
        Self { is_box: true, has_labels: false },
        Self { is_box: false, has_labels: false },
    ];
    /// A box with figures.
    pub const BOX: Self = Self::ALL[1];
    /// A name with one figure.
    pub const NAME: Self = Self::ALL[2];

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
            name.min(LONGEST_IN_BOX).max(FIGURES) + 4
        } else {
            name.clamp(1, LONGEST_BARE) + 1 + LABEL + 1
        }
    }

    /// Columns of a channel between layers beside those of its lines.
    pub(super) fn channel(self) -> u16 {
        if self.has_labels { 3 + LABEL + 1 } else { 3 }
    }
}
