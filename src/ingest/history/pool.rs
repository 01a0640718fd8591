//! Threads that read chunks.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use tokio_util::sync::CancellationToken;

use super::chunk::Chunk;
use crate::extent::Gone;
use crate::store::{Buffers, Draft};

/// Threads at most; more than that only wait for the disk.
const MAX_THREADS: usize = 8;

/// What came of a chunk.
pub(super) type Outcome = Result<Vec<Draft>, Gone>;

/// A few threads that take chunks in the order in which they are given. They end when this is dropped.
pub(super) struct Pool {
    desk: Arc<Desk>,
    threads: usize,
    over: CancellationToken,
}

#[derive(Default)]
struct Desk {
    tasks: Mutex<Tasks>,
    spare: Buffers,
    changed: Condvar,
}

#[derive(Default)]
struct Tasks {
    waiting: VecDeque<(Chunk, SyncSender<Outcome>)>,
    is_over: bool,
}

impl Pool {
    /// One thread for each core. `over` says that nobody wants what is read any more.
    pub(super) fn start(over: CancellationToken) -> Self {
        let wanted = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        Self::of(wanted, over)
    }

    fn of(wanted: usize, over: CancellationToken) -> Self {
        let desk = Arc::<Desk>::default();
        let spawn = |_: &usize| {
            let desk = Arc::clone(&desk);
            thread::Builder::new().name("index".to_owned()).spawn(move || desk.work()).is_ok()
        };
        let threads = (0..wanted).filter(spawn).count();
        Self { desk, threads, over }
    }

    /// Whether nobody wants what is read any more.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// How many chunks are read side by side.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Has a chunk read; the outcome comes through the channel. Where the system gives no threads it is read here.
    pub(super) fn read(&self, chunk: Chunk) -> Receiver<Outcome> {
        let (sender, receiver) = mpsc::sync_channel(1);
        if self.threads == 0 {
            read(&chunk, &self.desk.spare, &sender);
            return receiver;
        }
        self.desk.tasks.lock().unwrap_or_else(PoisonError::into_inner).waiting.push_back((chunk, sender));
        self.desk.changed.notify_one();
        receiver
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut tasks = self.desk.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.waiting.clear();
        tasks.is_over = true;
        self.desk.changed.notify_all();
    }
}

impl Desk {
    fn work(&self) {
        while let Some((chunk, outcome)) = self.next() {
            read(&chunk, &self.spare, &outcome);
        }
    }

    fn next(&self) -> Option<(Chunk, SyncSender<Outcome>)> {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = |tasks: &mut Tasks| tasks.waiting.is_empty() && !tasks.is_over;
        let mut tasks = self.changed.wait_while(tasks, is_idle).unwrap_or_else(PoisonError::into_inner);
        tasks.waiting.pop_front()
    }
}

/// Reads a chunk and tells its outcome. A panic is a bug, costs this chunk, and lets the thread go on: whoever waits for
/// the others must not wait for ever.
fn read(chunk: &Chunk, spare: &Buffers, told: &SyncSender<Outcome>) {
    if let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| chunk.read(spare))) {
        // Nobody waits for it any more after a shutdown.
        told.send(outcome).ok();
    }
}

#[cfg(test)]
impl Pool {
    /// One that nobody stops, with so many threads.
    pub(super) fn with_threads(threads: usize) -> Self {
        Self::of(threads, CancellationToken::new())
    }
}
