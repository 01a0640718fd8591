//! What travels in a session file beside the data: filter, search, marks, where one was, and the figures.

use super::App;
use crate::session::{SessionState, SourceFigures};
use crate::store::LineId;
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::pane::{Notice, PaneId};
use crate::tui::panes::{PANES, index_of};

impl App {
    /// Asks for the session to be saved to `path`.
    pub(super) fn save(&mut self, path: &str, effects: &mut Vec<Effect>) {
        if path.is_empty() {
            return self.tell(Notice::error("nothing was saved: a file name is needed"));
        }
        path.clone_into(&mut self.world.settings.save_as);
        effects.push(Effect::Save { path: path.to_owned(), state: Box::new(self.session_state()) });
        self.tell(Notice::info(format!("saving to {path} …")));
    }

    /// What travels beside the data.
    pub fn session_state(&self) -> SessionState {
        let queries = self.queries(PaneId::Logs);
        let logs = &self.view.panes[index_of(PaneId::Logs)];
        let pane = PANES.get(index_of(self.view.focus)).map_or("", |kind| kind.title);
        SessionState {
            filter: queries.filter,
            search: queries.search,
            marks: logs.marks(),
            pane: pane.to_owned(),
            zoomed: self.view.is_zoomed,
            title: self.world.settings.title.clone(),
            saved_at: self.world.now,
            accounting: self.figures(),
            ..SessionState::default()
        }
    }

    fn figures(&self) -> Vec<SourceFigures> {
        let sources = self.world.accounting.sources.iter();
        sources
            .map(|source| SourceFigures { label: source.label.clone(), logs: source.logs, spans: source.spans })
            .collect()
    }

    /// Brings back what [`App::session_state`] took along; to be called before any line has come. Marks are ordinals of lines
    /// in the file, whose lines get their ids in that order.
    pub fn restore(&mut self, state: &SessionState) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(kind) = PANES.iter().find(|kind| kind.title == state.pane) {
            self.view.focus = kind.id;
        }
        self.view.is_zoomed = state.zoomed;
        let first = self.world.snapshot.first();
        let marks: Vec<LineId> = state.marks.iter().map(|ordinal| first.saturating_add(*ordinal)).collect();
        self.view.panes[index_of(PaneId::Logs)].set_marks(&marks);
        for (slot, text) in [(Slot::Filter, &state.filter), (Slot::Search, &state.search)] {
            if !text.is_empty() {
                self.set_query(PaneId::Logs, slot, text, &mut effects);
            }
        }
        effects
    }
}
