//! Rows of the store and spans into the lines of a session file, masked, a few hundred to a request.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use super::frames::FrameWriter;
use super::mask::KeyBlocks;
use super::{Masker, SessionState};
use crate::model::{FormatId, LogRecord, Loss, Span, Value};
use crate::parse::format_name;
use crate::parse::otlp::{
    LineParts, encode_logs_json, encode_spans_json, line_to_record, loss_to_record, record_to_record,
};
use crate::store::{Line, NameId, Snapshot};

/// Records of a request at most.
const REQUEST_RECORDS: usize = 256;
/// Bytes of text after which a request is full, however few its records.
const REQUEST_BYTES: usize = 1 << 20;

/// Writes a session to `W`. Holds at most one request and one frame.
pub(super) struct SessionWriter<W> {
    frames: FrameWriter<W>,
    masker: Masker,
    key_blocks: KeyBlocks,
    logs: Vec<LogRecord>,
    log_bytes: usize,
    spans: Vec<Arc<Span>>,
    line: Vec<u8>,
    /// The name of the latest source as it is written: sources repeat from line to line.
    source: (NameId, String),
    counts: Written,
}

/// What was written so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Written {
    /// Log lines.
    pub(super) lines: u64,
    /// Log lines and losses.
    pub(super) rows: u64,
    /// Spans.
    pub(super) spans: u64,
}

impl<W: Write> SessionWriter<W> {
    pub(super) fn new(out: W, masker: Masker) -> io::Result<Self> {
        Ok(Self {
            frames: FrameWriter::new(out)?,
            masker,
            key_blocks: KeyBlocks::default(),
            logs: Vec::new(),
            log_bytes: 0,
            spans: Vec::new(),
            line: Vec::new(),
            source: (0, String::new()),
            counts: Written::default(),
        })
    }

    /// Writes a line or a loss of the store.
    pub(super) fn row(&mut self, line: &Line<'_>, snapshot: &Snapshot) -> io::Result<()> {
        if self.source.0 != line.source() {
            let name = snapshot.sources.get(line.source());
            self.source = (line.source(), self.masker.text(name).into_owned());
        }
        let record = match (line.loss(), line.format()) {
            (Some(loss), _) => loss_to_record(&loss, &self.source.1),
            (None, FormatId::RECORD) => {
                let mut record = structured(line);
                self.masker.record(&mut record);
                record_to_record(record, &self.source.1)
            }
            _ => line_to_record(&LineParts {
                time: line.time(),
                severity: line.severity(),
                service: snapshot.services.get(line.service()),
                source: &self.source.1,
                format_name: format_name(line.format()),
                text: &mask_line(&self.masker, &mut self.key_blocks, line),
                trace_id: line.trace_id(),
                span_id: line.span_id(),
                resource: line.context().map(|(resource, _)| resource),
            }),
        };
        self.counts.lines += u64::from(line.format() != FormatId::LOSS);
        let bytes = record.body.as_str().map_or(0, str::len);
        self.log(record, bytes)
    }

    /// Writes a loss that the store does not know of.
    pub(super) fn loss(&mut self, loss: &Loss) -> io::Result<()> {
        self.log(loss_to_record(loss, ""), 0)
    }

    fn log(&mut self, record: LogRecord, bytes: usize) -> io::Result<()> {
        self.end_spans()?;
        self.logs.push(record);
        self.log_bytes += bytes;
        self.counts.rows += 1;
        if self.logs.len() >= REQUEST_RECORDS || self.log_bytes >= REQUEST_BYTES { self.end_logs() } else { Ok(()) }
    }

    /// Writes a span.
    pub(super) fn span(&mut self, span: &Arc<Span>) -> io::Result<()> {
        self.end_logs()?;
        self.spans.push(self.masker.span(span));
        self.counts.spans += 1;
        if self.spans.len() >= REQUEST_RECORDS { self.end_spans() } else { Ok(()) }
    }

    /// Writes the state in a frame of its own.
    pub(super) fn state(&mut self, state: &SessionState) -> io::Result<()> {
        self.end_frame()?;
        self.logs.push(state.to_record(&self.masker));
        self.end_frame()
    }

    /// Ends the request and the frame, so that all that was written so far can be read.
    pub(super) fn end_frame(&mut self) -> io::Result<()> {
        self.end_logs()?;
        self.end_spans()?;
        self.frames.end_frame()
    }

    fn end_logs(&mut self) -> io::Result<()> {
        if self.logs.is_empty() {
            return Ok(());
        }
        self.line.clear();
        encode_logs_json(&self.logs, &mut self.line);
        self.logs.clear();
        self.log_bytes = 0;
        self.frames.line(&self.line)
    }

    fn end_spans(&mut self) -> io::Result<()> {
        if self.spans.is_empty() {
            return Ok(());
        }
        self.line.clear();
        encode_spans_json(&self.spans, &mut self.line);
        self.spans.clear();
        self.frames.line(&self.line)
    }

    pub(super) fn counts(&self) -> Written {
        self.counts
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.frames.written()
    }

    pub(super) fn get_ref(&self) -> &W {
        self.frames.get_ref()
    }
}

/// The text without secrets; of a line whose file is gone, why.
fn mask_line<'a>(masker: &Masker, key_blocks: &mut KeyBlocks, line: &'a Line<'_>) -> Cow<'a, [u8]> {
    let text = line.text();
    if text.is_empty()
        && let Some(gone) = line.gone()
    {
        return Cow::Owned(format!("[gone: {gone}]").into_bytes());
    }
    if masker.is_off() {
        return text;
    }
    let masked = match key_blocks.row(line.source(), &text) {
        Some(masked) => Some(masked),
        None => match masker.bytes(&text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked),
        },
    };
    masked.map_or(text, Cow::Owned)
}

/// The structured record that is stored as `line`.
fn structured(line: &Line<'_>) -> LogRecord {
    let parts = line.parts().unwrap_or_default();
    let (resource, scope) = line.context().cloned().unwrap_or_default();
    // A text is kept as the line itself; of an empty one and none at all the store keeps the same.
    let text = || match &*line.text() {
        [] => Value::Null,
        text => Value::from(String::from_utf8_lossy(text).into_owned()),
    };
    LogRecord {
        time: line.time(),
        observed_time: parts.observed_time,
        severity: line.severity(),
        severity_text: parts.severity_text,
        body: parts.body.unwrap_or_else(text),
        attributes: parts.attributes,
        trace_id: line.trace_id(),
        span_id: line.span_id(),
        flags: parts.flags,
        event_name: parts.event_name,
        resource,
        scope,
    }
}
