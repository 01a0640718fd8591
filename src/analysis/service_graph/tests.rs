//! Graphs merged and laid out in layers, and errors followed through them.

use proptest::prelude::*;

use super::layering::{Component, Item, Layering};
use super::order::Order;
use super::propagation::{Propagation, origins, propagation};
use super::*;

/// A graph of services with these names, calls by their ends with calls and errors.
fn graph(names: &[&str], calls: &[(usize, usize, u64, u64)]) -> ServiceGraph {
    let node = |(at, name): (usize, &&str)| {
        let served = calls.iter().filter(|call| call.1 == at);
        let (calls, errors) = served.fold((0, 0), |sum, call| (sum.0 + call.2, sum.1 + call.3));
        ServiceNode { name: (*name).into(), figures: Some(Figures { calls, errors, ..Figures::default() }) }
    };
    let edge = |&(from, to, calls, errors): &(usize, usize, u64, u64)| ServiceEdge {
        from,
        to,
        calls,
        errors,
        ..ServiceEdge::default()
    };
    let mut edges: Vec<ServiceEdge> = calls.iter().map(edge).collect();
    edges.sort_by_key(|edge| (edge.from, edge.to));
    edges.dedup_by_key(|edge| (edge.from, edge.to));
    ServiceGraph { nodes: names.iter().enumerate().map(node).collect(), edges, left_out: 0 }
}

fn linked(names: &[&str], pairs: &[(usize, usize)]) -> ServiceGraph {
    graph(names, &pairs.iter().map(|(from, to)| (*from, *to, 1, 0)).collect::<Vec<_>>())
}

fn named(count: usize) -> Vec<String> {
    (0..count).map(|it| format!("s{it:03}")).collect()
}

/// The services of each layer of each component, sorted within the layer.
fn layers(graph: &ServiceGraph) -> Vec<Vec<Vec<usize>>> {
    let service = |item: &Item| match item {
        Item::Service(node) => Some(*node),
        Item::Lane(_) => None,
    };
    let layering = Layering::of(graph, None);
    let of = |component: &super::layering::Component| {
        let sorted = |layer: &Vec<usize>| {
            let mut nodes: Vec<usize> = layer.iter().filter_map(|item| service(&component.items[*item])).collect();
            nodes.sort_unstable();
            nodes
        };
        component.layers.iter().map(sorted).collect()
    };
    layering.components.iter().map(of).collect()
}

fn summary(name: &str, calls: u64, errors: u64) -> ServiceSummary {
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let rate = calls as f64 / 10.0;
    ServiceSummary { name: name.into(), spans: calls, calls, errors, rate, p50_ns: 1, p95_ns: 2, p99_ns: 3 }
}

fn dependency(parent: &str, child: &str, calls: u64, errors: Option<u64>) -> Dependency {
    Dependency { parent: parent.to_owned(), child: child.to_owned(), calls, errors }
}

#[test]
fn a_service_stands_behind_the_last_of_its_callers() {
    type Case = (&'static [(usize, usize)], &'static [&'static [&'static [usize]]]);
    let cases: [Case; 6] = [
        (&[], &[]),
        (&[(0, 1), (1, 2), (2, 3), (0, 3)], &[&[&[0], &[1], &[2], &[3]]]),
        (&[(3, 2), (2, 1), (1, 0)], &[&[&[3], &[2], &[1], &[0]]]),
        (&[(0, 1), (1, 2), (2, 1), (2, 3)], &[&[&[0], &[1], &[2], &[3]]]),
        (&[(0, 0), (1, 0), (2, 0), (3, 0)], &[&[&[1, 2, 3], &[0]]]),
        (&[(0, 1), (2, 3)], &[&[&[0], &[1]], &[&[2], &[3]]]),
    ];
    for (pairs, expected) in cases {
        assert_eq!(layers(&linked(&["a", "b", "c", "d"], pairs)), expected, "{pairs:?}");
    }
    assert_eq!(Layering::of(&linked(&["a", "b"], &[(0, 0)]), None).alone, [0, 1]);
}

#[test]
fn long_calls_of_one_caller_share_their_lane_and_those_back_run_above() {
    let layering =
        Layering::of(&linked(&["a", "b", "c", "d"], &[(0, 1), (1, 2), (2, 3), (0, 2), (0, 3), (3, 1)]), None);
    let component = &layering.components[0];
    let lanes = component.items.iter().filter(|item| matches!(item, Item::Lane(0))).count();
    assert_eq!((component.layers.len(), lanes), (4, 2), "one past b, one past c");
    let above: Vec<usize> = component.ways.iter().filter(|way| way.is_above).map(|way| way.edge).collect();
    assert_eq!(above, [5], "from d back to b");
}

#[test]
fn crossings_are_untangled() {
    // a → f, b → e, c → d: in the order of names the calls would cross. g calls all three, which crosses one.
    let layering = Layering::of(
        &linked(&["a", "b", "c", "d", "e", "f", "g"], &[(0, 5), (1, 4), (2, 3), (6, 3), (6, 4), (6, 5)]),
        None,
    );
    let component = &layering.components[0];
    assert_eq!(Order::new(component.layers.clone(), component.items.len(), &component.links).crossings(), 1);
}

#[test]
fn what_comes_new_throws_nothing_about() {
    let names = named(40);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut pairs: Vec<(usize, usize)> =
        (0..70).map(|it| (it * 7 % 39, 1 + it * 11 % 38)).filter(|(a, b)| a < b).collect();
    let before = Layering::of(&linked(&names, &pairs), None);
    pairs.push((3, 39));
    let after = Layering::of(&linked(&names, &pairs), Some(&before));
    let order = |layering: &Layering| {
        let mut places = HashMap::new();
        for component in &layering.components {
            for layer in &component.layers {
                let services = layer.iter().filter_map(|item| match component.items[*item] {
                    Item::Service(node) => Some(node),
                    Item::Lane(_) => None,
                });
                services.enumerate().for_each(|(at, node)| {
                    places.insert(node, at);
                });
            }
        }
        places
    };
    let (before, after) = (order(&before), order(&after));
    let moved = before.iter().filter(|(node, at)| after.get(*node).is_some_and(|now| now.abs_diff(**at) > 1)).count();
    assert_eq!(moved, 0, "one new call moves no service by more than a place");
}

#[test]
fn what_systems_tell_is_merged_with_what_spans_show() {
    let services = [summary("cart", 100, 10), summary("shop", 0, 0)];
    let edges = [EdgeStats { from: "shop".into(), to: "cart".into(), calls: 100, errors: 10, p95_ns: 7 }];
    let told = [
        dependency("shop", "cart", 500, Some(5)),
        dependency("shop", "cart", 1, None),
        dependency("cron", "shop", 3, Some(3)),
    ];
    let graph = ServiceGraph::merged(&services, &edges, &[("jaeger", &told), ("tempo", &told[..1])]);
    let names: Vec<&str> = graph.nodes.iter().map(|node| &*node.name).collect();
    assert_eq!(names, ["cart", "cron", "shop"]);
    assert!(graph.nodes[1].figures.is_none());
    let cart = &graph.edges[graph.find_edge("shop", "cart").unwrap()];
    assert_eq!((cart.calls, cart.errors, cart.told.len()), (100, 10, 2));
    assert_eq!((cart.told[0].calls, cart.told[0].errors), (501, Some(5)), "what is not told takes nothing away");
    assert!((cart.rate - 10.0).abs() < 1e-9 && (cart.failing() - 0.1).abs() < 1e-9);
    let cron = &graph.edges[graph.find_edge("cron", "shop").unwrap()];
    assert!(cron.is_only_told() && cron.is_failing());
    assert_eq!((graph.find("nobody"), graph.find_edge("cart", "shop")), (None, None));
}

#[test]
fn the_busiest_are_kept() {
    let told: Vec<Dependency> = (0..900).map(|it| dependency("hub", &format!("s{it}"), 1, None)).collect();
    let graph = ServiceGraph::merged(&[summary("hub", 1, 0), summary("s899", 7, 0)], &[], &[("x", &told)]);
    assert_eq!((graph.nodes.len(), graph.left_out), (MAX_SERVICES, 901 - MAX_SERVICES));
    assert!(graph.find("hub").is_some() && graph.find("s899").is_some());
    assert_eq!(graph.edges.len(), MAX_SERVICES - 1);
}

#[test]
fn errors_are_followed_to_where_they_begin_and_to_where_they_end() {
    // web → shop → pay → bank; mail → pay keeps the failure to itself; shop → cart is fine.
    let names = ["web", "shop", "pay", "bank", "mail", "cart", "cron"];
    let calls = [(0, 1, 100, 50), (1, 2, 100, 50), (2, 3, 100, 60), (4, 2, 100, 20), (6, 4, 100, 0), (1, 5, 100, 0)];
    let graph = graph(&names, &calls);
    let edge = |from, to| graph.find_edge_at(from, to);
    assert_eq!(origins(&graph), [false, false, false, true, false, false, false]);
    let path = propagation(&graph, 2);
    let expected = Propagation {
        nodes: vec![0, 1, 2, 3, 4],
        edges: vec![edge(0, 1), edge(1, 2), edge(2, 3), edge(4, 2)],
        origin: Some(3),
    };
    assert_eq!(path, expected);
    assert_eq!(propagation(&graph, 5), Propagation::default(), "what does not fail has no way of errors");
    assert_eq!(propagation(&graph, 99), Propagation::default());
}

#[test]
fn errors_that_go_round_are_followed_once() {
    let graph = graph(&["a", "b"], &[(0, 1, 10, 5), (1, 0, 10, 5), (1, 1, 10, 9)]);
    let path = propagation(&graph, 0);
    assert_eq!((path.nodes, path.origin), (vec![0, 1], Some(1)));
}

impl ServiceGraph {
    fn find_edge_at(&self, from: usize, to: usize) -> usize {
        self.edges.iter().position(|edge| (edge.from, edge.to) == (from, to)).unwrap()
    }
}

proptest! {
    #[test]
    fn every_service_stands_in_one_layer_and_every_call_runs(
        pairs in proptest::collection::vec((0usize..12, 0usize..12), 0..60),
    ) {
        let names = named(12);
        let graph = linked(&names.iter().map(String::as_str).collect::<Vec<_>>(), &pairs);
        let layering = Layering::of(&graph, None);
        prop_assert_eq!(&layering, &Layering::of(&graph, None));
        prop_assert!(layering.is_of(&graph));
        let mut all: Vec<usize> = layering.components.iter().flat_map(Component::services).chain(layering.alone.clone()).collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..12).collect::<Vec<_>>());
        let ways = layering.components.iter().map(|it| it.ways.len()).sum::<usize>();
        prop_assert_eq!(ways, graph.edges.iter().filter(|edge| edge.from != edge.to).count());
        for component in &layering.components {
            prop_assert!(component.layers.iter().all(|layer| !layer.is_empty()));
            let layer_of = |item: usize| component.layers.iter().position(|layer| layer.contains(&item)).unwrap();
            for (from, to) in &component.links {
                prop_assert_eq!(layer_of(*from) + 1, layer_of(*to));
            }
        }
        let again = Layering::of(&graph, Some(&layering));
        let crossings = |layering: &Layering| -> usize {
            layering.components.iter().map(|it| Order::new(it.layers.clone(), it.items.len(), &it.links).crossings()).sum()
        };
        prop_assert!(crossings(&again) <= crossings(&layering), "a second look is no worse");
    }
}
