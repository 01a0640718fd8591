//! A list to choose from by typing: the command palette over every action, and the marked lines.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::centred;
use super::prompt::{Prompt, PromptKind};
use crate::store::LineId;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::list::List;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Piece};
use crate::tui::text;

/// The rows of a picker at most.
const MAX_ROWS: u16 = 16;

/// What an entry stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Picked {
    /// Run an action.
    Action(Action),
    /// Go to a line.
    Line(LineId),
    /// Open one of the links that were found, by its place among them.
    Link(usize),
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What choosing it does.
    pub picked: Picked,
    /// What is matched and shown first.
    pub name: String,
    /// What is shown behind it.
    pub about: String,
    /// What is shown at the right: its keys.
    pub keys: String,
}

/// A list to choose from by typing.
#[derive(Clone, Debug)]
pub struct Picker {
    title: &'static str,
    entries: Vec<Entry>,
    /// Entries that match, best first.
    matches: Vec<usize>,
    list: List,
    /// What has been typed.
    pub input: Prompt,
}

impl Picker {
    /// A picker over `entries`.
    pub fn new(title: &'static str, entries: Vec<Entry>) -> Self {
        let matches = (0..entries.len()).collect();
        Self { title, entries, matches, list: List::default(), input: Prompt::new(PromptKind::Search, "") }
    }

    /// Finds what matches the text typed so far: by name first, then by what it does.
    pub fn rank(&mut self) {
        let matcher = SkimMatcherV2::default().ignore_case();
        let wanted = self.input.text();
        let score = |entry: &Entry| {
            let by_name = matcher.fuzzy_match(&entry.name, wanted).map(|score| score * 2);
            by_name.max(matcher.fuzzy_match(&entry.about, wanted))
        };
        let mut scored: Vec<(i64, usize)> =
            self.entries.iter().enumerate().filter_map(|(at, entry)| Some((score(entry)?, at))).collect();
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.matches = scored.into_iter().map(|(_, at)| at).collect();
        self.list.select(0);
    }

    /// Moves the selection by an action that does; answers whether it was one.
    pub fn navigate(&mut self, action: Action) -> bool {
        self.list.navigate(action, self.matches.len(), usize::from(MAX_ROWS))
    }

    /// The selected entry.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries.get(*self.matches.get(self.list.selected())?)
    }

    /// Keeps the selection in sight of a screen of `height` rows.
    pub fn project(&mut self, height: u16) {
        self.list.clamp(self.matches.len(), usize::from(rows(height)));
    }

    /// Draws it as a box in the middle of `screen`.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let area = centred(screen, 84, rows(screen.height) + 3);
        Clear.render(area, buf);
        buf.set_style(area, paint.theme.style(Role::Text));
        let title = [Piece::new(Role::Title, self.title)];
        let right = format!("{} of {}", self.matches.len(), self.entries.len());
        let inner = Frame { title: &title, right: &right, bottom: &[] }.render(area, buf, paint);
        if inner.height == 0 {
            return;
        }
        let typed = [
            Piece::new(Role::Prompt, "> "),
            Piece::new(Role::Text, safe(self.input.text())),
            Piece::new(Role::Cursor, " "),
        ];
        piece::draw(&typed, buf, inner.x + 1, inner.y, inner.width.saturating_sub(1), Style::new(), paint.theme);
        let visible = self.matches.iter().enumerate().skip(self.list.offset());
        for ((at, entry), y) in visible.zip(inner.y + 1..inner.bottom()) {
            let Some(entry) = self.entries.get(*entry) else { continue };
            let line = Rect { y, height: 1, ..inner };
            let base = if at == self.list.selected() { paint.theme.style(Role::Selected) } else { Style::new() };
            buf.set_style(line, base);
            self.draw_entry(entry, line, buf, base, paint);
        }
    }

    fn draw_entry(&self, entry: &Entry, line: Rect, buf: &mut Buffer, base: Style, paint: &Paint<'_>) {
        let keys = [Piece::new(Role::StatusKey, entry.keys.clone())];
        let wide = u16::try_from(piece::width(&keys)).unwrap_or(0);
        let room = line.width.saturating_sub(wide + 3);
        let widest = self.entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0).min(24);
        let pieces = [
            Piece::new(Role::Accent, text::fit(&safe(&entry.name), widest)),
            Piece::new(Role::Muted, format!("  {}", safe(&entry.about))),
        ];
        piece::draw(&pieces, buf, line.x + 1, line.y, room, base, paint.theme);
        piece::draw(&keys, buf, line.right().saturating_sub(wide + 1), line.y, wide, base, paint.theme);
    }
}

fn rows(height: u16) -> u16 {
    MAX_ROWS.min(height.saturating_sub(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_comes_first() {
        let entry = |action: Action| Entry {
            picked: Picked::Action(action),
            name: action.name().to_owned(),
            about: action.about().to_owned(),
            keys: String::new(),
        };
        let mut picker = Picker::new("Commands", Action::ALL.iter().copied().map(entry).collect());
        picker.input.insert("opntr");
        picker.rank();
        assert_eq!(picker.selected().map(|entry| entry.picked), Some(Picked::Action(Action::OpenTrace)));
        picker.input.insert("zzzz");
        picker.rank();
        assert!(picker.selected().is_none());
    }
}
