//! Where each service stands when the graph is drawn, without measures: in layers from left to right, as Sugiyama, Tagawa
//! and Toda lay graphs out ("Methods for Visual Understanding of Hierarchical System Structures", 1981).
//!
//! Services that hang together are a [`Component`] and are laid out by themselves; those without calls stand apart. Calls
//! that close a cycle are left out of the order and run back above all services. A service stands one layer behind the last
//! of its callers. A call over several layers passes those between on a **lane**, which all long calls of one caller share,
//! so that lines which meet always have a caller or a called service in common. Within the layers lines are untangled
//! ([`order`](super::order)).
//!
//! The same names and calls always give the same layers. With the layering from before as a start, services keep their order,
//! but for neighbours that change places where that takes crossings away.

use std::collections::HashMap;
use std::sync::Arc;

use super::ServiceGraph;
use super::order::Order;

/// Lanes of one component, at most: what is more runs above it.
const MAX_LANES: usize = 4096;

/// Services in layers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Layering {
    /// What hangs together, the largest first.
    pub components: Vec<Component>,
    /// Services without calls to or from others, in the order of the graph.
    pub alone: Vec<usize>,
    /// Where each service stood in its layer, 0 (top) to 1 (bottom), and where its lane passed each layer: the start for the
    /// next layering.
    places: HashMap<(Arc<str>, Option<usize>), f64>,
    key: Key,
}

/// What a layering depends on: names and calls.
#[derive(Clone, PartialEq, Debug, Default)]
struct Key {
    names: Vec<Arc<str>>,
    calls: Vec<(usize, usize)>,
}

/// Services that hang together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Component {
    /// Everything that stands in a layer.
    pub items: Vec<Item>,
    /// From an item to one in the next layer.
    pub links: Vec<(usize, usize)>,
    /// The items of each layer from top to bottom. No layer is empty.
    pub layers: Vec<Vec<usize>>,
    /// How each call runs.
    pub ways: Vec<Way>,
}

/// What stands in a layer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Item {
    /// A service, by its place in the graph.
    Service(usize),
    /// Where long calls of this service pass.
    Lane(usize),
}

/// How a call runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way {
    /// The call, by its place in the graph.
    pub edge: usize,
    /// The items that it passes, its ends included.
    pub items: Vec<usize>,
    /// Whether it runs above the services instead of through the layers between: it leads back, and `items` are its two
    /// ends.
    pub is_above: bool,
}

impl Layering {
    /// The layers of a graph, `before` being those of an earlier one. O((services + calls + lanes) · log) for each sweep.
    pub fn of(graph: &ServiceGraph, before: Option<&Self>) -> Self {
        let key = key_of(graph);
        let mut alone = Vec::new();
        let mut components = Vec::new();
        for nodes in connected(&key) {
            match nodes.as_slice() {
                [single] => alone.push(*single),
                _ => components.push(Laying::new(&key, nodes).finish(graph, before)),
            }
        }
        components.sort_by_key(|component: &Component| std::cmp::Reverse(component.services().count()));
        let places = components.iter().flat_map(|component| component.places(&key.names)).collect();
        Self { components, alone, places, key }
    }

    /// Whether these are the layers of `graph`: figures may differ, names and calls do not. O(services + calls).
    pub fn is_of(&self, graph: &ServiceGraph) -> bool {
        self.key.names.len() == graph.nodes.len()
            && self.key.calls.len() == graph.edges.len()
            && self.key.names.iter().zip(&graph.nodes).all(|(name, node)| *name == node.name)
            && self.key.calls.iter().zip(&graph.edges).all(|(call, edge)| *call == (edge.from, edge.to))
    }

    /// How many layers there are.
    pub fn depth(&self) -> usize {
        self.components.iter().map(|component| component.layers.len()).max().unwrap_or(0)
    }
}

impl Component {
    fn places<'a>(&'a self, names: &'a [Arc<str>]) -> impl Iterator<Item = ((Arc<str>, Option<usize>), f64)> + 'a {
        self.layers.iter().enumerate().flat_map(move |(layer, items)| {
            items.iter().enumerate().map(move |(at, item)| {
                let key = match self.items[*item] {
                    Item::Service(node) => (Arc::clone(&names[node]), None),
                    Item::Lane(node) => (Arc::clone(&names[node]), Some(layer)),
                };
                (key, (as_f64(at) + 0.5) / as_f64(items.len()))
            })
        })
    }

    /// Its services.
    pub fn services(&self) -> impl Iterator<Item = usize> {
        self.items.iter().filter_map(|item| match item {
            Item::Service(node) => Some(*node),
            Item::Lane(_) => None,
        })
    }
}

fn key_of(graph: &ServiceGraph) -> Key {
    Key {
        names: graph.nodes.iter().map(|node| Arc::clone(&node.name)).collect(),
        calls: graph.edges.iter().map(|edge| (edge.from, edge.to)).collect(),
    }
}

/// The services that hang together, each group in the order of the graph.
fn connected(key: &Key) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); key.names.len()];
    for &(from, to) in key.calls.iter().filter(|(from, to)| from != to) {
        neighbours[from].push(to);
        neighbours[to].push(from);
    }
    let mut seen = vec![false; key.names.len()];
    let mut groups = Vec::new();
    for start in 0..key.names.len() {
        let (mut group, mut open) = (Vec::new(), vec![start]);
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node], true) {
                group.push(node);
                open.extend(&neighbours[node]);
            }
        }
        group.sort_unstable();
        groups.extend(Some(group).filter(|group| !group.is_empty()));
    }
    groups
}

/// A component while it is laid out.
struct Laying {
    /// Its services.
    nodes: Vec<usize>,
    /// The calls between different services: the edge, its ends as places in `nodes`.
    calls: Vec<(usize, usize, usize)>,
    /// Whether a call closes a cycle.
    is_back: Vec<bool>,
    /// The layer of each service.
    layer: Vec<usize>,
}

impl Laying {
    fn new(key: &Key, nodes: Vec<usize>) -> Self {
        let places: HashMap<usize, usize> = nodes.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        let calls = key.calls.iter().enumerate().filter(|(_, (from, to))| from != to);
        let calls: Vec<(usize, usize, usize)> =
            calls.filter_map(|(edge, (from, to))| Some((edge, *places.get(from)?, *places.get(to)?))).collect();
        let is_back = closing(nodes.len(), &calls);
        let layer = depths(nodes.len(), &calls, &is_back);
        Self { nodes, calls, is_back, layer }
    }

    fn finish(self, graph: &ServiceGraph, before: Option<&Layering>) -> Component {
        let mut items: Vec<Item> = self.nodes.iter().map(|node| Item::Service(*node)).collect();
        let mut layer_of = self.layer.clone();
        let mut lanes: HashMap<(usize, usize), usize> = HashMap::new();
        let mut ways = Vec::new();
        for (&(edge, from, to), &is_back) in self.calls.iter().zip(&self.is_back) {
            let between = self.layer[from] + 1..self.layer[to].max(self.layer[from] + 1);
            let is_above = is_back || lanes.len() + between.len() > MAX_LANES;
            let mut passed = vec![from];
            for layer in between.filter(|_| !is_above) {
                passed.push(*lanes.entry((from, layer)).or_insert_with(|| {
                    items.push(Item::Lane(self.nodes[from]));
                    layer_of.push(layer);
                    items.len() - 1
                }));
            }
            passed.push(to);
            ways.push(Way { edge, items: passed, is_above });
        }
        let through = ways.iter().filter(|way| !way.is_above);
        let mut links: Vec<(usize, usize)> =
            through.flat_map(|way| way.items.windows(2).map(|pair| (pair[0], pair[1]))).collect();
        links.sort_unstable();
        links.dedup();
        let mut layers = vec![Vec::new(); layer_of.iter().max().map_or(0, |deepest| deepest + 1)];
        layer_of.iter().enumerate().for_each(|(item, layer)| layers[*layer].push(item));
        let place = |(item, layer): (&Item, &usize)| {
            let (node, layer) = match item {
                Item::Service(node) => (*node, None),
                Item::Lane(node) => (*node, Some(*layer)),
            };
            before?.places.get(&(Arc::clone(&graph.nodes[node].name), layer)).copied()
        };
        let known: Vec<Option<f64>> = items.iter().zip(&layer_of).map(place).collect();
        let layers = untangled(layers, &known, &links);
        Component { items, links, layers, ways }
    }
}

/// The calls that close a cycle, found by a walk into the depth from the services that nobody calls.
fn closing(count: usize, calls: &[(usize, usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut targets = vec![Vec::new(); count];
    let mut is_called = vec![false; count];
    for (at, &(_, from, to)) in calls.iter().enumerate() {
        targets[from].push((at, to));
        is_called[to] = true;
    }
    let mut starts: Vec<usize> = (0..count).collect();
    starts.sort_by_key(|&node| is_called[node]);
    let (mut state, mut is_back) = (vec![State::New; count], vec![false; calls.len()]);
    for start in starts {
        let mut stack = if state[start] == State::New { vec![(start, 0)] } else { vec![] };
        while let Some((node, next)) = stack.last_mut() {
            state[*node] = State::Open;
            let Some(&(call, target)) = targets[*node].get(*next) else {
                state[*node] = State::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            match state[target] {
                State::Open => is_back[call] = true,
                State::New => stack.push((target, 0)),
                State::Done => {}
            }
        }
    }
    is_back
}

/// The layer of each service: the longest way to it over calls that close no cycle, in a topological order (Kahn's). One that
/// calls more services than call it moves on towards those, which makes more lines shorter than longer.
fn depths(count: usize, calls: &[(usize, usize, usize)], is_back: &[bool]) -> Vec<usize> {
    let (mut depth, mut callers, mut targets) = (vec![0usize; count], vec![0usize; count], vec![Vec::new(); count]);
    for (&(_, from, to), _) in calls.iter().zip(is_back).filter(|(_, is_back)| !**is_back) {
        callers[to] += 1;
        targets[from].push(to);
    }
    let mut waiting = callers.clone();
    let mut sorted: Vec<usize> = (0..count).filter(|&node| waiting[node] == 0).collect();
    let mut at = 0;
    while let Some(&node) = sorted.get(at) {
        for &target in &targets[node] {
            depth[target] = depth[target].max(depth[node] + 1);
            waiting[target] -= 1;
            if waiting[target] == 0 {
                sorted.push(target);
            }
        }
        at += 1;
    }
    for &node in sorted.iter().rev().filter(|node| targets[**node].len() > callers[**node]) {
        let nearest = targets[node].iter().map(|target| depth[*target]).min();
        depth[node] = nearest.map_or(depth[node], |layer| depth[node].max(layer.saturating_sub(1)));
    }
    depth
}

/// The layers in an order in which few links cross; `place` is where an item stood before.
fn untangled(mut layers: Vec<Vec<usize>>, place: &[Option<f64>], links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let is_known = place.iter().flatten().count() * 2 > place.len();
    if is_known {
        // What is new begins where what it is linked with stands.
        let mut beside = vec![(0.0, 0usize); place.len()];
        for &(from, to) in links {
            for (one, other) in [(from, to), (to, from)] {
                if let Some(place) = place[other] {
                    beside[one] = (beside[one].0 + place, beside[one].1 + 1);
                }
            }
        }
        let start = |item: usize| {
            let (sum, count) = beside[item];
            place[item].unwrap_or(if count > 0 { sum / as_f64(count) } else { 0.5 })
        };
        for layer in &mut layers {
            layer.sort_by(|&a, &b| start(a).total_cmp(&start(b)));
        }
    }
    let mut order = Order::new(layers, place.len(), links);
    if !is_known {
        order.sort();
    }
    order.exchange();
    order.layers
}

#[expect(clippy::cast_precision_loss, reason = "places of services are far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
