//! The list of traces: those in memory, or what a search found in memory and elsewhere; filtered, and sorted by any column.
//!
//! While the latest stand first and the first row is selected, the list moves with what arrives. Else the selection stays on
//! its trace and that in its place on the screen: what arrives above it moves nothing, and what arrives in sight is put in.

mod columns;
mod draw;
pub(super) mod entry;
mod found;
mod index;
mod order;
mod scale;

use std::sync::Arc;

use self::columns::{Room, What};
use self::draw::Drawn;
pub(super) use self::draw::FIELD_ROWS;
use self::entry::Entry;
use self::found::Searched;
use self::index::{Changes, Index};
use self::order::Order;
use self::scale::Scale;
use super::scatter::field::Field;
use crate::analysis::question::{MAX_LISTED, Selection};
use crate::model::{Nanos, TraceId};
use crate::query::Plan;
use crate::tui::action::Action;
use crate::tui::inquiry::TraceSearch;
use crate::tui::list::List;
use crate::tui::pane::{Cx, TraceOrder};
use crate::tui::world::World;

/// Rows before the end at which more is asked for.
const AHEAD: usize = 5;

/// Traces of which one is selected.
#[derive(Clone, Debug, Default)]
pub(super) struct TraceList {
    index: Index,
    /// What is listed, in order.
    traces: Vec<Arc<Entry>>,
    order: Order,
    /// What traces have to match to be listed.
    filter: Option<Arc<Plan>>,
    list: List,
    /// The trace that the selection stays on; `None` while it stays on the first row.
    kept: Option<TraceId>,
    /// What a search says of itself.
    search: Option<Searched>,
    /// The search that was in force when this list was asked for, which it does not show.
    ignored: Option<u64>,
    /// Whether another pane asked for it, so that the way back leads there.
    is_step: bool,
    /// How long bars are.
    scale: Scale,
    /// When the first of them began, and the last; a trace without a time tells of none.
    began: Option<(Nanos, Nanos)>,
    room: Room,
    /// Traces in memory.
    total: usize,
    height: usize,
    /// Durations over time, where there is room for them above the list.
    field: Field,
    has_origin: bool,
    revision: u64,
    drawn: Drawn,
}

impl TraceList {
    pub(super) fn selected(&self) -> Option<&Entry> {
        self.traces.get(self.list.selected()).map(|entry| &**entry)
    }

    /// What is listed, in order.
    pub(super) fn entries(&self) -> &[Arc<Entry>] {
        &self.traces
    }

    /// A number that grows with every change of what is listed.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The traces that are listed, for views of all of them.
    pub(super) fn selection(&self, world: &World) -> Selection {
        let listed = || Selection::These(self.traces.iter().map(|entry| entry.id).collect());
        if self.search.is_some() {
            return listed();
        }
        let all = || Plan::compile("", &world.compile_context()).ok().map(Arc::new);
        self.filter.clone().or_else(all).map_or_else(listed, Selection::Matching)
    }

    /// The text of the filter in force.
    pub(super) fn filter(&self) -> &str {
        self.filter.as_ref().map_or("", |plan| plan.source_text())
    }

    /// Lists what `text` matches; it is known to be right. The selection stays on its trace, if that is one of them.
    pub(super) fn set_filter(&mut self, text: &str, cx: &mut Cx<'_>) {
        self.kept = self.kept.filter(|_| self.list.selected() > 0);
        let plan = Plan::compile(text, &cx.world.compile_context()).ok();
        self.filter = plan.filter(|plan| !plan.is_empty()).map(Arc::new);
        (self.index, self.room) = (Index::default(), Room::default());
        self.traces.clear();
        if let Some(search) = &mut self.search {
            search.forget_verdicts();
        }
        self.changed(cx);
    }

    /// Lists what `filter` matches in this order, whatever was searched for before.
    pub(super) fn show(&mut self, filter: &str, order: TraceOrder, cx: &mut Cx<'_>) {
        self.order = Order::of(order);
        (self.is_step, self.kept, self.list) = (true, None, List::default());
        self.ignored = cx.world.inquiry.search.as_ref().map(|search| search.generation);
        self.search = None;
        self.set_filter(filter, cx);
    }

    /// Whether it shows what a search found.
    pub(super) fn is_searching(&self) -> bool {
        self.search.is_some()
    }

    /// Whether another pane asked for it.
    pub(super) fn is_step(&self) -> bool {
        self.is_step
    }

    /// Takes in what has changed.
    pub(super) fn changed(&mut self, cx: &mut Cx<'_>) {
        self.total = cx.world.traces.len();
        let search = cx.world.inquiry.search.as_ref();
        if let Some(search) = search.filter(|search| Some(search.generation) != self.ignored) {
            return self.take_search(search, cx.world);
        }
        if self.search.take().is_some() {
            (self.index, self.kept, self.list) = (Index::default(), None, List::default());
            self.room = Room::default();
            self.traces.clear();
        }
        let changes = self.index.refresh(self.filter.as_ref(), cx);
        self.apply(changes);
    }

    fn apply(&mut self, changes: Changes) {
        let Changes { is_fresh, open, gone, come } = changes;
        if !is_fresh && gone.is_empty() && come.is_empty() {
            return;
        }
        let before = self.list.selected();
        if is_fresh {
            self.traces.retain(|entry| open.contains(&entry.id));
        } else if !gone.is_empty() {
            self.traces.retain(|entry| !gone.contains(&entry.id));
        }
        self.traces.extend(come.into_values());
        self.sort(before);
    }

    /// Lists what the search found, and what of the traces in memory it finds; the selection stays on its trace.
    fn take_search(&mut self, search: &TraceSearch, world: &World) {
        let before = self.list.selected();
        let is_other = self.search.as_ref().is_none_or(|known| known.generation != search.generation);
        if is_other {
            (self.kept, self.list, self.room) = (None, List::default(), Room::default());
        }
        // What was found stands still: it is no stream that one would follow.
        self.kept = self.kept.or_else(|| self.selected().filter(|_| !is_other).map(|entry| entry.id));
        let (searched, entries) = Searched::take(search, self.search.take(), self.filter.as_ref(), world);
        (self.search, self.traces) = (Some(searched), entries);
        self.sort(before);
    }

    /// Sorts what is listed and selects what was selected; `before` is its row until now.
    fn sort(&mut self, before: usize) {
        let order = self.order;
        self.revision += 1;
        self.traces.sort_by(|a, b| order.compare(a, b));
        self.scale = Scale::of(self.traces.iter().filter_map(|entry| entry.duration));
        let starts = || self.traces.iter().map(|entry| entry.start).filter(|start| *start != 0);
        self.began = starts().min().zip(starts().max());
        let place = self.kept.and_then(|id| self.traces.iter().position(|entry| entry.id == id));
        let Some(place) = place else {
            let row = if self.kept.is_some() { before } else { 0 };
            return self.list.select(row.min(self.traces.len().saturating_sub(1)));
        };
        // At the top of an order that is no stream what comes there is to be seen.
        let is_at_top = self.list.offset() == 0 && !order.follows();
        let above = before.saturating_sub(self.list.offset());
        self.list.select_in(place, if is_at_top { 0 } else { place.saturating_sub(above) });
    }

    /// Sorts another way. At the top one looks at the order and stays there, below it at a trace.
    fn sort_by(&mut self, order: Order) {
        let before = self.list.selected();
        self.kept = self.kept.filter(|_| before > 0);
        self.order = order;
        self.sort(before);
        self.keep_selected();
    }

    /// From now on the selection stays on the trace that it is on.
    fn keep_selected(&mut self) {
        let follows = self.order.follows() && self.list.selected() == 0 && self.search.is_none();
        self.kept = self.selected().filter(|_| !follows).map(|entry| entry.id);
    }

    /// Whether more has come than was looked at.
    pub(super) fn is_ticking(&self) -> bool {
        self.search.as_ref().map_or_else(|| self.index.is_due(), |search| search.is_due)
    }

    /// Moves the selection, or sorts another way; answers whether that is what the action does.
    pub(super) fn navigate(&mut self, action: Action) -> bool {
        match action {
            Action::SortNext | Action::SortPrevious => {
                self.sort_by(self.order.next(action == Action::SortNext, self.has_origin));
            }
            Action::SortReverse => self.sort_by(self.order.turned()),
            _ if self.list.navigate(action, self.traces.len(), self.height) => self.keep_selected(),
            _ => return false,
        }
        true
    }

    /// Selects a trace, if it is listed.
    pub(super) fn select(&mut self, id: TraceId) {
        if let Some(row) = self.traces.iter().position(|entry| entry.id == id) {
            self.list.select(row);
            self.keep_selected();
        }
    }

    /// Whether one has come so near to the end that more is wanted.
    pub(super) fn wants_more(&self) -> bool {
        self.search.is_some() && self.list.selected() + AHEAD >= self.traces.len()
    }

    /// Selects the next failed trace, or the one before; answers whether there is one.
    pub(super) fn seek_error(&mut self, forward: bool) -> bool {
        let at = self.list.selected();
        let is_failed = |row: &usize| self.traces.get(*row).is_some_and(|entry| entry.is_failed());
        let found = if forward { (at + 1..self.traces.len()).find(is_failed) } else { (0..at).rev().find(is_failed) };
        if let Some(found) = found {
            self.list.select(found);
            self.keep_selected();
        }
        found.is_some()
    }

    /// How many of the traces in memory are too old to be listed.
    fn left_out(&self) -> usize {
        self.total.saturating_sub(MAX_LISTED)
    }
}
