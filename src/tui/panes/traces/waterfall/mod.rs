//! One trace as a waterfall: its tree, what is folded, what is selected, and how many logs each span has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::list::entry::kinds;
use crate::analysis::critical_path::CriticalPath;
use crate::analysis::trace_tree::TraceTree;
use crate::model::{Nanos, Span, SpanId, SpanKind, TraceId};
use crate::store::{Trace, TraceSummary};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::list::List;
use crate::tui::pane::Paint;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::widget::waterfall::{self as widget, SpanRow, Window};
use crate::tui::world::World;

/// Columns that the lines of the tree take at most.
const MAX_DEPTH: usize = 12;

/// A trace laid out.
#[derive(Clone, Debug)]
pub(super) struct Waterfall {
    trace: Arc<Trace>,
    summary: TraceSummary,
    tree: TraceTree,
    path: CriticalPath,
    collapsed: HashSet<SpanId>,
    /// Rows of the tree that are not folded away.
    visible: Vec<usize>,
    list: List,
    logs: HashMap<SpanId, u64>,
    built_at: Nanos,
    height: usize,
    rows: Vec<Row>,
    /// Whether traces may come from several places, so that it is told where this one is from.
    shows_origin: bool,
}

/// One visible row, safe to draw.
#[derive(Clone, Debug)]
struct Row {
    prefix: String,
    service: String,
    operation: String,
    name: Arc<str>,
    start_ns: i64,
    duration_ns: i64,
    is_error: bool,
    is_critical: bool,
    is_collapsed: bool,
    log_count: u64,
}

impl Waterfall {
    pub(super) fn new(trace: Arc<Trace>, world: &World) -> Self {
        let mut out = Self {
            summary: trace.summary(),
            trace,
            tree: TraceTree::default(),
            path: CriticalPath::default(),
            collapsed: HashSet::new(),
            visible: Vec::new(),
            list: List::default(),
            logs: HashMap::new(),
            built_at: 0,
            height: 0,
            rows: Vec::new(),
            shows_origin: false,
        };
        out.lay_out(world);
        out
    }

    pub(super) fn id(&self) -> TraceId {
        self.trace.id
    }

    pub(super) fn len(&self) -> usize {
        self.trace.spans().len()
    }

    pub(super) fn built_at(&self) -> Nanos {
        self.built_at
    }

    /// Lays the trace out anew if it has grown, and counts its logs again.
    pub(super) fn refresh(&mut self, world: &World) {
        if let Some(trace) = world.traces.get(self.trace.id)
            && !Arc::ptr_eq(&trace, &self.trace)
        {
            self.trace = trace;
            self.lay_out(world);
        } else {
            self.count_logs(world);
        }
    }

    fn lay_out(&mut self, world: &World) {
        let selected = self.selected().cloned();
        self.summary = self.trace.summary();
        self.shows_origin = !world.backends().is_empty() || self.summary.origins.len() > 1;
        self.tree = TraceTree::build(self.trace.spans());
        self.path = CriticalPath::find(self.trace.spans(), &self.tree);
        self.count_logs(world);
        self.unfold();
        // Not by its id alone: the two halves of a call may share one.
        let place = |span: &Arc<Span>| self.trace.spans().iter().position(|known| known.is_same(span));
        if let Some(at) = selected.as_ref().and_then(place) {
            self.select_at(at);
        }
    }

    fn count_logs(&mut self, world: &World) {
        self.built_at = world.now;
        self.logs.clear();
        for (_, span) in world.snapshot.lines_of_trace(self.trace.id) {
            if let Some(span) = span {
                *self.logs.entry(span).or_default() += 1;
            }
        }
    }

    fn unfold(&mut self) {
        let spans = self.trace.spans();
        let rows = self.tree.rows();
        let is_collapsed = |row: usize| {
            rows.get(row).and_then(|row| spans.get(row.span)).is_some_and(|span| self.collapsed.contains(&span.span_id))
        };
        self.visible = self.tree.visible(is_collapsed);
    }

    /// Selects the span, unfolding what hides it. Keeps the selection when it is not there. Where the two halves of a call
    /// share the id it is the server's: lines are written while a call is handled.
    pub(super) fn select(&mut self, span: Option<SpanId>) {
        let Some(id) = span else { return };
        let halves = || self.trace.spans().iter().enumerate().filter(|(_, span)| span.span_id == id);
        let server = halves().find(|(_, span)| span.kind == SpanKind::Server);
        if let Some((at, _)) = server.or_else(|| halves().next()) {
            self.select_at(at);
        }
    }

    /// Selects the span at this place of the trace.
    fn select_at(&mut self, at: usize) {
        let Some(row) = self.tree.row_of(at) else { return };
        let mut parent = self.tree.rows().get(row).and_then(|row| row.parent);
        let mut is_hidden = false;
        while let Some(row) = parent.and_then(|at| self.tree.rows().get(at)) {
            is_hidden |= self.trace.spans().get(row.span).is_some_and(|span| self.collapsed.remove(&span.span_id));
            parent = row.parent;
        }
        if is_hidden {
            self.unfold();
        }
        if let Some(position) = self.visible.iter().position(|visible| *visible == row) {
            self.list.select(position);
        }
    }

    pub(super) fn selected(&self) -> Option<&Arc<Span>> {
        self.span_at(self.list.selected())
    }

    fn span_at(&self, position: usize) -> Option<&Arc<Span>> {
        let row = self.tree.rows().get(*self.visible.get(position)?)?;
        self.trace.spans().get(row.span)
    }

    /// Logs of a span.
    pub(super) fn log_count(&self, span: SpanId) -> u64 {
        self.logs.get(&span).copied().unwrap_or(0)
    }

    /// Time of a span that none of its children account for on the critical path, in nanoseconds.
    pub(super) fn self_time(&self, span: &Span) -> Nanos {
        let at = self.trace.spans().iter().position(|known| std::ptr::eq(&raw const **known, span));
        at.map_or(0, |at| self.path.exclusive(at))
    }

    /// Moves the selection or folds by an action that does so; answers whether it was one.
    pub(super) fn navigate(&mut self, action: Action) -> bool {
        if self.list.navigate(action, self.visible.len(), self.height) {
            return true;
        }
        let Some(span) = self.selected().map(|span| span.span_id) else { return false };
        match action {
            Action::Collapse => {
                if !self.collapsed.insert(span) {
                    self.select_parent();
                }
            }
            Action::Expand => {
                self.collapsed.remove(&span);
            }
            Action::ToggleCollapse => {
                if !self.collapsed.remove(&span) {
                    self.collapsed.insert(span);
                }
            }
            _ => return false,
        }
        self.unfold();
        true
    }

    fn select_parent(&mut self) {
        let row = self.visible.get(self.list.selected()).and_then(|row| self.tree.rows().get(*row));
        let parent = row.and_then(|row| row.parent);
        if let Some(position) = parent.and_then(|parent| self.visible.iter().position(|row| *row == parent)) {
            self.list.select(position);
        }
    }

    /// Goes to the next or previous failed span; answers whether there was one.
    pub(super) fn seek_error(&mut self, forward: bool) -> bool {
        let at = self.list.selected();
        let is_failed = |position: &usize| self.span_at(*position).is_some_and(|span| span.is_error());
        let found = if forward { (at + 1..self.visible.len()).find(is_failed) } else { (0..at).rev().find(is_failed) };
        if let Some(found) = found {
            self.list.select(found);
        }
        found.is_some()
    }

    pub(super) fn project(&mut self, _world: &World, height: usize) {
        self.height = height;
        self.list.clamp(self.visible.len(), height);
        let visible = self.visible.iter().skip(self.list.offset()).take(height);
        self.rows = visible.filter_map(|row| self.row(*row)).collect();
    }

    fn row(&self, at: usize) -> Option<Row> {
        let row = self.tree.rows().get(at)?;
        let span = self.trace.spans().get(row.span)?;
        Some(Row {
            prefix: self.tree.prefix(at, MAX_DEPTH),
            service: safe(span.service()).into_owned(),
            operation: safe(&span.name).into_owned(),
            name: Arc::from(span.service()),
            start_ns: span.start.saturating_sub(self.summary.start),
            duration_ns: span.duration(),
            is_error: span.is_error(),
            is_critical: self.path.contains(row.span),
            is_collapsed: row.children > 0 && self.collapsed.contains(&span.span_id),
            log_count: self.log_count(span.span_id),
        })
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let right = self.right();
        let frame = Frame { title: &self.title(), right: &right, bottom: &[] };
        let inner = frame.render(area, buf, paint);
        let rows: Vec<SpanRow<'_>> = self.rows.iter().map(|row| row.as_widget(paint)).collect();
        let styles = styles(paint);
        let selected = self.list.selected().checked_sub(self.list.offset());
        let window = Window { from_ns: 0, to_ns: self.summary.duration };
        let widget = widget::Waterfall { rows: &rows, selected, window, styles: &styles, is_ascii: paint.ascii };
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        widget.render(inner.intersection(area), buf);
    }

    fn title(&self) -> Vec<Piece> {
        let summary = &self.summary;
        vec![
            Piece::new(Role::Title, format!("Trace {}", summary.id.short())),
            Piece::new(Role::Faint, " ── "),
            Piece { text: safe(&summary.service).into_owned(), look: Look::Service(summary.service.clone()) },
            Piece::new(Role::Text, format!(" {}", safe(&summary.operation))),
        ]
    }

    fn right(&self) -> String {
        let summary = &self.summary;
        let errors = if summary.errors > 0 { format!(" · {} ✗", summary.errors) } else { String::new() };
        let state = if summary.is_complete { "" } else { " · incomplete" };
        let from =
            if self.shows_origin { format!(" · {}", safe(&kinds(&summary.origins).join("+"))) } else { String::new() };
        let spans = text::counted(u64::from(summary.spans), "span");
        format!("{} · {spans}{errors}{state}{from}", text::duration(summary.duration))
    }
}

impl Row {
    fn as_widget(&self, paint: &Paint<'_>) -> SpanRow<'_> {
        SpanRow {
            prefix: &self.prefix,
            service: &self.service,
            operation: &self.operation,
            start_ns: self.start_ns,
            duration_ns: self.duration_ns,
            is_error: self.is_error,
            is_critical: self.is_critical,
            log_count: self.log_count,
            is_collapsed: self.is_collapsed,
            style: paint.theme.service(&self.name),
        }
    }
}

fn styles(paint: &Paint<'_>) -> widget::WaterfallStyles {
    let theme = paint.theme;
    let selected = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
    widget::WaterfallStyles {
        header: theme.style(Role::Muted),
        text: theme.style(Role::Text),
        muted: theme.style(Role::Muted),
        error: theme.style(Role::Error),
        logs: theme.style(Role::Link),
        selected: theme.style(selected),
    }
}
