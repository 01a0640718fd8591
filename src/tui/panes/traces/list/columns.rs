//! The columns of the list of traces: which fit, and what they say of a trace.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::super::table::{self, Column, Table};
use super::entry::{Entry, kinds};
use super::order::{By, Order};
use super::scale::Scale;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::piece::{Look, Piece};
use crate::tui::text::{self, Dated};
use crate::tui::world::World;

/// From this width on times are written to the millisecond and titles in full.
const WIDE: usize = 72;
/// Cells of a date, and of one with its time: `2026-11-21 12:03:06`.
const DATE: usize = 10;
const WITH_YEAR: usize = 19;
/// What is said of a trace of which more is to come.
const INCOMPLETE: &str = " (incomplete)";

/// What a column shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// What traces can be sorted by.
    By(By),
    /// The duration as a bar.
    Bar,
}

/// How the columns of a list look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) order: Order,
    /// Whether it is told who has a trace.
    pub(super) has_origin: bool,
    /// How much of the date times have.
    pub(super) dated: Dated,
    /// The room that names are to have.
    pub(super) room: Room,
    /// The scale of the bars.
    pub(super) scale: Scale,
}

/// The cells that names have taken since the list is about the same: columns do not move while one scrolls or data comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    services: usize,
    operations: usize,
}

impl Room {
    /// Makes room for the names of these traces.
    pub(super) fn make(&mut self, shown: &[Arc<Entry>]) {
        let suffix = if shown.iter().any(|entry| !entry.is_complete) { INCOMPLETE.len() } else { 0 };
        let operations = table::widest(shown.iter().map(|entry| &*entry.operation)) + suffix;
        self.services = self.services.max(table::widest(shown.iter().map(|entry| &*entry.service)));
        self.operations = self.operations.max(operations);
    }
}

/// The columns that fit into `width` cells.
pub(super) fn fit(layout: Layout, width: usize) -> Table<What> {
    let Room { services, operations } = layout.room;
    let is_wide = width >= WIDE;
    let (errors, cells) = if is_wide { ("errors", 7) } else { ("err", 4) };
    let time = match (layout.dated, is_wide) {
        (Dated::Year, true) => WITH_YEAR,
        (Dated::Year | Dated::Day, _) => 14,
        (Dated::No, true) => 12,
        (Dated::No, false) => 8,
    };
    let mut all = vec![
        Column::text(What::By(By::Time), "time", (time, time), 3),
        Column::figure(What::By(By::Duration), "duration", 9, 1),
        Column::text(What::Bar, "log10", (6, if is_wide { 20 } else { 6 }), 6),
        Column::figure(What::By(By::Spans), "spans", 6, 7),
        Column::figure(What::By(By::Errors), errors, cells, 4),
        Column::figure(What::By(By::Services), "services", 9, 9),
        Column::text(What::By(By::Service), "service", (8, services.clamp(8, 24)), 2),
        Column::text(What::By(By::Operation), "operation", (12, operations.clamp(12, 100)), 0),
    ];
    if layout.has_origin {
        all.insert(6, Column::text(What::By(By::Origin), "from", (7, if is_wide { 12 } else { 7 }), 5));
    }
    Table::fit(&all, What::By(layout.order.by), width)
}

impl Entry {
    /// What a cell of `width` cells says of it.
    pub(super) fn cell(&self, what: What, width: usize, layout: Layout, world: &World) -> Vec<Piece> {
        let plain = |text: String| vec![Piece::new(Role::Text, text)];
        let count = |known: Option<u32>| known.map_or_else(unknown, |it| plain(text::short_count(u64::from(it))));
        let by = match what {
            What::Bar => return self.bar(width, layout.scale, world.settings.ascii),
            What::By(by) => by,
        };
        match by {
            By::Time if self.start == 0 => unknown(),
            By::Time if layout.dated != Dated::No => {
                vec![Piece::new(Role::Time, self.began(width, layout.dated, world))]
            }
            By::Time => vec![Piece::new(Role::Time, text::time_of_day(self.start, &world.settings, width >= 12))],
            By::Duration => self.duration.map_or_else(unknown, |duration| plain(text::duration(duration))),
            By::Spans => count(self.spans),
            By::Errors => match self.errors {
                Some(0) => vec![Piece::new(Role::Faint, "·")],
                Some(errors) => vec![Piece::new(Role::Error, text::short_count(u64::from(errors)))],
                None => unknown(),
            },
            By::Services => count(self.services),
            By::Origin => {
                vec![Piece::new(if self.is_held { Role::Accent } else { Role::Muted }, self.origin(width))]
            }
            By::Service => {
                let name = table::name(&self.service).into_owned();
                vec![Piece { text: name, look: Look::Service(Arc::clone(&self.service)) }]
            }
            By::Operation => self.names(width),
        }
    }

    /// When it began, with the date; where there is no room for both, of another year without the time of the day.
    fn began(&self, width: usize, dated: Dated, world: &World) -> String {
        let settings = &world.settings;
        if width >= WITH_YEAR || dated != Dated::Year {
            return text::dated(self.start, settings, dated);
        }
        match Dated::of(self.start, world.now, settings) {
            Dated::Year => text::dated(self.start, settings, Dated::Year).chars().take(DATE).collect(),
            Dated::Day | Dated::No => text::dated(self.start, settings, Dated::Day),
        }
    }

    /// The operation, and behind it that more is to come where there is room for it.
    fn names(&self, width: usize) -> Vec<Piece> {
        let name = table::name(&self.operation);
        let suffix = if !self.is_complete && name.width() + INCOMPLETE.len() <= width { INCOMPLETE } else { "" };
        vec![Piece::new(Role::Text, name), Piece::new(Role::Muted, suffix)]
    }

    fn bar(&self, width: usize, scale: Scale, is_ascii: bool) -> Vec<Piece> {
        let share = scale.share(self.duration.unwrap_or(0));
        let role = if self.is_failed() { Role::Error } else { Role::Bar };
        vec![Piece::new(role, table::bar(share, width, is_ascii))]
    }

    /// What stands in front of the row.
    pub(super) fn mark(&self, is_marked: bool) -> Piece {
        match (is_marked, self.is_complete) {
            (true, _) => Piece::new(Role::Marked, "◆"),
            (false, false) => Piece::new(Role::Muted, "…"),
            (false, true) => Piece::new(Role::Text, " "),
        }
    }

    /// The kinds of the sources that have it, the first words of their labels, in `width` cells.
    fn origin(&self, width: usize) -> String {
        let kinds = kinds(&self.origins);
        let all = safe(&kinds.join("+")).into_owned();
        match kinds.as_slice() {
            [first, others @ ..] if all.width() > width && !others.is_empty() => {
                let count = format!("+{}", others.len());
                format!("{}{count}", text::truncate(&safe(first), width.saturating_sub(count.len())))
            }
            _ => all,
        }
    }
}

fn unknown() -> Vec<Piece> {
    vec![Piece::new(Role::Faint, "?")]
}
