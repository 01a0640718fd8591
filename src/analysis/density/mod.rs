//! How busy a trace is in the course of its time: how many spans run in each part of it, and where they fail.

use std::borrow::Borrow;
use std::ops::Range;

use crate::model::{Nanos, Span};

/// Into how many equal parts the time of a trace is divided: more than a terminal has columns.
const PARTS: usize = 512;

/// How busy a trace is in the course of its time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Density {
    /// Spans that run in each part; empty without any.
    running: Vec<u32>,
    /// Whether a failed span ends in each.
    fails: Vec<bool>,
}

impl Density {
    /// The density of spans of a trace that begins at `start` and takes `duration` nanoseconds. A span counts in every part
    /// that it touches. O(spans + parts).
    pub fn of<S: Borrow<Span>>(spans: &[S], start: Nanos, duration: Nanos) -> Self {
        let part = |time: Nanos| {
            let after = i128::from(time) - i128::from(start);
            let at = after * PARTS as i128 / i128::from(duration.max(1));
            usize::try_from(at.clamp(0, PARTS as i128 - 1)).unwrap_or_default()
        };
        let (mut begun, mut ended, mut fails) = (vec![0u32; PARTS], vec![0u32; PARTS + 1], vec![false; PARTS]);
        for span in spans.iter().map(Borrow::borrow) {
            let (first, last) = (part(span.start), part(span.end.max(span.start)));
            begun[first] += 1;
            ended[last + 1] += 1;
            fails[last] |= span.is_error();
        }
        let mut now = 0;
        let running = begun.iter().zip(&ended).map(|(begun, ended)| {
            now = now + begun - ended;
            now
        });
        Self { running: running.collect(), fails }
    }

    /// The most spans that run at once. O(parts).
    pub fn most(&self) -> u32 {
        self.running.iter().copied().max().unwrap_or(0)
    }

    /// Of `columns` columns over the whole trace, the one at `column`: the most spans that run at once in it, and whether
    /// one fails.
    pub fn at(&self, column: usize, columns: usize) -> (u32, bool) {
        let range = parts_of(column, columns);
        let running = self.running.get(range.clone()).unwrap_or_default();
        let fails = self.fails.get(range).unwrap_or_default();
        (running.iter().copied().max().unwrap_or(0), fails.contains(&true))
    }
}

/// The parts that a column covers; at least one.
fn parts_of(column: usize, columns: usize) -> Range<usize> {
    let from = column * PARTS / columns.max(1);
    let to = ((column + 1) * PARTS / columns.max(1)).clamp(from + 1, PARTS.max(from + 1));
    from..to
}

#[cfg(test)]
mod tests;
