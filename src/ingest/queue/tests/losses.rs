//! How a loss is told: with the right reason, at the right place, once.

use super::*;

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

#[test]
fn a_gap_at_the_very_end_is_waited_for() {
    let queue = queue(&SourceOptions::default());
    queue.offer(Batch::Loss(Loss { count: 3, from: 1, to: 2, reason: LossReason::RateLimit }));
    queue.close();
    assert!(!queue.is_drained(), "the row is not written yet");
    assert_eq!(queue.take(usize::MAX).batches.len(), 1);
    assert!(queue.is_drained());
}

#[test]
fn the_rate_is_one_of_lines() {
    let queue = queue(&limited(10));
    queue.offer(spans(30));
    queue.offer(lines(0..3));
    let (logs, of_spans) = closed(&queue);
    assert_eq!((of_spans.pending, of_spans.lost()), (30, 0));
    assert_eq!((logs.pending, logs.rate_limited), (1, 2));
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
