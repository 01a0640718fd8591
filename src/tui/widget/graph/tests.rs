//! Drawings of graphs, cell by cell, and laws that hold for any graph.

use proptest::prelude::*;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::canvas::Point;
use super::*;
use crate::analysis::service_graph::layering::Layering;
use crate::analysis::service_graph::{Figures, Told};
use crate::tui::widget::text::tests::{buffer, drawn, survives_all_sizes};

/// Names with a row between them.
const SPACED: Shape = Shape::ALL[2];

fn node(name: &str, rate: f64, errors: u64, p95_ms: i64) -> ServiceNode {
    let figures = Figures { rate, calls: 1000, errors, p95_ns: p95_ms.saturating_mul(1_000_000), ..Figures::default() };
    ServiceNode { name: name.into(), figures: Some(figures) }
}

fn edge(from: usize, to: usize, errors: u64) -> ServiceEdge {
    ServiceEdge { from, to, calls: 1000, errors, rate: 38.0, ..ServiceEdge::default() }
}

fn shop() -> ServiceGraph {
    let nodes = vec![
        node("frontend", 210.0, 0, 95),
        node("checkout", 38.0, 0, 410),
        node("payment", 38.0, 41, 880),
        node("cart", 96.0, 0, 12),
        node("bank", 41.0, 110, 1200),
    ];
    let edges = vec![edge(0, 1, 0), edge(0, 3, 0), edge(1, 2, 41), edge(1, 3, 0), edge(2, 4, 110)];
    ServiceGraph { nodes, edges, left_out: 0 }
}

fn laid(graph: &ServiceGraph, shape: Shape) -> Sheet {
    Sheet::new(graph, &Layering::of(graph, None), shape)
}

/// The whole graph, as it is drawn in a shape.
fn picture(graph: &ServiceGraph, shape: Shape, is_ascii: bool) -> Vec<String> {
    let sheet = laid(graph, shape);
    let emphasis = Emphasis::of(graph, Selection::None);
    let styles = GraphStyles::default();
    let view =
        GraphView { graph, sheet: &sheet, shape, emphasis: &emphasis, offset: (0, 0), styles: &styles, is_ascii };
    drawn(&view, sheet.size().0, sheet.size().1)
}

#[test]
fn who_is_called_back_has_its_arrow_and_no_label_on_it() {
    let nodes = vec![node("x", 1.0, 0, 8), node("y", 1.0, 0, 8)];
    let graph = ServiceGraph { nodes, edges: vec![edge(0, 1, 0), edge(1, 0, 0)], left_out: 0 };
    let drawn = picture(&graph, Shape::ALL[0], false);
    assert!(drawn.iter().any(|line| line.starts_with("╰─▶│ 1/s ")), "{drawn:#?}");
    assert_eq!(drawn.concat().matches("38/s").count(), 1, "{drawn:#?}");
}

#[test]
fn boxes_hold_figures_and_lines_their_calls() {
    assert_eq!(
        picture(&shop(), Shape::ALL[0], false),
        [
            "                                                               ╭─payment─────────╮           ╭─bank────────────╮",
            "                               ╭─checkout────────╮  ╭────4.1%─▶│ 38/s  4.1%      ├────11% ✗─▶│ 41/s  11% ◉     │",
            "                    ╭────38/s─▶│ 38/s            ├──┤          │ p95 880ms       │           │ p95 1.2s        │",
            "╭─frontend────────╮ │          │ p95 410ms       │  │          ╰─────────────────╯           ╰─────────────────╯",
            "│ 210/s           ├─┤          ╰─────────────────╯  │",
            "│ p95 95ms        │ ╰──────────────────────────────╮│          ╭─cart────────────╮",
            "╰─────────────────╯                                ╰┴─────────▶│ 96/s            │",
            "                                                               │ p95 12ms        │",
            "                                                               ╰─────────────────╯",
        ]
    );
}

#[test]
fn names_hold_one_figure_or_a_mark() {
    assert_eq!(
        picture(&shop(), SPACED, false),
        [
            "                  ╭─▶checkout 38/s ─────┬─▶payment 4.1% ─────▶bank 11% ◉",
            "frontend 210/s ───┴────────────────────╮│",
            "                                       ╰┴─▶cart 96/s",
        ]
    );
    let marks = picture(&shop(), Shape::MARK, true);
    assert!(
        marks.iter().all(|row| row.is_ascii()) && marks.concat().contains(">bank@") && !marks.concat().contains("/s"),
        "{marks:?}"
    );
}

#[test]
fn where_room_is_scarce_no_row_is_empty_and_names_are_cut() {
    let mut graph = shop();
    graph.nodes[1].name = "recommendation".into();
    assert_eq!(
        picture(&graph, Shape::NAME, false),
        [
            "                  ╭─▶recommendation 38/s ─────┬─▶payment 4.1% ─────▶bank 11% ◉",
            "frontend 210/s ───┴──────────────────────────╮│",
            "                                             ╰┴─▶cart 96/s",
        ]
    );
    assert_eq!(
        picture(&graph, Shape::ALL[5], false),
        [
            "           ╭▶recommenda… ──┬▶payment ──▶bank◉",
            "frontend ──┴──────────────╮│",
            "                          ╰┴▶cart",
        ]
    );
}

#[test]
fn what_leads_back_runs_above_and_what_only_others_tell_is_dashed() {
    let mut graph = shop();
    graph.nodes.push(ServiceNode { name: "ledger".into(), figures: None });
    let told = Told { by: "jaeger".into(), calls: 7, errors: None };
    graph.edges.push(edge(3, 3, 0));
    graph.edges.push(edge(4, 1, 0));
    graph.edges.push(ServiceEdge { from: 4, to: 5, told: vec![told], ..ServiceEdge::default() });
    graph.nodes.push(node("alone", 1.0, 0, 1));
    assert_eq!(
        picture(&graph, SPACED, false),
        [
            "                   ╭─────────────────────────────────────────────────────────╮",
            "                   │                                                         │",
            "                  ╭┴─▶checkout 38/s ─────┬─▶payment 4.1% ─────▶bank 11% ◉ ┄┄┄┴┄▶ledger",
            "frontend 210/s ───┴─────────────────────╮│",
            "                                        ╰┴─▶cart ↺ 96/s",
            "",
            "alone 1/s",
        ]
    );
}

#[test]
fn lines_that_meet_have_a_service_in_common() {
    let names = ["a", "b", "c", "d"].map(|name| node(name, 1.0, 0, 1));
    let graph = ServiceGraph {
        nodes: names.into(),
        edges: vec![edge(0, 2, 0), edge(0, 3, 0), edge(1, 2, 0), edge(1, 3, 0)],
        left_out: 0,
    };
    assert_eq!(
        picture(&graph, SPACED, false),
        ["a 1/s ──────╮", "           ╭┼─▶c 1/s", "b 1/s ─────┤│", "           ╰┴─▶d 1/s",]
    );
}

#[test]
fn lines_that_only_cross_do_not_join() {
    let area = Rect::new(0, 0, 5, 3);
    for (rank, expected) in [(1, "──│──"), (3, "─────")] {
        let mut canvas = Canvas::new(area);
        canvas.way(&[(0, 1), (4, 1)], Pen { rank, ..Pen::default() });
        canvas.way(&[(2, 0), (2, 2)], Pen { rank: 2, ..Pen::default() });
        let mut buf = Buffer::empty(area);
        canvas.draw(area, false, &mut buf);
        assert_eq!(
            (0..5).map(|x| buf[(x, 1)].symbol()).collect::<String>(),
            expected,
            "what is in front is drawn through"
        );
    }
}

#[test]
fn the_selection_stands_out_and_the_way_of_its_errors() {
    use Tone::{Faint, Near, Path, Plain, Selected};
    let graph = shop();
    let tones = |selection| {
        let emphasis = Emphasis::of(&graph, selection);
        (emphasis.nodes, emphasis.edges)
    };
    assert_eq!(tones(Selection::None), (vec![Plain; 5], vec![Plain; 5]));
    assert_eq!(
        tones(Selection::Service(2)),
        (vec![Faint, Path, Selected, Faint, Path], vec![Faint, Faint, Path, Faint, Path])
    );
    assert_eq!(
        tones(Selection::Service(3)),
        (vec![Near, Near, Faint, Selected, Faint], vec![Faint, Near, Faint, Near, Faint])
    );
    assert_eq!(
        tones(Selection::Edge(1)),
        (vec![Near, Faint, Faint, Near, Faint], vec![Faint, Selected, Faint, Faint, Faint])
    );
    assert_eq!(Emphasis::of(&graph, Selection::None).origins, [false, false, false, false, true]);
}

#[test]
fn failures_and_the_selection_are_styled_in_every_shape() {
    let graph = shop();
    let styles = GraphStyles {
        error: Style::new().fg(Color::Red),
        selected: Style::new().add_modifier(Modifier::BOLD),
        ..GraphStyles::default()
    };
    for shape in Shape::ALL {
        let sheet = laid(&graph, shape);
        let emphasis = Emphasis::of(&graph, Selection::Service(2));
        let view = GraphView {
            graph: &graph,
            sheet: &sheet,
            shape,
            emphasis: &emphasis,
            offset: (0, 0),
            styles: &styles,
            is_ascii: false,
        };
        let buf = buffer(&view, sheet.size().0, sheet.size().1);
        let bold: String =
            buf.content().iter().filter(|it| it.modifier.contains(Modifier::BOLD)).map(Cell::symbol).collect();
        assert!(bold.contains("payment") && !bold.contains("cart"), "{bold}");
        let red: String = buf.content().iter().filter(|it| it.fg == Color::Red).map(Cell::symbol).collect();
        assert!(red.contains('▶') && red.contains("◉") && !red.contains("210/s"), "{red}");
    }
}

#[test]
fn any_part_of_any_graph_in_any_area() {
    let wide = ServiceGraph {
        nodes: (0..20).map(|it| node(&format!("サービス{it}"), f64::NAN, u64::MAX, i64::MAX)).collect(),
        edges: (0..30).map(|it| edge(it * 7 % 20, it * 13 % 20, 1)).collect(),
        left_out: 0,
    };
    let styles = GraphStyles::default();
    for graph in [shop(), wide, ServiceGraph::default()] {
        for (shape, offset) in [(Shape::BOX, (3, 2)), (Shape::NAME, (0, 0)), (Shape::NAME, (u16::MAX, u16::MAX))] {
            let sheet = laid(&graph, shape);
            let emphasis = Emphasis::of(&graph, Selection::Service(3));
            let view = GraphView {
                graph: &graph,
                sheet: &sheet,
                shape,
                emphasis: &emphasis,
                offset,
                styles: &styles,
                is_ascii: true,
            };
            survives_all_sizes(&view);
        }
    }
}

#[test]
fn a_part_shows_what_the_whole_shows_there() {
    let graph = shop();
    let sheet = laid(&graph, Shape::BOX);
    let (emphasis, styles) = (Emphasis::of(&graph, Selection::None), GraphStyles::default());
    let view = GraphView {
        graph: &graph,
        sheet: &sheet,
        shape: Shape::BOX,
        emphasis: &emphasis,
        offset: (0, 0),
        styles: &styles,
        is_ascii: false,
    };
    let (width, height) = sheet.size();
    let whole = buffer(&view, width, height);
    for offset in [(1, 1), (7, 3), (20, 5)] {
        let part = buffer(&GraphView { offset, ..view }, width - offset.0, height - offset.1);
        for y in 0..height - offset.1 {
            for x in 0..width - offset.0 {
                assert_eq!(part[(x, y)].symbol(), whole[(x + offset.0, y + offset.1)].symbol(), "{offset:?} {x} {y}");
            }
        }
    }
}

/// Every cell of a way, in order.
fn cells(way: &[Point]) -> Vec<Point> {
    let mut out = vec![way[0]];
    for pair in way.windows(2) {
        let ((x, y), to) = (pair[0], pair[1]);
        assert!(x == to.0 || y == to.1, "{way:?} runs along rows and columns");
        let (mut x, mut y) = (x, y);
        while (x, y) != to {
            x = towards(x, to.0);
            y = towards(y, to.1);
            out.push((x, y));
        }
    }
    out
}

fn towards(at: u16, to: u16) -> u16 {
    match at.cmp(&to) {
        std::cmp::Ordering::Less => at + 1,
        std::cmp::Ordering::Equal => at,
        std::cmp::Ordering::Greater => at - 1,
    }
}

/// The steps from cell to cell, each from its lesser end.
fn steps(way: &[Point]) -> Vec<(Point, Point)> {
    cells(way).windows(2).map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1]))).collect()
}

fn holds_laws(graph: &ServiceGraph, shape: Shape) {
    let sheet = laid(graph, shape);
    for (at, place) in sheet.boxes.iter().enumerate() {
        assert!(!place.is_empty() && place.right() <= sheet.size().0 && place.bottom() <= sheet.size().1);
        assert!(sheet.boxes[..at].iter().all(|other| !other.intersects(*place)), "{place:?} stands on another");
    }
    let mut taken = std::collections::HashMap::new();
    for (at, (edge, way)) in graph.edges.iter().zip(&sheet.ways).enumerate() {
        if edge.from == edge.to {
            assert!(way.is_empty());
            continue;
        }
        let (from, to) = (sheet.boxes[edge.from], sheet.boxes[edge.to]);
        let cells = cells(way);
        assert!(
            cells[0].0 == from.right() - u16::from(shape.is_box) && (from.top()..from.bottom()).contains(&cells[0].1)
        );
        let end = cells[cells.len() - 1];
        assert!(end.0 + 1 == to.x && (to.top()..to.bottom()).contains(&end.1), "{end:?} {to:?}");
        for cell in &cells[1..] {
            assert!(sheet.boxes.iter().all(|place| !place.contains((*cell).into())), "a line runs through a box");
        }
        for step in steps(way) {
            let others: &mut Vec<usize> = taken.entry(step).or_default();
            let is_told_apart = |other: &usize| {
                let other = &graph.edges[*other];
                other.from == edge.from || other.to == edge.to
            };
            assert!(others.iter().all(is_told_apart), "lines run together that have no service in common");
            others.push(at);
        }
    }
}

proptest! {
    #[test]
    fn lines_connect_their_boxes_and_nothing_is_drawn_over(
        pairs in proptest::collection::btree_set((0usize..14, 0usize..14), 0..45),
        shape in 0usize..Shape::ALL.len(),
    ) {
        let graph = ServiceGraph {
            nodes: (0..14).map(|it| node(&format!("service-{it}"), 1.0, 0, 1)).collect(),
            edges: pairs.into_iter().map(|(from, to)| edge(from, to, 0)).collect(),
            left_out: 0,
        };
        holds_laws(&graph, Shape::ALL[shape]);
    }
}

#[test]
fn the_laws_hold_for_large_graphs() {
    let edges = (0..150usize).map(|it| (it * 31 % 60, (it * it * 17 + it * 7) % 60));
    let edges: std::collections::BTreeSet<(usize, usize)> = edges.collect();
    let graph = ServiceGraph {
        nodes: (0..60).map(|it| node(&format!("service-{it}"), 1.0, 0, 1)).collect(),
        edges: edges.into_iter().map(|(from, to)| edge(from, to, 0)).collect(),
        left_out: 0,
    };
    for shape in Shape::ALL {
        holds_laws(&graph, shape);
    }
}
