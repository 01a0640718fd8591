//! The spans that came lately, for whoever must see each of them once: a recording.
//!
//! A [`SpanTail`] collects from the moment it is taken until it is dropped, at most [`MAX_TAIL`] spans between two
//! reads. Who reads too seldom misses the oldest and is told how many. While nobody holds one, nothing is collected.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::model::Span;

/// Spans that a tail holds between two reads: at 50,000 a second, more than a second's worth.
pub const MAX_TAIL: usize = 65_536;

/// Every span that is added to the trace table, in the order of arrival, also those of which the table keeps none.
#[derive(Debug)]
pub struct SpanTail {
    pending: Arc<Mutex<Pending>>,
}

/// What [`SpanTail::take`] found.
#[derive(Clone, Debug, Default)]
pub struct FreshSpans {
    /// The spans that came since the last call.
    pub spans: Vec<Arc<Span>>,
    /// Spans before them that came and were not kept.
    pub missed: u64,
}

#[derive(Debug, Default)]
struct Pending {
    spans: VecDeque<Arc<Span>>,
    missed: u64,
}

/// The table's side: the tails that somebody still holds.
#[derive(Debug, Default)]
pub(super) struct Tails(Vec<Weak<Mutex<Pending>>>);

impl SpanTail {
    /// What came since the last call.
    pub fn take(&self) -> FreshSpans {
        let taken = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        FreshSpans { spans: taken.spans.into(), missed: taken.missed }
    }
}

impl Tails {
    /// A tail that collects from now on.
    pub(super) fn start(&mut self) -> SpanTail {
        let pending = Arc::<Mutex<Pending>>::default();
        self.0.push(Arc::downgrade(&pending));
        SpanTail { pending }
    }

    /// Hands a batch to every tail. O(spans × tails); O(1) without any.
    pub(super) fn extend(&mut self, spans: &[Arc<Span>]) {
        self.0.retain(|tail| {
            let Some(pending) = tail.upgrade() else { return false };
            pending.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
            true
        });
    }
}

impl Pending {
    fn extend(&mut self, spans: &[Arc<Span>]) {
        self.spans.extend(spans.iter().map(Arc::clone));
        let over = self.spans.len().saturating_sub(MAX_TAIL);
        self.spans.drain(..over);
        self.missed += over as u64;
    }
}
