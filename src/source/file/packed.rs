//! Files whose text has to be made from their bytes: compressed ones and those in UTF-16, recognised by their first bytes,
//! whatever they are called.
//!
//! All formats that allow several members one behind the other are read to the last of them. The expansion is bounded.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};

use bzip2::bufread::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

use super::utf16::{ByteOrder, Utf16};

/// How many of a file's first bytes tell its format.
pub(super) const MAGIC_BYTES: usize = 6;

/// However small a file is, it may expand to this much; above it only to [`MAX_RATIO`] times its size.
const FREE_BYTES: u64 = 64 << 20;

/// No log compresses better than this; a decompression bomb does.
const MAX_RATIO: u64 = 2000;

/// How much of what came before a decoder may have to keep. `xz -9` needs 64 MiB; an archive may ask for 4 GiB. As many
/// archives as there are cores are unpacked at once. The decoder of zstd has the same bound.
const MAX_WINDOW_KIB: u32 = 128 << 10;

/// What the decoder of xz needs besides.
const DECODER_KIB: u32 = 1 << 10;

/// How a file's text is packed, by the magic bytes of each specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    /// RFC 1952.
    Gzip,
    /// RFC 8878, also with skippable frames in front.
    Zstd,
    Bzip2,
    Xz,
    /// Plain text that is not in UTF-8. Such a file may grow.
    Utf16(ByteOrder),
    /// One that is recognised but not read; its name.
    Unsupported(&'static str),
}

impl Packing {
    /// The format of a file that begins with `head`, `None` for plain text.
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            // The second case is an archive of nothing.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, ..] => {
                Some(Self::Bzip2)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Unsupported("lz4")),
            [0xff, 0xfe, 0, 0, ..] => None,
            [0xff, 0xfe, text @ ..] if is_utf16(text) => Some(Self::Utf16(ByteOrder::Little)),
            [0xfe, 0xff, text @ ..] if is_utf16(text) => Some(Self::Utf16(ByteOrder::Big)),
            _ => None,
        }
    }

    /// Whether it is made once and does not grow any more.
    pub(super) fn is_archive(self) -> bool {
        !matches!(self, Self::Utf16(_))
    }

    /// Itself where it is one that is read.
    pub(super) fn check(self) -> io::Result<Self> {
        match self {
            Self::Unsupported(name) => {
                let why = format!("is compressed with {name}, which is not read; unpack it first");
                Err(io::Error::new(io::ErrorKind::Unsupported, why))
            }
            _ => Ok(self),
        }
    }
}

/// Whether what stands behind a byte order mark can be one: every line end and every letter of English has a zero byte,
/// which no text of another encoding has that happens to begin with the two bytes of the mark.
///
/// One byte alone is the half of a unit, of which the rest has not come yet.
fn is_utf16(text: &[u8]) -> bool {
    text.len() < 2 || text.contains(&0)
}

/// The text of a packed file. Fails with [`io::ErrorKind::Unsupported`] for a format that is not read, and when it
/// expands beyond all measure. After a failure nothing more is read of it.
pub(super) struct Unpacked {
    decoder: Box<dyn Read + Send>,
    /// The file, as far as the decoder has read it.
    file: File,
    packing: Packing,
    budget: u64,
}

impl Unpacked {
    /// Reads `file` from where it stands, its start.
    pub(super) fn new(file: File, packing: Packing) -> io::Result<Self> {
        let budget = FREE_BYTES.max(file.metadata()?.len().saturating_mul(MAX_RATIO));
        let read = file.try_clone()?;
        let decoder: Box<dyn Read + Send> = match packing.check()? {
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(read)?),
            Packing::Bzip2 => Box::new(MultiBzDecoder::new(BufReader::new(read))),
            Packing::Xz => Box::new(XzReader::new_mem_limit(BufReader::new(read), true, MAX_WINDOW_KIB + DECODER_KIB)),
            Packing::Utf16(order) => Box::new(Utf16::new(read, order)),
            Packing::Gzip | Packing::Unsupported(_) => Box::new(MultiGzDecoder::new(BufReader::new(read))),
        };
        Ok(Self { decoder, file, packing, budget: if packing.is_archive() { budget } else { u64::MAX } })
    }

    /// Whether it is read once and does not grow any more.
    pub(super) fn is_archive(&self) -> bool {
        self.packing.is_archive()
    }

    /// How many bytes of the file were read, about. Both descriptors have one position.
    pub(super) fn position(&self) -> u64 {
        (&self.file).stream_position().unwrap_or(0)
    }

    /// Whether the file has become shorter than what was read of it.
    pub(super) fn is_truncated(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.len() < self.position())
    }
}

impl Read for Unpacked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = self.decoder.read(buf).map_err(explain)?;
        self.budget = self.budget.checked_sub(length as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::Unsupported, format!("expands to more than {MAX_RATIO} times its size"))
        })?;
        Ok(length)
    }
}

/// Says in plain words what is wrong with an archive: each decoder has its own.
fn explain(error: io::Error) -> io::Error {
    // zstd has no kind for it.
    let is_too_large = error.kind() == io::ErrorKind::OutOfMemory || error.to_string().contains("too much memory");
    if is_too_large {
        let limit = MAX_WINDOW_KIB >> 10;
        let why = format!("takes more than {limit} MiB of memory to unpack; unpack it first");
        return io::Error::new(io::ErrorKind::Unsupported, why);
    }
    match error.kind() {
        kind @ io::ErrorKind::UnexpectedEof => io::Error::new(kind, "the archive is cut off; what it holds is read"),
        _ => error,
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
    fn archives_of_every_kind_are_told_by_their_content() {
        let text = include_bytes!("../../../tests/fixtures/files/logmerger_log3.txt");
        let bzip2 = &include_bytes!("../../../tests/fixtures/files/logmerger_log3.txt.bz2")[..];
        let xz = &include_bytes!("../../../tests/fixtures/files/logmerger_log3.txt.xz")[..];
        for (packed, between, empty) in
            [(bzip2, &b""[..], &b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0"[..]), (xz, &[0; 4], b"")]
        {
            assert_eq!(unpack(packed).unwrap(), text);
            assert_eq!(unpack(&[packed, between, packed].concat()).unwrap(), text.repeat(2));
            for cut in [packed.len() / 2, packed.len() - 5] {
                let error = unpack(&packed[..cut]).unwrap_err().to_string();
                assert!(error.contains("is cut off"), "cut at {cut}: {error}");
            }
            let mut damaged = packed.to_vec();
            damaged[packed.len() / 2] ^= 1;
            assert!(unpack(&damaged).is_err());
            assert!(empty.is_empty() || unpack(empty).unwrap().is_empty());
        }
    }

    #[test]
    fn a_cut_archive_and_an_unsupported_one_are_errors() {
        let packed = gzip(&b"line\n".repeat(1000));
        assert_eq!(unpack(&packed[..packed.len() - 9]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let error = unpack(b"\x04\x22\x4d\x18").unwrap_err();
        assert!(error.to_string().contains("lz4"), "{error}");
        assert_eq!(Packing::detect(b"2026-11-21 plain"), None);
        assert_eq!(Packing::detect(b"BZhello"), None);
        assert_eq!(Packing::detect(b"\xff\xfe\0\0"), None, "UTF-32");
        assert_eq!(Packing::detect(b"\xff\xfe Latin-1\n"), None);
        assert_eq!(Packing::detect(b"\xff\xfe2"), Some(Packing::Utf16(ByteOrder::Little)), "half a unit");
    }

    #[test]
    fn an_archive_does_not_get_all_the_memory_that_it_asks_for() {
        let mut packed = include_bytes!("../../../tests/fixtures/files/logmerger_log3.txt.xz").to_vec();
        // The header of the first block: its length, its flags, LZMA2, the size of its one property, which is the dictionary's.
        let header = 12;
        assert_eq!(packed[header + 2..header + 4], [0x21, 1]);
        for (property, is_read) in [(30, true), (31, false), (40, false)] {
            packed[header + 4] = property;
            let end = header + usize::from(packed[header]) * 4;
            let mut sum = flate2::Crc::new();
            sum.update(&packed[header..end]);
            packed[end..end + 4].copy_from_slice(&sum.sum().to_le_bytes());
            match unpack(&packed) {
                Ok(_) => assert!(is_read, "{property}"),
                Err(error) => {
                    assert!(!is_read && error.to_string().contains("128 MiB of memory"), "{property}: {error}");
                }
            }
        }
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(29).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(b"text\n").unwrap();
        let error = unpack(&encoder.finish().unwrap()).unwrap_err();
        assert!(error.to_string().contains("128 MiB of memory"), "{error}");
    }

    #[test]
    fn an_archive_is_the_same_however_its_bytes_arrive() {
        /// Gives one byte at a time.
        struct Drops<R>(R);
        impl<R: Read> Read for Drops<R> {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                let length = buf.len().min(1);
                self.0.read(&mut buf[..length])
            }
        }
        let packed = &include_bytes!("../../../tests/fixtures/files/logmerger_log3.txt.xz")[..];
        let mut text = Vec::new();
        XzReader::new(Drops(packed), true).read_to_end(&mut text).unwrap();
        assert_eq!(text, include_bytes!("../../../tests/fixtures/files/logmerger_log3.txt"));
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
