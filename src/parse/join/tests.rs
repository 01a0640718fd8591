//! Stack traces of every run time, the events that other collectors make, and the laws of joining.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn records_of(rule: &JoinRule, text: &str) -> Vec<String> {
    let mut records = Vec::new();
    for_each_record(text.as_bytes(), &mut Joiner::new(rule), &mut |range| {
        records.push(text.get(range).unwrap_or_default().to_owned());
    });
    records
}

fn records(text: &str) -> Vec<String> {
    records_of(&JoinRule::Auto, text)
}

macro_rules! traces {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../tests/fixtures/joining/", $name)))),*]
    };
}

#[test]
fn the_stack_trace_of_every_run_time_is_one_record() {
    let traces = traces![
        "detectexc_client_js_exc.txt",
        "detectexc_complex_java_exc.txt",
        "detectexc_csharp_async_exc.txt",
        "detectexc_csharp_exc.txt",
        "detectexc_csharp_nested_exc.txt",
        "detectexc_dart_async_err.txt",
        "detectexc_dart_exc.txt",
        "detectexc_go_exc.txt",
        "detectexc_go_http.txt",
        "detectexc_go_on_gae_exc.txt",
        "detectexc_go_signal_exc.txt",
        "detectexc_java_exc_part1.txt",
        "detectexc_nested_java_exc.txt",
        "detectexc_node_js_exc.txt",
        "detectexc_php_exc.txt",
        "detectexc_php_on_gae_exc.txt",
        "detectexc_python_exc.txt",
        "detectexc_ruby_exc.txt",
        "detectexc_rails_exc.txt",
        "detectexc_v8_js_exc.txt",
        "rust_panic_short_backtrace_old_style.stderr",
    ];
    for (name, trace) in traces {
        let trace = trace.trim_end_matches('\n');
        for (before, after) in
            [("some text", "other text"), ("2026-03-01 10:00:00 INFO a", "2026-03-01 10:00:01 INFO b")]
        {
            let found = records(&format!("{before}\n{trace}\n{after}\n"));
            assert_eq!(found.last().map(String::as_str), Some(&*format!("{after}\n")), "behind {name}");
            // Below a logger's line a trace belongs to it, where nothing tells that it does not.
            let whole: String = found[..found.len() - 1].concat();
            assert_eq!(whole, format!("{before}\n{trace}\n"));
            assert!(found.len() <= 3, "{name} after {before}: {found:#?}");
            assert!(before.starts_with("2026") || found.len() == 3, "{name} joined to a text: {found:#?}");
        }
    }
}

#[test]
fn two_parts_of_one_trace_are_one_record() {
    let parts = traces!["detectexc_java_exc_part1.txt", "detectexc_java_exc_part2.txt"];
    assert_eq!(records(&parts.map(|(_, part)| part).concat()).len(), 1);
}

#[test]
fn slow_queries_are_records_even_where_one_has_no_time() {
    let first =
        "# Time: 170213 16:00:33\n# User@Host: a[a] @ b []\n# Query_time: 2.5\nSET timestamp=1;\nSELECT *\nFROM t;\n";
    let second = "# User@Host: a[a] @ b []\n# Query_time: 3.5\nSET timestamp=1;\nDELETE FROM t;\n";
    assert_eq!(records(&[first, second, first].concat()), [first, second, first]);
}

#[test]
fn tracebacks_in_a_row_are_records_of_their_own() {
    let trace = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x\n";
    assert_eq!(records(&trace.repeat(2)), [trace, trace]);
    assert_eq!(records(&format!("{trace}\n{trace}")).len(), 1, "an empty line stands within a chain");
}

#[test]
fn panics_in_a_row_are_records_of_their_own() {
    let [(_, cleanup), (_, ffi)] = traces!["rust_panic_in_cleanup.stderr", "rust_panic_in_ffi.stderr"];
    let heads = |text: &str| records(text).iter().filter(|record| record.starts_with("thread '")).count();
    assert_eq!((heads(cleanup), records(cleanup).len()), (3, 3));
    assert_eq!(heads(ffi), 2);
}

#[test]
fn plain_text_is_left_alone() {
    let [(_, prose)] = traces!["detectexc_arbitrary_text.txt"];
    let yaml = "name: x\nspec:\n  replicas: 2\n  template:\n    metadata: {}\n\nend\n";
    let code = "fn main() {\n    body();\n}\n";
    for text in [prose, yaml, code, "\n\n\n", "one\ntwo\n"] {
        assert_eq!(records(text).len(), text.lines().count(), "{text}");
    }
}

#[test]
fn the_events_of_other_collectors_are_found() {
    let samples = traces![
        "fluentbit_elastic.json",
        "fluentbit_endswith.json",
        "fluentbit_go.json",
        "fluentbit_java.json",
        "fluentbit_python.json",
        "fluentbit_ruby.json",
    ];
    for (name, sample) in samples {
        let (text, expected) = lines_and_events(sample);
        let found: Vec<String> = records(&text).iter().map(|record| record.trim_end().to_owned()).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn pieces_of_a_containers_line_are_joined() {
    let samples = traces!["fluentbit_cri.json", "fluentbit_docker.json", "fluentbit_docker_cri_chain.json"];
    for (name, sample) in samples {
        let (text, expected) = lines_and_events(sample);
        assert_eq!(records(&text).len(), expected.len(), "{name}: {:#?}", records(&text));
    }
}

/// The input lines as a text, and the expected events without line ends behind them.
fn lines_and_events(sample: &str) -> (String, Vec<String>) {
    let sample: Value = serde_json::from_str(sample).unwrap();
    let strings = |key: &str| -> Vec<String> {
        let list = sample[key].as_array().unwrap();
        list.iter().map(|text| text.as_str().unwrap().trim_end_matches('\n').replace('\n', "\\n")).collect()
    };
    let expected = sample["expected_events"].as_array().unwrap();
    let expected = expected.iter().map(|event| event.as_str().unwrap().trim_end().to_owned()).collect();
    (strings("input_lines").join("\n") + "\n", expected)
}

#[test]
fn a_record_begins_as_the_source_says() {
    let rule = "^\\[DEBUG\\]".parse().unwrap();
    let text = "[DEBUG] 1 start\n1 cont A\n[DEBUG] 2 start\n2 cont B\n";
    assert_eq!(records_of(&rule, text), ["[DEBUG] 1 start\n1 cont A\n", "[DEBUG] 2 start\n2 cont B\n"]);
    let trace = "Traceback (most recent call last):\n  File \"a\"\nE: x\n";
    assert_eq!(records_of(&"off".parse().unwrap(), trace).len(), 3);
    assert_eq!(records_of(&"auto".parse().unwrap(), trace).len(), 1);
    assert!("[".parse::<JoinRule>().is_err());
}

#[test]
fn what_belongs_to_a_loggers_line_goes_on_with_it() {
    let cases = [
        // The exception and the causes below the message.
        "2026-03-01 10:00:00,123 [main] ERROR a.B - failed\njava.lang.IllegalStateException: x\n\tat a.B.c(B.java:1)\n\
         Caused by: java.io.IOException: y\n\t... 3 more\n",
        "Mar  1 10:00:00 host app[1]: failed\n\tdetail one\n\tdetail two\n",
        // Python's chain of exceptions, with the empty lines between.
        "ERROR:root:failed\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: x\n\n\
         During handling of the above exception, another exception occurred:\n\n\
         Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nKeyError: 'y'\n",
        "2026/03/01 10:00:00 http: panic serving 1.2.3.4:5: oh\ngoroutine 7 [running]:\nnet/http.(*conn).serve(0xc0)\n\
         \t/usr/x.go:1 +0x1\nmain.main()\n\t/usr/y.go:2 +0x2\ncreated by net/http.(*Server).Serve\n\t/usr/z.go:3\n",
        // A body that is indented, and its closing brace.
        "2026-03-01 10:00:00 INFO answer {\n  \"a\": 1\n}\n",
        "Mar 01, 2026 10:00:00 AM com.example.Main run\nSEVERE: it failed\njava.lang.RuntimeException: x\n\tat a.B.c(B.java:1)\n",
        "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://localhost:5000\n",
        "/app/server.js:12\n    throw new Error('x')\n    ^\n\nError: x\n    at f (/app/server.js:12:9)\n\nNode.js v20.1.0\n",
        "thread 'main' panicked at src/main.rs:2:5:\nexplicit panic\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
        "# Time: 2026-03-01T10:00:00.1Z\n# User@Host: a[b] @ localhost []  Id: 1\n# Query_time: 2.0  Lock_time: 0.0\n\
         SET timestamp=1;\nselect 1\nfrom dual;\n",
        "run a \\\nwith b\n",
        "\u{1b}[31m2026-03-01 10:00:00 ERROR\u{1b}[0m x\n\u{1b}[31m\tat a.B.c(B.java:1)\u{1b}[0m\n",
        r#"{"log":"\u001b[31m2026-03-01 10:00:00 ERROR\u001b[0m x\n","stream":"stdout","time":"2026-03-01T10:00:00Z"}
{"log":"\u001b[31m\tat a.B.c(B.java:1)\u001b[0m\n","stream":"stdout","time":"2026-03-01T10:00:00Z"}
"#,
    ];
    for text in cases {
        assert_eq!(records(text), [text], "{text}");
        assert_eq!(records(&text.repeat(2)), [text, text], "twice");
    }
}

#[test]
fn a_line_with_a_time_begins_a_record_whatever_is_open() {
    let open = "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n";
    for start in [
        "2026-03-01 10:00:00 x",
        "[2026-03-01T10:00:00Z INFO a] x",
        "<34>Mar  1 10:00:00 host x",
        "<34>1 2026-03-01T10:00:00Z host x",
        "Mar  1 10:00:00 host x",
        "I0301 10:00:00.1 1 a.go:1] x",
        "I, [2026-03-01T10:00:00 #1]  INFO -- : x",
        "{\"level\":\"info\"}",
        "ts=1 level=info",
        "[Sun Mar 01 10:00:00 2026] [error] x",
    ] {
        assert!(is_start(start.as_bytes()), "{start}");
        assert_eq!(records(&format!("{open}{start}\n")), [open.to_owned(), format!("{start}\n")]);
    }
    for no_start in ["", "\tat a", "Caused by: x", "ValueError: x", "{", "}", "main.main()", " 2026-03-01 10:00:00 x"] {
        assert!(!is_start(no_start.as_bytes()), "{no_start}");
    }
}

#[test]
fn lines_of_different_streams_of_a_container_do_not_join() {
    let at = "2026-03-01T10:00:00.000000000Z";
    let text = format!("{at} stderr F Exception: x\n{at} stdout F   at rest\n{at} stderr F   at a.b (c:1)\n");
    assert_eq!(records(&text).len(), 3);
    let text = format!("{at} stderr F java.lang.Exception: x\n{at} stderr F \tat a.b(C.java:1)\n{at} stdout F ok\n");
    assert_eq!(records(&text).len(), 2);
    let docker = r#"{"log":"java.lang.Exception: x\n","stream":"stderr","time":"2026-03-01T10:00:00Z"}
{"log":"\tat a.b(C.java:1)\r\n","stream":"stderr","time":"2026-03-01T10:00:00Z"}
{"log":"Caused by: y\n","stream":"stderr","time":"2026-03-01T10:00:00Z"}
{"log":"next\n","stream":"stderr","time":"2026-03-01T10:00:00Z"}
"#;
    assert_eq!(records(docker).len(), 2);
}

#[test]
fn records_are_bounded() {
    let head = "2026-03-01 10:00:00 ERROR x\n";
    let lines = format!("{head}{}", "\tat a.b(C.java:1)\n".repeat(2500));
    let found: Vec<usize> = records(&lines).iter().map(|record| record.lines().count()).collect();
    assert_eq!(found, [1000, 1000, 501]);
    let wide = format!("{head}{}", format!("\tat {}(x)\n", "a".repeat(1 << 18)).repeat(9));
    assert!(records(&wide).iter().all(|record| record.len() <= MAX_RECORD_BYTES));
}

#[test]
fn only_what_may_go_on_is_waited_for() {
    let waits = |line: &str| {
        let mut joiner = Joiner::new(&JoinRule::Auto);
        joiner.continues(line.as_bytes());
        joiner.outlook() == Outlook::Likely
    };
    for line in
        ["2026-03-01 10:00:00 ERROR x", "java.lang.Exception: x", "panic: x", "a \\", "2026-03-01 10:00:00 INFO a:"]
    {
        assert!(waits(line), "{line}");
    }
    for line in ["2026-03-01 10:00:00 INFO x", "text", "{\"level\":\"info\"}", ""] {
        assert!(!waits(line), "{line}");
    }
    let mut joiner = Joiner::new(&JoinRule::Auto);
    for line in ["2026-03-01 10:00:00 INFO x", "  more", "2026-03-01 10:00:01 INFO y"] {
        joiner.continues(line.as_bytes());
    }
    assert_eq!(joiner.outlook(), Outlook::Likely, "others had several lines");
}

/// Lines that joining has an opinion on.
const LINES: [&str; 22] = [
    "2026-03-01 10:00:00 ERROR x",
    "2026-03-01 10:00:00 INFO Traceback (most recent call last):",
    "Traceback (most recent call last):",
    "  File \"a.py\", line 1, in f",
    "ValueError: x",
    "",
    "panic: x",
    "goroutine 1 [running]:",
    "main.main()",
    "\t/a.go:1 +0x1",
    "java.lang.RuntimeException: x",
    "\tat a.B.c(B.java:1)",
    "Caused by: y",
    "thread 'main' panicked at a.rs:1:2:",
    "text",
    "text \\",
    "/app/a.js:12",
    "# Time: 1",
    "{\"level\":\"info\"}",
    "2026-03-01T10:00:00.000000000Z stderr P a",
    "2026-03-01T10:00:00.000000000Z stderr F   b",
    "}",
];

proptest! {
    #[test]
    fn a_text_gives_the_same_records_from_any_of_them_on(lines in proptest::collection::vec(0..LINES.len(), 1..40)) {
        let text: String = lines.iter().flat_map(|at| [LINES[*at], "\n"]).collect();
        let all = records(&text);
        prop_assert_eq!(all.concat(), text);
        for from in 0..all.len() {
            let rest = all[from..].concat();
            prop_assert_eq!(&records(&rest), &all[from..]);
        }
    }

    #[test]
    fn a_start_is_never_joined_but_to_a_piece(lines in proptest::collection::vec(0..LINES.len(), 1..40)) {
        let mut joiner = Joiner::new(&JoinRule::Auto);
        let mut before = "";
        for line in lines.iter().map(|at| LINES[*at]) {
            let goes_on = joiner.continues(line.as_bytes());
            prop_assert!(!(goes_on && is_start(line.as_bytes())) || Shape::of(before.as_bytes()).is_piece);
            before = line;
        }
    }

    #[test]
    fn no_bytes_panic_and_none_is_lost(text in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut end = 0;
        for_each_record(&text, &mut Joiner::new(&JoinRule::Auto), &mut |range| {
            assert_eq!(range.start, end);
            end = range.end;
        });
        prop_assert_eq!(end, text.len());
    }
}
