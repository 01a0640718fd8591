//! Records of several lines: folded to their first, unfolded by key, and found by what is folded away.

use super::harness::{Screen, Store};
use super::incident::{self, CHECKOUT, at};
use super::looks::at_all_sizes;

const CAUSE: &str = "Caused by: java.net.ConnectException: Connection refused";

/// Ten lines, of which every third brings a stack trace.
fn failures() -> Store {
    let mut store = Store::new();
    incident::sources(&mut store);
    for n in 0..10 {
        let level = if n % 3 == 0 { "ERROR" } else { "INFO" };
        let head = format!("2026-03-14 12:03:{n:02},000 [http-{n}] {level} shop.Orders - order {n} handled");
        let frames = if n == 9 { 400 } else { 2 };
        let trace: Vec<String> = (0..frames).map(|line| format!("\n\tat shop.Bank.call(Bank.java:{line})")).collect();
        let trace = trace.concat();
        let line = match n % 3 {
            0 => format!("{head}\njava.lang.IllegalStateException: no bank{trace}\n{CAUSE}"),
            _ => head,
        };
        store.line(CHECKOUT, at(1_000 * n), line);
    }
    store
}

fn screen(width: u16, height: u16) -> Screen {
    Screen::new(failures(), width, height)
}

#[test]
fn records_fold_and_one_is_unfolded() {
    at_all_sizes("logs__folded", |width, height| {
        let mut screen = screen(width, height);
        screen.press("z g j j j +");
        screen
    });
}

#[test]
fn the_keys_fold_and_unfold_one_and_all() {
    let mut screen = screen(120, 40);
    screen.press("z g");
    assert!(screen.shows("[+4 lines]") && !screen.shows("Bank.java:1"), "{}", screen.text());
    let folded = screen.text();
    screen.press("+");
    assert_eq!(screen.text().matches("Bank.java:1)").count(), 1, "{}", screen.text());
    screen.press("-");
    assert_eq!(screen.text(), folded);
    screen.press("F");
    assert_eq!(screen.text().matches("Bank.java:1)").count(), 4, "{}", screen.text());
    screen.press("F");
    assert_eq!(screen.text(), folded);
}

#[test]
fn a_record_longer_than_the_pane_says_how_much_is_left() {
    let mut screen = screen(120, 20);
    screen.press("z G k j +");
    assert!(screen.shows("more lines; the record shows all"), "{}", screen.text());
    // The record view scrolls to its end.
    screen.press("<Enter> G");
    assert!(screen.shows("Connection refused"), "{}", screen.text());
}

#[test]
fn a_filter_finds_what_is_folded_away() {
    let mut screen = screen(120, 40);
    screen.press("z & \"connection <Space> refused\" <Enter>");
    assert!(screen.shows("4 of 10"), "{}", screen.text());
    screen.press("C / Connection <Enter>");
    assert!(screen.shows("4 matches"), "{}", screen.text());
}

#[test]
fn wrapped_and_beside_columns_the_lines_below_stay_below_the_message() {
    let mut screen = screen(80, 24);
    screen.press("z w g +");
    let text = screen.text();
    let column =
        |what: &str| text.lines().find_map(|line| line.split_once(what).map(|(before, _)| before.chars().count()));
    assert_eq!(column("order 0 handled"), column("java.lang.IllegalStateException"), "{text}");
}
