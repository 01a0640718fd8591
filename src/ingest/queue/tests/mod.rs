//! Tests of the bounded queue: what is kept, what is lost, and that every record is accounted for at every instant.

mod losses;
mod policy;
mod waiting;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::{FutureExt as _, poll};
use proptest::prelude::*;

use super::*;
use crate::model::{Attributes, LogRecord, Severity, Span, SpanId, SpanKind, Status, StatusCode, TraceId};
use crate::source::LineBatch;

const BUFFER: u64 = 100;
const LIMIT: u64 = 80;
const POLICIES: [(DropPolicy, LossReason); 3] = [
    (DropPolicy::Oldest, LossReason::DropOldest),
    (DropPolicy::Newest, LossReason::DropNewest),
    (DropPolicy::Sample, LossReason::Sample),
];

/// A queue whose clock begins at 0 and runs with tokio's.
fn queue(options: &SourceOptions) -> Queue {
    let start = Instant::now();
    let clock = Clock::from_fn(move || Nanos::try_from(start.elapsed().as_nanos()).unwrap());
    Queue::new(options, Arc::default(), clock)
}

fn small(drop_policy: DropPolicy) -> SourceOptions {
    SourceOptions { buffer_size: BUFFER, backpressure_limit: LIMIT, drop_policy, ..SourceOptions::default() }
}

fn limited(max_lines_per_second: u64) -> SourceOptions {
    SourceOptions { max_lines_per_second, ..SourceOptions::default() }
}

/// Lines that say their number.
fn lines(numbers: Range<u64>) -> Batch {
    let mut batch = LineBatch::default();
    numbers.for_each(|number| batch.push(number.to_string().as_bytes()));
    Batch::Lines(batch)
}

fn span() -> Span {
    Span {
        trace_id: TraceId::from_low64(1).unwrap(),
        span_id: SpanId::from_u64(1).unwrap(),
        parent_id: None,
        trace_state: Box::default(),
        name: Box::default(),
        kind: SpanKind::Internal,
        start: 0,
        end: 0,
        status: Status::default(),
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::default(),
        scope: Arc::default(),
    }
}

fn spans(count: usize) -> Batch {
    Batch::Spans(vec![span(); count])
}

fn logs(queue: &Queue) -> Counts {
    closed(queue).0
}

/// The figures of logs and spans; both must close and keep to the bound.
fn closed(queue: &Queue) -> (Counts, Counts) {
    let (logs, spans, _) = queue.account();
    assert!(logs.is_closed() && spans.is_closed(), "{logs:?} {spans:?}");
    assert!(logs.pending + spans.pending <= queue.buffer_size, "{logs:?} {spans:?}");
    (logs, spans)
}

/// What the writer saw.
#[derive(Default, Debug)]
struct Seen {
    /// Records of all kinds.
    count: usize,
    numbers: Vec<u64>,
    losses: Vec<Loss>,
    /// What came, in order: a number, or how many were lost.
    rows: Vec<Result<u64, u64>>,
}

impl Seen {
    /// Takes up to about `records` records, as the writer does: a share at a time.
    fn take(&mut self, queue: &Queue, records: usize) {
        let before = self.count;
        while self.count - before < records {
            let Taken { losses, batches, .. } = queue.take(records - (self.count - before));
            for loss in losses {
                self.loss(loss);
            }
            if batches.is_empty() {
                break;
            }
            for batch in batches {
                self.batch(queue, &batch);
            }
        }
        closed(queue);
    }

    fn batch(&mut self, queue: &Queue, batch: &Batch) {
        match batch {
            Batch::Lines(lines) => lines.iter().for_each(|line| self.line(line)),
            Batch::Loss(loss) => self.loss(*loss),
            Batch::Logs(_) | Batch::Spans(_) | Batch::Traces(_) => {}
        }
        self.count += batch.len();
        closed(queue);
        queue.stored(batch.signal(), batch.len() as u64, 0, batch.bytes());
    }

    fn line(&mut self, line: &[u8]) {
        let number = str::from_utf8(line).unwrap().split(' ').next_back().unwrap().parse().unwrap();
        self.numbers.push(number);
        self.rows.push(Ok(number));
    }

    fn loss(&mut self, loss: Loss) {
        self.losses.push(loss);
        self.rows.push(Err(loss.count));
    }

    fn lost(&self) -> u64 {
        self.losses.iter().map(|loss| loss.count).sum()
    }

    fn is_in_order(&self) -> bool {
        self.numbers.is_sorted_by(|a, b| a < b)
    }
}

/// All that is left in a queue that gets no more.
fn rest(queue: &Queue) -> Seen {
    queue.close();
    let mut seen = Seen::default();
    seen.take(queue, usize::MAX);
    assert!(queue.is_drained());
    seen
}

#[test]
fn rejects_are_received_and_nothing_else() {
    let queue = queue(&small(DropPolicy::Oldest));
    queue.reject(Signal::Logs, 3);
    queue.reject(Signal::Spans, 4);
    let (logs, spans) = closed(&queue);
    assert_eq!(logs, Counts { received: 3, rejected: 3, ..Counts::default() });
    assert_eq!(spans, Counts { received: 4, rejected: 4, ..Counts::default() });
}

#[test]
fn what_turns_out_to_be_no_record_was_never_received() {
    let queue = queue(&small(DropPolicy::Oldest));
    queue.offer(lines(0..10));
    queue.stored(Signal::Logs, queue.take(10).batches[0].len() as u64, 4, 0);
    assert_eq!(logs(&queue), Counts { received: 6, stored: 6, ..Counts::default() });
}

/// Three threads at once: one puts in, one takes out, one looks.
#[test]
fn the_account_closes_at_every_instant() {
    const SENT: u64 = 20_000;
    for (policy, _) in POLICIES {
        let options = SourceOptions { max_lines_per_second: 1_000_000, ..small(policy) };
        let queue = queue(&options);
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for at in 0..SENT / 20 {
                    queue.offer(lines(at * 20..at * 20 + 19));
                    queue.reject(Signal::Logs, 1);
                    queue.offer(spans(3));
                }
                queue.close();
            });
            scope.spawn(|| {
                let mut seen = Seen::default();
                while !queue.is_drained() {
                    seen.take(&queue, 40);
                }
                let counts = logs(&queue);
                assert_eq!((counts.stored, counts.lost()), (seen.numbers.len() as u64, seen.lost()), "{policy:?}");
                is_done.store(true, Ordering::SeqCst);
            });
            let mut looked = Vec::new();
            while !is_done.load(Ordering::SeqCst) {
                looked.push(closed(&queue).0.received);
            }
            assert!(looked.is_sorted(), "received never shrinks");
        });
        assert_eq!(logs(&queue).received, SENT);
    }
}

/// One step of what can happen to a queue.
#[derive(Clone, Copy, Debug)]
enum Step {
    Offer(u64),
    Send(u64),
    Spans(usize),
    Reject(u64),
    Take(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..250_u64).prop_map(Step::Offer),
        (0..250_u64).prop_map(Step::Send),
        (0..250_usize).prop_map(Step::Spans),
        (1..5_u64).prop_map(Step::Reject),
        (0..150_usize).prop_map(Step::Take),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_nothing_is_unaccounted_for(
        policy in 0..3_usize,
        limit in 0..=BUFFER,
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let queue = queue(&SourceOptions { backpressure_limit: limit, ..small(POLICIES[policy].0) });
        let mut seen = Seen::default();
        let (mut next, mut received) = (0, 0);
        for step in steps {
            match step {
                Step::Offer(count) => queue.offer(lines(next..next + count)),
                // What a send that is given up leaves behind was never received.
                Step::Send(count) => { let _sent = queue.send(lines(next..next + count)).now_or_never(); }
                Step::Spans(count) => queue.offer(spans(count)),
                Step::Reject(count) => queue.reject(Signal::Logs, count),
                Step::Take(count) => seen.take(&queue, count),
            }
            if let Step::Offer(count) | Step::Send(count) = step {
                next += count;
            }
            let now = closed(&queue).0.received;
            prop_assert!(now >= received);
            received = now;
        }
        let last = rest(&queue);
        seen.numbers.extend(&last.numbers);
        prop_assert!(seen.is_in_order());
        let counts = logs(&queue);
        prop_assert_eq!(counts.stored, seen.numbers.len() as u64);
        prop_assert_eq!(counts.dropped, seen.lost() + last.lost());
    }
}
