//! The thread that runs the filter and the search, so that no key waits for a query.
//!
//! The newest request replaces the one before it. While there is something to look at, results are sent in pieces;
//! otherwise the thread sleeps until the store changes or a request comes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::query::{LiveQuery, Plan, Progress};
use crate::store::{LineId, LogReader, Volume};
use crate::tui::event::{Found, Slot};

/// Lines looked at before results are sent and new requests are noticed.
const PIECE: usize = 65_536;

/// The handle of the thread; it ends when this is dropped.
pub(super) struct QueryWorker {
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
    Run { generation: u64, plan: Arc<Plan>, from: LineId },
    Stop,
}

struct Running {
    slot: Slot,
    generation: u64,
    live: LiveQuery,
    is_done: bool,
}

impl QueryWorker {
    pub(super) fn start(reader: LogReader, found: mpsc::Sender<Found>) -> Self {
        let desk = Arc::<Desk>::default();
        let worker = Arc::clone(&desk);
        let spawned = std::thread::Builder::new().name("query".into()).spawn(move || work(&worker, &reader, &found));
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for queries");
        }
        Self { desk }
    }

    /// Runs a query in place of the one before it in its slot.
    pub(super) fn run(&self, slot: Slot, generation: u64, plan: Arc<Plan>, from: LineId) {
        self.request(slot, Request::Run { generation, plan, from });
    }

    /// Stops the query of a slot.
    pub(super) fn stop(&self, slot: Slot) {
        self.request(slot, Request::Stop);
    }

    /// Says that the store has changed.
    pub(super) fn wake(&self) {
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
            let is_asked = requests.filter.is_some() || requests.search.is_some() || requests.is_over;
            !has_work && !is_asked
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
            if let Request::Run { generation, plan, from } = request {
                running.push(Running { slot, generation, live: LiveQuery::since(plan, from), is_done: false });
            }
        }
        Some(())
    }
}

fn work(desk: &Desk, reader: &LogReader, found: &mpsc::Sender<Found>) {
    let mut running = Vec::new();
    while desk.next(&mut running).is_some() {
        for query in running.iter_mut().filter(|query| !query.is_done) {
            let progress = query.live.advance(&reader.snapshot(), PIECE);
            query.is_done = progress.done;
            for part in parts(query, progress) {
                if found.blocking_send(part).is_err() {
                    return;
                }
            }
        }
    }
}

/// The answer in the parts in which it is to be taken in; at least one when the query has come to the end.
fn parts(query: &Running, progress: Progress) -> Vec<Found> {
    let Running { slot, generation, .. } = *query;
    let mut out: Vec<Found> = progress
        .chunks
        .into_iter()
        .map(|chunk| Found {
            slot,
            generation,
            ids: chunk.ids,
            at_front: chunk.at_front,
            volume: Volume::default(),
            is_complete: false,
        })
        .collect();
    if out.is_empty() && progress.done {
        let (ids, volume) = (Vec::new(), Volume::default());
        out.push(Found { slot, generation, ids, at_front: false, volume, is_complete: true });
    }
    if let Some(last) = out.last_mut() {
        last.volume = progress.volume;
        last.is_complete = progress.done;
    }
    out
}
