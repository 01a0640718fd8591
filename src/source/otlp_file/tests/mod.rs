//! Every shape of file, files that grow, rotate, are cut off or are damaged.

mod export;

use std::fs::{File, OpenOptions};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::frames::{Frame, Frames};
use crate::config::{SourceOptions, StartAt};
use crate::source::collected::{Collected, DEADLINE, Harvest, state};
use crate::source::{SourceError, SourceState, StatusReporter, open};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/otlp").join(name)
}

struct Reading {
    collected: Arc<Collected>,
    status: StatusReporter,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), SourceError>>,
}

fn read(path: &Path, options: &SourceOptions) -> Reading {
    let source = open(&format!("otlp-file:{}", path.display()), options).unwrap();
    assert!(source.is_pausable());
    let (collected, cx) = Collected::context();
    let (status, shutdown) = (cx.status.clone(), cx.shutdown.clone());
    Reading { collected, status, shutdown, task: tokio::spawn(source.run(cx)) }
}

/// Reads `path` to its end: what came, and what the status says at last.
async fn whole(path: &Path) -> (Result<(), SourceError>, Harvest, SourceState) {
    let reading = read(path, &SourceOptions { follow: false, ..SourceOptions::default() });
    let result = tokio::time::timeout(DEADLINE, reading.task).await.unwrap().unwrap();
    (result, reading.collected.harvest(), reading.status.get())
}

fn line(text: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{text}"}}}}]}}]}}]}}"#)
}

fn bodies(harvest: &Harvest) -> Vec<&str> {
    harvest.logs.iter().filter_map(|log| log.body.as_str()).collect()
}

#[tokio::test]
async fn every_shape_gives_the_same_spans() {
    let (_, expected, _) = whole(&fixture("files/three-batches.jsonl")).await;
    assert_eq!((expected.spans.len(), expected.rejected_spans), (14, 0));
    for name in [
        "three-batches.jsonl.gz",
        "three-batches.native.jsonl.zst",
        "three-batches.native.proto-length-prefixed.zst",
        "three-batches.proto-length-prefixed.bin",
        "three-batches.proto-per-message-zstd-length-prefixed.bin",
        "three-batches.json-per-message-zstd-length-prefixed.bin",
    ] {
        let path = fixture(&format!("files/{name}"));
        let head = std::fs::read(&path).unwrap();
        assert!(super::sniff(&head), "{name} is recognised");
        let (result, harvest, status) = whole(&path).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert!(harvest.spans == expected.spans, "{name}: {} spans", harvest.spans.len());
        assert_eq!((harvest.rejected_logs, harvest.rejected_spans), (0, 0), "{name}");
        assert_eq!(status, SourceState::Live(name.to_owned()));
    }
}

#[tokio::test]
async fn all_signals_of_a_file_are_read_and_a_document_is_one_request() {
    let (_, harvest, _) = whole(&fixture("file-exporter-mixed-signals.jsonl")).await;
    assert!(!harvest.logs.is_empty() && !harvest.spans.is_empty());
    let (_, harvest, _) = whole(&fixture("spec-example-trace.json")).await;
    assert_eq!((harvest.spans.len(), harvest.rejected_logs), (1, 0));
}

#[tokio::test]
async fn a_cut_off_end_is_told_and_no_failure() {
    for (name, spans) in [("truncated-tail.jsonl", 13), ("truncated-tail.proto-length-prefixed.bin", 13)] {
        let (result, harvest, status) = whole(&fixture(&format!("files/{name}"))).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!((harvest.spans.len(), harvest.rejected_spans), (spans, 0), "{name}");
        assert!(matches!(&status, SourceState::Live(told) if told.contains("cut off")), "{status:?}");
    }
    let packed = std::fs::read(fixture("files/three-batches.native.jsonl.zst")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crashed.zst");
    std::fs::write(&path, &packed[..packed.len() - 9]).unwrap();
    let (result, harvest, _) = whole(&path).await;
    assert!(result.is_ok(), "a crash loses the last frame, not the session: {result:?}");
    assert_eq!(harvest.spans.len(), 13);
}

#[tokio::test]
async fn bad_lines_are_counted_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    let text = format!("{}\n\n  \r\nnot json\n{{\"resourceSpans\":7}}\r\n{}", line("a"), line("no line end"));
    std::fs::write(&path, text).unwrap();
    let (result, harvest, status) = whole(&path).await;
    assert!(result.is_ok());
    assert_eq!(bodies(&harvest), ["a", "no line end"]);
    assert_eq!((harvest.rejected_logs, harvest.rejected_spans), (1, 1));
    assert_eq!(status, SourceState::Live("x.jsonl".to_owned()));
}

#[tokio::test]
async fn a_growing_file_is_followed_through_half_lines_and_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.jsonl");
    let mut file = File::create(&path).unwrap();
    let second = line("second");
    let (half, other_half) = second.split_at(30);
    write!(file, "{}\n{half}", line("first")).unwrap();

    let reading = read(&path, &SourceOptions::default());
    reading.collected.until(|harvest| harvest.logs.len() == 1).await;
    state(&reading.status, |state| matches!(state, SourceState::Live(told) if told.contains("30 bytes")).then_some(()))
        .await;
    writeln!(file, "{other_half}").unwrap();
    reading.collected.until(|harvest| harvest.logs.len() == 2).await;

    std::fs::rename(&path, folder.path().join("data-1.jsonl")).unwrap();
    writeln!(file, "{}", line("last of the old")).unwrap();
    std::fs::write(&path, line("new file") + "\n").unwrap();
    reading.collected.until(|harvest| harvest.logs.len() == 4).await;

    std::fs::write(&path, line("cut") + "\n").unwrap();
    let harvest = reading.collected.until(|harvest| harvest.logs.len() == 5).await;
    assert_eq!(bodies(&harvest), ["first", "second", "last of the old", "new file", "cut"]);
    assert_eq!(harvest.rejected_logs, 0);
    reading.shutdown.cancel();
    tokio::time::timeout(DEADLINE, reading.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn where_to_begin_is_respected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.jsonl");
    std::fs::write(&path, line("old") + "\n").unwrap();
    let reading = read(&path, &SourceOptions { start: StartAt::End, ..SourceOptions::default() });
    state(&reading.status, |state| matches!(state, SourceState::Live(_)).then_some(())).await;
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    writeln!(file, "{}", line("new")).unwrap();
    assert_eq!(bodies(&reading.collected.until(|harvest| !harvest.logs.is_empty()).await), ["new"]);
    reading.shutdown.cancel();

    let records = |time: u64, scope: &str| {
        let record = format!(r#"{{"timeUnixNano":"{time}","body":{{"stringValue":"{scope}{time}"}}}}"#);
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"scope":{{"name":"{scope}"}},"logRecords":[{record}]}}]}}]}}"#)
    };
    let text = [records(5, "app"), records(15, "app"), records(5, "spantail.session")].join("\n");
    std::fs::write(&path, text).unwrap();
    let options = SourceOptions { start: StartAt::Since(10), follow: false, ..SourceOptions::default() };
    let reading = read(&path, &options);
    reading.task.await.unwrap().unwrap();
    assert_eq!(bodies(&reading.collected.harvest()), ["app15", "spantail.session5"]);
}

#[tokio::test]
async fn what_can_not_be_read_fails_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, _, _) = whole(&folder.path().join("none.jsonl")).await;
    assert!(missing.unwrap_err().to_string().contains("none.jsonl"));
    let (directory, _, _) = whole(folder.path()).await;
    assert!(directory.unwrap_err().to_string().contains("not a regular file"));
    let damaged = folder.path().join("damaged.bin");
    std::fs::write(&damaged, b"\xff\xff\xff\xff\x0a\x00").unwrap();
    let (result, _, _) = whole(&damaged).await;
    assert!(result.unwrap_err().to_string().contains("damaged or of another kind"));
    assert!(open("otlp-file:", &SourceOptions::default()).is_err());
}

#[test]
fn a_request_that_is_too_long_is_left_out_and_the_next_one_read() {
    for over in [1, 10 << 20] {
        let long = vec![b'x'; super::frames::MAX_MESSAGE_BYTES + over];
        let text = [b"{\"a\":1}\n", &long[..], b"\n\n\n{\"b\":2}\n"].concat();
        let mut frames = Frames::new(Cursor::new(text));
        let mut seen = Vec::new();
        loop {
            match frames.next().unwrap() {
                Frame::Message(range) => seen.push(range.len()),
                Frame::TooLong => seen.push(0),
                Frame::End => break,
            }
        }
        assert_eq!(seen, [7, 0, 7]);
    }
}

#[test]
fn any_number_of_empty_lines_is_passed_over() {
    let mut frames = Frames::new(Cursor::new([b"{\"a\":1}\n", &vec![b'\n'; 3_000_000][..]].concat()));
    assert!(matches!(frames.next().unwrap(), Frame::Message(_)));
    assert_eq!(frames.next().unwrap(), Frame::End);
    assert!(frames.unfinished().is_empty());
}
