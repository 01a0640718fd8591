//! Threads that read chunks.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

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
    /// One thread for each core.
    pub(super) fn start() -> Self {
        let desk = Arc::<Desk>::default();
        let wanted = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let spawn = |_: &usize| {
            let desk = Arc::clone(&desk);
            thread::Builder::new().name("index".to_owned()).spawn(move || desk.work()).is_ok()
        };
        let threads = (0..wanted).filter(spawn).count();
        Self { desk, threads }
    }

    /// How many chunks are read side by side.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Has a chunk read; the outcome comes through the channel.
    pub(super) fn read(&self, chunk: Chunk) -> Receiver<Outcome> {
        let (sender, receiver) = mpsc::sync_channel(1);
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
            // Nobody waits for it any more after a shutdown.
            let _told = outcome.send(chunk.read(&self.spare));
        }
    }

    fn next(&self) -> Option<(Chunk, SyncSender<Outcome>)> {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = |tasks: &mut Tasks| tasks.waiting.is_empty() && !tasks.is_over;
        let mut tasks = self.changed.wait_while(tasks, is_idle).unwrap_or_else(PoisonError::into_inner);
        tasks.waiting.pop_front()
    }
}
