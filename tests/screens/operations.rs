//! The table of operations, of many traces and of one, and where it leads.

use spantail::model::TraceId;

use super::harness::{NOW, SECOND, Screen};
use super::tracelist::{hold_many, hold_one, many, one, shown, trace, ugly};

#[test]
fn operations_of_many_traces() {
    hold_many("operations", "2 z v");
}

#[test]
fn operations_of_one_trace() {
    hold_one("operations__of_one", "2 <Enter> v");
}

fn first_row(screen: &mut Screen) -> String {
    screen.pane("Operations").lines().nth(2).unwrap().to_owned()
}

#[test]
fn every_column_sorts_and_says_so_and_turns_round() {
    let mut screen = shown(many(200), "2 z v", (200, 60));
    for (title, header) in [
        ("most self time first", "▼share"),
        ("by service", "service▲"),
        ("by name", "operation▲"),
        ("most calls first", "▼calls"),
        ("most calls first", "▼rate"),
        ("most errors first", "▼errors"),
        ("highest p50 first", "▼p50"),
        ("highest p90 first", "▼p90"),
        ("highest p95 first", "▼p95"),
        ("highest p99 first", "▼p99"),
        ("slowest call first", "▼max"),
        ("most self time first", "▼self"),
        ("most self time first", "▼share"),
    ] {
        assert!(screen.shows(&format!("Operations {title}")) && screen.shows(header), "{header}\n{}", screen.text());
        screen.press(">");
    }
    screen.press("> R");
    assert!(screen.shows("operation▼") && first_row(&mut screen).contains("SELECT stock"), "{}", screen.text());
}

#[test]
fn the_selection_stays_on_its_operation_while_others_pass_it() {
    let mut screen = shown(many(200), "2 z v j j", (120, 40));
    screen.press("y");
    let copied = |screen: &Screen| format!("{:?}", screen.asked.last());
    let before = copied(&screen);
    screen.press("> > y");
    assert_eq!(copied(&screen), before, "{}", screen.text());
    for n in 0..40 {
        screen.store.spans("otlp", trace(4 * n + 400, NOW));
    }
    screen.wait(SECOND);
    assert!(screen.shows("200 traces") && screen.is_ticking(), "it is asked again every two seconds");
    screen.wait(2 * SECOND);
    screen.press("y");
    assert!(screen.shows("240 traces"), "{}", screen.text());
    assert_eq!(copied(&screen), before, "{}", screen.text());
}

#[test]
fn an_operation_leads_to_its_slowest_traces_one_of_them_to_its_spans_and_back() {
    let mut screen = shown(many(200), "2 z v > > G", (120, 40));
    assert!(screen.pane("Operations").contains("SELECT stock"), "{}", screen.text());
    screen.press("<Enter>");
    let text = screen.text();
    assert!(text.contains("Traces slowest first ── & service:inventory op:\"SELECT stock\""), "{text}");
    screen.press("<Enter>");
    assert!(screen.shows("╭ Trace ") && screen.shows("SELECT stock"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Traces slowest first ── & service:inventory"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Operations by name"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Traces latest first") && !screen.shows("& service"), "{}", screen.text());
}

#[test]
fn of_one_trace_it_leads_to_the_slowest_span_and_to_logs() {
    let mut screen = shown(one(30), "2 <Enter> v j", (120, 40));
    assert!(screen.shows("Operations of 0000"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(!screen.shows("Operations") && screen.shows("╭ Trace "), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Operations of 0000"), "{}", screen.text());
    screen.press("l");
    assert!(screen.shows("& service:"), "{}", screen.text());
}

#[test]
fn without_traces_it_says_so() {
    let mut screen = Screen::new(super::harness::Store::new(), 80, 24);
    screen.press("2 v");
    assert!(screen.shows("No span is in memory."), "{}", screen.text());
    screen.press("v");
    assert!(screen.shows("No span is in memory."), "{}", screen.text());
}

#[test]
fn a_filter_that_is_typed_here_chooses_the_traces_of_the_list() {
    let mut screen = shown(many(60), "2 z v > > j", (120, 40));
    assert!(screen.shows("7 operations · 60 traces"), "{}", screen.text());
    screen.press("& service:payment");
    let text = screen.text();
    assert!(text.contains("Operations by name ── & service:payment") && !text.contains("60 traces"), "{text}");
    screen.press("<Esc>");
    assert!(screen.shows("7 operations · 60 traces") && screen.shows("Operations by name ──"), "{}", screen.text());
    screen.press("& service:payment <Enter> v v");
    assert!(screen.shows("Traces duration over time ── & service:payment"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("Traces latest first ── & service:payment"), "{}", screen.text());
}

#[test]
fn what_the_list_shows_is_what_the_table_is_made_of_however_old_it_is() {
    let screen = |keys: &str| shown(many(5_000), keys, (120, 40)).text();
    let filter = format!("& trace:{}", TraceId::from_low64(4).unwrap());
    assert!(screen(&format!("2 z {filter} <Enter>")).contains("1 of 5,000 traces"));
    let table = screen(&format!("2 z {filter} <Enter> v"));
    assert!(table.contains(" operations · 4 spans"), "{table}");
}

#[test]
fn an_operation_of_any_name_leads_to_its_traces() {
    let count = shown(ugly(), "2 z v", (200, 60))
        .pane("Operations")
        .lines()
        .filter(|line| line.contains("/s ") || line.contains("/min "))
        .count();
    assert!(count > 20, "{count}");
    for row in 0..count {
        let mut screen = shown(ugly(), &format!("2 z v {} <Enter>", "j ".repeat(row)), (200, 60));
        let text = screen.text();
        if text.contains("no filter can ask for it: the query is too long") {
            assert!(text.contains("x漢␛x漢␛"), "only the longest name is too long\n{text}");
            continue;
        }
        assert!(text.contains("Traces slowest first ── & service:") && text.contains(" of 13 traces"), "{text}");
        assert!(!text.contains("The filter hides"), "{text}");
    }
}

#[test]
fn an_operation_is_found_by_its_name() {
    let mut screen = shown(many(200), "2 z v j", (120, 40));
    let copied = |screen: &mut Screen| {
        screen.press("y");
        format!("{:?}", screen.asked.last())
    };
    let before = copied(&mut screen);
    screen.press("/ S E L E C T");
    assert!(screen.shows("/ SELECT  1 of ") && screen.shows("╭ Operations"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(copied(&mut screen), before, "{}", screen.text());
    screen.press("/ s e l e c t <Enter>");
    let first = copied(&mut screen);
    assert!(first.contains("SELECT"), "{first}");
    screen.press("n > >");
    assert!(screen.shows("/ select  "), "it stays in force when the order is another: {}", screen.text());
    screen.press("<Esc> n");
    assert!(screen.shows("nothing is searched for; / finds an operation by its name"), "{}", screen.text());
    screen.press("/ z z");
    assert!(screen.shows("/ zz  no match"), "{}", screen.text());
}

#[test]
fn the_time_that_rates_are_of_is_told() {
    let screen = shown(many(200), "2 z v", (120, 40)).text();
    assert!(screen.contains("200 traces in "), "{screen}");
}
