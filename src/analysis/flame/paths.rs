//! Spans counted by the path of (service, operation) that leads to them from the root.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::self_time::self_times;
use crate::analysis::trace_tree::TraceTree;
use crate::model::{Nanos, Span};
use crate::store::Trace;

/// All paths that occur, as a tree. A node stands behind its parent.
#[derive(Default)]
pub(super) struct Paths<'a> {
    pub(super) nodes: Vec<Node>,
    /// Services and operations, each once, by number.
    pub(super) names: Vec<(Arc<str>, Arc<str>)>,
    numbers: HashMap<(&'a str, &'a str), usize>,
    /// The node below a node (or at the root) by the number of its name.
    below: HashMap<(Option<usize>, usize), usize>,
}

/// One path.
pub(super) struct Node {
    pub(super) parent: Option<usize>,
    /// The number of its name; `None` where it stands for several.
    pub(super) name: Option<usize>,
    pub(super) calls: u64,
    pub(super) errors: u64,
    pub(super) own: Nanos,
    /// The sum of its calls' durations until `widen`, its width from then on.
    pub(super) width: Nanos,
    pub(super) is_kept: bool,
    pub(super) is_rest: bool,
}

impl Node {
    fn new(parent: Option<usize>, name: Option<usize>) -> Self {
        Self { parent, name, calls: 0, errors: 0, own: 0, width: 0, is_kept: true, is_rest: name.is_none() }
    }
}

impl<'a> Paths<'a> {
    /// Counts the spans of a trace. O(n log n).
    pub(super) fn take_in(&mut self, trace: &'a Trace) {
        let spans = trace.spans();
        let tree = TraceTree::of(trace);
        let own = self_times(spans, &tree);
        let mut node_of_row: Vec<usize> = Vec::with_capacity(tree.rows().len());
        for row in tree.rows() {
            let parent = row.parent.and_then(|parent| node_of_row.get(parent).copied());
            let at = self.node(parent, &spans[row.span]);
            node_of_row.push(at);
            let (span, node) = (&spans[row.span], &mut self.nodes[at]);
            node.calls += 1;
            node.errors += u64::from(span.is_error());
            node.own = node.own.saturating_add(own[row.span]);
            node.width = node.width.saturating_add(span.duration());
        }
    }

    /// The node of a span that is called from `parent`.
    fn node(&mut self, parent: Option<usize>, span: &'a Span) -> usize {
        let name = (span.service(), &*span.name);
        let next = self.names.len();
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.names.push((Arc::from(name.0), Arc::from(name.1)));
        }
        let nodes = &mut self.nodes;
        *self.below.entry((parent, number)).or_insert_with(|| {
            nodes.push(Node::new(parent, Some(number)));
            nodes.len() - 1
        })
    }

    /// Makes every node at least as wide as its children are together. O(nodes).
    pub(super) fn widen(&mut self) {
        let mut below = vec![0i64; self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            let node = &mut self.nodes[at];
            node.width = node.width.max(below[at]);
            if let Some(parent) = node.parent {
                below[parent] = below[parent].saturating_add(node.width);
            }
        }
    }

    /// Keeps the `most` widest nodes; what is below a kept one and not kept itself becomes one node there. A node is never
    /// wider than its parent and stands behind it, so what is kept hangs together.
    pub(super) fn fold_beyond(&mut self, most: usize) {
        if self.nodes.len() <= most {
            return;
        }
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_unstable_by_key(|at| (Reverse(self.nodes[*at].width), *at));
        for at in order.into_iter().skip(most) {
            self.nodes[at].is_kept = false;
        }
        // Where each node that is not kept goes: to the rest within the last ancestor that is kept.
        let mut rest_in: HashMap<Option<usize>, usize> = HashMap::new();
        let mut goes_to = vec![0; self.nodes.len()];
        for at in 0..goes_to.len() {
            let Node { parent, is_kept, calls, errors, own, width, .. } = self.nodes[at];
            if is_kept {
                continue;
            }
            let is_first = parent.is_none_or(|parent| self.nodes[parent].is_kept);
            let rest = match parent {
                Some(parent) if !is_first => goes_to[parent],
                _ => *rest_in.entry(parent).or_insert_with(|| {
                    self.nodes.push(Node::new(parent, None));
                    self.nodes.len() - 1
                }),
            };
            goes_to[at] = rest;
            let rest = &mut self.nodes[rest];
            rest.calls += calls;
            rest.errors += errors;
            rest.own = rest.own.saturating_add(own);
            rest.width = rest.width.saturating_add(if is_first { width } else { 0 });
        }
    }
}
