//! The service graph: how it looks with one service and with hundreds, and how one moves through it to traces and logs.

use std::sync::Arc;

use spantail::model::{
    Attributes, Dependency, Resource, SourceState, Span, SpanId, SpanKind, Status, StatusCode, TraceId, Value,
};
use spantail::tui::effect::Effect;
use spantail::tui::event::Outcome;

use super::harness::{MILLI, NOW, SECOND, Screen, Setup, Store};
use super::incident;
use super::looks::{at_all_sizes, hold};

const JAEGER: &str = "jaeger";
const TEMPO: &str = "tempo";
/// The names of a small shop; services beyond have numbers.
const SHOP: [&str; 8] = ["frontend", "checkout", "cart", "pricing", "payment", "inventory", "shipping", "bank"];

fn resource(service: &str) -> Arc<Resource> {
    Arc::new(Resource { attributes: [("service.name", Value::from(service))].into_iter().collect() })
}

/// A trace of one call from one service to another.
fn call(number: u64, from: &str, to: &str, is_error: bool) -> Vec<Span> {
    let start = NOW - 20 * SECOND;
    let duration = (40 + i64::try_from(number % 90).unwrap()) * MILLI;
    let status = if is_error { StatusCode::Error } else { StatusCode::Unset };
    let span = |id: u64, parent: Option<u64>, service: &str, shorter: i64| Span {
        trace_id: TraceId::from_low64(number + 1).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: parent.and_then(SpanId::from_u64),
        trace_state: Box::default(),
        name: "GET /".into(),
        kind: SpanKind::Server,
        start: start + shorter,
        end: start + duration - shorter,
        status: Status { code: status, message: "".into() },
        flags: 1,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: resource(service),
        scope: Arc::default(),
    };
    vec![span(1, None, from, 0), span(2, Some(1), to, MILLI)]
}

fn name(number: usize) -> String {
    SHOP.get(number).map_or_else(|| format!("svc-{number:03}"), |name| (*name).to_owned())
}

/// The calls of so many services: a tree with some calls across, a few that lead back, and a few services without calls.
fn pairs(count: usize) -> Vec<(usize, usize)> {
    if count == 8 {
        return vec![(0, 1), (0, 2), (1, 2), (1, 3), (1, 4), (1, 5), (2, 3), (4, 7)];
    }
    let has_calls = |it: &usize| it % 17 != 16;
    let mut pairs = Vec::new();
    for it in (1..count).filter(has_calls) {
        pairs.push(((it - 1) / 3, it));
        if it % 4 == 0 {
            pairs.push(((it / 7), it));
        }
        if it % 23 == 5 {
            pairs.push((it, it / 4));
        }
    }
    pairs.retain(|(from, to)| has_calls(from) && from != to);
    pairs
}

fn shop(count: usize) -> Store {
    let mut store = Store::new();
    store.source("otlp", SourceState::Live("127.0.0.1:4317".to_owned()));
    let mut number = 0;
    for (from, to) in pairs(count) {
        for nth in 0..(3 + (from + to) % 5) {
            let is_error = to % 8 == 7 && nth % 3 == 0;
            store.spans("otlp", call(number, &name(from), &name(to), is_error));
            number += 1;
        }
    }
    for alone in (0..count).filter(|it| *it % 17 == 16 || count == 1) {
        store.spans("otlp", call(number, &name(alone), &name(alone), false));
        number += 1;
    }
    if count == 8 {
        store.spans("otlp", call(number, "shipping", "shipping", false));
    }
    store
}

fn after(count: usize, keys: &'static str) -> impl Fn(u16, u16) -> Screen {
    move |width, height| {
        let mut screen = Screen::new(shop(count), width, height);
        screen.press(keys);
        screen
    }
}

#[test]
fn one_service() {
    at_all_sizes("services__1", after(1, "3"));
}

#[test]
fn eight_services() {
    at_all_sizes("services__8", after(8, "3 e"));
}

#[test]
fn eight_services_zoomed() {
    hold("services__8_zoomed_120x40", &after(8, "3 z")(120, 40).text());
}

#[test]
fn sixty_services() {
    at_all_sizes("services__60", after(60, "3 <Down> <Right> <Right>"));
}

#[test]
fn sixty_services_zoomed() {
    hold("services__60_zoomed_200x60", &after(60, "3 z e")(200, 60).text());
}

#[test]
fn three_hundred_services() {
    at_all_sizes("services__300", after(300, "3 z G"));
}

#[test]
fn in_ascii_only() {
    let setup = Setup { ascii: true, size: (120, 40), ..Setup::default() };
    let mut screen = Screen::with(shop(8), setup);
    hold("services__ascii_120x40", &screen.press("3 z e").text());
    assert!(screen.text().is_ascii());
}

#[test]
fn no_service_says_what_to_do() {
    let mut store = Store::new();
    store.source("app.log", SourceState::Live(String::new()));
    let mut screen = Screen::new(store, 120, 40);
    screen.press("3 e + <Right> <Enter> l");
    assert!(screen.shows("No services yet") && screen.shows("press A to add a source"), "{}", screen.text());
}

#[test]
fn hostile_names_stay_in_their_boxes() {
    let long = "x".repeat(10_000);
    let names = [
        &*long,
        "",
        "漢字のサービス名前とても長い",
        "a\u{301}\u{302}e\u{303}",
        "\u{202e}evil",
        "a\x1b[31mb\nc",
        "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    ];
    let hostile = |width, height| {
        let mut store = Store::new();
        store.source("otlp", SourceState::Live(String::new()));
        for (at, pair) in names.windows(2).enumerate() {
            store.spans("otlp", call(at as u64, pair[0], pair[1], at % 2 == 0));
        }
        let mut screen = Screen::new(store, width, height);
        screen.press("3 z <Down> <Right>");
        screen
    };
    hold("services__hostile_120x40", &hostile(120, 40).text());
    for (width, height) in [(1, 1), (20, 6), (40, 12), (80, 24)] {
        let mut screen = hostile(width, height);
        screen.press("<Right> + <Right> e G g <PgDn> <PgUp> - - E <Esc> <Esc>");
        screen.text();
    }
}

#[test]
fn from_a_call_to_its_errors_to_one_trace_and_back_to_the_call() {
    let mut screen = Screen::new(incident::store(), 200, 60);
    screen.press("3 + e");
    let said = "checkout → payment  ";
    assert!(screen.shows(said) && screen.shows("100 % errors"), "{}", screen.text());
    screen.press("e");
    assert!(screen.shows("payment → bank  "), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("caller:payment service:bank"), "{}", screen.text());
    screen.press("<Enter>");
    assert!(screen.shows("Trace 4bf9…4736"), "{}", screen.text());
    screen.press("<Esc> <Esc>");
    assert!(screen.shows("payment → bank  "), "{}", screen.text());
    screen.press("l");
    assert!(screen.shows("service:bank"), "the called service's logs: {}", screen.text());
    screen.press("<Esc> <Esc> <Esc>");
    assert!(screen.shows("most errors"), "the call is given up, then the service: {}", screen.text());
}

#[test]
fn a_service_leads_to_its_traces_and_its_logs() {
    let mut screen = Screen::new(incident::store(), 200, 60);
    screen.press("3 e e <Enter>");
    assert!(screen.shows("service:payment"), "{}", screen.text());
    screen.press("<Esc> s");
    assert!(screen.shows("filter service:payment") || screen.shows("service:payment"), "{}", screen.text());
}

#[test]
fn the_selection_stays_while_data_come() {
    let mut screen = Screen::new(shop(8), 120, 40);
    screen.press("3 z <Down> <Right> +");
    let line = |screen: &mut Screen| {
        let text = screen.text();
        text.lines().find(|line| line.contains(" → ")).map(|line| line.split("  ").next().unwrap().to_owned())
    };
    let before = line(&mut screen);
    assert!(before.is_some(), "{}", screen.text());
    for number in 0..20 {
        screen
            .store
            .spans("otlp", call(5_000 + number, "aaa-first", &name(usize::try_from(number % 8).unwrap()), true));
    }
    screen.arrive();
    assert_eq!(line(&mut screen), before);
    assert!(screen.shows("9 services"));
}

#[test]
fn without_the_keys_all_of_it_is_shown_or_a_table_of_the_worst() {
    let mut screen = after(8, "2")(120, 40);
    assert!(!screen.shows("more") && screen.shows("▶payment") && screen.shows("▶bank"), "{}", screen.text());
    let mut screen = after(60, "2")(120, 40);
    assert!(!screen.shows("─▶") && screen.shows("▼errors") && screen.shows("and 49 more"), "{}", screen.text());
    hold("services__60_unfocused_120x40", &screen.text());
    assert!(
        screen.press("3").shows("─▶") && !screen.shows("▼errors"),
        "with the keys it is the graph: {}",
        screen.text()
    );
    hold("services__12_unfocused_120x40", &after(12, "2")(120, 40).text());
    hold("services__300_unfocused_200x60", &after(300, "2")(200, 60).text());
}

#[test]
fn what_is_too_large_begins_where_services_are() {
    for count in [30, 60, 300] {
        let mut screen = after(count, "3")(120, 40);
        let names = screen.text().lines().filter(|line| line.contains("─▶")).count();
        assert!(names >= 7, "{names} rows of the pane show a service: {}", screen.text());
    }
}

#[test]
fn figures_are_left_out_whole() {
    for (keys, width) in [("3 e", 120), ("3 e +", 120), ("3 e", 80), ("3 e +", 80)] {
        let mut screen = after(8, keys)(width, 40);
        let text = screen.text();
        let line = text.lines().rev().find(|line| line.contains("% errors")).unwrap_or_default();
        assert!(line.contains("p95") && !line.contains("…"), "{keys} {width}: {text}");
    }
}

#[test]
fn what_is_there_no_more_is_not_given_up_step_by_step() {
    let mut store = Store::new();
    store.source("otlp", SourceState::Live(String::new()));
    let earlier = |span: Span| Span { start: span.start - 400 * SECOND, end: span.end - 400 * SECOND, ..span };
    store.spans("otlp", call(1, "a", "b", false).into_iter().map(earlier).collect());
    let mut screen = Screen::new(store, 120, 40);
    screen.press("3 z <Down> +");
    assert!(screen.shows("a → b") && !screen.shows("╭ Logs"), "{}", screen.text());
    screen.store.spans("otlp", call(2, "x", "y", false));
    screen.arrive();
    assert!(!screen.shows("a → b") && screen.shows("no call between them fails"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("╭ Logs"), "nothing is seen selected, so that one leaves at once: {}", screen.text());
}

/// Who is selected, as the line below the graph tells it.
fn selected(screen: &mut Screen) -> String {
    let text = screen.text();
    let line = text.lines().rev().find(|line| line.contains("% errors")).unwrap_or_default();
    line.trim_start_matches(['│', ' ']).split("  ").next().unwrap_or_default().to_owned()
}

#[test]
fn a_service_is_found_by_its_name_and_giving_up_leads_back_to_where_one_was() {
    let mut screen = after(60, "3 z <Down> <Right>")(120, 40);
    let before = selected(&mut screen);
    screen.press("/ c - 0 3");
    assert!(screen.shows("/ c-03  1 of 10") && !screen.shows("╭ Logs"), "{}", screen.text());
    assert_eq!(selected(&mut screen), "svc-030");
    screen.press("<Esc>");
    assert!(!screen.shows("1 of 10"), "{}", screen.text());
    assert_eq!(selected(&mut screen), before);
    screen.press("/ c - 0 3 <Enter> n n");
    assert!(screen.shows("/ c-03  3 of 10"), "{}", screen.text());
    assert_eq!(selected(&mut screen), "svc-032");
    screen.press("N N N");
    assert_eq!(selected(&mut screen), "svc-039", "the list goes round");
    screen.press("/ z z");
    assert!(screen.shows("/ zz  no match"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("/ c-03  10 of 10"), "the search before is in force again: {}", screen.text());
    assert_eq!(selected(&mut screen), "svc-039");
    screen.press("<Esc> n");
    assert!(screen.shows("nothing is searched for; / finds a service by its name"), "{}", screen.text());
}

#[test]
fn what_is_typed_is_no_query() {
    let mut store = Store::new();
    store.source("otlp", SourceState::Live(String::new()));
    store.spans("otlp", call(1, "a", "odd:(name", false));
    let mut screen = Screen::new(store, 120, 40);
    screen.press("3 z / d : (");
    assert!(screen.shows("/ d:(  1 of 1") && !screen.shows("expected"), "{}", screen.text());
    assert_eq!(selected(&mut screen), "odd:(name");
}

#[test]
fn what_is_around_a_service_is_shown_alone() {
    let mut screen = after(60, "3 z / s v c - 0 1 2 <Enter> <Esc>")(120, 40);
    let all = screen.text();
    assert!(all.contains("/ finds  x shows what is around it alone"), "{all}");
    screen.press("x");
    hold("services__around_120x40", &screen.text());
    assert!(screen.shows("Services around svc-012") && screen.shows("of 59 services"), "{}", screen.text());
    screen.press("X");
    assert!(screen.shows("X 3 calls away") && !screen.shows("more "), "{}", screen.text());
    screen.press("<Left>");
    let caller = selected(&mut screen);
    assert!(caller != "svc-012" && screen.shows("x around this one"), "{}", screen.text());
    screen.press("x");
    assert!(screen.shows(&format!("Services around {caller}")), "{}", screen.text());
    screen.press("/ s v c - 0 5 9");
    assert!(screen.shows("Services around svc-059"), "who is not in sight is shown as well: {}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows(&format!("Services around {caller}")), "{}", screen.text());
    screen.press("<Esc>");
    assert!(!screen.shows("around") || screen.shows("x shows"), "{}", screen.text());
    assert_eq!(selected(&mut screen), caller, "who was selected is still");
    screen.press("<Esc> x");
    assert!(screen.shows("no service is selected; j selects one"), "{}", screen.text());
}

#[test]
fn where_errors_come_from_is_told_though_it_is_not_in_sight() {
    let mut screen = Screen::new(incident::store(), 200, 60);
    screen.press("3 z / c h e c k o u t <Enter> x");
    assert!(screen.shows("errors from bank") && screen.shows("Services around checkout"), "{}", screen.text());
    assert!(
        !screen.shows("─bank─") && !screen.shows("payment  ◉"),
        "payment does not fail by itself: {}",
        screen.text()
    );
}

#[test]
fn what_is_around_a_service_that_goes_is_not_shown_on() {
    let mut store = Store::new();
    store.source("otlp", SourceState::Live(String::new()));
    let earlier = |span: Span| Span { start: span.start - 400 * SECOND, end: span.end - 400 * SECOND, ..span };
    store.spans("otlp", call(1, "a", "b", false).into_iter().map(earlier).collect());
    let mut screen = Screen::new(store, 120, 40);
    screen.press("3 z <Down> x");
    assert!(screen.shows("Services around a ── 5 min to "), "{}", screen.text());
    screen.store.spans("otlp", call(2, "x", "y", false));
    screen.arrive();
    assert!(screen.shows("Services last 5 minutes") && screen.shows("─x─"), "{}", screen.text());
}

#[test]
fn the_end_of_a_layer_is_not_the_end_of_the_way_down() {
    let mut screen = after(8, "3 z G")(120, 40);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..8 {
        seen.insert(selected(&mut screen));
        screen.press("k");
    }
    assert!(seen.len() > 2, "{seen:?}");
}

fn with_backends() -> Screen {
    let mut store = shop(8);
    for label in [JAEGER, TEMPO] {
        store.source(label, SourceState::Live(String::new())).is_backend = true;
    }
    Screen::new(store, 120, 40)
}

/// The backends of each question who called whom.
fn asked(screen: &Screen) -> Vec<Vec<String>> {
    let calls = screen.asked.iter().filter_map(|effect| match effect {
        Effect::AskCalls { window, backends } => {
            assert_eq!(window.to - window.from, 3600 * SECOND);
            Some(backends.clone())
        }
        _ => None,
    });
    calls.collect()
}

fn told(screen: &mut Screen, backend: &str, calls: Result<Vec<Dependency>, String>) {
    screen.done(Outcome::CallsTold { backend: backend.to_owned(), calls });
}

fn dependency(parent: &str, child: &str, calls: u64) -> Dependency {
    Dependency { parent: parent.to_owned(), child: child.to_owned(), calls, errors: None }
}

#[test]
fn what_backends_tell_is_drawn_dashed_and_what_they_can_not_is_said() {
    let mut screen = with_backends();
    assert!(asked(&screen).is_empty(), "nobody has looked at the services");
    screen.press("3 z");
    assert_eq!(asked(&screen), [[JAEGER, TEMPO]]);
    told(&mut screen, JAEGER, Ok(vec![dependency("bank", "ledger", 1204), dependency("frontend", "cart", 7)]));
    told(&mut screen, TEMPO, Err("404 Not Found; it has no service graph".to_owned()));
    assert!(
        screen.shows("┄") && screen.shows("no spans") && screen.shows("jaeger 2 edges · tempo failed"),
        "{}",
        screen.text()
    );
    assert!(screen.shows("tempo: 404 Not Found; it has no service graph"));
    hold("services__told_120x40", &screen.text());
    screen.press("e <Right> +");
    assert!(
        screen.shows("bank → ledger  no spans of these calls") && screen.shows("jaeger: 1,204 calls/h"),
        "{}",
        screen.text()
    );
    screen.press("<Enter>");
    assert!(screen.shows("no span of these calls is in memory"));
}

#[test]
fn backends_are_asked_again_after_a_minute_or_when_one_wants_to() {
    let mut screen = with_backends();
    screen.press("3");
    told(&mut screen, JAEGER, Ok(Vec::new()));
    screen.wait(30 * SECOND);
    screen.press("1 3");
    assert_eq!(asked(&screen).len(), 1, "what is known is fresh");
    screen.press("r");
    assert_eq!(asked(&screen)[1..], [[JAEGER]], "tempo has not answered yet");
    told(&mut screen, JAEGER, Ok(Vec::new()));
    told(&mut screen, TEMPO, Ok(Vec::new()));
    screen.wait(61 * SECOND);
    assert_eq!(asked(&screen).len(), 3);
    screen.press("1").wait(61 * SECOND);
    assert_eq!(asked(&screen).len(), 3, "nobody looks");
}
