//! Lines, records and losses through their OTLP form and back.

use proptest::prelude::*;

use super::*;
use crate::parse::otlp::{decode_json, encode_logs_json};

/// Writes `record` to OTLP JSON and reads it back.
fn travel(record: LogRecord) -> LogRecord {
    let mut line = Vec::new();
    encode_logs_json(&[record], &mut line);
    assert!(!line.contains(&b'\n'), "one request is one line");
    let mut decoded = decode_json(&line).unwrap();
    assert_eq!((decoded.logs.len(), decoded.rejected_logs), (1, 0));
    decoded.logs.remove(0)
}

fn line(text: &[u8]) -> LineParts<'_> {
    LineParts {
        time: 1_700_000_000_000_000_001,
        severity: Severity::WARN,
        service: "checkout",
        source: "app.log",
        format_name: "logfmt",
        text,
        trace_id: TraceId::from_low64(7),
        span_id: SpanId::from_u64(9),
        resource: None,
    }
}

fn assert_comes_back(parts: &LineParts<'_>) {
    let arrived = travel(line_to_record(parts));
    let Restored::Line(restored) = record_to_line(&arrived) else { panic!("{arrived:?}") };
    assert_eq!(restored.parts(), *parts);
}

#[test]
fn lines_come_back_as_they_were() {
    for text in
        [&b"level=warn msg=slow"[..], b"", b"\0\x1b[31m\x7f\t\r", b"bad \xff\xfe utf-8", "\u{feff}\u{202e}".as_bytes()]
    {
        assert_comes_back(&line(text));
    }
    assert_comes_back(&LineParts { time: -5, service: "", source: "", trace_id: None, span_id: None, ..line(b"x") });
    assert_comes_back(&LineParts { time: 0, severity: Severity::UNSET, ..line(b"x") });
}

#[test]
fn other_readers_see_an_ordinary_log_record() {
    let mut json = Vec::new();
    encode_logs_json(&[line_to_record(&line(b"slow"))], &mut json);
    assert_eq!(
        String::from_utf8(json).unwrap(),
        concat!(
            r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"#,
            r#""scopeLogs":[{"logRecords":[{"timeUnixNano":"1700000000000000001","severityNumber":13,"#,
            r#""body":{"stringValue":"slow"},"attributes":[{"key":"spantail.format","value":{"stringValue":"logfmt"}},"#,
            r#"{"key":"spantail.source","value":{"stringValue":"app.log"}}],"#,
            r#""traceId":"00000000000000000000000000000007","spanId":"0000000000000009"}]}]}]}"#
        )
    );
}

#[test]
fn structured_records_come_back_even_when_they_use_our_names() {
    let plain = LogRecord { time: 5, body: Value::from("b"), ..LogRecord::default() };
    let ours = ["spantail.format", "spantail.source", "spantail.spantail.x", "other"];
    let forged = LogRecord {
        time: -5,
        severity_text: "warn".into(),
        attributes: ours.into_iter().map(|key| (key, "v")).collect(),
        scope: session_scope(),
        event_name: LOSS_EVENT.into(),
        ..plain.clone()
    };
    for record in [plain, forged] {
        let arrived = travel(record_to_record(record.clone(), "otlp"));
        let Restored::Record { record: restored, source } = record_to_line(&arrived) else { panic!("{arrived:?}") };
        assert_eq!((&*restored, source), (&record, Some("otlp")));
    }
}

#[test]
fn a_foreign_record_is_lent_as_it_is() {
    let record = LogRecord { body: Value::from("hello"), ..LogRecord::default() };
    let restored = record_to_line(&record);
    assert!(matches!(restored, Restored::Record { record: Cow::Borrowed(_), source: None }), "{restored:?}");
}

#[test]
fn losses_come_back_and_bad_ones_are_not_shown_as_logs() {
    for reason in LossReason::ALL {
        let loss = Loss { count: 1204, from: 5, to: 9, reason };
        let arrived = travel(loss_to_record(&loss, "udp"));
        assert_eq!(record_to_line(&arrived), Restored::Loss { loss, source: "udp" });
    }
    let mut bad = loss_to_record(&Loss { count: 1, from: 5, to: 9, reason: LossReason::Sample }, "udp");
    bad.attributes.set(LOSS_COUNT, -1);
    assert_eq!(record_to_line(&bad), Restored::State(&bad));
}

#[test]
fn a_line_that_another_tool_retyped_is_still_a_line() {
    let mut record = line_to_record(&line(b""));
    record.body = Value::Null;
    assert!(matches!(record_to_line(&record), Restored::Line(line) if line.text.is_empty()));
    record.body = Value::Int(5);
    assert!(matches!(record_to_line(&record), Restored::Line(line) if *line.text == *b"5"));
}

proptest! {
    #[test]
    fn any_line_comes_back(
        text in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            ".{0,80}".prop_map(String::into_bytes),
        ],
        time in any::<i64>(),
        severity in 0_i64..=24,
        service in ".{0,20}",
        source in ".{0,20}",
        format_name in "[a-z]{0,9}",
        low in any::<u64>(),
    ) {
        let parts = LineParts {
            time,
            severity: Severity::from_number(severity),
            service: &service,
            source: &source,
            format_name: &format_name,
            text: &text,
            trace_id: TraceId::from_low64(low),
            span_id: SpanId::from_u64(low),
            resource: None,
        };
        let arrived = travel(line_to_record(&parts));
        let Restored::Line(restored) = record_to_line(&arrived) else { panic!("{arrived:?}") };
        prop_assert_eq!(restored.parts(), parts);
    }
}
