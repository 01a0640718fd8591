//! What is typed: filters, searches, file names, and what comes of them.

use spantail::tui::effect::Effect;
use spantail::tui::event::Outcome;

use super::harness::{Screen, Setup};
use super::incident::{self, CHECKOUT, at, rows, selected, small};

#[test]
fn the_selection_is_kept_by_a_filter_that_it_passes() {
    let mut screen = small();
    screen.press("E E");
    let chosen = selected(&mut screen);
    assert!(chosen.contains("bank refused"), "{chosen}");
    screen.press("& level:error <Enter>");
    assert_eq!(selected(&mut screen), chosen);
    screen.press("C");
    assert_eq!(selected(&mut screen), chosen);
}

#[test]
fn the_selection_goes_to_the_nearest_row_of_a_filter_that_it_does_not_pass() {
    let mut screen = small();
    screen.press("E E");
    assert!(selected(&mut screen).contains("bank refused"));
    screen.press("& service:checkout <Enter>");
    assert!(selected(&mut screen).contains("order 8c200 failed"), "{}", screen.text());
    screen.press("C");
    assert!(selected(&mut screen).contains("bank refused"), "the line itself is not forgotten\n{}", screen.text());
}

#[test]
fn what_a_filter_matches_while_one_is_elsewhere_is_there_on_the_way_back() {
    let mut screen = small();
    screen.press("& level:error <Enter> k t");
    screen.store.line(CHECKOUT, at(9_000), "2026-03-14T12:03:09Z ERROR while in the trace");
    screen.arrive().press("<Esc>");
    screen.store.line(CHECKOUT, at(9_500), "2026-03-14T12:03:09Z ERROR after coming back");
    screen.arrive().press("G");
    assert!(screen.shows("after coming back"), "{}", screen.text());
    assert!(screen.shows("while in the trace"), "{}", screen.text());
    assert!(screen.shows(" 6 of 34"), "{}", screen.text());
}

#[test]
fn saving_asks_for_a_file_and_takes_everything_along() {
    let mut screen = small();
    screen.press("E m & level:>=warn <Enter> / bank <Enter> S");
    assert!(screen.shows("save to: shop.jsonl.zst"), "{}", screen.text());
    screen.press("<Ctrl-U> out.zst <Enter>");
    let Some(Effect::Save { path, state }) = screen.asked.last() else { panic!("{:?}", screen.asked) };
    assert_eq!(path, "out.zst");
    assert_eq!((state.filter.as_str(), state.search.as_str(), state.pane.as_str()), ("level:>=warn", "bank", "Logs"));
    assert_eq!(state.marks.len(), 1);
    assert_eq!(state.accounting.len(), 4);
    assert!(state.accounting.iter().all(|source| source.logs.is_closed()));
    screen.done(Outcome::Saved { path: "out.zst".into(), lines: 31, spans: 11 });
    assert!(screen.shows("saved 31 lines and 11 spans to out.zst"), "{}", screen.text());
}

#[test]
fn a_session_comes_back_as_it_was() {
    let mut screen = small();
    screen.press("E m & level:>=warn <Enter> / bank <Enter> z");
    let state = screen.session_state();
    let again = Screen::with(incident::store(), Setup { restore: Some(state.clone()), ..Setup::default() });
    let restored = again.session_state();
    assert_eq!((restored.filter, restored.search, restored.marks), (state.filter, state.search, state.marks));
    assert_eq!((restored.pane, restored.zoomed), (state.pane, state.zoomed));
}

#[test]
fn saving_to_nowhere_is_refused() {
    let mut screen = small();
    screen.press("S <Ctrl-U> <Enter>");
    assert!(screen.shows("a file name is needed"), "{}", screen.text());
    assert!(screen.asked.is_empty(), "{:?}", screen.asked);
}

#[test]
fn a_filter_is_in_force_as_it_is_typed_and_undone_by_escape() {
    let mut screen = small();
    screen.press("& level:error");
    assert!(screen.shows("& level:error") && !screen.shows("circuit breaker"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("circuit breaker"), "{}", screen.text());
    screen.press("& level:error <Enter> & <Ctrl-U> level:warn");
    assert!(screen.shows("slow upstream") && !screen.shows("pool exhausted"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("pool exhausted") && !screen.shows("slow upstream"), "{}", screen.text());
}

#[test]
fn of_a_wrong_filter_the_last_right_one_stays_in_force() {
    let mut screen = small();
    screen.press("& level:error");
    let before = rows(&mut screen);
    screen.press("<Space> (");
    assert_eq!(rows(&mut screen), before, "{}", screen.text());
    assert!(screen.shows("expected"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("& level:error ("), "what is wrong stays open to be mended\n{}", screen.text());
    screen.press("<Backspace> <Backspace> <Enter>");
    assert_eq!(rows(&mut screen), before, "{}", screen.text());
    assert!(!screen.shows("expected"), "{}", screen.text());
}

#[test]
fn what_was_typed_before_comes_back() {
    let mut screen = small();
    screen.press("& level:error <Enter> & <Ctrl-U> bank <Enter> / payment <Enter>");
    screen.press("& <Ctrl-U> <Up>");
    assert!(screen.shows("& payment"), "{}", screen.text());
    screen.press("<Up> <Up>");
    assert!(screen.shows("& level:error"), "{}", screen.text());
    screen.press("<Down>");
    assert!(screen.text().lines().last().unwrap().starts_with(" & bank"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("── & bank"), "{}", screen.text());
}

#[test]
fn a_search_becomes_a_filter_and_a_filter_a_search() {
    let mut screen = small();
    screen.press("/ bank");
    assert!(screen.shows("── / bank"), "{}", screen.text());
    screen.press("<Ctrl-T>");
    assert!(screen.shows("── & bank") && !screen.shows("/ bank"), "{}", screen.text());
    assert!(screen.text().lines().last().unwrap().starts_with(" & bank"), "{}", screen.text());
    screen.press("<Ctrl-T> <Enter>");
    assert!(screen.shows("── / bank") && !screen.shows("& bank"), "{}", screen.text());
    screen.press("n n N");
    assert!(screen.shows("matches"), "{}", screen.text());
}

#[test]
fn matches_are_visited_in_order_and_their_end_is_told() {
    let mut screen = small();
    screen.press("g / retrying <Enter>");
    assert!(selected(&mut screen).contains("attempt=1"), "{}", screen.text());
    screen.press("n");
    assert!(selected(&mut screen).contains("attempt=2"), "{}", screen.text());
    screen.press("n");
    assert!(screen.shows("no later match"), "{}", screen.text());
    screen.press("N N");
    assert!(screen.shows("no earlier match"), "{}", screen.text());
}

#[test]
fn a_field_of_a_record_narrows_and_excludes() {
    let mut screen = small();
    screen.press("E <Enter> j j +");
    assert!(screen.shows("& service:checkout"), "{}", screen.text());
    screen.press("<Esc> -");
    assert!(screen.shows("& -service:checkout"), "{}", screen.text());
    assert!(!rows(&mut screen).iter().any(|row| row.contains("order 8c2")), "{}", screen.text());
}

#[test]
fn a_long_filter_keeps_its_caret_on_the_screen() {
    let mut screen = Screen::new(incident::store(), 40, 12);
    screen.press("&").paste(&"word ".repeat(20)).paste("theend");
    assert!(screen.text().lines().last().unwrap().contains("theend"), "{}", screen.text());
}
