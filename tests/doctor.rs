//! `spantail doctor`: what is right and what is wrong with sources and config, for people and for scripts.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are wrong")]

use std::process::{Command, Output};

use serde_json::Value;

fn doctor(arguments: &[&str], config: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_spantail"));
    command.arg("doctor").args(arguments).arg("--config").arg(&file).env("HOME", home.path());
    command.output().unwrap()
}

fn checks(output: &Output) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["checks"].as_array().unwrap().clone()
}

#[test]
fn what_works_and_what_does_not_is_told_apart() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let path = log.path().to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let receiver = format!("otlp://{}", taken.local_addr().unwrap());
    let output = doctor(&["-o", "json", path, &receiver, "otlpp://x", "demo:"], "");
    assert_eq!(output.status.code(), Some(1));
    let checks = checks(&output);
    let told: Vec<(&str, bool)> =
        checks.iter().map(|check| (check["name"].as_str().unwrap(), check["ok"].as_bool().unwrap())).collect();
    assert_eq!(told, [("config", true), (path, true), (&*receiver, false), ("otlpp://x", false), ("demo:", true)]);
    assert!(checks[2]["detail"].as_str().unwrap().contains("address already in use"), "{}", checks[2]);
    assert!(checks[3]["hint"].as_str().unwrap().contains("did you mean `otlp:`"), "{}", checks[3]);
}

#[test]
fn the_sources_of_the_config_are_tried() {
    let config = "[[source]]\nuri = 'demo:'\nname = 'shop'\n[[source]]\nuri = '/no/such/file'\nenabled = false\n";
    let output = doctor(&[], config);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("ok     shop  live"), "{text}");
    assert!(lines[2].contains("switched off"), "{text}");
}

#[test]
fn a_config_that_is_wrong_is_a_finding() {
    let output = doctor(&["-o", "json"], "[ui]\nthem = 'dark'\n");
    let checks = checks(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(checks[0]["ok"], false);
    let text = checks[0].to_string();
    assert!(text.contains("them") && text.contains("theme"), "{text}");
}

/// A server that gives one answer to everything; its address. It answers for as long as the test runs.
fn server(status: &'static str, headers: &'static str, body: &'static str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 16 * 1024];
            if stream.read(&mut request).is_ok_and(|length| length > 0) {
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
                stream.write_all(format!("{head}{body}").as_bytes()).ok();
            }
        }
    });
    address
}

#[test]
fn each_failure_of_a_trace_backend_is_told_with_what_to_do() {
    let unauthorized = server("401 Unauthorized", "", "no org id\n");
    let missing = server("404 Not Found", "", "404 page not found\n");
    let forbidden = server("403 Forbidden", "", "{\"errors\":[\"Forbidden\"]}");
    let busy = server("503 Service Unavailable", "Retry-After: 7\r\n", "starting\n");
    let page = server("200 OK", "Content-Type: text/html\r\n", "<html>Sign in</html>");
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let cases = [
        (format!("jaeger+http://{gone}"), "Connection refused", "is it running there"),
        (format!("jaeger+http://{unauthorized}"), "401", "say who you are"),
        (format!("jaeger+http://{missing}"), "404", ""),
        (format!("jaeger+http://{page}"), "", ""),
        (format!("jaeger+grpc://{gone}"), "Connection refused", ""),
        (format!("tempo+http://{unauthorized}"), "no org id", "tenant"),
        (format!("tempo+http://{missing}"), "404", ""),
        (format!("zipkin+http://{missing}"), "404", ""),
        (format!("zipkin+http://{busy}"), "503", ""),
        (format!("zipkin+http://{page}"), "", ""),
        (format!("datadog://datadoghq.eu?endpoint=http://{forbidden}"), "", ""),
        ("datadog://datadoghq.eu".to_owned(), "", "DD_API_KEY"),
        ("jaeger+http://host?link=http://nowhere".to_owned(), "link=", "{trace_id}"),
        ("tempo+http://ann:secret@host".to_owned(), "password in it", "password_env"),
    ];
    let arguments: Vec<&str> = ["-o", "json"].into_iter().chain(cases.iter().map(|(uri, ..)| uri.as_str())).collect();
    let output = doctor(&arguments, "");
    let all = checks(&output);
    for (check, (uri, detail, hint)) in all.iter().skip(1).zip(&cases) {
        let text =
            format!("{} {}", check["detail"].as_str().unwrap_or_default(), check["hint"].as_str().unwrap_or_default());
        assert_eq!(check["ok"], false, "{uri}: {text}");
        assert!(text.contains(detail) && text.contains(hint) && text.len() > 12, "{uri}: {text}");
        assert!(!text.contains("secret"), "{text}");
    }
    assert_eq!(all.len(), cases.len() + 1);
}
