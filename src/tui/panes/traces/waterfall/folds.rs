//! What of a trace is folded away, and which lines are left.

use std::collections::HashSet;

use super::lines::{Lines, Rest};
use crate::analysis::study::Study;
use crate::model::{Nanos, Span, SpanId, SpanKind};

/// Short spans are those below this part of the trace at first: one in a thousand.
const FIRST_SHORT: Nanos = 1000;

/// What a span is known by when the trace has grown: its id, and whether it is the server's half of a call.
type Key = (SpanId, bool);

/// What is folded away. Known by spans and levels, so that it outlives growing.
#[derive(Clone, Debug, Default)]
pub(super) struct Folds {
    /// How many levels are shown; `None` for all.
    level: Option<u32>,
    /// The spans that are folded although their level is not, or the other way round.
    turned: HashSet<Key>,
    /// Spans that took less, with all below them, are gathered in one line.
    short: Option<Nanos>,
    /// The spans whose short children are shown all the same; `None` for the roots.
    opened: HashSet<Option<Key>>,
    /// Only the critical path is shown.
    is_path_only: bool,
}

fn key(span: &Span) -> Key {
    (span.span_id, span.kind == SpanKind::Server)
}

impl Folds {
    /// Whether what is below a row is folded away.
    pub(super) fn is_collapsed(&self, study: &Study, row: usize) -> bool {
        let Some(it) = study.row(row).filter(|it| it.children > 0) else { return false };
        let by_level = self.level.is_some_and(|level| it.depth + 1 >= level);
        by_level != (!self.turned.is_empty() && study.span(row).is_some_and(|span| self.turned.contains(&key(span))))
    }

    /// Folds a row, or unfolds it. Whether that changed anything.
    pub(super) fn collapse(&mut self, study: &Study, row: usize, is_collapsed: bool) -> bool {
        let is_leaf = study.row(row).is_none_or(|row| row.children == 0);
        if is_leaf || self.is_collapsed(study, row) == is_collapsed {
            return false;
        }
        let Some(key) = study.span(row).map(|span| key(span)) else { return false };
        if !self.turned.remove(&key) {
            self.turned.insert(key);
        }
        true
    }

    /// How many levels are shown, where not all of them are.
    pub(super) fn level(&self) -> Option<u32> {
        self.level
    }

    /// Shows `level` levels of `levels`, whatever was folded by hand.
    pub(super) fn show_levels(&mut self, level: u32, levels: u32) {
        self.turned.clear();
        self.level = Some(level.max(1)).filter(|level| *level < levels);
    }

    /// Shows everything but what is short or off the path.
    pub(super) fn expand_all(&mut self) {
        self.turned.clear();
        self.level = None;
    }

    /// Below which duration spans are gathered, in nanoseconds.
    pub(super) fn short(&self) -> Option<Nanos> {
        self.short
    }

    /// Gathers longer spans too, or only shorter ones, in steps of 1, 2 and 5 from a thousandth of `duration` on up to all
    /// of it. Whether there was such a step.
    pub(super) fn step_short(&mut self, longer: bool, duration: Nanos) -> bool {
        let first = round_up(duration / FIRST_SHORT);
        let next = match (self.short, longer) {
            (None, true) => Some(first),
            (None, false) => None,
            (Some(short), true) => {
                Some(round_up(short.saturating_add(1))).filter(|next| *next <= duration).or(self.short)
            }
            (Some(short), false) => Some(round_down(short - 1)).filter(|next| *next >= first),
        };
        self.opened.clear();
        std::mem::replace(&mut self.short, next) != next
    }

    /// Shows the short spans below a row, or among the roots.
    pub(super) fn open_rest(&mut self, study: &Study, parent: Option<usize>) {
        self.opened.insert(parent.and_then(|row| study.span(row)).map(|span| key(span)));
    }

    pub(super) fn is_path_only(&self) -> bool {
        self.is_path_only
    }

    pub(super) fn toggle_path_only(&mut self) {
        self.is_path_only = !self.is_path_only;
    }

    /// Unfolds what hides a row.
    pub(super) fn reveal(&mut self, study: &Study, row: usize) {
        let Some(span) = study.row(row).map(|row| row.span) else { return };
        self.is_path_only &= study.path.contains(span);
        let mut below = row;
        for above in study.above(row) {
            self.collapse(study, above, false);
            if self.is_short(study, below) {
                self.open_rest(study, Some(above));
            }
            below = above;
        }
        if below > 0 && self.is_short(study, below) {
            self.open_rest(study, None);
        }
    }

    fn is_short(&self, study: &Study, row: usize) -> bool {
        self.short.is_some_and(|short| study.rows.longest_below(row) < short)
    }

    /// Whether a row is gathered in a rest. The first of all never is.
    fn is_gathered(&self, study: &Study, row: usize) -> bool {
        if row == 0 || !self.is_short(study, row) {
            return false;
        }
        let parent = study.row(row).and_then(|row| row.parent).and_then(|parent| study.span(parent));
        !self.opened.contains(&parent.map(|span| key(span)))
    }

    /// The lines that are left. O(n).
    pub(super) fn lines(&self, study: &Study) -> Lines {
        let mut lines = Lines::new(study.tree.rows().len());
        // The rests whose place is still to come, the next on top: a rest stands behind the other spans below its parent.
        let mut open: Vec<(usize, Rest)> = Vec::new();
        let mut at = 0;
        while let Some(row) = study.row(at) {
            while let Some((_, rest)) = open.pop_if(|(end, _)| *end <= at) {
                lines.push_rest(rest);
            }
            if self.is_path_only && !study.path.contains(row.span) {
                at = row.end;
            } else if self.is_gathered(study, at) {
                gather(&mut open, study, at);
                at = row.end;
            } else {
                lines.push_row(at);
                at = if self.is_collapsed(study, at) { row.end } else { at + 1 };
            }
        }
        while let Some((_, rest)) = open.pop() {
            lines.push_rest(rest);
        }
        lines.find_last(study);
        lines
    }
}

/// Adds a row and all below it to the rest of its parent.
fn gather(open: &mut Vec<(usize, Rest)>, study: &Study, at: usize) {
    let (Some(row), Some(span)) = (study.row(at), study.span(at)) else { return };
    if open.last().is_none_or(|(_, rest)| rest.parent != row.parent) {
        let end = row.parent.and_then(|parent| study.row(parent)).map_or(usize::MAX, |parent| parent.end);
        let rest = Rest { parent: row.parent, spans: 0, errors: 0, from: span.start, to: span.end };
        open.push((end, rest));
    }
    if let Some((_, rest)) = open.last_mut() {
        rest.spans += (row.end - at) as u64;
        rest.errors += study.rows.failed_within(at, row.end);
        rest.from = rest.from.min(span.start);
        rest.to = rest.to.max(span.end);
    }
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below `value`.
fn round_up(value: Nanos) -> Nanos {
    steps().find(|step| *step >= value).unwrap_or(Nanos::MAX)
}

/// The last of 1, 2, 5, 10, 20, 50 … that is not above `value`; 0 below the first.
fn round_down(value: Nanos) -> Nanos {
    steps().take_while(|step| *step <= value).last().unwrap_or(0)
}

fn steps() -> impl Iterator<Item = Nanos> {
    let powers = std::iter::successors(Some(1), |power: &Nanos| power.checked_mul(10));
    powers.flat_map(|power| [1, 2, 5].into_iter().filter_map(move |factor| power.checked_mul(factor)))
}
