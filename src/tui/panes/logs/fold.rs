//! Records of several lines: which are unfolded, and what stands below their first line then.

use std::collections::BTreeSet;

use super::LogsPane;
use super::line::Taken;
use crate::store::LineId;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::coloured;
use crate::tui::piece::{self, Look, Piece, highlight, skip, wrap};
use crate::tui::text;
use crate::tui::world::World;

/// Lines of the pane that an unfolded record leaves to others.
const OTHERS: usize = 4;

/// Which records are unfolded.
#[derive(Clone, Debug, Default)]
pub(super) struct Folds {
    /// Those that are not as all are.
    others: BTreeSet<LineId>,
    are_open: bool,
}

impl Folds {
    fn is_open(&self, id: LineId) -> bool {
        self.others.contains(&id) != self.are_open
    }

    fn set(&mut self, id: LineId, is_open: bool) {
        if self.is_open(id) != is_open && !self.others.remove(&id) {
            self.others.insert(id);
        }
    }

    /// Unfolds all, or folds all.
    fn toggle_all(&mut self) {
        self.others.clear();
        self.are_open = !self.are_open;
    }
}

impl LogsPane {
    /// Carries out an action that folds or unfolds; answers whether it was one.
    pub(super) fn fold(&mut self, action: Action, world: &World) -> bool {
        match action {
            Action::Expand | Action::Collapse => {
                self.freeze(world);
                if let Some(id) = self.selected(world) {
                    self.folds.set(id, action == Action::Expand);
                }
            }
            Action::ToggleFolds => self.folds.toggle_all(),
            _ => return false,
        }
        true
    }

    /// What stands on the first line of a record for those that are folded away; a match among them shows through.
    pub(super) fn fold_mark(&self, id: LineId, taken: &Taken<'_>) -> Option<Piece> {
        if taken.more() == 0 || self.folds.is_open(id) {
            return None;
        }
        let has_match = self.highlights(taken.rest()).is_some_and(|marks| !marks.is_empty());
        let role = if has_match { Role::Match } else { Role::Muted };
        Some(Piece::new(role, format!("[+{}]", text::counted(taken.more() as u64, "line"))))
    }

    /// The lines below the first of a record, where it is unfolded: `indent` blanks in front of each, `width` cells in all.
    pub(super) fn unfolded(&self, id: LineId, taken: &Taken<'_>, indent: usize, width: usize) -> Vec<Vec<Piece>> {
        if taken.more() == 0 || !self.folds.is_open(id) {
            return Vec::new();
        }
        let room = width.saturating_sub(indent);
        let most = self.view.height.saturating_sub(OTHERS).max(1);
        let mut out = Vec::new();
        for (at, line) in taken.rest().lines().enumerate() {
            if out.len() >= most {
                let left = text::counted((taken.more() - at) as u64, "more line");
                out.push(vec![Piece::new(Role::Muted, format!("… {left}; the record shows all"))]);
                break;
            }
            // What is indented is detail, as the frames of a stack trace are.
            let role = if line.starts_with([' ', '\t']) { Role::Muted } else { Role::Text };
            let pieces = self.highlighted(coloured::pieces(taken.bytes(), line, &Look::Role(role)));
            if self.is_wrapped {
                out.extend(wrap(pieces, room));
            } else {
                out.push(skip(pieces, self.scroll));
            }
        }
        let blank = Piece::new(Role::Text, " ".repeat(indent));
        out.into_iter().map(|line| std::iter::once(blank.clone()).chain(line).collect()).collect()
    }

    /// A message with what the search, or else the filter, looks for.
    pub(super) fn highlighted(&self, message: Vec<Piece>) -> Vec<Piece> {
        match self.highlights(&piece::text(&message)) {
            Some(marks) => highlight(message, &marks, Role::Match),
            None => message,
        }
    }

    fn highlights(&self, text: &str) -> Option<Vec<std::ops::Range<usize>>> {
        let plan = self.search.plan.as_ref().or(self.filter.plan.as_ref())?;
        Some(plan.highlights(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_folded_and_unfolded_and_so_are_all() {
        let mut folds = Folds::default();
        folds.set(3, true);
        folds.set(3, true);
        assert_eq!([2, 3].map(|id| folds.is_open(id)), [false, true]);
        folds.toggle_all();
        assert_eq!([2, 3].map(|id| folds.is_open(id)), [true, true]);
        folds.set(3, false);
        assert_eq!([2, 3].map(|id| folds.is_open(id)), [true, false]);
        folds.set(3, true);
        folds.toggle_all();
        assert_eq!([2, 3].map(|id| folds.is_open(id)), [false, false]);
    }
}
