//! The rows that the log pane can stand on: all lines, or those a filter let through, without those that are gone.
//!
//! Positions are line ids, never row numbers: lines arrive and are evicted, ids stay. Segments that a frozen view
//! shows are pinned, so their lines are there for as long as the view is, though the ring has let them go.

use std::sync::Arc;

use crate::query::Matches;
use crate::store::{Line, LineId, Segment, Snapshot};

/// Rows one can move over. Borrows what it looks at.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// What is held.
    pub(super) snapshot: &'a Snapshot,
    /// Segments kept alive for a frozen view, oldest first.
    pub(super) pins: &'a [Arc<Segment>],
    /// Lines that the filter let through; all without one.
    pub(super) matching: Option<&'a Matches>,
    /// Lines before and after each of them that are rows too.
    pub(super) context: u64,
}

impl<'a> Rows<'a> {
    /// The line with this id while it is held or pinned.
    pub(super) fn line(&self, id: LineId) -> Option<Line<'a>> {
        self.snapshot.line(id).or_else(|| self.pins.iter().find_map(|segment| segment.line(id)))
    }

    /// The newest row.
    pub(super) fn last(&self) -> Option<LineId> {
        let last = self.snapshot.end().checked_sub(1)?;
        if self.matching.is_some() { self.at_or_before(last) } else { Some(last).filter(|id| self.is_there(*id)) }
    }

    /// The oldest row.
    pub(super) fn first(&self) -> Option<LineId> {
        self.at_or_after(0)
    }

    /// The row after `id`.
    pub(super) fn next(&self, id: LineId) -> Option<LineId> {
        self.at_or_after(id + 1)
    }

    /// The row before `id`.
    pub(super) fn previous(&self, id: LineId) -> Option<LineId> {
        self.at_or_before(id.checked_sub(1)?)
    }

    /// The first row from `id` on.
    pub(super) fn at_or_after(&self, id: LineId) -> Option<LineId> {
        let Some(ids) = self.matching else { return self.there_from(id) };
        let mut from = id;
        loop {
            let matching = ids.at_or_after(from.saturating_sub(self.context))?;
            let candidate = from.max(matching.saturating_sub(self.context));
            from = self.there_from(candidate)?;
            if from == candidate {
                return Some(candidate);
            }
        }
    }

    /// The last row up to `id`.
    pub(super) fn at_or_before(&self, id: LineId) -> Option<LineId> {
        let Some(ids) = self.matching else { return self.there_until(id) };
        let mut until = id;
        loop {
            let matching = ids.at_or_before(until.saturating_add(self.context))?;
            let candidate = until.min(matching.saturating_add(self.context));
            until = self.there_until(candidate)?;
            if until == candidate {
                return Some(candidate);
            }
        }
    }

    /// The row nearest to `id`: itself, else the next, else the one before.
    pub(super) fn nearest(&self, id: LineId) -> Option<LineId> {
        self.at_or_after(id).or_else(|| self.at_or_before(id))
    }

    /// Whether line `id` is a row only for the match near it.
    pub(super) fn is_context(&self, id: LineId) -> bool {
        self.context > 0 && self.matching.is_some_and(|ids| !ids.contains(id))
    }

    /// Whether lines are left out between row `id` and the one before it, where context is shown.
    pub(super) fn begins_group(&self, id: LineId) -> bool {
        let is_grouped = self.context > 0 && self.matching.is_some();
        is_grouped && self.previous(id).is_some_and(|before| before + 1 < id)
    }

    /// How many rows there are without context, pinned ones that the ring has let go left out.
    pub(super) fn len(&self) -> u64 {
        match self.matching {
            Some(ids) => ids.len() - ids.rank(self.snapshot.first()),
            None => self.snapshot.len(),
        }
    }

    /// How many rows come after `id`, without context.
    pub(super) fn count_after(&self, id: LineId) -> u64 {
        match self.matching {
            Some(ids) => ids.len() - ids.rank(id + 1),
            None => self.snapshot.end().saturating_sub(id + 1),
        }
    }

    fn is_there(&self, id: LineId) -> bool {
        self.snapshot.segment_of(id).is_some() || self.pins.iter().any(|segment| segment.holds(id))
    }

    /// The first held or pinned line from `id` on. Pins are few and lie before what is held, or within it.
    fn there_from(&self, id: LineId) -> Option<LineId> {
        let pinned = self.pins.iter().filter(|segment| segment.end() > id).map(|segment| segment.first().max(id)).min();
        let held = (id < self.snapshot.end() && !self.snapshot.is_empty()).then(|| id.max(self.snapshot.first()));
        pinned.into_iter().chain(held).min()
    }

    /// The last held or pinned line up to `id`.
    fn there_until(&self, id: LineId) -> Option<LineId> {
        let pinned =
            self.pins.iter().filter(|segment| segment.first() <= id).map(|segment| (segment.end() - 1).min(id));
        let is_held = id >= self.snapshot.first() && !self.snapshot.is_empty();
        let held = is_held.then(|| id.min(self.snapshot.end() - 1));
        pinned.chain(held).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FormatId, Severity};
    use crate::store::{LogReader, LogWriter, NewLine, log_store};

    fn push(writer: &mut LogWriter, count: usize) {
        for _ in 0..count {
            writer.push(&NewLine {
                time: 1,
                severity: Severity::UNSET,
                source: 0,
                service: 0,
                format: FormatId::TEXT,
                text: &[b'x'; 1000],
                trace_id: None,
                span_id: None,
                record: None,
                resource: None,
            });
        }
        writer.publish();
    }

    /// A ring that has evicted its first lines, and a pin on the first segment that it once had.
    fn evicted() -> (LogWriter, LogReader, Vec<Arc<Segment>>) {
        let (mut writer, reader) = log_store(64 << 10, 0);
        push(&mut writer, 3);
        let pins = reader.snapshot().segments().cloned().collect();
        push(&mut writer, 300);
        (writer, reader, pins)
    }

    #[test]
    fn pinned_rows_stay_and_the_gap_behind_them_is_stepped_over() {
        let (_writer, reader, pins) = evicted();
        let snapshot = reader.snapshot();
        let first = snapshot.first();
        assert!(first > 3, "the ring has evicted");
        let rows = Rows { snapshot: &snapshot, pins: &pins, matching: None, context: 0 };
        assert_eq!((rows.first(), rows.next(1), rows.next(2)), (Some(0), Some(2), Some(first)));
        assert_eq!((rows.previous(first), rows.previous(0)), (Some(2), None));
        assert_eq!((rows.nearest(first - 1), rows.last()), (Some(first), Some(302)));
        assert_eq!(Rows { pins: &[], ..rows }.nearest(0), Some(first));
    }

    #[test]
    fn filtered_rows_skip_what_is_gone() {
        let (_writer, reader, pins) = evicted();
        let snapshot = reader.snapshot();
        let first = snapshot.first();
        let matching: Matches = [1, first - 1, first, first + 5].into_iter().collect();
        let rows = Rows { snapshot: &snapshot, pins: &pins, matching: Some(&matching), context: 0 };
        assert_eq!((rows.first(), rows.next(1), rows.previous(first)), (Some(1), Some(first), Some(1)));
        assert_eq!((rows.len(), rows.count_after(first), rows.last()), (2, 1, Some(first + 5)));
        assert_eq!((rows.nearest(first + 2), rows.nearest(first + 9)), (Some(first + 5), Some(first + 5)));
    }

    #[test]
    fn lines_around_a_match_are_rows_too_while_they_are_there() {
        let (_writer, reader, _) = evicted();
        let snapshot = reader.snapshot();
        let (first, end) = (snapshot.first(), snapshot.end());
        let matching = [first - 1, first + 5, first + 9, end - 1].into_iter().collect();
        let rows = Rows { snapshot: &snapshot, pins: &[], matching: Some(&matching), context: 2 };
        let all = std::iter::successors(rows.first(), |id| rows.next(*id));
        let shown: Vec<u64> = all.take(13).map(|id| id - first).collect();
        let late = end - 3 - first;
        assert_eq!(shown, [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, late, late + 1]);
        let back = std::iter::successors(rows.last(), |id| rows.previous(*id));
        assert_eq!(back.last(), rows.first());
        let groups: Vec<u64> = shown.into_iter().filter(|id| rows.begins_group(first + id)).collect();
        assert_eq!(groups, [3, late]);
        assert!(rows.is_context(first + 4) && !rows.is_context(first + 5));
        assert!(!Rows { context: 0, ..rows }.begins_group(first + 5), "without context every row would");
    }

    #[test]
    fn nothing_held_is_no_row() {
        let (_writer, reader) = log_store(1 << 20, 0);
        let snapshot = reader.snapshot();
        let rows = Rows { snapshot: &snapshot, pins: &[], matching: None, context: 0 };
        assert_eq!((rows.first(), rows.last(), rows.nearest(5), rows.previous(0)), (None, None, None, None));
    }
}
