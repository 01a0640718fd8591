//! Which rows of the store are printed, in which order: matches, lines around them, losses.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use crate::ingest::Gate;
use crate::model::FormatId;
use crate::query::Plan;
use crate::store::{Line, LineId, Segment, Snapshot, View};

/// From so many rows of a segment on, the text of all its lines is read at once rather than line by line.
const MANY: u64 = 16;

/// What a row is printed as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A line that matches.
    Match,
    /// A line near one that matches.
    Context,
    /// The place where lines were lost.
    Loss,
    /// The first line after others were left out between two groups. It comes before that line.
    Gap,
}

/// Takes rows in the order in which they are printed.
pub(super) trait Rows {
    /// Takes one row. Of a gap, the line behind it.
    fn row(&mut self, kind: Kind, line: &Line<'_>, snapshot: &Snapshot) -> std::io::Result<()>;
}

/// How many lines around a match are wanted.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Around {
    pub(super) before: u64,
    pub(super) after: u64,
}

/// Goes through the store once, in the order of storing, however often it is called.
pub(super) struct Selection {
    plan: Plan,
    around: Around,
    gate: Gate,
    /// The first line that was not looked at.
    next: LineId,
    /// One more than the last row that was printed, once there was one.
    printed: Option<LineId>,
    /// Lines below this are printed because they follow a match.
    until: LineId,
    /// What may have to be printed before the next match although the ring may have given it up by then.
    kept: Vec<Arc<Segment>>,
    found: Vec<LineId>,
}

impl Selection {
    pub(super) fn new(plan: Plan, around: Around, gate: Gate) -> Self {
        Self { plan, around, gate, next: 0, printed: None, until: 0, kept: Vec::new(), found: Vec::new() }
    }

    /// Hands `rows` what came since the last call.
    pub(super) fn walk(&mut self, snapshot: &Snapshot, rows: &mut impl Rows) -> std::io::Result<()> {
        let (kept, begin) = (std::mem::take(&mut self.kept), self.next);
        for segment in snapshot.segments().filter(|segment| segment.end() > begin) {
            let mut printer = Printer { segment, view: None, kept: &kept, snapshot, rows };
            self.segment(begin.max(segment.first())..segment.end(), &mut printer)?;
            self.next = segment.end();
            self.gate.passed(self.next);
        }
        if self.around.before > 0 {
            let from = self.next.saturating_sub(self.around.before);
            self.kept = snapshot.segments().filter(|segment| segment.end() > from).cloned().collect();
        }
        Ok(())
    }

    fn segment(&mut self, range: Range<LineId>, printer: &mut Printer<'_, impl Rows>) -> std::io::Result<()> {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let _whole = self.plan.scan(printer.snapshot, range.clone(), &mut |id| {
            found.push(id);
            ControlFlow::Continue(())
        });
        if !found.is_empty() || self.until > range.start {
            let wanted = found.len() as u64 * (1 + self.around.before + self.around.after);
            printer.look(wanted >= MANY);
            for id in &found {
                self.follow_up(*id, printer)?;
                self.found_row(*id, printer)?;
            }
            self.follow_up(range.end, printer)?;
        }
        self.found = found;
        Ok(())
    }

    /// Prints what follows the last match, up to `end`.
    fn follow_up(&mut self, end: LineId, printer: &mut Printer<'_, impl Rows>) -> std::io::Result<()> {
        let end = end.min(self.until);
        let Some(printed) = self.printed.filter(|printed| *printed < end) else { return Ok(()) };
        (printed..end).try_for_each(|id| printer.print(Kind::Context, id))?;
        self.printed = Some(end);
        Ok(())
    }

    fn found_row(&mut self, id: LineId, printer: &mut Printer<'_, impl Rows>) -> std::io::Result<()> {
        if printer.is_loss(id) {
            printer.print(Kind::Loss, id)?;
        } else {
            let Around { before, after } = self.around;
            let from = id.saturating_sub(before).max(self.printed.unwrap_or(0)).max(printer.oldest());
            if before + after > 0 && self.printed.is_some_and(|printed| from > printed) {
                printer.print(Kind::Gap, from)?;
            }
            (from..id).try_for_each(|id| printer.print(Kind::Context, id))?;
            printer.print(Kind::Match, id)?;
            self.until = (id + 1).saturating_add(after);
        }
        self.printed = Some(id + 1);
        Ok(())
    }
}

/// Finds lines by id, the nearest first, and hands them on.
struct Printer<'a, R> {
    segment: &'a Segment,
    /// The segment's lines, once one of them is printed.
    view: Option<View<'a>>,
    kept: &'a [Arc<Segment>],
    snapshot: &'a Snapshot,
    rows: &'a mut R,
}

impl<R: Rows> Printer<'_, R> {
    /// Reads the segment's columns, and the text of all lines if many are printed.
    fn look(&mut self, is_much: bool) {
        self.view = Some(if is_much { self.segment.loaded() } else { self.segment.view() });
    }

    fn is_loss(&self, id: LineId) -> bool {
        let row = usize::try_from(id.saturating_sub(self.segment.first())).unwrap_or(usize::MAX);
        self.view.as_ref().and_then(|view| view.formats().get(row)) == Some(&FormatId::LOSS)
    }

    fn print(&mut self, kind: Kind, id: LineId) -> std::io::Result<()> {
        if let Some(line) = self.view.as_ref().and_then(|view| view.line_of(id)) {
            return self.rows.row(kind, &line, self.snapshot);
        }
        let kept = || self.kept.iter().find_map(|segment| segment.line(id));
        match self.snapshot.line(id).or_else(kept) {
            Some(line) => self.rows.row(kind, &line, self.snapshot),
            None => Ok(()),
        }
    }

    /// The oldest line that can still be printed.
    fn oldest(&self) -> LineId {
        self.kept.first().map_or(LineId::MAX, |segment| segment.first()).min(self.snapshot.first())
    }
}
