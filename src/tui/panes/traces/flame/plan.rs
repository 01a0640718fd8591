//! Which frames of a flame graph are wide enough to be seen, and where they stand.

use std::ops::Range;

use crate::analysis::flame::{FlameGraph, Frame};

/// A frame as a box: columns from the left, on the level of its depth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Placed {
    /// Its place in the graph.
    pub(super) frame: usize,
    pub(super) depth: usize,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// What is to be seen of a graph.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Plan {
    /// The frames that are at least a column wide, in pre-order; so those of one level stand from left to right.
    pub(super) boxes: Vec<Placed>,
    /// Stretches of frames that are narrower: first column, columns, level.
    pub(super) shreds: Vec<(u16, u16, usize)>,
}

/// What is to be seen on `levels` of `width` columns, when the frame `zoom` takes all of them. Its ancestors do so too.
/// O(columns · depth): a frame of less than a column is not entered, nor are its younger siblings, which are narrower.
pub(super) fn plan(graph: &FlameGraph, zoom: Option<usize>, levels: &Range<usize>, width: u16) -> Plan {
    let mut plan = Plan::default();
    let zoomed = zoom.and_then(|at| graph.frames.get(at));
    let mut up = zoomed.and_then(|frame| frame.parent);
    while let Some((at, frame)) = up.and_then(|at| Some((at, graph.frames.get(at)?))) {
        if levels.contains(&frame.depth) {
            plan.boxes.push(Placed { frame: at, depth: frame.depth, x: 0, width });
        }
        up = frame.parent;
    }
    plan.boxes.reverse();
    let (first, end) = zoom.zip(zoomed).map_or((0, graph.frames.len()), |(at, frame)| (at, frame.end));
    let (from, span) = zoomed.map_or((0, graph.total_ns), |frame| (frame.start_ns, frame.total_ns));
    let column = |ns: i64| column(ns.saturating_sub(from), span, width);
    let mut at = first;
    while let Some(frame) = graph.frames.get(at).filter(|_| at < end) {
        let x = column(frame.start_ns);
        let cells = column(frame.start_ns.saturating_add(frame.total_ns)).saturating_sub(x);
        // A zoomed frame is seen even where it took no time at all.
        let cells = if Some(at) == zoom { width } else { cells };
        if cells == 0 {
            let parent = frame.parent.filter(|_| at != first).and_then(|parent| graph.frames.get(parent));
            let to = parent.map_or(width, |parent| column(parent.start_ns.saturating_add(parent.children_ns)));
            if to > x && levels.contains(&frame.depth) {
                plan.shreds.push((x, to - x, frame.depth));
            }
            at = parent.map_or(end, |parent| parent.end);
            continue;
        }
        if levels.contains(&frame.depth) {
            plan.boxes.push(Placed { frame: at, depth: frame.depth, x, width: cells });
        }
        at = if frame.depth + 1 >= levels.end { frame.end } else { at + 1 };
    }
    plan
}

/// The column in which a time lies, of `width` that stand for `span`.
fn column(ns: i64, span: i64, width: u16) -> u16 {
    let span = i128::from(span.max(1));
    let at = i128::from(ns) * i128::from(width) / span;
    u16::try_from(at.clamp(0, i128::from(width))).unwrap_or(width)
}

/// The frames from the root to `at`, by name: what finds it again in another graph of the same.
pub(super) fn path(graph: &FlameGraph, at: usize) -> Vec<&Frame> {
    let up = std::iter::successors(graph.frames.get(at), |frame| graph.frames.get(frame.parent?));
    let mut path: Vec<&Frame> = up.collect();
    path.reverse();
    path
}

/// The frame at the end of `path`, or the last one on the way there that is. O(frames).
pub(super) fn find(graph: &FlameGraph, path: &[&Frame]) -> Option<usize> {
    let (mut found, mut at, mut end) = (None, 0, graph.frames.len());
    for wanted in path {
        while let Some(frame) = graph.frames.get(at).filter(|_| at < end) {
            let is_it = (&frame.service, &frame.operation, frame.is_rest)
                == (&wanted.service, &wanted.operation, wanted.is_rest);
            if is_it {
                break;
            }
            at = frame.end;
        }
        let Some(frame) = graph.frames.get(at).filter(|_| at < end) else { break };
        (found, end, at) = (Some(at), frame.end, at + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    /// A graph from (depth, width) in pre-order; a frame is as wide as its children at least.
    fn graph(shape: &[(usize, i64)]) -> FlameGraph {
        let mut frames: Vec<Frame> = Vec::new();
        let mut line: Vec<usize> = Vec::new();
        for (place, (depth, width)) in shape.iter().enumerate() {
            line.truncate(*depth);
            for above in &line {
                frames[*above].end = place + 1;
            }
            let name: Arc<str> = Arc::from(place.to_string());
            frames.push(Frame {
                service: Arc::clone(&name),
                operation: name,
                is_rest: false,
                parent: line.last().copied(),
                depth: line.len(),
                end: place + 1,
                start_ns: 0,
                total_ns: *width,
                children_ns: 0,
                self_ns: 0,
                calls: 1,
                errors: 0,
            });
            line.push(place);
        }
        for at in (0..frames.len()).rev() {
            frames[at].total_ns = frames[at].total_ns.max(frames[at].children_ns);
            let width = frames[at].total_ns;
            if let Some(parent) = frames[at].parent {
                frames[parent].children_ns += width;
            }
        }
        let (mut taken, mut total_ns) = (vec![0; frames.len()], 0);
        for at in 0..frames.len() {
            let (from, taken) = match frames[at].parent {
                Some(parent) => (frames[parent].start_ns, &mut taken[parent]),
                None => (0, &mut total_ns),
            };
            frames[at].start_ns = from + *taken;
            *taken += frames[at].total_ns;
        }
        FlameGraph { frames, total_ns, depth: 9 }
    }

    fn boxes(plan: &Plan) -> Vec<(usize, usize, u16, u16)> {
        plan.boxes.iter().map(|it| (it.frame, it.depth, it.x, it.width)).collect()
    }

    #[test]
    fn what_is_narrower_than_a_column_is_one_stretch_and_seen_when_zoomed() {
        let graph = graph(&[(0, 100), (1, 60), (2, 30), (1, 4), (2, 4), (1, 3), (1, 2)]);
        let all = plan(&graph, None, &(0..9), 10);
        assert_eq!(boxes(&all), [(0, 0, 0, 10), (1, 1, 0, 6), (2, 2, 0, 3)]);
        assert_eq!(all.shreds, []);
        let wide = plan(&graph, None, &(0..9), 20);
        assert_eq!(wide.shreds, [(12, 1, 1)]);
        assert_eq!(boxes(&plan(&graph, Some(3), &(0..9), 10)), [(0, 0, 0, 10), (3, 1, 0, 10), (4, 2, 0, 10)]);
        assert_eq!(boxes(&plan(&graph, None, &(1..2), 10)), [(1, 1, 0, 6)]);
        assert_eq!(plan(&FlameGraph::default(), None, &(0..9), 10), Plan::default());
    }

    #[test]
    fn a_frame_is_found_again_by_its_path() {
        let known = graph(&[(0, 100), (1, 60), (2, 30), (1, 4)]);
        for at in 0..known.frames.len() {
            assert_eq!(find(&known, &path(&known, at)), Some(at));
        }
        let other = graph(&[(0, 100), (1, 60)]);
        assert_eq!(find(&other, &path(&known, 2)), Some(1), "as far as there is one");
        assert_eq!(find(&FlameGraph::default(), &path(&known, 2)), None);
    }

    proptest! {
        #[test]
        fn boxes_never_overlap_and_lie_within_those_above(
            children in proptest::collection::vec((1usize..6, 1i64..50), 0..60), width in 0u16..90, zoom in 0usize..70,
        ) {
            let shape: Vec<_> = [(0, 100)].into_iter().chain(children).collect();
            let graph = graph(&shape);
            let plan = plan(&graph, Some(zoom).filter(|at| *at < shape.len()), &(0..9), width);
            let mut ends = [0u16; 10];
            let mut seen = [(0u16, 0u16); 10];
            for it in &plan.boxes {
                prop_assert!(it.x >= ends[it.depth] && it.x + it.width <= width);
                ends[it.depth] = it.x + it.width;
                seen[it.depth] = (it.x, it.x + it.width);
                if it.depth > 0 {
                    let above = seen[it.depth - 1];
                    prop_assert!(above.0 <= it.x && it.x + it.width <= above.1, "{:?} below {:?}", it, above);
                }
            }
        }
    }
}
