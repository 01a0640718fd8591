//! How long the service graph takes: laid out anew, and after one call has come.
//!
//! Run with `cargo bench --bench graph`.

use std::collections::BTreeSet;
use std::time::Instant;

use spantail::analysis::service_graph::layering::Layering;
use spantail::analysis::service_graph::{ServiceEdge, ServiceGraph, ServiceNode};
use spantail::tui::widget::graph::{Shape, Sheet};

#[path = "support/report.rs"]
mod report;

/// Times that each is measured; the slowest counts.
const ROUNDS: u32 = 20;

fn main() {
    report::head("layers and places of a service graph");
    measure(60, 150, 50.0);
    measure(300, 700, f64::INFINITY);
}

/// A graph of services in which most calls lead on and some lead back.
fn graph(services: usize, calls: usize) -> ServiceGraph {
    let node = |at: usize| ServiceNode { name: format!("service-{at:03}").into(), figures: None };
    let mut pairs = BTreeSet::new();
    let mut noise = 7_usize;
    let mut next = || {
        // Knuth's MMIX generator; its upper bits are good.
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33) % services
    };
    while pairs.len() < calls {
        let (a, b) = (next(), next());
        let leads_back = pairs.len().is_multiple_of(20);
        pairs.insert(if leads_back { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) });
    }
    let edges =
        pairs.into_iter().map(|(from, to)| ServiceEdge { from, to, calls: 1, ..ServiceEdge::default() }).collect();
    ServiceGraph { nodes: (0..services).map(node).collect(), edges, left_out: 0 }
}

fn measure(services: usize, calls: usize, budget: f64) {
    let graph = graph(services, calls);
    let mut fewer = graph.clone();
    fewer.edges.pop();
    let before = Layering::of(&fewer, None);
    for (what, before) in [("anew", None), ("with one call more", Some(&before))] {
        let mut slowest = 0.0_f64;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let layering = Layering::of(&graph, before);
            let sheets = Shape::ALL.map(|shape| Sheet::new(&graph, &layering, shape));
            slowest = slowest.max(start.elapsed().as_secs_f64() * 1e3);
            assert!(sheets.iter().all(|sheet| sheet.size().0 > 0));
        }
        let what = format!("{services} services, {} calls, {what}", graph.edges.len());
        report::row(&what, slowest, "ms", "", ..=budget);
    }
}
