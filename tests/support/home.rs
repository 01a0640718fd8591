//! A place of its own for every run of the program, so that runs share nothing with each other or with the machine's
//! own configuration.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_spantail");

/// For how long something that must happen may take. Generous, because machines that test are slow and busy; nothing
/// waits this long unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A home folder that is removed with its value.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// The folder itself: the working directory of what runs in it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The whole environment of a program that runs here.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let folder = |name: &str| self.path(name).into_os_string();
        vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", self.folder().as_os_str().to_owned()),
            ("XDG_CONFIG_HOME", folder(".config")),
            ("XDG_STATE_HOME", folder(".local/state")),
            ("XDG_DATA_HOME", folder(".local/share")),
            ("XDG_CACHE_HOME", folder(".cache")),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
        ]
    }
}
