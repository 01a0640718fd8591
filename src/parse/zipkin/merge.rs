//! Puts together what was reported of one half of a call in several parts, as Zipkin does when it reads a trace: a flush
//! before the end, a tag that came late. Client and server with one id stay two.

use std::collections::HashMap;

use super::record::{Endpoint, Record};
use crate::model::{SpanKind, TraceId};

/// Records with one id that a further one is compared with; real calls have two, a message to many receivers a few more.
const HALVES: usize = 32;

/// One id for a trace of which some spans were cut to 64 bits: the long one, where there is only one that ends so.
pub(super) fn unite_ids(records: &mut [Record]) {
    let mut longest: HashMap<u64, Option<TraceId>> = HashMap::new();
    for record in records.iter().filter(|record| !record.trace_id.is_64_bit()) {
        let known = longest.entry(record.trace_id.low64()).or_insert(Some(record.trace_id));
        if *known != Some(record.trace_id) {
            *known = None;
        }
    }
    for record in records.iter_mut().filter(|record| record.trace_id.is_64_bit()) {
        if let Some(Some(long)) = longest.get(&record.trace_id.low64()) {
            record.trace_id = *long;
        }
    }
}

/// The records without those that are parts of another. O(n log n).
pub(super) fn merge(mut records: Vec<Record>) -> Vec<Record> {
    // Reports with a kind first, so that one without finds the half it belongs to.
    records.sort_by_key(|record| (record.trace_id, record.id, record.kind.is_none(), record.is_server_half()));
    let mut merged: Vec<Record> = Vec::with_capacity(records.len());
    let mut first = 0;
    for record in records {
        if merged.get(first).is_none_or(|known| (known.trace_id, known.id) != (record.trace_id, record.id)) {
            first = merged.len();
        }
        let halves = merged.iter_mut().skip(first).take(HALVES);
        match best_of(halves, &record) {
            Some(known) => known.take_over(record),
            None => merged.push(record),
        }
    }
    follow_clients(&mut merged);
    merged
}

/// The record that `part` is a part of.
fn best_of<'a>(halves: impl Iterator<Item = &'a mut Record>, part: &Record) -> Option<&'a mut Record> {
    let mut found: Option<&mut Record> = None;
    for half in halves.filter(|half| half.has_part(part)) {
        // A report without a kind is rather of the server: clients know what they are.
        if found.as_ref().is_none_or(|found| !found.is_server_half() && half.is_server_half()) {
            found = Some(half);
        }
    }
    found
}

/// A server's half that was reported without its parent has that of the client's half, which stands in front of it.
fn follow_clients(records: &mut [Record]) {
    let mut client = None;
    for record in records {
        let call = (record.trace_id, record.id);
        if record.kind == Some(SpanKind::Client) {
            client = Some((call, record.parent));
        } else if let Some((_, parent)) = client.filter(|(of, _)| *of == call && record.is_server_half()) {
            record.parent = record.parent.or(parent);
        }
    }
}

impl Record {
    /// Whether `part`, a record with the same id, is of the same half of a call.
    fn has_part(&self, part: &Self) -> bool {
        let is_same_side = match (self.kind, part.kind) {
            (Some(_), None) => !part.is_shared || self.is_server_half(),
            (ours, theirs) => ours == theirs && self.is_shared == part.is_shared,
        };
        is_same_side && self.local.is_compatible(&part.local)
    }

    /// Fills gaps with what `part` has; the first start and the longest duration count.
    fn take_over(&mut self, part: Self) {
        self.parent = self.parent.or(part.parent);
        self.kind = self.kind.or(part.kind);
        if self.name.is_empty() || self.name == "unknown" {
            self.name = part.name;
        }
        self.start = match (self.start, part.start) {
            (0, start) | (start, 0) => start,
            (ours, theirs) => ours.min(theirs),
        };
        self.duration = self.duration.max(part.duration);
        self.local.fill(part.local);
        self.remote.fill(part.remote);
        for annotation in part.annotations {
            if !self.annotations.contains(&annotation) {
                self.annotations.push(annotation);
            }
        }
        self.tags.extend(part.tags);
        self.is_debug |= part.is_debug;
        self.is_shared |= part.is_shared;
    }
}

impl Endpoint {
    /// Whether nothing that both say differs.
    fn is_compatible(&self, other: &Self) -> bool {
        let agree = |ours: &str, theirs: &str| ours.is_empty() || theirs.is_empty() || ours == theirs;
        agree(&self.service, &other.service)
            && agree(&self.ipv4, &other.ipv4)
            && agree(&self.ipv6, &other.ipv6)
            && (self.port == 0 || other.port == 0 || self.port == other.port)
    }

    fn fill(&mut self, other: Self) {
        for (ours, theirs) in
            [(&mut self.service, other.service), (&mut self.ipv4, other.ipv4), (&mut self.ipv6, other.ipv6)]
        {
            if ours.is_empty() {
                *ours = theirs;
            }
        }
        if self.port == 0 {
            self.port = other.port;
        }
    }
}
