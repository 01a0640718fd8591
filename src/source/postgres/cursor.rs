//! How far a table was read. Rows become visible when their transaction is committed, in any order: a time or a number that was
//! taken at its beginning may appear behind what was read already.
//!
//! So the cursor is a transaction: all those before the oldest one that was still running are settled, and rows of later ones
//! are asked for again, in the window of time behind the newest row, and told apart by their keys. Where rows know no
//! transaction (views), their time stands for it.

use std::collections::HashMap;
use std::time::Duration;

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
    /// The server's time at its beginning, in microseconds since 1970.
    pub(super) now: i64,
    /// Behind which row to go on.
    pub(super) after: Option<Place>,
}

/// So many rows are remembered before it is looked which of them can be forgotten.
const ROOM: usize = 10_000;

/// How far a table was read.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Rows before this mark were seen.
    pub(super) settled: i64,
    /// How far behind the newest row late ones are looked for, in microseconds.
    overlap: i64,
    /// The newest row's time, in microseconds and as the server writes it.
    newest: Option<(i64, String)>,
    /// The rows that were seen and may be answered again, with their marks and times.
    seen: HashMap<Key, (i64, i64)>,
    /// How many they may be before they are looked through.
    room: usize,
    /// The round that is under way.
    pub(super) round: Option<Round>,
}

impl Cursor {
    /// Nothing is read so far. Late rows will be looked for so far behind the newest one.
    pub(super) fn new(overlap: Duration) -> Self {
        let overlap = i64::try_from(overlap.as_micros()).unwrap_or(i64::MAX);
        Self { settled: i64::MIN, overlap, newest: None, seen: HashMap::new(), room: ROOM, round: None }
    }

    /// The newest time so far.
    pub(super) fn newest(&self) -> Option<&str> {
        self.newest.as_ref().map(|(_, text)| text.as_str())
    }

    /// Whether `row` has not been seen yet.
    pub(super) fn is_new(&self, row: &Row) -> bool {
        !self.seen.contains_key(&row.place.key)
    }

    /// Notes that `row` was handed over, or is not wanted. O(1), amortized.
    pub(super) fn pass(&mut self, row: Row) {
        if self.newest.as_ref().is_none_or(|(micros, _)| *micros < row.micros) {
            self.newest = Some((row.micros, row.place.time.clone()));
        }
        let settled = self.round.as_ref().map_or(self.settled, |round| round.settled);
        if row.mark >= settled {
            self.seen.insert(row.place.key.clone(), (row.mark, row.micros));
        }
        if let Some(round) = &mut self.round {
            round.after = Some(row.place);
        }
        if self.seen.len() >= self.room {
            self.forget(i64::MIN);
            self.room = 2 * self.seen.len().max(ROOM);
        }
    }

    /// Notes that the round has come to its end.
    pub(super) fn finish(&mut self) {
        let Some(settled) = self.round.as_ref().map(|round| round.settled) else { return };
        self.forget(settled);
        self.round = None;
        self.settled = settled;
    }

    /// Forgets what is never asked for again: rows of transactions before `settled`, and those too far behind the newest one,
    /// or behind the present where that is earlier.
    fn forget(&mut self, settled: i64) {
        let Some(round) = &self.round else { return };
        let newest = self.newest.as_ref().map_or(i64::MIN, |(micros, _)| *micros);
        let first = newest.min(round.now).saturating_sub(self.overlap);
        self.seen.retain(|_, (mark, micros)| *mark >= settled && *micros >= first);
    }
}
