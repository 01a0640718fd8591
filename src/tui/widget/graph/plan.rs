//! Where boxes and lines of the service graph go: layers from left to right, edges along rows and columns.
//!
//! Between two layers lies a channel in which every caller has a column of its own, so that lines which join always
//! belong to one caller or to one callee. An edge that skips layers, or runs back, passes the layers between on a row
//! that no box of them takes.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::canvas::Point;
use crate::analysis::service_graph::{ServiceEdge, ServiceGraph};

/// Empty rows between nodes: room for edges that pass.
const GAP: u16 = 1;
/// Columns of a channel besides those of its callers: a dash in front and a dash and the arrow behind.
const CHANNEL: u16 = 3;

/// What a node is drawn as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// Rows that it takes.
    pub(super) height: u16,
    /// Rows from its top to the line in which edges leave and enter.
    pub(super) port: u16,
}

impl Shape {
    /// A frame around two lines of text.
    pub(super) const BOX: Self = Self { height: 4, port: 1 };
    /// A line of text.
    pub(super) const NAME: Self = Self { height: 1, port: 0 };
}

/// A drawing that fits.
pub(super) struct Plan {
    /// The frame of each node, by its place in the graph.
    pub(super) boxes: Vec<Rect>,
    /// The corners of each edge's way, and its place in the graph. The last cell is the arrow's.
    pub(super) ways: Vec<(usize, Vec<Point>)>,
}

impl Plan {
    /// Rows that the drawing takes, the ways of long edges included.
    pub(super) fn height(&self) -> u16 {
        let nodes = self.boxes.iter().map(|node| node.bottom());
        let ways = self.ways.iter().flat_map(|(_, way)| way.iter().map(|(_, y)| y + 1));
        nodes.chain(ways).max().unwrap_or(0)
    }
}

/// What is known while planning.
struct Planner<'a> {
    layers: &'a [Vec<usize>],
    /// The layer of each node.
    layer_of: Vec<usize>,
    /// For each channel the callers that have a column in it; channel `n` is to the left of layer `n`.
    callers: Vec<BTreeMap<usize, u16>>,
    /// The left edge of each channel.
    channel_x: Vec<u16>,
    boxes: Vec<Rect>,
    /// Rows on which edges pass layers, with the caller that passes and the layers.
    lanes: Vec<(u16, usize, std::ops::RangeInclusive<usize>)>,
    height: u16,
    shape: Shape,
}

/// Plans the drawing for a space of `width` × `height`, where `box_width` says how wide a node's box is. `None` where
/// it does not fit, or where `layers` does not name every node once.
pub(super) fn plan(
    graph: &ServiceGraph,
    layers: &[Vec<usize>],
    (width, height): (u16, u16),
    shape: Shape,
    box_width: impl Fn(usize) -> u16,
) -> Option<Plan> {
    let tallest = u16::try_from(layers.iter().map(Vec::len).max()?).ok()?;
    let content = tallest.checked_mul(shape.height + GAP)?.checked_sub(GAP)?;
    let layer_of = layer_of(graph, layers)?;
    if content > height {
        return None;
    }
    let edges: Vec<(usize, &ServiceEdge)> = graph
        .edges
        .iter()
        .enumerate()
        .filter(|(_, edge)| edge.from != edge.to && edge.from.max(edge.to) < layer_of.len())
        .collect();
    let mut planner = Planner {
        layers,
        callers: callers(&edges, &layer_of, layers.len()),
        layer_of,
        channel_x: Vec::new(),
        boxes: vec![Rect::default(); graph.nodes.len()],
        lanes: Vec::new(),
        height,
        shape,
    };
    planner.place_boxes(content, width, box_width)?;
    let ways = edges.iter().map(|(index, edge)| Some((*index, planner.way(edge)?))).collect::<Option<_>>()?;
    Some(Plan { boxes: planner.boxes, ways })
}

fn layer_of(graph: &ServiceGraph, layers: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut layer_of = vec![None; graph.nodes.len()];
    for (layer, nodes) in layers.iter().enumerate() {
        for &node in nodes {
            *layer_of.get_mut(node)? = Some(layer);
        }
    }
    layer_of.into_iter().collect()
}

/// Gives every caller a column in the channel behind it, and in each channel in which a long edge of it arrives.
fn callers(edges: &[(usize, &ServiceEdge)], layer_of: &[usize], layers: usize) -> Vec<BTreeMap<usize, u16>> {
    let mut callers = vec![BTreeMap::new(); layers + 1];
    for (_, edge) in edges {
        for channel in [layer_of[edge.from] + 1, layer_of[edge.to]] {
            let next = u16::try_from(callers[channel].len()).unwrap_or(u16::MAX);
            callers[channel].entry(edge.from).or_insert(next);
        }
    }
    callers
}

impl Planner<'_> {
    /// Sets layer beside layer, each centred on the tallest.
    fn place_boxes(&mut self, content: u16, width: u16, box_width: impl Fn(usize) -> u16) -> Option<()> {
        let mut x: u16 = 0;
        for (layer, nodes) in self.layers.iter().enumerate() {
            self.channel_x.push(x);
            x = x.checked_add(self.channel_width(layer)?)?;
            let wide = nodes.iter().map(|&node| box_width(node)).max().unwrap_or_default();
            let taken = u16::try_from(nodes.len()).ok()? * (self.shape.height + GAP);
            let mut y = (content + GAP).saturating_sub(taken) / 2;
            for &node in nodes {
                self.boxes[node] = Rect { x, y, width: wide, height: self.shape.height };
                y += self.shape.height + GAP;
            }
            x = x.checked_add(wide)?;
        }
        self.channel_x.push(x);
        x = x.checked_add(self.channel_width(self.layers.len())?)?;
        (x <= width).then_some(())
    }

    /// The columns of a channel; the outermost ones are only there when an edge runs back through them.
    fn channel_width(&self, channel: usize) -> Option<u16> {
        let callers = u16::try_from(self.callers[channel].len()).ok()?;
        let is_outermost = channel == 0 || channel == self.layers.len();
        if is_outermost && callers == 0 { Some(0) } else { callers.checked_add(CHANNEL) }
    }

    /// The column of `caller` in a channel.
    fn column(&self, channel: usize, caller: usize) -> u16 {
        self.channel_x[channel] + 1 + self.callers[channel].get(&caller).copied().unwrap_or_default()
    }

    /// The corners of an edge's way.
    fn way(&mut self, edge: &ServiceEdge) -> Option<Vec<Point>> {
        let (from, to) = (self.boxes[edge.from], self.boxes[edge.to]);
        let (start, end) =
            ((from.right() - 1, from.y + self.shape.port), (to.x.checked_sub(1)?, to.y + self.shape.port));
        let (first, last) = (self.layer_of[edge.from] + 1, self.layer_of[edge.to]);
        let out = self.column(first, edge.from);
        if first == last {
            return Some(vec![start, (out, start.1), (out, end.1), end]);
        }
        // The layers to be passed: those between for a long edge, all from the callee's to the caller's for one back.
        let passed = first.min(last)..=first.max(last) - 1;
        let lane = self.lane(edge.from, passed, (start.1, end.1))?;
        let into = self.column(last, edge.from);
        Some(vec![start, (out, start.1), (out, lane), (into, lane), (into, end.1), end])
    }

    /// A row that no box of the passed layers takes, and no lane of another caller; the one that makes the way shortest.
    fn lane(&mut self, caller: usize, passed: std::ops::RangeInclusive<usize>, ends: (u16, u16)) -> Option<u16> {
        let is_free = |row: &u16| {
            let boxed = self.layers[passed.clone()].iter().flatten().any(|&node| {
                let area = self.boxes[node];
                (area.top()..area.bottom()).contains(row)
            });
            let shared = self.lanes.iter().any(|(lane, other, theirs)| {
                lane == row && *other != caller && theirs.start() <= passed.end() && passed.start() <= theirs.end()
            });
            !boxed && !shared
        };
        let detour = |row: &u16| row.abs_diff(ends.0) + row.abs_diff(ends.1);
        let lane = (0..self.height).filter(is_free).min_by_key(detour)?;
        self.lanes.push((lane, caller, passed));
        Some(lane)
    }
}
