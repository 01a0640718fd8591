//! Forms that are other forms written differently: glog's `0301 10:00:00.123456` and `20260301 10:00:00.123456`, Cisco's
//! `Mar 01 2026 10:00:00`, the `01/Mar/2026 10:00:00` of Python's web server.
//!
//! Each is spelled anew, on the stack, as the form it is akin to, so that there is one reader of dates and of hints.

use super::{Hints, Stamp, stamp};

/// `Jan` to `Dec`.
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Reads `mmdd hh:mm:ss.uuuuuu` or `yyyymmdd hh:mm:ss.uuuuuu`, as glog and klog write it behind the letter of the level. The
/// hints give the year that the first form leaves out.
#[inline]
pub(in crate::parse) fn glog(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (date_len, time) = match bytes {
        [_, _, _, _, b' ', time @ ..] => (4, time),
        [_, _, _, _, _, _, _, _, b' ', time @ ..] => (8, time),
        _ => return None,
    };
    let date = bytes.get(..date_len).filter(|date| date.iter().all(u8::is_ascii_digit))?;
    match date {
        [m1, m2, d1, d2] => {
            let [m1, m2] = [m1, m2].map(|digit| usize::from(digit - b'0'));
            let [a, b, c] = **MONTHS.get((m1 * 10 + m2).checked_sub(1)?)?;
            respelled(&[a, b, c, b' ', *d1, *d2, b' '], time, hints).map(|stamp| shifted(stamp, 7, 5))
        }
        [y1, y2, y3, y4, m1, m2, d1, d2] => {
            let date = [*y1, *y2, *y3, *y4, b'-', *m1, *m2, b'-', *d1, *d2, b' '];
            respelled(&date, time, hints).map(|stamp| shifted(stamp, 11, 9))
        }
        _ => None,
    }
}

/// Reads `Mar 01 2026 10:00:00`: the year behind the day.
pub(in crate::parse) fn year_behind_day(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, time) = bytes.split_first_chunk::<12>()?;
    let [m1, m2, m3, b' ', d1, d2, b' ', y1, y2, y3, y4, b' '] = *head else { return None };
    let tens = if d1 == b' ' { b'0' } else { d1 };
    respelled(&[tens, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':'], time, hints)
}

/// Reads `01/Mar/2026 10:00:00`: an access log's time with a blank before the hour.
pub(in crate::parse) fn spaced_access_log(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, time) = bytes.split_first_chunk::<12>()?;
    let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b' '] = *head else { return None };
    respelled(&[d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':'], time, hints)
}

/// The stamp that `date` and the time of day that `time` begins with make together. It takes that many bytes as they do.
fn respelled(date: &[u8], time: &[u8], hints: &Hints) -> Option<Stamp> {
    /// Longer than any date with a time to the nanosecond and an offset.
    const ROOM: usize = 48;
    let mut spelled = [b' '; ROOM];
    let len = time.len().min(ROOM - date.len());
    spelled.get_mut(..date.len())?.copy_from_slice(date);
    spelled.get_mut(date.len()..date.len() + len)?.copy_from_slice(time.get(..len)?);
    stamp(spelled.get(..date.len() + len)?, hints).filter(|stamp| stamp.len > date.len())
}

/// A stamp whose date takes `len` bytes instead of `spelled`.
fn shifted(stamp: Stamp, spelled: usize, len: usize) -> Stamp {
    Stamp { len: stamp.len - spelled + len, ..stamp }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::time::Nanos;

    const TEN: Nanos = 1_772_359_200_000_000_000;

    fn near() -> Hints {
        Hints { year_near: Some(TEN + 1_000_000_000), ..Hints::default() }
    }

    #[test]
    fn stamps_of_glog() {
        let cases = [
            ("0301 10:00:00.123456 12 a.go:1] x", Some(Stamp { time: Some(TEN + 123_456_000), len: 20 })),
            ("20260301 10:00:00.5 12 a.go:1] x", Some(Stamp { time: Some(TEN + 500_000_000), len: 19 })),
            ("0229 10:00:00 x", Some(Stamp { time: Some(TEN - 731 * 86_400_000_000_000), len: 13 })),
            ("0230 10:00:00 x", None),
            ("1301 10:00:00 x", None),
            ("0001 10:00:00 x", None),
            ("030 110:00:00 x", None),
            ("0301", None),
        ];
        for (text, stamp) in cases {
            assert_eq!(glog(text.as_bytes(), &near()), stamp, "{text}");
        }
        assert_eq!(glog(b"0301 10:00:00 x", &Hints::default()), Some(Stamp { time: None, len: 13 }));
    }

    #[test]
    fn odd_stamps() {
        let stamp = Some(Stamp { time: Some(TEN), len: 20 });
        assert_eq!(year_behind_day(b"Mar 01 2026 10:00:00: %ASA", &near()), stamp);
        assert_eq!(year_behind_day(b"Mar  1 2026 10:00:00: %ASA", &near()), stamp);
        assert_eq!(year_behind_day(b"Mar  1 10:00:00 2026", &near()), None);
        assert_eq!(spaced_access_log(b"01/Mar/2026 10:00:00] \"GET", &near()), stamp);
        assert_eq!(spaced_access_log(b"01/Mar/2026:10:00:00] \"GET", &near()), None);
        assert_eq!(spaced_access_log(b"2026-03-01x 10:00:00", &near()), None);
    }
}
