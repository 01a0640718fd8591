//! What is searched for in a trace, and where it stands.

use std::sync::Arc;

use crate::analysis::study::Study;
use crate::query::Plan;

/// A search in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    text: String,
    plan: Option<Arc<Plan>>,
    /// The rows that match, rising.
    rows: Arc<[usize]>,
}

impl Search {
    /// A search for what `plan` asks, written as `text`; without a plan nothing is searched for.
    pub(super) fn new(text: &str, plan: Option<Arc<Plan>>, study: &Study) -> Self {
        let mut search = Self { text: text.to_owned(), plan, rows: Arc::default() };
        search.renew(study);
        search
    }

    /// Looks again, for the trace has grown. O(spans · parts of the query).
    pub(super) fn renew(&mut self, study: &Study) {
        let Some(plan) = &self.plan else { return };
        let matches = plan.matching_spans(&study.summary, study.spans());
        let rows = study.tree.rows().iter().enumerate();
        self.rows = rows.filter(|(_, row)| matches.get(row.span).copied().unwrap_or(false)).map(|(at, _)| at).collect();
    }

    /// As it was written; empty where nothing is searched for.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether something is searched for.
    pub(super) fn is_active(&self) -> bool {
        self.plan.is_some()
    }

    /// The rows that match, rising.
    pub(super) fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Whether a row matches. O(log matches).
    pub(super) fn is_match(&self, row: usize) -> bool {
        self.rows.binary_search(&row).is_ok()
    }

    /// Where among the matches a row is, counted from 1.
    pub(super) fn number_of(&self, row: usize) -> Option<usize> {
        self.rows.binary_search(&row).ok().map(|at| at + 1)
    }
}
