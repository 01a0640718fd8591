//! Which service calls which, counted in traces: for each span in another service than its parent one call.
//!
//! The table of traces counts the same live, over the last five minutes; here it is any set of traces, whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Span, SpanIndex};

/// Calls from one service to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    /// The service of the parents.
    pub caller: Arc<str>,
    /// The service of the children.
    pub callee: Arc<str>,
    /// How many children.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
}

/// The calls between services in these traces, each given by its spans, by caller and callee. Who is whose parent is
/// told by [`SpanIndex::parent_of`]. O(n log e) for n spans and e edges.
pub fn edges<'a>(traces: impl IntoIterator<Item = &'a [Arc<Span>]>) -> Vec<Edge> {
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for spans in traces {
        let index = SpanIndex::of(spans);
        for (at, span) in (0..).zip(spans) {
            let parent = index.parent_of(at, spans).and_then(|parent| spans.get(parent as usize));
            let Some(parent) = parent.filter(|parent| parent.service() != span.service()) else { continue };
            let (calls, errors) = counts.entry((parent.service(), span.service())).or_default();
            *calls += 1;
            *errors += u64::from(span.is_error());
        }
    }
    let edge = |((caller, callee), (calls, errors)): ((&str, &str), _)| Edge {
        caller: caller.into(),
        callee: callee.into(),
        calls,
        errors,
    };
    counts.into_iter().map(edge).collect()
}

#[cfg(test)]
mod tests;
