//! What happened during one trace: the events of all its spans and the log lines that name it, in the order of time.

mod draw;
mod moments;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use self::draw::Row;
use self::moments::{Moment, Moments};
use super::view::{Scope, SideView};
use crate::model::{Nanos, Span, TraceId};
use crate::query::field_text;
use crate::store::{LineId, Trace};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::list::List;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::world::World;

/// How often what has come is taken in: where there is little,
const REFRESH_EVERY: Nanos = 500_000_000;
/// and by how much later for each row.
const REFRESH_PER_ROW: Nanos = 100_000;

/// The view. A clone shares what is large.
#[derive(Clone, Debug)]
pub(super) struct EventsView {
    id: Option<TraceId>,
    /// The trace, if it is in memory.
    trace: Option<Arc<Trace>>,
    moments: Arc<Moments>,
    /// Lines from this one on were not looked at yet.
    next: LineId,
    gathered_at: Nanos,
    /// Whether something has come that is not taken in.
    is_behind: bool,
    list: List,
    height: usize,
    rows: Vec<Row>,
    /// What is shown where nothing happened.
    empty: Vec<String>,
}

impl EventsView {
    /// The view of `scope`, which is one trace.
    pub(super) fn new(scope: &Scope, cx: &mut Cx<'_>) -> Self {
        let id = match scope {
            Scope::Trace(id) => Some(*id),
            Scope::Listed(_) => None,
        };
        let mut view = Self {
            id,
            trace: None,
            moments: Arc::default(),
            next: 0,
            gathered_at: 0,
            is_behind: false,
            list: List::default(),
            height: 0,
            rows: Vec::new(),
            empty: Vec::new(),
        };
        view.gather(cx.world);
        view
    }

    /// Gathers everything anew and stands where one stood.
    fn gather(&mut self, world: &World) {
        let selected = self.moments.get(self.list.selected()).map(|moment| moment.what);
        (self.gathered_at, self.is_behind) = (world.now, false);
        self.next = world.snapshot.end();
        // A trace that has left the memory meanwhile is shown as it was.
        self.trace = self.id.and_then(|id| world.traces.get(id)).or(self.trace.take());
        self.moments = Arc::new(self.trace.as_ref().map(|trace| Moments::of(trace, world)).unwrap_or_default());
        if let Some(place) = selected.and_then(|what| self.moments.place_of(what)) {
            self.list.select(place);
        }
    }

    /// Takes in what has come, where some time has passed since that was done last.
    fn refresh(&mut self, world: &World) {
        self.is_behind |= self.has_news(world);
        let rows = Nanos::try_from(self.moments.len()).unwrap_or(Nanos::MAX);
        let wait = REFRESH_PER_ROW.saturating_mul(rows).saturating_add(REFRESH_EVERY);
        if self.is_behind && world.now.saturating_sub(self.gathered_at) >= wait {
            self.gather(world);
        }
    }

    /// Whether spans or lines of the trace have come, or lines have gone. O(lines since).
    fn has_news(&mut self, world: &World) -> bool {
        let Some(id) = self.id else { return false };
        let is_same = |now: Arc<Trace>| self.trace.as_ref().is_some_and(|before| Arc::ptr_eq(&now, before));
        let has_grown = world.traces.get(id).is_some_and(|now| !is_same(now));
        let has_lines = self.trace.is_some() && world.snapshot.lines_of_trace(id, self.next).next().is_some();
        self.next = world.snapshot.end();
        has_grown || has_lines || self.moments.first_line().is_some_and(|line| line < world.snapshot.first())
    }

    fn selected(&self) -> Option<&Moment> {
        self.moments.get(self.list.selected())
    }

    /// The span in which the selected row happened.
    fn span(&self) -> Option<&Arc<Span>> {
        self.trace.as_ref()?.spans().get(self.selected()?.span?)
    }

    fn open_span(&self) -> Reply {
        match (self.id, self.span()) {
            (Some(trace), Some(span)) => {
                Reply::Ask(Request::OpenTrace { trace, span: Some(span.span_id), near: Some(span.start) })
            }
            (_, None) if self.selected().is_some() => Reply::tell("this line names no span that is here"),
            _ => Reply::tell("nothing is selected"),
        }
    }

    fn show_logs(&self) -> Reply {
        let Some(id) = self.id else { return Reply::Ignored };
        let trace = field_text("trace", &id.to_string());
        let filter = match self.span() {
            Some(span) => format!("{trace} {}", field_text("span", &span.span_id.to_string())),
            None => trace,
        };
        Reply::Ask(Request::ShowLogs { filter })
    }

    fn service_logs(&self) -> Reply {
        match self.span() {
            Some(span) => Reply::Ask(Request::ShowLogs { filter: field_text("service", span.service()) }),
            None => Reply::tell("nothing is selected"),
        }
    }

    fn seek_error(&mut self, forward: bool) -> Reply {
        match self.moments.error_beside(self.list.selected(), forward) {
            Some(place) => {
                self.list.select(place);
                Reply::Done
            }
            None => Reply::tell(if forward { "no later error" } else { "no earlier error" }),
        }
    }

    fn copy(&self, world: &World) -> Reply {
        let text = self.trace.as_ref().zip(self.selected()).map(|(trace, moment)| moment.text(trace, world));
        text.map_or_else(|| Reply::tell("nothing is selected"), |text| Reply::Ask(Request::Copy(text)))
    }

    /// What can be said where there is no row.
    fn absence(&self, world: &World) -> Vec<String> {
        if self.trace.is_none() {
            return vec!["This trace is not in memory any more.".to_owned()];
        }
        let next = world.key(Context::Events, Action::NextView);
        vec![
            "No event and no log line in this trace.".to_owned(),
            "Spans bring events with them (exceptions, retries);".to_owned(),
            "lines are here that have this trace's id.".to_owned(),
            format!("{next} shows the trace another way."),
        ]
    }

    /// How many of the moments are events of spans, and how many lines.
    fn counts(&self) -> (u64, u64) {
        let lines = self.moments.lines();
        (self.moments.len() as u64 - lines, lines)
    }
}

impl SideView for EventsView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Events
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        if self.list.navigate(action, self.moments.len(), self.height) {
            return Reply::Done;
        }
        match action {
            Action::DrillDown => self.open_span(),
            Action::ShowLogs => self.show_logs(),
            Action::ServiceLogs => self.service_logs(),
            Action::NextError | Action::PreviousError => self.seek_error(action == Action::NextError),
            Action::Copy => self.copy(cx.world),
            _ => Reply::Ignored,
        }
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.refresh(cx.world);
    }

    fn is_ticking(&self) -> bool {
        self.is_behind
    }

    fn project(&mut self, world: &World, size: Size) {
        // Frame and header.
        self.height = usize::from(size.height.saturating_sub(3));
        self.list.clamp(self.moments.len(), self.height);
        self.empty = if self.moments.is_empty() { self.absence(world) } else { Vec::new() };
        self.rows = self.rows_in_sight(world);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        self.draw(area, buf, paint);
    }
}
