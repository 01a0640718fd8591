//! Where a container's log goes on: what to ask the engine for, and which of its answer was handed over before.
//!
//! An engine asked for what came since a time finds the first message of that time or later and sends everything behind
//! it, also what is older: times go backwards where two streams are written at once, or a clock is set. So what was handed
//! over is remembered message by message from the first one on that the question finds, and counted: two equal lines at
//! one time are two lines.
//!
//! The question is for a whole second, because Podman stamps messages with seconds alone.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::frames::Stream;
use crate::model::Nanos;

/// Nanoseconds in a second.
const SECOND: Nanos = 1_000_000_000;

/// Messages remembered at most: a second of a log that writes this many a second. A megabyte.
const REMEMBERED: usize = 65_536;

/// What a log is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// The last so many lines, from a time on if there is one.
    Last(u64, Option<Nanos>),
    /// All there is from a time on.
    Since(Nanos),
    /// All there is.
    All,
    /// All of the container's present run.
    Run,
}

/// The cursor of one log.
#[derive(Debug)]
pub(super) struct Cursor {
    /// What to ask for while nothing was handed over.
    start: Start,
    /// The newest time that was handed over.
    newest: Option<Nanos>,
    /// What was handed over from the first message of [`Self::anchor`] or later on.
    recent: VecDeque<(Nanos, u64)>,
    /// Whether more came since the anchor than is remembered.
    is_full: bool,
    /// Whether all that was handed over is remembered.
    has_all: bool,
    /// What of the present answer is known already, and how often.
    repeats: HashMap<u64, u32>,
    /// Whether what is not known is older than what was asked for at first.
    is_before: bool,
}

impl Cursor {
    /// Of a log that nothing was read of.
    pub(super) fn new(start: Start) -> Self {
        Self {
            start,
            newest: None,
            recent: VecDeque::new(),
            is_full: false,
            has_all: true,
            repeats: HashMap::new(),
            is_before: false,
        }
    }

    /// Notes when the container was started.
    pub(super) fn start_run(&mut self, started: Option<Nanos>) {
        if self.start == Start::Run {
            // The first lines may be a little older than the engine's note of the start.
            self.start = started.map_or(Start::All, |started| Start::Since(started - SECOND));
        }
    }

    /// What to ask for, now. What is sent in answer has to pass [`Self::is_new`].
    pub(super) fn ask(&mut self, now: Nanos) -> Start {
        let Some(newest) = self.newest else {
            let asked = self.start;
            if matches!(asked, Start::Last(0, _)) {
                // The next question is for what comes from this one on.
                self.start = Start::Since(now);
            }
            return asked;
        };
        self.repeats.clear();
        for (_, key) in &self.recent {
            *self.repeats.entry(*key).or_default() += 1;
        }
        // The last lines were asked for: others of the same second stand before them, and nobody wants those.
        self.is_before = self.has_all && matches!(self.start, Start::Last(..));
        // With too much to remember in one second, the very newest time is the closest that can be asked for.
        Start::Since(if self.is_full { newest } else { anchor(newest) })
    }

    /// Notes that the answer ended well: a log that was empty is wanted whole from now on.
    pub(super) fn has_ended(&mut self) {
        if let (None, Start::Last(_, since)) = (self.newest, self.start) {
            self.start = since.map_or(Start::All, Start::Since);
        }
    }

    /// Whether a message was not handed over before; notes that it is now.
    pub(super) fn is_new(&mut self, stream: Stream, time: Nanos, text: &[u8]) -> bool {
        let key = key(stream, time, text);
        if self.newest.is_some_and(|newest| time > newest) {
            // All that was there before has come by now.
            self.repeats.clear();
            self.is_before = false;
        }
        if let Some(count) = self.repeats.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.repeats.remove(&key);
            }
            self.is_before = false;
            return false;
        }
        if self.is_before {
            return false;
        }
        self.remember(time, key);
        true
    }

    fn remember(&mut self, time: Nanos, key: u64) {
        let newest = self.newest.map_or(time, |newest| newest.max(time));
        let anchor = anchor(newest);
        if self.newest.is_none_or(|before| anchor > self::anchor(before)) {
            self.is_full = false;
        }
        self.newest = Some(newest);
        self.recent.push_back((time, key));
        while self.recent.front().is_some_and(|(time, _)| *time < anchor) {
            self.recent.pop_front();
            self.has_all = false;
        }
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
            (self.is_full, self.has_all) = (true, false);
        }
    }
}

/// The second that a time is in.
fn anchor(time: Nanos) -> Nanos {
    time - time.rem_euclid(SECOND)
}

fn key(stream: Stream, time: Nanos, text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (stream, time, text).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Nanos = 1_772_359_200 * SECOND;

    fn feed(cursor: &mut Cursor, log: &[(Nanos, &'static str)]) -> Vec<&'static str> {
        let new = |(time, text): &(Nanos, &'static str)| cursor.is_new(Stream::Out, *time, text.as_bytes());
        log.iter().copied().filter(new).map(|(_, text)| text).collect()
    }

    /// What an engine answers: all from the first message at or after the time.
    fn answer(log: &[(Nanos, &'static str)], start: Start) -> Vec<(Nanos, &'static str)> {
        let Start::Since(since) = start else { panic!("{start:?}") };
        log.iter().skip_while(|(time, _)| *time < since).copied().collect()
    }

    #[test]
    fn nothing_comes_twice_and_nothing_is_lost_wherever_the_connection_breaks() {
        let log: &[(Nanos, &'static str)] = &[
            (T + 5, "a"),
            (T + SECOND, "same"),
            (T + SECOND, "same"),
            (T + SECOND - 1, "older"),
            (T + SECOND, "same"),
            (T + 2 * SECOND + 7, "b"),
            (T, "clock was set back"),
            (T + 2 * SECOND + 7, "b"),
            (T + 2 * SECOND + 9, "c"),
        ];
        for first in 1..log.len() {
            for second in first..log.len() {
                let mut cursor = Cursor::new(Start::All);
                let mut got = feed(&mut cursor, &log[..first]);
                for sent in [&log[..second], log] {
                    let again = answer(sent, cursor.ask(T));
                    got.extend(feed(&mut cursor, &again));
                }
                assert_eq!(got, log.iter().map(|(_, text)| *text).collect::<Vec<_>>(), "at {first} and {second}");
            }
        }
    }

    #[test]
    fn a_second_that_is_too_full_is_asked_for_by_its_end() {
        let mut cursor = Cursor::new(Start::All);
        let last = Nanos::try_from(REMEMBERED).unwrap();
        for at in 0..=last {
            assert!(cursor.is_new(Stream::Err, T + at, b"x"));
        }
        assert_eq!(cursor.ask(T), Start::Since(T + last));
        assert!(!cursor.is_new(Stream::Err, T + last, b"x"));
        assert!(cursor.is_new(Stream::Err, T + SECOND, b"x"));
        assert_eq!(cursor.ask(T), Start::Since(T + SECOND));
    }

    #[test]
    fn the_first_question_stays_until_something_came() {
        let mut cursor = Cursor::new(Start::Last(5, None));
        assert_eq!((cursor.ask(T), cursor.ask(T)), (Start::Last(5, None), Start::Last(5, None)));
        cursor.has_ended();
        assert_eq!(cursor.ask(T), Start::All);
        let mut cursor = Cursor::new(Start::Last(0, None));
        assert_eq!((cursor.ask(T), cursor.ask(T + 1)), (Start::Last(0, None), Start::Since(T)));
        let mut cursor = Cursor::new(Start::Run);
        cursor.start_run(Some(T));
        assert_eq!(cursor.ask(T), Start::Since(T - SECOND));
    }
}
