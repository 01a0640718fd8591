//! What is found in JSON lines of each logger, and in damaged ones.

mod dialects;
mod systems;

use super::*;
use crate::model::{Attributes, Severity};
use crate::parse::{FormatId, LineParser, ParseOptions, format_by_name, read};

fn json() -> FormatId {
    format_by_name("json").unwrap()
}

fn parse(line: &str) -> Facts<'_> {
    LineParser::new(&ParseOptions::default()).parse(line.as_bytes())
}

fn shown(fields: &Attributes) -> String {
    fields.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn loggers_are_understood() {
    // line, seconds, severity, service, message, fields
    let cases = [
        (r#"{"level":30,"time":1531171074631,"msg":"hello","pid":657}"#, (1_531_171_074, 9, "", "hello", "pid=657")),
        (
            r#"{"name":"my","level":55,"msg":"m","time":"2012-02-08T22:56:50.856Z","v":0}"#,
            (1_328_741_810, 17, "my", "m", "v=0"),
        ),
        (
            r#"{"level":"info","ts":1761019822.3152757,"logger":"admin","msg":"up"}"#,
            (1_761_019_822, 9, "admin", "up", ""),
        ),
        (
            r#"{"timestamp":"2022-02-15T18:47:10.821315Z","level":"WARN","fields":{"message":"shave","n":3},"target":"a::b"}"#,
            (1_644_950_830, 13, "a::b", "shave", r#"fields={"n":3}"#),
        ),
        (
            r#"{"@t":"2016-06-07T03:44:57.85Z","@mt":"Hello, {User} {@Odd:0}","User":"n"}"#,
            (1_465_271_097, 9, "", "Hello, n {@Odd:0}", "User=n"),
        ),
        (
            r#"{"t":{"$date":"2026-03-10T20:58:09.401+00:00"},"s":"D2", "c":"NET", "msg":"Slow"}"#,
            (1_773_176_289, 1, "NET", "Slow", ""),
        ),
        (
            r#"{"version":"1.1","short_message":"m","timestamp":1385053862.3,"level":3}"#,
            (1_385_053_862, 17, "", "m", "version=1.1 level=3"),
        ),
        (
            r#"{"instant":{"epochSecond":1493121664,"nanoOfSecond":118000000},"level":"INFO","loggerName":"H","message":"x"}"#,
            (1_493_121_664, 9, "H", "x", ""),
        ),
        (
            r#"{"PRIORITY":"4","MESSAGE":"x","SYSLOG_IDENTIFIER":"sshd","__REALTIME_TIMESTAMP":"1761019822315275"}"#,
            (1_761_019_822, 13, "sshd", "x", ""),
        ),
        (
            r#"{"resource":{"service.name":"cart"},"severityNumber":17,"body":"x","timeUnixNano":"1761019822315275700"}"#,
            (1_761_019_822, 17, "cart", "x", ""),
        ),
        (
            r#"{"logger":"l","service":{"name":"cart"},"log":{"level":"error"},"message":"x","created":1761019822.5}"#,
            (1_761_019_822, 17, "cart", "x", "logger=l"),
        ),
    ];
    for (line, (seconds, severity, service, message, fields)) in cases {
        let reading = read(json(), line.as_bytes());
        let facts = reading.facts;
        assert_eq!(facts.time.map(|nanos| nanos / 1_000_000_000), Some(seconds), "{line}");
        assert_eq!(facts.severity.number(), severity, "{line}");
        assert_eq!(facts.service.unwrap_or_default(), service.as_bytes(), "{line}");
        assert_eq!(reading.message, message, "{line}");
        assert_eq!(shown(&reading.fields), fields, "{line}");
    }
}

#[test]
fn ids_are_found_in_nested_objects_and_in_messages() {
    for line in [
        r#"{"trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"00f067aa0ba902b7"}}"#,
        r#"{"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","transaction.id":"00f067aa0ba902b7"}"#,
        r#"{"trace":"projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}"#,
        r#"{"OperationId":"4bf92f3577b34da6a3ce929d0e0e4736","ParentId":"00f067aa0ba902b7"}"#,
        r#"{"operation_Id":"4bf92f3577b34da6a3ce929d0e0e4736","operation_ParentId":"00f067aa0ba902b7"}"#,
        r#"{"fields":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"}}"#,
        r#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#,
        r#"{"msg":"call trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7"}"#,
        r#"{"trace_id":"","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}"#,
        r#"{"req":{"headers":{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}}"#,
    ] {
        let facts = parse(line);
        assert_eq!(
            facts.trace_id.map(|id| id.to_string()).as_deref(),
            Some("4bf92f3577b34da6a3ce929d0e0e4736"),
            "{line}"
        );
        assert_eq!(facts.span_id.map(|id| id.to_string()).as_deref(), Some("00f067aa0ba902b7"), "{line}");
    }
}

#[test]
fn before_the_object_stand_blanks_and_marks_only() {
    let cases = [
        ("\u{feff}{\"level\":\"warn\"}", "json"),
        ("\u{1e}{\"level\":\"warn\"}", "json"),
        ("  \t{\"level\":\"warn\"}", "json"),
        (r#"2026-03-01T10:00:00Z WARN request {"a":"warn"}"#, "text"),
        (r#"got {"level":"warn"}"#, "text"),
    ];
    for (line, format) in cases {
        let facts = parse(line);
        assert_eq!(crate::parse::format_name(facts.format), format, "{line}");
        assert!(format == "text" || facts.severity == Severity::WARN, "{line}");
    }
}

#[test]
fn of_a_broken_line_what_was_complete_is_kept() {
    let reading = read(json(), br#"{"ts":"2013-09-06T22:00:49Z","level":"INFO","user":"bob","msg":"Shutting do"#);
    assert_eq!(reading.facts.format, json());
    assert_eq!(reading.facts.time, Some(1_378_504_849_000_000_000));
    assert_eq!(reading.facts.severity, Severity::INFO);
    assert_eq!((&*reading.message, &*shown(&reading.fields)), ("Shutting do", "user=bob"));
    let reading = read(json(), br#"{"msg":"whole","path":"/a/b"#);
    assert_eq!((&*reading.message, &*shown(&reading.fields)), ("whole", "path=/a/b"));
    for line in [r#"{"level"#, "{", "{foo: bar}", "{ }x", r#"{"a":"#, "{]"] {
        let expected = if line == "{ }x" { json() } else { FormatId::TEXT };
        assert_eq!(parse(line).format, expected, "{line}");
    }
}

#[test]
fn text_behind_the_object_belongs_to_the_message() {
    for (line, message) in [
        ("{\"msg\":\"a\"} and so on ", "a and so on"),
        ("{\"msg\":\"a\"}\n  at f\n  at g", "a\n  at f\n  at g"),
        ("{\"n\":1} tail", "tail"),
        ("{\"msg\":\"a\"}{\"msg\":\"b\"}", "a {\"msg\":\"b\"}"),
        ("{\"msg\":\"a\"},", "a"),
        ("\u{1e}{\"msg\":\"a\"}\u{1e}", "a"),
        ("{\"msg\":\"a\", oops \"n\":1}", "a oops \"n\":1}"),
        ("{\"msg\":\"a\",\"le", "a \"le"),
        ("\u{feff}{\n  \"msg\": \"pretty\",\n  \"n\": 1\n}", "pretty"),
    ] {
        assert_eq!(read(json(), line.as_bytes()).message, message, "{line:?}");
    }
}

#[test]
fn a_nested_fact_takes_no_other_field_of_its_name_away() {
    let reading = read(json(), br#"{"service":{"name":"cart"},"name":"x","error":{"message":"boom","code":3}}"#);
    assert_eq!(reading.facts.service, Some(&b"cart"[..]));
    assert_eq!((&*reading.message, &*shown(&reading.fields)), ("boom", r#"name=x error={"code":3}"#));
}

#[test]
fn colours_written_as_escapes_stay_in_the_message() {
    let reading = read(json(), br#"{"msg":"Starting up \u001B[0;32mservice\u001B[0m"}"#);
    assert_eq!(reading.message, "Starting up \u{1b}[0;32mservice\u{1b}[0m");
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let reading = read(json(), br#"{"msg":"a","level":"info","n":1,"msg":"b","n":2,"level":"error"}"#);
    assert_eq!((&*reading.message, reading.facts.severity), ("b", Severity::ERROR));
    assert_eq!(shown(&reading.fields), "n=2");
}

#[test]
fn fields_are_typed_and_reached_by_dotted_names() {
    let line = br#"{"a":{"b":[1,{"c":null}],"c.d":true},"a.x":1.5,"big":18446744073709551615,"e":"\u00e9\ud83d\ude00\ud800\q"}"#;
    let cases = [
        ("a.c.d", Value::Bool(true)),
        ("a.x", Value::Double(1.5)),
        ("big", Value::from("18446744073709551615")),
        ("e", Value::from("é😀\u{fffd}\\q")),
    ];
    for (key, value) in cases {
        assert_eq!(crate::parse::field(json(), line, key), Some(value), "{key}");
    }
    assert_eq!(crate::parse::field(json(), line, "a.b").unwrap().to_string(), r#"[1,{"c":null}]"#);
    assert_eq!(crate::parse::field(json(), line, "a.nothing"), None);
}

#[test]
fn nesting_and_width_are_bounded() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse(&deep).format, json());
    assert_eq!(read(json(), deep.as_bytes()).fields.len(), 1);
    let deep = format!("{}1{}", "{\"resource\":".repeat(10_000), "}".repeat(10_000));
    assert_eq!(parse(&deep).format, json());
    assert_eq!(crate::parse::field(json(), deep.as_bytes(), &"resource.".repeat(10_000)), None);
    let wide = format!("{{{}}}", (0..20_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(","));
    assert_eq!(read(json(), wide.as_bytes()).fields.len(), 1000);
    assert_eq!(crate::parse::field(json(), wide.as_bytes(), "k19999"), Some(Value::Int(19_999)));
}
