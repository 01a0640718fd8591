//! Streams and lists of a real server.

use super::server::{Client, Server};
use crate::config::StartAt;
use crate::model::LossReason;
use crate::source::witness::Witness;

async fn add(client: &mut Client, numbers: std::ops::Range<usize>) {
    for number in numbers {
        client.run::<String>(&format!("XADD orders * log {number}")).await;
    }
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_from_where_it_is_asked_for() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    for number in 1..=5 {
        client.run::<String>(&format!("XADD orders 177100000000{number}-0 log {number}")).await;
    }
    let table = [
        ("stream=orders", StartAt::Tail, vec!["1", "2", "3", "4", "5"]),
        ("stream=orders&history=2", StartAt::Tail, vec!["4", "5"]),
        ("stream=orders", StartAt::End, vec![]),
        ("stream=orders", StartAt::Beginning, vec!["1", "2", "3", "4", "5"]),
        ("stream=orders", StartAt::Since(1_771_000_000_004_000_000), vec!["4", "5"]),
        ("stream=none", StartAt::Tail, vec![]),
    ];
    for (parameters, start, expected) in table {
        let seen = Witness::open(&server.uri(parameters), start, false).end().await;
        let texts: Vec<&str> = seen.texts.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, expected, "{parameters} {start:?}");
        assert!(seen.losses.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_after_the_server_was_away_without_loss_and_duplicate() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    add(&mut client, 0..3).await;
    let witness = Witness::open(&server.uri("stream=orders,others"), StartAt::Tail, true);
    witness.texts(3).await;
    add(&mut client, 3..1500).await;
    client.run::<String>("XADD others * level error msg x").await;
    witness.texts(1501).await;
    server.stop();
    witness.says(&["Connection refused"]).await;
    server.go_on().await;
    add(&mut server.client().await, 1500..1510).await;
    witness.texts(1511).await;
    let seen = witness.stop().await;
    let orders = seen.texts.iter().filter(|(_, text)| !text.starts_with('{')).map(|(_, text)| text.clone());
    assert_eq!(orders.collect::<Vec<_>>(), numbers(0..1510));
    assert!(seen.losses.is_empty(), "{:?}", seen.losses);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_trimmed_before_it_could_be_read_is_counted() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    let witness = Witness::open(&server.uri("stream=orders"), StartAt::Tail, true);
    witness.live().await;
    add(&mut client, 0..2).await;
    witness.texts(2).await;
    // While the intake is full nothing is read, and the stream keeps five.
    witness.fill(true).await;
    add(&mut client, 2..3).await;
    client.run::<String>("PING").await;
    for number in 3..40 {
        client.run::<String>(&format!("XADD orders MAXLEN = 5 * log {number}")).await;
    }
    witness.fill(false).await;
    let seen = witness.until(|seen| seen.texts.iter().any(|(_, text)| text == "39") && !seen.losses.is_empty()).await;
    let lost: u64 = seen.losses.iter().map(|loss| loss.count).sum();
    assert!(seen.losses.iter().all(|loss| loss.reason == LossReason::Source && loss.from <= loss.to && loss.from > 0));
    assert_eq!(seen.texts.len() as u64 + lost, 40, "{:?}", seen.texts);
    assert!(lost >= 30, "{lost}");
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_is_read_again_when_it_comes_back() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    add(&mut client, 0..3).await;
    let witness = Witness::open(&server.uri("stream=orders"), StartAt::Tail, true);
    witness.texts(3).await;
    client.run::<u32>("DEL orders").await;
    add(&mut client, 3..6).await;
    assert_eq!(witness.texts(6).await, numbers(0..6));
    assert!(witness.stop().await.losses.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_watched_at_both_ends_and_nothing_is_taken() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    client.run::<u32>("RPUSH right a b").await;
    client.run::<u32>("LPUSH left 2 1").await;
    let witness = Witness::open(&server.uri("list=right,left&interval=10ms"), StartAt::Tail, true);
    assert_eq!(witness.texts(4).await, ["a", "b", "1", "2"]);
    client.run::<u32>("RPUSH right c").await;
    client.run::<u32>("LPUSH left 0").await;
    witness.texts(6).await;
    // A worker takes from the other end, as fast as others push.
    client.run::<String>("LPOP right").await;
    client.run::<u32>("RPUSH right c c d").await;
    client.run::<String>("RPOP left").await;
    client.run::<u32>("LPUSH left -1 -1").await;
    let seen = witness.until(|seen| seen.texts.len() >= 11).await;
    let of = |part: &str| -> Vec<&str> {
        seen.texts.iter().filter(|(origin, _)| origin == part).map(|(_, text)| text.as_str()).collect()
    };
    assert_eq!((of("right"), of("left")), (vec!["a", "b", "c", "c", "c", "d"], vec!["1", "2", "0", "-1", "-1"]));
    assert_eq!((client.run::<u32>("LLEN right").await, client.run::<u32>("LLEN left").await), (5, 4));
    client.run::<u32>("DEL right").await;
    client.run::<u32>("RPUSH right y z").await;
    witness.texts(13).await;
    witness.stop().await;
}
