//! The lines of a waterfall: rows and gathered short spans in order, found by either.

use crate::analysis::study::Study;
use crate::model::Nanos;

/// The lines that are to be seen, in order.
#[derive(Debug, Default)]
pub(super) struct Lines {
    all: Vec<Line>,
    /// Of each row the line it is in, or [`NONE`].
    places: Vec<u32>,
    rests: Vec<Rest>,
}

/// A line: a span, or what is gathered below one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Line {
    /// The row of the span; of a rest the row of the span that they are below.
    row: u32,
    /// Which of the rests.
    rest: u32,
    /// Whether no line below the same span comes after it.
    is_last: bool,
}

/// Short spans gathered in one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rest {
    /// The row that they are below; `None` for roots.
    pub(super) parent: Option<usize>,
    /// How many there are.
    pub(super) spans: u64,
    /// How many of them failed.
    pub(super) errors: u32,
    /// When the first begins.
    pub(super) from: Nanos,
    /// When the last ends.
    pub(super) to: Nanos,
}

/// What a line shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shown<'a> {
    /// The span of this row.
    Row(usize),
    /// Short spans.
    Rest(&'a Rest),
}

/// In the place of a number: there is none.
const NONE: u32 = u32::MAX;

impl Lines {
    /// No line yet, of a tree with `rows` rows.
    pub(super) fn new(rows: usize) -> Self {
        Self { places: vec![NONE; rows], ..Self::default() }
    }

    /// Adds the line of a row.
    pub(super) fn push_row(&mut self, row: usize) {
        let (row_number, line) = (number(row), number(self.all.len()));
        self.all.push(Line { row: row_number, rest: NONE, is_last: false });
        if let Some(place) = self.places.get_mut(row) {
            *place = line;
        }
    }

    /// Adds the line of short spans.
    pub(super) fn push_rest(&mut self, rest: Rest) {
        let line = Line { row: rest.parent.map_or(NONE, number), rest: number(self.rests.len()), is_last: false };
        self.rests.push(rest);
        self.all.push(line);
    }

    /// Notes which lines no other follows below the same span.
    pub(super) fn find_last(&mut self, study: &Study) {
        let mut is_followed = vec![false; self.places.len() + 1];
        for line in self.all.iter_mut().rev() {
            let parent = if line.rest == NONE {
                study.row(line.row as usize).and_then(|row| row.parent)
            } else {
                row_of(line.row)
            };
            let Some(followed) = is_followed.get_mut(parent.map_or(0, |parent| parent + 1)) else { continue };
            line.is_last = !std::mem::replace(followed, true);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Where the lines of a row begin, if it is to be seen. O(1).
    pub(super) fn place_of(&self, row: usize) -> Option<usize> {
        row_of(*self.places.get(row)?)
    }

    /// Where a row is to be seen, else the nearest one above it that is. O(depth).
    pub(super) fn nearest(&self, study: &Study, row: usize) -> Option<usize> {
        self.place_of(row).or_else(|| study.above(row).find_map(|above| self.place_of(above)))
    }

    /// The line of the short spans below a row, if there is one. O(rests).
    pub(super) fn rest_of(&self, row: usize) -> Option<usize> {
        let wanted = number(row);
        self.all.iter().position(|line| line.rest != NONE && line.row == wanted)
    }

    /// What a line shows.
    pub(super) fn at(&self, place: usize) -> Option<Shown<'_>> {
        let line = self.all.get(place)?;
        match self.rests.get(line.rest as usize) {
            Some(rest) => Some(Shown::Rest(rest)),
            None => row_of(line.row).map(Shown::Row),
        }
    }

    /// Whether no line below the same span follows this one.
    pub(super) fn is_last(&self, place: usize) -> bool {
        self.all.get(place).is_none_or(|line| line.is_last)
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

fn row_of(number: u32) -> Option<usize> {
    (number != NONE).then_some(number as usize)
}
