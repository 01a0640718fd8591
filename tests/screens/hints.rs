//! The keys that texts name are those that work where the text stands.

use super::harness::{Screen, Setup, Store};
use super::{incident, trees};

/// Keys of the same action that differ from pane to pane.
const KEYS: &str = r#"
[global]
"Alt-L" = "show-logs"
[logs]
"Alt-F" = "filter"
[traces]
"Alt-C" = "clear-filter"
"Alt-S" = "sort-next"
"Alt-V" = "next-view"
[waterfall]
"Alt-K" = "correct-clocks"
"Alt-W" = "next-view"
"Alt-N" = "next-critical"
"Alt-Q" = "search"
[events]
"Alt-E" = "next-view"
[histogram]
"Alt-I" = "zoom-in"
[sources]
"Alt-R" = "restart-source"
"#;

fn screen(spans: Vec<spantail::model::Span>) -> Screen {
    let mut store = Store::new();
    incident::sources(&mut store);
    store.spans(incident::OTLP, spans);
    let mut screen = Screen::with(store, Setup { size: (120, 40), keys: KEYS, ..Setup::default() });
    screen.press("z");
    screen
}

#[test]
fn a_hint_names_the_key_of_its_pane() {
    for (keys, expected) in [
        ("2", "Alt-S sort"),
        ("2", "Alt-V list operations"),
        ("2 & service:nobody <Enter>", "Alt-C shows them again."),
        ("2 <Enter>", "Alt-W waterfall operations"),
        ("2 <Enter>", "Alt-L logs  Alt-N path"),
        ("2 <Enter> n", "nothing is searched for; Alt-Q searches in this trace"),
        ("2 <Enter> v v v", "Alt-E shows the trace another way."),
        ("1 x", "all lines are shown; Alt-F filters them"),
        ("6", "Alt-R try again"),
    ] {
        let mut screen = screen(trees::tree(5));
        screen.press(keys);
        assert!(screen.shows(expected), "{keys}: {expected}\n{}", screen.text());
    }
}

#[test]
fn a_waterfall_names_its_own_keys_and_they_work() {
    let mut screen = screen(trees::troubled());
    screen.press("2 <Enter>");
    assert!(screen.shows("clocks differ: Alt-K corrects"), "{}", screen.text());
    screen.press("<Alt-K>");
    assert!(screen.shows("times corrected"), "{}", screen.text());
}

#[test]
fn a_key_that_can_do_nothing_says_so() {
    for (keys, expected) in [
        ("2 <Enter> <Alt-R>", ""),
        ("2 <Enter> <Enter> >", "not here: show less time, in finer steps"),
        ("2 <Enter> <Enter> w", "not here: make this column wider"),
        ("3 y", "not here: copy the selected row"),
        ("2 <Enter> c c", "all spans"),
    ] {
        let mut screen = screen(trees::tree(5));
        screen.press(keys);
        assert!(screen.shows(expected), "{keys}: {expected}\n{}", screen.text());
    }
    let mut screen = screen(trees::tree(1));
    screen.press("6 <Left> <Right>");
    assert!(!screen.shows("not here"), "where one can not go is plain to see\n{}", screen.text());
}
