//! Recording: a session file that grows with what comes.
//!
//! The caller appends a snapshot whenever lines were published and ends a frame about once a second; a crash loses
//! what came after the last one. A recorder that is asked too seldom finds lines evicted; it writes a loss in their
//! place. New spans come from [`crate::store::SpanTail`].

use std::fs::{File, OpenOptions};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::writer::SessionWriter;
use super::{Masker, Saved, SessionError, SessionState};
use crate::model::{Loss, LossReason, Nanos, Span};
use crate::store::{LineId, Snapshot};

/// How to record.
#[derive(Clone, Debug)]
pub struct RecorderOptions {
    /// What takes secrets out.
    pub masker: Masker,
    /// Whether a file that is there already may be overwritten.
    pub overwrite: bool,
}

/// A session file being written.
pub struct Recorder {
    path: PathBuf,
    writer: SessionWriter<File>,
    /// The first line that was not yet written; `None` before the first is seen.
    next: Option<LineId>,
    /// Lines that were written or missed so far, losses left out.
    seen: u64,
    /// The time of the last line written.
    last_time: Nanos,
    /// Which ids lie from which position of the file on.
    runs: Vec<(Range<LineId>, u64)>,
}

impl Recorder {
    /// Begins a recording of everything from the store's first line on.
    pub fn create(path: &Path, options: RecorderOptions) -> Result<Self, SessionError> {
        let failed = |source| SessionError::Create { path: path.to_path_buf(), source };
        let mut open = OpenOptions::new();
        open.write(true);
        if options.overwrite {
            open.create(true).truncate(true);
        } else {
            open.create_new(true);
        }
        let file = open.open(path).map_err(failed)?;
        let writer = SessionWriter::new(file, options.masker).map_err(failed)?;
        Ok(Self { path: path.to_path_buf(), writer, next: None, seen: 0, last_time: 0, runs: Vec::new() })
    }

    /// Writes the lines that came since the last call. Linear in their number.
    pub fn append(&mut self, snapshot: &Snapshot) -> Result<(), SessionError> {
        let start = self.missed(snapshot)?;
        if start >= snapshot.end() {
            return Ok(());
        }
        self.run(start..snapshot.end());
        for segment in snapshot.segments_from(start) {
            let skip = usize::try_from(start.saturating_sub(segment.first())).unwrap_or(usize::MAX);
            for line in segment.loaded().lines().skip(skip) {
                self.writer.row(&line, snapshot).map_err(|source| write_error(&self.path, source))?;
                self.seen += u64::from(line.loss().is_none());
                self.last_time = line.time();
            }
            self.next = Some(segment.end());
        }
        Ok(())
    }

    /// Writes spans.
    pub fn append_spans(&mut self, spans: &[Arc<Span>]) -> Result<(), SessionError> {
        spans.iter().try_for_each(|span| self.writer.span(span)).map_err(|source| write_error(&self.path, source))
    }

    /// Ends the frame: what was appended so far survives a crash of the program and of the machine.
    pub fn flush(&mut self) -> Result<(), SessionError> {
        self.writer
            .end_frame()
            .and_then(|()| self.writer.get_ref().sync_data())
            .map_err(|source| write_error(&self.path, source))
    }

    /// Bytes written so far, the frame that is still open not counted.
    pub fn bytes(&self) -> u64 {
        self.writer.bytes()
    }

    /// Writes `state`, which numbers lines by their ids, and ends the recording.
    pub fn finish(mut self, state: &SessionState) -> Result<Saved, SessionError> {
        let numbered = state.numbered(|id| self.position(id));
        self.writer
            .state(&numbered)
            .and_then(|()| self.writer.get_ref().sync_all())
            .map_err(|source| write_error(&self.path, source))?;
        let counts = self.writer.counts();
        Ok(Saved { lines: counts.lines, spans: counts.spans, bytes: self.writer.bytes() })
    }

    /// Writes a loss where lines were evicted before they could be written. Answers the first line to be written.
    fn missed(&mut self, snapshot: &Snapshot) -> Result<LineId, SessionError> {
        let count = snapshot.evicted.saturating_sub(self.seen);
        let next = self.next.unwrap_or_else(|| snapshot.first().saturating_sub(count));
        if next >= snapshot.first() {
            return Ok(next);
        }
        self.seen += count;
        self.next = Some(snapshot.first());
        let to = snapshot.line(snapshot.first()).map_or(self.last_time, |line| line.time());
        let from = if self.last_time == 0 { to } else { self.last_time };
        let loss = Loss { count, from, to, reason: LossReason::DropOldest };
        self.writer.loss(&loss).map_err(|source| write_error(&self.path, source))?;
        Ok(snapshot.first())
    }

    /// Notes that these lines follow, so that they can be found in the file.
    fn run(&mut self, ids: Range<LineId>) {
        match self.runs.last_mut() {
            Some((known, _)) if known.end == ids.start => known.end = ids.end,
            _ => self.runs.push((ids, self.writer.counts().rows)),
        }
    }

    fn position(&self, id: LineId) -> Option<u64> {
        let after = self.runs.partition_point(|(ids, _)| ids.start <= id);
        let (ids, first) = self.runs.get(after.checked_sub(1)?)?;
        ids.contains(&id).then(|| first + (id - ids.start))
    }
}

fn write_error(path: &Path, source: std::io::Error) -> SessionError {
    SessionError::Write { path: path.to_path_buf(), source }
}
