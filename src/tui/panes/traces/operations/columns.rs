//! The columns of the table of operations: what they say, in which order they sort, what gives way where there is little room.

use std::cmp::Ordering;

use super::super::table::{self, Column, Table};
use crate::analysis::operations::OperationStats;
use crate::theme::Role;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;

/// From this width on there is room for longer names.
const WIDE: usize = 90;

/// What a column shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum What {
    Service,
    Operation,
    Calls,
    Rate,
    Errors,
    P50,
    P90,
    P95,
    P99,
    Max,
    Own,
    /// The share of all self time: what the table begins with.
    #[default]
    Share,
    /// The share as a bar.
    Bar,
}

/// The columns by which one can sort, in order.
const SORTED: [What; 12] = [
    What::Service,
    What::Operation,
    What::Calls,
    What::Rate,
    What::Errors,
    What::P50,
    What::P90,
    What::P95,
    What::P99,
    What::Max,
    What::Own,
    What::Share,
];

/// Which operations stand first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Order {
    pub(super) by: What,
    /// Whether it is not the usual way round.
    pub(super) is_turned: bool,
}

impl Order {
    /// Sorted by the column after it, or before it, the usual way round.
    pub(super) fn next(self, forward: bool) -> Self {
        let at = SORTED.iter().position(|what| *what == self.by).unwrap_or(0);
        let to = if forward { at + 1 } else { at + SORTED.len() - 1 } % SORTED.len();
        Self { by: SORTED.get(to).copied().unwrap_or_default(), is_turned: false }
    }

    /// Whether the least stands first: of names it usually does, of figures it does not.
    pub(super) fn is_ascending(self) -> bool {
        matches!(self.by, What::Service | What::Operation) != self.is_turned
    }

    /// What a title says of it.
    pub(super) fn name(self) -> &'static str {
        match (self.by, self.is_turned) {
            (What::Service, false) => "by service",
            (What::Service, true) => "by service, last first",
            (What::Operation, false) => "by name",
            (What::Operation, true) => "by name, last first",
            (What::Calls | What::Rate, false) => "most calls first",
            (What::Calls | What::Rate, true) => "fewest calls first",
            (What::Errors, false) => "most errors first",
            (What::Errors, true) => "fewest errors first",
            (What::P50, false) => "highest p50 first",
            (What::P50, true) => "lowest p50 first",
            (What::P90, false) => "highest p90 first",
            (What::P90, true) => "lowest p90 first",
            (What::P95, false) => "highest p95 first",
            (What::P95, true) => "lowest p95 first",
            (What::P99, false) => "highest p99 first",
            (What::P99, true) => "lowest p99 first",
            (What::Max, false) => "slowest call first",
            (What::Max, true) => "fastest call first",
            (What::Own | What::Share | What::Bar, false) => "most self time first",
            (What::Own | What::Share | What::Bar, true) => "least self time first",
        }
    }

    /// Which of two stands first; what is alike stands in the order of the names.
    pub(super) fn compare(self, a: &OperationStats, b: &OperationStats) -> Ordering {
        let ordering = match self.by {
            What::Service => a.service.cmp(&b.service),
            What::Operation => a.operation.cmp(&b.operation),
            What::Calls => a.calls.cmp(&b.calls),
            What::Rate => a.rate.total_cmp(&b.rate),
            // The share of calls that fail, and among those that always do the one with more calls.
            What::Errors => failing(a).total_cmp(&failing(b)).then(a.errors.cmp(&b.errors)),
            What::P50 => a.p50_ns.cmp(&b.p50_ns),
            What::P90 => a.p90_ns.cmp(&b.p90_ns),
            What::P95 => a.p95_ns.cmp(&b.p95_ns),
            What::P99 => a.p99_ns.cmp(&b.p99_ns),
            What::Max => a.max_ns.cmp(&b.max_ns),
            What::Own | What::Share | What::Bar => a.self_ns.cmp(&b.self_ns),
        };
        let ordering = if self.is_ascending() { ordering } else { ordering.reverse() };
        ordering.then_with(|| (&a.service, &a.operation).cmp(&(&b.service, &b.operation)))
    }
}

/// The share of calls that failed.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn failing(stats: &OperationStats) -> f64 {
    if stats.calls == 0 { 0.0 } else { stats.errors as f64 / stats.calls as f64 }
}

/// The columns that fit into `width` cells while `shown` are the operations in sight.
pub(super) fn fit(shown: &[&OperationStats], order: Order, width: usize) -> Table<What> {
    let services = table::widest(shown.iter().map(|it| &*it.service));
    let operations = table::widest(shown.iter().map(|it| &*it.operation));
    // Where there is room names are rather told in full than one more percentile.
    let least = if width >= WIDE { services.clamp(8, 12) } else { 8 };
    let all = [
        Column::text(What::Service, "service", (least, services.clamp(8, 24)), 4),
        Column::text(What::Operation, "operation", (12, operations.clamp(12, 48)), 0),
        Column::figure(What::Calls, "calls", 6, 1),
        Column::figure(What::Rate, "rate", 8, 10),
        Column::figure(What::Errors, "errors", 7, 3),
        Column::figure(What::P50, "p50", 7, 6),
        Column::figure(What::P90, "p90", 7, 11),
        Column::figure(What::P95, "p95", 7, 2),
        Column::figure(What::P99, "p99", 7, 8),
        Column::figure(What::Max, "max", 7, 9),
        Column::figure(What::Own, "self", 7, 7),
        Column::figure(What::Share, "share", 6, 5),
        Column::text(What::Bar, "", (8, 20), 12),
    ];
    Table::fit(&all, order.by, width)
}

/// What a cell says; the bar is drawn against `most`, the largest share.
pub(super) fn cell(stats: &OperationStats, what: What, most: f64, width: usize, is_ascii: bool) -> Vec<Piece> {
    let plain = |text: String| vec![Piece::new(Role::Text, text)];
    match what {
        What::Service => {
            vec![Piece { text: table::name(&stats.service).into_owned(), look: Look::Service(stats.service.clone()) }]
        }
        What::Operation if stats.is_rest => vec![Piece::new(Role::Muted, stats.operation.to_string())],
        What::Operation => plain(table::name(&stats.operation).into_owned()),
        What::Calls => plain(text::short_count(stats.calls)),
        What::Rate => plain(text::rate(stats.rate)),
        What::Errors if stats.errors == 0 => vec![Piece::new(Role::Faint, "·")],
        What::Errors => vec![Piece::new(Role::Error, text::percent(failing(stats)))],
        What::P50 => plain(text::duration(stats.p50_ns)),
        What::P90 => plain(text::duration(stats.p90_ns)),
        What::P95 => plain(text::duration(stats.p95_ns)),
        What::P99 => plain(text::duration(stats.p99_ns)),
        What::Max => plain(text::duration(stats.max_ns)),
        What::Own => plain(text::duration(stats.self_ns)),
        What::Share => plain(text::percent(stats.share)),
        What::Bar => {
            let share = if most > 0.0 { stats.share / most } else { 0.0 };
            vec![Piece::new(Role::Bar, table::bar(share, width, is_ascii))]
        }
    }
}
