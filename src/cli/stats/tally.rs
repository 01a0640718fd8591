//! Counting: a fold over the lines as they come, so that what the ring gave up since is in it.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::cli::headless::Consumer;
use crate::ingest::Gate;
use crate::model::{FormatId, Level, Nanos, TraceId};
use crate::query::Plan;
use crate::store::{Accounting, LineId, NameId, Segment, Snapshot, SpanTail};

/// What the lines that match come to.
pub(super) struct Tally {
    plan: Plan,
    gate: Gate,
    spans: SpanTail,
    /// The first line that was not counted.
    next: LineId,
    found: Vec<LineId>,
    /// Lines that match.
    pub(super) lines: u64,
    /// Bytes of these lines, line ends left out.
    pub(super) bytes: u64,
    /// Lines of each level, in the order of [`Level::ALL`].
    pub(super) levels: [u64; Level::COUNT],
    /// Lines of each service and of each source, by number.
    services: Vec<u64>,
    sources: Vec<u64>,
    /// The traces that lines name; without a filter also those of spans.
    traces: HashSet<TraceId>,
    /// The earliest and the latest time.
    pub(super) time_range: Option<(Nanos, Nanos)>,
}

/// All that is printed.
pub(super) struct Figures {
    pub(super) tally: Tally,
    /// The query that chose the lines, empty where all were counted.
    pub(super) filter: String,
    /// What became of everything that came, whatever the query.
    pub(super) accounting: Accounting,
    /// For the names of services and sources.
    pub(super) names: Snapshot,
}

impl Tally {
    pub(super) fn new(plan: Plan, gate: Gate, spans: SpanTail) -> Self {
        Self {
            plan,
            gate,
            spans,
            next: 0,
            found: Vec::new(),
            lines: 0,
            bytes: 0,
            levels: [0; Level::COUNT],
            services: Vec::new(),
            sources: Vec::new(),
            traces: HashSet::new(),
            time_range: None,
        }
    }

    /// How many different traces there are.
    pub(super) fn traces(&self) -> u64 {
        self.traces.len() as u64
    }

    fn segment(&mut self, segment: &Segment, rows: impl Iterator<Item = usize>) {
        let view = segment.loaded();
        let mut last_trace = None;
        for row in rows {
            let Some(line) = view.line(row).filter(|line| line.format() != FormatId::LOSS) else { continue };
            self.lines += 1;
            self.bytes += line.text().len() as u64;
            self.levels[line.severity().level().index()] += 1;
            count(&mut self.services, line.service());
            count(&mut self.sources, line.source());
            let time = line.time();
            let (from, to) = self.time_range.unwrap_or((time, time));
            self.time_range = Some((from.min(time), to.max(time)));
            let trace = line.trace_id();
            // Lines of one trace tend to come together.
            if trace != last_trace {
                self.traces.extend(trace);
                last_trace = trace;
            }
        }
    }
}

impl Consumer for Tally {
    fn take(&mut self, snapshot: &Snapshot) -> anyhow::Result<()> {
        let begin = self.next;
        let mut found = std::mem::take(&mut self.found);
        for segment in snapshot.segments().filter(|segment| segment.end() > begin) {
            found.clear();
            let _whole = self.plan.scan(snapshot, begin.max(segment.first())..segment.end(), &mut |id| {
                found.push(id);
                ControlFlow::Continue(())
            });
            if !found.is_empty() {
                let first = segment.first();
                self.segment(segment, found.iter().filter_map(|id| usize::try_from(id - first).ok()));
            }
            self.next = segment.end();
            self.gate.passed(self.next);
        }
        self.found = found;
        let spans = self.spans.take().spans;
        if self.plan.is_empty() {
            self.traces.extend(spans.iter().map(|span| span.trace_id));
        }
        Ok(())
    }
}

impl Figures {
    /// Services with the number of their lines, the most first. Lines without a service are left out.
    pub(super) fn services(&self) -> Vec<(&str, u64)> {
        named(&self.tally.services, |id| self.names.services.get(id))
    }

    /// Sources as lines name them (each file of a pattern), with the number of their lines, the most first.
    pub(super) fn origins(&self) -> Vec<(&str, u64)> {
        named(&self.tally.sources, |id| self.names.sources.get(id))
    }

    /// Lines a second, over the time that the lines themselves tell of. `None` where that is no time.
    pub(super) fn lines_per_second(&self) -> Option<f64> {
        let (from, to) = self.tally.time_range?;
        #[expect(clippy::cast_precision_loss, reason = "a rate of three digits")]
        let (lines, nanos) = (self.tally.lines as f64, to.saturating_sub(from) as f64);
        (nanos > 0.0).then(|| lines / (nanos / 1e9))
    }
}

fn count(counts: &mut Vec<u64>, name: NameId) {
    let at = usize::from(name);
    if at >= counts.len() {
        counts.resize(at + 1, 0);
    }
    counts[at] += 1;
}

/// Counts with their names, the most first, those of one count by name.
fn named<'a>(counts: &[u64], name: impl Fn(NameId) -> &'a str) -> Vec<(&'a str, u64)> {
    let counted = (0..).zip(counts).filter(|(_, count)| **count > 0);
    let mut named: Vec<(&str, u64)> =
        counted.map(|(id, count)| (name(id), *count)).filter(|(name, _)| !name.is_empty()).collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    named
}
