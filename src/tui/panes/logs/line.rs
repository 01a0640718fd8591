//! One line taken apart for the list: its service, its message with the other fields behind it, one field of it.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

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
/// Bytes of the lines below the first that are looked at.
const MAX_REST: usize = 64 << 10;

/// A line with what is read from it once for all its columns.
pub(super) struct Taken<'a> {
    pub(super) line: &'a Line<'a>,
    text: Cow<'a, [u8]>,
    /// The first line of the message.
    message: String,
    /// The lines below it, as many as are ever shown.
    rest: String,
    /// How many lines there are below it.
    more: usize,
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
            let told = rules.read_body(&mut parts.attributes, parts.body_format, source, &text);
            let (message, rest, more) = in_lines(&told);
            let fields = std::mem::take(&mut parts.attributes);
            return Self { line, message, rest, more, fields, text, record: Some(parts) };
        }
        let reading = rules.read(line.format(), source, &text);
        let (message, rest, more) = in_lines(&reading.message);
        let fields = reading.fields;
        Self { line, message, rest, more, fields, text, record: None }
    }

    /// The bytes of the line, for its colours; none where it came as a record.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.record.is_some() { b"" } else { &self.text }
    }

    /// The cells of the message's first line, as it is before it is made safe.
    pub(super) fn width(&self) -> usize {
        self.message.width()
    }

    /// The lines of the message below its first, as many as are ever shown.
    pub(super) fn rest(&self) -> &str {
        &self.rest
    }

    /// How many lines the message has below its first.
    pub(super) fn more(&self) -> usize {
        self.more
    }

    /// The fields without a place of their own: the line's, and what its body, its resource and its scope say beside.
    pub(super) fn maps(&self) -> impl Iterator<Item = &Attributes> {
        let body = self.record.as_ref().and_then(|record| match &record.body {
            Some(Value::Map(map)) => Some(map),
            _ => None,
        });
        let context = self.line.context().map(|(resource, scope)| [&resource.attributes, &scope.attributes]);
        std::iter::once(&self.fields).chain(body).chain(context.into_iter().flatten())
    }

    /// The value of the field that a column is called by.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.maps().find_map(|map| lookup(map, name)) {
            return Some(value.clone());
        }
        match &self.record {
            Some(record) if name == "event.name" => Some(Value::from(&*record.event_name)),
            Some(record) if record.body_format == FormatId::TEXT => None,
            // What became the line's service, say, is still a field by the name that the line gives it.
            _ => parse::field(self.line.text_format(), &self.text, name),
        }
    }

    /// The first line of the message in the colour of its level, the mark of what is folded, and the fields that have no column as `key=value`.
    pub(super) fn message(&self, columns: &Columns, mark: Option<Piece>) -> Vec<Piece> {
        let level = self.line.severity().level();
        let look = if level >= Level::Warn { Look::Level(level) } else { Look::Role(Role::Text) };
        let mut out = coloured::pieces(self.bytes(), &self.message, &look);
        out.extend(mark.into_iter().flat_map(|mark| [Piece::new(Role::Text, " "), mark]));
        // Which rules matched is told in the record view.
        let unplaced = self.fields.iter().filter(|(key, _)| !columns.shows(key) && &***key != RULE);
        let told = unplaced.map(|(key, value)| (key, value.to_string()));
        for (key, value) in told.filter(|(key, value)| !says(&self.message, key, value)).take(MAX_FIELDS) {
            out.push(Piece::new(Role::FieldKey, format!(" {}=", safe(key))));
            out.push(Piece::new(Role::FieldValue, safe(clip_text(&value))));
        }
        out
    }
}

/// Whether a message has the pair `key=value` itself, as those have whose fields were found in them.
fn says(message: &str, key: &str, value: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    message.match_indices(key).any(|(at, _)| {
        let is_word = !message.get(..at).is_some_and(|before| before.ends_with(is_part));
        let behind = message.get(at + key.len()..).unwrap_or_default();
        let said = behind.strip_prefix('=').map(|said| said.strip_prefix(['"', '\'']).unwrap_or(said));
        let after = said.and_then(|said| said.strip_prefix(value));
        is_word && after.is_some_and(|after| !after.starts_with(|next: char| next.is_alphanumeric()))
    })
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

/// The first line of a message, those below it, and how many these are.
fn in_lines(message: &str) -> (String, String, usize) {
    let message = message.trim_end();
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    let more = if rest.is_empty() { 0 } else { memchr::memchr_iter(b'\n', rest.as_bytes()).count() + 1 };
    // A character has up to four bytes.
    let shown = (0..4).find_map(|back| rest.get(..rest.len().min(MAX_REST - back))).unwrap_or_default();
    (clip_text(first.trim_end()).to_owned(), shown.to_owned(), more)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_said_as_a_whole_or_not_at_all() {
        for (message, is_said) in [
            ("done job_id=7", true),
            ("[job_id=7] done", true),
            ("job_id=\"7\", done", true),
            ("job_id=77 then job_id=7", true),
            ("job_id=77", false),
            ("my.job_id=7", false),
            ("job_id: 7", false),
            ("job_id", false),
        ] {
            assert_eq!(says(message, "job_id", "7"), is_said, "{message}");
        }
    }
}
