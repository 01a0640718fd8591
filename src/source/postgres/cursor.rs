//! How far a table was read. Rows become visible when their transaction is committed, in any order: a time or a number that was
//! taken at its beginning may appear behind what was read already.
//!
//! So the cursor is a transaction: all those before the oldest one that was still running are settled, and rows of later ones
//! are asked for again, in the window of time behind the newest row, and told apart by their keys. Where rows know no
//! transaction (views), their time stands for it.

use std::collections::HashMap;

/// What makes a row unique.
pub(super) type Key = Vec<Option<String>>;

/// A place in the order of rows: the time as the server writes it, and the key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) time: String,
    pub(super) key: Key,
}

/// A row, without its line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// The transaction that wrote it, or its time.
    pub(super) mark: i64,
    pub(super) place: Place,
    /// Its time in microseconds since 1970.
    pub(super) micros: i64,
}

/// One pass over what is new, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Round {
    /// The mark from which on the next round has to ask again.
    pub(super) settled: i64,
    /// The transaction that had not begun when this round did.
    pub(super) next: i64,
    /// Behind which row to go on.
    pub(super) after: Option<Place>,
}

/// How far a table was read.
#[derive(Default, Debug)]
pub(super) struct Cursor {
    /// Rows before this mark were seen.
    pub(super) settled: i64,
    /// The newest row's time, in microseconds and as the server writes it.
    newest: Option<(i64, String)>,
    /// The rows at or after the mark that were seen, with their marks.
    seen: HashMap<Key, i64>,
    /// The round that is under way.
    pub(super) round: Option<Round>,
}

impl Cursor {
    /// Nothing is read so far, and `round` is under way.
    pub(super) fn in_round(round: Round) -> Self {
        Self { round: Some(round), ..Self::default() }
    }

    /// The newest time so far.
    pub(super) fn newest(&self) -> Option<&str> {
        self.newest.as_ref().map(|(_, text)| text.as_str())
    }

    /// Whether `row` has not been seen yet.
    pub(super) fn is_new(&self, row: &Row) -> bool {
        !self.seen.contains_key(&row.place.key)
    }

    /// Notes that `row` was handed over, or is not wanted.
    pub(super) fn pass(&mut self, row: Row) {
        if self.newest.as_ref().is_none_or(|(micros, _)| *micros < row.micros) {
            self.newest = Some((row.micros, row.place.time.clone()));
        }
        let settled = self.round.as_ref().map_or(self.settled, |round| round.settled);
        if row.mark >= settled {
            self.seen.insert(row.place.key.clone(), row.mark);
        }
        if let Some(round) = &mut self.round {
            round.after = Some(row.place);
        }
    }

    /// Notes that the round has come to its end.
    pub(super) fn finish(&mut self) {
        let Some(round) = self.round.take() else { return };
        self.settled = round.settled;
        self.seen.retain(|_, mark| *mark >= round.settled);
    }

    /// For rows that know no transaction: so long before the newest row all is settled.
    pub(super) fn settled_before_newest(&self, overlap_micros: i64) -> i64 {
        self.newest.as_ref().map_or(i64::MIN, |(micros, _)| micros.saturating_sub(overlap_micros))
    }
}
