//! The window in which lines of several sources are put in order: it waits for one publication, and never longer.

use super::*;
use crate::store::Snapshot;

/// A ring with a writer that settles, and the times that a reader sees after each publication.
struct Live {
    writer: LogWriter,
    reader: LogReader,
}

impl Live {
    fn new() -> Self {
        let (writer, reader) = log_store(1 << 20, 0);
        Self { writer, reader }
    }

    /// Lines of a source that come now, by their times.
    fn come(&mut self, source: NameId, times: &[Nanos]) {
        for time in times {
            self.writer.push(&NewLine { source, ..line(b"x", *time) });
        }
    }

    fn settled(&mut self) -> Vec<Nanos> {
        self.writer.settle();
        times(&self.reader.snapshot())
    }
}

fn times(snapshot: &Snapshot) -> Vec<Nanos> {
    snapshot.segments().flat_map(|segment| segment.view().times().to_vec()).collect()
}

#[test]
fn lines_that_come_one_publication_late_stand_where_they_belong() {
    let mut live = Live::new();
    // What each of three sources wrote in one turn comes in that turn, or in the next one.
    let turns: [[&[Nanos]; 3]; 5] = [
        [&[10, 14], &[11], &[]],
        [&[20], &[12, 22], &[13]],
        [&[30], &[24], &[21, 23, 31]],
        [&[], &[32], &[]],
        [&[], &[], &[]],
    ];
    let mut seen = Vec::new();
    for turn in turns {
        for (source, times) in (1..).zip(turn) {
            live.come(source, times);
        }
        let now = live.settled();
        assert!(now.starts_with(&seen), "what was shown stays where it is: {seen:?}, {now:?}");
        seen = now;
    }
    assert_eq!(seen, [10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 30, 31, 32]);
}

#[test]
fn a_line_alone_waits_for_a_source_that_was_there_a_moment_ago() {
    let mut live = Live::new();
    live.come(1, &[10]);
    live.come(2, &[11]);
    live.settled();
    live.come(1, &[30]);
    live.settled();
    live.come(2, &[20]);
    live.settled();
    assert_eq!(live.settled(), [10, 11, 20, 30]);
}

#[test]
fn a_single_source_is_never_delayed() {
    let mut live = Live::new();
    for (turn, lines) in (0..50).zip((2..).step_by(2)) {
        live.come(1, &[100 - turn, turn]);
        assert_eq!(live.settled().len(), lines);
        assert!(!live.writer.has_unpublished());
    }
}

#[test]
fn nothing_waits_for_a_source_that_fell_silent() {
    let mut live = Live::new();
    live.come(1, &[10, 50]);
    live.come(2, &[20]);
    assert!(live.settled().is_empty());
    assert!(live.writer.has_unpublished(), "whoever publishes knows that it has to come again");
    // One source alone goes on, with times before and after those that wait.
    live.come(1, &[51, 60]);
    assert_eq!(live.settled(), [10, 20, 50]);
    live.come(1, &[70]);
    assert_eq!(live.settled(), [10, 20, 50, 51, 60]);
    // The other one may come back for a while, and not for ever.
    (0..100).for_each(|_| drop(live.settled()));
    live.come(1, &[80]);
    assert_eq!(live.settled(), [10, 20, 50, 51, 60, 70, 80]);
    assert!(!live.writer.has_unpublished());
}

#[test]
fn every_line_is_shown_with_the_second_publication_at_the_latest() {
    let mut live = Live::new();
    let mut came = 0;
    for turn in 0..100 {
        let before = came;
        for source in 1..4 {
            // Clocks that differ by seconds, so that one source is always far behind the others.
            let base = turn * 10 + Nanos::from(source) * 1000;
            live.come(source, &[base, base + 3]);
            came += 2;
        }
        assert!(live.settled().len() >= before, "turn {turn}");
    }
    assert_eq!(live.settled().len(), came);
}

#[test]
fn the_end_shows_all_that_waits() {
    let mut live = Live::new();
    live.come(1, &[30]);
    live.come(2, &[20]);
    live.settled();
    live.come(1, &[10]);
    live.writer.publish();
    assert_eq!(times(&live.reader.snapshot()), [20, 30, 10], "each source in the order in which it wrote");
}
