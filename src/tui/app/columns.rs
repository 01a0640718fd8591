//! The columns of the log pane: chosen in their overlay or from a record's field, and kept in the config file.

use super::App;
use crate::config::ColumnKind;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;
use crate::tui::overlay::{Choosing, ColumnChooser, Help, Overlay};
use crate::tui::pane::{Candidate, Notice};

impl App {
    /// Opens the choice of columns.
    pub(super) fn choose_columns(&mut self, candidates: Vec<Candidate>) {
        let key = |action: Action| self.keymap.keys_for(Context::Columns, action).into_iter().next();
        let chooser = ColumnChooser::new(&self.world.settings.columns, candidates, &key);
        self.overlays.push(Overlay::Columns(chooser));
    }

    /// Carries out an action in the choice of columns: what is chosen is in force at once, and kept when it is closed.
    pub(super) fn run_in_columns(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let context = self.context();
        let Some(Overlay::Columns(chooser)) = self.overlays.last_mut() else { return };
        if action == Action::Help {
            return self.overlays.push(Overlay::Help(Help::new(context, &self.keymap)));
        }
        match chooser.update(action) {
            Choosing::Open => {}
            Choosing::Changed => self.world.settings.columns = chooser.columns(),
            Choosing::Closed => {
                if chooser.is_changed() {
                    effects.push(Effect::KeepColumns(chooser.columns()));
                }
                self.overlays.pop();
            }
        }
    }

    /// Shows a column, or takes it away.
    pub(super) fn toggle_column(&mut self, kind: &ColumnKind, effects: &mut Vec<Effect>) {
        let name = safe(kind.name()).into_owned();
        match self.world.settings.columns.toggled(kind.clone()) {
            Ok(columns) => {
                let now = if columns.has(kind) { "is a column now" } else { "is no column any more" };
                self.tell(Notice::info(format!("{name} {now}")));
                effects.push(Effect::KeepColumns(columns.clone()));
                self.world.settings.columns = columns;
            }
            Err(error) => self.tell(Notice::info(error.to_string())),
        }
    }
}
