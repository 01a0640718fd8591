//! A source that runs into an intake that keeps everything: lines, records and losses.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::SourceOptions;
use crate::extent::Stretch;
use crate::model::{LogRecord, Loss, Nanos};
use crate::parse::join::JoinRule;
use crate::source::collected::{DEADLINE, state};
use crate::source::in_time::in_time;
use crate::source::{
    Batch, Clock, HistoryOrder, Intake, LineBatch, Signal, SourceContext, SourceError, SourceState, StatusReporter,
    open,
};

/// What came, in the order in which it came.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Taken {
    /// Lines, and the texts of records.
    pub(in crate::source) texts: Vec<String>,
    pub(in crate::source) records: Vec<LogRecord>,
    pub(in crate::source) batches: Vec<LineBatch>,
    pub(in crate::source) losses: Vec<Loss>,
    pub(in crate::source) rejected: u64,
}

#[derive(Default)]
struct Keep {
    taken: Mutex<Taken>,
    has_come: Notify,
}

/// A source that runs.
pub(in crate::source) struct Running {
    keep: Arc<Keep>,
    pub(in crate::source) status: StatusReporter,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), SourceError>>,
}

/// Starts what `argument` says, at the time `now`.
pub(in crate::source) fn run(argument: &str, options: &SourceOptions, now: Nanos) -> Running {
    let source = open(argument, options).unwrap();
    assert!(source.is_pausable());
    let keep = Arc::new(Keep::default());
    let cx = SourceContext {
        intake: Arc::<Keep>::clone(&keep),
        shutdown: CancellationToken::new(),
        status: StatusReporter::default(),
        clock: Clock::from_fn(move || now),
        join: JoinRule::default(),
    };
    let (status, shutdown) = (cx.status.clone(), cx.shutdown.clone());
    Running { keep, status, shutdown, task: tokio::spawn(source.run(cx)) }
}

impl Running {
    pub(in crate::source) fn taken(&self) -> Taken {
        self.keep.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `enough` of what has come; panics at the deadline.
    pub(in crate::source) async fn until(&self, enough: impl Fn(&Taken) -> bool) -> Taken {
        let waiting = async {
            loop {
                let has_come = self.keep.has_come.notified();
                let taken = self.taken();
                if enough(&taken) {
                    return taken;
                }
                has_come.await;
            }
        };
        let waited = tokio::time::timeout(DEADLINE, waiting).await;
        waited.unwrap_or_else(|_| panic!("{:?} and only {:?}", self.status.get(), self.taken().texts))
    }

    /// Waits until a state says all of `words`; gives what it says.
    pub(in crate::source) async fn until_said(&self, words: &[&str]) -> String {
        state(&self.status, |state| Some(say(state)).filter(|said| words.iter().all(|word| said.contains(word)))).await
    }

    /// Waits until it ends by itself.
    pub(in crate::source) async fn end(self) -> Taken {
        let ended = tokio::time::timeout(DEADLINE, self.task).await;
        ended.unwrap_or_else(|_| panic!("does not end: {:?}", self.status.get())).unwrap().unwrap();
        self.keep.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops it, in the time that a source has; gives all that came.
    pub(in crate::source) async fn stop(self) -> Taken {
        self.shutdown.cancel();
        in_time(self.task).await.unwrap().unwrap();
        self.keep.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn say(state: &SourceState) -> String {
    match state {
        SourceState::Connecting | SourceState::CatchingUp { .. } | SourceState::Off => String::new(),
        SourceState::Live(text) => format!("live: {text}"),
        SourceState::Retrying { why, wait } => format!("retrying after {wait:?}: {why}"),
        SourceState::Ended(text) => format!("ended: {text}"),
        SourceState::Failed(text) => format!("failed: {text}"),
    }
}

impl Intake for Keep {
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()> {
        async move {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(!batch.is_empty() || matches!(batch, Batch::Loss(_)), "an empty batch");
            match batch {
                Batch::Lines(lines) => {
                    taken.texts.extend(lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()));
                    taken.batches.push(lines);
                }
                Batch::Logs(logs) => {
                    taken.texts.extend(logs.iter().map(|log| log.body.to_string()));
                    taken.records.extend(logs);
                }
                Batch::Loss(loss) => taken.losses.push(loss),
                Batch::Spans(_) | Batch::Traces(_) => panic!("a source of logs sends no spans"),
            }
            drop(taken);
            self.has_come.notify_one();
        }
        .boxed()
    }

    fn offer(&self, _: Batch) {
        panic!("a source that can be paused does not drop");
    }

    fn is_pressed(&self) -> bool {
        false
    }

    fn history(&self, _: Vec<Stretch>, _: HistoryOrder) {}

    fn reject(&self, _: Signal, count: u64) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).rejected += count;
        self.has_come.notify_one();
    }
}
