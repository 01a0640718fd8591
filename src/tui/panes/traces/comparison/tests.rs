//! Which rows are shown, and which columns.

use std::sync::Arc;

use super::outline::Order;
use super::*;
use crate::analysis::comparison::{Change, Comparison, Figures, UsualRange};
use crate::model::{SpanId, SpanKind};

/// Rows by their depth, the difference of own times, and whether they differ.
fn comparison(rows: &[(usize, i64, bool)]) -> Comparison {
    let figures = |self_ns| Figures {
        count: 1,
        duration_ns: 1_000_000,
        self_ns,
        errors: 0,
        longest: (TraceId::from_low64(1).unwrap(), SpanId::from_u64(1).unwrap()),
    };
    let end = |at: usize| (at + 1..rows.len()).find(|next| rows[*next].0 <= rows[at].0).unwrap_or(rows.len());
    let made = rows.iter().enumerate().map(|(at, &(depth, delta, differs))| ComparedRow {
        id: at as u64 + 100,
        service: Arc::from("shop"),
        operation: Arc::from(format!("op{at}")),
        kind: SpanKind::Server,
        parent: (0..at).rev().find(|before| rows[*before].0 < depth),
        depth,
        end: end(at),
        is_last: rows.get(end(at)).is_none_or(|next| next.0 < depth),
        a: Some(figures(0)),
        b: Some(figures(delta)),
        seen_permille: 1000,
        usual: UsualRange { count: 1..=1, self_ns: 0..=0 },
        change: if differs { Change::Grew } else { Change::Same },
    });
    Comparison { rows: made.collect(), ..Comparison::default() }
}

fn shown(outline: &Outline) -> Vec<String> {
    let said = |line: &Line| match *line {
        Line::Row { at, folded: 0 } => at.to_string(),
        Line::Row { at, folded } => format!("{at}+{folded}"),
        Line::Alike { first, last, rows } => format!("{first}..{last}={rows}"),
    };
    outline.lines().iter().map(said).collect()
}

#[test]
fn what_does_not_differ_is_folded_and_unfolds_step_by_step() {
    // 0 ─ 1 (alike, above 2), 3 (alike), 4 ─ 5 (differs), 6 (alike, above 7)
    let rows = [
        (0, 0, false),
        (1, 0, false),
        (2, 0, false),
        (1, 0, false),
        (1, 0, false),
        (2, 9, true),
        (1, 0, false),
        (2, 0, false),
    ];
    let comparison = comparison(&rows);
    let mut outline = Outline::default();
    outline.lay_out(&comparison);
    assert_eq!(shown(&outline), ["0", "1..3=3", "4", "5", "6+1"]);
    let steps: [(Action, usize, &[&str]); 7] = [
        (Action::Expand, 4, &["0", "1..3=3", "4", "5", "6", "7"]),
        (Action::Collapse, 4, &["0", "1..3=3", "4", "5", "6+1"]),
        (Action::Expand, 1, &["0", "1+1", "3", "4", "5", "6+1"]),
        (Action::Collapse, 2, &["0", "1..3=3", "4", "5", "6+1"]),
        (Action::Collapse, 2, &["0", "1..3=3", "4+1", "6+1"]),
        (Action::ExpandAll, 0, &["0", "1", "2", "3", "4", "5", "6", "7"]),
        (Action::CollapseAll, 0, &["0", "1..3=3", "4", "5", "6+1"]),
    ];
    for (action, place, expected) in steps {
        let line = outline.lines()[place];
        assert!(outline.turn(action, line, &comparison).is_some(), "{action:?}");
        assert_eq!(shown(&outline), expected, "{action:?}");
    }
    assert_eq!(outline.place_of(2, &comparison), Some(1), "in what it is folded into");
    let leaf = outline.lines()[3];
    assert_eq!(outline.turn(Action::Collapse, leaf, &comparison), Some(4), "a leaf leads to its caller");
}

#[test]
fn differences_are_found_in_either_order_and_unfolded() {
    let comparison = comparison(&[(0, 0, false), (1, -7, true), (1, 0, false), (2, 9, true), (1, 1, false)]);
    let mut outline = Outline::default();
    outline.lay_out(&comparison);
    let caller = outline.lines()[2];
    outline.turn(Action::Collapse, caller, &comparison);
    assert_eq!(shown(&outline), ["0", "1", "2+1", "4"]);
    assert_eq!(outline.seek(true, 1, &comparison), Some(3), "below what was folded");
    assert_eq!(outline.seek(true, 3, &comparison), None);
    assert_eq!(outline.seek(false, 3, &comparison), Some(1));
    let first = outline.lines()[0];
    outline.turn(Action::SortNext, first, &comparison);
    assert_eq!(
        (outline.order(), shown(&outline)),
        ((Order::Own, false), ["3", "4", "0", "2", "1"].map(String::from).into())
    );
    assert_eq!((outline.seek(true, 0, &comparison), outline.seek(false, 4, &comparison)), (Some(4), Some(0)));
    outline.turn(Action::SortReverse, first, &comparison);
    assert_eq!(shown(&outline)[0], "1");
}

#[test]
fn a_line_takes_the_width_that_there_is() {
    let comparison = comparison(&[(0, 0, false), (1, 9_000_000, true), (2, -12_345_678, true)]);
    let mut outline = Outline::default();
    outline.lay_out(&comparison);
    for width in [0, 1, 10, 26, 36, 54, 76, 116, 196] {
        let columns = Columns::of(width);
        for line in outline.lines() {
            let pieces = columns.line(*line, &comparison, Order::Tree, 12_345_678);
            assert!(width < 26 || piece::width(&pieces) == width, "{width}: {}", piece::text(&pieces));
        }
    }
    let text = |width| {
        let line = Columns::of(width).line(outline.lines()[2], &comparison, Order::Tree, 12_345_678);
        piece::text(&line).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(text(76), "▲ └ op2 1 ms 1 ms · −12.3 ms ██│");
    assert_eq!(text(36), "▲ └op2 1 ms −12.3 ms");
}
