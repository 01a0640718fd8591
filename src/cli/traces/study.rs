//! What analysis says of one trace, found once for both of its outputs.

use std::sync::Arc;

use crate::analysis::bottlenecks::{Bottleneck, bottlenecks};
use crate::analysis::clock_skew;
use crate::analysis::critical_path::CriticalPath;
use crate::analysis::error_propagation::{ErrorPropagation, ErrorRole, Errors};
use crate::analysis::self_time::self_times;
use crate::analysis::service_map::{self, Edge};
use crate::analysis::trace_tree::TraceTree;
use crate::model::{Nanos, Span};
use crate::store::Trace;

/// A trace and what is known of it. Places are those in `spans`.
pub(super) struct Study<'a> {
    /// The trace.
    pub(super) trace: &'a Trace,
    /// Its spans as a tree.
    pub(super) tree: TraceTree,
    /// What its duration is made of.
    pub(super) path: CriticalPath,
    /// The operations that time is spent on, most first.
    pub(super) bottlenecks: Vec<Bottleneck>,
    /// Its errors, the one that explains most first.
    pub(super) errors: Vec<ErrorPropagation>,
    /// What each span has to do with errors.
    pub(super) roles: Vec<ErrorRole>,
    /// The calls between services.
    pub(super) edges: Vec<Edge>,
    /// Each span's own time.
    pub(super) own: Vec<Nanos>,
    /// What would put each span right whose clock is wrong.
    pub(super) shifts: Vec<Nanos>,
}

impl<'a> Study<'a> {
    /// Looks at a trace. O(n log n).
    pub(super) fn of(trace: &'a Trace) -> Self {
        let spans = trace.spans();
        let tree = TraceTree::build(spans);
        let path = CriticalPath::find(spans, &tree);
        let errors = Errors::of(spans, &tree);
        Self {
            bottlenecks: bottlenecks(spans, &path),
            errors: errors.found(),
            roles: errors.roles(),
            edges: service_map::edges([spans]),
            own: self_times(spans, &tree),
            shifts: clock_skew::adjust(spans, &tree),
            trace,
            tree,
            path,
        }
    }

    /// A span by its place.
    pub(super) fn span(&self, at: usize) -> Option<&'a Arc<Span>> {
        self.trace.spans().get(at)
    }

    /// The place of a span's parent.
    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        let row = self.tree.rows().get(self.tree.row_of(at)?)?;
        Some(self.tree.rows().get(row.parent?)?.span)
    }
}
