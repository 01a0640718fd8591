//! Where the text of compressed files goes, so that it can be read again at a place: a temporary file without a name.
//!
//! It takes no room in memory, and its room on the disk is free again when the last who refers to it lets go, however
//! the program ends.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::extent::{TextFile, read_at};
use crate::source::Place;

/// A file that has this much goes on with what it has, but the next archive begins another: so the disk gets room back
/// in pieces, and descriptors stay few.
const LARGE_BYTES: u64 = 1 << 30;

/// So much of the file system stays free, or one in [`RESERVED_SHARE`] of a small one.
const RESERVED_BYTES: u64 = 256 << 20;

/// See [`RESERVED_BYTES`].
const RESERVED_SHARE: u64 = 16;

/// Takes text and says where it stands. Makes its file when there is something to keep.
pub(super) struct Spill {
    folder: PathBuf,
    current: Option<Current>,
}

struct Current {
    file: Arc<File>,
    text: Arc<TextFile>,
    end: u64,
}

impl Spill {
    /// One whose files are made in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), current: None }
    }

    /// Another one in the same folder, for another thread.
    pub(super) fn sibling(&self) -> Self {
        Self::new(&self.folder)
    }

    /// An archive begins here.
    pub(super) fn begin(&mut self) {
        self.current = self.current.take().filter(|current| current.end < LARGE_BYTES);
    }

    /// Writes `text` behind what was written before; says where it stands. On an error a part may have been written.
    pub(super) fn append(&mut self, text: &[u8]) -> io::Result<Place> {
        let current = match self.current.take() {
            Some(current) => current,
            None => Current::new(&self.folder).map_err(|error| self.explain(&error))?,
        };
        let current = self.current.insert(current);
        let place = Place { file: Arc::clone(&current.text), start: current.end, is_cut: false };
        match current.write(text) {
            Ok(()) => Ok(place),
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// Ends the text that began at `start` with a line end, if it has none.
    pub(super) fn end_line(&mut self, start: u64) -> io::Result<()> {
        let mut last = [b'\n'];
        self.with_file(|file, end| if end > start { read_at(file, &mut last, end - 1) } else { Ok(0) })?;
        if last != *b"\n" {
            self.append(b"\n")?;
        }
        Ok(())
    }

    /// Looks at the file and its length.
    pub(super) fn with_file<T>(&self, look: impl FnOnce(&File, u64) -> io::Result<T>) -> io::Result<T> {
        let current = self.current.as_ref().ok_or(io::ErrorKind::NotFound)?;
        look(&current.file, current.end)
    }

    fn explain(&self, error: &io::Error) -> io::Error {
        // The error itself would name a file that nobody knows.
        let (kind, folder) = (error.kind(), self.folder.display());
        io::Error::new(kind, format!("can not be unpacked to {folder} ({kind}); TMPDIR may name another folder"))
    }
}

impl Current {
    /// Nobody but us can read it, and nobody can open it: it loses its name at once. Writes go to its end, whatever is
    /// read meanwhile.
    fn new(folder: &Path) -> io::Result<Self> {
        let (file, name) = tempfile::Builder::new().prefix(".spantail-").append(true).tempfile_in(folder)?.into_parts();
        let path = name.to_path_buf();
        name.close()?;
        let file = Arc::new(file);
        let text = Arc::new(TextFile::new(Arc::clone(&file), path)?);
        Ok(Self { file, text, end: 0 })
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        let (free, size) = room(&self.file)?;
        // Some file systems do not say what they have.
        if size > 0 && free < text.len() as u64 + reserve(size) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = (&*self.file).write_all(text);
        self.end = if written.is_ok() { self.end + text.len() as u64 } else { self.file.metadata()?.len() };
        written
    }
}

/// What is left to others of a file system of `size` bytes: a temporary folder that is full stops more than us.
fn reserve(size: u64) -> u64 {
    RESERVED_BYTES.min(size / RESERVED_SHARE)
}

/// How many bytes are free for us where the file lies, and how many there are.
#[cfg(unix)]
fn room(file: &File) -> io::Result<(u64, u64)> {
    let known = rustix::fs::fstatvfs(file)?;
    Ok((known.f_bavail.saturating_mul(known.f_frsize), known.f_blocks.saturating_mul(known.f_frsize)))
}

/// The system says so itself when there is none left.
#[cfg(not(unix))]
fn room(_file: &File) -> io::Result<(u64, u64)> {
    Ok((u64::MAX, u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(place: &Place, length: u64) -> Vec<u8> {
        let mut text = Vec::new();
        place.file.read(place.start..place.start + length, &mut text).unwrap();
        text
    }

    #[test]
    fn what_is_kept_is_read_back_where_it_stands_and_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(folder.path());
        let places = ["one\n", "two"].map(|text| spill.append(text.as_bytes()).unwrap());
        spill.end_line(places[1].start).unwrap();
        let after = spill.append(b"three\n").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(spill);
        assert_eq!((read(&places[0], 4), read(&places[1], 4)), (b"one\n".to_vec(), b"two\n".to_vec()));
        assert_eq!((after.start, read(&after, 6)), (8, b"three\n".to_vec()));
    }

    #[test]
    fn a_file_system_is_not_filled_up() {
        assert_eq!((reserve(1 << 40), reserve(64 << 20), reserve(0)), (256 << 20, 4 << 20, 0));
        let file = tempfile::tempfile().unwrap();
        let (free, size) = room(&file).unwrap();
        assert!(free > 0 && free <= size, "{free} of {size}");
    }

    #[test]
    fn a_folder_that_takes_no_file_is_named_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let error = Spill::new(&missing).append(b"text").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let text = error.to_string();
        assert!(text.contains(&*missing.to_string_lossy()) && text.contains("TMPDIR"), "{text}");
    }
}
