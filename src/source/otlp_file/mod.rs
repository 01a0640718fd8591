//! Files of traces and logs: what the OpenTelemetry Collector's file exporter writes, our own sessions, and what other systems
//! export.
//!
//! Owns the file and its place in it; which bytes make a request is told by [`frames`], what is in it by
//! [`crate::parse::otlp`]. Reads JSON lines, one pretty-printed JSON document and length-prefixed messages (protobuf
//! or JSON, also each compressed with zstd), as they are or within gzip or a zstd stream of any number of frames.
//! Exports of Jaeger, Zipkin and Tempo are whole documents and read at once ([`export`]).
//!
//! A file is read from its start, because a trace is of no use without its first spans. One of requests that is not
//! compressed is followed: what is appended is read, and a file renamed or truncated is begun anew
//! under its path. A last request that is cut off is no failure: it is waited for, or told in the status. Records of
//! the scope `spantail.session` pass like all others; whoever reads a session gives them their meaning.

mod content;
mod export;
mod frames;
mod sniff;
#[cfg(test)]
mod tests;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use self::content::{Content, Progress, Unpacked};
use self::export::{Form, HEAD_BYTES};
pub use self::sniff::{SNIFF_BYTES, sniff};
use super::{Batch, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};
use crate::config::{SourceOptions, StartAt};

/// How often the end of a followed file is looked at. The exporter flushes about once a second.
const POLL: Duration = Duration::from_millis(250);

/// The kind of source that reads files of OTLP requests and exports of traces.
pub(super) struct OtlpFileKind;

impl SourceKind for OtlpFileKind {
    fn name(&self) -> &'static str {
        "otlp-file"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["otlp-file"]
    }

    fn about(&self) -> &'static str {
        "Reads a session, a file of the OpenTelemetry Collector, or traces that Jaeger, Zipkin or Tempo exported."
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
    let (export_path, export_cx, handle) = (path.clone(), cx.clone(), Handle::current());
    let export = tokio::task::spawn_blocking(move || {
        read_export(&export_path, options.start, &export_cx, |batch| handle.block_on(export_cx.intake.send(batch)))
    });
    if let Some(told) = export.await.map_err(|error| failed(&path, error))?.map_err(|error| failed(&path, error))? {
        cx.status.set(SourceState::Live(format!("{}, {told}", name(&path))));
        return Ok(());
    }
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

/// Reads the file if it is an export, and answers what there is to say of it.
fn read_export(path: &Path, start: StartAt, cx: &SourceContext, send: impl Fn(Batch)) -> io::Result<Option<String>> {
    let mut file = Unpacked::open(path)?;
    let mut head = Vec::new();
    // What is damaged in its first bytes is told by whoever reads it all.
    drop((&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head));
    let Some(form) = Form::of(&head) else { return Ok(None) };
    export::read(form, head, &mut file, start, cx, send).map(Some)
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
