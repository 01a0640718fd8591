//! Entries that are the lines of one stack trace become one record.
//!
//! Agents that push each line as an entry of its own tear stack traces. Entries of one stream, a few milliseconds apart,
//! are put together again where [`crate::parse::join`] says that the next goes on with the one before. A record that is
//! likely to go on is held back for a moment, as its last lines may come with the next message.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::answer::{Entry, Labels};
use super::record::Streams;
use crate::model::{LogRecord, Nanos, Value};
use crate::parse::join::{JoinRule, Joiner, Outlook};
use crate::source::documents;
use crate::source::{Batch, Intake, MAX_BATCH_BYTES, MAX_LINE_BYTES};

/// Lines of one trace are written in one go; what reads them line by line gives them times no further apart.
const TOGETHER: u64 = 20_000_000;
/// For so long a record that is likely to go on is held back.
pub(super) const PATIENCE: Duration = Duration::from_millis(150);
/// So many records are handed over at once, or [`MAX_BATCH_BYTES`].
const BATCH: usize = 1024;

/// Records on their way.
#[derive(Debug)]
pub(super) struct Gather {
    rule: JoinRule,
    streams: Streams,
    /// In the order in which they began.
    waiting: Vec<Waiting>,
    /// The last record of each stream, by its place in `waiting`.
    open: HashMap<Arc<Labels>, usize>,
}

#[derive(Debug)]
struct Waiting {
    labels: Arc<Labels>,
    record: LogRecord,
    text: String,
    /// The time of its last line.
    time: Nanos,
    joiner: Joiner,
    /// When its last line came.
    since: Instant,
}

impl Gather {
    /// Joins by `rule`.
    pub(super) fn new(rule: &JoinRule) -> Self {
        Self { rule: rule.clone(), streams: Streams::default(), waiting: Vec::new(), open: HashMap::new() }
    }

    /// Takes the next entry of its stream.
    pub(super) fn push(&mut self, mut entry: Entry) {
        documents::shorten(&mut entry.line);
        let mut lines = entry.line.split('\n');
        let first = lines.next().unwrap_or_default().as_bytes();
        let last = self.open.get(&entry.labels).and_then(|place| self.waiting.get_mut(*place));
        let goes_on = last.filter(|open| {
            entry.time.abs_diff(open.time) <= TOGETHER && open.text.len() + entry.line.len() < MAX_LINE_BYTES
        });
        if let Some(open) = goes_on
            && open.joiner.continues(first)
        {
            lines.for_each(|line| {
                open.joiner.continues(line.as_bytes());
            });
            open.text.push('\n');
            open.text.push_str(&entry.line);
            (open.time, open.since) = (entry.time, Instant::now());
            return;
        }
        let mut joiner = Joiner::new(&self.rule);
        joiner.begin(first);
        lines.for_each(|line| {
            joiner.continues(line.as_bytes());
        });
        self.open.insert(Arc::clone(&entry.labels), self.waiting.len());
        let (time, text) = (entry.time, std::mem::take(&mut entry.line));
        let labels = Arc::clone(&entry.labels);
        self.waiting.push(Waiting {
            labels,
            record: self.streams.record(entry),
            text,
            time,
            joiner,
            since: Instant::now(),
        });
    }

    /// Whether something is held back that may go on.
    pub(super) fn is_holding(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands over all that is complete, and with `all` what may still go on.
    pub(super) async fn hand_over(&mut self, intake: &dyn Intake, all: bool) {
        let open = std::mem::take(&mut self.open);
        let is_last: HashSet<usize> = open.into_values().collect();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for (place, waiting) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            if !all && is_last.contains(&place) && waiting.may_go_on() {
                self.open.insert(Arc::clone(&waiting.labels), self.waiting.len());
                self.waiting.push(waiting);
                continue;
            }
            bytes += waiting.text.len();
            batch.push(LogRecord { body: Value::from(waiting.text), ..waiting.record });
            if batch.len() >= BATCH || bytes >= MAX_BATCH_BYTES / 2 {
                intake.send(Batch::Logs(std::mem::take(&mut batch))).await;
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            intake.send(Batch::Logs(batch)).await;
        }
    }
}

impl Waiting {
    fn may_go_on(&self) -> bool {
        self.joiner.outlook() == Outlook::Likely && self.since.elapsed() < PATIENCE
    }
}
