//! Sessions written to real files and read back through the codec that sources use.

mod record;
mod save;
mod state;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::model::{
    Attributes, FormatId, LogRecord, Loss, LossReason, Resource, Scope, Severity, Span, SpanEvent, SpanId, SpanKind,
    Status, StatusCode, TraceId, Value,
};
use crate::parse::otlp::{Decoded, Restored, decode_json, record_to_line};
use crate::parse::{format_by_name, format_name};
use crate::store::{Counts, LogReader, LogWriter, NewLine, Snapshot, TraceReader, log_store, trace_table};

const BUDGET: usize = 64 << 20;

/// A store that tests fill row by row.
struct Shop {
    writer: LogWriter,
    reader: LogReader,
}

impl Shop {
    fn new(budget: usize) -> Self {
        let (writer, reader) = log_store(budget, 0);
        Self { writer, reader }
    }

    fn line(&mut self, source: &str, format: FormatId, text: &[u8]) {
        let (source, service) = (self.writer.source(source), self.writer.service(b"checkout"));
        self.writer.push(&NewLine {
            time: 1_700_000_000_000_000_000 + i64::try_from(text.len()).unwrap(),
            severity: Severity::WARN,
            source,
            service,
            format,
            text,
            trace_id: TraceId::from_low64(text.len() as u64),
            span_id: SpanId::from_u64(3),
            record: None,
            resource: None,
        });
    }

    fn record(&mut self, source: &str, record: &LogRecord) {
        let source = self.writer.source(source);
        let service = record.resource.service_name().map_or(0, |name| self.writer.service(name.as_bytes()));
        self.writer.push(&NewLine {
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

    fn loss(&mut self, source: &str, loss: &Loss) {
        let source = self.writer.source(source);
        self.writer.push(&NewLine {
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

    fn snapshot(&mut self) -> Snapshot {
        drop(self.writer.publish());
        self.reader.snapshot()
    }
}

fn sample_record() -> LogRecord {
    LogRecord {
        time: 1_700_000_000_000_000_000,
        observed_time: 1_700_000_000_000_000_009,
        severity: Severity::ERROR,
        severity_text: "ERR".into(),
        body: Value::Array(vec![Value::Null, Value::Double(0.5), Value::from("a")]),
        attributes: [("http.status_code", Value::Int(500)), ("raw", Value::Bytes([0, 255].into()))]
            .into_iter()
            .collect(),
        trace_id: TraceId::from_low64(5),
        span_id: SpanId::from_u64(6),
        flags: 1,
        event_name: "shop.order".into(),
        resource: Arc::new(Resource { attributes: [("service.name", "bank")].into_iter().collect() }),
        scope: Arc::new(Scope { name: "lib".into(), version: "1".into(), attributes: Attributes::default() }),
    }
}

fn sample_span(trace: u64, id: u64) -> Span {
    Span {
        trace_id: TraceId::from_low64(trace).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(id - 1),
        trace_state: "a=b".into(),
        name: format!("op {id}").into(),
        kind: SpanKind::Client,
        start: 1_700_000_000_000_000_000,
        end: 1_700_000_000_000_000_500,
        status: Status { code: StatusCode::Error, message: "no".into() },
        flags: 1,
        attributes: [("n", Value::Int(-1))].into_iter().collect(),
        events: vec![SpanEvent { time: 5, name: "e".into(), attributes: Attributes::default() }],
        links: Vec::new(),
        resource: sample_record().resource,
        scope: Arc::default(),
    }
}

/// A store with every kind of row: lines of every format, odd bytes, records, losses.
fn full_shop() -> Shop {
    let mut shop = Shop::new(BUDGET);
    for format in ["text", "json", "logfmt"] {
        shop.line("app.log", format_by_name(format).unwrap(), format.as_bytes());
    }
    shop.line("odd", FormatId::TEXT, b"");
    shop.line("odd", FormatId::TEXT, b"\xff\0\x1b[31m \xe2\x80\xae\r");
    shop.record("otlp", &sample_record());
    shop.loss("udp", &Loss { count: 1204, from: 5, to: 9, reason: LossReason::RateLimit });
    shop.record("otlp", &LogRecord { body: Value::from("plain"), time: 7, ..LogRecord::default() });
    shop
}

fn full_state() -> SessionState {
    let counts = Counts { received: 9, stored: 5, rate_limited: 1, dropped: 1, rejected: 1, pending: 1, evicted: 2 };
    SessionState {
        filter: r#"level:error "a phrase" -x"#.into(),
        search: "/re\\b/".into(),
        marks: vec![0, 3, 7],
        pane: "logs".into(),
        zoomed: true,
        paused: true,
        cursor: Some(4),
        accounting: vec![
            SourceFigures { label: "app.log".into(), logs: counts, spans: Counts::default() },
            SourceFigures { label: "otlp".into(), logs: Counts::default(), spans: counts },
        ],
        title: "incident 42".into(),
        saved_at: 1_700_000_000_000_000_000,
    }
}

fn no_traces() -> TraceReader {
    trace_table(BUDGET).1
}

/// What can be decompressed of a session file, cut or not.
fn text_of(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let whole = zstd::Decoder::with_buffer(bytes).unwrap().read_to_end(&mut text);
    // A frame that is cut off may have given some of its text already.
    if whole.is_err() {
        let whole_lines = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        text.truncate(whole_lines);
    }
    text
}

fn requests(text: &[u8]) -> Vec<Decoded> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| decode_json(line).unwrap()).collect()
}

/// Stores the rows of a session as the ingest writer does, and collects its spans.
fn reopen(bytes: &[u8]) -> (Shop, Vec<Span>) {
    let mut shop = Shop::new(BUDGET);
    let mut spans = Vec::new();
    for decoded in requests(&text_of(bytes)) {
        assert_eq!(decoded.rejected_logs + decoded.rejected_spans, 0);
        decoded.logs.iter().for_each(|record| restore(&mut shop, record));
        spans.extend(decoded.spans);
    }
    (shop, spans)
}

fn restore(shop: &mut Shop, record: &LogRecord) {
    match record_to_line(record) {
        Restored::State(_) => {}
        Restored::Loss { loss, source } => shop.loss(source, &loss),
        Restored::Record { record, source } => shop.record(source.unwrap(), &record),
        Restored::Line(line) => {
            let parts = line.parts();
            let (source, service) = (shop.writer.source(parts.source), shop.writer.service(parts.service.as_bytes()));
            shop.writer.push(&NewLine {
                time: parts.time,
                severity: parts.severity,
                source,
                service,
                format: format_by_name(parts.format_name).unwrap(),
                text: parts.text,
                trace_id: parts.trace_id,
                span_id: parts.span_id,
                record: None,
                resource: None,
            });
        }
    }
}

/// Everything that can be asked of every row.
fn rows(snapshot: &Snapshot) -> Vec<String> {
    let lines = snapshot.segments().flat_map(|segment| segment.lines());
    let describe = |line: crate::store::Line<'_>| {
        let (source, service) = (snapshot.sources.get(line.source()), snapshot.services.get(line.service()));
        let head = (line.time(), line.severity(), source, service, format_name(line.format()));
        format!(
            "{head:?} {:?} {:?}",
            (line.text(), line.parts(), line.context()),
            (line.loss(), line.trace_id(), line.span_id())
        )
    };
    lines.map(describe).collect()
}

fn masker() -> Masker {
    Masker::new(&[]).unwrap()
}

fn record_to(path: &Path) -> Recorder {
    Recorder::create(path, RecorderOptions { masker: masker(), overwrite: false }).unwrap()
}
