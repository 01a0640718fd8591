//! Channels of a real server.

use super::server::Server;
use crate::config::StartAt;
use crate::source::witness::Witness;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_arrives_once_and_says_where() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    let uri = server.uri("channel=orders,app.web&pattern=app.*,a*");
    let witness = Witness::open(&uri, StartAt::Tail, true);
    witness.live().await;
    assert_eq!(client.run::<u32>("PUBLISH orders one").await, 1);
    // By its name and by two patterns.
    assert_eq!(client.run::<u32>("PUBLISH app.web two").await, 3);
    assert_eq!(client.run::<u32>("PUBLISH app.db three").await, 2);
    client.args(&[b"PUBLISH", b"orders", b"2026-03-01 10:00:00 INFO a\n2026-03-01 10:00:01 INFO \xff"]).await;
    client.args(&[b"PUBLISH", b"orders", b""]).await;
    client.run::<u32>("PUBLISH orders last").await;
    let seen = witness.until(|seen| seen.texts.iter().any(|(_, text)| text == "last")).await;
    let expected = [
        ("orders", "one"),
        ("app.web", "two"),
        ("app.db", "three"),
        ("orders", "2026-03-01 10:00:00 INFO a"),
        ("orders", "2026-03-01 10:00:01 INFO \u{fffd}"),
        ("orders", ""),
        ("orders", "last"),
    ];
    assert_eq!(seen.texts, expected.map(|(part, text)| (part.to_owned(), text.to_owned())));
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_several_writers_arrives_whole() {
    const EACH: usize = 5_000;
    let Some(server) = Server::start(&[]).await else { return };
    let witness = Witness::open(&server.uri("pattern=flood.*"), StartAt::Tail, true);
    witness.live().await;
    for writer in 0..3 {
        let mut client = server.client().await;
        tokio::spawn(async move {
            for number in 0..EACH {
                client.run::<u32>(&format!("PUBLISH flood.{writer} {number}")).await;
            }
        });
    }
    let seen = witness.until(|seen| seen.texts.len() >= 3 * EACH).await;
    for writer in 0..3 {
        let of_writer = seen.texts.iter().filter(|(part, _)| *part == format!("flood.{writer}"));
        assert!(of_writer.enumerate().all(|(at, (_, text))| *text == at.to_string()), "each writer's in order");
    }
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_found_again_and_the_gap_is_told() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let witness = Witness::open(&server.uri("channel=orders"), StartAt::Tail, true);
    witness.says(&["127.0.0.1:", "channel orders"]).await;
    server.client().await.run::<u32>("PUBLISH orders before").await;
    witness.texts(1).await;
    server.stop();
    witness.says(&["Connection refused", "is Redis running there?"]).await;
    server.go_on().await;
    witness.says(&["reconnected after", "what was published meanwhile is lost"]).await;
    server.client().await.run::<u32>("PUBLISH orders after").await;
    assert_eq!(witness.texts(2).await, ["before", "after"]);
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_thrown_out_for_being_slow_comes_back_and_says_so() {
    let Some(server) = Server::start(&[]).await else { return };
    let witness = Witness::open(&server.uri("channel=orders"), StartAt::Tail, true);
    witness.live().await;
    let mut client = server.client().await;
    assert!(client.run::<u32>("CLIENT KILL TYPE pubsub").await >= 1);
    witness.says(&["closed the connection", "too slow"]).await;
    witness.says(&["reconnected after"]).await;
    witness.stop().await;
}
