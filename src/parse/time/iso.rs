//! RFC 3339, ISO 8601 and their relatives: `2026-03-01T10:00:00.123Z`, `2026-03-01 10:00:00,123`, `2026/03/01 10:00:00`.

use super::civil::Civil;
use super::{Hints, Stamp, fraction, offset};

/// Reads the stamp that `bytes` begin with. The date's separators are both `-` or both `/`; between date and time stands a
/// `T` of either case or one blank; fraction and zone may be missing.
#[inline]
pub(super) fn stamp(bytes: &[u8], hints: &Hints) -> Option<Stamp> {
    let (head, rest) = bytes.split_first_chunk::<19>()?;
    let are_separators = matches!((head[4], head[7]), (b'-', b'-') | (b'/', b'/'))
        && matches!(head[10], b'T' | b't' | b' ')
        && head[13] == b':'
        && head[16] == b':';
    if !are_separators {
        return None;
    }
    let mut highest = 0;
    let mut pair = |at: usize| {
        let [tens, ones] =
            [head.get(at), head.get(at + 1)].map(|byte| byte.map_or(u8::MAX, |byte| byte.wrapping_sub(b'0')));
        highest = tens.max(ones).max(highest);
        i64::from(tens) * 10 + i64::from(ones)
    };
    let mut civil = Civil {
        year: pair(0) * 100 + pair(2),
        month: pair(5),
        day: pair(8),
        hour: pair(11),
        minute: pair(14),
        second: pair(17),
        nanos: 0,
    };
    if highest > 9 {
        return None;
    }
    let (nanos, fraction_len) = fraction(rest);
    civil.nanos = nanos;
    let (time, zone_len) = offset::complete(&civil, rest.get(fraction_len..)?, hints)?;
    Some(Stamp { time: Some(time), len: head.len() + fraction_len + zone_len })
}
