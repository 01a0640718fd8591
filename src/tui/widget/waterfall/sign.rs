//! The signs of a waterfall: what stands for what, in one place for the drawing and for the help.

/// A sign, and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sign {
    shape: &'static str,
    ascii: &'static str,
    /// What it says where it stands.
    pub about: &'static str,
}

pub(super) const CLIENT: Sign = Sign::new("→", ">", "client: a call goes out");
pub(super) const SERVER: Sign = Sign::new("←", "<", "server: a call comes in");
pub(super) const PRODUCER: Sign = Sign::new("»", "}", "producer: a message into a queue");
pub(super) const CONSUMER: Sign = Sign::new("«", "{", "consumer: a message out of a queue");
pub(super) const ORPHAN: Sign = Sign::new("?", "?", "its parent is not here");
pub(super) const FOLDED: Sign = Sign::new("▸", "+", "folded; +3 1✗: 3 spans below, 1 failed");
/// Of a row that stands for many short spans: it begins the name of the row.
pub const REST: Sign = Sign::new("⋯", "~", "short spans, gathered in one row");
pub(super) const FAILED: Sign = Sign::new("✗", "x", "failed: the error began here");
pub(super) const PASSED: Sign = Sign::new("↑", "^", "failed because a span below it did");
pub(super) const ABSORBED: Sign = Sign::new("↺", "o", "a span below it failed, but it did not fail of that");
pub(super) const SKEWED: Sign = Sign::new("±", "~", "its clock differs from its parent's");
pub(super) const ON_PATH: Sign = Sign::new("█", "#", "on the critical path");
pub(super) const OFF_PATH: Sign = Sign::new("▄", "=", "off the critical path");
pub(super) const EVENT: Sign = Sign::new("◆", "*", "an event of the span, or an exception");
pub(super) const EARLIER: Sign = Sign::new("‹", "<", "before the time that is shown");
pub(super) const LATER: Sign = Sign::new("›", ">", "after the time that is shown");
pub(super) const LINKS: Sign = Sign::new("↗", "@", "how many spans it is linked to");
pub(super) const LINKED_FROM: Sign = Sign::new("↙", "&", "how many spans link to it");
pub(super) const LOGS: Sign = Sign::new("≡", "#", "how many log lines belong to it");

/// All signs, from the left of a row to its right.
pub const LEGEND: [Sign; 19] = [
    CLIENT,
    SERVER,
    PRODUCER,
    CONSUMER,
    ORPHAN,
    FOLDED,
    REST,
    FAILED,
    PASSED,
    ABSORBED,
    SKEWED,
    ON_PATH,
    OFF_PATH,
    EVENT,
    EARLIER,
    LATER,
    LINKED_FROM,
    LINKS,
    LOGS,
];

impl Sign {
    const fn new(shape: &'static str, ascii: &'static str, about: &'static str) -> Self {
        Self { shape, ascii, about }
    }

    /// How it is drawn.
    pub fn shape(self, is_ascii: bool) -> &'static str {
        if is_ascii { self.ascii } else { self.shape }
    }
}
