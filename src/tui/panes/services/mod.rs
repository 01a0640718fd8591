//! The services pane: who calls whom, how often, how fast, and how much of it fails, in the last five minutes.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;

use crate::analysis::service_graph::{ServiceEdge, ServiceGraph, ServiceNode};
use crate::query::field_text;
use crate::store::{EdgeStats, ServiceSummary};
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::list::List;
use crate::tui::pane::{Cx, Notice, Paint, Pane, Reply, Request};
use crate::tui::piece::Piece;
use crate::tui::widget::graph::{GraphStyles, GraphView};
use crate::tui::world::World;

/// The services pane.
#[derive(Clone, Debug, Default)]
pub struct ServicesPane {
    graph: ServiceGraph,
    layers: Vec<Vec<usize>>,
    /// Services in the order of the layers: the order in which one moves.
    order: Vec<usize>,
    /// The selected service by name: the graph is made anew as calls come.
    selected: Option<Arc<str>>,
    list: List,
    height: usize,
}

impl ServicesPane {
    fn selected_node(&self) -> Option<usize> {
        let name = self.selected.as_ref()?;
        self.graph.nodes.iter().position(|node| node.name == *name)
    }

    fn take_in(&mut self, world: &World) {
        self.graph = graph_of(&world.services, &world.edges);
        self.layers = self.graph.layers();
        self.order = self.layers.iter().flatten().copied().collect();
        if let Some(at) = self.selected_node()
            && let Some(row) = self.order.iter().position(|node| *node == at)
        {
            self.list.select(row);
        }
    }

    fn show_logs(&self) -> Reply {
        match self.selected_node().and_then(|at| self.graph.nodes.get(at)) {
            Some(node) => Reply::Ask(Request::ShowLogs { filter: field_text("service", &node.name) }),
            None => Reply::Ask(Request::Tell(Notice::info("no service is selected"))),
        }
    }
}

impl Pane for ServicesPane {
    fn boxed(&self) -> Box<dyn Pane> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Services
    }

    fn update(&mut self, action: Action, _cx: &mut Cx<'_>) -> Reply {
        if matches!(action, Action::DrillDown | Action::ShowLogs | Action::ServiceLogs) {
            return self.show_logs();
        }
        if self.selected.is_none() && action == Action::SelectNext {
            self.list.select(0);
        } else if !self.list.navigate(action, self.order.len(), self.height) {
            return Reply::Ignored;
        }
        let node = self.order.get(self.list.selected()).and_then(|at| self.graph.nodes.get(*at));
        self.selected = node.map(|node| Arc::clone(&node.name));
        Reply::Done
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.take_in(cx.world);
    }

    fn project(&mut self, world: &World, size: Size, _is_focused: bool) {
        if self.graph.nodes.is_empty() && !world.services.is_empty() {
            self.take_in(world);
        }
        self.height = usize::from(size.height.saturating_sub(3));
        self.list.clamp(self.order.len(), self.height);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Services"), Piece::new(Role::Muted, " last 5 minutes")];
        let right = format!("{} services", self.graph.nodes.len());
        let inner = Frame { title: &title, right: &right, bottom: &[] }.render(area, buf, paint);
        if self.graph.nodes.is_empty() {
            let lines =
                ["No calls between services yet.".to_owned(), "They are drawn from the spans of traces.".to_owned()];
            return frame::message(&lines, inner, buf, paint);
        }
        let theme = paint.theme;
        let styles = GraphStyles {
            line: theme.style(Role::Border),
            name: theme.style(Role::Accent),
            text: theme.style(Role::Text),
            header: theme.style(Role::Muted),
            error: theme.style(Role::Error),
            selected: theme.style(if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused }),
        };
        let view = GraphView {
            graph: &self.graph,
            layers: &self.layers,
            selected: self.selected_node().filter(|_| paint.is_focused),
            offset: self.list.offset(),
            styles: &styles,
            is_ascii: paint.ascii,
        };
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }.intersection(area);
        (&view).render(inner, buf);
    }
}

/// The graph of the services that were seen; a caller that is in no span of its own gets a node without figures.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn graph_of(services: &[ServiceSummary], edges: &[EdgeStats]) -> ServiceGraph {
    let nodes: Vec<ServiceNode> = services
        .iter()
        .map(|service| ServiceNode {
            name: Arc::clone(&service.name),
            rate: service.rate,
            errors: if service.calls > 0 { service.errors as f64 / service.calls as f64 } else { 0.0 },
            p95_ns: service.p95_ns,
            calls: service.calls,
        })
        .collect();
    let position = |name: &str| services.iter().position(|service| &*service.name == name);
    let edges = edges.iter().filter_map(|edge| {
        Some(ServiceEdge {
            from: position(&edge.from)?,
            to: position(&edge.to)?,
            calls: edge.calls,
            errors: edge.errors,
            p95_ns: edge.p95_ns,
        })
    });
    ServiceGraph { edges: edges.collect(), nodes }
}
