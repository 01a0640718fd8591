//! Sources from the Sources pane: added, switched off and on, tried again, removed.

use std::time::Duration;

use spantail::model::SourceState;
use spantail::tui::effect::Effect;
use spantail::tui::event::Outcome;

use super::harness::{Screen, Store};
use super::incident;
use super::looks::at_all_sizes;

const REFUSED: &str = "connecting to logs.internal.example.com:3100: Connection refused; is Loki running there, and may \
                       this machine reach it?";

fn sources() -> Store {
    let mut store = Store::new();
    incident::sources(&mut store);
    let wait = Duration::from_secs(12);
    let loki = store.source("loki", SourceState::Retrying { wait, why: REFUSED.into() });
    loki.argument = "loki+http://logs.internal.example.com:3100?query={app=\"checkout\"}".into();
    store.source("worker", SourceState::Off);
    store
}

fn screen() -> Screen {
    Screen::new(sources(), 120, 40)
}

/// What was asked of the ingest last.
fn asked(screen: &Screen) -> String {
    screen.asked.last().map(|effect| format!("{effect:?}")).unwrap_or_default()
}

#[test]
fn why_a_source_does_not_deliver_is_told_in_full() {
    at_all_sizes("sources__refused", |width, height| {
        let mut screen = Screen::new(sources(), width, height);
        screen.press("6 j j j j");
        screen
    });
    let words = screen().press("6 j j j j").text().split_whitespace().collect::<Vec<_>>().join(" ");
    for word in REFUSED.split_whitespace() {
        assert!(words.contains(word), "{word} is not told: {words}");
    }
}

#[test]
fn the_selected_source_is_switched_off_and_on_and_taken_away() {
    let mut screen = screen();
    screen.press("6 <Space>");
    assert_eq!(asked(&screen), "StopSource(0)");
    assert!(screen.text().contains("is switched off"));
    screen.press("G <Space>");
    assert_eq!(asked(&screen), "RunSource(5)");
    screen.press("k r");
    assert_eq!(asked(&screen), "RunSource(4)");
    screen.press("d");
    assert_eq!(asked(&screen), "RemoveSource(4)");
    assert!(screen.text().contains("its lines stay"));
}

#[test]
fn a_source_is_added_by_what_is_typed_and_mended_where_that_is_wrong() {
    let mut screen = screen();
    screen.press("6 a <Tab>");
    assert!(screen.text().contains("/var/log/app/*.log  otlp://127.0.0.1:4317"), "{}", screen.text());
    screen.press("otlp <Tab>");
    assert!(screen.text().contains("otlp+http://127.0.0.1:4318"));
    screen.press("p://x <Enter>");
    assert!(
        matches!(screen.asked.last(), Some(Effect::AddSource(typed)) if typed == "otlpp://x"),
        "{}",
        asked(&screen)
    );
    let why = "no source is called `otlpp:`; did you mean `otlp:`?".to_owned();
    screen.done(Outcome::SourceRefused { argument: "otlpp://x".into(), why });
    let text = screen.text();
    assert!(text.contains("add source:otlpp://x") || text.contains("add source: otlpp://x"), "{text}");
    assert!(text.contains("did you mean"), "{text}");
    screen.press("<Ctrl-U> app.log <Enter>");
    assert!(
        matches!(screen.asked.last(), Some(Effect::AddSource(typed)) if typed.ends_with("app.log")),
        "{}",
        asked(&screen)
    );
    screen.done(Outcome::SourceAdded("app.log".into()));
    assert!(screen.text().contains("added app.log"));
    let before = screen.asked.len();
    screen.press("a <Enter> a <Esc>");
    assert_eq!(screen.asked.len(), before, "nothing typed, nothing added");
}

#[test]
fn a_screen_without_sources_offers_to_add_one() {
    let mut screen = Screen::new(Store::new(), 80, 24);
    assert!(screen.text().contains("add a source here"), "{}", screen.text());
    screen.press("A x.log <Enter>");
    assert!(matches!(screen.asked.last(), Some(Effect::AddSource(typed)) if typed == "x.log"));
    assert!(screen.press("6").text().contains("adds one"), "{}", screen.text());
}
