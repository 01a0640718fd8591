//! A file of text, read at places, whatever happens to it meanwhile.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::platform::{self, FileId};

/// A regular file that lines refer to.
///
/// It is held by its descriptor, so that renaming and deleting it does no harm. Where descriptors are scarce it is
/// [closed](TextFile::close); then it is opened for each read by the name it had last, and is gone when that leads to
/// another file.
#[derive(Debug)]
pub struct TextFile {
    id: FileId,
    place: Mutex<Place>,
    is_truncated: AtomicBool,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    file: Option<Arc<File>>,
}

/// Why text can not be read back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gone {
    /// The file has been truncated or rewritten since.
    Truncated,
    /// Its name leads to another file, or to none.
    Replaced,
    /// The system refuses; says why.
    Unreadable(Arc<str>),
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the file was truncated or rewritten"),
            Self::Replaced => f.write_str("the file was removed or replaced"),
            Self::Unreadable(why) => write!(f, "the file can not be read: {why}"),
        }
    }
}

impl TextFile {
    /// The regular file behind an open descriptor, called `path`.
    pub fn new(file: Arc<File>, path: PathBuf) -> io::Result<Self> {
        let id = FileId::of(&file.metadata()?);
        let place = Mutex::new(Place { path, file: Some(file) });
        Ok(Self { id, place, is_truncated: AtomicBool::new(false) })
    }

    /// Which file it is.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// What it was called last.
    pub fn path(&self) -> PathBuf {
        self.place().path.clone()
    }

    /// Tells what it is called now.
    pub fn set_path(&self, path: &Path) {
        path.clone_into(&mut self.place().path);
    }

    /// Gives the descriptor back. It is opened by its name from now on.
    pub fn close(&self) {
        self.place().file = None;
    }

    /// Holds a descriptor of the same file again.
    pub fn hold(&self, file: Arc<File>) {
        self.place().file = Some(file);
    }

    /// Notes that what it held so far is gone: it was truncated or rewritten. What it holds now is another text, for
    /// which another `TextFile` is made.
    pub fn truncated(&self) {
        self.is_truncated.store(true, Ordering::Release);
    }

    /// Reads exactly `range` into `buf`, in place of what was there; on an error `buf` holds anything. Blocks for as long
    /// as the disk takes.
    pub fn read(&self, range: Range<u64>, buf: &mut Vec<u8>) -> Result<(), Gone> {
        if self.is_truncated.load(Ordering::Acquire) {
            return Err(Gone::Truncated);
        }
        let file = self.file()?;
        let length = usize::try_from(range.end.saturating_sub(range.start)).map_err(|_| Gone::Truncated)?;
        buf.resize(length, 0);
        let read = platform::read_at(&file, buf, range.start).map_err(|error| unreadable(&error))?;
        // Looked at after reading: a truncation before the read is known by then or shows in the length.
        let is_whole = read == length && !self.is_truncated.load(Ordering::Acquire);
        if is_whole { Ok(()) } else { Err(Gone::Truncated) }
    }

    fn file(&self) -> Result<Arc<File>, Gone> {
        let place = self.place();
        if let Some(file) = &place.file {
            return Ok(Arc::clone(file));
        }
        let opened = platform::open(&place.path).and_then(|file| Ok((FileId::of(&file.metadata()?), file)));
        match opened {
            Ok((id, file)) if id == self.id => Ok(Arc::new(file)),
            Ok(_) => Err(Gone::Replaced),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Gone::Replaced),
            Err(error) => Err(unreadable(&error)),
        }
    }

    fn place(&self) -> std::sync::MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(error: &io::Error) -> Gone {
    Gone::Unreadable(error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> TextFile {
        TextFile::new(Arc::new(File::open(path).unwrap()), path.to_owned()).unwrap()
    }

    fn read(file: &TextFile, range: Range<u64>) -> Result<String, Gone> {
        let mut buf = vec![b'x'; 3];
        file.read(range, &mut buf).map(|()| String::from_utf8(buf).unwrap())
    }

    #[test]
    fn a_file_is_read_whatever_it_is_called_and_for_as_long_as_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "0123456789").unwrap();
        let held = file(&path);
        assert_eq!(read(&held, 2..5).unwrap(), "234");
        assert_eq!(read(&held, 8..12), Err(Gone::Truncated));
        std::fs::rename(&path, &moved).unwrap();
        assert_eq!(read(&held, 0..2).unwrap(), "01");
        held.close();
        assert_eq!(read(&held, 0..2), Err(Gone::Replaced));
        std::fs::write(&path, "another").unwrap();
        assert_eq!(read(&held, 0..2), Err(Gone::Replaced));
        held.set_path(&moved);
        assert_eq!(read(&held, 0..2).unwrap(), "01");
        held.truncated();
        assert_eq!(read(&held, 0..2), Err(Gone::Truncated));
    }
}
