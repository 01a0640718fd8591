//! Files that are followed, and views that are frozen while they grow.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::home::Home;
use crate::picture::Picture;
use crate::screen::Screen;

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_file_is_followed_over_its_rotation() {
    let home = Home::new();
    let (path, old) = (home.path("app.log"), home.path("app.log.1"));
    append(&path, "one before\n");
    let mut screen = Screen::start((80, 24), &home, &["app.log"]);
    screen.wait_for_text("one before");
    append(&path, "two appended\n");
    screen.wait_for_text("two appended");
    fs::rename(&path, &old).unwrap();
    append(&old, "three after the rename\n");
    append(&path, "four in the new file\n");
    screen.wait_for("lines of both files", |picture| picture.has("three after") && picture.has("four in the new"));
    append(&path, "five appended\n");
    screen.wait_for_text("five appended");
    let picture = screen.wait_for_text("5 lines");
    assert_eq!(picture.body().len(), 5, "every line is there once:\n{picture}");
}

#[test]
fn a_file_may_appear_later() {
    let home = Home::new();
    let mut screen = Screen::start((80, 24), &home, &["later.log"]);
    screen.wait_for_text("Waiting for");
    append(&home.path("later.log"), "it is there\n");
    screen.wait_for_text("it is there");
}

#[test]
fn an_idle_screen_writes_nothing_to_the_terminal() {
    let home = Home::new();
    append(&home.path("quiet.log"), &line(1));
    let mut screen = Screen::start((120, 40), &home, &["quiet.log"]);
    screen.wait_for_text("line number 1");
    screen.wait_for_silence(Duration::from_secs(3));
}

#[test]
fn a_frozen_view_stays_while_lines_flood_in_and_the_ring_evicts() {
    for keys in ["<space>", "&number level:info<enter><space>"] {
        let home = Home::new();
        let path = home.path("flood.log");
        // A pipe: lines of a regular file stay in the file and are not evicted.
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let first_lines = thread::spawn({
            let path = path.clone();
            move || append(&path, &(0..1000).map(line).collect::<String>())
        });
        let mut screen = Screen::start((120, 40), &home, &["--memory", "1MiB", "flood.log"]);
        let is_end = |picture: &Picture| picture.has("line number 999") && picture.body().len() == 35;
        screen.wait_for("the end of the file", is_end);
        screen.type_keys(keys);
        let frozen = screen.wait_for("a frozen view", |picture| picture.band().contains("paused") && is_end(picture));

        first_lines.join().unwrap();
        let flood = Flood::start(&path);
        let evicted = screen.wait_for("lines newer and evicted", |picture| {
            assert_eq!(picture.body(), frozen.body(), "what is on the screen does not move");
            evictions(picture.status()) > 20_000
        });
        assert!(["paused", "newer", "evicted"].iter().all(|word| evicted.band().contains(word)), "{evicted}");
        screen.type_keys("<enter>");
        screen.wait_for("the record of an evicted line", |picture| {
            picture.title().contains("Record") && picture.has("line number 999 ")
        });
        screen.type_keys("<esc>");
        screen.wait_for("the frozen view again", |picture| picture.body() == frozen.body());
        screen.type_keys("<space>");
        screen.wait_for("the newest lines", |picture| {
            picture.band().contains("following") && picture.body().len() == 35 && !picture.has("number 999 ")
        });
        drop(flood);
    }
}

fn line(number: usize) -> String {
    format!("time=2025-12-24T10:30:45Z level=info msg=\"line number {number} \"\n")
}

/// The number of evicted lines in the status bar.
fn evictions(status: &str) -> u64 {
    let (_, rest) = status.split_once("evicted ").unwrap_or_default();
    rest.split_whitespace().next().and_then(|count| count.replace(',', "").parse().ok()).unwrap_or(0)
}

/// Writes lines as fast as it can, until it is dropped.
struct Flood {
    stop: Arc<AtomicBool>,
    writer: Option<thread::JoinHandle<()>>,
}

impl Flood {
    fn start(path: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let mut file: File = OpenOptions::new().append(true).open(path).unwrap();
        let writer = thread::spawn(move || {
            for block in 2.. {
                let lines: String = (block * 500..(block + 1) * 500).map(line).collect();
                if is_over.load(Ordering::Relaxed) || file.write_all(lines.as_bytes()).is_err() {
                    break;
                }
                // Thousands of lines a second, not as many as the disk takes.
                thread::park_timeout(Duration::from_millis(20));
            }
        });
        Self { stop, writer: Some(writer) }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(writer) = self.writer.take() {
            // A failure of the writer shows on the screen.
            let _joined = writer.join();
        }
    }
}
