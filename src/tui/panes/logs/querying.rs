//! The filter and the search of the log pane: put in force, narrowed, taken up again.

use std::collections::VecDeque;
use std::sync::Arc;

use super::LogsPane;
use crate::query::{CompileContext, Plan};
use crate::store::{LineId, Volume};
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::pane::Cx;

/// A query in force and what it has found.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) ids: VecDeque<LineId>,
    pub(super) generation: u64,
    pub(super) is_complete: bool,
}

impl Query {
    /// Puts matches that follow each other where they belong: at either end, or between what was kept from before one
    /// went deeper and what has come since. O(matches), but for that last case.
    pub(super) fn take_in(&mut self, ids: &[LineId]) {
        let Some(first) = ids.first() else { return };
        let at = self.ids.partition_point(|known| known < first);
        if at == 0 {
            ids.iter().rev().for_each(|id| self.ids.push_front(*id));
        } else {
            let mut later = self.ids.split_off(at);
            self.ids.extend(ids);
            self.ids.append(&mut later);
        }
    }
}

impl LogsPane {
    /// Puts a query in force and asks for its answers.
    pub(super) fn run(&mut self, slot: Slot, text: &str, cx: &mut Cx<'_>) {
        let context = CompileContext::new(cx.world.now, cx.world.settings.zone_offset);
        let plan = Plan::compile(text, &context).ok().filter(|plan| !plan.is_empty()).map(Arc::new);
        let query = Query { text: text.to_owned(), plan, generation: cx.next_generation(), ..Query::default() };
        let asked = self.asked(slot, &query, &context);
        match slot {
            Slot::Filter => {
                self.filter = query;
                self.volume = Volume::default();
                self.scroll = 0;
            }
            Slot::Search => self.search = query,
        }
        let generation = *cx.generation;
        cx.effects.push(match asked {
            Some(plan) => Effect::RunQuery { slot, generation, plan, from: 0 },
            None => Effect::StopQuery(slot),
        });
        if slot == Slot::Filter && !self.search.text.is_empty() {
            let search = self.search.text.clone();
            self.run(Slot::Search, &search, cx);
        }
    }

    /// The plan to run: a search looks only at what the filter lets through.
    fn asked(&self, slot: Slot, query: &Query, context: &CompileContext) -> Option<Arc<Plan>> {
        let plan = query.plan.clone()?;
        if slot == Slot::Filter {
            return Some(plan);
        }
        let both = match self.filter.plan {
            Some(_) => Plan::compile(&format!("({}) ({})", self.filter.text, query.text), context).ok()?,
            None => Plan::clone(&plan),
        };
        Some(Arc::new(both.without_losses()))
    }

    /// Adds a condition on one field to the filter.
    pub(super) fn narrow(&mut self, condition: &str, cx: &mut Cx<'_>) {
        let old = &self.filter.text;
        let is_group = old.contains(" OR ");
        let text = match (old.is_empty(), is_group) {
            (true, _) => condition.to_owned(),
            (false, true) => format!("({old}) {condition}"),
            (false, false) => format!("{old} {condition}"),
        };
        self.run(Slot::Filter, &text, cx);
    }

    /// Takes up the queries where they were left.
    pub(super) fn resume(&mut self, cx: &mut Cx<'_>) {
        for (slot, text) in [(Slot::Filter, self.filter.text.clone()), (Slot::Search, self.search.text.clone())] {
            let context = CompileContext::new(cx.world.now, cx.world.settings.zone_offset);
            let generation = cx.next_generation();
            let query = if slot == Slot::Filter { &self.filter } else { &self.search };
            let asked = self.asked(slot, query, &context).filter(|_| !text.is_empty());
            // What was found is kept and shown at once; only what came since has to be looked at.
            let from = query.ids.back().map_or(0, |last| last + 1);
            let from = if query.is_complete { from } else { 0 };
            let query = if slot == Slot::Filter { &mut self.filter } else { &mut self.search };
            query.generation = generation;
            if from == 0 {
                query.ids.clear();
                if slot == Slot::Filter {
                    self.volume = Volume::default();
                }
            }
            cx.effects.push(match asked {
                Some(plan) => Effect::RunQuery { slot, generation, plan, from },
                None => Effect::StopQuery(slot),
            });
        }
    }
}
