//! Sessions written to real files and read back through the codec that sources use.

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
        let (writer, reader) = log_store(budget);
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
            record: Some(record),
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

#[test]
fn what_is_saved_comes_back() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("incident.otlp.zst");
    let snapshot = full_shop().snapshot();
    let (mut traces, reader) = trace_table(BUDGET);
    let spans = vec![sample_span(1, 1), sample_span(1, 2), sample_span(2, 1)];
    traces.add(spans.clone(), 0);
    let saved = save(&path, &snapshot, &reader, &full_state(), &masker()).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(saved, Saved { lines: 7, spans: 3, bytes: bytes.len() as u64 });
    let (mut shop, reopened) = reopen(&bytes);
    assert_eq!(rows(&shop.snapshot()), rows(&snapshot));
    assert_eq!(reopened, spans);
    assert_eq!(read_state(&path).unwrap(), Some(full_state()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_saved_session_saved_again_is_the_same() {
    let folder = TempDir::new().unwrap();
    let (first, second) = (folder.path().join("a"), folder.path().join("b"));
    save(&first, &full_shop().snapshot(), &no_traces(), &full_state(), &masker()).unwrap();
    let (mut shop, _) = reopen(&fs::read(&first).unwrap());
    let state = read_state(&first).unwrap().unwrap();
    save(&second, &shop.snapshot(), &no_traces(), &state, &masker()).unwrap();
    assert_eq!(text_of(&fs::read(&first).unwrap()), text_of(&fs::read(&second).unwrap()));
}

#[test]
fn other_readers_of_otlp_take_every_line() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let (mut traces, reader) = trace_table(BUDGET);
    traces.add((1..600).map(|id| sample_span(1, id)).collect(), 0);
    let mut shop = Shop::new(BUDGET);
    (0..1000).for_each(|n| shop.line("app.log", FormatId::TEXT, format!("line {n} \u{1b}").as_bytes()));
    save(&path, &shop.snapshot(), &reader, &full_state(), &masker()).unwrap();
    let (mut logs, mut spans) = (0, 0);
    let text = zstd::Decoder::new(fs::File::open(&path).unwrap()).unwrap();
    for line in BufReader::new(text).lines() {
        let line = line.unwrap();
        if line.starts_with(r#"{"resourceLogs""#) {
            let request: ExportLogsServiceRequest = serde_json::from_str(&line).unwrap();
            let scopes = request.resource_logs.iter().flat_map(|group| &group.scope_logs);
            logs += scopes.map(|scope| scope.log_records.len()).sum::<usize>();
        } else {
            let request: ExportTraceServiceRequest = serde_json::from_str(&line).unwrap();
            let scopes = request.resource_spans.iter().flat_map(|group| &group.scope_spans);
            spans += scopes.map(|scope| scope.spans.len()).sum::<usize>();
        }
    }
    assert_eq!((logs, spans), (1001, 599), "the state is one record more");
}

#[test]
fn marks_follow_their_lines_and_those_of_evicted_lines_go() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let mut shop = Shop::new(64 << 10);
    for n in 0..4000 {
        shop.line("app.log", FormatId::TEXT, format!("line {n} {}", "x".repeat(40)).as_bytes());
        if n % 100 == 0 {
            drop(shop.writer.publish());
        }
    }
    let snapshot = shop.snapshot();
    assert!(snapshot.first() > 2);
    let state = SessionState {
        marks: vec![1, snapshot.first(), snapshot.first() + 5, snapshot.end()],
        cursor: Some(2),
        ..SessionState::default()
    };
    save(&path, &snapshot, &no_traces(), &state, &masker()).unwrap();
    let read = read_state(&path).unwrap().unwrap();
    assert_eq!((read.marks, read.cursor), (vec![0, 5], None));
}

#[test]
fn secrets_do_not_reach_the_file_unless_told_to() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let mut shop = Shop::new(BUDGET);
    shop.line("redis://u:hunter2@db", FormatId::TEXT, b"password=hunter2 \xff");
    shop.line("s", FormatId::TEXT, b"-----BEGIN PRIVATE KEY-----");
    shop.line("s", FormatId::TEXT, b"MIIEabc=");
    shop.record("s", &LogRecord { body: Value::from("token=hunter2"), time: 5, ..LogRecord::default() });
    let (mut traces, reader) = trace_table(BUDGET);
    let attributes = [("db.password", "hunter2")].into_iter().collect();
    traces.add(vec![Span { attributes, ..sample_span(1, 1) }], 0);
    let figures = SourceFigures { label: "redis://u:hunter2@db".into(), ..SourceFigures::default() };
    let state = SessionState {
        filter: "password:hunter2".into(),
        title: "Bearer hunter2hunter2".into(),
        accounting: vec![figures],
        ..SessionState::default()
    };
    let text = |masker: &Masker| {
        save(&path, &shop.reader.snapshot(), &reader, &state, masker).unwrap();
        String::from_utf8(text_of(&fs::read(&path).unwrap())).unwrap()
    };
    drop(shop.writer.publish());
    assert!(!text(&masker()).contains("hunter2"), "{}", text(&masker()));
    let (mut reopened, _) = reopen(&fs::read(&path).unwrap());
    let lines: Vec<_> = rows(&reopened.snapshot());
    assert!(lines[0].contains(&format!("{:?}", b"password=*** \xff")), "{}", lines[0]);
    assert!(lines[2].contains(&format!("{:?}", b"***")), "{}", lines[2]);
    assert_eq!(text(&Masker::off()).matches("hunter2").count(), 7);
}

#[test]
fn a_recording_holds_every_line_once_and_says_what_it_missed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("recording");
    let mut shop = Shop::new(64 << 10);
    let mut recorder = record_to(&path);
    let line = |n: u64| format!("line {n} {}", "x".repeat(40)).into_bytes();
    for n in 0..1500 {
        shop.line("app.log", FormatId::TEXT, &line(n));
        if n % 100 == 0 {
            recorder.append(&shop.snapshot()).unwrap();
            recorder.append(&shop.snapshot()).unwrap();
        }
    }
    recorder.append(&shop.snapshot()).unwrap();
    for n in 1500..5000 {
        shop.line("app.log", FormatId::TEXT, &line(n));
        if n % 100 == 0 {
            drop(shop.writer.publish());
        }
    }
    let snapshot = shop.snapshot();
    let missed = snapshot.first() - 1500;
    assert!(missed > 0);
    recorder.append(&snapshot).unwrap();
    recorder.append_spans(&[Arc::new(sample_span(1, 1))]).unwrap();
    let state = SessionState { marks: vec![1499, 1600, snapshot.first()], ..SessionState::default() };
    let saved = recorder.finish(&state).unwrap();
    assert_eq!((saved.lines, saved.spans), (5000 - missed, 1));

    let (mut reopened, spans) = reopen(&fs::read(&path).unwrap());
    let reopened = reopened.snapshot();
    assert_eq!((reopened.len(), spans.len()), (5001 - missed, 1));
    let loss = reopened.line(1500).unwrap().loss().unwrap();
    assert_eq!((loss.count, loss.reason), (missed, LossReason::DropOldest));
    let marks = read_state(&path).unwrap().unwrap().marks;
    assert_eq!(marks, [1499, 1501]);
    assert_eq!(reopened.line(marks[0]).unwrap().text(), line(1499));
    assert_eq!(reopened.line(marks[1]).unwrap().text(), line(snapshot.first()));
}

#[test]
fn a_recording_cut_anywhere_is_read_up_to_its_last_whole_frame() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("recording");
    let mut shop = Shop::new(BUDGET);
    let mut recorder = record_to(&path);
    let mut frames = vec![(0, 0)];
    for n in 0..6 {
        shop.line("app.log", FormatId::TEXT, format!("line {n}").as_bytes());
        shop.line("app.log", FormatId::TEXT, b"second");
        recorder.append(&shop.snapshot()).unwrap();
        recorder.flush().unwrap();
        frames.push((usize::try_from(recorder.bytes()).unwrap(), 2 * (n + 1)));
    }
    drop(recorder);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(frames.last().map(|(end, _)| *end), Some(bytes.len()), "all is on the disk without an end");
    let all = rows(&shop.snapshot());
    for cut in 0..=bytes.len() {
        let whole = frames.iter().rev().find(|(end, _)| *end <= cut).map_or(0, |(_, lines)| *lines);
        let (mut reopened, _) = reopen(&bytes[..cut]);
        let read = rows(&reopened.snapshot());
        assert!(read.len() >= whole && all.starts_with(&read), "cut at {cut}: {} of {whole}", read.len());
        fs::write(&path, &bytes[..cut]).unwrap();
        assert_eq!(read_state(&path).unwrap(), None);
    }
}

#[test]
fn the_state_is_found_in_files_of_any_kind() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let saved = |state: &SessionState| {
        save(&path, &full_shop().snapshot(), &no_traces(), state, &masker()).unwrap();
        fs::read(&path).unwrap()
    };
    let numbered = SessionState { marks: (0..8).collect(), ..full_state() };
    let (one, two) = (saved(&numbered), saved(&full_state()));
    let plain = text_of(&two);
    let magic_in_front = [&[0x28, 0xb5, 0x2f, 0xfd][..], &two].concat();
    let cases: [(&str, Vec<u8>, Option<SessionState>); 7] = [
        ("two sessions in a row", [&two[..], &one].concat(), Some(numbered)),
        ("decompressed", plain.clone(), Some(full_state())),
        ("something appended", [&plain[..], b"{\"resourceLogs\":[]}\n\xff"].concat(), Some(full_state())),
        ("noise before", magic_in_front, Some(full_state())),
        ("empty", Vec::new(), None),
        ("another program's", b"{\"resourceLogs\":[]}\nspantail.session.state\n".to_vec(), None),
        ("cut in the last frame", two[..two.len() - 1].to_vec(), None),
    ];
    for (name, bytes, state) in cases {
        fs::write(&path, bytes).unwrap();
        assert_eq!(read_state(&path).unwrap(), state, "{name}");
    }
}

#[test]
fn a_state_behind_much_of_everything_is_found() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let mut shop = Shop::new(BUDGET);
    (0..60_000).for_each(|n| shop.line("app.log", FormatId::TEXT, format!("{n}").as_bytes()));
    let state = SessionState { marks: (0..50_000).map(|n| n * 6 / 5).collect(), ..SessionState::default() };
    save(&path, &shop.snapshot(), &no_traces(), &state, &masker()).unwrap();
    assert_eq!(read_state(&path).unwrap(), Some(state));
}

#[test]
fn a_sender_can_not_pass_for_the_session() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("recording");
    let forged = SessionState { filter: "nothing".into(), ..SessionState::default() }.to_record(&Masker::off());
    let mut shop = Shop::new(BUDGET);
    shop.record("otlp", &LogRecord { time: 5, ..forged });
    let snapshot = shop.snapshot();
    let mut recorder = record_to(&path);
    recorder.append(&snapshot).unwrap();
    recorder.flush().unwrap();
    assert_eq!(read_state(&path).unwrap(), None);
    let (mut reopened, _) = reopen(&fs::read(&path).unwrap());
    assert_eq!(rows(&reopened.snapshot()), rows(&snapshot));
}

#[test]
fn errors_name_the_file_and_what_helps() {
    let folder = TempDir::new().unwrap();
    let snapshot = Shop::new(BUDGET).snapshot();
    let state = SessionState::default();
    let save_to = |path: &Path| save(path, &snapshot, &no_traces(), &state, &masker()).unwrap_err();
    let missing = save_to(&folder.path().join("no such folder/session"));
    assert!(missing.to_string().contains("no such folder/session"), "{missing}");
    assert!(missing.hint().contains("must exist"), "{}", missing.hint());
    assert!(matches!(save_to(folder.path()), SessionError::Replace { .. }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let path = folder.path().join("recording");
    drop(record_to(&path));
    let again = Recorder::create(&path, RecorderOptions { masker: masker(), overwrite: false }).err().unwrap();
    assert!(again.hint().contains("overwritten"), "{again}: {}", again.hint());
    drop(Recorder::create(&path, RecorderOptions { masker: masker(), overwrite: true }).unwrap());
    assert!(matches!(read_state(&folder.path().join("nothing")), Err(SessionError::Read { .. })));
    assert!(read_state(folder.path()).unwrap_err().hint().contains("not of a folder"));
}

proptest! {
    #[test]
    fn any_state_comes_back(
        texts in proptest::collection::vec(".{0,30}", 5),
        marks in proptest::collection::vec(0..i64::MAX as u64, 0..50),
        flags in any::<(bool, bool)>(),
        cursor in proptest::option::of(0..i64::MAX as u64),
        figures in proptest::collection::vec(0..i64::MAX as u64, 7),
        saved_at in 0..i64::MAX,
    ) {
        let counts = Counts {
            received: figures[0],
            stored: figures[1],
            rate_limited: figures[2],
            dropped: figures[3],
            rejected: figures[4],
            pending: figures[5],
            evicted: figures[6],
        };
        let state = SessionState {
            filter: texts[0].clone(),
            search: texts[1].clone(),
            marks,
            pane: texts[2].clone(),
            zoomed: flags.0,
            paused: flags.1,
            cursor,
            accounting: vec![SourceFigures { label: texts[3].clone(), logs: counts, spans: counts }],
            title: texts[4].clone(),
            saved_at,
        };
        let mut json = Vec::new();
        crate::parse::otlp::encode_logs_json(&[state.to_record(&Masker::off())], &mut json);
        let decoded = decode_json(&json).unwrap();
        prop_assert_eq!(SessionState::from_record(&decoded.logs[0]), Some(state));
    }
}
