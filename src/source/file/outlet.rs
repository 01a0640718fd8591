//! From the thread that does a source's file I/O to the intake: a channel of one batch, so that a full queue holds
//! the thread and nothing piles up between the two.

use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::extent::Stretch;
use crate::source::{Batch, HistoryOrder, Intake, LineBatch, SourceContext, SourceError};

/// The thread's end.
pub(super) struct Outlet {
    batches: mpsc::Sender<LineBatch>,
    intake: Arc<dyn Intake>,
}

impl Outlet {
    /// Hands over `batch` and waits until there is room. Does nothing with an empty batch or after the shutdown.
    pub(super) fn send(&self, batch: LineBatch) {
        if !batch.is_empty() {
            // Fails only after the shutdown, which the caller sees by itself.
            self.batches.blocking_send(batch).ok();
        }
    }

    /// Hands over what was there before, once and before any batch. Does not wait.
    pub(super) fn history(&self, stretches: Vec<Stretch>, order: HistoryOrder) {
        self.intake.history(stretches, order);
    }

    /// Whether the source is being shut down.
    pub(super) fn is_closed(&self) -> bool {
        self.batches.is_closed()
    }
}

/// Runs `work` on a thread of its own and hands over what it sends. Returns what `work` returns, or `Ok` at once on
/// shutdown; the thread then finds its outlet closed.
pub(super) async fn run_blocking(
    cx: &SourceContext,
    work: impl FnOnce(Outlet) -> Result<(), SourceError> + Send + 'static,
) -> Result<(), SourceError> {
    let failed = |why: String| SourceError::Io { doing: "read files on a thread".to_owned(), why };
    let (sender, mut receiver) = mpsc::channel(1);
    let (done, outcome) = oneshot::channel();
    let outlet = Outlet { batches: sender, intake: Arc::clone(&cx.intake) };
    let body = move || {
        // Nobody waits for the outcome after a shutdown.
        done.send(work(outlet)).ok();
    };
    thread::Builder::new().name("file-reader".to_owned()).spawn(body).map_err(|error| failed(error.to_string()))?;
    let forward = async {
        while let Some(batch) = receiver.recv().await {
            cx.intake.send(Batch::Lines(batch)).await;
        }
    };
    tokio::select! {
        biased;
        () = cx.shutdown.cancelled() => Ok(()),
        () = forward => outcome.await.unwrap_or_else(|_| Err(failed("the thread panicked".to_owned()))),
    }
}
