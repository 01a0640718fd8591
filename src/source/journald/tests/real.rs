//! A real journal, followed.

use super::journal::{FIRST, Journal};
use crate::config::{SourceOptions, StartAt};
use crate::source::witness::Witness;
use crate::source::{SourceState, open};

fn messages(lines: &[String]) -> Vec<String> {
    let message = |line: &String| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry["MESSAGE"].as_str().unwrap().to_owned()
    };
    lines.iter().map(message).collect()
}

fn numbers(range: impl Iterator<Item = u64>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_chosen_and_begin_where_it_is_asked_for() {
    let Some(journal) = Journal::new() else { return };
    journal.write(0..1500);
    let since = i64::try_from(FIRST + 1_490_000).unwrap() * 1000;
    let table = [
        ("journald:?", StartAt::Tail, numbers(500..1500)),
        ("journald:?history=3&", StartAt::Tail, numbers(1497..1500)),
        ("journald:?", StartAt::Beginning, numbers(0..1500)),
        ("journald:?", StartAt::Since(since), numbers(1490..1500)),
        ("journald:?", StartAt::End, vec![]),
        ("journald:web.service?", StartAt::Since(since), numbers((1491..1500).step_by(3))),
        ("journald:web*?unit=db.service&", StartAt::Since(since), numbers(1490..1500)),
        ("journald:?priority=err&", StartAt::Since(since), numbers((1492..1500).step_by(4))),
        ("journald:?match=MESSAGE=7,MESSAGE=9&", StartAt::Beginning, numbers([7, 9].into_iter())),
        ("journald:?identifier=other&", StartAt::Beginning, vec![]),
    ];
    for (uri, start, expected) in table {
        let uri = format!("{uri}directory={}", journal.path());
        let seen = Witness::open(&uri, start, false).end().await;
        let lines: Vec<String> = seen.texts.into_iter().map(|(_, line)| line).collect();
        assert_eq!(messages(&lines), expected, "{uri} {start:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_dies_goes_on_behind_the_last_entry() {
    let Some(journal) = Journal::new() else { return };
    journal.write(0..10);
    let uri = format!("journald:?directory={}", journal.path());
    let witness = Witness::open(&uri, StartAt::Tail, true);
    witness.texts(10).await;
    witness.live().await;
    journal.write(10..20);
    witness.texts(20).await;
    assert_eq!(journal.kill_reader(), 1);
    witness.says(&["journalctl ended by signal: 9"]).await;
    journal.write(20..2000);
    assert_eq!(messages(&witness.texts(2000).await), numbers(0..2000));
    witness.live().await;
    assert_eq!(witness.stop().await.texts.len(), 2000, "nothing twice");
    journal.no_reader().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_intake_makes_the_reader_wait() {
    let Some(journal) = Journal::new() else { return };
    journal.write(0..10);
    let witness = Witness::open(&format!("journald:?directory={}", journal.path()), StartAt::End, true);
    witness.live().await;
    witness.fill(true).await;
    journal.write(10..5000);
    witness.fill(false).await;
    assert_eq!(messages(&witness.texts(4990).await), numbers(10..5000));
    witness.fill(true).await;
    journal.write(5000..5001);
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_and_long_fields_come_whole() {
    let Some(journal) = Journal::new() else { return };
    let mut export = format!("__REALTIME_TIMESTAMP={FIRST}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n").into_bytes();
    for (name, value) in
        [("MESSAGE", vec![b'x'; 100_000]), ("RAW", b"\x1b[31mred\xff".to_vec()), ("CORE", vec![1; 700_000])]
    {
        export.extend_from_slice(format!("{name}\n").as_bytes());
        export.extend_from_slice(&(value.len() as u64).to_le_bytes());
        export.extend_from_slice(&value);
        export.push(b'\n');
    }
    export.push(b'\n');
    journal.write_export("long", &export);
    let seen = Witness::open(&format!("journald:?directory={}", journal.path()), StartAt::Beginning, false).end().await;
    let [(_, line)] = seen.texts.as_slice() else { panic!("one entry, not {}", seen.texts.len()) };
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    assert!(entry["MESSAGE"].as_str().unwrap().starts_with("xxx"));
    assert_eq!(entry["RAW"][8], 255);
    assert!(line.len() <= crate::source::MAX_LINE_BYTES, "{}", line.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told() {
    let Some(journal) = Journal::new() else { return };
    let told = [
        (format!("journald:?file={}/none.journal", journal.path()), "No such file"),
        ("journald:?directory=/no/such/folder".to_owned(), "Failed to open /no/such/folder"),
        (format!("journald:?priority=loud&directory={}", journal.path()), "Unknown log level loud"),
    ];
    for (uri, words) in told {
        let witness = Witness::open(&uri, StartAt::Tail, true);
        let state = witness.says(&[words]).await;
        assert!(matches!(state, SourceState::Retrying { .. }), "{state:?}");
        witness.stop().await;
    }
}

#[test]
fn an_argument_says_what_is_wrong_with_it() {
    let table = [
        ("journald://host", "is no unit"),
        ("journald:?match=uid", "expected FIELD=VALUE"),
        ("journald:?match=--vacuum-size=1", "expected FIELD=VALUE"),
        ("journald:?unti=x", "did you mean `unit`"),
        ("journald:?history=many", "a whole number"),
    ];
    for (uri, expected) in table {
        let error = open(uri, &SourceOptions::default()).err().expect(uri).to_string();
        assert!(error.contains(expected), "{uri}: {error}");
    }
    let label = |uri| open(uri, &SourceOptions::default()).unwrap().label();
    assert_eq!(label("journald:"), "journald");
    assert_eq!(label("journald:nginx.service?priority=err"), "journald nginx.service, priority err");
}
