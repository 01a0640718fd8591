//! Files of OTLP requests: what the OpenTelemetry Collector's file exporter writes, and our own sessions.
//!
//! Owns the file and its place in it; which bytes make a request is told by [`frames`], what is in it by
//! [`crate::parse::otlp`]. Reads JSON lines, one pretty-printed JSON document and length-prefixed messages (protobuf
//! or JSON, also each compressed with zstd), as they are or within gzip or a zstd stream of any number of frames.
//!
//! A file is read from its start, because a trace is of no use without its first spans. One that is not compressed is
//! followed: what is appended is read, and a file renamed or truncated is begun anew
//! under its path. A last request that is cut off is no failure: it is waited for, or told in the status. Records of
//! the scope `spantail.session` pass like all others; whoever reads a session gives them their meaning.

mod content;
mod frames;
mod sniff;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use self::content::{Content, Progress};
pub use self::sniff::{SNIFF_BYTES, sniff};
use super::{Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};
use crate::config::SourceOptions;

/// How often the end of a followed file is looked at. The exporter flushes about once a second.
const POLL: Duration = Duration::from_millis(250);

/// The kind of source that reads files of OTLP requests.
pub(super) struct OtlpFileKind;

impl SourceKind for OtlpFileKind {
    fn name(&self) -> &'static str {
        "otlp-file"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["otlp-file"]
    }

    fn about(&self) -> &'static str {
        "Reads a session or a file of the OpenTelemetry Collector's file exporter: OTLP in JSON or protobuf."
    }

    fn example(&self) -> &'static str {
        "otlp-file:traces.jsonl"
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let path = spec.rest.strip_prefix("//").unwrap_or(&spec.rest);
        if path.is_empty() {
            return Err(SourceError::Spec("`otlp-file:` needs a file, such as otlp-file:traces.jsonl".to_owned()));
        }
        Ok(Box::new(OtlpFile { path: path.into(), options: spec.options.clone() }))
    }
}

struct OtlpFile {
    path: PathBuf,
    options: SourceOptions,
}

impl Source for OtlpFile {
    fn label(&self) -> String {
        name(&self.path)
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        read(self.path, self.options, cx).boxed()
    }
}

/// Reads the file to its end, and on as it grows if it is followed.
pub(super) async fn read(path: PathBuf, options: SourceOptions, cx: SourceContext) -> Result<(), SourceError> {
    let follow = options.follow;
    let mut content = Content::new(path.clone(), options.start);
    loop {
        // Files have no asynchronous reading; the thread of a pass ends with the file or the shutdown.
        let (handle, pass_cx) = (Handle::current(), cx.clone());
        let pass = tokio::task::spawn_blocking(move || {
            let progress = content.pass(&pass_cx, |batch| handle.block_on(pass_cx.intake.send(batch)));
            (content, progress)
        });
        let progress;
        (content, progress) = pass.await.map_err(|error| failed(&path, error))?;
        let progress = progress.map_err(|error| failed(&path, error))?;
        cx.status.set(told(&path, &progress));
        if cx.shutdown.is_cancelled() || !follow || !progress.can_grow {
            return Ok(());
        }
        tokio::select! {
            () = cx.shutdown.cancelled() => return Ok(()),
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

fn told(path: &Path, progress: &Progress) -> SourceState {
    let name = name(path);
    SourceState::Live(match progress.cut {
        0 => name,
        cut => format!("{name}, the last request is cut off ({cut} bytes)"),
    })
}

fn failed(path: &Path, error: impl std::fmt::Display) -> SourceError {
    SourceError::Io { doing: format!("reading {}", path.display()), why: error.to_string() }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
