//! Working in the histogram, and around a match: what is selected, what is filtered by, and the way back.

use super::harness::{SECOND, Screen, Store};
use super::incident::{self, CHECKOUT, selected};

/// Ten minutes, a line a second; every sixtieth is an error.
fn minutes() -> Screen {
    let mut store = Store::new();
    incident::sources(&mut store);
    for second in 0..600 {
        let level = if second % 60 == 30 { "ERROR" } else { "INFO" };
        let time = format!("2026-03-14T12:{:02}:{:02}.000Z", second / 60, second % 60);
        store.line(CHECKOUT, 0, format!("{time} {level} tick {second}"));
    }
    Screen::new(store, 80, 24)
}

#[test]
fn the_rows_go_along_with_the_cursor() {
    let mut screen = minutes();
    screen.press("i");
    assert!(screen.shows("Logs ── 12:09:45 +15s  15 lines  15 info"), "{}", screen.text());
    for (key, title, row) in [
        ("<Left>", "12:09:30 +15s  15 lines  1 error  14 info", "tick 570"),
        ("<PgUp>", "12:07:00 +15s  15 lines  15 info", "tick 420"),
        ("<Right>", "12:07:15 +15s", "tick 435"),
        ("<Home>", "12:00:00 +15s", "tick 0"),
        ("<Left>", "12:00:00 +15s", "tick 0"),
        ("<PgDn>", "12:02:30 +15s", "tick 150"),
        ("<End>", "12:09:45 +15s", "tick 585"),
    ] {
        screen.press(key);
        assert!(screen.shows(title), "`{key}` does not lead to {title}\n{}", screen.text());
        assert!(selected(&mut screen).ends_with(row), "`{key}`: {}", selected(&mut screen));
    }
}

#[test]
fn leaving_the_histogram_puts_everything_back() {
    for before in ["", "k k k", "& level:error <Enter> k k", "E m E"] {
        for leave in ["<Esc>", "i"] {
            let mut screen = minutes();
            screen.press(before);
            let frame = screen.frame();
            screen.press("i <Home> v <Right> + <Left> -").press(leave);
            assert_eq!(screen.frame(), frame, "`{before}`, `{leave}`\n{}", screen.text());
        }
    }
}

#[test]
fn going_down_stays_where_the_cursor_was() {
    let mut screen = minutes();
    screen.press("i <Home> <PgDn> j j");
    assert!(selected(&mut screen).ends_with("tick 151"), "the first `j` goes to the rows\n{}", screen.text());
    assert!(!screen.shows("+15s"), "{}", screen.text());
}

#[test]
fn a_range_becomes_a_filter_and_another_takes_its_place() {
    let mut screen = minutes();
    screen.press("& tick <Enter> i <Home> v <Right> <Right> <Enter>");
    assert!(screen.shows("tick time:2026-03-14T12:00:00..2026-03-14T12:00:44"), "{}", screen.text());
    assert!(screen.shows(" 45 of 600"), "{}", screen.text());
    screen.press("i <Home> <Enter>");
    assert!(screen.shows("tick time:2026-03-14T12:00:00..2026-03-14T12:00:0"), "{}", screen.text());
    assert_eq!(screen.session_state().filter.matches("time:").count(), 1, "{}", screen.session_state().filter);
    screen.press("<Esc> <Esc>");
    assert!(screen.shows(" 45 of 600"), "back to the histogram, and out of it\n{}", screen.text());
    screen.press("<Esc> <Esc>");
    assert!(screen.shows("& tick ") && !screen.shows("time:"), "{}", screen.text());
}

#[test]
fn a_range_around_alternatives_holds_for_all_of_them() {
    let mut screen = minutes();
    screen.press("&").paste("ERROR OR INFO").press("<Enter> i <Home> <Enter>");
    assert_eq!(screen.session_state().filter, "(ERROR OR INFO) time:2026-03-14T12:00:00..2026-03-14T12:00:14");
    screen.press("i <End> <Enter>");
    let filter = screen.session_state().filter;
    assert!(filter.starts_with("(ERROR OR INFO) time:") && filter.matches("time:").count() == 1, "{filter}");
}

#[test]
fn time_is_zoomed_around_the_cursor() {
    let mut screen = minutes();
    screen.press("i <Home> <PgDn>");
    for (keys, step) in [("+", "+10s"), ("+ +", "+3s"), ("+ + +", "+1s"), ("-", "+2s"), ("0", "+15s"), ("- -", "+15s")]
    {
        screen.press(keys);
        assert!(screen.shows(&format!("12:02:30 {step}")) || step == "+3s", "`{keys}`\n{}", screen.text());
        assert!(screen.shows(step), "`{keys}`\n{}", screen.text());
    }
}

#[test]
fn the_histogram_says_why_it_can_not_be_entered() {
    let mut screen = minutes();
    screen.resize(80, 9).press("i");
    assert!(screen.shows("too low for the histogram"), "{}", screen.text());
    let mut screen = Screen::new(Store::new(), 80, 24);
    screen.press("i");
    assert!(screen.shows("there is no line yet"), "{}", screen.text());
}

#[test]
fn errors_are_gone_to_from_the_histogram() {
    let mut screen = minutes();
    screen.press("i <Home> e");
    assert!(screen.shows("12:00:30 +15s  15 lines  1 error"), "{}", screen.text());
    screen.press("e e <Left>");
    assert!(screen.shows("12:02:15 +15s"), "{}", screen.text());
    screen.press("f");
    assert!(screen.shows("following") && !screen.shows("+15s"), "{}", screen.text());
}

#[test]
fn a_match_stays_where_it_is_among_all_lines_around_it() {
    for back in ["x", "<Esc>"] {
        let mut screen = minutes();
        screen.press("& level:error <Enter> k k k");
        let before = screen.frame();
        let row = |screen: &mut Screen| screen.text().lines().position(|line| line.contains('▌'));
        let (line, place) = (selected(&mut screen), row(&mut screen));
        screen.press("x");
        assert_eq!((selected(&mut screen), row(&mut screen)), (line, place), "{}", screen.text());
        assert!(screen.shows("tick 389") && screen.shows(" 600 lines"), "{}", screen.text());
        screen.press("k k <PgUp>").press(back);
        assert_eq!(screen.frame(), before, "`{back}`");
    }
}

#[test]
fn a_few_lines_are_shown_around_each_match() {
    let mut screen = minutes();
    screen.press("& level:error <Enter> k k");
    let line = selected(&mut screen);
    for (keys, shown, hidden) in [
        ("X", "tick 451", "tick 452"),
        ("X", "tick 453", "tick 454"),
        ("X", "tick 455", "tick 461"),
        ("X", "tick 450", "tick 451"),
    ] {
        screen.press(keys);
        assert_eq!(selected(&mut screen), line, "`{keys}`\n{}", screen.text());
        assert!(screen.shows(shown) && !screen.shows(hidden), "`{keys}`\n{}", screen.text());
        assert!(screen.shows(" 10 of 600"), "matches are counted, not what is around them\n{}", screen.text());
    }
    screen.press("X");
    assert!(screen.shows("╌╌╌╌") && screen.shows("& level:error ±1"), "{}", screen.text());
    screen.press("G");
    assert!(screen.shows("tick 571") && screen.shows("following"), "{}", screen.text());
}

#[test]
fn surroundings_are_those_of_a_filter() {
    let mut screen = minutes();
    screen.press("x");
    assert!(screen.shows("all lines are shown; & filters them"), "{}", screen.text());
    screen.press("& level:error <Enter> k x & tick <Enter> x");
    assert!(!screen.shows("& tick"), "a filter of the surroundings has surroundings too\n{}", screen.text());
    screen.press("x");
    assert!(screen.shows("& tick"), "{}", screen.text());
}

#[test]
fn a_changed_filter_keeps_the_line_or_goes_to_the_nearest_in_time() {
    let mut screen = minutes();
    screen.press("& level:error <Enter> k k <Enter> <Esc> C");
    assert!(selected(&mut screen).ends_with("tick 450"), "{}", screen.text());
    screen.press("j j j j");
    for (filter, found) in [("level:error", "450"), ("/tick 4.9/", "459"), ("/tick 4[05]0/", "450"), ("tick", "454")] {
        screen.press("& <Ctrl-U>").paste(filter).press("<Enter>");
        assert!(selected(&mut screen).ends_with(&format!("tick {found}")), "`{filter}`\n{}", screen.text());
    }
}

#[test]
fn statistics_are_summed_up_anew_once_a_second() {
    let mut screen = minutes();
    screen.press("I");
    assert!(screen.shows("held lines by level"), "{}", screen.text());
    assert!(screen.shows("590") && screen.shows("error"), "{}", screen.text());
    screen.store.line(CHECKOUT, 0, "2026-03-14T12:10:00.000Z INFO late");
    assert!(!screen.arrive().shows("601"), "{}", screen.text());
    assert!(screen.wait(SECOND).shows("601"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(!screen.shows("held lines by level"), "{}", screen.text());
}
