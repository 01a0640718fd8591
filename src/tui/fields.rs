//! A list of fields with their types: a record's, a span's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::action::Action;
use super::frame;
use super::list::List;
use super::pane::Paint;
use super::piece::{self, Look, Piece};
use super::text;
use crate::model::{Attributes, Value};
use crate::theme::Role;
use crate::theme::safe::safe;

/// Lines that one value takes at most.
const MAX_VALUE_LINES: usize = 40;
/// The widest column of keys.
const MAX_KEY: usize = 28;
/// Below this width types are left out.
const TYPES_FROM: usize = 56;

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in the filter language; empty for what can not be filtered by.
    pub key: String,
    /// What is shown as its name, indented below a map.
    pub label: String,
    /// Its value, not yet made safe.
    pub value: String,
    /// The name of its type.
    pub type_name: &'static str,
    /// How the value looks.
    pub look: Look,
}

/// Fields of which one is selected.
#[derive(Clone, Debug, Default)]
pub struct FieldList {
    fields: Vec<Field>,
    list: List,
    has_types: bool,
    /// What is in sight: the field's position, and the line.
    lines: Vec<(usize, Vec<Piece>)>,
}

impl FieldList {
    /// A list of these fields, the first one selected.
    pub fn new(fields: Vec<Field>) -> Self {
        Self { fields, has_types: true, ..Self::default() }
    }

    /// A list without the types, for a summary.
    pub fn brief(fields: Vec<Field>) -> Self {
        Self { fields, ..Self::default() }
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// The selected field.
    pub fn selected(&self) -> Option<&Field> {
        self.fields.get(self.list.selected())
    }

    /// Moves the selection by an action that moves it; answers whether it was one.
    pub fn navigate(&mut self, action: Action) -> bool {
        self.list.navigate(action, self.fields.len(), self.lines.len())
    }

    /// Copies what is in sight.
    pub fn project(&mut self, width: usize, height: usize) {
        let keys = self.fields.iter().map(|field| field.label.width()).max().unwrap_or(0).min(MAX_KEY).min(width / 2);
        let has_types = self.has_types && width >= TYPES_FROM;
        let mut all = Vec::new();
        let mut ends = Vec::new();
        for (at, field) in self.fields.iter().enumerate() {
            all.extend(field.lines(keys, width, has_types).into_iter().map(|pieces| (at, pieces)));
            ends.push(all.len());
        }
        self.list.clamp_blocks(&ends, height);
        self.lines = all.into_iter().skip(self.list.offset()).take(height).collect();
    }

    /// Draws what is in sight, the selected field highlighted.
    pub fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let role = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
        self.draw(area, buf, paint, Some(paint.theme.style(role)));
    }

    /// Draws what is in sight without a selection.
    pub fn render_plain(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        self.draw(area, buf, paint, None);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>, selected: Option<Style>) {
        if self.fields.is_empty() {
            return frame::message(&["There is nothing here any more.".to_owned()], area, buf, paint);
        }
        for ((field, pieces), y) in self.lines.iter().zip(area.y..area.bottom()) {
            let base = selected.filter(|_| *field == self.list.selected()).unwrap_or_default();
            buf.set_style(Rect { y, height: 1, ..area }, base);
            piece::draw(pieces, buf, area.x + 1, y, area.width.saturating_sub(1), base, paint.theme);
        }
    }
}

impl Field {
    /// A field called `key`.
    pub fn new(key: &str, value: impl Into<String>, type_name: &'static str) -> Self {
        let (label, look) = (key.to_owned(), Look::Role(Role::FieldValue));
        Self { key: key.to_owned(), label, value: value.into(), type_name, look }
    }

    /// A row that begins a group of fields.
    pub fn heading(text: &str) -> Self {
        let look = Look::Role(Role::Muted);
        Self { key: String::new(), label: text.to_owned(), value: String::new(), type_name: "", look }
    }

    fn lines(&self, keys: usize, width: usize, has_types: bool) -> Vec<Vec<Piece>> {
        if self.key.is_empty() && self.value.is_empty() {
            return vec![vec![Piece::new(Role::Muted, self.label.clone())]];
        }
        if self.label.is_empty() {
            return self.value_lines(width.saturating_sub(2)).map(|line| indented(line, 2)).collect();
        }
        let label = Piece::new(Role::FieldKey, text::fit(&safe(&self.label), keys));
        let kind = if has_types { format!(" {:<6} ", self.type_name) } else { "  ".to_owned() };
        let indent = keys + kind.len();
        let kind = Piece::new(Role::Faint, kind);
        let value: Vec<Vec<Piece>> = self.value_lines(width.saturating_sub(indent)).collect();
        let value = if value.is_empty() { vec![Vec::new()] } else { value };
        piece::with_head(vec![label, kind], value, indent)
    }

    /// The value broken into lines of at most `width` cells.
    fn value_lines(&self, width: usize) -> impl Iterator<Item = Vec<Piece>> {
        let lines = self.value.lines().flat_map(move |line| {
            let piece = Piece { text: safe(line).into_owned(), look: self.look.clone() };
            piece::wrap(vec![piece], width)
        });
        lines.take(MAX_VALUE_LINES)
    }
}

fn indented(line: Vec<Piece>, cells: usize) -> Vec<Piece> {
    std::iter::once(Piece::new(Role::Text, " ".repeat(cells))).chain(line).collect()
}

/// Attributes as rows, maps as indented trees. Depth is bounded by the decoders.
pub fn attributes(map: &Attributes, prefix: &str, depth: usize, out: &mut Vec<Field>) {
    for (key, value) in map.iter() {
        let path = format!("{prefix}{key}");
        let label = format!("{}{key}", "  ".repeat(depth));
        if let Value::Map(inner) = value {
            out.push(Field { label, ..Field::new(&path, "", "map") });
            attributes(inner, &format!("{path}."), depth + 1, out);
        } else {
            out.push(Field { label, ..Field::new(&path, value.to_string(), value.type_name()) });
        }
    }
}

/// A time in RFC 3339, UTC, with nine digits.
pub fn rfc3339(time: i64) -> String {
    let (seconds, nanos) = (time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000));
    let nanos = u32::try_from(nanos).unwrap_or(0);
    chrono::DateTime::from_timestamp(seconds, nanos)
        .map_or_else(|| time.to_string(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true))
}
