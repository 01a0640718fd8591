//! The part of a graph that is around one service: those that call it and those that it calls, some calls away. What can not
//! be read at once is read so, service by service.

use std::sync::Arc;

use crate::analysis::service_graph::{ServiceEdge, ServiceGraph};
use crate::tui::widget::graph::Emphasis;

/// As far away as is asked for: what is farther away is rather seen in the whole graph.
const FARTHEST: usize = 3;

/// Around which service, and how far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Around {
    /// The service in the middle.
    pub(super) service: Arc<str>,
    /// Calls from it to the farthest others, at least 1.
    pub(super) calls: usize,
}

impl Around {
    /// The same with those one call farther away; after the farthest the nearest again.
    pub(super) fn farther(&self) -> Self {
        Self { service: Arc::clone(&self.service), calls: self.calls % FARTHEST + 1 }
    }
}

/// A part of a graph, and where what it consists of is in the whole.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Part {
    /// The part as a graph of its own, in the order of the whole.
    pub(super) graph: Arc<ServiceGraph>,
    nodes: Vec<usize>,
    edges: Vec<usize>,
}

impl Part {
    /// What is around the service at `middle`. Of the calls those are there that lead to it, or come from it, over at most so
    /// many: not those among its neighbours, of which there may be as many as in the whole. O(services + calls).
    pub(super) fn around(all: &ServiceGraph, middle: usize, calls: usize) -> Self {
        let after = distances(all, middle, calls, |edge| (edge.from, edge.to));
        let before = distances(all, middle, calls, |edge| (edge.to, edge.from));
        let is_kept = |edge: &ServiceEdge| is_within(&after, edge.from, calls) || is_within(&before, edge.to, calls);
        let kept = || all.edges.iter().enumerate().filter(|(_, edge)| is_kept(edge));
        let mut is_there = vec![false; all.nodes.len()];
        for node in kept().flat_map(|(_, edge)| [edge.from, edge.to]).chain([middle]) {
            if let Some(is_there) = is_there.get_mut(node) {
                *is_there = true;
            }
        }
        let edges = kept().map(|(at, _)| at).collect();
        Self::of(all, (0..all.nodes.len()).filter(|at| is_there[*at]).collect(), edges)
    }

    fn of(all: &ServiceGraph, nodes: Vec<usize>, edges: Vec<usize>) -> Self {
        // Both are in the order of the whole, and so are their places.
        let place = |node: usize| nodes.partition_point(|other| *other < node);
        let kept = edges.iter().map(|at| {
            let mut edge = all.edges[*at].clone();
            (edge.from, edge.to) = (place(edge.from), place(edge.to));
            edge
        });
        let graph = ServiceGraph {
            nodes: nodes.iter().map(|at| all.nodes[*at].clone()).collect(),
            edges: kept.collect(),
            left_out: 0,
        };
        Self { graph: Arc::new(graph), nodes, edges }
    }

    /// What stands out in the part when this stands out in the whole.
    pub(super) fn emphasis(&self, whole: &Emphasis) -> Emphasis {
        fn picked<T: Copy + Default>(of: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|at| of.get(*at).copied().unwrap_or_default()).collect()
        }
        Emphasis {
            nodes: picked(&whole.nodes, &self.nodes),
            edges: picked(&whole.edges, &self.edges),
            origins: picked(&whole.origins, &self.nodes),
        }
    }
}

/// Whether calls of the service at `node` are among those that are asked for.
fn is_within(distances: &[Option<usize>], node: usize, calls: usize) -> bool {
    distances.get(node).copied().flatten().is_some_and(|distance| distance < calls)
}

/// How many calls each service is away from `middle`, up to `most`; `ends` says in which direction calls are followed.
fn distances(
    all: &ServiceGraph,
    middle: usize,
    most: usize,
    ends: impl Fn(&ServiceEdge) -> (usize, usize),
) -> Vec<Option<usize>> {
    let mut distances = vec![None; all.nodes.len()];
    if let Some(distance) = distances.get_mut(middle) {
        *distance = Some(0);
    }
    // As few steps as there are, over all calls each: that is less than to gather the calls of every service first.
    for step in 0..most {
        for (near, far) in all.edges.iter().map(&ends) {
            if distances[near] == Some(step) && distances[far].is_none() {
                distances[far] = Some(step + 1);
            }
        }
    }
    distances
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::service_graph::ServiceNode;

    /// A graph of services `a`, `b`, `c` … with these calls.
    fn graph(count: u8, calls: &[&str]) -> ServiceGraph {
        let name = |at: u8| Arc::from(char::from(b'a' + at).to_string());
        let nodes = (0..count).map(|at| ServiceNode { name: name(at), figures: None }).collect();
        let place = |letter: u8| usize::from(letter - b'a');
        let mut edges: Vec<ServiceEdge> = calls
            .iter()
            .map(|call| ServiceEdge {
                from: place(call.as_bytes()[0]),
                to: place(call.as_bytes()[1]),
                calls: 10,
                ..ServiceEdge::default()
            })
            .collect();
        edges.sort_by_key(|edge| (edge.from, edge.to));
        ServiceGraph { nodes, edges, left_out: 0 }
    }

    fn calls(graph: &ServiceGraph) -> Vec<String> {
        let name = |node: usize| &graph.nodes[node].name;
        graph.edges.iter().map(|edge| format!("{}{}", name(edge.from), name(edge.to))).collect()
    }

    #[test]
    fn callers_and_called_are_there_as_far_away_as_is_asked_for() {
        let all = graph(8, &["ab", "bc", "cd", "de", "ef", "bd", "gc", "gd", "ge"]);
        for (away, expected) in [
            (1, vec!["bc", "cd", "gc"]),
            (2, vec!["ab", "bc", "cd", "de", "gc"]),
            (3, vec!["ab", "bc", "cd", "de", "ef", "gc"]),
            (9, vec!["ab", "bc", "cd", "de", "ef", "gc"]),
        ] {
            assert_eq!(calls(&Part::around(&all, 2, away).graph), expected, "{away} calls away");
        }
        let alone = Part::around(&all, 7, 2).graph;
        assert_eq!((alone.nodes.len(), alone.edges.len()), (1, 0), "what calls nobody stands by itself");
    }

    #[test]
    fn who_calls_itself_and_who_calls_back_is_no_trouble() {
        let all = graph(3, &["aa", "ab", "ba", "bc", "cb"]);
        assert_eq!(calls(&Part::around(&all, 0, 1).graph), ["aa", "ab", "ba"]);
        assert_eq!(calls(&Part::around(&all, 0, 2).graph), ["aa", "ab", "ba", "bc", "cb"]);
    }

    #[test]
    fn what_stands_out_in_the_whole_stands_out_in_the_part() {
        let all = graph(4, &["ab", "cd", "bc"]);
        let whole = Emphasis::of(&all, crate::tui::widget::graph::Selection::Service(1));
        let part = Part::around(&all, 1, 1);
        let emphasis = part.emphasis(&whole);
        assert_eq!(emphasis.nodes, whole.nodes[..3]);
        assert_eq!(emphasis.edges, whole.edges[..2]);
    }
}
