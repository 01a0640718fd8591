//! What was there before one looked: lines that are prepended while one reads, and lines whose file is truncated.

use spantail::store::Indexing;

use super::harness::{Screen, Store};
use super::incident::{self, CHECKOUT, rows, selected};

fn ticks(range: std::ops::Range<usize>) -> Vec<String> {
    let level = |n: usize| if n.is_multiple_of(10) { "ERROR" } else { "INFO" };
    range.map(|n| format!("2026-03-14T12:{:02}:{:02}Z {} tick {n}", n / 60, n % 60, level(n))).collect()
}

/// The last hundred of six hundred lines; the others are yet to be read.
fn tail() -> Screen {
    let mut store = Store::with_history();
    incident::sources(&mut store);
    for line in ticks(500..600) {
        store.line(CHECKOUT, 0, line);
    }
    store.sources[0].indexing = Some(Indexing { done: 45, total: 100 });
    Screen::new(store, 80, 24)
}

/// The older lines are read, from the newest back.
fn read_back(screen: &mut Screen) {
    for start in (0..500).step_by(100).rev() {
        screen.store.older(CHECKOUT, &ticks(start..start + 100));
        screen.arrive();
    }
    screen.store.sources[0].indexing = None;
    screen.arrive();
}

#[test]
fn it_says_how_far_what_was_there_before_is_read() {
    let mut screen = tail();
    assert!(screen.shows("indexing 45 %") && screen.shows(" 100+ lines"), "{}", screen.text());
    screen.press("& level:error <Enter>");
    assert!(screen.shows(" 10 of 100+"), "{}", screen.text());
    read_back(&mut screen);
    assert!(screen.shows(" 60 of 600 ") && !screen.shows("indexing"), "{}", screen.text());
}

#[test]
fn a_frozen_view_stays_while_older_lines_come_before_it() {
    for keys in ["k k k", "g", "g j m", "& tick <Enter> k k", "k <Enter>", "/ 51 <Enter> N", "E i <Left>"] {
        let mut screen = tail();
        screen.press(keys);
        let before: Vec<String> = screen.text().lines().skip(6).take(15).map(str::to_owned).collect();
        read_back(&mut screen);
        let text = screen.text();
        let now: Vec<&str> = text.lines().skip(6).take(15).collect();
        assert_eq!(now, before, "`{keys}`: what is on the screen moves\n{text}");
        assert!(!text.contains("evicted"), "`{keys}`\n{text}");
    }
}

#[test]
fn the_first_line_and_marks_are_found_among_what_was_read_back() {
    let mut screen = tail();
    screen.press("g m");
    read_back(&mut screen);
    screen.press("g");
    assert!(selected(&mut screen).ends_with("tick 0"), "{}", screen.text());
    screen.press("M <Enter>");
    assert!(
        screen.shows("12:08:20.000") && screen.shows("line 501"),
        "lines are numbered from the first that is held\n{}",
        screen.text()
    );
}

#[test]
fn lines_of_a_file_that_was_truncated_say_so() {
    let mut file = tempfile::NamedTempFile::with_prefix("app.log").unwrap();
    std::io::Write::write_all(&mut file, ticks(0..10).join("\n").as_bytes()).unwrap();
    let mut store = Store::new();
    incident::sources(&mut store);
    store.file(CHECKOUT, file.path());
    let mut screen = Screen::new(store, 120, 40);
    assert!(screen.shows("tick 9"), "{}", screen.text());
    file.as_file().set_len(0).unwrap();
    screen.press("k");
    assert!(!screen.shows("tick"), "{}", screen.text());
    assert_eq!(rows(&mut screen).len(), 10, "{}", screen.text());
    assert!(selected(&mut screen).contains("⋯ gone from app.log"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("Record") && screen.shows("⋯ gone from app.log"), "{}", screen.text());
}
