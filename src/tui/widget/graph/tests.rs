//! The service graph, drawn.

use proptest::prelude::*;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::super::text::tests::{buffer, drawn, survives_all_sizes};
use super::*;
use crate::analysis::service_graph::ServiceEdge;

fn node(name: &str, rate: f64, errors: f64, p95_ms: i64) -> ServiceNode {
    ServiceNode { name: name.into(), rate, errors, p95_ns: p95_ms * 1_000_000, calls: 1204 }
}

fn edge(from: usize, to: usize, errors: u64) -> ServiceEdge {
    ServiceEdge { from, to, calls: 100, errors, p95_ns: 1_000_000 }
}

fn shop() -> ServiceGraph {
    ServiceGraph {
        nodes: vec![
            node("frontend", 210.0, 0.0, 95),
            node("checkout", 38.0, 0.0, 410),
            node("payment", 38.0, 0.041, 880),
            node("bank", 41.0, 0.11, 1200),
            node("cart", 96.0, 0.0, 12),
        ],
        edges: vec![edge(0, 1, 0), edge(1, 2, 0), edge(2, 3, 11), edge(0, 4, 0), edge(1, 4, 0)],
    }
}

fn view<'a>(graph: &'a ServiceGraph, layers: &'a [Vec<usize>], styles: &'a GraphStyles) -> GraphView<'a> {
    GraphView { graph, layers, selected: None, offset: 0, styles, is_ascii: false }
}

#[test]
fn services_are_boxes_from_left_to_right() {
    let (graph, styles) = (shop(), GraphStyles::default());
    let layers = graph.layers();
    let view = view(&graph, &layers, &styles);
    assert_eq!(
        drawn(&view, 76, 11),
        [
            "                                  ╭payment─────╮",
            "                              ╭──▶│ 38/s  4.1% ├─╮",
            "╭frontend──╮    ╭checkout───╮ │   │ p95 880ms  │ │  ╭bank─────────╮",
            "│ 210/s    ├─┬─▶│ 38/s      ├─┤   ╰────────────╯ ╰─▶│ 41/s  11% ✗ │",
            "│ p95 95ms │ │  │ p95 410ms │ │                     │ p95 1.2s    │",
            "╰──────────╯ │  ╰───────────╯ │   ╭cart────────╮    ╰─────────────╯",
            "             ╰────────────────┴──▶│ 96/s       │",
            "                                  │ p95 12ms   │",
            "                                  ╰────────────╯",
            "",
            ""
        ]
    );
    let ascii = GraphView { is_ascii: true, ..view };
    assert_eq!(
        drawn(&ascii, 76, 11),
        [
            "                                  +payment-----+",
            "                              +-->| 38/s  4.1% +-+",
            "+frontend--+    +checkout---+ |   | p95 880ms  | |  +bank---------+",
            "| 210/s    +-+->| 38/s      +-+   +------------+ +->| 41/s  11% x |",
            "| p95 95ms | |  | p95 410ms | |                     | p95 1.2s    |",
            "+----------+ |  +-----------+ |   +cart--------+    +-------------+",
            "             +----------------+-->| 96/s       |",
            "                                  | p95 12ms   |",
            "                                  +------------+",
            "",
            ""
        ]
    );
}

#[test]
fn circles_and_long_edges_go_around_the_boxes() {
    let mut graph = shop();
    graph.edges.push(edge(0, 3, 0));
    graph.edges.push(edge(3, 1, 0));
    let (layers, styles) = (graph.layers(), GraphStyles::default());
    assert_eq!(
        drawn(&view(&graph, &layers, &styles), 90, 14),
        [
            "                                   ╭payment─────╮",
            "                               ╭──▶│ 38/s  4.1% ├─╮",
            "╭frontend──╮     ╭checkout───╮ │   │ p95 880ms  │ │   ╭bank─────────╮",
            "│ 210/s    ├─┬┬─▶│ 38/s      ├─┤   ╰────────────╯ ╰┬─▶│ 41/s  11% ✗ ├─╮",
            "│ p95 95ms │ ││  │ p95 410ms │ │                   │  │ p95 1.2s    │ │",
            "╰──────────╯ ││  ╰───────────╯ │   ╭cart────────╮  │  ╰─────────────╯ │",
            "             ├┼────────────────┴──▶│ 96/s       │  │                  │",
            "             ││                    │ p95 12ms   │  │                  │",
            "             ││                    ╰────────────╯  │                  │",
            "             ╰┼────────────────────────────────────╯                  │",
            "              ╰───────────────────────────────────────────────────────╯",
            "",
            "",
            ""
        ]
    );
}

#[test]
fn what_has_no_room_for_boxes_is_a_line_or_a_list() {
    let (graph, styles) = (shop(), GraphStyles::default());
    let layers = graph.layers();
    let view = view(&graph, &layers, &styles);
    assert_eq!(
        drawn(&view, 66, 8),
        [
            "                       ╭──▶payment 4.1% ─╮",
            "frontend ─┬─▶checkout ─┤                 ╰─▶bank 11% ✗",
            "          ╰────────────┴──▶cart",
            "",
            "frontend 210/s       p95 95ms     cart     96/s        p95 12ms",
            "checkout 38/s        p95 410ms    bank     41/s  11% ✗ p95 1.2s",
            "payment  38/s  4.1%  p95 880ms",
            ""
        ]
    );
    assert_eq!(
        drawn(&view, 50, 6),
        [
            "frontend 210/s       p95 95ms  → checkout, cart",
            "checkout 38/s        p95 410ms → payment, cart",
            "payment  38/s  4.1%  p95 880ms → bank",
            "cart     96/s        p95 12ms",
            "bank     41/s  11% ✗ p95 1.2s",
            ""
        ]
    );
    let list = GraphView { offset: 1, ..view };
    assert_eq!(
        drawn(&list, 50, 4),
        [
            "service              rate errors    p95      calls",
            "checkout             38/s   0.0%  410ms      1,204",
            "payment              38/s   4.1%  880ms      1,204",
            "cart                 96/s   0.0%   12ms      1,204"
        ]
    );
    assert_eq!(
        drawn(&list, 24, 3),
        ["service      rate errors", "checkout     38/s   0.0%", "payment      38/s   4.1%"]
    );
    let forms = [(76, 11), (60, 6), (50, 4)].map(|(width, height)| view.form(Rect::new(0, 0, width, height)));
    assert_eq!(forms, [GraphForm::Boxes, GraphForm::Lines, GraphForm::List]);
}

#[test]
fn failures_and_the_selection_are_styled_in_every_form() {
    let graph = shop();
    let styles = GraphStyles {
        error: Style::new().fg(Color::Red),
        selected: Style::new().add_modifier(Modifier::BOLD),
        ..GraphStyles::default()
    };
    let layers = graph.layers();
    for (width, height) in [(76, 11), (60, 6), (50, 4)] {
        let buf = buffer(&GraphView { selected: Some(2), ..view(&graph, &layers, &styles) }, width, height);
        let bold: String =
            buf.content().iter().filter(|it| it.modifier.contains(Modifier::BOLD)).map(Cell::symbol).collect();
        assert!(bold.contains("payment") && bold.contains("4.1%") && !bold.contains("cart "), "{bold}");
        let red: String = buf.content().iter().filter(|it| it.fg == Color::Red).map(Cell::symbol).collect();
        assert!(red.contains("4.1%") && !red.contains("210/s"), "{red}");
    }
}

#[test]
fn any_graph_in_any_area() {
    let styles = GraphStyles::default();
    let wide = ServiceGraph {
        nodes: (0..200)
            .map(|it| node(&format!("サービス{it}"), f64::NAN, f64::INFINITY, i64::MAX / 1_000_000))
            .collect(),
        edges: (0..400).map(|it| edge(it * 7 % 200, it * 13 % 211, 1)).collect(),
    };
    for graph in [shop(), wide, ServiceGraph::default()] {
        let layers = graph.layers();
        let view = GraphView { selected: Some(3), offset: 7, ..view(&graph, &layers, &styles) };
        survives_all_sizes(&view);
        survives_all_sizes(&GraphView { layers: &[vec![0, 900], vec![]], is_ascii: true, ..view });
    }
}

proptest! {
    #[test]
    fn every_edge_has_its_arrow(pairs in proptest::collection::vec((0usize..7, 0usize..7), 0..14)) {
        let mut graph = shop();
        graph.nodes.extend([node("auth", 1.0, 0.0, 1), node("mail", 1.0, 0.0, 1)]);
        graph.edges = pairs.into_iter().map(|(from, to)| edge(from, to, 0)).collect();
        let (layers, styles) = (graph.layers(), GraphStyles::default());
        let view = view(&graph, &layers, &styles);
        if view.form(Rect::new(0, 0, 190, 58)) == GraphForm::Boxes {
            let called: std::collections::HashSet<usize> =
                graph.edges.iter().filter(|edge| edge.from != edge.to).map(|edge| edge.to).collect();
            let rows = drawn(&view, 190, 58);
            let arrows = rows.iter().map(|row| row.matches("▶").count()).sum::<usize>();
            prop_assert_eq!(arrows, called.len(), "{}", rows.join("\n"));
        }
    }
}
