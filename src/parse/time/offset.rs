//! Zones as stamps spell them: offsets from UTC, and words, of which only those for UTC mean one thing.

use super::civil::Civil;
use super::{Hints, number};
use crate::model::Nanos;

/// Words for zones that clocks are set to. Each is used in several parts of the world or at least not everywhere (`CST`,
/// `IST`), so none gives an offset: the time is one of the hinted zone.
const LOCAL_WORDS: &[&[u8]] = &[
    b"EST", b"EDT", b"CST", b"CDT", b"MST", b"MDT", b"PST", b"PDT", b"AKST", b"AKDT", b"HST", b"CET", b"CEST", b"EET",
    b"EEST", b"WET", b"WEST", b"BST", b"IST", b"JST", b"KST", b"SGT", b"HKT", b"AEST", b"AEDT", b"ACST", b"AWST",
    b"NZST", b"NZDT", b"BRT", b"ART", b"PKT", b"ICT", b"SAST",
];

/// The instant of `civil` with the zone that `rest` begins with or else that of the hints, and the bytes the zone takes.
#[inline]
pub(super) fn complete(civil: &Civil, rest: &[u8], hints: &Hints) -> Option<(Nanos, usize)> {
    match written(rest) {
        Some((offset, len)) => Some((civil.instant(offset)?, len)),
        None => Some((civil.instant_in(&hints.zone)?, local_word_len(rest))),
    }
}

/// The zone that `rest` begins with, as seconds east of UTC and the bytes it takes: `Z`, `+02`, `+0200`, `+02:00`, the
/// last two also behind a blank, and ` UTC`, ` GMT`, both perhaps with an offset (` GMT+0200`). Go writes a word
/// behind the offset and a count of its monotonic clock: ` -0400 EDT m=+0.001`.
#[inline]
fn written(rest: &[u8]) -> Option<(i32, usize)> {
    match rest {
        [b'Z' | b'z', next, ..] if next.is_ascii_alphanumeric() => None,
        [b'Z' | b'z', ..] => Some((0, 1)),
        [b'+' | b'-', ..] => signed(rest),
        [b' ', b'U', b'T', b'C', tail @ ..] | [b' ', b'G', b'M', b'T', tail @ ..] => match tail.first() {
            Some(b'+' | b'-') => signed(tail).map(|(seconds, len)| (seconds, len + 4)).or(Some((0, 4))),
            Some(letter) if letter.is_ascii_alphanumeric() => None,
            _ => Some((0, 4)),
        },
        [b' ', tail @ ..] if matches!(tail.first(), Some(b'+' | b'-')) => {
            let (seconds, len) = signed(tail).filter(|(_, len)| *len > 3)?;
            Some((seconds, len + 1 + tail.get(len..).map_or(0, go_tail_len)))
        }
        _ => None,
    }
}

/// The bytes of the zone's word that `rest` begins with, a blank before it; 0 for none.
pub(super) fn word_len(rest: &[u8]) -> usize {
    match rest {
        [b' ', b'U', b'T', b'C', b' ', ..] | [b' ', b'G', b'M', b'T', b' ', ..] => 4,
        _ => local_word_len(rest),
    }
}

/// An offset with its sign.
fn signed(bytes: &[u8]) -> Option<(i32, usize)> {
    let (sign, digits) = bytes.split_first()?;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = number(digits.get(..2)?)?;
    let (minutes, len) = match digits.get(2..) {
        Some([b':', a, b, ..]) if a.is_ascii_digit() => (number(&[*a, *b])?, 6),
        Some([a, b, ..]) if a.is_ascii_digit() && b.is_ascii_digit() => (number(&[*a, *b])?, 5),
        _ => (0, 3),
    };
    let is_end = !digits.get(len - 1).is_some_and(u8::is_ascii_digit);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (is_end && hours < 24 && minutes < 60).then_some((sign * seconds, len))
}

/// What Go writes behind an offset: the zone's word or, for want of one, its hours again, and the monotonic clock.
fn go_tail_len(rest: &[u8]) -> usize {
    let word = match rest {
        [b' ', b'U', b'T', b'C', ..] => 4,
        [b' ', b'+' | b'-', digits @ ..] => 2 + digits.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count(),
        _ => local_word_len(rest),
    };
    let behind = rest.get(word..).unwrap_or_default();
    let is_monotonic = behind.starts_with(b" m=+") || behind.starts_with(b" m=-");
    let count = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    word + if is_monotonic { 4 + behind.iter().skip(4).take_while(count).count() } else { 0 }
}

/// The bytes of a blank and a word of [`LOCAL_WORDS`] that `rest` begins with; 0 for none.
#[inline]
fn local_word_len(rest: &[u8]) -> usize {
    // Of nearly all words that follow a stamp, levels above all, a look at two letters is enough.
    let len = match rest {
        [b' ', _, _, b'T', ..] => 3,
        [b' ', _, _, _, b'T', ..] => 4,
        _ => return 0,
    };
    let is_end = !rest.get(len + 1).is_some_and(u8::is_ascii_alphanumeric);
    let is_zone = rest.get(1..=len).is_some_and(|word| LOCAL_WORDS.contains(&word));
    if is_end && is_zone { len + 1 } else { 0 }
}
