//! How a waterfall keeps up with its trace.
//!
//! A small trace is laid out anew at once. A large one is laid out beside the screen: what was laid out before stays and can
//! be used until then, and one stands afterwards where one stood.

use std::sync::Arc;

use super::Waterfall;
use super::lines::Shown;
use super::measure::Measured;
use crate::analysis::question::{Answer, Question, TraceState};
use crate::analysis::study::Study;
use crate::model::{Nanos, SpanId};
use crate::store::Trace;
use crate::tui::effect::Effect;
use crate::tui::pane::Cx;
use crate::tui::world::World;

/// How often a growing trace is laid out anew: one of few spans,
const REFRESH_EVERY: Nanos = 500_000_000;
/// and by how much later for each span, so that laying out takes a small part of one core whatever the size.
const REFRESH_PER_SPAN: Nanos = 30_000;
/// Spans of a trace that is laid out at once, which takes a part of a frame. One of more is laid out beside the screen.
const MAX_AT_ONCE: usize = 2_000;
/// For how long that is waited for: the answer may have gone to a view that was left.
const GIVE_UP_AFTER: Nanos = 10_000_000_000;
/// For how long a trace that has grown is said to be growing.
const GROWING: Nanos = 3_000_000_000;

/// What has come and is not taken in yet.
#[derive(Clone, Debug)]
pub(super) struct Growth {
    refreshed_at: Nanos,
    /// Whether spans or lines have come that are not taken in.
    is_behind: bool,
    /// When more spans were there than are laid out.
    grown_at: Option<Nanos>,
    /// What is to be asked, as soon as something can be.
    wanted: Option<Question>,
    /// What was asked, and when.
    asked: Option<(Question, Nanos)>,
}

impl Growth {
    /// Nothing has come since a trace was laid out.
    pub(super) fn new(now: Nanos) -> Self {
        Self { refreshed_at: now, is_behind: false, grown_at: None, wanted: None, asked: None }
    }

    /// Whether more spans have come a short while ago.
    pub(super) fn is_going_on(&self, now: Nanos) -> bool {
        self.grown_at.is_some_and(|at| now.saturating_sub(at) < GROWING)
    }

    fn is_waiting(&self, now: Nanos) -> bool {
        self.asked.as_ref().is_some_and(|(_, at)| now.saturating_sub(*at) < GIVE_UP_AFTER)
    }
}

impl Waterfall {
    /// Takes in what has come for the trace, spans and lines, where some time has passed since that was done last; answers
    /// whether something else is laid out than before.
    pub(in crate::tui::panes::traces) fn refresh(&mut self, cx: &mut Cx<'_>) -> bool {
        let world = cx.world;
        let before = Arc::clone(&self.study);
        self.take_answer(world);
        let news = self.news(world);
        if news.as_ref().is_some_and(|trace| trace.spans().len() > self.len()) {
            self.growth.grown_at = Some(world.now);
        }
        self.growth.is_behind = news.is_some() || self.logs.is_behind(world);
        let spans = Nanos::try_from(self.len()).unwrap_or(Nanos::MAX);
        let wait = REFRESH_PER_SPAN.saturating_mul(spans).saturating_add(REFRESH_EVERY);
        let has_lines = self.growth.is_behind && world.now.saturating_sub(self.growth.refreshed_at) >= wait;
        if has_lines {
            self.take_in(world);
        }
        self.ask(cx);
        has_lines || !Arc::ptr_eq(&before, &self.study)
    }

    /// Asks for what is to be worked out beside the screen, if there is something.
    pub(in crate::tui::panes::traces) fn ask(&mut self, cx: &mut Cx<'_>) {
        if let Some(question) = self.growth.wanted.take() {
            cx.effects.push(Effect::Analyse(question.clone()));
            self.growth.asked = Some((question, cx.world.now));
        }
    }

    /// Lays out what was worked out beside the screen.
    fn take_answer(&mut self, world: &World) {
        let Some((question, _)) = &self.growth.asked else { return };
        let Some(answer) = world.findings.of(question) else { return };
        self.growth.asked = None;
        if let Answer::Study(study) = &**answer {
            self.lay_out(Arc::clone(study));
        }
    }

    /// The trace as it is by now, where that is not what is laid out.
    fn news(&self, world: &World) -> Option<Arc<Trace>> {
        world.traces.get(self.id()).filter(|trace| !Arc::ptr_eq(trace, &self.study.trace))
    }

    /// Takes in what has come. What is being laid out beside the screen is waited for.
    fn take_in(&mut self, world: &World) {
        (self.growth.refreshed_at, self.growth.is_behind) = (world.now, false);
        self.count_logs(world);
        if let Some(trace) = self.news(world).filter(|_| !self.growth.is_waiting(world.now)) {
            self.renew(trace);
        }
    }

    /// Lays a trace out, at once where that takes a part of a frame.
    fn renew(&mut self, trace: Arc<Trace>) {
        if trace.spans().len() <= MAX_AT_ONCE {
            self.lay_out(Arc::new(Study::of(trace, self.is_corrected)));
        } else {
            self.growth.wanted = Some(Question::Study(TraceState(trace), self.is_corrected));
        }
    }

    /// Shows another layout: stands where one stood, or goes to the span that was waited for.
    fn lay_out(&mut self, study: Arc<Study>) {
        let selected = self.selected_row().and_then(|row| self.study.span(row)).cloned();
        let is_rest = matches!(self.lines.at(self.list.selected()), Some(Shown::Rest(_)));
        let is_elsewhen = study.is_corrected != self.study.is_corrected;
        self.study = study;
        self.measured = Measured::of(&self.study);
        self.search.renew(&self.study);
        self.lines = Arc::new(self.folds.lines(&self.study));
        let row = selected.and_then(|span| self.study.row_like(&span));
        self.stand_at(row, is_rest);
        if is_elsewhen {
            self.zoom.keep_within(self.whole());
        }
        if let Some(row) = self.awaited.and_then(|span| self.study.row_of(span)) {
            self.go_to(row);
        }
    }

    /// Counts the lines that have come.
    pub(super) fn count_logs(&mut self, world: &World) {
        self.shows_origin = !world.backends().is_empty() || self.study.summary.origins.len() > 1;
        if self.logs.is_behind(world) {
            Arc::make_mut(&mut self.logs).count(self.study.trace.id, world);
        }
    }

    /// Selects the span, unfolding what hides it. Keeps the selection when it is not there, until it comes.
    pub(in crate::tui::panes::traces) fn select(&mut self, span: Option<SpanId>, world: &World) {
        let Some(span) = span else { return };
        if self.study.row_of(span).is_none() {
            self.take_in(world);
        }
        self.awaited = Some(span);
        if let Some(row) = self.study.row_of(span) {
            self.go_to(row);
        }
    }

    /// Shows times with what clocks did to them taken out, or as they came; what there is to say of that.
    pub(in crate::tui::panes::traces) fn correct_clocks(&mut self, cx: &mut Cx<'_>) -> &'static str {
        if !self.study.is_skewed {
            return "every span is within the one that called it: nothing to correct";
        }
        self.is_corrected = !self.is_corrected;
        self.renew(Arc::clone(&self.study.trace));
        self.ask(cx);
        if self.is_corrected { "times are corrected" } else { "times are as they came" }
    }

    /// Whether what it says changes with time alone.
    pub(in crate::tui::panes::traces) fn is_ticking(&self) -> bool {
        self.is_growing || self.growth.is_behind || self.growth.wanted.is_some() || self.growth.asked.is_some()
    }
}
