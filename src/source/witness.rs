//! An intake for the tests of sources that connect: takes lines, records and losses alike, whether they are sent or offered,
//! and lets a test wait for them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    Batch, Clock, HistoryOrder, Intake, MAX_BATCH_BYTES, Signal, Source, SourceContext, SourceError, SourceState,
    StatusReporter,
};
use crate::config::{SourceOptions, StartAt};
use crate::extent::Stretch;
use crate::model::{LogRecord, Loss};
use crate::parse::join::JoinRule;
use crate::source::in_time::in_time;

/// Long enough for the slowest machine under load; reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often a condition is looked at that nothing notifies of.
const LOOK: Duration = Duration::from_millis(5);

/// What came, in order.
#[derive(Clone, Default, Debug)]
pub(super) struct Seen {
    /// The text of each line or record, and the name of the part that it came from.
    pub(super) texts: Vec<(String, String)>,
    /// The records among them.
    pub(super) records: Vec<LogRecord>,
    pub(super) losses: Vec<Loss>,
    pub(super) rejected: u64,
}

struct Inbox {
    seen: Mutex<Seen>,
    changed: Notify,
    /// Closed while the intake is full.
    room: Semaphore,
}

impl Inbox {
    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }
}

impl Intake for Inbox {
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()> {
        async move {
            let _room = self.room.acquire().await.expect("an intake that stays");
            self.offer(batch);
        }
        .boxed()
    }

    fn offer(&self, batch: Batch) {
        assert!(batch.bytes() <= MAX_BATCH_BYTES * 2, "a batch of {} bytes", batch.bytes());
        self.change(|seen| match batch {
            Batch::Lines(lines) => {
                assert!(!lines.is_empty(), "an empty batch");
                let origin = lines.origin.as_deref().unwrap_or_default();
                let texts = lines.iter().map(|line| (origin.to_owned(), String::from_utf8_lossy(line).into_owned()));
                seen.texts.extend(texts);
            }
            Batch::Logs(records) => {
                let text = |record: &LogRecord| (String::new(), record.body.as_str().unwrap_or_default().to_owned());
                seen.texts.extend(records.iter().map(text));
                seen.records.extend(records);
            }
            Batch::Spans(_) | Batch::Traces(_) => panic!("spans from a source of logs"),
            Batch::Loss(loss) => seen.losses.push(loss),
        });
    }

    fn is_pressed(&self) -> bool {
        false
    }

    fn history(&self, _: Vec<Stretch>, _: HistoryOrder) {}

    fn reject(&self, _: Signal, count: u64) {
        self.change(|seen| seen.rejected += count);
    }
}

/// A source that runs.
pub(super) struct Witness {
    inbox: Arc<Inbox>,
    cx: SourceContext,
    task: JoinHandle<Result<(), SourceError>>,
}

impl Witness {
    /// Runs what `argument` means, from `start` on, and goes on at the end of what is there where it `follows`.
    pub(super) fn open(argument: &str, start: StartAt, follows: bool) -> Self {
        let options = SourceOptions { start, follow: follows, ..SourceOptions::default() };
        Self::run(super::open(argument, &options).unwrap_or_else(|error| panic!("{argument}: {error}")))
    }

    /// Runs `source`.
    pub(super) fn run(source: Box<dyn Source>) -> Self {
        let inbox = Arc::new(Inbox { seen: Mutex::default(), changed: Notify::new(), room: Semaphore::new(1) });
        let cx = SourceContext {
            intake: Arc::<Inbox>::clone(&inbox),
            shutdown: CancellationToken::new(),
            status: StatusReporter::default(),
            clock: Clock::system(),
            join: JoinRule::default(),
        };
        let task = tokio::spawn(source.run(cx.clone()));
        Self { inbox, cx, task }
    }

    /// Makes whoever sends wait from now on, or no longer.
    pub(super) async fn fill(&self, is_full: bool) {
        if is_full {
            self.inbox.room.acquire().await.expect("an intake that stays").forget();
        } else {
            self.inbox.room.add_permits(1);
        }
    }

    /// What has come so far.
    pub(super) fn seen(&self) -> Seen {
        self.inbox.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `enough` of what has come; panics at the deadline.
    pub(super) async fn until(&self, enough: impl Fn(&Seen) -> bool) -> Seen {
        let waiting = async {
            loop {
                let changed = self.inbox.changed.notified();
                let seen = self.seen();
                if enough(&seen) {
                    return seen;
                }
                changed.await;
            }
        };
        let outcome = tokio::time::timeout(DEADLINE, waiting).await;
        outcome.unwrap_or_else(|_| panic!("only {:?} came; {:?}", self.seen(), self.cx.status.get()))
    }

    /// Waits until so many texts have come; gives all of them, without their origins.
    pub(super) async fn texts(&self, count: usize) -> Vec<String> {
        let seen = self.until(|seen| seen.texts.len() >= count).await;
        seen.texts.into_iter().map(|(_, text)| text).collect()
    }

    /// Waits until it says a state whose text (what it is live with, or why it tries again) contains all of `words`.
    pub(super) async fn says(&self, words: &[&str]) -> SourceState {
        let waiting = async {
            loop {
                let state = self.cx.status.get();
                let text = match &state {
                    SourceState::Live(text) | SourceState::Ended(text) | SourceState::Failed(text) => text,
                    SourceState::Retrying { why, .. } => why,
                    SourceState::Connecting | SourceState::CatchingUp { .. } | SourceState::Off => "",
                };
                if words.iter().all(|word| text.contains(word)) {
                    return state;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let outcome = tokio::time::timeout(DEADLINE, waiting).await;
        outcome.unwrap_or_else(|_| panic!("stays {:?}, without {words:?}", self.cx.status.get()))
    }

    /// What it says of itself now.
    pub(super) fn state(&self) -> SourceState {
        self.cx.status.get()
    }

    /// Waits until it is live.
    pub(super) async fn live(&self) {
        let waiting = async {
            while !matches!(self.cx.status.get(), SourceState::Live(_)) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let outcome = tokio::time::timeout(DEADLINE, waiting).await;
        outcome.unwrap_or_else(|_| panic!("stays {:?}", self.cx.status.get()));
    }

    /// Waits until it ends by itself; gives what came.
    pub(super) async fn end(mut self) -> Seen {
        let outcome = tokio::time::timeout(DEADLINE, &mut self.task).await;
        outcome.unwrap_or_else(|_| panic!("goes on: {:?}", self.cx.status.get())).expect("no panic").expect("no error");
        self.seen()
    }

    /// Shuts it down, checks that it returns in time, and gives what came.
    pub(super) async fn stop(self) -> Seen {
        self.cx.shutdown.cancel();
        in_time(self.task).await.expect("no panic").expect("no error");
        self.inbox.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
