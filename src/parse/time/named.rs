//! Forms with an English month name: syslog's `Mar  1 10:00:00`, C's `Sun Mar  1 10:00:00 2026`, Java's `Mar 01, 2026
//! 10:00:00 AM`, the access logs' `01/Mar/2026:10:00:00 -0700`.

use super::civil::Civil;
use super::clock::{self, short_number};
use super::{Hints, Stamp, dated, number, offset, without_year};

/// Reads `Mar  1 10:00:00`, the day padded with a blank, a zero or not at all, perhaps with a weekday in front, a year
/// behind, as C's `asctime` and Apache's error log have it, or before the time (`Mar  1 2026 10:00:00`, `Mar 01, 2026
/// 10:00:00 AM`). Without that year the hints must give one. Behind a weekday the day may also come first.
pub(super) fn month_first(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let weekday_len = weekday_len(bytes);
    let date = bytes.get(weekday_len..)?;
    if weekday_len > 0 && date.first().is_some_and(u8::is_ascii_digit) {
        let stamp = day_first(date, hints)?;
        return Some(Stamp { len: weekday_len + stamp.len, ..stamp });
    }
    let month = month(date.get(..3)?)?;
    let blanks = date.get(3..)?.iter().take(2).take_while(|byte| **byte == b' ').count();
    let (day, day_len) = short_number(date.get(3 + blanks..)?).filter(|_| blanks > 0)?;
    let day = Civil { month, day, ..Civil::default() };
    let at = weekday_len + 3 + blanks + day_len;
    let rest = bytes.get(at..)?;
    let in_front = rest.strip_prefix(b",").map_or((0, rest), |rest| (1, rest));
    match (year_behind(in_front.1), rest.strip_prefix(b" ").and_then(clock::exact)) {
        (Some(year), _) => year_before_time(&Civil { year, ..day }, bytes, at + in_front.0 + 5, hints),
        (None, Some((time, len))) => after_day(&Civil { month, day: day.day, ..time }, bytes, at + 1 + len, hints),
        (None, None) => None,
    }
}

/// The date is read up to `at`; a blank and the time follow.
fn year_before_time(date: &Civil, bytes: &[u8], at: usize, hints: &Hints) -> Option<Stamp> {
    let rest = bytes.get(at..)?;
    let mark = rest.strip_prefix(b", ").or_else(|| rest.strip_prefix(b" "))?;
    let (time, len) = clock::loose(mark)?;
    let civil = Civil { year: date.year, month: date.month, day: date.day, ..time };
    dated(&civil, bytes, at + (rest.len() - mark.len()) + len, hints)
}

/// Day and time are read up to `at`; the year may follow, perhaps behind a word for the zone.
fn after_day(civil: &Civil, bytes: &[u8], at: usize, hints: &Hints) -> Option<Stamp> {
    let rest = bytes.get(at..)?;
    if let Some(year) = year_behind(rest) {
        return dated(&Civil { year, ..*civil }, bytes, at + 5, hints);
    }
    let zone_len = offset::word_len(rest);
    if zone_len > 0
        && let Some(year) = rest.get(zone_len..).and_then(year_behind)
    {
        let (time, _) = offset::complete(&Civil { year, ..*civil }, rest, hints)?;
        return Some(Stamp { time: Some(time), len: at + zone_len + 5 });
    }
    without_year(civil, at, hints)
}

/// Reads `01/Mar/2026:10:00:00 -0700`, `01-Mar-2026 10:00:00.123`, `1 Mar 2026 10:00:00`, `01 Mar 10:00:00`; the zone may
/// be missing.
pub(super) fn day_first(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (day, day_len) = short_number(bytes)?;
    let [mark, m1, m2, m3, again, rest @ ..] = bytes.get(day_len..)? else { return None };
    let month = month(&[*m1, *m2, *m3]).filter(|_| mark == again)?;
    if let (b' ', Some((time, len))) = (mark, clock::exact(rest)) {
        return after_day(&Civil { month, day, ..time }, bytes, day_len + 5 + len, hints);
    }
    let [y1, y2, y3, y4, b':' | b' ', rest @ ..] = rest else { return None };
    let (time, len) = clock::loose(rest)?;
    let civil = Civil { year: number(&[*y1, *y2, *y3, *y4])?, month, day, ..time };
    dated(&civil, bytes, day_len + 10 + len, hints)
}

/// The year of ` 2026`, if that is what `rest` begins with.
fn year_behind(rest: &[u8]) -> Option<i64> {
    let (b' ', digits) = rest.split_first()? else { return None };
    let year = number(digits.get(..4)?)?;
    let is_end = !digits.get(4).is_some_and(u8::is_ascii_alphanumeric);
    (is_end && (1970..2200).contains(&year)).then_some(year)
}

/// The bytes of a weekday in front, with the comma and the blank behind it.
fn weekday_len(bytes: &[u8]) -> usize {
    match bytes {
        [a, b, c, b' ', ..] if is_weekday([*a, *b, *c]) => 4,
        [a, b, c, b',', b' ', ..] if is_weekday([*a, *b, *c]) => 5,
        _ => 0,
    }
}

fn is_weekday(word: [u8; 3]) -> bool {
    matches!(&word, b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun")
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
