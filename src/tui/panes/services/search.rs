//! A service by its name: what is typed, and the services whose names have it.

use crate::analysis::service_graph::ServiceGraph;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::piece::Piece;
use crate::tui::text;

/// Cells of what is typed, on the frame.
const TYPED: usize = 24;

/// A search in force.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Search {
    text: String,
    /// The text as it is looked for: in small letters, as names are.
    wanted: String,
    /// The services whose names have it, by their places in the whole graph, rising.
    found: Vec<usize>,
}

impl Search {
    /// A search for services whose names have `text` in them, in small letters or in capitals.
    pub(super) fn new(text: &str, all: &ServiceGraph) -> Self {
        let mut search = Self { text: text.to_owned(), wanted: text.trim().to_lowercase(), found: Vec::new() };
        search.renew(all);
        search
    }

    /// Looks again, for services have come or gone. O(names).
    pub(super) fn renew(&mut self, all: &ServiceGraph) {
        let names = all.nodes.iter().enumerate();
        self.found = names.filter(|(_, node)| node.name.to_lowercase().contains(&self.wanted)).map(|it| it.0).collect();
    }

    /// As it was typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The services that were found, by their places in the whole graph.
    pub(super) fn found(&self) -> &[usize] {
        &self.found
    }

    /// The one that is likely to be meant: whose name is what is typed, else begins with it, else has it.
    pub(super) fn best(&self, all: &ServiceGraph) -> Option<usize> {
        let rank = |node: &usize| {
            let name = all.nodes.get(*node).map(|node| node.name.to_lowercase()).unwrap_or_default();
            (name != self.wanted, !name.starts_with(&self.wanted), *node)
        };
        self.found.iter().copied().min_by_key(rank)
    }

    /// What the frame says of it: `/ pay 1 of 3`.
    pub(super) fn told(&self, selected: Option<usize>) -> Vec<Piece> {
        let found = self.found.len();
        let place = selected.and_then(|node| self.found.binary_search(&node).ok());
        let (role, count) = match place {
            Some(place) => (Role::Muted, format!("  {} of {found}", place + 1)),
            None if found == 0 => (Role::Warning, "  no service".to_owned()),
            None => (Role::Muted, format!("  {found} found")),
        };
        let typed = text::truncate(&safe(&self.text), TYPED);
        vec![Piece::new(Role::Prompt, "/ "), Piece::new(Role::Text, typed), Piece::new(role, count)]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analysis::service_graph::ServiceNode;

    #[test]
    fn the_best_match_is_the_name_itself_then_what_begins_so() {
        let names = ["a-payment", "Payment-eu", "bank", "payment", "payments"];
        let node = |name: &&str| ServiceNode { name: Arc::from(*name), figures: None };
        let all = ServiceGraph { nodes: names.iter().map(node).collect(), ..ServiceGraph::default() };
        for (typed, best, found) in [
            ("payment", Some("payment"), 4),
            ("PAY", Some("Payment-eu"), 4),
            ("ment", Some("a-payment"), 4),
            (" bank ", Some("bank"), 1),
            ("nobody", None, 0),
        ] {
            let search = Search::new(typed, &all);
            assert_eq!(search.best(&all).map(|at| names[at]), best, "{typed}");
            assert_eq!(search.found().len(), found, "{typed}");
        }
    }
}
