//! The filter and the search of the log pane: put in force, narrowed, taken up again.

use std::ops::Range;
use std::sync::Arc;

use super::LogsPane;
use crate::query::{CompileContext, Matches, Plan};
use crate::store::{LineId, Volume};
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::pane::Cx;

/// A query in force and what it has found.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) ids: Matches,
    /// What it has looked at, so that it can be taken up from there.
    pub(super) searched: Range<LineId>,
    pub(super) generation: u64,
    pub(super) is_complete: bool,
}

impl LogsPane {
    /// Puts a query in force and asks for its answers.
    pub(super) fn run(&mut self, slot: Slot, text: &str, cx: &mut Cx<'_>) {
        let context = cx.world.compile_context();
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
            Some(plan) => Effect::RunQuery { slot, generation, plan, searched: 0..0 },
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
            let context = cx.world.compile_context();
            let generation = cx.next_generation();
            let query = if slot == Slot::Filter { &self.filter } else { &self.search };
            let asked = self.asked(slot, query, &context).filter(|_| !text.is_empty());
            // What was found is kept and shown at once; only what is new since has to be looked at.
            let searched = query.searched.clone();
            let query = if slot == Slot::Filter { &mut self.filter } else { &mut self.search };
            query.generation = generation;
            cx.effects.push(match asked {
                Some(plan) => Effect::RunQuery { slot, generation, plan, searched },
                None => Effect::StopQuery(slot),
            });
        }
    }
}
