//! The parts that need no server: the cursor, the file of passwords, quoting.

use std::time::Duration;

use super::super::cursor::{Cursor, Place, Round, Row};
use super::super::link::{answer, quoted};
use super::super::options::Options;
use super::super::pgpass::find;
use crate::config::SourceOptions;
use crate::source::retry::Trouble;
use crate::source::{Address, SourceSpec};

fn row(mark: i64, micros: i64, key: &str) -> Row {
    Row { mark, micros, place: Place { time: micros.to_string(), key: vec![Some(key.to_owned())] } }
}

fn cursor(round: Round) -> Cursor {
    let mut cursor = Cursor::new(Duration::from_micros(50));
    cursor.round = Some(round);
    cursor
}

#[test]
fn rows_of_unsettled_transactions_are_remembered_and_no_others() {
    let mut cursor = cursor(Round { settled: 10, next: 20, now: 1000, after: None });
    for row in [row(5, 100, "a"), row(12, 101, "b"), row(15, 99, "c")] {
        assert!(cursor.is_new(&row));
        cursor.pass(row);
    }
    assert_eq!(cursor.round.as_ref().unwrap().after.as_ref().unwrap().time, "99", "where to go on");
    cursor.finish();
    assert_eq!((cursor.settled, cursor.newest()), (10, Some("101")));
    assert!(cursor.is_new(&row(5, 100, "a")), "asked for no more, so not remembered");
    assert!(!cursor.is_new(&row(12, 101, "b")) && !cursor.is_new(&row(15, 99, "c")));
    cursor.round = Some(Round { settled: 13, next: 21, now: 1001, after: None });
    cursor.finish();
    assert!(cursor.is_new(&row(12, 101, "b")) && !cursor.is_new(&row(15, 99, "c")));
}

#[test]
fn what_is_remembered_is_bounded_by_the_overlap_and_a_future_row_hides_nothing() {
    let mut long = cursor(Round { settled: 0, next: 1, now: 10_000_000, after: None });
    (0..100_000).for_each(|micros| long.pass(row(1, micros, &micros.to_string())));
    assert!(long.is_new(&row(1, 10, "10")) && !long.is_new(&row(1, 99_990, "99990")));
    let mut future = cursor(Round { settled: 0, next: 1, now: 1000, after: None });
    for row in [row(1, 940, "old"), row(1, 960, "recent"), row(1, 1_000_000, "future")] {
        future.pass(row);
    }
    future.finish();
    assert!(future.is_new(&row(1, 940, "old")) && !future.is_new(&row(1, 960, "recent")));
}

#[test]
fn the_first_line_that_matches_gives_the_password() {
    let file = "# comment:*:*:*:no\nhost:5432:shop:viewer:one:two\n*:*:*:adm\\:in:back\\\\slash\nshort:line\n*:5433:*:*:last\n";
    let table = [
        (["host", "5432", "shop", "viewer"], Some("one:two")),
        (["other", "1", "x", "adm:in"], Some("back\\slash")),
        (["other", "5433", "x", "y"], Some("last")),
        (["other", "5432", "x", "y"], None),
    ];
    for (wanted, expected) in table {
        assert_eq!(find(file, &wanted).as_deref(), expected, "{wanted:?}");
    }
}

#[test]
fn a_name_can_not_end_its_quotes() {
    assert_eq!(quoted("a\"; drop table b; --\0"), "\"a\"\"; drop table b; --\"");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let spec = SourceSpec { scheme: "postgres".to_owned(), rest: String::new(), options: SourceOptions::default() };
    let address = Address { host: "h".to_owned(), ..Address::default() };
    let options = Options::of(&spec, &address).unwrap();
    let outcome = answer::<()>(&options, "asking for rows", std::future::pending()).await;
    let Err(Trouble::Passing { why, .. }) = outcome else { panic!("{outcome:?}") };
    assert!(why.starts_with("h:") && why.contains("does not answer"), "{why}");
}
