//! How waterfalls look, at four sizes: snapshots that are read like a designer's drafts.

use spantail::model::Span;

use super::harness::{Screen, Setup, Store};
use super::looks::at_all_sizes;
use super::{incident, trees};

/// A store that holds one trace.
fn store(spans: Vec<Span>) -> Store {
    let mut store = Store::new();
    incident::sources(&mut store);
    store.spans(incident::OTLP, spans);
    store
}

/// That trace, opened, and then these keys.
fn after(spans: impl Fn() -> Vec<Span>, keys: &'static str) -> impl Fn(u16, u16) -> Screen {
    move |width, height| {
        let mut screen = Screen::new(store(spans()), width, height);
        screen.press("2 <Enter>").press(keys);
        screen
    }
}

#[test]
fn one_span() {
    at_all_sizes("waterfall__1", after(|| trees::tree(1), ""));
}

#[test]
fn thirty_spans() {
    at_all_sizes("waterfall__30", after(|| trees::tree(30), "j j"));
}

#[test]
fn five_thousand_spans_in_the_middle_zoomed_in() {
    at_all_sizes("waterfall__5000", after(|| trees::tree(5_000), "e e e e . <"));
}

#[test]
fn fifty_thousand_spans_without_the_short_ones() {
    at_all_sizes("waterfall__50000", after(|| trees::tree(50_000), "b b b ) j j j"));
}

#[test]
fn a_deep_chain() {
    at_all_sizes("waterfall__deep", after(|| trees::chain(20_000), "G <PgUp>"));
}

#[test]
fn many_calls_of_one_kind() {
    at_all_sizes("waterfall__wide", after(|| trees::wide(50_000), "b G"));
}

#[test]
fn names_that_are_hostile() {
    at_all_sizes("waterfall__hostile", after(trees::hostile, "j j"));
}

#[test]
fn errors_that_were_absorbed_and_clocks_that_differ() {
    at_all_sizes("waterfall__troubled", after(trees::troubled, ""));
    at_all_sizes("waterfall__corrected", after(trees::troubled, "a"));
}

#[test]
fn an_error_that_was_made_good_and_another_after_it() {
    at_all_sizes("waterfall__anew", after(trees::failed_anew, "e"));
}

#[test]
fn a_root_that_has_not_come() {
    at_all_sizes("waterfall__rootless", after(trees::rootless, ""));
}

#[test]
fn everything_folded_searched_and_down_to_the_path() {
    at_all_sizes("waterfall__collapsed", after(|| trees::tree(300), "_ / charge <Enter> n"));
    at_all_sizes("waterfall__path", after(|| trees::tree(300), "c G"));
}

#[test]
fn a_span_in_full() {
    at_all_sizes("waterfall__span", after(trees::troubled, "j j <Enter>"));
}

#[test]
fn ascii_alone() {
    at_all_sizes("waterfall__ascii", |width, height| {
        let setup = Setup { size: (width, height), ascii: true, ..Setup::default() };
        let mut screen = Screen::with(store(trees::troubled()), setup);
        screen.press("2 <Enter> > >");
        screen
    });
}
