//! Two traces beside each other, or one beside what is usual for its operation: what is there in one alone, what grew.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::view::SideView;
use crate::model::TraceId;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Reply};
use crate::tui::piece::Piece;
use crate::tui::world::World;

/// The view.
#[derive(Clone, Debug)]
pub(super) struct ComparisonView {
    trace: TraceId,
    with: Option<TraceId>,
}

impl ComparisonView {
    /// `trace` beside `with`, or beside what is usual for its operation.
    pub(super) fn new(trace: TraceId, with: Option<TraceId>, _cx: &mut Cx<'_>) -> Self {
        Self { trace, with }
    }
}

impl SideView for ComparisonView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Comparison
    }

    fn update(&mut self, _action: Action, _cx: &mut Cx<'_>) -> Reply {
        Reply::Ignored
    }

    fn changed(&mut self, _cx: &mut Cx<'_>) {}

    fn project(&mut self, _world: &World, _size: Size) {}

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Comparison")];
        let inner = Frame { title: &title, right: "", bottom: &[] }.render(area, buf, paint);
        frame::message(&[format!("{:?} {:?}", self.trace, self.with)], inner, buf, paint);
    }
}
