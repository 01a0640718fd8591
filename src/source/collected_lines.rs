//! An intake for the tests of sources of text: keeps the lines that come, and lets a test wait for them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    Batch, Clock, HistoryOrder, Intake, MAX_BATCH_BYTES, Place, Signal, Source, SourceContext, SourceError,
    SourceState, StatusReporter,
};
use crate::extent::{Stretch, TextFile};
use crate::parse::join::JoinRule;
use crate::parse::join::without_line_end;
use crate::source::in_time::in_time;

/// Long enough for the slowest machine under load; reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// How often a condition is looked at that nothing notifies of.
const LOOK: Duration = Duration::from_millis(5);

/// A line and the origin its batch had.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Line {
    pub(super) origin: Option<Arc<str>>,
    pub(super) text: Vec<u8>,
}

#[derive(Default)]
struct Collector {
    lines: Mutex<Vec<Line>>,
    history: Mutex<Option<(Vec<Stretch>, HistoryOrder)>>,
    /// The files that batches with a place were in, each once.
    files: Mutex<Vec<Arc<TextFile>>>,
    has_come: Notify,
    is_full: bool,
}

impl Collector {
    fn push<'a>(&self, origin: Option<&Arc<str>>, texts: impl Iterator<Item = &'a [u8]>) {
        let lines = texts.map(|text| Line { origin: origin.cloned(), text: text.to_vec() });
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
    }

    /// What is read at a place is what the batch carried, unless the file has been truncated or lost its name since.
    fn check_place(&self, place: &Place, bytes: &[u8]) {
        let mut text = Vec::new();
        if place.file.read(place.start..place.start + bytes.len() as u64, &mut text).is_ok() {
            assert_eq!(text, bytes, "what stands at its place");
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.iter().any(|file| Arc::ptr_eq(file, &place.file)) {
            files.push(Arc::clone(&place.file));
        }
    }
}

impl Intake for Collector {
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()> {
        async move {
            let Batch::Lines(batch) = batch else { panic!("a source of text sends lines") };
            assert!(!batch.is_empty() && batch.bytes.len() <= MAX_BATCH_BYTES);
            if self.is_full {
                self.has_come.notify_one();
                std::future::pending::<()>().await;
            }
            if let Some(place) = &batch.place {
                self.check_place(place, &batch.bytes);
            }
            self.push(batch.origin.as_ref(), batch.iter());
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

    fn history(&self, stretches: Vec<Stretch>, order: HistoryOrder) {
        for stretch in &stretches {
            let mut text = Vec::new();
            stretch.file.read(stretch.range.clone(), &mut text).expect("history that is there");
            self.push(stretch.origin.as_ref(), text.split_inclusive(|byte| *byte == b'\n').map(without_line_end));
        }
        let told = self.history.lock().unwrap_or_else(PoisonError::into_inner).replace((stretches, order));
        assert!(told.is_none(), "history is told once");
        self.has_come.notify_one();
    }

    fn reject(&self, _: Signal, _: u64) {}
}

/// A source that runs into a collector.
pub(super) struct Running {
    collector: Arc<Collector>,
    cx: SourceContext,
    task: JoinHandle<Result<(), SourceError>>,
    taken: usize,
}

impl Running {
    pub(super) fn start(source: Box<dyn Source>) -> Self {
        Self::start_with(source, false)
    }

    /// Runs into an intake that is full and never gets room.
    pub(super) fn start_full(source: Box<dyn Source>) -> Self {
        Self::start_with(source, true)
    }

    fn start_with(source: Box<dyn Source>, is_full: bool) -> Self {
        let collector = Arc::new(Collector { is_full, ..Collector::default() });
        let cx = SourceContext {
            intake: collector.clone(),
            shutdown: CancellationToken::new(),
            status: StatusReporter::default(),
            clock: Clock::from_fn(|| 0),
            join: JoinRule::default(),
        };
        assert!(source.is_pausable());
        let task = tokio::spawn(source.run(cx.clone()));
        Self { collector, cx, task, taken: 0 }
    }

    /// The next `count` lines that have not been taken, in order of arrival.
    pub(super) async fn take(&mut self, count: usize) -> Vec<Line> {
        let wanted = self.taken + count;
        let all = async {
            while self.count() < wanted {
                self.collector.has_come.notified().await;
            }
        };
        let in_time = tokio::time::timeout(DEADLINE, all).await.is_ok();
        assert!(in_time, "{count} lines expected, got {:?}; {:?}", self.texts_left(), self.cx.status.get());
        let lines = self.collector.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = lines.iter().take(wanted).skip(self.taken).cloned().collect();
        self.taken = wanted;
        lines
    }

    /// The next `count` lines as text.
    pub(super) async fn take_texts(&mut self, count: usize) -> Vec<String> {
        self.take(count).await.iter().map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
    }

    /// Checks that nothing more comes within `time`.
    pub(super) async fn expect_nothing_for(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
        assert_eq!(self.texts_left(), Vec::<String>::new());
    }

    /// Waits until history is told of; gives it.
    pub(super) async fn history(&self) -> (Vec<Stretch>, HistoryOrder) {
        let told = || self.collector.history.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let history = async {
            loop {
                if let Some(history) = told() {
                    return history;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(DEADLINE, history).await.expect("history, if only an empty one")
    }

    /// The files that the batches so far stand in, by first use.
    pub(super) fn files(&self) -> Vec<Arc<TextFile>> {
        self.collector.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until an intake that is full is asked to take something.
    pub(super) async fn wait_until_blocked(&self) {
        tokio::time::timeout(DEADLINE, self.collector.has_come.notified()).await.expect("something to be sent");
    }

    pub(super) async fn wait_for_state(&self, is_wanted: impl Fn(&SourceState) -> bool) -> SourceState {
        let state = async {
            loop {
                let state = self.cx.status.get();
                if is_wanted(&state) {
                    return state;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(DEADLINE, state).await.unwrap_or_else(|_| panic!("stays {:?}", self.cx.status.get()))
    }

    /// Waits until it ends by itself; gives the lines that were not taken.
    pub(super) async fn end(mut self) -> Result<Vec<String>, SourceError> {
        tokio::time::timeout(DEADLINE, &mut self.task).await.expect("an end").expect("no panic")?;
        Ok(self.texts_left())
    }

    /// Shuts it down and checks that it returns in time.
    pub(super) async fn stop(self) {
        self.cx.shutdown.cancel();
        in_time(self.task).await.expect("no panic").expect("no error");
    }

    fn count(&self) -> usize {
        self.collector.lines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn texts_left(&self) -> Vec<String> {
        let lines = self.collector.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().skip(self.taken).map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
    }
}
