//! Which rows of a comparison are shown, and in which order: the tree with what differs unfolded, or all rows by a figure.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::analysis::comparison::{Change, ComparedRow, Comparison};
use crate::tui::action::Action;

/// What the rows are ordered by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Order {
    /// The tree.
    #[default]
    Tree,
    /// The difference of own times.
    Own,
    /// The difference of durations.
    Duration,
}

impl Order {
    /// The one that comes after it, or before it.
    fn turned(self, forward: bool) -> Self {
        match (self, forward) {
            (Self::Tree, true) | (Self::Duration, false) => Self::Own,
            (Self::Own, true) | (Self::Tree, false) => Self::Duration,
            (Self::Duration, true) | (Self::Own, false) => Self::Tree,
        }
    }
}

/// One line to be seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// A row; of a folded one how many rows are below it.
    Row {
        /// The row.
        at: usize,
        /// Rows that are folded away below it.
        folded: usize,
    },
    /// Siblings that follow each other and do not differ, with all that is below them.
    Alike {
        /// The first of them.
        first: usize,
        /// The last of them.
        last: usize,
        /// Rows that they are, with those below them.
        rows: usize,
    },
}

impl Line {
    /// The row that it is about.
    pub(super) fn row(self) -> usize {
        match self {
            Self::Row { at, .. } => at,
            Self::Alike { first, .. } => first,
        }
    }
}

/// The lines, and what was folded and unfolded by hand. Rows are remembered by their id, so that a new answer changes
/// nothing of that.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    lines: Vec<Line>,
    order: Order,
    is_reversed: bool,
    /// Whether a row or one below it differs.
    differs: Vec<bool>,
    /// Rows whose likes are shown each by itself; `None` stands for what has no caller.
    opened: HashSet<Option<u64>>,
    /// Rows that were folded though something differs below them.
    closed: HashSet<u64>,
}

impl Outline {
    /// All lines.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What they are ordered by, and whether that is turned round.
    pub(super) fn order(&self) -> (Order, bool) {
        (self.order, self.is_reversed)
    }

    /// Lays out a new comparison. O(n log n).
    pub(super) fn lay_out(&mut self, comparison: &Comparison) {
        let rows = &comparison.rows;
        self.differs = rows.iter().map(|row| row.change != Change::Same).collect();
        for at in (0..rows.len()).rev() {
            if self.differs[at]
                && let Some(parent) = rows[at].parent
            {
                self.differs[parent] = true;
            }
        }
        self.lines = match self.order {
            Order::Tree => self.tree(rows),
            Order::Own => self.ranked(rows, ComparedRow::self_delta),
            Order::Duration => self.ranked(rows, ComparedRow::duration_delta),
        };
    }

    fn ranked(&self, rows: &[ComparedRow], figure: fn(&ComparedRow) -> i64) -> Vec<Line> {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|at| Reverse(figure(&rows[*at])));
        if self.is_reversed {
            order.reverse();
        }
        order.into_iter().map(|at| Line::Row { at, folded: 0 }).collect()
    }

    fn tree(&self, rows: &[ComparedRow]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut at = 0;
        while let Some(row) = rows.get(at) {
            let last = self.last_alike(rows, at);
            if last > at {
                let end = rows[last].end;
                lines.push(Line::Alike { first: at, last, rows: end - at });
                at = end;
                continue;
            }
            let is_folded = if self.differs[at] {
                self.closed.contains(&row.id)
            } else {
                !self.opened.contains(&Some(row.id)) && row.end > at + 1
            };
            lines.push(Line::Row { at, folded: if is_folded { row.end - at - 1 } else { 0 } });
            at = if is_folded { row.end } else { at + 1 };
        }
        lines
    }

    /// The last of the siblings from `at` on that are alike and shown as one line; `at` itself where that is one alone.
    fn last_alike(&self, rows: &[ComparedRow], at: usize) -> usize {
        let parent = rows[at].parent;
        let mut last = at;
        if self.differs[at] || self.opened.contains(&parent.map(|parent| rows[parent].id)) {
            return last;
        }
        while let Some(next) = rows.get(rows[last].end)
            && next.parent == parent
            && !self.differs[rows[last].end]
        {
            last = rows[last].end;
        }
        last
    }

    /// Folds, unfolds or orders by an action that does so; answers whether it was one. `line` is the selected one; the line
    /// to be selected is that of the answered row.
    pub(super) fn turn(&mut self, action: Action, line: Line, comparison: &Comparison) -> Option<usize> {
        let rows = &comparison.rows;
        let at = line.row();
        let row = rows.get(at)?;
        let mut selected = at;
        match (action, line) {
            (Action::SortNext | Action::SortPrevious, _) => self.order = self.order.turned(action == Action::SortNext),
            (Action::SortReverse, _) => self.is_reversed = !self.is_reversed,
            (Action::ExpandAll, _) => {
                self.opened = rows.iter().map(|row| Some(row.id)).chain([None]).collect();
                self.closed.clear();
            }
            (Action::CollapseAll, _) => {
                self.opened.clear();
                self.closed.clear();
            }
            (Action::Expand, Line::Alike { .. }) => {
                self.opened.insert(row.parent.and_then(|parent| rows.get(parent)).map(|parent| parent.id));
            }
            (Action::Expand, Line::Row { .. }) => {
                self.opened.insert(Some(row.id));
                self.closed.remove(&row.id);
            }
            (Action::Collapse, _) if self.order == Order::Tree => selected = self.collapse(line, rows)?,
            _ => return None,
        }
        self.lay_out(comparison);
        Some(selected)
    }

    /// Folds the row, or what it is folded into; answers what is to be selected then.
    fn collapse(&mut self, line: Line, rows: &[ComparedRow]) -> Option<usize> {
        let at = line.row();
        let row = rows.get(at)?;
        let is_open = matches!(line, Line::Row { folded: 0, .. }) && row.end > at + 1;
        if is_open && self.differs.get(at) == Some(&true) {
            self.closed.insert(row.id);
            return Some(at);
        }
        if is_open {
            self.opened.remove(&Some(row.id));
            return Some(at);
        }
        let parent = row.parent.and_then(|parent| rows.get(parent)).map(|parent| parent.id);
        if self.opened.remove(&parent) { Some(at) } else { Some(row.parent.unwrap_or(at)) }
    }

    /// The place of the line that shows a row, or that it is folded into.
    pub(super) fn place_of(&self, row: usize, comparison: &Comparison) -> Option<usize> {
        let holds = |line: &Line| match *line {
            Line::Row { at, folded } => (at..=at + folded).contains(&row),
            Line::Alike { first, last, .. } => {
                (first..comparison.rows.get(last).map_or(first, |it| it.end)).contains(&row)
            }
        };
        self.lines.iter().position(holds)
    }

    /// The next row that differs, or the one before, in the order that is shown; what hides it is unfolded.
    pub(super) fn seek(&mut self, forward: bool, place: usize, comparison: &Comparison) -> Option<usize> {
        let rows = &comparison.rows;
        let is_meant = |at: &usize| rows.get(*at).is_some_and(|row| row.change != Change::Same);
        if self.order != Order::Tree {
            let mut at = (0..self.lines.len()).filter(|at| is_meant(&self.lines[*at].row()));
            return if forward { at.find(|at| *at > place) } else { at.take_while(|at| *at < place).last() };
        }
        let from = self.lines.get(place)?.row();
        let found = if forward { (from + 1..rows.len()).find(is_meant) } else { (0..from).rev().find(is_meant) }?;
        let mut parent = rows[found].parent;
        while let Some(row) = parent.and_then(|at| rows.get(at)) {
            self.closed.remove(&row.id);
            parent = row.parent;
        }
        self.lay_out(comparison);
        self.place_of(found, comparison)
    }
}
