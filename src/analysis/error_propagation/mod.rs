//! Where the errors of a trace began, how far they went up, and who absorbed them.
//!
//! What counts as failed is a status of `error`, and nothing else: an `exception` event alone says that something was
//! thrown, not that the operation failed ([`exception`]). A failed span is where an error began unless a child of it failed
//! and passed that on; a span that did not fail though a child did has absorbed an error, by trying again, by a fallback,
//! or by not caring. These classes are those of CRISP's error statistics (Zhang et al., USENIX ATC 2022), which go by the
//! tree alone: a failed child always explains a failed parent.
//!
//! Here it does so unless the spans show that it can not be the reason: it was made good by a later call that asked the
//! same and went well, or it began after its parent had ended; `excuse` states when that is certain. A failed parent that
//! has such children only has absorbed their errors, and failed later for a reason of its own: it is an origin itself.
//! Where several children failed that are not excused, each of them explains the parent. Of the two halves of a call the
//! server's is below the client's, as everywhere in a tree.

use std::cmp::Reverse;
use std::sync::Arc;

use super::trace_tree::TraceTree;
use crate::model::{Nanos, Span, SpanEvent};

mod excuse;

/// What a span has to do with the errors of its trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ErrorRole {
    /// Nothing: neither it nor a child of it failed.
    #[default]
    None,
    /// It failed, and no child of it did: here an error began.
    Origin,
    /// It failed, and children of it did that can not be why: here errors ended, and another one began.
    Anew,
    /// It failed, and so did a child of it that may be why: an error came up through it.
    Propagated,
    /// It did not fail, though a child of it did: here an error ended.
    Recovered,
}

impl ErrorRole {
    /// Whether an error began here.
    pub fn is_origin(self) -> bool {
        matches!(self, Self::Origin | Self::Anew)
    }
}

/// One error, from where it began to where it ended. Spans are told by their places in the slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorPropagation {
    /// The failed span without a failed child that may be why.
    pub origin: usize,
    /// How many spans above it failed of it, one the parent of the other.
    pub affected: usize,
    /// The last of these; `origin` itself if there is none.
    pub outermost: usize,
    /// The parent of `outermost`, which did not fail, or failed of something else; `None` if the error reached a root, or
    /// a span whose parent is not there.
    pub recovery: Option<usize>,
}

/// How far an error of a row goes up.
#[derive(Clone, Copy)]
struct Reach {
    failed: usize,
    outermost: usize,
    recovery: Option<usize>,
}

impl ErrorPropagation {
    /// The spans that failed, one after the other: `origin` first, `outermost` last. `tree` must be that which it was found
    /// in. A step takes O(1).
    pub fn cascade(&self, tree: &TraceTree) -> impl Iterator<Item = usize> {
        std::iter::successors(tree.row_of(self.origin), |&row| tree.rows().get(row)?.parent)
            .map_while(|row| Some(tree.rows().get(row)?.span))
            .take(self.affected.saturating_add(1))
    }
}

/// The errors of one trace, told apart once for all that is asked of them.
#[derive(Debug)]
pub struct Errors<'a> {
    spans: &'a [Arc<Span>],
    tree: &'a TraceTree,
    /// Of each row whether it failed, and its parent of that.
    passed_on: Vec<bool>,
}

impl<'a> Errors<'a> {
    /// `tree` must have been built from `spans`. O(n log n).
    pub fn of(spans: &'a [Arc<Span>], tree: &'a TraceTree) -> Self {
        Self { spans, tree, passed_on: excuse::passed_on(spans, tree) }
    }

    /// One for each span where an error began: those first that most spans failed of, of these the one that was there
    /// first. O(n log n); what a cascade consists of is walked through on demand, as all of them together can have n² spans.
    pub fn found(&self) -> Vec<ErrorPropagation> {
        let reaches = self.reaches();
        let origins = (0..).zip(self.roles()).filter(|(_, role)| role.is_origin());
        let mut found: Vec<ErrorPropagation> = origins
            .filter_map(|(origin, _)| {
                let Reach { failed, outermost, recovery } = *reaches.get(self.tree.row_of(origin)?)?;
                Some(ErrorPropagation { origin, affected: failed - 1, outermost, recovery })
            })
            .collect();
        let ended = |span: usize| self.spans.get(span).map(|span| (span.end, span.start, span.span_id));
        found.sort_by_key(|it| (Reverse(it.affected), ended(it.origin), it.origin));
        found
    }

    /// What each span has to do with errors, in the order of the spans. O(n).
    pub fn roles(&self) -> Vec<ErrorRole> {
        let rows = self.tree.rows();
        // Of each row whether errors of children came up to it, and whether some ended there.
        let mut below = vec![(false, false); rows.len()];
        for (at, (row, has_passed)) in rows.iter().zip(&self.passed_on).enumerate() {
            if let Some(parent) = row.parent.filter(|_| self.is_failed(at)) {
                let (came, ended) = below[parent];
                below[parent] = (came || *has_passed, ended || !*has_passed);
            }
        }
        let mut roles = vec![ErrorRole::None; self.spans.len()];
        for (at, (row, below)) in rows.iter().zip(below).enumerate() {
            roles[row.span] = match (self.is_failed(at), below) {
                (true, (true, _)) => ErrorRole::Propagated,
                (true, (false, true)) => ErrorRole::Anew,
                (true, (false, false)) => ErrorRole::Origin,
                (false, (false, false)) => ErrorRole::None,
                (false, _) => ErrorRole::Recovered,
            };
        }
        roles
    }

    /// For each row the row below it that its error came from: of several failed children that may be why, the last to end.
    /// Of a row that only absorbed errors it is the last of those. `None` where an error began, and where there is none.
    /// From any row of an error these lead to an origin. O(n).
    pub fn causes(&self) -> Vec<Option<usize>> {
        let rows = self.tree.rows();
        let mut causes: Vec<Option<(Nanos, usize)>> = vec![None; rows.len()];
        for (at, (row, has_passed)) in rows.iter().zip(&self.passed_on).enumerate() {
            let (Some(span), Some(parent)) = (self.spans.get(row.span), row.parent) else { continue };
            let is_cause = *has_passed || (span.is_error() && !self.is_failed(parent));
            if is_cause && causes[parent].is_none_or(|(end, _)| end <= span.end) {
                causes[parent] = Some((span.end, at));
            }
        }
        causes.into_iter().map(|cause| cause.map(|(_, row)| row)).collect()
    }

    fn is_failed(&self, row: usize) -> bool {
        self.tree.rows().get(row).and_then(|row| self.spans.get(row.span)).is_some_and(|span| span.is_error())
    }

    /// For each row, if it failed, how many spans failed of one error from it upwards, and where that ends. Parents come
    /// first in a tree, so one pass is enough.
    fn reaches(&self) -> Vec<Reach> {
        let rows = self.tree.rows();
        let mut reaches: Vec<Reach> = Vec::with_capacity(rows.len());
        for (row, has_passed) in rows.iter().zip(&self.passed_on) {
            let above = row.parent.and_then(|parent| reaches.get(parent)).filter(|_| *has_passed);
            reaches.push(match above {
                Some(above) => Reach { failed: above.failed + 1, ..*above },
                None => Reach {
                    failed: 1,
                    outermost: row.span,
                    recovery: row.parent.and_then(|parent| rows.get(parent)).map(|parent| parent.span),
                },
            });
        }
        reaches
    }
}

/// The last exception that a span tells of, whatever became of the span.
pub fn exception(span: &Span) -> Option<&SpanEvent> {
    span.events.iter().filter(|event| &*event.name == "exception").max_by_key(|event| event.time)
}

#[cfg(test)]
mod tests;
