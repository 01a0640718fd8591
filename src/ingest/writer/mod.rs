//! The writer thread: the only one who appends to the store.
//!
//! It takes batches from the queues in turn, so that a loud source does not starve a quiet one, parses lines, appends,
//! and publishes: at once when there is nothing more to do, otherwise every [`PUBLISH_EVERY`]. What becomes of a batch is
//! told in `storing`.

mod storing;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::file_reader::FileReader;
use super::gate::Gate;
use super::history::{History, Share, Timeline};
use super::owners::Owners;
use super::queue::{Before, Queue};
use super::wake::Wake;
use crate::extent::{Stretch, TextFile};
use crate::model::Nanos;
use crate::parse::{LineParser, ParseOptions};
use crate::source::{Clock, HistoryOrder, SourceState, StatusReporter};
use crate::store::{Draft, Evicted, FileLines, LineId, LogWriter, NameId, TraceWriter};

/// Records taken from a queue before the next one has its turn.
const QUANTUM: usize = 8192;
/// How often readers see new lines while there is more to do, and at most.
const PUBLISH_EVERY: Duration = Duration::from_millis(16);
/// For how long text that was just read stays at hand after the last line was stored.
const LEND_FOR: Duration = Duration::from_secs(1);
/// How often an open loss is looked at.
const LOSS_POLL: Duration = Duration::from_millis(100);

pub(super) struct Writer {
    pub(super) lanes: Vec<Lane>,
    pub(super) logs: LogWriter,
    pub(super) traces: TraceWriter,
    pub(super) clock: Clock,
    pub(super) wake: Arc<Wake>,
    /// Counts publications; readers wait on it.
    pub(super) published: watch::Sender<u64>,
    /// Which lanes brought the lines that are held.
    pub(super) owners: Owners,
    pub(super) history: History,
    pub(super) shutdown: CancellationToken,
    pub(super) gate: Option<Gate>,
    /// Sources that have come and have no lane yet.
    pub(super) arrivals: Arc<Arrivals>,
    /// Whether it goes on when all sources have ended, as others may come.
    pub(super) stays: bool,
}

/// Lanes on their way to the writer.
pub(super) type Arrivals = Mutex<Vec<Lane>>;

/// One source as the writer sees it.
pub(super) struct Lane {
    queue: Arc<Queue>,
    label: String,
    status: StatusReporter,
    parse: ParseOptions,
    /// A parser for each part of the source that has lines of its own: formats differ from file to file.
    origins: HashMap<Option<Arc<str>>, Origin>,
}

struct Origin {
    /// How its lines are read.
    parse: ParseOptions,
    parser: LineParser,
    name: NameId,
    /// The file that its lines stand in.
    file: Option<Arc<FileLines>>,
    /// The time of the latest line that had one: lines without a time belong to the line before them.
    last_time: Option<Nanos>,
}

/// Parts of a source that are told apart, so that a glob of ten thousand files has a name for each; what is beyond is
/// stored under the name of the source. Some 200 bytes for each.
const MAX_ORIGINS: usize = 1 << 14;

impl Lane {
    pub(super) fn new(queue: Arc<Queue>, label: String, status: StatusReporter, parse: ParseOptions) -> Self {
        Self { queue, label, status, parse, origins: HashMap::new() }
    }
}

impl Writer {
    /// Runs until every queue is closed and drained.
    pub(super) fn run(mut self) {
        let mut last_publish = Instant::now();
        // Whether anything has come that readers were not told of; spans count as well as lines.
        let mut is_due = false;
        loop {
            self.wait_for_reader();
            self.take_arrivals();
            // Before the queues: lanes that wait for their history may be let go by it.
            let has_history = self.take_history();
            let (has_news, look_again) = self.drain();
            let worked = has_history || has_news;
            is_due |= worked;
            if is_due && last_publish.elapsed() >= PUBLISH_EVERY {
                self.publish();
                last_publish = Instant::now();
                is_due = self.logs.has_unpublished();
            }
            if worked {
                continue;
            }
            let goes_on = self.stays && !self.shutdown.is_cancelled();
            if !goes_on && self.history.is_done() && self.lanes.iter().all(|lane| lane.queue.is_drained()) {
                self.publish_all();
                self.lend_to_the_end();
                return;
            }
            let timeout = match (is_due, look_again) {
                (true, _) => Some(PUBLISH_EVERY.saturating_sub(last_publish.elapsed())),
                (false, true) => Some(LOSS_POLL),
                (false, false) => self.history.look_again(),
            };
            self.wake.wait(timeout);
        }
    }

    /// Makes lanes for the sources that have come, and waits for what those that were started have from before.
    fn take_arrivals(&mut self) {
        let arrived = std::mem::take(&mut *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner));
        self.lanes.extend(arrived);
        for (at, lane) in self.lanes.iter().enumerate() {
            if lane.queue.is_history_announced() {
                self.history.await_lane(at);
            }
        }
    }

    /// One turn around all queues: whether there was anything, and whether a loss is still open.
    fn drain(&mut self) -> (bool, bool) {
        let (mut worked, mut look_again) = (false, false);
        for at in 0..self.lanes.len() {
            if self.history.holds(at) {
                continue;
            }
            let taken = self.lanes[at].queue.take(QUANTUM);
            look_again |= taken.look_again;
            worked |= !taken.batches.is_empty() || !taken.losses.is_empty();
            self.store(at, taken);
        }
        (worked, look_again)
    }

    /// Takes in what the sources had before they looked: whether there was anything.
    fn take_history(&mut self) -> bool {
        if self.history.is_done() {
            return false;
        }
        if self.shutdown.is_cancelled() {
            self.history.give_up();
            return true;
        }
        let mut is_busy = false;
        for at in self.history.awaited() {
            let queue = Arc::clone(&self.lanes[at].queue);
            // Closed is looked at first: what is there then was there before.
            let is_closed = queue.is_closed();
            match queue.take_history() {
                Some(before) => {
                    let timelines = self.timelines(at, &before);
                    self.history.told(at, timelines);
                }
                None if is_closed => self.history.told(at, Vec::new()),
                None => is_busy |= matches!(self.lanes[at].status.get(), SourceState::CatchingUp { .. }),
            }
        }
        self.history.begin(&self.wake, is_busy);
        let Some(merged) = self.history.next() else { return false };
        if merged.order == HistoryOrder::FromEnd && !self.logs.takes_history() {
            tracing::warn!("the memory is full; older lines of the files are left out");
            self.history.give_up_older();
            self.lanes.iter().for_each(|lane| lane.queue.end_history());
            return true;
        }
        self.tally(&merged.draft, &merged.shares);
        for share in &merged.shares {
            match merged.order {
                HistoryOrder::FromStart => self.owners.stored(share.source, share.lane, share.lines),
                HistoryOrder::FromEnd => self.owners.stored_before(share.source, share.lane, share.lines),
            }
            self.lanes[share.lane].queue.history_stored(share.lines);
        }
        match merged.order {
            HistoryOrder::FromStart => self.logs.append(merged.draft),
            HistoryOrder::FromEnd => self.logs.prepend(merged.draft),
        }
        true
    }

    /// Counts of which formats these lines are, for the sources that they are from.
    fn tally(&self, draft: &Draft, shares: &[Share]) {
        let lanes: BTreeSet<usize> = shares.iter().map(|share| share.lane).collect();
        if let (Some(lane), 1) = (lanes.first(), lanes.len()) {
            return self.lanes[*lane].queue.formats.add(draft.formats().iter().copied());
        }
        for lane in lanes {
            let sources: BTreeSet<NameId> =
                shares.iter().filter(|share| share.lane == lane).map(|share| share.source).collect();
            let lines = draft.sources().iter().zip(draft.formats());
            let ours = lines.filter(|(source, _)| sources.contains(source)).map(|(_, format)| *format);
            self.lanes[lane].queue.formats.add(ours);
        }
    }

    fn timelines(&mut self, at: usize, before: &Before) -> Vec<Timeline> {
        let now = self.clock.now();
        let done = self.lanes[at].queue.history_done();
        let timeline = |stretch: &Stretch| {
            let name = stretch.origin.as_deref().unwrap_or(&self.lanes[at].label);
            let source = self.logs.source(name);
            let written = stretch.modified.unwrap_or(now);
            let services = self.logs.services();
            let lines = FileReader::lines(
                Arc::clone(&stretch.file),
                &self.lanes[at].parse.for_source(name),
                source,
                services,
                written,
                stretch.range.start,
            );
            Timeline::new((at, source), lines, stretch.range.clone(), before.order, Arc::clone(&done))
        };
        before.stretches.iter().map(timeline).collect()
    }

    /// Waits while the reader that must miss nothing is far behind. It is shown all there is before.
    fn wait_for_reader(&mut self) {
        let Some(gate) = self.gate.clone() else { return };
        if gate.is_far_behind(&self.logs) {
            self.publish();
        }
        while !self.shutdown.is_cancelled() && gate.is_far_behind(&self.logs) {
            gate.wait();
        }
    }

    fn publish(&mut self) {
        self.keep_unread();
        let evicted = self.logs.settle();
        self.told(evicted);
    }

    /// Keeps text at hand for a moment for the reader of the last lines; it goes with the writer.
    fn lend_to_the_end(&self) {
        let Some(gate) = &self.gate else { return };
        let begun = Instant::now();
        while gate.is_behind(&self.logs) && !self.shutdown.is_cancelled() && begun.elapsed() < LEND_FOR {
            gate.wait();
        }
    }

    fn publish_all(&mut self) {
        self.keep_unread();
        let evicted = self.logs.publish();
        self.told(evicted);
    }

    /// What the gate's reader has not read is not evicted.
    fn keep_unread(&mut self) {
        self.logs.keep_from(self.gate.as_ref().map_or(LineId::MAX, Gate::unread));
    }

    /// Counts what was evicted and tells the readers that there is something new.
    fn told(&mut self, evicted: Evicted) {
        for (name, count) in evicted {
            for (at, count) in self.owners.evicted(name, count) {
                self.lanes[at].queue.evicted(count);
            }
        }
        self.published.send_modify(|count| *count += 1);
    }
}

impl Lane {
    fn origin(&mut self, name: Option<&Arc<str>>, logs: &mut LogWriter) -> &mut Origin {
        let key = name
            .cloned()
            .filter(|name| self.origins.len() < MAX_ORIGINS || self.origins.contains_key(&Some(Arc::clone(name))));
        let label = key.as_deref().unwrap_or(&self.label);
        let (parse, id) = (&self.parse, logs.source(label));
        self.origins.entry(key).or_insert_with_key(|key| {
            let parse = parse.for_source(key.as_deref().unwrap_or(&self.label));
            Origin { parser: LineParser::new(&parse), parse, name: id, file: None, last_time: None }
        })
    }
}

impl Origin {
    /// The lines of the file that the source reads now.
    fn lines_in(&mut self, file: &Arc<TextFile>, now: Nanos, logs: &LogWriter) -> Arc<FileLines> {
        match &self.file {
            Some(known) if Arc::ptr_eq(&known.file, file) => Arc::clone(known),
            _ => {
                let lines = FileReader::lines(Arc::clone(file), &self.parse, self.name, logs.services(), now, 0);
                Arc::clone(self.file.insert(lines))
            }
        }
    }
}

#[cfg(test)]
mod tests;
