//! Bytes of a connection to messages, wherever they are torn.

use serde_json::Value;

use crate::parse::join::JoinRule;
use crate::source::syslog::frames::Frames;
use crate::source::{LineBatch, MAX_LINE_BYTES};

/// The messages of a connection whose bytes come in pieces of `size`.
fn messages(stream: &[u8], size: usize) -> Vec<String> {
    let mut frames = Frames::new(&JoinRule::default());
    let (mut batch, mut all) = (LineBatch::default(), Vec::new());
    let mut hand_over = |batch: &mut LineBatch| {
        all.extend(std::mem::take(batch).iter().map(|line| String::from_utf8_lossy(line).into_owned()));
    };
    for mut piece in stream.chunks(size) {
        while !piece.is_empty() {
            piece = &piece[frames.take(piece, &mut batch)..];
            hand_over(&mut batch);
        }
    }
    while frames.end(&mut batch) {
        hand_over(&mut batch);
    }
    all
}

/// The same, however the bytes are torn.
fn always(stream: &[u8]) -> Vec<String> {
    let whole = messages(stream, stream.len().max(1));
    for size in 1..stream.len().min(64) {
        assert_eq!(messages(stream, size), whole, "in pieces of {size}");
    }
    whole
}

#[test]
fn framings_are_told_apart_message_by_message() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("\n\r\n", &[]),
        ("<13>a\n<13>b\r\n<13>c", &["<13>a", "<13>b", "<13>c"]),
        ("5 <13>a5 <13>b", &["<13>a", "<13>b"]),
        ("6 <13>a\n\n6 <13>b\0\r\n7 <13>\nc\n", &["<13>a", "<13>b", "<13>\nc"]),
        ("<13>a\n5 <13>b<13>c\n5 <13>d", &["<13>a", "<13>b", "<13>c", "<13>d"]),
        ("<13>a\0<13>b\0\n<13>c\0", &["<13>a", "<13>b", "<13>c"]),
        // A number alone announces nothing.
        ("12 errors\n7\n2026-11-21 text\n", &["12 errors", "7", "2026-11-21 text"]),
        ("0 <13>a\n05 <13>b\n12345678 <13>c\n", &["0 <13>a", "05 <13>b", "12345678 <13>c"]),
        ("12", &["12"]),
        ("5 <", &["< …[4 bytes missing]"]),
        ("99 <13>half", &["<13>half …[91 bytes missing]"]),
        // What was sent line by line is a record all the same; what has a length is one as it is.
        (
            "<11>Mar  1 10:00:00 h a: java.lang.E: x\n\tat a.b(C.java:1)\n12 <11>\tat d.e(<13>f\n",
            &["<11>Mar  1 10:00:00 h a: java.lang.E: x\n\tat a.b(C.java:1)", "<11>\tat d.e(", "<13>f"],
        ),
    ];
    for (stream, expected) in cases {
        assert_eq!(always(stream.as_bytes()), *expected, "{stream:?}");
    }
}

#[test]
fn what_senders_and_their_specifications_write_is_taken_apart() {
    let counted = include_bytes!("../../../../tests/fixtures/syslog/octet_counted.bin");
    let expected = include_str!("../../../../tests/fixtures/syslog/octet_counted.expected.json");
    let expected: Value = serde_json::from_str(expected).unwrap();
    let texts = |field: &Value| field["text"].as_str().unwrap().to_owned();
    let expected: Vec<_> = expected["messages"].as_array().unwrap().iter().map(texts).collect();
    assert_eq!(always(counted), expected);

    let lines = always(include_bytes!("../../../../tests/fixtures/syslog/newline_framed.bin"));
    assert_eq!(lines[2..], ["<0>1 - - - - - -", "<14>1 - h a - - - no final newline"]);
    assert_eq!(lines.len(), 4);

    for stream in [
        &include_bytes!("../../../../tests/fixtures/syslog/logger-tcp-newline-rfc5424.stream")[..],
        include_bytes!("../../../../tests/fixtures/syslog/logger-tcp-octet-rfc5424.stream"),
    ] {
        let all = always(stream);
        assert!(all.len() == 3 && all.iter().all(|message| message.starts_with("<134>1 2026-11-20T16:11:46.")));
    }
}

#[test]
fn broken_lengths_lose_nothing() {
    for case in include_str!("../../../../tests/fixtures/syslog/gosyslog_octet_counting_streams.jsonl").lines() {
        let case: Value = serde_json::from_str(case).unwrap();
        let stream = case["stream"].as_str().unwrap();
        let told = always(stream.as_bytes()).concat();
        let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit() && *c != ' ').collect::<String>();
        assert!(letters(&told).starts_with(&letters(stream)), "{stream:?} became {told:?}");
    }
}

#[test]
fn messages_beyond_the_limit_are_cut_with_a_mark() {
    let long = "x".repeat(MAX_LINE_BYTES + 1000);
    for stream in [format!("{} <13>{long}5 <13>a", long.len() + 4), format!("<13>{long}\n<13>a\n")] {
        let all = messages(stream.as_bytes(), 64 * 1024);
        assert_eq!(all.len(), 2);
        assert!(all[0].len() <= MAX_LINE_BYTES && all[0].ends_with("bytes cut]"), "{}", all[0].len());
        assert_eq!(all[1], "<13>a");
    }
    let many = "3 <1>".repeat(100_000);
    assert_eq!(messages(many.as_bytes(), many.len()).len(), 100_000, "over several batches");
}

#[test]
fn what_may_be_a_length_is_not_waited_for_for_ever() {
    let mut frames = Frames::new(&JoinRule::default());
    let mut batch = LineBatch::default();
    assert_eq!((frames.patience(), frames.take(b"42", &mut batch)), (None, 2));
    assert!(frames.patience().is_some());
    frames.settle(&mut batch);
    assert_eq!(batch.iter().collect::<Vec<_>>(), [b"42"]);
    let mut batch = LineBatch::default();
    assert_eq!(frames.take(b"\n5 <13>a", &mut batch), 8);
    assert_eq!(batch.iter().collect::<Vec<_>>(), [b"<13>a"]);
}
