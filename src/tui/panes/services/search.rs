//! A service by its name: what is typed, and the services whose names have it.

use crate::analysis::service_graph::ServiceGraph;
use crate::tui::names::Typed;
use crate::tui::piece::Piece;

/// A search in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Search {
    typed: Typed,
    /// The services whose names have it, by their places in the whole graph, rising.
    found: Vec<usize>,
}

impl Search {
    /// A search for services whose names have `text` in them; `None` where nothing is typed.
    pub(super) fn new(text: &str, all: &ServiceGraph) -> Option<Self> {
        let mut search = Self { typed: Typed::new(text)?, found: Vec::new() };
        search.renew(all);
        Some(search)
    }

    /// Looks again, for services have come or gone. O(names).
    pub(super) fn renew(&mut self, all: &ServiceGraph) {
        let names = all.nodes.iter().enumerate();
        self.found = names.filter(|(_, node)| self.typed.is_in(&node.name)).map(|(at, _)| at).collect();
    }

    /// As it was typed.
    pub(super) fn text(&self) -> &str {
        self.typed.text()
    }

    /// The services that were found, by their places in the whole graph, rising.
    pub(super) fn found(&self) -> &[usize] {
        &self.found
    }

    /// The one that is likely to be meant: whose name is what is typed, else begins with it, else has it.
    pub(super) fn best(&self, all: &ServiceGraph) -> Option<usize> {
        let fit = |node: &usize| all.nodes.get(*node).map(|node| self.typed.fit(&node.name));
        self.found.iter().copied().min_by_key(fit)
    }

    /// What the frame says of it: `/ pay  1 of 3`.
    pub(super) fn told(&self, selected: Option<usize>) -> Vec<Piece> {
        self.typed.told(selected.and_then(|node| self.found.binary_search(&node).ok()), self.found.len())
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
            let search = Search::new(typed, &all).unwrap();
            assert_eq!(search.best(&all).map(|at| names[at]), best, "{typed}");
            assert_eq!(search.found().len(), found, "{typed}");
        }
    }
}
