//! What is selected, and how the selection goes from one service or call to another.

use std::sync::Arc;

use super::moving::Direction;
use super::{ServicesPane, moving};
use crate::analysis::service_graph::ServiceGraph;
use crate::tui::pane::Reply;
use crate::tui::widget::graph::Selection;

/// What is selected, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Chosen {
    /// The service.
    pub(super) service: Option<Arc<str>>,
    /// The call: caller and called.
    pub(super) edge: Option<(Arc<str>, Arc<str>)>,
}

impl Chosen {
    /// It as far as it is in `graph`.
    pub(super) fn within(&self, graph: &ServiceGraph) -> Selection {
        let edge = self.edge.as_ref().and_then(|(from, to)| graph.find_edge(from, to));
        let service = || self.service.as_ref().and_then(|name| graph.find(name));
        match (edge, service()) {
            (Some(edge), _) => Selection::Edge(edge),
            (None, Some(node)) => Selection::Service(node),
            (None, None) => Selection::None,
        }
    }
}

impl ServicesPane {
    fn select_service(&mut self, node: usize) {
        self.chosen.edge = None;
        self.chosen.service = self.graph.nodes.get(node).map(|node| Arc::clone(&node.name));
    }

    fn select_edge(&mut self, at: usize) {
        let name = |node: usize| self.graph.nodes.get(node).map(|node| Arc::clone(&node.name));
        self.chosen.edge = self.graph.edges.get(at).and_then(|edge| Some((name(edge.from)?, name(edge.to)?)));
    }

    pub(super) fn step(&mut self, direction: Direction) -> Reply {
        let Some(sheet) = self.drawing.sheet() else { return Reply::Done };
        let next = match self.chosen.service.as_ref().and_then(|name| self.graph.find(name)) {
            Some(node) => moving::step(&self.graph, sheet, node, direction),
            None => moving::first(sheet),
        };
        match next {
            Some(node) => self.select_service(node),
            None => self.chosen.edge = None,
        }
        Reply::Done
    }

    /// Selects the next or the previous call of the selected service.
    pub(super) fn step_edge(&mut self, by: isize) -> Reply {
        let Some(sheet) = self.drawing.sheet() else { return Reply::Done };
        let node = self.chosen.service.as_ref().and_then(|name| self.graph.find(name)).or_else(|| moving::first(sheet));
        let Some(node) = node else { return Reply::Done };
        let edges = moving::edges_of(&self.graph, sheet, node);
        let selected = self.chosen.edge.as_ref().and_then(|(from, to)| self.graph.find_edge(from, to));
        let name = Arc::clone(&self.graph.nodes[node].name);
        let Some(edge) = moving::next(&edges, selected, by) else {
            return Reply::tell(format!("{name} calls nobody, and nobody calls it"));
        };
        self.chosen.service = Some(name);
        self.select_edge(edge);
        Reply::Done
    }

    /// Selects the next or the previous failing call where a call is selected, else the next failing service.
    pub(super) fn step_failing(&mut self, by: isize) -> Reply {
        let Some(sheet) = self.drawing.sheet() else { return Reply::Done };
        match self.selection() {
            Selection::Edge(edge) => {
                let edges = moving::failing_edges(&self.graph, sheet);
                match moving::next(&edges, Some(edge), by) {
                    Some(edge) => {
                        self.chosen.service =
                            self.graph.nodes.get(self.graph.edges[edge].from).map(|it| Arc::clone(&it.name));
                        self.select_edge(edge);
                    }
                    None => return Reply::tell(format!("no call between {} fails", self.those())),
                }
            }
            selection => {
                let selected = if let Selection::Service(node) = selection { Some(node) } else { None };
                let nodes = moving::failing_nodes(&self.graph, sheet);
                match moving::next(&nodes, selected, by) {
                    Some(node) => self.select_service(node),
                    None => return Reply::tell(format!("none of {} fails", self.those())),
                }
            }
        }
        Reply::Done
    }

    /// What the services in sight are called.
    fn those(&self) -> &'static str {
        if self.around.is_some() { "these services" } else { "the services" }
    }

    /// Gives up the call, then the search, then the part that is shown, then the service. What is there no more is given up
    /// with it: nobody saw it selected.
    pub(super) fn step_out(&mut self) -> Reply {
        let selection = self.selection();
        self.chosen.edge = None;
        if matches!(selection, Selection::Edge(_)) || self.search.take().is_some() {
            return Reply::Done;
        }
        if self.around.is_some() {
            self.set_around(None);
            return Reply::Done;
        }
        self.chosen.service = None;
        if selection == Selection::None { Reply::Ignored } else { Reply::Done }
    }
}
