//! Starts the sources and the writer, adds and removes sources while they run, and answers how all are.

use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::feed::{Feed, Watched};
use super::gate::Gate;
use super::history::History;
use super::owners::Owners;
use super::queue::Queue;
use super::wake::Wake;
use super::writer::{Arrivals, Lane, Writer};
use crate::config::SourceOptions;
use crate::model::Zone;
use crate::parse::{self, ParseOptions};
use crate::source::backend::BackendHandle;
use crate::source::{Clock, SourceError, StatusReporter, join_rule};
use crate::store::{Accounting, HISTORY_IDS, LogReader, TraceReader, log_store, trace_table};

/// Bytes of memory that what was seen may take.
#[derive(Clone, Copy, Debug)]
pub struct Budgets {
    /// For log lines.
    pub logs: usize,
    /// For traces.
    pub traces: usize,
}

/// The running ingest: readers for the store, figures, and the way to stop.
pub struct Ingest {
    logs: LogReader,
    traces: TraceReader,
    sources: Vec<Watched>,
    shutdown: CancellationToken,
    published: watch::Receiver<u64>,
    writer: Option<JoinHandle<()>>,
    wake: Arc<Wake>,
    arrivals: Arc<Arrivals>,
    zone: Zone,
    clock: Clock,
}

impl Ingest {
    /// Starts every source in a task of its own, and the writer in a thread. Must be called within a tokio runtime.
    /// `zone` is that of times that name none, where neither a source nor its options know better. With a `gate` the writer waits for a
    /// reader that falls behind, so that it misses nothing. Everything is over when the last source has ended.
    pub fn start(
        sources: Vec<impl Into<Feed>>,
        budgets: Budgets,
        zone: &Zone,
        clock: Clock,
        gate: Option<Gate>,
    ) -> std::io::Result<Self> {
        Self::start_for(sources, budgets, zone, clock, gate, false)
    }

    /// The same for a screen: it goes on when all sources have ended, as others may be [added](Self::add).
    pub fn start_open(
        sources: Vec<impl Into<Feed>>,
        budgets: Budgets,
        zone: &Zone,
        clock: Clock,
    ) -> std::io::Result<Self> {
        Self::start_for(sources, budgets, zone, clock, None, true)
    }

    fn start_for(
        feeds: Vec<impl Into<Feed>>,
        budgets: Budgets,
        zone: &Zone,
        clock: Clock,
        gate: Option<Gate>,
        stays: bool,
    ) -> std::io::Result<Self> {
        let feeds: Vec<Feed> = feeds.into_iter().map(Into::into).collect();
        let (trace_writer, traces) = trace_table(budgets.traces);
        let (published, changes) = watch::channel(0);
        let (wake, arrivals) = (Arc::new(Wake::default()), Arc::<Arrivals>::default());
        let shutdown = CancellationToken::new();
        // Ids leave room in front only where something may be put there.
        let has_history = stays || feeds.iter().any(|feed| feed.source.has_history());
        let (log_writer, logs) = log_store(budgets.logs, if has_history { HISTORY_IDS } else { 0 });
        let mut ingest = Self {
            logs,
            traces,
            sources: Vec::new(),
            shutdown: shutdown.clone(),
            published: changes,
            writer: None,
            wake: Arc::clone(&wake),
            arrivals: Arc::clone(&arrivals),
            zone: zone.clone(),
            clock: clock.clone(),
        };
        for feed in feeds {
            ingest.add(feed);
        }
        let writer = Writer {
            lanes: Vec::new(),
            logs: log_writer,
            traces: trace_writer,
            clock,
            wake,
            published,
            owners: Owners::default(),
            history: History::default(),
            shutdown,
            gate,
            arrivals,
            stays,
        };
        ingest.writer = Some(std::thread::Builder::new().name("ingest".into()).spawn(move || writer.run())?);
        Ok(ingest)
    }

    /// Takes in one more source. Must be called within a tokio runtime.
    pub fn add(&mut self, feed: Feed) {
        let queue = Arc::new(Queue::new(&feed.options, Arc::clone(&self.wake), self.clock.clone()));
        let own_zone = feed.options.zone.clone().or_else(|| feed.source.zone());
        let status = StatusReporter::default();
        let parse = parse_options(&feed.options, own_zone.unwrap_or_else(|| self.zone.clone()));
        let join = parse.join.clone();
        let mut watched =
            Watched::new(&feed, Arc::clone(&queue), status.clone(), join, self.clock.clone(), &self.shutdown);
        if feed.source.backend().is_some() {
            watched.label = self.unlike_others(watched.label);
        }
        let lane = Lane::new(queue, watched.label.clone(), status, parse);
        watched.begin(feed.source);
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
        self.sources.push(watched);
        self.wake.notify();
    }

    /// `label`, with a number behind it where another source has it: what a backend answers is told apart by its label.
    fn unlike_others(&self, label: String) -> String {
        let is_taken = |label: &String| self.sources.iter().any(|source| source.label == *label);
        let numbered = (2..).map(|number| format!("{label} #{number}"));
        std::iter::once(label.clone()).chain(numbered).find(|label| !is_taken(label)).unwrap_or(label)
    }

    /// Ends the run of the source with this [key](crate::store::SourceAccount::key); it stays in the list.
    pub fn switch_off(&mut self, key: usize) {
        if let Some(source) = self.sources.get_mut(key) {
            source.switch_off();
        }
        self.wake.notify();
    }

    /// Runs a source anew that was switched off, has ended or failed: from the time where it was left. An error says why it
    /// can not be. Must be called within a tokio runtime.
    pub fn switch_on(&mut self, key: usize) -> Result<(), SourceError> {
        self.sources.get_mut(key).map_or(Ok(()), |source| source.switch_on(&self.shutdown))
    }

    /// Ends the run of a source and lists it no more. The lines it brought stay.
    pub fn remove(&mut self, key: usize) {
        if let Some(source) = self.sources.get_mut(key) {
            source.remove();
        }
        self.wake.notify();
    }

    /// The sources that can be asked for traces, each by its label: also those that are switched off, which say so.
    pub fn backends(&self) -> Vec<(String, BackendHandle)> {
        let known = self.sources.iter().filter_map(|source| Some((source.label.clone(), source.backend()?.clone())));
        known.collect()
    }

    /// Reads log lines.
    pub fn logs(&self) -> &LogReader {
        &self.logs
    }

    /// Reads traces.
    pub fn traces(&self) -> &TraceReader {
        &self.traces
    }

    /// Changes whenever readers can see something new.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.published.clone()
    }

    /// Whether every source has ended and all they sent is stored and published.
    pub fn is_finished(&self) -> bool {
        self.writer.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// All figures. Those of one source are of one instant; a sum is exact whenever the sources rest.
    pub fn accounting(&self) -> Accounting {
        let mut out = Accounting::default();
        for (key, source) in self.sources.iter().enumerate() {
            let (account, is_shown) = source.account(key);
            out.logs.add(&account.logs);
            out.spans.add(&account.spans);
            if is_shown {
                out.sources.push(account);
            }
        }
        // The table may have given up spans of a batch that is not counted as stored yet.
        out.spans.evicted = self.traces.span_counts().1.min(out.spans.stored);
        out
    }

    /// Tells every source to stop.
    pub fn stop(&self) {
        self.shutdown.cancel();
        // All sources may have ended, and the writer wait for nothing but history.
        self.wake.notify();
    }

    /// Waits until every source has ended and the store has what they sent. Call [`Ingest::stop`] before, unless
    /// the sources end by themselves.
    pub async fn finished(&mut self) {
        let Some(writer) = self.writer.take() else { return };
        // A panic of the writer is a bug; what it had published stays readable.
        let joined = tokio::task::spawn_blocking(move || writer.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the ingest thread panicked");
        }
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        self.stop();
        self.sources.iter().for_each(|source| source.queue.close());
    }
}

fn parse_options(options: &SourceOptions, zone: Zone) -> ParseOptions {
    let format = options.format.as_deref().and_then(parse::format_by_name);
    // A rule that is none was refused with the command line.
    let join = join_rule(options).unwrap_or_default();
    let rules = options.rules.clone();
    ParseOptions { format, zone, rules, join, ..ParseOptions::default() }
}
