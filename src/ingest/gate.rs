//! Holds the writer back for a reader that must miss nothing, such as one that prints every line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::wake::Wake;
use crate::store::{LineId, LogWriter};

/// Lines that the reader may be behind.
const MAX_BEHIND: u64 = 1 << 19;
/// The writer looks at least this often whether it is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// What a reader has read so far. Clones are of the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    passed: Arc<AtomicU64>,
    moved: Arc<Wake>,
}

impl Gate {
    /// Notes that every line below `id` was read.
    pub fn passed(&self, id: LineId) {
        self.passed.fetch_max(id, Ordering::AcqRel);
        self.moved.notify();
    }

    /// The first line that was not read.
    pub(super) fn unread(&self) -> LineId {
        self.passed.load(Ordering::Acquire)
    }

    /// Whether there is anything that the reader has not read.
    pub(super) fn is_behind(&self, logs: &LogWriter) -> bool {
        logs.unread(self.unread()).0 > 0
    }

    /// Whether the reader is so far behind that lines might be evicted before they are read.
    pub(super) fn is_far_behind(&self, logs: &LogWriter) -> bool {
        let (lines, bytes) = logs.unread(self.unread());
        lines > MAX_BEHIND || bytes > logs.budget() / 2
    }

    /// Waits for the reader.
    pub(super) fn wait(&self) {
        self.moved.wait(Some(LOOK));
    }
}
