//! What is known of a segment without looking at its lines, so that a query can pass over it.

use crate::model::{FormatId, Level, Nanos, TraceId};
use crate::store::NameId;
use crate::store::trace_filter::TraceFilter;

use super::columns::Columns;

/// Services that are counted apart; a segment of more does not say which it has.
const MAX_SERVICES: usize = 64;

/// Sums over the lines of a segment. Loss rows are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    pub(super) levels: [u32; Level::COUNT],
    pub(super) per_source: Vec<(NameId, u32)>,
    /// `None` when there are too many to tell.
    pub(super) per_service: Option<Vec<(NameId, u32)>>,
    pub(super) time_range: Option<(Nanos, Nanos)>,
    pub(super) traces: TraceFilter,
}

impl Summary {
    /// Sums up. Linear in the lines.
    pub(super) fn of(columns: &Columns) -> Self {
        let mut out = Self { per_service: Some(Vec::new()), ..Self::default() };
        for row in 0..columns.len() {
            if columns.formats[row] != FormatId::LOSS {
                out.count(
                    columns.times[row],
                    columns.severities[row].level(),
                    columns.sources[row],
                    columns.services[row],
                );
            }
        }
        out.traces = TraceFilter::of(columns.traces());
        out
    }

    fn count(&mut self, time: Nanos, level: Level, source: NameId, service: NameId) {
        self.levels[level.index()] += 1;
        self.time_range = Some(match self.time_range {
            Some((from, to)) => (from.min(time), to.max(time)),
            None => (time, time),
        });
        add(&mut self.per_source, source);
        if let Some(services) = &mut self.per_service {
            add(services, service);
            if services.len() > MAX_SERVICES {
                self.per_service = None;
            }
        }
    }

    /// Whether a line of this trace may be among them: no when there is none, yes wrongly for one in four hundred.
    pub(super) fn may_hold_trace(&self, trace: TraceId) -> bool {
        self.traces.may_hold(trace)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let services = self.per_service.as_ref().map_or(0, Vec::len);
        (self.per_source.len() + services) * size_of::<(NameId, u32)>() + self.traces.bytes()
    }
}

/// Names come in runs: the one counted last stands in front.
fn add(counts: &mut Vec<(NameId, u32)>, name: NameId) {
    match counts.iter().position(|(known, _)| *known == name) {
        Some(0) => {}
        Some(at) => counts.swap(0, at),
        None => {
            counts.push((name, 0));
            let last = counts.len() - 1;
            counts.swap(0, last);
        }
    }
    if let Some((_, count)) = counts.first_mut() {
        *count += 1;
    }
}
