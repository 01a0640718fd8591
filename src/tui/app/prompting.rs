//! What keys do while a prompt, a picker or the help has them.

use super::App;
use crate::query::{Plan, Seen, completions};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::overlay::{Overlay, Picked, Prompt, PromptKind};
use crate::tui::pane::PaneId;
use crate::tui::panes::index_of;

/// Entries of the history that are kept.
const MAX_HISTORY: usize = 100;
/// Completions that are shown.
const MAX_SHOWN: usize = 12;

impl App {
    /// Carries out an action in the topmost layer.
    pub(super) fn run_in_overlay(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match self.overlays.last_mut() {
            Some(Overlay::Help(help)) => {
                let has_moved = help.navigate(action);
                if !has_moved {
                    self.overlays.pop();
                }
            }
            Some(Overlay::Statistics(statistics)) => {
                let has_moved = statistics.navigate(action);
                if !has_moved {
                    self.overlays.pop();
                }
            }
            Some(Overlay::Picker(picker)) => {
                if picker.navigate(action) {
                    return;
                }
                if picker.input.edit(action) {
                    return picker.rank();
                }
                self.choose(action, effects);
            }
            Some(Overlay::Prompt(_)) => self.run_in_prompt(action, effects),
            Some(Overlay::Columns(_)) => self.run_in_columns(action, effects),
            Some(Overlay::TraceForm(_)) => self.run_in_trace_form(action, effects),
            None => {}
        }
    }

    fn choose(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(Overlay::Picker(picker)) = self.overlays.last() else { return };
        let picked = picker.selected().map(|entry| entry.picked);
        match action {
            Action::PromptAccept => {
                self.overlays.pop();
                match picked {
                    Some(Picked::Action(action)) => self.run(action, effects),
                    Some(Picked::Line(id)) => {
                        self.view.focus = PaneId::Logs;
                        self.view.panes[index_of(PaneId::Logs)].go_to(id, &self.world);
                    }
                    Some(Picked::Link(at)) => self.open_link(at, effects),
                    None => {}
                }
            }
            Action::PromptCancel | Action::Back | Action::Quit => {
                self.overlays.pop();
            }
            Action::PromptComplete => {
                let name = picker.selected().map(|entry| entry.name.clone());
                if let (Some(Overlay::Picker(picker)), Some(name)) = (self.overlays.last_mut(), name) {
                    picker.input.set_text(&name);
                    picker.rank();
                }
            }
            _ => {}
        }
    }

    fn run_in_prompt(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let history = self.history.clone();
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else { return };
        match action {
            Action::PromptAccept => return self.accept(effects),
            Action::PromptCancel | Action::Back | Action::Quit => return self.cancel(effects),
            Action::PromptSwitch => return self.switch(effects),
            Action::PromptComplete => return self.complete(effects),
            Action::HistoryPrevious => prompt.recall(&history, true),
            Action::HistoryNext => prompt.recall(&history, false),
            other => {
                let before = prompt.text().to_owned();
                if !prompt.edit(other) || prompt.text() == before {
                    return;
                }
            }
        }
        self.typed(effects);
    }

    /// Puts a text into whatever is typed into.
    pub(super) fn paste(&mut self, text: &str, effects: &mut Vec<Effect>) {
        match self.overlays.last_mut() {
            Some(Overlay::Prompt(prompt)) => {
                prompt.insert(text);
                self.typed(effects);
            }
            Some(Overlay::Picker(picker)) => {
                picker.input.insert(text);
                picker.rank();
            }
            Some(Overlay::Columns(columns)) => columns.insert(text),
            Some(Overlay::TraceForm(form)) => {
                form.insert(text);
                self.propose_names(effects);
            }
            Some(Overlay::Help(_) | Overlay::Statistics(_)) | None => {}
        }
    }

    /// What is typed comes into force as it is typed, while it is right; what is wrong is underlined, and the last
    /// right one stays in force.
    fn typed(&mut self, effects: &mut Vec<Effect>) {
        let context = self.world.compile_context();
        let is_plain = self.focused().is_plain();
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else { return };
        prompt.candidates.clear();
        let Some(slot) = slot_of(prompt.kind) else {
            prompt.error = None;
            return;
        };
        let text = prompt.text().to_owned();
        let is_plain = is_plain && slot == Slot::Search;
        match Plan::compile(&text, &context).err().filter(|_| !is_plain) {
            None => {
                prompt.error = None;
                self.set_query(self.view.focus, slot, &text, effects);
            }
            Some(error) => {
                let why = if error.expected.is_empty() {
                    error.message
                } else {
                    format!("{}: expected {}", error.message, error.expected)
                };
                prompt.error = Some((error.span, why));
            }
        }
    }

    fn accept(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Prompt(prompt)) = self.overlays.last() else { return };
        if prompt.error.is_some() {
            return; // What is wrong stays open to be mended; the remark says what was expected.
        }
        let (kind, text) = (prompt.kind, prompt.text().trim().to_owned());
        self.overlays.pop();
        match kind {
            PromptKind::Save => return self.save(&text, effects),
            PromptKind::Source if text.is_empty() => return,
            PromptKind::Source => return effects.push(Effect::AddSource(text)),
            PromptKind::Search | PromptKind::Filter => {}
        }
        if !text.is_empty() {
            self.history.retain(|known| *known != text);
            self.history.push(text);
            let excess = self.history.len().saturating_sub(MAX_HISTORY);
            self.history.drain(..excess);
        }
    }

    /// Asks again for a source that was refused: what was typed is there, to be mended.
    pub(super) fn mend_source(&mut self, argument: &str, why: String) {
        let mut prompt = Prompt::new(PromptKind::Source, argument);
        prompt.error = Some((0..argument.len(), why));
        self.overlays.push(Overlay::Prompt(prompt));
    }

    fn cancel(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Prompt(prompt)) = self.overlays.pop() else { return };
        if let Some(slot) = slot_of(prompt.kind) {
            let queries = self.queries(self.view.focus);
            let now = if slot == Slot::Filter { queries.filter } else { queries.search };
            if now != prompt.before {
                self.set_query(self.view.focus, slot, &prompt.before, effects);
            }
        }
    }

    /// Turns a search into a filter, or a filter into a search, with what has been typed.
    fn switch(&mut self, effects: &mut Vec<Effect>) {
        let pane = self.view.focus;
        let queries = self.queries(pane);
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else { return };
        let Some(slot) = slot_of(prompt.kind) else { return };
        let (kind, other, before) = match slot {
            Slot::Search => (PromptKind::Filter, Slot::Filter, queries.filter),
            Slot::Filter => (PromptKind::Search, Slot::Search, queries.search),
        };
        if !self.view.panes[index_of(pane)].takes(other) {
            return;
        }
        prompt.kind = kind;
        let before = std::mem::replace(&mut prompt.before, before);
        self.set_query(pane, slot, &before, effects);
        self.typed(effects);
    }

    /// Completes what is typed as far as all that may follow agree, and shows what may follow.
    fn complete(&mut self, effects: &mut Vec<Effect>) {
        let is_plain = self.focused().is_plain();
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else { return };
        if prompt.kind == PromptKind::Source {
            return complete_source(prompt, &self.world.settings.sources);
        }
        if slot_of(prompt.kind).is_none_or(|slot| slot == Slot::Search && is_plain) {
            return;
        }
        let seen = Seen::of(&self.world.snapshot, &self.world.settings.rules);
        let found = completions(prompt.text(), prompt.caret(), &seen);
        let Some(first) = found.first() else { return };
        let same = found.iter().filter(|completion| completion.replace == first.replace);
        let common = same.map(|completion| completion.text.as_str()).reduce(common_prefix).unwrap_or_default();
        let typed = prompt.text().get(first.replace.clone()).unwrap_or_default();
        if common.len() > typed.len() || found.len() == 1 {
            prompt.replace(first.replace.clone(), common);
        }
        let shown = if found.len() == 1 { Vec::new() } else { found.iter().take(MAX_SHOWN).map(shown).collect() };
        self.typed(effects);
        if let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() {
            prompt.candidates = shown;
        }
    }
}

fn shown(completion: &crate::query::Completion) -> String {
    crate::theme::safe::safe(&completion.text).into_owned()
}

/// Which query a prompt is for.
pub(super) fn slot_of(kind: PromptKind) -> Option<Slot> {
    match kind {
        PromptKind::Search => Some(Slot::Search),
        PromptKind::Filter => Some(Slot::Filter),
        PromptKind::Save | PromptKind::Source => None,
    }
}

/// Completes the scheme of a source as far as all known ones agree, and shows how those that fit are written.
fn complete_source(prompt: &mut Prompt, known: &[&'static str]) {
    let typed = prompt.text().to_owned();
    let fitting: Vec<&str> = known.iter().copied().filter(|example| example.starts_with(&typed)).collect();
    let scheme = |example: &str| example.split_inclusive(':').next().unwrap_or_default().to_owned();
    let common = fitting.iter().map(|example| scheme(example)).reduce(|a, b| common_prefix(&a, &b).to_owned());
    if let Some(common) = common.filter(|common| common.len() > typed.len()) {
        prompt.set_text(&common);
    }
    prompt.candidates = fitting.iter().map(|example| (*example).to_owned()).collect();
}

fn common_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    let end =
        a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y).map_or(a.len().min(b.len()), |((at, _), _)| at);
    a.get(..end).unwrap_or_default()
}
