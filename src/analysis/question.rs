//! Questions to the trace table whose answers take longer than a frame: asked by the screen, answered in a thread.

use std::sync::Arc;

use super::comparison::{Comparison, compare, compare_with_usual};
use super::flame::{FlameGraph, flame};
use super::operations::{OperationStats, operations};
use super::study::Study;
use crate::model::TraceId;
use crate::query::Plan;
use crate::store::{Trace, TraceReader};

/// Traces that one answer is made of, at most.
const MAX_TRACES: usize = 2000;
/// Spans that one answer is made of, at most, but for the first trace.
const MAX_SPANS: usize = 1_000_000;
/// Traces that "usual" is made of, at most.
const MAX_USUAL: usize = 200;

/// Traces without errors that are enough for "usual"; where there are fewer, failed ones are taken as well.
const ENOUGH: usize = 5;
/// Traces that a list is made of, at most: the latest.
pub const MAX_LISTED: usize = 10_000;

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub enum Question {
    /// Which of the latest [`MAX_LISTED`] traces are meant.
    Verdicts(Selection),
    /// Operations and flame graph of these traces.
    Aggregate(Selection),
    /// How a trace differs from another, or from what is usual for its operation.
    Compare {
        /// The trace that is looked at.
        trace: TraceId,
        /// The one that it is measured by.
        with: Option<TraceId>,
    },
    /// What a trace says when it is laid out, with its clocks corrected if that is asked for.
    Study(TraceState, bool),
}

/// A trace as it was when it was asked about. It is equal to itself alone: what has come since makes another one of it.
#[derive(Clone, Debug)]
pub struct TraceState(pub Arc<Trace>);

impl PartialEq for TraceState {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Which traces are meant.
#[derive(Clone, Debug)]
pub enum Selection {
    /// This one.
    One(TraceId),
    /// These.
    These(Arc<[TraceId]>),
    /// The latest that match.
    Matching(Arc<Plan>),
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(a), Self::One(b)) => a == b,
            (Self::These(a), Self::These(b)) => a == b,
            (Self::Matching(a), Self::Matching(b)) => a.source_text() == b.source_text(),
            _ => false,
        }
    }
}

/// The answer to a [`Question`].
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// To [`Question::Verdicts`].
    Verdicts(Vec<Verdict>),
    /// To [`Question::Aggregate`].
    Aggregate(Aggregate),
    /// To [`Question::Compare`].
    Comparison(Comparison),
    /// To [`Question::Study`].
    Study(Arc<Study>),
    /// What is missing for an answer, in words.
    Nothing(String),
}

/// Whether a trace is meant, as it was when it was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The trace.
    pub trace: TraceId,
    /// Its [`Trace::revision`] then.
    pub revision: u64,
    /// Whether it is meant.
    pub is_meant: bool,
}

/// What traces say together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Aggregate {
    /// Traces that it is made of.
    pub traces: usize,
    /// Spans that it is made of.
    pub spans: usize,
    /// Whether there were more traces than were looked at.
    pub is_partial: bool,
    /// Their operations, most own time first.
    pub operations: Vec<OperationStats>,
    /// Their flame graph.
    pub flame: FlameGraph,
}

impl Question {
    /// Whether nobody needs the answer to `other` who has the one to this question: it is the same, or about the same trace
    /// at another time.
    pub fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Study(ours, _), Self::Study(theirs, _)) => ours.0.id == theirs.0.id,
            _ => self == other,
        }
    }

    /// The answer by what is in memory now. Takes as long as the spans that are meant, see [`MAX_SPANS`]; the table is
    /// held for copying `Arc`s only.
    pub fn answer(&self, table: &TraceReader) -> Answer {
        match self {
            Self::Verdicts(selection) => verdicts(selection, table),
            Self::Aggregate(selection) => aggregate(selection, table),
            Self::Compare { trace, with: Some(with) } => match (table.get(*with), table.get(*trace)) {
                (Some(a), Some(b)) => Answer::Comparison(compare(&a, &b)),
                (None, _) => Answer::Nothing(format!("trace {} is not in memory any more", with.short())),
                (_, None) => Answer::Nothing(format!("trace {} is not in memory any more", trace.short())),
            },
            Self::Study(state, is_corrected) => Answer::Study(Arc::new(Study::of(Arc::clone(&state.0), *is_corrected))),
            Self::Compare { trace, with: None } => match table.get(*trace) {
                Some(trace) => usual(&trace, table),
                None => Answer::Nothing(format!("trace {} is not in memory any more", trace.short())),
            },
        }
    }
}

/// Each trace is let go as soon as it was looked at, so that few are copied because more spans come.
fn verdicts(selection: &Selection, table: &TraceReader) -> Answer {
    let is_meant = |trace: &Trace| match selection {
        Selection::One(id) => trace.id == *id,
        Selection::These(ids) => ids.contains(&trace.id),
        Selection::Matching(plan) => plan.matches_trace(&trace.summary(), trace.spans()),
    };
    let latest = table.latest(MAX_LISTED).into_iter();
    let verdict =
        |trace: Arc<Trace>| Verdict { trace: trace.id, revision: trace.revision(), is_meant: is_meant(&trace) };
    Answer::Verdicts(latest.map(verdict).collect())
}

fn aggregate(selection: &Selection, table: &TraceReader) -> Answer {
    let mut traces: Vec<Arc<Trace>> = match selection {
        Selection::One(id) => table.get(*id).into_iter().collect(),
        Selection::These(ids) => ids.iter().take(MAX_TRACES).filter_map(|id| table.get(*id)).collect(),
        Selection::Matching(plan) => {
            // Looked for among as many as are listed, so that what is told is told of what one sees.
            let latest = table.latest(MAX_LISTED).into_iter();
            let meant = latest.filter(|trace| plan.matches_trace(&trace.summary(), trace.spans()));
            meant.take(MAX_TRACES + 1).collect()
        }
    };
    let wanted = match selection {
        Selection::These(ids) => ids.len(),
        Selection::One(_) => 1,
        Selection::Matching(_) => table.len().saturating_sub(MAX_LISTED) + traces.len(),
    };
    traces.truncate(MAX_TRACES);
    let mut spans = 0;
    let within = traces.iter().take_while(|trace| {
        spans += trace.spans().len();
        spans <= MAX_SPANS
    });
    let count = within.count().max(usize::from(!traces.is_empty()));
    traces.truncate(count);
    Answer::Aggregate(Aggregate {
        traces: traces.len(),
        spans: traces.iter().map(|trace| trace.spans().len()).sum(),
        is_partial: wanted > traces.len(),
        operations: operations(&traces),
        flame: flame(&traces),
    })
}

/// Compares a trace with the latest complete ones that begin with the same operation: those without errors where there are
/// enough of them.
fn usual(trace: &Trace, table: &TraceReader) -> Answer {
    let lead = trace.summary();
    let alike = |without_errors: bool| {
        table.recent(0, MAX_USUAL, |it| {
            it.id != lead.id
                && it.is_complete
                && !(without_errors && it.errors > 0)
                && it.service == lead.service
                && it.operation == lead.operation
        })
    };
    let mut found = alike(true);
    let is_error_free = found.len() >= ENOUGH;
    if !is_error_free {
        found = alike(false);
    }
    let mut spans = 0;
    let within = found.iter().take_while(|it| {
        spans += it.spans as usize;
        spans <= MAX_SPANS
    });
    let count = within.count().max(1);
    let others: Vec<Arc<Trace>> = found.iter().take(count).filter_map(|it| table.get(it.id)).collect();
    if others.is_empty() {
        return Answer::Nothing(format!(
            "there is no other complete trace of {} {} in memory",
            lead.service, lead.operation
        ));
    }
    let mut comparison = compare_with_usual(trace, &others);
    comparison.a.is_error_free = is_error_free;
    Answer::Comparison(comparison)
}
