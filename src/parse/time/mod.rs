//! Timestamps: every spelling that logs begin with, to nanoseconds since 1970 UTC.
//!
//! Hand-written, because this runs once for every line: no allocation, no format strings, no floating point (a float
//! has no room for the nanoseconds of this century). Fractions beyond nine digits are cut, not rounded.
//!
//! Forms: RFC 3339 and its relatives (`iso`), other orders of digits (`numeric`), forms with an English month name
//! (`named`), and counts since the epoch (`epoch`). `clock` reads times of day, `offset` zones as they are written. To add
//! a form: a function in the file it is akin to that answers the instant and the length, and an arm in [`stamp`] or
//! [`numeric::stamp`], which tell forms apart by their first bytes.

mod civil;
mod clock;
mod compact;
mod epoch;
mod iso;
mod named;
mod numeric;
mod offset;
#[cfg(test)]
mod tests;

use self::civil::Civil;
pub(super) use self::compact::{glog, spaced_access_log, year_behind_day};
use crate::model::{Nanos, Zone};

/// What a timestamp that leaves something out is to be completed with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hints {
    /// The zone of a clock whose stamps name none.
    pub zone: Zone,
    /// A time near which the line was written: the file's modification time, or now for a live stream. Without it a
    /// stamp that has no year, or no date at all, is recognised but has no time.
    pub year_near: Option<Nanos>,
}

/// A timestamp at the beginning of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    /// When; `None` when year or date are missing and there is no hint.
    pub(super) time: Option<Nanos>,
    /// How many bytes it takes.
    pub(super) len: usize,
}

/// The timestamp that `bytes` begin with, and how many bytes it takes. A stamp without a zone is read as that of a clock
/// `zone_offset_seconds` east of UTC; a stamp without a year is not taken (see [`parse_prefix_with`]).
pub fn parse_prefix(bytes: &[u8], zone_offset_seconds: i32) -> Option<(Nanos, usize)> {
    parse_prefix_with(bytes, &Hints { zone: Zone::fixed(zone_offset_seconds), year_near: None })
}

/// [`parse_prefix`] with all hints, so that it also takes stamps without a year.
pub fn parse_prefix_with(bytes: &[u8], hints: &Hints) -> Option<(Nanos, usize)> {
    let stamp = stamp(bytes, hints)?;
    Some((stamp.time?, stamp.len))
}

/// The instant that a whole value means, as JSON and logfmt carry it in a time field: one of the textual forms,
/// perhaps with something behind it (`2014-03-10 19:57:38.56 -0400 EDT`), or a number since the epoch, whose unit follows
/// from its size: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds. Numbers
/// below 1e9 (before September 2001) are rather counters or seconds since the start and are not taken.
pub fn parse_value(value: &[u8], hints: &Hints) -> Option<Nanos> {
    let value = value.trim_ascii();
    epoch::whole(value).or_else(|| stamp(value, hints)?.time)
}

/// The timestamp that `bytes` begin with, even if it lacks a year that the hints do not give.
#[inline]
pub(super) fn stamp(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    match bytes.first()? {
        b'0'..=b'9' => iso::stamp(bytes, hints).or_else(|| numeric::stamp(bytes, hints)),
        b'A'..=b'Z' => named::month_first(bytes, hints),
        b'@' => epoch::tai64n(bytes),
        _ => None,
    }
}

/// A stamp of `civil`, whose date ends and whose zone, if any, begins at `len` of `bytes`.
fn dated(civil: &Civil, bytes: &[u8], len: usize, hints: &Hints) -> Option<Stamp> {
    let (time, zone_len) = offset::complete(civil, bytes.get(len..)?, hints)?;
    Some(Stamp { time: Some(time), len: len + zone_len })
}

/// A stamp of `civil` but for its year, which the hints may give.
fn without_year(civil: &Civil, len: usize, hints: &Hints) -> Option<Stamp> {
    // A leap year takes every date; what is left to find is only the right year.
    Civil { year: 2000, ..*civil }.instant(0)?;
    Some(Stamp { time: hints.year_near.and_then(|near| civil.instant_near(near, &hints.zone)), len })
}

/// The number that a few ASCII digits spell; `None` when one is no digit. `digits` is short: at most four.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        let value = digit.wrapping_sub(b'0');
        (value < 10).then(|| sum * 10 + i64::from(value))
    })
}

/// The fraction of a second that `rest` begins with (`.123` or `,123`) in nanoseconds, and how many bytes it takes: 0
/// and 0 when there is none.
fn fraction(rest: &[u8]) -> (i64, usize) {
    let Some((b'.' | b',', digits)) = rest.split_first() else { return (0, 0) };
    let value = |digit: &u8| i64::from(digit.wrapping_sub(b'0'));
    // Milliseconds, as most loggers write them.
    if let [a, b, c, next, ..] = digits
        && [a, b, c].into_iter().all(u8::is_ascii_digit)
        && !next.is_ascii_digit()
    {
        return ((value(a) * 100 + value(b) * 10 + value(c)) * 1_000_000, 4);
    }
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return (0, 0);
    }
    let kept = digits.iter().take(count.min(9)).fold(0, |sum, digit| sum * 10 + value(digit));
    let missing = u32::try_from(9 - count.min(9)).unwrap_or(0);
    (kept * 10_i64.pow(missing), count + 1)
}
