//! Traces compared: with what is usual for their operation, and with one that was marked.

use spantail::model::{Span, SpanKind, Status, StatusCode};

use super::harness::{Screen, Setup, Store};
use super::incident;
use super::looks::hold_resized;

const SLOW: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01";

/// Where a trace of the shop is in time, and what it does.
struct Order {
    /// When it begins, in milliseconds after 12:03:05.
    at: i64,
    queries: u8,
    /// How long the bank takes, in milliseconds.
    charge: i64,
    is_retried: bool,
    asks_cache: bool,
}

impl Order {
    fn spans(&self, trace: &str) -> Vec<Span> {
        let span = |number, parent, service: &str, name: &str, from: i64, to: i64| Span {
            kind: SpanKind::Server,
            ..incident::span(trace, number, parent, service, name, self.at + from, self.at + to)
        };
        let queries = 40 + 4 * i64::from(self.queries);
        let paid = queries + 10 + self.charge + if self.is_retried { 60 } else { 0 };
        let mut out = vec![
            span(1, None, "checkout", "POST /orders", 0, paid + 40),
            span(2, Some(1), "auth", "verify token", 1, 6),
            span(3, Some(1), "cart", "GET /cart", 8, queries + 2),
            span(4, Some(1), "payment", "POST /charge", queries + 4, paid),
            span(5, Some(4), "bank", "authorise", queries + 8, queries + 8 + self.charge),
            span(6, Some(1), "shipping", "create label", paid + 2, paid + 30),
            span(7, Some(6), "shipping", "render", paid + 3, paid + 20),
            span(8, Some(6), "shipping", "store", paid + 21, paid + 29),
            span(9, Some(1), "mail", "send", paid + 31, paid + 38),
        ];
        out.extend((0..self.queries).map(|n| {
            let from = 38 + 4 * i64::from(n);
            span(30 + n, Some(3), "cart", "SELECT item", from, from + 3)
        }));
        if self.asks_cache {
            out.push(span(20, Some(3), "cache", "GET items", 10, 12));
        }
        if self.is_retried {
            let from = queries + 10 + self.charge;
            let failed = Status { code: StatusCode::Error, message: "timed out".into() };
            out.push(Span { status: failed, ..span(21, Some(4), "payment", "retry", from, from + 55) });
        }
        out
    }
}

/// Twenty orders as they usually are, and one that is slow: it asks for each item by itself, and the bank is late.
fn store() -> Store {
    let mut store = Store::new();
    incident::sources(&mut store);
    for n in 0..20 {
        let usual = Order { at: n * 10 - 4_000, queries: 3, charge: 80 + n, is_retried: false, asks_cache: true };
        store.spans(incident::OTLP, usual.spans(&format!("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb{n:02}")));
    }
    let slow = Order { at: 0, queries: 50, charge: 400, is_retried: true, asks_cache: false };
    store.spans(incident::OTLP, slow.spans(SLOW));
    store
}

fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn screen(width: u16, height: u16) -> Screen {
    let mut screen = Screen::new(store(), width, height);
    screen.press("2 d");
    screen
}

#[test]
fn a_slow_trace_beside_what_is_usual() {
    keep("comparison__usual_120x40", &screen(120, 40).pane("Comparison"));
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut screen = screen(width, height);
        screen.press("z");
        keep(&format!("comparison__usual_alone_{width}x{height}"), &screen.text());
    }
}

#[test]
fn from_the_slow_trace_to_the_call_that_grew_and_back() {
    let mut screen = screen(120, 40);
    screen.press("e e");
    let pane = screen.pane("Comparison");
    assert!(pane.contains("×50 (usual 3)"), "{pane}");
    assert!(pane.contains("beside usual") && pane.contains("48 calls more") && pane.contains("of 20 without errors"));
    screen.press("> <Down>");
    let sorted = screen.pane("Comparison");
    assert!(sorted.contains("Δ self▾"), "{sorted}");
    screen.press("g <Enter>");
    assert!(screen.shows("Trace aaaa") && screen.pane("Span").contains("authorise"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(
        screen.pane("Comparison"),
        {
            screen.press("g");
            screen.pane("Comparison")
        },
        "where one was"
    );
    screen.press("<Esc>");
    assert!(!screen.shows("Comparison"), "{}", screen.text());
}

#[test]
fn a_call_that_is_missing_opens_in_a_trace_that_has_it() {
    let mut screen = screen(120, 40);
    screen.press("e e <Enter>");
    assert!(screen.shows("Trace bbbb") && screen.pane("Span").contains("GET items"), "{}", screen.text());
}

#[test]
fn two_traces_are_compared_where_one_is_marked() {
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 <Down> m");
    assert!(screen.shows("is what others are compared with"));
    screen.press("g d");
    keep("comparison__marked_120x40", &screen.pane("Comparison"));
    screen.press("*");
    keep("comparison__all_120x40", &screen.pane("Comparison"));
}

#[test]
fn either_of_two_traces_may_grow_meanwhile() {
    let late = |trace| Span { kind: SpanKind::Server, ..incident::span(trace, 99, Some(1), "late", "audit", 50, 60) };
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 <Down> m g d *");
    assert!(screen.shows("Comparison") && !screen.shows("audit"), "{}", screen.text());
    for (marks, trace) in [("−", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb19"), (" ", SLOW)] {
        screen.store.spans(incident::OTLP, vec![late(trace)]);
        screen.wait(2 * super::harness::SECOND);
        let pane = screen.pane("Comparison");
        let row = pane.lines().find(|line| line.contains("audit")).unwrap_or_else(|| panic!("{pane}"));
        assert!(row.contains(marks), "{row}");
    }
}

#[test]
fn a_trace_without_its_like_says_what_to_do() {
    let mut store = Store::new();
    incident::sources(&mut store);
    let spans = Order { at: 0, queries: 3, charge: 80, is_retried: false, asks_cache: true }.spans(SLOW);
    store.spans(incident::OTLP, spans);
    let mut screen = Screen::new(store, 80, 24);
    screen.press("2 d");
    keep("comparison__nothing_80x24", &screen.text());
    // As soon as another comes there is something to compare with.
    let other = Order { at: 50, queries: 3, charge: 90, is_retried: false, asks_cache: true };
    screen.store.spans(incident::OTLP, other.spans("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb07"));
    screen.wait(2 * super::harness::SECOND);
    assert!(screen.shows("beside usual"), "{}", screen.text());
}

/// A trace of a root and `count` calls, of which every seventh is slow where `is_slow`.
fn large(trace: &str, count: u64, is_slow: bool, name: impl Fn(u64) -> String) -> Vec<Span> {
    let root = incident::span(trace, 1, None, "checkout", "POST /bulk", 0, 60_000);
    let calls = (2..=count).map(|n| {
        let from = n.cast_signed();
        let span = incident::span(
            trace,
            2,
            Some(1),
            "store",
            &name(n),
            from,
            from + if is_slow && n % 7 == 0 { 900 } else { 1 },
        );
        Span { span_id: spantail::model::SpanId::from_u64(n).unwrap(), parent_id: Some(root.span_id), ..span }
    });
    std::iter::once(root.clone()).chain(calls).collect()
}

fn compared(count: u64, name: impl Fn(u64) -> String) -> Screen {
    let mut store = Store::new();
    incident::sources(&mut store);
    store.spans(incident::OTLP, large("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb07", count, false, &name));
    store.spans(incident::OTLP, large(SLOW, count, true, &name));
    let mut screen = Screen::new(store, 120, 40);
    screen.press("2 d z");
    screen
}

#[test]
fn small_and_large_traces_take_one_screen() {
    hold_resized("comparison__1", &mut compared(1, |_| String::new()));
    hold_resized("comparison__30", &mut compared(30, |n| format!("put {:02}", n % 7)));
    hold_resized("comparison__5000", &mut compared(5_000, |n| format!("put {:02}", n % 70)));
    let mut huge = compared(50_000, |n| format!("put {n:05}"));
    hold_resized("comparison__50000", &mut huge);
    huge.press("* G > > < R e E _");
    assert!(huge.shows("of 50,000 differ"), "{}", huge.text());
}

#[test]
fn hostile_names_stay_in_their_cells() {
    let names = [
        "",
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字",
        "e\u{301}\u{301}\u{301}galité",
        "\u{202e}kcatta\u{1b}[31mred\u{7}",
        "a\tb\nc",
    ];
    let name = |n: u64| match n {
        7 => "x".repeat(10_000),
        _ => format!("{}{}", names[usize::try_from(n).unwrap() % names.len()], n / 7),
    };
    let mut screen = compared(30, name);
    hold_resized("comparison__hostile", &mut screen);
    for (width, height) in [(40, 12), (20, 6), (8, 4), (3, 2), (1, 1)] {
        screen.resize(width, height).press("<Down> * _ <Right> <Left>");
    }
}

#[test]
fn in_ascii_every_sign_is_ascii() {
    let mut screen = Screen::with(store(), Setup { ascii: true, size: (120, 40), ..Setup::default() });
    screen.press("2 d z");
    let text = screen.text();
    let pane: Vec<&str> = text.lines().skip(1).take(30).collect();
    assert!(pane.iter().all(|line| line.is_ascii()), "{}", pane.join("\n"));
}

#[test]
fn two_traces_are_compared_the_other_way_round() {
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 <Down> m g d");
    let there = screen.pane("Comparison");
    assert!(there.contains("Comparison of aaaa…aa01") && there.contains("d other way round"), "{there}");
    assert!(there.contains("48 calls more") && there.contains("beside trace bbbb"), "{there}");
    screen.press("d");
    let back = screen.pane("Comparison");
    assert!(back.contains("Comparison of bbbb") && back.contains("beside trace aaaa…aa01"), "{back}");
    assert!(back.contains("48 missing"), "{back}");
    assert_eq!(screen.press("d").pane("Comparison"), there);
    let mut screen = self::screen(120, 40);
    screen.press("d");
    assert!(screen.shows("what is usual is no trace; m in the list marks one"), "{}", screen.text());
}

#[test]
fn another_operation_is_told() {
    let mut store = store();
    store.spans(
        incident::OTLP,
        vec![Span {
            kind: SpanKind::Server,
            ..incident::span("cccccccccccccccccccccccccccccc01", 1, None, "cart", "GET /cart", 9_000, 9_100)
        }],
    );
    let mut screen = Screen::new(store, 120, 40);
    screen.press("2 m <Down> d");
    assert!(screen.shows("of another operation, cart GET /cart"), "{}", screen.text());
}
