//! The ring of log lines: one writer, any number of readers.
//!
//! The writer fills a segment of its own and [`LogWriter::publish`]es it a few dozen times a second. Published
//! segments never change. So that many small publications do not leave many small segments, a new one is merged with
//! those before it while they are not much larger (as in a log-structured merge tree): each line is copied O(log n)
//! times in all, and there are O(log n) small segments at any time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::names::Interner;
use super::segment::{Line, MAX_ARENA, NewLine, Segment};
use super::volume::Volume;
use super::{LineId, NameId, Names};
use crate::model::{FormatId, Nanos, TraceId};

/// Segments that the budget is divided into at least, so that eviction takes small bites of a small ring.
const SEGMENTS_IN_BUDGET: usize = 16;

/// What can be read at one moment. Cheap to clone; what it holds can not change or vanish.
#[derive(Clone, Debug)]
pub struct Snapshot {
    segments: Arc<VecDeque<Arc<Segment>>>,
    first: LineId,
    end: LineId,
    /// Names of services by number.
    pub services: Names,
    /// Names of sources by number.
    pub sources: Names,
    volume: Arc<Mutex<Volume>>,
    /// Lines stored since the start, loss rows left out.
    pub stored: u64,
    /// Lines evicted since the start, loss rows left out.
    pub evicted: u64,
    /// Bytes of memory that the held lines take.
    pub bytes: u64,
    /// The budget for them in bytes.
    pub budget: u64,
}

/// Lines that made room, by source, loss rows left out.
pub type Evicted = Vec<(NameId, u64)>;

/// The only one who appends.
#[derive(Debug)]
pub struct LogWriter {
    shared: Arc<Mutex<Snapshot>>,
    segments: VecDeque<Arc<Segment>>,
    open: Segment,
    services: Interner,
    sources: Interner,
    volume: Arc<Mutex<Volume>>,
    fresh: Volume,
    stored: u64,
    evicted: u64,
    bytes: usize,
    budget: usize,
    segment_bytes: usize,
}

/// Takes snapshots. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LogReader {
    shared: Arc<Mutex<Snapshot>>,
}

/// A ring that holds at most about `budget` bytes.
pub fn log_store(budget: usize) -> (LogWriter, LogReader) {
    let services = Interner::new();
    let sources = Interner::new();
    let volume = Arc::<Mutex<Volume>>::default();
    let empty = Snapshot {
        segments: Arc::default(),
        first: 0,
        end: 0,
        services: services.names(),
        sources: sources.names(),
        volume: Arc::clone(&volume),
        stored: 0,
        evicted: 0,
        bytes: 0,
        budget: budget as u64,
    };
    let shared = Arc::new(Mutex::new(empty));
    let writer = LogWriter {
        shared: Arc::clone(&shared),
        segments: VecDeque::new(),
        open: Segment::starting_at(0),
        services,
        sources,
        volume,
        fresh: Volume::default(),
        stored: 0,
        evicted: 0,
        bytes: 0,
        budget,
        segment_bytes: (budget / SEGMENTS_IN_BUDGET).min(MAX_ARENA),
    };
    (writer, LogReader { shared })
}

impl LogWriter {
    /// The number of a service's name.
    pub fn service(&mut self, name: &[u8]) -> NameId {
        self.services.intern(name)
    }

    /// The number of a source's name.
    pub fn source(&mut self, name: &str) -> NameId {
        self.sources.intern(name.as_bytes())
    }

    /// Appends a line; readers see it after the next [`LogWriter::publish`]. Amortised O(line).
    pub fn push(&mut self, line: &NewLine<'_>) {
        if !self.open.has_room(1, line.text.len(), self.segment_bytes) {
            self.seal();
        }
        if line.format != FormatId::LOSS {
            self.fresh.add(line.time, line.severity);
            self.stored += 1;
        }
        self.open.push(line);
    }

    /// Whether lines wait to be published.
    pub fn has_unpublished(&self) -> bool {
        !self.open.is_empty()
    }

    /// Makes all lines visible to readers and evicts what is over the budget.
    pub fn publish(&mut self) -> Evicted {
        self.seal();
        let evicted = self.evict();
        self.volume.lock().unwrap_or_else(PoisonError::into_inner).merge(&std::mem::take(&mut self.fresh));
        let snapshot = Snapshot {
            segments: Arc::new(self.segments.clone()),
            first: self.segments.front().map_or(self.open.first(), |segment| segment.first()),
            end: self.open.first(),
            services: self.services.names(),
            sources: self.sources.names(),
            volume: Arc::clone(&self.volume),
            stored: self.stored,
            evicted: self.evicted,
            bytes: self.bytes as u64,
            budget: self.budget as u64,
        };
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
        evicted
    }

    fn seal(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let next = Segment::starting_at(self.open.end());
        let mut sealed = std::mem::replace(&mut self.open, next);
        sealed.order_by_time();
        while let Some(before) = self.segments.back() {
            let similar = before.len() < 2 * sealed.len();
            if !similar || !before.has_room(sealed.len(), sealed.arena().len(), self.segment_bytes) {
                break;
            }
            let mut joined = Segment::clone(before);
            self.bytes -= before.bytes().min(self.bytes);
            joined.extend(&sealed);
            self.segments.pop_back();
            sealed = joined;
        }
        sealed.seal();
        self.bytes += sealed.bytes();
        self.segments.push_back(Arc::new(sealed));
    }

    /// Drops whole segments, oldest first; the newest always stays.
    fn evict(&mut self) -> Evicted {
        let mut out = Evicted::new();
        while self.bytes > self.budget && self.segments.len() > 1 {
            let Some(oldest) = self.segments.pop_front() else { break };
            self.bytes -= oldest.bytes().min(self.bytes);
            for (source, count) in oldest.per_source() {
                self.evicted += u64::from(*count);
                match out.iter_mut().find(|(known, _)| known == source) {
                    Some((_, sum)) => *sum += u64::from(*count),
                    None => out.push((*source, u64::from(*count))),
                }
            }
        }
        out
    }
}

impl LogReader {
    /// What can be read now.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Snapshot {
    /// The id of the oldest held line.
    pub fn first(&self) -> LineId {
        self.first
    }

    /// One more than the id of the newest line.
    pub fn end(&self) -> LineId {
        self.end
    }

    /// How many rows are held, loss rows among them.
    pub fn len(&self) -> u64 {
        self.end - self.first
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.end == self.first
    }

    /// All segments, oldest first.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &Arc<Segment>> + ExactSizeIterator {
        self.segments.iter()
    }

    /// The segment that holds the line. O(log segments).
    pub fn segment_of(&self, id: LineId) -> Option<&Arc<Segment>> {
        let at = self.segments.partition_point(|segment| segment.end() <= id);
        self.segments.get(at).filter(|segment| segment.first() <= id)
    }

    /// The line with this id while it is held. O(log segments).
    pub fn line(&self, id: LineId) -> Option<Line<'_>> {
        self.segment_of(id)?.line(id)
    }

    /// The held lines of a trace in the order of storing.
    pub fn lines_of_trace(&self, trace: TraceId) -> impl Iterator<Item = Line<'_>> {
        self.segments.iter().flat_map(move |segment| segment.lines_of_trace(trace))
    }

    /// Asks the volume of lines by level and time, those evicted included. The writer waits meanwhile, so `ask` copies
    /// what it needs and returns.
    pub fn volume<T>(&self, ask: impl FnOnce(&Volume) -> T) -> T {
        ask(&self.volume.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The earliest and the latest time of a held line.
    pub fn time_range(&self) -> Option<(Nanos, Nanos)> {
        self.segments.iter().filter_map(|segment| segment.time_range()).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

#[cfg(test)]
mod tests;
