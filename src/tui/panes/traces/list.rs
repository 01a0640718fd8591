//! The list of traces, the latest first: those in memory, or what a search found in memory and elsewhere.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::entry::{Columns, Entry};
use crate::model::{Nanos, TraceId};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::inquiry::{SearchState, TraceSearch};
use crate::tui::list::List;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// Traces that one can scroll over; the latest of them are what one looks for here.
const MAX_LISTED: usize = 2000;

/// How often the traces in memory are searched anew while more come.
const SEARCH_EVERY: Nanos = 1_000_000_000;

/// From this width on the frame has room for keys.
const WIDE: usize = 110;

/// Rows before the end at which more is asked for.
const AHEAD: usize = 5;

/// Traces of which one is selected. While the selection is on the first row the list moves with what arrives; below
/// it, the list stands still until one returns to the top.
#[derive(Clone, Debug, Default)]
pub(super) struct TraceList {
    traces: Vec<Entry>,
    list: List,
    rows: Vec<(Vec<Piece>, bool)>,
    total: usize,
    height: usize,
    columns: Columns,
    /// What a search says of itself.
    search: Option<Searched>,
    keys: String,
}

/// What is known of the search in force.
#[derive(Clone, Debug)]
struct Searched {
    /// When the traces in memory were searched last.
    at: Nanos,
    title: String,
    backends: Vec<Piece>,
}

impl TraceList {
    pub(super) fn selected(&self) -> Option<&Entry> {
        self.traces.get(self.list.selected())
    }

    pub(super) fn is_searching(&self) -> bool {
        self.search.is_some()
    }

    pub(super) fn changed(&mut self, world: &World) {
        self.total = world.traces.len();
        match &world.inquiry.search {
            Some(search) => return self.take_search(search, world),
            None if self.search.take().is_some() => {
                self.list = List::default();
                self.traces.clear();
            }
            None => {}
        }
        let stands_still = self.list.selected() > 0 && !self.traces.is_empty();
        if stands_still {
            for entry in self.traces.iter_mut().filter(|entry| !entry.is_complete) {
                if let Some(trace) = world.traces.get(entry.id) {
                    *entry = Entry::of(trace.summary());
                }
            }
        } else {
            self.traces = recent(world, self.height.max(1));
        }
    }

    /// Lists what the search found, and what of the traces in memory it finds; the selection stays on its trace.
    fn take_search(&mut self, search: &TraceSearch, world: &World) {
        let is_new = self.search.is_none();
        let at = match &self.search {
            Some(known) if world.now - known.at < SEARCH_EVERY => known.at,
            _ => world.now,
        };
        let mut entries: HashMap<TraceId, Entry> = HashMap::new();
        if is_new || at == world.now {
            entries.extend(in_memory(search, world).into_iter().map(|entry| (entry.id, entry)));
        } else {
            let held = std::mem::take(&mut self.traces).into_iter().filter(|entry| entry.is_held);
            entries.extend(held.map(|entry| (entry.id, entry)));
        }
        for found in search.found() {
            entries.entry(found.hit.id).or_insert_with(|| Entry::found(found, world)).add_origins(&found.backends);
        }
        let selected = if is_new { None } else { self.selected().map(|entry| entry.id) };
        self.traces = entries.into_values().collect();
        self.traces.sort_by_key(|entry| (std::cmp::Reverse(entry.start), entry.id));
        let place = selected.and_then(|id| self.traces.iter().position(|entry| entry.id == id));
        self.list.select(place.unwrap_or(0));
        self.search = Some(Searched { at, title: title_of(search), backends: backends_of(search) });
    }

    /// Moves the selection by an action that moves it; answers whether it was one.
    pub(super) fn navigate(&mut self, action: Action, world: &World) -> bool {
        if self.list.selected() == 0 && self.search.is_none() {
            self.traces = recent(world, MAX_LISTED);
        }
        if matches!(action, Action::NextError | Action::PreviousError) {
            self.seek_error(action == Action::NextError);
            return true;
        }
        self.list.navigate(action, self.traces.len(), self.height)
    }

    /// Whether one has come so near to the end that more is wanted.
    pub(super) fn wants_more(&self) -> bool {
        self.search.is_some() && self.list.selected() + AHEAD >= self.traces.len()
    }

    fn seek_error(&mut self, forward: bool) {
        let at = self.list.selected();
        let is_failed = |row: &usize| self.traces.get(*row).is_some_and(|entry| entry.errors.is_some_and(|n| n > 0));
        let found = if forward { (at + 1..self.traces.len()).find(is_failed) } else { (0..at).rev().find(is_failed) };
        if let Some(found) = found {
            self.list.select(found);
        }
    }

    pub(super) fn project(&mut self, world: &World, width: usize, height: usize) {
        self.height = height.saturating_sub(1);
        if self.traces.is_empty() {
            self.changed(world);
        }
        self.keys = match self.search {
            Some(_) if width >= WIDE => {
                format!("{} search again  {} all traces", world.key(Action::FindTraces), world.key(Action::Back))
            }
            _ => String::new(),
        };
        self.list.clamp(self.traces.len(), self.height);
        let visible = self.traces.iter().enumerate().skip(self.list.offset()).take(self.height);
        let several = visible.clone().any(|(_, entry)| entry.origins.len() > 1);
        self.columns = Columns::new(width, several || !world.backends().is_empty());
        let columns = self.columns;
        self.rows = visible.map(|(at, entry)| (entry.row(columns, world), at == self.list.selected())).collect();
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let about = self.search.as_ref().map_or(" latest first", |search| search.title.as_str());
        let title = [Piece::new(Role::Title, "Traces"), Piece::new(Role::Muted, about)];
        let right = match self.search {
            Some(_) => format!("{} found", text::count(self.traces.len() as u64)),
            None => format!("{} traces", text::count(self.total as u64)),
        };
        let mut bottom = self.search.as_ref().map(|search| search.backends.clone()).unwrap_or_default();
        if !self.keys.is_empty() {
            bottom.push(Piece::new(Role::Muted, format!("  {}", self.keys)));
        }
        let inner = Frame { title: &title, right: &right, bottom: &bottom }.render(area, buf, paint);
        if self.rows.is_empty() {
            return frame::message(&self.nothing(), inner, buf, paint);
        }
        let header = [Piece::new(Role::Muted, self.columns.header())];
        piece::draw(&header, buf, inner.x + 1, inner.y, inner.width.saturating_sub(1), Style::new(), paint.theme);
        for ((pieces, is_selected), y) in self.rows.iter().zip(inner.y + 1..inner.bottom()) {
            let base = match (is_selected, paint.is_focused) {
                (true, true) => paint.theme.style(Role::Selected),
                (true, false) => paint.theme.style(Role::SelectedUnfocused),
                (false, _) => Style::new(),
            };
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(pieces, buf, inner.x + 1, y, inner.width.saturating_sub(1), base, paint.theme);
        }
    }

    /// What an empty list says.
    fn nothing(&self) -> Vec<String> {
        match &self.search {
            Some(_) => {
                vec!["Nothing found so far.".to_owned(), "A longer time or less conditions find more.".to_owned()]
            }
            None => vec!["No trace yet.".to_owned(), "Traces come by OTLP: spantail otlp: otlp+http:".to_owned()],
        }
    }
}

fn recent(world: &World, limit: usize) -> Vec<Entry> {
    world.traces.recent(0, limit, |_| true).into_iter().map(Entry::of).collect()
}

/// The traces in memory that a search finds, of the latest ones.
fn in_memory(search: &TraceSearch, world: &World) -> Vec<Entry> {
    let latest = world.traces.latest(MAX_LISTED).into_iter().map(|trace| (trace.summary(), trace));
    let found = latest.filter(|(summary, trace)| {
        search.query.window.contains(summary.start) && search.plan.matches_trace(summary, trace.spans())
    });
    found.map(|(summary, _)| Entry::of(summary)).collect()
}

/// What is looked for, as the filter language has it.
fn title_of(search: &TraceSearch) -> String {
    match search.plan.source_text() {
        "" => " of that time".to_owned(),
        text => format!(" {}", safe(text)),
    }
}

/// How far each backend is.
fn backends_of(search: &TraceSearch) -> Vec<Piece> {
    let mut out = Vec::new();
    for (backend, state) in search.backends() {
        let count = search.found().iter().filter(|found| found.backends.contains(backend)).count();
        let (role, said) = match state {
            SearchState::Asked => (Role::Accent, "…".to_owned()),
            SearchState::More(_) => (Role::Muted, format!("{count}+")),
            SearchState::Done => (Role::Muted, count.to_string()),
            SearchState::Failed(_) => (Role::Error, "failed".to_owned()),
        };
        let between = if out.is_empty() { "" } else { " · " };
        out.push(Piece::new(role, format!("{between}{} {said}", safe(backend))));
    }
    out
}
