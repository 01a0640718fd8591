//! Links from both of their ends: where a span's own lead, and who links to it.

use spantail::model::{Span, SpanKind};
use spantail::tui::effect::Effect;

use super::harness::{SECOND, Screen, Setup, Store};
use super::incident::{self, ORDER};
use super::looks::at_all_sizes;
use super::{hostile, trees};

/// Traces of consumers.
const MAIL: &str = "0af7651916cd43dd8448eb211c80319c";
const LABEL: &str = "7b5cde9f1a2b3c4d5e6f708192a3b4c5";

/// The order that puts a message into a queue with its fourth span.
fn order() -> Vec<Span> {
    let send = incident::span(ORDER, 4, Some(1), "checkout", "send orders", 900, 910);
    let span = |number, parent, name, from, to| incident::span(ORDER, number, parent, "checkout", name, from, to);
    vec![
        span(1, None, "POST /orders", 0, 1_000),
        span(2, Some(1), "validate", 10, 90),
        span(3, Some(1), "charge", 100, 880),
        Span { kind: SpanKind::Producer, ..send },
    ]
}

/// A trace that takes the message up, some milliseconds after.
fn consumer(trace: &str, service: &str, name: &str, from: i64) -> Vec<Span> {
    let root = incident::span(trace, 0x21, None, service, name, from, from + 60);
    let root = trees::linked(root, incident::trace_id(ORDER), incident::span_id(4));
    vec![
        Span { kind: SpanKind::Consumer, ..root },
        incident::span(trace, 0x22, Some(0x21), service, "SMTP send", from + 1, from + 50),
    ]
}

/// The order alone, opened, with its last span selected: the one that sends.
fn opened(mut store: Store, size: (u16, u16)) -> Screen {
    incident::sources(&mut store);
    store.spans(incident::OTLP, order());
    let mut screen = Screen::new(store, size.0, size.1);
    screen.press("2 <Enter> G");
    screen
}

/// What the row of a span in the waterfall says.
fn row(screen: &mut Screen, what: &str) -> String {
    let pane = screen.pane("Trace");
    let rows = pane.lines().skip(1);
    rows.skip_while(|line| !line.contains("operation")).find(|line| line.contains(what)).unwrap_or_default().to_owned()
}

/// What the frame of the selected span says.
fn selected(screen: &mut Screen) -> String {
    screen.pane("Span").lines().next().unwrap_or_default().to_owned()
}

#[test]
fn from_a_message_to_the_trace_that_took_it_up_and_back() {
    let mut screen = opened(Store::new(), (100, 40));
    assert!(!screen.shows("↙"), "{}", screen.text());
    screen.store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
    screen.arrive();
    assert!(row(&mut screen, "send orders").contains("↙1"), "{}", screen.text());
    assert!(screen.shows("linked from 1 span") && screen.shows("mail process orders · "), "{}", screen.text());
    let before = screen.text();
    screen.press("F");
    assert!(screen.shows("Trace 0af7…319c") && selected(&mut screen).contains("process orders"), "{}", screen.text());
    assert!(row(&mut screen, "process orders").contains("↗1"), "{}", screen.text());
    assert!(screen.shows("links to  checkout send orders · "), "{}", screen.text());
    let consumer = screen.text();
    screen.press("F");
    assert!(selected(&mut screen).contains("send orders"), "a link leads both ways\n{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(screen.text(), consumer);
    screen.press("<Esc>");
    assert_eq!(screen.text(), before);
}

#[test]
fn of_several_links_one_is_chosen_and_back_leads_to_the_choice() {
    let mut screen = opened(Store::new(), (100, 40));
    screen.store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
    screen.store.spans(incident::OTLP, consumer(LABEL, "shipping", "create label", 920));
    screen.arrive();
    assert!(row(&mut screen, "send orders").contains("↙2"), "{}", screen.text());
    screen.press("F");
    assert!(screen.shows("linked from 2 spans") && !screen.shows("Trace 4bf9"), "{}", screen.text());
    screen.press("y");
    let ids = format!("{LABEL} {}", incident::span_id(0x21));
    assert!(matches!(screen.asked.last(), Some(Effect::Copy(text)) if *text == ids), "{:?}", screen.asked.last());
    screen.press("j");
    let before = screen.text();
    screen.press("<Enter>");
    assert!(screen.shows("Trace 0af7…319c") && selected(&mut screen).contains("mail"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(screen.text(), before);
}

#[test]
fn a_span_that_is_looked_at_tells_who_links_to_it_by_now() {
    let mut screen = opened(Store::new(), (100, 40));
    screen.press("<Enter>");
    assert!(!screen.shows("linked from"), "{}", screen.text());
    screen.store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
    screen.arrive();
    assert!(screen.shows("▾ linked from") && screen.shows("mail  "), "{}", screen.text());
    let shown = screen.text();
    screen.store.spans(incident::OTLP, vec![trees::span(1, 0, "other", "nothing to do with it", 0, SECOND)]);
    screen.arrive();
    let body = |text: &str| text.lines().skip(1).take(30).collect::<Vec<_>>().join("\n");
    assert_eq!(body(&screen.text()), body(&shown));
}

#[test]
fn a_link_says_that_its_trace_has_come_and_gone() {
    let mut screen = Screen::new(Store::with_traces(6_000), 100, 40);
    screen.store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
    screen.arrive().press("2 <Enter> g");
    assert!(screen.shows("links to  not in memory · 4bf92f3577b34da6a3ce929d0e0e4736"), "{}", screen.text());
    screen.store.spans(incident::OTLP, order().split_off(1));
    screen.arrive().press("<Enter>");
    assert!(screen.shows("send orders · "), "{}", screen.text());
    // A failed trace is kept, others make room for it.
    let failed = |n| trees::failed(trees::span(n, 0, "shop", "x", 0, SECOND), &"long ".repeat(1_000));
    screen.store.spans(incident::OTLP, vec![failed(1)]);
    screen.arrive();
    assert!(screen.shows("not in memory"), "{}", screen.text());
}

#[test]
fn links_that_lead_here_go_with_the_trace_that_had_them() {
    let mut screen = opened(Store::with_traces(9_000), (100, 40));
    screen.store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
    screen.arrive();
    assert!(row(&mut screen, "send orders").contains("↙1"), "{}", screen.text());
    let failed = trees::failed(trees::span(1, 0, "shop", "x", 0, SECOND), &"long ".repeat(1_600));
    screen.store.spans(incident::OTLP, vec![failed]);
    screen.arrive();
    assert!(screen.store.trace_reader.get(incident::trace_id(MAIL)).is_none(), "evicted");
    assert!(!screen.shows("↙") && !screen.shows("linked from"), "{}", screen.text());
}

#[test]
fn what_is_named_by_its_low_half_is_told_and_found() {
    let mut screen = opened(Store::new(), (100, 40));
    let half = format!("{:0>32}", ORDER.get(16..).unwrap());
    let root = incident::span(MAIL, 0x21, None, "mail", "process orders", 930, 990);
    let root = trees::linked(root, incident::trace_id(&half), incident::span_id(4));
    screen.store.spans(incident::OTLP, vec![root]);
    screen.arrive().press("F");
    assert!(screen.shows("Trace 0af7…319c") && screen.shows("links to  checkout send orders"), "{}", screen.text());
    screen.press("F");
    assert!(screen.shows("Trace 4bf9…4736") && selected(&mut screen).contains("send orders"), "{}", screen.text());
}

#[test]
fn more_links_than_are_told_are_counted() {
    let mut screen = opened(Store::new(), (100, 40));
    let from = (0..1_200_i64).map(|n| {
        let trace = format!("{:032x}", 0xabc_0000 + n);
        consumer(&trace, "mail", "process orders", 930 + n).swap_remove(0)
    });
    screen.store.spans(incident::OTLP, from.collect());
    screen.arrive();
    assert!(row(&mut screen, "send orders").contains("↙>99"), "{}", screen.text());
    assert!(screen.shows("linked from 1,200 spans") && screen.shows("and 1,196 more"), "{}", screen.text());
    screen.press("F G");
    assert!(screen.shows("and 200 more"), "{}", screen.text());
}

#[test]
fn any_name_and_any_size_is_drawn() {
    for (at, text) in hostile::TEXTS.iter().enumerate() {
        for size in [(120, 40), (80, 24), (40, 12), (12, 4)] {
            let mut screen = opened(Store::new(), size);
            let long = text.repeat(if at % 3 == 0 { 2_000 } else { 1 });
            screen.store.spans(incident::OTLP, consumer(MAIL, &long, text, 930));
            screen.store.spans(incident::OTLP, consumer(LABEL, text, &long, 940));
            screen.arrive();
            for keys in ["", "F", "j", "<Enter>", "<Enter>"] {
                screen.press(keys);
                assert!(!screen.text().contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{text:?} {size:?}");
            }
        }
    }
}

/// The order, then two traces that link to it, and one of its spans that links to what is there and what is not.
fn linked(keys: &'static str) -> impl Fn(u16, u16) -> Screen {
    move |width, height| {
        let mut screen = opened(Store::new(), (width, height));
        screen.store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
        screen.store.spans(incident::OTLP, consumer(LABEL, "shipping", "create label", 920));
        let mut send = order().remove(3);
        for (trace, span) in [(MAIL, 0x22), (incident::LOST, 1), (ORDER, 1), (LABEL, 0x77)] {
            send = trees::linked(send, incident::trace_id(trace), incident::span_id(span));
        }
        screen.store.spans(incident::OTLP, vec![send]);
        screen.wait(SECOND).press(keys);
        screen
    }
}

#[test]
fn a_waterfall_with_links_of_both_directions() {
    at_all_sizes("waterfall__links", linked(""));
}

#[test]
fn a_span_with_links_of_both_directions() {
    at_all_sizes("span__links", linked("F"));
}

#[test]
fn links_in_ascii() {
    let mut store = Store::new();
    store.spans(incident::OTLP, consumer(MAIL, "mail", "process orders", 930));
    store.spans(incident::OTLP, order());
    let mut screen = Screen::with(store, Setup { ascii: true, size: (100, 40), ..Setup::default() });
    screen.press("2 j <Enter>");
    let is_told = |screen: &mut Screen| screen.shows("&1") || screen.shows("@1");
    assert!(is_told(&mut screen) && screen.text().is_ascii(), "{}", screen.text());
}
