//! One span with all it says: below the waterfall in short, and by itself in full.

mod full;
mod links;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::links::{IN_FULL, IN_SHORT, more};
pub(super) use self::links::{Link, Links};
use super::table;
use super::waterfall::Waterfall;
use crate::model::Span;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::fields::{Field, FieldList, attributes};
use crate::tui::frame::Frame;
use crate::tui::pane::Paint;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// What the rows of links have as their type.
const LINK: &str = "link";

/// Spans of an operation from which on it is said how slow one of them is.
const LEAST_RANKED: u64 = 10;

/// One span's fields.
#[derive(Clone, Debug, Default)]
pub(super) struct SpanView {
    title: Vec<Piece>,
    right: String,
    pub(super) fields: FieldList,
    links: Links,
    /// The generation of the table of traces at which the links were looked up.
    links_of: u64,
}

impl SpanView {
    /// The selected span of `waterfall` in full.
    pub(super) fn new(span: &Arc<Span>, waterfall: &Waterfall, world: &World) -> Self {
        let links_of = world.traces.generation();
        let links = Links::of(span, world, IN_FULL);
        let fields = FieldList::new(full::fields(span, &links, waterfall, world));
        Self { title: title(span), right: rank(span, world), fields, links, links_of }
    }

    /// Shows another span, folded alike.
    pub(super) fn show(&mut self, span: &Arc<Span>, waterfall: &Waterfall, world: &World) {
        self.links_of = world.traces.generation();
        self.links = Links::of(span, world, IN_FULL);
        self.title = title(span);
        self.right = rank(span, world);
        self.fields.replace(full::fields(span, &self.links, waterfall, world));
    }

    /// Whether there is something else to tell of the links of `span`, which is the one that is shown in full. O(1) while no
    /// span has come to any trace, else O(links told).
    pub(super) fn is_behind(&mut self, span: &Span, world: &World) -> bool {
        let generation = world.traces.generation();
        std::mem::replace(&mut self.links_of, generation) != generation && Links::of(span, world, IN_FULL) != self.links
    }

    /// The selected span of `waterfall` as a summary below it.
    pub(super) fn brief(span: &Arc<Span>, waterfall: &Waterfall, world: &World) -> Self {
        let links = Links::of(span, world, IN_SHORT);
        let mut rows = vec![Field::heading(&facts(span, &links, waterfall).join(" · "))];
        if !span.status.message.is_empty() {
            rows.push(Field { look: Look::Role(Role::Error), ..Field::new("status", &*span.status.message, "string") });
        }
        attributes(&span.attributes, 0, &mut rows);
        for event in &span.events {
            full::push_event(event, span, 0, None, &mut rows);
        }
        let left_out = links.left_out();
        rows.extend(links.to.iter().map(|link| link.row_of("links to")).chain(more(left_out.0)));
        rows.extend(links.from.iter().map(|link| link.row_of(full::LINKED_FROM)).chain(more(left_out.1)));
        Self { title: title(span), right: rank(span, world), fields: FieldList::brief(rows), ..Self::default() }
    }

    /// The link whose row is selected.
    pub(super) fn selected_link(&self) -> Option<&Link> {
        let selected = self.fields.selected().filter(|field| field.type_name == LINK)?;
        let mut rows = self.fields.iter().filter(|field| field.type_name == LINK);
        self.links.iter().nth(rows.position(|row| std::ptr::eq(row, selected))?)
    }

    /// Selects the first link of either direction, whatever is folded.
    pub(super) fn select_links(&mut self) {
        let rows = self.fields.iter().count();
        // With room for all, so that no value is scrolled through on the way.
        self.fields.project(usize::from(u16::MAX), usize::from(u16::MAX));
        self.fields.navigate(Action::SelectFirst);
        for _ in 0..rows {
            if self.selected_link().is_some() {
                return;
            }
            let is_links = self.fields.selected().is_some_and(full::is_of_links);
            // Expanding what is expanded goes to the first row of it.
            self.fields.navigate(if is_links { Action::Expand } else { Action::SelectNext });
        }
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let inner = Frame { title: &self.title, right: &self.right, bottom: &[] }.render(area, buf, paint);
        if paint.is_focused {
            self.fields.render(inner, buf, paint);
        } else {
            self.fields.render_plain(inner, buf, paint);
        }
    }
}

fn title(span: &Span) -> Vec<Piece> {
    vec![
        Piece::new(Role::Title, "Span"),
        Piece::new(Role::Faint, " ── "),
        table::titled(span.service()),
        Piece::new(Role::Text, format!(" {}", table::name(&span.name))),
    ]
}

/// A span in a few words: how long and how much of the trace, what it was and how it went, what belongs to it.
fn facts(span: &Span, links: &Links, waterfall: &Waterfall) -> Vec<String> {
    let (taken, of_trace) = (text::duration(span.duration()), text::percent(share(span, waterfall)));
    let mut facts = vec![format!("{taken} ({of_trace})"), format!("self {}", text::duration(waterfall.own_time()))];
    if span.end < span.start {
        let early = text::duration(span.start.saturating_sub(span.end));
        facts.push(format!("ends {early} before it begins"));
    }
    if span.is_error() {
        facts.push("error".to_owned());
    }
    facts.push(span.kind.name().to_owned());
    if waterfall.is_orphan() {
        facts.push("parent not here".to_owned());
    }
    let shift = waterfall.shift();
    if shift != 0 {
        facts.push(format!(
            "clock {} {}",
            text::duration(shift.saturating_abs()),
            if shift > 0 { "behind" } else { "ahead" }
        ));
    }
    let counts = [(waterfall.log_count(span.span_id), "log"), (span.events.len() as u64, "event")];
    facts.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| text::counted(count, what)));
    facts.extend(links.facts());
    facts
}

/// The part of the trace's duration that a span takes.
#[expect(clippy::cast_precision_loss, reason = "a share in percent")]
fn share(span: &Span, waterfall: &Waterfall) -> f64 {
    span.duration() as f64 / waterfall.summary().duration.max(1) as f64
}

/// How slow a span is beside all of its operation: `p99 of 412`. Nothing where there are too few to say.
fn rank(span: &Span, world: &World) -> String {
    let figures = world.traces.operation(span.service(), &span.name);
    let Some(figures) = figures.filter(|figures| figures.calls() >= LEAST_RANKED) else { return String::new() };
    let rank = (figures.rank(span.duration()) * 100.0).floor();
    format!("p{rank:.0} of {}", text::count(figures.calls()))
}
