//! What is told of own times.

use proptest::prelude::*;

use super::super::trace_tree::tests::span;
use super::*;

fn own(spans: &[Arc<Span>]) -> Vec<Nanos> {
    self_times(spans, &TraceTree::build(spans))
}

#[test]
fn what_children_do_at_once_counts_once_and_what_sticks_out_not_at_all() {
    let spans = [span(1, 0, 0, 100), span(2, 1, 10, 40), span(3, 1, 30, 60), span(4, 1, 90, 150), span(5, 2, -5, 500)];
    assert_eq!(own(&spans), [40, 0, 30, 60, 505]);
    assert_eq!(own(&[span(1, 0, 50, 20), span(2, 1, 0, 10)]), [0, 10], "a clock that stepped back");
    assert_eq!(own(&[]), [0; 0]);
    let (first, last) = (Nanos::MIN, Nanos::MAX);
    let apart = [span(1, 0, first, last), span(2, 1, first, -1), span(3, 1, -1, last)];
    assert_eq!(own(&apart), [0, Nanos::MAX, Nanos::MAX], "farther apart than a number tells");
}

proptest! {
    #[test]
    fn it_is_never_negative_nor_more_than_the_duration_and_adds_up_where_children_take_turns(
        shapes in proptest::collection::vec((0u64..30, -20i64..100, 0i64..60), 0..40),
        steps in proptest::collection::vec(1i64..50, 1..20),
    ) {
        let mut spans = vec![span(1, 0, 0, 100)];
        for (index, (parent, start, length)) in shapes.into_iter().enumerate() {
            let id = index as u64 + 2;
            spans.push(span(id, parent % (id - 1) + 1, start, start + length));
        }
        let own_times = own(&spans);
        for (own, span) in own_times.iter().zip(&spans) {
            prop_assert!((0..=span.duration()).contains(own));
        }
        let total: i64 = steps.iter().sum();
        let mut at = 0;
        let mut turns = vec![span(1, 0, 0, total + 7)];
        for (index, step) in steps.iter().enumerate() {
            turns.push(span(index as u64 + 2, 1, at, at + step));
            at += step;
        }
        prop_assert_eq!(own(&turns).iter().sum::<Nanos>(), total + 7);
    }
}
