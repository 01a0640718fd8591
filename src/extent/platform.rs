//! What the operating system knows of a file: its identity, and how to open and read it without disturbing others.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Which file it is, whatever it is called at the moment. Two names of one file have one identity, and no other file
/// gets it for as long as somebody holds the file open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// Which file the system says this is of.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;

        Self { device: metadata.dev(), number: metadata.ino() }
    }

    /// Without inode numbers the time of creation has to do: rotation gives a new one.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        let created = metadata.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let number = created.map_or(0, |at| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX));
        Self { device: 0, number }
    }
}

/// Opens a file for reading. Does not block when it has become a FIFO since its name was looked up.
#[cfg(unix)]
pub fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Opens a file for reading.
#[cfg(not(unix))]
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Reads at `offset` until `buf` is full or the file ends; returns how much was read.
pub fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buf.len() {
        let rest = buf.get_mut(filled..).unwrap_or_default();
        match read_some_at(file, rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(not(unix))]
fn read_some_at(mut file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::io::{Read as _, Seek as _, SeekFrom};

    file.seek(SeekFrom::Start(offset))?;
    file.read(buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_have_one_identity_and_two_files_have_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            std::fs::write(path(name), "same").unwrap();
        }
        std::fs::hard_link(path("a"), path("alias")).unwrap();
        let id = |name: &str| FileId::of(&std::fs::metadata(path(name)).unwrap());
        assert_eq!(id("a"), id("alias"));
        assert_ne!(id("a"), id("b"));
    }

    #[test]
    fn a_read_gives_what_there_is_at_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "0123456789").unwrap();
        let (file, mut buf) = (open(&path).unwrap(), [0; 4]);
        for (offset, expected) in [(0, "0123"), (8, "89"), (10, ""), (99, "")] {
            let length = read_at(&file, &mut buf, offset).unwrap();
            assert_eq!(&buf[..length], expected.as_bytes(), "at {offset}");
        }
    }
}
