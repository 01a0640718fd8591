//! Tests of the bounded queue: what is kept, what is lost, and that every record is accounted for at every instant.

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
    numbers: Vec<u64>,
    losses: Vec<Loss>,
    /// What came, in order: a number, or how many were lost.
    rows: Vec<Result<u64, u64>>,
}

impl Seen {
    /// Takes up to about `records` records, as the writer does.
    fn take(&mut self, queue: &Queue, records: usize) {
        let taken = queue.take(records);
        taken.losses.iter().for_each(|loss| self.loss(*loss));
        for batch in taken.batches {
            let (signal, count, bytes) = (batch.signal(), batch.len() as u64, batch.bytes());
            match &batch {
                Batch::Lines(lines) => lines.iter().for_each(|line| self.line(line)),
                Batch::Loss(loss) => self.loss(*loss),
                Batch::Logs(_) | Batch::Spans(_) => {}
            }
            closed(queue);
            queue.stored(signal, count, bytes);
        }
        closed(queue);
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

#[tokio::test(start_paused = true)]
async fn a_source_ten_times_too_fast_is_accounted_for_exactly() {
    for (policy, reason) in POLICIES {
        let queue = queue(&small(policy));
        let mut seen = Seen::default();
        for at in 0..1000 {
            queue.offer(lines(at * 10..at * 10 + 10));
            closed(&queue);
            if at % 10 == 9 {
                seen.take(&queue, 10);
                tokio::time::advance(Duration::from_millis(10)).await;
            }
        }
        let last = rest(&queue);
        seen.numbers.extend(&last.numbers);
        seen.losses.extend(&last.losses);
        let counts = logs(&queue);
        assert_eq!((counts.received, counts.pending, counts.rate_limited), (10_000, 0, 0), "{policy:?}");
        assert_eq!(counts.stored, seen.numbers.len() as u64, "{policy:?}");
        assert_eq!(counts.dropped, seen.lost(), "{policy:?}: what the rows say is what was lost");
        assert!(counts.dropped >= 8_000, "{policy:?}: {counts:?}");
        assert!(seen.losses.iter().all(|loss| loss.reason == reason), "{policy:?}: {:?}", seen.losses);
        assert!(seen.is_in_order(), "{policy:?}: {:?}", seen.numbers);
    }
}

#[test]
fn the_oldest_or_the_newest_give_way() {
    for (policy, kept) in [(DropPolicy::Oldest, 900..1000), (DropPolicy::Newest, 0..100)] {
        for step in [1, 7, 100, 1000] {
            let queue = queue(&small(policy));
            for from in (0..1000).step_by(step) {
                queue.offer(lines(from..(from + step as u64).min(1000)));
            }
            assert_eq!(rest(&queue).numbers, kept.clone().collect::<Vec<_>>(), "{policy:?} in batches of {step}");
        }
    }
}

#[test]
fn sampling_keeps_errors_and_thins_out_the_rest() {
    let options = SourceOptions { buffer_size: 1000, backpressure_limit: 500, ..small(DropPolicy::Sample) };
    let queue = queue(&options);
    for from in (0..10_000).step_by(10) {
        let mut batch = LineBatch::default();
        for number in from..from + 10 {
            let level = if number % 100 == 50 { "ERROR" } else { "INFO" };
            batch.push(format!("2026-01-02T03:04:05Z {level} {number}").as_bytes());
        }
        queue.offer(Batch::Lines(batch));
        closed(&queue);
    }
    let seen = rest(&queue);
    let (errors, others): (Vec<u64>, Vec<u64>) = seen.numbers.iter().copied().partition(|number| number % 100 == 50);
    assert_eq!(errors.len(), 100);
    assert_eq!(others[..400], (0..405_u64).filter(|number| number % 100 != 50).take(400).collect::<Vec<_>>());
    assert!(others.iter().any(|number| *number > 5_000), "it goes on sampling: {others:?}");
    assert!(others.len() < 900 && seen.is_in_order());
    assert_eq!(seen.lost(), 10_000 - seen.numbers.len() as u64);
}

/// N halves with every batch that finds room.
#[test]
fn sampling_ends_when_there_is_room_again() {
    let queue = queue(&small(DropPolicy::Sample));
    for from in (0..500).step_by(10) {
        queue.offer(lines(from..from + 10));
    }
    assert!(queue.lock().sample.every > 16);
    let mut seen = Seen::default();
    for from in (500..800).step_by(10) {
        seen.take(&queue, usize::MAX);
        queue.offer(lines(from..from + 10));
    }
    seen.take(&queue, usize::MAX);
    assert!(seen.numbers.ends_with(&(700..800).collect::<Vec<_>>()), "{:?}", seen.numbers);
}

#[test]
fn sampling_looks_into_records_and_spans_for_errors() {
    let queue = queue(&SourceOptions { buffer_size: 1000, backpressure_limit: 1, ..small(DropPolicy::Sample) });
    let error = LogRecord { severity: Severity::ERROR, ..LogRecord::default() };
    let mut failed = span();
    failed.status.code = StatusCode::Error;
    for _ in 0..50 {
        queue.offer(Batch::Logs(vec![LogRecord::default(), error.clone(), LogRecord::default()]));
        queue.offer(Batch::Spans(vec![failed.clone(), span()]));
    }
    let (mut errors, mut all) = (0, 0);
    for batch in queue.take(usize::MAX).batches {
        all += batch.len();
        match batch {
            Batch::Logs(records) => errors += records.iter().filter(|record| **record == error).count(),
            Batch::Spans(spans) => errors += spans.iter().filter(|span| span.is_error()).count(),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(errors, 100);
    assert!(all < 200, "{all} of 250 were kept");
    closed(&queue);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_rate_is_told_apart_from_what_is_dropped() {
    let queue = queue(&SourceOptions { buffer_size: BUFFER, ..limited(100) });
    let mut seen = Seen::default();
    for at in 0..100 {
        queue.offer(lines(at * 100..at * 100 + 100));
        seen.take(&queue, usize::MAX);
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let last = rest(&queue);
    let counts = logs(&queue);
    assert_eq!((counts.received, counts.stored, counts.rate_limited), (10_000, 1_000, 9_000));
    assert_eq!((counts.dropped, counts.lost()), (0, 9_000));
    assert_eq!(seen.lost() + last.lost(), 9_000);
    assert!(seen.losses.iter().all(|loss| loss.reason == LossReason::RateLimit));
    assert!(seen.losses.len() >= 9, "a loss that goes on is told every second: {:?}", seen.losses);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_can_wait_is_slowed_down_to_the_rate() {
    let queue = queue(&limited(10));
    let start = Instant::now();
    queue.send(lines(0..50)).await;
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(4_900) && took < Duration::from_millis(5_100), "{took:?}");
    assert_eq!(logs(&queue).lost(), 0);
    assert_eq!(rest(&queue).numbers, (0..50).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_can_wait_loses_nothing() {
    for (policy, _) in POLICIES {
        let queue = queue(&small(policy));
        let mut seen = Seen::default();
        let mut sending = std::pin::pin!(async {
            queue.send(lines(0..1000)).await;
            for at in 100..200 {
                queue.send(lines(at * 10..at * 10 + 10)).await;
            }
        });
        while poll!(sending.as_mut()) == Poll::Pending {
            assert_eq!(logs(&queue).pending, LIMIT, "it is let in up to the limit");
            assert_eq!(queue.account().2, Pressure::Throttling);
            seen.take(&queue, 30);
        }
        seen.take(&queue, usize::MAX);
        assert_eq!(seen.numbers, (0..2000).collect::<Vec<_>>(), "{policy:?}");
        assert_eq!((logs(&queue).lost(), seen.losses.len()), (0, 0), "{policy:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pending_bytes_are_bounded_too() {
    const LINE: usize = 1 << 20;
    let big = || {
        let mut batch = LineBatch::default();
        batch.push(&vec![b'x'; LINE]);
        Batch::Lines(batch)
    };
    let queue = queue(&limited(0));
    let mut sent = 0;
    while poll!(queue.send(big())) == Poll::Ready(()) {
        sent += 1;
        assert!(sent <= 64);
    }
    assert!(queue.is_pressed());
    queue.offer(big());
    let counts = logs(&queue);
    assert_eq!((counts.received, counts.pending, counts.dropped), (sent + 1, sent, 1));
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_given_up_counts_what_got_in() {
    let queue = queue(&small(DropPolicy::Oldest));
    {
        let mut sending = std::pin::pin!(queue.send(lines(0..1000)));
        assert_eq!(poll!(sending.as_mut()), Poll::Pending);
        Seen::default().take(&queue, usize::MAX);
        assert_eq!(poll!(sending.as_mut()), Poll::Pending);
    }
    let counts = logs(&queue);
    assert_eq!((counts.received, counts.stored, counts.pending), (2 * LIMIT, LIMIT, LIMIT));
    assert_eq!(rest(&queue).numbers, (LIMIT..2 * LIMIT).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_closed_queue_lets_go_of_senders_and_takes_no_more() {
    for options in [small(DropPolicy::Oldest), limited(1)] {
        let queue = queue(&options);
        let mut sending = std::pin::pin!(queue.send(lines(0..1000)));
        assert_eq!(poll!(sending.as_mut()), Poll::Pending);
        let before = logs(&queue);
        queue.close();
        sending.await;
        queue.send(lines(0..10)).await;
        queue.offer(lines(0..10));
        assert_eq!(logs(&queue), before, "what came afterwards is not counted");
        assert!(!queue.is_drained());
        rest(&queue);
    }
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
fn lost_spans_are_counted_as_spans_and_get_no_row() {
    let queue = queue(&small(DropPolicy::Oldest));
    queue.offer(lines(0..60));
    queue.offer(spans(70));
    let (logs, of_spans) = closed(&queue);
    assert_eq!((logs.dropped, of_spans.dropped), (30, 0), "the oldest make room, of whatever kind they are");
    queue.offer(spans(90));
    let (logs, of_spans) = closed(&queue);
    assert_eq!((logs.dropped, of_spans.dropped), (60, 60));
    assert_eq!(rest(&queue).lost(), 60, "rows are for lines");
}

#[tokio::test(start_paused = true)]
async fn a_loss_row_stands_between_what_was_before_and_what_came_after() {
    let queue = queue(&small(DropPolicy::Newest));
    let mut seen = Seen::default();
    let quarter = Duration::from_millis(250);
    queue.offer(lines(0..50));
    queue.offer(lines(50..300));
    tokio::time::advance(quarter / 2).await;
    queue.offer(lines(300..304));
    seen.take(&queue, usize::MAX);
    assert_eq!(seen.losses, [], "more of the same may come");
    assert!(queue.take(0).look_again);
    tokio::time::advance(quarter).await;
    queue.offer(lines(304..306));
    seen.take(&queue, usize::MAX);
    let to = i64::try_from((quarter / 2).as_nanos()).unwrap();
    assert_eq!(seen.losses, [Loss { count: 204, from: 0, to, reason: LossReason::DropNewest }]);
    let rows = (0..100).map(Ok).chain([Err(204), Ok(304), Ok(305)]);
    assert_eq!(seen.rows, rows.collect::<Vec<_>>());
    assert!(!queue.take(0).look_again);
}

#[tokio::test(start_paused = true)]
async fn the_note_of_a_loss_keeps_its_place_and_takes_none() {
    let note = Loss { count: 7, from: 1, to: 2, reason: LossReason::Source };
    for (policy, _) in POLICIES {
        let queue = queue(&small(policy));
        queue.send(lines(0..2)).await;
        queue.send(Batch::Loss(note)).await;
        queue.send(lines(2..4)).await;
        queue.offer(Batch::Loss(note));
        queue.offer(lines(4..5));
        let counts = logs(&queue);
        assert_eq!((counts.received, counts.pending, counts.lost()), (5, 5, 0));
        let seen = rest(&queue);
        assert_eq!(seen.rows, [Ok(0), Ok(1), Err(7), Ok(2), Ok(3), Err(7), Ok(4)], "{policy:?}");
    }
    let queue = queue(&small(DropPolicy::Oldest));
    queue.offer(lines(0..10));
    queue.offer(Batch::Loss(note));
    queue.offer(lines(10..200));
    assert!(rest(&queue).losses.contains(&note), "it is not lost with the lines around it");
}

#[tokio::test(start_paused = true)]
async fn pressure_is_shown_and_passes() {
    let queue = queue(&small(DropPolicy::Newest));
    let pressure = || queue.account().2;
    queue.offer(lines(0..LIMIT - 1));
    assert_eq!((queue.is_pressed(), pressure()), (false, Pressure::Ok));
    queue.offer(lines(0..1));
    assert_eq!((queue.is_pressed(), pressure()), (true, Pressure::Throttling));
    queue.offer(lines(0..BUFFER));
    assert_eq!((queue.is_pressed(), pressure()), (true, Pressure::Dropping));
    Seen::default().take(&queue, usize::MAX);
    assert_eq!((queue.is_pressed(), pressure()), (false, Pressure::Dropping), "long enough to be seen");
    tokio::time::advance(PRESSURE_SHOWN).await;
    assert_eq!(pressure(), Pressure::Ok);
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
