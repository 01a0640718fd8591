//! The bounded queue of one source: where records are let in, made to wait, or lost and counted.
//!
//! Two levels: from `backpressure_limit` pending records on, a source that can wait waits and a receiver refuses; at
//! `buffer_size` a source that can do neither loses records by its drop policy. Pending bytes are bounded as well.

mod history;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::bucket::TokenBucket;
use super::tally::Tally;
use super::wake::Wake;
use crate::config::{DropPolicy, SourceOptions};
use crate::extent::Stretch;
use crate::model::{Loss, LossReason, Nanos};
use crate::source::{Batch, Clock, HistoryOrder, Intake, Signal};
use crate::store::{Counts, Pressure};
pub(super) use history::Before;
use policy::Sampler;

/// Bytes that may be pending in one queue, whatever its limit in records.
const MAX_PENDING_BYTES: usize = 64 << 20;
/// For how long after a loss the pressure is shown as dropping, and a loss is held open for more of its kind.
const LOSS_QUIET: Duration = Duration::from_millis(250);
/// A loss row is written at the latest after this time, even if the loss goes on.
const LOSS_OPEN: Duration = Duration::from_secs(1);
/// For how long pressure is shown after it has passed, so that a person can see it.
const PRESSURE_SHOWN: Duration = Duration::from_secs(2);

/// The queue of one source.
pub(super) struct Queue {
    state: Mutex<State>,
    room: Notify,
    wake: Arc<Wake>,
    clock: Clock,
    policy: DropPolicy,
    buffer_size: u64,
    limit: u64,
    /// Bytes of history that there are, and that were dealt with.
    history_total: AtomicU64,
    history_done: Arc<AtomicU64>,
    /// Whether the source was started and will tell of more.
    announces: AtomicBool,
    /// Of which formats its lines were; the writer counts.
    pub(super) formats: Tally,
}

struct State {
    waiting: VecDeque<Batch>,
    logs: Counts,
    spans: Counts,
    /// Bytes of the waiting batches and of what the writer has taken but not yet stored.
    bytes: usize,
    bucket: TokenBucket,
    losses: Vec<OpenLoss>,
    sample: Sampler,
    throttled: Option<Instant>,
    lost: Option<Instant>,
    is_closed: bool,
    /// What was there before the source looked, until it is taken.
    history: Option<Before>,
}

struct OpenLoss {
    loss: Loss,
    opened: Instant,
    last: Instant,
}

/// How far a batch was accepted.
enum Accepted {
    /// Whole, or the queue is closed and nothing more will be.
    Done,
    /// The rate is spent until this time has passed.
    AfterTime(Duration),
    /// There is no room until the writer has stored something.
    AfterRoom,
}

/// What the writer takes at one go.
pub(super) struct Taken {
    /// Losses that happened before `batches`.
    pub(super) losses: Vec<Loss>,
    pub(super) batches: Vec<Batch>,
    /// When to look again for a loss that is still open.
    pub(super) look_again: bool,
}

impl Queue {
    pub(super) fn new(options: &SourceOptions, wake: Arc<Wake>, clock: Clock) -> Self {
        let buffer_size = options.buffer_size.max(1);
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                logs: Counts::default(),
                spans: Counts::default(),
                bytes: 0,
                bucket: TokenBucket::new(options.max_lines_per_second),
                losses: Vec::new(),
                sample: Sampler::default(),
                throttled: None,
                lost: None,
                is_closed: false,
                history: None,
            }),
            room: Notify::new(),
            wake,
            clock,
            policy: options.drop_policy,
            buffer_size,
            limit: options.backpressure_limit.clamp(1, buffer_size),
            history_total: AtomicU64::new(0),
            history_done: Arc::default(),
            announces: AtomicBool::new(false),
            formats: Tally::default(),
        }
    }

    /// Takes batches of up to about `records` records, and losses that are over. At most a quarter of what the queue
    /// holds is taken: what the writer has can not be dropped any more, and a drop policy needs something to choose
    /// from.
    pub(super) fn take(&self, records: usize) -> Taken {
        let now = Instant::now();
        let mut share = usize::try_from(self.buffer_size.div_ceil(4)).unwrap_or(usize::MAX);
        let mut state = self.lock();
        let mut taken = Taken { losses: state.finished_losses(now), batches: Vec::new(), look_again: false };
        let mut count = 0;
        while count < records
            && share > 0
            && let Some(mut batch) = state.waiting.pop_front()
        {
            if batch.len() > share {
                let front = batch.take_front(share);
                state.waiting.push_front(batch);
                batch = front;
            }
            count += batch.len();
            share -= batch.len();
            taken.batches.push(batch);
        }
        taken.look_again = !state.losses.is_empty();
        taken
    }

    /// Whether no more will come.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Notes that what was taken has reached the store. So many of the records as `notes` says turned out to be none
    /// (what a session file says of itself): they are taken back from what was received.
    pub(super) fn stored(&self, signal: Signal, records: u64, notes: u64, bytes: usize) {
        let mut state = self.lock();
        let counts = state.counts(signal);
        counts.pending -= records;
        counts.stored += records - notes;
        counts.received -= notes;
        state.bytes -= bytes.min(state.bytes);
        drop(state);
        self.room.notify_waiters();
    }

    /// Notes that the ring evicted so many of this source's lines.
    pub(super) fn evicted(&self, records: u64) {
        self.lock().logs.evicted += records;
    }

    /// No more will come, or may come: whoever waits for room returns.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.room.notify_waiters();
        self.wake.notify();
    }

    /// More will come again: the source runs anew.
    pub(super) fn reopen(&self) {
        self.lock().is_closed = false;
    }

    /// Whether no more will come and everything has been stored.
    pub(super) fn is_drained(&self) -> bool {
        let state = self.lock();
        // A gap that a source told of counts as no record, and is there to be stored all the same.
        state.is_closed && state.pending() == 0 && state.waiting.is_empty() && state.losses.is_empty()
    }

    /// The figures and the pressure, of one instant.
    pub(super) fn account(&self) -> (Counts, Counts, Pressure) {
        let now = Instant::now();
        let state = self.lock();
        let shown = |at: Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < PRESSURE_SHOWN);
        let pressure = match (shown(state.lost), shown(state.throttled)) {
            (true, _) => Pressure::Dropping,
            (false, true) => Pressure::Throttling,
            (false, false) => Pressure::Ok,
        };
        (state.logs, state.spans, pressure)
    }

    pub(super) fn buffer_size(&self) -> u64 {
        self.buffer_size
    }

    /// Accepts as much of the front of `batch` as there is room and rate for, and answers what to wait for if anything
    /// is left.
    fn accept(&self, batch: &mut Batch) -> Accepted {
        let now = Instant::now();
        let mut state = self.lock();
        if state.is_closed {
            return Accepted::Done;
        }
        let mut wait = None;
        let room = self.limit.saturating_sub(state.pending());
        if batch.is_empty() {
            let gap = batch.take_front(0);
            state.enqueue(gap);
        } else if room > 0 && state.bytes < MAX_PENDING_BYTES {
            let wanted = batch.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            let granted = state.let_in(batch.signal(), wanted, now);
            if granted > 0 {
                let front = batch.take_front(granted);
                state.counts(front.signal()).received += granted as u64;
                state.enqueue(front);
            }
            if granted < wanted {
                wait = Some(state.bucket.wait());
            }
        }
        let is_left = !batch.is_empty();
        if is_left {
            state.throttled = Some(now);
        }
        drop(state);
        self.wake.notify();
        match (is_left, wait) {
            (false, _) => Accepted::Done,
            (true, Some(wait)) => Accepted::AfterTime(wait),
            (true, None) => Accepted::AfterRoom,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intake for Queue {
    fn send(&self, mut batch: Batch) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let mut room = std::pin::pin!(self.room.notified());
                room.as_mut().enable();
                match self.accept(&mut batch) {
                    Accepted::Done => return,
                    Accepted::AfterTime(wait) => tokio::time::sleep(wait).await,
                    Accepted::AfterRoom => room.await,
                }
            }
        })
    }

    fn offer(&self, mut batch: Batch) {
        let now = Instant::now();
        let time = self.clock.now();
        let signal = batch.signal();
        let mut state = self.lock();
        if state.is_closed {
            return;
        }
        state.counts(signal).received += batch.len() as u64;
        let granted = state.let_in(signal, batch.len(), now);
        if granted < batch.len() {
            let front = batch.take_front(granted);
            state.lose(signal, batch.len(), LossReason::RateLimit, time, now);
            batch = front;
        }
        match self.policy {
            DropPolicy::Newest => state.drop_newest(&mut batch, self.buffer_size, LossReason::DropNewest, time, now),
            DropPolicy::Oldest => state.drop_oldest(&mut batch, self.buffer_size, time, now),
            DropPolicy::Sample => {
                state.thin_out(&mut batch, self.limit, self.buffer_size, time, now);
                state.drop_newest(&mut batch, self.buffer_size, LossReason::Sample, time, now);
            }
        }
        if state.pending() >= self.limit {
            state.throttled = Some(now);
        }
        if !batch.is_empty() || matches!(batch, Batch::Loss(_)) {
            state.enqueue(batch);
        }
        drop(state);
        self.wake.notify();
    }

    fn is_pressed(&self) -> bool {
        let mut state = self.lock();
        let is_pressed = state.pending() >= self.limit || state.bytes >= MAX_PENDING_BYTES;
        if is_pressed {
            state.throttled = Some(Instant::now());
        }
        is_pressed
    }

    fn history(&self, stretches: Vec<Stretch>, order: HistoryOrder) {
        self.keep_history(Before { stretches, order });
    }

    fn reject(&self, signal: Signal, count: u64) {
        let mut state = self.lock();
        let counts = state.counts(signal);
        counts.received += count;
        counts.rejected += count;
    }
}

impl State {
    fn counts(&mut self, signal: Signal) -> &mut Counts {
        match signal {
            Signal::Logs => &mut self.logs,
            Signal::Spans => &mut self.spans,
        }
    }

    fn pending(&self) -> u64 {
        self.logs.pending + self.spans.pending
    }

    /// How many of so many records the rate lets in. The rate is one of lines; spans are bounded by the queue alone, so
    /// that a trace is not torn because its logs are loud.
    fn let_in(&mut self, signal: Signal, wanted: usize, now: Instant) -> usize {
        match signal {
            Signal::Logs => self.bucket.take(wanted, now),
            Signal::Spans => wanted,
        }
    }

    /// Puts a batch behind the others; it has been counted as received.
    fn enqueue(&mut self, batch: Batch) {
        self.counts(batch.signal()).pending += batch.len() as u64;
        self.bytes += batch.bytes();
        self.waiting.push_back(batch);
    }

    /// Counts records that are lost and opens or widens the loss row for them.
    fn lose(&mut self, signal: Signal, count: usize, reason: LossReason, time: Nanos, now: Instant) {
        if count == 0 {
            return;
        }
        let count = count as u64;
        let counts = self.counts(signal);
        *if reason == LossReason::RateLimit { &mut counts.rate_limited } else { &mut counts.dropped } += count;
        self.lost = Some(now);
        if signal == Signal::Spans {
            return; // A loss row stands between lines; lost spans are in the figures.
        }
        let loss = Loss { count, from: time, to: time, reason };
        match self.losses.iter_mut().find(|open| open.loss.reason == reason) {
            Some(open) => {
                open.loss.merge(&loss);
                open.last = now;
            }
            None => self.losses.push(OpenLoss { loss, opened: now, last: now }),
        }
    }

    /// Takes the losses that have ended, or lasted long enough to be told.
    fn finished_losses(&mut self, now: Instant) -> Vec<Loss> {
        let is_over = |open: &OpenLoss| {
            self.is_closed
                || now.saturating_duration_since(open.last) >= LOSS_QUIET
                || now.saturating_duration_since(open.opened) >= LOSS_OPEN
        };
        let (over, open) = std::mem::take(&mut self.losses).into_iter().partition(is_over);
        self.losses = open;
        let over: Vec<OpenLoss> = over;
        over.into_iter().map(|open| open.loss).collect()
    }
}
