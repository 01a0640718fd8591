//! `spantail stream` as scripts and people use it: what it prints, where, and the codes it ends with.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files are missing")]

#[path = "support/headless.rs"]
mod headless;
#[path = "support/home.rs"]
mod home;

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Command, Output, Stdio};

use headless::{Ended, Headless, wait_until};
use home::{Home, PROGRAM};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

const JSON: &str = r#"{"time":"2025-12-24T10:30:45.5Z","level":"error","service":"pay","msg":"card \"x\" declined","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","amount":1.5,"user":{"id":7,"tags":["a",null]}}"#;
const LOGFMT: &str = r#"ts=2025-12-24T10:30:46Z level=warn service=cart msg="slow query" rows=12"#;
const PYTHON: &str = "2025-12-24 10:30:47 - backend.app.main - INFO - [trace_id=0af7651916cd43dd8448eb211c80319c] [span_id=b7ad6b7169203331] - Request processed";
const TEXT: &str = "anything else";

fn lines() -> String {
    [JSON, LOGFMT, PYTHON, TEXT, ""].join("\n")
}

fn numbers(to: u32) -> String {
    (1..=to).map(|n| format!("line {n}")).chain([String::new()]).collect::<Vec<_>>().join("\n")
}

fn run(home: &Home, args: &[&str]) -> Ended {
    Headless::start(home, args, "").wait()
}

/// A home with the lines of every format in `in.log`.
fn with_lines() -> Home {
    let home = Home::new();
    fs::write(home.path("in.log"), lines()).unwrap();
    home
}

fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).current_dir(home.folder()).env_clear().envs(home.environment());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it writes on a terminal.
fn on_a_terminal(home: &Home, args: &[&str]) -> String {
    let pair = native_pty_system().openpty(PtySize { rows: 24, cols: 80, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(args);
    command.cwd(home.folder());
    command.env_clear();
    for (name, value) in home.environment() {
        command.env(name, value);
    }
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    drop(pair.slave);
    let mut written = Vec::new();
    // At the end of the program the terminal is gone, which some systems call an error.
    let _end = reader.read_to_end(&mut written);
    assert!(child.wait().unwrap().success());
    String::from_utf8(written).unwrap()
}

const STACK: &str = "2025-12-24 10:30:48,001 [main] ERROR shop.Cart - no stock\njava.lang.IllegalStateException: empty\n\tat shop.Cart.add(Cart.java:7)\nCaused by: java.io.IOException: refused\n2025-12-24 10:30:49,002 [main] INFO shop.Cart - next\n";

#[test]
fn a_stack_trace_is_one_record_and_printed_whole() {
    let home = Home::new();
    fs::write(home.path("app.log"), STACK).unwrap();
    let out = |args: &[&str]| {
        let ended = run(&home, &[&["stream", "app.log"], args].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.out
    };
    // Found by its last line, printed from its first.
    let trace = STACK.split_inclusive('\n').take(4).collect::<String>();
    assert_eq!(out(&["--filter", "refused"]), trace);
    assert_eq!(
        out(&["--filter", "level:error", "--prefix", "always"]),
        trace.replace('\n', "\napp.log: ").strip_suffix("app.log: ").map(|text| format!("app.log: {text}")).unwrap()
    );
    assert_eq!(out(&["--count"]), "2\n");
    assert_eq!(out(&["--count", "--join", "off"]), "5\n");
    assert_eq!(out(&["--count", "--join", "^\\d{4}-"]), "2\n");
    let object: Value = serde_json::from_str(&out(&["--filter", "refused", "--output", "jsonl"])).unwrap();
    assert_eq!(object["raw"], trace.trim_end());
    assert_eq!(object["severity"], "error");
}

#[test]
fn a_format_and_a_join_rule_that_are_none_are_refused() {
    let home = with_lines();
    for (args, why) in [(["--format", "jsn"], "did you mean `json`?"), (["--join", "("], "unclosed group")] {
        let ended = run(&home, &["stream", "in.log", args[0], args[1]]);
        assert!(ended.code != Some(0) && ended.err.contains(why) && ended.err.contains("in.log"), "{ended:?}");
    }
}

#[test]
fn lines_come_as_they_are_and_the_figures_on_stderr() {
    let home = with_lines();
    let ended = run(&home, &["stream", "in.log"]);
    assert_eq!((ended.code, &*ended.out), (Some(0), &*lines()), "{ended:?}");
    assert_eq!(ended.err, "received 4  stored 4  rate-limited 0  dropped 0  rejected 0\n");
}

#[test]
fn pipes_and_compressed_files_are_read_to_their_end() {
    let home = Home::new();
    for args in [&["stream"][..], &["stream", "-"], &["stream", "--no-follow", "-"]] {
        let ended = Headless::start(&home, args, &lines()).wait();
        assert_eq!((ended.code, &*ended.out), (Some(0), &*lines()), "{args:?}: {ended:?}");
    }
    let mut packed =
        flate2::write::GzEncoder::new(File::create(home.path("in.gz")).unwrap(), flate2::Compression::fast());
    packed.write_all(lines().as_bytes()).unwrap();
    packed.finish().unwrap();
    let ended = run(&home, &["stream", "in.gz"]);
    assert_eq!((ended.code, &*ended.out), (Some(0), &*lines()), "{ended:?}");
}

#[test]
fn fields_that_a_format_names_are_filtered_by() {
    const FAILED: &str = r#"192.0.2.7 - - [24/Dec/2025:10:30:45 +0000] "GET /cart?id=7 HTTP/1.1" 503 12"#;
    const SERVED: &str = r#"192.0.2.8 - - [24/Dec/2025:10:30:46 +0000] "POST /pay HTTP/1.1" 201 512"#;
    const LOGIN: &str = "<38>Dec 24 10:30:47 web-1 sshd[634]: Accepted publickey";
    let home = Home::new();
    fs::write(home.path("in.log"), [FAILED, SERVED, LOGIN, ""].join("\n")).unwrap();
    for (filter, expected) in [
        ("http.response.status_code:>=500", vec![FAILED]),
        ("http.response.status_code:201", vec![SERVED]),
        ("http.request.method:*", vec![FAILED, SERVED]),
        ("level:error", vec![FAILED]),
        ("syslog.facility:auth", vec![LOGIN]),
        ("syslog.facility:auth* process.pid:634 host.name:web-1", vec![LOGIN]),
        ("NOT client.address:*", vec![LOGIN]),
        ("-client.address:*", vec![LOGIN]),
        ("syslog.facility:mail", vec![]),
    ] {
        let ended = run(&home, &["stream", "in.log", "--filter", filter]);
        assert_eq!(ended.out.lines().collect::<Vec<_>>(), expected, "{filter}: {ended:?}");
    }
}

#[test]
fn filters_choose_lines_and_the_matches_are_counted() {
    let home = with_lines();
    for (args, expected) in [
        (&["--filter", "declined"][..], vec![JSON]),
        (&["--filter", "rows:>10 OR else"], vec![LOGFMT, TEXT]),
        (&["--filter", "rows:>10 OR declined", "--level", "error"], vec![JSON]),
        (&["--level", "warn"], vec![JSON, LOGFMT]),
        (&["--service", "pay,backend.app.main"], vec![JSON, PYTHON]),
        (&["--since", "2025-12-24T10:30:46Z", "--until", "2025-12-24T10:30:46Z"], vec![LOGFMT]),
        (&["--until", "2025-12-24T10:30:45.6Z"], vec![JSON]),
        (&["--filter", "absent"], vec![]),
    ] {
        let ended = run(&home, &[&["stream", "in.log"], args].concat());
        let got: Vec<&str> = ended.out.lines().collect();
        assert_eq!((ended.code, &got), (Some(0), &expected), "{args:?}: {ended:?}");
        assert!(ended.err.contains(&format!("  matched {}\n", expected.len())), "{args:?}: {ended:?}");
        let counted = run(&home, &[&["stream", "in.log", "-c"], args].concat());
        assert_eq!(counted.out, format!("{}\n", expected.len()), "{args:?}");
    }
    assert_eq!(run(&home, &["stream", "in.log", "-c", "-o", "json"]).out, "{\"count\":4}\n");
}

#[test]
fn lines_around_matches_are_printed_in_groups() {
    let home = Home::new();
    fs::write(home.path("n.log"), numbers(20)).unwrap();
    let around = |args: &[&str]| {
        let ended = run(&home, &[&["stream", "n.log", "--filter", r"/line (5|8|17)$/"], args].concat());
        ended.out.lines().map(|line| line.trim_start_matches("line ").to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(around(&[]), "5 8 17");
    assert_eq!(around(&["-C", "1"]), "4 5 6 7 8 9 -- 16 17 18");
    assert_eq!(around(&["-A", "1"]), "5 6 -- 8 9 -- 17 18");
    assert_eq!(around(&["-B", "2"]), "3 4 5 6 7 8 -- 15 16 17");
    assert_eq!(around(&["-C", "9"]), (1..=20).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    assert_eq!(around(&["-C", "1", "-A", "0"]), "4 5 -- 7 8 -- 16 17");

    let ended = run(&home, &["stream", "n.log", "--filter", "\"line 5\"", "-C", "1", "-o", "jsonl"]);
    let objects: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let marked: Vec<_> = objects.iter().map(|object| (&object["raw"], &object["context"])).collect();
    let (yes, no) = (json!(true), Value::Null);
    assert_eq!(marked, [(&json!("line 4"), &yes), (&json!("line 5"), &no), (&json!("line 6"), &yes)]);
}

#[test]
fn every_format_becomes_the_same_object() {
    let home = with_lines();
    let ended = run(&home, &["stream", "in.log", "--output", "jsonl"]);
    let objects: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        json!({
            "time": "2025-12-24T10:30:45.500000000Z", "severity": "error", "severity_number": 17,
            "body": "card \"x\" declined", "service": "pay", "source": "in.log", "trace_id": TRACE, "span_id": SPAN,
            "attributes": {"amount": 1.5, "user": {"id": 7, "tags": ["a", null]}}, "raw": JSON,
        }),
        json!({
            "time": "2025-12-24T10:30:46.000000000Z", "severity": "warn", "severity_number": 13,
            "body": "slow query", "service": "cart", "source": "in.log", "attributes": {"rows": 12}, "raw": LOGFMT,
        }),
        json!({
            "time": "2025-12-24T10:30:47.000000000Z", "severity": "info", "severity_number": 9,
            "body": "Request processed", "service": "backend.app.main", "source": "in.log",
            "trace_id": TRACE, "span_id": SPAN, "raw": PYTHON,
        }),
        json!({"time": "2025-12-24T10:30:47.000000000Z", "body": TEXT, "source": "in.log", "raw": TEXT}),
    ];
    assert_eq!(objects, expected);
    let ended = run(&home, &["stream", "in.log", "--output", "json"]);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&ended.out).unwrap(), expected);
    assert_eq!(run(&home, &["stream", "in.log", "-o", "json", "--filter", "absent"]).out, "[]\n");
}

#[test]
fn structured_records_keep_their_fields() {
    let home = Home::new();
    let request = json!({"resourceLogs": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "pay"}},
            {"key": "host.name", "value": {"stringValue": "h1"}},
        ]},
        "scopeLogs": [{"scope": {"name": "lib"}, "logRecords": [
            {
                "timeUnixNano": "1766572245000000001", "observedTimeUnixNano": "1766572246000000000",
                "severityNumber": 18, "severityText": "CRIT", "body": {"stringValue": "declined"},
                "attributes": [{"key": "n", "value": {"intValue": "7"}}], "traceId": TRACE, "spanId": SPAN,
            },
            {"timeUnixNano": "1766572247000000000", "body": {"kvlistValue": {"values": [
                {"key": "a", "value": {"boolValue": true}},
            ]}}},
        ]}],
    }]});
    fs::write(home.path("otlp.jsonl"), format!("{request}\n")).unwrap();
    let ended = run(&home, &["stream", "otlp.jsonl", "-o", "jsonl"]);
    let objects: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let resource = json!({"service.name": "pay", "host.name": "h1"});
    let expected = [
        json!({
            "time": "2025-12-24T10:30:45.000000001Z", "observed_time": "2025-12-24T10:30:46.000000000Z",
            "severity": "error", "severity_number": 18, "body": "declined", "service": "pay", "source": "otlp.jsonl",
            "trace_id": TRACE, "span_id": SPAN, "attributes": {"n": 7}, "severity_text": "CRIT",
            "resource": resource, "scope": "lib",
        }),
        json!({
            "time": "2025-12-24T10:30:47.000000000Z", "body": {"a": true}, "service": "pay", "source": "otlp.jsonl",
            "resource": resource, "scope": "lib",
        }),
    ];
    assert_eq!(objects, expected, "{ended:?}");
    let text = run(&home, &["stream", "otlp.jsonl"]).out;
    assert_eq!(text, "2025-12-24T10:30:45.000Z ERROR pay declined\n2025-12-24T10:30:47.000Z pay {\"a\":true}\n");
}

#[test]
fn several_sources_are_told_apart() {
    let home = Home::new();
    fs::write(home.path("a.log"), "2025-12-24T10:00:00Z one\n2025-12-24T10:00:02Z three\n").unwrap();
    fs::write(home.path("b.log"), "2025-12-24T10:00:01Z two\n").unwrap();
    let both = "a.log: 2025-12-24T10:00:00Z one\nb.log: 2025-12-24T10:00:01Z two\na.log: 2025-12-24T10:00:02Z three\n";
    for args in [&["stream", "a.log", "b.log"][..], &["stream", "*.log"]] {
        assert_eq!(run(&home, args).out, both, "{args:?}");
    }
    let plain = both.replace("a.log: ", "").replace("b.log: ", "");
    assert_eq!(run(&home, &["stream", "a.log", "b.log", "--prefix", "never"]).out, plain);
    assert_eq!(run(&home, &["stream", "b.log", "--prefix", "always"]).out, "b.log: 2025-12-24T10:00:01Z two\n");
}

#[test]
fn hostile_bytes_pass_a_pipe_unchanged_and_no_terminal() {
    let home = Home::new();
    let hostile = b"\x1b]0;owned\x07 \xc2\x9b31m \xff\x00 \xe2\x80\xaeabc\r\n".as_slice();
    fs::write(home.path("in.log"), hostile).unwrap();
    let Output { stdout, .. } = command(&home, &["stream", "in.log"]).output().unwrap();
    assert_eq!(stdout, hostile.strip_suffix(b"\r\n").map(|line| [line, b"\n"].concat()).unwrap());
    for args in [&["stream", "in.log", "--color", "never"][..], &["stream", "in.log", "-o", "jsonl"]] {
        let seen = on_a_terminal(&home, args);
        let acting: Vec<char> =
            seen.chars().filter(|c| (c.is_control() && !"\r\n".contains(*c)) || *c == '\u{202e}').collect();
        assert_eq!(acting, [], "{seen:?}");
        assert!(seen.contains("abc"), "{seen:?}");
    }
}

#[test]
fn of_a_lines_own_sequences_only_the_colours_reach_a_terminal() {
    let home = Home::new();
    fs::write(home.path("in.log"), "\x1b[2J\x1b[31mred\x1b[0m pho\x1b[1mne\x1b[m\x1b]0;title\x07\n").unwrap();
    let coloured = run(&home, &["stream", "in.log", "--color", "always"]).out;
    assert_eq!(coloured, "\x1b[31mred\x1b[0m pho\x1b[1mne\x1b[0m\n");
    let found = run(&home, &["stream", "in.log", "--color", "always", "--filter", "\"red phone\""]).out;
    assert!(found.contains("red") && !found.contains("title"), "{found:?}");
    assert!(on_a_terminal(&home, &["stream", "in.log", "--no-color"]).contains("red phone"));
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let home = with_lines();
    assert!(on_a_terminal(&home, &["stream", "in.log"]).contains("\x1b["));
    for args in [&["stream", "in.log", "--no-color"][..], &["stream", "in.log", "--color", "never"]] {
        assert!(!on_a_terminal(&home, args).contains("\x1b["), "{args:?}");
    }
    assert!(run(&home, &["stream", "in.log", "--color", "always", "--filter", "slow"]).out.contains("\x1b["));
}

#[test]
fn a_wrong_query_is_bad_usage_with_a_caret_under_it() {
    let home = with_lines();
    let ended = run(&home, &["stream", "in.log", "--filter", "a level:bogus"]);
    assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains("column 9: 'bogus' is no level"), "{ended:?}");
    assert!(ended.err.ends_with("\n  a level:bogus\n          ^^^^^\n"), "{ended:?}");
    for args in [&["--level", "loud"][..], &["--since", "soon"], &["--until", "soon"], &["--output", "xml"]] {
        let ended = run(&home, &[&["stream", "in.log"], args].concat());
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{args:?}: {ended:?}");
        assert!(ended.err.contains(args[1]), "{args:?}: {ended:?}");
    }
    assert!(run(&home, &["stream", "in.log", "--level", "loud"]).err.contains("warn, error, fatal"));
}

#[test]
fn a_missing_file_is_a_failure_and_the_others_are_read() {
    let home = with_lines();
    let ended = run(&home, &["stream", "absent.log", "in.log", "--prefix", "never"]);
    assert_eq!((ended.code, &*ended.out), (Some(1), &*lines()), "{ended:?}");
    assert!(ended.err.contains("absent.log: ") && ended.err.contains("no such file"), "{ended:?}");
}

#[test]
fn a_reader_that_has_enough_is_a_normal_end() {
    let home = Home::new();
    fs::write(home.path("n.log"), numbers(50_000)).unwrap();
    let mut child = command(&home, &["stream", "n.log"]).spawn().unwrap();
    let mut first = [0; 7];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((first, ended.status.code(), &*ended.stderr), (*b"line 1\n", Some(0), &b""[..]));
}

#[test]
fn a_followed_file_is_printed_as_it_grows_until_a_signal() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let home = Home::new();
        fs::write(home.path("in.log"), "before\n").unwrap();
        let out = File::create(home.path("out")).unwrap();
        let args = ["stream", "in.log", "--follow", "--from-start"];
        let child = command(&home, &args).stdout(out).spawn().unwrap();
        let printed = |text: &str| fs::read_to_string(home.path("out")).unwrap() == text;
        wait_until("what was there", || printed("before\n"));
        let mut file = OpenOptions::new().append(true).open(home.path("in.log")).unwrap();
        file.write_all(b"after\n").unwrap();
        wait_until("what was appended", || printed("before\nafter\n"));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{told}");
        assert!(told.starts_with("received 2  stored 2"), "{told}");
    }
}

#[test]
fn a_stuck_reader_keeps_no_signal_waiting() {
    let home = Home::new();
    fs::write(home.path("n.log"), numbers(50_000)).unwrap();
    // Nobody reads the pipe, and there is more than fits into it.
    let mut child = command(&home, &["stream", "n.log"]).spawn().unwrap();
    let mut first = [0; 7];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_is_over_the_rate_is_told_where_it_is_missing_and_at_the_end() {
    let home = Home::new();
    let args = ["stream", "demo:?rate=2000", "--max-lines-per-second", "100", "-o", "jsonl"];
    let out = File::create(home.path("out")).unwrap();
    let child = command(&home, &args).stdout(out).spawn().unwrap();
    wait_until("a loss", || fs::read_to_string(home.path("out")).unwrap().contains("{\"loss\":"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{told}");
    let out = fs::read_to_string(home.path("out")).unwrap();
    let objects = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let losses: Vec<Value> = objects.filter(|object| object.get("loss").is_some()).collect();
    let lost: u64 = losses.iter().filter_map(|object| object["loss"]["count"].as_u64()).sum();
    assert_eq!(losses[0]["loss"]["reason"], "rate limit");
    assert_eq!(losses[0]["source"], "shop demo");
    let figure = |name: &str| -> u64 {
        let words: Vec<&str> = told.split_whitespace().collect();
        let at = words.iter().position(|word| *word == name).unwrap();
        words[at + 1].replace(',', "").parse().unwrap()
    };
    assert_eq!(figure("rate-limited"), lost, "{told}");
    assert_eq!(figure("received"), figure("stored") + lost, "{told}");
}
