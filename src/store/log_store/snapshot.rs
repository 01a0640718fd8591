//! What readers see of the ring.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Nanos, SpanId, TraceId};
use crate::store::segment::{Line, Segment};
use crate::store::volume::Volume;
use crate::store::{LineId, Names};

/// What can be read at one moment. Cheap to clone; what it holds can not change or vanish, but for text that stands in
/// a file.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) segments: Arc<VecDeque<Arc<Segment>>>,
    pub(super) first: LineId,
    pub(super) end: LineId,
    /// Names of services by number.
    pub services: Names,
    /// Names of sources by number.
    pub sources: Names,
    pub(super) volume: Arc<Mutex<Volume>>,
    /// Lines stored since the start, loss rows left out.
    pub stored: u64,
    /// Lines evicted since the start, loss rows left out.
    pub evicted: u64,
    /// Bytes of memory that the held lines take.
    pub bytes: u64,
    /// The budget for them in bytes.
    pub budget: u64,
}

/// Takes snapshots. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LogReader {
    pub(super) shared: Arc<Mutex<Snapshot>>,
}

impl LogReader {
    /// What can be read now.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Snapshot {
    pub(super) fn empty(
        first: LineId,
        budget: u64,
        services: Names,
        sources: Names,
        volume: Arc<Mutex<Volume>>,
    ) -> Self {
        Self {
            segments: Arc::default(),
            first,
            end: first,
            services,
            sources,
            volume,
            stored: 0,
            evicted: 0,
            bytes: 0,
            budget,
        }
    }

    /// The id of the oldest held line. Grows by eviction, and falls while the history of files is read.
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

    /// The segments that hold the lines from `id` on. O(log segments).
    pub fn segments_from(&self, id: LineId) -> impl DoubleEndedIterator<Item = &Arc<Segment>> + ExactSizeIterator {
        let at = self.segments.partition_point(|segment| segment.end() <= id);
        self.segments.range(at..)
    }

    /// The line with this id while it is held. O(log segments), but for one of a cold segment.
    pub fn line(&self, id: LineId) -> Option<Line<'_>> {
        self.segment_of(id)?.line(id)
    }

    /// The held lines of a trace from line `from` on in the order of storing, each with its span. Segments before that
    /// line, and those that do not have the trace, are passed over.
    pub fn lines_of_trace(&self, trace: TraceId, from: LineId) -> impl Iterator<Item = (LineId, Option<SpanId>)> {
        let segments = self.segments.iter().filter(move |it| it.end() > from && it.may_hold_trace(trace));
        segments.flat_map(move |it| it.lines_of_trace(trace)).filter(move |(line, _)| *line >= from)
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
