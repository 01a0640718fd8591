//! The commands without a screen: what they write, what they say, and the codes they end with.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files are missing")]

#[path = "support/headless.rs"]
mod headless;
#[path = "support/home.rs"]
mod home;
#[path = "support/recorded.rs"]
mod recorded;

use std::fs;
use std::process::{Command, Stdio};

use headless::{Ended, Headless, wait_until};
use home::{Home, PROGRAM};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use recorded::Recorded;
use rustix::process::Signal;

const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
const SPAN: u64 = 0xb7ad_6b71_6920_3331;

/// One line of every format.
fn lines() -> String {
    [
        format!(r#"{{"time":"2025-12-24T10:30:45Z","level":"error","service":"pay","msg":"declined","trace_id":"{TRACE:032x}","span_id":"{SPAN:016x}"}}"#),
        r#"ts=2025-12-24T10:30:46Z level=warn service=cart msg="slow query" password=hunter2"#.to_owned(),
        format!("2025-12-24 10:30:47 - backend.app.main - INFO - [trace_id={TRACE:032x}] [span_id={SPAN:016x}] - Request processed"),
        "anything else".to_owned(),
    ]
    .join("\n")
}

fn run(home: &Home, args: &[&str]) -> Ended {
    Headless::start(home, args, "").wait()
}

fn body(log: &LogRecord) -> &str {
    match log.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(Value::StringValue(text)) => text,
        _ => "",
    }
}

#[test]
fn lines_of_every_format_are_recorded_with_what_was_found_in_them() {
    let home = Home::new();
    fs::write(home.path("in.log"), lines()).unwrap();
    let ended = run(&home, &["record", "in.log", "-o", "out.zst"]);
    assert_eq!((ended.code, &*ended.out), (Some(0), ""), "{ended:?}");
    assert_eq!(ended.err, "received 4  stored 4  rate-limited 0  dropped 0  rejected 0\n");

    let recorded = Recorded::read(&home.path("out.zst"));
    let found: Vec<_> = recorded
        .logs
        .iter()
        .map(|(service, log)| (&**service, log.severity_number, log.trace_id.clone(), log.span_id.clone()))
        .collect();
    let (trace, span) = (TRACE.to_be_bytes().to_vec(), SPAN.to_be_bytes().to_vec());
    let expected = [
        ("pay", 17, trace.clone(), span.clone()),
        ("cart", 13, Vec::new(), Vec::new()),
        ("backend.app.main", 9, trace, span),
        ("", 0, Vec::new(), Vec::new()),
    ];
    assert_eq!(found, expected);
    assert_eq!(recorded.logs[0].1.time_unix_nano, 1_766_572_245_000_000_000);
    let written: Vec<&str> = recorded.logs.iter().map(|(_, log)| body(log)).collect();
    assert_eq!(written.join("\n"), lines().replace("hunter2", "***"), "lines as they came, without their secrets");
}

#[test]
fn standard_input_is_recorded_as_it_comes_and_masking_can_be_turned_off() {
    for args in [&["record", "-o", "out.zst", "--no-masking"][..], &["record", "-", "-o", "out.zst", "--no-masking"]] {
        let home = Home::new();
        let ended = Headless::start(&home, args, &lines()).wait();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let recorded = Recorded::read(&home.path("out.zst"));
        let written: Vec<&str> = recorded.logs.iter().map(|(_, log)| body(log)).collect();
        assert_eq!(written.join("\n"), lines());
    }
}

#[test]
fn what_was_recorded_can_be_recorded_again() {
    let home = Home::new();
    fs::write(home.path("in.log"), lines()).unwrap();
    assert_eq!(run(&home, &["record", "in.log", "-o", "one.zst"]).code, Some(0));
    assert_eq!(run(&home, &["record", "one.zst", "-o", "two.zst"]).code, Some(0));
    let (one, two) = (Recorded::read(&home.path("one.zst")), Recorded::read(&home.path("two.zst")));
    let texts =
        |recorded: &Recorded| -> Vec<String> { recorded.logs.iter().map(|(_, log)| body(log).to_owned()).collect() };
    assert_eq!(texts(&one), texts(&two));
}

#[test]
fn a_followed_file_is_recorded_until_a_signal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let home = Home::new();
        fs::write(home.path("in.log"), lines() + "\n").unwrap();
        let running = Headless::start(&home, &["record", "--follow", "--from-start", "in.log", "-o", "out.zst"], "");
        // The first flush says that the lines are on disk and that signals are listened to.
        wait_until("the lines in the file", || {
            fs::read(home.path("out.zst"))
                .is_ok_and(|packed| zstd::decode_all(&packed[..]).is_ok_and(|text| !text.is_empty()))
        });
        running.signal(signal);
        let ended = running.wait();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.starts_with("received 4  stored 4"), "{ended:?}");
        assert_eq!(Recorded::read(&home.path("out.zst")).logs.len(), 4);
    }
}

#[test]
fn a_missing_file_is_a_failure_that_names_it() {
    let home = Home::new();
    let ended = run(&home, &["record", "absent.log", "-o", "out.zst"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("absent.log") && ended.err.contains("no such file"), "{ended:?}");
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_asked() {
    let home = Home::new();
    fs::write(home.path("in.log"), lines()).unwrap();
    fs::write(home.path("out.zst"), "precious").unwrap();
    let ended = run(&home, &["record", "in.log", "-o", "out.zst"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("out.zst") && ended.err.contains("--overwrite"), "{ended:?}");
    assert_eq!(fs::read_to_string(home.path("out.zst")).unwrap(), "precious");
    assert_eq!(run(&home, &["record", "in.log", "-o", "out.zst", "--overwrite"]).code, Some(0));
    assert_eq!(Recorded::read(&home.path("out.zst")).logs.len(), 4);
}

#[test]
fn bad_usage_is_told_apart_from_failure() {
    let home = Home::new();
    for args in
        [&["record", "in.log"][..], &["record", "-o"], &["demo", "--rate", "many"], &["--no-such-flag"], &["config"]]
    {
        let ended = run(&home, args);
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{args:?}: {ended:?}");
        assert!(ended.err.contains("--help") || ended.err.contains("Usage"), "{args:?}: {ended:?}");
    }
    let ended = run(&home, &["record", "nosuch://host", "-o", "out.zst"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("nosuch"), "{ended:?}");
}

#[test]
fn the_screen_needs_a_terminal() {
    let home = Home::new();
    let ended = run(&home, &["demo"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("terminal") && ended.err.contains("spantail record"), "{ended:?}");
}

#[test]
fn a_config_is_written_once_found_and_checked() {
    let home = Home::new();
    let path = run(&home, &["config", "path"]).out;
    let path = path.trim_end();
    assert!(path.starts_with(home.folder().to_str().unwrap()), "{path}");
    assert_eq!(run(&home, &["config", "init"]).out, format!("wrote {path}\n"));
    let again = run(&home, &["config", "init"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("there already"), "{again:?}");
    let checked = run(&home, &["config", "check"]);
    assert_eq!((checked.code, &*checked.err), (Some(0), ""), "what `init` writes is right: {checked:?}");
    assert!(
        checked.out.contains("ingest.memory") && checked.out.contains(path),
        "every setting with where it came from"
    );
}

#[test]
fn a_wrong_key_is_named_with_its_place_and_the_right_one() {
    let home = Home::new();
    fs::write(home.path("bad.toml"), "[ui]\ntheme = \"dark\"\n[ingest]\nbufer_size = 10\n").unwrap();
    for args in [&["config", "check", "--config", "bad.toml"][..], &["record", "x", "-o", "y", "--config", "bad.toml"]]
    {
        let ended = run(&home, args);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains("bad.toml:4:1:"), "{ended:?}");
        assert!(ended.err.contains("`bufer_size`; did you mean `buffer_size`?"), "{ended:?}");
    }
    assert!(!home.path("y").exists(), "nothing is begun with a wrong config");
}

#[test]
fn rules_are_checked_by_their_examples_and_a_broken_one_is_told_at_every_start() {
    let home = Home::new();
    fs::create_dir_all(home.path("rules")).unwrap();
    let rule = |pattern: &str| {
        format!(
            "[[rule]]\nname = \"paid\"\npattern = '{pattern}'\nexamples = [{{ line = \"paid 7\", fields = {{ amount = 7 }} }}]\n"
        )
    };
    fs::write(home.path("my.toml"), "").unwrap();
    let check = || run(&home, &["config", "check", "--config", "my.toml"]);
    fs::write(home.path("rules/own.toml"), rule("paid (?<amount>\\d+)")).unwrap();
    let right = check();
    assert_eq!((right.code, &*right.err), (Some(0), ""), "{right:?}");
    fs::write(home.path("app.log"), "it was paid 7\nconnect: connection refused\n").unwrap();
    let stream =
        ["stream", "app.log", "--config", "my.toml", "--output", "jsonl", "--filter", "amount:>5 OR level:error"];
    let found = run(&home, &stream);
    let lines: Vec<&str> = found.out.lines().collect();
    assert_eq!(lines.len(), 2, "{found:?}");
    assert!(lines[0].contains(r#""attributes":{"amount":7,"rule":"paid"}"#), "{found:?}");
    assert!(lines[1].contains(r#""error.family":"connection-refused""#), "{found:?}");

    fs::write(home.path("rules/own.toml"), rule("paid (?<amount>\\w)")).unwrap();
    assert_eq!(check().code, Some(0));
    fs::write(home.path("rules/own.toml"), rule("spent (?<amount>\\d+)")).unwrap();
    let wrong = check();
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.err.contains("own.toml:4:13: rule `paid` does not match its example: paid 7"), "{wrong:?}");

    fs::write(home.path("rules/own.toml"), rule("paid (?<amount>")).unwrap();
    for args in [&["config", "check", "--config", "my.toml"][..], &stream] {
        let broken = run(&home, args);
        assert_eq!(broken.code, Some(1), "{broken:?}");
        assert!(broken.err.contains("own.toml:3:11: rule `paid`: regex parse error"), "{broken:?}");
        assert!(broken.err.contains("\n         ^"), "a caret under the mistake: {broken:?}");
    }
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let home = Home::new();
    for args in [&["config", "check"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(home.folder()).env_clear().envs(home.environment());
        let ended = command.stdin(Stdio::null()).stdout(writer).output().unwrap();
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]), "{args:?}");
    }
}
