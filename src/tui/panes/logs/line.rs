//! One line as it is shown: time, level, service, message, and the other fields behind it.

use std::sync::Arc;

use crate::model::{Attributes, Level, Loss, Nanos};
use crate::parse::rules::RULE;
use crate::store::Line;
use crate::theme::Role;
use crate::theme::safe::{safe, safe_bytes};
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::world::{Settings, TimeFormat, World};

/// Below this width the columns are written short.
const NARROW: usize = 96;
/// The widest service column, in wide and in narrow panes.
const MAX_SERVICE: (usize, usize) = (16, 10);
/// Fields shown behind a message at most; the record view shows all.
const MAX_FIELDS: usize = 24;
/// Characters of a message or a value that are looked at: a row shows a few hundred at most.
const MAX_CHARS: usize = 4096;

/// How wide each column is.
pub(super) struct Columns {
    pub(super) width: usize,
    service: usize,
    is_narrow: bool,
}

impl Columns {
    pub(super) fn for_width(width: usize, service_seen: usize, _world: &World) -> Self {
        let is_narrow = width < NARROW;
        let limit = if is_narrow { MAX_SERVICE.1 } else { MAX_SERVICE.0 };
        Self { width, service: service_seen.min(limit), is_narrow }
    }
}

/// The service that a line names; the name of its source when it names none.
pub(super) fn service_name<'a>(line: &Line<'_>, world: &'a World) -> &'a str {
    match world.snapshot.services.get(line.service()) {
        "" => {
            let source = world.snapshot.sources.get(line.source());
            source.rsplit('/').next().unwrap_or(source)
        }
        name => name,
    }
}

/// The columns in front of the message, and the message with the fields behind it.
pub(super) fn pieces(line: &Line<'_>, columns: &Columns, newest: Nanos, world: &World) -> (Vec<Piece>, Vec<Piece>) {
    let level = line.severity().level();
    let service = service_name(line, world);
    let name = text::fit(&safe(service), columns.service);
    let head = vec![
        Piece::new(Role::Time, time(line.time(), newest, columns, &world.settings)),
        Piece::new(Role::Text, " "),
        Piece { text: level_word(level, columns.is_narrow), look: Look::Level(level) },
        Piece::new(Role::Text, " "),
        Piece { text: name, look: Look::Service(Arc::from(service)) },
        Piece::new(Role::Text, " "),
    ];
    (head, message(line, world))
}

fn time(at: Nanos, newest: Nanos, columns: &Columns, settings: &Settings) -> String {
    match settings.time {
        TimeFormat::Local | TimeFormat::Utc if columns.is_narrow => text::time_of_day(at, settings, false),
        TimeFormat::Relative => format!("{:>9}", text::time(at, newest, settings)),
        _ => text::time(at, newest, settings),
    }
}

fn level_word(level: Level, is_narrow: bool) -> String {
    let word = if level == Level::Unset { "" } else { level.name() };
    let word = word.to_ascii_uppercase();
    if is_narrow { format!("{word:.1}").chars().next().unwrap_or(' ').to_string() } else { format!("{word:<5}") }
}

/// The message in the colour of its level, and the other fields as `key=value`.
fn message(line: &Line<'_>, world: &World) -> Vec<Piece> {
    let (rules, source) = (&world.settings.rules, world.snapshot.sources.get(line.source()));
    let level = line.severity().level();
    let role = if level >= Level::Warn { Look::Level(level) } else { Look::Role(Role::Text) };
    let (text, fields) = if let Some(mut parts) = line.parts() {
        rules.add_to(&mut parts.attributes, source, &line.text());
        (safe_bytes(clip(&line.text())).into_owned(), parts.attributes)
    } else {
        let text = line.text();
        let reading = rules.read(line.format(), source, &text);
        (safe(clip_text(reading.message.trim_end())).into_owned(), reading.fields)
    };
    let mut out = vec![Piece { text, look: role }];
    push_fields(&fields, &mut out);
    out
}

fn push_fields(fields: &Attributes, out: &mut Vec<Piece>) {
    // Which rules matched is told in the record view.
    for (key, value) in fields.iter().filter(|(key, _)| &***key != RULE).take(MAX_FIELDS) {
        let value = value.to_string();
        out.push(Piece::new(Role::FieldKey, format!(" {}=", safe(key))));
        out.push(Piece::new(Role::FieldValue, safe(clip_text(&value))));
    }
}

fn clip(bytes: &[u8]) -> &[u8] {
    bytes.get(..MAX_CHARS).unwrap_or(bytes)
}

fn clip_text(text: &str) -> &str {
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
