//! How many log lines belong to each span of a trace, kept up as lines come and go.

use std::collections::{HashMap, VecDeque};

use crate::model::{SpanId, TraceId};
use crate::store::LineId;
use crate::tui::world::World;

/// The lines of one trace that name a span.
#[derive(Clone, Debug, Default)]
pub(super) struct SpanLogs {
    /// In the order of storing, so that those that are evicted are in front.
    lines: VecDeque<(LineId, SpanId)>,
    counts: HashMap<SpanId, u64>,
    /// Lines from this one on are not counted yet.
    next: LineId,
}

impl SpanLogs {
    /// Whether lines have come or gone since they were counted.
    pub(super) fn is_behind(&self, world: &World) -> bool {
        self.next != world.snapshot.end() || self.lines.front().is_some_and(|(line, _)| *line < world.snapshot.first())
    }

    /// Counts what has come and takes off what has gone. O(lines since), whatever is stored.
    pub(super) fn count(&mut self, trace: TraceId, world: &World) {
        let first = world.snapshot.first();
        while let Some((_, span)) = self.lines.front().copied().filter(|(line, _)| *line < first) {
            self.lines.pop_front();
            if let Some(count) = self.counts.get_mut(&span) {
                *count = count.saturating_sub(1);
            }
        }
        for (line, span) in world.snapshot.lines_of_trace(trace, self.next) {
            if let Some(span) = span {
                self.lines.push_back((line, span));
                *self.counts.entry(span).or_default() += 1;
            }
        }
        self.next = world.snapshot.end();
    }

    /// How many lines belong to a span.
    pub(super) fn of(&self, span: SpanId) -> u64 {
        self.counts.get(&span).copied().unwrap_or(0)
    }

    /// Whether no line belongs to any span.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}
