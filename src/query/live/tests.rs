//! Queries in force while lines come and go, against a naive filter.

use super::*;
use crate::model::{FormatId, Loss, LossReason};
use crate::model::{Level, Nanos, Zone};
use crate::query::matches::Matches;
use crate::query::plan::CompileContext;
use crate::store::{Draft, HISTORY_IDS, LogWriter, NewLine, log_store};
use proptest::prelude::*;

fn plan(text: &str) -> Arc<Plan> {
    Arc::new(Plan::compile(text, &CompileContext::new(0, Zone::UTC)).unwrap())
}

/// A line of text; a row of loss without any.
fn line(text: &[u8], time: Nanos) -> NewLine<'_> {
    NewLine {
        time,
        severity: Level::ALL[text.len() % Level::COUNT].floor(),
        source: 0,
        service: 0,
        format: if text.is_empty() { FormatId::LOSS } else { FormatId::TEXT },
        text,
        trace_id: None,
        span_id: None,
        record: None,
        resource: None,
    }
}

fn push(writer: &mut LogWriter, text: &[u8], time: Nanos) {
    let loss = Loss { count: 1, from: 0, to: 0, reason: LossReason::Sample }.encode();
    let new = line(text, time);
    writer.push(&NewLine { text: if text.is_empty() { &loss } else { text }, ..new });
}

fn naive(plan: &Plan, snapshot: &Snapshot) -> Vec<LineId> {
    let matches = |id: &LineId| plan.matches(&snapshot.line(*id).unwrap(), &snapshot.services, &snapshot.sources);
    (snapshot.first()..snapshot.end()).filter(matches).collect()
}

fn counted(volume: &Volume) -> u32 {
    volume.range().map_or(0, |(from, to)| volume.columns(from, to, 10).iter().flatten().sum())
}

/// What one has who takes in everything that a query reports.
#[derive(Default)]
struct Heard {
    matches: Matches,
    volume: Volume,
}

impl Heard {
    fn take(&mut self, progress: Progress) -> bool {
        self.volume.merge(&progress.volume);
        let is_done = progress.is_done();
        progress.runs.into_iter().for_each(|run| self.matches.insert(run));
        is_done
    }

    fn ids(&self) -> Vec<LineId> {
        self.matches.iter().collect()
    }
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
    let mut heard = Heard::default();
    let first = query.advance(&reader.snapshot(), 1000);
    assert_eq!((first.remaining, first.searched.clone()), (lines - 1000, lines - 1000..lines));
    assert_eq!(first.runs.first().map(|run| run.last()), Some((lines - 1) / 1000 * 1000));
    heard.take(first);
    push(&mut writer, b"hit", 0);
    writer.publish();
    let second = query.advance(&reader.snapshot(), 1);
    assert_eq!(second.runs.iter().map(|run| run.first()).collect::<Vec<_>>(), [lines], "the new before the backlog");
    heard.take(second);
    while !heard.take(query.advance(&reader.snapshot(), 5000)) {}
    assert_eq!(heard.ids(), naive(query.plan(), &reader.snapshot()));
    assert_eq!(u64::from(counted(&heard.volume)), heard.matches.len());
    let idle = query.advance(&reader.snapshot(), 1000);
    assert!(idle.is_done() && idle.runs.is_empty());
}

#[test]
fn answers_that_were_not_given_are_asked_for_again() {
    let (mut writer, reader) = log_store(64 << 20, 1 << 40);
    (0..100).for_each(|_| push(&mut writer, b"hit", 0));
    writer.publish();
    let snapshot = reader.snapshot();
    let plan = plan("hit");
    let mut query = LiveQuery::new(Arc::clone(&plan));
    let searcher = LiveQuery::searcher(&plan, &snapshot);
    let pieces = query.pieces(&snapshot, 4, 10);
    assert_eq!(pieces.len(), 4);
    let progress = query.take(pieces[..2].iter().map(|piece| searcher.search(piece)), &snapshot);
    assert_eq!((progress.remaining, progress.runs.len()), (80, 2));
    assert_eq!(query.pieces(&snapshot, 1, 10)[0].ids, pieces[2].ids);
}

#[test]
fn a_query_is_taken_up_where_it_was_left() {
    let (mut writer, reader) = log_store(64 << 20, 0);
    (0..100).for_each(|_| push(&mut writer, b"hit", 0));
    writer.publish();
    let snapshot = reader.snapshot();
    let (mut query, mut heard) = (LiveQuery::new(plan("hit")), Heard::default());
    heard.take(query.advance(&snapshot, 30));
    let mut resumed = LiveQuery::resumed(plan("hit"), query.searched());
    heard.take(resumed.advance(&snapshot, 1000));
    assert_eq!((heard.matches.len(), counted(&heard.volume)), (100, 100), "nothing is found twice");
}

#[derive(Clone, Debug)]
enum Step {
    Push(Vec<u8>, usize),
    Prepend(Vec<u8>, usize),
    Publish,
    Advance(usize),
    /// The query is left, and taken up again after that.
    Resume,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => ("[ab]{0,3}", 1..60usize).prop_map(|(text, times)| Step::Push(text.into_bytes(), times)),
        2 => ("[ab]{1,3}", 1..60usize).prop_map(|(text, times)| Step::Prepend(text.into_bytes(), times)),
        2 => Just(Step::Publish),
        2 => (0..80usize).prop_map(Step::Advance),
        1 => Just(Step::Resume),
    ];
    prop::collection::vec(step, 0..60)
}

/// Puts history in front.
fn prepend(writer: &mut LogWriter, text: &[u8], times: usize) {
    let mut draft = Draft::default();
    (0..times).for_each(|_| draft.push(&line(text, 0)));
    writer.prepend(draft);
}

proptest! {
    #[test]
    fn it_ends_with_what_a_naive_filter_finds(
        steps in steps(),
        query in prop::sample::select(vec!["", "a", "-ab", "level:warn OR b"]),
    ) {
        let (mut writer, reader) = log_store(24 << 10, HISTORY_IDS);
        let (mut live, mut heard) = (LiveQuery::new(plan(query)), Heard::default());
        let mut lowest = LineId::MAX;
        for step in steps {
            match step {
                Step::Push(text, times) => {
                    (0..times).for_each(|n| push(&mut writer, &text, Nanos::try_from(n).unwrap() * 400_000_000));
                }
                // A writer reads no more history once it has evicted something: ids are not given twice.
                Step::Prepend(text, times) if reader.snapshot().first() <= lowest => {
                    prepend(&mut writer, &text, times);
                }
                Step::Prepend(..) => {}
                Step::Publish => drop(writer.publish()),
                Step::Advance(budget) => {
                    heard.take(live.advance(&reader.snapshot(), budget));
                }
                Step::Resume => live = LiveQuery::resumed(plan(query), live.searched()),
            }
            let snapshot = reader.snapshot();
            lowest = lowest.min(snapshot.first());
            heard.matches.evict(snapshot.first());
            let seen = live.searched();
            let expected: Vec<_> = naive(live.plan(), &snapshot).into_iter().filter(|id| seen.contains(id)).collect();
            prop_assert_eq!(heard.ids(), expected, "all that was searched is there");
        }
        while !heard.take(live.advance(&reader.snapshot(), 10)) {}
        prop_assert_eq!(heard.ids(), naive(live.plan(), &reader.snapshot()));
    }
}
