//! What sources hand over: batches of raw lines, of decoded log records, of spans, or the note of a loss.

use std::sync::Arc;

use crate::extent::TextFile;
use crate::model::{LogRecord, Loss, Resource, Span};
use crate::parse::join::without_line_end;

/// A batch of one signal from one source.
#[derive(Debug)]
pub enum Batch {
    /// Lines of text, to be parsed by the ingest worker.
    Lines(LineBatch),
    /// Log records that came with their fields apart.
    Logs(Vec<LogRecord>),
    /// Spans.
    Spans(Vec<Span>),
    /// Spans of traces that somebody asked for: they are let in also where their trace was evicted before.
    Traces(Vec<Span>),
    /// The source knows that lines were lost here (or a session file says so). Not counted as received.
    Loss(Loss),
}

/// What one record is worth knowing before it is parsed: enough to choose what to keep under overload.
#[derive(Clone, Copy, Debug)]
pub enum Peek<'a> {
    /// A raw line.
    Line(&'a [u8]),
    /// A decoded log record.
    Log(&'a LogRecord),
    /// A span.
    Span(&'a Span),
}

/// Which ledger a record is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signal {
    /// Log lines and log records.
    Logs,
    /// Spans.
    Spans,
}

/// Whole lines, one behind the other: without their line ends, or with them where they have a [`Place`].
#[derive(Clone, Debug, Default)]
pub struct LineBatch {
    /// The text of all lines.
    pub bytes: Vec<u8>,
    /// Where each line ends in `bytes`, exclusive; it begins where the one before ends.
    pub ends: Vec<u32>,
    /// Which part of the source they are from where it has several (a file of a glob). `None`: the source's label.
    pub origin: Option<Arc<str>>,
    /// Who wrote all of them, where the source knows: the container, the pod, the stream's labels. Its attributes can be
    /// asked for as if each line had them; its `service.name` is that of lines that name none. Make one for each writer
    /// and share it. Not for lines with a place.
    pub resource: Option<Arc<Resource>>,
    /// The file in which these very bytes stand, line ends and all, so that the store need not keep them.
    pub place: Option<Place>,
}

/// Where the bytes of a batch stand.
#[derive(Clone, Debug)]
pub struct Place {
    /// In which file.
    pub file: Arc<TextFile>,
    /// At which offset the batch begins.
    pub start: u64,
    /// Whether its first record would go on with the one before it in the file, had that not been handed over already:
    /// whoever reads the file again has to begin anew there.
    pub is_cut: bool,
}

impl Place {
    /// The place so many bytes later.
    #[must_use]
    pub fn plus(&self, bytes: usize) -> Self {
        Self { file: Arc::clone(&self.file), start: self.start + bytes as u64, is_cut: false }
    }
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

    fn take_front(&mut self, count: usize) -> Self {
        let ends = take_front(&mut self.ends, count);
        let cut = ends.last().copied().unwrap_or(0);
        let rest = self.bytes.split_off((cut as usize).min(self.bytes.len()));
        let bytes = std::mem::replace(&mut self.bytes, rest);
        for end in &mut self.ends {
            *end -= cut;
        }
        let place = self.place.clone();
        if let Some(place) = &mut self.place {
            place.start += u64::from(cut);
            place.is_cut = false;
        }
        Self { bytes, ends, origin: self.origin.clone(), resource: self.resource.clone(), place }
    }

    /// What is left has no place any more: it does not stand in one piece.
    fn retain(&mut self, mut keep: impl FnMut(&[u8]) -> bool) {
        let mut kept = Self { origin: self.origin.take(), resource: self.resource.take(), ..Self::default() };
        self.iter().filter(|line| keep(line)).for_each(|line| kept.push(line));
        *self = kept;
    }

    /// All lines in order, without their line ends.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        let has_line_ends = self.place.is_some();
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            let line = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            if has_line_ends { without_line_end(line) } else { line }
        })
    }
}

impl Batch {
    /// How many records are counted for it.
    pub fn len(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.len(),
            Self::Logs(records) => records.len(),
            Self::Spans(spans) | Self::Traces(spans) => spans.len(),
            Self::Loss(_) => 0,
        }
    }

    /// Whether no record is counted for it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory, roughly.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.bytes.len() + 4 * lines.ends.len(),
            Self::Logs(records) => records.len() * ROUGH_RECORD_BYTES,
            Self::Spans(spans) | Self::Traces(spans) => spans.len() * ROUGH_RECORD_BYTES,
            Self::Loss(_) => 0,
        }
    }

    /// Splits off the first `count` records.
    #[must_use]
    pub fn take_front(&mut self, count: usize) -> Self {
        match self {
            Self::Lines(lines) => Self::Lines(lines.take_front(count)),
            Self::Logs(records) => Self::Logs(take_front(records, count)),
            Self::Spans(spans) => Self::Spans(take_front(spans, count)),
            Self::Traces(spans) => Self::Traces(take_front(spans, count)),
            Self::Loss(loss) => Self::Loss(*loss),
        }
    }

    /// Keeps only the records that `keep` wants, in order.
    pub fn retain(&mut self, mut keep: impl FnMut(Peek<'_>) -> bool) {
        match self {
            Self::Lines(lines) => lines.retain(|line| keep(Peek::Line(line))),
            Self::Logs(records) => records.retain(|record| keep(Peek::Log(record))),
            Self::Spans(spans) | Self::Traces(spans) => spans.retain(|span| keep(Peek::Span(span))),
            Self::Loss(_) => {}
        }
    }

    /// The ledger it is counted in.
    pub fn signal(&self) -> Signal {
        match self {
            Self::Spans(_) | Self::Traces(_) => Signal::Spans,
            Self::Lines(_) | Self::Logs(_) | Self::Loss(_) => Signal::Logs,
        }
    }
}

/// What a decoded record takes in memory, for bounding queues; they differ, but not by orders of magnitude.
const ROUGH_RECORD_BYTES: usize = 512;

fn take_front<T>(list: &mut Vec<T>, count: usize) -> Vec<T> {
    let rest = list.split_off(count.min(list.len()));
    std::mem::replace(list, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(lines: &[&str]) -> Batch {
        let mut batch = LineBatch::default();
        for line in lines {
            batch.push(line.as_bytes());
        }
        Batch::Lines(batch)
    }

    fn lines(batch: &Batch) -> Vec<String> {
        let Batch::Lines(lines) = batch else { return Vec::new() };
        lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    #[test]
    fn a_batch_is_split_and_thinned_between_lines() {
        let mut all = batch(&["one", "", "three", "four"]);
        let front = all.take_front(2);
        assert_eq!(
            (lines(&front), lines(&all)),
            (vec!["one".into(), String::new()], vec!["three".into(), "four".into()])
        );
        all.retain(|peek| matches!(peek, Peek::Line(line) if line.starts_with(b"f")));
        assert_eq!(lines(&all), ["four"]);
        assert_eq!(lines(&all.take_front(9)), ["four"]);
        assert!(all.is_empty());
    }

    #[test]
    fn a_placed_batch_knows_where_its_rest_stands() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let handle = Arc::new(std::fs::File::open(&path).unwrap());
        let file = Arc::new(TextFile::new(handle, path.to_path_buf()).unwrap());
        let mut batch = LineBatch { place: Some(Place { file, start: 100, is_cut: false }), ..LineBatch::default() };
        for line in ["one\n", "two\r\n", "three"] {
            batch.push(line.as_bytes());
        }
        let mut all = Batch::Lines(batch);
        assert_eq!(lines(&all.take_front(1)), ["one"]);
        assert_eq!(lines(&all), ["two", "three"]);
        let Batch::Lines(rest) = &all else { panic!("lines") };
        assert_eq!(rest.place.as_ref().map(|place| place.start), Some(104));
        all.retain(|_| true);
        assert!(matches!(all, Batch::Lines(rest) if rest.place.is_none()));
    }
}
