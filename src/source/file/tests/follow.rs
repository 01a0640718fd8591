//! Following: what comes later, how soon, how many files, and how it ends.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn what_is_appended_follows_what_was_there() {
    let folder = Folder::new();
    let (text, lines) = numbered(0..3000);
    folder.append("app.log", text);
    let mut running = folder.follow("app.log", StartAt::Tail);
    assert_eq!(running.take_texts(3000).await, lines);
    folder.append("app.log", "appended\n");
    assert_eq!(running.take_texts(1).await, ["appended"]);
    running.stop().await;
}

#[tokio::test]
async fn from_the_end_nothing_old_is_shown_and_new_files_are_shown_whole() {
    let folder = Folder::new();
    folder.append("old.log", "old\n");
    let mut running = folder.follow("*.log", StartAt::End);
    running.wait_for_state(|state| *state == SourceState::Live("1 file".to_owned())).await;
    folder.append("new.log", "first of the new\n");
    assert_eq!(running.take_texts(1).await, ["first of the new"]);
    folder.append("old.log", "appended\n");
    assert_eq!(running.take_texts(1).await, ["appended"]);
    running.wait_for_state(|state| *state == SourceState::Live("2 files".to_owned())).await;
    running.stop().await;
}

#[tokio::test]
async fn an_appended_line_is_handed_over_at_once() {
    let folder = Folder::new();
    folder.append("app.log", "first\n");
    let mut running = folder.follow("app.log", StartAt::Beginning);
    running.take(1).await;
    let mut fastest = Duration::MAX;
    for number in 0..20 {
        let written = Instant::now();
        folder.append("app.log", format!("{number}\n"));
        running.take(1).await;
        fastest = fastest.min(written.elapsed());
    }
    // The best of many: the machine may be busy, but polling once a second is never this fast.
    assert!(fastest < Duration::from_millis(50), "{fastest:?}");
    running.stop().await;
}

#[tokio::test]
async fn an_unfinished_line_is_shown_when_it_stays_so() {
    let folder = Folder::new();
    folder.append("app.log", "whole\nhalf");
    let mut running = folder.follow("app.log", StartAt::Beginning);
    assert_eq!(running.take_texts(2).await, ["whole", "half"]);
    folder.append("app.log", "\nnext\n");
    assert_eq!(running.take_texts(1).await, ["next"]);
    running.stop().await;
}

#[tokio::test]
async fn more_files_than_are_kept_open_are_followed() {
    const FILES: usize = 300;
    let folder = Folder::new();
    for number in 0..FILES {
        folder.append(&format!("{number}.log"), format!("{number} first\n"));
    }
    let mut running = folder.follow("*.log", StartAt::Beginning);
    running.take(FILES).await;
    running.wait_for_state(|state| *state == SourceState::Live(format!("{FILES} files"))).await;
    for number in 0..FILES {
        folder.append(&format!("{number}.log"), format!("{number} second\n"));
    }
    let lines = running.take(FILES).await;
    for line in lines {
        let name = line.origin.unwrap();
        let number = name.strip_suffix(".log").unwrap();
        assert_eq!(String::from_utf8(line.text).unwrap(), format!("{number} second"));
    }
    running.stop().await;
}

#[tokio::test]
async fn a_file_written_fast_while_it_rotates_loses_nothing() {
    let folder = Folder::new();
    folder.append("app.log", "");
    let mut running = folder.follow("app.log", StartAt::Beginning);
    // It has the file, so that it can not miss it when it loses its name.
    running.history().await;
    let (_, lines) = numbered(0..20_000);
    let path = folder.path("app.log");
    let rotated = folder.path("app.log.1");
    let written = lines.clone();
    let writer = tokio::task::spawn_blocking(move || {
        let mut file = File::options().append(true).create(true).open(&path).unwrap();
        for (idx, line) in written.iter().enumerate() {
            if idx == 10_000 {
                fs::rename(&path, &rotated).unwrap();
                file = File::options().append(true).create(true).open(&path).unwrap();
            }
            writeln!(file, "{line}").unwrap();
        }
    });
    assert_eq!(running.take_texts(20_000).await, lines);
    writer.await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn what_is_waited_for_and_what_is_wrong_is_said() {
    let folder = Folder::new();
    let waiting = folder.follow("later.log", StartAt::Tail);
    waiting.wait_for_state(|state| matches!(state, SourceState::Retrying { why, .. } if why == "no such file")).await;

    folder.append("a.log", "text\n");
    folder.append("b.log", [0, 1, 2, 3].repeat(100));
    folder.append("c.log", b"\x04\x22\x4d\x18");
    let mut running = folder.follow("*.log", StartAt::Beginning);
    assert_eq!(running.take_texts(1).await, ["text"]);
    let state = running.wait_for_state(|state| matches!(state, SourceState::Live(_))).await;
    let SourceState::Live(text) = state else { return };
    assert!(text.starts_with("1 file; ") && text.contains("looks binary") && text.ends_with("(and 1 more)"), "{text}");

    fs::write(folder.path("a.log"), "new\n").unwrap();
    assert_eq!(running.take_texts(1).await, ["new"]);
    running.wait_for_state(|state| format!("{state:?}").contains("truncated")).await;
    folder.append("later.log", "now\n");
    waiting.wait_for_state(|state| *state == SourceState::Live("1 file".to_owned())).await;
    waiting.stop().await;
    running.stop().await;
}

#[tokio::test]
async fn a_full_queue_does_not_hold_up_the_shutdown_and_a_backlog_is_reported() {
    let folder = Folder::new();
    let (text, _) = numbered(0..500_000);
    folder.append("app.log", text);
    let running = Running::start_full(folder.paced_source("app.log", true));
    running.wait_until_blocked().await;
    let state = running.wait_for_state(|state| matches!(state, SourceState::CatchingUp { .. })).await;
    let SourceState::CatchingUp { done, total, .. } = state else { return };
    assert!(done < total && total > 1 << 20, "{done} of {total}");
    running.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_fifo_named_exactly_is_read_and_waits_for_its_next_writer() {
    let folder = Folder::new();
    let path = folder.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    let mut running = folder.follow("pipe", StartAt::Tail);
    for text in ["one", "two"] {
        let path = path.clone();
        tokio::task::spawn_blocking(move || fs::write(path, format!("{text}\n")).unwrap()).await.unwrap();
        assert_eq!(running.take_texts(1).await, [text]);
    }
    running.stop().await;
    // Lets the reading thread go that still waits for a writer.
    drop(File::options().read(true).write(true).open(&path).unwrap());

    // A glob leaves it alone.
    folder.append("pipe.log", "text\n");
    assert_eq!(folder.read("pipe*").end().await.unwrap(), ["text"]);
}
