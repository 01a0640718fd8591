//! A record taken apart: its tree is walked, its fields are asked for, and its neighbours are looked at.

use super::columns::orders;
use super::harness::{Screen, Store};
use super::hostile;
use super::incident::{self, CHECKOUT, at, rows};

fn opened() -> Screen {
    let mut screen = Screen::new(orders(), 100, 48);
    screen.press("g <Enter>");
    screen
}

/// Moves the selection onto the row that has this label.
fn onto(screen: &mut Screen, label: &str) {
    screen.press("g");
    for _ in 0..40 {
        if is_on(screen, label) {
            return;
        }
        screen.press("j");
    }
    panic!("no row `{label}`\n{}", screen.text());
}

/// Whether the selected row of the record has this label.
fn is_on(screen: &mut Screen, label: &str) -> bool {
    let buf = screen.frame();
    let ground = |y: u16| buf[(2, y)].style().bg;
    let usual = ground(buf.area.height - 2);
    let row = |y: u16| (1..buf.area.width).map(|x| buf[(x, y)].symbol()).collect::<String>();
    (2..buf.area.height - 2)
        .filter(|y| ground(*y) != usual)
        .any(|y| row(y).trim_start_matches([' ', '▾', '▸']).starts_with(label))
}

#[test]
fn a_nested_field_is_filtered_by_and_back_is_exactly_where_one_was() {
    let mut screen = opened();
    let list = screen.text();
    onto(&mut screen, "status_code");
    let before = screen.text();
    screen.press("+");
    assert!(screen.shows("& http.status_code:503"), "{}", screen.text());
    assert_eq!(rows(&mut screen).len(), 10, "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(screen.text(), before);
    screen.press("-");
    assert!(screen.shows("& -http.status_code:503") && screen.shows("20 of 30"), "{}", screen.text());
    screen.press("<Esc> g");
    assert_eq!(screen.text(), list);
    onto(&mut screen, "ip");
    screen.press("+");
    assert!(screen.shows("& http.client.ip:10.0.0.0") && screen.shows("1 of 30"), "{}", screen.text());
}

#[test]
fn the_tree_folds_and_what_can_not_be_asked_for_says_why() {
    let mut screen = opened();
    onto(&mut screen, "http");
    assert!(screen.shows("▾ http"), "{}", screen.text());
    screen.press("<Left>");
    assert!(screen.shows("▸ http") && !screen.shows("10.0.0.0 "), "{}", screen.text());
    assert!(screen.shows(r#"{"status_code":503"#), "what is in it is told in short\n{}", screen.text());
    screen.press("+");
    assert!(screen.shows("& http:*") && screen.shows("30 of 30"), "{}", screen.text());
    screen.press("<Esc> <Right>");
    assert!(screen.shows("▾ http"), "{}", screen.text());
    for (label, told) in [
        ("sku", "does not reach into the maps of a list"),
        ("retry", "this is inside of a text"),
        ("format", "no field that can be filtered by"),
        ("fields", "no field that can be filtered by"),
    ] {
        onto(&mut screen, label);
        screen.press("+");
        assert!(screen.shows(told), "{label}\n{}", screen.text());
    }
    onto(&mut screen, "[1]");
    screen.press("+");
    assert!(screen.shows("& items:cup") && screen.shows("30 of 30"), "{}", screen.text());
}

#[test]
fn the_neighbours_are_shown_with_the_same_field_selected() {
    let mut screen = opened();
    onto(&mut screen, "http");
    screen.press("<Left>");
    onto(&mut screen, "kind");
    for (key, expected) in
        [("J", "order 1 handled"), ("]", "order 2 handled"), ("K", "order 1 handled"), ("[", "order 0 handled")]
    {
        screen.press(key);
        assert!(screen.shows(expected) && screen.shows("▸ http"), "`{key}`\n{}", screen.text());
        assert!(is_on(&mut screen, "kind"), "`{key}`\n{}", screen.text());
    }
    screen.press("K");
    assert!(screen.shows("no earlier line"), "{}", screen.text());
    screen.press("& order-never <Esc>");
    assert!(screen.shows("Record"), "{}", screen.text());
}

#[test]
fn a_long_trace_is_read_to_its_last_line() {
    let mut store = Store::new();
    incident::sources(&mut store);
    let frames: Vec<String> = (0..300).map(|n| format!("\tat shop.Cart.step{n}(Cart.java:{n})")).collect();
    store.line(CHECKOUT, at(0), format!("2026-03-14T12:03:00Z ERROR boom\n{}", frames.join("\n")));
    let mut screen = Screen::new(store, 80, 24);
    screen.press("k <Enter>");
    assert!(screen.shows("boom"), "{}", screen.text());
    screen.press("<PgDn> <PgDn>");
    assert!(screen.shows("Cart.java:40") && !screen.shows("boom"), "{}", screen.text());
    screen.press("G");
    assert!(screen.shows("Cart.java:299") && screen.shows("Cart.java:290"), "{}", screen.text());
    screen.press("<PgUp> k");
    assert!(screen.shows("Cart.java:270"), "{}", screen.text());
    screen.press("G <Left> <Left>");
    assert!(screen.shows("▸ 301 lines as they came"), "{}", screen.text());
}

#[test]
fn hostile_names_are_safe_as_rows_and_as_columns() {
    let names: Vec<String> = hostile::TEXTS.iter().map(|text| (*text).to_owned()).collect();
    let mut screen = Screen::new(hostile::filled(&names), 100, 40);
    screen.press("k <Enter>");
    for _ in 0..60 {
        screen.press("+ <Esc>");
        if !screen.shows("Record") {
            screen.press("<Enter>");
        }
        screen.press("c j");
        assert!(screen.text().chars().all(|c| spantail::theme::safe::is_safe(c) || c == '\n'));
    }
    screen.press("<Esc> c J > J <").resize(60, 20);
    assert!(screen.text().chars().all(|c| spantail::theme::safe::is_safe(c) || c == '\n'), "{}", screen.text());
}
