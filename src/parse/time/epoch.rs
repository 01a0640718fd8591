//! Numbers since 1970: seconds, milliseconds, microseconds or nanoseconds, told apart by their size.

use super::Stamp;
use super::civil::SECOND;
use crate::model::Nanos;

/// More digits than this say nothing: nanoseconds of this millennium have nineteen before the point.
const MAX_DIGITS: usize = 30;

/// The instant of a value that is a number and nothing else: digits, perhaps a fraction, perhaps an exponent.
pub(super) fn whole(value: &[u8]) -> Option<Nanos> {
    let number = Decimal::read(value)?;
    let exponent = match value.get(number.len..)? {
        [] => 0,
        [b'e' | b'E', exponent @ ..] => small_integer(exponent)?,
        _ => return None,
    };
    number.instant(exponent)
}

/// A number at the start of a line. Only the lengths that times of today have are taken, since a line may as well begin
/// with a count or a process id.
pub(super) fn stamp(bytes: &[u8]) -> Option<Stamp> {
    let number = Decimal::read(bytes)?;
    let is_end =
        bytes.get(number.len).is_none_or(|byte| matches!(byte, b' ' | b'\t' | b']' | b':' | b'|' | b',' | b';'));
    let is_usual = matches!(number.whole_digits, 10 | 13 | 16 | 19);
    let time = number.instant(0).filter(|_| is_end && is_usual)?;
    Some(Stamp { time: Some(time), len: number.len })
}

/// Reads a TAI64N label as multilog writes it: `@`, sixteen hex digits of seconds from 2^62 on, eight of nanoseconds
/// (<https://cr.yp.to/libtai/tai64.html>). The writer's clock is taken to be ten seconds ahead of UTC, which is what
/// daemontools assume whatever leap seconds there were.
pub(super) fn tai64n(bytes: &[u8]) -> Option<Stamp> {
    const AHEAD: i64 = 10;
    let digits = std::str::from_utf8(bytes.get(1..25)?).ok()?;
    let is_end = !bytes.get(25).is_some_and(u8::is_ascii_alphanumeric);
    let (seconds, nanos) = digits.split_at_checked(16)?;
    let seconds = u64::from_str_radix(seconds, 16).ok()?.checked_sub(1 << 62)?;
    let nanos = i64::from_str_radix(nanos, 16).ok().filter(|nanos| (0..SECOND).contains(nanos))?;
    let seconds = i64::try_from(seconds).ok()?.checked_sub(AHEAD)?;
    let time = seconds.checked_mul(SECOND)?.checked_add(nanos)?;
    is_end.then_some(Stamp { time: Some(time), len: 25 })
}

/// A non-negative decimal number: `mantissa` / 10^`fraction_digits`.
struct Decimal {
    mantissa: u128,
    whole_digits: i32,
    fraction_digits: i32,
    len: usize,
}

impl Decimal {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut number = Self { mantissa: 0, whole_digits: 0, fraction_digits: 0, len: 0 };
        let mut is_fraction = false;
        for byte in bytes {
            match byte {
                b'0'..=b'9' if number.len > MAX_DIGITS => return None,
                b'0'..=b'9' => {
                    number.mantissa = number.mantissa * 10 + u128::from(byte - b'0');
                    number.fraction_digits += i32::from(is_fraction);
                    number.whole_digits += i32::from(!is_fraction);
                }
                b'.' if !is_fraction && number.len > 0 => is_fraction = true,
                _ => break,
            }
            number.len += 1;
        }
        if is_fraction && number.fraction_digits == 0 {
            number.len -= 1;
        }
        (number.whole_digits > 0).then_some(number)
    }

    /// The instant of this number times 10^`exponent`, its unit taken from its size.
    fn instant(&self, exponent: i32) -> Option<Nanos> {
        // The digits before the point, had it been written without an exponent.
        let size = match self.mantissa.checked_ilog10() {
            Some(log) => i32::try_from(log).ok()? + 1 - self.fraction_digits + exponent,
            None => return None,
        };
        let unit = match size {
            10..=11 => 9,
            12..=14 => 6,
            15..=17 => 3,
            18..=19 => 0,
            _ => return None,
        };
        let shift = unit + exponent - self.fraction_digits;
        let power = 10u128.checked_pow(shift.unsigned_abs())?;
        let nanos = if shift < 0 { self.mantissa / power } else { self.mantissa.checked_mul(power)? };
        i64::try_from(nanos).ok()
    }
}

/// An exponent: sign and at most two digits.
fn small_integer(text: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= 3)?;
    text.parse().ok()
}
