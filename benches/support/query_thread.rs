//! The thread that runs the screen's queries: the newest request of a slot replaces the one before it, answers come in
//! pieces. The program's own is private to its loop; this one gives its pieces the same size.

use std::sync::Arc;
use std::sync::mpsc as requests;

use spantail::query::{LiveQuery, Plan, Progress};
use spantail::store::{LineId, LogReader, Volume};
use spantail::tui::event::{Found, Slot};
use tokio::sync::mpsc;

/// Lines looked at before results are sent and new requests are noticed.
const PIECE: usize = 65_536;
/// Requests that may wait: far more than keys are pressed while one piece is searched.
const MAX_REQUESTS: usize = 4_096;

/// What the thread is asked.
pub(crate) enum Request {
    /// Run a query in place of the one before it in its slot.
    Run {
        /// Which of the two.
        slot: Slot,
        /// Comes back with every answer.
        generation: u64,
        /// What to look for.
        plan: Arc<Plan>,
        /// The first line to look at.
        from: LineId,
    },
    /// Stop the query of a slot.
    Stop(Slot),
    /// The store has changed.
    News,
}

/// The handle of the thread; it ends when this is dropped.
pub(crate) struct QueryThread(requests::SyncSender<Request>);

struct Running {
    slot: Slot,
    generation: u64,
    live: LiveQuery,
    is_done: bool,
}

impl QueryThread {
    /// Starts it on what `reader` reads.
    pub(crate) fn start(reader: LogReader, found: mpsc::Sender<Found>) -> std::io::Result<Self> {
        let (sender, receiver) = requests::sync_channel(MAX_REQUESTS);
        std::thread::Builder::new().name("query".into()).spawn(move || work(&receiver, &reader, &found))?;
        Ok(Self(sender))
    }

    /// Asks for something. News that come while there is no room are not needed: others wait before them.
    pub(crate) fn request(&self, request: Request) {
        let _sent = self.0.try_send(request);
    }
}

fn work(requests: &requests::Receiver<Request>, reader: &LogReader, found: &mpsc::Sender<Found>) {
    let mut running: Vec<Running> = Vec::new();
    loop {
        let is_idle = running.iter().all(|query| query.is_done);
        if is_idle {
            let Ok(request) = requests.recv() else { return };
            take(request, &mut running);
        }
        for request in requests.try_iter() {
            take(request, &mut running);
        }
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

fn take(request: Request, running: &mut Vec<Running>) {
    match request {
        Request::News => running.iter_mut().for_each(|query| query.is_done = false),
        Request::Stop(slot) => running.retain(|query| query.slot != slot),
        Request::Run { slot, generation, plan, from } => {
            running.retain(|query| query.slot != slot);
            running.push(Running { slot, generation, live: LiveQuery::since(plan, from), is_done: false });
        }
    }
}

fn parts(query: &Running, progress: Progress) -> Vec<Found> {
    let &Running { slot, generation, .. } = query;
    let part = |ids, at_front| Found { slot, generation, ids, at_front, volume: Volume::default(), is_complete: false };
    let mut out: Vec<Found> = progress.chunks.into_iter().map(|chunk| part(chunk.ids, chunk.at_front)).collect();
    if out.is_empty() && progress.done {
        out.push(part(Vec::new(), false));
    }
    if let Some(last) = out.last_mut() {
        last.volume = progress.volume;
        last.is_complete = progress.done;
    }
    out
}
