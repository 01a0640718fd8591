//! Which traces in memory are listed, kept up to date at a bounded price.
//!
//! Of every change the latest few traces are looked at, and all that a list is made of once a second. Whether a trace matches
//! the filter is asked once for each state that it is in; what would take longer than a frame is asked beside the screen.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::entry::Entry;
use crate::analysis::question::{Answer, MAX_LISTED, Question, Selection};
use crate::model::{Nanos, TraceId};
use crate::query::Plan;
use crate::store::Trace;
use crate::tui::effect::Effect;
use crate::tui::pane::Cx;

/// The latest traces, which are looked at whenever something changes.
const HEAD: usize = 256;
/// How often all traces are looked at while they change.
const SWEEP_EVERY: Nanos = 1_000_000_000;
/// Spans that a filter is asked of at once. More are asked of beside the screen.
const MAX_SPANS: usize = 20_000;
/// For how long that is waited for: the answer may have gone to a view that was left.
const GIVE_UP_AFTER: Nanos = 10_000_000_000;

/// What is known of the latest traces.
#[derive(Debug, Default)]
pub(super) struct Index {
    known: HashMap<TraceId, Known>,
    /// How often traces were looked at.
    looks: u64,
    /// The state of the traces that was looked at, in part and in full.
    generations: (u64, u64),
    swept_at: Option<Nanos>,
    /// Traces of which it is not known yet whether they match.
    open: usize,
    /// Since when it is being asked which of them match, and the last answer that was taken in.
    asked_at: Option<Nanos>,
    answer: Option<Arc<Answer>>,
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
    revision: u32,
    /// Which look saw it last.
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
    /// What is to be put in.
    pub(super) come: Vec<Arc<Entry>>,
}

impl Index {
    /// Whether there is something to look at that no event will tell of.
    pub(super) fn is_due(&self) -> bool {
        self.generations.0 != self.generations.1 || self.open > 0
    }

    /// Whether it is not known yet of all traces whether they match.
    pub(super) fn is_looking(&self) -> bool {
        self.open > 0
    }

    /// Looks at what has changed; `plan` is the filter, the same one as before unless the index is new. Takes O([`HEAD`]),
    /// once a second O([`MAX_LISTED`]), and the filter over [`MAX_SPANS`] spans and one trace more.
    pub(super) fn refresh(&mut self, plan: Option<&Arc<Plan>>, cx: &mut Cx<'_>) -> Changes {
        let (world, generation) = (cx.world, cx.world.traces.generation());
        let is_fresh = self.swept_at.is_none();
        let told = plan.map(|plan| self.take_answer(plan, cx)).unwrap_or_default();
        let is_due = self.swept_at.is_none_or(|at| world.now.saturating_sub(at) >= SWEEP_EVERY);
        let is_sweep = !told.is_empty() || is_due && (is_fresh || self.generations.1 != generation || self.open > 0);
        if !is_sweep && self.generations.0 == generation {
            return Changes::default();
        }
        let latest = world.traces.latest(if is_sweep { MAX_LISTED } else { HEAD });
        let is_sweep = is_sweep || latest.len() < HEAD;
        let mut changes = Changes { is_fresh, ..Changes::default() };
        self.looks += 1;
        let mut look = Look { plan, told, left: MAX_SPANS, open: HashSet::new() };
        for trace in latest {
            self.look_at(&trace, &mut look, &mut changes);
        }
        changes.open = look.open;
        self.generations.0 = generation;
        self.open = if is_sweep { changes.open.len() } else { self.open.max(changes.open.len()) };
        if is_sweep {
            (self.generations.1, self.swept_at) = (generation, Some(world.now));
            self.forget_unseen(&mut changes);
        }
        self.ask(plan, cx);
        changes
    }

    fn look_at(&mut self, trace: &Trace, look: &mut Look<'_>, changes: &mut Changes) {
        let (revision, seen) = (trace.revision(), self.looks);
        let known = self.known.get_mut(&trace.id);
        let was_listed = match known {
            Some(known) => {
                known.seen = seen;
                if known.revision == revision {
                    return;
                }
                known.entry.clone()
            }
            None => None,
        };
        let Some(is_meant) = look.verdict(trace) else { return };
        let summary = trace.summary();
        let same = was_listed.as_ref().filter(|entry| is_meant && entry.is_of(&summary)).cloned();
        let entry = same.or_else(|| {
            let entry = is_meant.then(|| Arc::new(Entry::of(summary)));
            changes.gone.extend(was_listed.map(|entry| entry.id));
            changes.come.extend(entry.clone());
            entry
        });
        self.known.insert(trace.id, Known { revision, seen, entry });
    }

    /// Forgets what the last look did not see: it is not in memory any more, or too old.
    fn forget_unseen(&mut self, changes: &mut Changes) {
        self.known.retain(|id, known| {
            let stays = known.seen == self.looks;
            if !stays && known.entry.is_some() {
                changes.gone.insert(*id);
            }
            stays
        });
    }

    /// The verdicts that were found beside the screen, if there are new ones.
    fn take_answer(&mut self, plan: &Arc<Plan>, cx: &Cx<'_>) -> HashMap<TraceId, (u32, bool)> {
        let question = Question::Verdicts(Selection::Matching(Arc::clone(plan)));
        let Some(answer) = cx.world.findings.of(&question) else { return HashMap::new() };
        if self.answer.as_ref().is_some_and(|taken| Arc::ptr_eq(taken, answer)) {
            return HashMap::new();
        }
        (self.answer, self.asked_at) = (Some(Arc::clone(answer)), None);
        match &**answer {
            Answer::Verdicts(verdicts) => verdicts.iter().map(|it| (it.trace, (it.revision, it.is_meant))).collect(),
            _ => HashMap::new(),
        }
    }

    fn ask(&mut self, plan: Option<&Arc<Plan>>, cx: &mut Cx<'_>) {
        let now = cx.world.now;
        let is_waiting = self.asked_at.is_some_and(|at| now.saturating_sub(at) < GIVE_UP_AFTER);
        if let Some(plan) = plan.filter(|_| self.open > 0 && !is_waiting) {
            self.asked_at = Some(now);
            cx.effects.push(Effect::Analyse(Question::Verdicts(Selection::Matching(Arc::clone(plan)))));
        }
    }
}

/// One look at many traces.
struct Look<'a> {
    plan: Option<&'a Arc<Plan>>,
    /// What was found out beside the screen: the state that a trace was in, and whether it matched.
    told: HashMap<TraceId, (u32, bool)>,
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
