//! Puts spans that were reported without a time where those around them are, so that they can be drawn.

use std::collections::HashMap;

use super::record::Record;
use crate::model::{Nanos, SpanId, TraceId};

/// Gives each record without a start the time of its first annotation, else of the other half of its call, else of its
/// first child, else of its parent. One pass for each, so a chain of such spans gets a time only as far as its neighbours
/// have one. O(n).
pub(super) fn place(records: &mut [Record]) {
    if records.iter().all(|record| record.start != 0) {
        return;
    }
    for record in records.iter_mut().filter(|record| record.start == 0) {
        let first = record.annotations.iter().map(|annotation| annotation.time).filter(|time| *time != 0).min();
        record.put(first);
    }
    let (mut own, mut children): (Starts, Starts) = Default::default();
    for record in records.iter().filter(|record| record.start != 0) {
        note(&mut own, (record.trace_id, record.id), record.start);
        if let Some(parent) = record.parent {
            note(&mut children, (record.trace_id, parent), record.start);
        }
    }
    for record in records.iter_mut().filter(|record| record.start == 0) {
        let id = (record.trace_id, record.id);
        let parent = record.parent.and_then(|parent| own.get(&(record.trace_id, parent)));
        record.put(own.get(&id).or_else(|| children.get(&id)).or(parent).copied());
    }
}

type Starts = HashMap<(TraceId, SpanId), Nanos>;

fn note(starts: &mut Starts, id: (TraceId, SpanId), start: Nanos) {
    let known = starts.entry(id).or_insert(start);
    *known = start.min(*known);
}

impl Record {
    fn put(&mut self, start: Option<Nanos>) {
        if let Some(start) = start {
            self.start = start;
            self.is_placed = true;
        }
    }
}
