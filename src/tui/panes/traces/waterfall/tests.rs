//! What is folded, looked at and laid out, without a screen.

use proptest::prelude::*;

use super::folds::Folds;
use super::lines::{Lines, Shown};
use super::zoom::Zoom;
use crate::analysis::study::Study;
use crate::analysis::trace_tree::tests::span;
use crate::model::{Nanos, Span, Status, StatusCode};
use crate::store::trace_table;

/// A trace of these spans, laid out.
fn study(spans: Vec<Span>) -> Study {
    let (mut writer, reader) = trace_table(64 << 20);
    let id = spans[0].trace_id;
    writer.add(spans, "test", 0);
    Study::of(reader.get(id).unwrap(), false)
}

fn failed(span: &Span) -> Span {
    Span { status: Status { code: StatusCode::Error, message: Box::default() }, ..span.clone() }
}

/// A root of 1,000 ns, with a long call that has calls of its own, and short ones of which one failed.
fn sample() -> Study {
    let plain = |id, parent, from, to| Span::clone(&span(id, parent, from, to));
    study(vec![
        plain(1, 0, 0, 1_000),
        plain(2, 1, 0, 2),
        plain(3, 1, 10, 900),
        plain(4, 3, 20, 22),
        plain(5, 3, 30, 800),
        failed(&span(6, 3, 850, 851)),
        plain(7, 1, 950, 960),
        plain(8, 7, 951, 955),
    ])
}

/// The lines, a word each: the span's id, or how many short spans with how many errors.
fn told(study: &Study, lines: &Lines) -> String {
    let word = |place| match lines.at(place) {
        Some(Shown::Row(row)) => {
            study.span(row).map_or(0, |span| u64::from_be_bytes(*span.span_id.bytes())).to_string()
        }
        Some(Shown::Rest(rest)) => format!("{}~{}", rest.spans, rest.errors),
        None => "?".to_owned(),
    };
    (0..lines.len()).map(word).collect::<Vec<_>>().join(" ")
}

fn shown(study: &Study, folds: &Folds) -> String {
    told(study, &folds.lines(study))
}

#[test]
fn rows_fold_by_hand_and_by_level() {
    let (study, mut folds) = (sample(), Folds::default());
    assert_eq!(shown(&study, &folds), "1 2 3 4 5 6 7 8");
    assert!(folds.collapse(&study, 2, true), "the row of span 3");
    assert!(!folds.collapse(&study, 2, true), "is folded already");
    assert!(!folds.collapse(&study, 1, true), "a leaf");
    assert_eq!(shown(&study, &folds), "1 2 3 7 8");
    folds.show_levels(2, study.rows.levels);
    assert_eq!(shown(&study, &folds), "1 2 3 7");
    assert!(folds.collapse(&study, 6, false), "one is unfolded below the level");
    assert_eq!(shown(&study, &folds), "1 2 3 7 8");
    folds.show_levels(0, study.rows.levels);
    assert_eq!((shown(&study, &folds).as_str(), folds.level()), ("1", Some(1)));
    folds.show_levels(3, study.rows.levels);
    assert_eq!((shown(&study, &folds).as_str(), folds.level()), ("1 2 3 4 5 6 7 8", None));
}

#[test]
fn short_spans_are_gathered_below_their_parents() {
    let (study, mut folds) = (sample(), Folds::default());
    let mut seen = Vec::new();
    while folds.step_short(true, 1_000) {
        seen.push((folds.short().unwrap(), shown(&study, &folds)));
    }
    let expected = [
        (1, "1 2 3 4 5 6 7 8"),
        (2, "1 2 3 4 5 1~1 7 8"),
        (5, "1 3 5 2~1 7 1~0 1~0"),
        (10, "1 3 5 2~1 7 1~0 1~0"),
        (20, "1 3 5 2~1 3~0"),
        (50, "1 3 5 2~1 3~0"),
        (100, "1 3 5 2~1 3~0"),
        (200, "1 3 5 2~1 3~0"),
        (500, "1 3 5 2~1 3~0"),
        (1000, "1 7~1"),
    ];
    assert_eq!(seen, expected.map(|(short, lines)| (short, lines.to_owned())));
    folds.open_rest(&study, Some(0));
    assert_eq!(shown(&study, &folds), "1 2 3 3~1 7 1~0", "one rest is opened");
    while folds.step_short(false, 1_000) {}
    assert_eq!((folds.short(), shown(&study, &folds).as_str()), (None, "1 2 3 4 5 6 7 8"));
}

#[test]
fn what_hides_a_row_is_unfolded_for_it() {
    let study = sample();
    for row in 0..8 {
        let mut folds = Folds::default();
        folds.show_levels(1, study.rows.levels);
        while folds.step_short(true, 1_000) {}
        folds.toggle_path_only();
        folds.reveal(&study, row);
        let lines = folds.lines(&study);
        assert!(lines.place_of(row).is_some(), "row {row}: {}", told(&study, &lines));
    }
}

#[test]
fn a_hidden_row_is_stood_for_by_the_nearest_above_it() {
    let (study, mut folds) = (sample(), Folds::default());
    folds.collapse(&study, 2, true);
    let lines = folds.lines(&study);
    assert_eq!(lines.nearest(&study, 4), lines.place_of(2));
    assert_eq!((lines.place_of(4), lines.place_of(2)), (None, Some(2)));
}

#[test]
fn the_path_is_cut_into_the_parts_of_each_span() {
    let study = sample();
    let length: Nanos = (0..8).flat_map(|span| study.parts_of(span)).map(|part| part.to_ns - part.from_ns).sum();
    assert_eq!(length, study.path.length());
    let root = study.parts_of(0);
    let before = root.iter().scan(0, |sum, part| Some(std::mem::replace(sum, *sum + part.to_ns - part.from_ns)));
    assert!(before.eq(root.iter().map(|part| part.before_ns)), "{root:?}");
    assert_eq!(study.parts_of(99), []);
}

#[test]
fn an_error_is_followed_to_where_it_began() {
    let plain = |id, parent, from, to| Span::clone(&span(id, parent, from, to));
    let study = study(vec![
        plain(1, 0, 0, 100),
        failed(&span(2, 1, 10, 90)),
        failed(&span(3, 2, 20, 40)),
        failed(&span(4, 2, 50, 80)),
        failed(&span(5, 4, 60, 70)),
        plain(6, 1, 91, 95),
    ]);
    let origins: Vec<Option<usize>> = (0..6).map(|row| study.origin_of(row)).collect();
    assert_eq!(origins, [Some(4), Some(4), Some(2), Some(4), Some(4), Some(4)], "the last to end is followed");
    assert_eq!(sample().origin_of(1), Some(5), "a row without an error is led to that of the trace");
}

#[test]
fn time_is_scaled_and_moved_within_the_trace() {
    let whole = (1_000, 9_000);
    let mut zoom = Zoom::default();
    for (step, expected) in [
        ("in", (3_000, 7_000)),
        ("in", (4_000, 6_000)),
        ("left", (3_500, 5_500)),
        ("out", (3_000, 7_000)),
        ("right", (4_000, 8_000)),
        ("right", (5_000, 9_000)),
        ("right", (5_000, 9_000)),
        ("out", (1_000, 9_000)),
        ("left", (1_000, 9_000)),
        ("fit", (1_900, 4_100)),
    ] {
        match step {
            "in" => zoom.scale(whole, 5_000, true),
            "out" => zoom.scale(whole, 5_000, false),
            "fit" => zoom.fit(whole, (2_000, 4_000)),
            _ => zoom.pan(whole, step == "right"),
        }
        assert_eq!(zoom.shown(whole), expected, "{step}");
        assert_eq!(zoom.is_zoomed(), expected != whole);
    }
}

proptest! {
    #[test]
    fn every_span_is_in_a_line_or_hidden_by_what_is_folded(
        shapes in proptest::collection::vec((0u64..40, 0i64..1_000, 0i64..400, any::<bool>()), 1..60),
        level in 0u32..6,
        turned in proptest::collection::vec(0usize..60, 0..8),
        steps in 0usize..6,
        is_path_only in any::<bool>(),
    ) {
        let spans = shapes.iter().zip(1u64..).map(|((parent, start, length, is_failed), id)| {
            let it = span(id, if id == 1 { 0 } else { parent % (id + 1) }, *start, start + length);
            if *is_failed { failed(&it) } else { Span::clone(&it) }
        });
        let study = study(spans.collect());
        let mut folds = Folds::default();
        folds.show_levels(level, study.rows.levels);
        for row in turned {
            let is_collapsed = folds.is_collapsed(&study, row);
            folds.collapse(&study, row, !is_collapsed);
        }
        for _ in 0..steps {
            folds.step_short(true, study.summary.duration);
        }
        if is_path_only {
            folds.toggle_path_only();
        }
        let lines = folds.lines(&study);
        let rows = study.tree.rows();
        let (mut counted, mut errors, mut last) = (0, 0, None);
        for place in 0..lines.len() {
            match lines.at(place) {
                Some(Shown::Row(row)) => {
                    prop_assert!(last.replace(row) < Some(row), "rows rise");
                    prop_assert_eq!(lines.place_of(row), Some(place));
                    let is_folded = folds.is_collapsed(&study, row);
                    let to = if is_folded { rows[row].end } else { row + 1 };
                    counted += to - row;
                    errors += study.rows.failed_within(row, to);
                }
                Some(Shown::Rest(rest)) => {
                    counted += usize::try_from(rest.spans).unwrap();
                    errors += rest.errors;
                    prop_assert!(rest.parent.is_none_or(|parent| lines.place_of(parent).is_some()));
                }
                None => prop_assert!(false, "a line without anything"),
            }
        }
        if !is_path_only {
            prop_assert_eq!(counted, rows.len());
            prop_assert_eq!(errors, study.summary.errors);
        }
        for row in 0..rows.len() {
            let mut revealed = folds.clone();
            revealed.reveal(&study, row);
            prop_assert!(revealed.lines(&study).place_of(row).is_some(), "row {row} can be revealed");
        }
    }

    #[test]
    fn what_is_looked_at_never_leaves_the_trace(
        start in -1_000_000_000i64..1_000_000_000,
        length in 0i64..10_000_000_000,
        steps in proptest::collection::vec((0u8..5, -2_000_000_000i64..12_000_000_000), 0..30),
    ) {
        let whole = (start, start + length);
        let mut zoom = Zoom::default();
        for (step, at) in steps {
            match step {
                0 => zoom.scale(whole, at, true),
                1 => zoom.scale(whole, at, false),
                2 => zoom.pan(whole, true),
                3 => zoom.pan(whole, false),
                _ => zoom.fit(whole, (at, at + 5_000)),
            }
            let (from, to) = zoom.shown(whole);
            prop_assert!(whole.0 <= from && from <= to && to <= whole.1, "{from}..{to} of {whole:?}");
        }
    }
}
