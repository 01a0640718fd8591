//! The minimap, drawn.

use ratatui::style::{Color, Modifier};

use super::super::text::tests::{buffer, drawn, survives_all_sizes};
use super::*;
use crate::analysis::trace_tree::tests::span;
use crate::model::{Span, Status, StatusCode};

fn failed(span: &Span) -> Span {
    let status = Status { code: StatusCode::Error, message: Box::default() };
    Span { status, ..span.clone() }
}

fn density() -> Density {
    let mut spans: Vec<Span> = vec![Span::clone(&span(1, 0, 0, 1000)), failed(&span(2, 1, 500, 801))];
    spans.extend((3..30).map(|id| Span::clone(&span(id, 1, 100, 199))));
    Density::of(&spans, 0, 1000)
}

const STYLES: MinimapStyles = MinimapStyles {
    busy: Style::new(),
    error: Style::new().fg(Color::Red),
    window: Style::new().add_modifier(Modifier::REVERSED),
};

#[test]
fn the_whole_trace_is_seen_and_what_is_looked_at_is_marked() {
    let density = density();
    let map = Minimap { density: &density, window: Some((0.5, 0.7)), styles: &STYLES, is_ascii: false };
    let ascii = Minimap { is_ascii: true, ..map };
    assert_eq!([drawn(&map, 10, 1), drawn(&ascii, 10, 1)].concat(), ["▂█▂▂▂▃▃▃▃▂", ".#........"]);
    let buf = buffer(&map, 10, 1);
    let marked: Vec<u16> = (0..10).filter(|&x| buf[(x, 0)].modifier.contains(Modifier::REVERSED)).collect();
    assert_eq!(marked, [5, 6]);
    let beside: Vec<u16> = (0..10).filter(|&x| buf[(x, 0)].modifier.contains(Modifier::DIM)).collect();
    assert_eq!(beside, [0, 1, 2, 3, 4, 7, 8, 9], "what is not looked at steps back");
    let red: Vec<u16> = (0..10).filter(|&x| buf[(x, 0)].fg == Color::Red).collect();
    assert_eq!(red, [8], "where the failed span ends");
}

#[test]
fn nothing_and_any_time_can_be_drawn() {
    for (start, duration) in [(0, 0), (i64::MIN, i64::MAX), (i64::MAX, i64::MAX), (500, 1)] {
        let density =
            Density::of(&[Span::clone(&span(1, 0, 10, 20)), Span::clone(&span(2, 0, 30, 20))], start, duration);
        for window in [None, Some((0.0, 0.0)), Some((-1.0, 9.0)), Some((f64::NAN, 0.5))] {
            survives_all_sizes(&Minimap { density: &density, window, styles: &STYLES, is_ascii: false });
        }
    }
    let density = Density::default();
    assert_eq!(
        drawn(&Minimap { density: &density, window: None, styles: &STYLES, is_ascii: false }, 3, 1),
        [""],
        "a trace without spans"
    );
}
