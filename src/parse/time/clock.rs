//! Times of day: `10:00:00.123`, `7:05:09`, `10:00:00 AM`, and those that stand alone.

use super::civil::Civil;
use super::{Hints, Stamp, fraction, number};

/// `10:00:00` with its fraction, and the bytes it takes.
#[inline]
pub(super) fn exact(bytes: &[u8]) -> Option<(Civil, usize)> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    let [h1, h2, b':', m1, m2, b':', s1, s2] = head else { return None };
    let (nanos, len) = fraction(rest);
    let [hour, minute, second] = [number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?];
    Some((Civil { hour, minute, second, nanos, ..Civil::default() }, head.len() + len))
}

/// A time whose hour may have one digit, whose seconds may be missing, and which may go from one to twelve: `7:05:09`,
/// `10:00`, `1:00:00.5 PM`.
pub(super) fn loose(bytes: &[u8]) -> Option<(Civil, usize)> {
    let (hour, hour_len) = short_number(bytes)?;
    let [b':', m1, m2, rest @ ..] = bytes.get(hour_len..)? else { return None };
    let mut civil = Civil { hour, minute: number(&[*m1, *m2])?, ..Civil::default() };
    let mut len = hour_len + 3;
    match rest {
        [b':', s1, s2, rest @ ..] => {
            let (nanos, fraction_len) = fraction(rest);
            (civil.second, civil.nanos) = (number(&[*s1, *s2])?, nanos);
            len += 3 + fraction_len;
        }
        [b':' | b'0'..=b'9', ..] => return None,
        _ => {}
    }
    let rest = bytes.get(len..)?;
    if let Some((is_afternoon, half_len)) = half_of_day(rest) {
        if !(1..=12).contains(&civil.hour) {
            return None;
        }
        civil.hour = civil.hour % 12 + if is_afternoon { 12 } else { 0 };
        len += half_len;
    }
    Some((civil, len))
}

/// A time of day that begins a line and has no date: `10:00:00.123`, `10:00AM`. The day comes from the hints: it is the
/// last on which that time is not after the hinted one.
pub(super) fn alone(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (civil, len) = exact(bytes).or_else(|| loose(bytes).filter(|(_, len)| ends_in_half(bytes, *len)))?;
    // Addresses of network cards and of IPv6 go on in the same way.
    let is_end = !bytes.get(len).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b':');
    let is_time = civil.hour < 24 && civil.minute < 60 && civil.second <= 60;
    let time = hints.year_near.and_then(|near| civil.instant_today(near, &hints.zone));
    (is_end && is_time).then_some(Stamp { time, len })
}

fn ends_in_half(bytes: &[u8], len: usize) -> bool {
    bytes.get(..len).is_some_and(|time| matches!(time.last(), Some(b'M' | b'm')))
}

/// Whether ` AM` or ` PM` follows, and the bytes it takes. Newer Java puts a narrow no-break space (U+202F) before it.
fn half_of_day(rest: &[u8]) -> Option<(bool, usize)> {
    let (word, len) = match rest {
        [b' ', word @ ..] => (word, 1),
        [0xe2, 0x80, 0xaf, word @ ..] => (word, 3),
        word => (word, 0),
    };
    let [half @ (b'A' | b'P' | b'a' | b'p'), b'M' | b'm', behind @ ..] = word else { return None };
    let is_end = !behind.first().is_some_and(u8::is_ascii_alphanumeric);
    is_end.then_some((half.eq_ignore_ascii_case(&b'p'), len + 2))
}

/// A number of one or two digits, and how many.
#[inline]
pub(super) fn short_number(bytes: &[u8]) -> Option<(i64, usize)> {
    match bytes {
        [a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => Some((number(&[*a, *b])?, 2)),
        [a, ..] => Some((number(&[*a])?, 1)),
        [] => None,
    }
}
