//! What both transports do with a request once it is decoded: count what could not be read, offer the rest.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::parse::otlp::Decoded;
use crate::source::{Batch, Intake, Signal};

/// What a sender is told of spans that were not taken.
pub(super) const BAD_SPANS: &str = "spans without a valid trace id and span id, or not readable at all";

/// What a sender is told of log records that were not taken.
pub(super) const BAD_LOGS: &str = "log records that could not be read";

/// For how long a request waits for room before its sender is told to come again: a sender that is refused stays away for
/// a second or more, while the queue is empty after some milliseconds.
const PATIENCE: Duration = Duration::from_millis(200);

/// How often a request that waits looks again.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Requests that may wait at once, as each of them holds what it brought.
const MAX_WAITING: usize = 16;

/// The way from the listeners to the ingest queue. Cheap to clone.
#[derive(Clone)]
pub(super) struct Inbox {
    intake: Arc<dyn Intake>,
    waiting: Arc<Semaphore>,
}

impl Inbox {
    pub(super) fn new(intake: Arc<dyn Intake>) -> Self {
        Self { intake, waiting: Arc::new(Semaphore::new(MAX_WAITING)) }
    }

    /// Waits a moment for room. Without any the sender is to be told to come again later.
    pub(super) async fn has_room(&self) -> bool {
        if !self.intake.is_pressed() {
            return true;
        }
        let Ok(_place) = self.waiting.try_acquire() else { return false };
        let until = Instant::now() + PATIENCE;
        while self.intake.is_pressed() {
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        true
    }

    /// Counts a request of which nothing could be read.
    pub(super) fn reject_request(&self, signal: Signal) {
        self.intake.reject(signal, 1);
    }

    /// Hands over what a request held.
    pub(super) fn accept(&self, decoded: Decoded) {
        for (signal, count) in [(Signal::Logs, decoded.rejected_logs), (Signal::Spans, decoded.rejected_spans)] {
            if count > 0 {
                self.intake.reject(signal, count);
            }
        }
        if !decoded.logs.is_empty() {
            self.intake.offer(Batch::Logs(decoded.logs));
        }
        if !decoded.spans.is_empty() {
            self.intake.offer(Batch::Spans(decoded.spans));
        }
    }
}
