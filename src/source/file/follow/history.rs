//! What is there when the source starts: handed over as it lies in the files, once all of it lies in one.
//!
//! Plain files do already. Compressed ones are unpacked first, and those of containers looked through, several at a time,
//! so that the ingest gets everything at once and can bring it into the order of time.

use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Follower;
use crate::source::file::outlet::Outlet;
use crate::source::file::spill::Spill;
use crate::source::file::tail::{Beginning, Tail, read_buffer};
use crate::source::{SourceState, StatusReporter};

impl Follower {
    /// Hands over what the files hold that were found at the start. Says so too when there is nothing, and says nothing
    /// after the shutdown.
    pub(super) fn hand_over_history(&mut self) {
        if self.beginning.leaves_history() {
            self.unpack_all();
        }
        if self.outlet.is_closed() {
            return;
        }
        let mut stretches = Vec::new();
        for file in &mut self.files {
            if let Some(stretch) = file.tail.take_history() {
                // Without following, history is all there is to a file.
                file.is_busy = self.follow;
                stretches.push(stretch);
            }
        }
        self.outlet.history(stretches, self.beginning.order());
    }

    /// Unpacks the compressed files and takes containers' streams apart, on as many threads as there are cores.
    fn unpack_all(&mut self) {
        let tails: Vec<&mut Tail> = self
            .files
            .iter_mut()
            .map(|file| &mut file.tail)
            .filter(|tail| tail.is_sealed() || tail.may_be_woven())
            .collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(tails.len());
        let bench = Bench {
            total: tails.iter().map(|tail| tail.size()).sum(),
            done: AtomicU64::new(0),
            left: Mutex::new(tails),
            faults: Mutex::default(),
            beginning: self.beginning,
            outlet: &self.outlet,
            status: self.reporter.status(),
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                let (bench, mut spill) = (&bench, self.spill.sibling());
                let work = move || bench.work(&mut spill);
                // The threads that there are do the work of those that there are not.
                thread::Builder::new().name("unpacker".to_owned()).spawn_scoped(scope, work).ok();
            }
            bench.work(&mut self.spill);
        });
        let faults = bench.faults.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (path, error) in faults {
            self.reporter.fault(&path, &error);
        }
    }
}

/// What the unpacking threads share.
struct Bench<'a> {
    /// The archives that nobody has taken yet, the last to be taken first.
    left: Mutex<Vec<&'a mut Tail>>,
    faults: Mutex<Vec<(PathBuf, io::Error)>>,
    /// Compressed bytes: of those that are done and of all.
    done: AtomicU64,
    total: u64,
    beginning: Beginning,
    outlet: &'a Outlet,
    status: &'a StatusReporter,
}

impl Bench<'_> {
    /// Unpacks until nothing is left.
    fn work(&self, spill: &mut Spill) {
        let mut buf = read_buffer();
        loop {
            let next = self.left.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(tail) = next else { return };
            let what = format!("{} {}", if tail.is_sealed() { "unpacking" } else { "looking through" }, tail.name());
            let mut known = 0;
            let goes_on = |position: u64| {
                // What is read a second time counts once.
                let more = position.saturating_sub(known);
                let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
                known += more;
                let done = done.min(self.total);
                self.status.set(SourceState::CatchingUp { what: what.clone(), done, total: self.total });
                !self.outlet.is_closed()
            };
            let outcome = if tail.is_sealed() {
                tail.unpack(&self.beginning, &mut buf, spill, goes_on)
            } else {
                tail.unweave(&mut buf, spill, goes_on)
            };
            if let Err(error) = outcome {
                let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
                faults.push((tail.path().to_owned(), error));
            }
        }
    }
}
