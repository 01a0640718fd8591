//! `spantail traces`: traces found in files and backends, put together, printed for people and for scripts.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are wrong")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// A trace of two services, a call of which failed, as OTLP; the time is that of the file.
const FILE: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"POST /pay","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001500000000"}]}]},{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bank"}}]},"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b8","parentSpanId":"00f067aa0ba902b7","name":"charge","kind":3,"startTimeUnixNano":"1700000000100000000","endTimeUnixNano":"1700000001400000000","attributes":[{"key":"card","value":{"stringValue":"visa"}}],"status":{"code":2,"message":"refused"}}]}]}]}
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b9","name":"GET /cart","kind":2,"startTimeUnixNano":"1700000002000000000","endTimeUnixNano":"1700000002001000000"}]}]}]}
"#;

/// What a Jaeger knows of the first trace beside: a span that is not in the file.
const JAEGER: &str = r#"{"data":[{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spans":[{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"00f067aa0ba902c0","operationName":"SELECT","references":[{"refType":"CHILD_OF","traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"00f067aa0ba902b8"}],"startTime":1700000000200000,"duration":1000,"tags":[],"logs":[],"processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"ledger","tags":[]}},"warnings":null}],"total":0,"limit":0,"offset":0,"errors":null}"#;

fn traces(home: &Path, arguments: &[&str]) -> Output {
    let config = home.join("config.toml");
    if !config.exists() {
        std::fs::write(&config, "").unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_spantail"));
    command.arg("traces").args(arguments).arg("--config").arg(&config).env("HOME", home);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn objects(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder with the file in it, and the file's path.
fn folder() -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("shop.jsonl");
    std::fs::write(&file, FILE).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (home, path)
}

/// A Jaeger with its old API alone; its address. It answers for as long as the test runs.
fn jaeger() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut block = [0; 4096];
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                match stream.read(&mut block) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => request.extend_from_slice(&block[..length]),
                }
            }
            let request = text(&request);
            let (status, body) = match request.split(' ').nth(1).unwrap_or_default() {
                path if path.starts_with("/api/traces/4bf92f") => ("200 OK", JAEGER),
                path if path.starts_with("/api/traces") => ("200 OK", JAEGER),
                path if path.starts_with("/api/services") => ("200 OK", r#"{"data":["ledger"],"errors":null}"#),
                _ => ("404 Not Found", "404 page not found\n"),
            };
            let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).ok();
        }
    });
    format!("jaeger+http://{address}")
}

#[test]
fn a_trace_of_a_file_is_a_tree_for_people_and_an_object_for_scripts() {
    let (home, file) = folder();
    for id in ["4bf92f3577b34da6a3ce929d0e0e4736", "1-4BF92f35-77b34da6a3ce929d0e0e4736"] {
        let shown = text(&traces(home.path(), &["get", id, &file]).stdout);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].contains("checkout  POST /pay  1.5 s  2 spans") && lines[0].contains("1 failed"), "{shown}");
        assert!(lines[3].contains("└ bank  charge client  failed: refused"), "{shown}");
    }
    let output = traces(home.path(), &["get", "4bf92f3577b34da6a3ce929d0e0e4736", &file, "-o", "json"]);
    let [object] = objects(&output).try_into().unwrap();
    assert_eq!(object["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(object["root"]["operation"], "POST /pay");
    assert_eq!(object["start"], "2023-11-14T22:13:20.000000000Z");
    assert_eq!((&object["duration_ns"], &object["spans"]), (&1_500_000_000_u64.into(), &2.into()));
    assert_eq!(object["services"], serde_json::json!(["bank", "checkout"]));
    assert_eq!(object["critical_path"]["spans"].as_array().unwrap().len(), 2);
    // What comes out can be read again.
    let otlp = traces(home.path(), &["get", "4bf92f3577b34da6a3ce929d0e0e4736", &file, "-o", "otlp"]);
    let again = home.path().join("again.jsonl");
    std::fs::write(&again, &otlp.stdout).unwrap();
    let all = traces(home.path(), &["get", "--all", again.to_str().unwrap(), "-o", "json"]);
    assert_eq!(objects(&all)[0]["otlp"], object["otlp"]);
    let all = traces(home.path(), &["get", "--all", &file, "-o", "json"]);
    assert_eq!(objects(&all).iter().map(|it| it["spans"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 1]);
}

/// A message's producer, its consumer in another trace with a link to it, and a link to what is nowhere.
const MESSAGE: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"send orders","kind":4,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}]}]}]}
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mail"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b9","name":"process orders","kind":5,"startTimeUnixNano":"1700000002000000000","endTimeUnixNano":"1700000002001000000","links":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"},{"traceId":"deadbeefdeadbeefdeadbeefdeadbeef","spanId":"00f067aa0ba902c1"}]}]}]}]}
"#;

#[test]
fn an_object_tells_links_from_both_of_their_ends() {
    let (home, file) = folder();
    std::fs::write(&file, MESSAGE).unwrap();
    let output = traces(home.path(), &["get", "--all", &file, "-o", "json"]);
    let [producer, consumer] = objects(&output).try_into().unwrap();
    let from = json!([{"of": "00f067aa0ba902b7", "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "00f067aa0ba902b9", "service": "mail", "operation": "process orders",
        "start": "2023-11-14T22:13:22.000000000Z"}]);
    assert_eq!((&producer["linked_from"], producer.get("links")), (&from, None));
    let to = json!([{"of": "00f067aa0ba902b9", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "span_id": "00f067aa0ba902b7", "service": "checkout", "operation": "send orders",
        "start": "2023-11-14T22:13:20.000000000Z"},
        {"of": "00f067aa0ba902b9", "trace_id": "deadbeefdeadbeefdeadbeefdeadbeef", "span_id": "00f067aa0ba902c1"}]);
    assert_eq!((&consumer["links"], consumer.get("linked_from")), (&to, None));
}

/// A trace of a call that failed, on a host five seconds ahead, and of another that made it good.
const RETRIED: &str = include_str!("fixtures/otlp/refused-and-retried.jsonl");

#[test]
fn an_object_tells_where_time_went_and_errors_came_from() {
    let (home, _) = folder();
    let file = home.path().join("retried.jsonl");
    std::fs::write(&file, RETRIED).unwrap();
    let output = traces(home.path(), &["get", "--all", file.to_str().unwrap(), "-o", "json"]);
    let [object] = objects(&output).try_into().unwrap();
    let id = |n: u64| format!("{n:016x}");
    let expected = [
        ("edges", json!([{"from": "shop", "to": "bank", "calls": 2, "errors": 1}])),
        (
            "critical_path",
            json!({
                "spans": [id(1), id(2), id(3), id(4), id(5)],
                "duration_ns": 1_500_000_000,
                "exclusive_ns": {
                    "[bank] charge": 940_000_000,
                    "[shop] POST /order": 250_000_000,
                    "[shop] pay": 310_000_000,
                },
            }),
        ),
        (
            "self_ns",
            json!({
                id(1): 250_000_000,
                id(2): 800_000_000,
                id(3): 110_000_000,
                id(4): 600_000_000,
                id(5): 340_000_000,
            }),
        ),
        (
            "error_propagation",
            json!({
                "origin": id(4),
                "affected": [id(2)],
                "cascade": [id(4), id(2)],
                "recovery": id(1),
                "origins": 1,
            }),
        ),
        ("clock_skew", json!({"shift_ns": {id(4): -5_000_000_000_i64}})),
    ];
    for (key, value) in expected {
        assert_eq!(object[key], value, "{key}");
    }
    let slowest = &object["bottlenecks"][0];
    assert_eq!((&slowest["service"], &slowest["operation"]), (&"bank".into(), &"charge".into()));
    assert_eq!((&slowest["spans"], &slowest["exclusive_ns"]), (&2.into(), &940_000_000.into()));
    assert_eq!(slowest["longest"], id(4));
    assert!((slowest["share"].as_f64().unwrap() - 0.94 / 1.5).abs() < 1e-9);
    let shares = object["bottlenecks"].as_array().unwrap().iter().map(|it| it["share"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn what_did_not_happen_is_left_out_and_of_many_errors_the_main_one_is_told_first() {
    let (home, file) = folder();
    let output = traces(home.path(), &["get", "--all", &file, "-o", "json"]);
    let [failed, fine] = objects(&output).try_into().unwrap();
    assert!(fine.get("error_propagation").is_none() && fine.get("clock_skew").is_none());
    assert_eq!((&fine["edges"], &failed["error_propagation"]["affected"]), (&json!([]), &json!([])));
    // Sixty calls that failed below one that did, and one more that did not matter.
    let span = |id: u64, parent: u64, code: u64| {
        let parent = if parent > 0 { format!(r#""parentSpanId":"{parent:016x}","#) } else { String::new() };
        let at = 1_700_000_000_000_000_000 + id;
        format!(
            r#"{{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"{id:016x}",{parent}"name":"op","startTimeUnixNano":"{at}","endTimeUnixNano":"{at}","status":{{"code":{code}}}}}"#
        )
    };
    let below = (4..64).map(|id| span(id, 3, 2));
    let all: Vec<String> = [span(1, 0, 1), span(2, 1, 2), span(3, 1, 2)].into_iter().chain(below).collect();
    let many = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, all.join(","));
    let path = home.path().join("many.jsonl");
    std::fs::write(&path, many).unwrap();
    let output = traces(home.path(), &["get", "--all", path.to_str().unwrap(), "-o", "json"]);
    let [object] = objects(&output).try_into().unwrap();
    let errors = &object["error_propagation"];
    assert_eq!((&errors["origin"], &errors["origins"]), (&format!("{:016x}", 4).into(), &61.into()));
    assert_eq!(errors["cascade"], json!([format!("{:016x}", 4), format!("{:016x}", 3)]));
    let others = errors["others"].as_array().unwrap();
    assert_eq!((others.len(), &others[0]["origin"]), (50, &format!("{:016x}", 5).into()));
    let shown = text(&traces(home.path(), &["get", "--all", path.to_str().unwrap()]).stdout);
    assert!(shown.ends_with("and 56 errors that began elsewhere\n"), "{shown}");
}

/// A document in Jaeger's form by another program: ids are names, and the root has not come. A step that failed was tried again.
const NAMED: &str = r#"{"data":[{"traceID":"order-7","processes":{"p":{"serviceName":"shop","tags":[]}},"spans":[
{"spanID":"cart","operationName":"cart","references":[{"refType":"CHILD_OF","traceID":"order-7","spanID":"all"}],"startTime":1700000000000000,"duration":100000,"processID":"p"},
{"spanID":"pay","operationName":"pay","references":[{"refType":"CHILD_OF","traceID":"order-7","spanID":"all"}],"startTime":1700000000200000,"duration":800000,"processID":"p","tags":[{"key":"error","type":"bool","value":true},{"key":"otel.status_description","type":"string","value":"no more credit"}]},
{"spanID":"try-1","operationName":"reserve","references":[{"refType":"CHILD_OF","traceID":"order-7","spanID":"pay"}],"startTime":1700000000210000,"duration":100000,"processID":"p","tags":[{"key":"error","type":"bool","value":true},{"key":"otel.status_description","type":"string","value":"timeout"}]},
{"spanID":"try-2","operationName":"reserve","references":[{"refType":"CHILD_OF","traceID":"order-7","spanID":"pay"}],"startTime":1700000000400000,"duration":100000,"processID":"p"}]}]}"#;

#[test]
fn a_failure_of_ones_own_is_told_from_one_that_was_made_good_also_without_a_root() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("named.json");
    std::fs::write(&path, NAMED).unwrap();
    let file = path.to_str().unwrap();
    let [object] = objects(&traces(home.path(), &["get", "--all", file, "-o", "json"])).try_into().unwrap();
    assert_eq!((&object["spans"], &object["duration_ns"]), (&4.into(), &1_000_000_000.into()));
    assert_eq!(object["critical_path"]["duration_ns"], 900_000_000);
    let exclusive = json!({"[shop] cart": 100_000_000, "[shop] pay": 600_000_000, "[shop] reserve": 200_000_000});
    assert_eq!(object["critical_path"]["exclusive_ns"], exclusive);
    let errors = &object["error_propagation"];
    let (tried, own) = (errors, &errors["others"][0]);
    assert_eq!((&errors["origins"], &tried["affected"], &own["affected"]), (&2.into(), &json!([]), &json!([])));
    assert!(tried["recovery"] == own["origin"] && own.get("recovery").is_none(), "{errors}");
    let shown = text(&traces(home.path(), &["get", "--all", file]).stdout);
    assert!(
        shown.contains("pay internal  failed: no more credit  (error began here)  (absorbed an error)\n"),
        "{shown}"
    );
    assert!(shown.contains("began in shop reserve: timeout, absorbed by shop pay\n"), "{shown}");
    assert!(shown.contains("began in shop pay: no more credit, up to a span whose parent is not here\n"), "{shown}");
}

#[test]
fn a_tree_marks_the_path_and_ends_with_what_is_worth_knowing() {
    let (home, _) = folder();
    let file = home.path().join("retried.jsonl");
    std::fs::write(&file, RETRIED).unwrap();
    let shown = text(&traces(home.path(), &["get", "--all", file.to_str().unwrap()]).stdout);
    let lines: Vec<&str> = shown.lines().skip(1).collect();
    let expected = "       at       for    itself   * critical path
     0 ns     1.5 s    250 ms * shop  POST /order server  (absorbed an error)
   100 ms    800 ms    800 ms * ├ shop  pay client  failed: card refused
    5.2 s    600 ms    600 ms * │ └ bank  charge server  failed: limit  (error began here)  (clock off by +5 s)
   950 ms    450 ms    110 ms * └ shop  pay client
   960 ms    340 ms    340 ms *   └ bank  charge server  threw Timeout

critical path  1.5 s through 5 spans
   940 ms    63 %  bank  charge  2 spans
   310 ms    21 %  shop  pay  2 spans
   250 ms    17 %  shop  POST /order

error  began in bank charge: limit, went up through 1 span, absorbed by shop POST /order

clocks  1 span is timed by a clock that is not its parent's";
    assert_eq!(lines, expected.lines().collect::<Vec<_>>());
}

#[test]
fn a_trace_is_put_together_from_all_that_have_a_part_and_the_others_say_why_not() {
    let (home, file) = folder();
    let (jaeger, gone) = (jaeger(), "jaeger+http://127.0.0.1:1");
    let output = traces(home.path(), &["get", "4bf92f3577b34da6a3ce929d0e0e4736", &file, &jaeger, gone, "-o", "json"]);
    let [object] = objects(&output).try_into().unwrap();
    assert_eq!(object["spans"], 3);
    assert_eq!(object["services"], serde_json::json!(["bank", "checkout", "ledger"]));
    assert_eq!(object["sources"].as_array().unwrap().len(), 2);
    assert!(text(&output.stderr).contains("Connection refused"), "{}", text(&output.stderr));
    let output = traces(home.path(), &["get", "deadbeef", &file, gone]);
    assert_eq!(output.status.code(), Some(1));
    let why = text(&output.stderr);
    assert!(why.contains("shop.jsonl does not have it") && why.contains("could not answer"), "{why}");
    let output = traces(home.path(), &["get", "no-id", &file]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("1-5759e988"), "{}", text(&output.stderr));
}

#[test]
fn traces_are_found_by_what_one_span_has() {
    let (home, file) = folder();
    let found = |more: &[&str]| {
        let since = ["search", &file, "--since", "2023-11-14T00:00:00Z", "-o", "jsonl"];
        let output = traces(home.path(), &[&since, more].concat());
        assert!(output.status.success(), "{more:?}: {}", text(&output.stderr));
        objects(&output).iter().map(|it| it["service"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), ["cart", "checkout"]);
    for (flags, expected) in [
        (&["--service", "bank"][..], &["checkout"][..]),
        (&["--operation", "GET /cart"], &["cart"]),
        (&["--tag", "card=visa"], &["checkout"]),
        (&["--tag", "card=visa", "--service", "checkout"], &[]),
        (&["--errors"], &["checkout"]),
        (&["--min-duration", "1s"], &["checkout"]),
        (&["--max-duration", "1s"], &["cart"]),
        (&["--filter", "-status:error"], &["cart"]),
        (&["--filter", "refused OR service:cart"], &["cart", "checkout"]),
        (&["--until", "2023-11-14T22:13:21Z"], &["checkout"]),
    ] {
        assert_eq!(found(flags), expected, "{flags:?}");
    }
    let output = traces(home.path(), &["search", &file, "--filter", "service:("]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains('^'), "{}", text(&output.stderr));
}

/// Three orders: two that query twice each, and one that queries five times and waits for the bank.
fn orders() -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("orders.jsonl");
    let mut text = String::new();
    for (order, queries, bank_ms) in [(1, 2, 0), (2, 2, 0), (3, 5, 300)] {
        let mut spans = Vec::new();
        let mut span = |service: &str, name: &str, id: u64, parent: u64, from_ms: u64, to_ms: u64| {
            let base = 1_700_000_000_000_u64;
            spans.push(format!(
                r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{{"traceId":"{order:032x}","spanId":"{id:016x}","parentSpanId":"{}","name":"{name}","kind":2,"startTimeUnixNano":"{}000000","endTimeUnixNano":"{}000000"}}]}}]}}"#,
                if parent == 0 { String::new() } else { format!("{parent:016x}") },
                base + from_ms,
                base + to_ms,
            ));
        };
        span("shop", "POST /orders", 1, 0, 0, 100 + bank_ms);
        (0..queries).for_each(|n| span("db", "SELECT", 10 + n, 1, 10 * n, 10 * n + 10));
        if bank_ms > 0 {
            span("bank", "charge", 2, 1, 60, 60 + bank_ms);
        }
        text += &[r#"{"resourceSpans":["#, &spans.join(","), "]}\n"].concat();
    }
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (home, path)
}

#[test]
fn traces_are_compared_with_each_other_and_with_what_is_usual() {
    let (home, file) = orders();
    let [good, slow] = [1, 3].map(|order| format!("{order:032x}"));
    let shown = text(&traces(home.path(), &["compare", &good, &slow, &file]).stdout);
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert!(lines[0].contains(&format!("400 ms beside {good} 100 ms: +300 ms, 4 calls more")), "{shown}");
    assert_eq!(lines[3], "    20 ms     50 ms    +30 ms    +30 ms ▲ ├ db  SELECT  ×5 (A 2)", "{shown}");
    assert_eq!(lines[4], "        ·    300 ms   +300 ms   +300 ms + └ bank  charge", "{shown}");
    let itself = text(&traces(home.path(), &["compare", &good, &good, &file]).stdout);
    assert!(itself.contains(&format!("beside {good} 100 ms: as long\n")), "{itself}");
    let output = traces(home.path(), &["compare", &good, &slow, &file, "-o", "json"]);
    let [object] = objects(&output).try_into().unwrap();
    assert_eq!((&object["a"], &object["b"]), (&good.as_str().into(), &slow.as_str().into()));
    assert_eq!(object["added"][0]["path"], serde_json::json!(["shop POST /orders", "bank charge"]));
    assert_eq!((&object["added"][0]["b_ns"], &object["added"][0]["a_ns"]), (&300_000_000.into(), &Value::Null));
    assert_eq!((object["removed"].as_array().unwrap().len(), object["changed"].as_array().unwrap().len()), (0, 2));
    let query = object["changed"].as_array().unwrap().iter().find(|call| call["b_count"] == 5).unwrap();
    assert_eq!((&query["a_count"], &query["b_count"], &query["b_self_ns"]), (&2.into(), &5.into(), &50_000_000.into()));
    let output = traces(home.path(), &["compare", &slow, &file, "-o", "json"]);
    let [usual] = objects(&output).try_into().unwrap();
    assert_eq!((&usual["usual_of"], &usual["a"], &usual["changed"]), (&2.into(), &Value::Null, &object["changed"]));
}

#[test]
fn what_can_not_be_compared_is_said() {
    let (home, file) = folder();
    let output = traces(home.path(), &["compare", "4bf92f3577b34da6a3ce929d0e0e4736", &file]);
    let why = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(why.contains("no other complete trace of checkout POST /pay") && why.contains("second trace"), "{why}");
    let output = traces(home.path(), &["compare", "4bf92f3577b34da6a3ce929d0e0e4736", "deadbeef", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no trace deadbeef: "), "{}", text(&output.stderr));
}

#[test]
fn a_search_asks_the_backends_of_the_config() {
    let (home, _) = folder();
    let uri = jaeger();
    std::fs::write(home.path().join("config.toml"), format!("[[source]]\nuri = '{uri}'\nname = 'prod'\n")).unwrap();
    let since = ["--since", "2023-11-14T00:00:00Z", "--until", "2023-11-15T00:00:00Z"];
    let output = traces(home.path(), &[&["search", "-o", "jsonl"][..], &since].concat());
    let [object] = objects(&output).try_into().unwrap();
    assert_eq!((&object["service"], &object["backend"]), (&"ledger".into(), &"prod".into()));
    let output = traces(home.path(), &["link", "4bf92f3577b34da6a3ce929d0e0e4736"]);
    let expected = uri.replace("jaeger+", "") + "/trace/4bf92f3577b34da6a3ce929d0e0e4736\n";
    assert_eq!(text(&output.stdout), expected);
    std::fs::write(home.path().join("config.toml"), "").unwrap();
    let output = traces(home.path(), &["search"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("nobody to ask"), "{}", text(&output.stderr));
}

#[test]
fn a_search_that_nobody_answers_fails() {
    let (home, _) = folder();
    let output = traces(home.path(), &["search", "jaeger+http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no backend could answer"), "{}", text(&output.stderr));
}

#[test]
fn a_file_that_can_not_be_read_is_told_once_and_is_a_failure() {
    let (home, file) = folder();
    let gone = home.path().join("gone.jsonl");
    let gone = gone.to_str().unwrap();
    for arguments in
        [&["search", gone][..], &["get", "--all", gone], &["get", "4bf92f3577b34da6a3ce929d0e0e4736", gone]]
    {
        let output = traces(home.path(), arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert_eq!(told.matches("no such file").count(), 1, "{told}");
        assert!(!told.contains("does not have it"), "{told}");
    }
    let since = ["--since", "2023-11-14T00:00:00Z", "-o", "jsonl"];
    let output = traces(home.path(), &[&["search", gone, &file][..], &since].concat());
    assert_eq!((output.status.code(), objects(&output).len()), (Some(0), 2));
}

#[test]
fn what_never_ends_is_waited_for_once() {
    let (home, _) = folder();
    let output = traces(home.path(), &["search", "otlp+http://127.0.0.1:0", "--timeout", "3s"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr).matches("--timeout").count(), 1, "{}", text(&output.stderr));
}

#[test]
fn a_backend_is_believed_what_it_was_asked_for_and_the_rest_of_the_filter_is_asked_of_what_it_sent() {
    let (home, file) = folder();
    let (jaeger, when) =
        (jaeger(), ["--since", "2023-11-14T00:00:00Z", "--until", "2023-11-15T00:00:00Z", "-o", "jsonl"]);
    let found = |sources: &[&str], more: &[&str]| {
        let output = traces(home.path(), &[&["search"], sources, &when, more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        (objects(&output).len(), text(&output.stderr))
    };
    // The system's own tag is no attribute here; it knows what it was asked for.
    assert_eq!(found(&[&jaeger], &["--tag", "error=true"]).0, 1);
    // What the file has of the trace does not refute what the backend knows of it.
    assert_eq!(found(&[&file, &jaeger], &["--service", "ledger"]).0, 1);
    let (count, told) = found(&[&jaeger], &["--filter", "-op:SELECT"]);
    assert_eq!(count, 0);
    assert!(told.contains("all of --filter"), "{told}");
    let (count, told) = found(&[&jaeger], &["--filter", "op:SELECT"]);
    assert_eq!((count, told.contains("--filter")), (1, false), "{told}");
}

#[test]
fn two_backends_of_one_name_are_told_apart() {
    let (home, uri) = (tempfile::tempdir().unwrap(), jaeger());
    let source = format!("[[source]]\nuri = '{uri}'\nname = 'prod'\n");
    std::fs::write(home.path().join("config.toml"), source.repeat(2)).unwrap();
    let when = ["--since", "2023-11-14T00:00:00Z", "--until", "2023-11-15T00:00:00Z"];
    let output = traces(home.path(), &[&["search", "-o", "jsonl"][..], &when].concat());
    let [object] = objects(&output).try_into().unwrap();
    assert_eq!(object["backend"], "prod, prod #2");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_search_as_it_does_other_commands() {
    let (home, _) = folder();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("jaeger+http://{}", silent.local_addr().unwrap());
    let config = home.path().join("config.toml");
    std::fs::write(&config, "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_spantail"));
    command.args(["traces", "search", &uri, "--config"]).arg(&config).env("HOME", home.path());
    let mut child = command.spawn().unwrap();
    // It has begun to ask, and will not be answered.
    let _asked = silent.accept().unwrap();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
