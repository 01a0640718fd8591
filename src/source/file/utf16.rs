//! Text in UTF-16, as Windows' own tools write it: read as the UTF-8 that everything else expects.
//!
//! Told by its byte order mark. What is no UTF-16 becomes U+FFFD. The file may grow: the end of what there is can be in
//! the middle of a character, of which the rest is waited for.

use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

/// How much one read asks for.
const BLOCK_BYTES: usize = 64 * 1024;

/// The longest character in UTF-8. A buffer that is shorter could never take one.
const CHARACTER: usize = 4;

/// Which byte of a unit is first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// A reader's text in UTF-8, without the byte order mark at its start. Can be read on after its end when the reader has
/// more.
pub(super) struct Utf16<R> {
    reader: R,
    decoder: Decoder,
    /// What was read; what is not decoded yet begins at `start` and ends at `end`.
    block: Vec<u8>,
    start: usize,
    end: usize,
}

impl<R: Read> Utf16<R> {
    /// Reads `reader` from where it stands: the start, or the start of a unit of two bytes.
    pub(super) fn new(reader: R, order: ByteOrder) -> Self {
        let encoding = if order == ByteOrder::Little { UTF_16LE } else { UTF_16BE };
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { reader, decoder, block: vec![0; BLOCK_BYTES], start: 0, end: 0 }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.len() < CHARACTER {
            return Err(io::Error::other("a buffer of less than a character"));
        }
        loop {
            if self.start == self.end {
                (self.start, self.end) = (0, self.reader.read(&mut self.block)?);
                if self.end == 0 {
                    return Ok(0);
                }
            }
            let left = self.block.get(self.start..self.end).unwrap_or_default();
            let (_, taken, written, _) = self.decoder.decode_to_utf8(left, buf, false);
            self.start += taken;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Gives one piece a read; none at the end of what there is.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or_default();
            buf[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn read(reader: &mut impl Read) -> String {
        let (mut text, mut buf) = (Vec::new(), [0; 7]);
        loop {
            match reader.read(&mut buf).unwrap() {
                0 => return String::from_utf8(text).unwrap(),
                length => text.extend_from_slice(&buf[..length]),
            }
        }
    }

    #[test]
    fn text_is_the_same_wherever_it_is_torn() {
        let text = "\u{feff}größe 🦀\r\nnext\n";
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let units = text.encode_utf16();
            let bytes: Vec<u8> = match order {
                ByteOrder::Little => units.flat_map(u16::to_le_bytes).collect(),
                ByteOrder::Big => units.flat_map(u16::to_be_bytes).collect(),
            };
            for size in 1..bytes.len() {
                let pieces = bytes.chunks(size).map(<[u8]>::to_vec).collect();
                assert_eq!(read(&mut Utf16::new(Pieces(pieces), order)), "größe 🦀\r\nnext\n", "{order:?} {size}");
            }
        }
    }

    #[test]
    fn an_end_is_not_for_ever_and_nonsense_is_marked() {
        let pieces = [&b"\xff\xfea\0b"[..], b"", b"\0\x00\xd8c\0", b""];
        let mut reader = Utf16::new(Pieces(pieces.iter().map(|piece| piece.to_vec()).collect()), ByteOrder::Little);
        assert_eq!(read(&mut reader), "a");
        assert_eq!(read(&mut reader), "b\u{fffd}c");
        assert!(reader.read(&mut [0; 3]).is_err());
    }
}
