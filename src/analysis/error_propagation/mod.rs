//! Where the errors of a trace began, how far they went up, and who absorbed them.
//!
//! What counts as failed is a status of `error`, and nothing else: an `exception` event alone says that something was
//! thrown, not that the operation failed ([`exception`]). The classes are those of CRISP's error statistics (Zhang et
//! al., USENIX ATC 2022): a failed span is where an error began if none of its children failed, else it passed one
//! on; a span that did not fail though a child did has absorbed an error, by trying again, by a fallback, or by not
//! caring.
//!
//! Time plays no part. So a parent that fails for a reason of its own, after a child that failed was dealt with, is
//! told as passing on that child's error: a trace can not tell these apart. Where several children failed, each of
//! them explains the parent. Of the two halves of a call the server's is below the client's, as everywhere in a tree.

use std::cmp::Reverse;
use std::sync::Arc;

use super::trace_tree::TraceTree;
use crate::model::{Span, SpanEvent};

/// What a span has to do with the errors of its trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ErrorRole {
    /// Nothing: neither it nor a child of it failed.
    #[default]
    None,
    /// It failed, and no child of it did: here an error began.
    Origin,
    /// It failed, and so did a child of it: an error came up through it.
    Propagated,
    /// It did not fail, though a child of it did: here an error ended.
    Recovered,
}

/// One error, from where it began to where it ended. Spans are told by their places in the slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorPropagation {
    /// The failed span without a failed child.
    pub origin: usize,
    /// How many spans failed above it, one the parent of the other.
    pub affected: usize,
    /// The last of these; `origin` itself if there is none.
    pub outermost: usize,
    /// The parent of `outermost`, which did not fail; `None` if the error reached a root, or a span whose parent is not
    /// there.
    pub recovery: Option<usize>,
}

/// How far the failed spans that end at a row go up.
#[derive(Clone, Copy)]
struct Reach {
    failed: usize,
    outermost: usize,
    recovery: Option<usize>,
}

impl ErrorPropagation {
    /// The spans that failed, one after the other: `origin` first, `outermost` last. `spans` and `tree` must be those
    /// that it was found in. A step takes O(1).
    pub fn cascade(&self, spans: &[Arc<Span>], tree: &TraceTree) -> impl Iterator<Item = usize> {
        std::iter::successors(tree.row_of(self.origin), |&row| tree.rows().get(row)?.parent)
            .map_while(|row| Some(tree.rows().get(row)?.span))
            .take_while(|&span| spans.get(span).is_some_and(|it| it.is_error()))
    }
}

/// The errors of a trace, one for each span where one began: those first that most spans failed of, of these the one
/// that was there first. `tree` must have been built from `spans`. O(n log n); what a cascade consists of is walked
/// through on demand, as all of them together can have n² spans.
pub fn find(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<ErrorPropagation> {
    find_among(&roles(spans, tree), spans, tree)
}

/// The same where the [`roles`] are known.
pub fn find_among(roles: &[ErrorRole], spans: &[Arc<Span>], tree: &TraceTree) -> Vec<ErrorPropagation> {
    if !roles.contains(&ErrorRole::Origin) {
        return Vec::new();
    }
    let reaches = reaches(spans, tree);
    let origins = (0..).zip(roles).filter(|(_, role)| **role == ErrorRole::Origin);
    let mut found: Vec<ErrorPropagation> = origins
        .filter_map(|(origin, _)| {
            let Reach { failed, outermost, recovery } = *reaches.get(tree.row_of(origin)?)?;
            Some(ErrorPropagation { origin, affected: failed - 1, outermost, recovery })
        })
        .collect();
    let ended = |span: usize| spans.get(span).map(|span| (span.end, span.start, span.span_id));
    found.sort_by_key(|it| (Reverse(it.affected), ended(it.origin), it.origin));
    found
}

/// What each span has to do with errors, in the order of `spans`. `tree` must have been built from them. O(n).
pub fn roles(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<ErrorRole> {
    let mut has_failed_child = vec![false; tree.rows().len()];
    for row in tree.rows() {
        if let Some(parent) = row.parent
            && spans.get(row.span).is_some_and(|span| span.is_error())
        {
            has_failed_child[parent] = true;
        }
    }
    let mut roles = vec![ErrorRole::None; spans.len()];
    for (row, has_failed_child) in tree.rows().iter().zip(has_failed_child) {
        roles[row.span] = match (spans.get(row.span).is_some_and(|span| span.is_error()), has_failed_child) {
            (true, false) => ErrorRole::Origin,
            (true, true) => ErrorRole::Propagated,
            (false, true) => ErrorRole::Recovered,
            (false, false) => ErrorRole::None,
        };
    }
    roles
}

/// The last exception that a span tells of, whatever became of the span.
pub fn exception(span: &Span) -> Option<&SpanEvent> {
    span.events.iter().filter(|event| &*event.name == "exception").max_by_key(|event| event.time)
}

/// For each row how many failed spans there are from it upwards without a gap, and where they end. Parents come first
/// in `tree`, so one pass is enough.
fn reaches(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<Reach> {
    let mut reaches: Vec<Reach> = Vec::with_capacity(tree.rows().len());
    for row in tree.rows() {
        let above = row.parent.and_then(|parent| reaches.get(parent)).copied();
        let above = above.unwrap_or(Reach { failed: 0, outermost: row.span, recovery: None });
        reaches.push(if spans.get(row.span).is_none_or(|span| !span.is_error()) {
            Reach { failed: 0, outermost: row.span, recovery: Some(row.span) }
        } else if above.failed == 0 {
            Reach { failed: 1, outermost: row.span, ..above }
        } else {
            Reach { failed: above.failed + 1, ..above }
        });
    }
    reaches
}

#[cfg(test)]
mod tests;
