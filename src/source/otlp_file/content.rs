//! The file itself: opened, unpacked, read to its end as often as it grows, and begun anew when it is another.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::frames::{Frame, Frames, GZIP, MAX_MESSAGE_BYTES, ZSTD};
use crate::config::StartAt;
use crate::model::Nanos;
use crate::parse::otlp::{DecodeError, Decoded, decode_any_proto, decode_json};
use crate::source::{Batch, Signal, SourceContext, SourceState};

/// Records that are gathered into one batch; a file may well have one a line.
const BATCH_RECORDS: usize = 1024;

/// Requests between two reports of how far we are.
const REPORT_EVERY: u32 = 256;

/// The scope of a session's own records, which are never left out.
const SESSION_SCOPE: &str = "spantail.session";

/// How a pass over the file went.
pub(super) struct Progress {
    /// Bytes at the end that are no whole request, unpacked; 0 when the file ends as it should.
    pub(super) cut: usize,
    /// Whether what is appended can be read: not behind a compression.
    pub(super) can_grow: bool,
}

/// A file and where we are in it.
pub(super) struct Content {
    path: PathBuf,
    start: StartAt,
    open: Option<Open>,
}

/// Why a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    /// For all that is in it.
    First,
    /// Only to find its end.
    Skip,
    /// For what was appended.
    Again,
}

struct Open {
    frames: Frames<Box<dyn Read + Send>>,
    file: Counted,
    is_packed: bool,
    /// Bytes of an unfinished request that have been tried already.
    tried: usize,
}

impl Content {
    /// Touches nothing yet.
    pub(super) fn new(path: PathBuf, start: StartAt) -> Self {
        Self { path, start, open: None }
    }

    /// Reads to the end of the file as it is now, giving batches to `send` and counting what is not readable.
    pub(super) fn pass(&mut self, cx: &SourceContext, send: impl Fn(Batch)) -> io::Result<Progress> {
        let mut gathered = Gathered { cx, send, start: self.start, decoded: Decoded::default() };
        let visit = match (&self.open, self.start) {
            (Some(_), _) => Visit::Again,
            (None, StartAt::End) => Visit::Skip,
            (None, _) => Visit::First,
        };
        let mut open = match self.open.take() {
            None => Open::new(&self.path)?,
            Some(mut old) if old.file.was_replaced(&self.path) => {
                // What was written between our last look and the rotation.
                old.read(&mut gathered, Visit::Again)?;
                Open::new(&self.path)?
            }
            Some(open) => open,
        };
        open.read(&mut gathered, visit)?;
        gathered.flush();
        let progress = Progress { cut: open.frames.unfinished().trim_ascii().len(), can_grow: !open.is_packed };
        self.open = Some(open);
        Ok(progress)
    }
}

/// A file without its compression, from its beginning on.
pub(super) struct Unpacked {
    reader: Box<dyn Read + Send>,
    file: Counted,
    is_packed: bool,
}

impl Unpacked {
    /// Opens the file at `path`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = Counted::open(path)?;
        let mut head = Vec::new();
        (&file).take(ZSTD.len() as u64).read_to_end(&mut head)?;
        let is_packed = head.starts_with(&ZSTD) || head.starts_with(&GZIP);
        let whole = io::Cursor::new(head.clone()).chain(file.clone());
        let reader: Box<dyn Read + Send> = if head.starts_with(&ZSTD) {
            Box::new(zstd::Decoder::new(whole)?)
        } else if head.starts_with(&GZIP) {
            Box::new(MultiGzDecoder::new(io::BufReader::new(whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { reader, file, is_packed })
    }

    /// How far it has been read.
    pub(super) fn progress(&self) -> SourceState {
        self.file.progress()
    }
}

impl Read for Unpacked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Self> {
        let Unpacked { reader, file, is_packed } = Unpacked::open(path)?;
        Ok(Self { frames: Frames::new(reader), file, is_packed, tried: 0 })
    }

    /// Reads all requests that are whole.
    fn read(&mut self, gathered: &mut Gathered<'_, impl Fn(Batch)>, visit: Visit) -> io::Result<()> {
        let mut count = 0_u32;
        while !gathered.cx.shutdown.is_cancelled() {
            if visit != Visit::Again && count.is_multiple_of(REPORT_EVERY) {
                gathered.cx.status.set(self.file.progress());
            }
            count = count.wrapping_add(1);
            match self.frames.next()? {
                Frame::Message(range) if visit != Visit::Skip => gathered.take(self.frames.bytes(range)),
                Frame::Message(_) => {}
                Frame::TooLong => gathered.reject(Signal::Logs),
                Frame::End => {
                    self.finish(gathered, visit);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Takes a last request that lacks only its line end. What is cut off stays, to be completed by the writer.
    fn finish(&mut self, gathered: &mut Gathered<'_, impl Fn(Batch)>, visit: Visit) {
        let rest = self.frames.unfinished();
        if rest.trim_ascii().is_empty() || rest.len() == self.tried || !self.frames.may_be_whole() {
            return;
        }
        self.tried = rest.len();
        match decode(rest) {
            Err(DecodeError::Incomplete(_)) => return,
            _ if visit == Visit::Skip => {}
            outcome => gathered.add(outcome, rest),
        }
        self.tried = 0;
        self.frames.take_unfinished();
    }
}

/// What has been read and not yet been sent.
struct Gathered<'a, F> {
    cx: &'a SourceContext,
    send: F,
    start: StartAt,
    decoded: Decoded,
}

impl<F: Fn(Batch)> Gathered<'_, F> {
    fn take(&mut self, message: &[u8]) {
        self.add(decode(message), message);
    }

    /// Takes what came of decoding `message`.
    fn add(&mut self, outcome: Result<Decoded, DecodeError>, message: &[u8]) {
        let Ok(mut decoded) = outcome else {
            let head = message.get(..64).unwrap_or(message);
            let is_spans = memchr::memmem::find(head, b"resourceSpans").is_some();
            return self.reject(if is_spans { Signal::Spans } else { Signal::Logs });
        };
        if let StartAt::Since(since) = self.start {
            leave_out_older(&mut decoded, since);
        }
        self.decoded.logs.append(&mut decoded.logs);
        self.decoded.spans.append(&mut decoded.spans);
        for (signal, count) in [(Signal::Logs, decoded.rejected_logs), (Signal::Spans, decoded.rejected_spans)] {
            if count > 0 {
                self.cx.intake.reject(signal, count);
            }
        }
        if self.decoded.logs.len() >= BATCH_RECORDS || self.decoded.spans.len() >= BATCH_RECORDS {
            self.flush();
        }
    }

    fn reject(&self, signal: Signal) {
        self.cx.intake.reject(signal, 1);
    }

    fn flush(&mut self) {
        let Decoded { logs, spans, .. } = std::mem::take(&mut self.decoded);
        if !logs.is_empty() {
            (self.send)(Batch::Logs(logs));
        }
        if !spans.is_empty() {
            (self.send)(Batch::Spans(spans));
        }
    }
}

fn leave_out_older(decoded: &mut Decoded, since: Nanos) {
    decoded.logs.retain(|log| {
        let time = if log.time == 0 { log.observed_time } else { log.time };
        time == 0 || time >= since || &*log.scope.name == SESSION_SCOPE
    });
    decoded.spans.retain(|span| span.end.max(span.start) >= since);
}

/// One request: JSON or protobuf, as it is or compressed on its own.
fn decode(message: &[u8]) -> Result<Decoded, DecodeError> {
    if message.starts_with(&ZSTD) {
        let mut plain = Vec::new();
        let unpacked = zstd::Decoder::with_buffer(message)
            .and_then(|decoder| decoder.take(MAX_MESSAGE_BYTES as u64 + 1).read_to_end(&mut plain));
        return match unpacked {
            Ok(length) if length <= MAX_MESSAGE_BYTES => decode_plain(&plain),
            Ok(_) => Err(DecodeError::Json("it is too long when unpacked".to_owned())),
            Err(error) => Err(DecodeError::Json(error.to_string())),
        };
    }
    decode_plain(message)
}

fn decode_plain(message: &[u8]) -> Result<Decoded, DecodeError> {
    if message.trim_ascii_start().starts_with(b"{") { decode_json(message) } else { decode_any_proto(message) }
}

/// The file under its compression, which knows how far it has been read.
#[derive(Clone)]
struct Counted {
    file: Arc<File>,
    read: Arc<AtomicU64>,
}

impl Counted {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        Ok(Self { file: Arc::new(file), read: Arc::default() })
    }

    fn progress(&self) -> SourceState {
        let done = self.read.load(Ordering::Relaxed);
        let total = self.file.metadata().map_or(done, |known| known.len().max(done));
        SourceState::CatchingUp { what: String::new(), done, total }
    }

    /// Whether the path leads to another file now, or the file has become shorter than what was read of it.
    fn was_replaced(&self, path: &Path) -> bool {
        let (Ok(ours), Ok(there)) = (self.file.metadata(), std::fs::metadata(path)) else { return false };
        !is_same_file(&ours, &there) || there.len() < self.read.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Elsewhere only a file that got shorter is known for another.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }
}

impl Read for &Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = (&*self.file).read(buf)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
