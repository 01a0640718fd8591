//! What is said of the selection below the graph, in two lines; without one, of what fails most. Figures that find no room are
//! left out whole, the least important ones first.

use unicode_width::UnicodeWidthStr;

use crate::analysis::service_graph::propagation::propagation;
use crate::analysis::service_graph::{Figures, ServiceEdge, ServiceGraph, Told};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::piece::{self, Piece};
use crate::tui::text;
use crate::tui::widget::graph::{Emphasis, Selection};
use crate::tui::world::World;

/// Cells of a name, at least and at most.
const NAME: (usize, usize) = (8, 32);
/// Names in a list, at most.
const NAMES: usize = 5;

/// What there is to tell of, and how much room there is to tell it in.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) graph: &'a ServiceGraph,
    pub(super) emphasis: &'a Emphasis,
    pub(super) world: &'a World,
    /// Cells of a line.
    pub(super) width: u16,
}

/// A figure, and how soon it is left out: 0 is never, then the larger, the sooner. Names are cut for the sake of those up to 1.
type Figure = (u8, Piece);

impl View<'_> {
    /// The lines about the selection.
    pub(super) fn lines(&self, selection: Selection, is_focused: bool) -> Vec<Vec<Piece>> {
        match selection {
            Selection::None => vec![self.worst(), if is_focused { self.keys() } else { self.origins() }],
            Selection::Service(node) => vec![self.service(node), self.around(node)],
            Selection::Edge(at) => {
                self.graph.edges.get(at).map(|edge| vec![self.call(edge), told(edge)]).unwrap_or_default()
            }
        }
    }

    /// Names with arrows between, in the room that the figures leave, and as many of the figures as find room.
    fn figures(&self, nodes: &[usize], figures: Vec<Figure>) -> Vec<Piece> {
        let (width, arrow) = (usize::from(self.width), self.arrow());
        let cells = |figures: &[Figure], rank: u8| -> usize {
            figures.iter().filter(|it| it.0 <= rank).map(|it| piece::width(std::slice::from_ref(&it.1))).sum()
        };
        let arrows = nodes.len().saturating_sub(1) * arrow.width();
        let room = width.saturating_sub(cells(&figures, 1) + arrows);
        let whole: Vec<usize> = nodes.iter().map(|node| named(self.graph, *node, NAME.1).width()).collect();
        let all: usize = whole.iter().sum();
        let mut line = Vec::new();
        for (node, own) in nodes.iter().zip(&whole) {
            // What the other does not need of its half is this one's.
            let share = (room / nodes.len().max(1)).max(room.saturating_sub(all - own));
            line.extend((!line.is_empty()).then(|| muted(arrow)));
            line.push(Piece::new(Role::Accent, named(self.graph, *node, share.clamp(NAME.0, NAME.1))));
        }
        let left = width.saturating_sub(piece::width(&line));
        let most = figures.iter().map(|it| it.0).filter(|rank| cells(&figures, *rank) <= left).max().unwrap_or(0);
        line.extend(figures.into_iter().filter(|it| it.0 <= most).map(|it| it.1));
        line
    }

    fn arrow(&self) -> &'static str {
        if self.world.settings.ascii { " -> " } else { " → " }
    }

    /// `checkout → payment  38/s  4.1 % errors  p95 880 ms  12,401 calls`.
    fn call(&self, edge: &ServiceEdge) -> Vec<Piece> {
        let figures = if edge.is_only_told() {
            vec![(0, muted("  no spans of these calls"))]
        } else {
            vec![
                (0, plain(format!("  {}", text::rate(edge.rate)))),
                (0, errors(edge.failing(), edge.is_failing())),
                (1, plain(format!("  p95 {}", text::duration(edge.p95_ns)))),
                (2, muted(format!("  {}", text::counted(edge.calls, "call")))),
            ]
        };
        self.figures(&[edge.from, edge.to], figures)
    }

    /// `payment  38/s  4.1 % errors  p50 120 ms  p95 880 ms  p99 1.2 s  12,401 calls`.
    fn service(&self, node: usize) -> Vec<Piece> {
        let Some((it, figures)) = self.graph.nodes.get(node).and_then(|it| Some((it, it.figures?))) else {
            return self.figures(&[node], vec![(0, muted("  no spans of it in memory; other systems tell of it"))]);
        };
        let Figures { rate, calls, p50_ns, p95_ns, p99_ns, .. } = figures;
        let latency = |name: &str, nanos: i64| plain(format!("  {name} {}", text::duration(nanos)));
        let figures = vec![
            (0, plain(format!("  {}", text::rate(rate)))),
            (0, errors(it.failing(), it.is_failing())),
            (3, latency("p50", p50_ns)),
            (1, latency("p95", p95_ns)),
            (2, latency("p99", p99_ns)),
            (4, muted(format!("  {}", text::counted(calls, "call")))),
        ];
        self.figures(&[node], figures)
    }

    /// Where its errors come from, who calls it, and whom it calls.
    fn around(&self, node: usize) -> Vec<Piece> {
        let graph = self.graph;
        let mut line = Vec::new();
        match propagation(graph, node).origin {
            Some(origin) if origin == node && self.emphasis.origins.get(node) == Some(&true) => {
                line.push(Piece::new(Role::Error, "errors begin here"));
            }
            Some(origin) if origin != node => {
                line.push(Piece::new(Role::Error, format!("errors from {}", named(graph, origin, NAME.1))));
            }
            _ => {}
        }
        let others = |edges: Vec<usize>, end: fn(&ServiceEdge) -> usize| {
            let mut edges: Vec<&ServiceEdge> = edges.into_iter().map(|at| &graph.edges[at]).collect();
            edges.sort_by_key(|edge| std::cmp::Reverse(edge.calls));
            edges.into_iter().map(end).filter(|other| *other != node).collect::<Vec<_>>()
        };
        let callers = others(graph.calls_to(node).collect(), |edge| edge.from);
        let callees = others(graph.calls_of(node).collect(), |edge| edge.to);
        for (what, nodes) in [("called by ", callers), ("calls ", callees)] {
            if !nodes.is_empty() {
                let between = if line.is_empty() { "" } else { " · " };
                line.push(muted(format!("{between}{what}")));
                line.push(plain(names(graph, &nodes)));
            }
        }
        if line.is_empty() {
            line.push(muted("no call to or from another service was seen"));
        }
        line
    }

    /// The call that fails most, or that none does.
    fn worst(&self) -> Vec<Piece> {
        let graph = self.graph;
        let failing = graph.edges.iter().filter(|edge| edge.is_failing() && !edge.is_only_told());
        let Some(edge) = failing.max_by_key(|edge| edge.errors) else {
            let is_alone = graph.edges.is_empty();
            let nothing = if is_alone { "no call between services was seen yet" } else { "no call between them fails" };
            return vec![muted(nothing)];
        };
        let lead = "most errors ";
        let rest = View { width: self.width.saturating_sub(u16::try_from(lead.len()).unwrap_or(0)), ..*self };
        let calls = muted(format!("  {}", text::counted(edge.calls, "call")));
        let figures = rest.figures(&[edge.from, edge.to], vec![(0, errors(edge.failing(), true)), (2, calls)]);
        std::iter::once(muted(lead)).chain(figures).collect()
    }

    /// Which systems could not tell, else where errors begin.
    fn origins(&self) -> Vec<Piece> {
        let failed = super::status::failed(self.world);
        if !failed.is_empty() {
            return vec![Piece::new(Role::Warning, failed)];
        }
        let origins = &self.emphasis.origins;
        let mut nodes: Vec<usize> = (0..self.graph.nodes.len()).filter(|at| origins.get(*at) == Some(&true)).collect();
        nodes.sort_by(|a, b| self.graph.nodes[*b].failing().total_cmp(&self.graph.nodes[*a].failing()));
        if nodes.is_empty() {
            return Vec::new();
        }
        vec![muted("errors begin at "), plain(names(self.graph, &nodes))]
    }

    /// Which systems could not tell, else what keys do.
    fn keys(&self) -> Vec<Piece> {
        let failed = super::status::failed(self.world);
        if !failed.is_empty() {
            return vec![Piece::new(Role::Warning, failed)];
        }
        let key = |action| self.world.key(Context::Services, action);
        let text = format!(
            "{} selects · {} its calls · {} what fails · {} traces",
            key(Action::SelectNext),
            key(Action::NextEdge),
            key(Action::NextError),
            key(Action::DrillDown)
        );
        vec![muted(text)]
    }
}

fn plain(text: impl Into<String>) -> Piece {
    Piece::new(Role::Text, text)
}

fn muted(text: impl Into<String>) -> Piece {
    Piece::new(Role::Muted, text)
}

/// A service's name, made safe and cut to `width` cells.
fn named(graph: &ServiceGraph, node: usize, width: usize) -> String {
    let name = graph.nodes.get(node).map_or("", |node| &*node.name);
    // Nothing beyond this is seen, and a name may be a megabyte long.
    let head: String = name.chars().take(NAME.1 * 8).collect();
    text::truncate(&safe(text::visible(&head)), width)
}

/// The first few names, and how many more there are.
fn names(graph: &ServiceGraph, nodes: &[usize]) -> String {
    let shown: Vec<String> = nodes.iter().take(NAMES).map(|node| named(graph, *node, NAME.1)).collect();
    let more = nodes.len().saturating_sub(NAMES);
    shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// `4.1 % errors`, in the style of errors from where on it is failing.
fn errors(share: f64, is_failing: bool) -> Piece {
    let role = if is_failing { Role::Error } else { Role::Muted };
    Piece::new(role, format!("  {} errors", text::percent(share)))
}

/// What other systems tell of a call: `jaeger: 1,204 calls/h, 3 failed`.
fn told(edge: &ServiceEdge) -> Vec<Piece> {
    let one = |told: &Told| {
        let failed = told.errors.filter(|errors| *errors > 0);
        let failed = failed.map(|errors| format!(", {} failed", text::count(errors))).unwrap_or_default();
        format!("{}: {} calls/h{failed}", safe(&told.by), text::count(told.calls))
    };
    let told: Vec<String> = edge.told.iter().map(one).collect();
    vec![muted(if told.is_empty() { "told by spans alone".to_owned() } else { told.join(" · ") })]
}
