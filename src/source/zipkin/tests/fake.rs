//! A Zipkin in memory: traces ordered and bounded by time as Zipkin's `InMemoryStorage` does it, the rest as recorded.

use serde_json::{Value, json};

use crate::source::asked::{Asked, Reply};

/// An answer recorded from Zipkin 3.5.1.
macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/zipkin/server-3.5.1/", $name, ".json"))
    };
}
pub(super) use recorded;

/// A trace of one span, named after its number.
pub(super) fn trace(number: u64, micros: i64) -> Value {
    json!([{
        "traceId": format!("{number:016x}"), "id": "1", "name": format!("op{number}"), "kind": "SERVER",
        "timestamp": micros, "duration": 10, "localEndpoint": {"serviceName": "shop"},
        "tags": if number % 2 == 0 { json!({"error": ""}) } else { json!({}) },
    }])
}

/// Answers as a Zipkin with these traces does.
pub(super) fn answer(asked: &Asked, traces: &[Value]) -> Reply {
    match asked.path.as_str() {
        "/api/v2/services" => Reply::ok(recorded!("services")),
        "/api/v2/spans" => Reply::ok(recorded!("spans")),
        "/api/v2/dependencies" => Reply::ok(recorded!("dependencies")),
        "/api/v2/autocompleteKeys" => Reply::ok(r#"["region","environment"]"#),
        "/api/v2/autocompleteValues" => Reply::ok(r#"["prod","dev","prod"]"#),
        "/zipkin/config.json" => Reply::ok(recorded!("config")),
        "/api/v2/traces" => search(asked, traces),
        path => match path.strip_prefix("/api/v2/trace/") {
            Some("a03ee8fff1dcd9b9") => Reply::ok(recorded!("trace")),
            Some(id) => Reply::status(404, format!("{id:0>16} not found")),
            None => Reply::status(404, "404 Not Found"),
        },
    }
}

fn search(asked: &Asked, traces: &[Value]) -> Reply {
    let number = |name: &str| asked.query[name].parse::<i64>();
    let (Ok(end), Ok(lookback), Ok(limit)) = (number("endTs"), number("lookback"), number("limit")) else {
        return Reply::status(400, "For input string: \"\"");
    };
    if limit <= 0 || lookback <= 0 {
        return Reply::status(400, "limit <= 0");
    }
    let time = |trace: &Value| trace[0]["timestamp"].as_i64().unwrap();
    let within = ((end - lookback) * 1000)..=(end * 1000);
    let mut found: Vec<&Value> = traces.iter().filter(|trace| within.contains(&time(trace))).collect();
    found.sort_by_key(|trace| std::cmp::Reverse(time(trace)));
    found.truncate(limit as usize);
    Reply::ok(json!(found).to_string())
}
