//! What people do on the screen, key by key, and what they must see then.

use spantail::model::Nanos;
use spantail::tui::effect::Effect;

use super::harness::{SECOND, Screen, Setup, Store};
use super::incident::{self, CHECKOUT, ORDER, at, rows, selected, small};

fn wide() -> Screen {
    Screen::new(incident::store(), 160, 48)
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
fn logs_of_a_service_are_shown_from_line_record_span_and_graph() {
    for keys in ["E s", "E <Enter> s", "E t s", "E t <Enter> s", "3 j l", "3 j s"] {
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
