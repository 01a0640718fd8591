//! The help: the keys of the focused pane, made from the keymap in force, and what its signs mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::keymap::{Context, Keymap};
use crate::tui::list::List;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Piece};
use crate::tui::text;
use crate::tui::widget::waterfall::{LEGEND, Sign};

/// Cells of the keys in front of what they do.
const KEYS: usize = 16;
/// Cells of each of two columns.
const COLUMN: u16 = 58;
/// Cells of the box where there is only one column.
const ONE_COLUMN: u16 = 78;

/// The keys of one context.
#[derive(Clone, Debug)]
pub struct Help {
    title: String,
    /// The keys in the order in which actions are declared, so that what belongs together stands so; then the signs.
    rows: Vec<Row>,
    list: List,
}

/// A row of the help.
#[derive(Clone, Debug)]
enum Row {
    /// Keys, and what they do.
    Keys(String, String),
    /// What is drawn, and what it means.
    Sign(Sign),
    /// What stands between the keys and the signs.
    Blank,
}

/// The signs that are to be seen in `context`.
fn signs(context: Context) -> &'static [Sign] {
    match context {
        Context::Waterfall => &LEGEND,
        _ => &[],
    }
}

impl Help {
    /// The help for `context`.
    pub fn new(context: Context, keymap: &Keymap) -> Self {
        let mut rows: Vec<(Action, String, String)> = Vec::new();
        for binding in keymap.bindings(context) {
            let Some(first) = binding.actions.first().copied() else { continue };
            let about = binding.actions.iter().map(|action| action.about()).collect::<Vec<_>>().join(", then ");
            match rows.iter_mut().find(|(_, _, known)| *known == about) {
                Some((_, keys, _)) => {
                    keys.push_str("  ");
                    keys.push_str(&binding.keys);
                }
                None => rows.push((first, binding.keys.clone(), about)),
            }
        }
        rows.sort_by_key(|(action, _, _)| Action::ALL.iter().position(|known| known == action));
        let mut rows: Vec<Row> = rows.into_iter().map(|(_, keys, about)| Row::Keys(keys, about)).collect();
        let signs = signs(context);
        if !signs.is_empty() {
            rows.push(Row::Blank);
        }
        rows.extend(signs.iter().map(|sign| Row::Sign(*sign)));
        Self { title: format!("Keys of {}", context.name()), rows, list: List::default() }
    }

    /// Scrolls by an action that moves; answers whether it was one.
    pub fn navigate(&mut self, action: Action) -> bool {
        self.list.navigate(action, self.rows.len(), 10)
    }

    /// Keeps within what there is on a screen of this size.
    pub fn project(&mut self, screen: Rect) {
        let (_, height, columns) = self.size(screen);
        let lines = self.rows.len().div_ceil(usize::from(columns));
        let page = usize::from(height.saturating_sub(2));
        let last = lines.saturating_sub(page);
        self.list.select(self.list.selected().min(last));
    }

    /// Draws it as a box in the middle of `screen`, in two columns where there is room.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let (width, height, columns) = self.size(screen);
        let area = super::centred(screen, width, height);
        Clear.render(area, buf);
        buf.set_style(area, paint.theme.style(Role::Text));
        let title = [Piece::new(Role::Title, self.title.clone())];
        let bottom = [Piece::new(Role::Muted, "Esc closes")];
        let inner = Frame { title: &title, right: "", bottom: &bottom }.render(area, buf, paint);
        let lines = self.rows.len().div_ceil(usize::from(columns));
        for column in 0..columns {
            let rows = self.rows.iter().skip(usize::from(column) * lines).take(lines).skip(self.list.selected());
            let x = inner.x + 1 + column * COLUMN;
            let room = if columns == 2 { COLUMN } else { ONE_COLUMN };
            let width = room.min(inner.right().saturating_sub(x));
            for (row, y) in rows.zip(inner.y..inner.bottom()) {
                piece::draw(&row.pieces(paint.ascii), buf, x, y, width.saturating_sub(1), Style::new(), paint.theme);
            }
        }
    }

    /// Width, height and number of columns on this screen.
    fn size(&self, screen: Rect) -> (u16, u16, u16) {
        let columns = if screen.width >= 2 * COLUMN + 4 { 2 } else { 1 };
        let lines = u16::try_from(self.rows.len().div_ceil(usize::from(columns))).unwrap_or(u16::MAX);
        let width = if columns == 2 { 2 * COLUMN + 3 } else { ONE_COLUMN };
        (width, lines.saturating_add(2).min(screen.height), columns)
    }
}

impl Row {
    fn pieces(&self, is_ascii: bool) -> Vec<Piece> {
        let (role, left, right) = match self {
            Self::Keys(keys, about) => (Role::StatusKey, keys.as_str(), about.as_str()),
            Self::Sign(sign) => (Role::Accent, sign.shape(is_ascii), sign.about),
            Self::Blank => return Vec::new(),
        };
        vec![Piece::new(role, text::fit(left, KEYS)), Piece::new(Role::Text, format!(" {right}"))]
    }
}
