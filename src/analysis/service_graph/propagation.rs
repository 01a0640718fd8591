//! Where errors come from and where they go: along the calls that fail.
//!
//! A service is an **origin** when at least [`FAILING`](super::FAILING) of its calls fail and the failed calls that it made
//! itself are fewer than half of that: what it calls does not explain its failures. From a service that fails, errors went
//! **upstream** along failing calls, through every caller that failed itself and to those that did not; **downstream** they
//! probably came along the call that failed most often, and so on from there until nothing fails, or a service is met again.

use super::ServiceGraph;

/// How the errors of one service spread.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Propagation {
    /// The services on the way, by their places, the one that was asked for included; empty where it does not fail.
    pub nodes: Vec<usize>,
    /// The calls on the way, by their places.
    pub edges: Vec<usize>,
    /// Where the errors probably began.
    pub origin: Option<usize>,
}

/// Whether each service is an origin. O(services + calls).
pub fn origins(graph: &ServiceGraph) -> Vec<bool> {
    let mut failed_calls = vec![0u64; graph.nodes.len()];
    for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
        failed_calls[edge.from] = failed_calls[edge.from].saturating_add(edge.errors);
    }
    let own = |at: usize| graph.nodes[at].figures.map_or(0, |figures| figures.errors);
    let is_origin = |at: usize| graph.nodes[at].is_failing() && failed_calls[at].saturating_mul(2) < own(at);
    (0..graph.nodes.len()).map(is_origin).collect()
}

/// How the errors of `node` spread. O(services · calls) at worst: each service is passed once.
pub fn propagation(graph: &ServiceGraph, node: usize) -> Propagation {
    if graph.nodes.get(node).is_none_or(|it| !it.is_failing()) {
        return Propagation::default();
    }
    let mut out = Propagation { nodes: vec![node], ..Propagation::default() };
    upstream(graph, node, &mut out);
    out.origin = Some(downstream(graph, node, &mut out));
    out.nodes.sort_unstable();
    out.nodes.dedup();
    out.edges.sort_unstable();
    out.edges.dedup();
    out
}

fn upstream(graph: &ServiceGraph, node: usize, out: &mut Propagation) {
    let mut seen = vec![false; graph.nodes.len()];
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        for at in graph.calls_to(node).filter(|at| graph.edges[*at].is_failing()) {
            let caller = graph.edges[at].from;
            out.edges.push(at);
            out.nodes.push(caller);
            if graph.nodes[caller].is_failing() {
                open.push(caller);
            }
        }
    }
}

fn downstream(graph: &ServiceGraph, node: usize, out: &mut Propagation) -> usize {
    let mut seen = vec![false; graph.nodes.len()];
    let mut node = node;
    loop {
        seen[node] = true;
        let failing = graph.calls_of(node).filter(|at| graph.edges[*at].is_failing());
        let worst = failing.filter(|at| !seen[graph.edges[*at].to]).max_by_key(|at| graph.edges[*at].errors);
        let Some(worst) = worst else { return node };
        node = graph.edges[worst].to;
        out.edges.push(worst);
        out.nodes.push(node);
    }
}
