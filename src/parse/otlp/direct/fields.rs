//! Protobuf's wire format over borrowed bytes: the fields of one message, one after the other.

/// Why this reader gives a message up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::parse::otlp) enum Stop {
    /// What only the general reader is asked to understand: broken bytes, and what is allowed and nobody sends.
    Unusual,
    /// It would take more memory than one request may.
    TooMuch,
}

/// The fields that are left of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

/// What a field holds, by its wire type. Groups, which proto3 does not have, are unusual.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Content<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The most bytes of a varint.
const MAX_VARINT: usize = 10;

impl<'a> Fields<'a> {
    /// The fields of a message.
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// How many bytes are left.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number and the content of the next field; `None` at the end of the message.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Content<'a>)>, Stop> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let number =
            u32::try_from(key >> 3).ok().filter(|number| (1..1 << 29).contains(number)).ok_or(Stop::Unusual)?;
        let content = match key & 7 {
            0 => Content::Varint(self.varint()?),
            1 => Content::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Stop::Unusual)?;
                Content::Bytes(self.take(length)?)
            }
            5 => Content::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Stop::Unusual),
        };
        Ok(Some((number, content)))
    }

    fn varint(&mut self) -> Result<u64, Stop> {
        let mut value = 0;
        for (at, byte) in self.0.iter().enumerate().take(MAX_VARINT) {
            // The last of ten bytes has room for one bit.
            if at + 1 == MAX_VARINT && *byte > 1 {
                return Err(Stop::Unusual);
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if *byte < 0x80 {
                self.take(at + 1)?;
                return Ok(value);
            }
        }
        Err(Stop::Unusual)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.take(N)?.try_into().map_err(|_| Stop::Unusual)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Stop> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Stop::Unusual)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// The text that a field is; protobuf refuses what is no UTF-8.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Stop> {
    std::str::from_utf8(bytes).map_err(|_| Stop::Unusual)
}
