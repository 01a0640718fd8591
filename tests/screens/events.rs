//! The events of a trace and its lines.

use spantail::model::SpanEvent;

use super::harness::{MILLI, SECOND, Screen, Store};
use super::looks::{at_all_sizes, hold_resized};
use super::{incident, trees};

/// The order that fails, with its events shown.
fn order(width: u16, height: u16) -> Screen {
    let mut screen = Screen::new(incident::store(), width, height);
    screen.press("E t v v v");
    screen
}

#[test]
fn events_and_lines_in_the_order_of_time() {
    at_all_sizes("events__order", order);
}

#[test]
fn events_of_small_and_large_traces() {
    for count in [1, 30, 5_000, 50_000] {
        let mut spans = trees::tree(count);
        for span in spans.iter_mut().step_by(10) {
            span.events.push(SpanEvent { time: span.start, name: "cache missed".into(), ..SpanEvent::default() });
        }
        let mut store = Store::new();
        store.spans(incident::OTLP, spans);
        let mut screen = Screen::new(store, 120, 40);
        hold_resized(&format!("events__{count}"), screen.press("2 <Enter> V j j"));
    }
}

#[test]
fn nothing_happened() {
    at_all_sizes("events__none", |width, height| {
        let mut store = Store::new();
        incident::sources(&mut store);
        store.spans(incident::OTLP, trees::tree(3));
        let mut screen = Screen::new(store, width, height);
        screen.press("2 <Enter> V");
        screen
    });
}

#[test]
fn a_row_leads_to_its_span_and_to_its_logs_and_back() {
    let mut screen = order(100, 40);
    assert!(screen.shows("2 events · 8 lines"), "{}", screen.text());
    screen.press("e");
    let before = screen.text();
    screen.press("<Enter>");
    assert!(screen.shows("Span ── "), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(screen.text(), before);
    screen.press("l");
    assert!(screen.shows("& trace:4bf92f3577b34da6a3ce929d0e0e4736 span:"), "{}", screen.text());
    screen.press("<Esc> <Esc>");
    assert!(screen.shows("Trace 4bf9…4736"), "{}", screen.text());
}

#[test]
fn exceptions_say_what_they_are() {
    let mut store = Store::new();
    incident::sources(&mut store);
    store.spans(incident::OTLP, trees::troubled());
    let mut screen = Screen::new(store, 100, 30);
    screen.press("2 <Enter> V");
    assert!(screen.shows("BankError: 503 from the bank"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("Span ── bank charge"), "{}", screen.text());
}

#[test]
fn lines_that_come_are_shown_and_the_selection_stays() {
    let mut screen = order(100, 40);
    screen.press("j j");
    let before = screen.text().lines().filter(|row| row.contains("5 lines")).count();
    let text = format!("ts=2026-03-14T12:03:05.001Z level=info trace_id={} msg=first", incident::ORDER);
    screen.store.line(incident::PAYMENT, incident::at(5_001), text);
    screen.wait(2 * SECOND);
    assert!(screen.shows("9 lines"), "{before}\n{}", screen.text());
}

#[test]
fn a_line_that_comes_at_once_is_taken_in_with_the_next_tick() {
    let mut screen = order(100, 40);
    let text = format!("ts=2026-03-14T12:03:05.001Z level=info trace_id={} msg=late", incident::ORDER);
    screen.store.line(incident::PAYMENT, incident::at(5_001), text);
    screen.wait(100 * MILLI);
    assert!(screen.shows("8 lines") && screen.is_ticking(), "{}", screen.text());
    screen.now += SECOND;
    screen.tick();
    assert!(screen.shows("9 lines"), "{}", screen.text());
}
