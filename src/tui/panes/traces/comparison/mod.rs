//! Two traces beside each other, or one beside what is usual for its operation: what is there in one alone, what grew.

mod outline;
mod summary;
mod table;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use self::outline::{Line, Outline};
use self::summary::Sums;
use self::table::Columns;
use super::pacing::Pacing;
use super::view::SideView;
use crate::analysis::comparison::{ComparedRow, Comparison};
use crate::analysis::question::{Answer, Question};
use crate::model::{Nanos, TraceId};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::list::List;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// From so many cells on the frame says which trace it is.
const WIDE: usize = 56;
/// How often a trace that grows is compared anew, if that is soon done.
const AGAIN_EVERY: Nanos = 1_000_000_000;

/// The view.
#[derive(Clone, Debug)]
pub(super) struct ComparisonView {
    trace: TraceId,
    question: Question,
    pacing: Pacing,
    answer: Option<Arc<Answer>>,
    outline: Outline,
    list: List,
    sums: Sums,
    shown: Shown,
}

/// What was projected.
#[derive(Clone, Debug, Default)]
struct Shown {
    /// In place of the table.
    message: Vec<String>,
    head: Vec<Vec<Piece>>,
    rows: Vec<Vec<Piece>>,
    /// Cells of a line, and rows of the table.
    width: usize,
    height: usize,
    keys: String,
}

impl ComparisonView {
    /// `trace` beside `with`, or beside what is usual for its operation.
    pub(super) fn new(trace: TraceId, with: Option<TraceId>, cx: &mut Cx<'_>) -> Self {
        let mut view = Self {
            trace,
            question: Question::Compare { trace, with },
            pacing: Pacing::default(),
            answer: None,
            outline: Outline::default(),
            list: List::default(),
            sums: Sums::default(),
            shown: Shown::default(),
        };
        view.take_in(cx.world);
        view.ask(cx);
        view
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        self.pacing.ask(cx.world.now);
        cx.effects.push(Effect::Analyse(self.question.clone()));
    }

    fn comparison(&self) -> Option<&Comparison> {
        match self.answer.as_deref()? {
            Answer::Comparison(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// Takes in the answer, if it is another than that which is shown; the selection stays on its row.
    fn take_in(&mut self, world: &World) {
        let Some(answer) = world.findings.of(&self.question) else { return };
        if self.answer.as_ref().is_some_and(|known| Arc::ptr_eq(known, answer)) {
            return;
        }
        let selected = self.selected().map(|row| row.id);
        self.answer = Some(Arc::clone(answer));
        self.pacing.answered(world.now);
        let Answer::Comparison(comparison) = &**answer else { return };
        self.sums = Sums::of(comparison);
        self.outline.lay_out(comparison);
        let row = selected.and_then(|id| comparison.rows.iter().position(|row| row.id == id));
        if let Some(place) = row.and_then(|row| self.outline.place_of(row, comparison)) {
            self.list.select(place);
        }
    }

    /// Whether more of a trace has come than was compared, or there was nothing to compare with.
    fn is_stale(&self, world: &World) -> bool {
        let Some(comparison) = self.comparison() else { return self.answer.is_some() };
        // What is usual is of many traces, and none that are still to come.
        [&comparison.a, &comparison.b].into_iter().any(|side| {
            let trace = side.trace.and_then(|id| world.traces.get(id));
            trace.is_some_and(|trace| side.spans != trace.spans().len() as u64)
        })
    }

    fn line(&self) -> Option<Line> {
        self.outline.lines().get(self.list.selected()).copied()
    }

    fn selected(&self) -> Option<&ComparedRow> {
        self.comparison()?.rows.get(self.line()?.row())
    }

    /// Opens the trace at the selected call: the one that is looked at, or where it does not have it the other.
    fn open(&self) -> Reply {
        let figures = self.selected().and_then(|row| row.b.or(row.a));
        match figures.map(|figures| figures.longest) {
            Some((trace, span)) => Reply::Ask(Request::OpenTrace { trace, span: Some(span), near: None }),
            None => Reply::tell("nothing is selected"),
        }
    }

    /// Folds, unfolds or orders; answers whether the action does that.
    fn turn(&mut self, action: Action) -> bool {
        let (Some(line), Some(answer)) = (self.line(), self.answer.clone()) else { return false };
        let Answer::Comparison(comparison) = &*answer else { return false };
        let Some(row) = self.outline.turn(action, line, comparison) else { return false };
        self.list.select(self.outline.place_of(row, comparison).unwrap_or(0));
        true
    }

    fn seek(&mut self, forward: bool) -> Reply {
        let answer = self.answer.clone();
        let Some(Answer::Comparison(comparison)) = answer.as_deref() else { return Reply::Ignored };
        match self.outline.seek(forward, self.list.selected(), comparison) {
            Some(place) => self.list.select(place),
            None => return Reply::tell("no other difference"),
        }
        Reply::Done
    }

    /// Compares the other way round. What is shown stays until that is answered.
    fn swap(&mut self, cx: &mut Cx<'_>) -> Reply {
        let Question::Compare { trace, with: Some(with) } = self.question else {
            let (mark, compare) =
                (cx.world.key(Context::Comparison, Action::Mark), cx.world.key(Context::Comparison, Action::Compare));
            return Reply::tell(format!(
                "what is usual is no trace; {mark} in the list marks one, {compare} on another compares the two"
            ));
        };
        self.trace = with;
        self.question = Question::Compare { trace: with, with: Some(trace) };
        self.take_in(cx.world);
        self.ask(cx);
        Reply::Done
    }

    /// What is said while there is nothing to show.
    fn message(&self, world: &World, width: usize) -> Vec<String> {
        let said = match self.answer.as_deref() {
            Some(Answer::Nothing(why)) => {
                let (mark, compare) =
                    (world.key(Context::Traces, Action::Mark), world.key(Context::Traces, Action::Compare));
                format!(
                    "There is nothing to compare with: {}. {mark} marks a trace, {compare} on another one compares the two.",
                    safe(why)
                )
            }
            Some(_) => String::new(),
            None => match self.question {
                Question::Compare { with: Some(with), .. } => format!("comparing with trace {} …", with.short()),
                _ => "comparing with what is usual …".to_owned(),
            },
        };
        text::wrap(&said, width)
    }

    /// What keys do, as many of them as have room.
    fn keys(&self, world: &World, width: usize) -> String {
        let key = |action| world.key(Context::Comparison, action);
        let is_pair = matches!(self.question, Question::Compare { with: Some(_), .. });
        let hints = [
            Some(format!("{} opens it", key(Action::DrillDown))),
            Some(format!("{} next difference", key(Action::NextError))),
            is_pair.then(|| format!("{} other way round", key(Action::SwapSides))),
            Some(format!("{} {} unfold, fold", key(Action::Expand), key(Action::Collapse))),
            Some(format!("{} sorts", key(Action::SortNext))),
        ];
        let mut keys = String::new();
        for hint in hints.into_iter().flatten() {
            if keys.width() + hint.width() + 4 <= width {
                keys.push_str(if keys.is_empty() { "" } else { "  " });
                keys.push_str(&hint);
            }
        }
        keys
    }

    fn title(&self) -> Vec<Piece> {
        let has_room = self.shown.width >= WIDE;
        let of =
            |id: TraceId| Piece::new(Role::Muted, if has_room { format!(" of {}", id.short()) } else { String::new() });
        let mut title = vec![Piece::new(Role::Title, "Comparison")];
        match self.comparison() {
            Some(Comparison { b, .. }) => title.extend([
                of(b.trace.unwrap_or(self.trace)),
                Piece::new(Role::Faint, " ── "),
                Piece { text: safe(&b.service).into_owned(), look: Look::Service(Arc::clone(&b.service)) },
                Piece::new(Role::Text, format!(" {}", safe(&b.operation))),
            ]),
            None => title.push(of(self.trace)),
        }
        title
    }
}

impl SideView for ComparisonView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Comparison
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        if self.list.navigate(action, self.outline.lines().len(), self.shown.height) {
            return Reply::Done;
        }
        match (action, self.line()) {
            (Action::DrillDown, Some(Line::Alike { .. })) if self.turn(Action::Expand) => Reply::Done,
            (Action::DrillDown | Action::OpenTrace, _) => self.open(),
            (Action::NextError | Action::PreviousError, _) => self.seek(action == Action::NextError),
            (Action::SwapSides, _) => self.swap(cx),
            (Action::Copy, _) => Reply::Ask(Request::Copy(self.trace.to_string())),
            _ if self.turn(action) => Reply::Done,
            _ => Reply::Ignored,
        }
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.take_in(cx.world);
        if self.is_stale(cx.world) && self.pacing.is_due(cx.world.now, AGAIN_EVERY) {
            self.ask(cx);
        }
    }

    fn project(&mut self, world: &World, size: Size) {
        let (width, height) = (usize::from(size.width.saturating_sub(4)), usize::from(size.height.saturating_sub(2)));
        let mut shown = Shown { message: self.message(world, width), width, ..Shown::default() };
        if let Some(comparison) = self.comparison() {
            let columns = Columns::of(width);
            shown.head = summary::lines(comparison, &self.sums, width, height);
            shown.head.push(columns.header(comparison.a.trace.is_none(), self.outline.order()));
            shown.height = height.saturating_sub(shown.head.len());
            let mut list = self.list;
            list.clamp(self.outline.lines().len(), shown.height);
            let visible = self.outline.lines().iter().skip(list.offset()).take(shown.height);
            let order = self.outline.order().0;
            shown.rows = visible.map(|line| columns.line(*line, comparison, order, self.sums.widest_ns)).collect();
            self.list = list;
        }
        shown.keys = self.keys(world, width);
        self.shown = shown;
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let keys = [Piece::new(Role::Muted, self.shown.keys.as_str())];
        let has_room = !self.shown.keys.is_empty() && !self.shown.rows.is_empty();
        let right = match self.comparison() {
            Some(it) => summary::position(it, &self.sums),
            None => String::new(),
        };
        let frame = Frame { title: &self.title(), right: &right, bottom: if has_room { &keys } else { &[] } };
        let inner = frame.render(area, buf, paint);
        if !self.shown.message.is_empty() {
            return frame::message(&self.shown.message, inner, buf, paint);
        }
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }.intersection(area);
        let selected = self.list.selected().checked_sub(self.list.offset()).map(|at| at + self.shown.head.len());
        let role = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
        let lines = self.shown.head.iter().chain(&self.shown.rows);
        for ((at, line), y) in lines.enumerate().zip(inner.y..inner.bottom()) {
            piece::draw(line, buf, inner.x, y, inner.width, Style::new(), paint.theme);
            if selected == Some(at) {
                buf.set_style(Rect { y, height: 1, ..inner }, paint.theme.style(role));
            }
        }
        if paint.ascii {
            summary::in_ascii(buf, area);
        }
    }
}

#[cfg(test)]
mod tests;
