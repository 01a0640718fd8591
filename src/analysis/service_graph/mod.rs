//! Who calls whom, how often and how well: what spans show of it, merged with what other systems tell.
//!
//! [`layering`] says where each service stands when the graph is drawn, [`propagation`] where errors come from and where
//! they go. Both are pure functions of the graph; the first of its names and calls alone, not of the figures.

pub mod layering;
mod order;
pub mod propagation;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::model::Dependency;
use crate::store::{EdgeStats, ServiceSummary};

/// A service or call of which at least this share fails is failing.
pub const FAILING: f64 = 0.01;

/// Services that a graph has at most. Nobody reads more; the busiest are kept.
pub const MAX_SERVICES: usize = 500;

/// A service.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceNode {
    /// Its name.
    pub name: Arc<str>,
    /// What its spans show; `None` where it is known from its callers, or from other systems, alone.
    pub figures: Option<Figures>,
}

/// A service in numbers, over some span of time.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Figures {
    /// Calls served a second.
    pub rate: f64,
    /// Calls served.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// The median of its latency in nanoseconds.
    pub p50_ns: i64,
    /// The 95th percentile of its latency in nanoseconds.
    pub p95_ns: i64,
    /// The 99th percentile of its latency in nanoseconds.
    pub p99_ns: i64,
}

/// Calls from one service to another, or to itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceEdge {
    /// The caller, by its place in [`ServiceGraph::nodes`].
    pub from: usize,
    /// The called, likewise.
    pub to: usize,
    /// Calls a second.
    pub rate: f64,
    /// How many calls spans show; none where only other systems tell of them.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// The 95th percentile of their latency in nanoseconds.
    pub p95_ns: i64,
    /// What other systems tell of these calls.
    pub told: Vec<Told>,
}

/// What a system tells of the calls between two services, over a time of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// The system.
    pub by: Arc<str>,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed, where it tells that.
    pub errors: Option<u64>,
}

/// Services, by name, and the calls between them, by the names of caller and called: at most one edge a pair and
/// direction.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceGraph {
    /// The services.
    pub nodes: Vec<ServiceNode>,
    /// The calls. An edge names nodes that are there.
    pub edges: Vec<ServiceEdge>,
    /// Services that were left out, the graph having as many as it may.
    pub left_out: usize,
}

impl ServiceNode {
    /// The share of calls that failed, 0 to 1.
    pub fn failing(&self) -> f64 {
        self.figures.map_or(0.0, |figures| share(figures.errors, figures.calls))
    }

    /// Whether at least [`FAILING`] of its calls fail.
    pub fn is_failing(&self) -> bool {
        self.failing() >= FAILING
    }
}

impl ServiceEdge {
    /// The share of calls that failed, 0 to 1: of those that spans show, else of what is told.
    pub fn failing(&self) -> f64 {
        if self.calls > 0 {
            return share(self.errors, self.calls);
        }
        let told = self.told.iter().filter_map(|told| Some(share(told.errors?, told.calls)));
        told.max_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// Whether at least [`FAILING`] of the calls fail.
    pub fn is_failing(&self) -> bool {
        self.failing() >= FAILING
    }

    /// Whether no span shows these calls.
    pub fn is_only_told(&self) -> bool {
        self.calls == 0
    }
}

/// A part of a whole, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

impl ServiceGraph {
    /// The graph of what spans show in some time and of what systems, by their labels, tell. Of more than [`MAX_SERVICES`]
    /// the busiest are kept. O((services + calls) · log).
    pub fn merged(services: &[ServiceSummary], edges: &[EdgeStats], told: &[(&str, &[Dependency])]) -> Self {
        let mut merging = Merging::default();
        for service in services {
            let at = merging.node(&service.name);
            merging.nodes[at].figures = Some(figures_of(service));
            merging.weights[at] += service.calls;
        }
        let seconds = seconds_of(services);
        for edge in edges {
            let (from, to) = (merging.node(&edge.from), merging.node(&edge.to));
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let rate = if seconds > 0.0 { edge.calls as f64 / seconds } else { 0.0 };
            let merged = merging.edge(from, to);
            (merged.calls, merged.errors, merged.p95_ns, merged.rate) = (edge.calls, edge.errors, edge.p95_ns, rate);
            merging.weights[from] += edge.calls;
        }
        for (by, dependencies) in told {
            let by: Arc<str> = Arc::from(*by);
            for dependency in *dependencies {
                merging.told(&by, dependency);
            }
        }
        merging.finish()
    }

    /// The edges that begin at `node`, by their places.
    pub fn calls_of(&self, node: usize) -> impl Iterator<Item = usize> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.from == node).map(|(at, _)| at)
    }

    /// The edges that end at `node`, by their places.
    pub fn calls_to(&self, node: usize) -> impl Iterator<Item = usize> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.to == node).map(|(at, _)| at)
    }

    /// The place of the service of this name. O(log services).
    pub fn find(&self, name: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| (*node.name).cmp(name)).ok()
    }

    /// The place of the calls between two services. O(log edges).
    pub fn find_edge(&self, from: &str, to: &str) -> Option<usize> {
        let pair = (self.find(from)?, self.find(to)?);
        self.edges.binary_search_by_key(&pair, |edge| (edge.from, edge.to)).ok()
    }
}

fn figures_of(service: &ServiceSummary) -> Figures {
    Figures {
        rate: service.rate,
        calls: service.calls,
        errors: service.errors,
        p50_ns: service.p50_ns,
        p95_ns: service.p95_ns,
        p99_ns: service.p99_ns,
    }
}

/// The seconds over which the figures were counted: the same for all, as calls and rate of each say.
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn seconds_of(services: &[ServiceSummary]) -> f64 {
    let busiest = services.iter().filter(|service| service.rate > 0.0).max_by_key(|service| service.calls);
    busiest.map_or(0.0, |service| service.calls as f64 / service.rate)
}

/// A graph while it is put together.
#[derive(Default)]
struct Merging {
    nodes: Vec<ServiceNode>,
    /// How busy each service is.
    weights: Vec<u64>,
    places: HashMap<Arc<str>, usize>,
    edges: HashMap<(usize, usize), ServiceEdge>,
}

impl Merging {
    fn node(&mut self, name: &str) -> usize {
        if let Some(at) = self.places.get(name) {
            return *at;
        }
        let name: Arc<str> = Arc::from(name);
        self.nodes.push(ServiceNode { name: Arc::clone(&name), figures: None });
        self.weights.push(0);
        self.places.insert(name, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize) -> &mut ServiceEdge {
        self.edges.entry((from, to)).or_insert_with(|| ServiceEdge { from, to, ..ServiceEdge::default() })
    }

    fn told(&mut self, by: &Arc<str>, dependency: &Dependency) {
        let (from, to) = (self.node(&dependency.parent), self.node(&dependency.child));
        let edge = self.edge(from, to);
        match edge.told.iter_mut().find(|told| told.by == *by) {
            Some(told) => {
                told.calls = told.calls.saturating_add(dependency.calls);
                // Where it does not tell of the failures of some calls, those of the others are still known.
                told.errors = match (told.errors, dependency.errors) {
                    (Some(known), Some(more)) => Some(known.saturating_add(more)),
                    (known, more) => known.or(more),
                };
            }
            None => {
                edge.told.push(Told { by: Arc::clone(by), calls: dependency.calls, errors: dependency.errors });
            }
        }
    }

    /// The graph in the order of names.
    fn finish(self) -> ServiceGraph {
        let left_out = self.nodes.len().saturating_sub(MAX_SERVICES);
        let mut kept: Vec<usize> = (0..self.nodes.len()).collect();
        if left_out > 0 {
            // Those with spans of their own before those that are only told of.
            let name = |at: usize| &self.nodes[at].name;
            kept.sort_by(|&a, &b| {
                let rank = |at: usize| (self.nodes[at].figures.is_none(), Reverse(self.weights[at]));
                rank(a).cmp(&rank(b)).then_with(|| name(a).cmp(name(b)))
            });
            kept.truncate(MAX_SERVICES);
        }
        kept.sort_by(|&a, &b| self.nodes[a].name.cmp(&self.nodes[b].name));
        let places: HashMap<usize, usize> = kept.iter().enumerate().map(|(to, from)| (*from, to)).collect();
        let place_both = |edge: ServiceEdge| {
            Some(ServiceEdge { from: *places.get(&edge.from)?, to: *places.get(&edge.to)?, ..edge })
        };
        let mut edges: Vec<ServiceEdge> = self.edges.into_values().filter_map(place_both).collect();
        edges.sort_by_key(|edge| (edge.from, edge.to));
        let nodes = kept.iter().map(|at| self.nodes[*at].clone()).collect();
        ServiceGraph { nodes, edges, left_out }
    }
}
