//! The thread that runs the screen's queries: the newest request of a slot replaces the one before it, the newest lines
//! are searched first and alone, then pieces on all cores. The program's own is private to its loop; this one gives its
//! rounds and pieces the same size.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as requests;

use spantail::query::{Answer, LiveQuery, Piece, Plan, Progress, Searcher};
use spantail::store::{LineId, LogReader, Snapshot};
use spantail::tui::event::{Found, Slot};
use tokio::sync::mpsc;

/// Lines looked at before the first results are sent.
const FIRST_LINES: u64 = 16_384;
/// Lines of a piece.
const PIECE: u64 = 65_536;
/// Pieces for each core in a round.
const PIECES: usize = 4;
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
        /// What it searched before.
        searched: Range<LineId>,
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
            let progress = round(&mut query.live, &reader.snapshot());
            query.is_done = progress.is_done();
            if found.blocking_send(query.found(progress)).is_err() {
                return;
            }
        }
    }
}

fn take(request: Request, running: &mut Vec<Running>) {
    match request {
        Request::News => running.iter_mut().for_each(|query| query.is_done = false),
        Request::Stop(slot) => running.retain(|query| query.slot != slot),
        Request::Run { slot, generation, plan, searched } => {
            running.retain(|query| query.slot != slot);
            running.push(Running { slot, generation, live: LiveQuery::resumed(plan, searched), is_done: false });
        }
    }
}

fn round(live: &mut LiveQuery, snapshot: &Snapshot) -> Progress {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let is_first = live.searched().is_empty();
    let (most, lines) = if is_first { (1, FIRST_LINES) } else { (cores * PIECES, PIECE) };
    let pieces = live.pieces(snapshot, most, lines);
    let plan = Arc::clone(live.plan());
    let answers = search(&LiveQuery::searcher(&plan, snapshot), &pieces, cores);
    live.take(answers, snapshot)
}

/// Searches the pieces on some threads; answers in their order.
fn search(searcher: &Searcher<'_>, pieces: &[Piece], threads: usize) -> Vec<Answer> {
    let next = AtomicUsize::new(0);
    let work = || {
        let next = || {
            let at = next.fetch_add(1, Ordering::Relaxed);
            pieces.get(at).map(|piece| (at, searcher.search(piece)))
        };
        std::iter::from_fn(next).collect::<Vec<_>>()
    };
    let mut answers = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(pieces.len())).map(|_| scope.spawn(work)).collect();
        let mut answers = work();
        answers.extend(helpers.into_iter().filter_map(|helper| helper.join().ok()).flatten());
        answers
    });
    answers.sort_unstable_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

impl Running {
    fn found(&self, progress: Progress) -> Found {
        let Self { slot, generation, is_done, .. } = *self;
        let Progress { runs, volume, searched, .. } = progress;
        Found { slot, generation, runs, volume, searched, is_complete: is_done }
    }
}
