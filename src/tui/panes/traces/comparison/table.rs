//! The columns of the table and what stands in them.

use super::outline::{Line, Order};
use crate::analysis::comparison::{Change, ComparedRow, Comparison, Figures};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;

/// Cells of a duration, and of a difference of durations.
const TIME: usize = 7;
const DELTA: usize = 8;
/// The least cells that are left to names.
const LEAST_NAME: usize = 18;

/// Which columns there are, in cells; 0 where one is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Columns {
    name: usize,
    a: usize,
    b: usize,
    delta: usize,
    own: usize,
    bar: usize,
}

/// Which of the columns.
type Column = fn(&mut Columns) -> &mut usize;

impl Columns {
    /// The columns that fit into `width` cells: the difference of own times first, then the durations.
    pub(super) fn of(width: usize) -> Self {
        let mut columns = Self { own: DELTA, ..Self::default() };
        // A column, its cells, and how many are to be left to names then.
        let wanted: [(Column, usize, usize); 7] = [
            (|it| &mut it.b, TIME, LEAST_NAME),
            (|it| &mut it.a, TIME, LEAST_NAME),
            (|it| &mut it.bar, 5, LEAST_NAME),
            (|it| &mut it.delta, DELTA, LEAST_NAME * 2),
            (|it| &mut it.bar, 9, LEAST_NAME * 2),
            (|it| &mut it.bar, 17, LEAST_NAME * 4),
            (|it| &mut it.bar, 41, LEAST_NAME * 5),
        ];
        for (column, cells, names) in wanted {
            let before = std::mem::replace(column(&mut columns), cells);
            if columns.figures() + names > width {
                *column(&mut columns) = before;
            }
        }
        columns.name = width.saturating_sub(columns.figures());
        columns
    }

    /// The cells of all columns but the names, with a blank before each.
    fn figures(&self) -> usize {
        [self.a, self.b, self.delta, self.own, self.bar].iter().map(|cells| cells + usize::from(*cells > 0)).sum()
    }

    /// Whether there is room for words.
    pub(super) fn is_wide(&self) -> bool {
        self.name >= LEAST_NAME * 2
    }

    /// The titles of the columns; that which the rows are ordered by is marked.
    pub(super) fn header(&self, is_usual: bool, (order, is_reversed): (Order, bool)) -> Vec<Piece> {
        let mark = |it: Order| match (it == order, is_reversed) {
            (false, _) => "",
            (true, false) => "▾",
            (true, true) => "▴",
        };
        let cells = [
            (self.a, if is_usual { "usual" } else { "other" }.to_owned()),
            (self.b, "this".to_owned()),
            (self.delta, format!("Δ time{}", mark(Order::Duration))),
            (self.own, format!("Δ self{}", mark(Order::Own))),
        ];
        let mut line = text::fit("  call", self.name);
        for (width, title) in cells.iter().filter(|(width, _)| *width > 0) {
            line.push_str(&right(title, *width));
        }
        vec![Piece::new(Role::Muted, line)]
    }

    /// A line of the table.
    pub(super) fn line(&self, line: Line, comparison: &Comparison, order: Order, widest_ns: i64) -> Vec<Piece> {
        let is_narrow = !self.is_wide();
        let max_depth = (self.name / 4).max(1);
        match line {
            Line::Alike { last, rows, .. } => {
                let prefix = comparison.prefix(last, max_depth, is_narrow);
                let said = format!("⋯ {} unchanged", text::counted(rows as u64, "call"));
                vec![Piece::new(Role::Gutter, format!("  {prefix}")), Piece::new(Role::Muted, said)]
            }
            Line::Row { at, folded } => {
                let Some(row) = comparison.rows.get(at) else { return Vec::new() };
                let prefix =
                    if order == Order::Tree { comparison.prefix(at, max_depth, is_narrow) } else { String::new() };
                let caller = row.parent.and_then(|parent| comparison.rows.get(parent));
                let is_elsewhere = order != Order::Tree || caller.is_none_or(|caller| caller.service != row.service);
                let mut out = self.name(row, &prefix, is_elsewhere, folded, comparison.a.trace.is_none());
                out.extend(self.times(row));
                out.extend(self.differences(row, widest_ns));
                out
            }
        }
    }

    /// Mark, tree, service where it is another than the caller's, operation, and how often.
    fn name(&self, row: &ComparedRow, prefix: &str, with_service: bool, folded: usize, is_usual: bool) -> Vec<Piece> {
        let (role, mark) = mark(row.change);
        let mut head = vec![Piece::new(role, format!("{mark} ")), Piece::new(Role::Gutter, prefix)];
        if folded > 0 {
            head.push(Piece::new(Role::Muted, "▸ "));
        }
        if with_service {
            let text = format!("{} ", safe(&row.service));
            head.push(Piece { text, look: Look::Service(row.service.clone()) });
        }
        let text = if row.change == Change::Same { Role::Muted } else { Role::Text };
        head.push(Piece::new(text, safe(&row.operation)));
        let tail = self.tail(row, folded, is_usual);
        let mut out = piece::fit(head, self.name.saturating_sub(piece::width(&tail)));
        // The tail stands right behind a name that leaves room.
        let blanks = out.pop_if(|last| last.text.bytes().all(|byte| byte == b' '));
        out.extend(tail);
        out.extend(blanks);
        out
    }

    /// What is said behind the name: how often, how usual, how much is folded.
    fn tail(&self, row: &ComparedRow, folded: usize, is_usual: bool) -> Vec<Piece> {
        let (a, b) = row.counts();
        let mut out = Vec::new();
        let count = match (a, b) {
            (0 | 1, 0 | 1) => String::new(),
            (0, n) | (n, 0) => format!(" ×{}", text::short_count(n)),
            (a, b) if a == b => format!(" ×{}", text::short_count(b)),
            (a, b) if self.is_wide() && is_usual => {
                format!(" ×{} (usual {})", text::short_count(b), text::short_count(a))
            }
            (a, b) => format!(" ×{} ({})", text::short_count(b), text::short_count(a)),
        };
        if !count.is_empty() {
            out.push(Piece::new(if a == b { Role::Muted } else { Role::Number }, count));
        }
        let errors = |side: Option<Figures>| side.map_or(0, |it| it.errors);
        if errors(row.b) > 0 {
            out.push(Piece::new(Role::Error, " ✗"));
        }
        if self.is_wide() && row.change == Change::Added && row.seen_permille > 0 {
            let share = text::percent(f64::from(row.seen_permille) / 1000.0);
            out.push(Piece::new(Role::Muted, format!(" in {share} of them")));
        }
        if folded > 0 {
            out.push(Piece::new(Role::Muted, format!(" +{}", text::short_count(folded as u64))));
        }
        out
    }

    fn times(&self, row: &ComparedRow) -> Vec<Piece> {
        let cell = |side: Option<Figures>, width: usize, role: Role| {
            let said = side.map_or_else(|| "·".to_owned(), |it| text::duration(it.duration_ns));
            Piece::new(
                if side.is_some() { role } else { Role::Faint },
                if width > 0 { right(&said, width) } else { String::new() },
            )
        };
        vec![cell(row.a, self.a, Role::Muted), cell(row.b, self.b, Role::Text)]
    }

    fn differences(&self, row: &ComparedRow, widest_ns: i64) -> Vec<Piece> {
        let mut out = Vec::new();
        for (delta, width) in [(row.duration_delta(), self.delta), (row.self_delta(), self.own)] {
            if width > 0 {
                out.push(Piece::new(direction(delta, row.change), right(&text::difference(delta), width)));
            }
        }
        if self.bar > 0 {
            out.push(Piece::new(Role::Text, " "));
            out.extend(bar(row.self_delta(), widest_ns, self.bar));
        }
        out
    }
}

/// What a change is marked with.
fn mark(change: Change) -> (Role, &'static str) {
    match change {
        Change::Same => (Role::Muted, " "),
        Change::Added => (Role::Warning, "+"),
        Change::Missing => (Role::Accent, "−"),
        Change::Grew => (Role::Warning, "▲"),
        Change::Shrank => (Role::Ok, "▼"),
    }
}

fn direction(delta: i64, change: Change) -> Role {
    match (delta.signum(), change) {
        (0, _) => Role::Faint,
        (_, Change::Same) => Role::Muted,
        (1, _) => Role::Warning,
        _ => Role::Ok,
    }
}

/// `text` at the right end of `width` cells, with a blank before these.
fn right(said: &str, width: usize) -> String {
    let said = text::truncate(said, width);
    let blanks = (width + 1).saturating_sub(unicode_width::UnicodeWidthStr::width(said.as_str()));
    format!("{}{said}", " ".repeat(blanks))
}

/// A bar from the middle of `width` cells, to the right for more and to the left for less, of a length that is in
/// proportion to the widest; exact to half a cell, and seen wherever there is something.
fn bar(nanos: i64, widest_ns: i64, width: usize) -> [Piece; 3] {
    let half = width / 2;
    let share = i128::from(nanos.saturating_abs()) * (half as i128 * 2) / i128::from(widest_ns.max(1));
    let halves = usize::try_from(share).unwrap_or(0).clamp(usize::from(nanos != 0), half * 2);
    let (full, odd) = (halves / 2, halves % 2);
    let filled = |part: &str, is_left: bool| {
        let (full_cells, part) = ("█".repeat(full), part.repeat(odd));
        let blanks = " ".repeat(half - full - odd);
        if is_left { format!("{blanks}{part}{full_cells}") } else { format!("{full_cells}{part}{blanks}") }
    };
    let none = || Piece::new(Role::Text, " ".repeat(half));
    let axis = Piece::new(Role::Faint, "│");
    if nanos < 0 {
        [Piece::new(Role::Ok, filled("▐", true)), axis, none()]
    } else {
        [none(), axis, Piece::new(Role::Warning, filled("▌", false))]
    }
}
