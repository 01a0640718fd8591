//! How a file's text is cut into records: as that of any stream, or stream by stream where two share the file.

use std::time::Duration;

use super::woven::{Send, Weaver, is_woven};
use crate::parse::join::JoinRule;
use crate::source::lines::LineSplitter;
use crate::source::{LineBatch, Place};

/// What cuts one file.
pub(super) enum Cutter {
    Plain(Box<LineSplitter>),
    Woven(Box<Weaver>),
}

impl Cutter {
    /// For a file that begins with `head`, as far as that is known, and whose lines are joined by `rule`.
    pub(super) fn new(head: &[u8], rule: &JoinRule) -> Self {
        if is_woven(head, rule) {
            Self::Woven(Box::new(Weaver::new(true)))
        } else {
            Self::Plain(Box::new(LineSplitter::new(rule)))
        }
    }

    /// Whether lines of two streams may share the file.
    pub(super) fn is_woven(&self) -> bool {
        matches!(self, Self::Woven(_))
    }

    /// Takes text that stands at `place` and follows what was taken before without a gap, and hands over what it
    /// completes, for as long as `goes_on`.
    pub(super) fn feed_placed(&mut self, text: &[u8], mut place: Place, goes_on: impl Fn() -> bool, send: Send<'_>) {
        let splitter = match self {
            Self::Plain(splitter) => splitter,
            Self::Woven(weaver) => return weaver.feed(text, place, send),
        };
        let mut rest = text;
        while !rest.is_empty() && goes_on() {
            let mut batch = LineBatch::default();
            let taken = splitter.feed_placed(rest, &place, &mut batch);
            rest = rest.get(taken..).unwrap_or_default();
            place.start += taken as u64;
            send(batch);
        }
    }

    /// Takes text that stands nowhere as it is read.
    pub(super) fn feed(&mut self, text: &[u8], rule: &JoinRule, goes_on: impl Fn() -> bool, send: Send<'_>) {
        if self.is_woven() {
            *self = Self::Plain(Box::new(LineSplitter::new(rule)));
        }
        let Self::Plain(splitter) = self else { return };
        let mut rest = text;
        while !rest.is_empty() && goes_on() {
            let mut batch = LineBatch::default();
            let taken = splitter.feed(rest, &mut batch);
            rest = rest.get(taken..).unwrap_or_default();
            send(batch);
        }
    }

    /// How long to wait for more before [`Self::settle`]; `None` while nothing is held back.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self {
            Self::Plain(splitter) => splitter.patience(),
            Self::Woven(weaver) => weaver.patience(),
        }
    }

    /// Hands over what was held back for long enough.
    pub(super) fn settle(&mut self, send: Send<'_>) {
        match self {
            Self::Plain(splitter) => {
                let mut batch = LineBatch::default();
                splitter.settle(&mut batch);
                send(batch);
            }
            Self::Woven(weaver) => weaver.settle(send),
        }
    }

    /// Hands over all that is held back.
    pub(super) fn flush(&mut self, send: Send<'_>) {
        match self {
            Self::Plain(splitter) => {
                let mut batch = LineBatch::default();
                while splitter.flush(&mut batch) {
                    send(std::mem::take(&mut batch));
                }
            }
            Self::Woven(weaver) => weaver.flush(send),
        }
    }
}
