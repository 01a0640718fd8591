//! From the list and the waterfall to other views of the same, and back.

use super::comparison::ComparisonView;
use super::view::{Scope, Side};
use super::{Level, TracesPane};
use crate::query::{Plan, field_text};
use crate::tui::action::Action;
use crate::tui::pane::{Cx, Pane, Reply, Request, TraceOrder};
use crate::tui::piece::Piece;
use crate::tui::world::World;

impl TracesPane {
    /// What another view would be about: the list, or the open trace.
    fn scope(&self, world: &World) -> Option<Scope> {
        match (self.level, &self.open) {
            (Level::List, _) => Some(Scope::Listed(self.list.selection(world))),
            (_, Some(open)) => Some(Scope::Trace(open.id())),
            (_, None) => None,
        }
    }

    /// Shows the next view, or the one before.
    pub(super) fn turn(&mut self, forward: bool, cx: &mut Cx<'_>) -> Reply {
        let Some(scope) = self.scope(cx.world) else { return Reply::Ignored };
        self.side = Side::turn(self.side.as_ref(), forward, scope, cx);
        if let Some(side) = &mut self.side {
            side.view_mut().see(&self.list);
        }
        Reply::Done
    }

    /// Lets a view of the list know that this is another one now.
    pub(super) fn turn_to_list(&mut self, cx: &mut Cx<'_>) {
        if let (Some(scope), true) = (self.scope(cx.world), self.is_of_list())
            && let Some(side) = &mut self.side
        {
            side.view_mut().turn_to(scope, cx);
            side.view_mut().see(&self.list);
        }
    }

    /// Whether what has the keys is the list, or another view of it.
    pub(super) fn is_of_list(&self) -> bool {
        self.level == Level::List && self.side.as_ref().is_none_or(Side::is_turned_to)
    }

    /// What the frame says of the other views of what has the keys.
    pub(super) fn told_views(&self, world: &World) -> Vec<Vec<Piece>> {
        let has_views = self.is_of_list() || self.level == Level::Waterfall && self.open.is_some();
        if !has_views || self.side.as_ref().is_some_and(|side| !side.is_turned_to()) {
            return Vec::new();
        }
        Side::told(self.side.as_ref(), self.level == Level::List, world.key(self.context(), Action::NextView))
    }

    /// Takes the trace that is pointed at as the one to compare with; the same again gives that up.
    pub(super) fn mark(&mut self) -> Reply {
        let Some((trace, _)) = self.pointed() else { return Reply::tell("there is no trace yet") };
        self.marked = (self.marked != Some(trace)).then_some(trace);
        match self.marked {
            Some(trace) => Reply::tell(format!("trace {} is what others are compared with", trace.short())),
            None => Reply::tell("traces are compared with what is usual"),
        }
    }

    /// Compares the trace that is pointed at with the marked one, or with what is usual.
    pub(super) fn compare(&mut self, cx: &mut Cx<'_>) -> Reply {
        let Some((trace, _)) = self.pointed() else { return Reply::tell("there is no trace yet") };
        let with = self.marked.filter(|marked| *marked != trace);
        self.show(trace, None, cx.world);
        self.level = Level::Waterfall;
        self.side = Some(Side::step(Box::new(ComparisonView::new(trace, with, cx))));
        Reply::Deeper
    }

    /// Lets the view that stands in place of list or waterfall carry out an action.
    pub(super) fn update_side(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let Some(side) = &mut self.side else { return Reply::Ignored };
        let reply = side.view_mut().update(action, cx);
        if let Some(id) = side.view().pointed() {
            self.list.select(id);
        }
        if matches!(reply, Reply::Ignored) && action == Action::Back && side.is_turned_to() {
            let pointed = side.view().pointed();
            self.side = None;
            if let Some(id) = pointed {
                self.show(id, None, cx.world);
                self.auto_since = None;
            }
            return Reply::Done;
        }
        reply
    }
}

/// Asks for the slowest traces in which `service` does `operation`.
pub(super) fn slowest_traces(service: &str, operation: &str, world: &World) -> Reply {
    let filter = format!("{} {}", field_text("service", service), field_text("op", operation));
    match Plan::compile(&filter, &world.compile_context()) {
        Ok(_) => Reply::Ask(Request::ShowTraces { filter, order: TraceOrder::Slowest }),
        // A name can be longer than a filter may be.
        Err(why) => Reply::tell(format!("no filter can ask for it: {}", why.message)),
    }
}
