//! Every line is accounted for, at every instant and by source, whatever the sources do: files from their end and from
//! their start, sources that wait and sources that can not, several of one name, in a ring that is too small, stopped in
//! the middle.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are wrong")]

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use proptest::prelude::*;
use spantail::config::{DropPolicy, SourceOptions, StartAt};
use spantail::extent::{Stretch, TextFile};
use spantail::ingest::{Budgets, Ingest};
use spantail::model::{SourceState, Zone};
use spantail::source::{self, Batch, Clock, HistoryOrder, LineBatch, Signal, Source, SourceContext, SourceError};
use spantail::store::{Accounting, Snapshot};
use tokio::sync::Notify;

const DEADLINE: Duration = Duration::from_secs(60);
/// Two names for all, so that several sources share one.
const NAMES: [&str; 2] = ["shop", "bank"];

/// How a source brings its lines.
#[derive(Clone, Copy, Debug)]
enum Kind {
    File { from_end: bool, is_followed: bool },
    Patient,
    Pushing { rejects: u64 },
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    kind: Kind,
    name: usize,
    lines: usize,
    batch: usize,
    rate: u64,
    policy: DropPolicy,
}

fn some_plan() -> impl Strategy<Value = Plan> {
    let kind = prop_oneof![
        2 => (any::<bool>(), any::<bool>()).prop_map(|(from_end, is_followed)| Kind::File { from_end, is_followed }),
        1 => Just(Kind::Patient),
        1 => (0..3_u64).prop_map(|rejects| Kind::Pushing { rejects }),
    ];
    let policy = prop_oneof![Just(DropPolicy::Oldest), Just(DropPolicy::Newest), Just(DropPolicy::Sample)];
    // A pace that a test can wait for, or none.
    let rate = prop_oneof![3 => Just(0), 1 => Just(20_000_u64)];
    (kind, 0..NAMES.len(), 0..4_000_usize, 1..300_usize, rate, policy)
        .prop_map(|(kind, name, lines, batch, rate, policy)| Plan { kind, name, lines, batch, rate, policy })
}

/// The lines of source `at`: each says whose it is.
fn text(at: usize, number: usize) -> String {
    format!("2026-01-02T03:{:02}:{:02}Z INFO s{at} {number}", number / 60 % 60, number % 60)
}

/// A source that sends, and can not do otherwise or waits.
struct Sender {
    at: usize,
    plan: Plan,
}

impl Source for Sender {
    fn label(&self) -> String {
        NAMES[self.plan.name].to_owned()
    }

    fn is_pausable(&self) -> bool {
        matches!(self.plan.kind, Kind::Patient)
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        Box::pin(async move {
            for from in (0..self.plan.lines).step_by(self.plan.batch) {
                let mut lines = LineBatch::default();
                (from..(from + self.plan.batch).min(self.plan.lines))
                    .for_each(|number| lines.push(text(self.at, number).as_bytes()));
                if let Kind::Pushing { rejects } = self.plan.kind {
                    cx.intake.offer(Batch::Lines(lines));
                    cx.intake.reject(Signal::Logs, rejects);
                    tokio::task::yield_now().await;
                    continue;
                }
                tokio::select! {
                    () = cx.intake.send(Batch::Lines(lines)) => {}
                    () = cx.shutdown.cancelled() => return Ok(()),
                }
            }
            Ok(())
        })
    }
}

fn sources(plans: &[Plan], folder: &std::path::Path) -> Vec<(Box<dyn Source>, SourceOptions)> {
    let source = |(at, plan): (usize, &Plan)| -> (Box<dyn Source>, SourceOptions) {
        let small = SourceOptions {
            buffer_size: 1_000,
            backpressure_limit: 800,
            drop_policy: plan.policy,
            max_lines_per_second: plan.rate,
            name: Some(NAMES[plan.name].to_owned()),
            ..SourceOptions::default()
        };
        let Kind::File { from_end, is_followed } = plan.kind else {
            return (Box::new(Sender { at, plan: *plan }), small);
        };
        let path = folder.join(format!("{at}.log"));
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        (0..plan.lines).for_each(|number| writeln!(file, "{}", text(at, number)).unwrap());
        file.flush().unwrap();
        let start = if from_end { StartAt::Tail } else { StartAt::Beginning };
        let options = SourceOptions { start, follow: is_followed, ..small };
        (source::open(path.to_str().unwrap(), &options).unwrap(), options)
    };
    plans.iter().enumerate().map(source).collect()
}

/// The figures, which must close for every source and in total.
fn closed(ingest: &Ingest) -> Accounting {
    let figures = ingest.accounting();
    for source in &figures.sources {
        assert!(source.logs.is_closed(), "{}: {:?}", source.label, source.logs);
        assert!(source.logs.pending <= source.buffer_size, "{}: {:?}", source.label, source.logs);
    }
    assert!(figures.logs.is_closed(), "{:?}", figures.logs);
    figures
}

/// Lines that are held, by the number of the source that brought them.
fn held(snapshot: &Snapshot) -> HashMap<usize, u64> {
    let mut counts = HashMap::new();
    for line in snapshot.segments().flat_map(|segment| segment.lines()).filter(|line| line.loss().is_none()) {
        let text = line.text();
        let word = str::from_utf8(&text).unwrap().split(' ').nth(2).unwrap();
        *counts.entry(word.get(1..).unwrap().parse().unwrap()).or_default() += 1;
    }
    counts
}

/// Holds the figures of sources that rest against what the ring has.
fn agrees(figures: &Accounting, snapshot: &Snapshot) {
    let held = held(snapshot);
    for (at, source) in figures.sources.iter().enumerate() {
        assert_eq!(source.logs.held(), held.get(&at).copied().unwrap_or(0), "source {at}: {:?}", source.logs);
        assert_eq!(source.logs.pending, 0, "source {at}");
    }
    assert_eq!((figures.logs.stored, figures.logs.evicted), (snapshot.stored, snapshot.evicted));
    for name in NAMES {
        let of_name = figures.sources.iter().filter(|source| source.label == name);
        let said = snapshot.segments().flat_map(|segment| segment.per_source());
        let said: u64 =
            said.filter(|(id, _)| snapshot.sources.get(*id) == name).map(|(_, count)| u64::from(*count)).sum();
        assert_eq!(of_name.map(|source| source.logs.held()).sum::<u64>(), said, "{name}");
    }
}

async fn run(plans: Vec<Plan>, budget: usize, stop_after: Option<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let budgets = Budgets { logs: budget, traces: 1 << 20 };
    let mut ingest = Ingest::start(
        sources(&plans, folder.path()),
        budgets,
        &Zone::UTC,
        Clock::from_fn(|| 1_767_323_045_000_000_000),
        None,
    )
    .unwrap();
    let start = Instant::now();
    let is_all = |figures: &Accounting| {
        let done = |(plan, source): (&Plan, &spantail::store::SourceAccount)| match plan.kind {
            Kind::Pushing { .. } => true,
            _ => source.logs.stored == plan.lines as u64,
        };
        plans.iter().zip(&figures.sources).all(done)
    };
    // What is left out when the memory is full is no failure; that nothing moves any more tells that all are at rest.
    let (mut last, mut since) = (0, Instant::now());
    while !ingest.is_finished() {
        let figures = closed(&ingest);
        if figures.logs.received != last {
            (last, since) = (figures.logs.received, Instant::now());
        }
        let is_at_rest = budget != ROOMY && since.elapsed() > Duration::from_millis(500);
        if stop_after.is_some_and(|lines| figures.logs.stored >= lines) || is_all(&figures) || is_at_rest {
            ingest.stop();
        }
        assert!(start.elapsed() < DEADLINE, "{figures:?}");
        tokio::task::yield_now().await;
    }
    ingest.finished().await;
    let figures = closed(&ingest);
    agrees(&figures, &ingest.logs().snapshot());
    for (plan, source) in plans.iter().zip(&figures.sources) {
        let is_whole = stop_after.is_none() && budget == ROOMY;
        match plan.kind {
            Kind::Patient | Kind::File { .. } => {
                assert_eq!(source.logs.received, source.logs.stored, "who can wait loses nothing: {:?}", source.logs);
                assert!(!is_whole || source.logs.stored == plan.lines as u64, "{plan:?} {:?}", source.logs);
            }
            Kind::Pushing { .. } => {}
        }
    }
}

/// Room for all lines that a test has.
const ROOMY: usize = 64 << 20;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_line_is_accounted_for_by_the_source_that_brought_it(
        plans in proptest::collection::vec(some_plan(), 1..6),
        budget in prop_oneof![1 => Just(ROOMY), 3 => 5_000..400_000_usize],
        stop_after in proptest::option::weighted(0.3, 0..5_000_u64),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(run(plans, budget, stop_after));
    }
}

/// Older lines than are there already, by a source that looks when it is told to.
struct Late {
    file: tempfile::NamedTempFile,
    told: Arc<Notify>,
}

impl Source for Late {
    fn label(&self) -> String {
        NAMES[0].to_owned()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_history(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        Box::pin(async move {
            self.told.notified().await;
            let handle = Arc::new(self.file.reopen().unwrap());
            let length = handle.metadata().unwrap().len();
            let file = Arc::new(TextFile::new(handle, self.file.path().to_owned()).unwrap());
            let stretch = Stretch { file, range: 0..length, origin: None, modified: None };
            cx.intake.history(vec![stretch], HistoryOrder::FromEnd);
            cx.shutdown.cancelled().await;
            Ok(())
        })
    }
}

/// What was put in front is evicted first, and charged to the source that put it there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_behind_live_lines_of_the_same_name_is_evicted_first() {
    const LINES: usize = 2_000;
    let (told, go_on) = (Arc::<Notify>::default(), Arc::<Notify>::default());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    (0..LINES).for_each(|number| writeln!(file, "{}", text(0, number)).unwrap());
    let live = Live { go_on: Arc::clone(&go_on) };
    let sources: Vec<(Box<dyn Source>, SourceOptions)> = vec![
        (Box::new(Late { file, told: Arc::clone(&told) }), SourceOptions::default()),
        (Box::new(live), SourceOptions::default()),
    ];
    let budgets = Budgets { logs: 400_000, traces: 1 << 20 };
    let mut ingest =
        Ingest::start(sources, budgets, &Zone::UTC, Clock::from_fn(|| 1_767_323_045_000_000_000), None).unwrap();
    for (at, next, count) in [(1, told, LINES), (0, go_on, LINES)] {
        wait_until(&ingest, |figures| figures.sources[at].logs.stored == count as u64).await;
        next.notify_one();
    }
    wait_until(&ingest, |figures| figures.sources[1].logs.stored == 4 * LINES as u64).await;
    ingest.stop();
    ingest.finished().await;
    let figures = closed(&ingest);
    assert!(figures.logs.evicted > 0 && figures.logs.held() > 0, "{:?}", figures.logs);
    agrees(&figures, &ingest.logs().snapshot());
}

/// Sends 2,000 lines, and 6,000 more when it is told to.
struct Live {
    go_on: Arc<Notify>,
}

impl Source for Live {
    fn label(&self) -> String {
        NAMES[0].to_owned()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        Box::pin(async move {
            for range in [0..2_000, 2_000..8_000] {
                for from in range.step_by(100) {
                    let mut lines = LineBatch::default();
                    (from..from + 100).for_each(|number| lines.push(text(1, number).as_bytes()));
                    cx.intake.send(Batch::Lines(lines)).await;
                }
                self.go_on.notified().await;
                self.go_on.notify_one();
            }
            Ok(())
        })
    }
}

async fn wait_until(ingest: &Ingest, is_so: impl Fn(&Accounting) -> bool) {
    let start = Instant::now();
    while !is_so(&closed(ingest)) {
        assert!(start.elapsed() < DEADLINE, "{:?}", ingest.accounting());
        tokio::task::yield_now().await;
    }
}

/// The source has ended, and the writer waits for a file that takes minutes to look through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_does_not_wait_for_what_is_being_indexed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let options = SourceOptions { start: StartAt::Tail, follow: false, ..SourceOptions::default() };
    let source = source::open(file.path().to_str().unwrap(), &options).unwrap();
    let budgets = Budgets { logs: 1 << 20, traces: 1 << 20 };
    let mut ingest = Ingest::start(vec![(source, options)], budgets, &Zone::UTC, Clock::from_fn(|| 0), None).unwrap();
    wait_until(&ingest, |figures| {
        let source = &figures.sources[0];
        matches!(source.state, SourceState::Ended(_)) && source.indexing.is_some_and(|indexing| indexing.done > 0)
    })
    .await;
    ingest.stop();
    tokio::time::timeout(Duration::from_secs(10), ingest.finished()).await.expect("it is given up at once");
}
