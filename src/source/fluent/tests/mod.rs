//! Senders of all kinds against a receiver that runs.

mod receiver;

use std::io::Write as _;

use rmpv::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use self::receiver::{Receiver, spec};
use super::handshake::encoded;
use super::{FluentKind, MAX_SENDERS};
use crate::source::SourceKind as _;
use crate::source::collected::DEADLINE;

/// The messages of every mode, and how many events each has.
const MESSAGES: &[(&str, &[u8], usize)] = &[
    ("message_int_time", include_bytes!("../../../../tests/fixtures/fluent/message_int_time.bin"), 1),
    ("message_eventtime_chunk", include_bytes!("../../../../tests/fixtures/fluent/message_eventtime_chunk.bin"), 1),
    ("forward", include_bytes!("../../../../tests/fixtures/fluent/forward.bin"), 2),
    ("packed_forward_bin", include_bytes!("../../../../tests/fixtures/fluent/packed_forward_bin.bin"), 3),
    ("packed_forward_str", include_bytes!("../../../../tests/fixtures/fluent/packed_forward_str.bin"), 3),
    ("compressed_packed_forward", include_bytes!("../../../../tests/fixtures/fluent/compressed_packed_forward.bin"), 3),
    ("compressed_two_members", include_bytes!("../../../../tests/fixtures/fluent/compressed_two_members.bin"), 3),
    ("fluentbit_metadata_entry", include_bytes!("../../../../tests/fixtures/fluent/fluentbit_metadata_entry.bin"), 1),
    (
        "nil_heartbeat_then_message",
        include_bytes!("../../../../tests/fixtures/fluent/nil_heartbeat_then_message.bin"),
        1,
    ),
];
const EXPECTED: &str = include_str!("../../../../tests/fixtures/fluent/expected.json");
const ACK: &[u8] = include_bytes!("../../../../tests/fixtures/fluent/ack_reply.bin");

/// The lines that the events of a fixture are to become.
fn expected(name: &str) -> Vec<(String, serde_json::Value)> {
    let all: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    let events = all[format!("{name}.bin")]["events"].as_array().unwrap();
    let line = |event: &serde_json::Value| {
        let mut record = event["record"].clone();
        let (seconds, nanos) = event["time"].as_str().unwrap().split_once('.').unwrap();
        let time = chrono::DateTime::from_timestamp(seconds.parse().unwrap(), nanos.parse().unwrap()).unwrap();
        record["time"] = time.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true).into();
        (event["tag"].as_str().unwrap().to_owned(), record)
    };
    events.iter().map(line).collect()
}

async fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    tokio::time::timeout(DEADLINE, stream.read_exact(&mut bytes)).await.expect("an answer").unwrap();
    bytes
}

/// Waits until the other side closes.
async fn closed(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    tokio::time::timeout(DEADLINE, stream.read_to_end(&mut bytes)).await.expect("an end").ok();
}

fn message(tag: &str, text: &str, chunk: Option<&str>) -> Vec<u8> {
    let record = Value::Map(vec![("msg".into(), text.into())]);
    let option = chunk.map(|chunk| Value::Map(vec![("chunk".into(), chunk.into())]));
    let parts = [tag.into(), 1.into(), record].into_iter().chain(option).collect();
    encoded(&Value::Array(parts))
}

#[tokio::test]
async fn every_mode_is_read_and_acknowledged_where_that_is_asked_for() {
    for (name, bytes, count) in MESSAGES {
        let receiver = Receiver::start(&[]).await;
        let mut sender = receiver.connect().await;
        sender.write_all(bytes).await.unwrap();
        let harvest = receiver.until(|harvest| harvest.lines.len() >= *count).await;
        let got = harvest.lines.iter().map(|(tag, line)| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("metadata");
            (tag.clone(), line)
        });
        assert_eq!((got.collect::<Vec<_>>(), harvest.rejected), (expected(name), 0), "{name}");
        let reply: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
        if !reply[format!("{name}.bin")]["reply"].is_null() {
            assert_eq!(read(&mut sender, ACK.len()).await, ACK, "{name}");
        }
        receiver.stop().await;
    }
}

#[tokio::test]
async fn messages_may_be_cut_anywhere_and_follow_each_other() {
    let all: Vec<u8> =
        MESSAGES.iter().filter(|(name, ..)| !name.contains("chunk")).flat_map(|(_, bytes, _)| bytes.to_vec()).collect();
    for step in [1, 7, 64] {
        let receiver = Receiver::start(&[]).await;
        let mut sender = receiver.connect().await;
        sender.set_nodelay(true).unwrap();
        for part in all.chunks(step) {
            sender.write_all(part).await.unwrap();
            tokio::task::yield_now().await;
        }
        // The chunk of the second message comes again and again; it is taken once.
        let harvest = receiver.until(|harvest| harvest.lines.len() >= 11).await;
        assert_eq!((harvest.lines.len(), harvest.rejected), (11, 0));
        receiver.stop().await;
    }
}

#[tokio::test]
async fn a_chunk_that_comes_again_is_acknowledged_again_and_taken_once() {
    let receiver = Receiver::start(&[]).await;
    for _ in 0..3 {
        let mut sender = receiver.connect().await;
        sender.write_all(&message("a", "once", Some("p8n9gmxTQVC8/nh2wlKKeQ=="))).await.unwrap();
        assert_eq!(read(&mut sender, ACK.len()).await, ACK);
    }
    assert_eq!(
        receiver.harvest().lines,
        [("a".to_owned(), r#"{"msg":"once","time":"1970-01-01T00:00:01.000000000Z"}"#.to_owned())]
    );
    receiver.stop().await;
}

#[tokio::test]
async fn while_nothing_is_taken_nothing_is_acknowledged() {
    let receiver = Receiver::start(&[]).await;
    receiver.open(false);
    let mut sender = receiver.connect().await;
    sender.write_all(&message("a", "held", Some("c"))).await.unwrap();
    let mut byte = [0; 1];
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), sender.read(&mut byte)).await;
    assert!(early.is_err() && receiver.harvest().lines.is_empty(), "{early:?}");
    receiver.open(true);
    assert_eq!(read(&mut sender, 1).await, [0x81]);
    assert_eq!(receiver.harvest().lines.len(), 1);
    receiver.stop().await;
}

#[tokio::test]
async fn a_sender_that_loses_patience_is_not_taken_twice() {
    let receiver = Receiver::start(&[]).await;
    receiver.open(false);
    let mut first = receiver.connect().await;
    first.write_all(&message("a", "held", Some("c"))).await.unwrap();
    assert!(receiver.is_asked(1, DEADLINE).await);
    // Who waits for room does not notice that it has gone.
    drop(first);
    let mut again = receiver.connect().await;
    again.write_all(&message("a", "held", Some("c"))).await.unwrap();
    assert!(!receiver.is_asked(2, std::time::Duration::from_millis(100)).await, "it is being taken");
    receiver.open(true);
    assert_eq!(read(&mut again, 1).await, [0x81]);
    assert_eq!(receiver.harvest().lines.len(), 1);
    receiver.stop().await;
}

#[tokio::test]
async fn neither_a_full_queue_nor_silent_senders_hold_up_the_shutdown() {
    let receiver = Receiver::start(&[]).await;
    receiver.open(false);
    let mut sender = receiver.connect().await;
    sender.write_all(&message("a", "held", None)).await.unwrap();
    let _silent = receiver.connect().await;
    receiver.told("2 senders").await;
    receiver.stop().await;
    closed(&mut sender).await;
}

#[tokio::test]
async fn garbage_closes_one_connection_and_the_others_go_on() {
    let receiver = Receiver::start(&[]).await;
    let deep = [0x91; 100];
    let garbage: [&[u8]; 6] = [
        b"\xc1",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x93\x01\x02\x03",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        &deep,
    ];
    let mut other = receiver.connect().await;
    for (at, bytes) in garbage.iter().enumerate() {
        let mut sender = receiver.connect().await;
        sender.write_all(bytes).await.unwrap();
        closed(&mut sender).await;
        receiver.until(|harvest| harvest.rejected == at as u64 + 1).await;
    }
    receiver.told("closed 127.0.0.1:").await;
    other.write_all(&message("a", "fine", None)).await.unwrap();
    receiver.until(|harvest| harvest.lines.len() == 1).await;
    receiver.stop().await;
}

#[tokio::test]
async fn events_that_are_none_are_counted_and_the_sender_is_rid_of_them() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let good = encoded(&Value::Array(vec![1.into(), Value::Map(vec![("log".into(), "text\n".into())])]));
    let cases: [(Vec<u8>, &str, usize, u64); 6] = [
        (b"no gzip".to_vec(), "gzip", 0, 1),
        ([gzip(&good), b"tail".to_vec()].concat(), "gzip", 1, 1),
        (gzip(&[good.as_slice(), b"\x92"].concat()), "gzip", 1, 1),
        (gzip(&[b"\x92\xc0\xc0".as_slice(), &good].concat()), "gzip", 1, 1),
        (zstd::encode_all(good.as_slice(), 1).unwrap(), "zstd", 1, 0),
        (good.clone(), "lzma", 0, 1),
    ];
    for (bytes, compressed, lines, rejected) in cases {
        let receiver = Receiver::start(&[]).await;
        let mut sender = receiver.connect().await;
        let option = Value::Map(vec![("compressed".into(), compressed.into()), ("chunk".into(), "c".into())]);
        sender.write_all(&encoded(&Value::Array(vec!["a".into(), Value::Binary(bytes), option]))).await.unwrap();
        let harvest = receiver.until(|harvest| (harvest.lines.len(), harvest.rejected) == (lines, rejected)).await;
        assert!(harvest.lines.iter().all(|(tag, line)| tag == "a" && line == "text"), "{harvest:?}");
        if compressed != "lzma" {
            assert_eq!(read(&mut sender, 1).await, [0x81], "acknowledged");
        }
        receiver.stop().await;
    }
}

#[tokio::test]
async fn a_small_message_that_unpacks_to_very_much_is_cut_short() {
    let receiver = Receiver::start(&[]).await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // A text of 4 GiB is announced, and 600 MiB of it come.
    encoder.write_all(b"\x92\x01\xdb\xff\xff\xff\xff").unwrap();
    encoder.write_all(&vec![b'x'; 8 << 20]).unwrap();
    let bytes = encoder.finish().unwrap();
    assert!(bytes.len() < 64 << 10);
    let mut sender = receiver.connect().await;
    let option = Value::Map(vec![("compressed".into(), "gzip".into())]);
    sender.write_all(&encoded(&Value::Array(vec!["a".into(), Value::Binary(bytes), option]))).await.unwrap();
    receiver.until(|harvest| harvest.rejected == 1).await;
    receiver.told("a message of a had a message of more than 4 MiB").await;
    receiver.stop().await;
}

#[tokio::test]
async fn many_senders_are_read_at_once_and_too_many_are_turned_away() {
    let receiver = Receiver::start(&[]).await;
    let mut senders = Vec::new();
    for at in 0..MAX_SENDERS {
        let mut sender = receiver.connect().await;
        sender.write_all(&message(&format!("t{at}"), "x", None)).await.unwrap();
        senders.push(sender);
    }
    receiver.until(|harvest| harvest.lines.len() == MAX_SENDERS).await;
    closed(&mut receiver.connect().await).await;
    receiver.told("1 turned away").await;
    drop(senders);
    receiver.told(", 0 senders").await;
    receiver.stop().await;
}

#[tokio::test]
async fn metrics_are_counted_and_acknowledged() {
    let receiver = Receiver::start(&[]).await;
    let mut sender = receiver.connect().await;
    let option = [("fluent_signal", 1.into()), ("size", 3.into()), ("chunk", "c".into())];
    let option = option.into_iter().map(|(key, value): (&str, Value)| (key.into(), value)).collect();
    sender
        .write_all(&encoded(&Value::Array(vec!["m".into(), Value::Binary(vec![1]), Value::Map(option)])))
        .await
        .unwrap();
    receiver.until(|harvest| harvest.rejected == 3).await;
    receiver.told("send logs alone").await;
    assert_eq!(read(&mut sender, 1).await, [0x81]);
    receiver.stop().await;
}

#[tokio::test]
async fn who_does_not_know_the_key_is_not_let_in() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "secret\n").unwrap();
    let receiver = Receiver::start(&[("shared_key_file", file.path().to_str().unwrap())]).await;
    let mut stranger = receiver.connect().await;
    let helo = read(&mut stranger, 20).await;
    assert!(helo.starts_with(b"\x92\xa4HELO"), "{helo:?}");
    stranger.write_all(&message("a", "let me in", None)).await.unwrap();
    closed(&mut stranger).await;
    receiver.told("it does not know the shared key").await;
    let ping = include_bytes!("../../../../tests/fixtures/fluent/handshake_2_client_ping.bin");
    let mut replayed = receiver.connect().await;
    replayed.write_all(ping).await.unwrap();
    closed(&mut replayed).await;
    assert!(receiver.harvest().lines.is_empty());
    receiver.stop().await;
}

#[tokio::test]
async fn heartbeats_are_answered() {
    let receiver = Receiver::start(&[]).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut byte = [1; 4];
    let answer = async {
        // Datagrams may be lost.
        loop {
            socket.send_to(&[0], receiver.address).await.unwrap();
            let wait = std::time::Duration::from_millis(200);
            if let Ok(got) = tokio::time::timeout(wait, socket.recv_from(&mut byte)).await {
                return got.unwrap();
            }
        }
    };
    assert_eq!(tokio::time::timeout(DEADLINE, answer).await.unwrap(), (1, receiver.address));
    receiver.stop().await;
}

#[tokio::test]
async fn an_address_that_is_taken_or_none_is_told_of() {
    let receiver = Receiver::start(&[]).await;
    let taken = FluentKind.open(&spec(&format!("//{}", receiver.address), &[])).unwrap();
    let (_, cx) = crate::source::collected::Collected::context();
    let error = taken.run(cx).await.unwrap_err().to_string();
    assert!(error.contains("is Fluentd or another spantail there?"), "{error}");
    receiver.stop().await;
    for rest in ["//user@host", "//host/path", "host"] {
        assert!(
            FluentKind.open(&spec(rest, &[])).err().unwrap().to_string().contains("fluent://127.0.0.1:24224"),
            "{rest}"
        );
    }
}
