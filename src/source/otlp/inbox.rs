//! What both transports do with a request once it is decoded: count, cut into batches, offer.

use std::sync::Arc;

use crate::model::{LogRecord, Span};
use crate::parse::otlp::Decoded;
use crate::source::{Batch, Intake, Signal};

/// The most records that one batch carries, so that a drop policy has something finer than a request to choose from.
const MAX_BATCH_RECORDS: usize = 4096;

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
        cut(decoded.logs, |logs: Vec<LogRecord>| self.0.offer(Batch::Logs(logs)));
        cut(decoded.spans, |spans: Vec<Span>| self.0.offer(Batch::Spans(spans)));
    }
}

fn cut<T>(records: Vec<T>, offer: impl Fn(Vec<T>)) {
    if records.is_empty() {
        return;
    }
    if records.len() <= MAX_BATCH_RECORDS {
        return offer(records);
    }
    let mut rest = records.into_iter();
    while rest.len() > 0 {
        offer(rest.by_ref().take(MAX_BATCH_RECORDS).collect());
    }
}
