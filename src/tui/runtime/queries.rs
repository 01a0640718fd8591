//! The thread that runs the filter and the search, so that no key waits for a query.
//!
//! The newest request replaces the one before it. While there is something to look at, it goes in rounds: the newest
//! lines alone first, so that the first screen is there at once, then many pieces on all cores. What a round found is
//! sent when it is over, and a new request ends it within one piece. Otherwise the thread sleeps until the store changes
//! or a request comes.

use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::search::search;
use crate::query::{LiveQuery, Progress};
use crate::store::{LogReader, Snapshot};
use crate::tui::event::{Found, Slot};

/// Lines looked at before the first results are sent.
const FIRST_LINES: u64 = 16_384;
/// Lines looked at, at most, before a new request is noticed. A segment has no more, so that each is looked at once:
/// the text of a file is read for each look.
const PIECE: u64 = 65_536;
/// Pieces for each core in a round. More keep the cores busier, fewer show results sooner.
const PIECES: usize = 4;

/// The handle of the thread; it ends when this is dropped.
pub struct QueryWorker {
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    requests: Mutex<Requests>,
    changed: Condvar,
}

#[derive(Default)]
struct Requests {
    /// The newest request of each slot that has not been taken.
    filter: Option<Request>,
    search: Option<Request>,
    has_news: bool,
    is_over: bool,
}

enum Request {
    Run { generation: u64, live: LiveQuery },
    Stop,
}

struct Running {
    slot: Slot,
    generation: u64,
    live: LiveQuery,
    is_done: bool,
}

impl QueryWorker {
    /// Starts it on what `reader` reads; answers go to `found`, and a full channel makes it wait.
    pub fn start(reader: LogReader, found: mpsc::Sender<Found>) -> Self {
        let desk = Arc::<Desk>::default();
        let worker = Arc::clone(&desk);
        let spawned = std::thread::Builder::new().name("query".into()).spawn(move || work(&worker, &reader, &found));
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for queries");
        }
        Self { desk }
    }

    /// Runs a query in place of the one before it in its slot.
    pub fn run(&self, slot: Slot, generation: u64, live: LiveQuery) {
        self.request(slot, Request::Run { generation, live });
    }

    /// Stops the query of a slot.
    pub fn stop(&self, slot: Slot) {
        self.request(slot, Request::Stop);
    }

    /// Says that the store has changed.
    pub fn wake(&self) {
        self.desk.lock().has_news = true;
        self.desk.changed.notify_one();
    }

    fn request(&self, slot: Slot, request: Request) {
        let mut requests = self.desk.lock();
        match slot {
            Slot::Filter => requests.filter = Some(request),
            Slot::Search => requests.search = Some(request),
        }
        drop(requests);
        self.desk.changed.notify_one();
    }
}

impl Drop for QueryWorker {
    fn drop(&mut self) {
        self.desk.lock().is_over = true;
        self.desk.changed.notify_one();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes new requests; waits for some, or for news, when nothing is left to do. `None` means that it is over.
    fn next(&self, running: &mut Vec<Running>) -> Option<()> {
        let is_idle = |requests: &mut Requests| {
            let has_work = running.iter().any(|query| !query.is_done || requests.has_news);
            !has_work && !requests.is_asked()
        };
        let requests = self.lock();
        let mut requests = self.changed.wait_while(requests, is_idle).unwrap_or_else(PoisonError::into_inner);
        if requests.is_over {
            return None;
        }
        if std::mem::take(&mut requests.has_news) {
            for query in running.iter_mut() {
                query.is_done = false;
            }
        }
        for (slot, request) in [(Slot::Filter, requests.filter.take()), (Slot::Search, requests.search.take())] {
            let Some(request) = request else { continue };
            running.retain(|query| query.slot != slot);
            if let Request::Run { generation, live } = request {
                running.push(Running { slot, generation, live, is_done: false });
            }
        }
        Some(())
    }
}

fn work(desk: &Desk, reader: &LogReader, found: &mpsc::Sender<Found>) {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut running = Vec::new();
    while desk.next(&mut running).is_some() {
        for query in running.iter_mut().filter(|query| !query.is_done) {
            let progress = round(&mut query.live, &reader.snapshot(), cores, &|| desk.lock().is_asked());
            query.is_done = progress.is_done();
            if found.blocking_send(query.found(progress)).is_err() {
                return;
            }
        }
    }
}

/// Searches the newest lines, or what comes next on all cores.
fn round(
    live: &mut LiveQuery,
    snapshot: &Snapshot,
    cores: usize,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Progress {
    let is_first = live.searched().is_empty();
    let (most, lines) = if is_first { (1, FIRST_LINES) } else { (cores * PIECES, PIECE) };
    let pieces = live.pieces(snapshot, most, lines);
    let plan = Arc::clone(live.plan());
    let answers = search(&LiveQuery::searcher(&plan, snapshot), &pieces, cores, is_cancelled);
    live.take(answers, snapshot)
}

impl Running {
    fn found(&self, progress: Progress) -> Found {
        let Self { slot, generation, is_done, .. } = *self;
        let Progress { runs, volume, searched, .. } = progress;
        Found { slot, generation, runs, volume, searched, is_complete: is_done }
    }
}

impl Requests {
    /// Whether somebody waits for the thread.
    fn is_asked(&self) -> bool {
        self.filter.is_some() || self.search.is_some() || self.is_over
    }
}
