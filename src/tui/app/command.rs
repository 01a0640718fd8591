//! Actions that concern the application as a whole.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::App;
use super::prompting::slot_of;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::overlay::{Entry, Help, Overlay, Picked, Picker, Prompt, PromptKind, Statistics};
use crate::tui::pane::{Notice, PaneId, Queries};
use crate::tui::panes::{PANES, index_of};
use crate::tui::text;

/// Rows that one step of the wheel moves over.
const WHEEL_ROWS: usize = 3;

impl App {
    /// Carries out an action that the focused pane does not know.
    pub(super) fn command(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Quit => effects.push(Effect::Quit),
            Action::Redraw => effects.push(Effect::Redraw),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Help => self.overlays.push(Overlay::Help(Help::new(self.context(), &self.keymap))),
            Action::Palette => self.open_palette(),
            Action::Statistics => {
                let statistics = Statistics::new(&self.world, self.lines.per_second());
                self.overlays.push(Overlay::Statistics(statistics));
            }
            Action::Search => self.open_prompt(PromptKind::Search),
            Action::Filter => self.open_prompt(PromptKind::Filter),
            Action::SaveSession => self.open_prompt(PromptKind::Save),
            Action::AddSource => self.open_prompt(PromptKind::Source),
            Action::FindTraces => self.open_trace_form(effects),
            Action::OpenLink => self.tell(Notice::info("nothing here belongs to a trace")),
            Action::Back => self.back(effects),
            Action::ToggleZoom => self.view.is_zoomed = !self.view.is_zoomed,
            Action::CycleTheme => self.cycle_theme(),
            Action::DismissNotice => self.notice = None,
            Action::ToggleTimeFormat => {
                let settings = &mut self.world.settings;
                settings.time = settings.time.next();
                let name = settings.time.name();
                self.tell(Notice::info(format!("times are shown as {name}")));
            }
            Action::NextPane => self.turn_focus(1),
            Action::PreviousPane => self.turn_focus(PANES.len() - 1),
            Action::DrillDown if self.world.accounting.sources.is_empty() => effects.push(Effect::OpenDemo),
            // What is about lines goes to the log pane, wherever the keys are.
            Action::ClearFilter | Action::ToggleFollow | Action::TogglePause => {
                let focus = std::mem::replace(&mut self.view.focus, PaneId::Logs);
                self.in_focus(effects, |pane, cx| pane.update(action, cx));
                self.view.focus = focus;
            }
            Action::FocusHistogram | Action::Surroundings | Action::CycleContext | Action::Columns
                if self.view.focus != PaneId::Logs =>
            {
                self.view.focus = PaneId::Logs;
                self.run(action, effects);
            }
            other => match PANES.iter().find(|kind| kind.focus == other) {
                Some(kind) => self.view.focus = kind.id,
                None if other.is_movement() => {}
                None => self.tell(Notice::info(not_here(other))),
            },
        }
    }

    /// A click gives the keys to the pane below it; the wheel moves the selection there.
    pub(super) fn mouse(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        let action = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => None,
            MouseEventKind::ScrollDown => Some(Action::SelectNext),
            MouseEventKind::ScrollUp => Some(Action::SelectPrevious),
            _ => return,
        };
        if !self.overlays.is_empty() {
            return;
        }
        let at = Position::new(mouse.column, mouse.row);
        let Some((pane, _)) = self.layout.panes.iter().find(|(_, area)| area.contains(at)) else { return };
        self.view.focus = *pane;
        for action in action.into_iter().cycle().take(WHEEL_ROWS) {
            self.run(action, effects);
        }
    }

    fn turn_focus(&mut self, by: usize) {
        let at = index_of(self.view.focus);
        if let Some(kind) = PANES.get((at + by) % PANES.len()) {
            self.view.focus = kind.id;
        }
    }

    /// One step back: the last drill-down, else the zoom, the search, the filter, and at last to the logs.
    fn back(&mut self, effects: &mut Vec<Effect>) {
        if self.step_back(effects) {
            return;
        }
        let queries = self.queries(PaneId::Logs);
        if self.view.is_zoomed {
            self.view.is_zoomed = false;
        } else if !queries.search.is_empty() {
            self.set_query(PaneId::Logs, Slot::Search, "", effects);
        } else if !queries.filter.is_empty() {
            self.set_query(PaneId::Logs, Slot::Filter, "", effects);
        } else {
            self.view.focus = PaneId::Logs;
        }
    }

    /// The queries in force in a pane.
    pub(super) fn queries(&self, pane: PaneId) -> Queries {
        self.view.panes[index_of(pane)].queries().unwrap_or_default()
    }

    /// The pane that what is typed now is meant for: the one that has the keys, if it takes such a query, else the log pane.
    pub(super) fn asked_pane(&self, slot: Slot) -> PaneId {
        if self.focused().takes(slot) { self.view.focus } else { PaneId::Logs }
    }

    /// Puts a query in force in a pane.
    pub(super) fn set_query(&mut self, pane: PaneId, slot: Slot, text: &str, effects: &mut Vec<Effect>) {
        let focus = std::mem::replace(&mut self.view.focus, pane);
        self.in_focus(effects, |pane, cx| pane.set_query(slot, text, cx));
        self.view.focus = focus;
    }

    fn open_prompt(&mut self, kind: PromptKind) {
        let pane = slot_of(kind).map(|slot| self.asked_pane(slot));
        let queries = pane.map(|pane| self.queries(pane)).unwrap_or_default();
        let text = match kind {
            PromptKind::Search | PromptKind::Source => String::new(),
            PromptKind::Filter => queries.filter,
            PromptKind::Save => self.world.settings.save_as.clone(),
        };
        let mut prompt = Prompt::new(kind, &text);
        if kind == PromptKind::Search {
            prompt.before = queries.search;
        }
        self.view.focus = pane.unwrap_or(self.view.focus);
        self.overlays.push(Overlay::Prompt(prompt));
    }

    fn open_palette(&mut self) {
        let context = self.context();
        let actions = Action::ALL.iter().copied().filter(|action| !action.is_for_prompts());
        let entries = actions.map(|action| Entry {
            picked: Picked::Action(action),
            name: action.name().to_owned(),
            about: action.about().to_owned(),
            keys: self.keymap.keys_for(context, action).into_iter().next().unwrap_or_default(),
        });
        self.overlays.push(Overlay::Picker(Picker::new("Commands", entries.collect())));
    }

    /// Offers the marked lines.
    pub(super) fn choose_mark(&mut self) {
        let snapshot = &self.world.snapshot;
        let entries: Vec<Entry> = self.view.panes[index_of(PaneId::Logs)]
            .marks()
            .into_iter()
            .filter_map(|id| {
                let line = snapshot.line(id)?;
                Some(Entry {
                    picked: Picked::Line(id),
                    name: text::time_of_day(line.time(), &self.world.settings, true),
                    about: crate::theme::safe::safe_bytes(&line.text()).chars().take(500).collect(),
                    keys: String::new(),
                })
            })
            .collect();
        if entries.is_empty() {
            self.tell(Notice::info(format!(
                "no line is marked; {} marks one",
                self.world.key(self.context(), Action::Mark)
            )));
        } else {
            self.overlays.push(Overlay::Picker(Picker::new("Marks", entries)));
        }
    }

    fn cycle_theme(&mut self) {
        let at = self.themes.iter().position(|theme| theme.name() == self.theme.name()).unwrap_or(0);
        if let Some(next) = self.themes.get((at + 1) % self.themes.len().max(1)) {
            self.theme = next.clone();
            self.tell(Notice::info(format!("theme {}", self.theme.name())));
        }
    }
}

/// That an action has nothing to act on where the keys are: a key that does nothing says so.
fn not_here(action: Action) -> String {
    let mut about = action.about().chars();
    let first = about.next().map(|first| first.to_lowercase().to_string());
    format!("not here: {}{}", first.unwrap_or_default(), about.as_str())
}

/// Whether an action may lead to something deeper, so that the way back has to be kept.
pub(super) fn leads_deeper(action: Action) -> bool {
    matches!(
        action,
        Action::DrillDown
            | Action::OpenTrace
            | Action::ShowLogs
            | Action::ServiceLogs
            | Action::FilterByField
            | Action::ExcludeField
            | Action::Surroundings
            | Action::Compare
            | Action::FollowLink
    )
}
