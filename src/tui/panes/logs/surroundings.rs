//! The lines around matches: a few around each, or all of them around one, where the filter steps aside.
//!
//! The selected line stays where it is on the screen.

use super::LogsPane;
use super::view::Row;
use crate::store::LineId;
use crate::tui::action::Action;
use crate::tui::event::Slot;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Reply, Request};
use crate::tui::text;
use crate::tui::world::World;

/// How many lines are shown around each match, one after the other.
const CONTEXTS: [u64; 4] = [0, 1, 3, 10];

impl LogsPane {
    /// Shows more lines around each match, and after the most none.
    pub(super) fn cycle_context(&mut self, world: &World) -> Reply {
        self.keep_place(world);
        self.context = CONTEXTS.into_iter().find(|lines| *lines > self.context).unwrap_or(0);
        Reply::tell(&match (self.context, self.filter.plan.is_some()) {
            (0, _) => "matches are shown without the lines around them".to_owned(),
            (lines, true) => format!("{} before and after each match", text::counted(lines, "line")),
            (lines, false) => format!("{} around each match, once there is a filter", text::counted(lines, "line")),
        })
    }

    /// Shows all lines around the selected match; once more, goes back to the filtered view.
    pub(super) fn show_surroundings(&mut self, cx: &mut Cx<'_>) -> Reply {
        if self.is_around {
            return Reply::Ask(Request::GoBack);
        }
        if self.filter.plan.is_none() {
            return Reply::tell(format!(
                "all lines are shown; {} filters them",
                cx.world.key(Context::Logs, Action::Filter)
            ));
        }
        let Some(selected) = self.selected(cx.world) else { return Reply::tell("no line is selected") };
        self.freeze(cx.world);
        self.cursor = Some(selected);
        self.keep_place(cx.world);
        self.run(Slot::Filter, "", cx);
        self.is_around = true;
        Reply::Deeper
    }

    /// Takes the filter away; what is selected stays selected, and where it is on the screen.
    pub(super) fn clear_filter(&mut self, cx: &mut Cx<'_>) {
        self.keep_place(cx.world);
        self.run(Slot::Filter, "", cx);
    }

    /// Lets the selected line keep its place on the screen when other rows come around it.
    pub(super) fn keep_place(&mut self, world: &World) {
        if self.pause.is_some() {
            self.settle = self.settle.or_else(|| self.selected(world).and_then(|id| self.rows_above(id)));
        }
    }

    /// Rows of the screen above line `id`, while it is in sight.
    fn rows_above(&self, id: LineId) -> Option<usize> {
        let at = self.view.rows.iter().position(|row| row.id == id)?;
        Some(self.view.rows.iter().take(at).map(Row::height).sum())
    }
}
