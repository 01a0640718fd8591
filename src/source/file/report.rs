//! What a file source says of itself: how much is still to be read, how many files there are, and what is wrong.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::pattern::{MAX_FILES, PathPattern};
use crate::source::{SourceError, SourceState, StatusReporter};

/// A backlog from this size on is reported as catching up.
const CATCH_UP_BYTES: u64 = 1 << 20;

/// How long a remark on something that happened stays.
const REMARK: Duration = Duration::from_secs(30);

/// Faults that are kept; more than a reader wants to read.
const MAX_FAULTS: usize = 100;

/// Turns what the reading thread sees into a [`SourceState`].
pub(super) struct Reporter {
    status: StatusReporter,
    text: String,
    is_glob: bool,
    /// What was wrong at the last look at the names.
    problems: BTreeMap<PathBuf, String>,
    /// What is wrong for good.
    faults: BTreeMap<PathBuf, String>,
    remark: Option<(Instant, String)>,
    files: usize,
    /// The largest backlog of the catch-up that is under way.
    total: u64,
    said: Option<SourceState>,
}

impl Reporter {
    pub(super) fn new(status: StatusReporter, pattern: &PathPattern) -> Self {
        Self {
            status,
            text: pattern.text().to_owned(),
            is_glob: pattern.is_glob(),
            problems: BTreeMap::new(),
            faults: BTreeMap::new(),
            remark: None,
            files: 0,
            total: 0,
            said: None,
        }
    }

    /// Where it says how the source is.
    pub(super) fn status(&self) -> &StatusReporter {
        &self.status
    }

    /// All names are looked at anew; these folders could not be listed.
    pub(super) fn begin_scan(&mut self, unlisted: Vec<(PathBuf, io::Error)>) {
        self.problems.clear();
        for (path, error) in unlisted {
            self.problem(&path, &error);
        }
    }

    /// A file that cannot be read at the moment; it is tried again.
    pub(super) fn problem(&mut self, path: &Path, error: &io::Error) {
        self.problems.insert(path.to_owned(), error.to_string());
    }

    /// So many files are there.
    pub(super) fn end_scan(&mut self, files: usize) {
        self.files = files;
    }

    /// Something is wrong with a file for good.
    pub(super) fn fault(&mut self, path: &Path, error: &io::Error) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.insert(path.to_owned(), error.to_string());
        }
    }

    /// What was wrong with a file of this name is over: there is another one.
    pub(super) fn mend(&mut self, path: &Path) {
        self.faults.remove(path);
    }

    /// Something happened that a reader may want to know for a while.
    pub(super) fn remark(&mut self, text: String) {
        tracing::info!(source = self.text, text, "file source");
        self.remark = Some((Instant::now(), text));
    }

    /// Says how it is; `backlog` is in bytes.
    pub(super) fn progress(&mut self, backlog: u64) {
        self.total = if backlog > CATCH_UP_BYTES { self.total.max(backlog) } else { 0 };
        let state = if self.total > 0 {
            SourceState::CatchingUp { what: String::new(), done: self.total - backlog, total: self.total }
        } else if self.files == 0 {
            SourceState::Retrying { wait: super::follow::POLL, why: self.why_nothing() }
        } else {
            SourceState::Live(self.live())
        };
        if self.said.as_ref() != Some(&state) {
            self.status.set(state.clone());
            self.said = Some(state);
        }
    }

    /// All files are read. An error where one named alone could not be read to its end.
    pub(super) fn ended(&mut self) -> Result<(), SourceError> {
        if let (false, Some(why)) = (self.is_glob, self.wrong()) {
            return Err(SourceError::Io { doing: format!("read {}", self.text), why });
        }
        if let Some(why) = self.wrong() {
            tracing::warn!(source = self.text, why, "not all files were read");
        }
        // What was handed over as history is still being read; so it is not said here that this is the end.
        self.status.set(SourceState::Live(self.live()));
        Ok(())
    }

    /// The error for a source without a file to read.
    pub(super) fn nothing_to_read(&self) -> SourceError {
        SourceError::Io { doing: format!("read {}", self.text), why: self.why_nothing() }
    }

    fn why_nothing(&self) -> String {
        match (self.wrong(), self.is_glob) {
            (Some(why), _) => why,
            (None, true) => "no file matches".to_owned(),
            (None, false) => "no such file".to_owned(),
        }
    }

    fn live(&self) -> String {
        let plural = if self.files == 1 { "" } else { "s" };
        let mut text = format!("{} file{plural}", self.files);
        if self.is_glob && self.files >= MAX_FILES {
            text.push_str(", more match and are left out");
        }
        let remark = self.remark.as_ref().filter(|(at, _)| at.elapsed() < REMARK).map(|(_, text)| text.clone());
        for addition in self.wrong().into_iter().chain(remark) {
            text.push_str("; ");
            text.push_str(&addition);
        }
        text
    }

    /// What is wrong, the first of it in words.
    fn wrong(&self) -> Option<String> {
        let count = self.problems.len() + self.faults.len();
        let (path, why) = self.problems.iter().chain(&self.faults).next()?;
        let first = if self.is_glob { format!("{}: {why}", path.display()) } else { why.clone() };
        Some(if count > 1 { format!("{first} (and {} more)", count - 1) } else { first })
    }
}
