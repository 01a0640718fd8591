//! How every screen looks, at four sizes: snapshots that are read like a designer's drafts.

use spantail::tui::event::Outcome;

use super::cells::text_of;
use super::harness::{Screen, Setup, Store};
use super::incident;

/// The sizes that every screen is drawn at.
const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 12)];

/// Holds the text of a screen at every size. The screen is made anew for each.
pub(super) fn at_all_sizes(name: &str, screen: impl Fn(u16, u16) -> Screen) {
    for (width, height) in SIZES {
        hold(&format!("{name}_{width}x{height}"), &screen(width, height).text());
    }
}

/// Holds one screen at every size, one after the other.
pub(super) fn hold_resized(name: &str, screen: &mut Screen) {
    for (width, height) in SIZES {
        hold(&format!("{name}_{width}x{height}"), &screen.resize(width, height).text());
    }
}

/// Holds one screen.
pub(super) fn hold(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The incident, and then these keys.
fn after(keys: &'static str) -> impl Fn(u16, u16) -> Screen {
    move |width, height| {
        let mut screen = Screen::new(incident::store(), width, height);
        screen.press(keys);
        screen
    }
}

#[test]
fn logs_following() {
    at_all_sizes("logs__following", after(""));
}

#[test]
fn logs_paused_with_a_selection() {
    at_all_sizes("logs__paused", after("k k k m k"));
}

#[test]
fn logs_filtered() {
    at_all_sizes("logs__filtered", after("& level:>=warn <Enter>"));
}

#[test]
fn logs_filtered_to_nothing() {
    at_all_sizes("logs__no_match", after("& service:nobody <Enter>"));
}

#[test]
fn filter_that_is_wrong() {
    at_all_sizes("logs__bad_filter", after("& level:>=warn <Space> service:("));
}

#[test]
fn logs_searched() {
    at_all_sizes("logs__searched", after("/ bank <Enter> N"));
}

#[test]
fn logs_wrapped() {
    at_all_sizes("logs__wrapped", after("w k k k"));
}

#[test]
fn histogram_with_the_keys() {
    at_all_sizes("histogram__cursor", after("E i <Left>"));
}

#[test]
fn histogram_with_a_range() {
    at_all_sizes("histogram__range", after("E i v <Left> <Left> <Left> + "));
}

#[test]
fn histogram_filtered_by_a_range() {
    at_all_sizes("histogram__filtered", after("& level:>=info <Enter> E i v <Left> <Enter>"));
}

#[test]
fn surroundings_of_a_match() {
    at_all_sizes("logs__surroundings", after("& level:error <Enter> k x"));
}

#[test]
fn matches_with_lines_around_them() {
    at_all_sizes("logs__context", after("& level:error <Enter> X k"));
}

#[test]
fn lines_that_are_still_being_read() {
    at_all_sizes("logs__indexing", |width, height| {
        let mut store = incident::store();
        store.sources[1].indexing = Some(spantail::store::Indexing { done: 5 << 30, total: 11 << 30 });
        Screen::new(store, width, height)
    });
}

#[test]
fn statistics_of_all_lines() {
    for (width, height) in SIZES {
        let text = after("I")(width, height).text();
        // What a line costs in memory is the store's affair, and changes with it.
        let (before, after) = text.split_once(" KiB").unwrap();
        let (before, _) = before.rsplit_once(' ').unwrap();
        hold(&format!("overlay__statistics_{width}x{height}"), &format!("{before} 5.00 KiB{after}"));
    }
}

#[test]
fn lines_that_were_lost_stand_in_their_place() {
    at_all_sizes("logs__loss", |width, height| {
        let mut store = Store::new();
        incident::sources(&mut store);
        store.line(incident::CHECKOUT, incident::at(0), "2026-03-14T12:03:00Z INFO before");
        for (reason, at) in spantail::model::LossReason::ALL.into_iter().zip(1..) {
            let (from, to) = (incident::at(at * 900), incident::at(at * 900 + 1_500));
            store.loss(incident::PAYMENT, &spantail::model::Loss { count: 1 << (at * 4), from, to, reason });
        }
        store.line(incident::CHECKOUT, incident::at(6_000), "2026-03-14T12:03:06Z INFO after");
        Screen::new(store, width, height)
    });
}

#[test]
fn record_of_a_json_line() {
    at_all_sizes("record__json", after("E <Enter>"));
}

#[test]
fn record_that_came_by_otlp() {
    at_all_sizes("record__otlp", after("/ exhausted <Enter> <Enter> j j"));
}

/// Orders with nested fields, and then these keys.
fn orders(keys: &'static str) -> impl Fn(u16, u16) -> Screen {
    move |width, height| {
        let mut screen = Screen::new(super::columns::orders(), width, height);
        screen.press(keys);
        screen
    }
}

#[test]
fn record_as_a_tree() {
    at_all_sizes("record__tree", orders("g <Enter> j j j j j j j <Left> j"));
}

#[test]
fn columns_to_choose_from() {
    at_all_sizes("overlay__columns", orders("c / http.route <Enter> > > > K"));
}

#[test]
fn columns_that_were_chosen() {
    at_all_sizes("logs__columns", orders("c / http.status_code <Enter> / http.route <Enter> J <Esc> k k"));
}

#[test]
fn traces_listed() {
    at_all_sizes("traces__list", after("2 j"));
}

#[test]
fn trace_with_a_span_selected() {
    at_all_sizes("traces__waterfall", after("E E <Enter> <Enter>"));
}

#[test]
fn trace_folded() {
    at_all_sizes("traces__folded", after("E E t -"));
}

#[test]
fn span_in_full() {
    at_all_sizes("traces__span", after("E E t <Enter>"));
}

#[test]
fn trace_that_is_missing() {
    at_all_sizes("traces__missing", after("/ slow <Enter> t"));
}

#[test]
fn services_and_their_calls() {
    at_all_sizes("services__graph", after("3 j j"));
}

#[test]
fn sources_and_their_accounts() {
    at_all_sizes("sources__accounts", |width, height| {
        let mut store = incident::store();
        store.sources[1].logs.pending = 412;
        store.sources[1].logs.received += 412;
        store.sources[1].pressure = spantail::store::Pressure::Dropping;
        let mut screen = Screen::new(store, width, height);
        screen.press("6 j");
        screen
    });
}

#[test]
fn help_over_the_logs() {
    at_all_sizes("overlay__help", after("?"));
}

#[test]
fn palette() {
    at_all_sizes("overlay__palette", after(": trace"));
}

#[test]
fn marks_to_choose_from() {
    at_all_sizes("overlay__marks", after("E m E m '"));
}

#[test]
fn completions_in_the_prompt() {
    at_all_sizes("overlay__completions", after("& level: <Tab>"));
}

#[test]
fn start_screen() {
    at_all_sizes("start__no_source", |width, height| {
        Screen::with(Store::new(), Setup { size: (width, height), title: String::new(), ..Setup::default() })
    });
}

#[test]
fn waiting_for_the_first_line() {
    at_all_sizes("start__waiting", |width, height| {
        let mut store = Store::new();
        incident::sources(&mut store);
        Screen::new(store, width, height)
    });
}

#[test]
fn paused_while_lines_come_and_go() {
    at_all_sizes("logs__paused_evicting", |width, height| {
        let mut store = Store::with_budget(64 << 10);
        incident::sources(&mut store);
        let line = |n: i64| format!("2026-03-14T12:03:01.{:03}Z INFO heartbeat {n} of the shop is fine", n % 1000);
        (0..400).for_each(|n| store.line(incident::CHECKOUT, 0, line(n)));
        let mut screen = Screen::new(store, width, height);
        screen.press("k k");
        (400..2_400).for_each(|n| screen.store.line(incident::CHECKOUT, 0, line(n)));
        screen.wait(75 * super::harness::SECOND);
        screen
    });
}

#[test]
fn session_that_was_reopened() {
    let state = {
        let mut screen = Screen::new(incident::store(), 120, 40);
        screen.press("E m & level:>=warn <Enter>");
        screen.session_state()
    };
    at_all_sizes("session__reopened", |width, height| {
        let title = "shop.jsonl.zst (of shop demo)".to_owned();
        let mut store = incident::store();
        store.sources.clear();
        let remark = "27 lines, 11 spans".to_owned();
        store.source("shop.jsonl.zst", spantail::model::SourceState::Ended(remark)).logs.received = 27;
        Screen::with(store, Setup { size: (width, height), title, restore: Some(state.clone()), ..Setup::default() })
    });
}

#[test]
fn session_that_was_saved() {
    at_all_sizes("session__saved", |width, height| {
        let mut screen = Screen::new(incident::store(), width, height);
        let path = "/var/tmp/shop.jsonl.zst".to_owned();
        screen.done(Outcome::Saved { path, lines: 27, spans: 11 });
        screen
    });
}

#[test]
fn ascii_only() {
    at_all_sizes("ascii__trace", |width, height| {
        let mut screen =
            Screen::with(incident::store(), Setup { size: (width, height), ascii: true, ..Setup::default() });
        screen.press("E E t");
        screen
    });
}

#[test]
fn every_theme() {
    for (theme, _) in spantail::theme::BUILTIN {
        let mut screen = Screen::with(incident::store(), Setup { size: (120, 40), theme, ..Setup::default() });
        screen.press("E E");
        let frame = screen.frame();
        assert!(!text_of(&frame).is_empty());
        hold(&format!("theme__{theme}"), &format!("{frame:#?}"));
    }
}
