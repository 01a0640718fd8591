//! The service graph: boxes and arrows from left to right where they fit, else names and arrows, else a line a
//! service, else a scrolled list.

mod canvas;
mod plan;

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::text;
use crate::analysis::service_graph::{ServiceGraph, ServiceNode};
use canvas::{Canvas, Point};
use plan::{Plan, Shape, plan};

/// A service or call with at least this share of failures is drawn as failing.
const FAILING: f64 = 0.01;
/// From this share on it also gets a mark, which does not need colour to be seen.
const MARKED: f64 = 0.1;
/// The rank of a box's frame above the edges that end at it.
const BOX_RANK: u8 = 3;

/// The styles of a service graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GraphStyles {
    /// Of frames and lines.
    pub line: Style,
    /// Of services' names.
    pub name: Style,
    /// Of their numbers.
    pub text: Style,
    /// Of column titles.
    pub header: Style,
    /// Of what fails.
    pub error: Style,
    /// Laid over the selected service.
    pub selected: Style,
}

/// How much of the graph an area has room for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GraphForm {
    /// Boxes and arrows.
    Boxes,
    /// Names and arrows.
    Names,
    /// Every service on a line of its own, with the names of those it calls.
    Lines,
    /// A table that scrolls.
    List,
}

/// A service graph.
#[derive(Clone, Copy, Debug)]
pub struct GraphView<'a> {
    /// The services and calls.
    pub graph: &'a ServiceGraph,
    /// Its layers, as [`ServiceGraph::layers`] gives them.
    pub layers: &'a [Vec<usize>],
    /// The selected service, by its place in the graph.
    pub selected: Option<usize>,
    /// The first service that the list shows, in the order of the layers. Only the list scrolls.
    pub offset: usize,
    /// How it looks.
    pub styles: &'a GraphStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

impl GraphView<'_> {
    /// The form in which the graph is drawn into `area`.
    pub fn form(&self, area: Rect) -> GraphForm {
        if self.plan(area, Shape::BOX).is_some() {
            GraphForm::Boxes
        } else if self.plan(area, Shape::NAME).is_some() {
            GraphForm::Names
        } else if self.has_line_each(area) {
            GraphForm::Lines
        } else {
            GraphForm::List
        }
    }

    fn has_line_each(&self, area: Rect) -> bool {
        self.graph.nodes.len() <= usize::from(area.height)
    }

    fn plan(&self, area: Rect, shape: Shape) -> Option<Plan> {
        plan(self.graph, self.layers, (area.width, area.height), shape, |node| match shape {
            Shape::NAME => self.name_width(node),
            _ => self.box_width(node),
        })
    }

    /// Cells of a name with its failures and a blank behind, where edges begin.
    fn name_width(&self, node: usize) -> u16 {
        let Some(it) = self.graph.nodes.get(node) else { return 0 };
        text::columns(&it.name).saturating_add(text::columns(&self.failures(it))).saturating_add(1)
    }

    /// The share of failures of a failing service, with a blank in front: ` 4.1%`, ` 25% ✗`.
    fn failures(&self, node: &ServiceNode) -> String {
        if node.errors < FAILING {
            String::new()
        } else {
            format!(" {}{}", text::percent(node.errors), self.mark(node))
        }
    }

    fn box_width(&self, node: usize) -> u16 {
        let Some(it) = self.graph.nodes.get(node) else { return 0 };
        let text = text::columns(&self.load(it)).max(text::columns(&self.latency(it)));
        text.saturating_add(2).max(text::columns(&it.name)).saturating_add(2)
    }

    /// Rate and failures, and the mark of a badly failing service: `38/s  4.1%`.
    fn load(&self, node: &ServiceNode) -> String {
        let rate = text::rate(node.rate);
        if node.errors <= 0.0 {
            return rate;
        }
        format!("{rate}  {}{}", text::percent(node.errors), self.mark(node))
    }

    fn mark(&self, node: &ServiceNode) -> &'static str {
        match (node.errors >= MARKED, self.is_ascii) {
            (false, _) => "",
            (true, true) => " x",
            (true, false) => " ✗",
        }
    }

    fn latency(&self, node: &ServiceNode) -> String {
        format!("p95 {}", self.duration(node))
    }

    fn duration(&self, node: &ServiceNode) -> String {
        let text = text::duration(node.p95_ns, "");
        if self.is_ascii { text.replace('µ', "u") } else { text }
    }

    fn number_style(&self, node: &ServiceNode) -> Style {
        if node.errors >= FAILING { self.styles.error } else { self.styles.text }
    }

    /// All services in the order of the layers, with their places.
    fn in_order(&self) -> impl Iterator<Item = (usize, &ServiceNode)> {
        self.layers.iter().flatten().filter_map(|&node| Some((node, self.graph.nodes.get(node)?)))
    }
}

impl Widget for &GraphView<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        if let Some(plan) = self.plan(area, Shape::BOX) {
            self.draw_boxes(&plan, area, buf);
        } else if let Some(plan) = self.plan(area, Shape::NAME) {
            self.draw_names(&plan, area, buf);
            let used = plan.height() + 1;
            let below = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
            self.draw_table(below.intersection(area), buf);
        } else if self.has_line_each(area) {
            self.draw_lines(area, buf);
        } else {
            self.draw_list(area, buf);
        }
        if self.is_ascii {
            text::without_ellipses(buf, area);
        }
    }
}

impl GraphView<'_> {
    fn draw_boxes(&self, plan: &Plan, area: Rect, buf: &mut Buffer) {
        let mut canvas = Canvas::new(area.width, area.height);
        for (index, way) in &plan.ways {
            let (style, rank) = self.edge_style(*index);
            way.windows(2).for_each(|pair| canvas.line(pair[0], pair[1], style, rank));
        }
        for (node, frame) in self.graph.nodes.iter().zip(&plan.boxes) {
            let style = if node.errors >= FAILING { self.styles.error } else { self.styles.line };
            canvas.frame(*frame, style, BOX_RANK);
        }
        canvas.draw(area, self.is_ascii, buf);
        self.draw_arrows(plan, area, buf);
        for (index, (node, frame)) in self.graph.nodes.iter().zip(&plan.boxes).enumerate() {
            let (x, y) = (area.x + frame.x, area.y + frame.y);
            text::draw(buf, (x + 1, y), frame.width.saturating_sub(2), &node.name, self.styles.name);
            let inner = frame.width.saturating_sub(3);
            text::draw(buf, (x + 2, y + 1), inner, &self.load(node), self.number_style(node));
            text::draw(buf, (x + 2, y + 2), inner, &self.latency(node), self.styles.text);
            self.highlight(index, Rect { x, y, ..*frame }.intersection(area), buf);
        }
    }

    /// Names where the boxes would be, each with its failures.
    fn draw_names(&self, plan: &Plan, area: Rect, buf: &mut Buffer) {
        let mut canvas = Canvas::new(area.width, area.height);
        for (index, way) in &plan.ways {
            // The line begins behind the name itself, not behind the widest one of its layer.
            let begin = |(x, y): Point| (self.behind_name(plan, *index).unwrap_or(x), y);
            let (style, rank) = self.edge_style(*index);
            let way: Vec<Point> = way.iter().enumerate().map(|(at, p)| if at == 0 { begin(*p) } else { *p }).collect();
            way.windows(2).for_each(|pair| canvas.line(pair[0], pair[1], style, rank));
        }
        canvas.draw(area, self.is_ascii, buf);
        self.draw_arrows(plan, area, buf);
        for (index, (node, place)) in self.graph.nodes.iter().zip(&plan.boxes).enumerate() {
            let (x, y) = (area.x + place.x, area.y + place.y);
            let used = text::draw(buf, (x, y), place.width, &node.name, self.styles.name);
            let room = place.width.saturating_sub(used);
            text::draw(buf, (x + used, y), room, &self.failures(node), self.styles.error);
            self.highlight(index, Rect { x, y, width: self.name_width(index), height: 1 }.intersection(area), buf);
        }
    }

    /// The column behind the name of an edge's caller.
    fn behind_name(&self, plan: &Plan, edge: usize) -> Option<u16> {
        let from = self.graph.edges.get(edge)?.from;
        Some(plan.boxes.get(from)?.x + self.name_width(from))
    }

    fn draw_arrows(&self, plan: &Plan, area: Rect, buf: &mut Buffer) {
        let mut arrows: Vec<&(usize, Vec<Point>)> = plan.ways.iter().collect();
        // Where edges end at the same place the failing one's arrow is seen.
        arrows.sort_by_key(|(index, _)| self.edge_style(*index).1);
        for (index, way) in arrows {
            if let Some((x, y)) = way.last() {
                let arrow = if self.is_ascii { ">" } else { "▶" };
                text::draw(buf, (area.x + x, area.y + y), 1, arrow, self.edge_style(*index).0);
            }
        }
    }

    /// How an edge looks, and its rank where lines share a cell: below the boxes, the failing above the others.
    fn edge_style(&self, edge: usize) -> (Style, u8) {
        let is_failing = self.graph.edges.get(edge).is_some_and(|edge| share(edge.errors, edge.calls) >= FAILING);
        if is_failing { (self.styles.error, BOX_RANK - 1) } else { (self.styles.line, BOX_RANK - 2) }
    }

    /// `payment  38/s  4.1%  p95 880ms → bank`, names and numbers in columns.
    fn draw_lines(&self, area: Rect, buf: &mut Buffer) {
        let figures = self.figures(area.width / 3);
        for ((index, node), y) in self.in_order().zip(area.top()..area.bottom()) {
            let mut x = self.draw_figures(node, figures, Rect { y, height: 1, ..area }, buf);
            let callees = self.callee_names(index);
            if !callees.is_empty() {
                let arrow = if self.is_ascii { "-> " } else { "→ " };
                x += text::draw(buf, (x, y), area.right().saturating_sub(x), arrow, self.styles.line);
                text::draw(buf, (x, y), area.right().saturating_sub(x), &callees, self.styles.text);
            }
            self.highlight(index, Rect { y, height: 1, ..area }, buf);
        }
    }

    /// The figures of every service in as many columns as there is room for, below a graph that shows only names.
    /// Nothing where they do not all fit.
    fn draw_table(&self, area: Rect, buf: &mut Buffer) {
        const GAP: u16 = 3;
        let figures = self.figures(area.width / 3);
        let width = figures.iter().sum::<u16>() + GAP;
        let columns = usize::from(((area.width + GAP) / width.max(1)).max(1));
        let rows = self.graph.nodes.len().div_ceil(columns);
        if rows > usize::from(area.height) {
            return;
        }
        for (at, (index, node)) in self.in_order().enumerate() {
            let (column, row) = (at / rows, at % rows);
            let offset = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
            let x = area.x.saturating_add(offset(column).saturating_mul(width));
            let line = Rect { x, y: area.y + offset(row), width: width - GAP, height: 1 }.intersection(area);
            self.draw_figures(node, figures, line, buf);
            self.highlight(index, line, buf);
        }
    }

    /// How wide names, loads and latencies are, each with the blank behind.
    fn figures(&self, widest_name: u16) -> [u16; 3] {
        let width =
            |measure: &dyn Fn(&ServiceNode) -> u16| self.graph.nodes.iter().map(measure).max().unwrap_or_default();
        let name = width(&|node| text::columns(&node.name)).min(widest_name);
        let load = width(&|node| text::columns(&self.load(node)));
        [name, load, width(&|node| text::columns(&self.latency(node)))].map(|width| width + 1)
    }

    /// Draws name, load and latency of a node; answers the column behind.
    fn draw_figures(&self, node: &ServiceNode, widths: [u16; 3], line: Rect, buf: &mut Buffer) -> u16 {
        let texts = [
            (node.name.to_string(), self.styles.name),
            (self.load(node), self.number_style(node)),
            (self.latency(node), self.styles.text),
        ];
        let mut x = line.x;
        for ((text, style), width) in texts.iter().zip(widths) {
            text::draw(buf, (x, line.y), (width - 1).min(line.right().saturating_sub(x)), text, *style);
            x = x.saturating_add(width);
        }
        x.min(line.right())
    }

    fn draw_list(&self, area: Rect, buf: &mut Buffer) {
        const TITLES: [&str; 4] = ["rate", "errors", "p95", "calls"];
        const WIDTHS: [u16; 4] = [8, 7, 7, 11];
        // Columns that have no room are left out from the right; the name keeps a third.
        let room = area.width - area.width / 3;
        let shown = (1..=4).rev().find(|&count| WIDTHS[..count].iter().sum::<u16>() <= room).unwrap_or(0);
        let name = area.width - WIDTHS[..shown].iter().sum::<u16>();
        let header = usize::from(area.height > 1);
        if header == 1 {
            text::draw(buf, (area.x, area.y), name, "service", self.styles.header);
            let mut x = area.x + name;
            for (title, width) in TITLES.into_iter().zip(WIDTHS).take(shown) {
                text::draw_right(buf, (x, x + width), area.y, title, self.styles.header);
                x += width;
            }
        }
        let rows = (area.top()..area.bottom()).skip(header);
        for ((index, node), y) in self.in_order().skip(self.offset).zip(rows) {
            text::draw(buf, (area.x, y), name.saturating_sub(1), &node.name, self.styles.name);
            let calls = text::grouped(i64::try_from(node.calls).unwrap_or(i64::MAX));
            let row = [text::rate(node.rate), text::percent(node.errors), self.duration(node), calls];
            let styles = [self.styles.text, self.number_style(node), self.styles.text, self.styles.text];
            let mut x = area.x + name;
            for ((cell, style), width) in row.iter().zip(styles).zip(WIDTHS).take(shown) {
                text::draw_right(buf, (x + 1, x + width), y, cell, style);
                x += width;
            }
            self.highlight(index, Rect { y, height: 1, ..area }, buf);
        }
    }

    fn callee_names(&self, node: usize) -> String {
        let callees = self.graph.callees(node);
        callees.iter().filter_map(|&it| Some(&*self.graph.nodes.get(it)?.name)).collect::<Vec<_>>().join(", ")
    }

    fn highlight(&self, node: usize, area: Rect, buf: &mut Buffer) {
        if self.selected == Some(node) {
            buf.set_style(area, self.styles.selected);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of calls needs no more than a double has")]
fn share(errors: u64, calls: u64) -> f64 {
    errors as f64 / calls.max(1) as f64
}
