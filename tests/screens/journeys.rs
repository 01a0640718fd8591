//! What people do on the screen, key by key, and what they must see then.

use spantail::model::Nanos;
use spantail::tui::effect::Effect;
use spantail::tui::event::Outcome;

use super::harness::{SECOND, Screen, Setup, Store};
use super::incident::{self, CHECKOUT, ORDER, at};

fn small() -> Screen {
    Screen::new(incident::store(), 80, 24)
}

fn wide() -> Screen {
    Screen::new(incident::store(), 160, 48)
}

/// The row of the log list that is selected, without the sign and the border.
fn selected(screen: &mut Screen) -> String {
    let text = screen.text();
    let row = text.lines().find(|row| row.contains('▌') && row.contains('│')).unwrap_or_default();
    row.split(['▌', '│']).nth(2).unwrap_or_default().trim().to_owned()
}

/// The log rows on the screen, without histogram, frame and bars.
fn rows(screen: &mut Screen) -> Vec<String> {
    let pane = screen.pane("Logs");
    let inner = pane.lines().skip(2).map(|row| row.trim_matches('│').trim().to_owned());
    inner.filter(|row| !row.is_empty() && !row.starts_with('╰')).collect()
}

fn heartbeats(store: &mut Store, from: usize, count: usize) {
    for n in from..from + count {
        let text = format!("2026-03-14T12:03:09.{:03}Z INFO heartbeat {n}", n % 1_000);
        store.line(CHECKOUT, at(9_000), text);
    }
}

#[test]
fn from_a_line_to_its_trace_to_its_span_to_its_logs_and_exactly_back() {
    let mut screen = small();
    screen.press("& level:error <Enter> k k");
    let mut seen = vec![screen.text()];
    for (key, expected) in [
        ("<Enter>", "Record ── bank"),
        ("<Enter>", "Trace 4bf9…4736"),
        ("<Enter>", "Span ── bank CALL auth"),
        ("l", "& trace:4bf92f3577b34da6a3ce929d0e0e4736 span:00f067aa0"),
        ("l", "of 32"),
    ] {
        screen.press(key);
        assert!(screen.shows(expected), "`{key}` does not lead to {expected}\n{}", screen.text());
        assert!(screen.shows("Esc back"), "{}", screen.text());
        seen.push(screen.text());
    }
    assert!(!screen.shows(" span:00f067"), "the second `l` widens to the trace\n{}", screen.text());
    assert!(rows(&mut screen).len() > 5, "the logs of the whole trace\n{}", screen.text());
    seen.pop();
    while let Some(before) = seen.pop() {
        screen.press("<Esc>");
        assert_eq!(screen.text(), before, "Esc leads to exactly where one was");
    }
    screen.press("<Esc>");
    assert!(!screen.shows("& level:error"), "then Esc clears the filter\n{}", screen.text());
}

#[test]
fn drilling_down_beside_the_other_panes_leaves_them_as_they_were() {
    let mut screen = wide();
    screen.press("E E");
    let before = screen.frame();
    screen.press("<Enter> <Enter> j <Enter> l <Esc> <Esc> <Esc> <Esc>");
    assert_eq!(screen.frame(), before);
}

#[test]
fn the_trace_of_the_selected_line_is_shown_in_the_same_frame() {
    let mut screen = wide();
    screen.press("E");
    assert!(screen.pane("Span").contains("checkout POST /orders"), "{}", screen.text());
    screen.press("k");
    assert!(screen.pane("Span").contains("payment POST /charge"), "{}", screen.text());
    screen.press("k");
    assert!(screen.pane("Span").contains("bank CALL auth"), "{}", screen.text());
}

#[test]
fn a_frozen_view_stays_while_thousands_of_lines_arrive_and_the_ring_evicts() {
    for keys in ["k k k", "& heartbeat <Enter> k k k", "<Space>", "g", "k <Enter>"] {
        let mut store = Store::with_budget(64 << 10);
        incident::sources(&mut store);
        heartbeats(&mut store, 0, 300);
        let mut screen = Screen::new(store, 80, 24);
        screen.press(keys);
        let text = screen.text();
        let before: Vec<&str> = text.lines().skip(3).take(18).collect();
        for batch in 0..20 {
            heartbeats(&mut screen.store, 300 + 500 * batch, 500);
            let text = screen.arrive().text();
            let now: Vec<&str> = text.lines().skip(3).take(18).collect();
            assert_eq!(now, before, "`{keys}`: what is on the screen moves\n{text}");
        }
    }
}

#[test]
fn a_view_that_is_frozen_before_its_first_row_does_not_run_away() {
    for keys in ["<Space>", "& heartbeat <Enter> <Space>"] {
        let mut store = Store::new();
        incident::sources(&mut store);
        let mut screen = Screen::new(store, 80, 24);
        screen.press(keys);
        heartbeats(&mut screen.store, 0, 100);
        screen.arrive();
        let before = rows(&mut screen);
        assert!(before[0].ends_with("heartbeat 0"), "`{keys}`: {before:?}");
        heartbeats(&mut screen.store, 100, 1_000);
        screen.arrive();
        assert_eq!(rows(&mut screen), before, "`{keys}`");
    }
}

#[test]
fn the_band_says_how_much_is_newer_and_how_much_is_gone() {
    let mut store = Store::with_budget(64 << 10);
    incident::sources(&mut store);
    heartbeats(&mut store, 0, 100);
    let mut screen = Screen::new(store, 80, 24);
    screen.press("k");
    heartbeats(&mut screen.store, 100, 10_000);
    screen.wait(75 * SECOND);
    assert!(screen.shows("paused 1m 15s · 10,000 newer · "), "{}", screen.text());
    assert!(screen.shows(" evicted"), "{}", screen.text());
}

#[test]
fn following_goes_on_at_the_newest_line() {
    for key in ["f", "<Space>", "G", "<End>"] {
        let mut screen = small();
        screen.press("k k k");
        heartbeats(&mut screen.store, 0, 50);
        screen.arrive();
        assert!(screen.shows("paused"), "{}", screen.text());
        screen.press(key);
        assert!(screen.shows("following") && screen.shows("heartbeat 49"), "`{key}`\n{}", screen.text());
        heartbeats(&mut screen.store, 50, 1);
        assert!(screen.arrive().shows("heartbeat 50"), "`{key}`\n{}", screen.text());
    }
}

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
fn a_line_without_a_trace_says_so() {
    let mut screen = small();
    screen.press("k");
    for keys in ["t", "l", "<Enter> <Enter>"] {
        screen.press("G k").press(keys);
        screen.press("<Esc>");
    }
    let mut screen = small();
    screen.press("t");
    assert!(screen.shows("this line has no trace id"), "{}", screen.text());
    assert!(screen.shows("Logs"), "{}", screen.text());
    screen.press("<Enter> t");
    assert!(screen.shows("this line has no trace id"), "{}", screen.text());
}

#[test]
fn a_trace_that_comes_late_is_shown_when_it_comes() {
    let mut screen = small();
    screen.press("/ slow <Enter> t");
    assert!(screen.shows("Trace dead…beef is not in memory."), "{}", screen.text());
    let span = incident::span(incident::LOST, 9, None, "checkout", "GET /late", 0, 20);
    screen.store.spans(incident::OTLP, vec![span]);
    assert!(screen.arrive().shows("GET /late"), "{}", screen.text());
}

#[test]
fn errors_are_found_one_after_the_other() {
    let mut screen = small();
    screen.press("E");
    assert!(selected(&mut screen).contains("order 8c200 failed"), "{}", screen.text());
    screen.press("E E");
    assert!(selected(&mut screen).contains("connection pool exhausted"), "{}", screen.text());
    screen.press("E");
    assert!(screen.shows("no earlier error"), "{}", screen.text());
    screen.press("e");
    assert!(selected(&mut screen).contains("bank refused"), "{}", screen.text());
    screen.press("e e");
    assert!(screen.shows("no later error"), "{}", screen.text());
}

#[test]
fn errors_within_a_trace_too() {
    let mut screen = small();
    screen.press("E t e");
    assert!(screen.shows("Span ── payment POST /charge"), "{}", screen.text());
    screen.press("e e E");
    assert!(screen.shows("Span ── bank CALL auth"), "{}", screen.text());
}

#[test]
fn marks_are_set_found_chosen_and_taken_off() {
    let mut screen = small();
    screen.press("m k k m");
    assert_eq!(screen.text().matches('◆').count(), 2, "{}", screen.text());
    screen.press("'");
    assert!(screen.shows("Marks") && screen.shows("2 of 2"), "{}", screen.text());
    screen.press("slow <Enter> y");
    let Some(Effect::Copy(copied)) = screen.asked.last() else { panic!("{:?}", screen.asked) };
    assert!(copied.contains("slow upstream"), "{copied}");
    screen.press("g M y");
    let Some(Effect::Copy(copied)) = screen.asked.last() else { panic!("{:?}", screen.asked) };
    assert!(copied.contains("slow upstream"), "{copied}");
    screen.press("m G");
    assert_eq!(screen.text().matches('◆').count(), 1, "{}", screen.text());
}

#[test]
fn without_a_mark_the_key_says_how_to_set_one() {
    let mut screen = small();
    screen.press("'");
    assert!(screen.shows("no line is marked"), "{}", screen.text());
}

#[test]
fn one_pane_takes_the_whole_screen_and_gives_it_back() {
    let mut screen = wide();
    let before = screen.text();
    screen.press("z");
    assert!(!screen.shows("Services last") && screen.shows("╭ Logs"), "{}", screen.text());
    screen.press("z");
    assert_eq!(screen.text(), before);
    screen.press("z <Esc>");
    assert_eq!(screen.text(), before, "Esc leaves the zoom too");
}

#[test]
fn times_go_round() {
    let mut screen = small();
    let first = rows(&mut screen);
    let mut seen = vec![first.clone()];
    for _ in 0..4 {
        screen.press("T");
        seen.push(rows(&mut screen));
    }
    assert_eq!(seen.last(), Some(&first));
    assert!(seen.iter().flatten().any(|row| row.starts_with("03-14 12:03:08.500")), "{seen:#?}");
    assert!(seen.iter().flatten().any(|row| row.starts_with("-0.500s")), "{seen:#?}");
}

#[test]
fn themes_go_round_and_change_only_colours() {
    let mut screen = wide();
    let before = screen.frame();
    let text = screen.text();
    let panes = |text: &str| text.lines().take(47).map(str::to_owned).collect::<Vec<_>>();
    let mut differ = 0;
    for _ in spantail::theme::BUILTIN {
        screen.press("<F2>");
        assert!(screen.shows("theme "), "{}", screen.text());
        differ += u32::from(screen.frame().content[200].style() != before.content[200].style());
        assert_eq!(panes(&screen.text()), panes(&text));
    }
    assert!(differ > 1);
    screen.press("<Ctrl-G>");
    assert_eq!(screen.frame(), before);
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
fn escape_undoes_one_thing_at_a_time() {
    let mut screen = wide();
    screen.press("& level:>=warn <Enter> / bank <Enter> z <Enter>");
    let gone = |screen: &mut Screen, what: &str| {
        assert!(screen.shows(what), "{what} is there\n{}", screen.text());
        screen.press("<Esc>");
        assert!(!screen.shows(what), "{what} is gone\n{}", screen.text());
    };
    gone(&mut screen, "Record ──");
    assert!(!screen.shows("Services last"), "zoomed still\n{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Services last"), "{}", screen.text());
    gone(&mut screen, "/ bank");
    gone(&mut screen, "& level:>=warn");
    screen.press("3 <Esc> k");
    assert!(!selected(&mut screen).is_empty(), "at last the logs have the keys\n{}", screen.text());
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
fn logs_of_a_service_are_shown_from_line_record_span_and_graph() {
    for keys in ["E s", "E <Enter> s", "E t s", "E t <Enter> s", "3 j l", "3 j <Enter>"] {
        let mut screen = small();
        screen.press(keys);
        assert!(screen.shows("& service:checkout"), "`{keys}`\n{}", screen.text());
        let strangers = |row: &String| !row.contains("checkout") && !row.contains("dropped");
        assert!(!rows(&mut screen).iter().any(strangers), "`{keys}`\n{}", screen.text());
    }
}

#[test]
fn copying_hands_the_line_as_it_came_to_the_clipboard() {
    let mut screen = small();
    screen.press("E y");
    let Some(Effect::Copy(text)) = screen.asked.last() else { panic!("{:?}", screen.asked) };
    assert!(text.starts_with(r#"{"ts":"2026-03-14T12:03:06.230Z""#) && text.contains(ORDER), "{text}");
    screen.press("t y");
    let Some(Effect::Copy(text)) = screen.asked.last() else { panic!("{:?}", screen.asked) };
    assert_eq!(text, ORDER);
}

#[test]
fn quitting_is_asked_for_and_typing_a_q_is_not_quitting() {
    let mut screen = small();
    screen.press("& q <Esc> : q <Esc> ? q");
    assert!(screen.asked.is_empty(), "{:?}", screen.asked);
    screen.press("q");
    assert!(matches!(screen.asked.as_slice(), [Effect::Quit]), "{:?}", screen.asked);
}

#[test]
fn without_a_source_enter_opens_the_demo() {
    let setup = Setup { size: (80, 24), title: String::new(), ..Setup::default() };
    let mut screen = Screen::with(Store::new(), setup);
    assert!(screen.shows("demo"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(matches!(screen.asked.as_slice(), [Effect::OpenDemo]), "{:?}", screen.asked);
}

#[test]
fn at_rest_no_time_is_asked_for() {
    let mut screen = small();
    assert!(!screen.is_ticking(), "nothing moves");
    screen.press("2 3 6 1 & level:error <Enter> / bank <Enter>");
    screen.press("G");
    assert!(!screen.is_ticking(), "following, with a filter and a search, nothing moves");
    screen.press("k");
    assert!(screen.is_ticking(), "a pause has its age on the screen");
    screen.press("f F2");
    assert!(!screen.is_ticking());
    screen.press("<F2>");
    assert!(screen.is_ticking(), "a message goes by itself");
    screen.wait(7 * SECOND);
    assert!(!screen.is_ticking() && !screen.shows("theme"), "{}", screen.text());
}

#[test]
fn the_rate_is_shown_while_lines_come_and_then_goes_to_rest() {
    let mut screen = small();
    let second: Nanos = SECOND;
    for _ in 0..4 {
        heartbeats(&mut screen.store, 0, 120);
        screen.wait(second);
    }
    assert!(screen.is_ticking() && screen.shows("120/s"), "{}", screen.text());
    for _ in 0..4 {
        screen.wait(second);
    }
    assert!(!screen.is_ticking() && screen.shows(" 0/s"), "{}", screen.text());
}

#[test]
fn a_long_filter_keeps_its_caret_on_the_screen() {
    let mut screen = Screen::new(incident::store(), 40, 12);
    screen.press("&").paste(&"word ".repeat(20)).paste("theend");
    assert!(screen.text().lines().last().unwrap().contains("theend"), "{}", screen.text());
}
