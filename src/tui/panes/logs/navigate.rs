//! Moving over the rows: by one, by pages, to errors, matches and marks.

use std::ops::ControlFlow;

use super::LogsPane;
use crate::model::Level;
use crate::store::LineId;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::pane::Reply;
use crate::tui::world::World;

impl LogsPane {
    /// Carries out an action that moves the selection.
    pub(super) fn navigate(&mut self, action: Action, world: &World) -> Reply {
        let page = self.view.height.saturating_sub(1).max(1);
        match action {
            Action::SelectLast => self.follow(),
            Action::SelectNext if self.pause.is_none() => {}
            Action::SelectNext => self.step(1, true, world),
            Action::SelectPrevious => self.step(1, false, world),
            Action::PageDown if self.pause.is_some() => self.turn(page, true, world),
            Action::HalfPageDown if self.pause.is_some() => self.turn(page / 2, true, world),
            Action::PageDown | Action::HalfPageDown => {}
            Action::PageUp => self.turn(page, false, world),
            Action::HalfPageUp => self.turn(page / 2, false, world),
            Action::SelectFirst => {
                self.freeze(world);
                self.cursor = self.rows(world).first();
                self.top = self.cursor;
            }
            // From the tail there is nothing later: the nearest error is the one before.
            Action::NextError if self.pause.is_none() => {
                return self.seek(false, world, "no error yet", Self::error_from);
            }
            Action::NextError => return self.seek(true, world, "no later error", Self::error_from),
            Action::PreviousError => return self.seek(false, world, "no earlier error", Self::error_from),
            Action::SearchNext | Action::SearchPrevious if self.search.plan.is_none() => {
                return Reply::tell(format!(
                    "nothing is searched for; {} searches",
                    world.key(Context::Logs, Action::Search)
                ));
            }
            Action::SearchNext => return self.seek(true, world, "no later match", Self::match_from),
            Action::SearchPrevious => return self.seek(false, world, "no earlier match", Self::match_from),
            Action::NextMark => return self.seek(true, world, "no later mark", Self::mark_from),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn step(&mut self, rows: usize, forward: bool, world: &World) {
        self.freeze(world);
        let Some(mut id) = self.selected(world) else { return };
        let space = self.rows(world);
        for _ in 0..rows {
            let Some(next) = (if forward { space.next(id) } else { space.previous(id) }) else { break };
            id = next;
        }
        self.cursor = Some(id);
    }

    /// Moves the view and the selection together, as pages are turned.
    fn turn(&mut self, rows: usize, forward: bool, world: &World) {
        self.freeze(world);
        if let Some(top) = self.top {
            let space = self.rows(world);
            let mut id = top;
            for _ in 0..rows {
                let Some(next) = (if forward { space.next(id) } else { space.previous(id) }) else { break };
                id = next;
            }
            self.top = Some(id);
        }
        self.step(rows, forward, world);
    }

    fn seek(
        &mut self,
        forward: bool,
        world: &World,
        nothing: &str,
        find: fn(&Self, LineId, bool, &World) -> Option<LineId>,
    ) -> Reply {
        let was_following = self.pause.is_none();
        self.freeze(world);
        let Some(from) = self.selected(world) else { return Reply::tell(nothing) };
        let Some(found) = find(self, from, forward, world) else {
            if was_following {
                self.follow();
            }
            return Reply::tell(nothing);
        };
        self.cursor = Some(found);
        Reply::Done
    }

    fn match_from(&self, from: LineId, forward: bool, _world: &World) -> Option<LineId> {
        let ids = &self.search.ids;
        if forward { ids.at_or_after(from + 1) } else { ids.at_or_before(from.checked_sub(1)?) }
    }

    fn mark_from(&self, from: LineId, _forward: bool, _world: &World) -> Option<LineId> {
        self.marks.range(from + 1..).next().or_else(|| self.marks.first()).copied()
    }

    /// The nearest line of level error or above. Segments without any are passed over by their summary.
    fn error_from(&self, from: LineId, forward: bool, world: &World) -> Option<LineId> {
        let rows = self.rows(world);
        let is_row = |id: LineId| rows.matching.is_none_or(|ids| ids.contains(id));
        let mut found = None;
        let mut look = |segment: &std::sync::Arc<crate::store::Segment>| {
            let levels = segment.levels();
            if levels[Level::Error.index()] + levels[Level::Fatal.index()] == 0 {
                return ControlFlow::Continue(());
            }
            let view = segment.view();
            let hit = |at: &usize| {
                let id = segment.first() + *at as LineId;
                let is_beyond = if forward { id > from } else { id < from || (id == from && self.cursor.is_none()) };
                is_beyond && view.severities()[*at].level() >= Level::Error && is_row(id)
            };
            let at = if forward { (0..segment.len()).find(hit) } else { (0..segment.len()).rev().find(hit) };
            found = at.map(|at| segment.first() + at as LineId);
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let _stopped = if forward {
            world.snapshot.segments_from(from).try_for_each(&mut look)
        } else {
            world.snapshot.segments().rev().skip_while(|segment| segment.first() > from).try_for_each(&mut look)
        };
        found
    }
}
