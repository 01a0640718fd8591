//! What both transports do with a request once it is decoded: count what could not be read, offer the rest.

use std::sync::Arc;

use crate::parse::otlp::Decoded;
use crate::source::{Batch, Intake, Signal};

/// What a sender is told of spans that were not taken.
pub(super) const BAD_SPANS: &str = "spans without a valid trace id and span id, or not readable at all";

/// What a sender is told of log records that were not taken.
pub(super) const BAD_LOGS: &str = "log records that could not be read";

/// The way from the listeners to the ingest queue. Cheap to clone.
#[derive(Clone)]
pub(super) struct Inbox(Arc<dyn Intake>);

impl Inbox {
    pub(super) fn new(intake: Arc<dyn Intake>) -> Self {
        Self(intake)
    }

    /// Whether senders are to be told to come again later.
    pub(super) fn is_pressed(&self) -> bool {
        self.0.is_pressed()
    }

    /// Counts a request of which nothing could be read.
    pub(super) fn reject_request(&self, signal: Signal) {
        self.0.reject(signal, 1);
    }

    /// Hands over what a request held.
    pub(super) fn accept(&self, decoded: Decoded) {
        for (signal, count) in [(Signal::Logs, decoded.rejected_logs), (Signal::Spans, decoded.rejected_spans)] {
            if count > 0 {
                self.0.reject(signal, count);
            }
        }
        if !decoded.logs.is_empty() {
            self.0.offer(Batch::Logs(decoded.logs));
        }
        if !decoded.spans.is_empty() {
            self.0.offer(Batch::Spans(decoded.spans));
        }
    }
}
