//! The log pane: the tail of all lines or of a filter, and the record view of one line.
//!
//! Two modes. Following, the newest row is at the bottom. Paused, the view is frozen: its rows stay where they are
//! while lines arrive, and the segments they lie in are pinned so that eviction does not take them away.

mod axis;
mod choosing;
mod columns;
mod draw;
mod fold;
mod line;
mod moment;
mod navigate;
mod querying;
mod record;
mod rows;
mod scope;
mod surroundings;
mod timeline;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use self::columns::Widths;
use self::fold::Folds;
use self::querying::Query;
use self::record::Record;
use self::rows::Rows;
use self::scope::Scope;
use self::view::View;
use crate::model::{Nanos, SpanId, TraceId};
use crate::query::field_text;
use crate::store::{LineId, Segment, Volume};
use crate::tui::action::Action;
use crate::tui::event::{Found, Slot};
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Pane, Queries, Reply, Request};
use crate::tui::world::World;

/// The log pane.
#[derive(Clone, Debug, Default)]
pub struct LogsPane {
    filter: Query,
    search: Query,
    /// What the filter let through by level and time.
    volume: Volume,
    pause: Option<Pause>,
    /// The selected line while paused.
    cursor: Option<LineId>,
    /// The line of the first row while paused.
    top: Option<LineId>,
    pins: Vec<Arc<Segment>>,
    marks: BTreeSet<LineId>,
    is_wrapped: bool,
    folds: Folds,
    /// Cells by which messages are scrolled to the right.
    scroll: usize,
    record: Option<Record>,
    /// The histogram while it has the keys.
    scope: Option<Scope>,
    /// The condition on the time that was last chosen in the histogram.
    time_term: Option<String>,
    /// Rows of the screen above the selected line, while it keeps its place though other rows come around it.
    settle: Option<usize>,
    /// Lines shown before and after each match of the filter.
    context: u64,
    /// Whether all lines around a match are shown, one step deeper than the filter.
    is_around: bool,
    /// Where a search began whose nearest match is to be selected as it is found.
    seeking: Option<LineId>,
    /// The widest texts seen in the columns.
    widths: Widths,
    view: View,
}

/// The moment a view was frozen.
#[derive(Clone, Copy, Debug)]
struct Pause {
    since: Nanos,
    /// The end of the ring then: what comes from here on is newer.
    end: LineId,
    /// Lines that the ring had evicted by then.
    evicted: u64,
}

impl LogsPane {
    fn rows<'a>(&'a self, world: &'a World) -> Rows<'a> {
        let matching = self.filter.plan.is_some().then_some(&self.filter.ids);
        Rows { snapshot: &world.snapshot, pins: &self.pins, matching, context: self.context }
    }

    /// The selected line; the newest row while following.
    fn selected(&self, world: &World) -> Option<LineId> {
        let rows = self.rows(world);
        match (self.pause, self.cursor) {
            (None, _) => rows.last(),
            (Some(_), Some(id)) => rows.in_place_of(id),
            // Frozen before there was a row, as while a filter looks for its first match.
            (Some(pause), None) => rows.at_or_before(pause.end.saturating_sub(1)).or_else(|| rows.first()),
        }
    }

    /// Freezes the view as it is, with the last visible row selected.
    fn freeze(&mut self, world: &World) {
        if self.pause.is_some() {
            return;
        }
        self.pause = Some(Pause { since: world.now, end: world.snapshot.end(), evicted: world.snapshot.evicted });
        self.top = self.view.rows.first().map(|row| row.id);
        self.cursor = self.view.rows.last().map(|row| row.id).or_else(|| self.rows(world).last());
        self.pin(world);
    }

    fn follow(&mut self) {
        self.pause = None;
        self.cursor = None;
        self.top = None;
        self.settle = None;
        self.pins.clear();
    }

    /// Keeps the segments of the visible rows alive, and no others.
    fn pin(&mut self, world: &World) {
        let mut pins: Vec<Arc<Segment>> = Vec::new();
        for id in self.view.rows.iter().map(|row| row.id).chain(self.cursor) {
            if pins.iter().any(|segment| segment.holds(id)) {
                continue;
            }
            let old = self.pins.iter().find(|segment| segment.holds(id));
            pins.extend(old.or_else(|| world.snapshot.segment_of(id)).cloned());
        }
        pins.sort_by_key(|segment| segment.first());
        self.pins = pins;
    }

    fn open_trace(&self, world: &World) -> Reply {
        let line = self.selected(world).and_then(|id| self.rows(world).line(id));
        match line.map(|line| (line.trace_id(), line.span_id(), line.time())) {
            Some((Some(trace), span, time)) => Reply::Ask(Request::OpenTrace { trace, span, near: Some(time) }),
            Some((None, ..)) => Reply::tell("this line has no trace id"),
            None => Reply::tell("no line is selected"),
        }
    }

    fn open_record(&mut self, cx: &Cx<'_>) -> Reply {
        let world = cx.world;
        if world.accounting.sources.is_empty() {
            return Reply::Ignored; // On the start screen the key opens the demo.
        }
        let Some(id) = self.selected(world) else { return Reply::tell("there is no line yet") };
        self.freeze(world);
        let id = self.cursor.unwrap_or(id);
        self.record = self.rows(world).line(id).map(|line| Record::open(&line, world));
        Reply::Deeper
    }

    fn service_logs(&self, world: &World) -> Reply {
        let line = self.selected(world).and_then(|id| self.rows(world).line(id));
        match line.map(|line| world.snapshot.services.get(line.service()).to_owned()) {
            Some(name) if !name.is_empty() => Reply::Ask(Request::ShowLogs { filter: field_text("service", &name) }),
            _ => Reply::tell("this line names no service"),
        }
    }

    /// From a span's logs to its trace's, and from any line to the logs of its trace.
    fn widen(&mut self, cx: &mut Cx<'_>) -> Reply {
        if let Some((trace, _)) = self.filter.text.split_once(" span:").filter(|(head, _)| head.starts_with("trace:")) {
            let filter = trace.to_owned();
            self.is_around = false;
            self.run(Slot::Filter, &filter, cx);
            return Reply::Deeper;
        }
        let line = self.selected(cx.world).and_then(|id| self.rows(cx.world).line(id));
        match line.and_then(|line| line.trace_id()) {
            Some(trace) => Reply::Ask(Request::ShowLogs { filter: field_text("trace", &trace.to_string()) }),
            None => Reply::tell("this line has no trace id"),
        }
    }

    fn copy(&self, world: &World) -> Reply {
        let line = self.selected(world).and_then(|id| self.rows(world).line(id));
        line.map_or(Reply::Done, |line| Reply::Ask(Request::Copy(String::from_utf8_lossy(&line.text()).into_owned())))
    }

    /// Carries out an action while the rows have the keys.
    fn update_rows(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        self.settle = None;
        let world = cx.world;
        if self.fold(action, world) {
            return Reply::Done;
        }
        match action {
            Action::DrillDown => return self.open_record(cx),
            Action::OpenLink => match self.open_trace(cx.world) {
                Reply::Ask(Request::OpenTrace { trace, .. }) => return Reply::Ask(Request::OpenLink(trace)),
                other => return other,
            },
            Action::OpenTrace => {
                self.freeze(world);
                return self.open_trace(world);
            }
            Action::ServiceLogs => return self.service_logs(world),
            Action::Copy => return self.copy(world),
            Action::ShowLogs => return self.widen(cx),
            Action::Mark => self.toggle_mark(world),
            Action::GoToMark => return Reply::Ask(Request::ChooseMark),
            Action::ToggleWrap => self.is_wrapped = !self.is_wrapped,
            Action::ScrollRight if !self.is_wrapped => self.scroll += view::SCROLL_STEP,
            Action::ScrollLeft => self.scroll = self.scroll.saturating_sub(view::SCROLL_STEP),
            Action::ClearFilter => self.clear_filter(cx),
            Action::FocusHistogram => return self.open_scope(world),
            Action::CycleContext => return self.cycle_context(world),
            Action::Surroundings => return self.show_surroundings(cx),
            Action::ToggleFollow | Action::TogglePause if self.pause.is_some() => self.follow(),
            Action::ToggleFollow | Action::TogglePause => self.freeze(world),
            other => return self.navigate(other, world),
        }
        Reply::Done
    }

    fn toggle_mark(&mut self, world: &World) {
        self.freeze(world);
        if let Some(id) = self.selected(world)
            && !self.marks.remove(&id)
        {
            self.marks.insert(id);
        }
    }
}

impl Pane for LogsPane {
    fn boxed(&self) -> Box<dyn Pane> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        match (&self.record, &self.scope) {
            (Some(_), _) => Context::Record,
            (None, Some(_)) => Context::Histogram,
            (None, None) => Context::Logs,
        }
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        if action == Action::Columns {
            return self.choose_columns(cx.world);
        }
        if self.record.is_some() {
            return self.update_record(action, cx);
        }
        self.seeking = None;
        if self.scope.is_some() { self.update_scope(action, cx) } else { self.update_rows(action, cx) }
    }

    fn serve(&mut self, request: &Request, cx: &mut Cx<'_>) {
        if let Request::ShowLogs { filter } = request {
            self.record = None;
            self.scope = None;
            self.is_around = false;
            self.freeze(cx.world);
            self.run(Slot::Search, "", cx);
            self.run(Slot::Filter, filter, cx);
            self.top = None;
            self.settle = None;
            self.cursor = Some(0);
        }
    }

    fn found(&mut self, found: &Found) {
        let query = match found.slot {
            Slot::Filter => &mut self.filter,
            Slot::Search => &mut self.search,
        };
        if query.generation != found.generation {
            return;
        }
        found.runs.iter().for_each(|run| query.ids.insert(Arc::clone(run)));
        query.searched = found.searched.clone();
        query.is_complete |= found.is_complete;
        if found.slot == Slot::Filter {
            self.volume.merge(&found.volume);
        } else if let Some(origin) = self.seeking {
            let ids = &self.search.ids;
            self.cursor = ids.at_or_after(origin).or_else(|| ids.at_or_before(origin)).or(self.cursor);
            self.seeking = self.seeking.filter(|_| !found.is_complete);
        }
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        let world = cx.world;
        let gone = world.snapshot.first();
        let kept = self.pins.first().map_or(gone, |segment| segment.first().min(gone));
        for query in [&mut self.filter, &mut self.search] {
            query.ids.evict(kept);
        }
        // The first of all matches was to be selected; older lines that are still to be read do not move it on.
        if self.cursor == Some(0) && self.filter.is_complete {
            self.cursor = self.selected(world).or(self.cursor);
        }
    }

    fn resumed(&mut self, cx: &mut Cx<'_>) {
        self.resume(cx);
    }

    fn link(&self, world: &World) -> Option<(TraceId, Option<SpanId>)> {
        let selected = self.selected(world).filter(|_| self.pause.is_some())?;
        let line = self.rows(world).line(selected)?;
        Some((line.trace_id()?, line.span_id()))
    }

    fn project(&mut self, world: &World, size: Size, _is_focused: bool) {
        if let Some(record) = &mut self.record {
            record.project(size, world);
        } else {
            self.project_list(world, size);
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        match &self.record {
            Some(record) => record.render(area, buf, paint),
            None => draw::render(&self.view, area, buf, paint),
        }
    }

    fn is_ticking(&self) -> bool {
        self.pause.is_some()
    }

    fn takes(&self, _slot: Slot) -> bool {
        true
    }

    fn queries(&self) -> Option<Queries> {
        Some(Queries {
            filter: self.filter.text.clone(),
            search: self.search.text.clone(),
            matches: self.search.ids.len(),
        })
    }

    fn set_query(&mut self, slot: Slot, text: &str, cx: &mut Cx<'_>) {
        if slot == Slot::Search && !text.is_empty() {
            self.freeze(cx.world);
            self.seeking = self.seeking.or(self.cursor);
        }
        if slot == Slot::Filter {
            self.keep_place(cx.world);
            self.is_around = false;
        }
        self.run(slot, text, cx);
    }

    fn marks(&self) -> Vec<LineId> {
        self.marks.iter().copied().collect()
    }

    fn set_marks(&mut self, marks: &[LineId]) {
        self.marks = marks.iter().copied().collect();
    }

    fn go_to(&mut self, line: LineId, world: &World) {
        self.scope = None;
        self.settle = None;
        self.freeze(world);
        self.cursor = Some(line);
    }
}
