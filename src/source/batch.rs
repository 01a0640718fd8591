//! What sources hand over: batches of raw lines, of decoded log records, of spans, or the note of a loss.

use std::sync::Arc;

use crate::model::{LogRecord, Loss, Span};

/// A batch of one signal from one source.
#[derive(Debug)]
pub enum Batch {
    /// Lines of text, to be parsed by the ingest worker.
    Lines(LineBatch),
    /// Log records that came with their fields apart.
    Logs(Vec<LogRecord>),
    /// Spans.
    Spans(Vec<Span>),
    /// The source knows that lines were lost here (or a session file says so). Not counted as received.
    Loss(Loss),
}

/// Which ledger a record is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signal {
    /// Log lines and log records.
    Logs,
    /// Spans.
    Spans,
}

/// Whole lines, one behind the other without their line ends.
#[derive(Clone, Debug, Default)]
pub struct LineBatch {
    /// The text of all lines.
    pub bytes: Vec<u8>,
    /// Where each line ends in `bytes`, exclusive; it begins where the one before ends.
    pub ends: Vec<u32>,
    /// Which part of the source they are from where it has several (a file of a glob). `None`: the source's label.
    pub origin: Option<Arc<str>>,
}

impl LineBatch {
    /// Appends one line. At most 4 GiB of text fit; callers keep to [`super::MAX_BATCH_BYTES`].
    pub fn push(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            let line = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            line
        })
    }
}

impl Batch {
    /// How many records are counted for it.
    pub fn len(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.len(),
            Self::Logs(records) => records.len(),
            Self::Spans(spans) => spans.len(),
            Self::Loss(_) => 0,
        }
    }

    /// Whether no record is counted for it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ledger it is counted in.
    pub fn signal(&self) -> Signal {
        match self {
            Self::Spans(_) => Signal::Spans,
            Self::Lines(_) | Self::Logs(_) | Self::Loss(_) => Signal::Logs,
        }
    }
}
