//! The choice of the log pane's columns: which are shown, in which order, how wide. What is changed is seen at once in
//! the pane behind it, and kept when it is closed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::prompt::{Prompt, PromptKind};
use crate::config::{Column, ColumnKind, Columns};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::list::List;
use crate::tui::pane::{Candidate, Paint};
use crate::tui::piece::{self, Piece};
use crate::tui::text;

/// Cells of the box at most.
const WIDTH: u16 = 74;
/// Cells of a name.
const NAME: usize = 26;
/// What the frame tells of keys, the most needed first.
const HINTS: [(&[Action], &str); 7] = [
    (&[Action::ToggleColumn], "show"),
    (&[Action::MoveColumnLeft, Action::MoveColumnRight], "move"),
    (&[Action::NarrowColumn, Action::WidenColumn], "size"),
    (&[Action::FitColumn], "fit"),
    (&[Action::AddColumn], "add"),
    (&[Action::ResetColumns], "reset"),
    (&[Action::Back], "close"),
];

/// The choice of columns.
#[derive(Clone, Debug)]
pub struct ColumnChooser {
    /// The shown columns from left to right, then what else could be shown.
    entries: Vec<Entry>,
    list: List,
    /// The name of a field while it is typed.
    typed: Option<Prompt>,
    /// Why the last key did nothing.
    problem: String,
    before: Columns,
    hints: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Entry {
    column: Column,
    is_shown: bool,
    /// The cells that it takes by itself.
    natural: u16,
    sample: String,
}

/// What a key did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choosing {
    /// It goes on.
    Open,
    /// It goes on, with other columns.
    Changed,
    /// It is over.
    Closed,
}

impl ColumnChooser {
    /// The choice among `columns`, which are shown, and `candidates`. `keys` answers the key of an action.
    pub fn new(columns: &Columns, candidates: Vec<Candidate>, keys: &dyn Fn(Action) -> Option<String>) -> Self {
        let hints = HINTS.iter().enumerate().flat_map(|(at, (actions, what))| {
            let keys: Vec<String> = actions.iter().filter_map(|action| keys(*action)).collect();
            let gap = if at == 0 { "" } else { "  " };
            [
                Piece::new(Role::StatusKey, format!("{gap}{}", keys.join(" "))),
                Piece::new(Role::Muted, format!(" {what}")),
            ]
        });
        let mut chooser = Self {
            entries: candidates.into_iter().map(Entry::hidden).collect(),
            list: List::default(),
            typed: None,
            problem: String::new(),
            before: columns.clone(),
            hints: hints.collect(),
        };
        chooser.show_only(columns);
        chooser
    }

    /// The columns as they are chosen now.
    pub fn columns(&self) -> Columns {
        let shown = self.entries.iter().filter(|entry| entry.is_shown).map(|entry| entry.column.clone());
        Columns::new(shown.collect()).unwrap_or_else(|_| self.before.clone())
    }

    /// Whether they are others than when it began.
    pub fn is_changed(&self) -> bool {
        self.columns() != self.before
    }

    /// Whether the name of a field is typed.
    pub fn is_typing(&self) -> bool {
        self.typed.is_some()
    }

    /// Types a text.
    pub fn insert(&mut self, text: &str) {
        if let Some(typed) = &mut self.typed {
            typed.insert(text);
        }
    }

    /// Carries out an action.
    pub fn update(&mut self, action: Action) -> Choosing {
        self.problem.clear();
        if self.typed.is_some() {
            return self.update_typed(action);
        }
        if self.list.navigate(action, self.entries.len(), 10) {
            return Choosing::Open;
        }
        match action {
            Action::ToggleColumn => self.toggle(),
            Action::MoveColumnLeft => self.shift(false),
            Action::MoveColumnRight => self.shift(true),
            Action::NarrowColumn => self.size(|width| width.saturating_sub(1).max(1)),
            Action::WidenColumn => self.size(|width| (width + 1).min(Column::MAX_WIDTH)),
            Action::FitColumn => self.fit(),
            Action::ResetColumns => {
                self.show_only(&Columns::default());
                Choosing::Changed
            }
            Action::AddColumn => {
                self.typed = Some(Prompt::new(PromptKind::Search, ""));
                Choosing::Open
            }
            Action::Back | Action::DrillDown | Action::Quit | Action::Columns => Choosing::Closed,
            _ => Choosing::Open,
        }
    }

    fn update_typed(&mut self, action: Action) -> Choosing {
        let Some(typed) = &mut self.typed else { return Choosing::Open };
        match action {
            Action::PromptAccept => {
                let name = typed.text().trim().to_owned();
                self.typed = None;
                self.add(&name)
            }
            Action::PromptCancel | Action::Back | Action::Quit => {
                self.typed = None;
                Choosing::Open
            }
            other => {
                typed.edit(other);
                Choosing::Open
            }
        }
    }

    /// Shows the column of this name, which no line in sight need have.
    fn add(&mut self, name: &str) -> Choosing {
        if name.is_empty() {
            return Choosing::Open;
        }
        let kind = match ColumnKind::of(name) {
            Ok(kind) => kind,
            Err(error) => return self.refuse(&error.to_string()),
        };
        let at = self.entries.iter().position(|entry| entry.column.kind == kind).unwrap_or_else(|| {
            let natural = u16::try_from(name.chars().count()).unwrap_or(8).min(8);
            self.entries.push(Entry::hidden(Candidate { kind, width: natural, sample: String::new() }));
            self.entries.len() - 1
        });
        self.list.select(at);
        if self.entries.get(at).is_some_and(|entry| entry.is_shown) { Choosing::Open } else { self.toggle() }
    }

    /// Shows the selected column, as the last in front of a message that stands last, or hides it.
    fn toggle(&mut self) -> Choosing {
        let at = self.list.selected();
        let Some(entry) = self.entries.get(at) else { return Choosing::Open };
        match self.columns().toggled(entry.column.kind.clone()) {
            Ok(_) => {}
            Err(error) => return self.refuse(&error.to_string()),
        }
        let mut entry = self.entries.remove(at);
        entry.is_shown = !entry.is_shown;
        let shown = self.shown();
        let last = shown.checked_sub(1).and_then(|last| self.entries.get(last));
        let is_message_last = last.is_some_and(|last| last.column.kind == ColumnKind::Message);
        let is_in_front = entry.is_shown && is_message_last && entry.column.kind != ColumnKind::Message;
        // What was hidden just now stays where it can be shown again.
        let to = shown - usize::from(is_in_front);
        self.entries.insert(to, entry);
        self.list.select(to);
        Choosing::Changed
    }

    /// Moves the selected column by one.
    fn shift(&mut self, right: bool) -> Choosing {
        let at = self.list.selected();
        let to = if right { Some(at + 1) } else { at.checked_sub(1) };
        let shown = self.shown();
        match to.filter(|to| at < shown && *to < shown) {
            Some(to) => {
                self.entries.swap(at, to);
                self.list.select(to);
                Choosing::Changed
            }
            None if at >= shown => self.refuse("only a column that is shown can be moved"),
            None => Choosing::Open,
        }
    }

    /// Gives the selected column a width of its own, beginning with the one that it has by itself.
    fn size(&mut self, change: fn(u16) -> u16) -> Choosing {
        let Some(entry) = self.entries.get_mut(self.list.selected()) else { return Choosing::Open };
        if entry.column.kind == ColumnKind::Message {
            return self.refuse("the message takes the room that the others leave");
        }
        entry.column.width = Some(change(entry.column.width.unwrap_or(entry.natural)));
        Choosing::Changed
    }

    fn fit(&mut self) -> Choosing {
        let Some(entry) = self.entries.get_mut(self.list.selected()) else { return Choosing::Open };
        entry.column.width = None;
        Choosing::Changed
    }

    fn refuse(&mut self, why: &str) -> Choosing {
        why.clone_into(&mut self.problem);
        Choosing::Open
    }

    /// How many columns are shown; they stand first.
    fn shown(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_shown).count()
    }

    fn show_only(&mut self, columns: &Columns) {
        let mut entries = Vec::new();
        for column in columns.iter() {
            let known = self.entries.iter().position(|entry| entry.column.kind == column.kind);
            let mut entry = known.map_or_else(
                || {
                    let kind = column.kind.clone();
                    Entry::hidden(Candidate { kind, width: column.width.unwrap_or(8), sample: String::new() })
                },
                |at| self.entries.remove(at),
            );
            entry.column.width = column.width;
            entry.is_shown = true;
            entries.push(entry);
        }
        for mut entry in self.entries.drain(..) {
            entry.column.width = None;
            entry.is_shown = false;
            entries.push(entry);
        }
        self.entries = entries;
    }

    /// Keeps the selection in sight.
    pub fn project(&mut self, screen: Rect) {
        let rows = area(screen, self.entries.len()).height.saturating_sub(2 + u16::from(self.typed.is_some()));
        self.list.clamp(self.entries.len(), usize::from(rows));
    }

    /// Draws it as a box at the lower right of `screen`, so that the columns themselves are seen.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let area = area(screen, self.entries.len());
        Clear.render(area, buf);
        buf.set_style(area, paint.theme.style(Role::Text));
        let title = [Piece::new(Role::Title, "Columns")];
        let problem = [Piece::new(Role::Warning, self.problem.clone())];
        let bottom = if self.problem.is_empty() { self.hints.as_slice() } else { &problem };
        let right = format!("{} of {}", self.shown(), self.entries.len());
        let mut inner = Frame { title: &title, right: &right, bottom }.render(area, buf, paint);
        if let (Some(typed), Some(rows)) = (&self.typed, inner.height.checked_sub(1)) {
            inner.height = rows;
            let line = [
                Piece::new(Role::Prompt, "field: "),
                Piece::new(Role::Text, safe(typed.text())),
                Piece::new(Role::Cursor, " "),
            ];
            let width = inner.width.saturating_sub(1);
            piece::draw(&line, buf, inner.x + 1, inner.bottom(), width, Style::new(), paint.theme);
        }
        let visible = self.entries.iter().enumerate().skip(self.list.offset());
        for ((at, entry), y) in visible.zip(inner.y..inner.bottom()) {
            let base = if at == self.list.selected() { paint.theme.style(Role::Selected) } else { Style::new() };
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(
                &entry.pieces(inner.width),
                buf,
                inner.x + 1,
                y,
                inner.width.saturating_sub(2),
                base,
                paint.theme,
            );
        }
    }
}

impl Entry {
    fn hidden(candidate: Candidate) -> Self {
        let Candidate { kind, width, sample } = candidate;
        Self { column: Column::automatic(kind), is_shown: false, natural: width.max(1), sample }
    }

    /// Whether it is shown, its name, its width, and what it says of the selected line.
    fn pieces(&self, width: u16) -> [Piece; 4] {
        let name = NAME.min(usize::from(width) / 2);
        let width = match (&self.column.kind, self.column.width) {
            _ if !self.is_shown => String::new(),
            (ColumnKind::Message, _) => "the rest".to_owned(),
            (_, Some(width)) => format!("{width} cells"),
            (_, None) => "fitting".to_owned(),
        };
        let (sign, role) = if self.is_shown { ("✓ ", Role::Accent) } else { ("  ", Role::Muted) };
        [
            Piece::new(Role::Ok, sign),
            Piece::new(role, text::fit(&safe(self.column.kind.name()), name)),
            Piece::new(Role::Text, format!(" {width:<9}")),
            Piece::new(Role::Muted, safe(&self.sample)),
        ]
    }
}

fn area(screen: Rect, entries: usize) -> Rect {
    let width = WIDTH.min(screen.width);
    let wanted = u16::try_from(entries).unwrap_or(u16::MAX).saturating_add(3);
    let height = wanted.min((screen.height / 2).max(8)).min(screen.height);
    // The status bar stays in sight where there is room for it.
    let y = screen.bottom().saturating_sub(height + u16::from(height < screen.height)).max(screen.y);
    Rect { x: screen.right() - width, y, width, height }
}
