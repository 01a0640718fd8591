//! When two reports are of one span, and what is known of it then.
//!
//! One trace may come from several systems at once, of which one cuts to microseconds or milliseconds what another has in
//! nanoseconds; a sender may repeat itself; and what is reported in parts comes in any order.

use std::sync::Arc;

use super::{Attributes, Span, SpanKind, Status, StatusCode};

/// Two reports of one span differ by less in their start, in nanoseconds.
const START_TOLERANCE: u64 = 1_000_000;

/// By how much an end must be later to be another, in nanoseconds: what cutting to microseconds makes.
const END_TOLERANCE: i64 = 1_000;

impl Span {
    /// Whether both are reports of one span: the same id, service and instance, the same side of a call (a report in part may
    /// not say which), and a start that differs by no more than a millisecond or is not known.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.span_id == other.span_id
            && self.is_same_side(other)
            && (self.start == 0 || other.start == 0 || self.start.abs_diff(other.start) <= START_TOLERANCE)
            && self.service() == other.service()
            && !self.is_elsewhere(other)
    }

    /// What is known of a span after a second report of it: the richer of both, with what only the other has where one of
    /// them is in part, and with the surer verdict of both. `None` where the second adds nothing.
    #[must_use]
    pub fn united(self: &Arc<Self>, later: &Arc<Self>) -> Option<Arc<Self>> {
        let (richer, other) = if later.is_richer(self) { (later, self) } else { (self, later) };
        let is_filled =
            richer.is_partial() || other.is_partial() || (richer.parent_id.is_none() && other.parent_id.is_some());
        let status = surer(&richer.status, &other.status);
        if is_filled || *status != richer.status {
            let mut whole = Self { status: status.clone(), ..Self::clone(richer) };
            if is_filled {
                whole.fill(other);
            }
            return (whole != **self).then(|| Arc::new(whole));
        }
        Arc::ptr_eq(richer, later).then(|| Arc::clone(later))
    }

    fn is_same_side(&self, other: &Self) -> bool {
        let side = |span: &Self| match span.kind {
            SpanKind::Client => 1,
            SpanKind::Server => 2,
            SpanKind::Internal | SpanKind::Producer | SpanKind::Consumer => 0,
        };
        let says_nothing = |span: &Self| span.kind == SpanKind::Internal && span.is_partial();
        side(self) == side(other) || says_nothing(self) || says_nothing(other)
    }

    /// Whether it has no length: a flush before the end, or what was added later.
    fn is_partial(&self) -> bool {
        self.end <= self.start
    }

    /// Whether it tells more: a later end, else more facts, else finer times.
    fn is_richer(&self, other: &Self) -> bool {
        let later = self.end.saturating_sub(other.end);
        if later.abs() > END_TOLERANCE {
            return later > 0;
        }
        (self.facts(), self.fineness()) > (other.facts(), other.fineness())
    }

    /// How many things it tells. What one system has as a span's attribute is the resource's in another.
    fn facts(&self) -> usize {
        let events: usize = self.events.iter().map(|event| 1 + event.attributes.len()).sum();
        let links: usize = self.links.iter().map(|link| 1 + link.attributes.len()).sum();
        let origin = self.resource.attributes.len() + self.scope.attributes.len();
        self.attributes.len() + origin + events + links
    }

    /// 2 for nanoseconds, 1 for microseconds, 0 for milliseconds.
    fn fineness(&self) -> usize {
        let is_whole = |unit: &i64| self.start % unit == 0 && self.end % unit == 0;
        [1_000, 1_000_000].iter().filter(|unit| !is_whole(unit)).count()
    }

    /// Takes from `other` what it does not have itself.
    fn fill(&mut self, other: &Self) {
        self.parent_id = self.parent_id.or(other.parent_id);
        if self.name.is_empty() {
            self.name.clone_from(&other.name);
        }
        if self.kind == SpanKind::Internal {
            self.kind = other.kind;
        }
        if self.start == 0 && other.start != 0 {
            self.start = other.start;
            self.end = self.end.max(other.end);
        }
        let both = [&self.attributes, &other.attributes];
        if other.attributes.iter().any(|(key, _)| self.attributes.get(key).is_none()) {
            // The last of a repeated key stays: ours.
            let pairs = both.into_iter().rev().flat_map(Attributes::iter);
            self.attributes = pairs.map(|(key, value)| (Arc::clone(key), value.clone())).collect();
        }
        let new_events = other.events.iter().filter(|event| !self.events.contains(event));
        let new_events: Vec<_> = new_events.cloned().collect();
        self.events.extend(new_events);
        let new_links = other.links.iter().filter(|link| !self.links.contains(link));
        let new_links: Vec<_> = new_links.cloned().collect();
        self.links.extend(new_links);
    }
}

/// The verdict that counts of two on one span, by OpenTelemetry's order (its specification of the tracing API, "Set Status"):
/// `Ok` is final, an error beats what nobody judged. Of equal ones it is the one that says more.
fn surer<'a>(one: &'a Status, other: &'a Status) -> &'a Status {
    let rank = |code: StatusCode| match code {
        StatusCode::Unset => 0,
        StatusCode::Error => 1,
        StatusCode::Ok => 2,
    };
    // By the text itself at last, so that it does not matter which came first.
    let sureness = |status: &'a Status| (rank(status.code), status.message.len(), &*status.message);
    if sureness(other) > sureness(one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Resource, SpanEvent, SpanId, TraceId};

    /// A server's span of 1 ms.
    fn span() -> Span {
        Span {
            trace_id: TraceId::from_low64(1).unwrap(),
            span_id: SpanId::from_u64(2).unwrap(),
            parent_id: SpanId::from_u64(1),
            trace_state: Box::default(),
            name: "get".into(),
            kind: SpanKind::Server,
            start: 1_700_000_000_123_456_789,
            end: 1_700_000_000_124_456_789,
            status: Status::default(),
            flags: 0,
            attributes: [("a", "1")].into_iter().collect(),
            events: Vec::new(),
            links: Vec::new(),
            resource: of(&[("service.name", "shop")]),
            scope: Arc::default(),
        }
    }

    fn of(attributes: &[(&str, &str)]) -> Arc<Resource> {
        Arc::new(Resource { attributes: attributes.iter().copied().collect() })
    }

    #[test]
    fn the_same_is_of_one_id_service_instance_side_and_time() {
        type Change = fn(&mut Span);
        let cases: [(&str, Change, bool); 12] = [
            ("nothing", |_| {}, true),
            ("cut to ms", |it| it.start = it.start / 1_000_000 * 1_000_000, true),
            ("1 ms later", |it| it.start += 1_000_000, true),
            ("more than 1 ms later", |it| it.start += 1_000_001, false),
            ("more than 1 ms before", |it| it.start -= 1_000_001, false),
            ("a time that is not known", |it| (it.start, it.end) = (0, 0), true),
            ("another id", |it| it.span_id = SpanId::from_u64(3).unwrap(), false),
            ("another service", |it| it.resource = of(&[("service.name", "bank")]), false),
            ("the client's half", |it| it.kind = SpanKind::Client, false),
            ("no side", |it| it.kind = SpanKind::Internal, false),
            ("a part that tells no side", |it| (it.kind, it.end) = (SpanKind::Internal, it.start), true),
            ("a part of another side", |it| (it.kind, it.end) = (SpanKind::Client, it.start), false),
        ];
        for (name, change, expected) in cases {
            let mut other = span();
            change(&mut other);
            assert_eq!((span().is_same(&other), other.is_same(&span())), (expected, expected), "{name}");
        }
        let at = |host: &str| Span { resource: of(&[("service.name", "shop"), ("host.name", host)]), ..span() };
        assert!(!at("h1").is_same(&at("h2")) && at("h1").is_same(&at("h1")) && at("h1").is_same(&span()));
    }

    /// The span that is left of two, with what tells which it is.
    fn left(first: Span, second: Span) -> Span {
        let (first, second) = (Arc::new(first), Arc::new(second));
        first.united(&second).map_or_else(|| Span::clone(&first), |united| Span::clone(&united))
    }

    #[test]
    fn of_two_the_richer_stays_whichever_came_first() {
        let named = |name: &str, change: fn(&mut Span)| {
            let mut span = Span { name: name.into(), ..span() };
            change(&mut span);
            span
        };
        let two = || [("a", "1"), ("b", "2")].into_iter().collect::<Attributes>();
        let cases = [
            ("a later end beyond 1 µs", named("lesser", |_| {}), named("richer", |it| it.end += 1_001)),
            (
                "the later end counts more than attributes",
                Span { attributes: two(), ..named("lesser", |_| {}) },
                named("richer", |it| it.end += 1_001),
            ),
            (
                "more attributes",
                named("lesser", |it| it.end += 1_000),
                Span { attributes: two(), ..named("richer", |_| {}) },
            ),
            ("an event", named("lesser", |_| {}), named("richer", |it| it.events.push(SpanEvent::default()))),
            (
                "finer times",
                named("lesser", |it| (it.start, it.end) = (it.start / 1_000 * 1_000, it.end / 1_000 * 1_000)),
                named("richer", |_| {}),
            ),
        ];
        for (why, lesser, richer) in cases {
            assert_eq!(left(lesser.clone(), richer.clone()), richer, "{why}");
            assert_eq!(left(richer.clone(), lesser.clone()), richer, "{why}, the other way round");
        }
        let (first, second) = (Arc::new(span()), Arc::new(span()));
        assert_eq!(first.united(&second), None, "nothing new");
    }

    #[test]
    fn a_report_in_part_fills_what_the_other_lacks() {
        let begun = Span {
            parent_id: None,
            end: span().start,
            name: "".into(),
            attributes: [("a", "old"), ("early", "1")].into_iter().collect(),
            events: vec![SpanEvent { name: "retry".into(), ..SpanEvent::default() }],
            status: Status { code: StatusCode::Error, message: "no".into() },
            ..span()
        };
        let late = Span {
            kind: SpanKind::Internal,
            start: 0,
            end: 0,
            name: "get".into(),
            attributes: [("late", "1")].into_iter().collect(),
            ..span()
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let reports = [begun.clone(), span(), late.clone()];
            let [first, second, third] = order.map(|at| reports[at].clone());
            let whole = left(left(first, second), third);
            assert_eq!((whole.parent_id, whole.duration()), (SpanId::from_u64(1), 1_000_000), "{order:?}");
            assert_eq!((whole.kind, &*whole.name, whole.events.len()), (SpanKind::Server, "get", 1), "{order:?}");
            assert_eq!((whole.status.code, whole.attributes.text("a")), (StatusCode::Error, Some("1")), "{order:?}");
            assert!(["early", "late"].iter().all(|key| whole.attributes.get(key).is_some()), "{order:?}");
        }
    }

    #[test]
    fn the_surer_verdict_stays_whichever_came_first() {
        use StatusCode::{Error, Ok, Unset};
        let with = |code, message: &str| Span { status: Status { code, message: message.into() }, ..span() };
        let cases = [
            ("an error beats no verdict", with(Unset, ""), with(Error, "no"), with(Error, "no")),
            ("fine is final", with(Error, "no"), with(Ok, ""), with(Ok, "")),
            ("fine beats no verdict", with(Unset, ""), with(Ok, ""), with(Ok, "")),
            ("a reason beats none", with(Error, ""), with(Error, "no"), with(Error, "no")),
            ("the longer reason", with(Error, "no"), with(Error, "no room"), with(Error, "no room")),
            (
                "of the poorer report too",
                with(Error, "no"),
                Span { end: span().end + 5_000, ..with(Unset, "") },
                Span { end: span().end + 5_000, ..with(Error, "no") },
            ),
        ];
        for (why, one, other, expected) in cases {
            assert_eq!(left(one.clone(), other.clone()), expected, "{why}");
            assert_eq!(left(other, one), expected, "{why}, the other way round");
        }
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_the_order_of_reports(
            told in proptest::collection::vec((0i64..3, 0usize..3, 0i64..3, any::<bool>()), 1..6),
            seed in 0usize..1000,
        ) {
            let messages = ["", "no", "on"];
            let report = |&(code, message, later, is_partial): &(i64, usize, i64, bool)| {
                let end = if is_partial { span().start } else { span().end + later * 2_000 };
                let status = Status { code: StatusCode::from_number(code), message: messages[message].into() };
                Span { end, status, ..span() }
            };
            let mut reports: Vec<Span> = told.iter().map(report).collect();
            let all = |reports: &[Span]| reports.iter().cloned().reduce(left).map(|span| span.status);
            let before = all(&reports);
            for at in 0..reports.len() {
                let other = (at * 31 + seed) % reports.len();
                reports.swap(at, other);
            }
            prop_assert_eq!(all(&reports), before);
        }
    }
}
