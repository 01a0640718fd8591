//! An intake for the tests of sources: keeps what it is given and says when enough has come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Batch, Clock, HistoryOrder, Intake, Signal, SourceContext, SourceState, StatusReporter};
use crate::extent::Stretch;
use crate::model::{LogRecord, Loss, Resource, Span};
use crate::parse::join::JoinRule;

/// The longest that a test waits for anything.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// What has come so far.
#[derive(Clone, Default, Debug)]
pub(super) struct Harvest {
    pub(super) logs: Vec<LogRecord>,
    pub(super) spans: Vec<Span>,
    pub(super) lines: Vec<Line>,
    pub(super) losses: Vec<Loss>,
    pub(super) rejected_logs: u64,
    pub(super) rejected_spans: u64,
}

/// A line of text, with what its batch said of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Line {
    pub(super) origin: Option<Arc<str>>,
    pub(super) resource: Option<Arc<Resource>>,
    pub(super) text: String,
}

impl Harvest {
    /// The texts of the lines.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| &*line.text).collect()
    }
}

/// The intake; everything that is offered or sent is taken.
#[derive(Default)]
pub(super) struct Collected {
    harvest: Mutex<Harvest>,
    changed: Notify,
    is_pressed: AtomicBool,
    has_room: Notify,
}

impl Collected {
    /// A context around a new intake, for a source to run in.
    pub(super) fn context() -> (Arc<Self>, SourceContext) {
        let collected = Arc::new(Self::default());
        let cx = SourceContext {
            intake: Arc::<Self>::clone(&collected),
            shutdown: CancellationToken::new(),
            status: StatusReporter::default(),
            clock: Clock::from_fn(|| 0),
            join: JoinRule::default(),
        };
        (collected, cx)
    }

    /// Says from now on that the backpressure limit is, or is not, reached. While it is, nothing that is sent is taken.
    pub(super) fn press(&self, is_pressed: bool) {
        self.is_pressed.store(is_pressed, Ordering::SeqCst);
        self.has_room.notify_waiters();
    }

    /// What has come so far.
    pub(super) fn harvest(&self) -> Harvest {
        self.harvest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `enough` of what has come; panics at the deadline.
    pub(super) async fn until(&self, enough: impl Fn(&Harvest) -> bool) -> Harvest {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                // Looked at in its place: a copy of much for each batch that comes takes longer than a test may.
                let is_enough = enough(&self.harvest.lock().unwrap_or_else(PoisonError::into_inner));
                if is_enough {
                    return self.harvest();
                }
                changed.await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("only {:?} came", self.harvest()))
    }

    fn change(&self, change: impl FnOnce(&mut Harvest)) {
        change(&mut self.harvest.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }
}

impl Intake for Collected {
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()> {
        async {
            loop {
                let mut room = std::pin::pin!(self.has_room.notified());
                room.as_mut().enable();
                if !self.is_pressed() {
                    return self.offer(batch);
                }
                room.await;
            }
        }
        .boxed()
    }

    fn offer(&self, batch: Batch) {
        self.change(|harvest| match batch {
            Batch::Logs(logs) => harvest.logs.extend(logs),
            Batch::Spans(spans) | Batch::Traces(spans) => harvest.spans.extend(spans),
            Batch::Lines(batch) => harvest.lines.extend(batch.iter().map(|text| Line {
                origin: batch.origin.clone(),
                resource: batch.resource.clone(),
                text: String::from_utf8_lossy(text).into_owned(),
            })),
            Batch::Loss(loss) => harvest.losses.push(loss),
        });
    }

    fn is_pressed(&self) -> bool {
        self.is_pressed.load(Ordering::SeqCst)
    }

    fn history(&self, _: Vec<Stretch>, _: HistoryOrder) {}

    fn reject(&self, signal: Signal, count: u64) {
        self.change(|harvest| match signal {
            Signal::Logs => harvest.rejected_logs += count,
            Signal::Spans => harvest.rejected_spans += count,
        });
    }
}

/// Waits until the source says a state that `wanted` finds something in; panics at the deadline.
pub(super) async fn state<T>(status: &StatusReporter, wanted: impl Fn(&SourceState) -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = wanted(&status.get()) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("stays {:?}", status.get()))
}
