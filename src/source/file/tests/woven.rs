//! Containers' logs on disk, their two streams in one file.

use std::sync::Arc;

use super::*;
use crate::extent::TextFile;
use crate::parse::join::{self, JoinRule, Joiner};
use crate::source::file::woven::Weaver;
use crate::source::{LineBatch, Place};

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

#[tokio::test]
async fn a_record_that_ends_the_file_is_put_together_too() {
    let cri = |stream: &str, text: &str| format!("2026-03-01T10:00:00.000000001Z {stream} F {text}");
    let lines = [cri("stderr", "a.b.CException: x"), cri("stdout", "between"), cri("stderr", "\tat a.b(C.java:1)")];
    for end in ["", "\n"] {
        let folder = Folder::new();
        folder.append("0.log", lines.join("\n") + end);
        let expected = [&lines[1], &lines[0], &lines[2]];
        assert_eq!(folder.read("0.log").end().await.unwrap(), expected.map(String::as_str), "{end:?}");
    }
}

#[tokio::test]
async fn rotation_does_not_tear_what_is_held_back() {
    let cri = |tag: &str, stream: &str, text: &str| format!("2026-03-01T10:00:00.000000001Z {stream} {tag} {text}\n");
    let folder = Folder::new();
    let mut running = folder.follow("0.log", StartAt::Beginning);
    running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    // Renamed between two pieces; the writer notices only then.
    folder.append("0.log", cri("P", "stdout", "first ") + &cri("F", "stderr", "between"));
    assert_eq!(running.take_texts(1).await, [cri("F", "stderr", "between").trim_end()]);
    fs::rename(folder.path("0.log"), folder.path("0.log.1")).unwrap();
    folder.append("0.log.1", cri("F", "stdout", "last"));
    folder.append("0.log", cri("F", "stdout", "new"));
    let together = cri("P", "stdout", "first ") + cri("F", "stdout", "last").trim_end();
    assert_eq!(running.take_texts(2).await, [&together, cri("F", "stdout", "new").trim_end()]);
    // Truncated between two pieces: the first is all that there is of its line.
    folder.append("0.log", cri("P", "stdout", "lost ") + &cri("F", "stderr", "behind"));
    assert_eq!(running.take_texts(1).await, [cri("F", "stderr", "behind").trim_end()]);
    fs::write(folder.path("0.log"), cri("F", "stdout", "anew") + &cri("F", "stderr", "and on")).unwrap();
    let mut after = running.take_texts(3).await;
    assert_eq!(after.remove(0), cri("P", "stdout", "lost ").trim_end());
    assert_eq!(after, [cri("F", "stdout", "anew").trim_end(), cri("F", "stderr", "and on").trim_end()]);
    running.stop().await;
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A log of two streams, of `count` lines that all differ.
    fn log(&mut self, count: usize) -> Vec<String> {
        let (mut lines, mut is_error) = (Vec::new(), false);
        for number in 0..count {
            is_error ^= self.below(3) == 0;
            let stream = if is_error { "stderr" } else { "stdout" };
            let tag = if self.below(6) == 0 { "P" } else { "F" };
            let text = match self.below(10) {
                0 => format!("a.b.CException: {number}"),
                1..=3 => format!("\tat a.b(C.java:{number})"),
                4 => format!("Caused by: d.EException: {number}"),
                5 => "Traceback (most recent call last):".to_owned(),
                6 => format!("  File \"a.py\", line {number}"),
                7 => format!("2026-03-01 10:00:00 ERROR {number}"),
                8 => format!("INFO {number}"),
                _ => format!("plain {number}"),
            };
            lines.push(match self.below(40) {
                0 => format!("2026-03-01 10:00:00 not carried {number}"),
                _ => format!("2026-03-01T10:00:00.{number:09}Z {stream} {tag} {text}"),
            });
        }
        lines
    }
}

/// The records of `text`, read in pieces of `size`.
fn woven(text: &str, size: usize) -> Vec<String> {
    let folder = Folder::new();
    folder.append("0.log", text);
    let handle = Arc::new(File::open(folder.path("0.log")).unwrap());
    let file = Arc::new(TextFile::new(handle, folder.path("0.log")).unwrap());
    let (mut weaver, mut records, mut start) = (Weaver::new(false), Vec::new(), 0);
    let mut send =
        |batch: LineBatch| records.extend(batch.iter().map(|line| String::from_utf8(line.to_vec()).unwrap()));
    for piece in text.as_bytes().chunks(size) {
        weaver.feed(piece, Place { file: Arc::clone(&file), start, is_cut: false }, &mut send);
        start += piece.len() as u64;
    }
    weaver.flush(&mut send);
    records
}

/// Where the records of `text` end as one reads them who begins at `from`.
fn ends(text: &str, from: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut joiner = Joiner::new(&JoinRule::Auto);
    join::for_each_record(&text.as_bytes()[from..], &mut joiner, &mut |record| ends.push(from + record.end));
    ends
}

#[test]
fn records_are_the_same_in_whatever_pieces_and_from_wherever_they_are_read() {
    for seed in 1..60 {
        let lines = Chance(seed * 0x9e37_79b9_7f4a_7c15).log(150);
        let text = lines.join("\n") + "\n";
        let records = woven(&text, text.len());
        for size in [1, 17, 100, 1009] {
            assert_eq!(woven(&text, size), records, "seed {seed}, in pieces of {size}");
        }
        let stream = |line: &str| ["stdout", "stderr"].map(|name| line.get(31..37) == Some(name));
        for of in [[true, false], [false, true], [false, false]] {
            let there: Vec<&str> = lines.iter().map(String::as_str).filter(|line| stream(line) == of).collect();
            let read: Vec<&str> =
                records.iter().flat_map(|text| text.lines()).filter(|line| stream(line) == of).collect();
            assert_eq!(read, there, "seed {seed}: none lost, none twice, in order");
        }

        // As it is written anew: a record stays in one piece for whoever reads it.
        let anew = records.join("\n") + "\n";
        let all = ends(&anew, 0);
        let mut end = 0;
        let known: Vec<usize> = records
            .iter()
            .map(|record| {
                end += record.len() + 1;
                end
            })
            .collect();
        assert!(all.iter().all(|end| known.contains(end)), "seed {seed}");
        for (at, _) in anew.match_indices('\n') {
            let Some(start) = join::first_start(&anew.as_bytes()[at + 1..], &JoinRule::Auto) else { continue };
            let from = at + 1 + start;
            let rest: Vec<usize> = all.iter().copied().filter(|end| *end > from).collect();
            assert!(all.contains(&from), "seed {seed}: a record begins at {from}");
            assert_eq!(ends(&anew, from), rest, "seed {seed}: read from {from}");
        }
    }
}
