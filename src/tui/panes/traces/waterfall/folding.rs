//! Folding by keys: one row, all, by level, by duration, down to the critical path; and what is said of it.

use super::Waterfall;
use super::lines::Shown;
use crate::tui::action::Action;
use crate::tui::text;

/// Levels that are left when everything is folded: the roots and what they call.
const LEAST_LEVELS: u32 = 2;

impl Waterfall {
    /// Folds or unfolds by an action that does; `None` where it is no such action, else what there is to say.
    pub(in crate::tui::panes::traces) fn fold(&mut self, action: Action) -> Option<String> {
        let levels = self.study.rows.levels;
        let shown = self.folds.level().unwrap_or(levels);
        let said = match action {
            Action::Collapse | Action::Expand | Action::ToggleCollapse => {
                self.fold_one(action);
                String::new()
            }
            Action::ExpandAll => {
                self.folds.expand_all();
                "everything is expanded".to_owned()
            }
            Action::CollapseAll => {
                self.folds.show_levels(LEAST_LEVELS, levels);
                "everything is collapsed but the root and its calls".to_owned()
            }
            Action::ExpandLevel => {
                self.folds.show_levels(shown.saturating_add(1), levels);
                self.tell_levels()
            }
            Action::CollapseLevel => {
                self.folds.show_levels(shown.saturating_sub(1), levels);
                self.tell_levels()
            }
            Action::FoldShort | Action::UnfoldShort => self.fold_short(action == Action::FoldShort),
            Action::CriticalPathOnly => {
                self.folds.toggle_path_only();
                let of = text::count(self.study.spans().len() as u64);
                let on_path = text::count(self.study.rows.critical.len() as u64);
                if self.folds.is_path_only() {
                    format!("the critical path alone: {on_path} of {of} spans")
                } else {
                    "all spans".to_owned()
                }
            }
            _ => return None,
        };
        self.refold();
        Some(said)
    }

    /// Shows the short spans that the selected line stands for; whether it does.
    pub(in crate::tui::panes::traces) fn unfold_rest(&mut self) -> bool {
        let Some(Shown::Rest(rest)) = self.lines.at(self.list.selected()) else { return false };
        let parent = rest.parent;
        self.folds.open_rest(&self.study, parent);
        self.refold();
        true
    }

    fn tell_levels(&self) -> String {
        let levels = self.study.rows.levels;
        format!("{} of {} shown", self.folds.level().unwrap_or(levels), text::counted(u64::from(levels), "level"))
    }

    fn fold_one(&mut self, action: Action) {
        let row = match self.lines.at(self.list.selected()) {
            Some(Shown::Row(row)) => row,
            Some(Shown::Rest(rest)) => {
                let parent = rest.parent;
                if action == Action::Collapse {
                    self.go_to_parent();
                } else {
                    self.folds.open_rest(&self.study, parent);
                }
                return;
            }
            None => return,
        };
        let is_collapsed = self.folds.is_collapsed(&self.study, row);
        let wanted = match action {
            Action::Collapse => true,
            Action::Expand => false,
            _ => !is_collapsed,
        };
        if !self.folds.collapse(&self.study, row, wanted) && wanted {
            self.go_to_parent();
        }
    }

    fn fold_short(&mut self, longer: bool) -> String {
        let has_changed = self.folds.step_short(longer, self.study.summary.duration);
        match self.folds.short() {
            Some(short) if has_changed => format!("spans under {} are folded away", text::duration(short)),
            Some(short) => format!("under {} is as far as it goes", text::duration(short)),
            None => "spans of every duration are shown".to_owned(),
        }
    }
}
