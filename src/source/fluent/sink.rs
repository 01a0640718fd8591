//! From the events of a message to batches, in order.

use std::sync::Arc;

use rmpv::ValueRef;

use super::record::{Line, line};
use crate::model::{Attributes, LogRecord, Resource};
use crate::source::{Batch, LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES};

/// Records in one batch at most.
const MAX_RECORDS: usize = 1024;

/// Where a message's events come from: its tag.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    /// What the screen names it.
    pub(super) origin: Arc<str>,
    resource: Arc<Resource>,
}

/// Gathers the lines of one message.
pub(super) struct Sink {
    tag: Tag,
    full: Vec<Batch>,
    lines: LineBatch,
    records: Vec<LogRecord>,
    /// Events that were none, or too long.
    pub(super) rejected: u64,
}

impl Tag {
    /// Of that name.
    pub(super) fn new(name: &str) -> Self {
        let mut attributes = Attributes::default();
        attributes.set("fluent.tag", name);
        Self { origin: name.into(), resource: Arc::new(Resource { attributes }) }
    }

    fn lines(&self) -> LineBatch {
        let (origin, resource) = (Some(Arc::clone(&self.origin)), Some(Arc::clone(&self.resource)));
        LineBatch { origin, resource, ..LineBatch::default() }
    }
}

impl Sink {
    /// For a message of `tag`.
    pub(super) fn new(tag: Tag) -> Self {
        Self { lines: tag.lines(), tag, full: Vec::new(), records: Vec::new(), rejected: 0 }
    }

    /// Takes an event.
    pub(super) fn take(&mut self, time: &ValueRef<'_>, record: &ValueRef<'_>) {
        match line(time, record) {
            Ok(None) => {}
            Ok(Some(Line::Json(json))) if json.len() <= MAX_LINE_BYTES => {
                self.end_records();
                if self.lines.bytes.len() + json.len() > MAX_BATCH_BYTES {
                    self.end_lines();
                }
                self.lines.push(&json);
            }
            Ok(Some(Line::Record(mut record))) if size(&record) <= MAX_LINE_BYTES => {
                self.end_lines();
                if self.records.len() >= MAX_RECORDS {
                    self.end_records();
                }
                record.resource = Arc::clone(&self.tag.resource);
                self.records.push(*record);
            }
            Ok(Some(_)) | Err(_) => self.rejected += 1,
        }
    }

    /// What is ready to be handed over.
    pub(super) fn batches(&mut self) -> Vec<Batch> {
        self.end_lines();
        self.end_records();
        std::mem::take(&mut self.full)
    }

    fn end_lines(&mut self) {
        if !self.lines.is_empty() {
            self.full.push(Batch::Lines(std::mem::replace(&mut self.lines, self.tag.lines())));
        }
    }

    fn end_records(&mut self) {
        if !self.records.is_empty() {
            self.full.push(Batch::Logs(std::mem::take(&mut self.records)));
        }
    }
}

fn size(record: &LogRecord) -> usize {
    record.body.as_str().map_or(0, str::len)
}
