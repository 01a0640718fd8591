//! Who calls whom, how often and how well; and where each service stands when the graph is drawn.
//!
//! The layout is Sugiyama's in small: cycles are broken at the edges that close them, a service stands one layer behind
//! the last of its callers (longest path), and within a layer services are ordered by the barycentre of their
//! neighbours, so that few edges cross. The same graph always gives the same layout.

use std::sync::Arc;

/// A service in numbers, over some span of time.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceNode {
    /// Its name.
    pub name: Arc<str>,
    /// Calls served a second.
    pub rate: f64,
    /// The share of calls that failed, 0 to 1.
    pub errors: f64,
    /// The 95th percentile of its latency in nanoseconds.
    pub p95_ns: i64,
    /// Calls served.
    pub calls: u64,
}

/// Calls from one service to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceEdge {
    /// The caller, by its place in [`ServiceGraph::nodes`].
    pub from: usize,
    /// The called, likewise.
    pub to: usize,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// The 95th percentile of their latency in nanoseconds.
    pub p95_ns: i64,
}

/// Services and the calls between them. Edges that name a node that is not there are ignored.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceGraph {
    /// The services.
    pub nodes: Vec<ServiceNode>,
    /// The calls, at most one edge a pair and direction.
    pub edges: Vec<ServiceEdge>,
}

/// Times that the order within the layers is improved, down and up.
const SWEEPS: usize = 6;
/// Counting crossings takes the square of the edges; a graph of more than this many is ordered without counting.
const COUNTED_EDGES: usize = 600;

impl ServiceGraph {
    /// The services by layer, from those that nobody calls to those furthest behind, by their places in `nodes`.
    /// Every service stands in exactly one layer. Takes O(sweeps · (V log V + E)), plus E² for a small graph.
    pub fn layers(&self) -> Vec<Vec<usize>> {
        let edges = self.forward_edges();
        let depth = self.depths(&edges);
        let mut layers = vec![Vec::new(); depth.iter().max().map_or(0, |deepest| deepest + 1)];
        for (node, layer) in depth.iter().enumerate() {
            layers[*layer].push(node);
        }
        let (mut best, mut least) = (layers.clone(), self.count_crossings(&layers, &edges));
        for sweep in 0..SWEEPS {
            self.sweep(&mut layers, &edges, sweep % 2 == 0);
            let count = self.count_crossings(&layers, &edges);
            if count < least || edges.len() > COUNTED_EDGES {
                (best, least) = (layers.clone(), count);
            }
        }
        best
    }

    /// The services that `node` calls, by their places, most calls first.
    pub fn callees(&self, node: usize) -> Vec<usize> {
        let mut edges: Vec<&ServiceEdge> =
            self.edges.iter().filter(|edge| edge.from == node && edge.to < self.nodes.len()).collect();
        edges.sort_by_key(|edge| (std::cmp::Reverse(edge.calls), edge.to));
        edges.iter().map(|edge| edge.to).collect()
    }

    /// The edges without those that close a cycle, found by a depth-first walk from the services that nobody calls.
    fn forward_edges(&self) -> Vec<(usize, usize)> {
        const NEW: u8 = 0;
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let count = self.nodes.len();
        let mut targets = vec![Vec::new(); count];
        let mut is_called = vec![false; count];
        for edge in self.edges.iter().filter(|edge| edge.from != edge.to && edge.from.max(edge.to) < count) {
            targets[edge.from].push(edge.to);
            is_called[edge.to] = true;
        }
        let mut starts: Vec<usize> = (0..count).collect();
        starts.sort_by_key(|&node| is_called[node]);
        let (mut state, mut forward) = (vec![NEW; count], Vec::new());
        for start in starts {
            let mut stack = if state[start] == NEW { vec![(start, 0)] } else { vec![] };
            while let Some((node, next)) = stack.last_mut() {
                state[*node] = OPEN;
                let Some(&target) = targets[*node].get(*next) else {
                    state[*node] = DONE;
                    stack.pop();
                    continue;
                };
                *next += 1;
                if state[target] != OPEN {
                    forward.push((*node, target));
                }
                if state[target] == NEW {
                    stack.push((target, 0));
                }
            }
        }
        forward
    }

    /// The longest way to each node over edges without cycles, in a topological order (Kahn's).
    fn depths(&self, edges: &[(usize, usize)]) -> Vec<usize> {
        let count = self.nodes.len();
        let (mut depth, mut waiting, mut targets) = (vec![0; count], vec![0; count], vec![Vec::new(); count]);
        for &(from, to) in edges {
            waiting[to] += 1;
            targets[from].push(to);
        }
        let mut ready: Vec<usize> = (0..count).filter(|&node| waiting[node] == 0).collect();
        while let Some(node) = ready.pop() {
            for &target in &targets[node] {
                depth[target] = depth[target].max(depth[node] + 1);
                waiting[target] -= 1;
                if waiting[target] == 0 {
                    ready.push(target);
                }
            }
        }
        depth
    }

    /// Orders every layer by the mean place of its nodes' callers (downward) or callees.
    fn sweep(&self, layers: &mut [Vec<usize>], edges: &[(usize, usize)], is_downward: bool) {
        let mut neighbours = vec![Vec::new(); self.nodes.len()];
        for &(from, to) in edges {
            let (node, neighbour) = if is_downward { (to, from) } else { (from, to) };
            neighbours[node].push(neighbour);
        }
        let mut place = self.places(layers);
        let order: Vec<usize> =
            if is_downward { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for layer in order {
            let nodes = &mut layers[layer];
            let centre = |node: usize| match neighbours[node].len() {
                0 => place[node],
                count => neighbours[node].iter().map(|&it| place[it]).sum::<f64>() / as_f64(count),
            };
            nodes.sort_by(|&a, &b| centre(a).total_cmp(&centre(b)).then_with(|| self.tie(a, b)));
            let size = as_f64(nodes.len());
            for (at, &node) in nodes.iter().enumerate() {
                place[node] = (as_f64(at) + 0.5) / size;
            }
        }
    }

    /// Each node's place within its layer, from 0 (top) to 1 (bottom), so that layers of any size compare.
    fn places(&self, layers: &[Vec<usize>]) -> Vec<f64> {
        let mut place = vec![0.0; self.nodes.len()];
        for layer in layers {
            for (at, &node) in layer.iter().enumerate() {
                place[node] = (as_f64(at) + 0.5) / as_f64(layer.len());
            }
        }
        place
    }

    fn tie(&self, a: usize, b: usize) -> std::cmp::Ordering {
        self.nodes[a].name.cmp(&self.nodes[b].name).then(a.cmp(&b))
    }

    /// How many pairs of edges between the same two layers cross.
    fn count_crossings(&self, layers: &[Vec<usize>], edges: &[(usize, usize)]) -> usize {
        if edges.len() > COUNTED_EDGES {
            return 0;
        }
        let place = self.places(layers);
        let mut layer_of = vec![0; self.nodes.len()];
        for (layer, nodes) in layers.iter().enumerate() {
            for &node in nodes {
                layer_of[node] = layer;
            }
        }
        let mut count = 0;
        for (at, &(a, b)) in edges.iter().enumerate() {
            for &(c, d) in &edges[..at] {
                let is_between_the_same = layer_of[a] == layer_of[c] && layer_of[b] == layer_of[d];
                count += usize::from(is_between_the_same && (place[a] - place[c]) * (place[b] - place[d]) < 0.0);
            }
        }
        count
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of services are far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graph(names: &[&str], pairs: &[(usize, usize)]) -> ServiceGraph {
        let node = |name: &&str| ServiceNode { name: (*name).into(), rate: 1.0, errors: 0.0, p95_ns: 1, calls: 1 };
        let edge = |&(from, to): &(usize, usize)| ServiceEdge { from, to, calls: 1, errors: 0, p95_ns: 1 };
        ServiceGraph { nodes: names.iter().map(node).collect(), edges: pairs.iter().map(edge).collect() }
    }

    /// Edges, and the layers they are to give.
    type Case = (&'static [(usize, usize)], &'static [&'static [usize]]);

    #[test]
    fn a_service_stands_behind_the_last_of_its_callers() {
        let cases: [Case; 6] = [
            (&[], &[&[0, 1, 2, 3]]),
            (&[(0, 1), (1, 2), (2, 3), (0, 3)], &[&[0], &[1], &[2], &[3]]),
            (&[(3, 2), (2, 1), (1, 0)], &[&[3], &[2], &[1], &[0]]),
            (&[(0, 1), (1, 2), (2, 1), (2, 3)], &[&[0], &[1], &[2], &[3]]),
            (&[(0, 0), (0, 9), (9, 0), (1, 0), (2, 0), (3, 0)], &[&[1, 2, 3], &[0]]),
            (&[(0, 1), (1, 2), (2, 3), (3, 0)], &[&[0], &[1], &[2], &[3]]),
        ];
        for (pairs, expected) in cases {
            assert_eq!(graph(&["a", "b", "c", "d"], pairs).layers(), expected, "{pairs:?}");
        }
        assert!(ServiceGraph::default().layers().is_empty());
    }

    #[test]
    fn crossings_are_untangled() {
        // a → e, b → d, and c between: in order of index the edges would cross.
        let graph = graph(&["a", "b", "c", "d", "e", "f"], &[(0, 5), (1, 4), (2, 3)]);
        let layers = graph.layers();
        assert_eq!(graph.count_crossings(&layers, &graph.forward_edges()), 0);
    }

    #[test]
    fn callees_are_ordered_by_their_calls() {
        let mut graph = graph(&["a", "b", "c"], &[(0, 1), (0, 2), (0, 7)]);
        graph.edges[1].calls = 10;
        assert_eq!(graph.callees(0), [2, 1]);
    }

    proptest! {
        #[test]
        fn every_service_stands_in_one_layer(pairs in proptest::collection::vec((0usize..10, 0usize..12), 0..60)) {
            let names: Vec<String> = (0..10).map(|it| format!("s{it}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let graph = graph(&names, &pairs);
            let layers = graph.layers();
            prop_assert_eq!(&layers, &graph.layers());
            let mut all: Vec<usize> = layers.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..10).collect::<Vec<_>>());
            prop_assert!(layers.iter().all(|layer| !layer.is_empty()));
        }
    }
}
