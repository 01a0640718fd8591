//! Times with what clocks that differ did to them taken out.

use std::sync::Arc;

use crate::model::{Nanos, Span};
use crate::store::TraceSummary;

/// The spans moved by `shifts`, their events with them. Those that stay are shared.
pub(super) fn moved(spans: &[Arc<Span>], shifts: &[Nanos]) -> Vec<Arc<Span>> {
    let moved = |span: &Arc<Span>, by: Nanos| {
        let mut moved = Span::clone(span);
        moved.start = moved.start.saturating_add(by);
        moved.end = moved.end.saturating_add(by);
        for event in &mut moved.events {
            event.time = event.time.saturating_add(by);
        }
        Arc::new(moved)
    };
    spans.iter().zip(shifts).map(|(span, by)| if *by == 0 { Arc::clone(span) } else { moved(span, *by) }).collect()
}

/// The trace at a glance when its spans are moved.
pub(super) fn summary(as_it_came: TraceSummary, spans: &[Arc<Span>]) -> TraceSummary {
    // A span without a time of its own says nothing of when the trace was.
    let timed = || spans.iter().filter(|span| span.start != 0);
    let (Some(start), Some(end)) = (timed().map(|span| span.start).min(), timed().map(|span| span.end).max()) else {
        return as_it_came;
    };
    TraceSummary { start, duration: end.saturating_sub(start).max(0), ..as_it_came }
}
