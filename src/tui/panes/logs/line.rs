//! One line taken apart for the list: its service, its message with the other fields behind it, one field of it.

use std::borrow::Cow;

use super::columns::Columns;
use crate::model::{Attributes, FormatId, Level, Loss, Value};
use crate::parse;
use crate::parse::rules::RULE;
use crate::store::{Line, RecordParts};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::coloured;
use crate::tui::fields::lookup;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::world::{Settings, World};

/// Fields shown behind a message at most; the record view shows all.
const MAX_FIELDS: usize = 24;
/// Characters of a message or a value that are looked at: a row shows a few hundred at most.
const MAX_CHARS: usize = 4096;

/// A line with what is read from it once for all its columns.
pub(super) struct Taken<'a> {
    pub(super) line: &'a Line<'a>,
    text: Cow<'a, [u8]>,
    message: String,
    fields: Attributes,
    /// What only a record has that came with its fields apart.
    record: Option<RecordParts>,
}

impl<'a> Taken<'a> {
    /// Reads `line`.
    pub(super) fn of(line: &'a Line<'a>, world: &World) -> Self {
        let text = line.text();
        let (rules, source) = (&world.settings.rules, world.snapshot.sources.get(line.source()));
        if let Some(mut parts) = line.parts() {
            let message = String::from_utf8_lossy(clip(&text)).into_owned();
            rules.add_to(&mut parts.attributes, source, &text);
            let fields = std::mem::take(&mut parts.attributes);
            return Self { line, message, fields, text, record: Some(parts) };
        }
        let reading = rules.read(line.format(), source, &text);
        let (message, fields) = (clip_text(reading.message.trim_end()).to_owned(), reading.fields);
        Self { line, message, fields, text, record: None }
    }

    /// All fields but those that have a place of their own.
    pub(super) fn fields(&self) -> &Attributes {
        &self.fields
    }

    /// The value of the field that a column is called by. What a record does not say of itself its resource or scope
    /// may say.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        if let Some(value) = lookup(&self.fields, name) {
            return Some(value.clone());
        }
        let Some(record) = &self.record else {
            return (self.line.format() != FormatId::RECORD)
                .then(|| parse::field(self.line.format(), &self.text, name))
                .flatten();
        };
        let body = record.body.as_ref().and_then(|body| match body {
            Value::Map(map) => lookup(map, name),
            _ => None,
        });
        let (resource, scope) = self.line.context().map_or((None, None), |(resource, scope)| {
            (lookup(&resource.attributes, name), lookup(&scope.attributes, name))
        });
        let event = (name == "event.name" && !record.event_name.is_empty()).then(|| Value::from(&*record.event_name));
        body.or(resource).or(scope).cloned().or(event)
    }

    /// The message in the colour of its level, and the fields that have no column as `key=value`.
    pub(super) fn message(&self, columns: &Columns) -> Vec<Piece> {
        let level = self.line.severity().level();
        let look = if level >= Level::Warn { Look::Level(level) } else { Look::Role(Role::Text) };
        let own = if self.record.is_some() { b"" } else { &*self.text };
        let mut out = coloured::pieces(own, &self.message, &look);
        // Which rules matched is told in the record view.
        let shown = self.fields.iter().filter(|(key, _)| !columns.shows(key) && &***key != RULE);
        for (key, value) in shown.take(MAX_FIELDS) {
            out.push(Piece::new(Role::FieldKey, format!(" {}=", safe(key))));
            out.push(Piece::new(Role::FieldValue, safe(clip_text(&value.to_string()))));
        }
        out
    }
}

/// The service that a line names; the name of its source when it names none.
pub(super) fn service_name<'a>(line: &Line<'_>, world: &'a World) -> &'a str {
    match world.snapshot.services.get(line.service()) {
        "" => source_name(line, world),
        name => name,
    }
}

/// The name of a line's source; of a path its last part.
pub(super) fn source_name<'a>(line: &Line<'_>, world: &'a World) -> &'a str {
    let source = world.snapshot.sources.get(line.source());
    source.rsplit('/').next().unwrap_or(source)
}

fn clip(bytes: &[u8]) -> &[u8] {
    bytes.get(..MAX_CHARS).unwrap_or(bytes)
}

/// As much of a text as a row looks at.
pub(super) fn clip_text(text: &str) -> &str {
    text.char_indices().nth(MAX_CHARS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What stands in place of a line whose text can not be read back: `⋯ gone from app.log: the file was truncated or
/// rewritten ⋯`. `None` for a line that is there.
pub(super) fn gone_text(line: &Line<'_>, world: &World) -> Option<String> {
    // Only a line without text is asked why, which reads its file.
    let gone = if line.text().is_empty() { line.gone()? } else { return None };
    let source = world.snapshot.sources.get(line.source());
    let path = line.file().map(|path| path.to_string_lossy().into_owned());
    let path = path.as_deref().unwrap_or(source);
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(safe(&format!("⋯ gone from {name}: {gone} ⋯")).into_owned())
}

/// What a loss row says: `⋯ 1,204 lines dropped 12:03:04–12:03:06 (rate limit) ⋯`.
pub(super) fn loss_text(loss: &Loss, settings: &Settings) -> String {
    let lines = if loss.count == 1 { "line" } else { "lines" };
    let from = text::time_of_day(loss.from, settings, false);
    let to = text::time_of_day(loss.to, settings, false);
    let when = if from == to { from } else { format!("{from}–{to}") };
    format!("⋯ {} {lines} dropped {when} ({}) ⋯", text::count(loss.count), loss.reason)
}
