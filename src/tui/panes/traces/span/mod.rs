//! One span with all it says: below the waterfall in short, and by itself in full.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::waterfall::Waterfall;
use crate::model::{Span, SpanEvent, SpanLink};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::fields::{Field, FieldList, attributes, rfc3339};
use crate::tui::frame::Frame;
use crate::tui::pane::Paint;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;

/// One span's fields.
#[derive(Clone, Debug)]
pub(super) struct SpanView {
    title: Vec<Piece>,
    right: String,
    pub(super) fields: FieldList,
}

impl SpanView {
    /// The span in full.
    pub(super) fn new(span: &Arc<Span>) -> Self {
        Self { title: title(span), right: text::duration(span.duration()), fields: FieldList::new(fields(span)) }
    }

    /// The span as a summary below its waterfall.
    pub(super) fn brief(span: &Arc<Span>, waterfall: &Waterfall) -> Self {
        let mut facts = vec![
            text::duration(span.duration()),
            format!("self {}", text::duration(waterfall.self_time(span))),
            span.kind.name().to_owned(),
        ];
        if span.is_error() {
            facts.insert(2, "error".to_owned());
        }
        for (count, what) in [(waterfall.log_count(span.span_id), "log"), (span.events.len() as u64, "event")] {
            match count {
                0 => {}
                1 => facts.push(format!("1 {what}")),
                _ => facts.push(format!("{count} {what}s")),
            }
        }
        let mut rows = vec![Field::heading(&facts.join(" · "))];
        if !span.status.message.is_empty() {
            rows.push(Field { look: Look::Role(Role::Error), ..Field::new("status", &*span.status.message, "string") });
        }
        attributes(&span.attributes, 0, &mut rows);
        for event in &span.events {
            push_event(event, span, 0, &mut rows);
        }
        Self { title: title(span), right: String::new(), fields: FieldList::brief(rows) }
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
        Piece { text: safe(span.service()).into_owned(), look: Look::Service(Arc::from(span.service())) },
        Piece::new(Role::Text, format!(" {}", safe(&span.name))),
    ]
}

fn fields(span: &Span) -> Vec<Field> {
    let link = |key: &str, id: String| Field { look: Look::Role(Role::Link), ..Field::new(key, id, "id") };
    let mut out = vec![
        link("trace", span.trace_id.to_string()),
        link("span", span.span_id.to_string()),
        Field::new("service", span.service(), "string"),
        Field::new("op", &*span.name, "string"),
        Field::new("kind", span.kind.name(), "kind"),
        Field::new("status", span.status.code.name(), "status"),
        Field::new("time", rfc3339(span.start), "time"),
        Field::new("duration", text::duration(span.duration()), "time"),
    ];
    if let Some(parent) = span.parent_id {
        out.insert(2, link("parent", parent.to_string()));
    }
    if !span.status.message.is_empty() {
        let message = Field::told("status message", &*span.status.message, "string");
        out.push(Field { look: Look::Role(Role::Error), ..message });
    }
    section("attributes", &span.attributes, &mut out);
    if !span.events.is_empty() {
        out.push(Field::heading("events"));
        span.events.iter().for_each(|event| push_event(event, span, 1, &mut out));
    }
    if !span.links.is_empty() {
        out.push(Field::heading("links"));
        span.links.iter().for_each(|link| push_link(link, &mut out));
    }
    section("resource", &span.resource.attributes, &mut out);
    if !span.scope.name.is_empty() {
        out.push(Field::heading("scope"));
        out.push(Field::told("name", &*span.scope.name, "string").at_depth(1));
    }
    out
}

fn section(name: &str, map: &crate::model::Attributes, out: &mut Vec<Field>) {
    if !map.is_empty() {
        out.push(Field::heading(name));
        attributes(map, 1, out);
    }
}

/// An event with what belongs to it: below a heading, or beside the span's own attributes at depth 0.
fn push_event(event: &SpanEvent, span: &Span, depth: usize, out: &mut Vec<Field>) {
    let after = text::duration(event.time.saturating_sub(span.start));
    out.push(Field::told(&event.name, format!("after {after}"), "event").at_depth(depth));
    attributes(&event.attributes, depth + 1, out);
}

fn push_link(link: &SpanLink, out: &mut Vec<Field>) {
    let head = Field::told("trace, span", format!("{} {}", link.trace_id, link.span_id), "link").at_depth(1);
    out.push(Field { look: Look::Role(Role::Link), ..head });
    attributes(&link.attributes, 2, out);
}
