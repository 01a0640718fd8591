//! Large traces that grow: they are laid out beside the screen, which can be used until that is done.

use spantail::model::{Nanos, Span};

use super::harness::{NOW, SECOND, Screen, Store};
use super::{incident, trees};

/// Spans that are there at first: more than are laid out at once.
const FIRST: usize = 2_500;

/// A screen on the first spans of a trace, without answers from now on; and the spans that come later.
fn open(mut spans: Vec<Span>) -> (Screen, Vec<Span>) {
    let late = spans.split_off(FIRST);
    let mut store = Store::new();
    incident::sources(&mut store);
    store.spans(incident::OTLP, spans);
    let mut screen = Screen::new(store, 100, 40);
    screen.press("2 <Enter>").hold_answers();
    assert!(screen.shows("2,500 spans"), "{}", screen.text());
    (screen, late)
}

fn grow(screen: &mut Screen, late: Vec<Span>) {
    screen.store.spans(incident::OTLP, late);
    screen.wait(SECOND);
    assert_eq!(screen.waiting(), 1, "it is laid out beside the screen");
}

/// What the frame of the span below the waterfall says.
fn selected(screen: &mut Screen) -> String {
    screen.pane("Span").lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_is_laid_out_can_be_used_until_the_next_is_and_one_stands_where_one_stood() {
    let (mut screen, late) = open(trees::tree(3_000));
    grow(&mut screen, late);
    screen.press("j j j j <Left> j j > / SELECT <Enter> n");
    let before = (selected(&mut screen), screen.text().matches('▸').count(), screen.shows(" – "));
    assert!(screen.shows("2,500 spans") && screen.shows("growing") && before.2, "{}", screen.text());
    screen.answer();
    assert!(screen.shows("3,000 spans"), "{}", screen.text());
    assert_eq!((selected(&mut screen), screen.text().matches('▸').count(), screen.shows(" – ")), before);
    screen.wait(5 * SECOND);
    assert!(!screen.shows("growing") && !screen.is_ticking() && screen.waiting() == 0, "{}", screen.text());
}

#[test]
fn while_one_layout_is_made_no_other_is_asked_for_and_a_lost_one_is_asked_for_again() {
    let (mut screen, mut late) = open(trees::tree(3_000));
    let rest = late.split_off(250);
    grow(&mut screen, late);
    screen.store.spans(incident::OTLP, rest);
    for _ in 0..5 {
        screen.wait(SECOND);
    }
    assert_eq!(screen.waiting(), 1);
    screen.lose_answers().wait(10 * SECOND);
    assert_eq!(screen.waiting(), 1, "asked again");
    screen.answer();
    assert!(screen.shows("3,000 spans"), "{}", screen.text());
}

#[test]
fn clocks_are_corrected_beside_the_screen_too_and_the_last_wish_counts() {
    let skewed = |mut span: Span| {
        let by: Nanos = if span.service() == "bank" { 10 * SECOND } else { 0 };
        (span.start, span.end) = (span.start + by, span.end + by);
        span
    };
    let spans: Vec<Span> = trees::tree(FIRST).into_iter().map(skewed).collect();
    let (mut screen, _) = open(spans);
    assert!(screen.shows("clocks differ"), "{}", screen.text());
    screen.press("a");
    assert!(screen.shows("clocks differ") && screen.waiting() == 1, "{}", screen.text());
    screen.answer();
    assert!(screen.shows("times corrected"), "{}", screen.text());
    screen.press("a a a");
    assert_eq!(screen.waiting(), 3);
    screen.answer();
    assert!(screen.shows("clocks differ"), "as they came\n{}", screen.text());
}

#[test]
fn a_span_that_is_awaited_is_gone_to_when_it_is_laid_out() {
    let (mut screen, late) = open(trees::tree(3_000));
    let awaited = late.last().cloned().unwrap();
    screen.store.spans(incident::OTLP, late);
    let text = format!("level=info msg=late trace_id={} span_id={}", trees::id(), awaited.span_id);
    screen.store.line("app", NOW, &text);
    screen.arrive();
    screen.press("1 G t");
    assert!(screen.shows("2,500 spans"), "{}", screen.text());
    screen.wait(SECOND).answer();
    assert!(screen.shows("3,000 spans"), "{}", screen.text());
    assert!(selected(&mut screen).contains(&*awaited.name), "{}", screen.text());
}
