//! When to draw: a key at once, data at a steady rate. Pure; the runtime asks it and obeys.
//!
//! A key wants a frame within a hundredth of a second, but a burst of keys must not draw a frame each. Data wants no
//! more than thirty frames a second: more can not be read, and over SSH every frame costs. While data floods in, ten
//! have to do; when it pauses, what came last is shown at once.

use std::time::Duration;

/// Frames are at least this far apart.
const AFTER_KEY: Duration = Duration::from_millis(8);
/// Frames that only new data asks for are at least this far apart.
const AFTER_DATA: Duration = Duration::from_millis(33);
/// The same while more data comes all the time.
const IN_FLOOD: Duration = Duration::from_millis(100);
/// Data has paused when none has come for so long: a little longer than the store takes from one publication to the next.
const PAUSE: Duration = Duration::from_millis(22);

/// Why a frame is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The user did something.
    Input,
    /// Something arrived.
    Data,
}

/// Decides when the next frame is due. Times are durations since any fixed moment.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    last: Option<Duration>,
    for_input: Option<Duration>,
    for_data: Option<Duration>,
}

impl Pace {
    /// A frame is wanted.
    pub fn want(&mut self, reason: Reason, now: Duration) {
        let Some(last) = self.last else {
            self.for_input = Some(now);
            return;
        };
        match reason {
            Reason::Input => {
                let at = (last + AFTER_KEY).max(now);
                self.for_input = Some(self.for_input.map_or(at, |due| due.min(at)));
            }
            // What stands still is shown at once; what keeps coming puts the frame off, to a limit.
            Reason::Data if self.for_data.is_none() && now >= last + AFTER_DATA => self.for_data = Some(now),
            Reason::Data => self.for_data = Some((now + PAUSE).max(last + AFTER_DATA).min(last + IN_FLOOD).max(now)),
        }
    }

    /// When the next frame is due; never without a reason.
    pub fn due(&self) -> Option<Duration> {
        self.for_input.into_iter().chain(self.for_data).min()
    }

    /// A frame has been drawn.
    pub fn drawn(&mut self, now: Duration) {
        self.last = Some(now);
        (self.for_input, self.for_data) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_flood_is_drawn_more_rarely_and_its_end_at_once() {
        let mut pace = Pace::default();
        pace.drawn(ms(0));
        let mut frames = Vec::new();
        for at in (16..=1_000).step_by(16) {
            while let Some(due) = pace.due().filter(|due| *due <= ms(at)) {
                pace.drawn(due);
                frames.push(due);
            }
            pace.want(Reason::Data, ms(at));
        }
        assert!((9..=11).contains(&frames.len()), "{frames:?}");
        assert!(pace.due().is_some_and(|due| due <= ms(992 + 22)), "what came last waits for a pause and no longer");
        pace.drawn(ms(1_014));
        pace.want(Reason::Data, ms(1_050));
        assert_eq!(pace.due(), Some(ms(1_050)), "a line alone waits for nothing");
    }

    #[test]
    fn keys_are_drawn_at_once_and_data_at_its_rate() {
        let mut pace = Pace::default();
        assert_eq!(pace.due(), None, "idle draws nothing");
        pace.want(Reason::Data, ms(0));
        assert_eq!(pace.due(), Some(ms(0)), "the first frame waits for nothing");
        pace.drawn(ms(0));
        pace.want(Reason::Data, ms(1));
        assert_eq!(pace.due(), Some(ms(33)));
        pace.want(Reason::Input, ms(2));
        assert_eq!(pace.due(), Some(ms(8)), "a key brings the frame forward");
        pace.drawn(ms(8));
        pace.want(Reason::Input, ms(100));
        assert_eq!(pace.due(), Some(ms(100)));
        pace.want(Reason::Data, ms(101));
        assert_eq!(pace.due(), Some(ms(100)), "data does not put a key's frame off");
    }
}
