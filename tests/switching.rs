//! Sources come and go while others run: added, switched off and on, removed; every line is accounted for all the while.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are wrong")]

use std::io::Write as _;
use std::time::{Duration, Instant};

use spantail::config::SourceOptions;
use spantail::ingest::{Budgets, Feed, Ingest};
use spantail::model::{SourceState, Zone};
use spantail::source::{Clock, Source};
use spantail::store::Accounting;

const DEADLINE: Duration = Duration::from_secs(30);
/// 2026-01-02T03:04:05Z, in nanoseconds.
const NOW: i64 = 1_767_323_045_000_000_000;

fn start(feeds: Vec<Feed>) -> Ingest {
    let budgets = Budgets { logs: 1 << 20, traces: 1 << 20 };
    Ingest::start_open(feeds, budgets, &Zone::UTC, Clock::from_fn(|| NOW)).unwrap()
}

async fn until(ingest: &Ingest, what: &str, is_so: impl Fn(&Accounting) -> bool) -> Accounting {
    let begun = Instant::now();
    loop {
        let figures = ingest.accounting();
        assert!(figures.logs.is_closed(), "{figures:?}");
        if is_so(&figures) {
            return figures;
        }
        assert!(begun.elapsed() < DEADLINE, "{what}: {figures:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn texts(ingest: &Ingest) -> Vec<String> {
    let snapshot = ingest.logs().snapshot();
    let lines = (snapshot.first()..snapshot.end()).filter_map(|id| snapshot.line(id));
    lines.map(|line| String::from_utf8_lossy(&line.text()).rsplit(' ').next().unwrap_or_default().to_owned()).collect()
}

fn write(file: &mut std::fs::File, second: u32, word: &str) {
    writeln!(file, "2026-01-02T03:04:{second:02}Z INFO {word}").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_is_added_switched_off_and_on_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let mut file = std::fs::File::create(&path).unwrap();
    write(&mut file, 1, "old");
    let mut ingest = start(Vec::new());
    ingest.add(Feed::open(path.to_str().unwrap(), SourceOptions::default()).unwrap());
    until(&ingest, "what was there", |figures| figures.logs.stored == 1).await;
    write(&mut file, 2, "live");
    let figures = until(&ingest, "what came", |figures| figures.logs.stored == 2).await;
    let key = figures.sources[0].key;
    ingest.switch_off(key);
    until(&ingest, "off", |figures| figures.sources[0].state == SourceState::Off).await;
    // The clock of the test stands at second 5: what was written before is known, what comes after is not.
    write(&mut file, 6, "while-off");
    ingest.switch_on(key).unwrap();
    until(&ingest, "on again", |figures| figures.logs.stored == 3).await;
    write(&mut file, 7, "again");
    until(&ingest, "what came then", |_| texts(&ingest).len() == 4).await;
    assert_eq!(texts(&ingest), ["old", "live", "while-off", "again"]);
    ingest.remove(key);
    let figures = until(&ingest, "gone from the list", |figures| figures.sources.is_empty()).await;
    assert_eq!((figures.logs.received, texts(&ingest).len()), (4, 4), "what it brought stays and counts");
    ingest.stop();
    tokio::time::timeout(DEADLINE, ingest.finished()).await.expect("an end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_not_enabled_waits_to_be_switched_on_and_one_that_failed_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    std::fs::write(&path, "2026-01-02T03:04:01Z INFO first\n").unwrap();
    let idle = SourceOptions { is_enabled: false, ..SourceOptions::default() };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let receiver = format!("otlp://{}", taken.local_addr().unwrap());
    let feeds = vec![
        Feed::open(path.to_str().unwrap(), idle).unwrap(),
        Feed::open(&receiver, SourceOptions::default()).unwrap(),
    ];
    let mut ingest = start(feeds);
    until(&ingest, "failed", |figures| matches!(figures.sources[1].state, SourceState::Failed(_))).await;
    let figures = ingest.accounting();
    assert_eq!((&figures.sources[0].state, figures.logs.received), (&SourceState::Off, 0));
    ingest.switch_on(0).unwrap();
    until(&ingest, "its first run begins with what is there", |figures| figures.logs.stored == 1).await;
    drop(taken);
    ingest.switch_on(1).unwrap();
    until(&ingest, "the port is free now", |figures| matches!(figures.sources[1].state, SourceState::Live(_))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_run_once_only_says_so() {
    let source = Feed::open("demo:", SourceOptions::default()).unwrap().source;
    let label = source.label();
    let mut ingest = start(vec![Feed::from((source as Box<dyn Source>, SourceOptions::default()))]);
    ingest.switch_off(0);
    until(&ingest, "off", |figures| figures.sources[0].state == SourceState::Off).await;
    assert_eq!(ingest.switch_on(0).unwrap_err().to_string(), format!("{label} can be run once only"));
    ingest.switch_off(7);
    ingest.switch_on(7).unwrap();
    ingest.remove(7);
}
