//! Traces that are not in memory: asking the backends for one or for many, taking in what they answer, and leaving for a
//! browser.

use std::sync::Arc;

use super::App;
use crate::model::{Dependency, Names, Nanos, TraceId, TracePage, WantedTrace, Window};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::inquiry::{Asked, Said, TraceSearch};
use crate::tui::keymap::Context;
use crate::tui::overlay::{Entry, Overlay, Picked, Picker, TraceForm, Wanted};
use crate::tui::pane::{Cx, Notice, PaneId};
use crate::tui::panes::index_of;

/// How far around a line its trace is looked for first.
const NEAR: Nanos = 3_600_000_000_000;

/// What the form's frame says of keys.
const FORM_KEYS: [(Action, &str); 4] = [
    (Action::PromptAccept, "find"),
    (Action::FormNext, "next field"),
    (Action::SelectNext, "choose"),
    (Action::PromptCancel, "leave"),
];

impl App {
    /// Asks for a trace whose spans are not all in memory: of a backend that is known to have it, or of all.
    pub(super) fn fetch_where_missing(&mut self, trace: TraceId, near: Option<Nanos>, effects: &mut Vec<Effect>) {
        let held = self.world.traces.get(trace);
        let is_held = held.as_ref().is_some_and(|trace| trace.is_complete());
        let origins = held.map(|trace| trace.summary().origins);
        let mut backends = self.world.backends();
        if is_held {
            let found = self.world.inquiry.search.as_ref();
            let found = found.and_then(|search| search.found().iter().find(|found| found.hit.id == trace));
            backends.retain(|backend| {
                let has_come =
                    origins.as_ref().is_some_and(|origins| origins.iter().any(|origin| **origin == **backend));
                !has_come && found.is_some_and(|found| found.backends.contains(backend))
            });
        }
        // What has answered with spans has answered, unless they are gone.
        let has_answered = |backend: &String| {
            is_held && self.world.inquiry.of_trace(trace).iter().any(|asked| asked.backend == *backend)
        };
        backends.retain(|backend| !has_answered(backend));
        self.fetch(trace, near, backends, effects);
    }

    /// Asks all backends for a trace.
    pub(super) fn fetch_trace(&mut self, trace: TraceId, near: Option<Nanos>, effects: &mut Vec<Effect>) {
        let backends = self.world.backends();
        let notice = match backends.as_slice() {
            [] => Notice::info(format!(
                "no system can be asked for traces; {} adds one",
                self.world.key(self.context(), Action::AddSource)
            )),
            backends => Notice::info(format!("asking {}", backends.join(", "))),
        };
        self.tell(notice);
        self.fetch(trace, near, backends, effects);
    }

    fn fetch(&mut self, trace: TraceId, near: Option<Nanos>, backends: Vec<String>, effects: &mut Vec<Effect>) {
        if backends.is_empty() {
            return;
        }
        let backends = self.world.inquiry.ask_trace(trace, backends);
        let window = near.map(|near| Window { from: near, to: near }.widened(NEAR));
        if !backends.is_empty() {
            effects.push(Effect::FetchTrace { wanted: WantedTrace { id: trace, written: None, window }, backends });
        }
    }

    /// Takes in what a backend said of a trace; when all have answered and none has it, that is told.
    pub(super) fn trace_fetched(&mut self, trace: TraceId, backend: &str, said: Said, notes: &[String]) {
        let has_spans = matches!(said, Said::Spans(_));
        self.world.inquiry.trace_answered(trace, backend, said);
        if !notes.is_empty() {
            self.tell(Notice::info(format!("{backend}: {}", notes.join(" · "))));
        }
        let asked = self.world.inquiry.of_trace(trace);
        let is_held = has_spans || self.world.traces.get(trace).is_some();
        if !is_held && !asked.iter().any(|asked| matches!(asked.said, Said::Nothing | Said::Spans(_))) {
            let why: Vec<String> = asked.iter().map(told).collect();
            self.tell(Notice::error(format!("trace {} is nowhere: {}", trace.short(), why.join(" · "))));
        }
    }

    /// Opens the form, with what was asked for last.
    pub(super) fn open_trace_form(&mut self, effects: &mut Vec<Effect>) {
        self.view.focus = PaneId::Traces;
        self.world.inquiry.forget_names();
        let texts = self.world.inquiry.search.as_ref().map(|search| search.form.clone()).unwrap_or_default();
        let keys = FORM_KEYS.iter().filter_map(|(action, what)| {
            let key = self.keymap.keys_for(Context::Form, *action).into_iter().next()?;
            Some(format!("{key} {what}"))
        });
        let keys = keys.collect::<Vec<_>>().join("  ");
        self.overlays.push(Overlay::TraceForm(Box::new(TraceForm::new(&texts, &self.world, keys))));
        self.propose_names(effects);
    }

    /// Carries out an action while the form is open.
    pub(super) fn run_in_trace_form(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let context = self.world.compile_context();
        let Some(Overlay::TraceForm(form)) = self.overlays.last_mut() else { return };
        match action {
            Action::PromptCancel | Action::Back | Action::Quit => {
                self.overlays.pop();
            }
            Action::PromptAccept if form.take_proposal() => self.propose_names(effects),
            Action::PromptAccept => {
                if let Some(wanted) = form.wanted(&context) {
                    self.overlays.pop();
                    self.find_traces(wanted, effects);
                }
            }
            _ if form.edit(action) => {
                let is_choice = matches!(action, Action::SelectNext | Action::SelectPrevious);
                if !is_choice || !form.has_proposals() {
                    self.propose_names(effects);
                }
            }
            _ => {}
        }
    }

    /// Proposes what is known of the names that belong into the field, and asks for what is not known yet.
    pub(super) fn propose_names(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::TraceForm(form)) = self.overlays.last_mut() else { return };
        let Some(of) = form.names() else { return form.propose(&[]) };
        if !self.world.backends().is_empty() && self.world.inquiry.ask_names(&of) {
            effects.push(Effect::AskNames(of.clone()));
        }
        let mut known = self.world.inquiry.names(&of).to_vec();
        if of == Names::Services {
            known.extend(self.world.services.iter().map(|service| service.name.to_string()));
            known.sort_unstable();
            known.dedup();
        }
        form.propose(&known);
    }

    /// Takes in names; where the form waits for them they are proposed.
    pub(super) fn names_told(&mut self, of: &Names, names: Vec<String>) {
        self.world.inquiry.names_answered(of, names);
        if matches!(self.overlays.last(), Some(Overlay::TraceForm(form)) if form.names().as_ref() == Some(of)) {
            self.propose_names(&mut Vec::new());
        }
    }

    /// Asks backends who called whom, once the service graph has the keys and what is known is old.
    pub(super) fn ask_calls_where_due(&mut self, effects: &mut Vec<Effect>) {
        if self.view.focus == PaneId::Services && self.world.inquiry.calls.is_due(self.world.now) {
            self.ask_calls(effects);
        }
    }

    /// Asks backends who called whom because somebody wants to know.
    pub(super) fn ask_calls_again(&mut self, effects: &mut Vec<Effect>) {
        let backends = self.world.backends();
        self.tell(Notice::info(match backends.as_slice() {
            [] => format!(
                "no system can be asked for calls; {} adds one",
                self.world.key(self.context(), Action::AddSource)
            ),
            backends => format!("asking {} who called whom", backends.join(", ")),
        }));
        self.ask_calls(effects);
    }

    fn ask_calls(&mut self, effects: &mut Vec<Effect>) {
        let all = self.world.backends();
        let (window, backends) = self.world.inquiry.calls.ask(self.world.now, all);
        if !backends.is_empty() {
            effects.push(Effect::AskCalls { window, backends });
        }
    }

    /// Takes in who called whom, as a backend tells it.
    pub(super) fn calls_told(
        &mut self,
        backend: &str,
        calls: Result<Vec<Dependency>, String>,
        effects: &mut Vec<Effect>,
    ) {
        self.world.inquiry.calls.answered(backend, calls);
        self.tell_panes(effects);
    }

    fn find_traces(&mut self, wanted: Wanted, effects: &mut Vec<Effect>) {
        let Wanted { query, plan, rest, texts } = wanted;
        let backends = self.world.backends();
        self.generation += 1;
        let generation = self.generation;
        if !backends.is_empty() {
            let pages = backends.iter().map(|backend| (backend.clone(), None)).collect();
            effects.push(Effect::SearchTraces { generation, query: Box::new(query.clone()), pages });
        }
        if rest.is_some() && !backends.is_empty() {
            self.tell(Notice::info("backends can not be asked for all of the filter: it is asked of what comes whole"));
        }
        let mut search = TraceSearch::new(generation, query, Arc::new(plan), texts, backends);
        search.rest = rest.map(Arc::new);
        self.world.inquiry.search = Some(search);
        self.show_search(effects);
    }

    /// Takes in a page of a search.
    pub(super) fn traces_found(
        &mut self,
        generation: u64,
        backend: &str,
        page: Result<TracePage, String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(search) = self.world.inquiry.search.as_mut().filter(|search| search.generation == generation) else {
            return;
        };
        let failure = page.as_ref().err().map(|why| format!("{backend}: {why}"));
        let notes = search.answered(backend, page);
        if let Some(failure) = failure {
            self.tell(Notice::error(failure));
        } else if !notes.is_empty() {
            self.tell(Notice::info(format!("{backend}: {}", notes.join(" · "))));
        }
        self.show_search(effects);
    }

    /// Asks the backends that have more for their next page.
    pub(super) fn more_traces(&mut self, effects: &mut Vec<Effect>) {
        let Some(search) = &mut self.world.inquiry.search else { return };
        if search.is_full() {
            return self.tell(Notice::info("no more are listed; a shorter time or more conditions find the others"));
        }
        let pages: Vec<_> = search.more().into_iter().map(|(backend, next)| (backend, Some(next))).collect();
        if !pages.is_empty() {
            let (generation, query) = (search.generation, Box::new(search.query.clone()));
            effects.push(Effect::SearchTraces { generation, query, pages });
        }
    }

    /// Shows all traces in memory again.
    pub(super) fn end_search(&mut self, effects: &mut Vec<Effect>) {
        self.world.inquiry.search = None;
        self.show_search(effects);
    }

    fn show_search(&mut self, effects: &mut Vec<Effect>) {
        let mut cx = Cx { world: &self.world, effects, generation: &mut self.generation };
        self.view.panes[index_of(PaneId::Traces)].changed(&mut cx);
    }

    /// Opens the one link that there is, or lets one of several be chosen.
    pub(super) fn choose_link(&mut self, links: Vec<(String, String)>, effects: &mut Vec<Effect>) {
        match links.as_slice() {
            [] => self.tell(Notice::info("no backend has a page for it; its parameter link= names one")),
            [(_, link)] => effects.push(Effect::OpenLink(link.clone())),
            several => {
                let entry = |(at, (backend, link)): (usize, &(String, String))| Entry {
                    picked: Picked::Link(at),
                    name: backend.clone(),
                    about: link.clone(),
                    keys: String::new(),
                };
                let entries = several.iter().enumerate().map(entry).collect();
                self.overlays.push(Overlay::Picker(Picker::new("Open the trace in", entries)));
                self.links = links;
            }
        }
    }

    /// Opens the link that was chosen.
    pub(super) fn open_link(&mut self, at: usize, effects: &mut Vec<Effect>) {
        effects.extend(self.links.get(at).map(|(_, link)| Effect::OpenLink(link.clone())));
    }
}

/// What one backend said, in words.
fn told(asked: &Asked) -> String {
    match &asked.said {
        Said::Nothing => format!("{} has not answered", asked.backend),
        Said::Spans(_) => format!("{} has it", asked.backend),
        Said::Unknown => format!("{} does not have it", asked.backend),
        Said::Failed(why) => format!("{}: {why}", asked.backend),
    }
}
