//! What is told of a span's links: where they lead, and which spans lead here.

use super::LINK;
use crate::model::{Span, SpanId, TraceId};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::fields::Field;
use crate::tui::piece::Look;
use crate::tui::text;
use crate::tui::world::World;

/// Links of a direction that are told in the view of a span. Of those that lead here it is the earliest.
pub(super) const IN_FULL: usize = 1_000;
/// Links of a direction that are told in a summary.
pub(super) const IN_SHORT: usize = 4;
/// Cells of an operation, so that what stands behind it is seen.
const OPERATION: usize = 48;

/// The links of one span in both directions.
#[derive(Clone, PartialEq, Debug, Default)]
pub(in crate::tui::panes::traces) struct Links {
    /// The first of its own, in their order.
    pub(super) to: Vec<Link>,
    /// The first that lead here, by the beginning of the spans that have them.
    pub(super) from: Vec<Link>,
    /// How many there are of each.
    pub(super) counts: (usize, usize),
}

/// One link as it is told.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::tui::panes::traces) struct Link {
    /// The span at its other end.
    pub(in crate::tui::panes::traces) end: (TraceId, SpanId),
    /// The service that ran there, or why that is not known.
    name: Box<str>,
    /// What it did and when, as far as that is known.
    about: String,
    /// The trace: in short, or in full where it is all that is known.
    trace: String,
}

impl Links {
    /// The links of `span` as they are now, `limit` of each direction. O(limit · log links held).
    pub(in crate::tui::panes::traces) fn of(span: &Span, world: &World, limit: usize) -> Self {
        let linking = world.traces.linking(span.trace_id, span.span_id, limit);
        let ends = || span.links.iter().take(limit).map(|link| (link.trace_id, link.span_id));
        let held = world.traces.held(ends().map(|(trace, _)| trace));
        let to = ends().map(|end| match held.get(&end.0).map(|trace| trace.span(end.1)) {
            Some(Some(end_span)) => Link::to(end_span, end, span.trace_id, world),
            Some(None) => Link::nowhere("span not here", end),
            None => Link::nowhere("not in memory", end),
        });
        let from = linking.first.iter().map(|it| Link::to(it, (it.trace_id, it.span_id), span.trace_id, world));
        Self { to: to.collect(), from: from.collect(), counts: (span.links.len(), linking.count) }
    }

    /// All that are told, in the order of their rows.
    pub(in crate::tui::panes::traces) fn iter(&self) -> impl Iterator<Item = &Link> {
        self.to.iter().chain(&self.from)
    }

    /// How many are not told, of each direction.
    pub(super) fn left_out(&self) -> (usize, usize) {
        (self.counts.0 - self.to.len(), self.counts.1.saturating_sub(self.from.len()))
    }

    /// What there is to say in a few words, for a title.
    pub(super) fn facts(&self) -> impl Iterator<Item = String> {
        let (to, from) = (self.counts.0 as u64, self.counts.1 as u64);
        let to = (to > 0).then(|| text::counted(to, "link"));
        let from = (from > 0).then(|| format!("linked from {}", text::counted(from, "span")));
        to.into_iter().chain(from)
    }
}

impl Link {
    /// One between a span of the trace `here` and `span`, which the link calls `end`.
    fn to(span: &Span, end: (TraceId, SpanId), here: TraceId, world: &World) -> Self {
        let time = if span.start == 0 { String::new() } else { text::time_of_day(span.start, &world.settings, true) };
        let trace = if span.trace_id == here { "this trace".to_owned() } else { span.trace_id.short() };
        let about = joined(&text::truncate(&safe(&span.name), OPERATION), &time);
        Self { end, name: span.service().into(), about, trace }
    }

    /// One whose other end is not here.
    fn nowhere(why: &str, end: (TraceId, SpanId)) -> Self {
        Self { end, name: why.into(), about: String::new(), trace: end.0.to_string() }
    }

    /// Both ids in full.
    pub(in crate::tui::panes::traces) fn ids(&self) -> String {
        format!("{} {}", self.end.0, self.end.1)
    }

    /// Its row below the heading of its direction.
    pub(super) fn row(&self) -> Field {
        let ids = format!("{} {}", self.trace, self.end.1.short());
        row(&self.name, joined(&self.about, &ids)).at_depth(1)
    }

    /// Its row by itself, without the span's id.
    pub(super) fn row_of(&self, direction: &str) -> Field {
        let name = text::truncate(&safe(&self.name), OPERATION);
        let what = if self.about.is_empty() { name } else { format!("{name} {}", self.about) };
        row(direction, joined(&what, &self.trace))
    }
}

/// What there is of two texts, with a point between.
fn joined(first: &str, second: &str) -> String {
    let point = if first.is_empty() || second.is_empty() { "" } else { " · " };
    format!("{first}{point}{second}")
}

fn row(label: &str, value: String) -> Field {
    Field { look: Look::Role(Role::Link), ..Field::told(label, value, LINK) }
}

/// The row that says how many links are not told; none where all are.
pub(super) fn more(count: usize) -> Option<Field> {
    let text = format!("and {} more", text::count(count as u64));
    (count > 0).then(|| Field { look: Look::Role(Role::Muted), ..Field::told("", text, "") })
}
