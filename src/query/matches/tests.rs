//! Lists of matches against ordered sets, and what they take.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn run(ids: impl IntoIterator<Item = LineId>) -> Arc<Run> {
    let mut runs = Run::of_rising(ids.into_iter());
    assert_eq!(runs.len(), 1);
    Arc::new(runs.pop().unwrap())
}

/// Holds every question against the same asked of a set.
fn check(matches: &Matches, set: &BTreeSet<LineId>) {
    assert!(matches.iter().eq(set.iter().copied()));
    assert!(matches.iter().rev().eq(set.iter().rev().copied()));
    assert_eq!((matches.len(), matches.is_empty()), (set.len() as u64, set.is_empty()));
    assert_eq!((matches.first(), matches.last()), (set.first().copied(), set.last().copied()));
    assert_eq!(matches.select(set.len() as u64), None);
    let step = set.len() / 5 + 1;
    for (rank, id) in set.iter().enumerate().step_by(step) {
        assert_eq!(matches.select(rank as u64), Some(*id));
    }
    let near = set.iter().step_by(step).flat_map(|id| [id.saturating_sub(1), *id, id + 1]);
    for id in near.chain([0, 1, 70_000, 1 << 41]) {
        assert_eq!(matches.rank(id), set.range(..id).count() as u64, "rank {id}");
        assert_eq!(matches.contains(id), set.contains(&id), "contains {id}");
        assert_eq!(matches.at_or_after(id), set.range(id..).next().copied(), "after {id}");
        assert_eq!(matches.at_or_before(id), set.range(..=id).next_back().copied(), "before {id}");
        let range = id..id + 500;
        assert!(matches.range(range.clone()).eq(set.range(range).copied()), "range {id}");
    }
}

/// Ids of one run: few or many of some thousand.
fn some_ids() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        prop::collection::vec(0..65_536u64, 1..8),
        (0..700u64, 1..5u64).prop_map(|(len, step)| (0..=len).map(|at| at * step).collect()),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Back(u64, Vec<u64>),
    Front(u64, Vec<u64>),
    /// Between, or among, what is there.
    Within(u64, Vec<u64>),
    Evict(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..90_000u64, some_ids()).prop_map(|(gap, ids)| Step::Back(gap, ids)),
        3 => (1..90_000u64, some_ids()).prop_map(|(gap, ids)| Step::Front(gap, ids)),
        2 => (0..400_000u64, some_ids()).prop_map(|(at, ids)| Step::Within(at, ids)),
        1 => (0..300_000u64).prop_map(Step::Evict),
    ];
    prop::collection::vec(step, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_list_of_runs_is_an_ordered_set(steps in steps()) {
        let (mut matches, mut set) = (Matches::new(), BTreeSet::new());
        for step in steps {
            let low = set.first().copied().unwrap_or(1 << 40);
            let high = set.last().copied().unwrap_or(1 << 40);
            let ids: BTreeSet<LineId> = match step {
                Step::Back(gap, ids) => ids.iter().map(|at| high + gap + at).collect(),
                Step::Front(gap, ids) => ids.iter().map(|at| low - gap - at).collect(),
                Step::Within(at, ids) => ids.iter().map(|add| low + at + add).collect(),
                Step::Evict(beyond) => {
                    matches.evict(low + beyond);
                    set = set.split_off(&(low + beyond));
                    check(&matches, &set);
                    continue;
                }
            };
            for run in Run::of_rising(ids.iter().copied()) {
                matches.insert(Arc::new(run));
            }
            set.extend(ids);
            check(&matches, &set);
        }
        prop_assert_eq!(matches.clone(), set.iter().copied().collect::<Matches>());
    }

    #[test]
    fn what_is_around_matches_is_what_is_near_one(
        ids in prop::collection::btree_set(0..300u64, 0..20),
        rows in 0..12u64,
        from in 0..100u64,
        len in 0..300u64,
    ) {
        let bounds = from..from + len;
        let near = bounds.clone().filter(|line| ids.iter().any(|id| id.abs_diff(*line) <= rows));
        // A match outside of the bounds is not held, but a line near it may be.
        let matches: Matches = ids.iter().copied().collect();
        prop_assert!(matches.widened(rows, bounds.clone()).iter().eq(near));
        let stretches: Vec<_> = context(ids.iter().copied(), rows, bounds).collect();
        prop_assert!(stretches.is_sorted_by(|a, b| a.end < b.start), "{:?}", stretches);
    }
}

#[test]
fn fifty_million_matches_take_some_megabytes() {
    let mut matches = Matches::new();
    let all = vec![u64::MAX; 1024];
    for at in (0..763).rev() {
        matches.insert(Arc::new(Run::of_words((1 << 40) + at * MAX_SPAN, &all).unwrap()));
    }
    assert_eq!(matches.len(), 763 * MAX_SPAN);
    assert!(matches.bytes() < 7 << 20, "{} bytes", matches.bytes());
    assert_eq!(matches.select(30_000_000), Some((1 << 40) + 30_000_000));
    assert_eq!(matches.rank((1 << 40) + 30_000_000), 30_000_000);
}

#[test]
fn live_lines_leave_few_runs() {
    let mut matches = Matches::new();
    for id in 0..30_000 {
        matches.insert(run([3 * id]));
    }
    assert!(matches.runs.len() < 12, "{} runs", matches.runs.len());
    matches.evict(45_000);
    assert_eq!((matches.len(), matches.first()), (15_000, Some(45_000)));
    assert!(matches.runs.len() < 12);
}

#[test]
fn words_beyond_a_run_are_left_out() {
    assert_eq!(Run::of_words(7, &[0, 0]), None);
    let run = Run::of_words(7, &vec![u64::MAX; 2000]).unwrap();
    assert_eq!((run.first(), run.last(), run.count()), (7, 7 + MAX_SPAN - 1, MAX_SPAN));
}
