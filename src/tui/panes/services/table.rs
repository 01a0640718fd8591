//! The services as a table, the worst first: what stands in place of a graph that is larger than the pane while nobody can
//! move it. Where one column of rows is not enough and there is room, several stand side by side.

use std::cmp::Ordering;

use crate::analysis::service_graph::{ServiceGraph, ServiceNode};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::piece::Piece;
use crate::tui::text;

/// Cells of the figures, the blanks in front of them included: rate, errors, p95.
const FIGURES: [usize; 3] = [9, 8, 8];
/// Cells of a name, at least and at most.
const NAME: (usize, usize) = (10, 40);
/// Cells between two tables side by side.
const APART: usize = 3;

/// The header and the rows of all services that find room in so many cells and rows.
pub(super) fn lines(graph: &ServiceGraph, (width, height): (u16, u16)) -> Vec<Vec<Piece>> {
    let (width, height) = (usize::from(width), usize::from(height));
    let figures: usize = FIGURES.iter().sum();
    let has_header = height > 2;
    let rows = if has_header { height - 1 } else { height.max(1) };
    let wanted = graph.nodes.len().div_ceil(rows).max(1);
    let tables = ((width + APART) / (NAME.0 + figures + APART)).clamp(1, wanted);
    let each = (width + APART) / tables - APART.min((width + APART) / tables);
    let name = each.saturating_sub(figures).clamp(1, NAME.1);
    let mut nodes: Vec<&ServiceNode> = graph.nodes.iter().collect();
    nodes.sort_by(|a, b| worse(a, b));
    let mut lines = vec![Vec::new(); height.min(nodes.len() + usize::from(has_header))];
    for table in 0..tables {
        let first = table * rows;
        let heads = has_header.then(|| header(name)).into_iter();
        let shown = nodes.get(first..).unwrap_or_default().iter().take(rows).map(|node| row(node, name));
        for (line, cells) in lines.iter_mut().zip(heads.chain(shown)) {
            if table > 0 {
                line.push(Piece::new(Role::Text, " ".repeat(APART)));
            }
            line.extend(cells);
        }
    }
    let seen = tables * rows;
    if let Some(last) = lines.last_mut().filter(|_| has_header && nodes.len() > seen) {
        // It takes the place of the last row of every table.
        let more = text::count((nodes.len() - seen + tables) as u64);
        *last = vec![Piece::new(Role::Muted, format!("and {more} more"))];
    }
    lines
}

/// By the share that fails, then by what is slower; what has no figures last.
fn worse(a: &ServiceNode, b: &ServiceNode) -> Ordering {
    let failing = ServiceNode::failing;
    let p95 = |node: &ServiceNode| node.figures.map(|figures| figures.p95_ns);
    failing(b).total_cmp(&failing(a)).then_with(|| p95(b).cmp(&p95(a))).then_with(|| a.name.cmp(&b.name))
}

fn header(name: usize) -> Vec<Piece> {
    let [rate, errors, p95] = FIGURES;
    vec![
        Piece::new(Role::Muted, format!("{}{:>rate$}", text::fit("service", name), "rate")),
        Piece::new(Role::Accent, format!("{:>errors$}", "▼errors")),
        Piece::new(Role::Muted, format!("{:>p95$}", "p95")),
    ]
}

fn row(node: &ServiceNode, name: usize) -> Vec<Piece> {
    // Nothing beyond this is seen, and a name may be a megabyte long.
    let head: String = node.name.chars().take(NAME.1 * 8).collect();
    let shown = safe(text::visible(&head));
    let role = if node.is_failing() { Role::Error } else { Role::Text };
    let mut line = vec![Piece::new(role, text::fit(&shown, name))];
    let [rate, errors, p95] = FIGURES;
    let Some(figures) = node.figures else {
        line.push(Piece::new(Role::Faint, format!("{:>width$}", "no spans", width = rate + errors + p95)));
        return line;
    };
    let failing = if figures.errors == 0 { "·".to_owned() } else { text::percent(node.failing()) };
    let role = if node.is_failing() { Role::Error } else { Role::Muted };
    line.push(Piece::new(Role::Text, format!("{:>rate$}", text::rate(figures.rate))));
    line.push(Piece::new(role, format!("{failing:>errors$}")));
    line.push(Piece::new(Role::Text, format!("{:>p95$}", text::duration(figures.p95_ns))));
    line
}
