//! The drop policies: which records of a source that can not wait give way when there is no room.

use tokio::time::Instant;

use super::{MAX_PENDING_BYTES, OpenLoss, State};
use crate::model::{Level, LossReason, Nanos};
use crate::parse;
use crate::source::{Batch, Peek};

/// The coarsest sampling: one in this many.
const MAX_SAMPLE: u64 = 1024;

/// Keeps one in `every` of what is no error.
#[derive(Debug)]
pub(super) struct Sampler {
    pub(super) every: u64,
    seen: u64,
}

impl State {
    fn room(&self, buffer_size: u64) -> usize {
        if self.bytes >= MAX_PENDING_BYTES {
            return 0;
        }
        usize::try_from(buffer_size.saturating_sub(self.pending())).unwrap_or(usize::MAX)
    }

    /// Turns away what of `batch` there is no room for.
    pub(super) fn drop_newest(
        &mut self,
        batch: &mut Batch,
        buffer_size: u64,
        reason: LossReason,
        time: Nanos,
        now: Instant,
    ) {
        let room = self.room(buffer_size);
        if batch.len() > room {
            let front = batch.take_front(room);
            self.lose(batch.signal(), batch.len(), reason, time, now);
            *batch = front;
        }
    }

    /// Makes room by giving up the oldest waiting records, then the oldest of `batch` itself.
    pub(super) fn drop_oldest(&mut self, batch: &mut Batch, buffer_size: u64, time: Nanos, now: Instant) {
        while batch.len() > self.room(buffer_size) {
            let missing = batch.len() - self.room(buffer_size);
            let Some(mut oldest) = self.waiting.pop_front() else { break };
            if let Batch::Loss(loss) = oldest {
                self.losses.push(OpenLoss { loss, opened: now, last: now });
                continue;
            }
            self.bytes -= oldest.bytes().min(self.bytes);
            self.counts(oldest.signal()).pending -= oldest.len() as u64;
            let gone = oldest.take_front(missing);
            self.lose(gone.signal(), gone.len(), LossReason::DropOldest, time, now);
            if !oldest.is_empty() {
                self.counts(oldest.signal()).pending += oldest.len() as u64;
                self.bytes += oldest.bytes();
                self.waiting.push_front(oldest);
            }
        }
        let excess = batch.len().saturating_sub(self.room(buffer_size));
        if excess > 0 {
            let gone = batch.take_front(excess);
            self.lose(gone.signal(), gone.len(), LossReason::DropOldest, time, now);
        }
    }

    /// Over the limit: keeps errors and one in N of the rest; N doubles while the queue fills and halves as it drains.
    pub(super) fn thin_out(&mut self, batch: &mut Batch, limit: u64, buffer_size: u64, time: Nanos, now: Instant) {
        let pending = self.pending() + batch.len() as u64;
        if pending <= limit {
            self.sample.every = (self.sample.every / 2).max(1);
            return;
        }
        let is_filling = pending > limit + (buffer_size - limit) / 2;
        self.sample.every = if is_filling { (self.sample.every * 2).min(MAX_SAMPLE) } else { self.sample.every.max(2) };
        let before = batch.len();
        let sample = &mut self.sample;
        batch.retain(|record| is_error(record) || sample.keeps());
        self.lose(batch.signal(), before - batch.len(), LossReason::Sample, time, now);
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Self { every: 1, seen: 0 }
    }
}

impl Sampler {
    fn keeps(&mut self) -> bool {
        self.seen += 1;
        self.seen.is_multiple_of(self.every)
    }
}

fn is_error(record: Peek<'_>) -> bool {
    match record {
        Peek::Line(line) => parse::severity_hint(line).level() >= Level::Error,
        Peek::Log(record) => record.severity.level() >= Level::Error,
        Peek::Span(span) => span.is_error(),
    }
}
