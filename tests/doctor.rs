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
