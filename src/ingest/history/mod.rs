//! Text that was there before anybody looked: read in parallel, merged by time over all sources, handed to the writer.
//!
//! Files stay where they are; what comes out are drafts that refer to them. From the end on, the newest lines come
//! first and in small pieces, so that there is a first screen at once; from the start on, as a file is read. Sources
//! hand over what they have when they have looked; those that look longer are waited for, as their lines may belong
//! between those of the others.

mod chunk;
mod merge;
mod pool;
#[cfg(test)]
mod tests;
mod timeline;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::merge::Merge;
pub(super) use self::merge::{Merged, Share};
use self::pool::Pool;
pub(super) use self::timeline::Timeline;
use super::wake::Wake;
use crate::source::HistoryOrder;

/// Sources that look longer than this are not waited for any more.
const WAIT: Duration = Duration::from_secs(10);
/// How often it is looked whether those that are waited for are still busy.
const LOOK: Duration = Duration::from_millis(500);
/// Drafts that may wait for the writer.
const MAX_WAITING: usize = 4;

/// What is known of the history of all sources.
pub(super) struct History {
    /// Lanes that have not said yet what they have.
    awaited: Vec<usize>,
    begun: Instant,
    gathered: Vec<Timeline>,
    /// Merges under way: with the lanes whose newer lines have to wait for it.
    running: Vec<Running>,
}

struct Running {
    merged: Receiver<Merged>,
    held: Vec<usize>,
    /// Tells the threads that nobody wants what they read any more.
    _over: DropGuard,
}

impl Default for History {
    fn default() -> Self {
        Self { awaited: Vec::new(), begun: Instant::now(), gathered: Vec::new(), running: Vec::new() }
    }
}

impl History {
    /// Waits for what this lane has.
    pub(super) fn await_lane(&mut self, lane: usize) {
        if self.awaited.is_empty() {
            self.begun = Instant::now();
        }
        self.awaited.push(lane);
    }

    /// The lanes that have not said yet what they have.
    pub(super) fn awaited(&self) -> Vec<usize> {
        self.awaited.clone()
    }

    /// Takes in what a lane has; nothing where it ended without a word.
    pub(super) fn told(&mut self, lane: usize, timelines: Vec<Timeline>) {
        self.awaited.retain(|awaited| *awaited != lane);
        self.gathered.extend(timelines);
    }

    /// Begins to merge when all have been told. Whoever `is_busy` with it, unpacking, is waited for as long as it takes.
    pub(super) fn begin(&mut self, wake: &Arc<Wake>, is_busy: bool) {
        let is_patient = !self.awaited.is_empty() && (is_busy || self.begun.elapsed() < WAIT);
        if self.gathered.is_empty() || is_patient {
            return;
        }
        let mut gathered = std::mem::take(&mut self.gathered);
        // Lines of one time stand in the order of the sources, whichever looked first.
        gathered.sort_by_key(|timeline| timeline.lane);
        let (from_start, from_end) =
            gathered.into_iter().partition::<Vec<_>, _>(|timeline| timeline.order() == HistoryOrder::FromStart);
        for (order, timelines) in [(HistoryOrder::FromStart, from_start), (HistoryOrder::FromEnd, from_end)] {
            if timelines.is_empty() {
                continue;
            }
            let is_held = order == HistoryOrder::FromStart;
            let held = timelines.iter().map(|timeline| timeline.lane).filter(|_| is_held).collect();
            let over = CancellationToken::new();
            let merged = run(Merge::new(order, timelines), Bell(Arc::clone(wake)), over.clone());
            self.running.extend(merged.map(|merged| Running { merged, held, _over: over.drop_guard() }));
        }
    }

    /// When to look again at the latest, although nobody called.
    pub(super) fn look_again(&self) -> Option<Duration> {
        let is_waiting = !self.gathered.is_empty();
        is_waiting.then(|| WAIT.saturating_sub(self.begun.elapsed()).max(LOOK))
    }

    /// Whether the lines that come from a lane now have to wait for those that were there before.
    pub(super) fn holds(&self, lane: usize) -> bool {
        self.awaited.contains(&lane)
            || self.running.iter().any(|running| running.held.contains(&lane))
            || self.gathered.iter().any(|timeline| timeline.lane == lane && timeline.order() == HistoryOrder::FromStart)
    }

    /// The next lines, if any are ready.
    pub(super) fn next(&mut self) -> Option<Merged> {
        let mut next = None;
        self.running.retain(|running| match next {
            Some(_) => true,
            None => match running.merged.try_recv() {
                Ok(merged) => {
                    next = Some(merged);
                    true
                }
                Err(TryRecvError::Empty) => true,
                Err(TryRecvError::Disconnected) => false,
            },
        });
        next
    }

    /// Gives up what is older: there is no room for it.
    pub(super) fn give_up_older(&mut self) {
        self.running.retain(|running| !running.held.is_empty());
    }

    /// Gives up everything: nobody wants it any more.
    pub(super) fn give_up(&mut self) {
        self.awaited.clear();
        self.gathered.clear();
        self.running.clear();
    }

    /// Whether all history is in the store.
    pub(super) fn is_done(&self) -> bool {
        self.awaited.is_empty() && self.gathered.is_empty() && self.running.is_empty()
    }
}

/// Calls the writer when it is let go, however that comes about.
struct Bell(Arc<Wake>);

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.notify();
    }
}

/// Merges on a thread of its own. It ends when nobody receives any more.
fn run(mut merge: Merge, bell: Bell, over: CancellationToken) -> Option<Receiver<Merged>> {
    let (sender, receiver) = mpsc::sync_channel(MAX_WAITING);
    let work = move || {
        // The sender is let go before the bell rings, so that the writer finds it gone.
        let (bell, sender) = (bell, sender);
        let pool = Pool::start(over);
        while let Some(merged) = merge.next(&pool) {
            for part in merged {
                if sender.send(part).is_err() {
                    return;
                }
                bell.0.notify();
            }
        }
    };
    match thread::Builder::new().name("history".to_owned()).spawn(work) {
        Ok(_) => Some(receiver),
        Err(error) => {
            tracing::error!(%error, "no thread for the history of files");
            None
        }
    }
}
