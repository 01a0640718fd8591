//! Local files: a path or a glob, read from where the user wants and followed through everything that log rotation
//! does.
//!
//! - A file is its device and inode, not its name ([`crate::extent`]); the bytes before the cursor tell whether it was
//!   rewritten (`tail`). Two names of one file are one file.
//! - Renamed, replaced or deleted: the old descriptor is read to its end and for a grace time, then the new file of
//!   that name from its start (`follow`). Truncated: from its start.
//! - Files and folders may appear later. What appears later is read from its start, whatever
//!   [`StartAt`](crate::config::StartAt) says.
//! - Text that is there already is not copied and not read here: the ingest gets to know where it lies, and reads it
//!   in parallel (`tail`). What comes later is handed over with its place in the file.
//! - Compressed files are unpacked once (`packed`), to a temporary file that is read like any other (`spill`). Text in
//!   UTF-16 is treated alike, and what comes later is handed over as a copy (`utf16`).
//! - Notifications wake the reader, and it looks by itself once a second (`watch`).
//! - An unfinished last line is held back until it is finished, rotated away, or has not grown for 1.5 s.
//!
//! All I/O happens on one thread per source (`outlet`). While the intake is full that thread waits; nothing is lost
//! but what the rotation itself takes away.

mod cutter;
mod follow;
mod followed;
mod gone;
mod missed;
mod outlet;
mod packed;
mod pattern;
mod report;
mod spill;
mod start;
mod tail;
#[cfg(test)]
mod tests;
mod utf16;
mod watch;
mod woven;

use std::env;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::follow::Follower;
use self::outlet::run_blocking;
use self::pattern::PathPattern;
use self::start::LineTime;
use self::watch::Bell;
use super::otlp_file;
use super::stdin::read_stream;
use super::{HistoryOrder, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};
use crate::config::SourceOptions;
use crate::model::Nanos;
use crate::parse::{LineParser, ParseOptions};

/// Files, by path or glob.
pub struct FileKind;

impl SourceKind for FileKind {
    fn name(&self) -> &'static str {
        "file"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["", "file"]
    }

    fn about(&self) -> &'static str {
        "Log files by path or glob, followed through rotation; also .gz, .bz2, .xz and .zst."
    }

    fn example(&self) -> &'static str {
        "/var/log/app/*.log"
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let is_url = spec.scheme == "file" && spec.rest.starts_with("///");
        let text = spec.rest.strip_prefix("//").filter(|_| is_url).unwrap_or(&spec.rest);
        let pattern = PathPattern::parse(text)?;
        let options = spec.options.clone();
        Ok(Box::new(FileSource { pattern, options, time_of: line_time, spill_folder: env::temp_dir() }))
    }
}

struct FileSource {
    pattern: PathPattern,
    options: SourceOptions,
    time_of: LineTime,
    /// Where compressed files are unpacked to.
    spill_folder: PathBuf,
}

impl Source for FileSource {
    fn label(&self) -> String {
        self.pattern.label()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_history(&self) -> bool {
        true
    }

    fn has_parts(&self) -> bool {
        self.pattern.is_glob()
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        self.run_to_end(cx).boxed()
    }
}

impl FileSource {
    async fn run_to_end(self: Box<Self>, cx: SourceContext) -> Result<(), SourceError> {
        let Self { pattern, options, time_of, spill_folder } = *self;
        let pattern = pattern.settle();
        if !pattern.is_glob() && is_stream(pattern.path()) {
            cx.intake.history(Vec::new(), HistoryOrder::FromStart);
            return run_stream(&cx, pattern.path(), options.follow).await;
        }
        if !pattern.is_glob() && holds_traces(pattern.path().to_owned()).await {
            cx.intake.history(Vec::new(), HistoryOrder::FromStart);
            return otlp_file::read(pattern.path().to_owned(), options, cx).await;
        }
        let bell = Bell::default();
        let follower_bell = bell.clone();
        let (status, join) = (cx.status.clone(), cx.join.clone());
        let read = run_blocking(&cx, move |outlet| {
            Follower::new(pattern, &options, join, time_of, outlet, status, &spill_folder).run(follower_bell)
        });
        let outcome = read.await;
        bell.stop();
        outcome
    }
}

/// Whether the file is one of OTLP requests, such as a saved session, or an export of traces, and no log of lines.
async fn holds_traces(path: PathBuf) -> bool {
    let head = tokio::task::spawn_blocking(move || {
        let mut head = Vec::new();
        let limit = u64::try_from(otlp_file::SNIFF_BYTES).unwrap_or(u64::MAX);
        fs::File::open(path)?.take(limit).read_to_end(&mut head)?;
        std::io::Result::Ok(head)
    });
    matches!(head.await, Ok(Ok(head)) if otlp_file::sniff(&head))
}

/// Whether `path` is something that is read like a pipe: a FIFO, a character device, `/dev/fd/3`.
#[cfg(unix)]
fn is_stream(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    fs::metadata(path).is_ok_and(|metadata| {
        let kind = metadata.file_type();
        kind.is_fifo() || kind.is_char_device()
    })
}

#[cfg(not(unix))]
fn is_stream(_path: &Path) -> bool {
    false
}

/// Reads a FIFO; when its writers are gone and it is followed, waits for the next one.
async fn run_stream(cx: &SourceContext, path: &Path, follow: bool) -> Result<(), SourceError> {
    // `/dev/fd/N` is a pipe that was made for us and has no second writer.
    let is_named = !path.starts_with("/dev") && !path.starts_with("/proc");
    loop {
        let owned = path.to_owned();
        cx.status.set(SourceState::Live(path.display().to_string()));
        read_stream(cx, &path.display().to_string(), move || fs::File::open(owned)).await?;
        if cx.shutdown.is_cancelled() {
            return Ok(());
        }
        if !(follow && is_named && is_stream(path)) {
            cx.status.set(SourceState::Ended(String::new()));
            return Ok(());
        }
    }
}

/// The time at the beginning of a line, for finding where a time begins in a file.
fn line_time(line: &[u8]) -> Option<Nanos> {
    LineParser::new(&ParseOptions::default()).parse(line).time
}
