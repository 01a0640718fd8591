//! Where the time goes, as a flame graph: of one trace, or of all that are listed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::view::{Scope, SideView};
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Reply};
use crate::tui::piece::Piece;
use crate::tui::world::World;

/// The view.
#[derive(Clone, Debug)]
pub(super) struct FlameView {
    scope: Scope,
}

impl FlameView {
    /// The view of `scope`.
    pub(super) fn new(scope: Scope, _cx: &mut Cx<'_>) -> Self {
        Self { scope }
    }
}

impl SideView for FlameView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Flame
    }

    fn update(&mut self, _action: Action, _cx: &mut Cx<'_>) -> Reply {
        Reply::Ignored
    }

    fn changed(&mut self, _cx: &mut Cx<'_>) {}

    fn project(&mut self, _world: &World, _size: Size) {}

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Flame graph")];
        let inner = Frame { title: &title, right: "", bottom: &[] }.render(area, buf, paint);
        frame::message(&[format!("{:?}", self.scope)], inner, buf, paint);
    }
}
