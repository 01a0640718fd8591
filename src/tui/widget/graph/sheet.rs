//! Where everything is on the sheet that the graph is drawn on, which may be much larger than the screen: boxes, and the
//! ways of the calls between them along rows and columns.
//!
//! The places depend on names, calls and the shape, never on figures: nothing moves while the figures change.

use std::collections::HashMap;

use ratatui::layout::Rect;

use super::canvas::Point;
use super::channel::Channel;
use super::rows::{Rows, rows};
use super::shape::{LABEL, Shape};
use crate::analysis::service_graph::ServiceGraph;
use crate::analysis::service_graph::layering::{Component, Item, Layering, Way};

/// Columns of services where none calls another.
const COLUMNS: usize = 3;
/// Empty rows between components.
const APART: i32 = 1;

/// A graph laid out.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sheet {
    /// The place of each service.
    pub(super) boxes: Vec<Rect>,
    /// The layer of each service.
    pub(super) layer: Vec<usize>,
    /// The corners of each call's way; the last cell is the arrow's. None for a call of a service to itself.
    pub(super) ways: Vec<Vec<Point>>,
    /// Where each call has room for a label of seven cells, where it has.
    pub(super) labels: Vec<Option<Point>>,
    /// Which services call themselves.
    pub(super) calls_itself: Vec<bool>,
    /// Columns and rows.
    size: (u16, u16),
}

impl Sheet {
    /// Lays out a graph whose layers are `layering`. O(items + calls), but for the columns between two layers, which take
    /// the square of the items in front of them.
    pub fn new(graph: &ServiceGraph, layering: &Layering, shape: Shape) -> Self {
        Drawing::new(graph, layering, shape).finish()
    }

    /// Columns and rows that it takes.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The place of a service.
    pub fn place(&self, node: usize) -> Option<Rect> {
        self.boxes.get(node).copied()
    }

    /// The layer of a service, counted from the left.
    pub fn layer(&self, node: usize) -> Option<usize> {
        self.layer.get(node).copied()
    }
}

/// A component with its places.
struct Body<'a> {
    component: &'a Component,
    /// Rows as counted on the sheet.
    rows: Rows,
    /// The layer of each item.
    layer: Vec<usize>,
    /// The row of each service's calls that run above.
    above: HashMap<usize, i32>,
    channels: Vec<Channel>,
}

struct Drawing<'a> {
    graph: &'a ServiceGraph,
    layering: &'a Layering,
    shape: Shape,
    calls_itself: Vec<bool>,
    bodies: Vec<Body<'a>>,
    /// The first row below all components.
    bottom: i32,
    /// The left edge of each channel and of each layer behind it, and the width of the layer.
    channel_x: Vec<u16>,
    layer_x: Vec<u16>,
    layer_width: Vec<u16>,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a ServiceGraph, layering: &'a Layering, shape: Shape) -> Self {
        let mut calls_itself = vec![false; graph.nodes.len()];
        graph.edges.iter().filter(|edge| edge.from == edge.to).for_each(|edge| calls_itself[edge.from] = true);
        let mut drawing = Self {
            graph,
            layering,
            shape,
            calls_itself,
            bodies: Vec::new(),
            bottom: 0,
            channel_x: Vec::new(),
            layer_x: Vec::new(),
            layer_width: Vec::new(),
        };
        for component in &layering.components {
            let (body, bottom) = Body::new(component, shape, drawing.bottom);
            drawing.bodies.push(body);
            drawing.bottom = bottom + APART;
        }
        drawing.set_columns();
        drawing
    }

    fn columns(&self) -> usize {
        match self.layering.depth() {
            0 => COLUMNS.min(self.layering.alone.len()),
            depth => depth,
        }
    }

    /// Sets layer beside layer.
    fn set_columns(&mut self) {
        let columns = self.columns();
        let mut widths = vec![0; columns];
        let placed = self.bodies.iter().flat_map(Body::services);
        let alone = self.layering.alone.iter().enumerate().map(|(at, node)| (*node, at % columns.max(1)));
        for (node, layer) in placed.map(|(node, _, layer)| (node, layer)).chain(alone) {
            widths[layer] = widths[layer].max(self.width(node));
        }
        let mut lines = vec![0; columns + 1];
        for body in &mut self.bodies {
            for (channel, lines) in body.channels.iter_mut().zip(&mut lines) {
                *lines = channel.arrange().max(*lines);
            }
        }
        let mut x = 0u16;
        for (layer, lines) in lines.iter().enumerate() {
            self.channel_x.push(x);
            let channel = match (layer == 0, layer == columns) {
                (true, _) | (_, true) if *lines == 0 => 0,
                (true, _) => lines + 2,
                (_, true) => lines + 1,
                _ => lines.saturating_add(self.shape.channel()),
            };
            x = x.saturating_add(channel);
            self.layer_x.push(x);
            x = x.saturating_add(widths.get(layer).copied().unwrap_or(0));
        }
        self.layer_width = widths;
    }

    fn width(&self, node: usize) -> u16 {
        self.shape.width(&self.graph.nodes[node].name, self.calls_itself[node])
    }

    fn finish(self) -> Sheet {
        let mut sheet = Sheet {
            boxes: vec![Rect::default(); self.graph.nodes.len()],
            layer: vec![0; self.graph.nodes.len()],
            ways: vec![Vec::new(); self.graph.edges.len()],
            labels: vec![None; self.graph.edges.len()],
            calls_itself: self.calls_itself.clone(),
            size: (0, 0),
        };
        for body in &self.bodies {
            for (node, port, layer) in body.services() {
                self.set(&mut sheet, node, layer, port - i32::from(self.shape.port()));
            }
            for way in &body.component.ways {
                let points = self.way(body, way, &sheet);
                let end = way.items[way.items.len() - 1];
                let is_alone = body.component.ways.iter().filter(|other| other.items.last() == Some(&end)).count() == 1;
                // In front of the first layer is no room for one.
                if is_alone && self.shape.has_labels && body.layer[end] > 0 {
                    let (x, y) = points[points.len() - 1];
                    sheet.labels[way.edge] = Some((x.saturating_sub(LABEL + 1), y));
                }
                sheet.ways[way.edge] = points;
            }
        }
        let columns = self.columns().max(1);
        let pitch = i32::from(self.shape.height() + self.shape.gap);
        for (at, &node) in self.layering.alone.iter().enumerate() {
            let row = i32::try_from(at / columns).unwrap_or(i32::MAX);
            self.set(&mut sheet, node, at % columns, self.bottom.saturating_add(row.saturating_mul(pitch)));
        }
        let corners = sheet.ways.iter().flatten().map(|(x, y)| (x + 1, y + 1));
        let corners = corners.chain(sheet.boxes.iter().map(|place| (place.right(), place.bottom())));
        sheet.size = corners.fold((0, 0), |size, corner| (corner.0.max(size.0), corner.1.max(size.1)));
        sheet
    }

    fn set(&self, sheet: &mut Sheet, node: usize, layer: usize, top: i32) {
        // Boxes of one layer are equally wide; behind bare names the lines begin at once.
        let width = if self.shape.is_box { self.layer_width[layer] } else { self.width(node) };
        sheet.boxes[node] = Rect { x: self.layer_x[layer], y: row(top), width, height: self.shape.height() };
        sheet.layer[node] = layer;
    }

    /// The corners of a call's way.
    fn way(&self, body: &Body<'_>, way: &Way, sheet: &Sheet) -> Vec<Point> {
        let (first, last) = (way.items[0], way.items[way.items.len() - 1]);
        let port = |item: usize| row(body.rows.port[item]);
        let edge = &self.graph.edges[way.edge];
        let (from, to) = (sheet.boxes.get(edge.from), sheet.boxes.get(edge.to));
        // The boxes of both ends stand already: services are set before ways.
        let start = from.map_or(0, |place| if self.shape.is_box { place.right() - 1 } else { place.right() });
        let end = to.map_or(0, |place| place.x.saturating_sub(1));
        let mut points = vec![(start, port(first))];
        if way.is_above {
            let lane = row(body.above.get(&first).copied().unwrap_or(0));
            let out = self.line_x(body, body.layer[first] + 1, first);
            let back = self.line_x(body, body.layer[last], first);
            points.extend([(out, port(first)), (out, lane), (back, lane), (back, port(last))]);
        } else {
            for pair in way.items.windows(2) {
                let channel = body.layer[pair[1]];
                if body.rows.port[pair[0]] != body.rows.port[pair[1]] {
                    let x = self.line_x(body, channel, pair[0]);
                    points.extend([(x, port(pair[0])), (x, port(pair[1]))]);
                }
            }
        }
        points.push((end, port(last)));
        points
    }

    /// The column of an item's lines in a channel.
    fn line_x(&self, body: &Body<'_>, channel: usize, item: usize) -> u16 {
        let column = body.channels.get(channel).and_then(|it| it.column(item)).unwrap_or(0);
        let left = self.channel_x.get(channel).copied().unwrap_or(0);
        left.saturating_add(u16::from(channel > 0)).saturating_add(column)
    }
}

impl<'a> Body<'a> {
    /// The component with `top` as its first row, and the first row below it.
    fn new(component: &'a Component, shape: Shape, top: i32) -> (Self, i32) {
        let mut layer = vec![0; component.items.len()];
        for (at, items) in component.layers.iter().enumerate() {
            for item in items {
                layer[*item] = at;
            }
        }
        let (above, lanes) = rows_above(component, &layer, top);
        let mut rows = rows(component, shape);
        rows.port.iter_mut().for_each(|row| *row += top + lanes);
        let below = i32::from(shape.height() - shape.port());
        let bottom = component.items.iter().zip(&rows.port).map(|(item, row)| match item {
            Item::Service(_) => row + below,
            Item::Lane(_) => row + 1,
        });
        let bottom = bottom.max().unwrap_or(top);
        let channels = vec![Channel::default(); component.layers.len() + 1];
        let mut body = Self { component, rows, layer, above, channels };
        body.connect();
        (body, bottom)
    }

    fn connect(&mut self) {
        for &(from, to) in &self.component.links {
            let (start, end) = (self.rows.port[from], self.rows.port[to]);
            self.channels[self.layer[to]].connect(from, start, end);
        }
        for way in self.component.ways.iter().filter(|way| way.is_above) {
            let (from, to) = (way.items[0], way.items[way.items.len() - 1]);
            let Some(&lane) = self.above.get(&from) else { continue };
            self.channels[self.layer[from] + 1].connect(from, self.rows.port[from], lane);
            self.channels[self.layer[to]].connect(from, lane, self.rows.port[to]);
        }
    }

    /// Its services with the rows of their ports and their layers.
    fn services(&self) -> impl Iterator<Item = (usize, i32, usize)> {
        self.component.items.iter().enumerate().filter_map(|(at, item)| match item {
            Item::Service(node) => Some((*node, self.rows.port[at], self.layer[at])),
            Item::Lane(_) => None,
        })
    }
}

/// The row of each item's calls that run above, from `top` on, and how many rows these take. Calls share a row where they do
/// not meet.
fn rows_above(component: &Component, layer: &[usize], top: i32) -> (HashMap<usize, i32>, i32) {
    let mut stretches: HashMap<usize, (usize, usize)> = HashMap::new();
    for way in component.ways.iter().filter(|way| way.is_above) {
        let (from, to) = (way.items[0], way.items[way.items.len() - 1]);
        let ends = (layer[from] + 1, layer[to]);
        let stretch = stretches.entry(from).or_insert((ends.0, ends.0));
        *stretch = (stretch.0.min(ends.1), stretch.1.max(ends.1));
    }
    let mut sorted: Vec<(usize, (usize, usize))> = stretches.into_iter().collect();
    sorted.sort_by_key(|(item, (from, to))| (to - from, *from, *item));
    // The shortest are next to the services, so that the others go around them.
    let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut rows = HashMap::new();
    for (item, (from, to)) in sorted {
        let is_free = |stretches: &Vec<(usize, usize)>| stretches.iter().all(|other| other.1 < from || to < other.0);
        let at = taken.iter().position(is_free).unwrap_or(taken.len());
        if at == taken.len() {
            taken.push(Vec::new());
        }
        taken[at].push((from, to));
        rows.insert(item, at);
    }
    let count = i32::try_from(taken.len()).unwrap_or(i32::MAX);
    let row = |at: usize| top + count - 1 - i32::try_from(at).unwrap_or(0);
    (rows.into_iter().map(|(item, at)| (item, row(at))).collect(), count + i32::from(count > 0))
}

/// A row of the sheet; there are far fewer than can be counted.
fn row(row: i32) -> u16 {
    u16::try_from(row.max(0)).unwrap_or(u16::MAX)
}
