//! Starts the sources and the writer, watches over them, and answers how they are.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::history::History;
use super::owners::Owners;
use super::queue::Queue;
use super::wake::Wake;
use super::writer::{Lane, Writer};
use crate::config::SourceOptions;
use crate::model::{Nanos, Zone};
use crate::parse::{self, ParseOptions};
use crate::source::{Clock, Intake, Source, SourceContext, SourceState, StatusReporter, join_rule};
use crate::store::{Accounting, HISTORY_IDS, LogReader, SourceAccount, TraceReader, log_store, trace_table};

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
    clock: Clock,
}

struct Watched {
    label: String,
    queue: Arc<Queue>,
    status: StatusReporter,
    /// The state that was seen last and since when.
    seen: Mutex<(SourceState, Nanos)>,
}

impl Ingest {
    /// Starts every source in a task of its own, and the writer in a thread. Must be called within a tokio runtime.
    /// `zone` is that of times that name none, where neither a source nor its options know better. With a `gate` the writer waits for a
    /// reader that falls behind, so that it misses nothing.
    pub fn start(
        sources: Vec<(Box<dyn Source>, SourceOptions)>,
        budgets: Budgets,
        zone: &Zone,
        clock: Clock,
        gate: Option<Gate>,
    ) -> std::io::Result<Self> {
        let (trace_writer, traces) = trace_table(budgets.traces);
        let (published, changes) = watch::channel(0);
        let wake = Arc::new(Wake::default());
        let shutdown = CancellationToken::new();
        let awaited: Vec<usize> =
            sources.iter().enumerate().filter(|(_, (source, _))| source.has_history()).map(|(at, _)| at).collect();
        // Ids leave room in front only where something may be put there.
        let first = if awaited.is_empty() { 0 } else { HISTORY_IDS };
        let (log_writer, logs) = log_store(budgets.logs, first);
        let mut lanes = Vec::new();
        let mut watched = Vec::new();
        for (source, options) in sources {
            let queue = Arc::new(Queue::new(&options, Arc::clone(&wake), clock.clone()));
            let own_zone = options.zone.clone().or_else(|| source.zone());
            let label = options.name.clone().unwrap_or_else(|| source.label());
            let status = StatusReporter::default();
            let parse = parse_options(&options, own_zone.unwrap_or_else(|| zone.clone()));
            let join = parse.join.clone();
            lanes.push(Lane::new(Arc::clone(&queue), label.clone(), status.clone(), parse));
            let cx = SourceContext {
                intake: Arc::clone(&queue) as Arc<dyn Intake>,
                shutdown: shutdown.child_token(),
                status: status.clone(),
                clock: clock.clone(),
                join,
            };
            tokio::spawn(watch_over(source, cx, Arc::clone(&queue)));
            let seen = Mutex::new((SourceState::Connecting, clock.now()));
            watched.push(Watched { label, queue, status, seen });
        }
        let writer = Writer {
            lanes,
            logs: log_writer,
            traces: trace_writer,
            clock: clock.clone(),
            wake: Arc::clone(&wake),
            published,
            owners: Owners::default(),
            history: History::new(awaited),
            shutdown: shutdown.clone(),
            gate,
        };
        let writer = std::thread::Builder::new().name("ingest".into()).spawn(move || writer.run())?;
        Ok(Self { logs, traces, sources: watched, shutdown, published: changes, writer: Some(writer), wake, clock })
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
        let now = self.clock.now();
        let mut out = Accounting::default();
        for source in &self.sources {
            let (logs, spans, pressure) = source.queue.account();
            let (state, since) = source.state(now);
            out.logs.add(&logs);
            out.spans.add(&spans);
            let buffer_size = source.queue.buffer_size();
            let label = source.label.clone();
            let indexing = source.queue.indexing();
            let formats = source.queue.formats.formats();
            out.sources.push(SourceAccount {
                label,
                state,
                since,
                logs,
                spans,
                pressure,
                buffer_size,
                formats,
                indexing,
            });
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

impl Watched {
    /// The state now, and since when it is of this kind.
    fn state(&self, now: Nanos) -> (SourceState, Nanos) {
        let state = self.status.get();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::discriminant(&state) != std::mem::discriminant(&seen.0) {
            seen.1 = now;
        }
        seen.0 = state.clone();
        (state, seen.1)
    }
}

/// Runs one source; its end, failure or panic becomes its state, and its queue is closed.
async fn watch_over(source: Box<dyn Source>, cx: SourceContext, queue: Arc<Queue>) {
    let status = cx.status.clone();
    let outcome = AssertUnwindSafe(source.run(cx)).catch_unwind().await;
    status.set(match outcome {
        Ok(Ok(())) => SourceState::Ended(match status.get() {
            // The last word of a source that ended may matter: a file that was cut off says so.
            SourceState::Live(detail) | SourceState::Ended(detail) => detail,
            _ => String::new(),
        }),
        Ok(Err(error)) => SourceState::Failed(error.to_string()),
        Err(panic) => {
            let why = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            SourceState::Failed(format!("internal error: {}", why.unwrap_or("panic")))
        }
    });
    queue.close();
}

fn parse_options(options: &SourceOptions, zone: Zone) -> ParseOptions {
    let format = options.format.as_deref().and_then(parse::format_by_name);
    // A rule that is none was refused with the command line.
    let join = join_rule(options).unwrap_or_default();
    let rules = options.rules.clone();
    ParseOptions { format, zone, rules, join, ..ParseOptions::default() }
}
