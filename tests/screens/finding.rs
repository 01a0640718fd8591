//! Traces that are not in memory: fetched for a line, found by a search over all backends, opened in a browser.

use spantail::model::{Names, SourceState, TraceHit, TraceId, TracePage};
use spantail::tui::effect::Effect;
use spantail::tui::event::Outcome;
use spantail::tui::inquiry::Said;

use super::harness::{MILLI, NOW, SECOND, Screen, Store};
use super::incident;
use super::looks::at_all_sizes;

const JAEGER: &str = "jaeger jaeger.local:16686";
const TEMPO: &str = "tempo tempo.local:3200";

fn store() -> Store {
    let mut store = incident::store();
    for (label, state) in [(JAEGER, "9 services"), (TEMPO, "echo")] {
        store.source(label, SourceState::Live(state.to_owned())).is_backend = true;
    }
    store
}

fn id(number: u64) -> TraceId {
    TraceId::from_low64(number).unwrap()
}

fn hit(number: u64, seconds_ago: i64) -> TraceHit {
    TraceHit {
        id: id(number),
        start: NOW - seconds_ago * SECOND,
        duration: Some(250 * MILLI),
        service: "checkout".to_owned(),
        operation: format!("POST /pay/{number}"),
        spans: Some(7),
        errors: Some(u32::from(number.is_multiple_of(2))),
        services: Some(3),
        whole: Vec::new(),
    }
}

/// The last search that was asked for: its generation and its pages.
fn search(screen: &Screen) -> (u64, Vec<(String, Option<String>)>) {
    let last = screen.asked.iter().rev().find_map(|effect| match effect {
        Effect::SearchTraces { generation, pages, .. } => Some((*generation, pages.clone())),
        _ => None,
    });
    last.expect("a search")
}

fn page(screen: &mut Screen, backend: &str, hits: Vec<TraceHit>, next: Option<&str>) {
    let generation = search(screen).0;
    let page = Ok(TracePage { hits, next: next.map(str::to_owned), notes: Vec::new() });
    screen.done(Outcome::TracesFound { generation, backend: backend.to_owned(), page });
}

fn found() -> Screen {
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 z / <Enter>");
    page(&mut screen, JAEGER, (1..4).map(|n| hit(n, i64::try_from(n).unwrap() * 60)).collect(), Some("older"));
    page(&mut screen, TEMPO, vec![TraceHit { spans: None, errors: None, ..hit(9, 90) }, hit(1, 60)], None);
    screen
}

#[test]
fn the_form_says_what_may_stand_where() {
    at_all_sizes("finding__form", |width, height| {
        let mut screen = Screen::new(store(), width, height);
        screen.press("2 /");
        screen
    });
}

#[test]
fn names_are_asked_for_and_chosen_by_the_arrows() {
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 / b");
    assert!(matches!(screen.asked.last(), Some(Effect::AskNames(Names::Services))));
    let names = vec!["bank-gateway".to_owned(), "web".to_owned()];
    screen.done(Outcome::NamesTold { of: Names::Services, names });
    assert!(screen.shows("bank-gateway"), "{}", screen.text());
    screen.press("<Down> <Enter> <Tab>");
    let service = screen.asked.iter().rev().find_map(|effect| match effect {
        Effect::AskNames(Names::Operations { service }) => Some(service.clone()),
        _ => None,
    });
    assert!(service.is_some_and(|service| service.starts_with("bank")), "{}", screen.text());
    // What is wrong is told in place, and nothing is asked.
    let before = screen.asked.len();
    screen.press("<Tab> x <Enter>");
    assert!(screen.shows("key=value"), "{}", screen.text());
    assert_eq!(screen.asked.len(), before + 1, "only the names of tags");
    screen.press("<Esc>");
    assert!(!screen.shows("Find traces"));
}

#[test]
fn what_backends_find_stands_among_what_is_in_memory_and_says_where_it_is_from() {
    at_all_sizes("finding__found", |width, height| {
        let mut screen = found();
        screen.resize(width, height);
        screen
    });
    let text = found().text();
    assert!(text.contains("jaeger+tempo") && text.contains("POST /pay/9"), "{text}");
    assert!(text.contains("jaeger.local:16686 3+") && text.contains("tempo.local:3200 2"), "{text}");
}

#[test]
fn more_is_asked_for_as_one_comes_to_the_end() {
    let mut screen = found();
    screen.press("G");
    assert_eq!(search(&screen).1, [(JAEGER.to_owned(), Some("older".to_owned()))]);
    let asked = screen.asked.len();
    screen.press("k j");
    assert_eq!(screen.asked.len(), asked, "it has been asked already");
    page(&mut screen, JAEGER, vec![hit(4, 400)], None);
    screen.press("G");
    assert!(screen.shows("POST /pay/4") && screen.asked.len() == asked, "{}", screen.text());
    // An answer to a search that is over changes nothing.
    let (generation, page) = (0, Ok(TracePage { hits: vec![hit(5, 1)], ..TracePage::default() }));
    screen.done(Outcome::TracesFound { generation, backend: JAEGER.to_owned(), page });
    assert!(!screen.shows("POST /pay/5"));
    screen.press("<Esc>");
    assert!(screen.shows("latest first") && !screen.shows("POST /pay/4"), "{}", screen.text());
}

#[test]
fn a_backend_that_fails_is_told_and_the_others_are_shown() {
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 z / <Enter>");
    let (generation, pages) = search(&screen);
    assert_eq!(pages, [(JAEGER.to_owned(), None), (TEMPO.to_owned(), None)]);
    page(&mut screen, TEMPO, vec![hit(9, 60)], None);
    let why = "http://jaeger.local:16686/api/traces answered 401 Unauthorized; say who you are".to_owned();
    screen.done(Outcome::TracesFound { generation, backend: JAEGER.to_owned(), page: Err(why) });
    let text = screen.text();
    assert!(
        text.contains("say who you are") && text.contains("16686 failed") && text.contains("POST /pay/9"),
        "{text}"
    );
}

#[test]
fn a_search_in_memory_needs_no_backend() {
    let mut screen = Screen::new(incident::store(), 120, 40);
    screen.press("2 /");
    assert!(screen.shows("No system can be asked"), "{}", screen.text());
    screen.press("<Tab> <Tab> <Tab> <Tab> <Tab> <Tab> status:error <Enter>");
    assert!(!screen.asked.iter().any(|effect| matches!(effect, Effect::SearchTraces { .. })));
    assert!(screen.shows("Traces status:error"), "{}", screen.text());
}

/// A line with a trace that is not in memory is selected.
fn line_of_a_missing_trace() -> Screen {
    let mut store = store();
    store.line("app.log", NOW, "level=error msg=\"card refused\" trace_id=deadbeefdeadbeefdeadbeefdeadbeef");
    let mut screen = Screen::new(store, 120, 40);
    screen.press("G");
    screen
}

#[test]
fn the_trace_of_a_line_is_asked_of_all_backends_by_one_key() {
    let mut screen = line_of_a_missing_trace();
    screen.press("t");
    let Some(Effect::FetchTrace { wanted, backends }) = screen.asked.last().cloned() else { panic!("nobody is asked") };
    assert_eq!(backends, [JAEGER, TEMPO]);
    let window = wanted.window.expect("the time of the line");
    assert!(window.contains(NOW) && !window.contains(NOW + 7200 * SECOND));
    assert!(screen.shows("jaeger jaeger.local:16686 is being asked"), "{}", screen.text());
    assert!(screen.is_ticking());
    let said = |screen: &mut Screen, backend: &str, said: Said| {
        let (backend, notes) = (backend.to_owned(), Vec::new());
        screen.done(Outcome::TraceFetched { trace: wanted.id, backend, said, notes });
    };
    said(&mut screen, JAEGER, Said::Unknown);
    said(&mut screen, TEMPO, Said::Failed("no org id; set tenant=NAME".to_owned()));
    let text = screen.text();
    assert!(text.contains("does not have it") && text.contains("set tenant=NAME"), "{text}");
    // Asked again, and this time one has it.
    screen.press("r");
    assert!(matches!(screen.asked.last(), Some(Effect::FetchTrace { backends, .. }) if backends.len() == 2));
    let spans = vec![incident::span(incident::LOST, 1, None, "bank", "charge", 0, 10)];
    screen.store.spans(JAEGER, spans);
    said(&mut screen, JAEGER, Said::Spans(3));
    screen.arrive();
    assert!(!screen.shows("is not in memory"), "{}", screen.text());
    screen.press("<Esc>");
    assert!(screen.shows("card refused"));
}

#[test]
fn a_trace_opens_in_a_browser_and_several_pages_are_chosen_from() {
    let mut screen = line_of_a_missing_trace();
    screen.press("o");
    assert!(matches!(screen.asked.last(), Some(Effect::FindLinks(id)) if id.to_string().starts_with("deadbeef")));
    let link = |backend: &str| {
        (backend.to_owned(), format!("http://{}/trace/de", backend.split('.').next_back().unwrap_or_default()))
    };
    screen.done(Outcome::LinksFound(vec![link(JAEGER)]));
    assert!(matches!(screen.asked.last(), Some(Effect::OpenLink(link)) if link == "http://local:16686/trace/de"));
    screen.done(Outcome::LinkCopied("http://local:16686/trace/de".to_owned()));
    assert!(screen.shows("copied http://local:16686/trace/de"));
    screen.done(Outcome::LinksFound(vec![link(JAEGER), link(TEMPO)]));
    screen.press("<Down> <Enter>");
    assert!(matches!(screen.asked.last(), Some(Effect::OpenLink(link)) if link == "http://local:3200/trace/de"));
    screen.done(Outcome::LinksFound(Vec::new()));
    assert!(screen.shows("link="), "{}", screen.text());
}

#[test]
fn a_search_that_takes_the_place_of_another_shows_nothing_of_it() {
    let mut screen = Screen::new(store(), 120, 40);
    screen.press("2 z / <Tab> <Tab> <Tab> <Tab> <Tab> <Tab> status:error <Enter>");
    assert!(screen.shows(" found") && !screen.shows("0 found"), "{}", screen.text());
    screen.wait(100 * MILLI);
    screen.press("/ <Tab> <Tab> <Tab> <Tab> <Tab> <Tab> <Ctrl-U> service:nobody <Enter>");
    assert!(screen.shows("service:nobody") && screen.shows("0 found"), "{}", screen.text());
}

#[test]
fn what_comes_shortly_after_a_search_is_shown_when_nothing_else_comes() {
    let mut screen = found();
    screen.wait(60 * SECOND).arrive();
    assert!(!screen.is_ticking());
    screen.wait(100 * MILLI);
    let spans = vec![incident::span(incident::LOST, 1, None, "late", "arrival", 0, 10)];
    screen.store.spans(JAEGER, spans);
    screen.arrive();
    assert!(screen.is_ticking());
    screen.wait(SECOND).arrive();
    assert!(screen.shows("arrival"), "{}", screen.text());
}

#[test]
fn of_two_halves_that_share_an_id_the_servers_is_meant_and_stays_selected() {
    use spantail::model::SpanKind;
    let mut store = store();
    let half = |kind, service, name| spantail::model::Span {
        kind,
        ..incident::span(incident::LOST, 7, Some(6), service, name, 0, 10)
    };
    let client = half(SpanKind::Client, "web", "web-calls");
    let server = half(SpanKind::Server, "bank", "bank-serves");
    store.spans(JAEGER, vec![client, server]);
    let id = incident::span_id(7);
    store.line("app.log", NOW, format!("level=error msg=x trace_id={} span_id={id}", incident::LOST));
    let mut screen = Screen::new(store, 120, 40);
    screen.press("G t");
    let is_servers = |screen: &mut Screen| {
        screen.press("<Enter>");
        let is_servers = screen.pane("Span").contains("bank-serves");
        screen.press("<Esc>");
        is_servers
    };
    assert!(is_servers(&mut screen), "{}", screen.text());
    screen.wait(SECOND);
    screen.store.spans(JAEGER, vec![incident::span(incident::LOST, 6, None, "web", "root", 0, 20)]);
    screen.arrive();
    assert!(is_servers(&mut screen), "{}", screen.text());
}
