//! The flame graph, of many traces and of one: moving, zooming in and out.

use super::harness::{NOW, SECOND, Screen, Store};
use super::tracelist::{Spec, hold_many, hold_one, many, one, shown, span};

#[test]
fn a_flame_graph_of_many_traces() {
    hold_many("flame", "2 z v v");
}

#[test]
fn a_flame_graph_of_one_trace() {
    hold_one("flame__of_one", "2 <Enter> v v");
}

/// The line of figures of the selected frame.
fn figures(screen: &mut Screen) -> String {
    let pane = screen.pane("Flame graph");
    let lines: Vec<&str> = pane.lines().collect();
    lines[lines.len() - 2].trim_matches(['│', ' ']).to_owned()
}

#[test]
fn one_moves_among_callers_and_called_and_zooms_in_and_out() {
    let mut screen = shown(one(30), "2 z <Enter> v v", (120, 40));
    assert!(figures(&mut screen).starts_with("checkout POST /orders  8 s 100 %"), "{}", screen.text());
    screen.press("j");
    let child = figures(&mut screen);
    assert!(child.contains(" calls"), "{child}");
    screen.press("<Right>");
    let sibling = figures(&mut screen);
    assert_ne!(sibling, child);
    screen.press("<Left>");
    assert_eq!(figures(&mut screen), child);
    screen.press("<Right> <Enter>");
    assert!(screen.shows(" ── in ") && figures(&mut screen) == sibling, "{}", screen.text());
    screen.press("j <Enter> <Esc>");
    assert!(screen.shows(" ── in "), "one zoom of two is left");
    screen.press("0");
    assert!(!screen.shows(" ── in ") && screen.shows("Flame graph of 0000"), "{}", screen.text());
    screen.press("<Enter> <Esc> <Esc>");
    assert!(!screen.shows("Flame graph"), "{}", screen.text());
}

#[test]
fn a_frame_leads_to_its_slowest_span_or_traces() {
    let mut screen = shown(one(30), "2 <Enter> v v j t", (120, 40));
    assert!(screen.shows("╭ Trace ") && !screen.shows("Flame"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Flame graph of 0000"), "{}", screen.text());
    let mut screen = shown(many(100), "2 z v v e t", (120, 40));
    assert!(screen.shows("Traces slowest first ── & service:"), "{}", screen.text());
}

#[test]
fn a_chain_of_20_000_calls_is_walked_to_its_end() {
    let mut store = Store::new();
    let chain = (0..20_000).map(|n| {
        let (start, length) = (NOW - SECOND, SECOND);
        span(Spec { trace: 1, id: n + 1, parent: n, service: "loop", name: "call", start, length, is_error: false })
    });
    store.spans("otlp", chain.collect());
    let mut screen = shown(store, "2 <Enter> v v G", (80, 24));
    assert!(screen.shows("of 20000"), "{}", screen.text());
    screen.press("<Enter> <PgUp> k <Esc> g");
    assert!(figures(&mut screen).starts_with("loop call  1 s 100 % · self 0 ns"), "{}", screen.text());
}

#[test]
fn the_selection_and_the_zoom_stay_on_their_calls_while_more_come() {
    let mut screen = shown(many(100), "2 z v v j <Enter>", (120, 40));
    let title = screen.pane("Flame graph").lines().next().unwrap().split(" · ").next().unwrap().to_owned();
    let name = figures(&mut screen).split("  ").next().unwrap().to_owned();
    for n in 0..30 {
        screen.store.spans("otlp", super::tracelist::trace(500 + n, NOW));
    }
    screen.wait(3 * SECOND);
    assert!(screen.shows("130 traces"), "{}", screen.text());
    assert!(figures(&mut screen).starts_with(&name) && title.contains(" ── in "), "{title}\n{}", screen.text());
    assert!(screen.shows(" ── in "), "{}", screen.text());
}

#[test]
fn frames_are_found_by_name_with_the_share_of_the_time_that_they_take() {
    let mut screen = shown(many(60), "2 z v v", (120, 40));
    let before = figures(&mut screen);
    screen.press("/ s e l e c t");
    assert!(screen.shows("/ select  1 of ") && screen.shows("%"), "{}", screen.text());
    assert!(figures(&mut screen).contains("SELECT"), "{}", screen.text());
    super::looks::hold("flame__searched_120x40", &screen.text());
    screen.press("<Esc>");
    assert_eq!(figures(&mut screen), before, "{}", screen.text());
    screen.press("/ s e l e c t <Enter>");
    let first = figures(&mut screen);
    screen.press("n");
    assert_ne!(figures(&mut screen), first, "{}", screen.text());
    screen.press("N");
    assert_eq!(figures(&mut screen), first);
    screen.press("<Enter> <Esc>");
    assert!(screen.shows(" ── in ") && !screen.shows("/ select"), "the search is given up first: {}", screen.text());
}
