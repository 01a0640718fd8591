//! Going from row to row: along the tree, the critical path, errors, matches.

use std::ops::Range;

use super::Waterfall;
use super::lines::Shown;
use crate::tui::action::Action;

impl Waterfall {
    /// Selects a row, unfolding what hides it. O(depth), and O(n) where something was folded.
    pub(super) fn go_to(&mut self, row: usize) {
        self.awaited = None;
        if self.lines.place_of(row).is_none() {
            self.folds.reveal(&self.study, row);
            self.refold();
        }
        if let Some(place) = self.lines.place_of(row) {
            self.list.select(place);
        }
    }

    /// The row that is selected; of short spans the one they are below.
    pub(super) fn selected_row(&self) -> Option<usize> {
        match self.lines.at(self.list.selected())? {
            Shown::Row(row) => Some(row),
            Shown::Rest(rest) => rest.parent.or(Some(0)),
        }
    }

    /// Goes by an action that seeks; `None` where it is no such action.
    pub(in crate::tui::panes::traces) fn seek(&mut self, action: Action) -> Option<Result<(), &'static str>> {
        let rows = &self.study.rows;
        let (rows, forward, goes_round, nowhere): (&[usize], bool, bool, &'static str) = match action {
            Action::NextError => (&rows.failed, true, false, "no other failed span below"),
            Action::PreviousError => (&rows.failed, false, false, "no other failed span above"),
            Action::NextCritical => (&rows.critical, true, false, "the critical path ends here"),
            Action::PreviousCritical => (&rows.critical, false, false, "the critical path begins here"),
            Action::SearchNext => (self.search.rows(), true, true, "nothing in this trace matches"),
            Action::SearchPrevious => (self.search.rows(), false, true, "nothing in this trace matches"),
            _ => return None,
        };
        let found = nearest(rows, self.here(), forward, goes_round);
        Some(match found {
            Some(row) => {
                self.go_to(row);
                Ok(())
            }
            None => Err(nowhere),
        })
    }

    /// The row one stands on. A line of short spans is between two rows: behind those that are to be seen above it.
    fn here(&self) -> Range<usize> {
        let place = self.list.selected();
        if let Some(Shown::Row(row)) = self.lines.at(place) {
            return row..row + 1;
        }
        let above = (0..place).rev().find_map(|above| match self.lines.at(above) {
            Some(Shown::Row(row)) => Some(row + 1),
            _ => None,
        });
        let behind = above.unwrap_or(0);
        behind..behind
    }

    /// Goes to where the error of the selected span began, else to where the first error did.
    pub(in crate::tui::panes::traces) fn go_to_origin(&mut self) -> Result<(), &'static str> {
        let Some(row) = self.selected_row() else { return Err("nothing failed in this trace") };
        let origin = self.study.origin_of(row).ok_or("nothing failed in this trace")?;
        if origin == row {
            return Err("the error began here");
        }
        self.go_to(origin);
        Ok(())
    }

    /// Goes to the row above the selected one in the tree.
    pub(super) fn go_to_parent(&mut self) {
        self.awaited = None;
        let parent = match self.lines.at(self.list.selected()) {
            Some(Shown::Row(row)) => self.study.row(row).and_then(|row| row.parent),
            Some(Shown::Rest(rest)) => rest.parent,
            None => None,
        };
        if let Some(place) = parent.and_then(|parent| self.lines.place_of(parent)) {
            self.list.select(place);
        }
    }
}

/// Of rising `rows` the next one behind `here`, or the last before it; at the end from the other end where it goes round.
fn nearest(rows: &[usize], here: Range<usize>, forward: bool, goes_round: bool) -> Option<usize> {
    let (before, behind) = (rows.partition_point(|row| *row < here.start), rows.partition_point(|row| *row < here.end));
    let found = if forward { rows.get(behind) } else { before.checked_sub(1).and_then(|at| rows.get(at)) };
    let other_end = if forward { rows.first() } else { rows.last() };
    found.or(other_end.filter(|_| goes_round)).copied()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_row_is_found_in_both_directions() {
        let rows = [2, 5, 9];
        for (from, forward, goes_round, expected) in [
            (0, true, false, Some(2)),
            (2, true, false, Some(5)),
            (9, true, false, None),
            (9, true, true, Some(2)),
            (9, false, false, Some(5)),
            (2, false, false, None),
            (2, false, true, Some(9)),
            (7, false, false, Some(5)),
        ] {
            assert_eq!(nearest(&rows, from..from + 1, forward, goes_round), expected, "{from} {forward} {goes_round}");
        }
        assert_eq!(nearest(&[], 3..4, true, true), None);
        assert_eq!(nearest(&rows, 5..5, true, false), Some(5), "between two rows the one behind is next");
        assert_eq!(nearest(&rows, 6..6, false, false), Some(5), "and the one before is the last");
    }
}
