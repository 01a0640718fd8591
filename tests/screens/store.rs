//! What the screens look at: a store that the tests fill themselves, as ingest would.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use spantail::extent::TextFile;
use spantail::model::{FormatId, LogRecord, Loss, Nanos, Severity, SourceState, Span};
use spantail::parse::format_by_name;
use spantail::parse::{LineParser, ParseOptions};
use spantail::store::{
    Accounting, Counts, Draft, FileLines, HISTORY_IDS, LogReader, LogWriter, NameId, NewLine, Pressure, Reread,
    SourceAccount, TraceReader, TraceWriter, log_store, trace_table,
};
use spantail::tui::event::Data;

use super::harness::{NOW, SECOND};

/// What is looked at: lines, spans and figures, filled by the test itself.
pub(super) struct Store {
    logs: LogWriter,
    pub(super) reader: LogReader,
    traces: TraceWriter,
    pub(super) trace_reader: TraceReader,
    parsers: HashMap<String, LineParser>,
    /// The figures of the sources; lines that are pushed are added to the source of their name.
    pub(super) sources: Vec<SourceAccount>,
}

/// Reads no line again: the store of a test never gives up its columns.
struct NeverRead;

impl Reread for NeverRead {
    fn reread(&self, _text: &[u8], _at: u64, _each: &mut dyn FnMut(&NewLine<'_>, Range<u32>)) {}
}

impl Store {
    /// A store whose ring holds `budget` bytes.
    pub(super) fn with_budget(budget: usize) -> Self {
        let (logs, reader) = log_store(budget, 0);
        let (traces, trace_reader) = trace_table(64 << 20);
        Self { logs, reader, traces, trace_reader, parsers: HashMap::new(), sources: Vec::new() }
    }

    /// A store that evicts nothing that a test puts into it.
    pub(super) fn new() -> Self {
        Self::with_budget(64 << 20)
    }

    /// A store whose traces take `budget` bytes.
    pub(super) fn with_traces(budget: usize) -> Self {
        let (traces, trace_reader) = trace_table(budget);
        Self { traces, trace_reader, ..Self::new() }
    }

    /// A store to which older lines are prepended, as those of a file that is read from its end.
    pub(super) fn with_history() -> Self {
        let (logs, reader) = log_store(64 << 20, HISTORY_IDS);
        Self { logs, reader, ..Self::new() }
    }

    /// Lines of text that are older than all others, in order.
    pub(super) fn older(&mut self, source: &str, lines: &[String]) {
        let mut draft = Draft::default();
        for text in lines {
            self.gather(source, NOW, text.as_bytes(), |line, _| draft.push(line));
        }
        self.logs.prepend(draft);
    }

    /// The lines of a file, which stay in it.
    pub(super) fn file(&mut self, source: &str, path: &Path) {
        let file = TextFile::new(Arc::new(File::open(path).unwrap()), path.to_path_buf()).unwrap();
        let lines = Arc::new(FileLines { file: Arc::new(file), reader: Arc::new(NeverRead) });
        let mut at = 0;
        for text in std::fs::read(path).unwrap().split_inclusive(|byte| *byte == b'\n') {
            let range = at..at + text.len() as u64;
            at = range.end;
            self.gather(source, NOW, text.trim_ascii_end(), |line, logs| logs.push_placed(line, &lines, &range, false));
        }
    }

    fn gather(&mut self, source: &str, seen: Nanos, text: &[u8], store: impl FnOnce(&NewLine<'_>, &mut LogWriter)) {
        let new_parser = || LineParser::new(&ParseOptions::default());
        let facts = self.parsers.entry(source.to_owned()).or_insert_with(new_parser).parse(text);
        let service = facts.service.map_or(0, |name| self.logs.service(name));
        let source = self.received(source);
        let line = NewLine {
            time: facts.time.unwrap_or(seen),
            severity: facts.severity,
            source,
            service,
            format: facts.format,
            text,
            trace_id: facts.trace_id,
            span_id: facts.span_id,
            record: None,
            resource: None,
        };
        store(&line, &mut self.logs);
    }

    /// A source that has been in `state` for ten seconds.
    pub(super) fn source(&mut self, label: &str, state: SourceState) -> &mut SourceAccount {
        self.sources.push(SourceAccount {
            key: self.sources.len(),
            argument: String::new(),
            is_backend: false,
            label: label.to_owned(),
            state,
            since: NOW - 10 * SECOND,
            logs: Counts::default(),
            spans: Counts::default(),
            pressure: Pressure::Ok,
            buffer_size: 10_000,
            formats: vec![(format_by_name("json").unwrap(), 1204), (FormatId::TEXT, 7)],
            indexing: None,
        });
        self.sources.last_mut().unwrap()
    }

    /// A line of text, read by the parser of its source; `seen` is its time where it does not say.
    pub(super) fn line(&mut self, source: &str, seen: Nanos, text: impl AsRef<[u8]>) {
        self.gather(source, seen, text.as_ref(), |line, logs| logs.push(line));
    }

    /// A record that comes with its fields apart.
    pub(super) fn record(&mut self, source: &str, record: &LogRecord) {
        let service = record.resource.service_name().map_or(0, |name| self.logs.service(name.as_bytes()));
        let source = self.received(source);
        self.logs.push(&NewLine {
            time: record.time,
            severity: record.severity,
            source,
            service,
            format: FormatId::RECORD,
            text: &[],
            trace_id: record.trace_id,
            span_id: record.span_id,
            record: Some((record, FormatId::TEXT)),
            resource: None,
        });
    }

    /// A row that says that lines are missing here.
    pub(super) fn loss(&mut self, source: &str, loss: &Loss) {
        if let Some(account) = self.sources.iter_mut().find(|account| account.label == source) {
            account.logs.received += loss.count;
            account.logs.rate_limited += loss.count;
        }
        let source = self.logs.source(source);
        self.logs.push(&NewLine {
            time: loss.to,
            severity: Severity::UNSET,
            source,
            service: 0,
            format: FormatId::LOSS,
            text: &loss.encode(),
            trace_id: None,
            span_id: None,
            record: None,
            resource: None,
        });
    }

    /// Spans that arrive together.
    pub(super) fn spans(&mut self, source: &str, spans: Vec<Span>) {
        if let Some(account) = self.sources.iter_mut().find(|account| account.label == source) {
            account.spans.received += spans.len() as u64;
            account.spans.stored += spans.len() as u64;
        }
        self.traces.add(spans, "otlp", NOW);
    }

    fn received(&mut self, source: &str) -> NameId {
        if let Some(account) = self.sources.iter_mut().find(|account| account.label == source) {
            account.logs.received += 1;
            account.logs.stored += 1;
        }
        self.logs.source(source)
    }

    pub(super) fn publish(&mut self) {
        let evicted = self.logs.publish();
        let names = self.reader.snapshot().sources;
        for (source, count) in evicted {
            let label = names.get(source);
            if let Some(account) = self.sources.iter_mut().find(|account| account.label == label) {
                account.logs.evicted += count;
            }
        }
    }

    pub(super) fn accounting(&self) -> Accounting {
        let mut out = Accounting { sources: self.sources.clone(), ..Accounting::default() };
        for source in &self.sources {
            out.logs.add(&source.logs);
            out.spans.add(&source.spans);
        }
        out
    }

    pub(super) fn data(&mut self) -> Data {
        self.publish();
        let (services, edges) = self.trace_reader.services();
        Data { snapshot: self.reader.snapshot(), accounting: self.accounting(), services, edges }
    }
}
