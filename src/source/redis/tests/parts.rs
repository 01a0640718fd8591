//! The parts that need no server: entries, cursors, windows.

use redis::Value;

use super::super::entry::{Entry, Id, Shape};
use super::super::options::End;
use super::super::stream_cursor::{Cursor, Gap, Info};
use super::super::texts::Part;
use super::super::window::{grown_end, news};
use crate::source::MAX_LINE_BYTES;

fn text(text: &[u8]) -> Value {
    Value::BulkString(text.to_vec())
}

type Fields<'a> = &'a [(&'a str, &'a [u8])];

fn entry(id: &str, fields: Fields<'_>) -> Shape {
    let fields = fields.iter().flat_map(|(name, value)| [text(name.as_bytes()), text(value)]).collect();
    let value = Value::Array(vec![text(id.as_bytes()), Value::Array(fields)]);
    Entry::read(&value).unwrap().shape(&Part::new("orders"))
}

#[test]
fn an_entry_is_a_text_in_an_envelope_or_a_document() {
    const TIME: i64 = 1_771_000_000_123_000_000;
    let records: [(Fields<'_>, &str, Option<&str>); 4] = [
        (&[("m", b"level=info a")], "level=info a", None),
        (&[("host", b"web-1"), ("log", b"plain")], "plain", Some("web-1")),
        (&[("message", br#"{"level":"info"}"#), ("host", b"web-2")], r#"{"level":"info"}"#, Some("web-2")),
        (&[("Data", b"\xff bytes"), ("host", b"x")], "\u{fffd} bytes", Some("x")),
    ];
    for (fields, body, host) in records {
        let Shape::Record(record) = entry("1771000000123-7", fields) else { panic!("{body} is a text") };
        assert_eq!((record.body.as_str(), record.observed_time, record.time), (Some(body), TIME, 0));
        assert_eq!(record.attributes.text("host"), host);
        assert_eq!(record.attributes.text("messaging.message.id"), Some("1771000000123-7"));
    }
    let documents: [(&str, Fields<'_>, &str); 3] = [
        (
            "1771000000123-0",
            &[("level", b"error"), ("msg", b"b")],
            r#"{"level":"error","messaging.message.id":"1771000000123-0","msg":"b","observedTimeUnixNano":"1771000000123000000"}"#,
        ),
        (
            "5-1",
            &[("tag", b"a"), ("tag", b"b"), ("tag", b"c"), ("x", b"\"")],
            r#"{"messaging.message.id":"5-1","tag":["a","b","c"],"x":"\""}"#,
        ),
        ("5", &[], r#"{"messaging.message.id":"5-0"}"#),
    ];
    for (id, fields, line) in documents {
        assert_eq!(entry(id, fields), Shape::Document(line.as_bytes().to_vec()), "{line}");
    }
}

#[test]
fn what_is_no_entry_is_refused_and_what_is_too_long_is_cut() {
    let wrong = [
        Value::Nil,
        Value::Array(vec![text(b"1-0"), Value::Nil]),
        Value::Array(vec![text(b"x-0"), Value::Array(vec![])]),
        Value::Array(vec![Value::Int(1), Value::Array(vec![])]),
    ];
    assert!(wrong.iter().all(|value| Entry::read(value).is_none()));
    let long = vec![b'"'; MAX_LINE_BYTES];
    let Shape::Document(line) = entry("1-0", &[("a", &long), ("b", &long)]) else { panic!("a document") };
    assert!(line.len() <= MAX_LINE_BYTES, "{}", line.len());
    assert!(String::from_utf8(line).unwrap().contains("bytes cut]"));
    let Shape::Record(record) = entry("1-0", &[("a", &long)]) else { panic!("a text") };
    assert!(record.body.as_str().unwrap().ends_with("bytes cut]"));
}

#[test]
fn ids_are_compared_as_numbers() {
    let id = |text: &str| Id::parse(text.as_bytes()).unwrap();
    assert!(id("9-5") < id("10-0") && id("10-9") < id("10-10") && id("10") == id("10-0"));
    assert_eq!(Id::before(5_000_000).to_string(), format!("4-{}", u64::MAX));
    assert_eq!((Id::before(0), Id::before(-7)), (Id::default(), Id::default()));
    assert!(["", "-", "a-1", "1-b", "1-2-3", "-1-0"].iter().all(|text| Id::parse(text.as_bytes()).is_none()));
}

fn info(last: u64, length: i64, added: Option<i64>, first: u64) -> Info {
    let mut parts = vec![text(b"length"), Value::Int(length), text(b"last-generated-id"), id_value(last)];
    parts.extend(added.into_iter().flat_map(|added| [text(b"entries-added"), Value::Int(added)]));
    parts.extend([text(b"first-entry"), Value::Array(vec![id_value(first), Value::Array(vec![])])]);
    Info::read(&Value::Array(parts)).unwrap()
}

fn id_value(millis: u64) -> Value {
    text(format!("{millis}-0").as_bytes())
}

fn id(millis: u64) -> Id {
    Id { millis, number: 0 }
}

#[test]
fn what_was_never_seen_is_counted_exactly() {
    let mut cursor = Cursor::new(id(10), info(10, 10, Some(10), 1));
    cursor.pass(id(11));
    // 12 to 17 were added and trimmed; 18 is there, 19 comes later.
    assert_eq!(cursor.look(info(18, 1, Some(18), 18)), None);
    assert!(!cursor.is_counted(false));
    cursor.pass(id(18));
    cursor.pass(id(19));
    assert!(cursor.is_counted(false));
    assert_eq!(cursor.settle(), Some(Gap::Of(6, id(10), id(18))));
    assert_eq!(cursor.look(info(19, 2, Some(19), 18)), None, "19 was counted");
    // All of it is gone: a silent answer settles it.
    cursor.look(info(25, 0, Some(25), 25));
    assert!(cursor.is_counted(true));
    assert_eq!(cursor.settle(), Some(Gap::Of(6, id(19), id(25))));
}

#[test]
fn reading_from_the_beginning_owes_all_that_is_there() {
    let mut cursor = Cursor::new(Id::default(), info(10, 4, Some(10), 7));
    cursor.look(info(10, 2, Some(10), 9));
    cursor.pass(id(9));
    cursor.pass(id(10));
    assert_eq!(cursor.settle(), Some(Gap::Of(2, Id::default(), id(10))));
}

#[test]
fn a_server_that_does_not_count_or_comes_back_with_less_is_told_of() {
    let mut cursor = Cursor::new(id(10), info(10, 10, None, 1));
    cursor.look(info(20, 3, None, 18));
    assert_eq!(cursor.settle(), Some(Gap::Unknown));
    assert_eq!(cursor.look(info(5, 5, None, 1)), Some(Gap::Back));
    assert_eq!(cursor.last, id(5));
    assert_eq!(Cursor::new(Id::default(), Info::missing()).look(info(3, 3, Some(3), 1)), None);
}

#[test]
fn news_are_what_the_old_end_does_not_cover() {
    let split = |text: &str| text.chars().map(|letter| vec![letter as u8]).collect::<Vec<_>>();
    let table = [
        ("abc", "abcd", 1, Some(1)),
        ("abc", "bcde", 0, Some(2)),
        ("abc", "abc", 0, Some(0)),
        ("abc", "xyz", 0, None),
        ("", "ab", 2, Some(2)),
        ("abc", "", 0, Some(0)),
        ("aaa", "aaaa", 1, Some(1)),
        ("abc", "cd", 0, Some(1)),
        ("abab", "ababab", 2, Some(2)),
    ];
    for (old, new, grown, expected) in table {
        assert_eq!(news(&split(old), &split(new), grown), expected, "{old} {new}");
    }
    assert_eq!(grown_end(Some(0), Some(2)), Some(End::Right));
    assert_eq!(grown_end(Some(1), Some(0)), Some(End::Left));
    assert_eq!(grown_end(Some(1), Some(1)), None);
}
