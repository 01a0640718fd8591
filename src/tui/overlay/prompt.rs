//! The prompt: a line of typing at the bottom, for searches, filters and file names.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::pane::Paint;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PromptKind {
    /// A search: `/`.
    Search,
    /// A filter: `&`.
    Filter,
    /// The file to save to.
    Save,
    /// The source to add.
    Source,
}

/// A line of typing.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What is asked for.
    pub kind: PromptKind,
    text: String,
    /// The caret, as a byte position at a grapheme's boundary.
    caret: usize,
    /// What was in force before, to go back to.
    pub before: String,
    /// Where the text is wrong, and what was expected.
    pub error: Option<(Range<usize>, String)>,
    /// What may be typed next.
    pub candidates: Vec<String>,
    history_at: Option<usize>,
}

impl PromptKind {
    /// The sign in front of what is typed.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Search => "/",
            Self::Filter => "&",
            Self::Save => "save to:",
            Self::Source => "add source:",
        }
    }
}

impl Prompt {
    /// A prompt that begins with `text`.
    pub fn new(kind: PromptKind, text: &str) -> Self {
        Self {
            kind,
            text: text.to_owned(),
            caret: text.len(),
            before: text.to_owned(),
            error: None,
            candidates: Vec::new(),
            history_at: None,
        }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The caret's byte position.
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Replaces the text and puts the caret to its end.
    pub fn set_text(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.caret = self.text.len();
    }

    /// Puts `text` where `range` is, and the caret behind it.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        if self.text.get(range.clone()).is_some() {
            self.text.replace_range(range.clone(), text);
            self.caret = range.start + text.len();
        }
    }

    /// Types a text; line ends and control characters of a paste become blanks.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.replace(self.caret..self.caret, &clean);
        self.history_at = None;
    }

    /// Carries out an action that moves the caret or deletes; answers whether it was one.
    pub fn edit(&mut self, action: Action) -> bool {
        let (left, right) = (self.boundary_before(), self.boundary_after());
        let (word_left, word_right) = (self.word_before(), self.word_after());
        let end = self.text.len();
        let deleted = match action {
            Action::DeleteBackward => left..self.caret,
            Action::DeleteForward => self.caret..right,
            Action::DeleteWordBackward => word_left..self.caret,
            Action::DeleteWordForward => self.caret..word_right,
            Action::DeleteToStart => 0..self.caret,
            Action::DeleteToEnd => self.caret..end,
            _ => {
                self.caret = match action {
                    Action::CursorLeft => left,
                    Action::CursorRight => right,
                    Action::CursorWordLeft => word_left,
                    Action::CursorWordRight => word_right,
                    Action::CursorStart => 0,
                    Action::CursorEnd => end,
                    _ => return false,
                };
                return true;
            }
        };
        self.caret = deleted.start;
        self.text.drain(deleted);
        true
    }

    /// Goes through what was typed before; `history` has the latest last.
    pub fn recall(&mut self, history: &[String], older: bool) {
        let at = match (self.history_at, older) {
            (None, true) => history.len().checked_sub(1),
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) if at + 1 < history.len() => Some(at + 1),
            (_, false) => None,
        };
        self.history_at = at;
        let text = at.and_then(|at| history.get(at)).cloned().unwrap_or_default();
        self.set_text(&text);
    }

    fn boundary_before(&self) -> usize {
        let before = self.text.get(..self.caret).unwrap_or_default();
        before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn boundary_after(&self) -> usize {
        let after = self.text.get(self.caret..).unwrap_or_default();
        self.caret + after.graphemes(true).next().map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let before = self.text.get(..self.caret).unwrap_or_default();
        let trimmed = before.trim_end();
        trimmed.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    fn word_after(&self) -> usize {
        let after = self.text.get(self.caret..).unwrap_or_default();
        let skipped = after.len() - after.trim_start().len();
        let rest = after.trim_start();
        self.caret + skipped + rest.find(char::is_whitespace).unwrap_or(rest.len())
    }

    /// Draws it over the bottom line of `screen`: the text, and behind it what is wrong or may follow.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let Some(y) = screen.bottom().checked_sub(1).filter(|_| screen.width > 4) else { return };
        let theme = paint.theme;
        let base = theme.style(Role::Text);
        let line = Rect { y, height: 1, ..screen };
        buf.set_style(line, base);
        for x in line.left()..line.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.set_symbol(" ");
            }
        }
        let width = usize::from(screen.width);
        let (mut x, _) =
            buf.set_stringn(line.x, y, format!(" {} ", self.kind.sign()), width, theme.style(Role::Prompt));
        let from = self.first_shown(screen.width);
        for (at, grapheme) in self.text.grapheme_indices(true).skip_while(|(at, _)| *at < from) {
            let is_wrong = self.error.as_ref().is_some_and(|(span, _)| span.contains(&at));
            let mut style = base;
            if is_wrong {
                style = style.patch(theme.style(Role::Error)).add_modifier(Modifier::UNDERLINED);
            }
            if at == self.caret {
                style = style.patch(theme.style(Role::Cursor));
            }
            let left = usize::from(line.right().saturating_sub(x));
            (x, _) = buf.set_stringn(x, y, safe(grapheme), left, style);
        }
        if self.caret >= self.text.len() {
            let left = usize::from(line.right().saturating_sub(x));
            let past_end = self.error.as_ref().is_some_and(|(span, _)| span.start >= self.text.len());
            let role = if past_end { Role::Error } else { Role::Text };
            let style = theme.style(role).patch(theme.style(Role::Cursor));
            (x, _) = buf.set_stringn(x, y, " ", left, style);
        }
        self.render_remark(x, line, buf, paint);
    }

    /// Where the part of the text begins that is shown: a caret far to the right pushes out what is on the left.
    fn first_shown(&self, width: u16) -> usize {
        self.first_within(usize::from(width).saturating_sub(self.kind.sign().width() + 3))
    }

    /// The same where the text in front of the caret has this many cells.
    pub(super) fn first_within(&self, room: usize) -> usize {
        let mut used = 0;
        let before = self.text.get(..self.caret).unwrap_or_default();
        for (at, grapheme) in before.grapheme_indices(true).rev() {
            used += safe(grapheme).width();
            if used > room {
                return at + grapheme.len();
            }
        }
        0
    }

    fn render_remark(&self, x: u16, line: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let (remark, role) = match &self.error {
            // They were asked for just now, where something is still missing.
            _ if !self.candidates.is_empty() => (self.candidates.join("  "), Role::Muted),
            Some((_, why)) => (safe(why).into_owned(), Role::Error),
            None => return,
        };
        let room = usize::from(line.right().saturating_sub(x + 2));
        if room >= 8 {
            let remark = crate::tui::text::truncate(&remark, room);
            let wide = u16::try_from(remark.width()).unwrap_or(0);
            let from = (line.right() - wide).max(x + 2);
            buf.set_stringn(from, line.y, remark, room, paint.theme.style(role));
        }
    }

    /// Where the caret is drawn on `screen`.
    pub fn cursor(&self, screen: Rect) -> Option<Position> {
        let before = self.text.get(self.first_shown(screen.width)..self.caret)?;
        let shown: usize = before.graphemes(true).map(|grapheme| safe(grapheme).width()).sum();
        let x = self.kind.sign().width() + 2 + shown;
        Some(Position::new(screen.x + u16::try_from(x).ok()?, screen.bottom().checked_sub(1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Prompt {
        Prompt::new(PromptKind::Filter, text)
    }

    #[test]
    fn editing_keeps_graphemes_whole() {
        let mut line = prompt("aé漢");
        line.edit(Action::DeleteBackward);
        assert_eq!(line.text(), "aé");
        line.edit(Action::CursorLeft);
        line.insert("x\ny");
        assert_eq!((line.text(), line.caret()), ("ax yé", 4));
        line.edit(Action::CursorStart);
        line.edit(Action::DeleteBackward);
        line.edit(Action::DeleteForward);
        assert_eq!(line.text(), "x yé");
    }

    #[test]
    fn words_are_deleted_to_their_blank() {
        let mut line = prompt("level:error  bank");
        line.edit(Action::DeleteWordBackward);
        assert_eq!(line.text(), "level:error  ");
        line.edit(Action::DeleteWordBackward);
        assert_eq!(line.text(), "");
        let mut line = prompt("a bc d");
        line.edit(Action::CursorStart);
        line.edit(Action::CursorRight);
        line.edit(Action::DeleteWordForward);
        assert_eq!(line.text(), "a d");
    }

    #[test]
    fn history_goes_back_and_forth() {
        let history = ["one".to_owned(), "two".to_owned()];
        let mut line = prompt("");
        line.recall(&history, true);
        line.recall(&history, true);
        line.recall(&history, true);
        assert_eq!(line.text(), "one");
        line.recall(&history, false);
        assert_eq!(line.text(), "two");
        line.recall(&history, false);
        assert_eq!(line.text(), "");
    }
}
