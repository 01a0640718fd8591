//! The record view: one line taken apart, every field with its type, and the line as it came.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::LogsPane;
use crate::model::{FormatId, SpanId, TraceId, Value};
use crate::parse;
use crate::query::field_text;
use crate::store::Line;
use crate::theme::Role;
use crate::theme::safe::{safe, safe_bytes};
use crate::tui::action::Action;
use crate::tui::fields::{Field, FieldList, attributes, rfc3339};
use crate::tui::frame::Frame;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// One line taken apart.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The number of the line among all that were held when it was opened, from one.
    number: u64,
    fields: FieldList,
    title: Vec<Piece>,
    trace: Option<(TraceId, Option<SpanId>)>,
}

impl Record {
    pub(super) fn open(line: &Line<'_>, world: &World) -> Self {
        Self {
            number: line.id().saturating_sub(world.snapshot.first()) + 1,
            fields: FieldList::new(fields_of(line, world)),
            title: title_of(line, world),
            trace: line.trace_id().map(|trace| (trace, line.span_id())),
        }
    }

    pub(super) fn project(&mut self, size: Size) {
        self.fields.project(usize::from(size.width.saturating_sub(3)), usize::from(size.height.saturating_sub(2)));
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let hint = match self.trace {
            Some((trace, _)) => vec![Piece::new(Role::Link, format!("trace {}", trace.short()))],
            None => vec![Piece::new(Role::Muted, "no trace")],
        };
        let frame = Frame { title: &self.title, right: &format!("line {}", text::count(self.number)), bottom: &hint };
        let inner = frame.render(area, buf, paint);
        self.fields.render(inner, buf, paint);
    }

    /// The selected field as a condition of the filter language.
    fn condition(&self) -> Option<String> {
        let field = self.fields.selected().filter(|field| !field.key.is_empty())?;
        Some(field_text(&field.key, &field.value))
    }
}

impl LogsPane {
    /// Carries out an action while the record view is open.
    pub(super) fn update_record(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let Some(record) = &mut self.record else { return Reply::Ignored };
        if record.fields.navigate(action) {
            return Reply::Done;
        }
        let condition = record.condition();
        match (action, record.trace) {
            (Action::DrillDown | Action::OpenTrace, Some((trace, span))) => {
                Reply::Ask(Request::OpenTrace { trace, span })
            }
            (Action::DrillDown | Action::OpenTrace, None) => super::tell("this line has no trace id"),
            (Action::Copy, _) => {
                record.fields.selected().map_or(Reply::Done, |field| Reply::Ask(Request::Copy(field.value.clone())))
            }
            (Action::FilterByField | Action::ExcludeField, _) => match condition {
                Some(condition) => {
                    let sign = if action == Action::ExcludeField { "-" } else { "" };
                    self.record = None;
                    self.is_around = false;
                    self.narrow(&format!("{sign}{condition}"), cx);
                    Reply::Deeper
                }
                None => super::tell("this row is no field that can be filtered by"),
            },
            (Action::ServiceLogs, _) => {
                let name = record.fields.iter().find(|field| field.key == "service").map(|field| field.value.clone());
                match name {
                    Some(name) => Reply::Ask(Request::ShowLogs { filter: field_text("service", &name) }),
                    None => super::tell("this line names no service"),
                }
            }
            _ => Reply::Ignored,
        }
    }
}

fn title_of(line: &Line<'_>, world: &World) -> Vec<Piece> {
    let service = super::line::service_name(line, world);
    vec![
        Piece::new(Role::Title, "Record"),
        Piece::new(Role::Faint, " ── "),
        Piece { text: safe(service).into_owned(), look: Look::Service(Arc::from(service)) },
        Piece::new(Role::Faint, " ── "),
        Piece::new(Role::Text, text::time_of_day(line.time(), &world.settings, true)),
    ]
}

fn fields_of(line: &Line<'_>, world: &World) -> Vec<Field> {
    if let Some(loss) = line.loss() {
        return vec![Field::new("", super::line::loss_text(&loss, &world.settings), "")];
    }
    let mut out = vec![Field::new("time", rfc3339(line.time()), "time")];
    let level = line.severity();
    if level.number() > 0 {
        let level_field = Field::new("level", level.level().name(), "level");
        out.push(Field { look: Look::Level(level.level()), ..level_field });
    }
    let service = world.snapshot.services.get(line.service());
    if !service.is_empty() {
        let field = Field::new("service", service, "string");
        out.push(Field { look: Look::Service(Arc::from(service)), ..field });
    }
    out.push(Field::new("source", world.snapshot.sources.get(line.source()), "string"));
    for (key, id) in
        [("trace", line.trace_id().map(|id| id.to_string())), ("span", line.span_id().map(|id| id.to_string()))]
    {
        out.extend(id.map(|id| Field { look: Look::Role(Role::Link), ..Field::new(key, id, "id") }));
    }
    if let Some(text) = super::line::gone_text(line, world) {
        out.push(Field { look: Look::Role(Role::Loss), ..Field::new("", text, "") });
    } else if line.format() == FormatId::RECORD {
        record_fields(line, world, &mut out);
    } else {
        text_fields(line, world, &mut out);
    }
    out
}

/// The fields of a record that came with its fields apart.
fn record_fields(line: &Line<'_>, world: &World, out: &mut Vec<Field>) {
    let mut parts = line.parts().unwrap_or_default();
    let source = world.snapshot.sources.get(line.source());
    world.settings.rules.add_to(&mut parts.attributes, source, &line.text());
    match &parts.body {
        Some(Value::Map(map)) => {
            out.push(Field::heading("body"));
            attributes(map, "", 1, out);
        }
        _ => out.push(Field::new("msg", String::from_utf8_lossy(&line.text()), "string")),
    }
    if !parts.event_name.is_empty() {
        out.push(Field::new("event_name", &*parts.event_name, "string"));
    }
    if parts.observed_time != 0 {
        out.push(Field::new("observed_time", rfc3339(parts.observed_time), "time"));
    }
    if !parts.attributes.is_empty() {
        out.push(Field::heading("attributes"));
        attributes(&parts.attributes, "", 1, out);
    }
    if let Some((resource, scope)) = line.context() {
        out.push(Field::heading("resource"));
        attributes(&resource.attributes, "", 1, out);
        if !scope.name.is_empty() {
            out.push(Field::heading("scope"));
            out.push(Field { label: "  name".into(), ..Field::new("scope.name", &*scope.name, "string") });
        }
    }
}

/// The fields of a line of text, and the line as it came.
fn text_fields(line: &Line<'_>, world: &World, out: &mut Vec<Field>) {
    let text = line.text();
    let source = world.snapshot.sources.get(line.source());
    let reading = world.settings.rules.read(line.format(), source, &text);
    out.push(Field::new("format", parse::format_name(line.format()), "format"));
    out.push(Field::new("msg", &*reading.message, "string"));
    if !reading.fields.is_empty() {
        out.push(Field::heading("fields"));
        attributes(&reading.fields, "", 1, out);
    }
    out.push(Field::heading("line as it came"));
    let raw = Field::new("", safe_bytes(&text), "");
    out.push(Field { look: Look::Role(Role::Muted), ..raw });
}
