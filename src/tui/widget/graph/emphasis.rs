//! What stands out: the selection, those it talks to, and the way of its errors. Everything else steps back.

use crate::analysis::service_graph::ServiceGraph;
use crate::analysis::service_graph::propagation::{origins, propagation};

/// What is selected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Selection {
    /// Nothing.
    #[default]
    None,
    /// A service, by its place in the graph.
    Service(usize),
    /// The calls between two services, likewise.
    Edge(usize),
}

/// How much something stands out, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Tone {
    /// It steps back behind what is selected.
    Faint,
    /// Nothing is selected.
    #[default]
    Plain,
    /// It calls the selected service, or is called by it.
    Near,
    /// The errors of the selected service took this way.
    Path,
    /// It is selected.
    Selected,
}

/// The tone of every service and call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Emphasis {
    /// By the place of the service.
    pub nodes: Vec<Tone>,
    /// By the place of the call.
    pub edges: Vec<Tone>,
    /// Which services fail by themselves.
    pub origins: Vec<bool>,
}

impl Emphasis {
    /// What stands out when this is selected. O(services · calls) at worst.
    pub fn of(graph: &ServiceGraph, selection: Selection) -> Self {
        let tone = if selection == Selection::None { Tone::Plain } else { Tone::Faint };
        let (nodes, edges) = (vec![tone; graph.nodes.len()], vec![tone; graph.edges.len()]);
        let mut out = Self { nodes, edges, origins: origins(graph) };
        match selection {
            Selection::None => {}
            Selection::Service(node) => out.around_service(graph, node),
            Selection::Edge(at) => {
                if let (Some(edge), Some(tone)) = (graph.edges.get(at), out.edges.get_mut(at)) {
                    *tone = Tone::Selected;
                    out.nodes[edge.from] = Tone::Near;
                    out.nodes[edge.to] = Tone::Near;
                }
            }
        }
        out
    }

    fn around_service(&mut self, graph: &ServiceGraph, node: usize) {
        let touching = graph.edges.iter().enumerate().filter(|(_, edge)| edge.from == node || edge.to == node);
        for (at, edge) in touching {
            self.edges[at] = Tone::Near;
            self.nodes[edge.from] = Tone::Near;
            self.nodes[edge.to] = Tone::Near;
        }
        let path = propagation(graph, node);
        path.edges.iter().for_each(|at| self.edges[*at] = Tone::Path);
        path.nodes.iter().for_each(|at| self.nodes[*at] = Tone::Path);
        if let Some(tone) = self.nodes.get_mut(node) {
            *tone = Tone::Selected;
        }
    }
}
