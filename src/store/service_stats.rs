//! What services do: calls, errors and latencies, each by itself and on the edges between them.
//!
//! Counted as spans arrive, so the figures outlive the traces. Kept for the last five minutes in slots of ten seconds;
//! time is that of the spans, clamped to the clock, so that a reopened session shows the last five minutes of *its*
//! data. A call is an entry into a service: a server or consumer span, or one whose parent is elsewhere or absent.

use std::collections::HashMap;
use std::sync::Arc;

use super::sketch::Sketch;
use super::trace::CallChange;
use crate::model::Nanos;

/// Width of a slot in nanoseconds.
const SLOT: Nanos = 10_000_000_000;
/// Slots in the window: five minutes.
const SLOTS: i64 = 30;
/// Services, and edges, that are counted by name; what a sender makes up beyond that is counted as one.
const MAX_NAMES: usize = 1024;

/// Figures of the last five minutes.
#[derive(Clone, Debug)]
pub struct ServiceSummary {
    /// The service.
    pub name: Arc<str>,
    /// Spans of any kind.
    pub spans: u64,
    /// Entries into the service.
    pub calls: u64,
    /// Entries that failed.
    pub errors: u64,
    /// Calls a second.
    pub rate: f64,
    /// Median duration of a call in nanoseconds.
    pub p50_ns: i64,
    /// 95th percentile of the duration of a call in nanoseconds.
    pub p95_ns: i64,
    /// 99th percentile of the duration of a call in nanoseconds.
    pub p99_ns: i64,
}

/// Calls from one service to another in the last five minutes.
#[derive(Clone, Debug)]
pub struct EdgeStats {
    /// Who calls.
    pub from: Arc<str>,
    /// Who is called.
    pub to: Arc<str>,
    /// How often.
    pub calls: u64,
    /// How often it failed.
    pub errors: u64,
    /// 95th percentile of the duration in nanoseconds.
    pub p95_ns: i64,
}

/// Counts by service and by edge.
#[derive(Debug, Default)]
pub struct ServiceStats {
    services: HashMap<Arc<str>, Window>,
    edges: HashMap<(Arc<str>, Arc<str>), Window>,
    /// The newest slot that anything was counted in.
    head: i64,
    /// The oldest slot that anything was counted in.
    first: Option<i64>,
}

#[derive(Debug, Default)]
struct Window {
    slots: Vec<Slot>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    at: i64,
    spans: u64,
    calls: u64,
    errors: u64,
    latency: Sketch,
}

impl ServiceStats {
    /// Counts a span of `service` that ended at `end`.
    pub(super) fn span(&mut self, service: &Arc<str>, end: Nanos) {
        let Some(at) = self.advance(end) else { return };
        let window = bounded(&mut self.services, Arc::clone(service), || Arc::from("(other)"));
        window.slot(at).spans += 1;
    }

    /// Counts a call, or takes it back; `now` bounds the time at which it ended.
    pub(super) fn call(&mut self, call: &CallChange, now: Nanos) {
        let Some(at) = self.advance(call.end.min(now)) else { return };
        bounded(&mut self.services, Arc::clone(&call.to), || Arc::from("(other)")).slot(at).count(call);
        if let Some(from) = &call.from {
            let other = || (Arc::from("(other)"), Arc::from("(other)"));
            bounded(&mut self.edges, (Arc::clone(from), Arc::clone(&call.to)), other).slot(at).count(call);
        }
    }

    /// The slot of `end`, or `None` when it is older than the window.
    fn advance(&mut self, end: Nanos) -> Option<i64> {
        let at = end.div_euclid(SLOT);
        self.head = self.head.max(at);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        (at > self.head - SLOTS).then_some(at)
    }

    /// Figures of every service seen in the window, by name.
    pub fn services(&self) -> Vec<ServiceSummary> {
        let seconds = self.window_seconds();
        let mut out: Vec<_> = self
            .services
            .iter()
            .filter_map(|(name, window)| {
                let sum = window.sum(self.head);
                #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
                let rate = sum.calls as f64 / seconds;
                let quantile = |q| sum.latency.quantile(q).unwrap_or(0);
                (sum.spans + sum.calls > 0).then(|| ServiceSummary {
                    name: Arc::clone(name),
                    spans: sum.spans,
                    calls: sum.calls,
                    errors: sum.errors,
                    rate,
                    p50_ns: quantile(0.5),
                    p95_ns: quantile(0.95),
                    p99_ns: quantile(0.99),
                })
            })
            .collect();
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }

    /// Calls between services in the window, by name.
    pub fn edges(&self) -> Vec<EdgeStats> {
        let mut out: Vec<_> = self
            .edges
            .iter()
            .filter_map(|((from, to), window)| {
                let sum = window.sum(self.head);
                (sum.calls > 0).then(|| EdgeStats {
                    from: Arc::clone(from),
                    to: Arc::clone(to),
                    calls: sum.calls,
                    errors: sum.errors,
                    p95_ns: sum.latency.quantile(0.95).unwrap_or(0),
                })
            })
            .collect();
        out.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        out
    }

    /// How long the window is so far, at most five minutes.
    #[expect(clippy::cast_precision_loss, reason = "at most 300")]
    fn window_seconds(&self) -> f64 {
        let slots = self.first.map_or(1, |first| (self.head - first + 1).clamp(1, SLOTS));
        (slots * (SLOT / 1_000_000_000)) as f64
    }
}

/// The window of `key`, or that of `other` once there are too many.
fn bounded<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Window>, key: K, other: impl FnOnce() -> K) -> &mut Window {
    let key = if map.len() < MAX_NAMES || map.contains_key(&key) { key } else { other() };
    map.entry(key).or_default()
}

impl Window {
    fn slot(&mut self, at: i64) -> &mut Slot {
        if self.slots.is_empty() {
            self.slots.resize_with(usize::try_from(SLOTS).unwrap_or(1), Slot::default);
        }
        let slot = &mut self.slots[usize::try_from(at.rem_euclid(SLOTS)).unwrap_or(0)];
        if slot.at != at {
            *slot = Slot { at, ..Slot::default() };
        }
        slot
    }

    fn sum(&self, head: i64) -> Slot {
        let mut sum = Slot::default();
        for slot in self.slots.iter().filter(|slot| slot.at > head - SLOTS) {
            sum.spans += slot.spans;
            sum.calls += slot.calls;
            sum.errors += slot.errors;
            sum.latency.merge(&slot.latency);
        }
        sum
    }
}

impl Slot {
    fn count(&mut self, call: &CallChange) {
        if call.is_new {
            self.calls += 1;
            self.errors += u64::from(call.is_error);
            self.latency.add(call.duration);
        } else {
            self.calls = self.calls.saturating_sub(1);
            self.errors = self.errors.saturating_sub(u64::from(call.is_error));
            self.latency.remove(call.duration);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    fn call(from: Option<&str>, to: &str, end: Nanos, is_error: bool) -> CallChange {
        CallChange { is_new: true, from: from.map(Arc::from), to: to.into(), end, duration: 10_000_000, is_error }
    }

    #[test]
    fn calls_and_edges_are_counted_within_the_window() {
        let mut stats = ServiceStats::default();
        let start = 1_000_000 * SECOND;
        for n in 0..100 {
            stats.call(&call(Some("a"), "b", start + n * SECOND, n % 10 == 0), Nanos::MAX);
        }
        let services = stats.services();
        assert_eq!((services[0].calls, services[0].errors), (100, 10));
        assert!((services[0].rate - 1.0).abs() < 0.01);
        assert_eq!((stats.edges()[0].calls, &*stats.edges()[0].from), (100, "a"));
        let taken_back = CallChange { is_new: false, ..call(Some("a"), "b", start, true) };
        stats.call(&taken_back, Nanos::MAX);
        assert_eq!((stats.edges()[0].calls, stats.edges()[0].errors, stats.services()[0].calls), (99, 9, 99));
        stats.call(&call(None, "a", start + 1000 * SECOND, false), Nanos::MAX);
        assert!(stats.edges().is_empty(), "what is older than five minutes has left");
        stats.call(&call(None, "b", start, false), Nanos::MAX);
        assert_eq!(stats.services().len(), 1, "what comes too late is not counted");
    }

    #[test]
    fn names_are_bounded() {
        let mut stats = ServiceStats::default();
        for n in 0..3000 {
            stats.call(&call(None, &format!("made up {n}"), SECOND, false), Nanos::MAX);
        }
        assert_eq!(stats.services().len(), MAX_NAMES + 1);
    }
}
