//! Containers' logs on disk, their two streams in one file.

use super::*;

const CRI: &str = include_str!("../../../../tests/fixtures/files/cri.log");
const DOCKER: &str = include_str!("../../../../tests/fixtures/files/json_file.log");

/// The records, as ranges of numbers of lines, that belong together although others stand between them.
const APART: [(&str, &[&[usize]]); 2] = [(CRI, &[&[1, 3], &[6, 7, 9]]), (DOCKER, &[&[2, 4]])];

#[tokio::test]
async fn what_is_there_is_put_together_stream_by_stream() {
    for (text, apart) in APART {
        let folder = Folder::new();
        folder.append("0.log", text);
        let lines: Vec<&str> = text.lines().collect();
        let got = folder.read("0.log").end().await.unwrap();
        for together in apart {
            let first = got.iter().position(|line| line == lines[together[0]]).unwrap();
            for (offset, idx) in together.iter().enumerate() {
                assert_eq!(got[first + offset], lines[*idx]);
            }
        }
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines
        };
        assert_eq!(sorted(got), sorted(lines.iter().map(|line| (*line).to_owned()).collect()), "none lost, none twice");
    }
}

#[tokio::test]
async fn what_comes_is_joined_stream_by_stream() {
    for (text, apart) in APART {
        let folder = Folder::new();
        let mut running = folder.follow("*.log", StartAt::Beginning);
        running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
        folder.append("0.log", text);
        let lines: Vec<&str> = text.lines().collect();
        let joined: usize = apart.iter().map(|together| together.len() - 1).sum();
        let records = running.take_texts(lines.len() - joined).await;
        for together in apart {
            let record = together.iter().map(|idx| lines[*idx]).collect::<Vec<_>>().join("\n");
            assert!(records.contains(&record), "{record} in {records:#?}");
        }
        running.stop().await;
    }
}

#[tokio::test]
async fn a_log_of_streams_that_do_not_mix_is_read_where_it_stands() {
    let folder = Folder::new();
    let line = |number: usize| {
        let stream = if number.is_multiple_of(10) { "stderr" } else { "stdout" };
        format!("2026-03-01T10:00:00.000000001Z {stream} F line {number}\n")
    };
    let text = (0..1000).map(line).collect::<Vec<_>>().concat();
    folder.append("0.log", &text);
    let mut running = folder.follow("0.log", StartAt::Tail);
    let (history, _) = running.history().await;
    assert_eq!((history.len(), history[0].range.clone()), (1, 0..text.len() as u64));
    assert_eq!(running.take(1000).await.len(), 1000);
    folder.append("0.log", "2026-03-01T10:00:00.000000001Z stdout F more\n");
    assert_eq!(running.take_texts(1).await, ["2026-03-01T10:00:00.000000001Z stdout F more"]);
    assert_eq!(running.files().len(), 1, "what comes stands in the file too");
    running.stop().await;
}
