//! One field: what it is called, what it says, how it can be asked for, and the lines it takes on the screen.

use unicode_width::UnicodeWidthStr;

use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::coloured;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;

/// Characters of a value that are shown. What is left out is told.
const MAX_CHARS: usize = 100_000;

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in the filter language; empty for what can not be filtered by.
    pub key: String,
    /// How the filter language asks for it.
    pub asked: Asked,
    /// Its name as a column of the log pane, where it can be one.
    pub column: Option<String>,
    /// What is shown as its name, not yet made safe.
    pub label: String,
    /// How many fields it is below.
    pub depth: usize,
    /// Its value, not yet made safe; of a map or a list as JSON.
    pub value: String,
    /// The name of its type.
    pub type_name: &'static str,
    /// How the value looks.
    pub look: Look,
}

/// How the filter language asks for a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// By its value.
    Value,
    /// By being there: a map has no value of its own.
    Presence,
    /// Not at all, and why.
    Never(&'static str),
}

/// How a list shows its fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Cells of the names, indentation and sign included.
    pub(super) keys: usize,
    /// Cells of a line.
    pub(super) width: usize,
    pub(super) has_types: bool,
    /// Whether there is anything to fold, so that room for signs is left.
    pub(super) is_tree: bool,
}

/// Whether what is below a field is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fold {
    /// Nothing is below it.
    Leaf,
    Open,
    Closed,
}

impl Field {
    /// A field called `key`, which the filter language and the columns know by that name.
    pub fn new(key: &str, value: impl Into<String>, type_name: &'static str) -> Self {
        Self {
            key: key.to_owned(),
            asked: Asked::Value,
            column: Some(key.to_owned()).filter(|key| !key.is_empty()),
            label: key.to_owned(),
            depth: 0,
            value: value.into(),
            type_name,
            look: Look::Role(Role::FieldValue),
        }
    }

    /// A field that neither the filter language nor the columns know.
    pub fn told(label: &str, value: impl Into<String>, type_name: &'static str) -> Self {
        Self { label: label.to_owned(), ..Self::new("", value, type_name) }
    }

    /// A row that begins a group of fields.
    pub fn heading(text: &str) -> Self {
        Self::told(text, "", "")
    }

    /// This field below others.
    #[must_use]
    pub fn at_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    fn is_heading(&self) -> bool {
        self.key.is_empty() && self.value.is_empty()
    }

    /// Whether its value is told of it, and no map or list that what is below it is made of.
    fn is_told(&self) -> bool {
        self.key.is_empty() && self.asked == Asked::Value
    }

    /// The cells of its name with what stands in front of it.
    pub(super) fn label_width(&self, is_tree: bool) -> usize {
        if self.is_heading() { 0 } else { self.indent(is_tree) + safe(&self.label).width() }
    }

    fn indent(&self, is_tree: bool) -> usize {
        2 * self.depth + if is_tree { 2 } else { 0 }
    }

    /// The lines it takes.
    pub(super) fn lines(&self, shape: Shape, fold: Fold) -> Vec<Vec<Piece>> {
        let sign = match fold {
            Fold::Leaf => "  ",
            Fold::Open => "▾ ",
            Fold::Closed => "▸ ",
        };
        let sign = if shape.is_tree { sign } else { "" };
        let indent = self.indent(shape.is_tree);
        let head = Piece::new(Role::Accent, format!("{}{sign}", " ".repeat(2 * self.depth)));
        if self.is_heading() {
            return vec![vec![head, Piece::new(Role::Muted, safe(&self.label))]];
        }
        if self.label.is_empty() {
            let lines = self.value_lines(shape.width.saturating_sub(indent)).into_iter();
            return lines.map(|line| indented(line, indent)).collect();
        }
        let label = Piece::new(Role::FieldKey, text::fit(&safe(&self.label), shape.keys.saturating_sub(indent)));
        let kind = if shape.has_types { format!(" {:<6} ", self.type_name) } else { "  ".to_owned() };
        let indent = piece::width(std::slice::from_ref(&head)) + label.text.width() + kind.width();
        let room = shape.width.saturating_sub(indent);
        let lines = self.value.lines().count() as u64;
        if fold == Fold::Leaf && lines > 1 {
            // Lines of their own have their own indentation, and need all the room there is.
            let count = Piece::new(Role::Muted, text::counted(lines, "line"));
            let below = self.indent(shape.is_tree) + 2;
            let lines = self.value_lines(shape.width.saturating_sub(below));
            let head = vec![head, label, Piece::new(Role::Faint, kind), count];
            return std::iter::once(head).chain(lines.into_iter().map(|line| indented(line, below))).collect();
        }
        let value = match fold {
            Fold::Leaf => self.value_lines(room),
            Fold::Open if self.is_told() => self.value_lines(room),
            // What is below it is all of it.
            Fold::Open => vec![Vec::new()],
            // One line of what is in it.
            Fold::Closed => {
                vec![vec![Piece::new(Role::Muted, text::truncate(&safe(head_of(&self.value, room)), room))]]
            }
        };
        piece::with_head(vec![head, label, Piece::new(Role::Faint, kind)], value, indent)
    }

    /// The value broken into lines of at most `width` cells; one at least.
    fn value_lines(&self, width: usize) -> Vec<Vec<Piece>> {
        let shown = head_of(&self.value, MAX_CHARS);
        let mut lines = Vec::new();
        for line in shown.lines() {
            // What has no name is shown as it came, its colours as the codes that they are.
            let pieces = if self.label.is_empty() {
                vec![Piece { text: safe(line).into_owned(), look: self.look.clone() }]
            } else {
                coloured::pieces(b"", line, &self.look)
            };
            lines.extend(piece::wrap(pieces, width));
        }
        let left = self.value.get(shown.len()..).unwrap_or_default();
        if !left.is_empty() {
            let more = text::counted(left.chars().count() as u64, "more character");
            lines.push(vec![Piece::new(Role::Loss, format!("⋯ {more}; copying takes all ⋯"))]);
        }
        if lines.is_empty() { vec![Vec::new()] } else { lines }
    }
}

/// The first `count` characters.
fn head_of(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

fn indented(line: Vec<Piece>, cells: usize) -> Vec<Piece> {
    std::iter::once(Piece::new(Role::Text, " ".repeat(cells))).chain(line).collect()
}
