//! Sources that wait: nothing is lost, and nobody waits for ever.

use super::*;

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
