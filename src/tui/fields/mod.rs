//! A list of fields with their types, as a tree that folds: a record's, a span's.

mod field;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub use self::field::{Asked, Field};
use self::field::{Fold, Shape};
pub use self::tree::{attributes, lookup};
use super::action::Action;
use super::frame;
use super::pane::Paint;
use super::piece::{self, Piece};
use crate::theme::Role;

/// The widest column of keys.
const MAX_KEY: usize = 32;
/// Lines of a selected value that are highlighted all over. Of a longer one only the first is, and a bar runs down the rest:
/// a screen full of highlight is hard to read.
const MAX_HIGHLIGHTED: usize = 8;
/// Below this width types are left out.
const TYPES_FROM: usize = 56;

/// Fields of which one is selected. A field that is deeper than the one before it is below that one and folds with it.
#[derive(Clone, Debug, Default)]
pub struct FieldList {
    fields: Vec<Field>,
    /// What each field is known by when the fields change: the names that lead to it.
    ids: Vec<String>,
    /// The ids of the fields below which nothing is shown.
    folded: HashSet<String>,
    /// The fields that no folded one hides, in order.
    visible: Vec<usize>,
    /// Which of the visible ones is selected.
    selected: usize,
    /// The first line in sight.
    offset: usize,
    has_types: bool,
    /// The lines of all visible fields at one width, each with its field's place among the visible ones.
    lines: Vec<(usize, Vec<Piece>)>,
    /// Whether they are as the fields are.
    is_laid_out: bool,
    /// Cells of a line and lines that are in sight.
    width: usize,
    height: usize,
}

impl FieldList {
    /// A list of these fields, the first one selected.
    pub fn new(fields: Vec<Field>) -> Self {
        let ids = ids(&fields);
        let mut list = Self { fields, ids, has_types: true, ..Self::default() };
        list.refold();
        list
    }

    /// A list without the types, for a summary.
    pub fn brief(fields: Vec<Field>) -> Self {
        Self { has_types: false, ..Self::new(fields) }
    }

    /// Other fields in place of these, folded alike, with the field selected that was, or the nearest above it.
    pub fn replace(&mut self, fields: Vec<Field>) {
        let selected = self.visible.get(self.selected).and_then(|at| self.ids.get(*at)).cloned();
        let folded = std::mem::take(&mut self.folded);
        let Self { has_types, selected: was_selected, offset, width, height, .. } = *self;
        *self = Self { folded, offset, has_types, width, height, ..Self::new(fields) };
        self.refold();
        let is_it = |id: &str| self.visible.iter().position(|at| self.ids.get(*at).is_some_and(|known| known == id));
        let found = selected.and_then(|id| {
            let parents = id.rmatch_indices(SEPARATOR).filter_map(|(end, _)| id.get(..end));
            std::iter::once(id.as_str()).chain(parents).find_map(is_it)
        });
        self.selected = found.unwrap_or(was_selected).min(self.visible.len().saturating_sub(1));
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// The selected field.
    pub fn selected(&self) -> Option<&Field> {
        self.fields.get(*self.visible.get(self.selected)?)
    }

    /// Whether the selected field can be folded or unfolded.
    pub fn is_on_branch(&self) -> bool {
        self.visible.get(self.selected).is_some_and(|at| self.is_branch(*at))
    }

    /// Moves the selection, scrolls or folds by an action that does; answers whether it was one.
    pub fn navigate(&mut self, action: Action) -> bool {
        self.settle();
        let last = self.visible.len().saturating_sub(1);
        let (from, to) = self.block(self.selected);
        match action {
            // A value higher than the screen is read to its end before the next one is selected.
            Action::SelectNext if to > self.offset + self.height => self.offset += 1,
            Action::SelectNext => self.selected = (self.selected + 1).min(last),
            Action::SelectPrevious if from < self.offset => self.offset -= 1,
            Action::SelectPrevious => self.selected = self.selected.saturating_sub(1),
            Action::PageDown => self.turn(self.height, true),
            Action::PageUp => self.turn(self.height, false),
            Action::HalfPageDown => self.turn(self.height / 2, true),
            Action::HalfPageUp => self.turn(self.height / 2, false),
            Action::SelectFirst => (self.selected, self.offset) = (0, 0),
            Action::SelectLast => (self.selected, self.offset) = (last, self.lines.len()),
            Action::Collapse => self.collapse(),
            Action::Expand => self.expand(),
            Action::ToggleCollapse if self.is_folded(self.selected) => self.expand(),
            Action::ToggleCollapse if self.is_on_branch() => self.collapse(),
            Action::ToggleCollapse => {
                self.collapse();
                self.collapse();
            }
            _ => return false,
        }
        true
    }

    /// Moves selection and view together by `lines`.
    fn turn(&mut self, lines: usize, forward: bool) {
        let lines = lines.max(1);
        let (from, _) = self.block(self.selected);
        let here = from.max(self.offset);
        let there = if forward { here + lines } else { here.saturating_sub(lines) };
        let there = there.min(self.lines.len().saturating_sub(1));
        self.offset = if forward { self.offset + lines } else { self.offset.saturating_sub(lines) };
        self.selected = self.lines.get(there).map_or(0, |(owner, _)| *owner);
    }

    /// Hides what is below the selected field; where there is nothing, selects the field above it.
    fn collapse(&mut self) {
        let Some(at) = self.visible.get(self.selected).copied() else { return };
        if self.is_branch(at) && !self.is_folded(self.selected) {
            self.folded.extend(self.ids.get(at).cloned());
            self.refold();
            return;
        }
        let depth = self.fields.get(at).map_or(0, |field| field.depth);
        let above = self.fields.iter().take(at).rposition(|field| field.depth < depth);
        let place = above.and_then(|above| self.visible.iter().position(|visible| *visible == above));
        self.selected = place.unwrap_or(self.selected);
    }

    /// Shows what is below the selected field; where that is shown, selects the first of it.
    fn expand(&mut self) {
        let Some(at) = self.visible.get(self.selected).copied().filter(|at| self.is_branch(*at)) else { return };
        let was_folded = self.ids.get(at).is_some_and(|id| self.folded.remove(id));
        if was_folded {
            self.refold();
        } else {
            self.selected += 1;
        }
    }

    fn is_tree(&self) -> bool {
        self.fields.iter().any(|field| field.depth > 0)
    }

    fn is_branch(&self, at: usize) -> bool {
        let depth = |at: usize| self.fields.get(at).map_or(0, |field| field.depth);
        depth(at + 1) > depth(at)
    }

    /// Whether the visible field in this place is folded.
    fn is_folded(&self, place: usize) -> bool {
        let id = self.visible.get(place).and_then(|at| self.ids.get(*at));
        id.is_some_and(|id| self.folded.contains(id)) && self.visible.get(place).is_some_and(|at| self.is_branch(*at))
    }

    /// Finds what is visible. O(fields).
    fn refold(&mut self) {
        self.visible.clear();
        let mut hidden_below = None;
        for (at, (field, id)) in self.fields.iter().zip(&self.ids).enumerate() {
            if hidden_below.is_some_and(|depth| field.depth > depth) {
                continue;
            }
            hidden_below = Some(field.depth).filter(|_| self.folded.contains(id));
            self.visible.push(at);
        }
        self.is_laid_out = false;
    }

    /// The lines that the visible field in this place takes.
    fn block(&self, place: usize) -> (usize, usize) {
        let from = self.lines.partition_point(|(owner, _)| *owner < place);
        (from, self.lines.partition_point(|(owner, _)| *owner <= place))
    }

    /// Lays the fields out. Lines are made once for a width: a value may have many.
    pub fn project(&mut self, width: usize, height: usize) {
        self.is_laid_out &= self.width == width;
        (self.width, self.height) = (width, height.max(1));
        self.settle();
    }

    /// Brings lines and view into line with what was folded and selected since.
    fn settle(&mut self) {
        if !self.is_laid_out {
            self.lines = self.laid_out(self.width);
            self.is_laid_out = true;
        }
        self.selected = self.selected.min(self.visible.len().saturating_sub(1));
        let (from, to) = self.block(self.selected);
        self.offset = if to - from >= self.height {
            self.offset.clamp(from, to - self.height)
        } else {
            self.offset.max(to.saturating_sub(self.height)).min(from)
        };
        self.offset = self.offset.min(self.lines.len().saturating_sub(self.height));
    }

    fn laid_out(&self, width: usize) -> Vec<(usize, Vec<Piece>)> {
        let is_tree = self.is_tree();
        let width = width + usize::from(is_tree);
        let keys = self.fields.iter().map(|field| field.label_width(is_tree)).max().unwrap_or(0);
        let has_types = self.has_types && width >= TYPES_FROM;
        let shape = Shape { keys: keys.min(MAX_KEY).min(width * 3 / 5), width, has_types, is_tree };
        let mut out = Vec::new();
        for (place, at) in self.visible.iter().enumerate() {
            let Some(field) = self.fields.get(*at) else { continue };
            let fold = match (self.is_branch(*at), self.is_folded(place)) {
                (false, _) => Fold::Leaf,
                (true, false) => Fold::Open,
                (true, true) => Fold::Closed,
            };
            out.extend(field.lines(shape, fold).into_iter().map(|line| (place, line)));
        }
        out
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
        // The signs of a tree stand in the margin.
        let margin = u16::from(!self.is_tree());
        let (from, to) = self.block(self.selected);
        let in_sight = self.lines.iter().enumerate().skip(self.offset).take(self.height);
        for ((line, (_, pieces)), y) in in_sight.zip(area.y..area.bottom()) {
            let selected = selected.filter(|_| (from..to).contains(&line));
            let is_rest = line > from && to - from > MAX_HIGHLIGHTED;
            let base = selected.filter(|_| !is_rest).unwrap_or_default();
            buf.set_style(Rect { y, height: 1, ..area }, base);
            piece::draw(pieces, buf, area.x + margin, y, area.width.saturating_sub(margin), base, paint.theme);
            if selected.is_some() && is_rest {
                let sign = if paint.ascii { ">" } else { "▌" };
                buf.set_stringn(area.x, y, sign, usize::from(area.width), paint.theme.style(Role::Accent));
            }
        }
    }
}

/// What stands between the names in an id; no name that is made safe has it.
const SEPARATOR: char = '\u{1f}';

/// The names that lead to each field, and a number where several are alike.
fn ids(fields: &[Field]) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let mut known: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut out = Vec::with_capacity(fields.len());
    for field in fields {
        path.truncate(field.depth);
        let parent = path.last().map_or("", String::as_str);
        let mut id = format!("{parent}{SEPARATOR}{}", field.label);
        let count = known.entry(id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            id = format!("{id}#{count}");
        }
        path.push(id.clone());
        out.push(id);
    }
    out
}

/// A time in RFC 3339, UTC, with nine digits.
pub fn rfc3339(time: i64) -> String {
    let (seconds, nanos) = (time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000));
    let nanos = u32::try_from(nanos).unwrap_or(0);
    chrono::DateTime::from_timestamp(seconds, nanos)
        .map_or_else(|| time.to_string(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true))
}
