//! What keys do below the list: in the waterfall, and in the view of one span.

use std::sync::Arc;

use super::span::{Link, Links, SpanView};
use super::waterfall::Waterfall;
use super::{Level, TracesPane};
use crate::model::Nanos;
use crate::query::{Plan, field_text};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Reply, Request};
use crate::tui::world::World;

impl TracesPane {
    /// Shows the logs of the selected span; what is asked of them again widens to the trace.
    pub(super) fn logs_of_span(&self) -> Reply {
        let Some((open, span)) = self.open.as_ref().and_then(|open| Some((open, open.selected()?))) else {
            return Reply::tell("no span is selected");
        };
        let trace = field_text("trace", &open.id().to_string());
        let filter = format!("{trace} {}", field_text("span", &span.span_id.to_string()));
        Reply::Ask(Request::ShowLogs { filter })
    }

    pub(super) fn service_logs(&self) -> Reply {
        match self.open.as_ref().and_then(Waterfall::selected) {
            Some(span) => Reply::Ask(Request::ShowLogs { filter: field_text("service", span.service()) }),
            None => Reply::tell("no span is selected"),
        }
    }

    pub(super) fn update_waterfall(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let Some(open) = &mut self.open else { return Reply::Ignored };
        if matches!(action, Action::PanLeft | Action::PanRight) && !open.is_zoomed() {
            return Reply::tell("all of the time is shown: there is nothing before it or after it");
        }
        if open.navigate(action) {
            return Reply::Done;
        }
        if let Some(said) = open.fold(action) {
            return said_or_done(&said);
        }
        if let Some(share) = open.divide(action) {
            return share.map_or_else(Reply::tell, |share| Reply::Ask(Request::ShareWidth(share)));
        }
        match action {
            Action::DrillDown if open.unfold_rest() => Reply::Done,
            Action::DrillDown => self.open_span(cx.world),
            Action::NextRecord => moved(open, Action::SelectNext),
            Action::PreviousRecord => moved(open, Action::SelectPrevious),
            Action::Copy => Reply::Ask(Request::Copy(open.id().to_string())),
            _ => self.update_either(action, cx),
        }
    }

    pub(super) fn update_span(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let Some(span) = &mut self.span else { return Reply::Ignored };
        if span.fields.navigate(action) {
            return Reply::Done;
        }
        match action {
            Action::DrillDown | Action::FollowLink if span.selected_link().is_some() => {
                let near = self.open.as_ref().and_then(Waterfall::selected).map(|from| from.start);
                span.selected_link().map_or(Reply::Done, |link| follow(link, near))
            }
            Action::DrillDown => self.logs_of_span(),
            Action::Copy => {
                let value = || span.fields.selected().map(|field| field.value.clone());
                let copied = span.selected_link().map(Link::ids).or_else(value);
                copied.map_or(Reply::Done, |text| Reply::Ask(Request::Copy(text)))
            }
            // The search belongs to the waterfall, to which this leads first.
            Action::Back => Reply::Ignored,
            Action::NextRecord => self.step_span(Action::SelectNext, cx.world),
            Action::PreviousRecord => self.step_span(Action::SelectPrevious, cx.world),
            _ => {
                let reply = self.update_either(action, cx);
                self.renew_span(cx.world);
                reply
            }
        }
    }

    /// What means the same in the waterfall and in the view of a span of it.
    fn update_either(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let Some(open) = &mut self.open else { return Reply::Ignored };
        let is_searching = !open.searched().0.is_empty();
        match action {
            Action::SearchNext | Action::SearchPrevious if !is_searching => {
                let key = cx.world.key(Context::Waterfall, Action::Search);
                Reply::tell(format!("nothing is searched for; {key} searches in this trace"))
            }
            Action::Back if is_searching => {
                open.search("", None);
                Reply::Done
            }
            Action::ErrorOrigin => open.go_to_origin().map_or_else(Reply::tell, |()| Reply::Done),
            Action::CorrectClocks => Reply::tell(open.correct_clocks(cx)),
            Action::FollowLink => self.follow_link(cx.world),
            _ => open.seek(action).map_or(Reply::Ignored, |went| went.map_or_else(Reply::tell, |()| Reply::Done)),
        }
    }

    fn open_span(&mut self, world: &World) -> Reply {
        let Some((open, span)) = self.open.as_ref().and_then(|open| Some((open, open.selected()?))) else {
            return Reply::tell("no span is selected");
        };
        self.span = Some(SpanView::new(span, open, world));
        self.level = Level::Span;
        Reply::Deeper
    }

    /// Shows the span before or after the one that is shown, folded alike.
    fn step_span(&mut self, action: Action, world: &World) -> Reply {
        if let Some(open) = &mut self.open {
            open.navigate(action);
        }
        self.renew_span(world);
        Reply::Done
    }

    /// Whether links of the span that is shown in full have come or gone since.
    pub(super) fn has_other_links(&mut self, world: &World) -> bool {
        let (Level::Span, Some(open), Some(view)) = (self.level, &self.open, &mut self.span) else { return false };
        open.selected().is_some_and(|span| view.is_behind(span, world))
    }

    /// Shows the selected span in place of the one that is shown.
    pub(super) fn renew_span(&mut self, world: &World) {
        if let (Level::Span, Some(open), Some(view)) = (self.level, &self.open, &mut self.span)
            && let Some(span) = open.selected()
        {
            view.show(span, open, world);
        }
    }

    /// Follows the one link that the selected span has or that leads to it; of several, they are shown to choose from.
    fn follow_link(&mut self, world: &World) -> Reply {
        let Some(span) = self.open.as_ref().and_then(Waterfall::selected).cloned() else {
            return Reply::tell("no span is selected");
        };
        let links = Links::of(&span, world, 2);
        let mut links = links.iter();
        match (links.next(), links.next()) {
            (None, _) => Reply::tell("this span has no link, and none leads to it"),
            (Some(link), None) => follow(link, Some(span.start)),
            _ => {
                let reply = if self.level == Level::Span { Reply::Done } else { self.open_span(world) };
                if let Some(view) = &mut self.span {
                    view.select_links();
                }
                reply
            }
        }
    }

    /// Searches in the trace for what is typed.
    pub(super) fn search(&mut self, text: &str, world: &World) {
        let plan = Plan::compile(text, &world.compile_context()).ok().filter(|plan| !plan.is_empty()).map(Arc::new);
        if let Some(open) = &mut self.open {
            open.search(text, plan);
        }
    }
}

fn follow(link: &Link, near: Option<Nanos>) -> Reply {
    let (trace, span) = link.end;
    Reply::Ask(Request::OpenTrace { trace, span: Some(span), near })
}

fn moved(open: &mut Waterfall, action: Action) -> Reply {
    open.navigate(action);
    Reply::Done
}

fn said_or_done(said: &str) -> Reply {
    if said.is_empty() { Reply::Done } else { Reply::tell(said) }
}
