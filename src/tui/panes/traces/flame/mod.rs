//! Where the time goes, as a flame graph: of one trace, or of all that are listed.

mod draw;
mod plan;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use self::draw::Drawn;
use self::plan::Plan;
use super::aggregated::Aggregated;
use super::searching::Searching;
use super::turning::slowest_traces;
use super::view::{Scope, SideView};
use crate::analysis::flame::{FlameGraph, Frame};
use crate::analysis::trace_tree::TraceTree;
use crate::query::field_text;
use crate::store::Trace;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::world::World;

/// Levels that a page is.
const PAGE: usize = 10;
/// Levels above a zoomed frame that are kept in sight.
const ABOVE: usize = 2;

/// The view.
#[derive(Clone, Debug)]
pub(super) struct FlameView {
    scope: Scope,
    asked: Aggregated,
    /// The selected frame, by its place in the graph.
    selected: usize,
    /// The frames that were zoomed into, one within the other or one after the other; the last one takes the whole width.
    zooms: Vec<usize>,
    searching: Searching<(usize, Vec<usize>)>,
    /// The first level in sight.
    top: usize,
    plan: Plan,
    drawn: Drawn,
}

impl FlameView {
    /// The view of `scope`.
    pub(super) fn new(scope: Scope, cx: &mut Cx<'_>) -> Self {
        let asked = Aggregated::ask(&scope, cx);
        Self {
            scope,
            asked,
            selected: 0,
            zooms: Vec::new(),
            searching: Searching::default(),
            top: 0,
            plan: Plan::default(),
            drawn: Drawn::default(),
        }
    }

    fn graph(&self) -> Option<&FlameGraph> {
        self.asked.get().map(|aggregate| &aggregate.flame).filter(|graph| !graph.frames.is_empty())
    }

    fn frame(&self, at: usize) -> Option<&Frame> {
        self.graph()?.frames.get(at)
    }

    /// The frame that an action of moving leads to.
    fn target(&self, action: Action) -> Option<usize> {
        let at = self.selected;
        let down = |at: usize| Some(at + 1).filter(|child| self.frame(*child).is_some_and(|it| it.parent == Some(at)));
        let up = |at: usize| self.frame(at).and_then(|frame| frame.parent);
        let far = |step: &dyn Fn(usize) -> Option<usize>, most: usize| {
            std::iter::successors(Some(at), |at| step(*at)).take(most.saturating_add(1)).last()
        };
        match action {
            Action::SelectNext => down(at),
            Action::SelectPrevious => up(at),
            Action::PageDown | Action::HalfPageDown => far(&down, PAGE),
            Action::PageUp | Action::HalfPageUp => far(&up, PAGE),
            Action::SelectFirst => self.zooms.last().copied().or(Some(0)),
            Action::SelectLast => far(&down, usize::MAX),
            Action::ScrollRight => self.beside(at, true),
            Action::ScrollLeft => self.beside(at, false),
            Action::NextError => self.failed(at, true),
            Action::PreviousError => self.failed(at, false),
            _ => None,
        }
    }

    /// The next frame on the same level that is wide enough to be seen, else the next sibling whatever its width.
    fn beside(&self, at: usize, forward: bool) -> Option<usize> {
        let depth = self.frame(at)?.depth;
        let level: Vec<usize> = self.plan.boxes.iter().filter(|it| it.depth == depth).map(|it| it.frame).collect();
        let seen = level.iter().position(|frame| *frame == at).and_then(|place| {
            let beside = if forward { place.checked_add(1) } else { place.checked_sub(1) };
            level.get(beside?).copied()
        });
        seen.or_else(|| self.sibling(at, forward))
    }

    fn sibling(&self, at: usize, forward: bool) -> Option<usize> {
        let frame = self.frame(at)?;
        let is_sibling = |other: &usize| self.frame(*other).is_some_and(|it| it.parent == frame.parent);
        if forward {
            return Some(frame.end).filter(is_sibling);
        }
        let first = frame.parent.map_or(0, |parent| parent + 1);
        let all = std::iter::successors(Some(first), |at| self.frame(*at).map(|it| it.end).filter(is_sibling));
        all.take_while(|other| *other < at).last()
    }

    fn failed(&self, at: usize, forward: bool) -> Option<usize> {
        let frames = &self.graph()?.frames;
        let is_failed = |at: &usize| frames.get(*at).is_some_and(|frame| frame.errors > 0);
        if forward { (at + 1..frames.len()).find(is_failed) } else { (0..at).rev().find(is_failed) }
    }

    /// Selects a frame; where it is beyond what is zoomed into, that is left.
    fn select(&mut self, at: usize) {
        self.selected = at;
        while let Some(zoom) = self.zooms.last().copied() {
            let holds =
                |outer: usize, inner: usize| self.frame(outer).is_some_and(|frame| (outer..frame.end).contains(&inner));
            if holds(zoom, at) || holds(at, zoom) {
                break;
            }
            self.zooms.pop();
        }
    }

    fn zoom(&mut self) -> Reply {
        let Some(depth) = self.frame(self.selected).map(|frame| frame.depth) else { return Reply::Done };
        if self.zooms.last() == Some(&self.selected) {
            return Reply::tell("it has the whole width already");
        }
        match self.zooms.iter().position(|zoom| *zoom == self.selected) {
            Some(known) => self.zooms.truncate(known + 1),
            None => self.zooms.push(self.selected),
        }
        self.top = depth.saturating_sub(ABOVE);
        Reply::Done
    }

    /// The slowest span of the selected frame, or the slowest traces with its operation.
    fn open(&self, world: &World) -> Reply {
        let Some((graph, frame)) = self.graph().zip(self.frame(self.selected)) else { return Reply::Done };
        if frame.is_rest {
            return Reply::tell("these are too many to tell apart; a filter of the list makes them fewer");
        }
        let Scope::Trace(id) = self.scope else {
            return slowest_traces(&frame.service, &frame.operation, world);
        };
        let slowest = world.traces.get(id).and_then(|trace| {
            let span = slowest_on(&trace, &plan::path(graph, self.selected))?;
            trace.spans().get(span).map(|span| (span.span_id, span.start))
        });
        match slowest {
            Some((span, start)) => Reply::Ask(Request::OpenTrace { trace: id, span: Some(span), near: Some(start) }),
            None => Reply::tell("its spans are not in memory any more"),
        }
    }

    /// What is searched, frame by frame.
    fn names(&self) -> impl Iterator<Item = String> + use<> {
        let frames = self.graph().map_or(&[][..], |graph| &graph.frames);
        let names: Vec<String> = frames.iter().map(|it| format!("{} {}", it.service, it.operation)).collect();
        names.into_iter()
    }

    fn step_match(&mut self, forward: bool, world: &World) -> Reply {
        match self.searching.beside(self.selected, forward) {
            Some(at) => self.select(at),
            None if self.searching.is_active() => return Reply::tell("no frame of such a name"),
            None => {
                let key = world.key(Context::Flame, Action::Search);
                return Reply::tell(format!("nothing is searched for; {key} finds frames by their names"));
            }
        }
        Reply::Done
    }

    /// The time of all frames that match, those within others that match counted once. O(matches).
    fn matched_ns(&self) -> i64 {
        let (mut sum, mut end) = (0i64, 0);
        for at in self.searching.found() {
            if let Some(frame) = self.frame(*at).filter(|_| *at >= end) {
                (sum, end) = (sum.saturating_add(frame.total_ns), frame.end);
            }
        }
        sum
    }

    fn logs(&self) -> Reply {
        match self.frame(self.selected) {
            Some(frame) if !frame.is_rest => {
                Reply::Ask(Request::ShowLogs { filter: field_text("service", &frame.service) })
            }
            _ => Reply::tell("no frame is selected"),
        }
    }
}

/// The longest span of `trace` that is called on this path from the root, by its place. O(n log n).
fn slowest_on(trace: &Trace, path: &[&Frame]) -> Option<usize> {
    let spans = trace.spans();
    let tree = TraceTree::of(trace);
    // For each row whether it lies on the path.
    let mut is_on: Vec<bool> = Vec::with_capacity(tree.rows().len());
    let mut slowest = None;
    for row in tree.rows() {
        let depth = row.depth as usize;
        let is_above = row.parent.is_none_or(|parent| is_on.get(parent).is_some_and(|is_on| *is_on));
        let is_same = spans
            .get(row.span)
            .zip(path.get(depth))
            .is_some_and(|(span, frame)| (span.service(), &*span.name) == (&*frame.service, &*frame.operation));
        is_on.push(is_above && is_same);
        if is_above && is_same && depth + 1 == path.len() {
            let duration = spans.get(row.span).map(|span| span.duration());
            slowest = slowest.max(duration.map(|duration| (duration, row.span)));
        }
    }
    slowest.map(|(_, span)| span)
}

impl SideView for FlameView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Flame
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        self.searching.settle();
        match action {
            Action::DrillDown => return self.zoom(),
            Action::SearchNext | Action::SearchPrevious => {
                return self.step_match(action == Action::SearchNext, cx.world);
            }
            Action::Back if self.searching.end() => return Reply::Done,
            Action::Back if self.zooms.pop().is_some() => return Reply::Done,
            Action::Back => return Reply::Ignored,
            Action::ZoomAll => {
                self.zooms.clear();
                return Reply::Done;
            }
            Action::OpenTrace => return self.open(cx.world),
            Action::ShowLogs | Action::ServiceLogs => return self.logs(),
            Action::Copy => {
                let copied = self.frame(self.selected).map(|it| Request::Copy(it.operation.to_string()));
                return copied.map_or(Reply::Done, Reply::Ask);
            }
            _ => {}
        }
        let moves = matches!(
            action,
            Action::SelectNext
                | Action::SelectPrevious
                | Action::PageDown
                | Action::PageUp
                | Action::HalfPageDown
                | Action::HalfPageUp
                | Action::SelectFirst
                | Action::SelectLast
                | Action::ScrollLeft
                | Action::ScrollRight
        );
        match (self.target(action), action) {
            (Some(at), _) => self.select(at),
            (None, Action::NextError | Action::PreviousError) => return Reply::tell("no other frame that fails"),
            (None, _) if !moves => return Reply::Ignored,
            (None, _) => {}
        }
        Reply::Done
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        let before = self.asked.clone();
        if !self.asked.changed(cx) {
            return;
        }
        let Some(old) = before.get().map(|aggregate| &aggregate.flame) else { return };
        let again = |at: usize| self.graph().and_then(|graph| plan::find(graph, &plan::path(old, at)));
        let selected = again(self.selected).unwrap_or(0);
        let zooms = self.zooms.iter().filter_map(|at| again(*at)).collect();
        (self.selected, self.zooms) = (selected, zooms);
        let names = self.names();
        self.searching.renew(names);
    }

    fn is_ticking(&self) -> bool {
        self.asked.is_outdated()
    }

    fn turn_to(&mut self, scope: Scope, cx: &mut Cx<'_>) {
        self.asked.turn_to(&scope, cx);
        self.scope = scope;
    }

    fn searched(&self) -> Option<(&str, usize)> {
        Some(self.searching.searched())
    }

    fn search(&mut self, text: &str) {
        let names = self.names();
        match self.searching.type_text(text, (self.selected, self.zooms.clone()), names) {
            Some((selected, zooms)) => (self.selected, self.zooms) = (selected, zooms),
            None => {
                if let Some(at) = self.searching.from(self.selected) {
                    self.select(at);
                }
            }
        }
    }

    fn project(&mut self, world: &World, size: Size) {
        let (width, levels) = draw::room(size);
        let (depth, last) = (self.frame(self.selected).map_or(0, |it| it.depth), self.graph().map_or(0, |it| it.depth));
        self.top = self.top.min(depth).max((depth + 1).saturating_sub(levels)).min(last.saturating_sub(levels));
        let shown = self.top..self.top + levels;
        self.plan =
            self.graph().map(|graph| plan::plan(graph, self.zooms.last().copied(), &shown, width)).unwrap_or_default();
        self.drawn = self.draw(world, size);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        self.drawn.render(area, buf, paint);
    }
}
