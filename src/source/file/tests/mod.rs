//! Files in a folder of their own, read by the source as a whole: where it begins, what it follows, what it says.

mod encoded;
mod follow;
mod history;
mod read;
mod scenario;
mod woven;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::config::StartAt;
use crate::source::collected_lines::Running;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn append(&self, name: &str, data: impl AsRef<[u8]>) {
        let mut file = File::options().append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(data.as_ref()).unwrap();
    }

    /// Follows `pattern` from `start`.
    fn follow(&self, pattern: &str, start: StartAt) -> Running {
        self.start(pattern, start, true)
    }

    /// Reads `pattern` from the beginning to the end.
    fn read(&self, pattern: &str) -> Running {
        self.start(pattern, StartAt::Beginning, false)
    }

    fn start(&self, pattern: &str, start: StartAt, follow: bool) -> Running {
        Running::start(self.source(pattern, start, follow))
    }

    fn source(&self, pattern: &str, start: StartAt, follow: bool) -> Box<dyn Source> {
        self.source_with(pattern, SourceOptions { start, follow, ..SourceOptions::default() })
    }

    /// Reads from the beginning under a rate limit: everything through the queue, nothing as history.
    fn paced_source(&self, pattern: &str, follow: bool) -> Box<dyn Source> {
        let start = StartAt::Beginning;
        self.source_with(pattern, SourceOptions { start, follow, max_lines_per_second: 1, ..SourceOptions::default() })
    }

    fn source_with(&self, pattern: &str, options: SourceOptions) -> Box<dyn Source> {
        let pattern = PathPattern::parse(&format!("{}/{pattern}", self.0.path().display())).unwrap();
        Box::new(FileSource { pattern, options, time_of: leading_number, spill_folder: self.path("") })
    }
}

/// The time of a test's line is the number it begins with.
fn leading_number(line: &[u8]) -> Option<Nanos> {
    std::str::from_utf8(line).ok()?.split(' ').next()?.parse().ok()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/files").join(name)
}

fn numbered(range: std::ops::Range<usize>) -> (String, Vec<String>) {
    let lines: Vec<String> = range.map(|number| format!("{number} line")).collect();
    (lines.join("\n") + "\n", lines)
}
