//! The simulator's promises, in virtual time, and the source around it, on a loopback of values.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::incident::SECOND;
use super::line::Format;
use super::*;
use crate::extent::Stretch;
use crate::model::{SpanId, SpanKind, TraceId};
use crate::parse::join::JoinRule;
use crate::source::in_time::in_time;
use crate::source::{Clock, HistoryOrder, Intake, Signal, StatusReporter};

/// 2025-12-24 10:30:45 UTC.
const START: Nanos = 1_766_572_245 * SECOND;

fn spans(items: &[Item]) -> Vec<&Span> {
    items
        .iter()
        .filter_map(|item| match &item.output {
            Output::Span(span) => Some(&**span),
            Output::Line { .. } => None,
        })
        .collect()
}

fn lines(items: &[Item]) -> Vec<(Nanos, Service, &str)> {
    items
        .iter()
        .filter_map(|item| match &item.output {
            Output::Line { service, text } => Some((item.time, *service, std::str::from_utf8(text).unwrap())),
            Output::Span(_) => None,
        })
        .collect()
}

/// The seconds after the start in which `service` wrote a line with `words`.
fn seconds_of(items: &[Item], service: Service, words: &str) -> Vec<i64> {
    let found = lines(items).into_iter().filter(|(_, who, text)| *who == service && text.contains(words));
    found.map(|(time, ..)| (time - START) / SECOND).collect()
}

#[test]
fn the_same_seed_tells_the_same_story_however_it_is_advanced() {
    let whole = Shop::new(7, 200, START).advance(START + 20 * SECOND);
    let mut shop = Shop::new(7, 200, START);
    let mut pieces = Vec::new();
    for step in 1..=2000 {
        pieces.extend(shop.advance(START + step * SECOND / 100));
    }
    assert!(whole == pieces, "{} and {} items", whole.len(), pieces.len());
    assert!(whole.is_sorted_by_key(|item| item.time));

    let moved = Shop::new(7, 200, START + 999 * SECOND).advance(START + 1019 * SECOND);
    let relative = |items: &[Item], start| items.iter().map(|item| item.time - start).collect::<Vec<_>>();
    assert_eq!(relative(&whole, START), relative(&moved, START + 999 * SECOND));
    let ids = |items: &[Item]| spans(items).iter().map(|span| (span.trace_id, span.span_id)).collect::<Vec<_>>();
    assert_eq!(ids(&whole), ids(&moved));
    assert_ne!(ids(&whole), ids(&Shop::new(8, 200, START).advance(START + 20 * SECOND)));
}

#[test]
fn every_span_of_a_finished_trace_has_its_parent() {
    let items = Shop::new(3, 400, START).advance(START + 60 * SECOND);
    let all = spans(&items);
    let known: HashSet<(TraceId, SpanId)> = all.iter().map(|span| (span.trace_id, span.span_id)).collect();
    assert_eq!(known.len(), all.len(), "span ids are unique");
    // Traces that began well before the end are whole.
    let finished: HashSet<TraceId> = all
        .iter()
        .filter(|span| span.parent_id.is_none() && span.start < START + 40 * SECOND)
        .map(|span| span.trace_id)
        .collect();
    let mut children = 0;
    for span in all.iter().filter(|span| finished.contains(&span.trace_id)) {
        assert!(span.start <= span.end, "{span:?}");
        if let Some(parent) = span.parent_id {
            children += 1;
            assert!(known.contains(&(span.trace_id, parent)), "{span:?}");
        }
        for link in &span.links {
            assert!(known.contains(&(link.trace_id, link.span_id)), "{span:?}");
        }
    }
    assert!(children > 5000, "{children}");
    let kinds: HashSet<SpanKind> = all.iter().map(|span| span.kind).collect();
    assert_eq!(kinds.len(), 5);
    let services: HashSet<&str> = all.iter().map(|span| span.service()).collect();
    assert_eq!(services.len(), Service::ALL.len());
}

#[test]
fn the_rate_is_kept_in_calm_weather() {
    for rate in [20, 120, 3000] {
        let mut shop = Shop::new(5, rate, START);
        // Incidents leave 40 to 57 s after the start alone: after the one, before the next.
        shop.advance(START + 42 * SECOND);
        let count = lines(&shop.advance(START + 57 * SECOND)).len();
        let share = f64::from(u32::try_from(count).unwrap()) / 15.0 / f64::from(rate);
        assert!((0.75..1.25).contains(&share), "{rate}/s: {share}");
    }
}

#[test]
fn most_lines_are_quiet_and_most_belong_to_a_trace() {
    let items = Shop::new(1, 500, START).advance(START + 180 * SECOND);
    let all = lines(&items);
    let share = |words: &[&str]| {
        let count = all.iter().filter(|(.., text)| words.iter().any(|word| text.contains(word))).count();
        f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(all.len()).unwrap())
    };
    let error = share(&["\"level\":50", "\"level\":\"error\"", "level=error", " - ERROR - "]);
    let warn = share(&["\"level\":40", "\"level\":\"warn\"", "level=warn", " - WARNING - "]);
    let traced = share(&["trace_id"]);
    assert!((0.005..0.08).contains(&error), "{error}");
    assert!((0.01..0.12).contains(&warn), "{warn}");
    assert!((0.85..0.97).contains(&traced), "{traced}");
}

#[test]
fn every_incident_is_seen_where_and_when_it_happens() {
    let items = Shop::new(1, 120, START).advance(START + 170 * SECOND);
    let cases = [
        (Service::Payment, "giving up", 10..45, 5),
        (Service::Payment, "retrying bank", 10..45, 10),
        (Service::Cart, "cache unavailable", 65..97, 20),
        (Service::Cart, "redis connection lost", 65..66, 1),
        (Service::Inventory, "memory pressure", 112..118, 3),
        (Service::Inventory, "deploy started version=2.14.0", 119..120, 1),
        (Service::Inventory, "reservation failed: KeyError", 120..151, 5),
        (Service::Inventory, "Traceback (most recent call last):", 120..151, 5),
    ];
    for (service, words, when, least) in cases {
        let inside = seconds_of(&items, service, words).into_iter().filter(|second| when.contains(second)).count();
        assert!(inside >= least, "{words}: {inside}");
    }
    let exceptions =
        spans(&items).into_iter().flat_map(|span| &span.events).filter(|event| &*event.name == "exception");
    for event in exceptions {
        assert!(event.attributes.text("exception.stacktrace").unwrap().contains("stock.py"));
    }
    let bad = spans(&items).into_iter().any(|span| span.resource.attributes.text("service.version") == Some("2.14.0"));
    assert!(bad);
}

#[test]
fn a_refusing_bank_fails_everything_up_to_the_frontend() {
    let items = Shop::new(1, 120, START).advance(START + 45 * SECOND);
    let mut failing: HashMap<TraceId, HashSet<&str>> = HashMap::new();
    for span in spans(&items).into_iter().filter(|span| span.is_error()) {
        failing.entry(span.trace_id).or_default().insert(span.service());
    }
    let chain = ["bank", "payment", "checkout", "api-gateway", "frontend"];
    let cascades = failing.values().filter(|services| chain.iter().all(|link| services.contains(link))).count();
    assert!(cascades >= 5, "{cascades}");
}

#[test]
fn lines_are_what_their_format_says() {
    let items = Shop::new(2, 300, START).advance(START + 150 * SECOND);
    for (_, service, text) in lines(&items) {
        assert!(!text.contains('\n'), "{text}");
        match service.format() {
            Format::Pino | Format::Zap => {
                let value: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
                assert!(value.get("msg").is_some_and(serde_json::Value::is_string), "{text}");
            }
            Format::Logfmt => {
                assert!(text.starts_with("time=2025-12-24T") && text.matches('"').count() == 2, "{text}");
            }
            Format::Python if text.starts_with("2025") => assert!(text.split(" - ").count() >= 4, "{text}"),
            Format::Python => {
                assert!(text.starts_with("  ") || text.contains("Error") || text.contains("Trace"), "{text}");
            }
        }
    }
}

#[test]
fn a_pause_moves_the_story_and_loses_nothing() {
    let calm = Shop::new(4, 120, START).advance(START + 30 * SECOND);
    let mut shop = Shop::new(4, 120, START);
    let mut pieces = shop.advance(START + 10 * SECOND);
    shop.pause(3600 * SECOND);
    pieces.extend(shop.advance(START + 3630 * SECOND));
    let ids = |items: &[Item]| spans(items).iter().map(|span| span.span_id).collect::<HashSet<_>>();
    assert_eq!(ids(&calm), ids(&pieces));
}

#[derive(Default)]
struct Inbox(Mutex<Vec<Batch>>);

impl Intake for Inbox {
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()> {
        self.offer(batch);
        Box::pin(async {})
    }

    fn offer(&self, batch: Batch) {
        self.0.lock().unwrap().push(batch);
    }

    fn is_pressed(&self) -> bool {
        false
    }

    fn history(&self, _: Vec<Stretch>, _: HistoryOrder) {}

    fn reject(&self, _: Signal, _: u64) {
        panic!("the demo decodes nothing");
    }
}

#[tokio::test]
async fn the_source_fills_the_screen_at_once_and_stops_when_told() {
    let inbox = Arc::new(Inbox::default());
    let shutdown = CancellationToken::new();
    let cx = SourceContext {
        intake: inbox.clone(),
        shutdown: shutdown.clone(),
        status: StatusReporter::default(),
        clock: Clock::from_fn(|| START + 60 * SECOND),
        join: JoinRule::default(),
    };
    let spec = SourceSpec { scheme: "demo".into(), rest: "?seed=7&rate=200".into(), ..SourceSpec::default() };
    let source = DemoKind.open(&spec).unwrap();
    assert!(!source.is_pausable());
    let running = tokio::spawn(source.run(cx.clone()));
    tokio::time::timeout(Duration::from_secs(20), async {
        while !matches!(cx.status.get(), SourceState::Live(_)) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    shutdown.cancel();
    in_time(running).await.unwrap().unwrap();

    let batches = inbox.0.lock().unwrap();
    let count = |signal| batches.iter().filter(|it| it.signal() == signal).map(Batch::len).sum::<usize>();
    assert!((9_000..18_000).contains(&count(Signal::Logs)), "{}", count(Signal::Logs));
    assert!(count(Signal::Spans) > 5_000);
    let origins: HashSet<_> = batches
        .iter()
        .filter_map(|batch| match batch {
            Batch::Lines(lines) => lines.origin.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(origins.len(), Service::ALL.len());
}

#[test]
fn high_rates_have_a_short_history() {
    assert_eq!(history(120), HISTORY);
    assert_eq!(history(100_000), SECOND / 5);
}

#[test]
fn a_service_is_found_by_its_place() {
    for (place, service) in Service::ALL.into_iter().enumerate() {
        assert_eq!(service as usize, place, "{service:?}");
    }
}
