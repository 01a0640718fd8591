//! Cutting what `journalctl` prints.

use super::super::entries::Entries;
use super::super::options::{From, Options};
use crate::config::{SourceOptions, StartAt};
use crate::source::{MAX_LINE_BYTES, Parameters, SourceSpec};

/// All lines and the last cursor of `text`, fed in chunks of `size`.
fn fed(text: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<String>, u64) {
    let mut entries = Entries::default();
    let (mut lines, mut last, mut left) = (Vec::new(), None, 0);
    for chunk in text.chunks(size) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let taken = entries.feed(rest);
            rest = &rest[taken..];
            let (batch, cursor, left_out) = entries.take();
            lines.extend(batch.iter().map(<[u8]>::to_vec));
            last = cursor.or(last);
            left += left_out;
        }
    }
    (lines, last, left)
}

#[test]
fn entries_are_the_same_wherever_they_are_cut() {
    let text = b"{\"__CURSOR\":\"s=1;i=1\",\"MESSAGE\":\"a\"}\n\n{\"MESSAGE\":\"\\\"__CURSOR\\\":\\\"no\\\"\",\"__CURSOR\":\"s=1;i=2\"}\n{\"half";
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec);
    let expected: Vec<Vec<u8>> = lines.take(2).collect();
    for size in [1, 2, 7, 40, 1000] {
        assert_eq!(fed(text, size), (expected.clone(), Some("s=1;i=2".to_owned()), 0), "{size}");
    }
}

#[test]
fn an_entry_that_is_too_long_keeps_its_short_fields() {
    let long = "x".repeat(MAX_LINE_BYTES);
    let bytes = vec!["27"; MAX_LINE_BYTES / 2].join(",");
    let many: Vec<String> = (0..200).map(|n| format!("\"F{n}\":\"{}\",", "y".repeat(9000))).collect();
    let many = many.concat();
    let text =
        format!("{{\"__CURSOR\":\"c\",{many}\"MESSAGE\":\"{long}\",\"CORE\":[{bytes}],\"PRIORITY\":\"3\"}}\n{{}}\n");
    let (lines, cursor, left_out) = fed(text.as_bytes(), 65_536);
    assert_eq!((lines.len(), cursor.as_deref(), left_out), (2, Some("c"), 0));
    assert!(lines[0].len() <= MAX_LINE_BYTES, "{}", lines[0].len());
    let entry: serde_json::Value = serde_json::from_slice(&lines[0]).unwrap();
    assert_eq!(entry["PRIORITY"], "3");
    let text = format!("{long}\n{{\"__CURSOR\":\"d\"}}\n");
    let (lines, cursor, left_out) = fed(text.as_bytes(), 65_536);
    assert_eq!((lines.len(), cursor.as_deref(), left_out), (1, Some("d"), 1), "what is no JSON is left out");
}

/// A piece of what a service printed.
fn piece(cursor: u8, stream: &str, message: &str, line_break: &str) -> String {
    format!("{{\"__CURSOR\":\"{cursor}\",\"_STREAM_ID\":\"{stream}\",\"MESSAGE\":{message}{line_break}}}\n")
}

#[test]
fn a_line_that_journald_cut_is_made_whole() {
    const CUT: &str = ",\"_LINE_BREAK\":\"line-max\"";
    let text = [
        piece(1, "a", "\"one \"", CUT),
        piece(2, "b", "\"other\"", ""),
        piece(3, "a", "\"two \"", CUT),
        piece(4, "c", "\"x\"", CUT),
        piece(5, "a", "\"three\"", ""),
        piece(6, "c", "[255]", ""),
        piece(7, "a", "\"next\"", ",\"_LINE_BREAK\":\"eof\""),
    ];
    let (lines, cursor, left_out) = fed(text.concat().as_bytes(), 50);
    let messages =
        lines.iter().map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap()["MESSAGE"].take());
    let expected = serde_json::json!(["other", "one two three", [120, 255], "next"]);
    assert_eq!(messages.collect::<serde_json::Value>(), expected);
    assert_eq!((cursor.as_deref(), left_out), (Some("7"), 0));
}

#[test]
fn pieces_without_an_end_are_bounded_and_not_lost() {
    const CUT: &str = ",\"_LINE_BREAK\":\"line-max\"";
    let long = format!("\"{}\"", "x".repeat(49_152));
    let pieces = (0..40).map(|number| piece(1, &format!("s{}", number % 20), &long, CUT));
    let (lines, _, _) = fed(pieces.collect::<String>().as_bytes(), 65_536);
    assert!(lines.len() >= 4, "of 16 streams at most the beginning is kept");
    let endless: String = (0..40).map(|_| piece(1, "a", &long, CUT)).collect();
    let (lines, _, _) = fed(endless.as_bytes(), 65_536);
    assert!(lines.len() >= 3 && lines.iter().all(|line| line.len() <= MAX_LINE_BYTES), "{}", lines.len());
    let mut entries = Entries::default();
    entries.feed(piece(1, "a", "\"half\"", CUT).as_bytes());
    assert!(entries.is_waiting() && entries.take().0.is_empty());
    entries.give_up();
    assert!(!entries.is_waiting() && entries.take().0.bytes.starts_with(b"{"));
}

#[test]
fn what_is_wanted_of_before_is_wanted_until_it_came() {
    let arguments = |start, from| {
        let options = SourceOptions { start, ..SourceOptions::default() };
        let spec = SourceSpec { scheme: "journald".to_owned(), rest: String::new(), options };
        Options::of(&spec, "", &Parameters::default()).unwrap().arguments(from).join(" ")
    };
    let table = [
        (StartAt::Beginning, From::Since(5_000_000_000), ""),
        (StartAt::Since(3_000_000_000), From::Since(5_000_000_000), "--since=@3."),
        (StartAt::End, From::Since(5_000_000_000), "--since=@5."),
        (StartAt::Tail, From::Since(5_000_000_000), "--since=@5."),
        (StartAt::Beginning, From::After("c"), "--after-cursor=c"),
    ];
    for (start, from, expected) in table {
        let arguments = arguments(start, from);
        assert!(arguments.contains(expected), "{arguments}");
        assert!(arguments.contains("--since") == expected.contains("--since"), "{arguments}");
    }
}
