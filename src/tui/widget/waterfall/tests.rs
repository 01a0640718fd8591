//! The waterfall, drawn.

use ratatui::style::{Color, Modifier};

use super::super::text::tests::{buffer, drawn, survives_all_sizes};
use super::*;
use crate::analysis::study::PathPart;
use crate::model::SpanKind::{self, Server};

const MS: i64 = 1_000_000;

fn row<'a>(prefix: &'a str, service: &'a str, operation: &'a str, start: i64, duration: i64) -> SpanRow<'a> {
    SpanRow {
        prefix,
        service,
        operation,
        start_ns: start * MS,
        duration_ns: duration * MS,
        kind: Some(SpanKind::Internal),
        style: Style::new().fg(Color::Cyan),
        ..SpanRow::default()
    }
}

fn part(from: i64, to: i64, before: i64) -> PathPart {
    PathPart { from_ns: from * MS, to_ns: to * MS, before_ns: before * MS }
}

/// The own stretches of the root and of the charge on the critical path.
static PATH: [[PathPart; 3]; 2] = [
    [
        PathPart { from_ns: 0, to_ns: 300 * MS, before_ns: 0 },
        PathPart { from_ns: 1060 * MS, to_ns: 1060 * MS, before_ns: 300 * MS },
        PathPart { from_ns: 1148 * MS, to_ns: 1240 * MS, before_ns: 300 * MS },
    ],
    [
        PathPart { from_ns: 300 * MS, to_ns: 350 * MS, before_ns: 0 },
        PathPart { from_ns: 1040 * MS, to_ns: 1060 * MS, before_ns: 50 * MS },
        PathPart { from_ns: 1060 * MS, to_ns: 1060 * MS, before_ns: 70 * MS },
    ],
];

static TICKS: [Tick; 2] = [Tick { at_ns: 540 * MS, is_error: false }, Tick { at_ns: 780 * MS, is_error: true }];

fn order() -> Vec<SpanRow<'static>> {
    vec![
        SpanRow {
            path: &PATH[0],
            mark: Mark::Passed,
            kind: Some(Server),
            ..row("", "checkout", "POST /orders", 0, 1240)
        },
        SpanRow { own_ns: Some(12 * MS), links: 2, linked_from: 1, ..row("├ ", "cart", "GET /cart", 10, 182) },
        SpanRow {
            path: &PATH[1],
            mark: Mark::Passed,
            kind: Some(SpanKind::Client),
            logs: 5,
            ticks: &TICKS,
            ..row("├ ", "payment", "POST /charge", 300, 760)
        },
        SpanRow { mark: Mark::Failed, kind: Some(Server), logs: 3, ..row("│ └ ", "bank", "CALL auth", 350, 690) },
        SpanRow {
            folded: Some(Fold { spans: 1204, errors: 2 }),
            kind: Some(SpanKind::Producer),
            mark: Mark::Absorbed,
            ..row("└ ", "inventory", "POST /release", 1060, 88)
        },
        SpanRow {
            kind: None,
            folded: Some(Fold { spans: 20, errors: 0 }),
            ..row("  └ ", "", "⋯ 20 under 2 ms", 1070, 40)
        },
    ]
}

const WINDOW: Window = Window { from_ns: 0, to_ns: 1240 * MS };

fn waterfall<'a>(rows: &'a [SpanRow<'a>], styles: &'a WaterfallStyles) -> Waterfall<'a> {
    let wanted = Wanted { service: 9, operation: 24, notes: 5, share: None };
    Waterfall { rows, selected: Some(3), window: WINDOW, overview: None, wanted, styles, is_ascii: false }
}

#[test]
fn a_trace_reads_like_the_clock() {
    let (rows, styles) = (order(), WaterfallStyles::default());
    let waterfall = waterfall(&rows, &styles);
    let ascii = Waterfall { is_ascii: true, ..waterfall };
    assert!(drawn(&ascii, 40, 4).iter().all(|line| line.is_ascii()));
    let sizes = [(&waterfall, 100, 7), (&ascii, 80, 7), (&waterfall, 40, 4), (&waterfall, 20, 4)];
    let lines: Vec<String> = sizes.iter().flat_map(|(widget, width, height)| drawn(*widget, *width, *height)).collect();
    assert_eq!(
        lines,
        [
            "service     operation                0               500              1,000 ms            self",
            "checkout  ← POST /orders ↑           ██████████▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄███ 1.24 s",
            "cart        ├ GET /cart              ▄▄▄▄▄▄▖ 182 ms                                      12 ms ↙1 ↗2",
            "payment   → ├ POST /charge ↑                   ██▄▄▄▄▄◆▄▄▄▄▄▄▄◆▄▄▄▄▄▄▄▄█ 760 ms                   ≡5",
            "bank      ← │ └ CALL auth ✗                      ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▖ 690 ms                   ≡3",
            "inventory » └ ▸ POST /r… ↺ +1,204 2✗                                    ▄▄▄ 88 ms",
            "              └ ⋯ 20 under 2 ms                                         ▄▄ 40 ms",
            "service     operation                0          500         1,000 ms",
            "checkout  < POST /orders ^           #######====================## 1.24 s",
            "cart        | GET /cart              ===== 182 ms                          &1 @2",
            "payment   > | POST /charge ^                #====*=====*=====# 760 ms         #5",
            "bank      < | ` CALL auth x                  ================= 690 ms         #3",
            "inventory } ` + POST /r~ o +1,204 2x                          == 88 ms",
            "              ` ⋯ 20 under 2 ms                               = 40 ms",
            "operation     0        1 s",
            "POST /orde… ↑ ███▄▄▄▄▄▄▄▄█ 1.24 s",
            "├ GET /cart   ▄▄ 182 ms            ↙1 ↗2",
            "├ POST /ch… ↑    ▄▄◆▄◆▄▄▎ 760 ms      ≡5",
            "operation",
            "POST /orders ↑",
            "├ GET /cart    ↙1 ↗2",
            "├ POST /cha… ↑    ≡5",
        ]
    );
}

#[test]
fn a_window_cuts_bars_and_points_at_what_is_outside() {
    let (rows, styles) = (order(), WaterfallStyles::default());
    let density = Density::default();
    let window = Window { from_ns: 400 * MS, to_ns: 800 * MS };
    let overview = Some(Overview { density: &density, window: Some((0.3, 0.6)) });
    assert_eq!(
        drawn(&Waterfall { window, overview, ..waterfall(&rows, &styles) }, 80, 8),
        [
            "",
            "service     operation                400    500    600    700     800 ms",
            "checkout  ← POST /orders ↑           ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄ 1.24 s",
            "cart        ├ GET /cart              ‹                                     ↙1 ↗2",
            "payment   → ├ POST /charge ↑         ▄▄▄▄▄▄▄▄▄▄◆▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄◆▄ 760 ms     ≡5",
            "bank      ← │ └ CALL auth ✗          ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄ 690 ms     ≡3",
            "inventory » └ ▸ POST /r… ↺ +1,204 2✗                                     ›",
            "              └ ⋯ 20 under 2 ms                                          ›",
        ]
    );
}

#[test]
fn a_bar_is_solid_where_most_of_a_column_is_on_the_path() {
    let axis = Axis::new(0, 1000, 10);
    let parts = [part(0, 1, 0), part(1, 2, 1), part(2, 5, 2)].map(|part| PathPart {
        from_ns: part.from_ns / MS * 100 + 40,
        to_ns: part.to_ns / MS * 100,
        before_ns: part.before_ns / MS * 100,
    });
    let at = |start, duration, column| {
        bar::is_on_path(
            &SpanRow { start_ns: start, duration_ns: duration, path: &parts, ..SpanRow::default() },
            &axis,
            column,
        )
    };
    assert!(at(0, 1000, 0), "60 of 100");
    assert!(!at(0, 1000, 7), "nothing of it");
    assert!(at(30, 20, 0), "half of what there is of it in the column");
    assert!(!at(0, 50, 0), "10 of 50");
    assert!(!at(0, 0, 0), "no time at all");
}

#[test]
fn styles_say_service_error_and_selection() {
    let rows = order();
    let styles = WaterfallStyles {
        error: Style::new().fg(Color::Red),
        selected: Style::new().add_modifier(Modifier::BOLD),
        ..WaterfallStyles::default()
    };
    let buf = buffer(&waterfall(&rows, &styles), 80, 6);
    assert_eq!(buf[(0, 1)].fg, Color::Cyan);
    let mark = (0..80).find(|&x| buf[(x, 4)].symbol() == "✗").unwrap();
    assert_eq!(buf[(mark, 4)].fg, Color::Red);
    assert!((0..80).all(|x| buf[(x, 4)].modifier.contains(Modifier::BOLD)));
    assert!(!buf[(0, 3)].modifier.contains(Modifier::BOLD));
    let error = (0..80).filter(|&x| buf[(x, 3)].symbol() == "◆" && buf[(x, 3)].fg == Color::Red);
    assert_eq!(error.count(), 1, "the event that tells of an error");
}

#[test]
fn ticks_are_round_and_in_one_unit() {
    let cases: [(i64, i64, u16, &str); 10] = [
        (0, 1000 * 1000 * MS, 36, "0@0 5@10 10@21 15 m@32"),
        (0, 5 * 3_600_000 * MS, 36, "0@0 1@7 2@14 3@21 4@28 5 h@33"),
        (0, 7 * 86_400_000 * MS, 36, "0@0 2@10 4@20 6 d@30"),
        (0, 1240 * MS, 36, "0@0 500@14 1,000 ms@28"),
        (0, 90, 36, "0@0 20@8 40@16 60@24 80 ns@31"),
        (0, 60_000 * MS, 36, "0@0 20@12 40@24 60 s@32"),
        (5000 * MS, 5000 * MS + 20_000, 36, "5,000,000 µs@0 +10@18 +15 µs@27"),
        (900 * MS, 900 * MS + 20_000, 36, "900,000@0 900,005@9 900,010@18 900,015 µs@26"),
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
fn links_that_lead_here_give_way_first_and_log_lines_last() {
    let row = SpanRow { logs: 12, links: 100, linked_from: 3, ..SpanRow::default() };
    for (width, expected) in [(11, "↙3 ↗>99 ≡12"), (10, "↗>99 ≡12"), (7, "≡12"), (1, "≡12")] {
        assert_eq!(row.notes(width, false), expected, "{width}");
    }
    assert_eq!(SpanRow { logs: 0, links: 0, ..row }.notes(9, true), "&3");
    assert_eq!(SpanRow { logs: 100_000, links: 0, linked_from: 0, ..row }.notes(9, false), "≡>99k");
    assert_eq!(SpanRow::default().notes(9, false), "");
}

#[test]
fn any_rows_in_any_area() {
    let styles = WaterfallStyles::default();
    let deep = "│ ".repeat(300);
    let far = [PathPart { from_ns: i64::MIN, to_ns: i64::MAX, before_ns: i64::MAX }];
    let ticks = [Tick { at_ns: i64::MIN, is_error: true }, Tick { at_ns: i64::MAX, is_error: false }];
    let folded = Some(Fold { spans: u64::MAX, errors: u32::MAX });
    let rows = vec![
        SpanRow {
            logs: u64::MAX,
            links: usize::MAX,
            linked_from: usize::MAX,
            mark: Mark::Failed,
            folded,
            ..row(&deep, "サービス", "a\nb", 0, 3)
        },
        SpanRow { start_ns: i64::MIN, duration_ns: i64::MAX, path: &far, ticks: &ticks, ..row("", "", "", 0, 0) },
        SpanRow { start_ns: i64::MAX, duration_ns: i64::MAX, is_orphan: true, ..row("", "x", "y", 0, 0) },
    ];
    let density = Density::default();
    let overview = Some(Overview { density: &density, window: Some((0.1, 0.2)) });
    let wanted = Wanted { service: u16::MAX, operation: u16::MAX, notes: u16::MAX, share: None };
    for (from_ns, to_ns) in [(0, 0), (i64::MIN, i64::MAX), (5, -5), (0, 10 * MS), (i64::MAX, i64::MAX)] {
        let window = Window { from_ns, to_ns };
        for share in [None, Some(0), Some(37), Some(u16::MAX)] {
            let wanted = Wanted { share, ..wanted };
            survives_all_sizes(&Waterfall { window, overview, wanted, ..waterfall(&rows, &styles) });
        }
    }
    survives_all_sizes(&Waterfall { selected: None, is_ascii: true, ..waterfall(&[], &styles) });
}
