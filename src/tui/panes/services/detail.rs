//! What is said of the selection below the graph, in two lines; without one, of what fails most.

use crate::analysis::service_graph::propagation::propagation;
use crate::analysis::service_graph::{Figures, ServiceEdge, ServiceGraph, Told};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::widget::graph::{Emphasis, Selection};
use crate::tui::world::World;

/// Cells of a name, at most.
const NAME: usize = 32;
/// Names in a list, at most.
const NAMES: usize = 5;

/// The lines about the selection.
pub(super) fn lines(graph: &ServiceGraph, selection: Selection, emphasis: &Emphasis, world: &World) -> Vec<Vec<Piece>> {
    match selection {
        Selection::None => vec![worst(graph, world), keys(world)],
        Selection::Service(node) => vec![service(graph, node), around(graph, node, emphasis)],
        Selection::Edge(at) => {
            graph.edges.get(at).map(|edge| vec![call(graph, edge, world), told(edge)]).unwrap_or_default()
        }
    }
}

fn plain(text: impl Into<String>) -> Piece {
    Piece::new(Role::Text, text)
}

fn muted(text: impl Into<String>) -> Piece {
    Piece::new(Role::Muted, text)
}

/// A service's name, made safe and cut.
fn named(graph: &ServiceGraph, node: usize) -> String {
    let name = graph.nodes.get(node).map_or("", |node| &*node.name);
    // Nothing beyond this is seen, and a name may be a megabyte long.
    let head: String = name.chars().take(NAME * 8).collect();
    if head.is_empty() { "(no name)".to_owned() } else { text::truncate(&safe(&head), NAME) }
}

fn arrow(world: &World) -> &'static str {
    if world.settings.ascii { " -> " } else { " → " }
}

/// `4.1 % errors`, in the style of errors from where on it is failing.
fn errors(share: f64, is_failing: bool) -> Piece {
    let role = if is_failing { Role::Error } else { Role::Muted };
    Piece::new(role, format!("  {} errors", text::percent(share)))
}

/// `checkout → payment  38/s  4.1 % errors  p95 880 ms  12,401 calls`.
fn call(graph: &ServiceGraph, edge: &ServiceEdge, world: &World) -> Vec<Piece> {
    let mut line = vec![
        Piece::new(Role::Accent, named(graph, edge.from)),
        muted(arrow(world)),
        Piece::new(Role::Accent, named(graph, edge.to)),
    ];
    if edge.is_only_told() {
        line.push(muted("  no spans of these calls"));
    } else {
        line.push(plain(format!("  {}", text::rate(edge.rate))));
        line.push(errors(edge.failing(), edge.is_failing()));
        line.push(plain(format!("  p95 {}", text::duration(edge.p95_ns))));
        line.push(muted(format!("  {}", text::counted(edge.calls, "call"))));
    }
    line
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

/// `payment  38/s  4.1 % errors  p50 120 ms  p95 880 ms  p99 1.2 s  12,401 calls`.
fn service(graph: &ServiceGraph, node: usize) -> Vec<Piece> {
    let mut line = vec![Piece::new(Role::Accent, named(graph, node))];
    let Some((it, figures)) = graph.nodes.get(node).and_then(|it| Some((it, it.figures?))) else {
        line.push(muted("  no spans of it in memory; other systems tell of it"));
        return line;
    };
    let Figures { rate, calls, p50_ns, p95_ns, p99_ns, .. } = figures;
    line.push(plain(format!("  {}", text::rate(rate))));
    line.push(errors(it.failing(), it.is_failing()));
    let latency = [("p50", p50_ns), ("p95", p95_ns), ("p99", p99_ns)];
    line.extend(latency.map(|(name, nanos)| plain(format!("  {name} {}", text::duration(nanos)))));
    line.push(muted(format!("  {}", text::counted(calls, "call"))));
    line
}

/// Where its errors come from, who calls it, and whom it calls.
fn around(graph: &ServiceGraph, node: usize, emphasis: &Emphasis) -> Vec<Piece> {
    let mut line = Vec::new();
    match propagation(graph, node).origin {
        Some(origin) if origin == node && emphasis.origins.get(node) == Some(&true) => {
            line.push(Piece::new(Role::Error, "errors begin here"));
        }
        Some(origin) if origin != node => {
            line.push(Piece::new(Role::Error, format!("errors from {}", named(graph, origin))));
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

/// The first few names, and how many more there are.
fn names(graph: &ServiceGraph, nodes: &[usize]) -> String {
    let shown: Vec<String> = nodes.iter().take(NAMES).map(|node| named(graph, *node)).collect();
    let more = nodes.len().saturating_sub(NAMES);
    shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// The call that fails most, or that none does.
fn worst(graph: &ServiceGraph, world: &World) -> Vec<Piece> {
    let failing = graph.edges.iter().filter(|edge| edge.is_failing() && !edge.is_only_told());
    let Some(edge) = failing.max_by_key(|edge| edge.errors) else {
        let nothing =
            if graph.edges.is_empty() { "no call between services was seen yet" } else { "no call between them fails" };
        return vec![muted(nothing)];
    };
    let failures = format!("{} of {} fail", text::percent(edge.failing()), text::counted(edge.calls, "call"));
    let mut line = vec![muted("most errors "), plain(named(graph, edge.from)), muted(arrow(world))];
    line.extend([plain(format!("{}  ", named(graph, edge.to))), Piece::new(Role::Error, failures)]);
    line
}

/// Which systems could not tell, else what keys do.
fn keys(world: &World) -> Vec<Piece> {
    let failed = super::status::failed(world);
    if !failed.is_empty() {
        return vec![Piece::new(Role::Warning, failed)];
    }
    let key = |action| world.key(action);
    let text = format!(
        "{} selects · {} its calls · {} what fails · {} traces",
        key(Action::SelectNext),
        key(Action::NextEdge),
        key(Action::NextError),
        key(Action::DrillDown)
    );
    vec![muted(text)]
}
