//! The figures: what became of every record that came.

use crate::model::{FormatId, Nanos, SourceState};

/// What became of the records of one signal from one source. Only ever grows, but for `pending`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Records that came.
    pub received: u64,
    /// Records that reached the store.
    pub stored: u64,
    /// Records over `max_lines_per_second`.
    pub rate_limited: u64,
    /// Records given up by the drop policy.
    pub dropped: u64,
    /// Records that could not be decoded or were over a size limit.
    pub rejected: u64,
    /// Records in the queue or being stored.
    pub pending: u64,
    /// Stored records that the ring has evicted since.
    pub evicted: u64,
}

/// How hard the sources press.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Pressure {
    /// Everything is taken in as it comes.
    #[default]
    Ok,
    /// A source is paused or refused, nothing is lost.
    Throttling,
    /// Records are being lost.
    Dropping,
}

/// How one source is doing.
#[derive(Clone, Debug)]
pub struct SourceAccount {
    /// What it is called by for as long as the program runs.
    pub key: usize,
    /// Its name on the screen.
    pub label: String,
    /// The SOURCE argument that it was opened by; empty where it can not be opened again.
    pub argument: String,
    /// Whether it is a system that holds traces and can be asked for them.
    pub is_backend: bool,
    /// The state it reports.
    pub state: SourceState,
    /// Since when it is in that state.
    pub since: Nanos,
    /// Its log lines.
    pub logs: Counts,
    /// Its spans. Their eviction is by trace and counted in total only.
    pub spans: Counts,
    /// How hard it presses.
    pub pressure: Pressure,
    /// Records that its queue holds at most.
    pub buffer_size: u64,
    /// How many of its lines were of each format, the most frequent first.
    pub formats: Vec<(FormatId, u64)>,
    /// How far what was there before is read, while it is.
    pub indexing: Option<Indexing>,
}

/// How far the history of a source is read, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Indexing {
    /// Bytes that were dealt with.
    pub done: u64,
    /// Bytes that there are.
    pub total: u64,
}

/// All sources and their sum at one instant.
#[derive(Clone, Debug, Default)]
pub struct Accounting {
    /// Every source, in the order they were given.
    pub sources: Vec<SourceAccount>,
    /// The sum of all log lines.
    pub logs: Counts,
    /// The sum of all spans.
    pub spans: Counts,
}

impl Counts {
    /// Whether every record is accounted for.
    pub fn is_closed(&self) -> bool {
        self.received == self.stored + self.rate_limited + self.dropped + self.rejected + self.pending
            && self.evicted <= self.stored
    }

    /// Records that are in the store now.
    pub fn held(&self) -> u64 {
        self.stored - self.evicted
    }

    /// Records that were lost on the way in.
    pub fn lost(&self) -> u64 {
        self.rate_limited + self.dropped
    }

    /// Adds all figures of `other`.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.stored += other.stored;
        self.rate_limited += other.rate_limited;
        self.dropped += other.dropped;
        self.rejected += other.rejected;
        self.pending += other.pending;
        self.evicted += other.evicted;
    }
}

impl Accounting {
    /// How far the history of all sources is read, while one is.
    pub fn indexing(&self) -> Option<Indexing> {
        self.sources
            .iter()
            .filter_map(|source| source.indexing)
            .reduce(|a, b| Indexing { done: a.done + b.done, total: a.total + b.total })
    }

    /// The hardest pressure of any source.
    pub fn pressure(&self) -> Pressure {
        self.sources.iter().map(|source| source.pressure).max().unwrap_or_default()
    }
}
