//! A line that is being looked at, with what several formats would otherwise each find out again.

use std::cell::OnceCell;

use crate::parse::time::{self, Hints, Stamp};

/// A line to be recognised.
#[derive(Debug)]
pub struct Probe<'a, 'h> {
    /// Its bytes, without the line end.
    pub(in crate::parse) line: &'a [u8],
    /// What its timestamps are completed with.
    pub(in crate::parse) hints: &'h Hints,
    stamp: OnceCell<Option<Stamp>>,
}

impl<'a, 'h> Probe<'a, 'h> {
    pub(in crate::parse) fn new(line: &'a [u8], hints: &'h Hints) -> Self {
        Self { line, hints, stamp: OnceCell::new() }
    }

    /// The timestamp that the very first byte of the line begins; parsed once, however many formats ask.
    #[inline]
    pub(in crate::parse) fn stamp(&self) -> Option<Stamp> {
        *self.stamp.get_or_init(|| time::stamp(self.line, self.hints))
    }
}
