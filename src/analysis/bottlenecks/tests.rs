//! What a trace spends its time on.

use proptest::prelude::*;

use super::super::trace_tree::TraceTree;
use super::super::trace_tree::tests::span;
use super::*;

fn found(spans: &[Arc<Span>]) -> Vec<Bottleneck> {
    bottlenecks(spans, &CriticalPath::find(spans, &TraceTree::build(spans)))
}

fn named(name: &str, span: &Arc<Span>) -> Arc<Span> {
    Arc::new(Span { name: name.into(), ..Span::clone(span) })
}

#[test]
fn time_is_summed_by_operation() {
    let spans = [
        named("root", &span(1, 0, 0, 100)),
        named("query", &span(2, 1, 10, 30)),
        named("query", &span(3, 1, 40, 80)),
        named("call", &span(4, 1, 85, 95)),
        named("all of call", &span(5, 4, 85, 95)),
        named("beside", &span(6, 1, 45, 60)),
    ];
    let told: Vec<_> = found(&spans)
        .into_iter()
        .map(|it| (it.operation.to_string(), it.spans, it.longest, it.exclusive_ns, (it.share * 100.0).round()))
        .collect();
    let row = |name: &str, spans, longest, ns, percent: f64| (name.to_owned(), spans, longest, ns, percent);
    let expected = [row("query", 2, 2, 60, 60.0), row("root", 1, 0, 30, 30.0), row("all of call", 1, 4, 10, 10.0)];
    assert_eq!(told, expected);
    assert_eq!(found(&[]), []);
    assert_eq!(found(&[span(1, 0, 5, 5)]), []);
}

proptest! {
    #[test]
    fn shares_make_the_whole(shapes in proptest::collection::vec((0u64..30, 0i64..100, 0i64..60), 0..40)) {
        let mut spans = vec![span(1, 0, 0, 100)];
        for (id, (parent, start, length)) in (2..).zip(shapes) {
            spans.push(named(&format!("op{}", id % 5), &span(id, parent % (id - 1) + 1, start, start + length)));
        }
        let found = found(&spans);
        prop_assert_eq!(found.iter().map(|it| it.exclusive_ns).sum::<Nanos>(), 100);
        prop_assert!((found.iter().map(|it| it.share).sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(found.is_sorted_by(|a, b| a.exclusive_ns >= b.exclusive_ns));
    }
}
