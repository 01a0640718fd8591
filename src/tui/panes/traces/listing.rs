//! What keys do while the list of traces has them.

use super::TracesPane;
use crate::query::field_text;
use crate::tui::action::Action;
use crate::tui::pane::{Cx, Reply, Request};

impl TracesPane {
    /// Carries out an action on the list.
    pub(super) fn update_list(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        match action {
            Action::DrillDown | Action::OpenTrace => return self.open_selected(),
            Action::Back if self.list.is_searching() => return Reply::Ask(Request::EndSearch),
            // What another pane asked for is left by going back to that pane.
            Action::Back if self.list.is_step() => return Reply::Ignored,
            Action::Back | Action::ClearFilter if !self.list.filter().is_empty() => {
                self.list.set_filter("", cx);
                return Reply::Done;
            }
            Action::ShowLogs => {
                return match self.list.selected() {
                    Some(entry) => Reply::Ask(Request::ShowLogs { filter: field_text("trace", &entry.id.to_string()) }),
                    None => Reply::tell("there is no trace yet"),
                };
            }
            Action::Copy => {
                let copied = self.list.selected().map(|entry| Request::Copy(entry.id.to_string()));
                return copied.map_or_else(|| Reply::tell("there is no trace yet"), Reply::Ask);
            }
            _ => {}
        }
        match action {
            Action::NextError | Action::PreviousError if !self.list.seek_error(action == Action::NextError) => {
                return Reply::tell("no other failed trace");
            }
            Action::NextError | Action::PreviousError => {}
            _ if self.list.navigate(action) => {}
            _ => return Reply::Ignored,
        }
        if let Some(id) = self.list.selected().map(|entry| entry.id) {
            self.show(id, None, cx.world);
            self.auto_since = None;
        }
        if self.list.wants_more() { Reply::Ask(Request::MoreTraces) } else { Reply::Done }
    }

    fn open_selected(&self) -> Reply {
        match self.list.selected() {
            Some(entry) => Reply::Ask(Request::OpenTrace { trace: entry.id, span: None, near: Some(entry.start) }),
            None => Reply::tell("there is no trace yet"),
        }
    }
}
