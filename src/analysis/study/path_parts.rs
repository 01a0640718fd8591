//! The critical path, taken apart by the spans that it leads through.

use crate::analysis::critical_path::CriticalPath;
use crate::model::Nanos;

/// A stretch of a span that is on the critical path, in nanoseconds after the trace's start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PathPart {
    /// Where it begins.
    pub from_ns: i64,
    /// Where it ends.
    pub to_ns: i64,
    /// How long the stretches of the same span before it are together.
    pub before_ns: i64,
}

/// Each span's parts of the critical path, one span after the other; and where those of each begin.
#[derive(Debug)]
pub(super) struct PathParts {
    all: Vec<PathPart>,
    begins: Vec<usize>,
}

impl PathParts {
    /// Sorts the stretches of a path through so many spans, of a trace that begins at `start`; those of one span stay in
    /// the order of time.
    pub(super) fn of(path: &CriticalPath, spans: usize, start: Nanos) -> Self {
        let mut segments = path.segments().to_vec();
        segments.sort_by_key(|segment| segment.span);
        let (mut all, mut begins) = (Vec::with_capacity(segments.len()), Vec::with_capacity(spans + 1));
        let mut before = 0;
        for segment in &segments {
            if begins.len() <= segment.span {
                begins.resize(segment.span + 1, all.len());
                before = 0;
            }
            let (from_ns, to_ns) = (segment.from.saturating_sub(start), segment.to.saturating_sub(start));
            all.push(PathPart { from_ns, to_ns, before_ns: before });
            before = to_ns.saturating_sub(from_ns).saturating_add(before);
        }
        begins.resize(spans + 1, all.len());
        Self { all, begins }
    }

    /// The parts that are a span's own, in the order of time. O(1).
    pub(super) fn of_span(&self, span: usize) -> &[PathPart] {
        let (Some(from), Some(to)) = (self.begins.get(span), self.begins.get(span + 1)) else { return &[] };
        self.all.get(*from..*to).unwrap_or_default()
    }
}
