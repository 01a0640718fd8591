//! What many traces say together, asked for beside the screen and again while they change.

use std::sync::Arc;

use super::pacing::Pacing;
use super::view::Scope;
use crate::analysis::question::{Aggregate, Answer, Question, Selection};
use crate::model::Nanos;
use crate::tui::effect::Effect;
use crate::tui::pane::Cx;
use crate::tui::text;

/// How often it is asked again while traces change, if it is answered soon.
const ASK_EVERY: Nanos = 2_000_000_000;

/// The latest answer for the traces of a view.
#[derive(Clone, Debug)]
pub(super) struct Aggregated {
    /// What is to be known.
    wanted: Question,
    /// What was asked last: while one types a filter, what is wanted may be another question already.
    asked: Question,
    answer: Option<Arc<Answer>>,
    pacing: Pacing,
    /// The state of the traces that was asked about, and the state now.
    generations: (u64, u64),
}

impl Aggregated {
    /// Asks about the traces of `scope`; what is known of them already is there at once.
    pub(super) fn ask(scope: &Scope, cx: &mut Cx<'_>) -> Self {
        let wanted = Question::Aggregate(scope.selection());
        let (asked, answer) = (wanted.clone(), cx.world.findings.of(&wanted).cloned());
        let mut new = Self { wanted, asked, answer, pacing: Pacing::default(), generations: (0, 0) };
        new.ask_now(cx);
        new
    }

    /// Asks about other traces: now, or as soon as what is being asked is answered. What is known stays until then.
    pub(super) fn turn_to(&mut self, scope: &Scope, cx: &mut Cx<'_>) {
        self.wanted = Question::Aggregate(scope.selection());
        self.ask_if_due(cx);
    }

    fn ask_now(&mut self, cx: &mut Cx<'_>) {
        let generation = cx.world.traces.generation();
        self.pacing.ask(cx.world.now);
        self.generations = (generation, generation);
        self.asked = self.wanted.clone();
        cx.effects.push(Effect::Analyse(self.asked.clone()));
    }

    fn ask_if_due(&mut self, cx: &mut Cx<'_>) {
        let (now, pacing) = (cx.world.now, self.pacing);
        // What one types is answered at once; what a search finds comes bit by bit.
        let is_typed = matches!(self.wanted, Question::Aggregate(Selection::Matching(_))) && self.asked != self.wanted;
        let is_due = is_typed && !pacing.is_waiting(now) || self.is_outdated() && pacing.is_due(now, ASK_EVERY);
        if is_due || pacing.is_lost(now) {
            self.ask_now(cx);
        }
    }

    /// Takes in an answer, and asks again when it is time; whether there is another answer than before.
    pub(super) fn changed(&mut self, cx: &mut Cx<'_>) -> bool {
        let known = cx.world.findings.of(&self.asked);
        let is_new = known.is_some_and(|known| self.answer.as_ref().is_none_or(|had| !Arc::ptr_eq(had, known)));
        if let Some(known) = known.filter(|_| is_new) {
            self.answer = Some(Arc::clone(known));
            self.pacing.answered(cx.world.now);
        }
        self.generations.1 = cx.world.traces.generation();
        self.ask_if_due(cx);
        is_new
    }

    /// Whether there is something to be asked for that no event will tell of.
    pub(super) fn is_outdated(&self) -> bool {
        self.generations.0 != self.generations.1 || self.asked != self.wanted
    }

    /// What is known.
    pub(super) fn get(&self) -> Option<&Aggregate> {
        match self.answer.as_deref() {
            Some(Answer::Aggregate(aggregate)) => Some(aggregate),
            _ => None,
        }
    }

    /// What it is made of: `2,000 traces`, with "latest" in front where there are more.
    pub(super) fn made_of(&self) -> String {
        match self.get() {
            None => String::new(),
            Some(it) if it.is_partial => format!("latest {}", text::counted(it.traces as u64, "trace")),
            Some(it) if it.traces == 1 => text::counted(it.spans as u64, "span"),
            Some(it) => text::counted(it.traces as u64, "trace"),
        }
    }

    /// What stands in place of nothing, line by line.
    pub(super) fn nothing(&self) -> Vec<String> {
        match self.answer.as_deref() {
            None => vec!["Looking at the spans …".to_owned()],
            Some(Answer::Nothing(why)) => vec![why.clone()],
            Some(_) => {
                let way = "Other traces are chosen in the list: by its filter, or by a search.";
                vec!["No span is in memory.".to_owned(), way.to_owned()]
            }
        }
    }
}
