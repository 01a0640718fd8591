//! From one service to another by what is seen, and through the calls of a service.

use crate::analysis::service_graph::ServiceGraph;
use crate::tui::widget::graph::Sheet;

/// Rows of the sheet that a step far up or down goes over, at least.
const FAR: u16 = 12;

/// Where to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    /// To a service that calls this one, else to the layer before.
    Left,
    /// To a service that this one calls, else to the next layer.
    Right,
    /// Within the layer, from its end to what is nearest in another one.
    Up,
    /// Within the layer, from its end to what is nearest in another one.
    Down,
    /// The same, some rows at once.
    FarUp,
    /// The same, some rows at once.
    FarDown,
    /// To the first service of all.
    First,
    /// To the last one.
    Last,
}

/// The service in this direction; none where there is none. O(services + calls).
pub(super) fn step(graph: &ServiceGraph, sheet: &Sheet, node: usize, direction: Direction) -> Option<usize> {
    match direction {
        Direction::Left | Direction::Right => beside(graph, sheet, node, direction == Direction::Right),
        Direction::Up => within(sheet, node, false, 1).or_else(|| across(sheet, node, false)),
        Direction::Down => within(sheet, node, true, 1).or_else(|| across(sheet, node, true)),
        Direction::FarUp => within(sheet, node, false, FAR).or_else(|| step(graph, sheet, node, Direction::Up)),
        Direction::FarDown => within(sheet, node, true, FAR).or_else(|| step(graph, sheet, node, Direction::Down)),
        Direction::First => first(sheet),
        Direction::Last => in_order(graph, sheet).into_iter().next_back(),
    }
}

/// The service at the top left.
pub(super) fn first(sheet: &Sheet) -> Option<usize> {
    (0..).map_while(|node| Some((place(sheet, node)?, node))).min().map(|(_, node)| node)
}

/// Layer and row of a service.
fn place(sheet: &Sheet, node: usize) -> Option<(usize, u16)> {
    Some((sheet.layer(node)?, sheet.place(node)?.y))
}

/// All services, layer by layer from top to bottom.
fn in_order(graph: &ServiceGraph, sheet: &Sheet) -> Vec<usize> {
    let mut nodes: Vec<usize> = (0..graph.nodes.len()).collect();
    nodes.sort_by_key(|node| place(sheet, *node));
    nodes
}

/// The nearest service of the layer above or below this one, at least so many rows away.
fn within(sheet: &Sheet, node: usize, is_down: bool, rows: u16) -> Option<usize> {
    let (layer, row) = place(sheet, node)?;
    let distance = |other: usize| {
        let (its, other_row) = place(sheet, other)?;
        let is_there = its == layer && (other_row > row) == is_down && other_row.abs_diff(row) >= rows;
        is_there.then(|| other_row.abs_diff(row))
    };
    let others = (0..).map_while(|other| sheet.layer(other).map(|_| other));
    others.filter_map(|other| Some((distance(other)?, other))).min().map(|(_, other)| other)
}

/// The service that is nearest above or below this one, whatever its layer: by rows, then by layers.
fn across(sheet: &Sheet, node: usize, is_down: bool) -> Option<usize> {
    let (layer, row) = place(sheet, node)?;
    let rank = |other: usize| {
        let (its, other_row) = place(sheet, other)?;
        let is_there = other_row != row && (other_row > row) == is_down;
        is_there.then(|| (other_row.abs_diff(row), its.abs_diff(layer), other))
    };
    let others = (0..).map_while(|other| sheet.layer(other).map(|_| other));
    others.filter_map(rank).min().map(|(_, _, other)| other)
}

/// The service to the left or right: first one that is connected, the nearest by layers and then by rows; else the nearest
/// one of the next layer.
fn beside(graph: &ServiceGraph, sheet: &Sheet, node: usize, is_right: bool) -> Option<usize> {
    let (layer, row) = place(sheet, node)?;
    let rank = |other: usize| {
        let (its, other_row) = place(sheet, other)?;
        let is_there = if is_right { its > layer } else { its < layer };
        is_there.then(|| (its.abs_diff(layer), other_row.abs_diff(row), other))
    };
    let connected = graph.edges.iter().filter_map(|edge| match (edge.from == node, edge.to == node) {
        (true, false) => Some(edge.to),
        (false, true) => Some(edge.from),
        _ => None,
    });
    let nearest = connected.filter_map(rank).min().or_else(|| (0..graph.nodes.len()).filter_map(rank).min());
    nearest.map(|(_, _, other)| other)
}

/// The calls of a service: those that it makes from top to bottom, then those that it serves.
pub(super) fn edges_of(graph: &ServiceGraph, sheet: &Sheet, node: usize) -> Vec<usize> {
    let mut edges: Vec<usize> =
        (0..graph.edges.len()).filter(|at| graph.edges[*at].from == node || graph.edges[*at].to == node).collect();
    edges.sort_by_key(|at| {
        let edge = &graph.edges[*at];
        let is_served = edge.from != node;
        (is_served, place(sheet, if is_served { edge.from } else { edge.to }))
    });
    edges
}

/// The failing services in the order of the layers.
pub(super) fn failing_nodes(graph: &ServiceGraph, sheet: &Sheet) -> Vec<usize> {
    in_order(graph, sheet).into_iter().filter(|node| graph.nodes[*node].is_failing()).collect()
}

/// The failing calls in the order of their callers' layers.
pub(super) fn failing_edges(graph: &ServiceGraph, sheet: &Sheet) -> Vec<usize> {
    let mut edges: Vec<usize> = (0..graph.edges.len()).filter(|at| graph.edges[*at].is_failing()).collect();
    edges.sort_by_key(|at| (place(sheet, graph.edges[*at].from), place(sheet, graph.edges[*at].to)));
    edges
}

/// The one behind (`by` > 0) or before `selected` in a list that goes round; the first or the last where it is not in it.
pub(super) fn next(list: &[usize], selected: Option<usize>, by: isize) -> Option<usize> {
    let last = list.len().checked_sub(1)?;
    let at = selected.and_then(|selected| list.iter().position(|it| *it == selected));
    let next = match (at, by > 0) {
        (None, true) => 0,
        (None, false) => last,
        (Some(at), true) => {
            if at == last {
                0
            } else {
                at + 1
            }
        }
        (Some(at), false) => at.checked_sub(1).unwrap_or(last),
    };
    list.get(next).copied()
}
