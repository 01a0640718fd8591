//! A file that appears under its name only when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::SessionError;

/// A temporary file beside the one that it is to become. Removed when dropped before [`Draft::publish`].
pub(super) struct Draft {
    pub(super) file: File,
    temporary: Option<PathBuf>,
    target: PathBuf,
}

/// Names that are tried before giving up.
const TRIES: u32 = 64;

impl Draft {
    pub(super) fn create(target: &Path) -> Result<Self, SessionError> {
        let failed = |source| SessionError::Create { path: target.to_path_buf(), source };
        let Some(name) = target.file_name() else { return Err(failed(io::ErrorKind::IsADirectory.into())) };
        let mut number = 0;
        loop {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}-{number}.part", std::process::id()));
            let temporary = target.with_file_name(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => return Ok(Self { file, temporary: Some(temporary), target: target.to_path_buf() }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < TRIES => number += 1,
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Puts the file in its place, replacing what is there, after all of it is on the disk.
    pub(super) fn publish(mut self) -> Result<(), SessionError> {
        let failed = |source| SessionError::Write { path: self.target.clone(), source };
        self.file.sync_all().map_err(failed)?;
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)
                .map_err(|source| SessionError::Replace { path: self.target.clone(), source })?;
        }
        self.temporary = None;
        sync_folder(&self.target);
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nobody is left to tell, and the leftover is named so that it explains itself.
            drop(fs::remove_file(temporary));
        }
    }
}

/// Makes the new name last. The file's contents are safe without it, and some systems can not do it.
fn sync_folder(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        drop(folder.sync_all());
    }
}
