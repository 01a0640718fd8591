//! The list of traces: what it shows at any size, sorted, filtered, and while more comes.

use std::sync::Arc;

use spantail::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId};

use super::harness::{MILLI, NOW, SECOND, Screen, Store};
use super::hostile;
use super::looks::{hold, hold_resized};

/// A span by its trace and its number, with its times in nanoseconds.
#[derive(Clone, Copy)]
pub(super) struct Spec<'a> {
    pub(super) trace: u64,
    pub(super) id: u64,
    /// 0 for none.
    pub(super) parent: u64,
    pub(super) service: &'a str,
    pub(super) name: &'a str,
    pub(super) start: Nanos,
    pub(super) length: Nanos,
    pub(super) is_error: bool,
}

pub(super) fn span(spec: Spec<'_>) -> Span {
    let code = if spec.is_error { StatusCode::Error } else { StatusCode::Unset };
    Span {
        trace_id: TraceId::from_low64(spec.trace).unwrap(),
        span_id: SpanId::from_u64(spec.id).unwrap(),
        parent_id: SpanId::from_u64(spec.parent),
        trace_state: Box::default(),
        name: spec.name.into(),
        kind: SpanKind::Server,
        start: spec.start,
        end: spec.start + spec.length,
        status: Status { code, message: Box::default() },
        flags: 1,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource { attributes: [("service.name", spec.service)].into_iter().collect() }),
        scope: Arc::new(Scope::default()),
    }
}

const OPERATIONS: [(&str, &str); 4] =
    [("frontend", "GET /cart"), ("checkout", "POST /orders"), ("frontend", "GET /"), ("search", "GET /search")];
const CALLS: [(&str, &str); 3] = [("payment", "POST /charge"), ("cart", "HGET cart"), ("inventory", "SELECT stock")];

/// The `n`th trace of many: one to four spans, of a few milliseconds to more than a second, some of which fail.
pub(super) fn trace(n: u64, start: Nanos) -> Vec<Span> {
    let length = i64::try_from(n * 7919 % 97 + 3).unwrap() * 2 * MILLI * if n.is_multiple_of(29) { 9 } else { 1 };
    let is_error = n % 13 == 5;
    let (service, name) = OPERATIONS[usize::try_from(n % 4).unwrap()];
    let root = Spec { trace: n + 1, id: 1, parent: 0, service, name, start, length, is_error };
    let mut out = vec![span(root)];
    for call in 0..n % 4 {
        let (service, name) = CALLS[usize::try_from((n + call) % 3).unwrap()];
        let at = start + i64::try_from(call).unwrap() * length / 4;
        let is_error = is_error && call == 0;
        out.push(span(Spec {
            id: call + 2,
            parent: 1,
            service,
            name,
            start: at,
            length: length / 5,
            is_error,
            ..root
        }));
    }
    out
}

/// `count` traces, 37 ms apart, the last one a second ago.
pub(super) fn many(count: u64) -> Store {
    let mut store = Store::new();
    for n in 0..count {
        let before = i64::try_from(count - n).unwrap() * 37 * MILLI;
        store.spans("otlp", trace(n, NOW - SECOND - before));
    }
    store
}

/// One trace of `count` spans, eight in each, one after the other.
pub(super) fn one(count: u64) -> Store {
    let mut store = Store::new();
    let mut spans = Vec::new();
    let mut times = vec![(NOW - 10 * SECOND, 8 * SECOND)];
    for n in 0..count {
        let (service, name) = if n == 0 { OPERATIONS[1] } else { CALLS[usize::try_from(n % 3).unwrap()] };
        let (parent, start, length) = if n == 0 {
            (0, times[0].0, times[0].1)
        } else {
            let parent = (n - 1) / 8;
            let (from, all) = times[usize::try_from(parent).unwrap()];
            let slot = i64::try_from((n - 1) % 8).unwrap();
            (parent + 1, from + slot * all / 9, all / 9)
        };
        if n > 0 {
            times.push((start, length));
        }
        let is_error = n % 41 == 7;
        spans.push(span(Spec { trace: 1, id: n + 1, parent, service, name, start, length, is_error }));
    }
    store.spans("otlp", spans);
    store
}

/// Traces whose names are everything that a sender could think of.
pub(super) fn ugly() -> Store {
    let mut store = Store::new();
    let long = "x漢\u{1b}".repeat(3_400);
    for (n, name) in (0..).zip(hostile::TEXTS.into_iter().chain([long.as_str()])) {
        let start = NOW - SECOND - i64::try_from(n).unwrap() * MILLI;
        let service = hostile::TEXTS[usize::try_from(n + 3).unwrap() % hostile::TEXTS.len()];
        let root =
            Spec { trace: n + 1, id: 1, parent: 0, service, name, start, length: 90 * MILLI, is_error: n % 2 == 0 };
        let child = Spec { id: 2, parent: 1, service: name, name: service, length: 40 * MILLI, ..root };
        store.spans("otlp", vec![span(root), span(child)]);
    }
    store
}

/// Holds what `keys` lead to with so many traces, and with hostile ones, at all sizes.
pub(super) fn hold_many(name: &str, keys: &str) {
    for count in [1, 30, 5_000, 50_000] {
        hold_resized(&format!("{name}__{count}"), &mut shown(many(count), keys, (120, 40)));
    }
    hold_resized(&format!("{name}__ugly"), &mut shown(ugly(), keys, (120, 40)));
}

/// The same of one trace of so many spans.
pub(super) fn hold_one(name: &str, keys: &str) {
    for count in [1, 30, 5_000, 50_000] {
        hold_resized(&format!("{name}__{count}"), &mut shown(one(count), keys, (120, 40)));
    }
}

pub(super) fn shown(store: Store, keys: &str, (width, height): (u16, u16)) -> Screen {
    let mut screen = Screen::new(store, width, height);
    screen.press(keys);
    screen
}

#[test]
fn many_traces() {
    hold_many("tracelist", "2");
}

#[test]
fn a_pane_of_its_own_has_all_columns() {
    hold("tracelist__slowest_200x60", &shown(many(300), "2 z > j j m", (200, 60)).text());
    hold("tracelist__slowest_80x24", &shown(many(300), "2 z > j j m", (80, 24)).text());
}

/// The rows of the list, without the frame.
fn rows(screen: &mut Screen) -> Vec<String> {
    let pane = screen.pane("Traces");
    pane.lines()
        .skip_while(|line| !line.contains("duration"))
        .skip(1)
        .map(|line| line.trim_matches(['│', ' ']).to_owned())
        .collect()
}

#[test]
fn every_column_sorts_and_says_so_and_turns_round() {
    let mut screen = shown(many(60), "2 z", (200, 60));
    for (title, header) in [
        ("latest first", "time▼"),
        ("slowest first", "▼duration"),
        ("most spans first", "▼spans"),
        ("most errors first", "▼errors"),
        ("most services first", "▼services"),
        ("by service", "service▲"),
        ("by operation", "operation▲"),
    ] {
        assert!(screen.shows(&format!("Traces {title}")) && screen.shows(header), "{title}\n{}", screen.text());
        screen.press("> g");
    }
    assert!(screen.shows("Traces latest first"), "one comes round");
    screen.press("<");
    assert!(screen.shows("Traces by operation"), "{}", screen.text());
    screen.press("R");
    assert!(screen.shows("operation▼") && rows(&mut screen)[0].contains("POST /orders"), "{}", screen.text());
}

#[test]
fn the_slowest_stand_first_and_what_was_pointed_at_stays_selected() {
    let mut screen = shown(many(60), "2 z >", (120, 40));
    let slowest = rows(&mut screen)[0].clone();
    assert!(slowest.contains("990 ms"), "{slowest}");
    // Below the top one looks at a trace: it stays selected while the order changes.
    let selected = |screen: &mut Screen| {
        screen.press("y");
        let copied = screen.asked.iter().rev().find_map(|effect| match effect {
            spantail::tui::effect::Effect::Copy(text) => Some(text.clone()),
            _ => None,
        });
        copied.expect("an id")
    };
    screen.press("j j j");
    let id = selected(&mut screen);
    for keys in ["R", ">", ">", "& frontend <Enter>", "C", "<", "R"] {
        screen.press(keys);
        if keys.contains("frontend") {
            continue;
        }
        assert_eq!(selected(&mut screen), id, "after {keys}\n{}", screen.text());
    }
}

#[test]
fn at_the_top_the_latest_come_in_and_below_it_the_list_stands_still() {
    let mut screen = shown(many(40), "2 z", (80, 24));
    screen.store.spans("otlp", trace(100, NOW - MILLI));
    screen.arrive();
    assert!(rows(&mut screen)[0].contains("GET /cart") && screen.shows("41 traces"), "{}", screen.text());
    screen.press("j j j");
    let before = rows(&mut screen);
    for n in 0..5 {
        screen.store.spans("otlp", trace(200 + n, NOW));
        screen.arrive();
    }
    // The bars may be drawn against a longer one by now.
    let figures =
        |rows: &[String]| rows.iter().take(15).map(|row| row.chars().take(24).collect()).collect::<Vec<String>>();
    assert_eq!(figures(&rows(&mut screen)), figures(&before), "{}", screen.text());
    assert!(screen.shows("5 newer above"), "what is not in sight is told\n{}", screen.text());
    // What came late begins where it belongs by its time and not by its arrival.
    screen.press("g");
    assert!(!screen.shows("newer above"), "{}", screen.text());
    screen.store.spans("otlp", trace(300, NOW - 3600 * SECOND));
    screen.arrive();
    screen.press("G");
    assert!(screen.shows("11:03:10"), "{}", screen.text());
}

#[test]
fn a_filter_holds_as_one_types_and_says_what_it_hides() {
    let mut screen = shown(many(60), "2 z & service:payment", (120, 40));
    assert!(screen.shows("── & service:payment"), "{}", screen.text());
    let right = screen.pane("Traces").lines().next().unwrap().to_owned();
    assert!(right.contains(" of 60 traces"), "{right}");
    let listed = rows(&mut screen).len();
    screen.press("<Esc>");
    assert!(screen.shows("60 traces") && !screen.shows("& service"), "given up, it is as before");
    screen.press("& service:nobody <Enter>");
    let text = screen.text();
    assert!(text.contains("The filter hides all 60 traces.") && text.contains("C shows them again."), "{text}");
    screen.press("C");
    assert!(screen.shows("60 traces") && rows(&mut screen).len() >= listed);
    // What comes later is asked as well, and what grows is asked again.
    screen.press("& service:late <Enter>");
    let root = late(MILLI);
    screen.store.spans("otlp", vec![span(root)]);
    screen.arrive();
    assert!(!screen.shows("GET /late"), "{}", screen.text());
    screen.store.spans("otlp", vec![span(Spec { id: 2, parent: 1, service: "late", ..root })]);
    screen.arrive();
    assert!(screen.shows("GET /late") && screen.shows("1 of 61 traces"), "{}", screen.text());
}

/// The root of a trace that comes after those of the list.
fn late(length: i64) -> Spec<'static> {
    let (service, name) = ("web", "GET /late");
    Spec { trace: 900, id: 1, parent: 0, service, name, start: NOW, length, is_error: false }
}

#[test]
fn a_second_report_of_a_span_is_asked_as_well() {
    let early = late(0);
    let mut screen = shown(many(3), "2 z & op:*late <Space> status:error <Enter>", (120, 40));
    screen.store.spans("otlp", vec![span(early)]);
    screen.arrive();
    assert!(!screen.shows("GET /late"), "{}", screen.text());
    screen.store.spans("otlp", vec![span(Spec { length: MILLI, is_error: true, ..early })]);
    screen.arrive();
    assert!(screen.shows("GET /late"), "no span has come, but one that says more: {}", screen.text());
}

#[test]
fn a_filter_of_very_many_traces_is_asked_beside_the_screen_and_then_known_of_all() {
    let mut screen = shown(many(12_000), "2 z & op:HGET* <Enter>", (120, 40));
    let text = screen.text();
    assert!(text.contains("of the latest 10,000") && !text.contains("looking"), "{text}");
    screen.press("C");
    assert!(screen.shows("latest 10,000 of 12,000 traces"), "{}", screen.text());
}

#[test]
fn a_marked_trace_is_marked_in_the_list() {
    let mut screen = shown(many(30), "2 z j j m", (80, 24));
    assert!(screen.pane("Traces").contains("│◆"), "{}", screen.text());
    screen.press("m");
    assert!(!screen.shows("◆"), "{}", screen.text());
}

#[test]
fn what_began_another_day_has_a_date() {
    for size in [(120, 40), (80, 24)] {
        let mut store = many(3);
        store.spans("otlp", trace(50, NOW - 49 * 3600 * SECOND));
        let mut screen = shown(store, "2 z", size);
        assert!(screen.shows("03-12 11:03:10") && screen.shows("03-14 12:03:08"), "{}", screen.text());
        screen.store.spans("otlp", trace(51, 7_258_118_400 * SECOND));
        screen.arrive();
        assert!(screen.shows("2026-03-12 11:03:10") && screen.shows("2200-01-01 00:00:00"), "{}", screen.text());
        screen.resize(60, 24);
        assert!(screen.shows("03-12 11:03:10") && screen.shows("2200-01-01  "), "{}", screen.text());
        assert!(!screen.shows("2026-"), "{}", screen.text());
    }
}

#[test]
fn columns_stand_still_while_data_comes_and_one_scrolls() {
    let mut store = many(40);
    let long = "a-service-of-a-longer-name";
    let spec =
        Spec { trace: 900, id: 1, parent: 0, service: long, name: "GET /", start: NOW, length: MILLI, is_error: false };
    store.spans("otlp", vec![span(spec)]);
    let mut screen = shown(store, "2 z", (120, 24));
    let header =
        |screen: &mut Screen| screen.pane("Traces").lines().find(|line| line.contains("operation")).map(str::to_owned);
    let before = header(&mut screen);
    screen.press("<PgDn>");
    assert!(!screen.shows("a-service"), "{}", screen.text());
    assert_eq!(header(&mut screen), before, "{}", screen.text());
}

#[test]
fn the_frame_tells_of_other_views_and_which_one_is_shown() {
    let mut screen = shown(many(30), "2", (120, 40));
    for (views, title) in [
        ("v list operations flame scatter", "Traces latest first"),
        ("v list operations flame scatter", "Operations most self time first"),
        ("v list operations flame scatter", "Flame graph"),
        ("v list operations flame scatter", "Traces duration over time"),
        ("v list operations flame scatter", "Traces latest first"),
    ] {
        assert!(screen.shows(views) && screen.shows(title), "{title}\n{}", screen.text());
        screen.press("v");
    }
    screen.press("V z <Enter>");
    assert!(screen.shows("v waterfall operations flame events"), "{}", screen.text());
    screen.press("V");
    assert!(screen.shows("╭ Events") && screen.shows("v waterfall operations flame events"), "{}", screen.text());
    // Where there is little room the next one is told; a pane without the keys tells none.
    screen.resize(40, 12);
    assert!(screen.shows(" v waterfall "), "{}", screen.text());
    screen.resize(120, 40).press("z 1");
    assert!(!screen.shows("v waterfall"), "{}", screen.text());
}

#[test]
fn the_shown_view_is_marked() {
    let mut screen = shown(many(30), "2 z v", (120, 40));
    let buf = screen.frame();
    let line: String = (0..120).map(|x| buf[(x, 38)].symbol()).collect();
    let style_of = |title: &str| {
        let at = line.split(title).next().map(|before| before.chars().count()).unwrap();
        buf[(u16::try_from(at).unwrap(), 38)].fg
    };
    assert_ne!(style_of("operations"), style_of("flame"), "{line}");
    assert_eq!(style_of("list"), style_of("flame"), "{line}");
}

#[test]
fn where_nothing_else_failed_it_is_said() {
    let mut screen = shown(many(4), "2 z e", (120, 40));
    assert!(screen.shows("no other failed trace"), "{}", screen.text());
}

#[test]
fn a_high_pane_has_durations_over_time_above_its_list() {
    let mut screen = shown(many(60), "2 z", (120, 40));
    let field = |screen: &mut Screen| screen.pane("Traces").lines().filter(|line| line.contains('┤')).count();
    assert!(field(&mut screen) >= 2 && screen.shows("◉"), "{}", screen.text());
    let dot = |screen: &mut Screen| screen.text().lines().position(|line| line.contains('◉'));
    let before = dot(&mut screen);
    screen.press("j j j j");
    assert_ne!(dot(&mut screen), before, "the selected trace is marked\n{}", screen.text());
    screen.resize(120, 30);
    assert_eq!(field(&mut screen), 0, "{}", screen.text());
}
