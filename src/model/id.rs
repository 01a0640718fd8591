//! Trace and span ids: 16 and 8 bytes, never all zero.
//!
//! The W3C Trace Context recommendation forbids the all-zero id, so every constructor answers `None` for it and the
//! rest of the program has one way to say "no id": an absent [`Option`].

use std::fmt;

/// The id of a trace: 128 bits. Sixty-four-bit ids (B3, Datadog) are padded with zeros in front.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// The id of a span within its trace: 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

impl TraceId {
    /// An id from its sixteen bytes; `None` when the length is another or all bytes are zero.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = bytes.try_into().ok()?;
        (bytes != [0; 16]).then_some(Self(bytes))
    }

    /// An id from 1 to 32 hex digits of either case, padded in front; `None` for anything else and for zero.
    #[must_use]
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        Some(Self(hex(digits)?))
    }

    /// An id whose low half is `low` and whose upper half is zero, as Datadog and B3 write it.
    #[must_use]
    pub fn from_low64(low: u64) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&low.to_be_bytes());
        (low != 0).then_some(Self(bytes))
    }

    /// The sixteen bytes, most significant first.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The low 64 bits, which is all that Datadog and 64-bit B3 carry.
    #[must_use]
    pub fn low64(&self) -> u64 {
        self.0[8..].iter().fold(0, |acc, byte| acc << 8 | u64::from(*byte))
    }

    /// Whether two ids mean one trace: equal, or equal in the low half where one side knows only that.
    #[must_use]
    pub fn is_same(&self, other: Self) -> bool {
        *self == other || ((self.is_64_bit() || other.is_64_bit()) && self.low64() == other.low64())
    }

    /// Whether only the low 64 bits are known: such an id is to be joined on its low half.
    #[must_use]
    pub fn is_64_bit(&self) -> bool {
        self.0[..8] == [0; 8]
    }

    /// First and last four digits around an ellipsis, for titles: `4bf9…4736`.
    #[must_use]
    pub fn short(&self) -> String {
        let [a, b, .., c, d] = self.0;
        format!("{a:02x}{b:02x}…{c:02x}{d:02x}")
    }
}

impl SpanId {
    /// The least id.
    pub const MIN: Self = Self([0, 0, 0, 0, 0, 0, 0, 1]);
    /// The greatest id.
    pub const MAX: Self = Self([u8::MAX; 8]);

    /// First and last four digits around an ellipsis, where there is little room: `00f0…02b7`.
    #[must_use]
    pub fn short(&self) -> String {
        let [a, b, .., c, d] = self.0;
        format!("{a:02x}{b:02x}…{c:02x}{d:02x}")
    }

    /// An id from its eight bytes; `None` when the length is another or all bytes are zero.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 8] = bytes.try_into().ok()?;
        (bytes != [0; 8]).then_some(Self(bytes))
    }

    /// An id from 1 to 16 hex digits of either case, padded in front; `None` for anything else and for zero.
    #[must_use]
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        Some(Self(hex(digits)?))
    }

    /// An id from a number, as Datadog writes it in decimal.
    #[must_use]
    pub fn from_u64(number: u64) -> Option<Self> {
        (number != 0).then_some(Self(number.to_be_bytes()))
    }

    /// The eight bytes, most significant first.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// `N` bytes from at most `2 N` hex digits, aligned to the right. Runs for every line that names its trace, so the digits are
/// checked all at once at the end instead of one by one.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.is_empty() || digits.len() > 2 * N {
        return None;
    }
    if digits.len() == 2 * N {
        return whole_hex(digits);
    }
    let mut bytes = [0u8; N];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().rev().zip(digits.rchunks(2)) {
        let (high, low) = match pair {
            [high, low] => (NIBBLES[usize::from(*high)], NIBBLES[usize::from(*low)]),
            [low] => (0, NIBBLES[usize::from(*low)]),
            _ => (NOT_HEX, NOT_HEX),
        };
        seen |= high | low;
        *byte = high << 4 | low & 0xf;
    }
    (seen & NOT_HEX == 0 && bytes != [0; N]).then_some(bytes)
}

/// `N` bytes from exactly `2 N` hex digits, eight digits in one word at a time.
fn whole_hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0u8; N];
    for (bytes, digits) in bytes.chunks_exact_mut(4).zip(digits.as_chunks::<8>().0) {
        bytes.copy_from_slice(&four_bytes(u64::from_le_bytes(*digits))?);
    }
    (bytes != [0; N]).then_some(bytes)
}

/// The bytes that eight hex digits mean, the first digit lowest in `digits`. The digits' values are computed without a
/// branch and written out again; what does not come out the same was no digit.
fn four_bytes(digits: u64) -> Option<[u8; 4]> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let letters = digits >> 6 & ONES;
    let values = (digits & (0x0f * ONES)) + letters * 9;
    let above_nine = (values + 0x76 * ONES) >> 7 & ONES;
    let written = values + 0x30 * ONES + above_nine * 0x27;
    if values & (0xf0 * ONES) != 0 || written != digits | (above_nine * 0x20) {
        return None;
    }
    let [a, _, b, _, c, _, d, _] = (values << 4 | values >> 8).to_le_bytes();
    Some([a, b, c, d])
}

const NOT_HEX: u8 = 0x80;

/// The value of each hex digit, [`NOT_HEX`] for every other byte.
static NIBBLES: [u8; 256] = {
    let mut table = [NOT_HEX; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value as usize] as usize] = value;
        table[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    table
};

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_padded_and_case_blind() {
        let full = TraceId::from_hex(b"4BF92f3577b34da6a3ce929d0e0e4736").unwrap();
        assert_eq!(full.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(full.short(), "4bf9…4736");
        assert_eq!(SpanId::from_hex(b"00f067aa0ba902b7").unwrap().short(), "00f0…02b7");
        assert_eq!(full.low64(), 11_803_532_876_627_986_230);
        let half = TraceId::from_hex(b"463ac35c9f6413ad").unwrap();
        assert!(half.is_64_bit());
        assert_eq!(half.to_string(), "0000000000000000463ac35c9f6413ad");
        assert_eq!(SpanId::from_hex(b"a").unwrap().to_string(), "000000000000000a");
    }

    #[test]
    fn every_byte_is_a_digit_or_none_in_every_place() {
        for place in 0..16 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"0123456789abCDEf";
                digits[place] = byte;
                let expected = std::str::from_utf8(&digits).ok().filter(|_| byte != b'+');
                let expected = expected.and_then(|text| u64::from_str_radix(text, 16).ok());
                assert_eq!(SpanId::from_hex(&digits), expected.and_then(SpanId::from_u64), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn what_is_not_an_id_is_none() {
        for bad in [&b""[..], b"0", b"00000000000000000000000000000000", b"xyz", b"4bf92f3577b34da6a3ce929d0e0e47360"] {
            assert_eq!(TraceId::from_hex(bad), None, "{bad:?}");
        }
        assert_eq!(SpanId::from_hex(b"00f067aa0ba902b70"), None);
        assert_eq!(TraceId::from_bytes(&[1; 8]), None);
        assert_eq!(SpanId::from_u64(0), None);
        assert_eq!(SpanId::from_u64(67_667_974_448_284_343).unwrap().to_string(), "00f067aa0ba902b7");
    }
}
