//! What a batch becomes in the store: lines, records, spans, and the rows that tell of losses.

use super::Writer;
use crate::ingest::file_reader::new_line;
use crate::ingest::queue::Taken;
use crate::model::{FormatId, LogRecord, Loss, Nanos, Severity, Span};
use crate::parse::otlp::{LineParts, Restored, record_to_line};
use crate::parse::{Facts, format_by_name};
use crate::source::{Batch, LineBatch};
use crate::store::{NameId, NewLine};

impl Writer {
    pub(super) fn store(&mut self, at: usize, taken: Taken) {
        for loss in &taken.losses {
            self.loss(at, "", loss);
        }
        for batch in taken.batches {
            let (signal, records, size) = (batch.signal(), batch.len() as u64, batch.bytes());
            let mut notes = 0;
            match batch {
                Batch::Lines(lines) => self.lines(at, &lines),
                Batch::Logs(records) => notes = self.records(at, &records),
                Batch::Spans(spans) => self.spans(at, spans),
                Batch::Traces(spans) => {
                    self.traces.readmit(&spans);
                    self.spans(at, spans);
                }
                Batch::Loss(loss) => self.loss(at, "", &loss),
            }
            self.lanes[at].queue.stored(signal, records, notes, size);
        }
    }

    pub(super) fn lines(&mut self, at: usize, batch: &LineBatch) {
        let now = self.clock.now();
        let lane = &mut self.lanes[at];
        let origin = lane.origin(batch.origin.as_ref(), &mut self.logs);
        self.owners.stored(origin.name, at, batch.len() as u64);
        origin.parser.set_year_near(now);
        let file = batch.place.as_ref().map(|place| origin.lines_in(&place.file, now, &self.logs));
        let shared = batch.resource.as_ref().and_then(|resource| resource.service_name());
        let shared = shared.map_or(0, |name| self.logs.service(name.as_bytes()));
        let mut start = batch.place.as_ref().map_or(0, |place| place.start);
        let mut before = 0;
        let mut formats = Vec::with_capacity(batch.len());
        for (text, end) in batch.iter().zip(&batch.ends) {
            let facts = origin.parser.parse(text);
            formats.push(facts.format);
            if facts.time.is_some() {
                origin.last_time = facts.time;
            }
            let time = facts.time.or(origin.last_time).unwrap_or(now);
            let service = facts.service.map_or(shared, |name| self.logs.service(name));
            let resource = batch.resource.as_ref();
            let line = NewLine { resource, ..new_line(text, &facts, time, origin.name, service) };
            match &file {
                Some(file) => {
                    let next = start + u64::from(end - before);
                    let is_cut = before == 0 && batch.place.as_ref().is_some_and(|place| place.is_cut);
                    self.logs.push_placed(&line, file, &(start..next), is_cut);
                    (start, before) = (next, *end);
                }
                None => self.logs.push(&line),
            }
        }
        self.lanes[at].queue.formats.add(formats.into_iter());
    }

    /// Stores records, and answers how many were none but notes of a session file.
    fn records(&mut self, at: usize, records: &[LogRecord]) -> u64 {
        let now = self.clock.now();
        let mut notes = 0;
        for record in records {
            match record_to_line(record) {
                Restored::Record { record, source } => self.record(at, &record, source, now),
                Restored::Line(line) => self.restored(at, &line.parts(), now),
                Restored::Loss { loss, source } => {
                    self.loss(at, source, &loss);
                    notes += 1;
                }
                Restored::State(_) => notes += 1,
            }
        }
        notes
    }

    fn record(&mut self, at: usize, record: &LogRecord, source: Option<&str>, now: Nanos) {
        let source = self.source(at, source.unwrap_or_default());
        self.owners.stored(source, at, 1);
        // A text body is read as a line is: what it says of itself fills what the sender left open.
        let facts = self.facts_of(at, record, now);
        let service = record.resource.service_name().map(str::as_bytes).or(facts.service);
        let service = service.map_or(0, |name| self.logs.service(name));
        let times = [record.time, facts.time.unwrap_or(0), record.observed_time];
        let is_of_trace = record.trace_id.is_none() || record.trace_id == facts.trace_id;
        self.logs.push(&NewLine {
            time: times.into_iter().find(|time| *time != 0).unwrap_or(now),
            severity: if record.severity == Severity::UNSET { facts.severity } else { record.severity },
            source,
            service,
            format: FormatId::RECORD,
            text: &[],
            trace_id: record.trace_id.or(facts.trace_id),
            span_id: record.span_id.or(facts.span_id.filter(|_| is_of_trace)),
            record: Some((record, facts.format)),
            resource: None,
        });
    }

    /// What the body of a record says as a line; nothing where it is no text.
    fn facts_of<'a>(&mut self, at: usize, record: &'a LogRecord, now: Nanos) -> Facts<'a> {
        let Some(text) = record.body.as_str().filter(|text| !text.is_empty()) else { return Facts::default() };
        let origin = self.lanes[at].origin(None, &mut self.logs);
        origin.parser.set_year_near(now);
        origin.parser.parse(text.as_bytes())
    }

    /// A line of text that comes back from a session file is stored as the line it was.
    fn restored(&mut self, at: usize, line: &LineParts<'_>, now: Nanos) {
        let source = self.source(at, line.source);
        self.owners.stored(source, at, 1);
        let service = self.logs.service(line.service.as_bytes());
        self.logs.push(&NewLine {
            time: if line.time == 0 { now } else { line.time },
            severity: line.severity,
            source,
            service,
            format: format_by_name(line.format_name).unwrap_or(FormatId::TEXT),
            text: line.text,
            trace_id: line.trace_id,
            span_id: line.span_id,
            record: None,
            resource: line.resource,
        });
    }

    fn spans(&mut self, at: usize, spans: Vec<Span>) {
        self.traces.add(spans, &self.lanes[at].label, self.clock.now());
    }

    /// Writes a row that says that lines are missing here.
    fn loss(&mut self, at: usize, source: &str, loss: &Loss) {
        let source = self.source(at, source);
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

    /// The number of a source: of `name`, or of the lane's own where it is empty.
    fn source(&mut self, at: usize, name: &str) -> NameId {
        let name = if name.is_empty() { &self.lanes[at].label } else { name };
        self.logs.source(name)
    }
}
