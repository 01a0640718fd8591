//! What operations take: calls, failures and durations of each name of each service, since the start.
//!
//! Counted as spans arrive, so that a span can be told its rank among its like when most of them are long evicted. Each
//! span counts once: where a second report of it tells more, that takes the place of the first.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::sketch::Sketch;
use crate::model::Span;

/// Operations that are counted. Names that programs make up without end are not counted beyond that: a sketch is 2 KiB.
const MAX_OPERATIONS: usize = 4096;

/// Bytes of a service's and of an operation's name, of operations that are counted: the names stay when the spans are gone.
const MAX_NAME: usize = 1024;

/// Figures of one operation of one service.
#[derive(Clone, Debug, Default)]
pub struct OperationFigures {
    calls: u64,
    errors: u64,
    durations: Sketch,
}

/// Figures by service and operation.
#[derive(Debug, Default)]
pub(super) struct OperationStats {
    operations: HashMap<Name, OperationFigures>,
}

impl OperationFigures {
    /// How many spans there were.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// How many of them failed.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// The duration in nanoseconds below which the share `q` (0 to 1) of all lie, to 2 %.
    pub fn quantile(&self, q: f64) -> i64 {
        self.durations.quantile(q).unwrap_or(0)
    }

    /// The share (0 to 1) of the spans that took less than `duration_ns`; what differs by less than 4 % may count as equal.
    pub fn rank(&self, duration_ns: i64) -> f64 {
        self.durations.rank(duration_ns)
    }
}

impl OperationStats {
    /// Counts a span. O(1), without an allocation where its operation is known.
    pub(super) fn add(&mut self, service: &Arc<str>, span: &Span) {
        let key: &dyn Key = &(&**service, &*span.name);
        if let Some(known) = self.operations.get_mut(key) {
            known.add(span);
        } else if self.operations.len() < MAX_OPERATIONS && service.len().max(span.name.len()) <= MAX_NAME {
            let name = Name { service: Arc::clone(service), operation: span.name.clone() };
            self.operations.entry(name).or_default().add(span);
        }
    }

    /// Takes back what [`Self::add`] counted.
    pub(super) fn remove(&mut self, span: &Span) {
        let key: &dyn Key = &(span.service(), &*span.name);
        if let Some(known) = self.operations.get_mut(key) {
            known.calls = known.calls.saturating_sub(1);
            known.errors = known.errors.saturating_sub(u64::from(span.is_error()));
            known.durations.remove(span.duration());
        }
    }

    /// The figures of an operation; `None` where it has not been seen, where there were too many before
    /// it, or where its name is too long.
    pub(super) fn get(&self, service: &str, operation: &str) -> Option<&OperationFigures> {
        let key: &dyn Key = &(service, operation);
        self.operations.get(key).filter(|figures| figures.calls > 0)
    }
}

impl OperationFigures {
    fn add(&mut self, span: &Span) {
        self.calls += 1;
        self.errors += u64::from(span.is_error());
        self.durations.add(span.duration());
    }
}

/// The key of the map.
#[derive(Debug)]
struct Name {
    service: Arc<str>,
    operation: Box<str>,
}

/// What is looked up by: owned, or borrowed from a span.
trait Key {
    fn parts(&self) -> (&str, &str);
}

impl Key for Name {
    fn parts(&self) -> (&str, &str) {
        (&self.service, &self.operation)
    }
}

impl Key for (&str, &str) {
    fn parts(&self) -> (&str, &str) {
        *self
    }
}

impl Hash for dyn Key + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Key + '_ {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Name {}

impl<'a> Borrow<dyn Key + 'a> for Name {
    fn borrow(&self) -> &(dyn Key + 'a) {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Resource, SpanId, SpanKind, Status, StatusCode, TraceId};

    fn span(service: &str, name: &str, duration: i64) -> Span {
        Span {
            trace_id: TraceId::from_low64(1).unwrap(),
            span_id: SpanId::from_u64(1).unwrap(),
            parent_id: None,
            trace_state: Box::default(),
            name: name.into(),
            kind: SpanKind::Server,
            start: 1_000,
            end: 1_000 + duration,
            status: Status::default(),
            flags: 0,
            attributes: crate::model::Attributes::default(),
            events: Vec::new(),
            links: Vec::new(),
            resource: Arc::new(Resource { attributes: [("service.name", service)].into_iter().collect() }),
            scope: Arc::default(),
        }
    }

    fn add(stats: &mut OperationStats, span: &Span) {
        stats.add(&Arc::from(span.service()), span);
    }

    #[test]
    fn a_span_has_its_rank_among_those_of_its_operation() {
        let mut stats = OperationStats::default();
        for ms in 1..=100 {
            add(&mut stats, &span("shop", "pay", ms * 1_000_000));
            add(&mut stats, &span("bank", "pay", 7));
        }
        let figures = stats.get("shop", "pay").unwrap();
        assert_eq!((figures.calls(), figures.errors()), (100, 0));
        for (ms, rank) in [(0, 0.0), (1, 0.0), (50, 0.48), (100, 0.96), (1000, 1.0)] {
            let got = figures.rank(ms * 1_000_000);
            assert!((got - rank).abs() < 0.025, "{ms} ms: {got} is not {rank}");
        }
        assert!((figures.quantile(0.5) - 50_000_000).abs() < 2_000_000);
        assert!(stats.get("shop", "charge").is_none() && stats.get("shoppay", "").is_none());
    }

    #[test]
    fn what_is_taken_back_was_never_counted() {
        let mut stats = OperationStats::default();
        let failed = Span {
            status: Status { code: StatusCode::Error, message: Box::default() },
            ..span("shop", "pay", 9_000_000)
        };
        add(&mut stats, &span("shop", "pay", 5_000));
        add(&mut stats, &failed);
        stats.remove(&failed);
        let figures = stats.get("shop", "pay").unwrap();
        assert_eq!((figures.calls(), figures.errors(), figures.rank(9_000_000) >= 1.0), (1, 0, true));
        stats.remove(&span("shop", "pay", 5_000));
        stats.remove(&span("shop", "unheard of", 5_000));
        assert!(stats.get("shop", "pay").is_none());
    }

    #[test]
    fn names_are_bounded() {
        let mut stats = OperationStats::default();
        for n in 0..MAX_OPERATIONS + 10 {
            add(&mut stats, &span("shop", &format!("GET /{n}"), 1));
        }
        assert_eq!(stats.operations.len(), MAX_OPERATIONS);
        assert!(stats.get("shop", &format!("GET /{}", MAX_OPERATIONS + 1)).is_none());
        add(&mut stats, &span("shop", "GET /7", 1));
        let mut stats_of_long = OperationStats::default();
        for length in [MAX_NAME, MAX_NAME + 1] {
            let name = "x".repeat(length);
            for (service, operation) in [("shop", name.as_str()), (&name, "pay")] {
                add(&mut stats_of_long, &span(service, operation, 1));
                assert_eq!(stats_of_long.get(service, operation).is_some(), length <= MAX_NAME, "{length}");
            }
        }
        assert_eq!(stats.get("shop", "GET /7").unwrap().calls(), 2);
    }
}
