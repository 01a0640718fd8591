//! What a source had before it looked: kept until the writer takes it, and how far it is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Queue;
use crate::extent::Stretch;
use crate::source::HistoryOrder;
use crate::store::Indexing;

/// Text that was there before its source looked.
pub(in crate::ingest) struct Before {
    pub(in crate::ingest) stretches: Vec<Stretch>,
    pub(in crate::ingest) order: HistoryOrder,
}

impl Queue {
    /// Notes that the source that is started now will tell what it has from before.
    pub(in crate::ingest) fn announce_history(&self) {
        self.announces.store(true, Ordering::Release);
    }

    /// Whether history was announced since this was last asked.
    pub(in crate::ingest) fn is_history_announced(&self) -> bool {
        self.announces.swap(false, Ordering::AcqRel)
    }

    pub(super) fn keep_history(&self, before: Before) {
        let bytes = before.stretches.iter().map(|stretch| stretch.range.end - stretch.range.start).sum();
        self.history_total.fetch_add(bytes, Ordering::Relaxed);
        self.lock().history = Some(before);
        self.wake.notify();
    }

    /// The text that was there before the source looked, once it has.
    pub(in crate::ingest) fn take_history(&self) -> Option<Before> {
        self.lock().history.take()
    }

    /// Notes that so many lines of the history have reached the store.
    pub(in crate::ingest) fn history_stored(&self, lines: u64) {
        let mut state = self.lock();
        state.logs.received += lines;
        state.logs.stored += lines;
    }

    /// Counts the bytes of history that were dealt with.
    pub(in crate::ingest) fn history_done(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.history_done)
    }

    /// Notes that no more of the history will be read.
    pub(in crate::ingest) fn end_history(&self) {
        self.history_done.store(self.history_total.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// How far the history is read, while it is.
    pub(in crate::ingest) fn indexing(&self) -> Option<Indexing> {
        let (done, total) = (self.history_done.load(Ordering::Relaxed), self.history_total.load(Ordering::Relaxed));
        (done < total).then_some(Indexing { done, total })
    }
}
