//! The source around a backend: its state in the list of sources, and the way in for those who ask.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};

use super::Backend;
use crate::model::{Dependency, FetchedTrace, Names, Span, TraceId, TracePage, TraceQuery, WantedTrace, Window};
use crate::source::retry::{Backoff, Connection, Trouble, keep_trying};
use crate::source::{Batch, Source, SourceContext, SourceError, SourceState};

/// No answer is waited for longer, whatever the backend allows itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Spans of one batch: what a slow writer is made to take at once.
const BATCH_SPANS: usize = 4096;

/// A backend as a source: tells how the backend is, and runs so that it can be asked.
pub struct BackendSource {
    handle: BackendHandle,
    /// Whether it is there to be asked; otherwise it ends when it is known how the backend is.
    follow: bool,
}

/// The way to ask a backend. Works while its source runs; cheap to clone.
#[derive(Clone)]
pub struct BackendHandle {
    backend: Arc<dyn Backend>,
    shared: Arc<Shared>,
}

/// Whether a source runs.
#[derive(Clone, Default)]
enum Run {
    /// It has been opened and is about to.
    #[default]
    Begins,
    /// In this world.
    Goes(SourceContext),
    /// It was switched off, or never switched on.
    Over,
}

#[derive(Default)]
struct Shared {
    /// Whether the source runs.
    run: watch::Sender<Run>,
    /// Somebody was refused: how is it?
    doubt: Notify,
    /// What was wrong with the last question, while the backend itself is well.
    last_error: Mutex<Option<String>>,
}

impl BackendSource {
    /// A source around `backend`.
    pub fn around(backend: impl Backend, follow: bool) -> Box<dyn Source> {
        let handle = BackendHandle { backend: Arc::new(backend), shared: Arc::default() };
        Box::new(Self { handle, follow })
    }
}

impl Source for BackendSource {
    fn label(&self) -> String {
        self.handle.label()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn backend(&self) -> Option<BackendHandle> {
        Some(self.handle.clone())
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let _open = Open::new(&self.handle.shared, cx.clone());
            let mut watch = Watch { handle: self.handle.clone(), cx: cx.clone(), follow: self.follow };
            keep_trying(&cx, &mut watch).await;
            Ok(())
        }
        .boxed()
    }
}

/// While it lives, the backend can be asked.
struct Open<'a>(&'a Shared);

impl<'a> Open<'a> {
    fn new(shared: &'a Shared, cx: SourceContext) -> Self {
        shared.run.send_replace(Run::Goes(cx));
        Self(shared)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.run.send_replace(Run::Over);
    }
}

/// Finds out how the backend is, and again whenever a question went wrong. A backend that nobody asks is left alone.
struct Watch {
    handle: BackendHandle,
    cx: SourceContext,
    follow: bool,
}

impl Connection for Watch {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        loop {
            let found = in_time(self.handle.backend.health()).await?;
            backoff.is_good();
            self.cx.status.set(SourceState::Live(self.handle.told(&found)));
            if !self.follow {
                return Ok(());
            }
            self.handle.shared.doubt.notified().await;
        }
    }
}

impl BackendHandle {
    /// How the screen names it.
    pub fn label(&self) -> String {
        self.backend.label()
    }

    /// Where a person looks at this trace, where that is known. Asks nobody.
    pub fn link(&self, id: TraceId) -> Option<String> {
        self.backend.link(id)
    }

    /// Fetches a trace, first where it is likely to be, then from all time. Its spans go into the store; the answer still has
    /// them. Spans of which only the low half of the trace's id is known get the id that was asked for.
    pub async fn trace(&self, wanted: &WantedTrace) -> Result<FetchedTrace, String> {
        let question = async {
            let near = self.backend.trace(wanted).await?;
            let mut fetched = match wanted.window {
                Some(_) if near.spans.is_empty() => {
                    self.backend.trace(&WantedTrace { window: None, ..wanted.clone() }).await?
                }
                _ => near,
            };
            for span in fetched.spans.iter_mut().filter(|span| span.trace_id.is_64_bit()) {
                span.trace_id = if span.trace_id.is_same(wanted.id) { wanted.id } else { span.trace_id };
            }
            Ok(fetched)
        };
        self.ask(question.boxed(), |fetched: &FetchedTrace| vec![fetched.spans.as_slice()]).await
    }

    /// Searches. Traces that come whole go into the store.
    pub async fn search(&self, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, String> {
        self.ask(self.backend.search(query, page), whole_traces).await
    }

    /// Names that it knows.
    pub async fn names(&self, of: &Names) -> Result<Vec<String>, String> {
        self.ask(self.backend.names(of), |_: &Vec<String>| Vec::new()).await
    }

    /// Who called whom.
    pub async fn dependencies(&self, window: Window) -> Result<Vec<Dependency>, String> {
        self.ask(self.backend.dependencies(window), |_: &Vec<Dependency>| Vec::new()).await
    }

    async fn ask<T>(
        &self,
        question: BoxFuture<'_, Result<T, Trouble>>,
        spans: impl for<'t> Fn(&'t T) -> Vec<&'t [Span]>,
    ) -> Result<T, String> {
        let Some(cx) = self.world().await else { return Err("it is switched off".to_owned()) };
        let outcome = tokio::select! {
            biased;
            () = cx.shutdown.cancelled() => return Err("it was switched off".to_owned()),
            outcome = in_time(question) => outcome,
        };
        let error = outcome.as_ref().err().map(|trouble| trouble.why().to_owned());
        let was_in_doubt = {
            let mut last = self.shared.last_error.lock().unwrap_or_else(PoisonError::into_inner);
            let was_in_doubt = last.is_some();
            last.clone_from(&error);
            was_in_doubt
        };
        if error.is_some() || was_in_doubt || !matches!(cx.status.get(), SourceState::Live(_)) {
            self.shared.doubt.notify_one();
        }
        let answer = outcome.map_err(|trouble| trouble.why().to_owned())?;
        for batch in spans(&answer).into_iter().flat_map(|spans| spans.chunks(BATCH_SPANS)) {
            cx.intake.send(Batch::Traces(batch.to_vec())).await;
        }
        Ok(answer)
    }

    /// Says that its source does not run.
    pub fn close(&self) {
        self.shared.run.send_replace(Run::Over);
    }

    /// The world of its source, once that runs; `None` where it does not.
    async fn world(&self) -> Option<SourceContext> {
        let mut run = self.shared.run.subscribe();
        let has_begun = run.wait_for(|run| !matches!(run, Run::Begins)).await.ok()?;
        match &*has_begun {
            Run::Goes(cx) => Some(cx.clone()),
            Run::Begins | Run::Over => None,
        }
    }

    /// The state of a backend that is well, with what was wrong with the last question.
    fn told(&self, found: &str) -> String {
        let last = self.shared.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(error) => format!("{found} · the last question failed: {error}"),
            None => found.to_owned(),
        }
    }
}

impl std::fmt::Debug for BackendHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("BackendHandle").field(&self.label()).finish()
    }
}

fn whole_traces(page: &TracePage) -> Vec<&[Span]> {
    page.hits.iter().map(|hit| hit.whole.as_slice()).collect()
}

async fn in_time<T>(question: BoxFuture<'_, Result<T, Trouble>>) -> Result<T, Trouble> {
    let too_long = || Trouble::passing(format!("no answer within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, question).await.unwrap_or_else(|_| Err(too_long()))
}
