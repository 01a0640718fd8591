//! In which order traces are listed.

use std::cmp::Ordering;

use super::entry::Entry;
use crate::tui::pane::TraceOrder;

/// By what traces are sorted, in the order in which one goes through the columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum By {
    /// When they began.
    #[default]
    Time,
    Duration,
    Spans,
    Errors,
    Services,
    Origin,
    Service,
    Operation,
}

const ALL: [By; 8] =
    [By::Time, By::Duration, By::Spans, By::Errors, By::Services, By::Origin, By::Service, By::Operation];

/// Which traces stand first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Order {
    pub(super) by: By,
    /// Whether it is not the usual way round, which is the most first of figures and the first letter first of names.
    pub(super) is_turned: bool,
}

impl Order {
    /// The order that another pane asks for.
    pub(super) fn of(wanted: TraceOrder) -> Self {
        let by = match wanted {
            TraceOrder::Latest => By::Time,
            TraceOrder::Slowest => By::Duration,
            TraceOrder::MostErrors => By::Errors,
        };
        Self { by, is_turned: false }
    }

    /// Sorted by the next column, or by the one before, the usual way round.
    pub(super) fn next(self, forward: bool, has_origin: bool) -> Self {
        let columns: Vec<By> = ALL.into_iter().filter(|by| has_origin || *by != By::Origin).collect();
        let at = columns.iter().position(|by| *by == self.by).unwrap_or(0);
        let to = if forward { at + 1 } else { at + columns.len() - 1 };
        Self { by: columns.get(to % columns.len()).copied().unwrap_or_default(), is_turned: false }
    }

    /// The same the other way round.
    pub(super) fn turned(self) -> Self {
        Self { is_turned: !self.is_turned, ..self }
    }

    /// Whether the least stands first.
    pub(super) fn is_ascending(self) -> bool {
        matches!(self.by, By::Origin | By::Service | By::Operation) != self.is_turned
    }

    /// Whether what arrives stands at the top, so that a list that is there moves with it.
    pub(super) fn follows(self) -> bool {
        self == Self::default()
    }

    /// What a title says of it.
    pub(super) fn name(self) -> &'static str {
        match (self.by, self.is_turned) {
            (By::Time, false) => "latest first",
            (By::Time, true) => "earliest first",
            (By::Duration, false) => "slowest first",
            (By::Duration, true) => "fastest first",
            (By::Spans, false) => "most spans first",
            (By::Spans, true) => "fewest spans first",
            (By::Errors, false) => "most errors first",
            (By::Errors, true) => "fewest errors first",
            (By::Services, false) => "most services first",
            (By::Services, true) => "fewest services first",
            (By::Origin, false) => "by origin",
            (By::Origin, true) => "by origin, last first",
            (By::Service, false) => "by service",
            (By::Service, true) => "by service, last first",
            (By::Operation, false) => "by operation",
            (By::Operation, true) => "by operation, last first",
        }
    }

    /// Which of two traces stands first. What is not known stands last in either direction; of those that are alike the
    /// latest stands first.
    pub(super) fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let ascending = self.is_ascending();
        let ordering = match self.by {
            By::Time => directed(Some(a.start), Some(b.start), ascending),
            By::Duration => directed(a.duration, b.duration, ascending),
            By::Spans => directed(a.spans, b.spans, ascending),
            By::Errors => directed(a.errors, b.errors, ascending),
            By::Services => directed(a.services, b.services, ascending),
            By::Origin => directed(a.origins.first(), b.origins.first(), ascending),
            By::Service => directed(Some(&a.service), Some(&b.service), ascending),
            By::Operation => directed(Some(&a.operation), Some(&b.operation), ascending),
        };
        ordering.then_with(|| b.start.cmp(&a.start)).then_with(|| a.id.cmp(&b.id))
    }
}

fn directed<T: Ord>(a: Option<T>, b: Option<T>, ascending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if ascending => a.cmp(&b),
        (Some(a), Some(b)) => b.cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_round_all_columns_and_what_is_unknown_stands_last() {
        let mut order = Order::default();
        let mut seen = Vec::new();
        for _ in 0..ALL.len() {
            seen.push(order.name());
            order = order.next(true, true);
        }
        assert_eq!((order, seen.len()), (Order::default(), 8));
        assert_eq!(order.next(false, true).name(), "by operation");
        assert_eq!(Order { by: By::Services, is_turned: true }.next(true, false).by, By::Service);
        for ascending in [false, true] {
            assert_eq!(directed(None, Some(1), ascending), Ordering::Greater);
        }
        assert_eq!(
            (directed(Some(1), Some(2), true), directed(Some(1), Some(2), false)),
            (Ordering::Less, Ordering::Greater)
        );
        assert!(Order::default().follows() && !Order::default().turned().follows());
    }
}
