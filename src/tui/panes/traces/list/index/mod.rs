//! Which traces in memory are listed, kept up to date at a bounded price.
//!
//! Of every change the latest few traces are looked at. All that a list is made of are looked at in the course of a second, a
//! part with each frame. Whether a trace matches the filter is asked once for each state that it is in; what would take longer
//! than a frame is asked beside the screen.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::entry::Entry;
use crate::analysis::question::{Answer, MAX_LISTED, Question, Selection};
use crate::model::{Nanos, TraceId};
use crate::query::Plan;
use crate::store::Trace;
use crate::tui::effect::Effect;
use crate::tui::pane::Cx;
use crate::tui::panes::traces::pacing::Pacing;
use crate::tui::world::World;

/// The latest traces, which are looked at whenever something changes.
const HEAD: usize = 256;
/// How long it takes to look at all traces, and how often that is begun while they change.
const SWEEP: Nanos = 1_000_000_000;
/// Traces that are looked at on the way with one frame, at least: with ten frames a second that is all in a second.
const SLICE: usize = MAX_LISTED / 10;
/// Spans that a filter is asked of at once. More are asked of beside the screen.
const MAX_SPANS: usize = 20_000;
/// How often that is done, if it is soon answered.
const ASK_EVERY: Nanos = 1_000_000_000;

/// How much is looked at.
#[derive(Clone, Copy, Debug)]
struct Most {
    /// Traces that came last, whenever something changes.
    head: usize,
    /// Traces on the way with one frame, at least.
    slice: usize,
    /// Traces in all.
    listed: usize,
    /// Spans that a filter is asked of at once.
    spans: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self { head: HEAD, slice: SLICE, listed: MAX_LISTED, spans: MAX_SPANS }
    }
}

impl Most {
    /// How many traces are to be looked at on the way, so that it takes [`SWEEP`] to look at all: the more, the longer ago
    /// the last look is. Where little happens that is all of them, and nobody waits for what the next frames would bring.
    fn share(self, since: Nanos) -> usize {
        let listed = Nanos::try_from(self.listed).unwrap_or(Nanos::MAX);
        let share = listed.saturating_mul(since.clamp(0, SWEEP)) / SWEEP;
        usize::try_from(share).unwrap_or(self.listed).clamp(self.slice, self.listed)
    }
}

/// What is known of the latest traces.
#[derive(Debug, Default)]
pub(super) struct Index {
    most: Most,
    known: HashMap<TraceId, Known>,
    /// Which sweep saw a trace last is told by its number.
    sweeps: u64,
    sweep: Option<Sweep>,
    /// The state of the traces that was looked at, in part and in full.
    generations: (u64, u64),
    /// When the last sweep began, and when it was looked last.
    swept_at: Option<Nanos>,
    looked_at: Nanos,
    /// Traces of which it is not known yet whether they match.
    open: usize,
    /// When it was asked which of them match, and the last answer that was taken in.
    pacing: Option<Pacing>,
    answer: Option<Arc<Answer>>,
}

/// A look at all traces, from the latest back, that goes on with the next frame.
#[derive(Debug)]
struct Sweep {
    /// Where it is, see [`TraceReader::latest_before`](crate::store::TraceReader::latest_before).
    place: u64,
    /// Traces that are still to be looked at, if there are as many.
    left: usize,
    /// The state of the traces when it began.
    generation: u64,
    /// Traces so far of which it is not known whether they match.
    open: usize,
}

/// A view that is kept for the way back holds no copy of it: it looks anew when it is shown again.
impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Debug)]
struct Known {
    /// The state of the trace that the verdict was made of.
    revision: u64,
    /// Which sweep saw it last.
    seen: u64,
    /// What is listed; nothing where it does not match.
    entry: Option<Arc<Entry>>,
}

/// What is to be done to the list.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whether nothing of what was listed stays but what there was no time for.
    pub(super) is_fresh: bool,
    /// What there was no time for.
    pub(super) open: HashSet<TraceId>,
    /// What is to be taken away, what has changed included.
    pub(super) gone: HashSet<TraceId>,
    /// What is to be put in. A trace may have grown between two looks, so each is there once.
    pub(super) come: HashMap<TraceId, Arc<Entry>>,
}

impl Index {
    /// Whether there is something to look at that no event will tell of.
    pub(super) fn is_due(&self) -> bool {
        self.generations.0 != self.generations.1 || self.open > 0 || self.sweep.is_some()
    }

    /// Whether it is not known yet of all traces whether they match.
    pub(super) fn is_looking(&self) -> bool {
        self.open > 0
    }

    /// Looks at what has changed; `plan` is the filter, the same one as before unless the index is new. Takes O([`HEAD`] +
    /// [`SLICE`]), up to O([`MAX_LISTED`]) where nothing was looked at for a while or an answer has come, and the filter over
    /// [`MAX_SPANS`] spans and one trace more.
    pub(super) fn refresh(&mut self, plan: Option<&Arc<Plan>>, cx: &mut Cx<'_>) -> Changes {
        let (world, generation) = (cx.world, cx.world.traces.generation());
        let told = plan.map(|plan| self.take_answer(plan, cx)).unwrap_or_default();
        let is_fresh = self.swept_at.is_none();
        // The first look, and the answer that one waits for, are taken in at once.
        let is_whole = is_fresh || !told.is_empty();
        let since = world.now.saturating_sub(std::mem::replace(&mut self.looked_at, world.now));
        let is_due = self.swept_at.is_none_or(|at| world.now.saturating_sub(at) >= SWEEP);
        let has_more = self.generations.1 != generation || self.open > 0;
        if is_whole || self.sweep.is_none() && is_due && has_more {
            self.begin_sweep(generation, world.now);
        }
        let mut changes = Changes { is_fresh, ..Changes::default() };
        let mut look = Look { plan, told, left: self.most.spans, open: HashSet::new() };
        if !is_whole && self.generations.0 != generation {
            for trace in world.traces.latest(self.most.head) {
                self.look_at(&trace, &mut look, &mut changes);
            }
            self.open = self.open.max(look.open.len());
        }
        self.generations.0 = generation;
        let count = if is_whole { self.most.listed } else { self.most.share(since) };
        self.go_on(count, &mut look, &mut changes, cx.world);
        changes.open = look.open;
        self.ask(plan, cx);
        changes
    }

    fn begin_sweep(&mut self, generation: u64, now: Nanos) {
        self.sweeps += 1;
        self.swept_at = Some(now);
        self.sweep = Some(Sweep { place: u64::MAX, left: self.most.listed, generation, open: 0 });
    }

    /// Looks at the next traces of the sweep, if one is under way.
    fn go_on(&mut self, count: usize, look: &mut Look<'_>, changes: &mut Changes, world: &World) {
        let Some(mut sweep) = self.sweep.take() else { return };
        let wanted = count.min(sweep.left);
        let (traces, place) = world.traces.latest_before(sweep.place, wanted);
        let found = traces.len();
        (sweep.place, sweep.left) = (place, sweep.left - wanted);
        for trace in traces {
            sweep.open += usize::from(!self.look_at(&trace, look, changes));
        }
        if found == wanted && sweep.left > 0 {
            self.sweep = Some(sweep);
            return;
        }
        (self.generations.1, self.open) = (sweep.generation, sweep.open);
        self.forget_unseen(changes);
    }

    /// Looks at one trace; whether there was time to find out if it matches.
    fn look_at(&mut self, trace: &Trace, look: &mut Look<'_>, changes: &mut Changes) -> bool {
        let (revision, seen) = (trace.revision(), self.sweeps);
        let known = self.known.get_mut(&trace.id);
        let was_listed = match known {
            Some(known) => {
                known.seen = seen;
                if known.revision == revision {
                    return true;
                }
                known.entry.clone()
            }
            None => None,
        };
        let Some(is_meant) = look.verdict(trace) else { return false };
        let summary = trace.summary();
        let same = was_listed.as_ref().filter(|entry| is_meant && entry.is_of(&summary)).cloned();
        let entry = same.or_else(|| {
            let entry = is_meant.then(|| Arc::new(Entry::of(summary)));
            changes.gone.extend(was_listed.map(|entry| entry.id));
            changes.come.remove(&trace.id);
            changes.come.extend(entry.clone().map(|entry| (trace.id, entry)));
            entry
        });
        self.known.insert(trace.id, Known { revision, seen, entry });
        true
    }

    /// Forgets what the last sweep did not see: it is not in memory any more, or too old.
    fn forget_unseen(&mut self, changes: &mut Changes) {
        self.known.retain(|id, known| {
            let stays = known.seen == self.sweeps;
            if !stays && known.entry.is_some() {
                changes.gone.insert(*id);
            }
            stays
        });
    }

    /// The verdicts that were found beside the screen, if there are new ones.
    fn take_answer(&mut self, plan: &Arc<Plan>, cx: &Cx<'_>) -> HashMap<TraceId, (u64, bool)> {
        let question = Question::Verdicts(Selection::Matching(Arc::clone(plan)));
        let Some(answer) = cx.world.findings.of(&question) else { return HashMap::new() };
        if self.answer.as_ref().is_some_and(|taken| Arc::ptr_eq(taken, answer)) {
            return HashMap::new();
        }
        self.answer = Some(Arc::clone(answer));
        if let Some(pacing) = &mut self.pacing {
            pacing.answered(cx.world.now);
        }
        match &**answer {
            Answer::Verdicts(verdicts) => verdicts.iter().map(|it| (it.trace, (it.revision, it.is_meant))).collect(),
            _ => HashMap::new(),
        }
    }

    fn ask(&mut self, plan: Option<&Arc<Plan>>, cx: &mut Cx<'_>) {
        let now = cx.world.now;
        let is_due = self.pacing.is_none_or(|pacing| pacing.is_due(now, ASK_EVERY));
        if let Some(plan) = plan.filter(|_| self.open > 0 && is_due) {
            self.pacing.get_or_insert_default().ask(now);
            cx.effects.push(Effect::Analyse(Question::Verdicts(Selection::Matching(Arc::clone(plan)))));
        }
    }
}

/// One look at many traces.
struct Look<'a> {
    plan: Option<&'a Arc<Plan>>,
    /// What was found out beside the screen: the state that a trace was in, and whether it matched.
    told: HashMap<TraceId, (u64, bool)>,
    /// Spans that may be looked at.
    left: usize,
    /// Traces that there was no time for.
    open: HashSet<TraceId>,
}

impl Look<'_> {
    /// Whether a trace is meant; `None` where there is no time to find out.
    fn verdict(&mut self, trace: &Trace) -> Option<bool> {
        let Some(plan) = self.plan else { return Some(true) };
        if let Some((_, is_meant)) = self.told.get(&trace.id).filter(|(at, _)| *at == trace.revision()) {
            return Some(*is_meant);
        }
        if self.left == 0 {
            self.open.insert(trace.id);
            return None;
        }
        self.left = self.left.saturating_sub(trace.spans().len().max(1));
        Some(plan.matches_trace(&trace.summary(), trace.spans()))
    }
}

#[cfg(test)]
mod tests;
