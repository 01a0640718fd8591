//! What a comparison comes to, in a few lines above its table; and its signs where only ASCII may be drawn.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::comparison::{Change, ComparedRow, Comparison};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::piece::{self, Piece};
use crate::tui::text;

/// Calls that are named as what made the difference.
const NAMED: usize = 3;
/// A pane lower than this has no room for what made the difference.
const LEAST_HEIGHT: usize = 10;

/// What all rows come to: worked out once for a comparison, as there may be more rows than a frame has time for.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// Rows that differ.
    differ: usize,
    /// Spans more, and spans fewer.
    more_and_fewer: (u64, u64),
    /// The rows whose self time differs most, in the direction of the whole; the first of them most.
    named: Vec<usize>,
    /// The greatest difference of own times in nanoseconds.
    pub(super) widest_ns: i64,
}

impl Sums {
    /// O(n).
    pub(super) fn of(comparison: &Comparison) -> Self {
        let rows = &comparison.rows;
        let is_slower = comparison.b.duration_ns >= comparison.a.duration_ns;
        let towards = |row: &ComparedRow| if is_slower { row.self_delta() } else { row.self_delta().saturating_neg() };
        let mut named: Vec<(Reverse<i64>, usize)> = Vec::with_capacity(NAMED + 1);
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.change != Change::Same && towards(row) > 0) {
            let one = (Reverse(towards(row)), at);
            let place = named.partition_point(|known| *known < one);
            named.insert(place, one);
            named.truncate(NAMED);
        }
        Self {
            differ: rows.iter().filter(|row| row.change != Change::Same).count(),
            more_and_fewer: comparison.more_and_fewer(),
            named: named.into_iter().map(|(_, at)| at).collect(),
            widest_ns: rows.iter().map(|row| row.self_delta().saturating_abs()).max().unwrap_or(0),
        }
    }
}

/// The lines above the table: how long both took, how many calls differ, and what made the difference.
pub(super) fn lines(comparison: &Comparison, sums: &Sums, width: usize, height: usize) -> Vec<Vec<Piece>> {
    let (times, counts) = (times(comparison), counts(comparison, sums));
    let mut lines = Vec::new();
    if piece::width(&times) + piece::width(&counts) + 2 <= width {
        lines.push([times, vec![Piece::new(Role::Faint, ": ")], counts].concat());
    } else {
        lines.push(times);
        if height >= LEAST_HEIGHT {
            lines.push(counts);
        }
    }
    let reasons = reasons(comparison, sums);
    if height >= LEAST_HEIGHT && !reasons.is_empty() {
        lines.push(reasons);
    }
    lines
}

/// `1.24 s beside usual 410 ms of 87 traces`
fn times(comparison: &Comparison) -> Vec<Piece> {
    let Comparison { a, b, .. } = comparison;
    let (with, of) = match a.trace {
        Some(trace) => (format!("trace {}", trace.short()), String::new()),
        None if a.is_error_free => ("usual".to_owned(), format!(" of {} without errors", text::count(a.traces as u64))),
        None => ("usual".to_owned(), format!(" of {}", text::counted(a.traces as u64, "trace"))),
    };
    let mut out = vec![
        Piece::new(Role::Text, text::duration(b.duration_ns)),
        Piece::new(Role::Muted, format!(" beside {with} ")),
        Piece::new(Role::Text, text::duration(a.duration_ns)),
        Piece::new(Role::Muted, of),
    ];
    if (&a.service, &a.operation) != (&b.service, &b.operation) {
        out.push(Piece::new(Role::Warning, format!(" of another operation, {}", named(&a.service, &a.operation))));
    }
    out
}

/// Service and operation, as much of them as has room among other things; names may be of any length.
fn named(service: &str, operation: &str) -> String {
    let part = |name: &str, most: usize| text::truncate(&safe(text::visible(name)), most);
    format!("{} {}", part(service, 16), part(operation, 24))
}

/// `+830 ms, 47 calls more, 1 missing`
fn counts(comparison: &Comparison, sums: &Sums) -> Vec<Piece> {
    let delta = comparison.b.duration_ns.saturating_sub(comparison.a.duration_ns);
    let role = if delta > 0 { Role::Warning } else { Role::Ok };
    let mut out = vec![Piece::new(role, if delta == 0 { "as long".to_owned() } else { text::difference(delta) })];
    let (more, fewer) = sums.more_and_fewer;
    if more > 0 {
        out.push(Piece::new(Role::Muted, format!(", {} more", text::counted(more, "call"))));
    }
    if fewer > 0 {
        let noun = if more > 0 { text::count(fewer) } else { text::counted(fewer, "call") };
        out.push(Piece::new(Role::Muted, format!(", {noun} missing")));
    }
    out
}

/// `most in bank charge +300 ms, db SELECT +270 ms`: the calls whose self time differs most, in the direction of the whole.
fn reasons(comparison: &Comparison, sums: &Sums) -> Vec<Piece> {
    let role = if comparison.b.duration_ns >= comparison.a.duration_ns { Role::Warning } else { Role::Ok };
    let mut out = Vec::new();
    for row in sums.named.iter().filter_map(|at| comparison.rows.get(*at)) {
        out.push(Piece::new(Role::Muted, if out.is_empty() { "most in " } else { ", " }));
        // What does not fit is cut by who draws.
        out.push(Piece::new(Role::Text, format!("{} ", named(&row.service, &row.operation))));
        out.push(Piece::new(role, text::difference(row.self_delta())));
    }
    out
}

/// How many calls there are, and how many differ.
pub(super) fn position(comparison: &Comparison, sums: &Sums) -> String {
    format!("{} of {} differ", text::count(sums.differ as u64), text::count(comparison.rows.len() as u64))
}

/// Replaces the signs that are no ASCII in `area`.
pub(super) fn in_ascii(buf: &mut Buffer, area: Rect) {
    for position in area.positions() {
        let Some(cell) = buf.cell_mut(position) else { continue };
        let plain = match cell.symbol() {
            "…" => "~",
            "│" | "├" => "|",
            "└" => "`",
            "─" | "−" => "-",
            "▲" | "▴" => "^",
            "▼" | "▾" => "v",
            "▸" => ">",
            "×" => "x",
            "Δ" => "d",
            "µ" => "u",
            "·" | "⋯" => ".",
            "✗" => "!",
            "█" => "#",
            "▌" | "▐" => "=",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}
