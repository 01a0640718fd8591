//! What can go wrong with a session file: what was being done, to which file, and what helps.

use std::io;
use std::path::PathBuf;

/// Why a session could not be saved, recorded or read.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The file, or the temporary one beside it, could not be made.
    #[error("cannot create the session file {}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing failed on the way.
    #[error("cannot write the session file {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// All was written, but could not be put in its place.
    #[error("cannot put the finished session in its place at {}", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("cannot read the session file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A pattern for masking secrets is no regular expression.
    #[error("the pattern `{pattern}` for masking secrets is not a regular expression")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        source: regex::Error,
    },
}

impl SessionError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        let kind = match self {
            Self::Create { source, .. }
            | Self::Write { source, .. }
            | Self::Replace { source, .. }
            | Self::Read { source, .. } => source.kind(),
            Self::Pattern { .. } => return "correct the pattern in the configuration, or take it out",
        };
        match kind {
            io::ErrorKind::AlreadyExists => "choose another name, or allow the file to be overwritten",
            io::ErrorKind::NotFound => "check the path: the folder must exist",
            io::ErrorKind::PermissionDenied => "choose a folder that you may write to",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk, or choose another one",
            io::ErrorKind::IsADirectory => "give the name of a file, not of a folder",
            _ => "try another file or folder",
        }
    }
}
