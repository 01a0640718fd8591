//! The list of traces, the latest first: those in memory, or what a search found in memory and elsewhere.

pub(super) mod entry;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use self::entry::{Columns, Entry};
use super::missing::no_trace;
use crate::analysis::question::Selection;
use crate::model::{Nanos, TraceId};
use crate::query::Plan;
use crate::store::Trace;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::inquiry::{SearchState, TraceSearch};
use crate::tui::list::List;
use crate::tui::pane::{Paint, TraceOrder};
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
    /// What traces have to match to be listed, while no search is in force.
    filter: Option<Arc<Plan>>,
    order: TraceOrder,
    /// What it says while there is no trace.
    empty: Vec<String>,
}

/// What is known of the search in force.
#[derive(Clone, Debug)]
struct Searched {
    /// Which search it is.
    generation: u64,
    /// Whether the traces in memory are to be searched again, when it is time.
    is_due: bool,
    /// Which traces in memory are meant.
    looked: Looked,
    /// When the traces in memory were searched last.
    at: Nanos,
    title: String,
    backends: Vec<Piece>,
}

/// What a search finds in memory.
#[derive(Clone, Debug, Default)]
struct Looked {
    /// The traces that it means.
    meant: HashSet<TraceId>,
    /// The traces that a backend told of, and of which all that it has is in memory and is not meant.
    others: HashSet<TraceId>,
}

impl TraceList {
    pub(super) fn selected(&self) -> Option<&Entry> {
        self.traces.get(self.list.selected())
    }

    /// The traces that are listed, for views of all of them.
    pub(super) fn selection(&self, world: &World) -> Selection {
        match (&self.search, &self.filter) {
            (None, Some(plan)) => Selection::Matching(Arc::clone(plan)),
            (None, None) => Selection::These(recent(world, MAX_LISTED, None).iter().map(|entry| entry.id).collect()),
            (Some(_), _) => Selection::These(self.traces.iter().map(|entry| entry.id).collect()),
        }
    }

    /// The text of the filter in force.
    pub(super) fn filter(&self) -> &str {
        self.filter.as_ref().map_or("", |plan| plan.source_text())
    }

    /// Lists what `text` matches; it is known to be right.
    pub(super) fn set_filter(&mut self, text: &str, world: &World) {
        let plan = Plan::compile(text, &world.compile_context()).ok();
        self.filter = plan.filter(|plan| !plan.is_empty()).map(Arc::new);
        self.list = List::default();
        self.traces.clear();
        self.changed(world);
    }

    /// Lists what `filter` matches in this order.
    pub(super) fn show(&mut self, filter: &str, order: TraceOrder, world: &World) {
        self.order = order;
        self.set_filter(filter, world);
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
            self.traces = recent(world, self.height.max(1), self.filter.as_ref());
        }
    }

    /// Lists what the search found, and what of the traces in memory it finds; the selection stays on its trace.
    fn take_search(&mut self, search: &TraceSearch, world: &World) {
        let known = self.search.take().filter(|known| known.generation == search.generation);
        let selected = known.as_ref().and_then(|_| self.selected()).map(|entry| entry.id);
        let is_due = known.as_ref().is_none_or(|known| world.now - known.at >= SEARCH_EVERY || known.at == world.now);
        let at = if is_due { world.now } else { known.as_ref().map_or(world.now, |known| known.at) };
        let looked =
            if is_due { in_memory(search, world) } else { known.map(|known| known.looked).unwrap_or_default() };
        let held = looked.meant.iter().filter_map(|id| world.traces.get(*id)).map(|trace| Entry::of(trace.summary()));
        let mut entries: HashMap<TraceId, Entry> = held.map(|entry| (entry.id, entry)).collect();
        let told = search.found().iter().filter(|found| !looked.others.contains(&found.hit.id));
        for found in told {
            entries.entry(found.hit.id).or_insert_with(|| Entry::found(found, world)).add_origins(&found.backends);
        }
        self.traces = entries.into_values().collect();
        self.traces.sort_by_key(|entry| (std::cmp::Reverse(entry.start), entry.id));
        let place = selected.and_then(|id| self.traces.iter().position(|entry| entry.id == id));
        self.list.select(place.unwrap_or(0));
        let searched = Searched {
            generation: search.generation,
            at,
            is_due: !is_due,
            looked,
            title: title_of(search),
            backends: backends_of(search, self.total),
        };
        self.search = Some(searched);
    }

    /// Whether more has come than the traces in memory were searched for.
    pub(super) fn is_ticking(&self) -> bool {
        self.search.as_ref().is_some_and(|search| search.is_due)
    }

    /// Moves the selection by an action that moves it; answers whether it was one.
    pub(super) fn navigate(&mut self, action: Action, world: &World) -> bool {
        if self.list.selected() == 0 && self.search.is_none() {
            self.traces = recent(world, MAX_LISTED, self.filter.as_ref());
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
        self.empty = if self.traces.is_empty() { no_trace(world) } else { Vec::new() };
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
            None => self.empty.clone(),
        }
    }
}

fn recent(world: &World, limit: usize, filter: Option<&Arc<Plan>>) -> Vec<Entry> {
    let Some(plan) = filter else {
        return world.traces.recent(0, limit, |_| true).into_iter().map(Entry::of).collect();
    };
    let latest = world.traces.latest(MAX_LISTED).into_iter();
    let matching = latest.filter(|trace| plan.matches_trace(&trace.summary(), trace.spans()));
    matching.take(limit).map(|trace| Entry::of(trace.summary())).collect()
}

/// Which traces in memory a search means, of the latest ones and of those that it found.
fn in_memory(search: &TraceSearch, world: &World) -> Looked {
    let is_meant = |trace: &Arc<Trace>| {
        let summary = trace.summary();
        search.query.window.contains(summary.start) && search.plan.matches_trace(&summary, trace.spans())
    };
    let latest = world.traces.latest(MAX_LISTED);
    let meant: HashSet<TraceId> = latest.iter().filter(|trace| is_meant(trace)).map(|trace| trace.id).collect();
    let others = search.found().iter().filter(|found| !meant.contains(&found.hit.id)).filter_map(|found| {
        let trace = world.traces.get(found.hit.id)?;
        let origins = trace.summary().origins;
        let is_here = |backend: &String| origins.iter().any(|origin| **origin == **backend);
        // What a backend was asked for it knows best, and a part of a trace says nothing of the whole.
        let is_wanted = |rest: &Arc<Plan>| rest.matches_trace(&trace.summary(), trace.spans());
        let is_refused = search.rest.as_ref().is_some_and(|rest| !is_wanted(rest));
        (is_refused && found.backends.iter().all(is_here)).then_some(found.hit.id)
    });
    Looked { others: others.collect(), meant }
}

/// What is looked for, as the filter language has it.
fn title_of(search: &TraceSearch) -> String {
    match search.plan.source_text() {
        "" => " of that time".to_owned(),
        text => format!(" {}", safe(text)),
    }
}

/// How far each backend is, and which of the `held` traces in memory were looked at, where not all were.
fn backends_of(search: &TraceSearch, held: usize) -> Vec<Piece> {
    let mut out = Vec::new();
    if held > MAX_LISTED {
        out.push(Piece::new(Role::Muted, format!("latest {} in memory", text::count(MAX_LISTED as u64))));
    }
    for (backend, state) in search.backends() {
        let count = search.found().iter().filter(|found| found.backends.contains(backend)).count();
        let (role, said) = match state {
            SearchState::Asked(_) => (Role::Accent, "…".to_owned()),
            SearchState::More(_) => (Role::Muted, format!("{count}+")),
            SearchState::Done => (Role::Muted, count.to_string()),
            SearchState::Failed(_) => (Role::Error, "failed".to_owned()),
        };
        let between = if out.is_empty() { "" } else { " · " };
        out.push(Piece::new(role, format!("{between}{} {said}", safe(backend))));
    }
    out
}
