//! The rows of a span in full: what it is, then its attributes, events, links, and who ran it.

use super::{LINK, facts};
use crate::model::{Attributes, Span, SpanEvent, SpanLink};
use crate::theme::Role;
use crate::tui::fields::{Field, attributes, rfc3339};
use crate::tui::panes::traces::waterfall::Waterfall;
use crate::tui::piece::Look;
use crate::tui::text;
use crate::tui::world::World;

/// What the links stand below.
pub(super) const LINKS: &str = "links";

/// All rows of a span, which is the selected one of `waterfall`.
pub(super) fn fields(span: &Span, waterfall: &Waterfall, world: &World) -> Vec<Field> {
    let mut out = vec![Field::heading(&facts(span, waterfall).join(" · "))];
    out.extend(identity(span, waterfall));
    section("attributes", &span.attributes, &mut out);
    if !span.events.is_empty() {
        out.push(Field::heading("events"));
        span.events.iter().for_each(|event| push_event(event, span, 1, Some(world), &mut out));
    }
    if !span.links.is_empty() {
        out.push(Field::heading(LINKS));
        for it in &span.links {
            out.push(link(it, 1));
            if !it.trace_state.is_empty() {
                out.push(Field::told("trace state", &*it.trace_state, "string").at_depth(2));
            }
            attributes(&it.attributes, 2, &mut out);
        }
    }
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

/// The row of a link.
pub(super) fn link(link: &SpanLink, depth: usize) -> Field {
    let row = Field::told("trace, span", target(link), LINK).at_depth(depth);
    Field { look: Look::Role(Role::Link), ..row }
}

/// What a link's row says.
pub(super) fn target(link: &SpanLink) -> String {
    format!("{} {}", link.trace_id, link.span_id)
}
