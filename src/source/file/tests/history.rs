//! What is there already, as stretches; and what comes, with its place.

use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::extent::{Gone, Stretch, TextFile};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn text_of(file: &TextFile, range: std::ops::Range<u64>) -> Result<String, Gone> {
    let mut text = Vec::new();
    file.read(range, &mut text)?;
    Ok(String::from_utf8(text).unwrap())
}

fn texts(stretches: &[Stretch]) -> Vec<String> {
    stretches.iter().map(|stretch| text_of(&stretch.file, stretch.range.clone()).unwrap()).collect()
}

#[tokio::test]
async fn what_is_there_is_history_in_the_order_that_is_asked_for() {
    let folder = Folder::new();
    folder.append("app.log", "1 a\n2 b\n3 c");
    let (all, whole, late) = ("1 a\n2 b\n3 c", "1 a\n2 b\n", "2 b\n");
    let (from_end, from_start) = (HistoryOrder::FromEnd, HistoryOrder::FromStart);
    let cases = [
        (StartAt::Tail, true, vec![whole], from_end),
        (StartAt::Tail, false, vec![all], from_end),
        (StartAt::Beginning, true, vec![whole], from_start),
        (StartAt::Beginning, false, vec![all], from_start),
        (StartAt::Since(2), true, vec![late], from_start),
        (StartAt::Since(2), false, vec!["2 b\n3 c"], from_start),
        (StartAt::Since(9), false, vec![], from_start),
        (StartAt::End, true, vec![], from_start),
    ];
    for (start, follow, expected, order) in cases {
        let running = folder.start("app.log", start, follow);
        let (stretches, told) = running.history().await;
        assert_eq!(
            (texts(&stretches), told),
            (expected.iter().map(|text| (*text).to_owned()).collect(), order),
            "{start:?}"
        );
        let written = fs::metadata(folder.path("app.log")).unwrap().modified().unwrap();
        let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        assert!(stretches.iter().all(|stretch| stretch.modified == Nanos::try_from(written).ok()), "{start:?}");
        if follow { running.stop().await } else { drop(running.end().await.unwrap()) }
    }
}

#[tokio::test]
async fn an_unfinished_line_is_left_to_the_live_reader() {
    let folder = Folder::new();
    folder.append("app.log", "whole\nhal");
    let mut running = folder.follow("app.log", StartAt::Tail);
    let (stretches, _) = running.history().await;
    assert_eq!(texts(&stretches), ["whole\n"]);
    folder.append("app.log", "f\nnext\n");
    assert_eq!(running.take_texts(3).await, ["whole", "half", "next"]);
    let [file] = running.files().try_into().unwrap();
    assert!(Arc::ptr_eq(&file, &stretches[0].file), "one file, one thing to refer to");
    assert_eq!(text_of(&file, 6..16).unwrap(), "half\nnext\n");
    running.stop().await;
}

#[tokio::test]
async fn nothing_there_is_told_too() {
    let folder = Folder::new();
    for pattern in ["later.log", "*.log"] {
        let running = folder.follow(pattern, StartAt::Tail);
        assert!(running.history().await.0.is_empty(), "{pattern}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_rate_limit_holds_back_what_is_there() {
    let folder = Folder::new();
    folder.append("app.log", "one\ntwo\n");
    folder.append("app.log.gz", gzip("three\nfour"));
    let mut running = Running::start(folder.paced_source("app.log*", false));
    assert!(running.history().await.0.is_empty());
    assert_eq!(running.take_texts(4).await, ["one", "two", "three", "four"]);
    let files = running.files();
    assert_eq!(
        (text_of(&files[0], 0..8).unwrap(), text_of(&files[1], 0..6).unwrap()),
        ("one\ntwo\n".into(), "three\n".into())
    );
    assert!(running.end().await.unwrap().is_empty());
}

#[tokio::test]
async fn truncation_marks_what_was_there_and_not_what_comes() {
    let folder = Folder::new();
    folder.append("app.log", "old\n");
    let mut running = folder.follow("app.log", StartAt::Beginning);
    let (stretches, _) = running.history().await;
    fs::write(folder.path("app.log"), "a new and longer text\n").unwrap();
    assert_eq!(running.take_texts(2).await, ["old", "a new and longer text"]);
    assert_eq!(text_of(&stretches[0].file, 0..4), Err(Gone::Truncated));
    let [file] = running.files().try_into().unwrap();
    assert_eq!(text_of(&file, 0..5).unwrap(), "a new");
    running.stop().await;
}

#[tokio::test]
async fn a_file_without_a_name_is_read_on() {
    let folder = Folder::new();
    folder.append("app.log", "old\n");
    let mut running = folder.follow("app.log", StartAt::Beginning);
    let (stretches, _) = running.history().await;
    fs::rename(folder.path("app.log"), folder.path("app.log.1")).unwrap();
    folder.append("app.log", "new\n");
    assert_eq!(running.take_texts(2).await, ["old", "new"]);
    fs::remove_file(folder.path("app.log.1")).unwrap();
    assert_eq!(texts(&stretches), ["old\n"]);
    running.stop().await;
    assert_eq!(texts(&stretches), ["old\n"]);
}

#[tokio::test]
async fn archives_are_unpacked_to_a_file_that_has_no_name() {
    let folder = Folder::new();
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    folder.append("a.log", gzip("1 one\n2 two"));
    folder.append("b.log", packed("3 three\n4 four\n"));
    folder.append("c.log", "5 five\n");
    let mut running = folder.follow("*.log", StartAt::Since(2));
    let (stretches, _) = running.history().await;
    assert_eq!(texts(&stretches), ["2 two\n", "3 three\n4 four\n", "5 five\n"]);
    let origins: Vec<_> = stretches.iter().map(|stretch| stretch.origin.as_deref().unwrap_or_default()).collect();
    assert_eq!(origins, ["a.log", "b.log", "c.log"]);
    assert_eq!(running.take_texts(4).await.len(), 4);

    // One that comes later takes the same way.
    folder.append("d.log", packed("6 six\n7 seven"));
    assert_eq!(running.take_texts(2).await, ["6 six", "7 seven"]);
    let [file] = running.files().try_into().unwrap();
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 4);
    running.stop().await;
    let end = file.path().metadata().map(|metadata| metadata.len());
    assert!(end.is_err(), "the file has no name: {end:?}");
    assert_eq!(texts(&stretches)[1], "3 three\n4 four\n");
}

#[tokio::test]
async fn what_a_damaged_archive_leaves_ends_in_a_line_end() {
    let folder = Folder::new();
    let (text, lines) = numbered(0..50_000);
    let packed = gzip(&text);
    folder.append("a.gz", &packed[..packed.len() / 2]);
    folder.append("b.gz", &packed[..packed.len() / 3]);
    let running = folder.follow("*.gz", StartAt::Tail);
    for text in texts(&running.history().await.0) {
        let unpacked: Vec<&str> = text.strip_suffix('\n').unwrap().split('\n').collect();
        let (last, whole) = unpacked.split_last().unwrap();
        assert_eq!(whole, &lines[..whole.len()]);
        assert!(!whole.is_empty() && lines[whole.len()].starts_with(last), "{last}");
    }
    running.wait_for_state(|state| matches!(state, SourceState::Live(text) if text.ends_with("(and 1 more)"))).await;
    running.stop().await;
}

#[tokio::test]
async fn without_room_for_unpacking_the_rest_is_read_and_the_fault_is_named() {
    let folder = Folder::new();
    folder.append("a.log.gz", gzip("packed\n"));
    folder.append("b.log", "plain\n");
    let pattern = PathPattern::parse(&format!("{}/*", folder.path("").display())).unwrap();
    let options = SourceOptions { start: StartAt::Beginning, ..SourceOptions::default() };
    let spill_folder = folder.path("missing");
    let mut running = Running::start(Box::new(FileSource { pattern, options, time_of: leading_number, spill_folder }));
    assert_eq!(running.take_texts(1).await, ["plain"]);
    let state = running.wait_for_state(|state| matches!(state, SourceState::Live(_))).await;
    let SourceState::Live(text) = state else { return };
    assert!(text.contains("a.log.gz: can not be unpacked to ") && text.contains("TMPDIR"), "{text}");
    running.stop().await;
}
