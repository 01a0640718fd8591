//! `spantail stats`: the figures of what there is.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files are missing")]

#[path = "support/headless.rs"]
#[expect(dead_code, reason = "nothing is waited for here but the end")]
mod headless;
#[path = "support/home.rs"]
mod home;

use std::fs;

use headless::{Ended, Headless};
use home::Home;
use serde_json::{Value, json};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn run(home: &Home, args: &[&str]) -> Ended {
    Headless::start(home, args, "").wait()
}

fn document(home: &Home, args: &[&str]) -> Value {
    let ended = run(home, &[&["stats", "-o", "json"], args].concat());
    assert_eq!((ended.code, &*ended.err), (Some(0), ""), "{args:?}: {ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

fn two_files() -> Home {
    let home = Home::new();
    let a = [
        format!("ts=2025-12-24T10:30:00Z level=error service=pay msg=one trace_id={TRACE}"),
        format!("ts=2025-12-24T10:30:01Z level=info service=pay msg=two trace_id={TRACE}"),
        "ts=2025-12-24T10:30:02Z level=info service=cart msg=three".to_owned(),
    ];
    fs::write(home.path("a.log"), a.join("\n") + "\n").unwrap();
    fs::write(home.path("b.log"), "2025-12-24T10:30:04Z plain text\n").unwrap();
    home
}

#[test]
fn the_document_has_every_figure() {
    let home = two_files();
    let bytes: u64 = ["a.log", "b.log"]
        .iter()
        .map(|name| {
            let text = fs::read_to_string(home.path(name)).unwrap();
            (text.len() - text.lines().count()) as u64
        })
        .sum();
    let counts = |name: &str, lines: u64| {
        json!({
            "name": name, "received": lines, "stored": lines, "held": lines, "evicted": 0, "rate_limited": 0,
            "dropped": 0, "rejected": 0, "pending": 0, "state": "ended", "detail": "1 file",
        })
    };
    assert_eq!(
        document(&home, &["a.log", "b.log"]),
        json!({
            "received": 4, "stored": 4, "held": 4, "evicted": 0, "rate_limited": 0, "dropped": 0, "rejected": 0,
            "pending": 0, "matched": 4, "bytes": bytes, "lines_per_second": 1.0,
            "levels": {"unset": 1, "trace": 0, "debug": 0, "info": 2, "warn": 0, "error": 1, "fatal": 0},
            "services": {"pay": 2, "cart": 1},
            "sources": [counts("a.log", 3), counts("b.log", 1)],
            "origins": {"a.log": 3, "b.log": 1},
            "traces": 1,
            "time_range": {"from": "2025-12-24T10:30:00.000000000Z", "to": "2025-12-24T10:30:04.000000000Z"},
        })
    );
}

#[test]
fn a_filter_chooses_what_is_counted_and_not_what_came() {
    let home = two_files();
    let document = document(&home, &["*.log", "--filter", "service:pay", "--level", "error"]);
    assert_eq!(document["received"], 4);
    assert_eq!(document["filter"], "service:pay level:>=error");
    assert_eq!((&document["matched"], &document["levels"]["error"]), (&json!(1), &json!(1)));
    assert_eq!((&document["services"], &document["origins"]), (&json!({"pay": 1}), &json!({"a.log": 1})));
    assert_eq!(document.get("lines_per_second"), None, "one moment has no rate");
}

#[test]
fn nothing_is_counted_of_nothing() {
    let home = Home::new();
    fs::write(home.path("empty.log"), "").unwrap();
    let document = document(&home, &["empty.log"]);
    assert_eq!((&document["received"], &document["matched"]), (&json!(0), &json!(0)));
    assert_eq!(document.get("time_range"), None);
}

#[test]
fn lines_that_the_ring_gave_up_are_counted_as_well() {
    let home = Home::new();
    let line = format!("line {}\n", "x".repeat(95));
    let lines = line.repeat(120_000);
    let ended = Headless::start(&home, &["stats", "-o", "json", "--memory", "8MiB"], &lines).wait();
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&document["received"], &document["matched"]), (&json!(120_000), &json!(120_000)), "{ended:?}");
    assert_eq!(document["bytes"], lines.len() - 120_000);
    let (held, evicted) = (document["held"].as_u64().unwrap(), document["evicted"].as_u64().unwrap());
    assert!(held + evicted == 120_000 && evicted > 30_000, "{document}");
}

#[test]
fn traces_of_spans_are_counted_with_those_of_lines() {
    let home = Home::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/otlp/files/three-batches.jsonl");
    let document = document(&home, &[file]);
    assert_eq!((&document["traces"], &document["spans"]["stored"]), (&json!(5), &json!(14)));
}

#[test]
fn the_page_is_aligned_and_names_what_failed() {
    let home = two_files();
    let ended = run(&home, &["stats", "a.log"]);
    let expected = "\
lines   3
bytes   201 B
traces  1
from    2025-12-24T10:30:00.000Z
to      2025-12-24T10:30:02.000Z (2 s)
rate    1.5/s

level
  error                                1    33 %  ▆▆▆▆▆▆▆▆▆▆▆▆
  info                                 2    67 %  ▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆

service
  pay                                  2    67 %
  cart                                 1    33 %

source
  a.log                                3   100 %

what became of it
  a.log (ended)             received 3  stored 3
";
    let expected = expected.replace("201 B", &format!("{} B", fs::metadata(home.path("a.log")).unwrap().len() - 3));
    assert_eq!((ended.code, ended.out), (Some(0), expected));
    let ended = run(&home, &["stats", "a.log", "absent.log"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("absent.log") && ended.out.contains("a.log"), "{ended:?}");
}
