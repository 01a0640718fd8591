//! What holds for every kind of source, tried on each: it brings lines, survives garbage, honours a full queue, closes
//! its accounts at every instant, and ends within a second.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{Budgets, Feed, Ingest};
use crate::config::SourceOptions;
use crate::model::{SourceState, Zone};
use crate::source::in_time::in_time;
use crate::source::rigs::{MakeRig, RIGS, Rig, WITHOUT};
use crate::source::{Clock, SOURCES};
use crate::store::{Accounting, Pressure};

/// Long enough for the slowest machine under load; reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often is looked while something is waited for.
const LOOK: Duration = Duration::from_millis(5);

/// One kind of source with its peer, running into a store.
struct Tried {
    name: &'static str,
    rig: Box<dyn Rig>,
    ingest: Ingest,
    is_pausable: bool,
}

impl Tried {
    async fn start(name: &'static str, make: MakeRig, limits: SourceOptions) -> Option<Self> {
        let rig = make().await?;
        let own = rig.options();
        let options = SourceOptions {
            parameters: own.parameters,
            start: own.start,
            max_lines_per_second: limits.max_lines_per_second,
            buffer_size: limits.buffer_size,
            backpressure_limit: limits.backpressure_limit,
            ..SourceOptions::default()
        };
        let feed = Feed::open(&rig.argument(), options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let is_pausable = feed.source.is_pausable();
        let budgets = Budgets { logs: 8 << 20, traces: 8 << 20 };
        let ingest = Ingest::start_open(vec![feed], budgets, &Zone::UTC, Clock::system()).unwrap();
        let mut tried = Self { name, rig, ingest, is_pausable };
        tried.until("live", |figures| matches!(figures.sources[0].state, SourceState::Live(_))).await;
        Some(tried)
    }

    /// The figures now, which add up.
    fn figures(&self) -> Accounting {
        let figures = self.ingest.accounting();
        assert!(figures.logs.is_closed() && figures.spans.is_closed(), "{}: {figures:?}", self.name);
        figures
    }

    async fn until(&mut self, what: &str, is_so: impl Fn(&Accounting) -> bool + Send) {
        let begun = Instant::now();
        loop {
            let figures = self.figures();
            if is_so(&figures) {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "{}: {what}: {figures:?}", self.name);
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn emit(&mut self, count: usize) {
        let before = self.ingest.accounting().logs.stored;
        self.rig.emit(count).await;
        self.until("lines", |figures| figures.logs.stored >= before + count as u64).await;
    }

    /// Brings more than is taken until it shows. What can not wait is lost and the queue drains: so it is brought again.
    async fn press(&mut self) -> Accounting {
        let begun = Instant::now();
        loop {
            self.rig.emit(60).await;
            for _ in 0..100 {
                let figures = self.figures();
                if figures.pressure() > Pressure::Ok {
                    return figures;
                }
                assert!(begun.elapsed() < DEADLINE, "{}: no pressure: {figures:?}", self.name);
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    async fn ends(&mut self) {
        self.ingest.switch_off(0);
        in_time(self.until("off", |figures| figures.sources[0].state == SourceState::Off)).await;
    }
}

#[test]
fn every_kind_has_a_rig() {
    let named: Vec<&str> = RIGS.iter().map(|(name, _)| *name).chain(WITHOUT.iter().map(|(name, _)| *name)).collect();
    for kind in SOURCES {
        assert_eq!(named.iter().filter(|name| **name == kind.name()).count(), 1, "{} in {named:?}", kind.name());
    }
    assert_eq!(named.len(), SOURCES.len(), "{named:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_source_brings_lines_survives_garbage_and_ends_in_time() {
    let all = RIGS.iter().map(|(name, make)| async move {
        let Some(mut tried) = Tried::start(name, *make, SourceOptions::default()).await else { return };
        tried.emit(5).await;
        tried.rig.garble().await;
        tried.emit(3).await;
        tried.ends().await;
    });
    join_all(all.map(tokio::spawn)).await.into_iter().for_each(Result::unwrap);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_source_honours_a_full_queue() {
    let limits =
        SourceOptions { max_lines_per_second: 1, buffer_size: 4, backpressure_limit: 2, ..SourceOptions::default() };
    let all = RIGS.iter().map(|(name, make)| {
        let limits = limits.clone();
        async move {
            let Some(mut tried) = Tried::start(name, *make, limits).await else { return };
            let figures = tried.press().await;
            assert!(figures.logs.pending <= 4, "{name}: {figures:?}");
            if tried.is_pausable {
                assert_eq!(figures.logs.lost(), 0, "{name} can wait: {figures:?}");
            }
            // It also ends while nobody takes anything from it.
            tried.ends().await;
        }
    });
    join_all(all.map(tokio::spawn)).await.into_iter().for_each(Result::unwrap);
}
