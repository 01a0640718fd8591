//! The record view: one line taken apart, every field with its type, and the line as it came.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::LogsPane;
use crate::config::ColumnKind;
use crate::model::{Attributes, FormatId, Nanos, SpanId, TraceId, Value};
use crate::parse;
use crate::query::{self, ExprKind, Key, Plan, correlation_of, field_text};
use crate::store::Line;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::fields::{Asked, Field, FieldList, attributes, rfc3339};
use crate::tui::frame::Frame;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// Characters of a value that a filter asks for at most.
const MAX_ASKED: usize = 1_000;

/// One line taken apart.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The number of the line among all that were held when it was opened, from one.
    number: u64,
    fields: FieldList,
    title: Vec<Piece>,
    bottom: Vec<Piece>,
    trace: Option<(TraceId, Option<SpanId>)>,
    time: Nanos,
}

impl Record {
    pub(super) fn open(line: &Line<'_>, world: &World) -> Self {
        Self {
            number: line.id().saturating_sub(world.snapshot.first()) + 1,
            fields: FieldList::new(fields_of(line, world)),
            time: line.time(),
            title: title_of(line, world),
            bottom: Vec::new(),
            trace: line.trace_id().map(|trace| (trace, line.span_id())),
        }
    }

    /// Shows another line in the same way: what was folded stays so, and the same field is selected.
    fn turn_to(&mut self, line: &Line<'_>, world: &World) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.replace(fields_of(line, world));
        *self = Self { fields, ..Self::open(line, world) };
    }

    pub(super) fn project(&mut self, size: Size, world: &World) {
        self.fields.project(usize::from(size.width.saturating_sub(3)), usize::from(size.height.saturating_sub(2)));
        self.bottom = self.hints(usize::from(size.width), world);
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let right = format!("line {}", text::count(self.number));
        let inner = Frame { title: &self.title, right: &right, bottom: &self.bottom }.render(area, buf, paint);
        self.fields.render(inner, buf, paint);
    }

    /// What can be done with the selected field, as far as there is room, and the trace.
    fn hints(&self, width: usize, world: &World) -> Vec<Piece> {
        let field = self.fields.selected();
        let has = |test: fn(&Field) -> bool| field.is_some_and(test);
        let can_filter = has(|field| !field.key.is_empty() && !matches!(field.asked, Asked::Never(_)));
        let shown = field.and_then(column_of).is_some_and(|kind| world.settings.columns.has(&kind));
        let hints = [
            (can_filter, Action::FilterByField, "filter"),
            (can_filter, Action::ExcludeField, "exclude"),
            (has(|field| field.column.is_some()), Action::ToggleColumn, if shown { "no column" } else { "column" }),
            (has(|field| !field.value.is_empty()), Action::Copy, "copy"),
            (self.fields.is_on_branch(), Action::ToggleCollapse, "fold"),
            (true, Action::NextRecord, "next"),
        ];
        let trace = match self.trace {
            Some((trace, _)) => Piece::new(Role::Link, format!("trace {}", trace.short())),
            None => Piece::new(Role::Muted, "no trace"),
        };
        let mut out: Vec<Piece> = Vec::new();
        let room = width.saturating_sub(crate::tui::piece::width(std::slice::from_ref(&trace)) + 6);
        for (_, action, what) in hints.into_iter().filter(|(is_possible, ..)| *is_possible) {
            let hint = [
                Piece::new(Role::StatusKey, world.key(Context::Record, action)),
                Piece::new(Role::Muted, format!(" {what}  ")),
            ];
            if crate::tui::piece::width(&out) + crate::tui::piece::width(&hint) > room {
                break;
            }
            out.extend(hint);
        }
        out.push(trace);
        out
    }
}

impl LogsPane {
    /// Carries out an action while the record view is open.
    pub(super) fn update_record(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let Some(record) = &mut self.record else { return Reply::Ignored };
        if record.fields.navigate(action) {
            return Reply::Done;
        }
        let selected = record.fields.selected();
        match (action, record.trace) {
            (Action::DrillDown | Action::OpenTrace, Some((trace, span))) => {
                Reply::Ask(Request::OpenTrace { trace, span, near: Some(record.time) })
            }
            (Action::OpenLink, Some((trace, _))) => Reply::Ask(Request::OpenLink(trace)),
            (Action::DrillDown | Action::OpenTrace | Action::OpenLink, None) => {
                Reply::tell("this line has no trace id")
            }
            (Action::Copy, _) => selected.map_or(Reply::Done, |field| Reply::Ask(Request::Copy(field.value.clone()))),
            (Action::ToggleColumn, _) => match selected.and_then(column_of) {
                Some(kind) => Reply::Ask(Request::ToggleColumn(kind)),
                None => Reply::tell("this row can be no column"),
            },
            (Action::NextRecord, _) => self.turn_record(true, cx.world),
            (Action::PreviousRecord, _) => self.turn_record(false, cx.world),
            (Action::FilterByField | Action::ExcludeField, _) => match selected.map(|field| condition(field, cx.world))
            {
                Some(Ok(condition)) => {
                    let sign = if action == Action::ExcludeField { "-" } else { "" };
                    self.record = None;
                    self.is_around = false;
                    self.narrow(&format!("{sign}{condition}"), cx);
                    Reply::Deeper
                }
                Some(Err(why)) => Reply::tell(&why),
                None => Reply::Done,
            },
            (Action::ServiceLogs, _) => {
                let name = record.fields.iter().find(|field| field.key == "service").map(|field| field.value.clone());
                match name {
                    Some(name) => Reply::Ask(Request::ShowLogs { filter: field_text("service", &name) }),
                    None => Reply::tell("this line names no service"),
                }
            }
            _ => Reply::Ignored,
        }
    }

    /// Shows the record of the row after or before this one.
    fn turn_record(&mut self, forward: bool, world: &World) -> Reply {
        let mut record = self.record.take();
        let rows = self.rows(world);
        let next = self.cursor.and_then(|id| if forward { rows.next(id) } else { rows.previous(id) });
        let line = next.and_then(|id| rows.line(id));
        if let (Some(record), Some(line)) = (&mut record, &line) {
            record.turn_to(line, world);
        }
        let id = line.map(|line| line.id());
        self.record = record;
        let Some(id) = id else { return Reply::tell(if forward { "no later line" } else { "no earlier line" }) };
        self.cursor = Some(id);
        self.pin(world);
        Reply::Done
    }
}

/// The column that shows a field.
fn column_of(field: &Field) -> Option<ColumnKind> {
    ColumnKind::of(field.column.as_deref()?).ok()
}

/// A field as a condition of the filter language, or why there is none.
fn condition(field: &Field, world: &World) -> Result<String, String> {
    let condition = match field.asked {
        Asked::Never(why) => return Err(why.to_owned()),
        _ if field.key.is_empty() => return Err("this row is no field that can be filtered by".to_owned()),
        Asked::Value if field.value.chars().nth(MAX_ASKED).is_some() => {
            return Err(format!(
                "this is too long to filter by; {} searches for a part of it",
                world.key(Context::Record, Action::Search)
            ));
        }
        Asked::Value => field_text(&field.key, &field.value),
        Asked::Presence => format!("{}:*", field.key),
    };
    let kind = query::parse(&condition).ok().and_then(|query| query.root).map(|root| root.kind);
    if !matches!(kind, Some(ExprKind::Field(read)) if read.key == field.key) {
        return Err(format!("the filter language can not write the name `{}`", field.key));
    }
    match Plan::compile(&condition, &world.compile_context()) {
        Ok(_) => Ok(condition),
        Err(error) => Err(format!("the filter language can not ask for this: {}", error.message)),
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
    let mut out = identity(line, world);
    if let Some(text) = super::line::gone_text(line, world) {
        out.push(Field { look: Look::Role(Role::Loss), ..Field::new("", text, "") });
    } else if line.format() == FormatId::RECORD {
        record_fields(line, world, &mut out);
    } else {
        text_fields(line, world, &mut out);
    }
    out
}

/// What every line has, and what it belongs to.
fn identity(line: &Line<'_>, world: &World) -> Vec<Field> {
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
    out
}

/// What ties a line to others beside its trace: the job, the request, the user and so on, by the names that filters know.
fn ties(fields: &Attributes, out: &mut Vec<Field>) {
    for (name, value) in correlation_of(fields) {
        let field = Field::new(name, value.to_string(), value.type_name());
        // Where the line spells the name in another way, that one is the column.
        let column = fields.get(name).map(|_| name.to_owned());
        out.push(Field { look: Look::Role(Role::Link), column, ..field });
    }
}

/// The fields of a record that came with its fields apart.
fn record_fields(line: &Line<'_>, world: &World, out: &mut Vec<Field>) {
    let mut parts = line.parts().unwrap_or_default();
    let source = world.snapshot.sources.get(line.source());
    let text = line.text();
    let message = world.settings.rules.read_body(&mut parts.attributes, parts.body_format, source, &text);
    match &parts.body {
        Some(body @ (Value::Map(_) | Value::Array(_))) => {
            let whole = [("body", body.clone())].into_iter().collect();
            let from = out.len();
            attributes(&whole, 0, out);
            // What a filter asks for is looked up among the attributes and not in the body.
            for field in out.iter_mut().skip(from) {
                field.asked = Asked::Never("the filter language does not reach into a body; / searches for the text");
                field.column = field.column.take().and_then(|path| path.strip_prefix("body.").map(str::to_owned));
            }
        }
        _ => out.push(Field::new("msg", &*message, "string")),
    }
    if !parts.event_name.is_empty() {
        out.push(Field { label: "event_name".to_owned(), ..Field::new("event.name", &*parts.event_name, "string") });
    }
    if parts.observed_time != 0 {
        out.push(Field::told("observed_time", rfc3339(parts.observed_time), "time"));
    }
    section("attributes", &parts.attributes, out);
    context(line, out);
    if parts.body_format != FormatId::TEXT {
        as_it_came(&text, out);
    }
}

/// Who wrote the line, and with what.
fn context(line: &Line<'_>, out: &mut Vec<Field>) {
    let Some((resource, scope)) = line.context() else { return };
    section("resource", &resource.attributes, out);
    if !scope.name.is_empty() {
        out.push(Field::heading("scope"));
        out.push(Field::told("name", &*scope.name, "string").at_depth(1));
        shadowed(&scope.attributes, out);
    }
}

/// The fields of a line of text, and the line as it came.
fn text_fields(line: &Line<'_>, world: &World, out: &mut Vec<Field>) {
    let text = line.text();
    let source = world.snapshot.sources.get(line.source());
    let reading = world.settings.rules.read(line.format(), source, &text);
    ties(&reading.fields, out);
    out.push(Field::told("format", parse::format_name(line.format()), "format"));
    out.push(Field::new("msg", &*reading.message, "string"));
    section("fields", &reading.fields, out);
    context(line, out);
    as_it_came(&text, out);
}

fn as_it_came(text: &[u8], out: &mut Vec<Field>) {
    let lines = text.split(|byte| *byte == b'\n').count();
    out.push(Field::heading(&match lines {
        1 => "line as it came".to_owned(),
        _ => format!("{} as they came", text::counted(lines as u64, "line")),
    }));
    let raw = Field::told("", String::from_utf8_lossy(text), "");
    out.push(Field { look: Look::Role(Role::Muted), ..raw }.at_depth(1));
}

fn section(name: &str, map: &Attributes, out: &mut Vec<Field>) {
    if !map.is_empty() {
        out.push(Field::heading(name));
        shadowed(map, out);
    }
}

/// The fields of a map one step below; those whose names mean something else in the filter language and as columns can
/// not be asked for.
fn shadowed(map: &Attributes, out: &mut Vec<Field>) {
    let from = out.len();
    attributes(map, 1, out);
    for field in out.iter_mut().skip(from).filter(|field| !field.key.is_empty()) {
        let is_other = matches!(
            Key::of(&field.key),
            Key::Level | Key::Service | Key::Source | Key::Trace | Key::Span | Key::Time | Key::Template | Key::Msg
        );
        if is_other {
            field.asked =
                Asked::Never("this name means something else in the filter language; / searches for the text");
        }
        if field.column.as_deref().and_then(|name| ColumnKind::of(name).ok()).is_some_and(|kind| kind.is_built_in()) {
            field.column = None;
        }
    }
}
