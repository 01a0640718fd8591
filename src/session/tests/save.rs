//! Saving: what comes back, what other tools see, what stays out.

use super::*;

#[test]
fn what_is_saved_comes_back() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("incident.otlp.zst");
    let snapshot = full_shop().snapshot();
    let (mut traces, reader) = trace_table(BUDGET);
    let spans = vec![sample_span(1, 1), sample_span(1, 2), sample_span(2, 1)];
    traces.add(spans.clone(), "otlp", 0);
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
    traces.add((1..600).map(|id| sample_span(1, id)).collect(), "otlp", 0);
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
    traces.add(vec![Span { attributes, ..sample_span(1, 1) }], "otlp", 0);
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
