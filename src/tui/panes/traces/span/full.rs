//! The rows of a span in full: what it is, then its attributes, events, links, and who ran it.

use super::facts;
use super::links::{Link, Links, more};
use crate::model::{Attributes, Span, SpanEvent};
use crate::theme::Role;
use crate::tui::fields::{Field, attributes, rfc3339};
use crate::tui::panes::traces::waterfall::Waterfall;
use crate::tui::piece::Look;
use crate::tui::text;
use crate::tui::world::World;

/// What the links stand below.
pub(super) const LINKS: &str = "links";
/// What those stand below that lead here.
pub(super) const LINKED_FROM: &str = "linked from";

/// All rows of a span, which is the selected one of `waterfall` and has these links.
pub(super) fn fields(span: &Span, links: &Links, waterfall: &Waterfall, world: &World) -> Vec<Field> {
    let mut out = vec![Field::heading(&facts(span, links, waterfall).join(" · "))];
    out.extend(identity(span, waterfall));
    section("attributes", &span.attributes, &mut out);
    if !span.events.is_empty() {
        out.push(Field::heading("events"));
        span.events.iter().for_each(|event| push_event(event, span, 1, Some(world), &mut out));
    }
    push_links(span, links, &mut out);
    section("resource", &span.resource.attributes, &mut out);
    if !span.scope.name.is_empty() {
        out.push(Field::heading("scope"));
        out.push(Field::told("name", &*span.scope.name, "string").at_depth(1));
        if !span.scope.version.is_empty() {
            out.push(Field::told("version", &*span.scope.version, "string").at_depth(1));
        }
        attributes(&span.scope.attributes, 1, &mut out);
    }
    out
}

/// Whether links stand below this row.
pub(super) fn is_of_links(field: &Field) -> bool {
    field.depth == 0 && field.value.is_empty() && (field.label == LINKS || field.label == LINKED_FROM)
}

/// What tells the span from all others.
fn identity(span: &Span, waterfall: &Waterfall) -> Vec<Field> {
    let id = |key: &str, id: String| Field { look: Look::Role(Role::Link), ..Field::new(key, id, "id") };
    let mut out = vec![id("trace", span.trace_id.to_string()), id("span", span.span_id.to_string())];
    if let Some(parent) = span.parent_id {
        let told = if waterfall.is_orphan() { format!("{parent} (not here)") } else { parent.to_string() };
        out.push(id("parent", told));
    }
    let role = if span.is_error() { Role::Error } else { Role::FieldValue };
    out.extend([
        Field::new("service", span.service(), "string"),
        Field::new("op", &*span.name, "string"),
        Field::new("kind", span.kind.name(), "kind"),
        Field { look: Look::Role(role), ..Field::new("status", span.status.code.name(), "status") },
    ]);
    if !span.status.message.is_empty() {
        let message = Field::told("status message", &*span.status.message, "string");
        out.push(Field { look: Look::Role(Role::Error), ..message });
    }
    out.extend([
        Field::new("time", rfc3339(span.start), "time"),
        Field::new("duration", text::duration(span.duration()), "time"),
    ]);
    if !span.trace_state.is_empty() {
        out.push(Field::told("trace state", &*span.trace_state, "string"));
    }
    out
}

fn section(name: &str, map: &Attributes, out: &mut Vec<Field>) {
    if !map.is_empty() {
        out.push(Field::heading(name));
        attributes(map, 1, out);
    }
}

/// The links of a span with what belongs to each, then those that lead to it.
fn push_links(span: &Span, links: &Links, out: &mut Vec<Field>) {
    let left_out = links.left_out();
    if !links.to.is_empty() {
        out.push(Field::heading(LINKS));
        for (told, link) in links.to.iter().zip(&span.links) {
            out.push(told.row());
            if !link.trace_state.is_empty() {
                out.push(Field::told("trace state", &*link.trace_state, "string").at_depth(2));
            }
            attributes(&link.attributes, 2, out);
        }
        out.extend(more(left_out.0).map(|row| row.at_depth(1)));
    }
    if !links.from.is_empty() {
        out.push(Field::heading(LINKED_FROM));
        out.extend(links.from.iter().map(Link::row));
        out.extend(more(left_out.1).map(|row| row.at_depth(1)));
    }
}

/// An event with what belongs to it: below a heading, or beside the span's own attributes at depth 0. With `world` the time
/// of the day is told too.
pub(super) fn push_event(event: &SpanEvent, span: &Span, depth: usize, world: Option<&World>, out: &mut Vec<Field>) {
    let before = if event.time < span.start { "before by" } else { "after" };
    let mut when = format!("{before} {}", text::duration(event.time.saturating_sub(span.start).saturating_abs()));
    if let Some(world) = world {
        when = format!("{when} · {}", text::time_of_day(event.time, &world.settings, true));
    }
    let role = if &*event.name == "exception" { Role::Error } else { Role::FieldValue };
    out.push(Field { look: Look::Role(role), ..Field::told(&event.name, when, "event").at_depth(depth) });
    attributes(&event.attributes, depth + 1, out);
}
