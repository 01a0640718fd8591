//! Compressed files: recognised by their first bytes, whatever they are called, and read once from the start.
//!
//! Both formats allow several members one behind the other; all are read. The expansion is bounded.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};

use flate2::read::MultiGzDecoder;

/// How many of a file's first bytes tell its format.
pub(super) const MAGIC_BYTES: usize = 6;

/// However small a file is, it may expand to this much; above it only to [`MAX_RATIO`] times its size.
const FREE_BYTES: u64 = 64 << 20;

/// No log compresses better than this; a decompression bomb does.
const MAX_RATIO: u64 = 2000;

/// A compressed format, by the magic bytes of its specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    /// RFC 1952.
    Gzip,
    /// RFC 8878, also with skippable frames in front.
    Zstd,
    /// One that is recognised but not read; its name.
    Unsupported(&'static str),
}

impl Packing {
    /// The format of a file that begins with `head`, `None` for plain text.
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Some(Self::Unsupported("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Unsupported("xz")),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Unsupported("lz4")),
            _ => None,
        }
    }

    /// Itself where it is one that is read.
    pub(super) fn check(self) -> io::Result<Self> {
        match self {
            Self::Gzip | Self::Zstd => Ok(self),
            Self::Unsupported(name) => {
                let why = format!("is compressed with {name}, which is not read; unpack it first");
                Err(io::Error::new(io::ErrorKind::Unsupported, why))
            }
        }
    }
}

/// The text of a compressed file. Fails with [`io::ErrorKind::Unsupported`] for a format that is not read, and when
/// it expands beyond all measure.
pub(super) struct Unpacked {
    decoder: Decoder,
    budget: u64,
}

enum Decoder {
    Gzip(Box<MultiGzDecoder<BufReader<File>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<File>>>),
}

impl Unpacked {
    /// Reads `file` from where it stands, its start.
    pub(super) fn new(file: File, packing: Packing) -> io::Result<Self> {
        let budget = FREE_BYTES.max(file.metadata()?.len().saturating_mul(MAX_RATIO));
        let decoder = match packing.check()? {
            Packing::Zstd => Decoder::Zstd(Box::new(zstd::stream::read::Decoder::new(file)?)),
            _ => Decoder::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(file)))),
        };
        Ok(Self { decoder, budget })
    }

    /// How many compressed bytes were read, about.
    pub(super) fn position(&self) -> u64 {
        let mut file = match &self.decoder {
            Decoder::Gzip(decoder) => decoder.get_ref().get_ref(),
            Decoder::Zstd(decoder) => decoder.get_ref().get_ref(),
        };
        file.stream_position().unwrap_or(0)
    }
}

impl Read for Unpacked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(buf),
            Decoder::Zstd(decoder) => decoder.read(buf),
        }?;
        self.budget = self.budget.checked_sub(length as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::Unsupported, format!("expands to more than {MAX_RATIO} times its size"))
        })?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut file = tempfile::tempfile()?;
        file.write_all(packed)?;
        file.rewind()?;
        let packing = Packing::detect(packed).expect("a known format");
        let mut text = Vec::new();
        Unpacked::new(file, packing)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn all_members_of_an_archive_are_read() {
        assert_eq!(unpack(&[gzip(b"one\n"), gzip(b"two\n")].concat()).unwrap(), b"one\ntwo\n");
        let frame = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
        let packed = [skippable.to_vec(), frame(b"one\n"), frame(b"two\n")].concat();
        assert_eq!(unpack(&packed).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_cut_archive_and_an_unsupported_one_are_errors() {
        let packed = gzip(&b"line\n".repeat(1000));
        assert_eq!(unpack(&packed[..packed.len() - 9]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        for (head, name) in [(b"BZh91AY&SY".as_slice(), "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x04\x22\x4d\x18", "lz4")] {
            let error = unpack(head).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(Packing::detect(b"2026-11-21 plain"), None);
        assert_eq!(Packing::detect(b"BZhello"), None);
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        let block = vec![0; 1 << 20];
        for _ in 0..=(FREE_BYTES >> 20) {
            encoder.write_all(&block).unwrap();
        }
        let packed = encoder.finish().unwrap();
        assert!((packed.len() as u64) < FREE_BYTES / MAX_RATIO, "the test needs a denser bomb");
        assert_eq!(unpack(&packed).unwrap_err().kind(), io::ErrorKind::Unsupported);
    }
}
