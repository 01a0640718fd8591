//! Forms with an English month name: syslog's `Mar  1 10:00:00`, C's `Sun Mar  1 10:00:00 2026`, the access logs'
//! `01/Mar/2026:10:00:00 -0700`.

use super::civil::Civil;
use super::{Hints, Stamp, fraction, number, zone};

/// Reads `Mar  1 10:00:00`, the day padded with a blank, a zero or not at all, perhaps with a weekday in front and a year
/// behind, as C's `asctime` and Apache's error log have it. Without that year the hints must give one.
pub(super) fn syslog(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let weekday_len = if is_weekday(bytes.get(..4)?) { 4 } else { 0 };
    let date = bytes.get(weekday_len..)?;
    let month = month(date.get(..3)?)?;
    let (day, day_len) = match date.get(3..7)? {
        [b' ', b' ', ones, b' '] => (number(&[*ones])?, 3),
        [b' ', tens, ones, b' '] => (number(&[*tens, *ones])?, 3),
        [b' ', ones, b' ', _] => (number(&[*ones])?, 2),
        _ => return None,
    };
    let time_at = weekday_len + 3 + day_len + 1;
    let (mut civil, time_len) = time_of_day(bytes.get(time_at..)?)?;
    (civil.month, civil.day) = (month, day);
    let len = time_at + time_len;
    if let Some(year) = bytes.get(len..).and_then(year_behind) {
        civil.year = year;
        return Some(Stamp { time: Some(civil.instant(hints.zone_offset_seconds)?), len: len + 5 });
    }
    // A leap year takes every date; what is left to find is only the right year.
    Civil { year: 2000, ..civil }.instant(0)?;
    let time = hints.year_near.and_then(|near| civil.instant_near(near, hints.zone_offset_seconds));
    Some(Stamp { time, len })
}

/// Reads `01/Mar/2026:10:00:00 -0700`; the zone may be missing.
pub(super) fn access_log(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<12>()?;
    let [d1, d2, b'/', m1, m2, m3, b'/', year @ .., b':'] = head else { return None };
    let (mut civil, time_len) = time_of_day(rest)?;
    (civil.year, civil.month, civil.day) = (number(year)?, month(&[*m1, *m2, *m3])?, number(&[*d1, *d2])?);
    let (offset, zone_len) = rest.get(time_len..).and_then(zone).unwrap_or((hints.zone_offset_seconds, 0));
    Some(Stamp { time: Some(civil.instant(offset)?), len: head.len() + time_len + zone_len })
}

/// `10:00:00` with its fraction, and the bytes it takes.
fn time_of_day(bytes: &[u8]) -> Option<(Civil, usize)> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    let [h1, h2, b':', m1, m2, b':', s1, s2] = head else { return None };
    let (nanos, len) = fraction(rest);
    let [hour, minute, second] = [number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?];
    Some((Civil { hour, minute, second, nanos, ..Civil::default() }, head.len() + len))
}

/// The year of ` 2026`, if that is what `rest` begins with.
fn year_behind(rest: &[u8]) -> Option<i64> {
    let (b' ', digits) = rest.split_first()? else { return None };
    let year = number(digits.get(..4)?)?;
    let is_end = !digits.get(4).is_some_and(u8::is_ascii_alphanumeric);
    (is_end && (1970..2200).contains(&year)).then_some(year)
}

fn is_weekday(word: &[u8]) -> bool {
    matches!(word, b"Mon " | b"Tue " | b"Wed " | b"Thu " | b"Fri " | b"Sat " | b"Sun ")
}

fn month(name: &[u8]) -> Option<i64> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}
