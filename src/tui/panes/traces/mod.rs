//! The traces pane: the list of traces, one trace's waterfall with the selected span below it, and the span view.
//!
//! Three levels, each deeper than the one before. Without the keys, or on the list, the pane shows the waterfall of
//! what is pointed at: the trace of the selected log line, else the selected trace, else one worth looking at. In place of
//! the list or of the waterfall another view may stand (`view`).

mod aggregated;
mod comparison;
mod deeper;
mod division;
mod events;
mod flame;
mod list;
mod listing;
mod missing;
mod operations;
mod pacing;
mod scatter;
mod searching;
mod span;
mod table;
mod turning;
mod view;
mod waterfall;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use self::division::Shown;
use self::list::TraceList;
use self::missing::Absence;
use self::span::SpanView;
use self::view::Side;
use self::waterfall::Waterfall;
use crate::model::{Nanos, SpanId, TraceId};
use crate::store::TraceSummary;
use crate::tui::action::Action;
use crate::tui::event::Slot;
use crate::tui::frame;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Pane, Queries, Reply, Request};
use crate::tui::piece::Piece;
use crate::tui::world::World;

/// For how long a trace that nobody chose is shown before another takes its place.
const AUTO_HOLD: Nanos = 6_000_000_000;
/// Traces looked at to find one worth showing.
const AUTO_LOOK: usize = 50;

/// The traces pane.
#[derive(Clone, Debug, Default)]
pub struct TracesPane {
    level: Level,
    list: TraceList,
    /// What the waterfall shows.
    open: Option<Waterfall>,
    span: Option<SpanView>,
    /// What stands in place of the list or the waterfall.
    side: Option<Side>,
    /// The trace that others are compared with.
    marked: Option<TraceId>,
    /// Whether `open` was chosen by nobody and may be replaced, and since when it stands.
    auto_since: Option<Nanos>,
    /// A trace that was asked for and is not there, and the span of it to be selected.
    missing: Option<(TraceId, Option<SpanId>)>,
    /// What is shown in place of a waterfall.
    absence: Absence,
    /// The last answer to "logs of this span": asked again, it widens to the trace.
    shown: Shown,
    /// What the frame of what has the keys says of other views of it.
    views: Vec<Vec<Piece>>,
    /// Whether it had the keys when it was projected last.
    has_keys: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Level {
    #[default]
    List,
    Waterfall,
    Span,
}

impl TracesPane {
    /// The trace that is pointed at, and when it was.
    fn pointed(&self) -> Option<(TraceId, Option<Nanos>)> {
        let listed = || self.list.selected().map(|entry| (entry.id, Some(entry.start)));
        let open = || self.open.as_ref().map(|open| (open.id(), None));
        let missing = || self.missing.map(|(id, _)| (id, None));
        if self.level == Level::List { listed() } else { missing().or_else(open) }
    }

    fn ask_for_pointed(&self, request: impl FnOnce(TraceId, Option<Nanos>) -> Request) -> Reply {
        match self.pointed() {
            Some((trace, near)) => Reply::Ask(request(trace, near)),
            None => Reply::tell("there is no trace yet"),
        }
    }

    /// Lays out a trace; answers whether it is there.
    fn show(&mut self, id: TraceId, span: Option<SpanId>, world: &World) -> bool {
        self.missing = None;
        if let Some(open) = self.open.as_mut().filter(|open| open.id() == id) {
            open.select(span, world);
            return true;
        }
        let Some(trace) = world.traces.get(id) else {
            self.missing = Some((id, span));
            self.open = None;
            return false;
        };
        let mut waterfall = Waterfall::new(trace, world);
        waterfall.select(span, world);
        self.open = Some(waterfall);
        true
    }

    /// Finds something to show while nobody has chosen: of the latest traces a failed one, else one with many spans.
    fn show_auto(&mut self, world: &World) {
        let is_held = self.auto_since.is_some_and(|since| world.now - since < AUTO_HOLD);
        if self.open.is_some() && is_held {
            return;
        }
        let recent = world.traces.recent(0, AUTO_LOOK, |summary| summary.is_complete);
        let worth = |summary: &&TraceSummary| (summary.errors > 0, summary.spans);
        let best = recent.iter().max_by_key(worth).map(|summary| summary.id);
        if let Some(id) = best.or_else(|| world.traces.recent(0, 1, |_| true).first().map(|summary| summary.id)) {
            self.show(id, None, world);
            self.auto_since = Some(world.now);
        }
    }

    /// Shows the trace of a search that is selected, while the list has the keys: it may have come, or another have taken its
    /// place.
    fn show_found(&mut self, world: &World) {
        let is_chosen = self.has_keys && self.level == Level::List && self.list.is_searching();
        let Some(id) = self.list.selected().map(|entry| entry.id).filter(|_| is_chosen) else { return };
        if self.open.as_ref().is_none_or(|open| open.id() != id) {
            self.show(id, None, world);
            self.auto_since = None;
        }
    }
}

impl Pane for TracesPane {
    fn boxed(&self) -> Box<dyn Pane> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        match (&self.side, self.level) {
            (Some(side), _) => side.view().context(),
            (None, Level::List) => Context::Traces,
            (None, Level::Waterfall | Level::Span) => Context::Waterfall,
        }
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let reply = self.update_side(action, cx);
        if !matches!(reply, Reply::Ignored) {
            return reply;
        }
        match action {
            Action::NextView | Action::PreviousView => return self.turn(action == Action::NextView, cx),
            Action::FetchTrace => {
                return self.ask_for_pointed(|trace, near| Request::FetchTrace { trace, near });
            }
            Action::OpenLink => return self.ask_for_pointed(|trace, _| Request::OpenLink(trace)),
            _ if self.side.is_some() => return Reply::Ignored,
            Action::Mark => return self.mark(),
            Action::Compare => return self.compare(cx),
            _ => {}
        }
        match (action, self.level) {
            (Action::ShowLogs, Level::Waterfall | Level::Span) => self.logs_of_span(),
            (Action::ServiceLogs, Level::Waterfall | Level::Span) => self.service_logs(),
            (_, Level::Waterfall) => self.update_waterfall(action, cx),
            (_, Level::Span) => self.update_span(action, cx),
            (_, Level::List) => self.update_list(action, cx),
        }
    }

    fn serve(&mut self, request: &Request, cx: &mut Cx<'_>) {
        match request {
            Request::OpenTrace { trace, span, .. } => {
                self.level = Level::Waterfall;
                self.auto_since = None;
                self.show(*trace, *span, cx.world);
                if let Some(open) = &mut self.open {
                    open.ask(cx);
                }
            }
            Request::ShowTraces { filter, order } => {
                self.level = Level::List;
                self.list.show(filter, *order, cx);
            }
            _ => return,
        }
        self.side = None;
    }

    fn takes(&self, slot: Slot) -> bool {
        match slot {
            Slot::Filter => self.is_of_list(),
            Slot::Search if self.side.is_some() => self.is_plain(),
            Slot::Search => self.level != Level::List,
        }
    }

    fn is_plain(&self) -> bool {
        self.side.as_ref().is_some_and(|side| side.view().searched().is_some())
    }

    fn queries(&self) -> Option<Queries> {
        let of_side = self.side.as_ref().and_then(|side| side.view().searched());
        let of_open = || self.open.as_ref().map(Waterfall::searched).unwrap_or_default();
        let (search, matches) = of_side.map_or_else(of_open, |(search, matches)| (search, matches as u64));
        Some(Queries { filter: self.list.filter().to_owned(), search: search.to_owned(), matches })
    }

    fn set_query(&mut self, slot: Slot, text: &str, cx: &mut Cx<'_>) {
        match slot {
            Slot::Filter => {
                self.list.set_filter(text, cx);
                self.turn_to_list(cx);
            }
            Slot::Search => match &mut self.side {
                Some(side) => side.view_mut().search(text),
                None => self.search(text, cx.world),
            },
        }
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        let before = self.list.revision();
        self.list.changed(cx);
        // What a search finds is told one by one; what matches a filter is found by whoever is asked.
        if self.list.is_searching() && self.list.revision() != before {
            self.turn_to_list(cx);
        }
        if let Some(side) = &mut self.side {
            side.view_mut().changed(cx);
            side.view_mut().see(&self.list);
        }
        let world = cx.world;
        self.show_found(world);
        if let Some((id, span)) = self.missing
            && world.traces.get(id).is_some()
        {
            self.show(id, span, world);
        }
        let has_grown = self.open.as_mut().is_some_and(|open| open.refresh(cx));
        let world = cx.world;
        if has_grown || self.has_other_links(world) {
            self.renew_span(world);
        }
    }

    fn is_ticking(&self) -> bool {
        self.list.is_ticking()
            || self.open.as_ref().is_some_and(Waterfall::is_ticking)
            || self.side.as_ref().is_some_and(|side| side.view().is_ticking())
    }

    fn preview(&mut self, link: Option<(TraceId, Option<SpanId>)>, world: &World) {
        match link {
            Some((trace, span)) => {
                self.show(trace, span, world);
                self.auto_since = None;
                self.level = Level::List;
                self.side = None;
            }
            None if self.level == Level::List => {
                if self.auto_since.is_none() {
                    // What was linked stays for a moment before the screen chooses by itself again.
                    self.auto_since = Some(world.now);
                }
                self.show_auto(world);
            }
            None => {}
        }
    }

    fn project(&mut self, world: &World, size: Size, is_focused: bool) {
        let area = Rect::new(0, 0, size.width, size.height);
        self.shown = self.divide(area, is_focused);
        self.has_keys = is_focused;
        self.views = if is_focused { self.told_views(world) } else { Vec::new() };
        let inner =
            |rect: Rect| (usize::from(rect.width.saturating_sub(3)), usize::from(rect.height.saturating_sub(2)));
        if let (Some(rect), Some(side)) = (self.shown.side, &mut self.side) {
            side.view_mut().project(world, rect.as_size());
        }
        if let Some(rect) = self.shown.list {
            self.list.project(world, self.marked, rect.as_size(), self.shown.has_field);
        }
        match (self.shown.waterfall, &mut self.open) {
            (Some(rect), Some(open)) => open.project(world, rect.as_size()),
            (Some(rect), None) => {
                let keys = if is_focused { self.context() } else { Context::Logs };
                self.absence = Absence::of(self.missing.map(|(id, _)| id), world, keys, inner(rect).0);
            }
            (None, _) => {}
        }
        if let Some(rect) = self.shown.span {
            let (width, height) = inner(rect);
            if self.level != Level::Span || !is_focused {
                self.span =
                    self.open.as_ref().and_then(|open| open.selected().map(|span| SpanView::brief(span, open, world)));
            }
            if let Some(span) = &mut self.span {
                span.fields.project(width, height);
            }
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let place = |rect: Rect| Rect { x: area.x + rect.x, y: area.y + rect.y, ..rect }.intersection(area);
        if let (Some(rect), Some(side)) = (self.shown.side, &self.side) {
            side.view().render(place(rect), buf, paint);
        }
        if let Some(rect) = self.shown.list {
            let paint = Paint { is_focused: paint.is_focused && self.level == Level::List, ..*paint };
            self.list.render(place(rect), buf, &paint);
        }
        if let Some(rect) = self.shown.waterfall {
            let paint = Paint { is_focused: paint.is_focused && self.level == Level::Waterfall, ..*paint };
            match &self.open {
                Some(open) => open.render(place(rect), buf, &paint),
                None => self.absence.render(place(rect), buf, &paint),
            }
        }
        let framed = match self.level {
            _ if self.shown.side.is_some() => self.shown.side,
            Level::List => self.shown.list,
            Level::Waterfall => self.shown.waterfall,
            Level::Span => None,
        };
        if let Some(rect) = framed {
            frame::aside(&self.views, place(rect), buf, paint);
        }
        if let (Some(rect), Some(span)) = (self.shown.span, &self.span) {
            let paint = Paint { is_focused: paint.is_focused && self.level == Level::Span, ..*paint };
            span.render(place(rect), buf, &paint);
        }
    }
}
