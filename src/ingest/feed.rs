//! One source in the care of the ingest: how it was asked for, its run, and how it is switched off and on again.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::queue::Queue;
use crate::config::{SourceOptions, StartAt};
use crate::model::Nanos;
use crate::parse::join::JoinRule;
use crate::source::backend::BackendHandle;
use crate::source::{self, Clock, Intake, Source, SourceContext, SourceError, SourceState, StatusReporter};
use crate::store::SourceAccount;

/// A source that is ready to run.
pub struct Feed {
    /// The SOURCE argument, by which it can be opened again; empty for one that runs once only.
    pub argument: String,
    /// How it is read and held back.
    pub options: SourceOptions,
    /// The source.
    pub source: Box<dyn Source>,
}

impl Feed {
    /// The source that `argument` means. Touches nothing outside yet.
    pub fn open(argument: &str, options: SourceOptions) -> Result<Self, SourceError> {
        let source = source::open(argument, &options)?;
        Ok(Self { argument: argument.to_owned(), options, source })
    }

    /// How the screen names it.
    pub fn label(&self) -> String {
        self.options.name.clone().unwrap_or_else(|| self.source.label())
    }
}

impl From<(Box<dyn Source>, SourceOptions)> for Feed {
    fn from((source, options): (Box<dyn Source>, SourceOptions)) -> Self {
        Self { argument: String::new(), options, source }
    }
}

/// A source that the ingest runs, or ran.
pub(super) struct Watched {
    pub(super) label: String,
    pub(super) queue: Arc<Queue>,
    pub(super) status: StatusReporter,
    argument: String,
    options: SourceOptions,
    join: JoinRule,
    clock: Clock,
    /// The state that was seen last and since when.
    seen: Mutex<(SourceState, Nanos)>,
    /// Cancelled to end the run.
    shutdown: CancellationToken,
    /// Whether the user ended the run.
    is_off: Arc<AtomicBool>,
    task: Option<JoinHandle<()>>,
    /// The way to ask the source that runs, where it can be asked.
    backend: Option<BackendHandle>,
    /// When it was switched off.
    stopped: Option<Nanos>,
    /// Whether it is not shown any more; what it brought still counts.
    is_removed: bool,
}

impl Watched {
    /// A source that does not run yet. `shutdown` ends it with all others.
    pub(super) fn new(
        feed: &Feed,
        queue: Arc<Queue>,
        status: StatusReporter,
        join: JoinRule,
        clock: Clock,
        shutdown: &CancellationToken,
    ) -> Self {
        Self {
            label: feed.label(),
            queue,
            status,
            argument: feed.argument.clone(),
            options: feed.options.clone(),
            join,
            seen: Mutex::new((SourceState::Connecting, clock.now())),
            clock,
            shutdown: shutdown.child_token(),
            is_off: Arc::default(),
            task: None,
            backend: None,
            stopped: None,
            is_removed: false,
        }
    }

    /// Runs `source` for the first time, unless its options say that it waits to be switched on.
    pub(super) fn begin(&mut self, source: Box<dyn Source>) {
        self.backend = source.backend();
        if self.options.is_enabled {
            if source.has_history() {
                self.queue.announce_history();
            }
            let (cx, queue, is_off) = (self.context(), Arc::clone(&self.queue), Arc::clone(&self.is_off));
            self.task = Some(tokio::spawn(async move { watch_over(source, cx, &queue, &is_off).await }));
        } else {
            self.status.set(SourceState::Off);
            self.queue.close();
            self.backend.iter().for_each(BackendHandle::close);
        }
    }

    /// Ends the run; what it has sent is still stored.
    pub(super) fn switch_off(&mut self) {
        let runs = self.task.as_ref().is_some_and(|task| !task.is_finished());
        self.is_off.store(true, Ordering::Relaxed);
        self.shutdown.cancel();
        self.stopped.get_or_insert_with(|| self.clock.now());
        if !runs {
            self.status.set(SourceState::Off);
        }
    }

    /// Runs it anew, after the last run has ended: from where that was left by time, or as at the first time where nothing
    /// has come yet. `all` ends it with all others.
    pub(super) fn switch_on(&mut self, all: &CancellationToken) -> Result<(), SourceError> {
        if self.argument.is_empty() {
            return Err(SourceError::Spec(format!("{} can be run once only", self.label)));
        }
        let stopped = self.stopped.take();
        let has_come = self.queue.account().0.received > 0;
        let start = match (stopped, has_come) {
            (Some(at), true) => StartAt::Since(at),
            (None, true) => StartAt::End,
            (_, false) => self.options.start,
        };
        let source = source::open(&self.argument, &SourceOptions { start, ..self.options.clone() })?;
        self.backend = source.backend();
        // The run before is told to stop, if it has not ended by itself.
        self.shutdown.cancel();
        self.shutdown = all.child_token();
        self.is_off = Arc::default();
        self.status.set(SourceState::Connecting);
        let (before, queue, cx) = (self.task.take(), Arc::clone(&self.queue), self.context());
        let is_off = Arc::clone(&self.is_off);
        self.task = Some(tokio::spawn(async move {
            if let Some(before) = before {
                // It never panics: a panic of the source has become its state.
                before.await.ok();
            }
            cx.status.set(SourceState::Connecting);
            queue.reopen();
            if source.has_history() {
                queue.announce_history();
            }
            watch_over(source, cx, &queue, &is_off).await;
        }));
        Ok(())
    }

    /// Ends the run and shows the source no more.
    pub(super) fn remove(&mut self) {
        self.switch_off();
        self.is_removed = true;
    }

    /// The way to ask it, where it is shown and can be asked.
    pub(super) fn backend(&self) -> Option<&BackendHandle> {
        self.backend.as_ref().filter(|_| !self.is_removed)
    }

    /// Its figures, and whether it is shown.
    pub(super) fn account(&self, key: usize) -> (SourceAccount, bool) {
        let (logs, spans, pressure) = self.queue.account();
        let (state, since) = self.state();
        let account = SourceAccount {
            key,
            label: self.label.clone(),
            argument: self.argument.clone(),
            is_backend: self.backend.is_some(),
            state,
            since,
            logs,
            spans,
            pressure,
            buffer_size: self.queue.buffer_size(),
            formats: self.queue.formats.formats(),
            indexing: self.queue.indexing(),
        };
        (account, !self.is_removed)
    }

    fn context(&self) -> SourceContext {
        SourceContext {
            intake: Arc::clone(&self.queue) as Arc<dyn Intake>,
            shutdown: self.shutdown.clone(),
            status: self.status.clone(),
            clock: self.clock.clone(),
            join: self.join.clone(),
        }
    }

    /// The state now, and since when it is of this kind.
    fn state(&self) -> (SourceState, Nanos) {
        let state = self.status.get();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::discriminant(&state) != std::mem::discriminant(&seen.0) {
            seen.1 = self.clock.now();
        }
        seen.0 = state.clone();
        (state, seen.1)
    }
}

/// Runs one source; its end, failure or panic becomes its state, and its queue is closed.
async fn watch_over(source: Box<dyn Source>, cx: SourceContext, queue: &Queue, is_off: &AtomicBool) {
    let status = cx.status.clone();
    let outcome = AssertUnwindSafe(source.run(cx)).catch_unwind().await;
    status.set(match outcome {
        Ok(Ok(())) if is_off.load(Ordering::Relaxed) => SourceState::Off,
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
