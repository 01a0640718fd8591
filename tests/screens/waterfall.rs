//! What people do in a waterfall, key by key.

use spantail::model::Span;
use spantail::tui::effect::Effect;

use super::harness::{MILLI, SECOND, Screen, Store};
use super::{incident, trees};

/// A screen of the whole terminal on one trace, opened.
fn open(spans: Vec<Span>) -> Screen {
    let mut store = Store::new();
    incident::sources(&mut store);
    store.spans(incident::OTLP, spans);
    let mut screen = Screen::new(store, 100, 40);
    screen.press("2 <Enter>");
    screen
}

/// The rows of the waterfall, without frame, header and the line above it.
fn rows(screen: &mut Screen) -> Vec<String> {
    let pane = screen.pane("Trace");
    let body = pane.lines().skip_while(|row| !row.contains("operation")).skip(1);
    body.filter(|row| row.starts_with('│')).map(|row| row.trim_matches('│').trim_end().to_owned()).collect()
}

fn count(screen: &mut Screen, what: &str) -> usize {
    rows(screen).iter().filter(|row| row.contains(what)).count()
}

/// What the frame of the span below the waterfall says.
fn selected(screen: &mut Screen) -> String {
    screen.pane("Span").lines().next().unwrap_or_default().to_owned()
}

#[test]
fn from_a_slow_trace_along_its_path_to_the_logs_of_the_slow_span_and_back() {
    let mut screen = Screen::new(incident::store(), 100, 40);
    screen.press("2 <Enter>");
    while !screen.shows("Trace 4bf9…4736") {
        screen.press("<Esc> 2 j <Enter>");
    }
    screen.press("g p");
    assert!(!selected(&mut screen).contains("POST /orders"), "{}", screen.text());
    screen.press("P p p p p p p p p p");
    assert!(screen.shows("the critical path ends here"), "{}", screen.text());
    screen.press("e E E");
    let before = screen.text();
    screen.press("l");
    assert!(screen.shows("& trace:4bf92f3577b34da6a3ce929d0e0e4736 span:"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(screen.text(), before, "back to where one was");
}

#[test]
fn what_is_folded_says_how_much_and_whether_it_failed() {
    let mut screen = open(trees::troubled());
    screen.press("j <Left>");
    assert!(screen.shows("▸ charge ↺ +3 1✗"), "{}", screen.text());
    assert_eq!(count(&mut screen, "bank"), 0);
    screen.press("<Right>");
    assert_eq!(count(&mut screen, "bank"), 2, "{}", screen.text());
    screen.press("j <Left> <Left> <Left>");
    assert!(selected(&mut screen).contains("POST /orders"), "from a leaf to its parents\n{}", screen.text());
    screen.press("_");
    assert!(screen.shows("2 of 4 levels"), "{}", screen.text());
    screen.press(")");
    assert!(screen.shows("3 of 4 levels") && screen.shows("charge again"), "{}", screen.text());
    screen.press(")");
    assert!(screen.shows("4 of 4 levels shown") && count(&mut screen, "bank") == 2, "{}", screen.text());
    screen.press("( ( ( (");
    assert_eq!(rows(&mut screen).iter().filter(|row| !row.trim().is_empty()).count(), 2, "{}", screen.text());
    screen.press("*");
    assert_eq!(count(&mut screen, "bank"), 2, "{}", screen.text());
}

#[test]
fn short_spans_are_gathered_and_come_back() {
    let mut screen = open(trees::wide(5_000));
    screen.press("b b b");
    assert!(screen.shows("⋯ 4,994 under 2 ms"), "{}", screen.text());
    let text = screen.text();
    assert!(rows(&mut screen).len() > 5 && count(&mut screen, "SELECT") == 5, "{text}");
    screen.press("G <Enter>");
    assert!(count(&mut screen, "SELECT") > 10, "the rest is opened\n{}", screen.text());
    screen.press("b B B B B B B B B B B");
    assert!(screen.shows("spans of every duration are shown"), "{}", screen.text());
    screen.press("G");
    assert!(count(&mut screen, "SELECT") > 10, "{}", screen.text());
}

#[test]
fn only_the_path_and_everything_again() {
    let mut screen = open(trees::troubled());
    screen.press("c");
    assert!(screen.shows("critical path") && !screen.shows("no such cart"), "{}", screen.text());
    let few = rows(&mut screen).iter().filter(|row| !row.trim().is_empty()).count();
    screen.press("c");
    let all = rows(&mut screen).iter().filter(|row| !row.trim().is_empty()).count();
    assert!(few < all && all == 9, "{few} of {all}\n{}", screen.text());
}

#[test]
fn time_is_zoomed_panned_and_shown_whole_again() {
    let mut screen = open(trees::troubled());
    let whole = screen.text();
    screen.press("G .");
    assert!(screen.shows("– "), "the part that is shown is told\n{}", screen.text());
    assert!(screen.shows("‹"), "what is out of sight is pointed at\n{}", screen.text());
    screen.press("{ { { {");
    assert!(screen.shows("›"), "{}", screen.text());
    screen.press("} > > < < < < < < < < < < < <");
    screen.press("g");
    assert_eq!(screen.text(), whole, "zooming out ends at the whole");
    screen.press("> > 0");
    assert_eq!(screen.text(), whole);
}

#[test]
fn errors_lead_to_where_they_began() {
    let mut screen = open(trees::troubled());
    screen.press("e");
    assert!(selected(&mut screen).contains("bank charge"), "{}", screen.text());
    screen.press("e");
    assert!(selected(&mut screen).contains("cart empty"), "{}", screen.text());
    screen.press("O");
    assert!(selected(&mut screen).contains("cart DELETE"), "{}", screen.text());
    screen.press("O");
    assert!(screen.shows("the error began here"), "{}", screen.text());
    screen.press("e");
    assert!(screen.shows("no other failed span below"), "{}", screen.text());
}

#[test]
fn a_search_goes_round_unfolds_what_hides_a_match_and_is_cleared() {
    let mut screen = open(trees::troubled());
    screen.press("_ / service:bank");
    assert!(screen.shows("2 found"), "as one types\n{}", screen.text());
    screen.press("<Enter> n");
    assert!(screen.shows("1 of 2") && selected(&mut screen).contains("bank charge"), "{}", screen.text());
    screen.press("n n");
    assert!(screen.shows("1 of 2"), "round\n{}", screen.text());
    screen.press("N");
    assert!(screen.shows("2 of 2"), "and back\n{}", screen.text());
    screen.press("/ duration:<1us <Enter>");
    assert!(screen.shows("no match"), "{}", screen.text());
    screen.press("n");
    assert!(screen.shows("nothing in this trace matches"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(!screen.shows("no match") && screen.shows("Trace 5b8a"), "{}", screen.text());
    screen.press("n");
    assert!(screen.shows("nothing is searched for; / searches"), "{}", screen.text());
    screen.press("/ bank <Esc>");
    assert!(!screen.shows("2 found"), "a prompt that is left takes its search with it\n{}", screen.text());
}

#[test]
fn links_are_followed_and_esc_comes_back() {
    let mut spans = trees::troubled();
    let order = incident::trace_id(incident::ORDER);
    spans[8] = trees::linked(spans[8].clone(), order, incident::span_id(4));
    let mut screen = open(spans);
    screen.store.spans(
        incident::OTLP,
        vec![
            incident::span(incident::ORDER, 1, None, "checkout", "POST /orders", 0, 1_240),
            incident::span(incident::ORDER, 4, Some(1), "payment", "POST /charge", 300, 1_060),
        ],
    );
    screen.arrive().press("/ publish <Enter> n");
    assert!(screen.shows("↗1"), "{}", screen.text());
    let before = screen.text();
    screen.press("F");
    assert!(screen.shows("Trace 4bf9…4736") && selected(&mut screen).contains("POST /charge"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(screen.text(), before);
    screen.press("k F");
    assert!(screen.shows("this span has no link, and none leads to it"), "{}", screen.text());
}

#[test]
fn a_linked_span_is_selected_when_it_comes() {
    let mut spans = trees::troubled();
    let order = incident::trace_id(incident::ORDER);
    spans[8] = trees::linked(spans[8].clone(), order, incident::span_id(4));
    let mut screen = open(spans);
    screen.press("/ publish <Enter> n F");
    assert!(screen.shows("Trace 4bf9…4736 is not in memory"), "{}", screen.text());
    let root = incident::span(incident::ORDER, 1, None, "checkout", "POST /orders", 0, 1_240);
    let linked = incident::span(incident::ORDER, 4, Some(1), "payment", "POST /charge", 300, 1_060);
    screen.store.spans(incident::OTLP, vec![root]);
    screen.arrive();
    assert!(selected(&mut screen).contains("POST /orders"), "{}", screen.text());
    assert!(screen.shows("span 00f067aa0ba90204 is not here"), "{}", screen.text());
    screen.store.spans(incident::OTLP, vec![linked]);
    screen.wait(SECOND);
    assert!(selected(&mut screen).contains("POST /charge") && !screen.shows("is not here"), "{}", screen.text());
}

#[test]
fn who_goes_elsewhere_does_not_wait_for_a_span() {
    let mut spans = trees::troubled();
    let order = incident::trace_id(incident::ORDER);
    spans[8] = trees::linked(spans[8].clone(), order, incident::span_id(4));
    let mut screen = open(spans);
    let root = incident::span(incident::ORDER, 1, None, "checkout", "POST /orders", 0, 1_240);
    let call = incident::span(incident::ORDER, 2, Some(1), "checkout", "validate", 10, 90);
    screen.store.spans(incident::OTLP, vec![root, call]);
    screen.arrive().press("/ publish <Enter> n F j");
    assert!(selected(&mut screen).contains("validate"), "{}", screen.text());
    let linked = incident::span(incident::ORDER, 4, Some(1), "payment", "POST /charge", 300, 1_060);
    screen.store.spans(incident::OTLP, vec![linked]);
    screen.wait(SECOND);
    assert!(selected(&mut screen).contains("validate") && screen.shows("POST /charge"), "{}", screen.text());
}

#[test]
fn from_the_line_of_short_spans_one_goes_on_from_where_it_stands() {
    let ms = |n: i64| n * MILLI;
    let call = |n: usize, name: &str, from: i64, to: i64| trees::span(n, 1, "shop", name, ms(from), ms(to));
    let mut screen = open(vec![
        trees::span(1, 0, "shop", "root", 0, ms(1_000)),
        trees::failed(call(2, "first", 0, 300), "no"),
        trees::failed(call(3, "second", 300, 700), "no"),
        trees::span(4, 1, "shop", "short", ms(700), ms(700) + 1_000),
    ]);
    screen.press("b G E");
    assert!(selected(&mut screen).contains("second"), "{}", screen.text());
    screen.press("G e");
    assert!(screen.shows("no other failed span below"), "{}", screen.text());
}

#[test]
fn folding_by_duration_says_where_it_ends() {
    let mut screen = open(trees::troubled());
    for _ in 0..20 {
        screen.press("b");
    }
    assert!(screen.shows("under 2 s is as far as it goes"), "{}", screen.text());
}

#[test]
fn what_is_looked_at_stays_within_the_trace_when_its_clocks_are_corrected() {
    let mut screen = open(trees::troubled());
    screen.press("/ service:bank <Enter> n n . a");
    let shown = rows(&mut screen).iter().filter(|row| row.contains('█') || row.contains('▄')).count();
    assert!(shown > 0 && screen.shows("times corrected"), "nothing but arrows\n{}", screen.text());
}

#[test]
fn panning_without_a_zoom_says_why_nothing_moves() {
    let mut screen = open(trees::troubled());
    screen.press("}");
    assert!(screen.shows("all of the time is shown"), "{}", screen.text());
}

#[test]
fn the_view_of_a_span_takes_in_what_comes() {
    let mut spans = trees::tree(4);
    let root = spans.remove(0);
    let mut screen = open(spans);
    screen.press("g <Enter>");
    assert!(screen.shows("parent not here"), "{}", screen.text());
    screen.store.spans(incident::OTLP, vec![root]);
    screen.wait(SECOND);
    assert!(!screen.shows("parent not here") && screen.shows("Span ── "), "{}", screen.text());
}

#[test]
fn the_help_says_what_the_signs_mean() {
    let mut screen = open(trees::troubled());
    screen.press("? G");
    assert!(
        screen.shows("↺") && screen.shows("a span below it failed, but it did not fail of that"),
        "{}",
        screen.text()
    );
}

#[test]
fn several_links_are_chosen_from() {
    let mut spans = trees::troubled();
    let order = incident::trace_id(incident::ORDER);
    for number in [4, 1] {
        spans[8] = trees::linked(spans[8].clone(), order, incident::span_id(number));
    }
    let mut screen = open(spans);
    screen.press("/ publish <Enter> n F");
    assert!(screen.shows("not in memory"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("Trace 4bf9…4736 is not in memory"), "{}", screen.text());
}

#[test]
fn the_view_of_a_span_steps_to_the_next() {
    let mut screen = open(trees::troubled());
    screen.press("j j <Enter>");
    assert!(screen.shows("BankError") && screen.shows("at retry (retry.js:12:5)"), "{}", screen.text());
    screen.press("]");
    assert!(screen.shows("Span ── checkout charge again"), "{}", screen.text());
    screen.press("[ [");
    assert!(screen.shows("Span ── checkout charge "), "{}", screen.text());
    screen.press("y");
    assert!(matches!(screen.asked.last(), Some(Effect::Copy(_))), "{:?}", screen.asked);
    screen.press("<Esc> <Esc>");
    assert!(screen.shows("Trace 5b8a"), "{}", screen.text());
}

#[test]
fn a_trace_that_grows_keeps_what_was_folded_looked_at_and_selected() {
    let mut spans = trees::tree(60);
    let late = spans.split_off(40);
    let mut screen = open(spans);
    screen.press("j j j j <Left> j j > >");
    let before = (selected(&mut screen), screen.text().matches('▸').count(), screen.shows(" – "));
    assert!(before.2, "{}", screen.text());
    screen.store.spans(incident::OTLP, late);
    screen.wait(SECOND);
    assert!(screen.shows("60 spans · growing") || screen.shows("growing"), "{}", screen.text());
    assert!(screen.is_ticking(), "that it grows is said for some time only");
    assert_eq!((selected(&mut screen), screen.text().matches('▸').count(), screen.shows(" – ")), before);
    screen.wait(5 * SECOND);
    assert!(!screen.shows("growing") && !screen.is_ticking(), "{}", screen.text());
}

#[test]
fn what_came_between_two_looks_is_taken_in_with_the_next_tick() {
    let mut spans = trees::tree(30);
    let late = spans.split_off(20);
    let mut screen = open(spans);
    screen.store.spans(incident::OTLP, late);
    screen.wait(100 * MILLI);
    assert!(screen.shows("20 spans") && screen.is_ticking(), "{}", screen.text());
    screen.now += SECOND;
    screen.tick();
    assert!(screen.shows("30 spans"), "{}", screen.text());
}

#[test]
fn going_through_fifty_thousand_rows_shows_each() {
    let mut screen = open(trees::wide(50_000));
    screen.press("G");
    assert!(selected(&mut screen).contains("SELECT"), "{}", screen.text());
    screen.press("<PgUp> <PgUp> k k k k <PgDn> g");
    assert!(selected(&mut screen).contains("report"), "{}", screen.text());
    let mut screen = open(trees::chain(20_000));
    screen.press("G <Left> <Left> p P e");
    assert!(screen.shows("…"), "what is outside of all rows in sight is left out\n{}", screen.text());
}

/// Where the bars begin: the cell of the axis's zero.
fn bars(screen: &mut Screen) -> usize {
    let pane = screen.pane("Trace");
    let header = pane.lines().find(|row| row.contains("operation")).unwrap_or_default().to_owned();
    header.split(" 0 ").next().map_or(0, |before| before.chars().count())
}

#[test]
fn names_have_more_or_less_of_the_width_and_keep_it() {
    let long = "GET /customers/{customer}/orders/{order}/positions/{position}/prices";
    let spans: Vec<Span> = trees::tree(30).into_iter().map(|span| Span { name: long.into(), ..span }).collect();
    let mut screen = open(spans);
    let usual = bars(&mut screen);
    let mut widths = vec![usual];
    while !screen.press("w").shows("there is no more to be seen of the names") {
        widths.push(bars(&mut screen));
    }
    assert!(widths.len() > 3 && widths.is_sorted_by(|a, b| a < b), "{widths:?}");
    assert!(screen.shows("{position}"), "{}", screen.text());
    let widest = bars(&mut screen);
    screen.press("W <Enter> <Esc> <Esc> <Enter>");
    let kept = bars(&mut screen);
    assert!(kept > usual && kept < widest, "going back does not undo it: {usual} {kept} {widest}");
    for (key, said) in [("\\", ""), ("\\", "the names have their usual width")] {
        screen.press(key);
        assert_eq!(bars(&mut screen), usual);
        assert!(screen.shows(said), "{}", screen.text());
    }
    while !screen.press("W").shows("the names have as little as they can") {}
    assert!(bars(&mut screen) < usual && screen.shows("service") && screen.shows("operation"), "{}", screen.text());
}
