//! Which records give way when there is no room.

use super::*;

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

/// What the writer has can not be given up any more, but it never has so much that nothing else is left.
#[test]
fn the_newest_are_kept_while_the_writer_is_at_work() {
    let queue = queue(&small(DropPolicy::Oldest));
    queue.offer(lines(0..100));
    let taken = queue.take(usize::MAX);
    assert_eq!(taken.batches.iter().map(Batch::len).sum::<usize>(), 25);
    queue.offer(lines(100..1000));
    queue.stored(Signal::Logs, 25, 0, 0);
    assert_eq!(rest(&queue).numbers, (925..1000).collect::<Vec<_>>());
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
    let taken = std::iter::repeat_with(|| queue.take(usize::MAX).batches).take(8).flatten();
    for batch in taken {
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
