//! The row nearest in time: where a moment is looked for, and where a selected line is filtered away.
//!
//! Ids are in the order of storing, which is nearly that of time. So the lines around an id are around it in time as
//! well, and a moment is looked for in the few segments whose range of times holds it.

use std::ops::Range;
use std::sync::Arc;

use super::Rows;
use crate::model::Nanos;
use crate::store::{LineId, Segment};

/// Segments that are looked into at most: a single wrong clock may stretch the range of many.
const MAX_SEGMENTS: usize = 8;
/// Rows looked at for a line in place of a gap.
const NEAR: usize = 16;

impl Rows<'_> {
    /// The row in place of line `id`: itself while it is one, else the nearest in time of those around it. A gap takes
    /// no line's place while there is a line near.
    pub(super) fn in_place_of(&self, id: LineId) -> Option<LineId> {
        let nearest = self.nearest(id)?;
        if nearest == id {
            return Some(id);
        }
        let is_line = |at: &LineId| self.line(*at).is_some_and(|line| line.loss().is_none());
        let after = std::iter::successors(self.at_or_after(id), |at| self.next(*at)).take(NEAR).find(is_line);
        let before = std::iter::successors(self.at_or_before(id), |at| self.previous(*at)).take(NEAR).find(is_line);
        let (Some(after), Some(before)) = (after, before) else { return after.or(before).or(Some(nearest)) };
        let time = |at| self.line(at).map(|line| line.time());
        Some(match (time(id), time(before), time(after)) {
            (Some(at), Some(earlier), Some(later)) if at.abs_diff(earlier) < at.abs_diff(later) => before,
            _ => after,
        })
    }

    /// The first row of the time `span`, else the row nearest to its beginning. O(segments), and the lines of a few.
    pub(super) fn at_time(&self, span: &Range<Nanos>) -> Option<LineId> {
        let mut ranges: Vec<(u64, u64, &Segment)> =
            self.snapshot.segments().filter_map(|segment| distance(segment, span)).collect();
        let nearest = ranges.iter().map(|(away, _, _)| *away).min()?;
        ranges.retain(|(away, _, _)| *away == nearest);
        ranges.sort_by_key(|(_, width, segment)| (*width, segment.first()));
        let line = ranges.iter().take(MAX_SEGMENTS).filter_map(|(_, _, segment)| closest(segment, span)).min()?.1;
        let around = [self.at_or_before(line), self.at_or_after(line)];
        around.into_iter().flatten().min_by_key(|id| self.line(*id).map(|line| away(line.time(), span)))
    }
}

/// How far `time` is from the beginning of `span`; what is in it comes first.
fn away(time: Nanos, span: &Range<Nanos>) -> (bool, u64) {
    (!span.contains(&time), time.abs_diff(span.start))
}

/// How far `span` is from the segment's times, and how wide those are.
fn distance<'a>(segment: &'a Arc<Segment>, span: &Range<Nanos>) -> Option<(u64, u64, &'a Segment)> {
    let (from, to) = segment.time_range()?;
    let gap = if to < span.start { to.abs_diff(span.start) } else { 0 };
    let gap = if from >= span.end { from.abs_diff(span.start) } else { gap };
    Some((gap, to.abs_diff(from), segment))
}

/// The line of a segment that is nearest to `span`, the first of several.
fn closest(segment: &Segment, span: &Range<Nanos>) -> Option<((bool, u64), LineId)> {
    let view = segment.view();
    view.times().iter().map(|at| away(*at, span)).zip(segment.first()..).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FormatId, Severity};
    use crate::store::{NewLine, log_store};

    fn store(times: &[Nanos]) -> crate::store::LogReader {
        let (mut writer, reader) = log_store(1 << 20, 0);
        for time in times {
            writer.push(&NewLine {
                time: *time,
                severity: Severity::INFO,
                source: 0,
                service: 0,
                format: FormatId::TEXT,
                text: b"line",
                trace_id: None,
                span_id: None,
                record: None,
                resource: None,
            });
        }
        writer.publish();
        reader
    }

    #[test]
    fn a_moment_has_its_nearest_line_even_where_a_clock_was_wrong() {
        let snapshot = store(&[10, 20, 9_000, 30, 40, 50]).snapshot();
        let rows = Rows { snapshot: &snapshot, pins: &[], matching: None, context: 0 };
        let found: Vec<_> = [0..5, 21..22, 21..35, 36..37, 8_000..8_001].map(|span| rows.at_time(&span)).into();
        assert_eq!(found, [Some(0), Some(1), Some(3), Some(4), Some(2)]);
        assert_eq!(Rows { snapshot: &store(&[]).snapshot(), ..rows }.at_time(&(5..6)), None);
    }

    #[test]
    fn a_line_that_is_filtered_away_is_replaced_by_the_nearest_in_time() {
        let snapshot = store(&[10, 20, 60, 70, 100]).snapshot();
        let matching = [0, 1, 4].into_iter().collect();
        let rows = Rows { snapshot: &snapshot, pins: &[], matching: Some(&matching), context: 0 };
        let found: Vec<_> = [0, 1, 2, 3, 4].map(|id| rows.in_place_of(id)).into();
        assert_eq!(found, [Some(0), Some(1), Some(4), Some(4), Some(4)]);
        assert_eq!(rows.in_place_of(900), Some(4), "a line that is not there at all");
        let matching = [0, 4].into_iter().collect();
        assert_eq!(Rows { matching: Some(&matching), ..rows }.in_place_of(1), Some(0), "10 is nearer to 20 than 100");
    }
}
