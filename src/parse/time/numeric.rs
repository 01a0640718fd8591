//! Dates of digits in other orders and with other marks than ISO 8601's: told apart by how many digits come first and by
//! what follows them.

use super::civil::Civil;
use super::clock::{self, short_number};
use super::{Hints, Stamp, dated, epoch, fraction, named, number, without_year};

/// Two-digit years below this are of this century, the others of the last, as in POSIX `strptime`.
const PIVOT: i64 = 69;

/// Reads the stamp that `bytes`, which begin with a digit, begin with.
pub(super) fn stamp(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let digits = bytes.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    match (digits, bytes.get(digits)) {
        (1 | 2, Some(b'/')) => {
            named::day_first(bytes, hints).or_else(|| short_year(bytes, hints)).or_else(|| slashed(bytes, hints))
        }
        (2, Some(b'-' | b'.')) => {
            month_day(bytes, hints).or_else(|| named::day_first(bytes, hints)).or_else(|| day_month_year(bytes, hints))
        }
        (1 | 2, Some(b' ' | b'-')) => named::day_first(bytes, hints),
        (1 | 2, Some(b':')) => clock::alone(bytes, hints),
        (4, Some(b'-' | b'/' | b'.')) => year_first(bytes, hints),
        (6, Some(b' ')) => six_digits(bytes, hints),
        (8, Some(b'T' | b' ' | b'-' | b'_' | b'.')) => eight_digits(bytes, hints),
        (14, _) => fourteen_digits(bytes, hints),
        _ => epoch::stamp(bytes),
    }
}

/// `2026.03.01 10:00:00`, `2026-03-01-15.42.50.675872`, `2026-03-01T10:00`, `2026-03-01_10:00:00`: what is nearly ISO 8601.
fn year_first(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<11>()?;
    let [y1, y2, y3, y4, mark, m1, m2, again, d1, d2, between] = head;
    if mark != again {
        return None;
    }
    let date = Civil {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month: number(&[*m1, *m2])?,
        day: number(&[*d1, *d2])?,
        ..Civil::default()
    };
    let (time, len) = match (between, rest) {
        (b'-', [h1, h2, b'.', m1, m2, b'.', s1, s2, behind @ ..]) => {
            let (nanos, len) = fraction(behind);
            let [hour, minute, second] = [number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?];
            (Civil { hour, minute, second, nanos, ..Civil::default() }, 8 + len)
        }
        (b'T' | b't' | b' ' | b'_' | b'-', [_, b'0'..=b'9', b':', ..]) => clock::loose(rest)?,
        _ => return None,
    };
    dated(&on(&date, &time), bytes, head.len() + len, hints)
}

/// `17/06/09 20:10:40`, year first as Spark writes it. A second number above twelve can only be a day: `03/17/26`.
fn short_year(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<9>()?;
    let [a1, a2, b'/', b1, b2, b'/', c1, c2, b' '] = head else { return None };
    let (first, second, third) = (number(&[*a1, *a2])?, number(&[*b1, *b2])?, number(&[*c1, *c2])?);
    let (year, month, day) = if second > 12 { (third, first, second) } else { (first, second, third) };
    let date = Civil { year: full_year(year), month, day, ..Civil::default() };
    let (time, len) = clock::loose(rest)?;
    dated(&on(&date, &time), bytes, head.len() + len, hints)
}

/// `3/1/2026 10:00:00 AM`, `03/01/2026, 22:00`: month first as in America unless it can only be the day.
fn slashed(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (first, first_len) = short_number(bytes)?;
    let rest = bytes.get(first_len..)?.strip_prefix(b"/")?;
    let (second, second_len) = short_number(rest)?;
    let [b'/', y1, y2, y3, y4, rest @ ..] = rest.get(second_len..)? else { return None };
    let (month, day) = if first > 12 { (second, first) } else { (first, second) };
    let date = Civil { year: number(&[*y1, *y2, *y3, *y4])?, month, day, ..Civil::default() };
    let clock_at = rest.iter().take(2).take_while(|byte| matches!(byte, b',' | b' ' | b'-')).count();
    let (time, len) = clock::loose(rest.get(clock_at..)?).filter(|_| clock_at > 0)?;
    dated(&on(&date, &time), bytes, first_len + second_len + 6 + clock_at + len, hints)
}

/// `03-17 16:13:38.811` and `10.30 16:49:06`: a month and a day, the year to be found.
fn month_day(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<6>()?;
    let [m1, m2, b'-' | b'.', d1, d2, b' '] = head else { return None };
    let (time, len) = clock::exact(rest)?;
    let date = Civil { month: number(&[*m1, *m2])?, day: number(&[*d1, *d2])?, ..Civil::default() };
    without_year(&on(&date, &time), head.len() + len, hints)
}

/// `01.03.2026 10:00:00` and `01-03-2026 10:00:00`: the day first.
fn day_month_year(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<11>()?;
    let [d1, d2, mark, m1, m2, again, y1, y2, y3, y4, b' '] = head else { return None };
    let date = Civil {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month: number(&[*m1, *m2])?,
        day: number(&[*d1, *d2])?,
        ..Civil::default()
    };
    let (time, len) = clock::loose(rest).filter(|_| mark == again)?;
    dated(&on(&date, &time), bytes, head.len() + len, hints)
}

/// `081109 203615` as Hadoop's file system writes it, `130219  7:05:09` as MySQL did.
fn six_digits(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<7>()?;
    let date = short_date(head.get(..6)?)?;
    let (time, len) = match rest {
        [b' ', padded @ ..] => clock::loose(padded).map(|(time, len)| (time, len + 1))?,
        [_, _, b':', ..] => clock::loose(rest)?,
        _ => (run_of_clock(rest)?, 6),
    };
    let is_end = !rest.get(len).is_some_and(u8::is_ascii_alphanumeric);
    dated(&on(&date, &time), bytes, head.len() + len, hints).filter(|_| is_end)
}

/// `20260301T100000.5Z`, `20260301 10:00:00`, and `20171223-0:5:29:606`, whose numbers are not padded.
fn eight_digits(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<9>()?;
    let date = run_of_date(head.get(..8)?)?;
    if let Some(time) = run_of_clock(rest) {
        let (nanos, len) = fraction(rest.get(6..)?);
        return dated(&Civil { nanos, ..on(&date, &time) }, bytes, head.len() + 6 + len, hints);
    }
    let (time, len) = clock::exact(rest).filter(|(_, len)| rest.get(*len) != Some(&b':')).or_else(|| unpadded(rest))?;
    dated(&on(&date, &time), bytes, head.len() + len, hints)
}

/// `20260301100000`, if nothing but a mark follows.
fn fourteen_digits(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let date = run_of_date(bytes.get(..8)?)?;
    let time = run_of_clock(bytes.get(8..)?)?;
    let is_end = !bytes.get(14).is_some_and(u8::is_ascii_alphanumeric);
    dated(&on(&date, &time), bytes, 14, hints).filter(|_| is_end)
}

/// `0:5:29:606`: hour, minute, second and milliseconds, each as short as can be.
fn unpadded(bytes: &[u8]) -> Option<(Civil, usize)> {
    let (hour, mut len) = short_number(bytes)?;
    let mut next = || {
        let (value, digits) = short_number(bytes.get(len..)?.strip_prefix(b":")?)?;
        len += 1 + digits;
        Some(value)
    };
    let (minute, second) = (next()?, next()?);
    let millis = bytes.get(len..)?.strip_prefix(b":")?;
    let digits = millis.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let nanos = number(millis.get(..digits).filter(|digits| (1..=3).contains(&digits.len()))?)? * 1_000_000;
    Some((Civil { hour, minute, second, nanos, ..Civil::default() }, len + 1 + digits))
}

fn run_of_date(digits: &[u8]) -> Option<Civil> {
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let date = Civil { year, month: number(&[*m1, *m2])?, day: number(&[*d1, *d2])?, ..Civil::default() };
    // A number of eight digits may be anything.
    (1970..2200).contains(&year).then_some(date)
}

fn short_date(digits: &[u8]) -> Option<Civil> {
    let [y1, y2, m1, m2, d1, d2] = digits else { return None };
    let year = full_year(number(&[*y1, *y2])?);
    Some(Civil { year, month: number(&[*m1, *m2])?, day: number(&[*d1, *d2])?, ..Civil::default() })
}

fn run_of_clock(bytes: &[u8]) -> Option<Civil> {
    let [h1, h2, m1, m2, s1, s2, ..] = bytes else { return None };
    let [hour, minute, second] = [number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?];
    Some(Civil { hour, minute, second, ..Civil::default() })
}

fn full_year(short: i64) -> i64 {
    if short < PIVOT { 2000 + short } else { 1900 + short }
}

/// The time of day of `time` on the day of `date`.
fn on(date: &Civil, time: &Civil) -> Civil {
    Civil { year: date.year, month: date.month, day: date.day, ..*time }
}
