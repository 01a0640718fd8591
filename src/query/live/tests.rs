//! Queries in force while lines come and go, against a naive filter.

use super::*;
use crate::model::{FormatId, Loss, LossReason};
use crate::model::{Level, Nanos};
use crate::query::plan::CompileContext;
use crate::store::{LogWriter, NewLine, log_store};
use proptest::prelude::*;

fn plan(text: &str) -> Arc<Plan> {
    Arc::new(Plan::compile(text, &CompileContext::new(0, 0)).unwrap())
}

fn push(writer: &mut LogWriter, text: &[u8], time: Nanos) {
    let format = if text.is_empty() { FormatId::LOSS } else { FormatId::TEXT };
    let loss = Loss { count: 1, from: 0, to: 0, reason: LossReason::Sample }.encode();
    writer.push(&NewLine {
        time,
        severity: Level::ALL[text.len() % Level::COUNT].floor(),
        source: 0,
        service: 0,
        format,
        text: if text.is_empty() { &loss } else { text },
        trace_id: None,
        span_id: None,
        record: None,
    });
}

fn naive(plan: &Plan, snapshot: &Snapshot) -> Vec<LineId> {
    let matches = |id: &LineId| plan.matches(&snapshot.line(*id).unwrap(), &snapshot.services, &snapshot.sources);
    (snapshot.first()..snapshot.end()).filter(matches).collect()
}

fn counted(volume: &Volume) -> u32 {
    volume.range().map_or(0, |(from, to)| volume.columns(from, to, 10).iter().flatten().sum())
}

#[test]
fn the_newest_are_found_first_and_what_comes_is_added() {
    let (mut writer, reader) = log_store(64 << 20, 0);
    let lines = 3 * PIECE;
    for n in 0..lines {
        push(&mut writer, if n % 1000 == 0 { b"hit" } else { b"miss" }, 0);
    }
    writer.publish();
    let mut query = LiveQuery::new(plan("hit"));
    let first = query.advance(&reader.snapshot(), 1);
    assert!(!first.done && first.remaining > 0);
    assert!(first.chunks.iter().all(|chunk| chunk.at_front));
    assert_eq!(first.chunks[0].ids.last(), Some(&(lines - 1).div_euclid(1000).wrapping_mul(1000)));
    push(&mut writer, b"hit", 0);
    writer.publish();
    let second = query.advance(&reader.snapshot(), 1);
    assert_eq!(second.chunks, [Chunk { ids: vec![lines], at_front: false }], "what is new goes before the backlog");
    while !query.advance(&reader.snapshot(), 1).done {}
    assert_eq!(Vec::from(query.results().clone()), naive(query.plan(), &reader.snapshot()));
    let idle = query.advance(&reader.snapshot(), 1000);
    assert!(idle.done && idle.chunks.is_empty());
    assert_eq!(counted(query.volume()) as usize, query.results().len());
}

#[derive(Clone, Debug)]
enum Step {
    Push(Vec<u8>, usize),
    Publish,
    Advance(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => ("[ab]{0,3}", 1..60usize).prop_map(|(text, times)| Step::Push(text.into_bytes(), times)),
        2 => Just(Step::Publish),
        2 => (0..80usize).prop_map(Step::Advance),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn it_ends_with_what_a_naive_filter_finds(
        steps in steps(),
        query in prop::sample::select(vec!["", "a", "-ab", "level:warn OR b"]),
    ) {
        let (mut writer, reader) = log_store(8 << 10, 0);
        let mut live = LiveQuery::new(plan(query));
        let mut replayed = VecDeque::new();
        let mut replay = |progress: Progress, live: &LiveQuery| {
            replayed.drain(..progress.evicted);
            for chunk in progress.chunks {
                if chunk.at_front {
                    chunk.ids.iter().rev().for_each(|id| replayed.push_front(*id));
                } else {
                    replayed.extend(chunk.ids);
                }
            }
            assert_eq!(&replayed, live.results(), "chunks say what the results are");
            progress.done
        };
        for step in steps {
            match step {
                Step::Push(text, times) => (0..times).for_each(|n| push(&mut writer, &text, Nanos::try_from(n).unwrap() * 400_000_000)),
                Step::Publish => drop(writer.publish()),
                Step::Advance(budget) => {
                    replay(live.advance(&reader.snapshot(), budget), &live);
                }
            }
            prop_assert!(live.results().iter().is_sorted());
        }
        while !replay(live.advance(&reader.snapshot(), 10), &live) {}
        let snapshot = reader.snapshot();
        prop_assert_eq!(Vec::from(live.results().clone()), naive(live.plan(), &snapshot));
    }
}
