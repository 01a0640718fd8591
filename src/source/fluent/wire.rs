//! Where a MessagePack value ends. A sender's stream is one value behind the other without any framing, so the end of each
//! is looked for before it is decoded: each byte once, and within limits.
//!
//! Format: the MessagePack specification, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

/// No value lies deeper within others.
pub(super) const MAX_DEPTH: usize = 64;
/// A value holds at most so many others. Each costs some 40 bytes once it is decoded.
const MAX_VALUES: u64 = 1 << 20;

/// Looks for the end of one value in a buffer that grows.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Where the next value within begins; it may be behind the end of what is there.
    at: usize,
    /// How many values are missing in each of the values that are open, the outermost first.
    open: Vec<u64>,
    /// How many values there were.
    values: u64,
}

/// Why the end is looked for no further.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Broken {
    /// A byte that begins no value.
    #[error("a byte that begins no MessagePack value")]
    Unknown,
    /// Values within values within values.
    #[error("values more than {MAX_DEPTH} deep within each other")]
    Deep,
    /// More values than anybody writes.
    #[error("more than {MAX_VALUES} values in one message")]
    Many,
    /// It ends within a value.
    #[error("an event that is cut off")]
    Cut,
    /// Longer than allowed.
    #[error("a message of more than {} MiB", .0 >> 20)]
    Long(usize),
}

impl Scanner {
    /// The length of the value that `buffer` begins with, once all of it is there. Until then the same buffer, grown, is to
    /// be given again. Linear in the values, however often it is asked.
    pub(super) fn end(&mut self, buffer: &[u8], limit: usize) -> Result<Option<usize>, Broken> {
        while self.values == 0 || !self.open.is_empty() {
            let Some((length, children)) = head(buffer.get(self.at..).unwrap_or_default())? else { return Ok(None) };
            self.at = self.at.saturating_add(length);
            self.values = self.values.saturating_add(children).saturating_add(u64::from(self.values == 0));
            if self.at > limit {
                return Err(Broken::Long(limit));
            }
            if self.values > MAX_VALUES {
                return Err(Broken::Many);
            }
            self.count(children)?;
        }
        if self.at > buffer.len() {
            return Ok(None);
        }
        Ok(Some(std::mem::take(self).at))
    }

    /// Notes a value with so many others in it.
    fn count(&mut self, children: u64) -> Result<(), Broken> {
        if children > 0 {
            self.open.push(children);
            return if self.open.len() > MAX_DEPTH { Err(Broken::Deep) } else { Ok(()) };
        }
        while let Some(missing) = self.open.last_mut() {
            *missing -= 1;
            if *missing > 0 {
                break;
            }
            self.open.pop();
        }
        Ok(())
    }
}

/// How long the value at the beginning is without those within it, and how many those are. `None` where it takes more bytes
/// to say.
fn head(bytes: &[u8]) -> Result<Option<(usize, u64)>, Broken> {
    let Some(marker) = bytes.first().copied() else { return Ok(None) };
    let sized = |width: usize, extra: usize, per: u64| {
        let Some(digits) = bytes.get(1..=width) else { return Ok(None) };
        let size = digits.iter().fold(0_u64, |size, digit| size << 8 | u64::from(*digit));
        let body = if per == 0 { usize::try_from(size).unwrap_or(usize::MAX) } else { 0 };
        Ok(Some(((1 + width + extra).saturating_add(body), size * per)))
    };
    let plain = |length: usize| Ok(Some((length, 0)));
    match marker {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => plain(1),
        0x80..=0x8f => Ok(Some((1, 2 * u64::from(marker & 0x0f)))),
        0x90..=0x9f => Ok(Some((1, u64::from(marker & 0x0f)))),
        0xa0..=0xbf => plain(1 + usize::from(marker & 0x1f)),
        0xc4 | 0xd9 => sized(1, 0, 0),
        0xc5 | 0xda => sized(2, 0, 0),
        0xc6 | 0xdb => sized(4, 0, 0),
        0xc7 => sized(1, 1, 0),
        0xc8 => sized(2, 1, 0),
        0xc9 => sized(4, 1, 0),
        0xcc | 0xd0 => plain(2),
        0xcd | 0xd1 => plain(3),
        0xca | 0xce | 0xd2 => plain(5),
        0xcb | 0xcf | 0xd3 => plain(9),
        0xd4..=0xd7 => plain(2 + (1 << (marker - 0xd4))),
        0xd8 => plain(18),
        0xdc => sized(2, 0, 1),
        0xdd => sized(4, 0, 1),
        0xde => sized(2, 0, 2),
        0xdf => sized(4, 0, 2),
        0xc1 => Err(Broken::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use rmpv::Value;

    use super::*;

    const LIMIT: usize = 1 << 20;

    fn encoded(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        rmpv::encode::write_value(&mut out, value).unwrap();
        out
    }

    #[test]
    fn the_end_of_every_kind_of_value_is_found_however_it_comes() {
        let texts = [0, 31, 32, 255, 256, 65_535, 65_536].map(|length| Value::from("x".repeat(length)));
        let bytes = [0, 255, 256, 65_536].map(|length| Value::Binary(vec![1; length]));
        let exts = [1, 2, 3, 4, 8, 16, 17, 256, 65_536].map(|length| Value::Ext(0, vec![0; length]));
        let lists = [0, 15, 16, 65_536].map(|length| Value::Array(vec![Value::Nil; length]));
        let maps = [0, 15, 16, 65_536].map(|length| Value::Map(vec![(Value::from(1), Value::Nil); length]));
        let numbers = [0, -1, 127, 128, -33, 300, 70_000, -70_000, i64::MAX, i64::MIN].map(Value::from);
        let others = [Value::Nil, true.into(), 1.5_f64.into(), 1.5_f32.into(), u64::MAX.into()];
        let nested = Value::Array(vec![Value::Map(vec![("a".into(), Value::Array(vec![1.into()]))]), "end".into()]);
        let all = texts.into_iter().chain(bytes).chain(exts).chain(lists).chain(maps).chain(numbers).chain(others);
        for value in all.chain([nested]) {
            let mut bytes = encoded(&value);
            let length = bytes.len();
            bytes.extend(b"\xc0\xc0");
            let mut scanner = Scanner::default();
            let step = length.div_ceil(50);
            for cut in (0..length).step_by(step) {
                assert_eq!(scanner.end(&bytes[..cut], LIMIT), Ok(None), "{cut} of {length}");
            }
            assert_eq!(scanner.end(&bytes, LIMIT), Ok(Some(length)));
            assert_eq!(scanner.end(&bytes[length..], LIMIT), Ok(Some(1)), "it begins anew");
        }
    }

    #[test]
    fn what_is_too_much_is_told_before_it_is_there() {
        let end = |bytes: &[u8]| Scanner::default().end(bytes, LIMIT);
        assert_eq!(end(b"\xc1"), Err(Broken::Unknown));
        assert_eq!(end(b"\xdb\xff\xff\xff\xff"), Err(Broken::Long(LIMIT)));
        assert_eq!(end(b"\xdd\xff\xff\xff\xff"), Err(Broken::Many));
        assert_eq!(end(b"\xdf\xff\xff\xff\xff"), Err(Broken::Many));
        assert_eq!(end(&[0x91; 100]), Err(Broken::Deep));
    }
}
