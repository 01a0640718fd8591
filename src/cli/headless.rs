//! How every command without a screen runs: the sources are started, a consumer takes what comes, a signal or the end
//! of the sources ends it.
//!
//! The consumer works on a thread of its own, so that a reader of the results that does not read (a stuck pipe) keeps
//! no signal waiting. A gate holds the ingest back while the consumer is behind: it misses nothing.

use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Ending;
use super::news::News;
use super::progress::Progress;
use super::signals::Signals;
use crate::config::{Config, Origin, Size, local_zone};
use crate::ingest::{Budgets, Feed, Gate, Ingest};
use crate::source::Clock;
use crate::store::{Accounting, LogReader, Snapshot};

/// For how long sources may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);
/// How often a consumer is told to make safe what it has.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// What is kept of lines that were consumed is of no use, so a small ring does unless the user says otherwise.
const SMALL: Budgets = Budgets { logs: 16 << 20, traces: 8 << 20 };

/// What a command does with what comes.
pub(super) trait Consumer: Send + 'static {
    /// Takes what can be read now and was not taken yet.
    fn take(&mut self, snapshot: &Snapshot) -> anyhow::Result<()>;

    /// Makes what was taken outlast a crash. Called once a second.
    fn flush(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// What is run, and how.
pub(super) struct Work<'a> {
    pub(super) sources: Vec<Feed>,
    pub(super) config: &'a Config,
    pub(super) clock: Clock,
    /// For how long the consumer may go on after a signal; without it, for as long as it takes.
    pub(super) patience: Option<Duration>,
}

/// How it ended.
pub(super) struct Ended<C> {
    /// The consumer, unless it had to be left behind.
    pub(super) consumer: Option<C>,
    pub(super) accounting: Accounting,
    /// What can still be read.
    pub(super) ingest: Ingest,
    /// The signal that ended it, if one did.
    pub(super) ending: Ending,
}

impl Work<'_> {
    /// Runs until the sources end, a signal comes, or the consumer fails. `begin` makes the consumer, which tells the
    /// gate what it has read.
    pub(super) fn run<C: Consumer>(
        self,
        begin: impl FnOnce(&Ingest, Gate) -> anyhow::Result<C>,
    ) -> anyhow::Result<Ended<C>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let patience = self.patience;
        let ended = runtime.block_on(async {
            let signals = Signals::new()?;
            let gate = Gate::default();
            let zone = local_zone();
            let budgets = budgets(self.config);
            let ingest = Ingest::start(self.sources, budgets, &zone, self.clock, Some(gate.clone()))?;
            let consumer = begin(&ingest, gate)?;
            watch_over(ingest, consumer, signals, patience).await
        });
        // A source may sit in a read that nothing interrupts (stdin); the process does not wait for it.
        runtime.shutdown_background();
        ended
    }
}

/// The user's budgets, or small ones where the user has said nothing.
fn budgets(config: &Config) -> Budgets {
    let asked = |key: &str, size: Size, small: usize| {
        let is_default = matches!(config.origin_of(key), None | Some(Origin::Default));
        if is_default { small } else { usize::try_from(size.0).unwrap_or(usize::MAX) }
    };
    Budgets {
        logs: asked("ingest.memory", config.ingest.memory, SMALL.logs),
        traces: asked("ingest.trace_memory", config.ingest.trace_memory, SMALL.traces),
    }
}

async fn watch_over<C: Consumer>(
    mut ingest: Ingest,
    consumer: C,
    mut signals: Signals,
    patience: Option<Duration>,
) -> anyhow::Result<Ended<C>> {
    let enough = CancellationToken::new();
    let (logs, changes, told) = (ingest.logs().clone(), ingest.changes(), enough.clone());
    let mut worker = tokio::task::spawn_blocking(move || consume(consumer, &logs, changes, &told));
    let (mut news, mut progress) = (News::default(), Progress::new());
    let mut look = tokio::time::interval(Progress::EVERY);
    let (consumed, ending) = loop {
        tokio::select! {
            biased;
            number = signals.recv() => break (None, Ending::Signal(number)),
            consumed = &mut worker => break (Some(joined(consumed)?), Ending::Done),
            _ = look.tick() => {
                let accounting = ingest.accounting();
                news.tell(&accounting);
                progress.show(&accounting);
            }
        }
    };
    progress.erase();
    ingest.stop();
    let consumer = match consumed {
        Some(consumer) => Some(consumer),
        None => last_words(&mut worker, &enough, &mut signals, patience).await?,
    };
    if consumer.is_some() && ending == Ending::Done {
        ingest.finished().await;
    }
    Ok(Ended { consumer, accounting: ingest.accounting(), ingest, ending })
}

/// What came before the signal is still consumed; a source that does not stop is not waited for, and a second signal
/// ends the waiting.
async fn last_words<C>(
    worker: &mut JoinHandle<anyhow::Result<C>>,
    enough: &CancellationToken,
    signals: &mut Signals,
    patience: Option<Duration>,
) -> anyhow::Result<Option<C>> {
    if let Ok(consumed) = tokio::time::timeout(STOP_WITHIN, &mut *worker).await {
        return joined(consumed).map(Some);
    }
    enough.cancel();
    let too_long = async {
        match patience {
            Some(patience) => tokio::time::sleep(patience).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        consumed = worker => joined(consumed).map(Some),
        _again = signals.recv() => Ok(None),
        () = too_long => Ok(None),
    }
}

fn joined<C>(consumed: Result<anyhow::Result<C>, tokio::task::JoinError>) -> anyhow::Result<C> {
    consumed.context("internal error: the consumer panicked")?
}

enum Event {
    Changed,
    Tick,
    End,
}

/// Takes whatever is published until no more will come.
fn consume<C: Consumer>(
    mut consumer: C,
    logs: &LogReader,
    mut changes: watch::Receiver<u64>,
    enough: &CancellationToken,
) -> anyhow::Result<C> {
    let runtime = Handle::current();
    let mut flush = {
        let _inside = runtime.enter();
        tokio::time::interval(FLUSH_EVERY)
    };
    loop {
        let event = runtime.block_on(async {
            tokio::select! {
                biased;
                () = enough.cancelled() => Event::End,
                _ = flush.tick() => Event::Tick,
                changed = changes.changed() => if changed.is_ok() { Event::Changed } else { Event::End },
            }
        });
        match event {
            Event::Changed => consumer.take(&logs.snapshot())?,
            Event::Tick => consumer.flush()?,
            Event::End => {
                consumer.take(&logs.snapshot())?;
                return Ok(consumer);
            }
        }
    }
}
