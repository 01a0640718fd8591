//! The waterfall, drawn.

use ratatui::style::{Color, Modifier};

use super::super::text::tests::{buffer, drawn, survives_all_sizes};
use super::*;

const MS: i64 = 1_000_000;

fn row<'a>(prefix: &'a str, service: &'a str, operation: &'a str, start: i64, duration: i64) -> SpanRow<'a> {
    SpanRow {
        prefix,
        service,
        operation,
        start_ns: start * MS,
        duration_ns: duration * MS,
        style: Style::new().fg(Color::Cyan),
        ..SpanRow::default()
    }
}

fn order() -> Vec<SpanRow<'static>> {
    vec![
        SpanRow { is_critical: true, ..row("", "checkout", "POST /orders", 0, 1240) },
        row("├ ", "cart", "GET /cart", 10, 182),
        SpanRow { is_error: true, is_critical: true, log_count: 5, ..row("├ ", "payment", "POST /charge", 300, 760) },
        SpanRow { is_error: true, log_count: 3, ..row("│ └ ", "bank", "CALL auth", 350, 690) },
        SpanRow { is_collapsed: true, ..row("└ ", "inventory", "POST /release", 1060, 88) },
    ]
}

const WINDOW: Window = Window { from_ns: 0, to_ns: 1240 * MS };

#[test]
fn a_trace_reads_like_the_clock() {
    let (rows, styles) = (order(), WaterfallStyles::default());
    let waterfall = Waterfall { rows: &rows, selected: Some(3), window: WINDOW, styles: &styles, is_ascii: false };
    assert_eq!(
        drawn(&waterfall, 80, 6),
        [
            "service   operation         0               500              1,000 ms",
            "checkout  POST /orders      █████████████████████████████████████████ 1.24 s",
            "cart      ├ GET /cart       ▇▇▇▇▇▇▎ 182 ms",
            "payment   ├ POST /charge ✗            █████████████████████████ 760 ms        ≡5",
            "bank      │ └ CALL auth ✗               ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▍ 690 ms        ≡3",
            "inventory └ ▸ POST /release                                    ▇▇▉ 88 ms"
        ]
    );
    let ascii = Waterfall { is_ascii: true, ..waterfall };
    assert!(drawn(&ascii, 40, 4).iter().all(|line| line.is_ascii()));
    assert_eq!(
        drawn(&ascii, 80, 6),
        [
            "service   operation         0               500              1,000 ms",
            "checkout  POST /orders      ######################################### 1.24 s",
            "cart      | GET /cart       ======= 182 ms",
            "payment   | POST /charge x            ######################### 760 ms        #5",
            "bank      | ` CALL auth x               ======================= 690 ms        #3",
            "inventory ` + POST /release                                    === 88 ms"
        ]
    );
    assert_eq!(
        drawn(&waterfall, 40, 4),
        [
            "operation     0        500   1,000 ms",
            "POST /orders  ███████████████████████",
            "├ GET /cart   ▇▇▇▌ 182 ms",
            "├ POST /ch… ✗       █████████████▋    ≡5"
        ]
    );
    assert_eq!(
        drawn(&waterfall, 20, 4),
        ["opera… 0      1 s", "POST … ██████████", "├ GET… ▇▌ 182 ms", "├ P… ✗   ██████▌  ≡5"]
    );
}

#[test]
fn a_window_cuts_bars_and_points_at_what_is_outside() {
    let (rows, styles) = (order(), WaterfallStyles::default());
    let window = Window { from_ns: 400 * MS, to_ns: 800 * MS };
    let waterfall = Waterfall { rows: &rows, selected: Some(3), window, styles: &styles, is_ascii: false };
    assert_eq!(
        drawn(&waterfall, 80, 6),
        [
            "service   operation         400       500       600       700        800 ms",
            "checkout  POST /orders      █████████████████████████████████████████ 1.24 s",
            "cart      ├ GET /cart       ‹",
            "payment   ├ POST /charge ✗  █████████████████████████████████████████ 760 ms  ≡5",
            "bank      │ └ CALL auth ✗   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 690 ms  ≡3",
            "inventory └ ▸ POST /release                                                 ›"
        ]
    );
}

#[test]
fn styles_say_service_error_and_selection() {
    let rows = order();
    let styles = WaterfallStyles {
        error: Style::new().fg(Color::Red),
        selected: Style::new().add_modifier(Modifier::BOLD),
        ..WaterfallStyles::default()
    };
    let buf =
        buffer(&Waterfall { rows: &rows, selected: Some(3), window: WINDOW, styles: &styles, is_ascii: false }, 80, 6);
    assert_eq!(buf[(0, 1)].fg, Color::Cyan);
    let mark = (0..80).find(|&x| buf[(x, 3)].symbol() == "✗").unwrap();
    assert_eq!(buf[(mark, 3)].fg, Color::Red);
    assert!((0..80).all(|x| buf[(x, 4)].modifier.contains(Modifier::BOLD)));
    assert!(!buf[(0, 3)].modifier.contains(Modifier::BOLD));
}

#[test]
fn ticks_are_round_and_in_one_unit() {
    let cases: [(i64, i64, u16, &str); 6] = [
        (0, 1240 * MS, 36, "0@0 500@14 1,000 ms@28"),
        (0, 90, 36, "0@0 20@8 40@16 60@24 80 ns@31"),
        (0, 60_000 * MS, 36, "0@0 20@12 40@24 60 s@32"),
        (5000 * MS, 5000 * MS + 20_000, 36, "5,000,000@0 5,000,010 µs@18"),
        (-3 * MS, 3 * MS, 36, "-2@6 0@18 2 ms@30"),
        (7, 7, 4, "7 ns@0"),
    ];
    for (from, to, columns, expected) in cases {
        let labels = Axis::new(from, to, columns).labels(columns, false);
        let text: Vec<String> = labels.iter().map(|(column, label)| format!("{label}@{column}")).collect();
        assert_eq!(text.join(" "), expected, "{from}..{to}");
    }
}

#[test]
fn bars_are_exact_to_an_eighth() {
    let axis = Axis::new(0, 80, 10);
    for (start, duration, first, eighths) in
        [(0, 80, 0, 80), (0, 1, 0, 1), (16, 12, 2, 12), (79, 1, 9, 8), (80, 9, 9, 8), (-5, 9, 0, 4)]
    {
        assert_eq!(axis.bar(start, duration), Some(axis::Bar { first, eighths }), "{start} {duration}");
    }
    assert_eq!(axis.bar(81, 5), None);
    assert_eq!(axis.bar(-9, 9), None);
    assert_eq!(axis.bar(-9, 8), None);
}

#[test]
fn any_rows_in_any_area() {
    let styles = WaterfallStyles::default();
    let deep = "│ ".repeat(300);
    let rows = vec![
        SpanRow { log_count: u64::MAX, is_error: true, ..row(&deep, "サービス", "a\nb", 0, 3) },
        SpanRow { start_ns: i64::MIN, duration_ns: i64::MAX, ..row("", "", "", 0, 0) },
        SpanRow { start_ns: i64::MAX, duration_ns: i64::MAX, is_collapsed: true, ..row("", "x", "y", 0, 0) },
    ];
    for (from_ns, to_ns) in [(0, 0), (i64::MIN, i64::MAX), (5, -5), (0, 10 * MS), (i64::MAX, i64::MAX)] {
        survives_all_sizes(&Waterfall {
            rows: &rows,
            selected: Some(3),
            window: Window { from_ns, to_ns },
            styles: &styles,
            is_ascii: false,
        });
    }
    survives_all_sizes(&Waterfall { rows: &[], selected: None, window: WINDOW, styles: &styles, is_ascii: true });
}
