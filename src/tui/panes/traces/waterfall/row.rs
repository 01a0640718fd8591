//! The rows in sight: copied from the trace while a frame is projected, so that drawing needs no more than them.

use std::ops::Range;
use std::sync::Arc;

use super::Waterfall;
use super::lines::{Rest, Shown};
use crate::analysis::error_propagation::ErrorRole;
use crate::analysis::study::Study;
use crate::model::{Span, SpanId, SpanKind};
use crate::tui::pane::Paint;
use crate::tui::panes::traces::table::name;
use crate::tui::text;
use crate::tui::widget::waterfall::{Fold, Mark, REST, SpanRow, Tick, division};
use crate::tui::world::World;

/// Events of one span that are drawn.
const MAX_TICKS: usize = 200;
/// Levels of lines that are drawn, at least and at most.
const LEVELS: Range<usize> = 3..12;
/// Below this width a level of the tree takes one column, else two.
const WIDE: usize = 80;

/// How the lines of the tree are drawn.
#[derive(Clone, Copy)]
struct Indent {
    /// The outermost level that has a line: no row in sight is above it.
    least: u32,
    /// How many levels have lines at most: the innermost ones.
    most: usize,
    is_wide: bool,
}

/// One row in sight, safe to draw.
#[derive(Clone, Debug)]
pub(super) struct Row {
    prefix: String,
    service: String,
    operation: String,
    /// The service's own name, which its colour belongs to.
    name: Arc<str>,
    kind: Option<SpanKind>,
    start_ns: i64,
    duration_ns: i64,
    own_ns: Option<i64>,
    /// The span, by its place in the study.
    span: Option<usize>,
    mark: Mark,
    is_found: bool,
    is_orphan: bool,
    is_skewed: bool,
    logs: u64,
    links: usize,
    linked_from: usize,
    ticks: Vec<Tick>,
    folded: Option<Fold>,
}

impl Waterfall {
    /// The rows of `height` lines. O(rows in sight · depth in sight).
    pub(super) fn rows_in_sight(&self, height: usize) -> Vec<Row> {
        let places = self.list.offset()..(self.list.offset() + height).min(self.lines.len());
        let depth = |place: usize| match self.lines.at(place)? {
            Shown::Row(row) => self.study.row(row).map(|row| row.depth),
            Shown::Rest(rest) => rest.parent.and_then(|row| self.study.row(row)).map(|row| row.depth + 1),
        };
        let least = places.clone().filter_map(depth).min().unwrap_or(0);
        let is_wide = usize::from(self.width) >= WIDE;
        // Half of the column of operations.
        let half = usize::from(division(self.width, self.wanted()).0 / 2);
        // One cell says that levels are left out.
        let most = (half.saturating_sub(1) / if is_wide { 2 } else { 1 }).clamp(LEVELS.start, LEVELS.end);
        let indent = Indent { least, most, is_wide };
        places
            .filter_map(|place| {
                let prefix = self.prefix(place, indent);
                Some(match self.lines.at(place)? {
                    Shown::Row(row) => self.span_row(row, prefix)?,
                    Shown::Rest(rest) => self.rest_row(rest, prefix),
                })
            })
            .collect()
    }

    /// Counts the spans that link to those in sight. O(rows in sight · log links held), and O(log) where none links here.
    pub(super) fn count_links_here(&mut self, world: &World) {
        self.is_linked_to = world.traces.is_linked(self.id());
        if !self.is_linked_to {
            return;
        }
        let id = |row: &Row| row.span.and_then(|span| self.study.spans().get(span)).map(|span| span.span_id);
        let spans: Vec<Option<SpanId>> = self.rows.iter().map(id).collect();
        let mut counts = world.traces.link_counts(self.id(), spans.iter().flatten().copied()).into_iter();
        for (row, _) in self.rows.iter_mut().zip(spans).filter(|(_, span)| span.is_some()) {
            row.linked_from = counts.next().unwrap_or(0);
        }
    }

    /// The lines in front of a name; `…` where levels are left out.
    fn prefix(&self, place: usize, indent: Indent) -> String {
        let mut levels = Vec::new();
        let parent = match self.lines.at(place) {
            Some(Shown::Row(row)) => self.study.row(row).and_then(|row| row.parent),
            Some(Shown::Rest(rest)) => rest.parent,
            None => None,
        };
        let (mut parent, mut at) = (parent, Some(place));
        while let Some(above) = parent {
            let depth = self.study.row(above).map_or(0, |row| row.depth);
            if depth + 1 < indent.least || levels.len() >= indent.most {
                levels.push("…");
                break;
            }
            let is_last = at.is_none_or(|at| self.lines.is_last(at));
            levels.push(match (at == Some(place), is_last, indent.is_wide) {
                (true, true, _) => "└ ",
                (true, false, _) => "├ ",
                (false, true, true) => "  ",
                (false, true, false) => " ",
                (false, false, true) => "│ ",
                (false, false, false) => "│",
            });
            at = self.lines.place_of(above);
            parent = self.study.row(above).and_then(|row| row.parent);
        }
        levels.iter().rev().copied().collect()
    }

    fn span_row(&self, at: usize, prefix: String) -> Option<Row> {
        let study = &self.study;
        let (row, span) = (study.row(at)?, study.span(at)?);
        let folded = self.folds.is_collapsed(study, at).then(|| Fold {
            spans: (row.end - at).saturating_sub(1) as u64,
            errors: study.rows.failed_within(at + 1, row.end),
        });
        Some(Row {
            prefix,
            service: name(span.service()).into_owned(),
            operation: name(&span.name).into_owned(),
            name: Arc::from(span.service()),
            kind: Some(span.kind),
            start_ns: span.start.saturating_sub(study.summary.start),
            duration_ns: span.duration(),
            own_ns: Some(study.own_time(row.span)),
            span: Some(row.span),
            mark: mark(study.role(row.span)),
            is_found: self.search.is_match(at),
            is_orphan: row.is_orphan,
            is_skewed: study.is_first_skewed(at),
            logs: self.log_count(span.span_id),
            links: span.links.len(),
            // Counted for all rows in sight at once.
            linked_from: 0,
            ticks: ticks(span, study),
            folded,
        })
    }

    fn rest_row(&self, rest: &Rest, prefix: String) -> Row {
        let short = text::duration(self.folds.short().unwrap_or(0));
        Row {
            prefix,
            service: String::new(),
            // Where there is ASCII alone, every finished frame is reduced to it.
            operation: format!("{} {} under {short}", REST.shape(false), text::count(rest.spans)),
            name: Arc::default(),
            kind: None,
            start_ns: rest.from.saturating_sub(self.study.summary.start),
            duration_ns: rest.to.saturating_sub(rest.from),
            own_ns: None,
            span: None,
            mark: Mark::None,
            is_found: false,
            is_orphan: false,
            is_skewed: false,
            logs: 0,
            links: 0,
            linked_from: 0,
            ticks: Vec::new(),
            folded: Some(Fold { spans: rest.spans, errors: rest.errors }),
        }
    }
}

/// How it is shown what a span has to do with an error.
fn mark(role: ErrorRole) -> Mark {
    match role {
        ErrorRole::None => Mark::None,
        ErrorRole::Origin => Mark::Failed,
        ErrorRole::Anew => Mark::FailedAnew,
        ErrorRole::Propagated => Mark::Passed,
        ErrorRole::Recovered => Mark::Absorbed,
    }
}

fn ticks(span: &Span, study: &Study) -> Vec<Tick> {
    let events = span.events.iter().take(MAX_TICKS);
    let tick = |event: &crate::model::SpanEvent| Tick {
        at_ns: event.time.saturating_sub(study.summary.start),
        is_error: &*event.name == "exception",
    };
    events.map(tick).collect()
}

impl Row {
    pub(super) fn as_widget<'a>(&'a self, study: &'a Study, paint: &Paint<'_>) -> SpanRow<'a> {
        SpanRow {
            prefix: &self.prefix,
            service: &self.service,
            kind: self.kind,
            operation: &self.operation,
            start_ns: self.start_ns,
            duration_ns: self.duration_ns,
            own_ns: self.own_ns,
            path: self.span.map(|span| study.parts_of(span)).unwrap_or_default(),
            mark: self.mark,
            is_found: self.is_found,
            is_orphan: self.is_orphan,
            is_skewed: self.is_skewed,
            logs: self.logs,
            links: self.links,
            linked_from: self.linked_from,
            ticks: &self.ticks,
            folded: self.folded,
            style: paint.theme.service(&self.name),
        }
    }
}
