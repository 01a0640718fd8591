//! A selection in a list and the scroll offset that keeps it in sight.

use super::action::Action;

/// Which row is selected and which is the first in sight. Rows may be blocks of several lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct List {
    selected: usize,
    offset: usize,
}

impl List {
    /// The selected row.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The first line in sight.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// Selects a row and shows it where it was seen before: `offset` rows are above the first in sight.
    pub fn select_in(&mut self, row: usize, offset: usize) {
        (self.selected, self.offset) = (row, offset);
    }

    /// Moves the selection among `len` rows by an action that moves it; answers whether it was one.
    pub fn navigate(&mut self, action: Action, len: usize, page: usize) -> bool {
        let last = len.saturating_sub(1);
        let page = page.max(1);
        self.selected = match action {
            Action::SelectNext => self.selected + 1,
            Action::SelectPrevious => self.selected.saturating_sub(1),
            Action::PageDown => self.selected + page,
            Action::PageUp => self.selected.saturating_sub(page),
            Action::HalfPageDown => self.selected + page / 2,
            Action::HalfPageUp => self.selected.saturating_sub(page / 2),
            Action::SelectFirst => 0,
            Action::SelectLast => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// Keeps the selection among `len` rows of one line and in sight of `height` lines.
    pub fn clamp(&mut self, len: usize, height: usize) {
        self.selected = self.selected.min(len.saturating_sub(1));
        self.show(self.selected, self.selected + 1, len, height);
    }

    /// The same for rows of several lines; row `i` ends before line `ends[i]`.
    pub fn clamp_blocks(&mut self, ends: &[usize], height: usize) {
        self.selected = self.selected.min(ends.len().saturating_sub(1));
        let from = self.selected.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        let to = ends.get(self.selected).copied().unwrap_or(from + 1);
        self.show(from, to, ends.last().copied().unwrap_or(0), height);
    }

    fn show(&mut self, from: usize, to: usize, lines: usize, height: usize) {
        if to > self.offset + height {
            self.offset = to.saturating_sub(height);
        }
        self.offset = self.offset.min(from).min(lines.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stays_in_sight() {
        let mut list = List::default();
        list.navigate(Action::PageDown, 100, 10);
        list.clamp(100, 5);
        assert_eq!((list.selected(), list.offset()), (10, 6));
        list.navigate(Action::SelectFirst, 100, 10);
        list.clamp(100, 5);
        assert_eq!((list.selected(), list.offset()), (0, 0));
        list.navigate(Action::SelectLast, 100, 10);
        list.clamp(3, 5);
        assert_eq!((list.selected(), list.offset()), (2, 0), "rows went away");
        list.clamp_blocks(&[4, 8, 12], 5);
        assert_eq!(list.offset(), 7);
        list.clamp_blocks(&[], 0);
        assert_eq!((list.selected(), list.offset()), (0, 0));
    }
}
