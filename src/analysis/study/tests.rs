//! What is told of a trace as a whole, of small traces and of any.

use proptest::prelude::*;

use super::*;
use crate::analysis::trace_tree::tests::span;
use crate::store::trace_table;

fn study(spans: Vec<Span>, is_corrected: bool) -> Study {
    let (mut writer, reader) = trace_table(64 << 20);
    let id = spans[0].trace_id;
    writer.add(spans, "test", 0);
    Study::of(reader.get(id).unwrap(), is_corrected)
}

fn named(id: u64, parent: u64, name: &str) -> Span {
    Span { name: name.into(), ..Span::clone(&span(id, parent, 0, 10)) }
}

#[test]
fn the_names_that_take_most_room_are_told() {
    let mut spans = vec![named(1, 0, "root"), named(2, 1, &"漢".repeat(20)), named(3, 2, &"x".repeat(38))];
    spans.extend((4..1_000).map(|id| named(id, 1, "a name that many have in common")));
    let study = study(spans, false);
    assert!(study.widest.len() <= 64, "{}", study.widest.len());
    for id in [2, 3] {
        let row = study.row_of(SpanId::from_u64(id).unwrap()).unwrap();
        assert!(study.widest.contains(&row), "{id}");
    }
    assert_eq!((indent(0), indent(3), indent(20_000)), (0, 6, 16));
}

#[test]
fn a_study_is_what_it_was_made_of() {
    let spans = || vec![named(1, 0, "a"), named(2, 1, "b")];
    let one = study(spans(), false);
    assert_eq!(one, Study::of(Arc::clone(&one.trace), false));
    assert_ne!(one, Study::of(Arc::clone(&one.trace), true));
    assert_ne!(one, study(spans(), false), "another trace, though it says the same");
}

proptest! {
    #[test]
    fn the_parts_of_the_path_are_those_of_its_spans(
        shapes in proptest::collection::vec((0u64..30, 0i64..100, 0i64..60), 0..40),
    ) {
        let mut spans = vec![Span::clone(&span(1, 0, 0, 100))];
        for (id, (parent, start, length)) in (2..).zip(shapes) {
            spans.push(Span::clone(&span(id, parent % (id - 1) + 1, start, start + length)));
        }
        let study = study(spans, false);
        let segments = study.path.segments();
        let mut parts = 0;
        for at in 0..study.spans().len() {
            let mut before = 0;
            for part in study.parts_of(at) {
                let start = study.summary.start;
                let is_it = |it: &crate::analysis::critical_path::Segment| {
                    (it.span, it.from, it.to) == (at, part.from_ns + start, part.to_ns + start)
                };
                prop_assert!(segments.iter().any(is_it));
                prop_assert_eq!(part.before_ns, before);
                before += part.to_ns - part.from_ns;
                parts += 1;
            }
        }
        prop_assert_eq!(parts, segments.len());
        prop_assert_eq!(study.parts_of(study.spans().len()), []);
    }
}
