//! When to draw: a key at once, data at a steady rate. Pure; the runtime asks it and obeys.
//!
//! A key wants a frame within a hundredth of a second, but a burst of keys must not draw a frame each. Data wants no
//! more than thirty frames a second: more can not be read, and over SSH every frame costs.

use std::time::Duration;

/// Frames are at least this far apart.
const AFTER_KEY: Duration = Duration::from_millis(8);
/// Frames that only new data asks for are at least this far apart.
const AFTER_DATA: Duration = Duration::from_millis(33);

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
    due: Option<Duration>,
}

impl Pace {
    /// A frame is wanted.
    pub fn want(&mut self, reason: Reason, now: Duration) {
        let gap = match reason {
            Reason::Input => AFTER_KEY,
            Reason::Data => AFTER_DATA,
        };
        let at = self.last.map_or(now, |last| (last + gap).max(now));
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When the next frame is due; never without a reason.
    pub fn due(&self) -> Option<Duration> {
        self.due
    }

    /// A frame has been drawn.
    pub fn drawn(&mut self, now: Duration) {
        self.last = Some(now);
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
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
