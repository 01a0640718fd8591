//! What differs between traces, and that nothing of either is left out.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::analysis::self_time::self_times;
use crate::analysis::trace_tree::TraceTree;
use crate::model::{Attributes, Resource, Span, Status};
use crate::store::trace_table;

const MS: i64 = 1_000_000;

/// A span from its id, its parent's id (0 for none), `service operation` and its time in milliseconds.
fn span(trace: u64, id: u64, parent: u64, name: &str, from: i64, to: i64) -> Span {
    let (service, operation) = name.split_once(' ').unwrap();
    Span {
        trace_id: TraceId::from_low64(trace).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(parent),
        trace_state: Box::default(),
        name: operation.into(),
        kind: SpanKind::Internal,
        start: from * MS,
        end: to * MS,
        status: Status::default(),
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource { attributes: [("service.name", service)].into_iter().collect() }),
        scope: Arc::default(),
    }
}

fn trace(spans: Vec<Span>) -> Arc<Trace> {
    let id = spans[0].trace_id;
    let (mut writer, reader) = trace_table(1 << 30);
    writer.add(spans, "test", i64::MAX);
    reader.get(id).unwrap()
}

/// A checkout that pays after `queries` queries of 10 ms; the payment takes `pay` ms.
fn checkout(id: u64, queries: i64, pay: i64) -> Vec<Span> {
    let end = 10 + queries * 10 + pay;
    let mut out = vec![span(id, 1, 0, "shop POST /orders", 0, end + 10)];
    for n in 0..queries {
        out.push(span(id, 10 + n.unsigned_abs(), 1, "db SELECT", 10 + n * 10, 20 + n * 10));
    }
    out.push(span(id, 2, 1, "bank charge", end - pay, end));
    out
}

fn sketch(comparison: &Comparison) -> String {
    let mut out = String::new();
    for (at, row) in comparison.rows.iter().enumerate() {
        let mark = match row.change {
            Change::Same => ' ',
            Change::Added => '+',
            Change::Missing => '-',
            Change::Grew => '^',
            Change::Shrank => 'v',
        };
        let ms = |side: Option<Figures>| {
            side.map_or("-".to_owned(), |it| format!("{}x{}/{}", it.count, it.duration_ns / MS, it.self_ns / MS))
        };
        let prefix = comparison.prefix(at, 9, false);
        writeln!(out, "{mark} {prefix}{} {} {} {}", row.service, row.operation, ms(row.a), ms(row.b)).unwrap();
    }
    out
}

#[test]
fn repeated_calls_are_one_row_with_their_count() {
    let (a, b) = (trace(checkout(1, 3, 100)), trace(checkout(2, 50, 400)));
    let compared = compare(&a, &b);
    assert_eq!(
        sketch(&compared),
        "  shop POST /orders 1x150/20 1x920/20\n^ ├ db SELECT 3x30/30 50x500/500\n^ └ bank charge 1x100/100 1x400/400\n"
    );
    assert_eq!(compared.more_and_fewer(), (47, 0));
    assert_eq!((compared.a.busy_ns, compared.b.busy_ns), (150 * MS, 920 * MS));
    assert_eq!((compared.rows[1].self_delta(), compared.rows[0].duration_delta()), (470 * MS, 770 * MS));
    assert_eq!(compared.rows[2].b.unwrap().longest, (b.id, SpanId::from_u64(2).unwrap()));
}

#[test]
fn what_is_on_one_side_alone_stands_where_it_would_be() {
    let mut late = checkout(2, 1, 100);
    late.push(span(2, 3, 2, "bank retry", 60, 110));
    let mut early = checkout(1, 1, 100);
    early.push(span(1, 3, 1, "cart lock", 1, 9));
    let compared = compare(&trace(early), &trace(late));
    assert_eq!(
        sketch(&compared),
        "^ shop POST /orders 1x130/12 1x130/20\n- ├ cart lock 1x8/8 -\n  ├ db SELECT 1x10/10 1x10/10\n\
         v └ bank charge 1x100/100 1x100/50\n+   └ bank retry - 1x50/50\n"
    );
}

#[test]
fn concurrent_calls_take_the_time_in_which_one_of_them_ran() {
    let mut spans = checkout(1, 0, 50);
    spans.extend((0..4).map(|n| span(1, 20 + n, 2, "bank shard", 10, 40)));
    let compared = compare(&trace(spans.clone()), &trace(spans));
    assert_eq!(compared.rows[2].a.map(|it| (it.count, it.duration_ns, it.self_ns)), Some((4, 30 * MS, 120 * MS)));
}

#[test]
fn usual_is_what_half_of_the_others_have() {
    let mut others: Vec<Arc<Trace>> = (1..=4).map(|n| trace(checkout(n, 3, 100 + n.cast_signed()))).collect();
    let mut rare = checkout(5, 3, 2_000);
    rare.push(span(5, 90, 1, "shop rare", 0, 1));
    rare.push(span(5, 91, 1, "shop seldom", 0, 1));
    others.push(trace(rare));
    let mut looked_at = checkout(9, 20, 104);
    looked_at.push(span(9, 91, 1, "shop seldom", 0, 1));
    let compared = compare_with_usual(&trace(looked_at), &others);
    assert_eq!(
        sketch(&compared),
        "  shop POST /orders 1x153/20 1x324/19\n+ ├ shop seldom - 1x1/1\n^ ├ db SELECT 3x30/30 20x200/200\n\
         \x20 └ bank charge 1x103/103 1x104/104\n"
    );
    assert_eq!((compared.a.trace, compared.a.traces, compared.a.spans), (None, 5, 5));
    assert_eq!(compared.rows.iter().map(|row| row.seen_permille).collect::<Vec<_>>(), [1000, 200, 1000, 1000]);
    assert_eq!(compared.rows[3].a.unwrap().longest.0, others[2].id, "the one that is usual can be opened");
    assert!(compare_with_usual(&others[0], &[]).rows.iter().all(|row| row.change == Change::Added));
}

#[test]
fn deep_and_wide_traces_are_no_trouble() {
    let chain = |id| trace((1..=20_000).map(|n| span(id, n, n - 1, "a deep", 0, 1)).collect());
    let compared = compare(&chain(1), &chain(2));
    assert_eq!((compared.rows.len(), compared.rows[19_999].depth), (20_000, 19_999));
    assert!(compared.prefix(19_999, 4, true) == "…   └");
    let wide = |id| {
        let children = (2..50_000).map(|n| span(id, n, 1, &format!("a wide{}", n % 7_000), 0, 1));
        trace([span(id, 1, 0, "a root", 0, 1)].into_iter().chain(children).collect())
    };
    assert_eq!(compare(&wide(1), &wide(2)).rows.len(), 7_001);
}

/// Spans of a trace with few operations, so that places repeat; parents may be missing, later, or the span itself.
fn any_trace(id: u64) -> impl Strategy<Value = Arc<Trace>> {
    let spans = proptest::collection::vec((0u64..30, 0usize..5, -20i64..50, 0i64..60), 1..30);
    spans.prop_map(move |spans| {
        let made = (1..).zip(spans).map(|(n, (parent, name, from, length))| {
            let name = ["a x", "a y", "b x", "b y", "c z"][name];
            span(id, n, parent, name, from, from + length)
        });
        trace(made.collect())
    })
}

proptest! {
    #[test]
    fn every_span_is_in_one_row_and_the_rows_explain_the_difference(a in any_trace(1), b in any_trace(2)) {
        let compared = compare(&a, &b);
        let sum = |side: fn(&ComparedRow) -> Option<Figures>| {
            let of = |it: Figures| (it.count, it.self_ns, it.errors);
            let all = compared.rows.iter().filter_map(side).map(of);
            all.fold((0, 0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1, sum.2 + it.2))
        };
        prop_assert_eq!(sum(|row| row.a), (compared.a.spans, compared.a.busy_ns, compared.a.errors));
        prop_assert_eq!(sum(|row| row.b), (compared.b.spans, compared.b.busy_ns, compared.b.errors));
        for (side, trace) in [(&compared.a, &a), (&compared.b, &b)] {
            let own = self_times(trace.spans(), &TraceTree::build(trace.spans()));
            prop_assert_eq!(side.busy_ns, own.into_iter().sum::<i64>());
        }
        let explained: i64 = compared.rows.iter().map(ComparedRow::self_delta).sum();
        prop_assert_eq!(explained, compared.b.busy_ns - compared.a.busy_ns);
        for (at, row) in compared.rows.iter().enumerate() {
            prop_assert!(row.a.is_some() || row.b.is_some());
            if let Some(parent) = row.parent {
                prop_assert!(parent < at && at < compared.rows[parent].end && row.end <= compared.rows[parent].end);
                prop_assert!(row.a.is_none() || compared.rows[parent].a.is_some());
                prop_assert!(row.b.is_none() || compared.rows[parent].b.is_some());
            }
        }
    }

    #[test]
    fn a_trace_beside_itself_differs_in_nothing(spans in any_trace(1), copies in 1usize..4) {
        let compared = compare(&spans, &spans);
        prop_assert!(compared.rows.iter().all(|row| row.change == Change::Same && row.a == row.b));
        let usual = compare_with_usual(&spans, &vec![Arc::clone(&spans); copies]);
        prop_assert_eq!(usual.rows, compared.rows);
    }

    #[test]
    fn swapped_sides_swap_what_is_said(a in any_trace(1), b in any_trace(2)) {
        let said = |compared: &Comparison, is_swapped: bool| {
            let mut said: Vec<_> = compared.rows.iter().map(|row| {
                let change = match (row.change, is_swapped) {
                    (Change::Added, true) => Change::Missing,
                    (Change::Missing, true) => Change::Added,
                    (Change::Grew, true) => Change::Shrank,
                    (Change::Shrank, true) => Change::Grew,
                    (change, _) => change,
                };
                let (a, b) = if is_swapped { (row.b, row.a) } else { (row.a, row.b) };
                (row.id, format!("{change:?} {a:?} {b:?}"))
            }).collect();
            said.sort();
            said
        };
        prop_assert_eq!(said(&compare(&a, &b), false), said(&compare(&b, &a), true));
    }
}
